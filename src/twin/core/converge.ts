import type { BgpTable, Inside, Path, Registry, Resolve, Simulated, Slot } from "./bgp-model.ts";
import type { Finding } from "#model/finding.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import type { Device, L3Interface } from "./device.ts";
import { type BgpGraph, buildBgpGraph, isGraphOf, noGraph, unicastKey } from "./edges.ts";
import {
  establishSessions,
  sameSessions,
  type Sessions,
  type SettledAttempts,
  type Surroundings,
  takeOverAttempts,
} from "./establish.ts";
import { insideDevices } from "./evpn.ts";
import { type Contribution, costTo, type MadeTables, type Tables, tablesOf } from "./fib.ts";
import { installOverlay, type OverlayClass, type OverlayDomain, originateOverlay } from "./l2-overlay.ts";
import type { PrefixKey } from "./numbers.ts";
import { activeAggregates, type ActiveAggregate, originateUnicast, type UnicastClass } from "./originate.ts";
import { type OspfRoutes, resolveOspf } from "./ospf.ts";
import { prefixClassifier } from "./prefix-classes.ts";
import { addRoute, addStaticRoutes, connectedRoutes, type NextHop, type Rib, type RouteValue } from "./rib.ts";
import type { Walk } from "./open-session.ts";
import { simulate, takesAlike } from "./simulate.ts";
import { deriveRouteTargets, importMatch } from "../route-targets.ts";
import type { Topology } from "./topology.ts";
import { lookupIn, walkTo } from "./walk.ts";

/** The control plane at rest. */
export interface Converged {
  readonly sessions: Sessions;
  readonly graph: BgpGraph;
  readonly tables: Tables;
  readonly aggregates: readonly ActiveAggregate[];
  readonly overlay: ReadonlyMap<number, OverlayDomain>;
  readonly unicast: readonly { readonly cls: UnicastClass; readonly result: Simulated }[];
  readonly overlayClasses: readonly { readonly cls: OverlayClass; readonly result: Simulated }[];
  readonly findings: readonly Finding[];
  readonly rounds: number;
  /** Outcomes by class: what a next twin may take over. */
  readonly simulated: ReadonlyMap<string, Simulated>;
  /** Tables before BGP: likewise. */
  readonly igp: ReadonlyMap<string, IgpTable>;
}

/** What an earlier computation left behind: anything that comes out as it was then is the same object again. */
interface Memory {
  readonly tables: MadeTables | undefined;
  readonly prefixes: Map<string, readonly PrefixKey[]>;
}

interface World {
  readonly snapshot: ParsedSnapshot;
  readonly devices: ReadonlyMap<string, Device>;
  readonly topology: Topology;
  readonly owners: ReadonlyMap<string, readonly L3Interface[]>;
  readonly registry: Registry;
}

interface Round {
  readonly sessions: Sessions;
  readonly graph: BgpGraph;
  readonly tables: Tables;
  readonly unicast: Converged["unicast"];
  readonly overlayClasses: Converged["overlayClasses"];
  readonly overlay: ReadonlyMap<number, OverlayDomain>;
  readonly aggregates: readonly ActiveAggregate[];
  /** Something was asked of another instance than the default one. */
  readonly askedBeyond: boolean;
}

const mostRounds = 16;

/**
 * Sessions need routes and routes need sessions: both are computed in turn until neither changes. What the previous
 * round (or the previous twin) worked out for a class of routes is taken over as long as nothing it touched changed.
 */
