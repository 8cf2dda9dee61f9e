import { at, isBranch, merged, without, wrap, type Tree } from "./tree.ts";

/** A configuration after one `nv set ...` or `nv unset ...`, typed without the schema that knows values from objects. */
export function edited(tree: Tree, line: string): Tree {
  const words =
    line
      .trim()
      .match(/"[^"]*"|\S+/g)
      ?.map((word) => word.replaceAll('"', "")) ?? [];
  const [verb, ...path] = words[0] === "nv" ? words.slice(1) : words;
  if (verb === "unset") return without(tree, path);
  return verb === "set" && path.length > 0 ? merged(tree, wrap(path.slice(0, -1), lastWord(tree, path))) : tree;
}

/** The last word: one more object where objects stand beside it, else a value or a number. */
function lastWord(tree: Tree, path: readonly string[]): Tree {
  const last = path.at(-1) ?? "";
  const siblings = at(tree, path.slice(0, -1));
  if (isBranch(siblings) || /^(address|vlan|member|network|server|vni)$/.test(path.at(-2) ?? "")) return { [last]: {} };
  return /^\d+$/.test(last) ? Number(last) : last;
}
