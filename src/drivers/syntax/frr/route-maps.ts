import type { PolicyStatement, SourceProtocol } from "#model/routing-policy.ts";
import { parseAsn } from "#net/asn.ts";
import { parseIpAddress } from "#net/ip.ts";
import { ignore, use, type FrrBlock } from "./blocks.ts";
import { readExtMembers, writeExtMembers } from "./community-lists.ts";
import type { Reading, Writable } from "./reading.ts";

export interface StatementDraft {
  readonly order: number;
  readonly conditions: Writable<PolicyStatement["conditions"]>;
  readonly actions: Writable<PolicyStatement["actions"]>;
}

/** `route-map NAME permit|deny N`. A line that is not understood is told as an error: routes may fare otherwise. */
export function readRouteMap(reading: Reading, block: FrrBlock, into: Map<string, Map<number, StatementDraft>>): void {
  const [, name = "", action, order = ""] = block.words;
  if ((action !== "permit" && action !== "deny") || !/^\d{1,5}$/.test(order)) {
    if (block.words[2] === "optimization") ignore(block, "how route maps are evaluated, not what they say");
    return;
  }
  use(block);
  const statements = into.get(name) ?? new Map<number, StatementDraft>();
  into.set(name, statements);
  const known = statements.get(Number(order));
  const statement = known ?? {
    order: Number(order),
    conditions: {},
    actions: { result: action === "permit" ? ("accept" as const) : ("reject" as const) },
  };
  if (known === undefined) statements.set(statement.order, statement);
  reading.mark(
    block,
    "routingPolicy",
    "policies",
    name,
    "statements",
    known === undefined ? statements.size - 1 : [...statements.keys()].indexOf(statement.order),
  );
  for (const line of block.children) {
    if (line.words[0] === "description") ignore(line, "a note");
    else if (readMatch(statement, line.words) || readSet(statement, line.words)) use(line);
    else
      reading.report(
        line,
        "policy-unknown",
        "error",
        `Route map ${name} ${order} also says "${line.text}", which is not understood: routes may fare otherwise than is shown.`,
      );
  }
}

const protocols: ReadonlyMap<string, SourceProtocol> = new Map([
  ["connected", "connected"],
  ["static", "static"],
  ["kernel", "kernel"],
  ["ospf", "ospf"],
  ["bgp", "bgp"],
]);
const evpnTypes: ReadonlyMap<string, 1 | 2 | 3 | 4 | 5> = new Map([
  ["ead", 1],
  ["1", 1],
  ["macip", 2],
  ["2", 2],
  ["multicast", 3],
  ["3", 3],
  ["es", 4],
  ["4", 4],
  ["prefix", 5],
  ["5", 5],
]);
const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

function readMatch({ conditions }: StatementDraft, words: readonly string[]): boolean {
  const [first, second = "", third, fourth, fifth] = words;
  if (first !== "match") return false;
  const set = <K extends keyof typeof conditions>(field: K, value: (typeof conditions)[K] | undefined): boolean => {
    if (value !== undefined) conditions[field] = value;
    return value !== undefined;
  };
  switch (second) {
    case "ip":
    case "ipv6":
      if (fourth !== "prefix-list" || words.length !== 5) return false;
      return third === "address"
        ? set("prefixSet", fifth)
        : third === "next-hop"
          ? set("nextHopPrefixSet", fifth)
          : false;
    case "community":
      return words.length === 3 && set("communitySet", third);
    case "extcommunity":
      return words.length === 3 && set("extCommunitySet", third);
    case "as-path":
      return set("asPathSet", third);
    case "interface":
      return set("interface", third);
    case "source-protocol":
      return set("sourceProtocol", protocols.get(third ?? ""));
    case "tag":
      return set("tag", whole(third));
    case "metric":
      return set("med", whole(third));
    case "local-preference":
      return set("localPref", whole(third));
    case "peer":
      return set("peer", parseIpAddress(third ?? ""));
    case "evpn":
      return third === "route-type"
        ? set("evpnRouteType", evpnTypes.get(fourth ?? ""))
        : third === "vni" && set("vni", whole(fourth));
    default:
      return false;
  }
}

