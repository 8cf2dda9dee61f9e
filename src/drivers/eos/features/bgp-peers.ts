import { parseAsn } from "#net/asn.ts";
import { isIpv6, parseIpAddress } from "#net/ip.ts";
import type { AfiSafi, Bgp, BgpNeighbor, BgpPeer, BgpPeerAfiSafi, BgpPeerGroup } from "#model/bgp.ts";
import type { BgpDraft, DeviceDraft, Draft, Line, PeerDraft } from "../draft.ts";
import type { Reader } from "../reader.ts";
import { canonicalInterface, expandInterfaces, restAfter, pathOf } from "../text.ts";
import { ownGroup } from "./bgp-peer-lines.ts";

/** @source Arista EOS User Manual, "neighbor allowas-in": 3 unless said. */
const defaultAllowOwnAs = 3;
/** @source Arista EOS User Manual, "neighbor ebgp-multihop": 255 unless said. */
const defaultMultihop = 255;

const whole = (word: string | undefined): number | undefined =>
  word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : undefined;

const peerDraft = (line: number): PeerDraft => ({ line, peer: {}, general: {}, families: new Map() });

/** The peer or group of a name, made when first spoken of. */
function peerOf(bgp: BgpDraft, name: string, line: number): PeerDraft {
  const address = parseIpAddress(name);
  const table = address === undefined ? bgp.groups : bgp.peers;
  const key = address ?? name;
  let found = table.get(key);
  if (found === undefined) table.set(key, (found = peerDraft(line)));
  return found;
}

const sayings = {
  timing: "timers and failure detection: the network is computed with every link and session up",
  memory: "what BGP keeps in memory, not which routes it uses",
} as const;

/** `neighbor X ...` outside any family. */
export function readNeighbor(line: Line, bgp: BgpDraft, reader: Reader): boolean {
  const { words, block: said } = line;
  const name = words[1];
  if (name === undefined || name === "default") return false;
  if (name === "interface") return readInterfaceNeighbor(line, bgp);
  if (name.includes("%")) return false;
  if (line.no && words.length === 2) {
    bgp.peers.delete(parseIpAddress(name) ?? name);
    bgp.groups.delete(name);
    return true;
  }
  return readPeerLine(line, peerOf(bgp, name, said.line), parseIpAddress(name) !== undefined, reader);
}

function readPeerLine(line: Line, draft: PeerDraft, isNeighbor: boolean, reader: Reader): boolean {
  const { words, no, block: said } = line;
  const { peer } = draft;
  switch (words[2]) {
    case "peer":
    case "peer-group": {
      const group = words[2] === "peer" ? words[4] : words[3];
      if (words[2] === "peer" && words[3] !== "group") return false;
      if (isNeighbor && group !== undefined) peer.peerGroup = no ? undefined : group;
      return true;
    }
    case "remote-as": {
      const as = parseAsn(words[3] ?? "");
      if (!no && as === undefined) return false;
      peer.peerAs = no ? undefined : as;
      return true;
    }
    case "local-as": {
      const as = parseAsn(words[3] ?? "");
      if (as === undefined) return no;
      peer.localAs = no
        ? undefined
        : { as, noPrepend: words.includes("no-prepend"), replaceAs: words.includes("replace-as") };
      return true;
    }
    case "description":
      peer.description = no ? undefined : restAfter(said.text, 3);
      return true;
    case "shutdown":
      peer.enabled = no;
      return true;
    case "update-source":
      peer.updateSource = no ? undefined : canonicalInterface(words[3] ?? "", words[4]);
      return no || peer.updateSource !== undefined;
    case "ebgp-multihop":
      peer.ebgpMultihop = no ? undefined : (whole(words[3]) ?? defaultMultihop);
      return true;
    case "ttl":
      if (words[3] !== "maximum-hops") return false;
      peer.ebgpMultihop = no ? undefined : whole(words[4]);
      return true;
    case "passive":
      peer.passive = no ? undefined : true;
      return true;
    case "transport":
      if (words[3] !== "connection-mode" || words[4] !== "passive") return false;
      peer.passive = no ? undefined : true;
      return true;
    case "bfd":
      peer.bfd = no ? undefined : true;
      return true;
    case "password":
      peer.authenticated = no ? undefined : true;
      reader.useHidden(said);
      return true;
    case "timers":
    case "graceful-restart":
    case "graceful-restart-helper":
    case "idle-restart-timer":
    case "fall-over":
    case "session":
      reader.ignore(said, sayings.timing);
      return false;
    case "rib-in":
    case "enforce-first-as":
    case "soft-reconfiguration":
    case "logging":
    case "log":
      reader.ignore(said, sayings.memory);
      return false;
    default:
      return readPeerFamilyLine(words, no, draft.general);
  }
}

