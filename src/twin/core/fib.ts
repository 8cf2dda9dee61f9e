import { keyLength, type PrefixKey } from "./numbers.ts";
import { buildPrefixTable, longestMatch, type PrefixTable } from "./prefix-table.ts";
import { addRoute, type NextHop, type Rib, type RouteValue, sameRib } from "./rib.ts";

/** What an instance of a device does with an address: the routes, and the match over them. */
export interface Fib {
  readonly device: string;
  readonly instance: string;
  readonly keys: readonly PrefixKey[];
  readonly routes: readonly RouteValue[];
  readonly table: PrefixTable;
  readonly resolved: Map<RouteValue, readonly Hop[]>;
  /** No next hop is looked up in another table: what it does can be told from itself. */
  readonly selfContained: boolean;
}

/** A next hop with nothing left to look up. */
export type Hop = Exclude<NextHop, { readonly kind: "address" }>;

/** Every table of the network at one moment, built when first asked for. */
export interface Tables {
  readonly rib: (device: string, instance: string) => Rib;
  readonly fib: (device: string, instance: string) => Fib;
  readonly made: MadeTables;
}

/** What a table is made of: the routes of other protocols, and what BGP gives to it. */
export interface Ingredients {
  readonly igp: Rib;
  readonly given: readonly Contribution[];
}

export interface Contribution {
  readonly route: RouteValue;
  readonly prefixes: readonly PrefixKey[];
}

interface Made extends Ingredients {
  readonly rib: Rib;
  fib: Fib | undefined;
}

/** The tables that were asked for, by device and instance. */
export type MadeTables = ReadonlyMap<string, ReadonlyMap<string, Made>>;

/** Tables that come out as they were before are the same objects. */
export function tablesOf(ingredients: (device: string, instance: string) => Ingredients, before?: MadeTables): Tables {
  const made = new Map<string, Map<string, Made>>();
  const make = (device: string, instance: string): Made => {
    let ofDevice = made.get(device);
    if (ofDevice === undefined) made.set(device, (ofDevice = new Map<string, Made>()));
    let one = ofDevice.get(instance);
    if (one === undefined)
      ofDevice.set(instance, (one = makeTable(ingredients(device, instance), before?.get(device)?.get(instance))));
    return one;
  };
  return {
    made,
    rib: (device, instance) => make(device, instance).rib,
    fib(device, instance) {
      const one = make(device, instance);
      return (one.fib ??= buildFib(device, instance, one.rib));
    },
  };
}

function makeTable(from: Ingredients, known: Made | undefined): Made {
  if (known !== undefined && known.igp === from.igp && sameGiven(known.given, from.given)) return reused(known);
  const rib: Rib = new Map(from.igp);
  for (const { route, prefixes } of from.given) for (const prefix of prefixes) addRoute(rib, prefix, route);
  if (known !== undefined && sameRib(known.rib, rib)) return { ...from, rib: known.rib, fib: reused(known).fib };
  return { ...from, rib, fib: undefined };
}

/** Hops that were looked up in another table may have changed with that one. */
const reused = (known: Made): Made =>
  known.fib === undefined || known.fib.selfContained ? known : { ...known, fib: undefined };

const sameGiven = (a: readonly Contribution[], b: readonly Contribution[]): boolean =>
  a.length === b.length &&
  a.every((each, index) => each.route === b[index]?.route && each.prefixes === b[index].prefixes);

function buildFib(device: string, instance: string, rib: Rib): Fib {
  const keys = [...rib.keys()];
  const routes = [...rib.values()];
  return {
    device,
    instance,
    keys,
    routes,
    table: buildPrefixTable(keys),
    resolved: new Map(),
    selfContained: routes.every((route) =>
      route.nextHops.every((hop) => hop.kind !== "address" || hop.instance === instance),
    ),
  };
}

/** Index of the route for an address, or -1. */
export const matchRoute = (fib: Fib, address: number): number => longestMatch(fib.table, address);

const deepestRecursion = 8;

const settled = new WeakMap<RouteValue, readonly Hop[]>();

/** Hops that need no lookup are the same wherever the route stands, in this twin and the next. */
function settledHops(route: RouteValue): readonly Hop[] {
  let hops = settled.get(route);
  if (hops === undefined) {
    hops = distinct(route.nextHops.filter((hop) => hop.kind !== "address"));
    settled.set(route, hops);
  }
  return hops;
}

/** The hops of a route, recursive next hops looked up in their instance. Hops that lead nowhere are left out. */
export function hopsOf(tables: Tables, fib: Fib, route: RouteValue): readonly Hop[] {
  if (!route.nextHops.some((hop) => hop.kind === "address")) return settledHops(route);
  const known = fib.resolved.get(route);
  if (known !== undefined) return known;
  const hops = resolveHops(tables, fib, route, 0);
  fib.resolved.set(route, hops);
  return hops;
}

function resolveHops(tables: Tables, fib: Fib, route: RouteValue, depth: number): readonly Hop[] {
  if (!route.nextHops.some((hop) => hop.kind === "address")) return settledHops(route);
  return distinct(
    route.nextHops.flatMap((hop): readonly Hop[] => {
      if (hop.kind !== "address") return [hop];
      if (depth >= deepestRecursion) return [];
      const next = hop.instance === fib.instance ? fib : tables.fib(fib.device, hop.instance);
      const index = matchRoute(next, hop.address);
      const under = next.routes[index];
      if (under === undefined || under === route || keyLength(next.keys[index]!) === 0) return [];
      return resolveHops(tables, next, under, depth + 1).flatMap((each): readonly Hop[] => {
        if (each.kind === "connected") return [{ kind: "via", l3: each.l3, address: hop.address }];
        return each.kind === "local" ? [] : [each];
      });
    }),
  );
}

function distinct(hops: readonly Hop[]): readonly Hop[] {
  if (hops.length < 2) return hops;
  const seen = new Map<string, Hop>();
  for (const hop of hops) seen.set(hopKey(hop), hop);
  return [...seen.values()];
}

function hopKey(hop: Hop): string {
  switch (hop.kind) {
    case "vtep":
      return `vtep ${hop.address} ${hop.vni}`;
    case "instance":
      return `instance ${hop.instance}`;
    case "discard":
      return "discard";
    case "via":
      return `via ${hop.l3.name} ${hop.address ?? hop.peer?.device}`;
    default:
      return `${hop.kind} ${hop.l3.name}`;
  }
}

/** IGP cost towards a BGP next hop, or -1. A default route doesn't count (FRR `nht resolve-via-default` is off). */
export function costTo(tables: Tables, device: string, instance: string, address: number): number {
  const fib = tables.fib(device, instance);
  const index = matchRoute(fib, address);
  const route = fib.routes[index];
  if (route === undefined || keyLength(fib.keys[index]!) === 0) return -1;
  if (hopsOf(tables, fib, route).length === 0 || route.nextHops[0]?.kind === "discard") return -1;
  return route.protocol === "ospf" ? route.metric : 0;
}
