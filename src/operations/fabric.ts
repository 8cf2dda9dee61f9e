import { z } from "zod";
import type { Fabric, Host } from "#model/fabric.ts";
import { routesOf } from "#twin/routes.ts";
import { defined } from "./defined.ts";
import { LinkView, linkViews, listLinks } from "./links.ts";
import { defineOperation } from "./operation.ts";
import { reachOperations } from "./reach.ts";
import { routingOperations } from "./routing.ts";
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
    const { proof } = factory;
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

export const fabricOperations = [showStatus, showGraph, listLinks, ...reachOperations, ...routingOperations];
