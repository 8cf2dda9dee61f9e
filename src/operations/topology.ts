import { z } from "zod";
import { checkCabling } from "#decide/cabling.ts";
import { freePorts } from "#decide/free-ports.ts";
import { sharingOf } from "#decide/sharing.ts";
import { unitCapacities } from "#decide/units.ts";
import { rankHosts } from "#decide/where.ts";
import type { Host } from "#model/fabric.ts";
import { Failure } from "#model/failure.ts";
import { formatRate } from "#net/rate.ts";
import { pathsBetween } from "#twin/paths.ts";
import { traceFlow } from "#twin/reachability.ts";
import type { Context } from "./context.ts";
import { defined } from "./defined.ts";
import { findDevice } from "./links.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";
import { findTenant, TenantName } from "./tenants.ts";

const Unit = z.int().min(0).max(100_000).optional().describe("Only this scalable unit");

/** @throws {Failure} not_found */
function checkUnit(unit: number | undefined, { snapshot }: Context["factory"]): void {
  const units = new Set(Object.values(snapshot.fabric.switches).flatMap((one) => one.scalableUnit ?? []));
  if (unit !== undefined && !units.has(unit))
    throw new Failure(
      "not_found",
      `There is no scalable unit ${unit}. There are: ${[...units].toSorted((a, b) => a - b).join(", ")}.`,
    );
}

export const showCapacity = defineOperation({
  name: "capacity.show",
  command: "capacity",
  area: "fabric",
  summary: "Each scalable unit: hosts, GPUs, leaves, capacity towards hosts and spines, and the oversubscription.",
  effect: "read",
  input: z.strictObject({
    unit: Unit,
    fabric: z.enum(["computeFabric", "storageFabric", "frontEnd", "outOfBand"]).optional(),
  }),
  output: z.object({
    units: z.array(
      z.object({
        unit: z.number().optional(),
        fabric: z.string(),
        hosts: z.number(),
        freeHosts: z.number(),
        gpus: z.number(),
        leaves: z.number(),
        hostPorts: z.number(),
        hostBps: z.number(),
        uplinks: z.number(),
        uplinksDown: z.number(),
        uplinkBps: z.number().describe("Of the uplinks that are not down"),
        oversubscription: z.number().optional().describe("Towards hosts over towards spines; 1 is none"),
      }),
    ),
  }),
  failures: ["not_found"],
  positional: ["unit"],
  run: async ({ unit, fabric }, { factory }) => {
    checkUnit(unit, factory);
    return {
      units: unitCapacities(factory.snapshot.fabric, factory.snapshot.tenants).filter(
        (one) => (unit === undefined || one.unit === unit) && (fabric === undefined || one.fabric === fabric),
      ),
    };
  },
  print: ({ units }) =>
    formatTable(
      ["UNIT", "FABRIC", "HOSTS", "FREE", "GPUS", "LEAVES", "TO HOSTS", "UPLINKS", "DOWN", "TO SPINES", "RATIO"],
      units.map((one) => [
        one.unit ?? "-",
        one.fabric,
        one.hosts,
        one.freeHosts,
        one.gpus,
        one.leaves,
        formatRate(one.hostBps),
        one.uplinks,
        one.uplinksDown,
        formatRate(one.uplinkBps),
        one.oversubscription === undefined ? "-" : `${one.oversubscription.toFixed(2)}:1`,
      ]),
    ),
});

export const listFreePorts = defineOperation({
  name: "port.free",
  command: "ports",
  area: "fabric",
  summary: "Switches by the ports of one speed that they still have room for, most first: by the catalogue's cages.",
  effect: "read",
  input: z.strictObject({
    gbps: z.number().positive().max(10_000).default(400).describe("Speed of the ports"),
    unit: Unit,
    role: z.string().optional(),
  }),
  output: z.object({
    gbps: z.number(),
    switches: z.array(z.object({ device: z.string(), model: z.string(), free: z.number(), used: z.number() })),
    unknown: z.array(z.string()).describe("Switches whose model is not in the catalogue"),
  }),
  failures: ["not_found"],
  run: async ({ gbps, unit, role }, { factory }) => {
    checkUnit(unit, factory);
    const { switches } = factory.snapshot.fabric;
    const wanted = (name: string): boolean =>
      (unit === undefined || switches[name]?.scalableUnit === unit) &&
      (role === undefined || switches[name]?.role === role);
    const { rows, unknown } = freePorts(factory.snapshot.fabric, gbps * 1e9);
    return { gbps, switches: rows.filter((one) => wanted(one.device)), unknown: unknown.filter(wanted) };
  },
  print: ({ gbps, switches, unknown }) =>
    [
      formatTable(
        ["DEVICE", "MODEL", `FREE ${gbps}G`, "PORTS IN USE"],
        switches.map((one) => [one.device, one.model, one.free, one.used]),
      ),
      ...(unknown.length === 0 ? [] : [`not in the catalogue: ${unknown.join(" ")}`]),
    ].join("\n"),
});

