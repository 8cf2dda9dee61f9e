// The `map` here is fast-check's, not an array's: spreading makes a value, it does not copy a list.
/* oxlint-disable oxc/no-map-spread */
import fc from "fast-check";
import type { AclEntry } from "#model/acl.ts";
import type { AfiSafi, Bgp, BgpNeighbor, BgpPeer, BgpPeerAfiSafi } from "#model/bgp.ts";
import {
  emptyDeviceConfig,
  type BridgeDomain,
  type DeviceConfig,
  type Interface,
  type MacVrf,
  type NetworkInstance,
  type NosName,
  type StaticRoute,
} from "#model/device-config.ts";
import type { Qos } from "#model/qos.ts";
import { emptyRoutingPolicy, type PolicyStatement, type RoutingPolicy } from "#model/routing-policy.ts";
import { asn, vlanId, vni } from "#net/asn.ts";
import { interfaceAddress, ip, prefix } from "#net/ip.ts";
import { parseMac } from "#net/mac.ts";
import { compareNames } from "#net/order.ts";
import type { Supports } from "./driver.ts";

/**
 * How one NOS spells things, and which corners of the neutral model it can say. `anyDeviceConfig` stays inside them, so
 * that a round trip may be asked to be exact.
 */
export interface Dialect {
  readonly nos: NosName;
  readonly supports: Supports;
  /** Names of the nth (from 0) port, loopback, LAG; of a VLAN's gateway; of a tagged subinterface. */
  readonly ethernet: (index: number) => string;
  readonly loopback: (index: number) => string;
  readonly lag: (index: number) => string;
  readonly svi: (vlan: number) => string;
  readonly subinterface: (parent: string, vlan: number) => string;
  /** How many loopbacks exist (Cumulus: one). Default 2. */
  readonly loopbacks?: number;
  /** What every BGP instance of this NOS carries: its own defaults, written out. */
  readonly bgp: Pick<Bgp, "allowMultipleAs" | "ebgpRequiresPolicy" | "distance" | "compareRouterId">;
  /** The VTEP is told by interface or by address. */
  readonly vxlanSource: "interface" | "address";
  /** Gateways with an anycast address: beside an address of their own, without one, or either. */
  readonly anycast: "own" | "only" | "either";
  readonly lacp: readonly NonNullable<Interface["lacp"]>[];
  readonly aclDefault: "deny" | "permit";
  /** Layer-3 EVPN instances may leave route targets and distinguisher to the NOS. */
  readonly autoL3: boolean;
  readonly qos?: (ports: readonly string[]) => fc.Arbitrary<Qos>;
  /** Last touch: what this NOS always says beside (or never says), applied to each config before it is used. */
  readonly canonical?: (config: DeviceConfig) => DeviceConfig;
}

const word = fc.constantFrom("spine 1", "to-leaf2", "uplink", "GPU host 3 rail 0", "P2P_LINK");
const flag = fc.boolean();
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

/** An object without the fields that are undefined: the neutral model has no such fields. */
export function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  const kept: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) if (field !== undefined) kept[key] = field;
  return kept as T; // only undefined fields are left out
}

interface Scene {
  readonly dialect: Dialect;
  readonly vlans: readonly number[];
  readonly vrfs: readonly string[];
  readonly aclNames: readonly string[];
  readonly policyNames: readonly string[];
  readonly prefixSets: readonly string[];
  readonly ports: readonly string[];
  readonly lags: readonly string[];
}

const can = (scene: Scene, feature: keyof Supports): boolean => scene.dialect.supports[feature] === true;
const pick = (names: readonly string[]): fc.Arbitrary<string | undefined> =>
  names.length === 0 ? fc.constant(undefined) : optional(fc.constantFrom(...names));

const mtu = fc.constantFrom(1500, 9000, 9214);

const anyRouted = (scene: Scene, kind: "ethernet" | "lag", index: number): fc.Arbitrary<Interface> =>
  fc
    .record({ enabled: flag, description: optional(word), mtuBytes: mtu, vrf: pick(scene.vrfs), v4: flag, v6: flag })
    .map(({ enabled, description, mtuBytes, vrf, v4, v6 }) =>
      compact<Interface>({
        kind,
        enabled,
        description,
        mtuBytes,
        networkInstance: vrf ?? "default",
        ipv4: v4 ? { addresses: [interfaceAddress(`10.1.${index}.0/31`)], anycastAddresses: [] } : undefined,
        ipv6: v6 ? { addresses: [interfaceAddress(`2001:db8:${index}::/127`)], anycastAddresses: [] } : undefined,
      }),
    );

