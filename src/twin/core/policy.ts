import type { DeviceConfig, NosName } from "#model/device-config.ts";
import type { CommunitySet, PolicyStatement, PrefixSet, SourceProtocol } from "#model/routing-policy.ts";
import { ipv4ToNumber, prefixAddress, prefixLength } from "#net/ip.ts";
import type { AttributeValues } from "./attributes.ts";
import { keyAddress, keyContains, keyLength, parseKey, type PrefixKey, prefixKey, v4 } from "./numbers.ts";
import { matchesSafeRegex, parseSafeRegex, type SafeRegex } from "./safe-regex.ts";

/** A route on its way through a policy. */
export interface PolicyRoute {
  readonly prefix: PrefixKey;
  readonly protocol: SourceProtocol;
  readonly tag?: number;
  /** The neighbor it comes from or goes to. */
  readonly peer?: number;
  readonly interface?: string;
  readonly attributes: AttributeValues;
  readonly weight: number;
}

export interface Verdict {
  readonly accepted: boolean;
  readonly attributes: AttributeValues;
  readonly weight: number;
  /** Next hop as the policy wants it; a number stands in the attributes already. */
  readonly nextHop?: "self" | "unchanged" | "peer";
  /** `RM-IN statement 10`: what decided. */
  readonly decidedBy: string;
}

const deepestCall = 8;
const nextHopWords = ["self", "unchanged", "peer"] as const;

/**
 * Runs a policy. A name that is not defined does what the NOS does: FRR and its kin deny everything, EOS lets pass.
 *
 * @source FRR bgpd `bgp_input_modifier`: an undefined map denies. EOS: corpus eos/labval-eos_undefined_route_map.
 */
export function applyPolicy(config: DeviceConfig, name: string, route: PolicyRoute): Verdict {
  return run(config, name, route, 0);
}

const undefinedPolicyAccepts = (nos: NosName): boolean => nos === "eos";

function run(config: DeviceConfig, name: string, route: PolicyRoute, depth: number): Verdict {
  const policies = config.routingPolicy.policies;
  const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
  let { attributes, weight } = route;
  if (policy === undefined || depth > deepestCall) {
    const accepted = policy === undefined && undefinedPolicyAccepts(config.nos);
    return { accepted, attributes, weight, decidedBy: `${name} (not defined)` };
  }
  let nextHop: Verdict["nextHop"];
  let passed: string | undefined;
  for (const statement of policy.statements) {
    const now = { ...route, attributes, weight };
    if (!matches(config, statement, now)) continue;
    const { actions } = statement;
    if (actions.call !== undefined) {
      const called = run(config, actions.call, now, depth + 1);
      if (!called.accepted)
        return {
          accepted: false,
          attributes,
          weight,
          decidedBy: `${name} statement ${statement.name}, ${called.decidedBy}`,
        };
      ({ attributes, weight } = called);
      nextHop = called.nextHop ?? nextHop;
    }
    if (actions.result === "reject")
      return { accepted: false, attributes, weight, decidedBy: `${name} statement ${statement.name}` };
    attributes = change(attributes, actions);
    weight = actions.setWeight ?? weight;
    const word = nextHopWords.find((each) => each === actions.setNextHop);
    nextHop = word ?? nextHop;
    if (actions.result === "accept")
      return {
        accepted: true,
        attributes,
        weight,
        ...(nextHop === undefined ? {} : { nextHop }),
        decidedBy: `${name} statement ${statement.name}`,
      };
    passed = statement.name;
  }
  return {
    // A route map whose last match said `continue` has been permitted by it.
    accepted: policy.defaultResult === "accept" || passed !== undefined,
    attributes,
    weight,
    ...(nextHop === undefined ? {} : { nextHop }),
    decidedBy: passed === undefined ? `${name} (end of policy)` : `${name} statement ${passed}`,
  };
}

