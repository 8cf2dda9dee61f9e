import type { BgpPeer, BgpPeerAfiSafi } from "#model/bgp.ts";
import { parseAsn } from "#net/asn.ts";
import type { Row } from "../config-db.ts";
import type { Writable } from "../draft.ts";
import { onlyTrue, textOf, truth, upDown, type FieldValue, type Tables } from "../tables.ts";

/** What a neighbor and its group may say alike. @source sonic-yang-models sonic-bgp-common.yang (sonic-bgp-cmn) */
export function readPeer(row: Row): Writable<BgpPeer> {
  const peer: Writable<BgpPeer> = {};
  const as = row.text("asn");
  const kind = row.text("peer_type");
  const peerAs = as === "external" || as === "internal" ? as : as === undefined ? undefined : parseAsn(as);
  if (as !== undefined && peerAs === undefined) row.refuse("asn");
  if (kind === "external" || kind === "internal") peer.peerAs = kind;
  else if (kind !== undefined) row.refuse("peer_type");
  if (peerAs !== undefined) peer.peerAs = peerAs;
  const localAs = parseAsn(row.text("local_asn") ?? "");
  const [noPrepend, replaceAs] = [row.flag("local_as_no_prepend") ?? false, row.flag("local_as_replace_as") ?? false];
  if (localAs !== undefined) peer.localAs = { as: localAs, noPrepend, replaceAs };
  const description = row.text("name");
  if (description !== undefined && description !== "") peer.description = description;
  const enabled = row.flag("admin_status");
  if (enabled !== undefined) peer.enabled = enabled;
  const source = row.text("local_addr");
  if (source !== undefined && source !== "") peer.updateSource = source;
  const multihop = row.flag("ebgp_multihop");
  const hops = row.number("ebgp_multihop_ttl");
  if (hops !== undefined) peer.ebgpMultihop = hops;
  else if (multihop === true) peer.ebgpMultihop = 255;
  if (row.flag("passive_mode") === true) peer.passive = true;
  if (row.flag("bfd") === true) peer.bfd = true;
  if ((row.text("auth_password") ?? "") !== "") peer.authenticated = true;
  const extended = row.flag("capability_ext_nexthop");
  if (extended !== undefined) peer.capabilityExtendedNextHop = extended;
  row.ignore(
    [
      "keepalive",
      "holdtime",
      "conn_retry",
      "min_adv_interval",
      "shutdown_message",
      "peer_port",
      "tcp_mss",
      "desired_minimum_tx_interval",
      "required_minimum_receive",
      "detection_multiplier",
      "bfd_check_ctrl_plane_failure",
      "bfd_strict_mode",
      "capability_dynamic",
      "solo_peer",
    ],
    "timers and transport; the session is taken as settled",
  );
  return peer;
}

/** `inherits`: what is not said comes from the group. Otherwise FRR's default is written out: every kind of community is sent. */
export function readFamily(row: Row, inherits: boolean): BgpPeerAfiSafi {
  const family: Writable<BgpPeerAfiSafi> = {};
  const enabled = row.flag("admin_status");
  if (enabled !== undefined) family.enabled = enabled;
  else if (!inherits) family.enabled = false;
  const [importPolicy] = row.list("route_map_in") ?? [];
  const [exportPolicy] = row.list("route_map_out") ?? [];
  if (importPolicy !== undefined) family.importPolicy = importPolicy;
  if (exportPolicy !== undefined) family.exportPolicy = exportPolicy;
  const importPrefixSet = row.reference("prefix_list_in");
  const exportPrefixSet = row.reference("prefix_list_out");
  if (importPrefixSet !== undefined) family.importPrefixSet = importPrefixSet;
  if (exportPrefixSet !== undefined) family.exportPrefixSet = exportPrefixSet;
  for (const [field, name] of [
    ["nhself", "nextHopSelf"],
    ["unchanged_nexthop", "nextHopUnchanged"],
    ["rrclient", "routeReflectorClient"],
    ["remove_private_as_enabled", "removePrivateAs"],
    ["as_override", "asOverride"],
    ["send_default_route", "defaultOriginate"],
  ] as const)
    if (row.flag(field) === true) family[name] = true;
  const count = row.number("allow_as_count");
  // FRR allows three without a number. @source https://docs.frrouting.org/en/latest/bgp.html (allowas-in)
  if (row.flag("allow_as_in") === true) family.allowOwnAs = count ?? 3;
  const communities = row.text("send_community");
  if (communities === "standard" || communities === "extended" || communities === "both" || communities === "none")
    family.sendCommunity = communities;
  else if (communities === "all") family.sendCommunity = "both";
  else if (communities !== undefined) row.refuse("send_community");
  else if (!inherits) family.sendCommunity = "both";
  const weight = row.number("weight");
  if (weight !== undefined) family.weight = weight;
  const limit = row.number("max_prefix_limit");
  if (limit !== undefined) family.maximumPrefixes = limit;
  row.ignore(
    [
      "soft_reconfiguration_in",
      "max_prefix_warning_only",
      "max_prefix_warning_threshold",
      "max_prefix_restart_interval",
      "cap_orf",
    ],
    "how routes are kept and counted",
  );
  return family;
}

export function writePeer(peer: BgpPeer, path: readonly string[], out: Tables): Record<string, FieldValue | undefined> {
  const { peerAs, localAs } = peer;
  if (peer.authenticated === true)
    out.cannot(
      "secret",
      [...path, "authenticated"],
      "Heddle keeps no passwords: set the session's on the device, where it stays.",
      "info",
    );
  return {
    asn: typeof peerAs === "number" ? String(peerAs) : undefined,
    peer_type: typeof peerAs === "string" ? peerAs : undefined,
    local_asn: textOf(localAs?.as),
    local_as_no_prepend: localAs === undefined ? undefined : truth(localAs.noPrepend),
    local_as_replace_as: localAs === undefined ? undefined : truth(localAs.replaceAs),
    name: peer.description,
    admin_status: peer.enabled === undefined ? undefined : upDown(peer.enabled),
    local_addr: peer.updateSource,
    ebgp_multihop: peer.ebgpMultihop === undefined ? undefined : truth(true),
    ebgp_multihop_ttl: textOf(peer.ebgpMultihop),
    passive_mode: onlyTrue(peer.passive),
    bfd: onlyTrue(peer.bfd),
    capability_ext_nexthop:
      peer.capabilityExtendedNextHop === undefined ? undefined : truth(peer.capabilityExtendedNextHop),
  };
}

export const writeFamily = (family: BgpPeerAfiSafi): Record<string, FieldValue | undefined> => ({
  admin_status: family.enabled === undefined ? undefined : upDown(family.enabled),
  route_map_in: family.importPolicy === undefined ? undefined : [family.importPolicy],
  route_map_out: family.exportPolicy === undefined ? undefined : [family.exportPolicy],
  prefix_list_in: family.importPrefixSet,
  prefix_list_out: family.exportPrefixSet,
  nhself: onlyTrue(family.nextHopSelf),
  unchanged_nexthop: onlyTrue(family.nextHopUnchanged),
  rrclient: onlyTrue(family.routeReflectorClient),
  remove_private_as_enabled: onlyTrue(family.removePrivateAs),
  as_override: onlyTrue(family.asOverride),
  send_default_route: onlyTrue(family.defaultOriginate),
  allow_as_in: family.allowOwnAs === undefined ? undefined : truth(true),
  allow_as_count: textOf(family.allowOwnAs),
  send_community: family.sendCommunity,
  weight: textOf(family.weight),
  max_prefix_limit: textOf(family.maximumPrefixes),
});
