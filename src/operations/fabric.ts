import { z } from "zod";
import { Failure } from "#model/failure.ts";
import { linkId, type Fabric, type Host } from "#model/fabric.ts";
import { formatRate } from "#net/rate.ts";
import { checkFabric } from "#twin/checks.ts";
import { sweepFailures } from "#twin/failures.ts";
import { proveIsolation } from "#twin/reachability.ts";
import { routesOf } from "#twin/routes.ts";
import type { Twin } from "#twin/twin.ts";
import type { Endpoint } from "#model/endpoint.ts";
import { CounterexampleView, printCounterexample } from "./change-view.ts";
import type { Context } from "./context.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

export const showStatus = defineOperation({
  name: "fabric.status",
  command: "status",
  area: "fabric",
  summary: "The factory at a glance: what there is, who uses it, what the twin says.",
  effect: "read",
  input: z.strictObject({}),
  output: z.object({
    fabric: z.string(),
    snapshot: z.string(),
    takenAt: z.number(),
    switches: z.array(z.object({ fabric: z.string(), role: z.string(), nos: z.string(), count: z.number() })),
    hosts: z.object({ gpu: z.number(), storage: z.number(), other: z.number(), free: z.array(z.string()) }),
    gpus: z.object({ total: z.number(), held: z.number(), free: z.number() }),
    links: z.object({ total: z.number(), down: z.number() }),
    units: z.array(
      z.object({ unit: z.number(), hosts: z.number(), gpus: z.number(), free: z.number().describe("Free GPU hosts") }),
    ),
    tenants: z.number(),
    workloads: z.number(),
    sessions: z.object({ established: z.number(), total: z.number() }),
    routes: z.number(),
    isolation: z.object({
      holds: z.boolean(),
      forbiddenPairs: z.number(),
      forbiddenReachable: z.number(),
      requiredPairs: z.number(),
      requiredReachable: z.number(),
    }),
  }),
  failures: [],
  run: async (_, { factory }) => {
    const { fabric, tenants, workloads } = factory.snapshot;
    const hosts = Object.values(fabric.hosts);
    const held = new Set(tenants.flatMap((one) => one.hosts));
    const gpuHosts = hosts.filter((one) => one.role === "gpu");
    const gpusOf = (some: typeof hosts) => some.reduce((sum, one) => sum + one.gpus.length, 0);
    const proof = proveIsolation(factory.twin);
    return {
      fabric: fabric.name,
      snapshot: factory.digest,
      takenAt: factory.takenAt,
      switches: countSwitches(fabric),
      hosts: {
        gpu: gpuHosts.length,
        storage: hosts.filter((one) => one.role === "storage").length,
        other: hosts.filter((one) => one.role !== "gpu" && one.role !== "storage").length,
        free: gpuHosts.map((one) => one.name).filter((name) => !held.has(name)),
      },
      gpus: {
        total: gpusOf(gpuHosts),
        held: gpusOf(gpuHosts.filter((one) => held.has(one.name))),
        free: gpusOf(gpuHosts.filter((one) => !held.has(one.name))),
      },
      links: { total: fabric.links.length, down: fabric.links.filter((one) => one.down === true).length },
      units: unitsOf(gpuHosts, held),
      tenants: tenants.length,
      workloads: workloads.length,
      sessions: {
        established: factory.twin.sessions.filter((one) => one.state === "established").length,
        total: factory.twin.sessions.length,
      },
      routes: routesOf(factory.twin, {}).length,
      isolation: {
        holds: proof.holds,
        forbiddenPairs: proof.forbiddenPairs,
        forbiddenReachable: proof.forbiddenReachable,
        requiredPairs: proof.requiredPairs,
        requiredReachable: proof.requiredReachable,
      },
    };
  },
  print: (one) =>
    [
      `${one.fabric}: ${one.gpus.total} GPUs on ${one.hosts.gpu} hosts; ${one.gpus.held} held by ${one.tenants} tenants, ${one.gpus.free} free`,
      formatTable(
        ["FABRIC", "ROLE", "NOS", "SWITCHES"],
        one.switches.map((row) => [row.fabric, row.role, row.nos, row.count]),
      ),
      `links      ${one.links.total}, ${one.links.down} down`,
      `sessions   ${one.sessions.established} of ${one.sessions.total} established, ${one.routes} routes (computed)`,
      `isolation  ${one.isolation.holds ? "holds" : "BROKEN"}: ${one.isolation.forbiddenReachable} of ${one.isolation.forbiddenPairs} forbidden pairs reachable; ${one.isolation.requiredReachable} of ${one.isolation.requiredPairs} required pairs reachable`,
      `snapshot   ${one.snapshot.slice(0, 12)} of ${new Date(one.takenAt).toISOString()}`,
    ].join("\n"),
});