function matches(config: DeviceConfig, { conditions }: PolicyStatement, route: PolicyRoute): boolean {
  const { routingPolicy } = config;
  const { attributes } = route;
  if (
    conditions.prefixSet !== undefined &&
    !inPrefixSet(own(routingPolicy.prefixSets, conditions.prefixSet), route.prefix)
  )
    return false;
  if (
    conditions.nextHopPrefixSet !== undefined &&
    !inPrefixSet(own(routingPolicy.prefixSets, conditions.nextHopPrefixSet), prefixKey(attributes.nextHop, 32))
  )
    return false;
  if (
    conditions.communitySet !== undefined &&
    !inCommunitySet(own(routingPolicy.communitySets, conditions.communitySet), attributes.communities)
  )
    return false;
  if (
    conditions.extCommunitySet !== undefined &&
    !inCommunitySet(own(routingPolicy.extCommunitySets, conditions.extCommunitySet), attributes.extCommunities)
  )
    return false;
  if (conditions.asPathSet !== undefined) {
    const set = own(routingPolicy.asPathSets, conditions.asPathSet);
    const text = attributes.asPath.join(" ");
    const hit = set?.entries.find((entry) => regexMatches(entry.regex, text));
    if (hit?.action !== "permit") return false;
  }
  if (conditions.interface !== undefined && conditions.interface !== route.interface) return false;
  if (conditions.sourceProtocol !== undefined && conditions.sourceProtocol !== route.protocol) return false;
  if (conditions.tag !== undefined && conditions.tag !== route.tag) return false;
  if (conditions.med !== undefined && conditions.med !== attributes.med) return false;
  if (conditions.localPref !== undefined && conditions.localPref !== attributes.localPref) return false;
  if (conditions.evpnRouteType !== undefined && conditions.evpnRouteType !== attributes.evpn?.type) return false;
  if (conditions.vni !== undefined && conditions.vni !== attributes.evpn?.vni) return false;
  return conditions.peer === undefined || v4(conditions.peer) === route.peer;
}

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** A set that is not defined holds nothing. */
export function inPrefixSet(set: PrefixSet | undefined, prefix: PrefixKey): boolean {
  const length = keyLength(prefix);
  const hit = set?.entries.find((entry) => {
    const key = parseKey(entry.prefix);
    return (
      key !== undefined &&
      length >= Math.max(entry.minLength, keyLength(key)) &&
      length <= entry.maxLength &&
      keyContains(key, keyAddress(prefix))
    );
  });
  return hit?.action === "permit";
}

function inCommunitySet(set: CommunitySet | undefined, members: readonly string[]): boolean {
  const hit = set?.entries.find((entry) =>
    entry.regex
      ? entry.members.some((pattern) => members.some((member) => regexMatches(pattern, bare(member))))
      : entry.members.every((wanted) => members.includes(wanted)),
  );
  return hit?.action === "permit";
}

const bare = (community: string): string => community.replace(/^(?:target|rt):/, "");

const parsed = new Map<string, SafeRegex | undefined>();

/** A pattern that can't be read matches nothing; the checks name it. */
function regexMatches(pattern: string, text: string): boolean {
  let regex = parsed.get(pattern);
  if (regex === undefined && !parsed.has(pattern)) {
    regex = parseSafeRegex(pattern);
    // A cache of a pure function, kept small.
    if (parsed.size > 5000) parsed.clear();
    parsed.set(pattern, regex);
  }
  return regex !== undefined && matchesSafeRegex(regex, text);
}

function change(attributes: AttributeValues, actions: PolicyStatement["actions"]): AttributeValues {
  const origin =
    actions.setOrigin === undefined
      ? undefined
      : (["igp", "egp", "incomplete"].indexOf(actions.setOrigin) as 0 | 1 | 2); // index of the list
  const nextHop =
    actions.setNextHop === undefined || /^[a-z]+$/.test(actions.setNextHop) || actions.setNextHop.includes(":")
      ? undefined
      : ipv4ToNumber(actions.setNextHop as never); // an address: the words were excluded
  return {
    ...attributes,
    localPref: actions.setLocalPref ?? attributes.localPref,
    med: actions.setMed ?? attributes.med,
    origin: origin ?? attributes.origin,
    nextHop: nextHop ?? attributes.nextHop,
    asPath: actions.prependAs === undefined ? attributes.asPath : [...actions.prependAs, ...attributes.asPath],
    communities: changeSet(attributes.communities, actions.setCommunity),
    extCommunities: changeSet(attributes.extCommunities, actions.setExtCommunity),
  };
}

function changeSet(
  members: readonly string[],
  action: { readonly mode: "replace" | "add" | "remove"; readonly members: readonly string[] } | undefined,
): readonly string[] {
  if (action === undefined) return members;
  if (action.mode === "remove") return members.filter((member) => !action.members.includes(member));
  return [...new Set(action.mode === "add" ? [...members, ...action.members] : action.members)].sort();
}

/** The prefixes of a set, for telling routes apart that some policy tells apart. */
export const prefixSetKeys = (set: PrefixSet): { key: PrefixKey; min: number; max: number }[] =>
  set.entries.flatMap((entry) => {
    const address = v4(prefixAddress(entry.prefix));
    return address === undefined
      ? []
      : [{ key: prefixKey(address, prefixLength(entry.prefix)), min: entry.minLength, max: entry.maxLength }];
  });
