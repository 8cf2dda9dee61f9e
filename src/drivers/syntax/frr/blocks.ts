import type { FileAccount, SourceSpan } from "#model/source.ts";

/** One line of an FRR configuration and, where it opens a node, the lines inside. */
export interface FrrBlock {
  readonly text: string;
  readonly words: readonly string[];
  readonly line: number;
  node: FrrNode;
  readonly children: FrrBlock[];
  endLine: number;
  status: "used" | "ignored" | "unknown";
  reason: string;
}

/** The node a line opens; `line` opens none. */
type FrrNode = "line" | "bgp" | "family" | "evpn-vni" | "ospf" | "interface" | "vrf" | "route-map" | "other";

export interface FrrText {
  readonly roots: readonly FrrBlock[];
  readonly lines: readonly FrrBlock[];
}

/**
 * Reads lines into nodes as vtysh does: indentation means nothing, a line belongs to the innermost open node that knows
 * it, and one that no open node knows closes them. `!` and `#` are comments and close nothing.
 *
 * @source https://docs.frrouting.org/projects/dev-guide/en/latest/vtysh.html; FRR lib/command.c (command_config_read_one_line
 *   tries the parent nodes)
 */
export function scanFrr(text: string): FrrText {
  const roots: FrrBlock[] = [];
  const lines: FrrBlock[] = [];
  const open: FrrBlock[] = [];
  let number = 0;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    number++;
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    const trimmed = text.slice(at, end).trim();
    at = end + 1;
    if (trimmed === "" || trimmed.startsWith("!") || trimmed.startsWith("#")) continue;
    const words = trimmed.split(/\s+/, 64);
    const block: FrrBlock = {
      text: trimmed,
      words,
      line: number,
      node: "line",
      children: [],
      endLine: number,
      status: "unknown",
      reason: "",
    };
    lines.push(block);
    if (closes(block, open)) {
      block.status = "used";
      continue;
    }
    while (open.length > 0 && !knows(open[open.length - 1]?.node ?? "line", block)) open.pop();
    const parent = open[open.length - 1];
    (parent?.children ?? roots).push(block);
    for (const one of open) one.endLine = number;
    block.node = opens(parent?.node, block);
    if (block.node !== "line") open.push(block);
  }
  return { roots, lines };
}

/** `exit` and its kin; each closes up to the node it is named for. */
function closes({ text }: FrrBlock, open: FrrBlock[]): boolean {
  const upTo = (node: FrrNode): boolean => {
    const index = open.findLastIndex((one) => one.node === node);
    if (index >= 0) open.length = index;
    return true;
  };
  switch (text) {
    case "exit":
    case "quit":
      open.pop();
      return true;
    case "end":
      open.length = 0;
      return true;
    case "exit-address-family":
      return upTo("family");
    case "exit-vni":
      return upTo("evpn-vni");
    case "exit-vrf":
      return upTo("vrf");
    case "exit-route-map":
      return upTo("route-map");
    default:
      return false;
  }
}

function opens(parent: FrrNode | undefined, { words, text }: FrrBlock): FrrNode {
  const [first, second] = words;
  if (parent === "bgp")
    return first === "address-family"
      ? "family"
      : first === "vnc" || text.startsWith("segment-routing")
        ? "other"
        : "line";
  if (parent === "family") return first === "vni" && words.length === 2 ? "evpn-vni" : "line";
  if (parent !== undefined) return "line";
  if (first === "router") return second === "bgp" ? "bgp" : second === "ospf" ? "ospf" : "other";
  if (first === "interface") return "interface";
  if (first === "vrf") return "vrf";
  if (first === "route-map") return "route-map";
  if (
    first === "bfd" ||
    first === "line" ||
    first === "rpki" ||
    first === "pbr-map" ||
    first === "nexthop-group" ||
    first === "segment-routing" ||
    (first === "key" && second === "chain")
  )
    return "other";
  return "line";
}

