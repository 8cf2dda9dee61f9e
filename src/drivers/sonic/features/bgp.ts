import type { AfiSafi, Bgp, BgpAfiSafi, BgpNeighbor, BgpPeer, BgpPeerAfiSafi } from "#model/bgp.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { parseAsn } from "#net/asn.ts";
import { parseIpAddress, parseIpPrefix } from "#net/ip.ts";
import type { ConfigDb, Row } from "../config-db.ts";
import type { Growing } from "../../syntax/frr/reading.ts";
import type { Draft, Writable } from "../draft.ts";
import { afiSafiFromSonic, afiSafiToSonic, isReversibleVrf, vrfFromSonic, vrfToSonic } from "../names.ts";
import { onlyTrue, textOf, truth, type Tables } from "../tables.ts";
import { readFamily, readPeer, writeFamily, writePeer } from "./bgp-peer.ts";

/** SONiC builds FRR for as many equal paths. @source sonic-buildimage goldens `maximum-paths 514` (bgpd.main.conf.j2) */
export const frrMultipath = 514;

type DraftBgp = Omit<Writable<Bgp>, "afiSafis" | "peerGroups" | "neighbors" | "dynamicNeighbors"> & {
  afiSafis: Map<AfiSafi, Growing<BgpAfiSafi>>;
  peerGroups: Map<string, Writable<BgpPeer>>;
  neighbors: Map<string, Writable<BgpNeighbor>>;
  dynamicNeighbors: Bgp["dynamicNeighbors"][number][];
  defaultIpv4: boolean;
};

/**
 * BGP as frrcfgd makes it of the `BGP_GLOBALS` family of tables. Keys begin with the VRF.
 *
 * @source sonic-buildimage src/sonic-frr-mgmt-framework (templates/bgpd, frrcfgd.py), sonic-yang-models sonic-bgp-*.yang
 */
export function readBgp(db: ConfigDb, draft: Draft): void {
  const instances = new Map<string, DraftBgp>();
  for (const row of db.rows("BGP_GLOBALS")) readGlobals(draft, row, instances);
  for (const row of db.rows("BGP_GLOBALS_AF")) readGlobalsFamily(draft, row, instances);
  readNetworks(db, draft, instances);
  const inVrf = (row: Row, parts: number): DraftBgp | undefined => {
    const bgp = row.parts.length === parts ? instances.get(row.parts[0] ?? "") : undefined;
    if (bgp !== undefined) row.use();
    return bgp;
  };
  for (const row of db.rows("BGP_PEER_GROUP")) {
    const name = row.parts[1] ?? "";
    inVrf(row, 2)?.peerGroups.set(name, readPeer(row));
    markBgp(draft, row, "peerGroups", name);
  }
  for (const row of db.rows("BGP_NEIGHBOR")) readNeighbor(draft, row, inVrf(row, 2));
  for (const [table, field] of [
    ["BGP_PEER_GROUP_AF", "peerGroups"],
    ["BGP_NEIGHBOR_AF", "neighbors"],
  ] as const)
    for (const row of db.rows(table)) {
      const bgp = inVrf(row, 3);
      const name = row.parts[1] ?? "";
      const peer = bgp?.[field].get(name);
      const afiSafi = afiSafiFromSonic(row.parts[2] ?? "");
      if (peer === undefined || afiSafi === undefined) continue;
      const inherits = field === "neighbors" && "peerGroup" in peer;
      peer.afiSafis = { ...peer.afiSafis, [afiSafi]: readFamily(row, inherits) };
      markBgp(draft, row, field, name, "afiSafis", afiSafi);
    }
  for (const row of db.rows("BGP_GLOBALS_LISTEN_PREFIX")) {
    const prefix = parseIpPrefix(row.parts[1] ?? "");
    const bgp = prefix === undefined ? undefined : inVrf(row, 2);
    const peerGroup = row.reference("peer_group");
    if (bgp === undefined || prefix === undefined || peerGroup === undefined) continue;
    bgp.dynamicNeighbors.push({ prefix, peerGroup });
    markBgp(draft, row, "dynamicNeighbors", bgp.dynamicNeighbors.length - 1);
  }
  for (const [vrf, bgp] of instances) draft.instance(vrfFromSonic(vrf)).bgp = finishBgp(bgp);
}

const markBgp = (draft: Draft, row: Row, ...path: readonly (string | number)[]): void =>
  draft.mark(row.span, "networkInstances", vrfFromSonic(row.parts[0] ?? ""), "bgp", ...path);

