import type { BgpPeerAfiSafi } from "#model/bgp.ts";
import type { NosName } from "#model/device-config.ts";
import type { SourceProtocol } from "#model/routing-policy.ts";
import { type Attributes, type AttributeTable, type AttributeValues, intern } from "./attributes.ts";
import type { Edge, Path, PrefixClass, Transferred } from "./bgp-model.ts";
import type { PrefixKey } from "./numbers.ts";
import { applyPolicy, inPrefixSet, type PolicyRoute, type Verdict } from "./policy.ts";
import type { BoundEnd } from "./speakers.ts";

const protocols: readonly SourceProtocol[] = ["connected", "static", "bgp", "ospf", "kernel", "local"];

/** What the far end of a session holds of a path: the sender's export, then the receiver's import. */
export function transfer(edge: Edge, path: Path, prefixClass: PrefixClass, table: AttributeTable): Transferred {
  const kind = learnedAs(path);
  const key = (path.attributes.id * 8 + kind) * 8 + protocols.indexOf(path.protocol);
  let memo = edge.memo;
  if (edge.readsPrefix) {
    const byPrefix = edge.memoByPrefix.get(prefixClass.number);
    memo = byPrefix ?? new Map<number, Transferred>();
    if (byPrefix === undefined) edge.memoByPrefix.set(prefixClass.number, memo);
  }
  const known = memo.get(key);
  if (known !== undefined) return known;
  const sent = exportOver(edge, path, kind, prefixClass.prefix);
  const result =
    typeof sent === "string" ? refused(sent) : importOver(edge, sent, prefixClass.prefix, path.protocol, table);
  memo.set(key, result);
  return result;
}

const refused = (reason: string): Transferred => ({ attributes: undefined, weight: 0, reason });

/** 0 local, 1 eBGP, 2 iBGP from a client, 3 iBGP from others, 4 taken over inside the device. */
function learnedAs(path: Path): number {
  if (path.source === "local") return 0;
  if (path.source !== "session" || path.edge === undefined) return 4;
  if (path.ebgp) return 1;
  return path.edge.imports.routeReflectorClient === true ? 2 : 3;
}

function exportOver(edge: Edge, path: Path, kind: number, prefix: PrefixKey): AttributeValues | string {
  const { sender, exports, ebgp } = edge;
  let attributes: AttributeValues = path.attributes;
  if (attributes.communities.includes("no-advertise")) return "community no-advertise";
  if (ebgp && attributes.communities.some((each) => each === "no-export" || each === "local-as"))
    return "community no-export";
  const reflected = !ebgp && (kind === 2 || kind === 3);
  if (reflected && kind === 3 && exports.routeReflectorClient !== true)
    return "learned over iBGP, and neither side is a route reflector client (RFC 4456)";
  if (prefix === 0 && exports.defaultOriginate) return "default-originate stands in its place";
  if (exports.exportPrefixSet !== undefined && !passesSet(sender, exports.exportPrefixSet, prefix))
    return `${sender.speaker.device.name} prefix list ${exports.exportPrefixSet} out`;
  const changed = outgoing(edge, attributes, reflected);
  const verdict = runPolicy(sender, exports.exportPolicy, { ...routeOf(path, prefix), attributes: changed });
  if (verdict?.accepted === false) return `${sender.speaker.device.name} ${verdict.decidedBy} out`;
  if (ebgp && verdict === undefined && exports.exportPrefixSet === undefined && sender.speaker.bgp.ebgpRequiresPolicy)
    return `${sender.speaker.device.name} has no export policy (RFC 8212)`;
  attributes = verdict?.attributes ?? changed;
  const touched = attributes.nextHop !== changed.nextHop;
  const nextHop = touched ? attributes.nextHop : nextHopOf(edge, path, reflected, verdict?.nextHop);
  return {
    ...attributes,
    nextHop,
    ...communitiesSent(exports, sender.speaker.device.config.nos, attributes),
  };
}

const routeOf = (path: Path, prefix: PrefixKey): Omit<PolicyRoute, "attributes"> => ({
  prefix,
  protocol: path.protocol,
  weight: path.weight,
});

/** The attributes an UPDATE carries before the export policy speaks. */
function outgoing(edge: Edge, attributes: AttributeValues, reflected: boolean): AttributeValues {
  const { sender, exports } = edge;
  const { bgp } = sender.speaker;
  if (!edge.ebgp) {
    if (!reflected) return attributes;
    return {
      ...attributes,
      // RFC 4456 §8
      originator: attributes.originator,
      clusters: [sender.speaker.clusterId, ...attributes.clusters],
    };
  }
  let asPath = attributes.asPath;
  if (exports.removePrivateAs) asPath = asPath.filter((as) => !isPrivateAs(as));
  if (exports.asOverride) asPath = asPath.map((as) => (as === edge.receiver.as ? sender.as : as));
  const local = sender.peer.localAs;
  const front = local === undefined ? [bgp.as] : local.replaceAs ? [local.as] : [local.as, bgp.as];
  return {
    ...attributes,
    asPath: [...front, ...asPath],
    localPref: 100,
    // RFC 4271 §5.1.4: a MED from one neighbouring AS goes to no other.
    med: attributes.asPath.length === 0 ? attributes.med : undefined,
    originator: 0,
    clusters: [],
  };
}

