import type { Frame, Reading } from "./frame.ts";
import { firstOf, namesOf } from "./reading.ts";

const unitOf = ({ unit }: Reading): { unit?: number } => (unit === undefined ? {} : { unit });
const diagnosing = ["healthy", "ok", "okay", "health", "diagnose", "alive", "fine", "failing", "sick", "trouble"];

const healthClaims = (one: { problems: readonly unknown[]; kind: string; sampleAgeMs?: number }): string[] => [
  one.problems.length === 0
    ? "Nothing is wrong with {/name} that Heddle can see (problems: {/problems|count})."
    : "{/name} has {/problems|count} problems.",
  ...one.problems.slice(0, 10).map((_, index) => `{/problems/${index}}.`),
  one.kind === "switch"
    ? "{/down|count} of its {/links} links are down; {/established} of {/sessions} sessions are established (computed)."
    : "{/down|count} of its {/links} links are down.",
  ...(one.sampleAgeMs === undefined
    ? ["No counters of it have come yet."]
    : [
        "Measured at its ports: {/errorsPerSecond|number} errors, {/pausesPerSecond|number} pause frames and {/ecnMarkedPerSecond|number} congestion marks a second.",
      ]),
  "Jobs whose traffic it carries (modelled): {/jobs|list}.",
];