function readSet({ actions }: StatementDraft, words: readonly string[]): boolean {
  const [first, second = "", third = "", fourth = ""] = words;
  if (first === "call" && second !== "") {
    actions.call = second;
    return true;
  }
  if (first === "on-match" && second === "next" && actions.result === "accept") {
    actions.result = "next";
    return true;
  }
  if (first !== "set") return false;
  const put = <K extends keyof typeof actions>(field: K, value: (typeof actions)[K] | undefined): boolean => {
    if (value !== undefined) actions[field] = value;
    return value !== undefined;
  };
  switch (second) {
    case "local-preference":
      return put("setLocalPref", whole(third));
    case "metric":
      return put("setMed", whole(third));
    case "weight":
      return put("setWeight", whole(third));
    case "tag":
      return put("setTag", whole(third));
    case "origin":
      return (third === "igp" || third === "egp" || third === "incomplete") && put("setOrigin", third);
    case "ip":
      if (third !== "next-hop") return false;
      return put(
        "setNextHop",
        fourth === "unchanged" ? "unchanged" : fourth === "peer-address" ? "peer" : parseIpAddress(fourth),
      );
    case "ipv6":
      return (
        third === "next-hop" &&
        (fourth === "global"
          ? put("setNextHop", parseIpAddress(words[4] ?? ""))
          : fourth === "peer-address" && put("setNextHop", "peer"))
      );
    case "community": {
      const members = words.slice(2);
      const mode = members.includes("additive") ? "add" : "replace";
      return put("setCommunity", {
        mode,
        members: members.filter((member) => member !== "additive" && member !== "none"),
      });
    }
    case "extcommunity":
      return (
        (third === "rt" || third === "soo") &&
        put("setExtCommunity", {
          mode: "add",
          members: [...(actions.setExtCommunity?.members ?? []), ...readExtMembers(words.slice(2))],
        })
      );
    case "as-path": {
      const asns = words
        .slice(3)
        .map((text) => parseAsn(text))
        .filter((as) => as !== undefined);
      return third === "prepend" && asns.length === words.length - 3 && put("prependAs", asns);
    }
    default:
      return false;
  }
}

/** `six` says whether a prefix set is of IPv6. */
export function writeRouteMap(
  name: string,
  statements: readonly PolicyStatement[],
  six: (prefixSet: string) => boolean,
): string[] {
  return statements.flatMap((statement) => {
    const { conditions, actions } = statement;
    const lines: string[] = [];
    const put = (text: string | false | undefined): void => void (text && lines.push(` ${text}`));
    const ip = (set: string): string => (six(set) ? "ipv6" : "ip");
    put(conditions.prefixSet && `match ${ip(conditions.prefixSet)} address prefix-list ${conditions.prefixSet}`);
    put(
      conditions.nextHopPrefixSet &&
        `match ${ip(conditions.nextHopPrefixSet)} next-hop prefix-list ${conditions.nextHopPrefixSet}`,
    );
    put(conditions.communitySet && `match community ${conditions.communitySet}`);
    put(conditions.extCommunitySet && `match extcommunity ${conditions.extCommunitySet}`);
    put(conditions.asPathSet && `match as-path ${conditions.asPathSet}`);
    put(conditions.interface && `match interface ${conditions.interface}`);
    put(conditions.sourceProtocol && `match source-protocol ${conditions.sourceProtocol}`);
    put(conditions.tag !== undefined && `match tag ${conditions.tag}`);
    put(conditions.med !== undefined && `match metric ${conditions.med}`);
    put(conditions.localPref !== undefined && `match local-preference ${conditions.localPref}`);
    put(conditions.peer && `match peer ${conditions.peer}`);
    put(conditions.evpnRouteType !== undefined && `match evpn route-type ${conditions.evpnRouteType}`);
    put(conditions.vni !== undefined && `match evpn vni ${conditions.vni}`);
    for (const line of writeActions(actions)) put(line);
    return [
      `route-map ${name} ${actions.result === "reject" ? "deny" : "permit"} ${statement.name}`,
      ...lines,
      "exit",
      "!",
    ];
  });
}

function writeActions(actions: PolicyStatement["actions"]): string[] {
  const lines: string[] = [];
  const put = (text: string | false | undefined): void => void (text && lines.push(text));
  const { setNextHop, setCommunity, setExtCommunity } = actions;
  put(actions.call && `call ${actions.call}`);
  put(actions.prependAs && `set as-path prepend ${actions.prependAs.join(" ")}`);
  put(
    setCommunity &&
      `set community ${setCommunity.members.length === 0 ? "none" : setCommunity.members.join(" ")}${setCommunity.mode === "add" ? " additive" : ""}`,
  );
  put(setExtCommunity && `set extcommunity ${writeExtMembers(setExtCommunity.members)}`);
  put(
    setNextHop === "unchanged"
      ? "set ip next-hop unchanged"
      : setNextHop === "peer"
        ? "set ip next-hop peer-address"
        : setNextHop !== undefined &&
          setNextHop !== "self" &&
          (setNextHop.includes(":") ? `set ipv6 next-hop global ${setNextHop}` : `set ip next-hop ${setNextHop}`),
  );
  put(actions.setLocalPref !== undefined && `set local-preference ${actions.setLocalPref}`);
  put(actions.setMed !== undefined && `set metric ${actions.setMed}`);
  put(actions.setOrigin && `set origin ${actions.setOrigin}`);
  put(actions.setTag !== undefined && `set tag ${actions.setTag}`);
  put(actions.setWeight !== undefined && `set weight ${actions.setWeight}`);
  put(actions.result === "next" && "on-match next");
  return lines;
}
