import type { Twin } from "../twin.ts";
import type { Inside, Resolve, RouteClass, Simulated } from "./bgp-model.ts";
import { isUnderlay, rememberedCosts } from "./converge.ts";
import type { L3Interface } from "./device.ts";
import type { Tried } from "./establish.ts";
import { insideDevices } from "./evpn.ts";
import { matchRoute } from "./fib.ts";
import { entriesOf, groundOf } from "./ground.ts";
import { keyAddress, keyContains, type PrefixKey } from "./numbers.ts";
import type { RouteValue } from "./rib.ts";
import type { Pairing } from "./speakers.ts";
import type { LinkState } from "./topology.ts";
import { type Lookup, lookupIn, neighbourOn, walkTo } from "./walk.ts";

/** What every question about failures needs to know of a network, worked out once. */
export interface Plan {
  /** Addresses that packets are sent to: endpoints and tunnel end points. */
  readonly destinations: readonly number[];
  /** Addresses that routed sessions run between. */
  readonly asked: readonly number[];
  /** Instances that hosts send to: their gateways'. */
  readonly entries: ReadonlySet<string>;
  readonly hostNodes: ReadonlySet<number>;
  /** Interfaces that static routes lead over. */
  readonly staticFaces: ReadonlySet<L3Interface>;
  readonly linksOfDevice: ReadonlyMap<string, readonly string[]>;
  readonly linksById: ReadonlyMap<string, readonly LinkState[]>;
  /** Instances that no packet on a required way can come to: management, mostly. */
  readonly quiet: ReadonlySet<string>;
  readonly inside: Inside;
  readonly resolve: Resolve;
  readonly lookup: Lookup;
  /** Attempts at sessions whose answers hang on a route: by table, then by prefix. */
  readonly walkers: ReadonlyMap<string, ReadonlyMap<PrefixKey, readonly Tried[]>>;
  readonly attempts: ReadonlyMap<string, readonly Tried[]>;
  readonly pairingsOf: ReadonlyMap<string, readonly Pairing[]>;
  /** Devices with neighbor statements that come to nothing: with other interfaces up, they might. */
  readonly waiting: ReadonlySet<string>;
  readonly classes: readonly PlannedClass[];
}

export interface PlannedClass {
  readonly cls: RouteClass;
  readonly result: Simulated;
  readonly stage: "underlay" | "unicast" | "overlay";
  /** Those that hold an address that somebody looks up. */
  readonly prefixes: readonly PrefixKey[];
  /** Some prefix holds a destination. */
  readonly matters: boolean;
}

export const place = (device: string, instance: string): string => `${device}|${instance}`;
const plans = new WeakMap<Twin, { readonly plan: Plan | undefined }>();

/** Undefined for networks that only the full computation can answer for. */
export function planOf(twin: Twin): Plan | undefined {
  let known = plans.get(twin);
  if (known === undefined) plans.set(twin, (known = { plan: isPlain(twin) ? makePlan(twin) : undefined }));
  return known.plan;
}

/** Nothing but connected routes, static routes over an interface, and BGP without aggregates and leaks. */
function isPlain(twin: Twin): boolean {
  const { devices, control } = twin;
  if (control.aggregates.length > 0 || control.findings.length > 0) return false;
  if (control.graph.tables.some(({ family, takers }) => family === "ipv4-unicast" && takers.length > 0)) return false;
  for (const { config } of devices.values())
    if (Object.values(config.networkInstances).some(({ ospf }) => ospf !== undefined)) return false;
  return staticRoutes(twin).every(({ nextHops }) => nextHops.every(({ kind }) => kind !== "address"));
}

const staticRoutes = ({ devices, control }: Twin): RouteValue[] =>
  Array.from(devices.values()).flatMap(({ name, config }) =>
    Object.entries(config.networkInstances)
      .filter(([, { staticRoutes: told }]) => told.length > 0)
      .flatMap(([instance]) => Array.from(control.tables.rib(name, instance).values()))
      .filter(({ protocol }) => protocol === "static"),
  );

