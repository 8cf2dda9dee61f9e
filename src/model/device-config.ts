import type { Vni, VlanId } from "#net/asn.ts";
import type { InterfaceAddress, IpAddress, IpPrefix } from "#net/ip.ts";
import type { MacAddress } from "#net/mac.ts";
import type { Acl } from "./acl.ts";
import type { AfiSafi, Bgp } from "./bgp.ts";
import { emptyRoutingPolicy, type RoutingPolicy, type SourceProtocol } from "./routing-policy.ts";
import type { Qos } from "./qos.ts";

export const nosNames = ["eos", "sonic", "nvue", "nxos", "junos", "srlinux", "frr"] as const;
export type NosName = (typeof nosNames)[number];

/**
 * What one switch is told to do, in no vendor's words. What is absent is not configured; vendor defaults that change
 * forwarding are written out by the parser. Plain JSON data: equal meanings are equal values.
 *
 * Two habits of the field meet here. Devices that think in VLANs (EOS, NVUE, SONiC, NX-OS) have bridge domains keyed by
 * VLAN id whose members come from `switchport`; devices that think in subinterfaces (SR Linux, Junos) have bridge
 * domains keyed by name whose members come from `Interface.bridgeDomain`. A reader asks `membersOf` and need not care.
 */
export interface DeviceConfig {
  readonly hostname: string;
  readonly nos: NosName;
  readonly interfaces: Readonly<Record<string, Interface>>;
  readonly bridgeDomains: Readonly<Record<string, BridgeDomain>>;
  /** EVPN layer-2 services: one per VLAN (VLAN-based) or one for several (VLAN-aware bundle). */
  readonly macVrfs: Readonly<Record<string, MacVrf>>;
  /** Layer-3 instances. `default` is always there. */
  readonly networkInstances: Readonly<Record<string, NetworkInstance>>;
  readonly vxlan?: Vxlan;
  readonly routingPolicy: RoutingPolicy;
  readonly acls: Readonly<Record<string, Acl>>;
  readonly qos?: Qos;
  readonly mlag?: Mlag;
  /** MAC that all anycast gateways of this device answer with, unless an interface says its own. */
  readonly anycastGatewayMac?: MacAddress;
  readonly lldp?: boolean;
}

export type InterfaceKind = "ethernet" | "lag" | "loopback" | "irb" | "subinterface" | "management" | "vxlan";

export interface Interface {
  readonly kind: InterfaceKind;
  readonly enabled: boolean;
  readonly description?: string;
  /** Layer-3 MTU where the NOS tells them apart, else the interface's. */
  readonly mtuBytes?: number;
  readonly speedBps?: number;
  readonly fec?: "rs" | "fc" | "none" | "auto";
  readonly autoNegotiate?: boolean;
  /** Layer-3 interfaces: the instance they stand in. */
  readonly networkInstance: string;
  readonly ipv4?: InterfaceIp;
  readonly ipv6?: InterfaceIp;
  /** Subinterfaces: the port or LAG they ride on, and the outer tag (absent: untagged). */
  readonly parent?: string;
  readonly vlanTag?: VlanId;
  /** IRBs: the domain they are the gateway of. Bridged subinterfaces: the domain they are a member of. */
  readonly bridgeDomain?: string;
  readonly switchport?: Switchport;
  /** Members of a LAG name it. */
  readonly lag?: string;
  readonly lacp?: "active" | "passive" | "static";
  /** LAGs shared with the MLAG partner (`mlag 5`, `clag id`, vPC number). */
  readonly mlagId?: number;
  readonly ethernetSegment?: EthernetSegment;
  readonly aclIn?: string;
  readonly aclOut?: string;
  /** IRBs: MAC of this interface's anycast gateway. */
  readonly anycastMac?: MacAddress;
  /** This IRB is up even when no member of its domain is. */
  readonly noAutostate?: boolean;
}

export interface InterfaceIp {
  readonly addresses: readonly InterfaceAddress[];
  /** Anycast (VARP, VRR, SAG) addresses: the same on every leaf. */
  readonly anycastAddresses: readonly InterfaceAddress[];
  /** Borrows the addresses of another interface. */
  readonly unnumberedFrom?: string;
  /** IPv6: runs on its link-local address, as unnumbered BGP needs. */
  readonly linkLocalOnly?: boolean;
}

export type Switchport =
  | { readonly mode: "access"; readonly vlan: VlanId }
  | {
      readonly mode: "trunk";
      /** Untagged VLAN, absent when untagged frames are dropped. */
      readonly nativeVlan?: VlanId;
      /** Tagged VLANs; `all` is every VLAN of the device. */
      readonly vlans: readonly VlanId[] | "all";
    };

export interface EthernetSegment {
  /** Ten octets with colons, lower case (RFC 7432 §5). */
  readonly esi: string;
  readonly dfPreference?: number;
  readonly singleActive?: boolean;
  readonly importRouteTarget?: string;
}

