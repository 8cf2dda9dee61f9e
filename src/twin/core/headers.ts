import type { Acl, AclEntry } from "#model/acl.ts";
import { ipv4Mask, prefixAddress, prefixLength } from "#net/ip.ts";
import { v4 } from "./numbers.ts";

/**
 * A set of packets to one destination: a union of boxes over source address, protocol, ports, DSCP, ICMP type and the
 * TCP "established" flag. `all` and `none` are by far the most common and cost nothing.
 */
export type Headers = "all" | "none" | readonly Box[];

/** Pairs of inclusive bounds, one pair for each of `dimensions`. */
export type Box = readonly number[];

const dimensions = ["source", "protocol", "sourcePort", "destinationPort", "dscp", "icmpType", "established"] as const;
const full: Box = [0, 0xffffffff, 0, 255, 0, 65535, 0, 65535, 0, 63, 0, 255, 0, 1];

/** Past this the set is no longer cut up: it is taken for `all`, which can raise a false alarm but hide no leak. */
const mostBoxes = 4096;

export interface Packet {
  readonly source: number;
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

export const icmpEcho = (source: number): Packet => ({ source, protocol: 1 });

/** ICMP packets are echo requests; ports that are not given are 0. */
export function holdsPacket(set: Headers, packet: Packet): boolean {
  if (set === "all" || set === "none") return set === "all";
  const point = pointOf(packet);
  return set.some((box) =>
    point.every((value, dimension) => value >= box[2 * dimension]! && value <= box[2 * dimension + 1]!),
  );
}

const pointOf = (packet: Packet): number[] => [
  packet.source,
  packet.protocol,
  packet.sourcePort ?? 0,
  packet.destinationPort ?? 0,
  0,
  packet.protocol === 1 ? 8 : 0,
  0,
];

/** Some packet of the set that has this source address (or any, when it may be forged). */
export function packetFrom(set: Headers, source: number | undefined): Packet | undefined {
  if (set === "none") return undefined;
  const boxes = set === "all" ? [full] : set;
  for (const packet of [{ protocol: 1 }, { protocol: 6, destinationPort: 22 }, { protocol: 17, destinationPort: 4791 }])
    if (source !== undefined && holdsPacket(set, { source, ...packet })) return { source, ...packet };
  const box = boxes.find((each) => source === undefined || (source >= each[0]! && source <= each[1]!));
  if (box === undefined) return undefined;
  return { source: source ?? box[0]!, protocol: box[2]!, sourcePort: box[4]!, destinationPort: box[6]! };
}

export function intersect(a: Headers, b: Headers): Headers {
  if (a === "none" || b === "none") return "none";
  if (a === "all") return b;
  if (b === "all") return a;
  const boxes = a.flatMap((x) => b.flatMap((y) => overlap(x, y)));
  return boxes.length === 0 ? "none" : boxes.length > mostBoxes ? "all" : boxes;
}

export function union(a: Headers, b: Headers): Headers {
  if (a === "all" || b === "all") return "all";
  if (a === "none" || a === b) return b;
  if (b === "none") return a;
  const boxes = [...a, ...b.filter((box) => !a.some((other) => covers(other, box)))];
  return boxes.length > mostBoxes ? "all" : boxes;
}

export const sameHeaders = (a: Headers, b: Headers): boolean =>
  a === b || (typeof a !== "string" && typeof b !== "string" && covered(a, b) && covered(b, a));

const covered = (a: readonly Box[], b: readonly Box[]): boolean => {
  let rest: readonly Box[] = a;
  for (const box of b) rest = rest.flatMap((each) => subtract(each, box));
  return rest.length === 0;
};

function meet(a: Box, b: Box): Box | undefined {
  const box: number[] = [];
  for (let at = 0; at < full.length; at += 2) {
    const low = Math.max(a[at]!, b[at]!);
    const high = Math.min(a[at + 1]!, b[at + 1]!);
    if (low > high) return undefined;
    box.push(low, high);
  }
  return box;
}

const overlap = (a: Box, b: Box): Box[] => {
  const shared = meet(a, b);
  return shared === undefined ? [] : [shared];
};

const covers = (outer: Box, inner: Box): boolean =>
  outer.every((bound, at) => (at % 2 === 0 ? bound <= inner[at]! : bound >= inner[at]!));

/** What is left of a box when another is cut out: at most two pieces for each dimension. */
function subtract(box: Box, cut: Box): Box[] {
  const shared = meet(box, cut);
  if (shared === undefined) return [box];
  const pieces: Box[] = [];
  let rest = [...box];
  for (let at = 0; at < full.length; at += 2) {
    if (rest[at]! < shared[at]!) pieces.push(rest.with(at + 1, shared[at]! - 1));
    if (rest[at + 1]! > shared[at + 1]!) pieces.push(rest.with(at, shared[at + 1]! + 1));
    rest = rest.with(at, shared[at]!).with(at + 1, shared[at + 1]!);
  }
  return pieces;
}

/** The packets to `destination` that an access list lets pass. */
export function permittedTo(acl: Acl, destination: number): Headers {
  if (acl.family !== "ipv4") return "all";
  let remaining: readonly Box[] = [full];
  const permitted: Box[] = [];
  let denied = false;
  for (const entry of acl.entries) {
    if (!matchesDestination(entry, destination)) continue;
    const boxes = entryBoxes(entry);
    if (entry.action === "permit")
      permitted.push(...remaining.flatMap((rest) => boxes.flatMap((box) => overlap(rest, box))));
    else denied = true;
    for (const box of boxes) remaining = remaining.flatMap((rest) => subtract(rest, box));
    if (remaining.length === 0) break;
    if (remaining.length + permitted.length > mostBoxes) return "all";
  }
  if (acl.defaultAction === "permit") permitted.push(...remaining);
  else if (remaining.length > 0) denied = true;
  return denied ? (permitted.length === 0 ? "none" : permitted) : "all";
}

/** The entry that decides about one packet; undefined when the list's default does. */
export function decidingEntry(acl: Acl, packet: Packet, destination: number): AclEntry | undefined {
  const point = pointOf(packet);
  return acl.entries.find(
    (entry) =>
      matchesDestination(entry, destination) &&
      entryBoxes(entry).some((box) =>
        point.every((value, dimension) => value >= box[2 * dimension]! && value <= box[2 * dimension + 1]!),
      ),
  );
}

function matchesDestination(entry: AclEntry, destination: number): boolean {
  if (entry.destination === undefined) return true;
  const base = v4(prefixAddress(entry.destination));
  const mask = ipv4Mask(prefixLength(entry.destination));
  return base !== undefined && (base & mask) >>> 0 === (destination & mask) >>> 0;
}

function entryBoxes(entry: AclEntry): Box[] {
  const box = [...full];
  if (entry.source !== undefined) {
    const base = v4(prefixAddress(entry.source));
    if (base === undefined) return [];
    const mask = ipv4Mask(prefixLength(entry.source));
    box[0] = (base & mask) >>> 0;
    box[1] = box[0] + (0xffffffff - mask);
  }
  const set = (dimension: (typeof dimensions)[number], low: number, high = low): void => {
    const at = 2 * dimensions.indexOf(dimension);
    box[at] = low;
    box[at + 1] = high;
  };
  if (entry.protocol !== undefined) set("protocol", entry.protocol);
  if (entry.dscp !== undefined) set("dscp", entry.dscp);
  if (entry.icmpType !== undefined) set("icmpType", entry.icmpType);
  if (entry.tcpEstablished) {
    set("protocol", 6);
    set("established", 1);
  }
  const any = [{ from: 0, to: 65535 }];
  return (entry.sourcePorts ?? any).flatMap((source) =>
    (entry.destinationPorts ?? any).map((destination) => {
      set("sourcePort", source.from, source.to);
      set("destinationPort", destination.from, destination.to);
      return box.slice();
    }),
  );
}
