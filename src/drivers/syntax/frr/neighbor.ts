import type { AfiSafi, BgpNeighbor, BgpPeer, BgpPeerAfiSafi } from "#model/bgp.ts";
import { parseAsn } from "#net/asn.ts";
import { parseIpAddress } from "#net/ip.ts";
import { ignore, type FrrBlock } from "./blocks.ts";
import type { Reading, Writable } from "./reading.ts";

export interface PeerDraft {
  isGroup: boolean;
  readonly fields: Writable<Omit<BgpNeighbor, "afiSafis">>;
  readonly afiSafis: Map<AfiSafi, FamilyDraft>;
}

interface FamilyDraft {
  readonly fields: Writable<BgpPeerAfiSafi>;
  /** Communities that are sent, once a line spoke of them. FRR sends all until told otherwise. */
  communities?: { standard: boolean; extended: boolean };
}

const newPeer = (isGroup: boolean): PeerDraft => ({ isGroup, fields: {}, afiSafis: new Map() });

const keyOf = (name: string): string => parseIpAddress(name) ?? name;

function peerOf(peers: Map<string, PeerDraft>, name: string): PeerDraft {
  const key = keyOf(name);
  const known = peers.get(key) ?? newPeer(false);
  peers.set(key, known);
  return known;
}

const transport = new Set([
  "timers",
  "advertisement-interval",
  "port",
  "dont-capability-negotiate",
  "override-capability",
  "strict-capability-match",
  "solo",
  "disable-connected-check",
  "enforce-first-as",
  "enforce-multihop",
  "graceful-restart",
  "graceful-restart-helper",
  "graceful-restart-disable",
  "tcp-mss",
  "sender-as-path-loop-detection",
  "path-attribute",
  "oad",
  "extended-link-bandwidth",
  "bfd-profile",
  "graceful-shutdown",
  "ip-transparent",
]);

/** One `neighbor X …` line of the session. False: not understood. */
export function readNeighborLine(
  reading: Reading,
  vrf: string,
  peers: Map<string, PeerDraft>,
  words: readonly string[],
  no: boolean,
  line: FrrBlock,
): boolean {
  const [, name = "", what = "", ...rest] = words;
  if (name === "" || what === "") return false;
  if (transport.has(what)) {
    ignore(line, "timers and transport; the session is taken as settled");
    return false;
  }
  if (no && what !== "shutdown" && what !== "passive" && what !== "bfd" && what !== "capability") return false;
  const peer = peerOf(peers, name);
  const { fields } = peer;
  const understood = readSession(peer, what, rest, no);
  if (!understood) return false;
  const group = peer.isGroup ? "peerGroups" : "neighbors";
  reading.mark(line, "instances", vrf, "bgp", group, keyOf(name));
  if (fields.interface === "") fields.interface = name;
  return true;
}

function readSession(peer: PeerDraft, what: string, rest: readonly string[], no: boolean): boolean {
  const { fields } = peer;
  const [value] = rest;
  switch (what) {
    case "interface":
      fields.interface = "";
      return readInterfacePeer(peer, rest);
    case "peer-group":
      if (value === undefined) peer.isGroup = true;
      else fields.peerGroup = value;
      return true;
    case "remote-as":
      return setPeerAs(peer, value);
    case "description":
      fields.description = rest.join(" ");
      return true;
    case "update-source":
      if (value !== undefined) fields.updateSource = value;
      return value !== undefined;
    case "ebgp-multihop":
      fields.ebgpMultihop = value === undefined ? 255 : Number(value);
      return value === undefined || /^\d{1,3}$/.test(value);
    case "ttl-security":
      // RFC 5082: the peer must be within so many hops, which then may be crossed.
      fields.ebgpMultihop = Number(rest[1]);
      return value === "hops" && /^\d{1,3}$/.test(rest[1] ?? "");
    case "shutdown":
      fields.enabled = no;
      return true;
    case "passive":
      fields.passive = !no;
      return true;
    case "bfd":
      fields.bfd = !no;
      return true;
    case "password":
      fields.authenticated = true;
      return true;
    case "capability":
      if (value !== "extended-nexthop") return value === "dynamic";
      fields.capabilityExtendedNextHop = !no;
      return true;
    case "local-as":
      return setLocalAs(peer, rest);
    default:
      return false;
  }
}

