import type { Asn } from "#net/asn.ts";
import type { IpAddress, IpPrefix } from "#net/ip.ts";

/** OpenConfig routing-policy, with what the six NOS families share. Sets are ordered where order decides. */
export interface RoutingPolicy {
  readonly prefixSets: Readonly<Record<string, PrefixSet>>;
  readonly communitySets: Readonly<Record<string, CommunitySet>>;
  readonly extCommunitySets: Readonly<Record<string, CommunitySet>>;
  readonly asPathSets: Readonly<Record<string, AsPathSet>>;
  readonly policies: Readonly<Record<string, Policy>>;
}

export const emptyRoutingPolicy: RoutingPolicy = {
  prefixSets: {},
  communitySets: {},
  extCommunitySets: {},
  asPathSets: {},
  policies: {},
};

export interface PrefixSet {
  /** First match wins; nothing matched is a deny. */
  readonly entries: readonly {
    readonly sequence: number;
    readonly action: "permit" | "deny";
    readonly prefix: IpPrefix;
    /** Accepted lengths, both ends included; an exact match has both equal to the prefix's length. */
    readonly minLength: number;
    readonly maxLength: number;
  }[];
}

export interface CommunitySet {
  readonly entries: readonly {
    readonly action: "permit" | "deny";
    /** Canonical `65000:1`, `target:65000:1`, well-known names (`no-export`), or a regular expression. */
    readonly members: readonly string[];
    readonly regex: boolean;
  }[];
}

export interface AsPathSet {
  readonly entries: readonly { readonly action: "permit" | "deny"; readonly regex: string }[];
}

export interface Policy {
  readonly statements: readonly PolicyStatement[];
  /** What happens to a route that no statement decided. Route maps: `reject`. */
  readonly defaultResult: "accept" | "reject";
}

export type SourceProtocol = "connected" | "static" | "bgp" | "ospf" | "kernel" | "local";

export interface PolicyStatement {
  readonly name: string;
  readonly conditions: {
    readonly prefixSet?: string;
    readonly nextHopPrefixSet?: string;
    readonly communitySet?: string;
    readonly extCommunitySet?: string;
    readonly asPathSet?: string;
    readonly interface?: string;
    readonly sourceProtocol?: SourceProtocol;
    readonly tag?: number;
    readonly med?: number;
    readonly localPref?: number;
    /** Learned from an external or an internal BGP peer. */
    readonly bgpRouteType?: "external" | "internal";
    readonly evpnRouteType?: 1 | 2 | 3 | 4 | 5;
    readonly vni?: number;
    readonly peer?: IpAddress;
  };
  readonly actions: {
    readonly result: "accept" | "reject" | "next";
    readonly setLocalPref?: number;
    readonly setMed?: number;
    readonly setOrigin?: "igp" | "egp" | "incomplete";
    readonly setWeight?: number;
    readonly setTag?: number;
    readonly setNextHop?: IpAddress | "self" | "unchanged" | "peer";
    readonly setCommunity?: { readonly mode: "replace" | "add" | "remove"; readonly members: readonly string[] };
    readonly setExtCommunity?: { readonly mode: "replace" | "add" | "remove"; readonly members: readonly string[] };
    readonly prependAs?: readonly Asn[];
    /** Another policy whose verdict counts first. */
    readonly call?: string;
  };
}
