import type { Acl } from "#model/acl.ts";
import type { AfiSafi, BgpPeer, BgpPeerAfiSafi } from "#model/bgp.ts";
import type { EthernetSegment, Mlag, OspfInterface, StaticNextHop } from "#model/device-config.ts";
import type { BufferProfile, EcnProfile, Scheduler } from "#model/qos.ts";
import type { CommunitySet, PolicyStatement, PrefixSet } from "#model/routing-policy.ts";
import type { Asn, Vni, VlanId } from "#net/asn.ts";
import type { InterfaceAddress, IpAddress, IpPrefix } from "#net/ip.ts";
import type { MacAddress } from "#net/mac.ts";
import type { Block } from "../syntax/indented.ts";

/** Fields of a model type while it is being read. */
export type Draft<T> = { -readonly [K in keyof T]?: T[K] | undefined };

export interface AddressDraft {
  addresses: InterfaceAddress[];
  anycast: InterfaceAddress[];
  /** `ip virtual-router address` may leave its mask to the interface's own network. */
  bareAnycast: IpAddress[];
  unnumberedFrom?: string;
  linkLocalOnly?: boolean;
}

const addressDraft = (): AddressDraft => ({ addresses: [], anycast: [], bareAnycast: [] });

/** One interface as told, before the defaults of EOS give it its meaning. */
export interface InterfaceDraft {
  readonly name: string;
  /** Lines that told of a part last. */
  readonly places: { switchport?: number; ipv4?: number; ipv6?: number; qos?: number };
  /** False until a block of its own is seen: a LAG that only its members name. */
  declared: boolean;
  line: number;
  shutdown?: boolean;
  description?: string;
  mtu?: number;
  /** `l2 mtu`: the frame size of a switched port. */
  l2Mtu?: number;
  speedBps?: number;
  fec?: "rs" | "fc" | "none" | "auto";
  autoNegotiate?: boolean;
  vrf?: string;
  v4: AddressDraft;
  v6: AddressDraft;
  /** `switchport` or `no switchport`; absent: the device's default mode. */
  switchport?: boolean;
  mode?: "access" | "trunk";
  accessVlan?: VlanId;
  nativeVlan?: VlanId | "tagged";
  allowed?: readonly VlanId[];
  trunkGroups: string[];
  lag?: string;
  lacp?: "active" | "passive" | "static";
  mlagId?: number;
  segment?: Draft<EthernetSegment>;
  aclIn?: string;
  aclOut?: string;
  noAutostate?: boolean;
  vlanTag?: VlanId;
  bridgedVlan?: VlanId;
  ospf?: Draft<OspfInterface>;
  qos?: QosDraft;
  qosProfile?: string;
}

export interface QosDraft {
  trust?: "dscp" | "pcp" | "none";
  pfc?: boolean;
  pfcPriorities: Set<number>;
  watchdog?: boolean;
  queues: Map<number, { ecn?: EcnProfile; scheduler?: Scheduler; strict?: boolean }>;
  shapeBps?: number;
}

export const qosDraft = (): QosDraft => ({ pfcPriorities: new Set(), queues: new Map() });

export interface VlanDraft {
  line: number;
  name?: string;
  trunkGroups: string[];
  vni?: Vni;
  flood: IpAddress[];
}

export interface EvpnDraft {
  line: number;
  rd?: string;
  /** The line of each target, by target. */
  readonly importLines: Map<string, number>;
  readonly exportLines: Map<string, number>;
  imports: string[];
  exports: string[];
  /** `rd auto`, `route-target both auto`. */
  auto: boolean;
}

export const emptyEvpn = (line: number): EvpnDraft => ({
  line,
  imports: [],
  exports: [],
  importLines: new Map(),
  exportLines: new Map(),
  auto: false,
});

export interface PeerDraft {
  line: number;
  peer: Draft<BgpPeer> & { peerGroup?: string | undefined; interface?: string };
  /** Said for the peer as a whole: counts in every family where it is active. */
  general: Draft<BgpPeerAfiSafi>;
  families: Map<AfiSafi, Draft<BgpPeerAfiSafi>>;
  /** Default activation taken back (`no neighbor X activate` beside `bgp default ipv4-unicast`). */
  peerFilter?: string;
}

export interface FamilyDraft {
  networks: Map<IpPrefix, { prefix: IpPrefix; policy?: string }>;
  aggregates: Map<IpPrefix, { prefix: IpPrefix; summaryOnly: boolean; asSet: boolean; policy?: string }>;
  redistribute: { protocol: "connected" | "static" | "ospf" | "bgp"; policy?: string }[];
}

export interface BgpDraft {
  line: number;
  shutdown?: boolean;
  as?: Asn;
  routerId?: IpAddress;
  clusterId?: IpAddress;
  maximumPaths?: number;
  defaultV4?: boolean;
  defaultV6?: boolean;
  alwaysCompareMed?: boolean;
  multipathRelax?: boolean;
  compareRouterId?: boolean;
  missingPolicyIn?: "deny" | "permit";
  missingPolicyOut?: "deny" | "permit";
  distance?: { external: number; internal: number; local: number };
  families: Map<AfiSafi, FamilyDraft>;
  /** What stands outside any family: counts for IPv4, and for IPv6 where the instance has it. */
  general: FamilyDraft;
  peers: Map<string, PeerDraft>;
  groups: Map<string, PeerDraft>;
  dynamic: Map<IpPrefix, { prefix: IpPrefix; peerGroup: string; peerAs?: Asn; peerFilter?: string }>;
}

