import type { YamlValue } from "../syntax/yaml-values.ts";

/**
 * NVUE's configuration is one tree; this is a node of it. A leaf is a scalar (`mtu: 9000`) or an empty map
 * (`10.0.0.1/32: {}`); in command form both are a last word, so readers ask `textOf`, which takes either.
 */
export interface ConfigNode {
  readonly children: Map<string, ConfigNode>;
  readonly value?: string;
  /** The scalar was quoted: it is text even when it looks like a number. */
  readonly quoted?: boolean;
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  /** What became of the leaf. Shared by all nodes that were made from the same place of the file. */
  readonly mark: Mark;
}

interface Mark {
  status?: "used" | "ignored";
  reason?: string;
}

export const newNode = (file: string, line: number, endLine = line, value?: string, quoted = false): ConfigNode => ({
  children: new Map(),
  ...(value === undefined ? {} : { value, ...(quoted ? { quoted } : {}) }),
  file,
  line,
  endLine,
  mark: {},
});

/** Leaves share one empty map: nothing is ever put below a leaf, it is replaced. */
const noChildren: ConfigNode["children"] = new Map();

const newLeaf = (file: string, line: number, endLine: number, value?: string, quoted = false): ConfigNode => ({
  children: noChildren,
  ...(value === undefined ? {} : { value, ...(quoted ? { quoted } : {}) }),
  file,
  line,
  endLine,
  mark: {},
});

/** Maps stay maps; items of a list become keys, as NVUE's sets are written (`[a, b]` is `{a: {}, b: {}}`). */
export function nodeFromYaml(
  value: YamlValue,
  file: string,
  duplicate: (key: string, line: number, before: ConfigNode) => void,
): ConfigNode {
  if (value.kind === "scalar") return newLeaf(file, value.line, value.endLine, value.text, value.quoted);
  if ((value.kind === "map" ? value.entries : value.items).length === 0)
    return newLeaf(file, value.line, value.endLine);
  const node = newNode(file, value.line, value.endLine);
  if (value.kind === "list") {
    for (const item of value.items)
      if (item.kind === "scalar") node.children.set(item.text, newNode(file, item.line, item.endLine));
      else for (const [key, child] of nodeFromYaml(item, file, duplicate).children) node.children.set(key, child);
    return node;
  }
  for (const { key, line, value: inner } of value.entries) {
    const child = { ...nodeFromYaml(inner, file, duplicate), line };
    const before = node.children.get(key);
    if (before !== undefined) {
      ignore(before, `said again on line ${line}`);
      duplicate(key, line, before);
    }
    node.children.set(key, child);
  }
  return node;
}

/**
 * Lays `source` over `target`: maps merge, a later scalar wins. Nodes with children are copied, so that a range
 * (`swp1-4`) may be laid over each of its members; leaves are shared, so that a mark counts for all.
 */
export function overlay(target: ConfigNode, source: ConfigNode): void {
  for (const [key, child] of source.children) {
    const before = target.children.get(key);
    if (before === undefined) target.children.set(key, copyOf(child));
    else if (child.children.size > 0) {
      if (before.children.size > 0) overlay(before, child);
      else {
        if (before.value === undefined) use(before);
        else override(before, child);
        target.children.set(key, copyOf(child));
      }
    } else if (child.value === undefined) {
      if (before.value === undefined) use(child);
      else override(before, child);
      if (before.value !== undefined) target.children.set(key, copyOf(child));
    } else {
      override(before, child);
      target.children.delete(key);
      target.children.set(key, copyOf(child));
    }
  }
}

const override = (before: ConfigNode, after: ConfigNode): void =>
  ignore(before, `overridden by line ${after.line} of ${after.file}`);

export const copyOf = (node: ConfigNode): ConfigNode =>
  node.children.size === 0
    ? node
    : { ...node, children: new Map([...node.children].map(([key, child]) => [key, copyOf(child)])) };

/** Marks every leaf below as used; what was marked before stays. */
export function use(node: ConfigNode): void {
  if (node.children.size === 0) {
    node.mark.status = "used";
    delete node.mark.reason;
  } else for (const child of node.children.values()) use(child);
}

/** Marks every leaf below that is not used as having no part, and says why. */
export function ignore(node: ConfigNode | undefined, reason: string): void {
  if (node === undefined) return;
  if (node.children.size > 0) for (const child of node.children.values()) ignore(child, reason);
  else if (node.mark.status === undefined) {
    node.mark.status = "ignored";
    node.mark.reason = reason;
  }
}

export function at(node: ConfigNode | undefined, ...path: readonly string[]): ConfigNode | undefined {
  let here = node;
  for (const key of path) here = here?.children.get(key);
  return here;
}

export const childrenAt = (node: ConfigNode | undefined, ...path: readonly string[]): [string, ConfigNode][] => [
  ...(at(node, ...path)?.children ?? []),
];

/**
 * The text of a scalar in either form: `mtu: 9000`, `state: {up: {}}`, `nv set … mtu 9000`. Where command lines say
 * several, the last one counts. Marks what it read. Undefined where the node is a map of more than that.
 */
export function textAt(node: ConfigNode | undefined, ...path: readonly string[]): string | undefined {
  const here = at(node, ...path);
  if (here === undefined) return undefined;
  if (here.children.size === 0) {
    if (here.value !== undefined) use(here);
    return here.value;
  }
  const words = [...here.children].filter(([, child]) => child.children.size === 0 && child.value === undefined);
  const last = words.at(-1);
  if (last === undefined || words.length < here.children.size) return undefined;
  for (const [, child] of words.slice(0, -1)) override(child, last[1]);
  use(last[1]);
  return last[0];
}

/** The text of a scalar in either form, without marking it: for readers that know only some words. */
export function wordAt(node: ConfigNode | undefined, ...path: readonly string[]): string | undefined {
  const here = at(node, ...path);
  return here?.value ?? [...(here?.children.keys() ?? [])].at(-1);
}

/** A whole number, or undefined; a text that is none stays unread and so is reported. */
export function numberAt(node: ConfigNode | undefined, ...path: readonly string[]): number | undefined {
  const here = at(node, ...path);
  const text = wordAt(here);
  if (here === undefined || text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  textAt(here);
  return Number(text);
}

const yes = new Set(["enabled", "on", "yes", "true", "up", "enable"]);
const no = new Set(["disabled", "off", "no", "false", "down", "disable"]);

export function flagAt(node: ConfigNode | undefined, ...path: readonly string[]): boolean | undefined {
  const here = at(node, ...path);
  const text = wordAt(here);
  if (here === undefined || text === undefined || !(yes.has(text) || no.has(text))) return undefined;
  textAt(here);
  return yes.has(text);
}

/** Keys of a set (`{a: {}, b: {}}`, or one scalar), each marked as used. */
export function setAt(node: ConfigNode | undefined, ...path: readonly string[]): string[] {
  const here = at(node, ...path);
  if (here === undefined) return [];
  if (here.value !== undefined) return [textAt(here) ?? ""];
  return [...here.children].map(([key, child]) => {
    if (child.children.size === 0 && child.value === undefined) use(child);
    return key;
  });
}
