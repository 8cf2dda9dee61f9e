import { parseAsn, type Asn } from "#net/asn.ts";
import { isIpv6, parseIpAddress, parseIpPrefix, prefixLength } from "#net/ip.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import type { CommunitySet, Policy, PolicyStatement, PrefixSet, RoutingPolicy } from "#model/routing-policy.ts";
import { block, type Block, type Written } from "../../syntax/indented.ts";
import type { Draft, Line } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { canonicalInterface, sortedKeys, splitWords, pathOf } from "../text.ts";

type PrefixEntry = PrefixSet["entries"][number];
const step = 10;

const actionOf = (word: string | undefined): "permit" | "deny" | undefined =>
  word === "permit" || word === "deny" ? word : undefined;

const whole = (word: string | undefined, max = 4294967295): number | undefined => {
  const value = word !== undefined && /^\d{1,10}$/.test(word) ? Number(word) : Number.NaN;
  return value <= max ? value : undefined;
};

/** `seq 10 permit 10.0.0.0/8 ge 24 le 32`, `permit P eq 32`. */
function prefixEntry(words: readonly string[], highest: number): PrefixEntry | undefined {
  const numbered = words[0] === "seq";
  const sequence = numbered ? whole(words[1]) : (Math.floor(highest / step) + 1) * step;
  const at = numbered ? 2 : 0;
  const action = actionOf(words[at]);
  const prefix = parseIpPrefix(words[at + 1] ?? "");
  if (sequence === undefined || action === undefined || prefix === undefined) return undefined;
  const full = isIpv6(prefix) ? 128 : 32;
  let minLength = prefixLength(prefix);
  let maxLength = minLength;
  for (let index = at + 2; index < words.length; index += 2) {
    const length = whole(words[index + 1], full);
    if (length === undefined) return undefined;
    if (words[index] === "eq") minLength = maxLength = length;
    else if (words[index] === "ge") {
      minLength = length;
      maxLength = Math.max(maxLength, words.includes("le") ? 0 : full);
    } else if (words[index] === "le") maxLength = length;
    else return undefined;
  }
  return { sequence, action, prefix, minLength, maxLength };
}

/** `ip prefix-list X` with its entries below it, or one entry on the line; the same for IPv6. */
export function readPrefixList(line: Line, reader: Reader): boolean {
  const { words, no, block: header } = line;
  const name = words[2];
  if (name === undefined) return false;
  if (no) {
    reader.draft.prefixSets.delete(name);
    return true;
  }
  let set = reader.draft.prefixSets.get(name);
  if (set === undefined) reader.draft.prefixSets.set(name, (set = { line: header.line, entries: new Map(), last: 0 }));
  const add = (said: readonly string[]): boolean => {
    const entry = prefixEntry(said, set.last);
    if (entry === undefined) return false;
    set.entries.set(`${entry.sequence} ${isIpv6(entry.prefix)}`, entry);
    set.last = entry.sequence;
    return true;
  };
  if (words.length > 3) return add(words.slice(3));
  for (const child of header.children) {
    const said = splitWords(child.text);
    if (said[0] === "remark" || (said[0] === "seq" && said[2] === "remark")) reader.ignore(child, "a remark");
    else if (add(said)) reader.use(child);
  }
  return true;
}

const wellKnown = new Set(["no-export", "no-advertise", "local-as", "internet", "graceful-shutdown", "blackhole"]);

/** `65000:1`, a 32-bit number, or a well-known name, in one spelling. */
function canonicalCommunity(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (lower === "gshut") return "graceful-shutdown";
  if (wellKnown.has(lower)) return lower;
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff)
    return `${Math.floor(Number(text) / 65536)}:${Number(text) % 65536}`;
  const parts = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  return parts && Number(parts[1]) < 65536 && Number(parts[2]) < 65536
    ? `${Number(parts[1])}:${Number(parts[2])}`
    : undefined;
}

/** `rt 65000:1` and `soo 65000:1` as `target:65000:1` and `origin:65000:1`. */
function extCommunities(words: readonly string[]): string[] | undefined {
  const members: string[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const kind = words[at] === "rt" ? "target" : words[at] === "soo" ? "origin" : undefined;
    if (kind === undefined || !/^[\d.]+:\d+$/.test(words[at + 1] ?? "")) return undefined;
    members.push(`${kind}:${words[at + 1]}`);
  }
  return members.length === 0 ? undefined : members;
}