/** Words of `neighbor X …` that stand in an address family; the others are the session's. */
const familyNeighborWords: ReadonlySet<string> = new Set(
  "activate addpath-tx-all-paths addpath-tx-bestpath-per-AS allowas-in as-override attribute-unchanged default-originate distribute-list dampening disable-addpath-rx filter-list maximum-prefix maximum-prefix-out next-hop-self nexthop-local prefix-list remove-private-AS route-map route-reflector-client route-server-client send-community soft-reconfiguration unsuppress-map weight soo advertise-map encapsulation".split(
    " ",
  ),
);

/** Whether `neighbor X word` (or `no neighbor X word`) is a family's word. */
export const isFamilyNeighbor = (words: readonly string[]): boolean => familyNeighborWords.has(words[2] ?? "");

const topLevel: ReadonlySet<string> = new Set(
  "router interface vrf route-map hostname log service password enable username debug agentx zebra fpm frr access-list banner domainname line".split(
    " ",
  ),
);
const topIp: ReadonlySet<string> = new Set(
  "route prefix-list community-list as-path extcommunity-list large-community-list nht router-id forwarding protocol import-table multicast access-list".split(
    " ",
  ),
);
const topBgp: ReadonlySet<string> = new Set("as-path community-list extcommunity-list large-community-list".split(" "));

const isTopLevel = (words: readonly string[]): boolean => {
  const [first = "", second = ""] = words[0] === "no" ? words.slice(1) : words;
  if (first === "ip" || first === "ipv6") return topIp.has(second);
  if (first === "bgp") return topBgp.has(second);
  return topLevel.has(first);
};

const familyWords: ReadonlySet<string> = new Set(
  "network aggregate-address redistribute maximum-paths distance import export rd rt label route-target vni advertise advertise-all-vni advertise-default-gw advertise-svi-ip default-originate autort dup-addr-detection flooding table-map nexthop disable-ead-evi-rx disable-ead-evi-tx enable-resolve-overlay-index use-es-l3nhg ead-es-frag ead-es-route-target mac-vrf route-map sid install".split(
    " ",
  ),
);
const vniWords: ReadonlySet<string> = new Set([
  "rd",
  "route-target",
  "advertise-default-gw",
  "advertise-svi-ip",
  "flooding",
]);
const vrfWords: ReadonlySet<string> = new Set(["vni", "netns"]);
const vrfIp: ReadonlySet<string> = new Set([
  "route",
  "nht",
  "router-id",
  "protocol",
  "import-table",
  "pim",
  "multicast",
]);
const mapWords: ReadonlySet<string> = new Set(["match", "set", "call", "continue", "on-match", "description", "goto"]);

function knows(node: FrrNode, block: FrrBlock): boolean {
  const words = block.words[0] === "no" ? block.words.slice(1) : block.words;
  const [first = "", second = ""] = words;
  switch (node) {
    case "evpn-vni":
      return vniWords.has(first);
    case "family":
      if (first === "neighbor") return isFamilyNeighbor(words);
      if (first === "bgp") return second === "dampening" || second === "retain";
      // `route-map vpn import X` is a family's; `route-map X permit 10` is a node of its own.
      if (first === "route-map") return second === "vpn";
      return familyWords.has(first);
    case "bgp":
      return !isTopLevel(block.words);
    case "route-map":
      return mapWords.has(first);
    case "vrf":
      return first === "ip" || first === "ipv6" ? vrfIp.has(second) : vrfWords.has(first);
    default:
      return !isTopLevel(block.words);
  }
}

export const use = (block: FrrBlock): void => {
  block.status = "used";
};
export const ignore = (block: FrrBlock, reason: string): void => {
  if (block.status === "unknown") Object.assign(block, { status: "ignored", reason });
};

export const spanOf = (file: string, block: FrrBlock): SourceSpan =>
  block.endLine > block.line ? { file, line: block.line, endLine: block.endLine } : { file, line: block.line };

export const accountOf = (file: string, { lines }: FrrText): FileAccount => ({
  file,
  lines: lines.map(({ line, status, reason, text }) => ({
    line,
    status,
    text,
    ...(status === "ignored" ? { reason } : {}),
  })),
});
