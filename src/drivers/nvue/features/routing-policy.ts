import type {
  AsPathSet,
  CommunitySet,
  Policy,
  PolicyStatement,
  PrefixSet,
  RoutingPolicy,
  SourceProtocol,
} from "#model/routing-policy.ts";
import { parseAsn, type Asn } from "#net/asn.ts";
import { parseIpAddress, parseIpPrefix, prefixLength } from "#net/ip.ts";
import { compact, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, ignore, numberAt, setAt, textAt, use, wordAt, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";

type Verdict = "permit" | "deny";

const rulesOf = (node: ConfigNode): [string, ConfigNode][] =>
  childrenAt(node, "rule").toSorted(([a], [b]) => Number(a) - Number(b));

/** `action: permit`, `action: {permit: {}}`; deny where nothing is said, as FRR's lists end. */
function verdictOf(rule: ConfigNode): Verdict {
  const node = at(rule, "action");
  if (node === undefined) return "deny";
  const permit = node.value === "permit" || node.children.has("permit");
  for (const name of ["permit", "deny"]) {
    const word = at(node, name);
    if (word?.children.size === 0) use(word);
  }
  if (node.children.size === 0) use(node);
  return permit ? "permit" : "deny";
}

/** `router policy`: prefix, community and AS-path lists, and route maps over them. */
export function readRoutingPolicy(reading: Reading): RoutingPolicy {
  const node = at(reading.tree, "router", "policy");
  const named = <T>(key: string, read: (list: ConfigNode, name: string) => T): Record<string, T> =>
    Object.fromEntries(
      childrenAt(node, key).map(([name, list]) => {
        if (list.children.size === 0) use(list);
        return [name, read(list, name)];
      }),
    );
  return {
    prefixSets: named("prefix-list", (list) => readPrefixSet(reading, list)),
    communitySets: named("community-list", (list) => readCommunitySet(list, "community")),
    extCommunitySets: named("ext-community-list", (list) => readCommunitySet(list, "ext-community")),
    asPathSets: named("as-path-list", readAsPathSet),
    policies: named("route-map", (map, name) => readPolicy(reading, name, map)),
  };
}

function readPrefixSet(reading: Reading, list: ConfigNode): PrefixSet {
  textAt(list, "type");
  return {
    entries: rulesOf(list).flatMap(([sequence, rule]) => {
      const action = verdictOf(rule);
      return childrenAt(rule, "match").flatMap(([text, match]) => {
        const prefix = parseIpPrefix(text === "any" ? "0.0.0.0/0" : text);
        if (prefix === undefined) {
          report(reading, match, "nvue.bad-value", `${text.slice(0, 60)} is no prefix.`, { severity: "error" });
          return [];
        }
        if (match.children.size === 0) use(match);
        const own = prefixLength(prefix);
        const least = numberAt(match, "min-prefix-len");
        const most = numberAt(match, "max-prefix-len");
        const widest =
          text === "any" || (least !== undefined && most === undefined) ? (text.includes(":") ? 128 : 32) : own;
        return [{ sequence: Number(sequence), action, prefix, minLength: least ?? own, maxLength: most ?? widest }];
      });
    }),
  };
}

function readCommunitySet(list: ConfigNode, key: string): CommunitySet {
  return {
    entries: rulesOf(list).map(([, rule]) => {
      const action = verdictOf(rule);
      const members =
        key === "community"
          ? setAt(rule, key)
          : ["rt", "soo"].flatMap((kind) =>
              setAt(rule, key, kind).map((value) => `${kind === "rt" ? "target" : "origin"}:${value}`),
            );
      return { action, members, regex: members.some((member) => /[*.^$?+[\]()|_]/.test(member)) };
    }),
  };
}

const readAsPathSet = (list: ConfigNode): AsPathSet => ({
  entries: rulesOf(list).map(([, rule]) => ({ action: verdictOf(rule), regex: textAt(rule, "aspath-exp") ?? "" })),
});

function readPolicy(reading: Reading, name: string, map: ConfigNode): Policy {
  const statements = rulesOf(map).map(([number, rule], index): PolicyStatement => {
    place(reading, rule, "routingPolicy", "policies", name, "statements", index);
    ignore(at(rule, "description"), "a word for people");
    return { name: number, conditions: readConditions(reading, rule), actions: readActions(reading, rule) };
  });
  return { statements, defaultResult: "reject" };
}

const protocols: readonly SourceProtocol[] = ["connected", "static", "bgp", "ospf", "kernel"];
const routeTypes: Readonly<Record<string, 2 | 3 | 5>> = { macip: 2, imet: 3, prefix: 5, "ip-prefix": 5 };

function readConditions(reading: Reading, rule: ConfigNode): PolicyStatement["conditions"] {
  const match = at(rule, "match");
  ignore(at(match, "type"), "says which lists are meant, IPv4 or IPv6");
  const routeType = wordAt(match, "evpn-route-type");
  const protocol = textAt(match, "source-protocol");
  const peer = textAt(match, "peer");
  const known = protocols.find((one) => one === protocol);
  if (protocol !== undefined && known === undefined && match !== undefined)
    report(reading, match, "nvue.policy-match", `Routes of ${protocol} are not modelled.`, { severity: "error" });
  if (routeType !== undefined && Object.hasOwn(routeTypes, routeType)) textAt(match, "evpn-route-type");
  return compact<PolicyStatement["conditions"]>({
    prefixSet: textAt(match, "ip-prefix-list"),
    nextHopPrefixSet: textAt(match, "ip-nexthop-list"),
    communitySet: textAt(match, "community-list"),
    extCommunitySet: textAt(match, "ext-community-list"),
    asPathSet: textAt(match, "as-path-list"),
    interface: textAt(match, "interface"),
    sourceProtocol: known,
    tag: numberAt(match, "tag"),
    med: numberAt(match, "metric"),
    localPref: numberAt(match, "local-preference"),
    evpnRouteType: routeType !== undefined && Object.hasOwn(routeTypes, routeType) ? routeTypes[routeType] : undefined,
    vni: numberAt(match, "evpn-vni"),
    peer: peer === undefined ? undefined : parseIpAddress(peer),
  });
}

function readActions(reading: Reading, rule: ConfigNode): PolicyStatement["actions"] {
  const permit = verdictOf(rule) === "permit";
  const set = at(rule, "set");
  const next = at(rule, "action", "permit", "exit-policy", "next-rule");
  const goesOn = next !== undefined || at(rule, "action", "permit", "exit-policy")?.value === "next-rule";
  if (goesOn) use(at(rule, "action", "permit", "exit-policy") ?? rule);
  const hop = textAt(set, "ip-nexthop");
  const prepend = setAt(set, "as-path-prepend", "as").flatMap((text) => text.split(/[\s,]+/));
  const origin = textAt(set, "origin");
  const members = setAt(set, "community").filter((member) => member !== "additive");
  const targets = [...setAt(set, "ext-community-rt")];
  const additive =
    childrenAt(set, "community").some(([member]) => member === "additive") ||
    flagAt(set, "additive-community") === true;
  const call = textAt(rule, "call") ?? textAt(set, "call");
  if (set !== undefined && members.includes("none") && members.length > 1)
    report(reading, set, "nvue.policy-set", "`none` beside other communities.");
  return compact<PolicyStatement["actions"]>({
    result: permit ? (goesOn ? "next" : "accept") : "reject",
    setLocalPref: numberAt(set, "local-preference"),
    setMed: numberAt(set, "metric"),
    setOrigin: origin === "igp" || origin === "egp" || origin === "incomplete" ? origin : undefined,
    setWeight: numberAt(set, "weight"),
    setTag: numberAt(set, "tag"),
    setNextHop: hop === undefined ? undefined : nextHopOf(hop),
    setCommunity:
      members.length === 0
        ? undefined
        : { mode: additive ? "add" : "replace", members: members.filter((member) => member !== "none") },
    setExtCommunity:
      targets.length === 0 ? undefined : { mode: "replace", members: targets.map((target) => `target:${target}`) },
    prependAs:
      prepend.length === 0
        ? undefined
        : prepend.map((text) => parseAsn(text)).filter((as): as is Asn => as !== undefined),
    call,
  });
}

function nextHopOf(text: string): PolicyStatement["actions"]["setNextHop"] {
  if (text === "peer-addr") return "peer";
  if (text === "unchanged") return "unchanged";
  return parseIpAddress(text);
}

export function writeRoutingPolicy(writing: Writing): void {
  const { routingPolicy } = writing.config;
  const policy = ["router", "policy"];
  for (const [name, set] of Object.entries(routingPolicy.prefixSets)) {
    const path = [...policy, "prefix-list", name];
    put(writing, [...path, "type"], set.entries.some(({ prefix }) => prefix.includes(":")) ? "ipv6" : "ipv4");
    for (const entry of set.entries) {
      const rule = [...path, "rule", entry.sequence];
      const own = prefixLength(entry.prefix);
      put(writing, [...rule, "action"], entry.action);
      put(writing, [...rule, "match", entry.prefix]);
      if (entry.minLength !== own) put(writing, [...rule, "match", entry.prefix, "min-prefix-len"], entry.minLength);
      if (entry.maxLength !== own || entry.minLength !== own)
        put(writing, [...rule, "match", entry.prefix, "max-prefix-len"], entry.maxLength);
    }
  }
  for (const [name, set] of Object.entries(routingPolicy.communitySets)) {
    put(writing, [...policy, "community-list", name]);
    set.entries.forEach((entry, index) => {
      const rule = [...policy, "community-list", name, "rule", 10 * (index + 1)];
      put(writing, [...rule, "action"], entry.action);
      for (const member of entry.members) put(writing, [...rule, "community", member]);
    });
  }
  for (const [name, set] of Object.entries(routingPolicy.extCommunitySets)) {
    put(writing, [...policy, "ext-community-list", name]);
    set.entries.forEach((entry, index) => {
      const rule = [...policy, "ext-community-list", name, "rule", 10 * (index + 1)];
      put(writing, [...rule, "action"], entry.action);
      for (const member of entry.members)
        put(writing, [
          ...rule,
          "ext-community",
          member.startsWith("origin:") ? "soo" : "rt",
          member.replace(/^(?:target|origin):/, ""),
        ]);
    });
  }
  for (const [name, set] of Object.entries(routingPolicy.asPathSets)) {
    put(writing, [...policy, "as-path-list", name]);
    set.entries.forEach((entry, index) => {
      const rule = [...policy, "as-path-list", name, "rule", 10 * (index + 1)];
      put(writing, [...rule, "action"], entry.action);
      put(writing, [...rule, "aspath-exp"], entry.regex);
    });
  }
  for (const [name, map] of Object.entries(routingPolicy.policies)) writePolicy(writing, name, map);
}

function writePolicy(writing: Writing, name: string, map: Policy): void {
  const path = ["router", "policy", "route-map", name];
  put(writing, path);
  if (map.defaultResult === "accept")
    unsupported(
      writing,
      name,
      `The policy ${name} accepts what no rule decided; a route map rejects it.`,
      "Add a last rule that permits.",
    );
  const numbers = map.statements.map((statement) => Number(statement.name));
  const ascending = numbers.every((number, index) => Number.isInteger(number) && number > (numbers[index - 1] ?? 0));
  map.statements.forEach((statement, index) => {
    const rule = [...path, "rule", ascending ? statement.name : 10 * (index + 1)];
    const { conditions, actions } = statement;
    if (actions.result === "reject") put(writing, [...rule, "action", "deny"]);
    else if (actions.result === "next") put(writing, [...rule, "action", "permit", "exit-policy", "next-rule"]);
    else put(writing, [...rule, "action", "permit"]);
    writeConditions(writing, rule, conditions);
    writeActions(writing, rule, name, actions);
  });
}

const typeNames: Readonly<Record<number, string>> = { 2: "macip", 3: "imet", 5: "prefix" };

function writeConditions(
  writing: Writing,
  rule: readonly (string | number)[],
  match: PolicyStatement["conditions"],
): void {
  const path = [...rule, "match"];
  const six =
    match.prefixSet !== undefined &&
    writing.config.routingPolicy.prefixSets[match.prefixSet]?.entries.some(({ prefix }) => prefix.includes(":"));
  if (match.prefixSet !== undefined) put(writing, [...path, "type"], six === true ? "ipv6" : "ipv4");
  putIf(writing, [...path, "ip-prefix-list"], match.prefixSet);
  putIf(writing, [...path, "ip-nexthop-list"], match.nextHopPrefixSet);
  putIf(writing, [...path, "community-list"], match.communitySet);
  putIf(writing, [...path, "ext-community-list"], match.extCommunitySet);
  putIf(writing, [...path, "as-path-list"], match.asPathSet);
  putIf(writing, [...path, "interface"], match.interface);
  putIf(writing, [...path, "source-protocol"], match.sourceProtocol);
  putIf(writing, [...path, "tag"], match.tag);
  putIf(writing, [...path, "metric"], match.med);
  putIf(writing, [...path, "local-preference"], match.localPref);
  putIf(
    writing,
    [...path, "evpn-route-type"],
    match.evpnRouteType === undefined ? undefined : typeNames[match.evpnRouteType],
  );
  putIf(writing, [...path, "evpn-vni"], match.vni);
  putIf(writing, [...path, "peer"], match.peer);
}

function writeActions(
  writing: Writing,
  rule: readonly (string | number)[],
  name: string,
  actions: PolicyStatement["actions"],
): void {
  const path = [...rule, "set"];
  putIf(writing, [...path, "local-preference"], actions.setLocalPref);
  putIf(writing, [...path, "metric"], actions.setMed);
  putIf(writing, [...path, "origin"], actions.setOrigin);
  putIf(writing, [...path, "weight"], actions.setWeight);
  putIf(writing, [...path, "tag"], actions.setTag);
  if (actions.setNextHop === "self")
    unsupported(writing, name, "A route map can't set the next hop to self.", "Set it on the session.");
  else putIf(writing, [...path, "ip-nexthop"], actions.setNextHop === "peer" ? "peer-addr" : actions.setNextHop);
  if (actions.prependAs !== undefined) put(writing, [...path, "as-path-prepend", "as"], actions.prependAs.join(","));
  if (actions.setCommunity?.mode === "remove") unsupported(writing, name, "Communities are removed by a list in NVUE.");
  else if (actions.setCommunity !== undefined) {
    for (const member of actions.setCommunity.members) put(writing, [...path, "community", member]);
    if (actions.setCommunity.members.length === 0) put(writing, [...path, "community", "none"]);
    if (actions.setCommunity.mode === "add") put(writing, [...path, "community", "additive"]);
  }
  if (actions.setExtCommunity?.mode === "replace")
    for (const member of actions.setExtCommunity.members)
      put(writing, [...path, "ext-community-rt", member.replace(/^target:/, "")]);
  else if (actions.setExtCommunity !== undefined)
    unsupported(writing, name, "Extended communities can only be replaced.");
  putIf(writing, [...rule, "call"], actions.call);
}
