import type { Path, Registry, RouteClass, Simulated } from "./bgp-model.ts";
import type { Endpoint } from "#model/endpoint.ts";
import { prefixAddress } from "#net/ip.ts";
import { importMatch } from "../route-targets.ts";
import type { Device } from "./device.ts";
import type { BgpGraph } from "./edges.ts";
import { l2Origin, type L2Service, l2ServicesOf, l3ServicesOf, mainRouterId } from "./evpn.ts";
import { prefixKey, v4 } from "./numbers.ts";
import { originText } from "./originate.ts";
import type { RouteValue } from "./rib.ts";
import { domainKey, type Topology } from "./topology.ts";

/** Type-2 routes of the endpoints it names, or the type-3 route of a domain. */
export interface OverlayClass extends RouteClass {
  readonly type: 2 | 3;
  readonly endpoints: number[];
}

/** Where a bridge domain sends what is not on its own segment. */
export interface OverlayDomain {
  readonly service: L2Service;
  /** Endpoints known from type-2 routes, by index. */
  readonly known: ReadonlyMap<number, readonly Tunnel[]>;
  /** Everything else goes to these. */
  readonly flood: readonly Tunnel[];
}

export interface Tunnel {
  readonly vtep: number;
  readonly vni: number;
  /** The import that took the route, for the explanation. */
  readonly routeTarget: string;
}

export interface HostRoute {
  readonly device: string;
  readonly instance: string;
  readonly key: number;
  readonly route: RouteValue;
}

const noPrefix = { number: 0, prefix: prefixKey(0, 32) };

/** What EVPN says of layer 2: one type-3 route for each stretched domain, one type-2 route for each endpoint and VTEP it hangs on. */
export function originateOverlay(
  graph: BgpGraph,
  registry: Registry,
  devices: ReadonlyMap<string, Device>,
  topology: Topology,
  endpoints: readonly Endpoint[],
): OverlayClass[] {
  const classes = new Map<string, OverlayClass>();
  const serviceAt = new Map<number, L2Service>();
  const bySegment = new Map<number, { service: L2Service }[]>();
  const add = (type: 2 | 3, origins: RouteClass["origins"], endpoint?: number): void => {
    if (origins.length === 0) return;
    const key = `o ${origins.map(originText).join(" ")}`;
    let cls = classes.get(key);
    if (cls === undefined) {
      cls = { key, type, prefixClass: noPrefix, origins, defaults: [], suppressedIn: new Set(), endpoints: [] };
      classes.set(key, cls);
    }
    if (endpoint !== undefined) cls.endpoints.push(endpoint);
  };
  for (const device of devices.values()) {
    if (!graph.evpn.has(device.name)) continue;
    for (const service of l2ServicesOf(device, mainRouterId(graph, device), registry)) {
      const node = topology.nodeIds.get(domainKey(device.name, service.domain));
      if (node === undefined) continue;
      serviceAt.set(node, service);
      const segment = topology.segmentOf[node]!;
      const list = bySegment.get(segment);
      if (list === undefined) bySegment.set(segment, [{ service }]);
      else list.push({ service });
      const origin = l2Origin(graph, registry, service, 3, "", undefined);
      if (origin !== undefined) add(3, [origin]);
    }
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const services = new Set<L2Service>();
    for (const attachment of topology.attachments.get(endpoint.id) ?? [])
      if (attachment.up)
        for (const { service } of bySegment.get(topology.segmentOf[attachment.node]!) ?? []) services.add(service);
    const origins = [...services].flatMap((service) => {
      const irb = (service.device.irbByDomain.get(service.domain) ?? []).find((each) => topology.up.has(each));
      const l3 =
        irb === undefined || endpoint.address === undefined
          ? undefined
          : l3ServicesOf(service.device, mainRouterId(graph, service.device), registry).get(irb.instance);
      return l2Origin(graph, registry, service, 2, "", l3) ?? [];
    });
    // Each VTEP's route has its own distinguisher, or shares it: either way they are told apart by table.
    add(2, origins, index);
  }
  return [...classes.values()];
}

interface Filling {
  readonly service: L2Service;
  readonly known: Map<number, Tunnel[]>;
  readonly flood: Tunnel[];
}

