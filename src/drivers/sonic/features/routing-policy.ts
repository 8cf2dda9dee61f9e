import type { DeviceConfig } from "#model/device-config.ts";
import type { CommunitySet, PolicyStatement, PrefixSet, SourceProtocol } from "#model/routing-policy.ts";
import { parseAsn, type Asn } from "#net/asn.ts";
import { isIpv6, parseIpAddress, parseIpPrefix, prefixLength } from "#net/ip.ts";
import { append } from "../../syntax/frr/reading.ts";
import type { ConfigDb, Row } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import type { Tables } from "../tables.ts";

/** Sets and route maps as frrcfgd reads them. @source sonic-yang-models sonic-routing-policy-sets.yang, sonic-route-map.yang */
export function readRoutingPolicy(db: ConfigDb, draft: Draft): void {
  readPrefixSets(db, draft);
  readCommunitySets(db, draft, "COMMUNITY_SET", draft.communitySets, "communitySets");
  readCommunitySets(db, draft, "EXTENDED_COMMUNITY_SET", draft.extCommunitySets, "extCommunitySets");
  for (const row of db.rows("AS_PATH_SET")) {
    row.use();
    const action = row.text("action") === "deny" ? ("deny" as const) : ("permit" as const);
    draft.asPathSets.set(row.key, {
      entries: (row.list("as_path_set_member") ?? []).map((regex) => ({ action, regex })),
    });
    draft.mark(row.span, "routingPolicy", "asPathSets", row.key);
  }
  readRouteMaps(db, draft);
}

function readPrefixSets(db: ConfigDb, draft: Draft): void {
  const sets = new Map<string, PrefixSet["entries"][number][]>();
  for (const row of db.rows("PREFIX_SET")) {
    row.use();
    row.ignore(["mode", "description"], "the prefixes say their family");
    sets.set(row.key, []);
    draft.mark(row.span, "routingPolicy", "prefixSets", row.key);
  }
  const withoutNumber = new Map<string, number>();
  for (const row of db.rows("PREFIX")) {
    // `name|sequence|prefix|range` is today's key, `name|prefix|range` the older one.
    const numbered = row.parts.length === 4;
    const [name = "", second = ""] = row.parts;
    const prefix = parseIpPrefix((numbered ? row.parts[2] : row.parts[1]) ?? "");
    const lengths =
      prefix === undefined ? undefined : rangeOf((numbered ? row.parts[3] : row.parts[2]) ?? "", prefixLength(prefix));
    if (prefix === undefined || lengths === undefined || row.parts.length < 3) continue;
    row.use();
    const entries = sets.get(name) ?? [];
    sets.set(name, entries);
    const count = withoutNumber.get(name) ?? 0;
    withoutNumber.set(name, count + 1);
    const sequence = numbered ? Number(second) : (row.number("sequence_number") ?? 5 * (count + 1));
    const action = row.text("action") === "deny" ? "deny" : "permit";
    entries.push({ sequence, action, prefix, ...lengths });
    draft.mark(row.span, "routingPolicy", "prefixSets", name);
  }
  for (const [name, entries] of sets)
    draft.prefixSets.set(name, { entries: entries.sort((a, b) => a.sequence - b.sequence) });
}

function rangeOf(text: string, length: number): { minLength: number; maxLength: number } | undefined {
  if (text === "exact") return { minLength: length, maxLength: length };
  const match = /^(\d{1,3})\.\.(\d{1,3})$/.exec(text);
  return match === null ? undefined : { minLength: Number(match[1]), maxLength: Number(match[2]) };
}

function readCommunitySets(
  db: ConfigDb,
  draft: Draft,
  table: string,
  into: Map<string, CommunitySet>,
  path: string,
): void {
  for (const row of db.rows(table)) {
    row.use();
    const regex = row.text("set_type")?.toUpperCase() === "EXPANDED";
    const action = row.text("action") === "deny" ? ("deny" as const) : ("permit" as const);
    const members = (row.list("community_member") ?? []).map(communityFromSonic);
    const all = row.text("match_action")?.toUpperCase() === "ALL";
    into.set(row.key, {
      entries: all ? [{ action, members, regex }] : members.map((member) => ({ action, members: [member], regex })),
    });
    draft.mark(row.span, "routingPolicy", path, row.key);
  }
}