function readGlobals(draft: Draft, row: Row, instances: Map<string, DraftBgp>): void {
  const as = parseAsn(row.text("local_asn") ?? "");
  if (as === undefined) {
    row.refuse("local_asn");
    return;
  }
  row.use();
  markBgp(draft, row);
  const routerId = parseIpAddress(row.text("router_id") ?? "");
  const clusterId = parseIpAddress(row.text("rr_cluster_id") ?? "");
  instances.set(row.key, {
    as,
    ...(routerId === undefined ? {} : { routerId }),
    enabled: true,
    afiSafis: new Map(),
    peerGroups: new Map(),
    neighbors: new Map(),
    dynamicNeighbors: [],
    allowMultipleAs: row.flag("load_balance_mp_relax") ?? false,
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(row.flag("always_compare_med") === true ? { alwaysCompareMed: true } : {}),
    // FRR's own default, unless told: RFC 8212 is in force. @source sonic-buildimage issue 28482, pull request 28543
    ebgpRequiresPolicy: row.flag("ebgp_requires_policy") ?? true,
    ...(row.flag("external_compare_router_id") === true ? { compareRouterId: true } : {}),
    defaultIpv4: row.flag("default_ipv4_unicast") ?? false,
  });
  row.ignore(
    [
      "log_nbr_state_changes",
      "graceful_restart_enable",
      "gr_restart_time",
      "gr_stale_routes_time",
      "gr_preserve_fw_state",
      "keepalive",
      "holdtime",
      "fast_external_failover",
      "coalesce_time",
      "read_quanta",
      "write_quanta",
      "route_map_process_delay",
      "default_show_hostname",
      "default_subgroup_pkt_queue_max",
      "max_delay",
      "establish_wait",
      "max_dynamic_neighbors",
      "suppress_fib_pending",
      "deterministic_med",
      "network_import_check",
    ],
    "timers and restarts; the session is taken as settled",
  );
}

function readGlobalsFamily(draft: Draft, row: Row, instances: Map<string, DraftBgp>): void {
  const bgp = instances.get(row.parts[0] ?? "");
  const afiSafi = afiSafiFromSonic(row.parts[1] ?? "");
  if (bgp === undefined || afiSafi === undefined || row.parts.length !== 2) return;
  row.use();
  // In a VRF this row is its layer-3 service: `readEvpn` has it.
  if (afiSafi === "l2vpn-evpn" && row.parts[0] !== "default") return;
  markBgp(draft, row, "afiSafis", afiSafi);
  const source = row.reference("import_vrf");
  const policy = row.reference("import_vrf_route_map");
  const [external, internal, local] = ["ebgp_route_distance", "ibgp_route_distance", "local_route_distance"].map(
    (field) => row.number(field),
  );
  if (external !== undefined && internal !== undefined && local !== undefined)
    bgp.distance = { external, internal, local };
  bgp.afiSafis.set(afiSafi, {
    ...emptyFamily(row.number("max_ebgp_paths") ?? 0, row.number("max_ibgp_paths") ?? 0),
    importFrom:
      source === undefined
        ? []
        : [{ networkInstance: vrfFromSonic(source), ...(policy === undefined ? {} : { policy }) }],
  });
  const family = bgp.afiSafis.get(afiSafi);
  if (family !== undefined && row.flag("redistribute_connected") === true)
    family.redistribute = [{ protocol: "connected" }];
  row.ignore(
    [
      "route_flap_dampen",
      "route_flap_dampen_half_life",
      "route_flap_dampen_reuse_threshold",
      "route_flap_dampen_suppress_threshold",
      "route_flap_dampen_max_suppress",
      "ibgp_equal_cluster_length",
    ],
    "damping; routes are taken as settled",
  );
}

const emptyFamily = (maximumPathsEbgp: number, maximumPathsIbgp: number): Growing<BgpAfiSafi> => ({
  enabled: true,
  maximumPathsEbgp,
  maximumPathsIbgp,
  networks: [],
  aggregates: [],
  redistribute: [],
  importFrom: [],
});