const anySwitchport = (scene: Scene, kind: "ethernet" | "lag"): fc.Arbitrary<Interface> =>
  fc
    .record({
      enabled: flag,
      description: optional(word),
      mtuBytes: mtu,
      access: flag,
      vlan: fc.constantFrom(...scene.vlans),
      tagged: fc.subarray([...scene.vlans], { minLength: 1 }),
      native: optional(fc.constantFrom(...scene.vlans)),
    })
    .map(({ enabled, description, mtuBytes, access, vlan, tagged, native }) =>
      compact<Interface>({
        kind,
        enabled,
        description,
        mtuBytes,
        networkInstance: "default",
        switchport: access
          ? { mode: "access", vlan: vlanId(vlan) }
          : compact<NonNullable<Interface["switchport"]>>({
              mode: "trunk",
              nativeVlan: native === undefined ? undefined : vlanId(native),
              vlans: [...new Set([...tagged, ...(native === undefined ? [] : [native])])]
                .sort((a, b) => a - b)
                .map(vlanId),
            }),
      }),
    );

const anyMember = (lag: string): fc.Arbitrary<Interface> =>
  fc
    .record({ enabled: flag, description: optional(word), mtuBytes: mtu })
    .map(({ enabled, description, mtuBytes }) =>
      compact<Interface>({ kind: "ethernet", enabled, description, mtuBytes, networkInstance: "default", lag }),
    );

const anyPort = (scene: Scene, index: number): fc.Arbitrary<Interface> =>
  scene.vlans.length > 0 && can(scene, "bridgeDomains")
    ? fc.oneof(anyRouted(scene, "ethernet", index), anySwitchport(scene, "ethernet"))
    : anyRouted(scene, "ethernet", index);

const anyLag = (scene: Scene, index: number): fc.Arbitrary<Interface> =>
  fc
    .record({
      port:
        scene.vlans.length > 0
          ? fc.oneof(anyRouted(scene, "lag", 100 + index), anySwitchport(scene, "lag"))
          : anyRouted(scene, "lag", 100 + index),
      lacp: fc.constantFrom(...scene.dialect.lacp),
    })
    .map(({ port, lacp }) => ({ ...port, lacp }));

const anyIrb = (scene: Scene, vlan: number): fc.Arbitrary<Interface> =>
  fc
    .record({
      enabled: flag,
      description: optional(word),
      mtuBytes: mtu,
      vrf: pick(scene.vrfs),
      own: flag,
      anycast: flag,
      aclIn: pick(scene.aclNames),
      aclOut: pick(scene.aclNames),
    })
    .map(({ enabled, description, mtuBytes, vrf, own, anycast, aclIn, aclOut }) => {
      const virtual = anycast && can(scene, "anycastGateway");
      const style = scene.dialect.anycast;
      const withOwn = !virtual || style === "own" || (style === "either" && own);
      const net = `10.2.${vlan % 200}`;
      return compact<Interface>({
        kind: "irb",
        enabled,
        description,
        mtuBytes,
        networkInstance: vrf ?? "default",
        bridgeDomain: String(vlan),
        ipv4: {
          addresses: withOwn ? [interfaceAddress(`${net}.2/24`)] : [],
          anycastAddresses: virtual ? [interfaceAddress(`${net}.1/24`)] : [],
        },
        aclIn,
        aclOut,
      });
    });

const anySubinterface = (scene: Scene, parent: string, vlan: number): fc.Arbitrary<Interface> =>
  fc
    .record({ enabled: flag, description: optional(word), mtuBytes: mtu, vrf: pick(scene.vrfs) })
    .map(({ enabled, description, mtuBytes, vrf }) =>
      compact<Interface>({
        kind: "subinterface",
        enabled,
        description,
        mtuBytes,
        networkInstance: vrf ?? "default",
        parent,
        vlanTag: vlanId(vlan),
        ipv4: { addresses: [interfaceAddress(`10.3.${vlan % 200}.1/30`)], anycastAddresses: [] },
      }),
    );

const families = (scene: Scene): AfiSafi[] => [
  "ipv4-unicast",
  ...(can(scene, "evpnL2") ? ["l2vpn-evpn" as const] : []),
];