export const familyDraft = (): FamilyDraft => ({ networks: new Map(), aggregates: new Map(), redistribute: [] });
export const bgpDraft = (line: number): BgpDraft => ({
  line,
  families: new Map(),
  general: familyDraft(),
  peers: new Map(),
  groups: new Map(),
  dynamic: new Map(),
});

export interface OspfDraft {
  line: number;
  routerId?: IpAddress;
  referenceMbps?: number;
  maximumPaths?: number;
  passiveDefault?: boolean;
  passive: Map<string, boolean>;
  networks: { prefix: IpPrefix; area: IpAddress }[];
  redistribute: { protocol: "connected" | "static" | "bgp"; policy?: string; metric?: number }[];
  defaultOriginate?: "always" | "if-present";
}

export interface InstanceDraft {
  line: number;
  declared: boolean;
  description?: string;
  ipRouting?: boolean;
  rd?: string;
  vni?: Vni;
  vniLine?: number;
  evpn: EvpnDraft;
  /** `route-target import|export vpn-ipv4`: routes pass between VRFs of the same device. */
  vpnImports: { target: string; policy?: string }[];
  vpnExports: string[];
  statics: { prefix: IpPrefix; hop: StaticNextHop; distance: number; tag?: number; line: number }[];
  bgp?: BgpDraft;
  ospf?: OspfDraft;
}

/** Everything read so far, by name. Maps, as names come from the input. */
export interface DeviceDraft {
  hostname?: string;
  lldp?: boolean;
  defaultRouted?: boolean;
  /** Some VLAN belongs to a trunk group. */
  trunkGroupsUsed: boolean;
  defaultMtu?: number;
  interfaces: Map<string, InterfaceDraft>;
  vlans: Map<VlanId, VlanDraft>;
  instances: Map<string, InstanceDraft>;
  macVrfs: Map<string, { evpn: EvpnDraft; service: "vlan-based" | "vlan-aware"; vlans: VlanId[] }>;
  vxlan?: { line: number; sourceInterface?: string; udpPort?: number; shutdown?: boolean; flood: IpAddress[] };
  virtualRouterMac?: MacAddress;
  virtualRouterMacLine?: number;
  mlag?: Draft<Mlag> & { line?: number; shutdown?: boolean };
  prefixSets: Map<string, { line: number; entries: Map<string, PrefixSet["entries"][number]>; last: number }>;
  communitySets: Map<string, { line: number; entries: CommunitySet["entries"][number][] }>;
  extCommunitySets: Map<string, { line: number; entries: CommunitySet["entries"][number][] }>;
  asPathSets: Map<string, { line: number; entries: { action: "permit" | "deny"; regex: string }[] }>;
  policies: Map<string, { line: number; statements: Map<number, { line: number; statement: PolicyStatement }> }>;
  peerFilters: Map<string, { line: number; ranges: { from: number; to: number; accept: boolean; sequence: number }[] }>;
  acls: Map<string, { line: number; acl: Acl; lines: number[] }>;
  qos: {
    line?: number;
    dscp: Map<number, number>;
    queues: Map<number, number>;
    profiles: Map<string, QosDraft>;
    buffers: Map<string, BufferProfile>;
    watchdog?: { timeoutMs?: number; recoveryMs?: number; action?: "drop" | "forward" | "alert" };
  };
}

const instanceDraft = (line: number): InstanceDraft => ({
  line,
  declared: false,
  evpn: emptyEvpn(line),
  vpnImports: [],
  vpnExports: [],
  statics: [],
});

export const deviceDraft = (): DeviceDraft => ({
  trunkGroupsUsed: false,
  interfaces: new Map(),
  vlans: new Map(),
  instances: new Map([["default", { ...instanceDraft(0), declared: true }]]),
  macVrfs: new Map(),
  prefixSets: new Map(),
  communitySets: new Map(),
  extCommunitySets: new Map(),
  asPathSets: new Map(),
  policies: new Map(),
  peerFilters: new Map(),
  acls: new Map(),
  qos: { dscp: new Map(), queues: new Map(), profiles: new Map(), buffers: new Map() },
});

/** The instance of a name, made when first spoken of (a VRF may be used before it is declared). */
export function instanceOf(draft: DeviceDraft, name: string, line: number): InstanceDraft {
  let found = draft.instances.get(name);
  if (found === undefined) {
    found = instanceDraft(line);
    draft.instances.set(name, found);
  }
  return found;
}

export function interfaceOf(draft: DeviceDraft, name: string, line: number): InterfaceDraft {
  let found = draft.interfaces.get(name);
  if (found === undefined) {
    found = { name, places: {}, declared: false, line, v4: addressDraft(), v6: addressDraft(), trunkGroups: [] };
    draft.interfaces.set(name, found);
  }
  return found;
}

export function vlanOf(draft: DeviceDraft, id: VlanId, line: number): VlanDraft {
  let found = draft.vlans.get(id);
  if (found === undefined) {
    found = { line, trunkGroups: [], flood: [] };
    draft.vlans.set(id, found);
  }
  return found;
}

/** Ports and LAGs are switched unless they, or the device's default, say otherwise. */
export const isSwitched = (one: InterfaceDraft, draft: DeviceDraft): boolean =>
  one.switchport ?? draft.defaultRouted !== true;

/** A line as handlers see it. */
export interface Line {
  readonly block: Block;
  /** Without a leading `no` or `default`. */
  readonly words: readonly string[];
  readonly no: boolean;
}
