import type { DiffLine } from "#model/change.ts";
import type { SourceFile } from "#model/source.ts";
import { compareNames } from "#net/order.ts";
import { formatCommand, leafPaths } from "./commands.ts";
import { readSource } from "./source.ts";
import { modernise } from "./spelling.ts";
import { wordAt, type ConfigNode } from "./tree.ts";

/**
 * What changes, as `nv set` and `nv unset` lines, each readable alone. Both sides are brought to the newer spelling and
 * ranges are spread out, so that a change of spelling is no change. Per place: what goes, then what comes.
 */
export function diffNvue(before: readonly SourceFile[], after: readonly SourceFile[]): DiffLine[] {
  const lines: DiffLine[] = [];
  compare(treeOf(before), treeOf(after), [], lines);
  return lines;
}

function treeOf(files: readonly SourceFile[]): ConfigNode {
  return modernise(readSource(files).tree);
}

function compare(before: ConfigNode, after: ConfigNode, path: readonly string[], lines: DiffLine[]): void {
  const sorted = (node: ConfigNode): string[] => [...node.children.keys()].toSorted(compareNames);
  for (const key of sorted(before)) {
    const old = before.children.get(key);
    if (old !== undefined && !after.children.has(key)) lines.push(...removals(old, [...path, key]));
  }
  for (const key of sorted(after)) {
    const old = before.children.get(key);
    const now = after.children.get(key);
    if (now === undefined) continue;
    if (old === undefined) lines.push(...additions(now, [...path, key]));
    else compareOne(old, now, [...path, key], lines);
  }
}

/** A scalar is compared as a word, which is how command lines have it: `mtu: 9216` is `mtu 9216`. */
function compareOne(old: ConfigNode, now: ConfigNode, path: readonly string[], lines: DiffLine[]): void {
  if (old.value === undefined && now.value === undefined) return compare(old, now, path, lines);
  const [was, is] = [scalarOf(old), scalarOf(now)];
  if (was !== undefined && was === is) return;
  lines.push(...(was === undefined ? removals(old, path) : [removal([...path, was])]), ...additions(now, path));
}

const scalarOf = (node: ConfigNode): string | undefined =>
  node.value ??
  (node.children.size === 1 && [...node.children.values()][0]?.children.size === 0 ? wordAt(node) : undefined);

const removal = (path: readonly string[]): DiffLine => ({ op: "remove", text: formatCommand({ op: "unset", path }) });

/** Objects that go as a whole: `nv unset vrf RED` and not its every leaf. */
const collections = new Set([
  "interface",
  "vrf",
  "acl",
  "rule",
  "vlan",
  "vni",
  "neighbor",
  "peer-group",
  "prefix-list",
  "route-map",
  "community-list",
  "as-path-list",
  "static",
  "address",
]);

function removals(node: ConfigNode, path: readonly string[]): DiffLine[] {
  if (node.children.size === 0) return [removal(node.value === undefined ? path : [...path, node.value])];
  if (collections.has(path.at(-2) ?? "")) return [removal(path)];
  return [...node.children.keys()]
    .toSorted(compareNames)
    .flatMap((key) => removals(node.children.get(key) ?? node, [...path, key]));
}

function* additions(node: ConfigNode, path: readonly string[]): Generator<DiffLine> {
  for (const leaf of node.children.size === 0
    ? [node.value === undefined ? path : [...path, node.value]]
    : leafPaths(node, path))
    yield { op: "add", text: formatCommand({ op: "set", path: leaf }) };
}