const communityFromSonic = (text: string): string =>
  text
    .replace(/^route-target:/, "target:")
    .replace(/^route-origin:/, "origin:")
    .replace(/^(?:no_export|NO_EXPORT)$/, "no-export")
    .replace(/^(?:no_advertise|NO_ADVERTISE)$/, "no-advertise");
const communityToSonic = (text: string): string =>
  text.replace(/^target:/, "route-target:").replace(/^origin:/, "route-origin:");

const protocols: Readonly<Record<string, SourceProtocol>> = {
  connected: "connected",
  static: "static",
  bgp: "bgp",
  ospf: "ospf",
  kernel: "kernel",
};

function readRouteMaps(db: ConfigDb, draft: Draft): void {
  const maps = new Map<string, { order: number; row: Row }[]>();
  for (const row of db.rows("ROUTE_MAP_SET")) {
    row.use();
    maps.set(row.key, []);
    draft.mark(row.span, "routingPolicy", "policies", row.key);
  }
  for (const row of db.rows("ROUTE_MAP")) {
    const [name = "", order = ""] = row.parts;
    if (row.parts.length !== 2 || !/^\d{1,5}$/.test(order)) continue;
    row.use();
    append(maps, name, { order: Number(order), row });
  }
  for (const [name, rows] of maps) {
    const statements = rows
      .sort((a, b) => a.order - b.order)
      .map(({ order, row }, index) => {
        draft.mark(row.span, "routingPolicy", "policies", name, "statements", index);
        return readStatement(db, String(order), row);
      });
    draft.policies.set(name, { statements, defaultResult: "reject" });
  }
}

const keep = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T; // only undefined fields are left out

function readStatement(db: ConfigDb, name: string, row: Row): PolicyStatement {
  const prefixSet = row.reference("match_prefix_set");
  const prefixSet6 = row.reference("match_ipv6_prefix_set");
  const both = prefixSet !== undefined && prefixSet6 !== undefined;
  if (both) row.refuse("match_ipv6_prefix_set");
  const protocol = row.text("match_protocol");
  const sourceProtocol = protocol === undefined ? undefined : protocols[protocol.toLowerCase()];
  if (sourceProtocol === undefined) row.refuse("match_protocol");
  const peer = parseIpAddress(row.list("match_neighbor")?.[0] ?? "");
  if (peer === undefined) row.refuse("match_neighbor");
  const tag = row.list("match_tag")?.[0];
  const permit = row.text("route_operation") !== "deny";
  const conditions = keep<PolicyStatement["conditions"]>({
    prefixSet: prefixSet ?? prefixSet6,
    nextHopPrefixSet: row.reference("match_next_hop_set"),
    communitySet: row.reference("match_community"),
    extCommunitySet: row.reference("match_ext_community"),
    asPathSet: row.reference("match_as_path"),
    interface: row.reference("match_interface"),
    sourceProtocol,
    tag: tag === undefined ? undefined : Number(tag),
    med: row.number("match_med"),
    localPref: row.number("match_local_pref"),
    evpnRouteType: evpnTypeOf(row),
    vni: undefined,
    peer,
  });
  const actions = keep<PolicyStatement["actions"]>({
    result: !permit ? "reject" : row.flag("on_match_next") === true ? "next" : "accept",
    setLocalPref: row.number("set_local_pref"),
    setMed: medOf(row),
    setOrigin: originOf(row),
    setWeight: row.number("set_weight"),
    setTag: row.number("set_tag"),
    setNextHop: nextHopOf(row),
    setCommunity: communityAction(row, "set_community_inline"),
    setExtCommunity: communityAction(row, "set_ext_community_inline"),
    prependAs: prependOf(row),
    call: row.reference("call_route_map"),
  });
  row.ignore(["description"], "a note");
  const unread = row.fieldNames.filter((field) => row.leaf(field)?.state === "unknown");
  if (unread.length > 0)
    db.report({
      code: "sonic.policy-unknown",
      severity: "error",
      message: `Statement ${row.key} also says ${unread.join(", ")}, which is not understood: routes may fare otherwise than is shown.`,
      line: row.line,
    });
  return { name, conditions, actions };
}

