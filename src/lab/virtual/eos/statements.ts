import { formatNumberRanges } from "#net/ranges.ts";
import { vlanList, type ConfigNode } from "./tree.ts";

/**
 * How many words of a statement say which setting it is; the rest is its value, and a new value takes the old one's
 * place. A statement that fits none is a member of a set: it is its own identity (`network`, `route-target`, list entries).
 */
const settings: readonly RegExp[] = [
  /^(?:hostname|mtu|speed|description|name|state|router-id|rd|encapsulation|load-interval|shutdown|autostate)(?= |$)/,
  /^(?:domain-id|local-interface|peer-address|peer-link|primary-priority|dual-primary|heartbeat-interval)(?= |$)/,
  /^reload-delay (?:mlag|non-mlag|mode)/,
  /^(?:enable password|aaa root|spanning-tree mode|service routing protocols model|vlan internal order)/,
  /^spanning-tree mst \S+ priority/,
  /^spanning-tree vlan-id \S+ priority/,
  /^spanning-tree (?:portfast|link-type|bpduguard|bpdufilter|guard|cost)/,
  /^username \S+/,
  /^ip virtual-router mac-address/,
  /^ip address virtual(?! source-nat)(?! .* secondary)/,
  /^ip address(?! virtual)(?! .* secondary$)/,
  /^ip address(?= unnumbered)/,
  /^ipv6 (?:enable|unicast-routing)/,
  /^ip routing(?: ipv6 interfaces)?(?: vrf \S+)?$/,
  /^(?:ip|ipv6) access-group (?=\S+ in$)/,
  /^(?:ip|ipv6) (?:ospf \S+(?: \d+ md5)?|proxy-arp|local-proxy-arp)/,
  /^vrf(?! instance)(?= \S+$)/,
  /^switchport(?= \S)? ?(?:mode|access vlan|trunk native vlan|trunk allowed vlan|phone \S+)(?= |$)/,
  /^switchport$/,
  /^channel-group/,
  /^lacp (?:rate|timer|port-priority|system-id)/,
  /^port-channel (?:min-links|lacp fallback(?: timeout)?)/,
  /^mlag(?= \d+$)/,
  /^vxlan (?:source-interface|udp-port|virtual-vtep local-interface|virtual-router encapsulation mac-address)/,
  /^vxlan (?:vlan|vrf) \S+ (?:vni|flood vtep)/,
  /^(?:maximum-paths|graceful-restart|cluster-id)(?= |$)/,
  /^distance bgp/,
  /^timers bgp/,
  /^bgp (?:asn notation|log-neighbor-changes|router-id|default \S+|bestpath \S+(?: \S+)?|listen limit)/,
  /^neighbor \S+ (?:route-map \S+ |prefix-list \S+ )(?=(?:in|out)$)/,
  /^neighbor \S+ (?:remote-as|description|peer group|update-source|ebgp-multihop|send-community|maximum-routes|password|bfd|next-hop-self|next-hop-unchanged|route-reflector-client|allowas-in|timers|shutdown|local-as|weight|soft-reconfiguration|default-originate|rib-in|activate|encapsulation|fall-over bfd|out-delay|enforce-first-as|next-hop-peer|link-bandwidth|passive|ttl|transport|domain|as-path|idle-restart-timer|metric-out|graceful-restart)/,
  /^neighbor interface \S+ /,
  /^neighbor default (?:encapsulation|next-hop-self)/,
  /^redistribute (?:ospf(?:v3)? match \S+|ospfv3(?: include leaked)?|ospf(?: include leaked)?|connected|static|isis|rip|attached-host|dynamic|bgp|learned|router-mac|host-route)(?: leaked)?/,
  /^advertise (?:connected|static|\S+)/,
  /^set (?:local-preference|metric|origin|tag|weight|ip next-hop|ipv6 next-hop|community|extcommunity|as-path \S+|distance)/,
  /^match (?:ip|ipv6) address prefix-list/,
  /^match (?:as-path|community|extcommunity|interface|tag|source-protocol|metric|local-preference)/,
  /^(?:default-information originate|max-lsa|auto-cost reference-bandwidth|log-adjacency-changes)/,
  /^passive-interface default/,
  /^(?:identifier|redundancy|designated-forwarder election algorithm)(?= |$)/,
  /^(?:exec|protocol https?(?= |$)|default-services|idle-timeout)(?= |$)/,
  /^priority-flow-control(?= on$| off$|$)/,
  /^priority-flow-control priority \d+/,
  /^qos trust/,
  /^qos map (?:dscp|cos|exp|traffic-class) .* to (?:traffic-class|dscp|cos|tx-queue|uc-tx-queue)(?= )/,
  /^(?:random-detect ecn|bandwidth percent|shape rate|priority strict)/,
  /^service-(?:profile|policy type \S+ (?:input|output))/,
  /^error-correction encoding/,
  /^(?:lldp (?:run|transmit|receive|timer|holdtime))/,
  /^seq \d+/,
  /^\d+(?= (?:permit|deny|remark|match) ?)/,
  /^(?:ip|ipv6) prefix-list \S+ seq \d+/,
  /^(?:set evpn next-hop|update wait-for-convergence|update wait-install)/,
];

