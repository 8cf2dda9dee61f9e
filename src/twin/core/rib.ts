import type { StaticRoute } from "#model/device-config.ts";
import { ipv4Mask } from "#net/ip.ts";
import { type Device, type L3Interface, networkFor } from "./device.ts";
import { parseKey, type PrefixKey, prefixKey, v4 } from "./numbers.ts";
import type { Topology } from "./topology.ts";

export type RouteProtocol = "connected" | "local" | "static" | "ospf" | "bgp" | "evpn";

/** A route of one table. Many prefixes may share one value. */
export interface RouteValue {
  readonly protocol: RouteProtocol;
  readonly distance: number;
  readonly metric: number;
  readonly tag?: number;
  readonly nextHops: readonly NextHop[];
  /** Why this route and no other. */
  readonly reason: string;
  /** Where in its device's configuration the route comes from. */
  readonly at: readonly (string | number)[];
}

export type NextHop =
  | { readonly kind: "local"; readonly l3: L3Interface }
  | { readonly kind: "connected"; readonly l3: L3Interface }
  /** `peer` names the neighbour where no address does (unnumbered). */
  | { readonly kind: "via"; readonly l3: L3Interface; readonly address?: number; readonly peer?: L3Interface }
  | { readonly kind: "address"; readonly address: number; readonly instance: string }
  | { readonly kind: "vtep"; readonly address: number; readonly vni: number }
  | { readonly kind: "instance"; readonly instance: string }
  | { readonly kind: "discard" };

export type Rib = Map<PrefixKey, RouteValue>;

/** Equal tables, whatever the order of their routes. */
export const sameRib = (a: Rib, b: Rib): boolean =>
  a === b || (a.size === b.size && Array.from(a).every(([key, route]) => sameRoute(route, b.get(key))));

const sameRoute = (a: RouteValue, b: RouteValue | undefined): boolean =>
  a === b ||
  (b !== undefined &&
    a.protocol === b.protocol &&
    a.distance === b.distance &&
    a.metric === b.metric &&
    a.tag === b.tag &&
    a.reason === b.reason &&
    a.at.length === b.at.length &&
    a.at.every((each, index) => each === b.at[index]) &&
    a.nextHops.length === b.nextHops.length &&
    a.nextHops.every((hop, index) => sameHop(hop, b.nextHops[index])));

/** Next hops are flat: their interfaces are objects that stay. */
export function sameHop(a: NextHop, b: NextHop | undefined): boolean {
  if (b === undefined || a.kind !== b.kind) return false;
  const [mine, theirs]: Readonly<Record<string, unknown>>[] = [a, b];
  return ["l3", "address", "peer", "instance", "vni"].every((field) => mine?.[field] === theirs?.[field]);
}

/** Lower distance wins; among equals the lower metric, then who came first (callers come in protocol order). */
export function addRoute(rib: Rib, key: PrefixKey, route: RouteValue): void {
  const known = rib.get(key);
  if (
    known === undefined ||
    route.distance < known.distance ||
    (route.distance === known.distance && route.protocol === known.protocol && route.metric < known.metric)
  )
    rib.set(key, route);
  else if (known.protocol === "connected" && route.protocol === "connected")
    rib.set(key, { ...known, nextHops: [...known.nextHops, ...route.nextHops] });
}

/** Connected networks and own addresses of an instance. */
export function connectedRoutes(device: Device, instance: string, topology: Topology): Rib {
  const rib: Rib = new Map();
  for (const l3 of device.l3ByInstance.get(instance) ?? []) {
    if (!topology.up.has(l3)) continue;
    for (const own of l3.addresses) {
      if (own.borrowed) continue;
      const at = ["interfaces", l3.name, "ipv4"];
      const value = (protocol: "connected" | "local", nextHop: NextHop, reason: string): RouteValue => ({
        protocol,
        distance: 0,
        metric: 0,
        nextHops: [nextHop],
        reason,
        at,
      });
      if (own.length === 32) {
        // A /32 is network and own address at once; it is redistributed as connected.
        if (!rib.has(prefixKey(own.address, 32)) || l3.config.kind === "loopback")
          rib.set(prefixKey(own.address, 32), value("connected", { kind: "local", l3 }, `address of ${l3.name}`));
        continue;
      }
      addRoute(
        rib,
        prefixKey((own.address & ipv4Mask(own.length)) >>> 0, own.length),
        value("connected", { kind: "connected", l3 }, `network of ${l3.name}`),
      );
      rib.set(prefixKey(own.address, 32), value("local", { kind: "local", l3 }, `address of ${l3.name}`));
    }
  }
  return rib;
}

/** Static routes whose next hops can be used; `reachable` answers for those that are not on a connected network. */
export function addStaticRoutes(
  rib: Rib,
  device: Device,
  instance: string,
  topology: Topology,
  reachable: (instance: string, address: number) => boolean,
): void {
  const routes = device.config.networkInstances[instance]?.staticRoutes ?? [];
  for (const [index, route] of routes.entries()) {
    const key = parseKey(route.prefix);
    if (key === undefined) continue;
    const nextHops = usableNextHops(route, device, instance, topology, reachable);
    if (nextHops.length === 0) continue;
    addRoute(rib, key, {
      protocol: "static",
      distance: route.distance,
      metric: 0,
      ...(route.tag === undefined ? {} : { tag: route.tag }),
      nextHops,
      reason: "static route",
      at: ["networkInstances", instance, "staticRoutes", index],
    });
  }
}

function usableNextHops(
  route: StaticRoute,
  device: Device,
  instance: string,
  topology: Topology,
  reachable: (instance: string, address: number) => boolean,
): NextHop[] {
  return route.nextHops.flatMap((hop): NextHop[] => {
    if (hop.kind === "discard") return [{ kind: "discard" }];
    const named = hop.interface === undefined ? undefined : device.l3ByName.get(hop.interface);
    if (hop.interface !== undefined && (named === undefined || !topology.up.has(named))) return [];
    if (hop.kind === "interface") return named === undefined ? [] : [{ kind: "connected", l3: named }];
    const address = v4(hop.address);
    if (address === undefined) return [];
    const within = hop.networkInstance ?? instance;
    const l3 =
      named ??
      (device.l3ByInstance.get(within) ?? []).find(
        (each) => topology.up.has(each) && networkFor(each, address) !== undefined,
      );
    if (l3 !== undefined) return [{ kind: "via", l3, address }];
    return reachable(within, address) ? [{ kind: "address", address, instance: within }] : [];
  });
}
