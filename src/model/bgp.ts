import type { Asn } from "#net/asn.ts";
import type { IpAddress, IpPrefix } from "#net/ip.ts";
import type { SourceProtocol } from "./routing-policy.ts";

export type AfiSafi = "ipv4-unicast" | "ipv6-unicast" | "l2vpn-evpn";

/**
 * BGP of one network instance. Vendor defaults that change what the network does are written out by the parser
 * (an address family that is on by default appears as `enabled: true`), so readers need no vendor knowledge.
 */
export interface Bgp {
  readonly as: Asn;
  readonly routerId?: IpAddress;
  readonly enabled: boolean;
  readonly afiSafis: Readonly<Partial<Record<AfiSafi, BgpAfiSafi>>>;
  readonly peerGroups: Readonly<Record<string, BgpPeerGroup>>;
  /** Keyed by the peer's address, or by the interface for an unnumbered (RFC 8950) neighbor. */
  readonly neighbors: Readonly<Record<string, BgpNeighbor>>;
  readonly dynamicNeighbors: readonly {
    readonly prefix: IpPrefix;
    readonly peerGroup: string;
    readonly peerAs?: readonly Asn[];
  }[];
  /** Paths of different AS sequences of equal length may share load (`multipath-relax`, `multiple-as`). */
  readonly allowMultipleAs: boolean;
  readonly clusterId?: IpAddress;
  /** Compare MED across neighbouring ASes. */
  readonly alwaysCompareMed?: boolean;
  /** RFC 8212 in force: an eBGP session without policies passes nothing. */
  readonly ebgpRequiresPolicy: boolean;
  /** Prefer the older path among equals instead of the router id (vendor default differs). */
  readonly compareRouterId?: boolean;
  readonly distance?: { readonly external: number; readonly internal: number; readonly local: number };
}

export interface BgpAfiSafi {
  readonly enabled: boolean;
  /** Equal-cost limits; 1 is no multipath. */
  readonly maximumPathsEbgp: number;
  readonly maximumPathsIbgp: number;
  readonly networks: readonly { readonly prefix: IpPrefix; readonly policy?: string }[];
  readonly aggregates: readonly {
    readonly prefix: IpPrefix;
    readonly summaryOnly: boolean;
    readonly asSet: boolean;
    readonly policy?: string;
  }[];
  readonly redistribute: readonly { readonly protocol: SourceProtocol; readonly policy?: string }[];
  /** Routes taken over from other network instances of the same device (`import vrf`). */
  readonly importFrom: readonly { readonly networkInstance: string; readonly policy?: string }[];
}

/** What a neighbor or its group may say; absent means inherited, then the protocol's default. */
export interface BgpPeer {
  /** A number, or by kind only (`remote-as external`). */
  readonly peerAs?: Asn | "external" | "internal";
  readonly localAs?: { readonly as: Asn; readonly noPrepend: boolean; readonly replaceAs: boolean };
  readonly description?: string;
  readonly enabled?: boolean;
  readonly updateSource?: string;
  /** Allowed hops; 1 is directly connected. */
  readonly ebgpMultihop?: number;
  readonly passive?: boolean;
  readonly bfd?: boolean;
  /** A password or key chain is set. Its value is never kept. */
  readonly authenticated?: boolean;
  readonly capabilityExtendedNextHop?: boolean;
  readonly afiSafis?: Readonly<Partial<Record<AfiSafi, BgpPeerAfiSafi>>>;
}

export interface BgpPeerAfiSafi {
  readonly enabled?: boolean;
  readonly importPolicy?: string;
  readonly exportPolicy?: string;
  readonly importPrefixSet?: string;
  readonly exportPrefixSet?: string;
  readonly nextHopSelf?: boolean;
  readonly nextHopUnchanged?: boolean;
  readonly routeReflectorClient?: boolean;
  /** How many times the own AS may stand in a received path. */
  readonly allowOwnAs?: number;
  readonly removePrivateAs?: boolean;
  readonly asOverride?: boolean;
  readonly sendCommunity?: "none" | "standard" | "extended" | "both";
  readonly defaultOriginate?: boolean;
  readonly weight?: number;
  readonly maximumPrefixes?: number;
}

export type BgpPeerGroup = BgpPeer;

export interface BgpNeighbor extends BgpPeer {
  readonly peerGroup?: string;
  /** Set when the session is found by interface instead of address. */
  readonly interface?: string;
}

/** A neighbor with what it inherits from its group; families are merged field by field, the neighbor's word first. */
export function resolvePeer(bgp: Bgp, key: string): BgpNeighbor | undefined {
  const neighbor = bgp.neighbors[key];
  if (neighbor === undefined) return undefined;
  const group = neighbor.peerGroup === undefined ? undefined : bgp.peerGroups[neighbor.peerGroup];
  if (group === undefined) return neighbor;
  const families = { ...group.afiSafis };
  for (const [family, own] of Object.entries(neighbor.afiSafis ?? {}) as [AfiSafi, BgpPeerAfiSafi][]) {
    families[family] = { ...families[family], ...own };
  }
  return { ...group, ...neighbor, afiSafis: families };
}