/** Activation and what is sent are written out for each family; policies only where a family is on. */
const anyPeerFamilies = (scene: Scene, of: readonly AfiSafi[]): fc.Arbitrary<NonNullable<BgpPeer["afiSafis"]>> =>
  fc
    .record({
      on: fc.array(flag, { minLength: of.length, maxLength: of.length }),
      sendCommunity: fc.constantFrom("standard" as const, "extended" as const, "both" as const),
      importPolicy: pick(scene.policyNames),
      exportPolicy: pick(scene.policyNames),
      nextHopSelf: flag,
      allowOwnAs: optional(fc.integer({ min: 1, max: 5 })),
    })
    .map(({ on, sendCommunity, importPolicy, exportPolicy, nextHopSelf, allowOwnAs }) =>
      Object.fromEntries(
        of.map((family, index) => [
          family,
          family === "ipv4-unicast" && on[index]
            ? compact<BgpPeerAfiSafi>({
                enabled: true,
                importPolicy,
                exportPolicy,
                nextHopSelf: nextHopSelf || undefined,
                allowOwnAs,
                sendCommunity,
              })
            : { enabled: on[index] ?? false, sendCommunity },
        ]),
      ),
    );

const anyPeer = (scene: Scene, of: readonly AfiSafi[]): fc.Arbitrary<BgpPeer> =>
  fc
    .record({
      description: optional(word),
      enabled: fc.constant(true),
      bfd: flag,
      ebgpMultihop: optional(fc.integer({ min: 2, max: 10 })),
      updateSource: flag,
      afiSafis: anyPeerFamilies(scene, of),
    })
    .map(({ description, enabled, bfd, ebgpMultihop, updateSource, afiSafis }) =>
      compact<BgpPeer>({
        description,
        enabled,
        bfd: bfd || undefined,
        ebgpMultihop,
        updateSource: updateSource ? scene.dialect.loopback(0) : undefined,
        afiSafis,
      }),
    );

const anyBgp = (scene: Scene, instance: string, as: number): fc.Arbitrary<Bgp> => {
  const of: AfiSafi[] = instance === "default" ? families(scene) : ["ipv4-unicast"];
  const base = instance === "default" ? "10.9.0" : `10.9.${1 + scene.vrfs.indexOf(instance)}`;
  const unnumbered = instance === "default" && can(scene, "bgpUnnumbered");
  return fc
    .record({
      paths: fc.integer({ min: 1, max: 8 }),
      group: anyPeer(scene, of),
      alone: fc.array(anyPeer(scene, of), { maxLength: 2 }),
      grouped: fc.integer({ min: 0, max: 2 }),
      overInterface: flag,
      connected: flag,
      connectedPolicy: pick(scene.policyNames),
      network: flag,
    })
    .map(({ paths, group, alone, grouped, overInterface, connected, connectedPolicy, network }) => {
      const neighbors: Record<string, BgpNeighbor> = {};
      alone.forEach((peer, index) => {
        neighbors[`${base}.${10 + index}`] = { ...peer, peerAs: asn(65100 + index) };
      });
      const useGroup = instance === "default" && grouped > 0;
      if (useGroup) {
        for (let index = 0; index < grouped; index++)
          neighbors[`${base}.${20 + index}`] = { peerGroup: "PEERS", peerAs: asn(65200 + index) };
        const port = scene.ports[0];
        if (unnumbered && overInterface && port !== undefined)
          neighbors[port] = { peerGroup: "PEERS", interface: port, peerAs: asn(65300) };
      }
      const afiSafi = {
        enabled: true,
        maximumPathsEbgp: paths,
        maximumPathsIbgp: paths,
        networks: [],
        aggregates: [],
        redistribute: [],
        importFrom: [],
      };
      return {
        as: asn(as),
        routerId: ip("10.0.0.1"),
        enabled: true,
        afiSafis: Object.fromEntries(
          of.map((family) => [
            family,
            family === "ipv4-unicast"
              ? {
                  ...afiSafi,
                  networks: network ? [{ prefix: prefix("10.0.0.1/32") }] : [],
                  redistribute: connected
                    ? [
                        compact<{ protocol: "connected"; policy?: string }>({
                          protocol: "connected",
                          policy: connectedPolicy,
                        }),
                      ]
                    : [],
                }
              : afiSafi,
          ]),
        ),
        peerGroups: useGroup ? { PEERS: group } : {},
        neighbors,
        dynamicNeighbors: [],
        ...scene.dialect.bgp,
      };
    });
};

