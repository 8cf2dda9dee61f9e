import type { BgpTable, Inside, Path, Registry } from "./bgp-model.ts";
import { formatIpv4Number } from "#net/ip.ts";
import { deriveRouteTargets, importMatch, type RouteTargets } from "../route-targets.ts";
import { type Attributes, type EvpnAttributes, intern, plainAttributes } from "./attributes.ts";
import type { Device } from "./device.ts";
import type { BgpGraph } from "./edges.ts";
import { applyPolicy } from "./policy.ts";
import type { Speaker } from "./speakers.ts";

/** Route targets and distinguisher of an EVPN instance, configured or derived. */
export interface Service {
  readonly targets: RouteTargets;
  readonly rd: string;
  readonly rdId: number;
  readonly vni: number;
}

/** A bridge domain that EVPN stretches. */
export interface L2Service extends Service {
  readonly device: Device;
  readonly domain: string;
  readonly macVrf: string;
  readonly ethernetTag: number;
}

const l3Services = new WeakMap<Device, ReadonlyMap<string, Service>>();
const l2Services = new WeakMap<Device, readonly L2Service[]>();

const mainAs = (device: Device): number => device.config.networkInstances["default"]?.bgp?.as ?? 0;

/** Layer-3 EVPN instances of a device, by network instance. */
export function l3ServicesOf(device: Device, routerId: number, registry: Registry): ReadonlyMap<string, Service> {
  const known = l3Services.get(device);
  if (known !== undefined) return known;
  const services = new Map<string, Service>();
  for (const [instance, { evpn, bgp }] of Object.entries(device.config.networkInstances)) {
    if (evpn === undefined) continue;
    const rd = evpn.routeDistinguisher ?? `${formatIpv4Number(routerId)}:${instance}`;
    services.set(instance, {
      targets: deriveRouteTargets(device.config.nos, bgp?.as ?? mainAs(device), evpn.vni, evpn),
      rd,
      rdId: registry.idOf("rd", rd),
      vni: evpn.vni,
    });
  }
  l3Services.set(device, services);
  return services;
}

export function l2ServicesOf(device: Device, routerId: number, registry: Registry): readonly L2Service[] {
  const known = l2Services.get(device);
  if (known !== undefined) return known;
  const services = Object.entries(device.config.macVrfs).flatMap(([macVrf, { bridgeDomains, evpn, service }]) =>
    bridgeDomains.flatMap((domain): L2Service[] => {
      const bridge = device.config.bridgeDomains[domain];
      if (bridge?.vni === undefined) return [];
      const rd = evpn.routeDistinguisher ?? `${formatIpv4Number(routerId)}:l2:${macVrf}`;
      return [
        {
          device,
          domain,
          macVrf,
          ethernetTag: service === "vlan-aware" ? (bridge.vlanId ?? 0) : 0,
          targets: deriveRouteTargets(device.config.nos, mainAs(device), bridge.vni, evpn),
          rd,
          rdId: registry.idOf("rd", rd),
          vni: bridge.vni,
        },
      ];
    }),
  );
  l2Services.set(device, services);
  return services;
}

/** FRR takes over every valid EVPN path into a VRF; others their best ones. @source FRR bgpd install_evpn_route_entry */
const importsEveryPath: ReadonlySet<string> = new Set(["frr", "nvue", "sonic"]);