/** `ip community-list [standard|regexp] X permit ...`, `ip extcommunity-list ...`. */
export function readCommunityList(line: Line, reader: Reader): boolean {
  const { words, no, block: header } = line;
  const extended = words[1] === "extcommunity-list";
  const regex = words[2] === "regexp" || words[2] === "expanded";
  const at = regex || words[2] === "standard" ? 3 : 2;
  const name = words[at];
  const action = actionOf(words[at + 1]);
  const sets = extended ? reader.draft.extCommunitySets : reader.draft.communitySets;
  if (name === undefined) return false;
  if (no) {
    sets.delete(name);
    return true;
  }
  if (action === undefined) return false;
  const said = words.slice(at + 2);
  const members = regex ? [said.join(" ")] : extended ? extCommunities(said) : allOf(said.map(canonicalCommunity));
  if (members === undefined || members.length === 0) return false;
  const set = sets.get(name) ?? { line: header.line, entries: [] as CommunitySet["entries"][number][] };
  set.entries.push({ action, members, regex });
  sets.set(name, set);
  return true;
}

const allOf = (members: readonly (string | undefined)[]): string[] | undefined =>
  members.every((member) => member !== undefined) ? [...members] : undefined;

/** `ip as-path access-list X permit ^65000_ [any]`. */
export function readAsPathList(line: Line, reader: Reader): boolean {
  const { words, no, block: header } = line;
  const name = words[3];
  const action = actionOf(words[4]);
  if (words[2] !== "access-list" || name === undefined) return false;
  if (no) {
    reader.draft.asPathSets.delete(name);
    return true;
  }
  const said = words.slice(5);
  const origin = said.at(-1);
  if (action === undefined || said.length === 0) return false;
  if (said.length > 1 && origin === "any") said.pop();
  const set = reader.draft.asPathSets.get(name) ?? { line: header.line, entries: [] };
  reader.draft.asPathSets.set(name, set);
  // An entry for one origin only is narrower than the model can say: it is kept, and the line stays unknown.
  set.entries.push({
    action,
    regex: said.filter((word) => word !== "igp" && word !== "egp" && word !== "incomplete").join(" "),
  });
  return said.length === 1;
}

/** A statement while its lines are read. */
interface Statement {
  readonly conditions: Draft<PolicyStatement["conditions"]>;
  readonly actions: Draft<PolicyStatement["actions"]>;
}

const protocols = { connected: "connected", static: "static", bgp: "bgp", ospf: "ospf" } as const;

const readMatch: Handler<Statement> = ({ words }, { conditions }) => {
  const [, subject, second = "", third, fourth] = words;
  if (words.length > 5) return false;
  switch (subject) {
    case "ip":
    case "ipv6": {
      const list = third === "prefix-list" ? fourth : undefined;
      const field = second === "address" ? "prefixSet" : second === "next-hop" ? "nextHopPrefixSet" : undefined;
      if (field === undefined || list === undefined) return false;
      if (conditions[field] !== undefined && conditions[field] !== list) return false;
      conditions[field] = list;
      return true;
    }
    case "community":
      conditions.communitySet = second;
      return words.length === 3;
    case "extcommunity":
      conditions.extCommunitySet = second;
      return words.length === 3;
    case "as-path":
      conditions.asPathSet = second;
      return words.length === 3;
    case "interface": {
      const name = canonicalInterface(second, third);
      if (name !== undefined) conditions.interface = name;
      return name !== undefined;
    }
    case "source-protocol":
      if (!Object.hasOwn(protocols, second)) return false;
      conditions.sourceProtocol = protocols[second as keyof typeof protocols]; // just checked
      return true;
    case "tag":
    case "metric":
    case "local-preference": {
      const value = whole(second);
      if (value === undefined) return false;
      conditions[subject === "tag" ? "tag" : subject === "metric" ? "med" : "localPref"] = value;
      return true;
    }
    case "route-type":
      if (second !== "external" && second !== "internal") return false;
      conditions.bgpRouteType = second;
      return true;
    default:
      return false;
  }
};

function setNumber(words: readonly string[], actions: Statement["actions"]): boolean {
  const value = whole(words[2]);
  if (value === undefined || words.length > 3) return false;
  if (words[1] === "local-preference") actions.setLocalPref = value;
  else if (words[1] === "metric") actions.setMed = value;
  else if (words[1] === "weight") actions.setWeight = value;
  else actions.setTag = value;
  return true;
}