/** `neighbor swp1 interface [v6only] [remote-as external|peer-group G]`. */
function readInterfacePeer(peer: PeerDraft, rest: readonly string[]): boolean {
  const words = rest.filter((word) => word !== "v6only");
  if (words.length === 0) return true;
  if (words[0] === "remote-as") return setPeerAs(peer, words[1]);
  if (words[0] !== "peer-group" || words[1] === undefined) return false;
  peer.fields.peerGroup = words[1];
  return true;
}

function setPeerAs({ fields }: PeerDraft, text: string | undefined): boolean {
  const as = text === "external" || text === "internal" ? text : text === undefined ? undefined : parseAsn(text);
  if (as !== undefined) fields.peerAs = as;
  return as !== undefined;
}

function setLocalAs({ fields }: PeerDraft, [text = "", ...flags]: readonly string[]): boolean {
  const as = parseAsn(text);
  if (as !== undefined)
    fields.localAs = { as, noPrepend: flags.includes("no-prepend"), replaceAs: flags.includes("replace-as") };
  return as !== undefined;
}

/** One `neighbor X …` line of an address family. False: not understood. */
export function readNeighborFamilyLine(
  reading: Reading,
  vrf: string,
  peers: Map<string, PeerDraft>,
  afiSafi: AfiSafi,
  words: readonly string[],
  no: boolean,
  line: FrrBlock,
): boolean {
  const [, name = "", what = "", ...rest] = words;
  if (
    what === "soft-reconfiguration" ||
    what.startsWith("addpath") ||
    what === "disable-addpath-rx" ||
    what === "maximum-prefix-out"
  ) {
    ignore(line, "how routes are kept and told; the best ones are the same");
    return false;
  }
  const peer = peerOf(peers, name);
  const known = peer.afiSafis.get(afiSafi) ?? { fields: {} };
  peer.afiSafis.set(afiSafi, known);
  if (!readFamilyWord(known, what, rest, no)) return false;
  reading.mark(
    line,
    "instances",
    vrf,
    "bgp",
    peer.isGroup ? "peerGroups" : "neighbors",
    keyOf(name),
    "afiSafis",
    afiSafi,
  );
  return true;
}

const flags = {
  "next-hop-self": "nextHopSelf",
  "route-reflector-client": "routeReflectorClient",
  "as-override": "asOverride",
  "remove-private-AS": "removePrivateAs",
} as const;

function readFamilyWord(family: FamilyDraft, what: string, rest: readonly string[], no: boolean): boolean {
  const { fields } = family;
  const [value, way] = rest;
  if (what === "activate") {
    fields.enabled = !no;
    return true;
  }
  if (what === "send-community") return setCommunities(family, value, !no);
  if (no) return false;
  if (Object.hasOwn(flags, what)) {
    fields[flags[what as keyof typeof flags]] = true; // one of its own keys
    return true;
  }
  switch (what) {
    case "route-map":
    case "prefix-list": {
      if (value === undefined || (way !== "in" && way !== "out")) return false;
      const kind = what === "route-map" ? "Policy" : "PrefixSet";
      fields[`${way === "in" ? "import" : "export"}${kind}`] = value;
      return true;
    }
    case "attribute-unchanged":
      // Without a word it is all three: AS path and MED too, which nothing of ours would change.
      if (value !== undefined && !rest.includes("next-hop")) return false;
      fields.nextHopUnchanged = true;
      return rest.every((word) => word === "next-hop" || word === "as-path" || word === "med");
    case "allowas-in":
      if (value === "origin") return false;
      fields.allowOwnAs = value === undefined ? 3 : Number(value);
      return value === undefined || /^\d{1,2}$/.test(value);
    case "default-originate":
      fields.defaultOriginate = true;
      return value === undefined;
    case "weight":
      fields.weight = Number(value);
      return /^\d{1,5}$/.test(value ?? "");
    case "maximum-prefix":
      fields.maximumPrefixes = Number(value);
      return /^\d{1,10}$/.test(value ?? "");
    default:
      return false;
  }
}

function setCommunities(family: FamilyDraft, which: string | undefined, on: boolean): boolean {
  const now = family.communities ?? { standard: true, extended: true };
  const all = which === "both" || which === "all";
  if (which === undefined || which === "standard" || all) now.standard = on;
  if (which === "extended" || all) now.extended = on;
  family.communities = now;
  return which === undefined || which === "standard" || which === "extended" || which === "large" || all;
}

const communityWord = ({
  standard,
  extended,
}: {
  standard: boolean;
  extended: boolean;
}): NonNullable<BgpPeerAfiSafi["sendCommunity"]> =>
  standard && extended ? "both" : standard ? "standard" : extended ? "extended" : "none";