function readNetworks(db: ConfigDb, draft: Draft, instances: ReadonlyMap<string, DraftBgp>): void {
  const familyOf = (row: Row, name: string): Growing<BgpAfiSafi> | undefined => {
    const bgp = instances.get(row.parts[0] ?? "");
    const afiSafi = afiSafiFromSonic(name);
    if (bgp === undefined || afiSafi === undefined) return undefined;
    const known = bgp.afiSafis.get(afiSafi) ?? emptyFamily(0, 0);
    bgp.afiSafis.set(afiSafi, known);
    row.use();
    return known;
  };
  for (const row of db.rows("BGP_GLOBALS_AF_NETWORK")) {
    const prefix = parseIpPrefix(row.parts[2] ?? "");
    const family = prefix === undefined || row.parts.length !== 3 ? undefined : familyOf(row, row.parts[1] ?? "");
    if (family === undefined || prefix === undefined) continue;
    const policy = row.reference("policy");
    markBgp(draft, row, "afiSafis", afiSafiFromSonic(row.parts[1] ?? "") ?? "", "networks", family.networks.length);
    family.networks.push({ prefix, ...(policy === undefined ? {} : { policy }) });
  }
  for (const row of db.rows("BGP_GLOBALS_AF_AGGREGATE_ADDR")) {
    const prefix = parseIpPrefix(row.parts[2] ?? "");
    const family = prefix === undefined || row.parts.length !== 3 ? undefined : familyOf(row, row.parts[1] ?? "");
    if (family === undefined || prefix === undefined) continue;
    const policy = row.reference("policy");
    const aggregate = { prefix, summaryOnly: row.flag("summary_only") ?? false, asSet: row.flag("as_set") ?? false };
    family.aggregates.push({ ...aggregate, ...(policy === undefined ? {} : { policy }) });
  }
  for (const row of db.rows("ROUTE_REDISTRIBUTE")) {
    const [, protocol = "", to, family = ""] = row.parts;
    const known =
      row.parts.length === 4 && to === "bgp"
        ? ({ connected: "connected", static: "static", ospf: "ospf", kernel: "kernel" } as const)[protocol]
        : undefined;
    const into = known === undefined ? undefined : familyOf(row, `${family}_unicast`);
    if (into === undefined || known === undefined) continue;
    const policy = row.list("route_map")?.[0];
    markBgp(
      draft,
      row,
      "afiSafis",
      family === "ipv6" ? "ipv6-unicast" : "ipv4-unicast",
      "redistribute",
      into.redistribute.length,
    );
    into.redistribute.push({ protocol: known, ...(policy === undefined ? {} : { policy }) });
  }
}

function readNeighbor(draft: Draft, row: Row, bgp: DraftBgp | undefined): void {
  const name = row.parts[1] ?? "";
  if (bgp === undefined) return;
  const address = parseIpAddress(name);
  const peerGroup = row.reference("peer_group_name");
  bgp.neighbors.set(address ?? name, {
    ...readPeer(row),
    ...(peerGroup === undefined ? {} : { peerGroup }),
    ...(address === undefined ? { interface: name } : {}),
  });
  markBgp(draft, row, "neighbors", address ?? name);
}

function finishBgp({ defaultIpv4, ...bgp }: DraftBgp): Bgp {
  const unicast = bgp.afiSafis.get("ipv4-unicast");
  const afiSafis = [...bgp.afiSafis].map(([name, family]) => {
    // `maximum-paths` is a word of the unicast families; what EVPN brings in is spread by the same number.
    const from = name === "l2vpn-evpn" ? unicast : family;
    return [
      name,
      {
        ...family,
        maximumPathsEbgp: from?.maximumPathsEbgp || frrMultipath,
        maximumPathsIbgp: from?.maximumPathsIbgp || frrMultipath,
      },
    ] as const;
  });
  const activated = (peer: BgpPeer): BgpPeer =>
    defaultIpv4 && peer.afiSafis?.["ipv4-unicast"] === undefined
      ? { ...peer, afiSafis: { ...peer.afiSafis, "ipv4-unicast": { enabled: true, sendCommunity: "both" } } }
      : peer;
  return {
    ...bgp,
    afiSafis: Object.fromEntries(afiSafis),
    peerGroups: Object.fromEntries([...bgp.peerGroups].map(([name, peer]) => [name, activated(peer)])),
    neighbors: Object.fromEntries(
      [...bgp.neighbors].map(([name, peer]) => [name, peer.peerGroup === undefined ? activated(peer) : peer]),
    ),
  };
}

export function writeBgp(config: DeviceConfig, out: Tables): void {
  for (const [name, { bgp }] of Object.entries(config.networkInstances)) {
    if (bgp === undefined) continue;
    if (name !== "default" && !isReversibleVrf(name)) continue;
    writeInstance(name, bgp, out);
  }
}