function setCommunities(words: readonly string[], actions: Statement["actions"], extended: boolean): boolean {
  const said = words.slice(2);
  const last = said.at(-1);
  const mode = last === "additive" ? "add" : last === "delete" ? "remove" : "replace";
  if (mode !== "replace") said.pop();
  const members =
    said.length === 1 && said[0] === "none"
      ? []
      : extended
        ? extCommunities(said)
        : allOf(said.map(canonicalCommunity));
  if (members === undefined) return false;
  const set = { mode, members } as const;
  if (extended) actions.setExtCommunity = set;
  else actions.setCommunity = set;
  return true;
}

function setNextHop(words: readonly string[], actions: Statement["actions"]): boolean {
  if (words[2] !== "next-hop" || words.length > 4) return false;
  const address = parseIpAddress(words[3] ?? "");
  if (words[3] === "peer-address") actions.setNextHop = "peer";
  else if (words[3] === "unchanged") actions.setNextHop = "unchanged";
  else if (address === undefined) return false;
  // IPv4 and IPv6 next hops may both be said; the model holds one, the first.
  else if (actions.setNextHop !== undefined && actions.setNextHop !== address) return false;
  else actions.setNextHop = address;
  return true;
}

const readSet: Handler<Statement> = ({ words }, { actions }) => {
  switch (words[1]) {
    case "local-preference":
    case "metric":
    case "weight":
    case "tag":
      return setNumber(words, actions);
    case "origin":
      if (words[2] !== "igp" && words[2] !== "egp" && words[2] !== "incomplete") return false;
      actions.setOrigin = words[2];
      return true;
    case "community":
      return setCommunities(words, actions, false);
    case "extcommunity":
      return setCommunities(words, actions, true);
    case "ip":
    case "ipv6":
      return setNextHop(words, actions);
    case "as-path": {
      const numbers: Asn[] = [];
      for (const word of words.slice(3)) {
        const number = parseAsn(word);
        if (number === undefined) return false;
        numbers.push(number);
      }
      if (words[2] !== "prepend" || numbers.length === 0) return false;
      actions.prependAs = numbers;
      return true;
    }
    default:
      return false;
  }
};

const statementLines: Table<Statement> = new Map<string, Handler<Statement>>([
  ["match", readMatch],
  ["set", readSet],
  [
    "description",
    ({ block: line }, _statement, reader) => {
      reader.ignore(line, "a description");
      return false;
    },
  ],
  [
    "continue",
    ({ words }, { actions }) => {
      // To the next statement; a jump over some is more than the model can say.
      if (actions.result === "accept") actions.result = "next";
      return words.length === 1;
    },
  ],
  [
    "sub-route-map",
    ({ words }, { actions }) => {
      if (words[1] === undefined) return false;
      actions.call = words[1];
      return true;
    },
  ],
]);

/** `route-map X permit 10`. */
export function readRouteMap(line: Line, reader: Reader): boolean {
  const { words, no, block: header } = line;
  const name = words[1];
  const action = actionOf(words[2] ?? "permit");
  const sequence = whole(words[3] ?? "10", 65535);
  if (name === undefined || action === undefined || sequence === undefined || words.length > 4) return false;
  if (no) {
    if (words[2] === undefined) reader.draft.policies.delete(name);
    else reader.draft.policies.get(name)?.statements.delete(sequence);
    return true;
  }
  const policy = reader.draft.policies.get(name) ?? { line: header.line, statements: new Map() };
  reader.draft.policies.set(name, policy);
  const before = policy.statements.get(sequence)?.statement;
  const result = action === "permit" ? "accept" : "reject";
  const statement: Statement = { conditions: { ...before?.conditions }, actions: { ...before?.actions, result } };
  reader.each(header.children, statementLines, statement);
  policy.statements.set(sequence, {
    line: header.line,
    // Fields are only ever set to values.
    statement: { name: String(sequence), ...statement } as PolicyStatement,
  });
  return true;
}

