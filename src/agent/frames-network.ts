import type { Frame } from "./frame.ts";
import { firstOf, namesOf } from "./reading.ts";

const reachWords = [
  "reach",
  "talk",
  "ping",
  "access",
  "see",
  "connect",
  "isolated",
  "isolation",
  "communicate",
  "get to",
  "separated",
];

export const networkFrames: readonly Frame[] = [
  {
    operation: "reach.check",
    say: "can {tenant} reach {tenant2}?",
    cues: [reachWords],
    entities: [
      ["tenant", "host", "zone"],
      ["tenant", "host", "zone"],
    ],
    read: (reading) => {
      const [from, to] = namesOf(reading, "tenant", "host", "zone");
      return { from, to };
    },
    claims: (one: { reachable: number; allowed: boolean; examples: readonly unknown[] }) => [
      one.reachable === 0
        ? "No: {/reachable} of {/pairs} pairs of end points of {/from} and {/to} are reachable over the configurations as they run (computed on the twin)."
        : "Yes: {/reachable} of {/pairs} pairs of end points of {/from} and {/to} are reachable over the configurations as they run (computed on the twin).",
      one.allowed ? "Policy allows it (allowed: {/allowed})." : "Policy forbids it (allowed: {/allowed}).",
      ...(one.examples.length > 0
        ? ["For example {/examples/0/from} to {/examples/0/to}, with {/examples/0/hops|count} hops."]
        : []),
    ],
  },
  {
    operation: "fabric.verify",
    say: "is every tenant isolated?",
    cues: [["isolated", "isolation", "verify", "prove", "proof", "broken", "wrong", "healthy", "safe"]],
    whole: true,
    bonus: ["every", "everything", "all", "tenants", "anything", "right now"],
    read: () => ({}),
    claims: (one: { holds: boolean; checks: readonly { result: string }[]; counterexamples: readonly unknown[] }) => [
      one.holds
        ? "Isolation holds: {/forbiddenReachable} of {/forbiddenPairs} forbidden pairs are reachable, and {/requiredReachable} of {/requiredPairs} required pairs are."
        : "Isolation does not hold: {/forbiddenReachable} of {/forbiddenPairs} forbidden pairs are reachable, and {/requiredReachable} of {/requiredPairs} required pairs are.",
      ...one.checks.flatMap((check, index) =>
        check.result === "fail" ? [`Check {/checks/${index}/name} fails: {/checks/${index}/detail}`] : [],
      ),
      "{/checks|count} checks were run on the twin, which computes from the configurations.",
    ],
  },
  {
    operation: "job.list",
    say: "which jobs use {switch}?",
    cues: [
      ["jobs", "job", "workloads", "workload", "services", "training", "who", "running", "runs"],
      ["use", "uses", "using", "through", "over", "cross", "crosses", "depend", "depends", "on", "carry", "between"],
    ],
    entities: [["switch", "host", "link"]],
    read: (reading) => {
      const [a, b] = namesOf(reading, "switch", "host");
      if (a !== undefined && b !== undefined) return { using: `${a}--${b}` };
      return { using: firstOf(reading, "link", "switch", "host") };
    },
    claims: (one: { jobs: readonly unknown[] }) =>
      one.jobs.length === 0
        ? ["No job's traffic uses {/using} (modelled from each job's flows on the twin's paths)."]
        : [
            "Jobs that send traffic over {/using}: {/jobs|count}, on {/links} of its links (modelled from each job's flows on the twin's paths).",
            ...one.jobs.map(
              (_, index) =>
                `{/jobs/${index}/name} of {/jobs/${index}/tenant}: {/jobs/${index}/kind}, {/jobs/${index}/gpus} GPUs, {/jobs/${index}/state}.`,
            ),
          ],
  },
  {
    operation: "job.list",
    say: "what's running?",
    cues: [["running", "runs", "jobs", "workloads", "services"]],
    bonus: ["what", "what's", "list", "which", "show", "cluster"],
    presentOnly: true,
    read: (reading) => {
      const tenant = firstOf(reading, "tenant");
      return tenant === undefined ? {} : { tenant };
    },
    claims: (one: { jobs: readonly unknown[] }) => [
      "Jobs and services: {/jobs|count}.",
      ...one.jobs.map(
        (_, index) =>
          `{/jobs/${index}/name} of {/jobs/${index}/tenant}: {/jobs/${index}/kind} of {/jobs/${index}/model} on {/jobs/${index}/gpus} GPUs, {/jobs/${index}/state}.`,
      ),
    ],
  },
  {
    operation: "job.list",
    say: "which jobs is {tenant} running?",
    cues: [["running", "runs", "jobs", "workloads", "services"]],
    bonus: ["what", "what's", "list", "which", "show", "cluster"],
    entities: [["tenant"]],
    presentOnly: true,
    read: (reading) => {
      const tenant = firstOf(reading, "tenant");
      return tenant === undefined ? {} : { tenant };
    },
    claims: (one: { jobs: readonly unknown[] }) => [
      "Jobs and services: {/jobs|count}.",
      ...one.jobs.map(
        (_, index) =>
          `{/jobs/${index}/name} of {/jobs/${index}/tenant}: {/jobs/${index}/kind} of {/jobs/${index}/model} on {/jobs/${index}/gpus} GPUs, {/jobs/${index}/state}.`,
      ),
    ],
  },
  {
    operation: "job.explain",
    say: "why is job {job} slow?",
    presentOnly: true,
    cues: [["why", "slow", "slower", "speed", "performance", "bottleneck", "step", "fast", "spread"]],
    entities: [["job"]],
    read: (reading) => ({ name: firstOf(reading, "job") }),
    // The operation's own claims carry their evidence; the answer passes them on.
    claims: () => [],
  },
  {
    operation: "tenant.list",
    say: "which tenants do we have?",
    cues: [["tenants", "customers"]],
    bonus: ["which", "list", "who", "all", "have"],
    whole: true,
    read: () => ({}),
    claims: (one: { tenants: readonly unknown[] }) => [
      "Tenants: {/tenants|count}.",
      ...one.tenants.map(
        (_, index) =>
          `{/tenants/${index}/name} holds {/tenants/${index}/gpus} GPUs on {/tenants/${index}/hosts|count} hosts, VRF {/tenants/${index}/vrf}, VNI {/tenants/${index}/vni}; workloads: {/tenants/${index}/workloads|list}.`,
      ),
    ],
  },
  {
    operation: "tenant.show",
    say: "what does {tenant} have?",
    cues: [["what", "which", "show", "hosts", "have", "has", "gpus", "networks", "describe", "tell"]],
    entities: [["tenant"]],
    read: (reading) => ({ name: firstOf(reading, "tenant") }),
    claims: (one: { vlan?: number }) => [
      "{/name} holds {/gpus} GPUs on {/hosts|count} hosts: {/hosts|list}.",
      `Its compute network is VRF {/vrf} with VNI {/vni}, {/guaranteedGbps} Gb/s guaranteed per NIC${one.vlan === undefined ? "." : "; its front end is VLAN {/vlan}, {/prefix}."}`,
      "Workloads: {/workloads|list}.",
    ],
  },
  {
    operation: "link.list",
    say: "which links are hottest?",
    cues: [
      ["links", "link", "uplinks", "cables", "utilisation", "utilization", "load", "congested"],
      ["hottest", "hot", "busiest", "busy", "loaded", "top", "utilisation", "utilization", "load", "congested", "most"],
    ],
    read: (reading) => {
      const device = firstOf(reading, "switch", "host");
      const [count] = reading.linked.numbers;
      return {
        top: count === undefined ? 5 : Math.min(Math.max(1, Math.round(count)), 100),
        ...(device === undefined ? {} : { device }),
      };
    },
    claims: (one: { links: readonly unknown[] }) => [
      "These are the {/links|count} most loaded of {/total} links (modelled).",
      ...one.links.map(
        (_, index) =>
          `{/links/${index}/id} carries {/links/${index}/bps|rate}, {/links/${index}/load|percent} of its capacity; jobs: {/links/${index}/jobs|list}.`,
      ),
    ],
  },
  {
    operation: "link.list",
    say: "which links are down?",
    bonus: ["which", "are"],
    cues: [
      ["links", "link", "cables", "ports"],
      ["down", "failed", "dead", "broken", "off"],
    ],
    read: () => ({ down: true, top: 100 }),
    claims: (one: { links: readonly unknown[] }) =>
      one.links.length === 0
        ? ["{/total} links are down."]
        : ["{/total} links are down.", ...one.links.map((_, index) => `{/links/${index}/id} is down.`)],
  },
  {
    operation: "session.list",
    say: "which BGP sessions aren't established?",
    cues: [["bgp", "sessions", "session", "peers", "peering", "neighbors"]],
    bonus: ["down", "established", "aren't", "not"],
    read: (reading) => {
      const device = firstOf(reading, "switch");
      return { down: true, ...(device === undefined ? {} : { device }) };
    },
    claims: (one: { sessions: readonly unknown[] }) => [
      "{/established} of {/total} BGP sessions are established (computed).",
      ...one.sessions
        .slice(0, 20)
        .map(
          (_, index) =>
            `{/sessions/${index}/device} to {/sessions/${index}/neighbor} is {/sessions/${index}/state}: {/sessions/${index}/reason}`,
        ),
    ],
  },
  {
    operation: "failure.sweep",
    say: "what breaks if {switch} dies?",
    cues: [
      [
        "dies",
        "fails",
        "fail",
        "failure",
        "lose",
        "breaks",
        "goes down",
        "what if",
        "without",
        "notices",
        "dead",
        "outage",
      ],
    ],
    bonus: ["if", "happens", "when"],
    entities: [["switch", "link"]],
    read: (reading) => ({ element: firstOf(reading, "switch", "link") }),
    claims: (one: { harmful: readonly unknown[]; jobs: readonly unknown[] }) => [
      one.harmful.length === 0
        ? "It would break nothing that must hold ({/harmless} of {/swept} failures swept are harmless; computed)."
        : "It would break what must hold: {/harmless} of {/swept} failures swept are harmless (computed).",
      ...one.harmful.map((_, index) => `Without {/harmful/${index}/element}: {/harmful/${index}/effect}`),
      ...(one.jobs.length > 0
        ? ["Jobs whose traffic uses it now, and would move to other paths: {/jobs|list}."]
        : ["No job's traffic uses it now (jobs: {/jobs|list})."]),
    ],
  },
  {
    operation: "device.neighbors",
    say: "what's plugged into {switch}?",
    cues: [
      [
        "plugged",
        "connected to",
        "neighbor",
        "neighbors",
        "neighbour",
        "cabled",
        "other end",
        "port",
        "cable",
        "ports",
      ],
    ],
    bonus: ["port", "into"],
    entities: [["switch", "host"]],
    strictNames: false,
    read: (reading) => {
      const port = /\bport\s+([a-z0-9/.:_-]+)/.exec(reading.text)?.[1]?.replace(/[?.]$/, "");
      return { name: firstOf(reading, "switch", "host"), ...(port === undefined ? {} : { port }) };
    },
    claims: (one: { neighbors: readonly unknown[] }) => [
      "Ports that match, by the cabling plan: {/neighbors|count}.",
      ...one.neighbors
        .slice(0, 12)
        .map(
          (_, index) =>
            `{/neighbors/${index}/port} goes to {/neighbors/${index}/neighbor} {/neighbors/${index}/neighborPort}, {/neighbors/${index}/speedBps|rate}, {/neighbors/${index}/cable}.`,
        ),
    ],
  },
  {
    operation: "device.drift",
    say: "does any device run something else than intended?",
    cues: [
      [
        "drift",
        "drifted",
        "intended",
        "differs",
        "different",
        "difference",
        "deviates",
        "changed outside",
        "out of band",
      ],
    ],
    bonus: ["running", "config", "running-config", "device", "devices"],
    read: (reading) => {
      const device = firstOf(reading, "switch");
      return device === undefined ? {} : { device };
    },
    claims: (one: { findings: readonly unknown[] }) =>
      one.findings.length === 0
        ? [
            "No drift: what was asked for was read from the devices just now, and {/findings|count} differences from what was intended were found.",
          ]
        : [
            "{/findings|count} differences were found, read from the devices just now.",
            ...one.findings.slice(0, 10).map((_, index) => `{/findings/${index}/message}`),
          ],
  },
  {
    operation: "device.drift",
    say: "does {switch} run something else than intended?",
    cues: [
      [
        "drift",
        "drifted",
        "intended",
        "differs",
        "different",
        "difference",
        "deviates",
        "changed outside",
        "out of band",
      ],
      ["running", "config", "running-config", "run", "runs", "intended", "else", "drift", "drifted", "outside", "than"],
    ],
    bonus: ["running", "config", "running-config", "run"],
    entities: [["switch"]],
    read: (reading) => {
      const device = firstOf(reading, "switch");
      return device === undefined ? {} : { device };
    },
    claims: (one: { findings: readonly unknown[] }) =>
      one.findings.length === 0
        ? [
            "No drift: what was asked for was read from the devices just now, and {/findings|count} differences from what was intended were found.",
          ]
        : [
            "{/findings|count} differences were found, read from the devices just now.",
            ...one.findings.slice(0, 10).map((_, index) => `{/findings/${index}/message}`),
          ],
  },
  {
    operation: "device.config",
    say: "show the config of {switch}",
    cues: [
      ["config", "configuration", "running-config"],
      ["show", "give", "print", "what", "see"],
    ],
    entities: [["switch"]],
    read: (reading) => ({ name: firstOf(reading, "switch") }),
    claims: () => ["{/device} runs {/nos}; its configuration stands in {/files|count} files, shown by the command."],
  },
  {
    operation: "fabric.status",
    say: "how many leafs, spines and GPUs do we have?",
    cues: [["how many", "status", "overview", "summary", "inventory", "free", "count", "big"]],
    bonus: ["leafs", "leaves", "spines", "gpus", "hosts", "servers", "switches", "links", "have"],
    narrows: ["unit"],
    read: () => ({}),
    claims: (one: { switches: readonly unknown[]; units?: readonly unknown[] }) => [
      "{/fabric} has {/gpus/total} GPUs on {/hosts/gpu} hosts; {/gpus/held} are held by {/tenants} tenants and {/gpus/free} are free.",
      ...one.switches.map(
        (_, index) =>
          `{/switches/${index}/count} {/switches/${index}/role} switches of the {/switches/${index}/fabric} run {/switches/${index}/nos}.`,
      ),
      ...(one.units ?? []).map(
        (_, index) =>
          `Scalable unit {/units/${index}/unit} has {/units/${index}/hosts} GPU hosts with {/units/${index}/gpus} GPUs; {/units/${index}/free} of the hosts are free.`,
      ),
      "Free hosts: {/hosts/free|list}.",
      "{/links/down} of {/links/total} links are down; {/sessions/established} of {/sessions/total} sessions are established (computed).",
    ],
  },
];