/** GPU hosts of each scalable unit. */
function unitsOf(hosts: readonly Host[], held: ReadonlySet<string>) {
  const rows = new Map<number, { unit: number; hosts: number; gpus: number; free: number }>();
  for (const { name, scalableUnit: unit, gpus } of hosts) {
    if (unit === undefined) continue;
    const row = rows.get(unit) ?? { unit, hosts: 0, gpus: 0, free: 0 };
    rows.set(unit, {
      unit,
      hosts: row.hosts + 1,
      gpus: row.gpus + gpus.length,
      free: row.free + (held.has(name) ? 0 : 1),
    });
  }
  return [...rows.values()].toSorted((a, b) => a.unit - b.unit);
}

function countSwitches(fabric: Fabric) {
  const counts = new Map<string, { fabric: string; role: string; nos: string; count: number }>();
  for (const one of Object.values(fabric.switches)) {
    const key = `${one.fabric} ${one.role} ${one.nos}`;
    const row = counts.get(key) ?? { fabric: one.fabric, role: one.role, nos: one.nos, count: 0 };
    counts.set(key, { ...row, count: row.count + 1 });
  }
  return [...counts.values()];
}

const NodeView = z.object({
  name: z.string(),
  kind: z.enum(["switch", "host"]),
  role: z.string(),
  fabric: z.string().optional(),
  nos: z.string().optional(),
  scalableUnit: z.number().optional(),
  rail: z.number().optional(),
  plane: z.number().optional(),
  tenant: z.string().optional(),
  gpus: z.number().optional(),
});
const LinkView = z.object({
  id: z.string(),
  a: z.object({ node: z.string(), port: z.string() }),
  b: z.object({ node: z.string(), port: z.string() }),
  fabric: z.string().optional(),
  speedBps: z.number(),
  down: z.boolean(),
  /** Share of capacity, the busier direction. */
  load: z.number(),
  bps: z.number(),
  jobs: z.array(z.string()),
});

export const showGraph = defineOperation({
  name: "fabric.graph",
  area: "fabric",
  summary: "Switches, hosts and links in one graph, with tenants and modelled link load on them.",
  effect: "read",
  input: z.strictObject({}),
  output: z.object({ name: z.string(), snapshot: z.string(), nodes: z.array(NodeView), links: z.array(LinkView) }),
  failures: [],
  run: async (_, { factory }) => {
    const { fabric, tenants } = factory.snapshot;
    const ownerOf = new Map(tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant.name] as const)));
    return {
      name: fabric.name,
      snapshot: factory.digest,
      nodes: [
        ...Object.values(fabric.switches).map((one) => ({
          name: one.name,
          kind: "switch" as const,
          role: one.role,
          fabric: one.fabric,
          nos: one.nos,
          ...defined({ scalableUnit: one.scalableUnit, plane: one.plane, rail: one.rails?.[0] }),
        })),
        ...Object.values(fabric.hosts).map((one) => ({
          name: one.name,
          kind: "host" as const,
          role: one.role,
          gpus: one.gpus.length,
          ...defined({ scalableUnit: one.scalableUnit, tenant: ownerOf.get(one.name) }),
        })),
      ],
      links: linkViews(factory),
    };
  },
  print: (graph) =>
    `${graph.nodes.length} nodes, ${graph.links.length} links. Ask for --json, or open the web page to see it drawn.`,
});

export function linkViews({ snapshot, load }: Context["factory"]): z.input<typeof LinkView>[] {
  const loadOf = new Map(load.links.map((one) => [one.link, one]));
  return snapshot.fabric.links.map((link) => {
    const id = linkId(link);
    const busy = loadOf.get(id);
    return {
      id,
      a: link.a,
      b: link.b,
      ...defined({ fabric: link.fabric }),
      speedBps: link.speedBps,
      down: link.down === true,
      load: busy?.share ?? 0,
      bps: busy?.bps ?? 0,
      jobs: [...(busy?.jobs ?? [])],
    };
  });
}

