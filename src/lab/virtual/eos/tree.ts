import { formatNumberRanges } from "#net/ranges.ts";
import { compareNames } from "#net/order.ts";

/** One statement of an EOS configuration and those that stand in its block. Typing changes it in place. */
export interface ConfigNode {
  line: string;
  children: ConfigNode[];
}

export const cloneTree = (nodes: readonly ConfigNode[]): ConfigNode[] =>
  nodes.map(({ line, children }) => ({ line, children: cloneTree(children) }));

/** Deeper blocks than any EOS has; a hostile file must not exhaust the stack. */
const maxDepth = 12;

/** Reads configuration text by its indentation. Comments, separators and `end` are dropped, as EOS does on loading. */
export function parseTree(text: string): ConfigNode[] {
  const roots: ConfigNode[] = [];
  const open: { indent: number; children: ConfigNode[] }[] = [{ indent: -1, children: roots }];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const raw = lines[index] ?? "";
    const line = raw.trim();
    if (line === "" || line === "end" || (line.startsWith("!") && !line.startsWith("!!"))) continue;
    const indent = raw.length - raw.trimStart().length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const node: ConfigNode = { line: normalize(line), children: [] };
    if (/^banner \S+$/.test(line)) {
      const end = lines.indexOf("EOF", index);
      if (end > index) {
        node.line = lines.slice(index, end + 1).join("\n");
        index = end;
      }
    }
    (open.at(-1)?.children ?? roots).push(node);
    if (open.length < maxDepth) open.push({ indent, children: node.children });
  }
  return splitVlans(roots);
}

/** One space between words, and interface names in full, as the device itself prints them. */
export function normalize(line: string): string {
  if (line.startsWith("!!") || line.startsWith("description ") || line.startsWith("banner ")) return line;
  const words = line.replace(/\s+/g, " ");
  const block = /^(interface) ([A-Za-z-]+) ?(\d.*)$/.exec(words);
  return block ? `interface ${fullName(block[2] ?? "")}${block[3] ?? ""}` : words;
}

const interfaceKinds = [
  "Ethernet",
  "Port-Channel",
  "Loopback",
  "Management",
  "Vlan",
  "Vxlan",
  "Tunnel",
  "Recirc-Channel",
] as const;

/** `Et` is `Ethernet`, `po` is `Port-Channel`: EOS takes any unambiguous beginning. */
function fullName(given: string): string {
  const found = interfaceKinds.filter((kind) => kind.toLowerCase().startsWith(given.toLowerCase()));
  return found.length === 1 || found[0]?.toLowerCase() === given.toLowerCase() ? (found[0] ?? given) : given;
}

/** `vlan 10-12,20` holds for four VLANs; each is edited on its own from then on. */
function splitVlans(roots: ConfigNode[]): ConfigNode[] {
  const result: ConfigNode[] = [];
  for (const node of roots) {
    const list = /^vlan ([\d,\- ]+)$/.exec(node.line);
    const ids = list ? vlanList(list[1] ?? "") : undefined;
    if (ids === undefined || ids.length < 2) result.push(node);
    else for (const id of ids) result.push({ line: `vlan ${id}`, children: cloneTree(node.children) });
  }
  return result;
}

export function vlanList(text: string): number[] | undefined {
  const ids: number[] = [];
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*$/.exec(part);
    if (!match) return undefined;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    if (from < 1 || to > 4094 || to < from) return undefined;
    for (let id = from; id <= to; id++) ids.push(id);
  }
  return ids;
}

/** One line as printed, and the statement it comes from. */
export interface PrintedLine {
  readonly text: string;
  readonly node?: ConfigNode;
}

/**
 * The order in which `show running-config` prints sections. What is not listed stands where it was typed, after these.
 *
 * @source the section order of AVD's EOS CLI templates, which follow the device's (corpus/eos/avd-*)
 */