function makePlan(twin: Twin): Plan {
  const ground = groundOf(twin);
  const { control, devices } = twin;
  const destinations = [
    ...new Set([
      ...ground.addresses.filter((address) => address >= 0),
      ...Array.from(devices.values()).flatMap(({ vteps }) => vteps),
    ]),
  ].sort((a, b) => a - b);
  const targets = control.sessions.tried.flatMap((tried) => tried.asked.map(({ address }) => address));
  const asked = [...new Set(targets)].sort((a, b) => a - b);
  const nextHops = control.unicast.flatMap(({ result }) => result.queries.map(({ address }) => address));
  const looked = [...new Set([...destinations, ...asked, ...nextHops])].sort((a, b) => a - b);
  const unicast = control.unicast.map(({ cls, result }): PlannedClass => {
    const prefixes = cls.prefixes.filter((prefix) => holdsAny(prefix, looked));
    const matters = prefixes.some((prefix) => holdsAny(prefix, destinations));
    return { cls, result, stage: isUnderlay(cls) ? "underlay" : "unicast", prefixes, matters };
  });
  const overlay = control.overlayClasses.map(({ cls, result }): PlannedClass => ({
    cls,
    result,
    stage: "overlay",
    prefixes: [],
    matters: true,
  }));
  const entries = ground.endpoints.flatMap((_, index) => {
    // What must be reached is reached by the gateway; other first hops matter to what must not.
    return entriesOf(ground, index).usual.map((entry) => place(entry.device, entry.instance));
  });
  const entrySet = new Set(entries);
  const lookup = lookupIn(control.tables);
  return {
    destinations,
    asked,
    entries: entrySet,
    hostNodes: new Set(ground.attachments.flatMap((list) => list.map(({ node }) => node))),
    staticFaces: new Set(
      staticRoutes(twin).flatMap(({ nextHops }) => nextHops.flatMap((hop) => ("l3" in hop ? [hop.l3] : []))),
    ),
    linksOfDevice: linksByDevice(twin),
    linksById: Map.groupBy(twin.links, ({ id }) => id),
    quiet: quietPlaces(twin, entrySet),
    inside: insideDevices(control.graph, twin.registry),
    resolve: rememberedCosts(control.tables),
    lookup,
    walkers: walkersOf(twin),
    attempts: Map.groupBy(
      control.sessions.tried.filter(({ attempt }) => "pairing" in attempt),
      ({ attempt }) => ("pairing" in attempt ? attempt.pairing.id : ""),
    ),
    pairingsOf: pairingsByDevice(control.sessions.pairings),
    waiting: new Set(
      control.sessions.tried.flatMap(({ end, attempt }) => ("pairing" in attempt ? [] : [end.speaker.device.name])),
    ),
    classes: [...unicast.filter(({ prefixes }) => prefixes.length > 0), ...overlay],
  };
}

/** Instances without a host's gateway, BGP and tunnels, which no static route leads into. */
function quietPlaces(twin: Twin, entries: ReadonlySet<string>): Set<string> {
  const ledInto = new Set(
    staticRoutes(twin)
      .flatMap(({ nextHops }) => nextHops)
      .flatMap((hop) => {
        if (hop.kind !== "via") return [];
        const peer = hop.address === undefined ? hop.peer : neighbourOn(twin.topology, hop.l3, hop.address);
        return peer === undefined ? [] : [place(peer.device, peer.instance)];
      }),
  );
  const quiet = new Set<string>();
  for (const { name, config } of twin.devices.values())
    for (const [instance, { bgp, evpn }] of Object.entries(config.networkInstances)) {
      const at = place(name, instance);
      const busy = instance === "default" || bgp !== undefined || evpn !== undefined;
      if (!busy && !entries.has(at) && !ledInto.has(at)) quiet.add(at);
    }
  return quiet;
}

/** Whether a prefix holds any of some ascending addresses. */
export function holdsAny(prefix: PrefixKey, ascending: readonly number[]): boolean {
  let low = 0;
  let high = ascending.length;
  const start = keyAddress(prefix);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < start) low = middle + 1;
    else high = middle;
  }
  const next = ascending[low];
  return next !== undefined && keyContains(prefix, next);
}

function linksByDevice({ links }: Twin): Map<string, string[]> {
  const byDevice = new Map<string, string[]>();
  for (const { id, link } of links)
    for (const { node } of [link.a, link.b]) {
      const list = byDevice.get(node);
      if (list === undefined) byDevice.set(node, [id]);
      else list.push(id);
    }
  return byDevice;
}

function pairingsByDevice(pairings: readonly Pairing[]): Map<string, Pairing[]> {
  const byDevice = new Map<string, Pairing[]>();
  for (const pairing of pairings)
    for (const { speaker } of [pairing.a, pairing.b]) {
      const list = byDevice.get(speaker.device.name);
      if (list === undefined) byDevice.set(speaker.device.name, [pairing]);
      else list.push(pairing);
    }
  return byDevice;
}

/** Which attempts looked up which route on their way. */
function walkersOf(twin: Twin): Map<string, Map<PrefixKey, Tried[]>> {
  const { tables, sessions } = twin.control;
  const walkers = new Map<string, Map<PrefixKey, Tried[]>>();
  for (const tried of sessions.tried)
    for (const { device, instance, address } of tried.asked) {
      const noting: Lookup = (at, within, target) => {
        const fib = tables.fib(at, within);
        const key = fib.keys[matchRoute(fib, target)];
        if (key !== undefined) addWalker(walkers, place(at, within), key, tried);
        return lookupIn(tables)(at, within, target);
      };
      walkTo(twin, noting, device, instance, address);
    }
  return walkers;
}

function addWalker(walkers: Map<string, Map<PrefixKey, Tried[]>>, at: string, key: PrefixKey, tried: Tried): void {
  let byKey = walkers.get(at);
  if (byKey === undefined) walkers.set(at, (byKey = new Map<PrefixKey, Tried[]>()));
  const list = byKey.get(key);
  if (list === undefined) byKey.set(key, [tried]);
  else list.push(tried);
}