const PathView = z.object({
  rail: z.number().optional(),
  from: z.string(),
  to: z.string(),
  paths: z.array(z.object({ share: z.number(), devices: z.array(z.string()), links: z.array(z.string()) })),
  why: z.string().optional().describe("Where no path delivers: what stops it"),
});

export const showPaths = defineOperation({
  name: "path.show",
  command: "path",
  area: "fabric",
  summary: "Every equal-cost path between two hosts, rail by rail, as the twin forwards RoCE between them.",
  effect: "read",
  input: z.strictObject({
    from: z.string().describe("Host"),
    to: z.string().describe("Host"),
    rail: z.int().min(0).max(64).optional().describe("Only this rail"),
  }),
  output: z.object({ from: z.string(), to: z.string(), count: z.number(), rails: z.array(PathView) }),
  failures: ["not_found"],
  positional: ["from", "to"],
  run: async ({ from, to, rail }, { factory }) => {
    const [source, target] = [findHost(from, factory), findHost(to, factory)];
    if (from === to) throw new Failure("invalid_input", "Name two different hosts.");
    const nics = computeNics(source).filter((nic) => rail === undefined || nic.rail === rail);
    if (nics.length === 0)
      throw new Failure("not_found", `${from} has no ${rail === undefined ? "compute NIC" : `NIC on rail ${rail}`}.`);
    const rails = nics.flatMap((nic) => {
      const twin = computeNics(target).find((one) => one.rail === nic.rail && one.plane === nic.plane);
      return twin === undefined ? [] : [pathsOf(factory, `${from}/${nic.name}`, `${to}/${twin.name}`, nic.rail)];
    });
    return { from, to, count: rails.reduce((sum, one) => sum + one.paths.length, 0), rails };
  },
  print: ({ from, to, count, rails }) =>
    [
      formatTable(
        ["RAIL", "SHARE", "PATH"],
        rails.flatMap((one) =>
          one.paths.length === 0
            ? [[one.rail ?? "-", "-", one.why ?? "nothing is delivered"]]
            : one.paths.map((path) => [
                one.rail ?? "-",
                `${(path.share * 100).toFixed(0)}%`,
                [from, ...path.devices, to].join(" > "),
              ]),
        ),
      ),
      `${count === 1 ? "1 path" : `${count} paths`} (computed).`,
    ].join("\n"),
});

const computeNics = (host: Host) => host.nics.filter((nic) => nic.purpose === "computeFabric");

/** @throws {Failure} not_found */
function findHost(name: string, factory: Context["factory"]): Host {
  const { hosts } = factory.snapshot.fabric;
  const found = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  if (found !== undefined) return found;
  findDevice(name, factory);
  throw new Failure("not_found", `${name} is a switch. Name two hosts.`);
}

function pathsOf({ twin }: Context["factory"], from: string, to: string, rail: number | undefined) {
  const paths = pathsBetween(twin, from, to);
  const base = { ...defined({ rail }), from, to };
  if (paths.length > 0)
    return {
      ...base,
      paths: paths.map((one) => ({ share: one.share, devices: [...one.devices], links: [...one.links] })),
    };
  const { counterexample, paths: tried } = traceFlow(twin, from, to, { protocol: 17, destinationPort: 4791 });
  const last = counterexample?.hops.at(-1) ?? tried[0]?.at(-1);
  return {
    ...base,
    paths: [],
    why:
      counterexample?.cause?.explanation ??
      (last === undefined
        ? "nothing is delivered: one of the two has no address in the network of the other"
        : `${last.device} [${last.networkInstance}] ${last.action}: ${last.decision}`),
  };
}

export const showSharing = defineOperation({
  name: "sharing.show",
  command: "sharing",
  area: "tenants",
  summary:
    "Switches and links that more than one tenant uses: ports by the cabling plan, links by the modelled traffic.",
  effect: "read",
  input: z.strictObject({}),
  output: z.object({
    switches: z.array(z.object({ device: z.string(), tenants: z.array(z.string()) })),
    links: z.array(z.object({ link: z.string(), tenants: z.array(z.string()) })),
  }),
  failures: [],
  run: async (_, { factory }) => {
    const { fabric, tenants, workloads } = factory.snapshot;
    const { switches, links } = sharingOf(fabric, tenants, workloads, factory.load);
    return {
      switches: switches.map((one) => ({ device: one.device, tenants: [...one.tenants] })),
      links: links.map((one) => ({ link: one.link, tenants: [...one.tenants] })),
    };
  },
  print: ({ switches, links }) =>
    [
      switches.length === 0
        ? "No switch has hosts of two tenants."
        : formatTable(
            ["SWITCH", "TENANTS"],
            switches.map((one) => [one.device, one.tenants.join(" ")]),
          ),
      links.length === 0
        ? "No link carries jobs of two tenants (modelled)."
        : formatTable(
            ["LINK", "TENANTS"],
            links.map((one) => [one.link, one.tenants.join(" ")]),
          ),
    ].join("\n"),
});