const anyStatic = (scene: Scene): fc.Arbitrary<StaticRoute[]> =>
  can(scene, "staticRoutes")
    ? fc
        .uniqueArray(
          fc.record({
            third: fc.integer({ min: 0, max: 99 }),
            discard: flag,
            hops: fc.subarray(["10.8.0.1", "10.8.0.2", "10.8.0.9"], { minLength: 1 }),
            distance: fc.constantFrom(1, 1, 200),
          }),
          { maxLength: 3, selector: (route) => route.third },
        )
        .map((routes) =>
          routes
            .map(({ third, discard, hops, distance }): StaticRoute => ({
              prefix: prefix(`10.77.${third}.0/24`),
              distance,
              nextHops: discard
                ? [{ kind: "discard" }]
                : hops.map((address) => ({ kind: "address" as const, address: ip(address) })),
            }))
            .toSorted((a, b) => compareNames(a.prefix, b.prefix)),
        )
    : fc.constant([]);

const targets = (instance: number, n: number) => [`${65000 + instance}:${n}`];

const anyInstance = (scene: Scene, name: string, index: number, as: number): fc.Arbitrary<NetworkInstance> =>
  fc
    .record({
      evpn: flag,
      auto: flag,
      staticRoutes: anyStatic(scene),
      bgp: can(scene, "bgp") ? optional(anyBgp(scene, name, as)) : fc.constant(undefined),
      need: can(scene, "bgp") ? anyBgp(scene, name, as) : fc.constant(undefined),
    })
    .map(({ evpn, auto, staticRoutes, bgp, need }) => {
      const overlay = evpn && can(scene, "evpnL3") && name !== "default";
      const l3 = 50000 + index;
      return compact<NetworkInstance>({
        kind: name === "default" ? "default" : "ipVrf",
        ipForwarding: true,
        staticRoutes,
        // Every driver knows a type-5 service by the VRF's BGP.
        bgp: overlay || name === "default" ? (bgp ?? need) : bgp,
        evpn: overlay
          ? compact<NonNullable<NetworkInstance["evpn"]>>({
              vni: vni(l3),
              advertise: [{ afiSafi: "ipv4-unicast" }],
              ...(auto && scene.dialect.autoL3
                ? {}
                : {
                    routeDistinguisher: `10.0.0.1:${l3}`,
                    importRouteTargets: targets(0, l3),
                    exportRouteTargets: targets(0, l3),
                  }),
            })
          : undefined,
      });
    });

const anyMacVrf = (vlan: number): fc.Arbitrary<MacVrf> =>
  flag.map((auto) => ({
    service: "vlan-based",
    bridgeDomains: [String(vlan)],
    evpn: auto
      ? {}
      : {
          routeDistinguisher: `10.0.0.1:${vlan}`,
          importRouteTargets: targets(1, 10000 + vlan),
          exportRouteTargets: targets(1, 10000 + vlan),
        },
  }));

const anyAclEntry: fc.Arbitrary<Omit<AclEntry, "sequence">> = fc
  .record({
    action: fc.constantFrom("permit" as const, "deny" as const),
    protocol: optional(fc.constantFrom(1, 6, 17)),
    source: optional(fc.constantFrom("10.2.0.0/16", "192.0.2.7/32").map(prefix)),
    destination: optional(fc.constantFrom("10.3.0.0/16", "198.51.100.0/24").map(prefix)),
    port: optional(fc.constantFrom({ from: 443, to: 443 }, { from: 4791, to: 4791 }, { from: 1000, to: 2000 })),
  })
  .map(({ action, protocol, source, destination, port }) =>
    compact<Omit<AclEntry, "sequence">>({
      action,
      protocol,
      source,
      destination,
      destinationPorts: port !== undefined && (protocol === 6 || protocol === 17) ? [port] : undefined,
    }),
  );