/** Lines that may stand for the peer as a whole or in one family. */
function readPeerFamilyLine(words: readonly string[], no: boolean, to: Draft<BgpPeerAfiSafi>): boolean {
  const [, , what, value, direction] = words;
  const on = no ? undefined : true;
  switch (what) {
    case "route-map":
    case "prefix-list": {
      if (value === undefined || (direction !== "in" && direction !== "out")) return false;
      const field =
        what === "route-map"
          ? direction === "in"
            ? "importPolicy"
            : "exportPolicy"
          : direction === "in"
            ? "importPrefixSet"
            : "exportPrefixSet";
      to[field] = no ? undefined : value;
      return true;
    }
    case "next-hop-self":
      to.nextHopSelf = on;
      return words.length === 3;
    case "next-hop-unchanged":
      to.nextHopUnchanged = on;
      return true;
    case "route-reflector-client":
      to.routeReflectorClient = on;
      return true;
    case "allowas-in":
      to.allowOwnAs = no ? undefined : (whole(value) ?? defaultAllowOwnAs);
      return true;
    case "remove-private-as":
      to.removePrivateAs = on;
      return value !== "ingress";
    case "as-path":
      if (value !== "remote-as" || direction !== "replace" || words[5] !== "out") return false;
      to.asOverride = on;
      return true;
    case "send-community":
      to.sendCommunity = no ? "none" : communitiesSent(words.slice(3));
      return true;
    case "default-originate":
      to.defaultOriginate = on;
      return words.length === 3 || (words.length === 4 && value === "always");
    case "weight": {
      const weight = whole(value);
      if (!no && weight === undefined) return false;
      to.weight = no ? undefined : weight;
      return true;
    }
    case "maximum-routes": {
      const most = whole(value);
      if (!no && most === undefined) return false;
      // 0 is no limit. @source Arista EOS User Manual, "neighbor maximum-routes"
      to.maximumPrefixes = no || most === 0 || words.includes("warning-only") ? undefined : most;
      return true;
    }
    default:
      return false;
  }
}

/** Without words all kinds are sent. @source Arista EOS User Manual, "neighbor send-community" */
function communitiesSent(kinds: readonly string[]): NonNullable<BgpPeerAfiSafi["sendCommunity"]> {
  if (kinds.length === 0) return "both";
  const standard = kinds.includes("standard");
  const extended = kinds.includes("extended");
  return standard && extended ? "both" : standard ? "standard" : extended ? "extended" : "none";
}

/** `neighbor interface Ethernet1-2 peer-group G [remote-as N | peer-filter F]`: found by link-local address (RFC 8950). */
function readInterfaceNeighbor(line: Line, bgp: BgpDraft): boolean {
  const { words, no, block: said } = line;
  const names = expandInterfaces(words[2] ?? "");
  if (names === undefined) return false;
  const at = words.indexOf("peer-group");
  const group = at < 0 ? undefined : words[at + 1];
  if (no) {
    for (const name of names) bgp.peers.delete(name);
    return true;
  }
  if (group === undefined) return false;
  const remote = words.indexOf("remote-as");
  const filter = words.indexOf("peer-filter");
  const as = remote < 0 ? undefined : parseAsn(words[remote + 1] ?? "");
  if (remote >= 0 && as === undefined) return false;
  for (const name of names) {
    const draft = peerDraft(said.line);
    draft.peer = { peerGroup: group, interface: name, ...(as === undefined ? {} : { peerAs: as }) };
    if (filter >= 0) draft.peerFilter = words[filter + 1] ?? "";
    bgp.peers.set(name, draft);
  }
  return true;
}

/** `neighbor X ...` inside a family. */
export function readFamilyNeighbor(line: Line, family: AfiSafi, bgp: BgpDraft, reader: Reader): boolean {
  const { words, no, block: said } = line;
  const name = words[1];
  if (name === undefined || name.includes("%")) return false;
  if (name === "default") return words[2] === "encapsulation" && words[3] === "vxlan" && words.length === 4;
  const key = canonicalInterface(name);
  const draft = (key === undefined ? undefined : bgp.peers.get(key)) ?? peerOf(bgp, name, said.line);
  let own = draft.families.get(family);
  if (own === undefined) draft.families.set(family, (own = {}));
  switch (words[2]) {
    case "activate":
      own.enabled = !no;
      return true;
    case "next-hop":
      // IPv4 routes with IPv6 next hops, RFC 8950; with `originate` they are sent as well as taken.
      if (words[3] !== "address-family" || words[4] !== "ipv6") return false;
      draft.peer.capabilityExtendedNextHop = no ? undefined : true;
      return true;
    case "encapsulation":
      return words[3] === "vxlan";
    case "graceful-restart":
      reader.ignore(said, sayings.timing);
      return false;
    default:
      return readPeerFamilyLine(words, no, own);
  }
}

/** Fields without the undefined ones: what was taken back was never said. */
function said<T extends object>(draft: Draft<T>): T {
  const kept: Record<string, unknown> = {};
  for (const key in draft) if (draft[key] !== undefined) kept[key] = draft[key];
  return kept as T; // only undefined fields are left out
}

/** What holds for each family of an instance: on by default or not. */
export interface Activation {
  readonly families: readonly AfiSafi[];
  readonly v4ByDefault: boolean;
  readonly v6ByDefault: boolean;
}