/** @throws {Failure} invalid_input */
function hostsFor(hosts: number | undefined, gpus: number | undefined, { snapshot }: Context["factory"]): number {
  if ((hosts === undefined) === (gpus === undefined))
    throw new Failure("invalid_input", "Say how many hosts, or --gpus, and not both.");
  const each = Math.max(1, ...Object.values(snapshot.fabric.hosts).map((one) => one.gpus.length));
  return hosts ?? Math.ceil((gpus ?? 0) / each);
}

export const suggestPlace = defineOperation({
  name: "place.suggest",
  command: "place",
  area: "workloads",
  summary: "Which free hosts suit a job or a tenant best, and why. Nothing is reserved.",
  effect: "read",
  input: z.strictObject({
    hosts: z.int().min(1).max(100_000).optional().describe("How many"),
    gpus: z.int().min(1).max(1_000_000).optional().describe("How many GPUs, instead: whole hosts are given"),
    tenant: TenantName.optional().describe("For whom: its own scalable units come first"),
    unit: Unit,
  }),
  output: z.object({
    asked: z.number(),
    free: z.number(),
    fits: z.boolean(),
    hosts: z.array(z.object({ host: z.string(), unit: z.number().optional(), reasons: z.array(z.string()) })),
  }),
  failures: ["not_found"],
  positional: ["hosts"],
  run: async ({ hosts: wanted, gpus, tenant, unit }, context) => {
    const { factory } = context;
    const hosts = hostsFor(wanted, gpus, factory);
    checkUnit(unit, factory);
    const { fabric, tenants } = factory.snapshot;
    const ranked = rankHosts({
      factory: { fabric, tenants },
      count: hosts,
      load: factory.load,
      ...(tenant === undefined ? {} : { tenant: findTenant(tenant, context) }),
      ...(unit === undefined ? {} : { unit }),
    });
    return {
      asked: hosts,
      free: ranked.length,
      fits: ranked.length >= hosts,
      hosts: ranked.slice(0, hosts).map((one) => ({
        host: one.host,
        ...defined({ unit: fabric.hosts[one.host]?.scalableUnit }),
        reasons: [...one.reasons],
      })),
    };
  },
  print: ({ asked, free, fits, hosts }) =>
    [
      fits ? `${asked} of ${free} free hosts, best first:` : `${asked} hosts are asked for and ${free} are free:`,
      formatTable(
        ["HOST", "UNIT", "WHY"],
        hosts.map((one) => [one.host, one.unit ?? "-", one.reasons.join("; ")]),
      ),
    ].join("\n"),
});

export const verifyCabling = defineOperation({
  name: "cabling.check",
  command: "cabling",
  area: "fabric",
  summary: "Compares the cabling plan with what switches see at the other end of each port (LLDP), read from them now.",
  effect: "read",
  input: z.strictObject({}),
  output: z.object({
    links: z.number(),
    checked: z.number(),
    agreeing: z.number(),
    wrong: z.array(z.object({ device: z.string(), port: z.string(), intended: z.string(), seen: z.string() })),
    unseen: z.array(z.string()).describe("Ports towards switches at which no neighbour was seen"),
    unreachable: z.array(z.string()).describe("Switches that could not be read"),
  }),
  failures: [],
  run: async (_, { factory }) => {
    const { seen, unreachable } = await factory.neighbors();
    const report = checkCabling(factory.snapshot.fabric, seen);
    return {
      links: factory.snapshot.fabric.links.length,
      checked: report.checked,
      agreeing: report.agreeing,
      wrong: report.wrong.map((one) => ({ ...one })),
      unseen: [...report.unseen],
      unreachable: [...unreachable],
    };
  },
  print: (one) =>
    [
      `${one.agreeing} of ${one.checked} link ends that were seen agree with the plan of ${one.links} links.`,
      ...(one.wrong.length === 0
        ? []
        : [
            formatTable(
              ["DEVICE", "PORT", "INTENDED", "SEEN"],
              one.wrong.map((row) => [row.device, row.port, row.intended, row.seen]),
            ),
          ]),
      ...(one.unseen.length === 0 ? [] : [`no neighbour seen: ${one.unseen.join(", ")}`]),
      ...(one.unreachable.length === 0 ? [] : [`not read: ${one.unreachable.join(" ")}`]),
    ].join("\n"),
});

export const topologyOperations = [showCapacity, listFreePorts, showPaths, showSharing, suggestPlace, verifyCabling];