/** Without the fields that are undefined. */
export const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  // Dropping undefined fields is exactly what the result type says.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

export const listLinks = defineOperation({
  name: "link.list",
  area: "fabric",
  summary: "Links with their modelled load and the jobs that cause it, hottest first.",
  effect: "read",
  input: z.strictObject({
    device: z.string().optional().describe("Only links of this device"),
    down: z.boolean().optional().describe("Only links that are down"),
    top: z.int().min(1).max(100_000).default(20).describe("How many"),
  }),
  output: z.object({ links: z.array(LinkView), total: z.number() }),
  failures: ["not_found"],
  run: async ({ device, down, top }, { factory }) => {
    if (device !== undefined) findDevice(device, factory);
    const all = linkViews(factory).filter(
      (one) => (device === undefined || one.a.node === device || one.b.node === device) && (down !== true || one.down),
    );
    return { total: all.length, links: all.toSorted((a, b) => b.load - a.load).slice(0, top) };
  },
  print: ({ links, total }) =>
    [
      formatTable(
        ["LINK", "SPEED", "LOAD", "STATE", "JOBS"],
        links.map((one) => [
          one.id,
          formatRate(one.speedBps),
          `${(one.load * 100).toFixed(1)}%`,
          one.down ? "down" : "up",
          one.jobs.join(" ") || "-",
        ]),
      ),
      `${links.length} of ${total} links. Load is modelled from the jobs' traffic on the twin's paths.`,
    ].join("\n"),
});

/** @throws {Failure} not_found, with near names */
export function findDevice(name: string, { snapshot }: Context["factory"]): void {
  const { switches, hosts } = snapshot.fabric;
  if (Object.hasOwn(switches, name) || Object.hasOwn(hosts, name)) return;
  const near = [...Object.keys(switches), ...Object.keys(hosts)]
    .filter((one) => one.startsWith(name.replace(/\d+$/, "")))
    .slice(0, 6);
  throw new Failure(
    "not_found",
    `There is no device or host ${name}.${near.length === 0 ? "" : ` Near it: ${near.join(" ")}.`}`,
  );
}

const VerifyReport = z.object({
  snapshot: z.string(),
  holds: z.boolean(),
  forbiddenPairs: z.number(),
  forbiddenReachable: z.number(),
  requiredPairs: z.number(),
  requiredReachable: z.number(),
  counterexamples: z.array(CounterexampleView),
  checks: z.array(z.object({ name: z.string(), result: z.string(), fidelity: z.string(), detail: z.string() })),
  failures: z
    .object({
      swept: z.number(),
      harmless: z.number(),
      harmful: z.array(z.object({ element: z.string(), effect: z.string() })),
    })
    .optional(),
});

export const verifyFabric = defineOperation({
  name: "fabric.verify",
  area: "fabric",
  summary:
    "Prove on the twin that every tenant reaches what it should, and nothing else; and check the fabric's health.",
  effect: "read",
  input: z.strictObject({ failures: z.boolean().optional().describe("Also sweep every single failure") }),
  output: VerifyReport,
  failures: [],
  run: async ({ failures }, { factory }) => {
    const { holds, forbiddenPairs, forbiddenReachable, requiredPairs, requiredReachable, counterexamples } =
      proveIsolation(factory.twin);
    const swept = failures === true ? sweepFailures(factory.twin) : undefined;
    return VerifyReport.parse({
      snapshot: factory.digest,
      holds,
      forbiddenPairs,
      forbiddenReachable,
      requiredPairs,
      requiredReachable,
      counterexamples,
      checks: checkFabric(factory.twin).checks,
      ...(swept === undefined ? {} : { failures: swept }),
    });
  },
  print: (report) =>
    [
      `isolation ${report.holds ? "holds" : "is BROKEN"}: ${report.forbiddenReachable} of ${report.forbiddenPairs} forbidden pairs reachable, ${report.requiredReachable} of ${report.requiredPairs} required pairs reachable (computed)`,
      ...report.counterexamples.flatMap(printCounterexample),
      formatTable(
        ["CHECK", "RESULT", "FIDELITY", "DETAIL"],
        report.checks.map((one) => [one.name, one.result, one.fidelity, one.detail]),
      ),
      ...(report.failures === undefined
        ? []
        : [
            `single failures: ${report.failures.harmless} of ${report.failures.swept} harmless`,
            ...report.failures.harmful.map((one) => `  ${one.element}: ${one.effect}`),
          ]),
    ].join("\n"),
});