function evpnTypeOf(row: Row): PolicyStatement["conditions"]["evpnRouteType"] {
  const text = row.text("match_evpn_route_type")?.toLowerCase();
  const found =
    text === undefined
      ? undefined
      : ({ "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, ead: 1, macip: 2, multicast: 3, es: 4, prefix: 5 } as const)[text];
  if (found === undefined) row.refuse("match_evpn_route_type");
  return found;
}

function medOf(row: Row): number | undefined {
  const action = row.text("set_metric_action");
  const plain = row.number("set_med") ?? row.number("set_metric");
  if (action === undefined || action === "METRIC_SET_VALUE") return plain;
  for (const field of ["set_metric_action", "set_metric", "set_med"]) row.refuse(field);
  return undefined;
}

function originOf(row: Row): PolicyStatement["actions"]["setOrigin"] {
  const text = row.text("set_origin")?.toLowerCase();
  if (text === "igp" || text === "egp" || text === "incomplete") return text;
  row.refuse("set_origin");
  return undefined;
}

function nextHopOf(row: Row): PolicyStatement["actions"]["setNextHop"] {
  const text = row.text("set_next_hop") ?? row.text("set_ipv6_next_hop_global");
  if (row.flag("set_next_hop_unchanged") === true || text === "unchanged") return "unchanged";
  if (text === "peer-address") return "peer";
  const address = parseIpAddress(text ?? "");
  if (address === undefined) for (const field of ["set_next_hop", "set_ipv6_next_hop_global"]) row.refuse(field);
  return address;
}

function communityAction(row: Row, field: string): PolicyStatement["actions"]["setCommunity"] {
  const members = row.list(field)?.flatMap((text) => text.split(" "));
  if (members === undefined) return undefined;
  const ext = field.includes("ext");
  // FRR merges extended communities into those a route has; plain ones it replaces unless told `additive`.
  const mode = ext || members.includes("additive") ? ("add" as const) : ("replace" as const);
  return {
    mode,
    members: members.filter((member) => member !== "additive" && member !== "none").map(communityFromSonic),
  };
}

function prependOf(row: Row): readonly Asn[] | undefined {
  const list = row.text("set_asn_list");
  const one = row.text("set_asn");
  const times = Math.min(row.number("set_repeat_asn") ?? 1, 255);
  const texts =
    list !== undefined
      ? list.split(/[ ,]+/)
      : one === undefined
        ? []
        : Array.from({ length: Math.max(times, 1) }, () => one);
  const asns = texts.map((text) => parseAsn(text)).filter((as) => as !== undefined);
  return asns.length === 0 ? undefined : asns;
}

export function writeRoutingPolicy(config: DeviceConfig, out: Tables): void {
  const { prefixSets, communitySets, extCommunitySets, asPathSets, policies } = config.routingPolicy;
  for (const [name, set] of Object.entries(prefixSets)) writePrefixSet(name, set, out);
  for (const [name, set] of Object.entries(communitySets))
    writeCommunitySet("COMMUNITY_SET", "communitySets", name, set, out);
  for (const [name, set] of Object.entries(extCommunitySets))
    writeCommunitySet("EXTENDED_COMMUNITY_SET", "extCommunitySets", name, set, out);
  for (const [name, { entries }] of Object.entries(asPathSets)) {
    const action = entries[0]?.action ?? "permit";
    if (entries.some((entry) => entry.action !== action))
      out.cannot(
        "unsupported",
        ["routingPolicy", "asPathSets", name],
        "A SONiC AS path set permits or denies as a whole.",
        "error",
      );
    out.put("AS_PATH_SET", [name], {
      as_path_set_member: entries.map((entry) => entry.regex),
      action: action === "deny" ? "deny" : undefined,
    });
  }
  for (const [name, policy] of Object.entries(policies)) {
    out.put("ROUTE_MAP_SET", [name]);
    if (policy.defaultResult === "accept")
      out.cannot(
        "unsupported",
        ["routingPolicy", "policies", name, "defaultResult"],
        "A route map ends in a deny; add a last statement that permits.",
        "error",
      );
    for (const [index, statement] of policy.statements.entries()) writeStatement(config, name, statement, index, out);
  }
}

function writePrefixSet(name: string, { entries }: PrefixSet, out: Tables): void {
  const six = entries.some((entry) => isIpv6(entry.prefix));
  if (six && entries.some((entry) => !isIpv6(entry.prefix)))
    out.cannot(
      "unsupported",
      ["routingPolicy", "prefixSets", name],
      "A SONiC prefix set is of one address family.",
      "error",
    );
  out.put("PREFIX_SET", [name], { mode: six ? "IPv6" : "IPv4" });
  for (const { sequence, action, prefix, minLength, maxLength } of entries) {
    const exact = minLength === maxLength && minLength === prefixLength(prefix);
    out.put("PREFIX", [name, sequence, prefix, exact ? "exact" : `${minLength}..${maxLength}`], { action });
  }
}

function writeCommunitySet(table: string, path: string, name: string, { entries }: CommunitySet, out: Tables): void {
  const [first] = entries;
  const all = entries.length === 1 && (first?.members.length ?? 0) > 1;
  const alike = entries.every(
    (entry) => entry.action === first?.action && entry.regex === first?.regex && (all || entry.members.length === 1),
  );
  if (!alike)
    return out.cannot(
      "unsupported",
      ["routingPolicy", path, name],
      "A SONiC community set is one list, matched by any member or by all.",
      "error",
    );
  out.put(table, [name], {
    set_type: first?.regex === true ? "EXPANDED" : "STANDARD",
    match_action: all ? "ALL" : "ANY",
    action: first?.action === "deny" ? "deny" : undefined,
    community_member: entries.flatMap((entry) => entry.members.map(communityToSonic)),
  });
}

function writeStatement(
  config: DeviceConfig,
  policy: string,
  { name, conditions, actions }: PolicyStatement,
  index: number,
  out: Tables,
): void {
  const path = ["routingPolicy", "policies", policy, "statements", index] as const;
  const cannot = (what: string): void =>
    out.cannot(
      "unsupported",
      [...path, what],
      `SONiC's route maps have no ${what}; statement ${name} would do something else and was left out.`,
      "error",
    );
  if (!/^[1-9]\d{0,4}$/.test(name) || Number(name) > 65_535)
    return out.cannot(
      "policy-name",
      path,
      `A route map statement has a number from 1 to 65535, not ${JSON.stringify(name)}.`,
      "error",
    );
  if (conditions.vni !== undefined) return cannot("match on VNI");
  if (conditions.evpnRouteType !== undefined) return cannot("match on EVPN route type");
  if (actions.result === "next") return cannot("going on after a match");
  if (actions.setWeight !== undefined) return cannot("set weight");
  if (actions.setNextHop === "self" || actions.setNextHop === "unchanged" || actions.setNextHop === "peer")
    return cannot(`set next-hop ${actions.setNextHop}`);
  if (actions.setCommunity?.mode === "remove" || actions.setExtCommunity?.mode === "remove")
    return cannot("removal of communities");
  if (actions.setExtCommunity?.mode === "replace") return cannot("replacement of extended communities");
  const set = conditions.prefixSet;
  const six =
    set !== undefined && (config.routingPolicy.prefixSets[set]?.entries.some((entry) => isIpv6(entry.prefix)) ?? false);
  const { setNextHop } = actions;
  out.put("ROUTE_MAP", [policy, name], {
    route_operation: actions.result === "reject" ? "deny" : "permit",
    [six ? "match_ipv6_prefix_set" : "match_prefix_set"]: set,
    match_next_hop_set: conditions.nextHopPrefixSet,
    match_community: conditions.communitySet,
    match_ext_community: conditions.extCommunitySet,
    match_as_path: conditions.asPathSet,
    match_interface: conditions.interface,
    match_protocol: conditions.sourceProtocol,
    match_tag: conditions.tag === undefined ? undefined : [String(conditions.tag)],
    match_med: number(conditions.med),
    match_local_pref: number(conditions.localPref),
    match_neighbor: conditions.peer === undefined ? undefined : [conditions.peer],
    set_local_pref: number(actions.setLocalPref),
    set_med: number(actions.setMed),
    set_origin: actions.setOrigin?.toUpperCase(),
    set_tag: number(actions.setTag),
    [setNextHop !== undefined && isIpv6(setNextHop) ? "set_ipv6_next_hop_global" : "set_next_hop"]: setNextHop,
    set_community_inline:
      actions.setCommunity && communityList(actions.setCommunity.members, actions.setCommunity.mode === "add"),
    set_ext_community_inline: actions.setExtCommunity?.members.map(communityToSonic),
    set_asn_list: actions.prependAs?.join(","),
    call_route_map: actions.call,
  });
}

const number = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value));

const communityList = (members: readonly string[], additive: boolean): string[] =>
  members.length === 0 ? ["none"] : [...members, ...(additive ? ["additive"] : [])];