function writeInstance(name: string, bgp: Bgp, out: Tables): void {
  const vrf = vrfToSonic(name);
  const path = ["networkInstances", name, "bgp"] as const;
  if (!bgp.enabled)
    return out.cannot(
      "unsupported",
      [...path, "enabled"],
      "BGP that is there but off cannot be said on SONiC; it was left out.",
      "error",
    );
  out.put("BGP_GLOBALS", [vrf], {
    local_asn: String(bgp.as),
    router_id: bgp.routerId,
    default_ipv4_unicast: truth(false),
    ebgp_requires_policy: truth(bgp.ebgpRequiresPolicy),
    load_balance_mp_relax: truth(bgp.allowMultipleAs),
    always_compare_med: onlyTrue(bgp.alwaysCompareMed),
    external_compare_router_id: onlyTrue(bgp.compareRouterId),
    rr_cluster_id: bgp.clusterId,
  });
  for (const [afiSafi, family] of Object.entries(bgp.afiSafis) as [AfiSafi, BgpAfiSafi][])
    writeInstanceFamily(vrf, path, afiSafi, family, bgp, out); // keys of a Record over AfiSafi
  for (const [group, peer] of Object.entries(bgp.peerGroups)) {
    out.put("BGP_PEER_GROUP", [vrf, group], writePeer(peer, [...path, "peerGroups", group], out));
    for (const [afiSafi, family] of Object.entries(peer.afiSafis ?? {}) as [AfiSafi, BgpPeerAfiSafi][])
      // as above
      out.put("BGP_PEER_GROUP_AF", [vrf, group, afiSafiToSonic[afiSafi]], writeFamily(family));
  }
  for (const [key, neighbor] of Object.entries(bgp.neighbors)) {
    if (neighbor.interface !== undefined && neighbor.interface !== key)
      out.cannot(
        "unsupported",
        [...path, "neighbors", key, "interface"],
        `On SONiC the neighbor found on ${neighbor.interface} is called so, not ${key}.`,
      );
    out.put("BGP_NEIGHBOR", [vrf, key], {
      ...writePeer(neighbor, [...path, "neighbors", key], out),
      peer_group_name: neighbor.peerGroup,
    });
    for (const [afiSafi, family] of Object.entries(neighbor.afiSafis ?? {}) as [AfiSafi, BgpPeerAfiSafi][])
      // as above
      out.put("BGP_NEIGHBOR_AF", [vrf, key, afiSafiToSonic[afiSafi]], writeFamily(family));
  }
  for (const [index, { prefix, peerGroup, peerAs }] of bgp.dynamicNeighbors.entries()) {
    if (peerAs !== undefined)
      out.cannot(
        "unsupported",
        [...path, "dynamicNeighbors", index, "peerAs"],
        "On SONiC the peer group says the AS of dynamic neighbors.",
      );
    out.put("BGP_GLOBALS_LISTEN_PREFIX", [vrf, prefix], { peer_group: peerGroup });
  }
}

function writeInstanceFamily(
  vrf: string,
  path: readonly string[],
  afiSafi: AfiSafi,
  family: BgpAfiSafi,
  bgp: Bgp,
  out: Tables,
): void {
  const name = afiSafiToSonic[afiSafi];
  const at = [...path, "afiSafis", afiSafi];
  if (!family.enabled)
    return out.cannot("unsupported", [...at, "enabled"], "A family that is off is not there on SONiC.", "info");
  const evpn = afiSafi === "l2vpn-evpn";
  if (evpn && vrf !== "default")
    return out.cannot("unsupported", at, "EVPN sessions stand in the default instance on SONiC.", "error");
  const [first] = family.importFrom;
  if (family.importFrom.length > 1)
    out.cannot("unsupported", [...at, "importFrom"], "SONiC imports from one other VRF at most.", "error");
  const unicast = bgp.afiSafis["ipv4-unicast"];
  if (
    evpn &&
    (family.maximumPathsEbgp !== (unicast?.maximumPathsEbgp ?? frrMultipath) ||
      family.maximumPathsIbgp !== (unicast?.maximumPathsIbgp ?? frrMultipath))
  )
    out.cannot("unsupported", [...at, "maximumPathsEbgp"], "FRR's EVPN has no number of paths of its own.", "info");
  out.put("BGP_GLOBALS_AF", [vrf, name], {
    max_ebgp_paths: evpn ? undefined : String(family.maximumPathsEbgp),
    max_ibgp_paths: evpn ? undefined : String(family.maximumPathsIbgp),
    import_vrf: first === undefined ? undefined : vrfToSonic(first.networkInstance),
    import_vrf_route_map: first?.policy,
    ebgp_route_distance: evpn ? undefined : textOf(bgp.distance?.external),
    ibgp_route_distance: evpn ? undefined : textOf(bgp.distance?.internal),
    local_route_distance: evpn ? undefined : textOf(bgp.distance?.local),
  });
  for (const { prefix, policy } of family.networks) out.put("BGP_GLOBALS_AF_NETWORK", [vrf, name, prefix], { policy });
  for (const { prefix, summaryOnly, asSet, policy } of family.aggregates)
    out.put("BGP_GLOBALS_AF_AGGREGATE_ADDR", [vrf, name, prefix], {
      summary_only: truth(summaryOnly),
      as_set: truth(asSet),
      policy,
    });
  for (const { protocol, policy } of family.redistribute) {
    if (protocol === "bgp" || protocol === "local")
      out.cannot("unsupported", [...at, "redistribute"], `BGP on SONiC cannot take over ${protocol} routes.`, "error");
    else
      out.put("ROUTE_REDISTRIBUTE", [vrf, protocol, "bgp", afiSafi === "ipv6-unicast" ? "ipv6" : "ipv4"], {
        route_map: policy === undefined ? undefined : [policy],
      });
  }
}