/** A group, or a neighbor without one: everything is written out. */
function buildAlone(draft: PeerDraft, name: string, { families, v4ByDefault, v6ByDefault }: Activation): BgpPeerGroup {
  const afiSafis: Partial<Record<AfiSafi, BgpPeerAfiSafi>> = {};
  for (const family of families) {
    const own = draft.families.get(family);
    const byDefault =
      family === "ipv4-unicast" ? v4ByDefault && !isIpv6(name) : family === "ipv6-unicast" && v6ByDefault;
    const enabled = own?.enabled ?? byDefault;
    const fields = said<BgpPeerAfiSafi>({ ...draft.general, ...own });
    afiSafis[family] = enabled
      ? { sendCommunity: "none", ...fields, enabled }
      : { enabled, sendCommunity: fields.sendCommunity ?? "none" };
  }
  return { enabled: true, ...said<BgpPeer>(draft.peer), afiSafis };
}

/** A neighbor of a group: only what it says itself. */
function buildGrouped(draft: PeerDraft, group: BgpPeerGroup | undefined, families: readonly AfiSafi[]): BgpNeighbor {
  const afiSafis: Partial<Record<AfiSafi, BgpPeerAfiSafi>> = {};
  for (const family of families) {
    const own = draft.families.get(family);
    const enabled = own?.enabled ?? group?.afiSafis?.[family]?.enabled ?? false;
    const fields = said<BgpPeerAfiSafi>(enabled ? { ...draft.general, ...own } : { ...own });
    if (Object.keys(fields).length > 0) afiSafis[family] = fields;
  }
  return {
    ...said<BgpNeighbor>(draft.peer),
    ...(Object.keys(afiSafis).length === 0 ? {} : { afiSafis }),
  };
}

/** Neighbors and groups of one instance. Groups stand in the default VRF and are lent to the others. */
export function buildPeers(
  bgp: BgpDraft,
  lent: BgpDraft | undefined,
  name: string,
  activation: Activation,
  reader: Reader,
): Pick<Bgp, "neighbors" | "peerGroups"> {
  const path = (kind: string, key: string): string => pathOf("networkInstances", name, "bgp", kind, key);
  const groups = new Map<string, BgpPeerGroup>();
  const groupNamed = (key: string): BgpPeerGroup | undefined => {
    const known = groups.get(key);
    const draft = mergeGroups(lent?.groups.get(key), bgp.groups.get(key));
    if (known !== undefined || draft === undefined) return known;
    const built = buildAlone(draft, key, activation);
    groups.set(key, built);
    markPeer(path("peerGroups", key), draft, reader);
    return built;
  };
  if (lent === undefined) for (const key of bgp.groups.keys()) groupNamed(key);
  const neighbors: [string, BgpNeighbor][] = [];
  for (const [key, draft] of bgp.peers) {
    const group = draft.peer.peerGroup;
    markPeer(path("neighbors", key), draft, reader);
    if (draft.peerFilter !== undefined) draft.peer.peerAs = peerAsOf(draft.peerFilter, reader.draft);
    if (group === undefined) neighbors.push([key, buildAlone(draft, key, activation)]);
    else {
      const definition = groupNamed(group);
      if (definition === undefined)
        reader.find(
          "eos.undefined-peer-group",
          "warning",
          `Neighbor ${key} names the peer group ${group}, which is not there.`,
          draft.line,
        );
      const own = buildGrouped(draft, definition, activation.families);
      if (draft.peer.interface !== undefined && group === ownGroup(draft.peer.interface) && definition !== undefined) {
        groups.delete(group);
        const { peerGroup: _inlined, ...rest } = own;
        neighbors.push([key, { ...definition, ...rest }]);
      } else neighbors.push([key, own]);
    }
  }
  return { neighbors: Object.fromEntries(neighbors), peerGroups: Object.fromEntries(groups) };
}

/** A VRF may say more of a group, in its own families. */
function mergeGroups(lent: PeerDraft | undefined, own: PeerDraft | undefined): PeerDraft | undefined {
  if (lent === undefined || own === undefined) return own ?? lent;
  return {
    line: lent.line,
    peer: { ...lent.peer, ...own.peer },
    general: { ...lent.general, ...own.general },
    families: new Map([...lent.families, ...own.families]),
  };
}

function markPeer(path: string, draft: PeerDraft, reader: Reader): void {
  reader.mark(path, draft.line);
}

/** A filter that takes one AS names it; any other stands for "some other AS". */
function peerAsOf(filter: string, draft: DeviceDraft): NonNullable<BgpPeer["peerAs"]> {
  const accepted = draft.peerFilters.get(filter)?.ranges.filter((range) => range.accept) ?? [];
  const only =
    accepted.length === 1 && accepted[0]?.from === accepted[0]?.to ? parseAsn(accepted[0]?.from ?? 0) : undefined;
  return only ?? "external";
}

/** Every AS that a filter takes, when they are few enough to name. */
export function acceptedAses(filter: string, draft: DeviceDraft): number[] | undefined {
  const ranges = draft.peerFilters.get(filter)?.ranges.filter((range) => range.accept) ?? [];
  if (ranges.length === 0 || ranges.some(({ from, to }) => to - from > 64)) return undefined;
  return ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
}