export function converge(world: World, previous?: Surroundings & { readonly control: Converged }): Converged {
  const igp = igpTables(world, previous?.control.igp);
  const memory: Memory = {
    tables: previous?.control.tables.made,
    prefixes: new Map(previous?.control.unicast.map(({ cls }) => [cls.key, cls.prefixes])),
  };
  let round = firstRound(world, igp, previous?.control);
  let known: ReadonlyMap<string, Simulated> = previous?.control.simulated ?? new Map();
  const settledAttempts: SettledAttempts =
    previous === undefined ? new Map() : takeOverAttempts(previous, previous.control.sessions.tried, world);
  const findings: Finding[] = [];
  let rounds = 0;
  for (; rounds < mostRounds; rounds++) {
    const next = nextRound(world, igp, round, known, rounds === 0, settledAttempts, memory);
    // The first round leaves out the overlay: what is known of it is kept for the second.
    if (rounds === 0) known = new Map([...known, ...next.unicast.map(({ cls, result }) => [cls.key, result] as const)]);
    else known = new Map([...next.unicast, ...next.overlayClasses].map(({ cls, result }) => [cls.key, result]));
    const settled = rounds > 0 && (sameRound(round, next) || standsOnUnderlay(round, next));
    round = next;
    if (settled) break;
  }
  if (rounds === mostRounds)
    findings.push({
      code: "twin.sessions-flap",
      severity: "error",
      message: `Sessions and the routes they run over did not settle in ${mostRounds} rounds: a session carries the route to its own neighbor.`,
      where: { kind: "device", device: round.sessions.report().find((each) => each.state === "down")?.device ?? "" },
    });
  findings.push(...oscillations(round, world));
  return { ...round, findings, rounds: rounds + 1, simulated: known, igp: igp.plain };
}

/** Connected, static and OSPF routes: what there is before any BGP session. */
function igpTables(world: World, earlier: ReadonlyMap<string, IgpTable> = new Map()): Igp {
  const ospf: OspfRoutes = resolveOspf(world.devices, world.topology);
  const plain = new Map<string, IgpTable>();
  const rib: Igp["rib"] = (name, instance, previous, onRecursion) => {
    const device = world.devices.get(name);
    if (device === undefined) return new Map();
    const key = unicastKey(name, instance);
    const known = plain.get(key);
    // Static routes over several hops depend on the rest of the table; the others are fixed for all rounds.
    if (known !== undefined) return known.rib;
    const up = (device.l3ByInstance.get(instance) ?? []).filter((l3) => world.topology.up.has(l3));
    const before = earlier.get(key);
    const ospfRoutes: Rib = new Map(ospf.get(`${name}|${instance}`));
    const statics = device.config.networkInstances[instance]?.staticRoutes ?? [];
    const connectedOnly = ospfRoutes.size === 0 && statics.length === 0;
    if (connectedOnly && before?.connectedOnly && sameItems(before.up, up)) {
      plain.set(key, before);
      return before.rib;
    }
    const rib = connectedRoutes(device, instance, world.topology);
    for (const [prefix, route] of ospfRoutes) addRoute(rib, prefix, route);
    let recursive = false;
    addStaticRoutes(rib, device, instance, world.topology, (within, address) => {
      recursive = true;
      onRecursion?.();
      return previous !== undefined && costTo(previous, name, within, address) >= 0;
    });
    if (!recursive) plain.set(key, { rib, up, connectedOnly });
    return rib;
  };
  return { rib, plain };
}

/** A table before BGP. One that holds only connected routes is the same for as long as the same interfaces are up. */
interface IgpTable {
  readonly rib: Rib;
  readonly up: readonly L3Interface[];
  readonly connectedOnly: boolean;
}

interface Igp {
  readonly rib: (device: string, instance: string, previous: Tables | undefined, onRecursion?: () => void) => Rib;
  readonly plain: ReadonlyMap<string, IgpTable>;
}

const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);

function firstRound(world: World, igp: Igp, previous: Converged | undefined): Round {
  const tables = tablesOf((device, instance) => ({ igp: igp.rib(device, instance, undefined), given: [] }));
  return {
    sessions: previous?.sessions ?? { report: () => [], pairings: [], tried: [] },
    graph: previous?.graph ?? noGraph,
    tables,
    unicast: [],
    overlayClasses: [],
    overlay: new Map(),
    aggregates: [],
    askedBeyond: false,
  };
}

/** True for routes that begin in instances without EVPN alone: what tunnels run over. */
export const isUnderlay = (cls: UnicastClass): boolean =>
  cls.origins.every(({ table }) => table.device.config.networkInstances[table.speaker.instance]?.evpn === undefined);