/** `peer-filter X` / `10 match as-range 65000-65010 result accept`. */
export function readPeerFilter(line: Line, reader: Reader): boolean {
  const name = line.words[1];
  if (name === undefined) return false;
  if (line.no) {
    reader.draft.peerFilters.delete(name);
    return true;
  }
  const filter = reader.draft.peerFilters.get(name) ?? { line: line.block.line, ranges: [] };
  reader.draft.peerFilters.set(name, filter);
  for (const child of line.block.children) {
    const range = peerRange(child);
    if (range === undefined) continue;
    filter.ranges.push(range);
    reader.use(child);
  }
  return true;
}

function peerRange(child: Block): { from: number; to: number; accept: boolean; sequence: number } | undefined {
  const words = splitWords(child.text);
  const sequence = whole(words[0]);
  const [low = "", high = low] = (words[3] ?? "").split("-");
  const from = parseAsn(low);
  const to = parseAsn(high);
  const verdict = words[5];
  if (sequence === undefined || words[1] !== "match" || words[2] !== "as-range" || words[4] !== "result")
    return undefined;
  if (from === undefined || to === undefined || (verdict !== "accept" && verdict !== "reject")) return undefined;
  return { from, to, accept: verdict === "accept", sequence };
}

export function buildRoutingPolicy(reader: Reader): RoutingPolicy {
  const { draft } = reader;
  const named = <From extends { line: number }, To>(
    kind: keyof RoutingPolicy,
    sets: ReadonlyMap<string, From>,
    build: (set: From, name: string) => To,
  ): Record<string, To> =>
    Object.fromEntries(
      [...sets].map(([name, set]) => {
        reader.mark(pathOf("routingPolicy", kind, name), set.line);
        return [name, build(set, name)];
      }),
    );
  return {
    prefixSets: named("prefixSets", draft.prefixSets, ({ entries }): PrefixSet => ({
      entries: [...entries.values()].toSorted((a, b) => a.sequence - b.sequence),
    })),
    communitySets: named("communitySets", draft.communitySets, ({ entries }) => ({ entries })),
    extCommunitySets: named("extCommunitySets", draft.extCommunitySets, ({ entries }) => ({ entries })),
    asPathSets: named("asPathSets", draft.asPathSets, ({ entries }) => ({ entries })),
    policies: named("policies", draft.policies, ({ statements }, name): Policy => ({
      statements: [...statements]
        .sort(([a], [b]) => a - b)
        .map(([, { statement, line }], index) => {
          reader.mark(pathOf("routingPolicy", "policies", name, "statements", index), line);
          return statement;
        }),
      defaultResult: "reject",
    })),
  };
}

export function writeRoutingPolicy({ routingPolicy: policy }: DeviceConfig): Written[] {
  return [
    ...sortedKeys(policy.communitySets).flatMap((name) =>
      (policy.communitySets[name]?.entries ?? []).map(({ action, members, regex }) =>
        block(`ip community-list ${regex ? "regexp " : ""}${name} ${action} ${members.join(" ")}`),
      ),
    ),
    ...sortedKeys(policy.extCommunitySets).flatMap((name) =>
      (policy.extCommunitySets[name]?.entries ?? []).map(({ action, members, regex }) =>
        block(
          `ip extcommunity-list ${regex ? "regexp " : ""}${name} ${action} ${(regex ? members : members.map(writeExt)).join(" ")}`,
        ),
      ),
    ),
    ...sortedKeys(policy.asPathSets).flatMap((name) =>
      (policy.asPathSets[name]?.entries ?? []).map(({ action, regex }) =>
        block(`ip as-path access-list ${name} ${action} ${regex} any`),
      ),
    ),
    ...sortedKeys(policy.prefixSets).flatMap((name) => writePrefixSet(name, policy.prefixSets[name])),
    ...sortedKeys(policy.policies).flatMap((name) =>
      (policy.policies[name]?.statements ?? []).map((statement, index) =>
        writeStatement(name, statement, index, policy),
      ),
    ),
  ];
}

const writeExt = (member: string): string => member.replace(/^target:/, "rt ").replace(/^origin:/, "soo ");

function writePrefixSet(name: string, set: PrefixSet | undefined): Written[] {
  const lines = (six: boolean): Written[] =>
    (set?.entries ?? [])
      .filter((entry) => isIpv6(entry.prefix) === six)
      .map((entry) => block(writePrefixEntry(entry, six)));
  return [false, true].flatMap((six) => {
    const entries = lines(six);
    return entries.length === 0 ? [] : [block(`${six ? "ipv6" : "ip"} prefix-list ${name}`, entries)];
  });
}