/** A broadcast domain of this device. */
export interface BridgeDomain {
  readonly vlanId?: VlanId;
  readonly name?: string;
  readonly vni?: Vni;
  /** BUM copies go to these VTEPs besides those that EVPN type 3 names. */
  readonly floodVteps: readonly IpAddress[];
  readonly arpSuppression?: boolean;
}

export interface MacVrf {
  readonly service: "vlan-based" | "vlan-aware";
  readonly bridgeDomains: readonly string[];
  readonly evpn: EvpnInstance;
}

/** Absent lists are derived by the NOS's own rule; see `deriveRouteTargets` in the twin. */
export interface EvpnInstance {
  readonly routeDistinguisher?: string;
  /** `65000:10`, or `*:10` where any AS matches. */
  readonly importRouteTargets?: readonly string[];
  readonly exportRouteTargets?: readonly string[];
}

export interface NetworkInstance {
  readonly kind: "default" | "ipVrf";
  readonly ipForwarding: boolean;
  /** EVPN layer-3 service: symmetric IRB and type 5. */
  readonly evpn?: L3EvpnInstance;
  /** VPNv4-style import and export inside the device, by route target (RFC 4364 §4.3.1), where a NOS leaks so. */
  readonly staticRoutes: readonly StaticRoute[];
  readonly bgp?: Bgp;
  readonly ospf?: Ospf;
  readonly description?: string;
}

export interface L3EvpnInstance extends EvpnInstance {
  readonly vni: Vni;
  /** Families sent as type-5 routes. */
  readonly advertise: readonly { readonly afiSafi: AfiSafi; readonly policy?: string }[];
}

export interface StaticRoute {
  readonly prefix: IpPrefix;
  readonly nextHops: readonly StaticNextHop[];
  readonly distance: number;
  readonly tag?: number;
}

export type StaticNextHop =
  | {
      readonly kind: "address";
      readonly address: IpAddress;
      readonly interface?: string;
      readonly networkInstance?: string;
    }
  | { readonly kind: "interface"; readonly interface: string }
  | { readonly kind: "discard" };

/** VXLAN tunnel end point (RFC 8365). */
export interface Vxlan {
  readonly sourceInterface?: string;
  readonly sourceAddress?: IpAddress;
  /** Shared with the MLAG partner. */
  readonly anycastAddress?: IpAddress;
  readonly udpPort: number;
  /** Own system MAC in type-5 routes where configured. */
  readonly routerMac?: MacAddress;
}

export interface Ospf {
  readonly routerId?: IpAddress;
  readonly referenceBandwidthBps: number;
  readonly maximumPaths: number;
  readonly interfaces: Readonly<Record<string, OspfInterface>>;
  readonly redistribute: readonly {
    readonly protocol: SourceProtocol;
    readonly policy?: string;
    readonly metric?: number;
  }[];
  readonly defaultOriginate?: "always" | "if-present";
}

export interface OspfInterface {
  /** Dotted. */
  readonly area: IpAddress;
  readonly networkType: "point-to-point" | "broadcast";
  readonly passive: boolean;
  readonly cost?: number;
}

export interface Mlag {
  readonly domainId?: string;
  readonly peerLink?: string;
  readonly localInterface?: string;
  readonly peerAddress?: IpAddress | "link-local";
  readonly systemMac?: MacAddress;
  readonly backupAddress?: IpAddress;
}

/** A device that is told nothing: what builders and parsers start from. */
export const emptyDeviceConfig = (hostname: string, nos: NosName): DeviceConfig => ({
  hostname,
  nos,
  interfaces: {},
  bridgeDomains: {},
  macVrfs: {},
  networkInstances: { default: { kind: "default", ipForwarding: true, staticRoutes: [] } },
  routingPolicy: emptyRoutingPolicy,
  acls: {},
});

export interface DomainMember {
  readonly interface: string;
  /** Frames on the wire: with this tag, or untagged. */
  readonly tag?: VlanId;
}

/** The ports and LAGs of a bridge domain, IRBs and LAG members left out. */
export function membersOf(config: DeviceConfig, domain: string): DomainMember[] {
  const vlan = config.bridgeDomains[domain]?.vlanId;
  const members: DomainMember[] = [];
  for (const [name, port] of Object.entries(config.interfaces)) {
    if (port.kind === "irb" || port.lag !== undefined) continue;
    if (port.kind === "subinterface" && port.bridgeDomain === domain && port.parent !== undefined) {
      members.push({ interface: port.parent, ...(port.vlanTag === undefined ? {} : { tag: port.vlanTag }) });
    }
    if (vlan === undefined || port.switchport === undefined) continue;
    if (port.switchport.mode === "access") {
      if (port.switchport.vlan === vlan) members.push({ interface: name });
    } else if (port.switchport.nativeVlan === vlan) members.push({ interface: name });
    else if (port.switchport.vlans === "all" || port.switchport.vlans.includes(vlan))
      members.push({ interface: name, tag: vlan });
  }
  return members;
}
