import type { AfiSafi, BgpPeer, BgpPeerAfiSafi } from "#model/bgp.ts";
import { parseAsn } from "#net/asn.ts";
import { compact, report, type Reading } from "../reading.ts";
import { at, flagAt, ignore, numberAt, textAt, use, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";

const families = ["ipv4-unicast", "ipv6-unicast", "l2vpn-evpn"] as const satisfies readonly AfiSafi[];

/**
 * What a neighbor or group says. One that inherits from nobody has the defaults written out: up, IPv4 active, other
 * families not, all communities sent.
 *
 * @source Cumulus Linux NVUE reference "BGP": `address-family ipv4-unicast` is on by default, the others off;
 *   FRR sends standard, extended and large communities unless told otherwise
 */
export function readPeer(reading: Reading, node: ConfigNode, defaults: boolean): BgpPeer {
  if (node.children.size === 0) use(node);
  const shutdown = flagAt(node, "shutdown") === true || flagAt(node, "state") === false;
  const stated = at(node, "shutdown") !== undefined || at(node, "state") !== undefined;
  const password = at(node, "password");
  if (password !== undefined) use(password);
  return compact<BgpPeer>({
    peerAs: readPeerAs(reading, node),
    localAs: readLocalAs(node),
    description: textAt(node, "description"),
    enabled: defaults || stated ? !shutdown : undefined,
    updateSource: textAt(node, "update-source"),
    ebgpMultihop: readMultihop(node),
    passive: flagAt(node, "passive-mode"),
    bfd: readBfd(node),
    authenticated: password === undefined ? undefined : true,
    capabilityExtendedNextHop: flagAt(node, "capabilities", "extended-nexthop"),
    afiSafis: readPeerFamilies(node, defaults),
  });
}

function readPeerAs(reading: Reading, node: ConfigNode): BgpPeer["peerAs"] {
  const text = textAt(node, "remote-as");
  if (text === undefined || text === "external" || text === "internal") return text;
  const as = parseAsn(text);
  if (as === undefined && text !== "none")
    report(reading, at(node, "remote-as") ?? node, "nvue.bad-value", `${text.slice(0, 40)} is no AS number.`, {
      severity: "error",
    });
  return as;
}

function readLocalAs(node: ConfigNode): BgpPeer["localAs"] {
  const own = at(node, "local-as");
  const as = parseAsn(textAt(own, "asn") ?? "");
  // @source Cumulus Linux NVUE reference, `neighbor <id> local-as`: `prepend` on and `replace` off by default
  const noPrepend = flagAt(own, "prepend") === false;
  const replaceAs = flagAt(own, "replace") === true;
  if (as === undefined || flagAt(own, "state") === false) return undefined;
  return { as, noPrepend, replaceAs };
}

function readMultihop(node: ConfigNode): number | undefined {
  ignore(at(node, "ttl-security"), "drops forged packets; changes no route");
  return numberAt(node, "multihop-ttl");
}

function readBfd(node: ConfigNode): boolean | undefined {
  const bfd = at(node, "bfd");
  if (bfd === undefined) return undefined;
  const on = flagAt(bfd, "state");
  ignore(bfd, "how fast BFD notices, not whether it runs");
  // `bfd profile overlay` switches it on too. @source Cumulus Linux NVUE reference "BFD"
  return on ?? (at(bfd, "profile") === undefined ? undefined : true);
}

function readPeerFamilies(node: ConfigNode, defaults: boolean): BgpPeer["afiSafis"] {
  const read: Partial<Record<AfiSafi, BgpPeerAfiSafi>> = {};
  for (const name of families) {
    const family = at(node, "address-family", name);
    if (family === undefined && !(defaults && name === "ipv4-unicast")) continue;
    if (family?.children.size === 0) use(family);
    read[name] = readPeerFamily(name, family, defaults);
  }
  return Object.keys(read).length === 0 ? undefined : read;
}

function readPeerFamily(name: AfiSafi, node: ConfigNode | undefined, defaults: boolean): BgpPeerAfiSafi {
  ignore(at(node, "soft-reconfiguration"), "keeps received routes in memory; changes none");
  const nextHop = textAt(node, "nexthop-setting");
  const ownAs = at(node, "aspath", "allow-my-asn");
  const ownAsOn = flagAt(ownAs, "state") ?? ownAs !== undefined;
  const occurrences = numberAt(ownAs, "occurrences");
  const privateAs = textAt(node, "aspath", "private-as");
  const originate = at(node, "default-route-origination");
  return compact<BgpPeerAfiSafi>({
    enabled: flagAt(node, "state") ?? (defaults ? name === "ipv4-unicast" : undefined),
    importPolicy: textAt(node, "policy", "inbound", "route-map"),
    exportPolicy: textAt(node, "policy", "outbound", "route-map"),
    importPrefixSet: textAt(node, "policy", "inbound", "prefix-list"),
    exportPrefixSet: textAt(node, "policy", "outbound", "prefix-list"),
    nextHopSelf: nextHop === "self" || nextHop === "force" ? true : undefined,
    nextHopUnchanged: flagAt(node, "attribute-mod", "nexthop"),
    routeReflectorClient: flagAt(node, "route-reflector-client"),
    // @source Cumulus Linux NVUE reference: `allow-my-asn occurrences` is 3 by default
    allowOwnAs: ownAsOn ? (occurrences ?? 3) : undefined,
    removePrivateAs: privateAs === undefined ? undefined : privateAs !== "none",
    asOverride: flagAt(node, "aspath", "replace-peer-as"),
    sendCommunity: readCommunities(node) ?? (defaults ? "both" : undefined),
    defaultOriginate: originate === undefined ? undefined : (flagAt(originate, "state") ?? flagAt(originate) ?? true),
    weight: numberAt(node, "weight"),
    maximumPrefixes: numberAt(node, "prefix-limits", "inbound", "maximum"),
  });
}

function readCommunities(node: ConfigNode | undefined): BgpPeerAfiSafi["sendCommunity"] {
  const said = at(node, "community-advertise");
  if (said === undefined) return undefined;
  const regular = flagAt(said, "regular") ?? true;
  const extended = flagAt(said, "extended") ?? true;
  ignore(at(said, "large"), "large communities are not modelled");
  return regular ? (extended ? "both" : "standard") : extended ? "extended" : "none";
}

/** `defaults`: nobody is inherited from, so that what is off must be said. */
export function writePeer(writing: Writing, path: readonly string[], peer: BgpPeer, defaults: boolean): void {
  putIf(writing, [...path, "remote-as"], peer.peerAs);
  putIf(writing, [...path, "description"], peer.description);
  if (peer.enabled === false || (peer.enabled === true && !defaults))
    put(writing, [...path, "shutdown"], !peer.enabled);
  putIf(writing, [...path, "update-source"], peer.updateSource);
  putIf(writing, [...path, "multihop-ttl"], peer.ebgpMultihop);
  putIf(writing, [...path, "passive-mode"], peer.passive);
  if (peer.bfd !== undefined) put(writing, [...path, "bfd", "state"], peer.bfd);
  putIf(writing, [...path, "capabilities", "extended-nexthop"], peer.capabilityExtendedNextHop);
  if (peer.localAs !== undefined) {
    put(writing, [...path, "local-as", "state"], true);
    put(writing, [...path, "local-as", "asn"], peer.localAs.as);
    put(writing, [...path, "local-as", "prepend"], !peer.localAs.noPrepend);
    put(writing, [...path, "local-as", "replace"], peer.localAs.replaceAs);
  }
  if (peer.authenticated === true)
    unsupported(
      writing,
      path.slice(-2).join(" "),
      "A password is set on the session; its value was never kept, so it can't be written.",
      "Set it on the device.",
    );
  for (const name of families) {
    const family = peer.afiSafis?.[name];
    if (family !== undefined) writePeerFamily(writing, [...path, "address-family", name], family);
    else if (defaults && name === "ipv4-unicast") put(writing, [...path, "address-family", name, "state"], false);
  }
}

function writePeerFamily(writing: Writing, path: readonly string[], family: BgpPeerAfiSafi): void {
  put(writing, path);
  putIf(writing, [...path, "state"], family.enabled);
  putIf(writing, [...path, "policy", "inbound", "route-map"], family.importPolicy);
  putIf(writing, [...path, "policy", "outbound", "route-map"], family.exportPolicy);
  putIf(writing, [...path, "policy", "inbound", "prefix-list"], family.importPrefixSet);
  putIf(writing, [...path, "policy", "outbound", "prefix-list"], family.exportPrefixSet);
  if (family.nextHopSelf === true) put(writing, [...path, "nexthop-setting"], "self");
  putIf(writing, [...path, "attribute-mod", "nexthop"], family.nextHopUnchanged);
  putIf(writing, [...path, "route-reflector-client"], family.routeReflectorClient);
  if (family.allowOwnAs !== undefined) {
    put(writing, [...path, "aspath", "allow-my-asn", "state"], true);
    put(writing, [...path, "aspath", "allow-my-asn", "occurrences"], family.allowOwnAs);
  }
  if (family.removePrivateAs !== undefined)
    put(writing, [...path, "aspath", "private-as"], family.removePrivateAs ? "remove" : "none");
  putIf(writing, [...path, "aspath", "replace-peer-as"], family.asOverride);
  if (family.sendCommunity !== undefined) {
    const { sendCommunity } = family;
    put(writing, [...path, "community-advertise", "regular"], sendCommunity === "both" || sendCommunity === "standard");
    put(
      writing,
      [...path, "community-advertise", "extended"],
      sendCommunity === "both" || sendCommunity === "extended",
    );
  }
  if (family.defaultOriginate !== undefined)
    put(writing, [...path, "default-route-origination", "state"], family.defaultOriginate);
  putIf(writing, [...path, "weight"], family.weight);
  putIf(writing, [...path, "prefix-limits", "inbound", "maximum"], family.maximumPrefixes);
}
