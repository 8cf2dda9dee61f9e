import type { DiffLine } from "#model/change.ts";
import type { SourceFile } from "#model/source.ts";
import { compareNames } from "#net/order.ts";
import { formatCommand, leafPaths } from "./commands.ts";
import { readSource } from "./source.ts";
import { expandRanges, modernise } from "./spelling.ts";
import type { ConfigNode } from "./tree.ts";

/**
 * What changes, as `nv set` and `nv unset` lines, each readable alone. Both sides are brought to the newer spelling and
 * ranges are spread out, so that a change of spelling is no change. Per place: what goes, then what comes.
 */
export function diffNvue(before: readonly SourceFile[], after: readonly SourceFile[]): DiffLine[] {
  const lines: DiffLine[] = [];
  compare(treeOf(before), treeOf(after), [], lines);
  return lines;
}

export function treeOf(files: readonly SourceFile[]): ConfigNode {
  const { tree } = readSource(files);
  expandRanges(tree, []);
  return modernise(tree);
}

function compare(before: ConfigNode, after: ConfigNode, path: readonly string[], lines: DiffLine[]): void {
  const keys = [...new Set([...before.children.keys(), ...after.children.keys()])].toSorted(compareNames);
  for (const key of keys) {
    const old = before.children.get(key);
    const now = after.children.get(key);
    const here = [...path, key];
    if (old !== undefined && now !== undefined) {
      const [was, is] = [scalarOf(old), scalarOf(now)];
      if (was !== is) {
        if (was !== undefined) lines.push(removal([...here, was]));
        else if (old.children.size > 0) lines.push(...removals(old, here));
        lines.push(...additions(now, here));
      } else if (was === undefined) compare(old, now, here, lines);
    } else if (old !== undefined) lines.push(...removals(old, here));
    else if (now !== undefined) lines.push(...additions(now, here));
  }
}

/** A scalar, also in the command form (one last word). Sets (`address: {a: {}}`) are compared key by key. */
const scalarOf = (node: ConfigNode): string | undefined => node.value;

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