/** What each device made of the type-2 and type-3 routes it holds. */
export function installOverlay(
  graph: BgpGraph,
  registry: Registry,
  devices: ReadonlyMap<string, Device>,
  topology: Topology,
  endpoints: readonly Endpoint[],
  results: readonly { readonly cls: OverlayClass; readonly result: Simulated }[],
): { domains: ReadonlyMap<number, OverlayDomain>; hostRoutes: readonly HostRoute[] } {
  const domains = new Map<number, Filling>();
  const domainsOf = new Map<number, Filling[]>();
  for (const [name, table] of graph.evpn) {
    const device = devices.get(name)!;
    const list = l2ServicesOf(device, mainRouterId(graph, device), registry).flatMap((service) => {
      const node = topology.nodeIds.get(domainKey(name, service.domain));
      if (node === undefined) return [];
      const flood = (device.config.bridgeDomains[service.domain]?.floodVteps ?? []).flatMap((vtep): Tunnel[] => {
        const address = v4(vtep);
        return address === undefined ? [] : [{ vtep: address, vni: service.vni, routeTarget: "static flood list" }];
      });
      const domain: Filling = { service, known: new Map<number, Tunnel[]>(), flood };
      domains.set(node, domain);
      return [domain];
    });
    domainsOf.set(table.id, list);
  }
  const hostRoutes: HostRoute[] = [];
  const matches = new Map<string, string | undefined>();
  for (const { cls, result } of results)
    for (const slot of result.slots.values()) {
      const table = graph.byId.get(slot.table);
      if (table === undefined) continue;
      for (const path of slot.paths) {
        const { attributes } = path;
        const { evpn } = attributes;
        if (evpn === undefined || path.source === "local" || table.device.vteps.includes(attributes.nextHop)) continue;
        for (const domain of domainsOf.get(table.id) ?? []) {
          if (domain.service.ethernetTag !== evpn.ethernetTag) continue;
          const key = `${attributes.id} ${table.id} ${domain.service.domain}`;
          if (!matches.has(key))
            matches.set(key, importMatch(domain.service.targets.imports, attributes.extCommunities));
          const routeTarget = matches.get(key);
          if (routeTarget === undefined) continue;
          const tunnel: Tunnel = { vtep: attributes.nextHop, vni: evpn.vni, routeTarget };
          if (cls.type === 3) addTunnel(domain.flood, tunnel);
          else
            for (const endpoint of cls.endpoints) {
              const list = domain.known.get(endpoint);
              if (list === undefined) domain.known.set(endpoint, [tunnel]);
              else addTunnel(list, tunnel);
            }
        }
        if (cls.type === 2 && evpn.l3Vni !== 0 && !cls.origins.some((origin) => origin.table.id === table.id))
          hostRoutes.push(...hostRoutesFrom(graph, registry, table.device, path, cls, endpoints));
      }
    }
  return { domains, hostRoutes };
}

function addTunnel(list: Tunnel[], tunnel: Tunnel): void {
  if (!list.some((known) => known.vtep === tunnel.vtep && known.vni === tunnel.vni)) list.push(tunnel);
}

/** Symmetric IRB: a type-2 route with an address and a layer-3 VNI is a host route in the VRFs that import it (RFC 9135 §5). */
function hostRoutesFrom(
  graph: BgpGraph,
  registry: Registry,
  device: Device,
  path: Path,
  cls: OverlayClass,
  endpoints: readonly Endpoint[],
): HostRoute[] {
  const routes: HostRoute[] = [];
  const { attributes } = path;
  for (const [instance, service] of l3ServicesOf(device, mainRouterId(graph, device), registry)) {
    const routeTarget = importMatch(service.targets.imports, attributes.extCommunities);
    if (routeTarget === undefined || attributes.evpn === undefined) continue;
    const route: RouteValue = {
      protocol: "evpn",
      distance: path.ebgp ? 20 : 200,
      metric: path.igpCost,
      nextHops: [{ kind: "vtep", address: attributes.nextHop, vni: attributes.evpn.l3Vni }],
      reason: `EVPN type 2, imported by route target ${routeTarget}`,
      at: ["networkInstances", instance, "evpn", "importRouteTargets"],
    };
    for (const index of cls.endpoints) {
      const address = endpoints[index]?.address;
      const number = address === undefined ? undefined : v4(prefixAddress(address));
      if (number !== undefined) routes.push({ device: device.name, instance, key: prefixKey(number, 32), route });
    }
  }
  return routes;
}