const anyStatement = (scene: Scene, index: number): fc.Arbitrary<PolicyStatement> =>
  fc
    .record({
      prefixSet: pick(scene.prefixSets),
      accept: flag,
      setLocalPref: optional(fc.integer({ min: 1, max: 1000 })),
      setMed: optional(fc.integer({ min: 0, max: 1000 })),
      prepend: flag,
      community: optional(fc.constantFrom("replace" as const, "add" as const)),
    })
    .map(({ prefixSet, accept, setLocalPref, setMed, prepend, community }) => ({
      name: String(10 * (index + 1)),
      conditions: compact<PolicyStatement["conditions"]>({ prefixSet }),
      actions: accept
        ? compact<PolicyStatement["actions"]>({
            result: "accept",
            setLocalPref,
            setMed,
            prependAs: prepend ? [asn(65000), asn(65000)] : undefined,
            setCommunity: community === undefined ? undefined : { mode: community, members: ["65000:1"] },
          })
        : { result: "reject" },
    }));

const anyPolicies = (scene: Scene): fc.Arbitrary<RoutingPolicy> =>
  scene.policyNames.length === 0
    ? fc.constant(emptyRoutingPolicy)
    : fc
        .record({
          statements: fc.tuple(
            ...scene.policyNames.map(() => fc.tuple(anyStatement(scene, 0), anyStatement(scene, 1))),
          ),
          actions: fc.array(fc.constantFrom("permit" as const, "deny" as const), { minLength: 2, maxLength: 2 }),
          upTo: fc.integer({ min: 16, max: 32 }),
        })
        .map(({ statements, actions, upTo }) => ({
          ...emptyRoutingPolicy,
          prefixSets: Object.fromEntries(
            scene.prefixSets.map((name) => [
              name,
              {
                entries: actions.map((action, index) => ({
                  sequence: 10 * (index + 1),
                  action,
                  prefix: prefix(`10.${4 + index}.0.0/16`),
                  minLength: 16,
                  maxLength: index === 0 ? 16 : upTo,
                })),
              },
            ]),
          ),
          policies: Object.fromEntries(
            scene.policyNames.map((name, index) => [
              name,
              { statements: statements[index] ?? [], defaultResult: "reject" as const },
            ]),
          ),
        }));

const anyBridgeDomain = (scene: Scene, vlan: number): fc.Arbitrary<BridgeDomain> =>
  fc.record({ named: flag, overlay: flag }).map(({ named, overlay }) =>
    compact<BridgeDomain>({
      vlanId: vlanId(vlan),
      name: named ? `RAIL-${vlan}` : undefined,
      vni: overlay && can(scene, "vxlan") ? vni(10000 + vlan) : undefined,
      floodVteps: [],
    }),
  );

/** One record of named arbitraries: a plain object of their values. */
const each = <T>(names: readonly string[], make: (name: string, index: number) => fc.Arbitrary<T>) =>
  fc
    .tuple(...names.map((name, index) => make(name, index)))
    .map((values): Record<string, T> => Object.fromEntries(names.map((name, index) => [name, values[index] as T]))); // as many values as names

const anyScene = (dialect: Dialect): fc.Arbitrary<Scene> =>
  fc
    .record({
      ports: fc.integer({ min: 1, max: 4 }),
      lags: fc.integer({ min: 0, max: 2 }),
      vlans: fc.uniqueArray(fc.integer({ min: 2, max: 900 }), { minLength: 1, maxLength: 3, selector: (v) => v % 200 }),
      vrfs: fc.subarray(["acme", "globex"]),
      acls: fc.subarray(["ACME-IN", "GUARD"]),
      policies: fc.subarray(["RM-IN", "RM-OUT"]),
    })
    .map(({ ports, lags, vlans, vrfs, acls, policies }) => ({
      dialect,
      vlans: dialect.supports.bridgeDomains === true ? vlans.toSorted((a, b) => a - b) : [],
      vrfs: dialect.supports.vrf === true ? vrfs : [],
      aclNames: dialect.supports.acl === true ? acls : [],
      policyNames: dialect.supports.routingPolicy === true ? policies : [],
      prefixSets: dialect.supports.routingPolicy === true && policies.length > 0 ? ["PL-A"] : [],
      ports: Array.from({ length: ports }, (_, index) => dialect.ethernet(index)),
      lags: dialect.supports.lag === true ? Array.from({ length: lags }, (_, index) => dialect.lag(index)) : [],
    }));

const anycastMac = parseMac("00:1c:73:00:00:99");