/**
 * True when the next round could not differ: the underlay came out as it was, and neither sessions nor next hops were
 * looked up anywhere else.
 */
function standsOnUnderlay(last: Round, next: Round): boolean {
  if (next.askedBeyond || next.aggregates.length > 0 || last.aggregates.length > 0) return false;
  const before = last.unicast.filter(({ cls }) => isUnderlay(cls));
  const after = next.unicast.filter(({ cls }) => isUnderlay(cls));
  const leaks = next.graph.tables.some((table) => table.family === "ipv4-unicast" && table.takers.length > 0);
  return (
    !leaks &&
    before.length === after.length &&
    before.every(({ cls, result }, index) => cls.key === after[index]?.cls.key && result === after[index].result)
  );
}

function nextRound(
  world: World,
  igp: Igp,
  last: Round,
  known: ReadonlyMap<string, Simulated>,
  underlayOnly: boolean,
  settledAttempts: SettledAttempts,
  memory: Memory,
): Round {
  let askedBeyond = false;
  const noting =
    <T>(ask: (device: string, instance: string, address: number) => T) =>
    (device: string, instance: string, address: number): T => {
      if (instance !== "default") askedBeyond = true;
      return ask(device, instance, address);
    };
  const { devices, topology, registry } = world;
  const lookup = lookupIn(last.tables);
  const walk: Walk = noting((device, instance, address) => walkTo(world, lookup, device, instance, address));
  const sessions = establishSessions(world, walk, settledAttempts, last.sessions);
  const graph =
    sameSessions(sessions, last.sessions) && isGraphOf(last.graph, devices)
      ? last.graph
      : buildBgpGraph(devices, sessions.pairings, registry, last.graph);
  const inside = insideDevices(graph, registry);
  const resolve = noting(rememberedCosts(last.tables));
  const classify = prefixClassifier(devices, registry);
  const igpRib = (device: string, instance: string): Rib =>
    igp.rib(device, instance, last.tables, () => {
      askedBeyond = true;
    });
  const compute = <T extends UnicastClass | OverlayClass>(cls: T): { cls: T; result: Simulated } => {
    const before = known.get(cls.key);
    const result =
      before !== undefined && stillHolds(before, graph, resolve, inside)
        ? before
        : simulate(cls, graph, registry, inside, resolve, before);
    return { cls, result };
  };
  const unicast = originateUnicast(
    graph,
    registry,
    classify,
    (table) => igpRib(table.device.name, table.speaker.instance),
    last.aggregates,
  )
    .filter((cls) => !underlayOnly || isUnderlay(cls))
    .map(compute);
  const overlayClasses = underlayOnly
    ? []
    : originateOverlay(graph, registry, devices, topology, world.snapshot.endpoints).map(compute);
  const { domains, hostRoutes } = installOverlay(
    graph,
    registry,
    devices,
    topology,
    world.snapshot.endpoints,
    overlayClasses,
  );
  const contributions = contributionsOf(unicast, graph, memory);
  for (const { device, instance, key, route } of hostRoutes)
    listOf(contributions, unicastKey(device, instance)).push({ route, prefixes: [key] });
  const tables = tablesOf(
    (device, instance) => ({
      igp: igpRib(device, instance),
      given: contributions.get(unicastKey(device, instance)) ?? [],
    }),
    memory.tables ?? last.tables.made,
  );
  const aggregates = activeAggregates(graph, (table) => bgpPrefixes(unicast, table));
  return { sessions, graph, tables, unicast, overlayClasses, overlay: domains, aggregates, askedBeyond };
}

/** The answer of an earlier computation stands while the tables it touched and the costs it asked for are the same. */
function stillHolds(result: Simulated, graph: BgpGraph, resolve: Resolve, inside: Inside): boolean {
  for (const table of result.touched) {
    const now = graph.byId.get(table.id);
    if (now?.version !== table.version && !takesAlike(result, table, now, inside)) return false;
  }
  return result.queries.every(({ device, instance, address, cost }) => resolve(device, instance, address) === cost);
}