function writePrefixEntry({ sequence, action, prefix, minLength, maxLength }: PrefixEntry, six: boolean): string {
  const own = prefixLength(prefix);
  const full = six ? 128 : 32;
  const range =
    minLength === maxLength
      ? minLength === own
        ? ""
        : ` eq ${minLength}`
      : `${minLength === own ? "" : ` ge ${minLength}`}${maxLength === full && minLength !== own ? "" : ` le ${maxLength}`}`;
  return `seq ${sequence} ${action} ${prefix}${range}`;
}

/** Statements keep their own number where they have one. */
const statementNumber = (statement: PolicyStatement, index: number): number =>
  whole(statement.name, 65535) ?? (index + 1) * step;

function writeStatement(name: string, statement: PolicyStatement, index: number, policy: RoutingPolicy): Written {
  const { conditions: when, actions: then } = statement;
  const verb = (set: string): string => {
    const entries = policy.prefixSets[set]?.entries ?? [];
    return entries.length > 0 && entries.every((entry) => isIpv6(entry.prefix)) ? "ipv6" : "ip";
  };
  const lines = [
    ...(when.interface === undefined ? [] : [`match interface ${when.interface}`]),
    ...(when.prefixSet === undefined ? [] : [`match ${verb(when.prefixSet)} address prefix-list ${when.prefixSet}`]),
    ...(when.nextHopPrefixSet === undefined
      ? []
      : [`match ${verb(when.nextHopPrefixSet)} next-hop prefix-list ${when.nextHopPrefixSet}`]),
    ...(when.communitySet === undefined ? [] : [`match community ${when.communitySet}`]),
    ...(when.extCommunitySet === undefined ? [] : [`match extcommunity ${when.extCommunitySet}`]),
    ...(when.asPathSet === undefined ? [] : [`match as-path ${when.asPathSet}`]),
    ...(when.sourceProtocol === undefined ? [] : [`match source-protocol ${when.sourceProtocol}`]),
    ...(when.bgpRouteType === undefined ? [] : [`match route-type ${when.bgpRouteType}`]),
    ...(when.tag === undefined ? [] : [`match tag ${when.tag}`]),
    ...(when.med === undefined ? [] : [`match metric ${when.med}`]),
    ...(when.localPref === undefined ? [] : [`match local-preference ${when.localPref}`]),
    ...(then.call === undefined ? [] : [`sub-route-map ${then.call}`]),
    ...(then.setLocalPref === undefined ? [] : [`set local-preference ${then.setLocalPref}`]),
    ...(then.setMed === undefined ? [] : [`set metric ${then.setMed}`]),
    ...(then.setOrigin === undefined ? [] : [`set origin ${then.setOrigin}`]),
    ...(then.setWeight === undefined ? [] : [`set weight ${then.setWeight}`]),
    ...(then.setTag === undefined ? [] : [`set tag ${then.setTag}`]),
    ...(then.setNextHop === undefined ? [] : [writeNextHop(then.setNextHop)]),
    ...(then.setCommunity === undefined
      ? []
      : [`set community ${writeMembers(then.setCommunity.members, then.setCommunity.mode)}`]),
    ...(then.setExtCommunity === undefined
      ? []
      : [`set extcommunity ${writeMembers(then.setExtCommunity.members.map(writeExt), then.setExtCommunity.mode)}`]),
    ...(then.prependAs === undefined ? [] : [`set as-path prepend ${then.prependAs.join(" ")}`]),
    ...(then.result === "next" ? ["continue"] : []),
  ];
  return block(
    `route-map ${name} ${then.result === "reject" ? "deny" : "permit"} ${statementNumber(statement, index)}`,
    lines.map((line) => block(line)),
  );
}

const writeNextHop = (hop: NonNullable<PolicyStatement["actions"]["setNextHop"]>): string => {
  if (hop === "peer" || hop === "self") return "set ip next-hop peer-address";
  return `set ${isIpv6(hop) ? "ipv6" : "ip"} next-hop ${hop}`;
};

const writeMembers = (members: readonly string[], mode: "replace" | "add" | "remove"): string =>
  members.length === 0
    ? "none"
    : `${members.join(" ")}${mode === "add" ? " additive" : mode === "remove" ? " delete" : ""}`;