const fill = (scene: Scene): fc.Arbitrary<DeviceConfig> => {
  const { dialect } = scene;
  const subVlans = dialect.supports.subinterfaces === true ? [101] : [];
  const subParent = dialect.ethernet(20);
  return fc
    .record({
      hostname: fc.constantFrom("leaf1", "su1-leaf-2", "spine10"),
      ports: each(scene.ports, (_, index) => anyPort(scene, index)),
      lags: each(scene.lags, (_, index) => anyLag(scene, index)),
      members: each(
        scene.lags.flatMap((_, index) => [dialect.ethernet(10 + 2 * index), dialect.ethernet(11 + 2 * index)]),
        (_, index) => anyMember(scene.lags[Math.floor(index / 2)] ?? ""),
      ),
      loopbacks: each(
        Array.from({ length: dialect.loopbacks ?? 2 }, (_, index) => dialect.loopback(index)),
        (_, index) =>
          fc.constant<Interface>({
            kind: "loopback",
            enabled: true,
            networkInstance: "default",
            ipv4: { addresses: [interfaceAddress(`10.0.${index}.1/32`)], anycastAddresses: [] },
          }),
      ),
      irbs: each(dialect.supports.irb === true ? scene.vlans.map((vlan) => dialect.svi(vlan)) : [], (_, index) =>
        anyIrb(scene, scene.vlans[index] ?? 1),
      ),
      subinterfaces: each(
        subVlans.map((vlan) => dialect.subinterface(subParent, vlan)),
        (_, index) => anySubinterface(scene, subParent, subVlans[index] ?? 1),
      ),
      parents: subVlans.length > 0 ? anyRouted({ ...scene, vrfs: [] }, "ethernet", 50) : fc.constant(undefined),
      domains: each(scene.vlans.map(String), (name) => anyBridgeDomain(scene, Number(name))),
      macVrfs: each(scene.vlans.map(String), (name) => anyMacVrf(Number(name))),
      instances: each(["default", ...scene.vrfs], (name, index) => anyInstance(scene, name, index, 65001)),
      acls: each(scene.aclNames, () => fc.array(anyAclEntry, { minLength: 1, maxLength: 4 })),
      routingPolicy: anyPolicies(scene),
      qos: dialect.qos === undefined ? fc.constant(undefined) : optional(dialect.qos(scene.ports)),
    })
    .map((made) => {
      const evpn = dialect.supports.evpnL2 === true;
      const interfaces: Record<string, Interface> = {
        ...made.ports,
        ...made.lags,
        ...made.members,
        ...made.loopbacks,
        ...made.irbs,
        ...(made.parents === undefined ? {} : { [subParent]: made.parents }),
        ...made.subinterfaces,
      };
      const anycast = Object.values(interfaces).some((port) => (port.ipv4?.anycastAddresses.length ?? 0) > 0);
      const overlay =
        Object.values(made.domains).some((domain) => domain.vni !== undefined) ||
        Object.values(made.instances).some((instance) => instance.evpn !== undefined);
      return compact<DeviceConfig>({
        ...emptyDeviceConfig(made.hostname, dialect.nos),
        interfaces,
        bridgeDomains: made.domains,
        macVrfs: evpn
          ? Object.fromEntries(Object.entries(made.macVrfs).filter(([name]) => made.domains[name]?.vni !== undefined))
          : {},
        networkInstances: made.instances,
        vxlan: overlay
          ? {
              ...(dialect.vxlanSource === "interface"
                ? { sourceInterface: dialect.loopback(0) }
                : { sourceAddress: ip("10.0.0.1") }),
              udpPort: 4789,
            }
          : undefined,
        routingPolicy: made.routingPolicy,
        acls: Object.fromEntries(
          Object.entries(made.acls).map(([name, entries]) => [
            name,
            {
              family: "ipv4" as const,
              entries: entries.map((entry, index) => ({ sequence: 10 * (index + 1), ...entry })),
              defaultAction: dialect.aclDefault,
            },
          ]),
        ),
        anycastGatewayMac: anycast ? anycastMac : undefined,
        qos: made.qos,
        lldp: undefined,
        mlag: undefined,
      });
    })
    .map((config) => dialect.canonical?.(config) ?? config);
};

/**
 * Whole device configurations as `design` makes them and every parser gives them back: MTU written on each port, gateway
 * and subinterface; activation and communities on each neighbor or its group; LACP on the LAG; empty parts left out.
 */
export const anyDeviceConfig = (dialect: Dialect): fc.Arbitrary<DeviceConfig> => anyScene(dialect).chain(fill);

/** The same data with the keys of every record in another order: it means the same. */
export function reversedKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversedKeys) as T; // same shape, element by element
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, field]) => [key, reversedKeys(field)]),
  ) as T; // same fields
}