/** Defaults are written out where nothing is inherited: IPv4 is on unless switched off, every community is sent. */
export function finishPeer(peer: PeerDraft, defaultIpv4: boolean): BgpNeighbor {
  const inherits = peer.fields.peerGroup !== undefined;
  const families = new Map(peer.afiSafis);
  if (!inherits && defaultIpv4 && !families.has("ipv4-unicast")) families.set("ipv4-unicast", { fields: {} });
  const afiSafis = [...families].map(([afiSafi, { fields, communities }]) => {
    const enabled = fields.enabled ?? (inherits ? undefined : afiSafi === "ipv4-unicast" && defaultIpv4);
    const sendCommunity =
      communities === undefined ? (inherits ? undefined : ("both" as const)) : communityWord(communities);
    return [
      afiSafi,
      {
        ...fields,
        ...(enabled === undefined ? {} : { enabled }),
        ...(sendCommunity === undefined ? {} : { sendCommunity }),
      },
    ] as const;
  });
  const enabled = peer.fields.enabled ?? (inherits ? undefined : true);
  return {
    ...peer.fields,
    ...(enabled === undefined ? {} : { enabled }),
    ...(afiSafis.length === 0 ? {} : { afiSafis: Object.fromEntries(afiSafis) }),
  };
}

export function writeNeighbor(name: string, peer: BgpNeighbor & BgpPeer, isGroup: boolean): string[] {
  const lines: string[] = [];
  const put = (text: string | false | undefined): void => void (text && lines.push(`neighbor ${name} ${text}`));
  if (isGroup) put("peer-group");
  else if (peer.interface !== undefined) put("interface");
  put(peer.peerAs !== undefined && `remote-as ${peer.peerAs}`);
  put(peer.peerGroup !== undefined && `peer-group ${peer.peerGroup}`);
  put(
    peer.localAs &&
      `local-as ${peer.localAs.as}${peer.localAs.noPrepend ? " no-prepend" : ""}${peer.localAs.replaceAs ? " replace-as" : ""}`,
  );
  put(peer.description !== undefined && `description ${peer.description}`);
  put(peer.enabled === false && "shutdown");
  put(peer.bfd === true && "bfd");
  put(peer.passive === true && "passive");
  put(peer.ebgpMultihop !== undefined && `ebgp-multihop ${peer.ebgpMultihop}`);
  put(peer.updateSource !== undefined && `update-source ${peer.updateSource}`);
  put(peer.capabilityExtendedNextHop === true && "capability extended-nexthop");
  if (peer.capabilityExtendedNextHop === false) lines.push(`no neighbor ${name} capability extended-nexthop`);
  return lines;
}

export function writeNeighborFamily(name: string, family: BgpPeerAfiSafi | undefined): string[] {
  if (family === undefined) return [];
  const lines: string[] = [];
  const put = (text: string | false | undefined): void => void (text && lines.push(`neighbor ${name} ${text}`));
  const un = (text: string): void => void lines.push(`no neighbor ${name} ${text}`);
  if (family.enabled === true) put("activate");
  else if (family.enabled === false) un("activate");
  put(family.weight !== undefined && `weight ${family.weight}`);
  put(family.nextHopSelf === true && "next-hop-self");
  put(family.nextHopUnchanged === true && "attribute-unchanged next-hop");
  put(family.routeReflectorClient === true && "route-reflector-client");
  put(family.removePrivateAs === true && "remove-private-AS");
  put(family.asOverride === true && "as-override");
  put(family.defaultOriginate === true && "default-originate");
  put(family.allowOwnAs !== undefined && `allowas-in ${family.allowOwnAs}`);
  put(family.maximumPrefixes !== undefined && `maximum-prefix ${family.maximumPrefixes}`);
  put(family.importPrefixSet !== undefined && `prefix-list ${family.importPrefixSet} in`);
  put(family.exportPrefixSet !== undefined && `prefix-list ${family.exportPrefixSet} out`);
  put(family.importPolicy !== undefined && `route-map ${family.importPolicy} in`);
  put(family.exportPolicy !== undefined && `route-map ${family.exportPolicy} out`);
  const { sendCommunity } = family;
  if (sendCommunity === "none") un("send-community all");
  else if (sendCommunity === "standard") un("send-community extended");
  else if (sendCommunity === "extended") un("send-community");
  else if (sendCommunity === "both") put("send-community both");
  return lines;
}