export function rememberedCosts(tables: Tables): Resolve {
  const known = new Map<number, Map<string, Map<string, number>>>();
  return (device, instance, address) => {
    let byInstance = known.get(address);
    if (byInstance === undefined) known.set(address, (byInstance = new Map()));
    let byDevice = byInstance.get(instance);
    if (byDevice === undefined) byInstance.set(instance, (byDevice = new Map()));
    let cost = byDevice.get(device);
    if (cost === undefined) byDevice.set(device, (cost = costTo(tables, device, instance, address)));
    return cost;
  };
}

function sameRound(a: Round, b: Round): boolean {
  const same = (
    x: readonly { readonly cls: { readonly key: string }; readonly result: Simulated }[],
    y: typeof x,
  ): boolean =>
    x.length === y.length &&
    x.every(({ cls, result }, index) => cls.key === y[index]?.cls.key && result === y[index].result);
  return (
    sameSessions(a.sessions, b.sessions) &&
    same(a.unicast, b.unicast) &&
    same(a.overlayClasses, b.overlayClasses) &&
    a.aggregates.length === b.aggregates.length &&
    a.aggregates.every(
      (each, index) => each.key === b.aggregates[index]?.key && each.table.id === b.aggregates[index]?.table.id,
    )
  );
}

function listOf<T>(map: Map<string, T[]>, key: string): T[] {
  let list = map.get(key);
  if (list === undefined) map.set(key, (list = []));
  return list;
}

interface Given {
  readonly table: string;
  readonly route: RouteValue;
}

const given = new WeakMap<Simulated, readonly Given[]>();

/** What each class gives to the tables: remembered by outcome, as outcomes are taken over from twin to twin. */
function contributionsOf(unicast: Converged["unicast"], graph: BgpGraph, memory: Memory): Map<string, Contribution[]> {
  const contributions = new Map<string, Contribution[]>();
  for (const { cls, result } of unicast) {
    const before = memory.prefixes.get(cls.key);
    const same = before?.length === cls.prefixes.length && cls.prefixes.every((each, index) => each === before[index]);
    const prefixes = same ? before : cls.prefixes;
    memory.prefixes.set(cls.key, prefixes);
    let routes = given.get(result);
    if (routes === undefined) given.set(result, (routes = routesGiven(result, graph)));
    for (const { table, route } of routes) listOf(contributions, table).push({ route, prefixes });
  }
  return contributions;
}

function routesGiven(result: Simulated, graph: BgpGraph): Given[] {
  const routes: Given[] = [];
  for (const slot of result.slots.values()) {
    const table = graph.byId.get(slot.table);
    if (table === undefined || table.family !== "ipv4-unicast") continue;
    const route = bgpRoute(table, slot);
    if (route !== undefined) routes.push({ table: unicastKey(table.device.name, table.speaker.instance), route });
  }
  return routes;
}

/** The route a BGP table gives to its RIB; what the device itself originates stands there already. */
export function bgpRoute(table: BgpTable, slot: Slot): RouteValue | undefined {
  const [best] = slot.paths;
  if (best === undefined) return undefined;
  const { instance } = table.speaker;
  if (best.source === "local") {
    if (best.via !== "aggregate") return undefined;
    return {
      protocol: "bgp",
      distance: 200,
      metric: 0,
      nextHops: [{ kind: "discard" }],
      reason: "aggregate of more specific routes",
      at: ["networkInstances", instance, "bgp", "afiSafis", "ipv4-unicast", "aggregates"],
    };
  }
  const evpn = best.source === "evpn";
  const distance = table.speaker.bgp.distance ?? defaultDistance(table.device);
  const taken = evpn ? takingImport(table, best) : undefined;
  return {
    protocol: evpn ? "evpn" : "bgp",
    distance: best.ebgp ? distance.external : distance.internal,
    metric: best.attributes.med ?? 0,
    nextHops: distinctHops(slot.paths.map((path) => nextHopOf(path, instance))),
    reason: `${evpn ? `EVPN type 5, imported by route target ${taken?.routeTarget ?? ""}` : best.ebgp ? "eBGP" : best.source === "leak" ? "leaked" : "iBGP"}, ${describeChoice(slot)}`,
    at: evpn
      ? ["networkInstances", instance, "evpn", "importRouteTargets", ...(taken?.index ?? [])]
      : ["networkInstances", instance, "bgp", "neighbors", best.edge?.receiver.key ?? ""],
  };
}

