import type { Finding } from "#model/finding.ts";
import { expandNames, parseNumberRanges } from "#net/ranges.ts";
import { copyOf, newNode, overlay, type ConfigNode } from "./tree.ts";

/** Where keys are ranges: `*` is any key. */
const rangePaths: readonly { readonly path: readonly string[]; readonly names: boolean }[] = [
  { path: ["interface"], names: true },
  { path: ["interface", "*", "bond", "member"], names: true },
  { path: ["bridge", "domain", "*", "vlan"], names: false },
  { path: ["interface", "*", "bridge", "domain", "*", "vlan"], names: false },
  { path: ["qos", "mapping", "*", "dscp"], names: false },
  { path: ["qos", "mapping", "*", "pcp"], names: false },
  { path: ["qos", "pfc", "*", "switch-priority"], names: false },
  { path: ["qos", "congestion-control", "*", "traffic-class"], names: false },
  { path: ["qos", "egress-queue-mapping", "*", "switch-priority"], names: false },
  { path: ["qos", "egress-scheduler", "*", "traffic-class"], names: false },
];

/** A switch has some hundred ports and 4,094 VLANs; a mistyped range must not fill the memory. */
const maxNames = 4096;
const maxCopies = 100_000;
const maxTold = 100;

/** What one device's ranges may make in all: thousands of commands on a range of thousands would take minutes. */
export interface RangeBudget {
  copies: number;
  told: number;
}

/**
 * A tree with `swp1-4,6: …` laid over each of its members; later keys win, as they do on the switch. A tree without
 * ranges comes back as it is.
 */
export function spreadRanges(tree: ConfigNode, budget: RangeBudget, findings: Finding[]): ConfigNode {
  if (!rangePaths.some(({ path }) => hasRange(tree, path))) return tree;
  const spread = copyOf(tree);
  for (const { path, names } of rangePaths)
    for (const node of nodesAt(spread, path)) spreadKeys(node, names, budget, findings);
  return spread;
}

function* nodesAt(node: ConfigNode, [key, ...rest]: readonly string[]): Generator<ConfigNode> {
  if (key === undefined) yield node;
  else if (key === "*") for (const child of node.children.values()) yield* nodesAt(child, rest);
  else {
    const child = node.children.get(key);
    if (child !== undefined) yield* nodesAt(child, rest);
  }
}

function hasRange(tree: ConfigNode, path: readonly string[]): boolean {
  for (const node of nodesAt(tree, path)) for (const key of node.children.keys()) if (/[,-]/.test(key)) return true;
  return false;
}

function spreadKeys(node: ConfigNode, names: boolean, budget: RangeBudget, findings: Finding[]): void {
  const keys = [...node.children];
  if (!keys.some(([key]) => /[,-]/.test(key))) return;
  node.children.clear();
  for (const [key, child] of keys) {
    const wide = isTooWide(key);
    const members = wide ? [key] : names ? expandNames(key) : (parseNumberRanges(key, 4094) ?? [key]).map(String);
    budget.copies += members.length > 1 ? members.length * sizeOf(child) : 0;
    if (wide || budget.copies > maxCopies) {
      if (budget.told++ < maxTold) findings.push(tooWide(key, child));
      node.children.set(key, child);
      continue;
    }
    for (const member of members) {
      const one = newNode(child.file, child.line);
      one.children.set(member, child);
      overlay(node, one);
    }
  }
}

const tooWide = (key: string, node: ConfigNode): Finding => ({
  code: "nvue.range",
  severity: "error",
  message: `The range ${key.slice(0, 60)} is larger than any switch; it was taken as one name.`,
  where: { kind: "file", file: node.file, line: node.line },
  remedy: "Write the range that is meant.",
});

/** Judged from the numbers alone, before any name is made. */
function isTooWide(key: string): boolean {
  let names = 0;
  for (const [, low, high] of key.matchAll(/(\d{1,15})(?:-|\.\.)[a-z]*(\d{1,15})/gi))
    names += Number(high) - Number(low);
  return names > maxNames;
}

const sizeOf = (node: ConfigNode): number => {
  let size = 1;
  for (const child of node.children.values()) size += sizeOf(child);
  return size;
};