/** Type-5 routes between instances and the EVPN table, and leaking between instances. */
export function insideDevices(graph: BgpGraph, registry: Registry): Inside {
  const services = (speaker: Speaker): Service | undefined =>
    l3ServicesOf(speaker.device, mainRouterId(graph, speaker.device), registry).get(speaker.instance);
  const importers = new Map<BgpTable, Map<number, readonly BgpTable[]>>();
  const none: readonly BgpTable[] = [];
  return {
    importsAllPaths: (table) => importsEveryPath.has(table.device.config.nos),
    rdText: (rd) => registry.rdTexts.get(rd) ?? "",
    toEvpn(table, path, prefix) {
      const service = services(table.speaker);
      const evpn = graph.evpn.get(table.device.name);
      if (service === undefined || evpn === undefined || path.source === "evpn") return undefined;
      if (path.source === "leak" && path.via.includes(" rd ")) return undefined;
      const advertised = table.device.config.networkInstances[table.speaker.instance]?.evpn?.advertise.find(
        (each) => each.afiSafi === "ipv4-unicast",
      );
      const [vtep] = table.device.vteps;
      if (advertised === undefined || vtep === undefined) return undefined;
      if (!advertisePolicyAccepts(table.device, advertised.policy, prefix, path)) return undefined;
      return {
        evpn,
        rd: service.rdId,
        path: {
          ...localPath(
            intern(registry.attributes, {
              ...path.attributes,
              nextHop: vtep,
              localPref: 100,
              originator: 0,
              clusters: [],
              extCommunities: [
                ...new Set([...path.attributes.extCommunities, ...service.targets.exports.map((rt) => `target:${rt}`)]),
              ].sort(),
              evpn: { type: 5, vni: service.vni, l3Vni: service.vni, ethernetTag: 0, esi: "" },
            }),
            table.speaker.routerId,
          ),
          ebgp: path.ebgp,
          via: `export ${table.speaker.instance}`,
        },
      };
    },
    importers(table, attributes) {
      if (attributes.evpn?.type !== 5) return none;
      let known = importers.get(table);
      if (known === undefined) importers.set(table, (known = new Map()));
      let found = known.get(attributes.id);
      if (found === undefined) {
        // The pair's own tunnel end point comes back from the MLAG partner: not a way out.
        found = table.device.vteps.includes(attributes.nextHop)
          ? none
          : table.takers.filter((taker) => {
              const service = services(taker.speaker);
              return (
                service !== undefined && importMatch(service.targets.imports, attributes.extCommunities) !== undefined
              );
            });
        known.set(attributes.id, found);
      }
      return found;
    },
    fromEvpn(path, rd) {
      const sender = path.edge === undefined ? "" : `${path.edge.sender.speaker.device.name} ${path.edge.receiver.key}`;
      return { ...path, source: "evpn", weight: 0, via: `rd ${this.rdText(rd)} from ${sender}` };
    },
    leak(table, from, path) {
      if (path.source === "leak") return undefined;
      const told = table.speaker.bgp.afiSafis["ipv4-unicast"]?.importFrom.find(
        (each) => each.networkInstance === from.speaker.instance,
      );
      if (told === undefined) return undefined;
      return {
        ...path,
        source: "leak",
        weight: path.weight === 32768 ? 0 : path.weight,
        via: `instance ${from.speaker.instance} ${path.via}`,
      };
    },
  };
}

export const mainRouterId = (graph: BgpGraph, device: Device): number =>
  graph.evpn.get(device.name)?.speaker.routerId ?? 0;

export const localPath = (attributes: Attributes, routerId: number): Path => ({
  attributes,
  source: "local",
  edge: undefined,
  ebgp: false,
  protocol: "local",
  weight: 32768,
  igpCost: 0,
  routerId,
  peerAddress: 0,
  via: "",
});

/** The type-2 or type-3 route of a stretched domain. */
export function l2Origin(
  graph: BgpGraph,
  registry: Registry,
  service: L2Service,
  type: 2 | 3,
  esi: string,
  l3: Service | undefined,
): { table: BgpTable; rd: number; path: Path } | undefined {
  const table = graph.evpn.get(service.device.name);
  const [vtep] = service.device.vteps;
  if (table === undefined || vtep === undefined) return undefined;
  const targets = [...service.targets.exports, ...(l3?.targets.exports ?? [])];
  const evpn: EvpnAttributes = {
    type,
    vni: service.vni,
    l3Vni: l3?.vni ?? 0,
    ethernetTag: service.ethernetTag,
    esi,
  };
  const attributes = intern(registry.attributes, {
    ...plainAttributes,
    nextHop: vtep,
    extCommunities: [...new Set(targets.map((rt) => `target:${rt}`))].sort(),
    evpn,
  });
  return { table, rd: service.rdId, path: localPath(attributes, table.speaker.routerId) };
}

const advertisePolicyAccepts = (device: Device, policy: string | undefined, prefix: number, path: Path): boolean =>
  policy === undefined ||
  applyPolicy(device.config, policy, { prefix, protocol: path.protocol, attributes: path.attributes, weight: 0 })
    .accepted;