const sectionOrder: readonly RegExp[] = [
  /^(no )?(enable|aaa) /,
  /^username /,
  /^daemon /,
  /^(no )?(agent|terminal|prompt|alias|load-interval|service interface|switchport default|errdisable) ?/,
  /^vlan internal /,
  /^(no )?transceiver /,
  /^queue-monitor /,
  /^(no )?service routing /,
  /^(no )?(logging|platform|hardware|system) /,
  /^(hostname|dns|ip (name-server|domain)) ?/,
  /^(no )?(ntp|snmp-server|ptp|lldp|sflow) ?/,
  /^(no )?spanning-tree /,
  /^(tacacs|radius)/,
  /^vlan \d/,
  /^vrf instance /,
  /^management (cvx|api|defaults|console)/,
  /^(qos|priority-flow-control|policy-map|class-map) /,
  /^interface Port-Channel/,
  /^interface Ethernet/,
  /^interface Loopback/,
  /^interface Management/,
  /^interface Tunnel/,
  /^interface Vlan/,
  /^interface Vxlan/,
  /^mac /,
  /^ip virtual-router /,
  /^(ip|ipv6) (standard )?access-list /,
  /^(no )?(ip|ipv6) (unicast-)?routing/,
  /^ip (as-path|community-list|extcommunity-list|large-community-list) /,
  /^(ip|ipv6) prefix-list /,
  /^mlag /,
  /^(ip|ipv6) route /,
  /^(mpls|arp|route-map) /,
  /^peer-filter /,
  /^router (adaptive|bfd)/,
  /^router bgp/,
  /^router /,
  /^banner /,
  /^management /,
];
const sorted = /^(interface|vlan \d|vrf instance|route-map|(ip|ipv6) (route|prefix-list|access-list)) ?/;

const section = (line: string): number => {
  const found = sectionOrder.findIndex((pattern) => pattern.test(line));
  return found < 0 ? sectionOrder.length : found;
};

/** Statements that repeat what is so anyway: the device doesn't print them. */
function isDefault(block: string, line: string): boolean {
  if (!block.startsWith("interface ")) return false;
  if (line === "no shutdown") return true;
  if (!/^interface (Ethernet|Port-Channel)/.test(block)) return false;
  return /^(switchport|switchport mode access|switchport access vlan 1|mtu 1500)$/.test(line);
}

/** The whole configuration as `show running-config` prints it, without header. */
export function printTree(roots: readonly ConfigNode[]): PrintedLine[] {
  const lines: PrintedLine[] = [];
  const ranked = roots.map((node, at) => ({ node, at, rank: section(node.line) }));
  ranked.sort((a, b) => {
    if (a.rank !== b.rank) return a.rank - b.rank;
    const named = sorted.test(a.node.line) && sorted.test(b.node.line);
    return (named ? compareNames(a.node.line, b.node.line) : 0) || a.at - b.at;
  });
  let last = -1;
  let lastBlock = false;
  for (let index = 0; index < ranked.length; index++) {
    const { node, rank } = ranked[index] as { node: ConfigNode; rank: number }; // index is in range
    const block = node.children.length > 0 || /^(interface|vlan|vrf instance|router) /.test(node.line);
    if (last >= 0 && (rank !== last || block || lastBlock)) lines.push({ text: "!" });
    const run = emptyVlanRun(ranked, index);
    if (run > 1) {
      const ids = ranked.slice(index, index + run).map(({ node: each }) => Number(each.line.slice(5)));
      lines.push({ text: `vlan ${formatNumberRanges(ids)}`, node });
      index += run - 1;
    } else printNode(node, "", lines);
    last = rank;
    lastBlock = block;
  }
  return lines;
}

/** How many VLANs without any statement follow each other from here: they are printed as one list. */
function emptyVlanRun(ranked: readonly { readonly node: ConfigNode }[], from: number): number {
  let run = 0;
  for (; from + run < ranked.length; run++) {
    const node = ranked[from + run]?.node;
    if (node === undefined || node.children.length > 0 || !/^vlan \d+$/.test(node.line)) break;
  }
  return run;
}

function printNode(node: ConfigNode, indent: string, lines: PrintedLine[]): void {
  lines.push({ text: indent + node.line, node });
  const inner = `${indent}   `;
  let first = true;
  for (const child of inOrder(node)) {
    if (isDefault(node.line, child.line)) continue;
    if (child.children.length > 0 && !first) lines.push({ text: `${inner}!` });
    printNode(child, inner, lines);
    first = false;
  }
}

/** Entries of a list stand by their number; other blocks come after the plain statements of theirs. */
function inOrder(node: ConfigNode): readonly ConfigNode[] {
  if (/^(ip|ipv6|mac) (standard )?(access-list|prefix-list) /.test(node.line)) {
    const number = ({ line }: ConfigNode): number => Number(/^(?:seq )?(\d+) /.exec(line)?.[1] ?? 0);
    return node.children.toSorted((a, b) => number(a) - number(b));
  }
  const plain = node.children.filter((child) => child.children.length === 0);
  return [...plain, ...node.children.filter((child) => child.children.length > 0)];
}

/** Where every statement stands: `router bgp 65001 > vrf A > rd 1:1`. */
export function pathsOf(roots: readonly ConfigNode[], into = new Set<string>(), above = ""): Set<string> {
  for (const { line, children } of roots) {
    const path = above === "" ? line : `${above} > ${line}`;
    into.add(path);
    pathsOf(children, into, path);
  }
  return into;
}