/** The import of an instance that takes an EVPN route, and its place in the configured list. */
function takingImport(table: BgpTable, path: Path): { routeTarget: string; index: readonly number[] } {
  const { device, speaker } = table;
  const evpn = device.config.networkInstances[speaker.instance]?.evpn;
  if (evpn === undefined) return { routeTarget: "", index: [] };
  const { imports } = deriveRouteTargets(device.config.nos, speaker.bgp.as, evpn.vni, evpn);
  const routeTarget = importMatch(imports, path.attributes.extCommunities) ?? "";
  return { routeTarget, index: evpn.importRouteTargets === undefined ? [] : [imports.indexOf(routeTarget)] };
}

const describeChoice = (slot: Slot): string =>
  slot.reason === "only path"
    ? "the only path"
    : `${slot.paths.length > 1 ? `${slot.paths.length} equal paths of ` : "best of "}${slot.candidates.length} by ${slot.reason}`;

/** @source Arista EOS BGP guide: 200 for all BGP routes. FRR bgpd: 20 external, 200 internal and local. */
const defaultDistance = (device: Device): { external: number; internal: number } =>
  device.config.nos === "eos" ? { external: 200, internal: 200 } : { external: 20, internal: 200 };

function nextHopOf(path: Path, instance: string): NextHop {
  const { attributes, edge } = path;
  if (path.source === "evpn") return { kind: "vtep", address: attributes.nextHop, vni: attributes.evpn?.vni ?? 0 };
  if (path.source === "leak") return { kind: "instance", instance: path.via.split(" ")[1] ?? instance };
  const l3 = edge?.receiverL3;
  if (attributes.nextHop === 0)
    return l3 === undefined
      ? { kind: "discard" }
      : { kind: "via", l3, ...(edge?.senderL3 === undefined ? {} : { peer: edge.senderL3 }) };
  if (l3 !== undefined && attributes.nextHop === edge?.senderAddress)
    return { kind: "via", l3, address: attributes.nextHop };
  return { kind: "address", address: attributes.nextHop, instance };
}

/** Two spines that tell of one tunnel end point tell of one next hop. */
const distinctHops = (hops: readonly NextHop[]): readonly NextHop[] =>
  hops.filter(
    (hop, index) =>
      hop.kind !== "vtep" ||
      hops.findIndex((each) => each.kind === "vtep" && each.address === hop.address && each.vni === hop.vni) === index,
  );

function* bgpPrefixes(unicast: Converged["unicast"], table: BgpTable): Iterable<PrefixKey> {
  for (const { cls, result } of unicast)
    for (const slot of result.slots.values())
      if (slot.table === table.id && slot.paths.length > 0 && slot.paths[0]?.via !== "aggregate") yield* cls.prefixes;
}

function oscillations(round: Round, world: World): Finding[] {
  return [...round.unicast, ...round.overlayClasses]
    .flatMap(({ result }): Finding[] => {
      if (result.oscillating.length === 0) return [];
      const names = [...new Set(result.oscillating)].map((id) => {
        const table = round.graph.byId.get(id);
        return `${table?.device.name} ${table?.speaker.instance}`;
      });
      const [first = ""] = names;
      return [
        {
          code: "twin.bgp-oscillates",
          severity: "error",
          message: `BGP never settles: ${names.join(" -> ")} -> ${first} keep changing their choice because of each other.`,
          where: { kind: "device", device: first.split(" ")[0] ?? "" },
          remedy: "Look at the import policies of these devices: each prefers what another one gives up.",
        },
      ];
    })
    .slice(0, world.devices.size);
}
