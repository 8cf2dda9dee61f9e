import type { BgpPeerAfiSafi } from "#model/bgp.ts";
import type { SourceProtocol } from "#model/routing-policy.ts";
import type { Attributes, AttributeTable } from "./attributes.ts";
import type { Device, L3Interface } from "./device.ts";
import type { PrefixKey } from "./numbers.ts";
import type { BoundEnd, Pairing, Speaker } from "./speakers.ts";

/** A BGP table: the unicast table of an instance, or the EVPN table of a device. */
export interface BgpTable {
  readonly id: number;
  readonly device: Device;
  readonly speaker: Speaker;
  readonly family: "ipv4-unicast" | "l2vpn-evpn";
  readonly out: readonly Edge[];
  /** Equal versions behave alike. */
  readonly version: number;
  /** EVPN tables: instances that may take type-5 routes from it. Unicast: the instances that import from it. */
  readonly takers: readonly BgpTable[];
}

/** One direction of a session in one family: what the sender exports and the receiver imports. */
export interface Edge {
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly family: "ipv4-unicast" | "l2vpn-evpn";
  readonly ebgp: boolean;
  readonly sender: BoundEnd;
  readonly receiver: BoundEnd;
  readonly exports: BgpPeerAfiSafi;
  readonly imports: BgpPeerAfiSafi;
  /** 0 on unnumbered sessions. */
  readonly senderAddress: number;
  /** Set on directly connected sessions: the receiver's interface towards the sender, and the sender's. */
  readonly receiverL3: L3Interface | undefined;
  readonly senderL3: L3Interface | undefined;
  /** A policy on the way looks at the prefix, so that equal attributes alone don't mean an equal outcome. */
  readonly readsPrefix: boolean;
  /** Paths with the receiver's own AS in them are refused, whatever else they hold. */
  readonly refusesAs: number;
  readonly memo: Map<number, Transferred>;
  readonly memoByPrefix: Map<number, Map<number, Transferred>>;
}

/** What arrives at the far end, or why nothing does. */
export interface Transferred {
  readonly attributes: Attributes | undefined;
  readonly weight: number;
  readonly reason: string;
}

/** One way to a prefix as one BGP table sees it. */
export interface Path {
  readonly attributes: Attributes;
  readonly source: "local" | "session" | "evpn" | "leak";
  /** The session it came over (for `evpn`: the one the EVPN route came over). */
  readonly edge: Edge | undefined;
  readonly ebgp: boolean;
  readonly protocol: SourceProtocol;
  readonly weight: number;
  readonly igpCost: number;
  /** Of the sender, or the originator where reflected. */
  readonly routerId: number;
  readonly peerAddress: number;
  /** Tells apart what else is equal: where the path was taken over from inside the device. */
  readonly via: string;
}

export type TieBreak =
  | "only path"
  | "weight"
  | "local preference"
  | "locally originated"
  | "AS-path length"
  | "origin"
  | "MED"
  | "eBGP over iBGP"
  | "IGP cost to next hop"
  | "router id"
  | "cluster-list length"
  | "peer address"
  | "source inside the device";

/** A set of prefixes that every policy treats alike; `number` names the set. */
export interface PrefixClass {
  readonly number: number;
  /** Any member: policies are asked about it. */
  readonly prefix: PrefixKey;
}

/** Routes that begin alike and that every policy treats alike: one computation answers for all of them. */
export interface RouteClass {
  readonly key: string;
  readonly prefixClass: PrefixClass;
  readonly origins: readonly { readonly table: BgpTable; readonly rd: number; readonly path: Path }[];
  /** Sessions whose sender makes up a default route for them alone. */
  readonly defaults: readonly Edge[];
  /** Tables in which an aggregate keeps the more specific routes from being sent. */
  readonly suppressedIn: ReadonlySet<number>;
}

/** One table's view of a class. */
export interface Slot {
  readonly table: number;
  readonly rd: number;
  readonly candidates: Path[];
  paths: readonly Path[];
  reason: TieBreak;
  changes: number;
  queued: boolean;
  /** Taken over from an earlier outcome with other sessions: whatever it chooses must be told to all. */
  mustTell: boolean;
  /** Instances that took paths from here. */
  sharedTo: BgpTable[];
}

/** The outcome of a class. */
export interface Simulated {
  readonly slots: ReadonlyMap<number, Slot>;
  /** The tables as they were: the answer stands as long as their versions do. */
  readonly touched: readonly BgpTable[];
  readonly queries: readonly Query[];
  /** Tables that kept changing their mind; empty when the class settled. */
  readonly oscillating: readonly number[];
}

export interface Query {
  readonly table: number;
  readonly device: string;
  readonly instance: string;
  readonly address: number;
  readonly cost: number;
}

/** IGP cost to a next hop, or -1 when it can't be reached. */
export type Resolve = (device: string, instance: string, address: number) => number;

/** What EVPN and leaking do to routes inside a device. */
export interface Inside {
  /** The type-5 route that an instance makes of its best path to a prefix. */
  toEvpn(
    table: BgpTable,
    path: Path,
    prefix: PrefixKey,
  ): { readonly evpn: BgpTable; readonly rd: number; readonly path: Path } | undefined;
  /** The instances of an EVPN table that import a route with these attributes. */
  importers(table: BgpTable, attributes: Attributes): readonly BgpTable[];
  /** The path that an instance takes from an EVPN route that it imports. */
  fromEvpn(path: Path, rd: number): Path;
  /** Paths from EVPN have a `via` that begins with `rd <this> `, leaked ones with `instance <name> `. */
  rdText(rd: number): string;
  leak(table: BgpTable, from: BgpTable, path: Path): Path | undefined;
  /** True where every valid EVPN path is imported, not only the best ones. */
  importsAllPaths(table: BgpTable): boolean;
}

/**
 * Numbers for names that stay the same from one twin to the next, and what was worked out for them, so that a twin
 * built from a previous one repeats only what changed. Answers never depend on which numbers were given.
 */
export interface Registry {
  readonly attributes: AttributeTable;
  readonly edges: Map<string, Edge>;
  /** Tables by version. */
  readonly tables: Map<number, BgpTable>;
  /** Route distinguishers by number. */
  readonly rdTexts: Map<number, string>;
  idOf(kind: "table" | "version" | "rd" | "class", text: string): number;
  /** The sessions' two directions in each family, by the session. */
  readonly edgesOf: WeakMap<Pairing, readonly Edge[]>;
  serialOf(thing: object): number;
}