/** Where things stand, how they are joined, and how much of them there is. */
export const topologyFrames: readonly Frame[] = [
  {
    operation: "capacity.show",
    say: "how oversubscribed is each scalable unit?",
    cues: [
      ["oversubscribed", "oversubscription", "uplink", "uplinks", "capacity", "ratio", "blocking", "non-blocking"],
    ],
    bonus: ["capacity", "spine", "total", "oversubscribed"],
    narrows: ["unit"],
    read: (reading) => ({ ...unitOf(reading), fabric: "computeFabric" }),
    claims: (one: { units: readonly { unit?: number; oversubscription?: number }[] }) =>
      one.units.map((row, index) =>
        `${row.unit === undefined ? "Leaves of the {/units/@/fabric}" : "Scalable unit {/units/@/unit}"}: {/units/@/uplinks} uplinks, {/units/@/uplinksDown} of them down, with {/units/@/uplinkBps|rate} towards the spines; {/units/@/hostBps|rate} on {/units/@/hostPorts} ports towards {/units/@/hosts} hosts${row.oversubscription === undefined ? "." : "; the oversubscription is {/units/@/oversubscription|number} to one."}`.replaceAll(
          "@",
          String(index),
        ),
      ),
  },
  {
    operation: "port.free",
    say: "which leaves have free 400G ports?",
    cues: [
      ["free", "spare", "unused", "available", "room", "left"],
      ["port", "ports"],
    ],
    bonus: ["rank", "leafs", "leaves", "most"],
    narrows: ["unit"],
    read: (reading) => {
      const [gbps] = reading.linked.gbps;
      const leaves = ["leaf", "leafs", "leaves"].some((word) => reading.words.has(word));
      return { ...(gbps === undefined ? {} : { gbps }), ...unitOf(reading), ...(leaves ? { role: "leaf" } : {}) };
    },
    claims: (one: { switches: readonly unknown[] }) => [
      "Free {/gbps}G ports, most first, by the cages of each model in the catalogue; equal numbers are ties.",
      ...one.switches.slice(0, 24).map((_, index) => `{/switches/${index}/device}: {/switches/${index}/free} free.`),
    ],
  },
  {
    operation: "path.show",
    say: "show every path from {host} to {host2} on rail 1",
    cues: [["path", "paths", "route", "routes", "way", "ways", "hops"]],
    bonus: ["every", "between", "rail", "take"],
    entities: [["host"], ["host"]],
    narrows: ["rail"],
    read: (reading) => {
      const [from, to] = namesOf(reading, "host");
      return { from, to, ...(reading.rail === undefined ? {} : { rail: reading.rail }) };
    },
    claims: (one: {
      rails: readonly { rail?: number; why?: string; paths: readonly { devices: readonly string[] }[] }[];
    }) => [
      "{/count} equal-cost paths from {/from} to {/to} (computed on the twin, for RoCE).",
      ...one.rails.flatMap((row, index) => {
        const on = row.rail === undefined ? "" : ` on rail {/rails/${index}/rail}`;
        if (row.paths.length === 0)
          return row.why === undefined ? [`None${on}.`] : [`None${on}: {/rails/${index}/why}`];
        const ways = new Map(row.paths.map((path, at) => [path.devices.join(" "), at]));
        return [...ways.values()].map(
          (at) =>
            `{/rails/${index}/from} to {/rails/${index}/to}${on}: over {/rails/${index}/paths/${at}/devices|list}.`,
        );
      }),
    ],
  },
  {
    operation: "sharing.show",
    say: "which switches and links do several tenants share?",
    cues: [
      ["share", "shares", "shared", "sharing"],
      ["tenant", "tenants", "leaf", "link", "links", "switch", "switches", "port", "physical", "with"],
    ],
    bonus: ["tenant", "tenants", "link", "leaf"],
    whole: true,
    read: () => ({}),
    claims: (one: { switches: readonly unknown[]; links: readonly unknown[] }) => [
      "{/switches|count} switches have hosts of several tenants, each on ports of its own; {/links|count} links carry jobs of several tenants (modelled).",
      ...one.switches.slice(0, 20).map((_, index) => `{/switches/${index}/device}: {/switches/${index}/tenants|list}.`),
      ...one.links.slice(0, 20).map((_, index) => `{/links/${index}/link}: {/links/${index}/tenants|list}.`),
    ],
  },
  {
    operation: "place.suggest",
    say: "where would you put a 4-host job?",
    cues: [
      ["put", "place", "placement", "fit", "room", "land", "take", "space", "schedule", "accommodate"],
      ["host", "hosts", "node", "nodes", "gpu", "gpus", "server", "servers", "job", "customer", "tenant"],
    ],
    bonus: ["where", "would", "could", "another", "best"],
    narrows: ["unit"],
    presentOnly: true,
    proposal: true,
    read: (reading) => {
      const [count] = reading.linked.numbers;
      if (count === undefined) return "For how many hosts, or GPUs?";
      const tenant = firstOf(reading, "tenant");
      const size = /\b\d+[- ]?gpus?\b/.test(reading.text) ? { gpus: Math.round(count) } : { hosts: Math.round(count) };
      return { ...size, ...(tenant === undefined ? {} : { tenant }), ...unitOf(reading) };
    },
    claims: (one: { fits: boolean; hosts: readonly { unit?: number }[] }) => [
      one.fits
        ? "It fits: {/asked} hosts are asked for and {/free} are free. Nothing is reserved by this answer."
        : "It does not fit: {/asked} hosts are asked for and only {/free} are free.",
      ...one.hosts.slice(0, 16).map((_, index) => `{/hosts/${index}/host}: {/hosts/${index}/reasons|list}.`),
    ],
  },
  {
    operation: "cabling.check",
    say: "is any cable not where the design says?",
    cues: [
      ["cable", "cables", "cabling", "cabled", "wired", "wiring", "lldp", "miscabled"],
      [
        "design",
        "plan",
        "planned",
        "wrong",
        "match",
        "matches",
        "swapped",
        "where",
        "should",
        "right",
        "miscabled",
        "correct",
      ],
    ],
    bonus: ["any", "design", "says"],
    whole: true,
    read: () => ({}),
    claims: (one: { wrong: readonly unknown[]; unseen: readonly unknown[]; unreachable: readonly unknown[] }) => [
      "{/agreeing} of {/checked} link ends whose neighbour was seen, read from the switches just now, are as the plan of {/links} links says.",
      ...one.wrong
        .slice(0, 20)
        .map(
          (_, index) =>
            `{/wrong/${index}/device} {/wrong/${index}/port} should go to {/wrong/${index}/intended} and goes to {/wrong/${index}/seen}.`,
        ),
      "Ports at which no neighbour was seen: {/unseen|list}. Switches that could not be read: {/unreachable|list}.",
    ],
  },
  {
    operation: "device.health",
    say: "is {switch} healthy?",
    cues: [[...diagnosing, "slow", "wrong", "broken", "problem"]],
    bonus: ["is", "diagnose"],
    entities: [["switch", "host"]],
    read: (reading) => ({ name: firstOf(reading, "switch", "host") }),
    claims: healthClaims,
  },
  {
    operation: "device.health",
    say: "which tenant owns {host}?",
    cues: [["owns", "own", "owner", "holds", "belong", "belongs", "whose"]],
    bonus: ["tenant", "which", "who"],
    entities: [["switch", "host"]],
    read: (reading) => ({ name: firstOf(reading, "switch", "host") }),
    claims: (one: { kind: string }) =>
      one.kind === "host"
        ? ["{/name} is held by: {/tenants|list}."]
        : ["Tenants with hosts on {/name}: {/tenants|list}. A switch is the operator's."],
  },
  {
    operation: "device.health",
    say: "does {switch} see PFC pause frames?",
    cues: [["pfc", "pause", "pauses", "ecn", "congestion", "marks", "errors"]],
    bonus: ["see", "frames", "why"],
    entities: [["switch", "host"]],
    read: (reading) => ({ name: firstOf(reading, "switch", "host") }),
    claims: (one: { kind: string; problems: readonly unknown[]; sampleAgeMs?: number }) =>
      one.sampleAgeMs === undefined
        ? ["No counters of {/name} have come yet: nothing can be said of its pauses."]
        : [
            "{/name} has {/pausesPerSecond|number} pause frames a second now, received and sent together.",
            ...healthClaims(one),
          ],
  },
  {
    operation: "fabric.verify",
    say: "does every device pass the lossless check for PFC?",
    cues: [
      ["pfc", "lossless", "golden"],
      ["check", "pass", "passes", "fail", "fails", "consistent", "compliant"],
    ],
    bonus: ["devices", "which", "golden"],
    read: () => ({}),
    claims: (one: { checks: readonly { name: string; result: string }[] }) => [
      "Heddle's check for PFC compares the two ends of every link; it knows no golden configuration besides the intended one.",
      ...one.checks.flatMap((check, index) =>
        check.name.includes("lossless")
          ? [
              `Check {/checks/${index}/name}: {/checks/${index}/result} ({/checks/${index}/fidelity}); {/checks/${index}/detail}.`,
            ]
          : [],
      ),
    ],
  },
  {
    operation: "telemetry.freshness",
    say: "how fresh is the telemetry?",
    cues: [
      ["fresh", "freshness", "stale", "silent", "up-to-date", "recent"],
      ["telemetry", "data", "counters", "metrics", "samples", "devices", "switches", "answering"],
    ],
    bonus: ["how", "fresh"],
    read: () => ({}),
    claims: (one: { newestAgeMs?: number }) => [
      "{/reporting} of {/devices} switches sent counters within the last minute; silent: {/silent|list}.",
      ...(one.newestAgeMs === undefined
        ? []
        : ["The newest sample is {/newestAgeMs|ms} old, the oldest {/oldestAgeMs|ms}."]),
      "What is computed comes from a snapshot that is {/snapshotAgeMs|ms} old.",
    ],
  },
  {
    operation: "job.list",
    say: "which jobs are waiting?",
    cues: [
      ["waiting", "queued", "wait", "queue"],
      ["jobs", "job", "workloads"],
    ],
    bonus: ["long", "which", "what"],
    presentOnly: true,
    read: (reading) => {
      const tenant = firstOf(reading, "tenant");
      return { state: "queued", ...(tenant === undefined ? {} : { tenant }) };
    },
    claims: (one: { jobs: readonly unknown[] }) => [
      "Jobs that Heddle knows as queued: {/jobs|count}. How long they have waited is the scheduler's to say.",
      ...one.jobs.map((_, index) => `{/jobs/${index}/name} of {/jobs/${index}/tenant}: {/jobs/${index}/gpus} GPUs.`),
    ],
  },
  {
    operation: "failure.sweep",
    say: "what happens if I take {switch} out?",
    cues: [
      ["take", "taking", "pull", "remove", "out", "offline", "maintenance"],
      ["out", "offline", "if", "maintenance"],
    ],
    bonus: ["what", "happens", "hours"],
    entities: [["switch", "link"]],
    presentOnly: true,
    proposal: true,
    read: (reading) => ({ element: firstOf(reading, "switch", "link") }),
    claims: (one: { harmful: readonly unknown[] }) => [
      one.harmful.length === 0
        ? "Without it everything that must hold still holds ({/harmless} of {/swept} failures swept are harmless; computed)."
        : "It would break what must hold: {/harmless} of {/swept} failures swept are harmless (computed).",
      ...one.harmful.map((_, index) => `Without {/harmful/${index}/element}: {/harmful/${index}/effect}`),
      "Jobs whose traffic uses it now, and would move to other paths: {/jobs|list}.",
      "Heddle has no maintenance mode: nothing is planned by this answer.",
    ],
  },
];