/** Statements whose absence is not their negation: `no X` is kept and printed. */
const keptNegations: readonly RegExp[] = [
  /^switchport$/,
  /^shutdown$/,
  /^(enable password|aaa root|autostate|ip routing|ipv6 enable$|default-services)/,
  /^neighbor \S+ (activate|send-community|next-hop-unchanged)/,
  /^bgp default /,
  /^spanning-tree (vlan-id|mode) /,
  /^lldp (run|transmit|receive)/,
  /^(priority$|ip igmp snooping|host-flap detection|sflow enable|qos trust|redistribute learned|bgp redistribute-internal|ip icmp|ip proxy-arp|logging event|protocol https|passive-interface|service interface)/,
];

const withoutNo = (line: string): string => line.replace(/^(?:no|default) /, "");

/** The statements of one block by their text and by what they set: long lists are typed line by line. */
interface Index {
  readonly byLine: Map<string, ConfigNode>;
  readonly byIdentity: Map<string, ConfigNode>;
}
const indexes = new WeakMap<ConfigNode[], Index>();

function indexOf(siblings: ConfigNode[]): Index {
  const known = indexes.get(siblings);
  if (known) return known;
  const index: Index = { byLine: new Map(), byIdentity: new Map() };
  for (const node of siblings) enter(index, node);
  indexes.set(siblings, index);
  return index;
}

function enter({ byLine, byIdentity }: Index, node: ConfigNode): void {
  if (!byLine.has(node.line)) byLine.set(node.line, node);
  const identity = identityOf(node.line);
  if (!byIdentity.has(identity)) byIdentity.set(identity, node);
}

function append(siblings: ConfigNode[], line: string): ConfigNode {
  const index = indexOf(siblings);
  const node: ConfigNode = { line, children: [] };
  siblings.push(node);
  enter(index, node);
  return node;
}

/** A block, found again by its whole header, or made. */
export const enterBlock = (siblings: ConfigNode[], line: string): ConfigNode =>
  indexOf(siblings).byLine.get(line) ?? append(siblings, line);

/** The part of a statement that names what it sets: two statements with the same name exclude each other. */
function identityOf(line: string): string {
  const statement = withoutNo(line);
  if (/^(?:route-target|ip address .* secondary)/.test(statement)) return statement;
  // A list filter's identity is its direction: the name in between is the value.
  const filter = /^(neighbor \S+ (?:route-map|prefix-list)) \S+ (in|out)$/.exec(statement);
  if (filter) return `${filter[1]} ${filter[2]}`;
  const group = /^((?:ip|ipv6) access-group) \S+ (in|out)$/.exec(statement);
  if (group) return `${group[1]} ${group[2]}`;
  const map = /^(qos map .* to (?:traffic-class|dscp|cos|tx-queue|uc-tx-queue)) /.exec(statement);
  if (map) return map[1] ?? statement;
  for (const setting of settings) {
    const match = setting.exec(statement);
    if (match) return match[0].trim();
  }
  return statement;
}

/** What one typed line does to the block it is typed in. Gives the statement that stands there now, if one does. */
export function applyStatement(siblings: ConfigNode[], line: string): ConfigNode | undefined {
  const negation = /^(no|default) (.+)$/.exec(line);
  if (negation) {
    const statement = negation[2] ?? "";
    removeMatching(siblings, statement);
    if (negation[1] === "default" || !keptNegations.some((kept) => kept.test(statement))) return undefined;
  }
  const vlans = /^switchport trunk allowed vlan (add|remove) (.+)$/.exec(line);
  const text = vlans ? mergeVlans(siblings, vlans[1] === "add", vlans[2] ?? "") : line;
  const { byLine, byIdentity } = indexOf(siblings);
  const existing = byLine.get(text) ?? byIdentity.get(identityOf(text));
  if (existing === undefined) return append(siblings, text);
  byLine.delete(existing.line);
  existing.line = text;
  byLine.set(text, existing);
  return existing;
}

/** `no neighbor 10.0.0.1` takes every statement about it; `no mtu` and `no mtu 9214` both take the mtu. */
function removeMatching(siblings: ConfigNode[], statement: string): void {
  const identity = identityOf(statement);
  indexes.delete(siblings);
  for (let index = siblings.length - 1; index >= 0; index--) {
    const line = siblings[index]?.line ?? "";
    const bare = withoutNo(line);
    const same =
      bare === statement ||
      bare.startsWith(`${statement} `) ||
      (identity !== statement && identityOf(line) === identity);
    // An entry or a block may be named by its number alone; a bare `switchport` must not take `switchport mode`.
    const wordOnly = /^(switchport|shutdown|ip routing)$/.test(statement);
    if (wordOnly ? bare === statement : same) siblings.splice(index, 1);
  }
}

function mergeVlans(siblings: readonly ConfigNode[], add: boolean, list: string): string {
  const prefix = "switchport trunk allowed vlan ";
  const current = siblings.find((node) => node.line.startsWith(prefix))?.line.slice(prefix.length);
  const before = current === undefined || current === "all" ? (add ? [] : vlanList("1-4094")) : vlanList(current);
  const change = new Set(vlanList(list) ?? []);
  if (current === undefined && add) return `${prefix}${list}`;
  const kept = (before ?? []).filter((id) => !change.has(id));
  const after = add ? [...kept, ...change] : kept;
  return after.length === 0 ? `${prefix}none` : `${prefix}${formatNumberRanges(after)}`;
}