const ReachView = z.object({
  from: z.string(),
  to: z.string(),
  allowed: z.boolean().describe("Whether policy lets them"),
  pairs: z.number(),
  reachable: z.number(),
  examples: z.array(CounterexampleView),
  snapshot: z.string(),
});

export const checkReach = defineOperation({
  name: "reach.check",
  command: "reach",
  area: "fabric",
  summary:
    "Whether anything of one tenant, host or zone can reach anything of another, over the configurations as they run.",
  effect: "read",
  input: z.strictObject({
    from: z.string().describe("Tenant, host or @zone"),
    to: z.string().describe("Tenant, host or @zone"),
  }),
  output: ReachView,
  failures: ["not_found"],
  positional: ["from", "to"],
  run: async ({ from, to }, { factory }) => {
    const sources = endpointsOf(from, factory);
    const targets = endpointsOf(to, factory);
    const { forbiddenPairs, forbiddenReachable, counterexamples } = proveIsolation(
      between(factory.twin, sources, targets),
      { maxCounterexamples: 64 },
    );
    const allowed =
      from === to || factory.snapshot.policy.allow.some((rule) => nameOf(rule.from) === from && nameOf(rule.to) === to);
    return {
      from,
      to,
      allowed,
      pairs: forbiddenPairs,
      reachable: forbiddenReachable,
      examples: counterexamples
        .filter((one) => one.kind === "leak")
        .slice(0, 1)
        .map((one) => CounterexampleView.parse(one)),
      snapshot: factory.digest,
    };
  },
  print: (one) =>
    [
      `${one.reachable === 0 ? "No" : "Yes"}: ${one.reachable} of ${one.pairs} pairs of end points of ${one.from} and ${one.to} are reachable (computed). Policy ${one.allowed ? "allows" : "forbids"} it.`,
      ...one.examples.flatMap(printCounterexample),
    ].join("\n"),
});

/**
 * The twin asked only whether the one side reaches the other: everything else is allowed, so that each pair that it
 * calls forbidden is one of these. Pairs on one host are left out.
 */
function between(twin: Twin, sources: readonly Endpoint[], targets: readonly Endpoint[]): Twin {
  const side = (zone: string) => ({ kind: "zone" as const, zone });
  const both = new Set(sources.map((one) => one.id));
  const endpoints = [
    ...sources.map((one) => ({ ...one, owner: side("from") })),
    ...targets.filter((one) => !both.has(one.id)).map((one) => ({ ...one, owner: side("to") })),
  ];
  const policy = { allow: [{ from: side("to"), to: side("from"), why: "only the way there is asked for" }] };
  return { ...twin, snapshot: { ...twin.snapshot, endpoints, policy } };
}

const nameOf = (owner: { kind: "tenant"; tenant: string } | { kind: "zone"; zone: string }): string =>
  owner.kind === "tenant" ? owner.tenant : `@${owner.zone}`;

/** @throws {Failure} not_found */
function endpointsOf(name: string, factory: Context["factory"]) {
  const found = factory.endpoints.filter(
    (one) => one.id === name || one.host === name || nameOf(one.owner) === name || nameOf(one.owner) === `@${name}`,
  );
  if (found.length > 0) return found;
  const owners = [...new Set(factory.endpoints.map((one) => nameOf(one.owner)))].sort();
  throw new Failure(
    "not_found",
    `Nothing is called ${name}. There are the tenants and zones ${owners.join(" ")}, and the hosts of the fabric.`,
  );
}