const isPrivateAs = (as: number): boolean => (as >= 64512 && as <= 65534) || (as >= 4200000000 && as <= 4294967294);

/** NX-OS rewrites EVPN next hops over eBGP unless told not to; the others leave the tunnel end point alone. @source facts/drivers.md §4; FRR EVPN guide; AVD and netlab EOS spines */
const rewritesEvpnNextHop: ReadonlySet<NosName> = new Set(["nxos"]);

function nextHopOf(edge: Edge, path: Path, reflected: boolean, wanted: Verdict["nextHop"]): number {
  const { exports, sender } = edge;
  const carried = path.attributes.nextHop;
  const self = edge.senderAddress;
  if (wanted === "self") return self;
  if (wanted === "unchanged") return carried;
  if (carried === 0) return self;
  if (edge.family === "l2vpn-evpn") {
    // Own tunnel end points are what the route is about: never rewritten.
    if (path.source !== "session" || exports.nextHopUnchanged) return carried;
    if (exports.nextHopSelf && !reflected) return self;
    return edge.ebgp && rewritesEvpnNextHop.has(sender.speaker.device.config.nos) ? self : carried;
  }
  if (edge.ebgp) return exports.nextHopUnchanged ? carried : self;
  // RFC 4456 §10: a reflector leaves the next hop alone.
  if (path.source === "session" && !reflected && exports.nextHopSelf) return self;
  return path.source === "session" ? carried : self;
}

function communitiesSent(
  exports: BgpPeerAfiSafi,
  nos: NosName,
  attributes: AttributeValues,
): Pick<AttributeValues, "communities" | "extCommunities"> {
  // FRR sends both unless told otherwise, the others none.
  const send = exports.sendCommunity ?? (nos === "frr" || nos === "nvue" || nos === "sonic" ? "both" : "none");
  return {
    communities: send === "both" || send === "standard" ? attributes.communities : [],
    extCommunities: send === "both" || send === "extended" ? attributes.extCommunities : [],
  };
}

function importOver(
  edge: Edge,
  sent: AttributeValues,
  prefix: PrefixKey,
  protocol: SourceProtocol,
  table: AttributeTable,
): Transferred {
  const { receiver, imports, ebgp } = edge;
  const { speaker } = receiver;
  const name = speaker.device.name;
  const local = receiver.peer.localAs;
  const asPath = ebgp && local !== undefined && !local.noPrepend ? [local.as, ...sent.asPath] : sent.asPath;
  const loops = asPath.filter((as) => as === speaker.bgp.as).length;
  if (loops > (imports.allowOwnAs ?? 0)) return refused(`${name} finds its own AS ${speaker.bgp.as} in the path`);
  const originator = ebgp ? 0 : sent.originator || (sent.clusters.length > 0 ? sent.originator : 0);
  if (!ebgp && originator !== 0 && originator === speaker.routerId) return refused(`${name} is the originator`);
  if (!ebgp && sent.clusters.includes(speaker.clusterId)) return refused(`${name} finds its own cluster in the list`);
  if (imports.importPrefixSet !== undefined && !passesSet(receiver, imports.importPrefixSet, prefix))
    return refused(`${name} prefix list ${imports.importPrefixSet} in`);
  const arriving: AttributeValues = { ...sent, asPath, originator };
  const verdict = runPolicy(receiver, imports.importPolicy, {
    prefix,
    protocol: "bgp",
    attributes: arriving,
    weight: imports.weight ?? 0,
    peer: edge.senderAddress,
    ...(edge.receiverL3 === undefined ? {} : { interface: edge.receiverL3.name }),
  });
  if (verdict?.accepted === false) return refused(`${name} ${verdict.decidedBy} in`);
  if (ebgp && verdict === undefined && imports.importPrefixSet === undefined && speaker.bgp.ebgpRequiresPolicy)
    return refused(`${name} has no import policy (RFC 8212)`);
  const attributes = verdict?.attributes ?? arriving;
  const nextHop = verdict?.nextHop === "peer" || verdict?.nextHop === "self" ? edge.senderAddress : attributes.nextHop;
  void protocol;
  return {
    attributes: intern(table, { ...attributes, nextHop }),
    weight: verdict?.weight ?? imports.weight ?? 0,
    reason: verdict?.decidedBy ?? "",
  };
}

function runPolicy(end: BoundEnd, name: string | undefined, route: PolicyRoute): Verdict | undefined {
  return name === undefined ? undefined : applyPolicy(end.speaker.device.config, name, route);
}

function passesSet(end: BoundEnd, name: string, prefix: PrefixKey): boolean {
  const sets = end.speaker.device.config.routingPolicy.prefixSets;
  return inPrefixSet(Object.hasOwn(sets, name) ? sets[name] : undefined, prefix);
}

/** The originator a reflector writes: the router id of whoever sent it the route, unless one stands there already. */
export const originatorOf = (attributes: Attributes, edge: Edge): number =>
  attributes.originator === 0 ? edge.sender.speaker.routerId : attributes.originator;