export const sweep = defineOperation({
  name: "failure.sweep",
  command: "whatif",
  area: "fabric",
  summary: "What each single failure of a link or switch would break, as tenants and pairs.",
  effect: "read",
  input: z.strictObject({ element: z.string().optional().describe("Only this switch or link") }),
  output: z.object({
    swept: z.number(),
    harmless: z.number(),
    harmful: z.array(z.object({ element: z.string(), effect: z.string() })),
    jobs: z.array(z.string()),
  }),
  failures: ["not_found"],
  positional: ["element"],
  run: async ({ element }, { factory }) => {
    const links = linkViews(factory);
    if (element !== undefined && !links.some((one) => one.id === element)) findDevice(element, factory);
    const touched =
      element === undefined
        ? []
        : links.filter((one) => one.id === element || one.a.node === element || one.b.node === element);
    const { swept, harmless, harmful } = sweepFailures(factory.twin, element === undefined ? undefined : [element]);
    return { swept, harmless, harmful: [...harmful], jobs: [...new Set(touched.flatMap((one) => one.jobs))].sort() };
  },
  print: (one) =>
    [
      `${one.harmless} of ${one.swept} single failures break nothing that must hold (computed).`,
      ...one.harmful.map((row) => `  ${row.element}: ${row.effect}`),
      ...(one.jobs.length === 0 ? [] : [`jobs whose traffic uses it now: ${one.jobs.join(" ")}`]),
    ].join("\n"),
});

export const listSessions = defineOperation({
  name: "session.list",
  command: "sessions",
  area: "fabric",
  summary: "BGP sessions as the twin computes them, those that are down first, with the reason.",
  effect: "read",
  input: z.strictObject({
    device: z.string().optional(),
    down: z.boolean().optional().describe("Only those not established"),
  }),
  output: z.object({
    sessions: z.array(
      z.object({
        device: z.string(),
        networkInstance: z.string(),
        neighbor: z.string(),
        peerDevice: z.string().optional(),
        state: z.string(),
        reason: z.string(),
      }),
    ),
    established: z.number(),
    total: z.number(),
  }),
  failures: [],
  run: async ({ device, down }, { factory }) => {
    const all = factory.twin.sessions.filter((one) => device === undefined || one.device === device);
    const shown = all
      .filter((one) => down !== true || one.state !== "established")
      .toSorted((a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : 0));
    return {
      established: all.filter((one) => one.state === "established").length,
      total: all.length,
      sessions: shown.map((one) => ({
        device: one.device,
        networkInstance: one.networkInstance,
        neighbor: one.neighbor,
        ...defined({ peerDevice: one.peerDevice }),
        state: one.state,
        reason: one.reason,
      })),
    };
  },
  print: ({ sessions, established, total }) =>
    [
      formatTable(
        ["DEVICE", "VRF", "NEIGHBOR", "PEER", "STATE", "WHY"],
        sessions.map((one) => [
          one.device,
          one.networkInstance,
          one.neighbor,
          one.peerDevice ?? "-",
          one.state,
          one.reason,
        ]),
      ),
      `${established} of ${total} established (computed).`,
    ].join("\n"),
});

export const listRoutes = defineOperation({
  name: "route.list",
  command: "routes",
  area: "fabric",
  summary: "Routes of a device as the twin computes them, each with what decided.",
  effect: "read",
  input: z.strictObject({ device: z.string(), vrf: z.string().default("default"), prefix: z.string().optional() }),
  output: z.object({
    routes: z.array(
      z.object({
        prefix: z.string(),
        protocol: z.string(),
        distance: z.number(),
        metric: z.number(),
        nextHops: z.array(
          z.looseObject({
            address: z.string().optional(),
            interface: z.string().optional(),
            vtep: z.string().optional(),
            vni: z.number().optional(),
          }),
        ),
        reason: z.string(),
      }),
    ),
  }),
  failures: ["not_found"],
  positional: ["device"],
  run: async ({ device, vrf, prefix }, { factory }) => {
    findDevice(device, factory);
    return {
      routes: routesOf(factory.twin, { device, networkInstance: vrf })
        .filter((one) => prefix === undefined || one.prefix === prefix)
        .map(({ prefix, protocol, distance, metric, nextHops, reason }) => ({
          prefix,
          protocol,
          distance,
          metric,
          nextHops: nextHops.map((hop) => ({ ...hop })),
          reason,
        })),
    };
  },
  print: ({ routes }) =>
    formatTable(
      ["PREFIX", "PROTOCOL", "DIST", "METRIC", "NEXT HOPS", "WHY"],
      routes.map((one) => [
        one.prefix,
        one.protocol,
        one.distance,
        one.metric,
        one.nextHops.map((hop) => hop.vtep ?? hop.address ?? hop.interface ?? "discard").join(" "),
        one.reason,
      ]),
    ),
});

export const fabricOperations = [
  showStatus,
  showGraph,
  listLinks,
  verifyFabric,
  checkReach,
  sweep,
  listSessions,
  listRoutes,
];
