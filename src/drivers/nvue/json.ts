import { newNode, type ConfigNode } from "./tree.ts";

/** JSON of the API at a path; undefined where something on the way is no object. Own keys only. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key]; // an object with that key
  }
  return here;
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;

export const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === "number" ? value : typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
};

export const entriesOf = (value: unknown): [string, unknown][] =>
  value === null || typeof value !== "object" || Array.isArray(value) ? [] : Object.entries(value);

const maxDepth = 64;

/** The API's JSON as a tree. Null is what was never set. */
export function nodeFromJson(value: unknown, depth = 0): ConfigNode {
  if (typeof value === "string" || typeof value === "number") return newNode("", 0, 0, String(value));
  if (typeof value === "boolean") return newNode("", 0, 0, value ? "on" : "off");
  const node = newNode("", 0);
  if (depth >= maxDepth) return node;
  if (Array.isArray(value)) for (const item of value) node.children.set(textOf(item) ?? "", newNode("", 0));
  else
    for (const [key, child] of entriesOf(value))
      if (child !== null) node.children.set(key, nodeFromJson(child, depth + 1));
  return node;
}

/** A tree as the API takes it: whole numbers are numbers unless they were quoted, names stay text. */
export function jsonFromNode(node: ConfigNode, key = ""): unknown {
  if (node.children.size > 0)
    return Object.fromEntries([...node.children].map(([name, child]) => [name, jsonFromNode(child, name)]));
  if (node.value === undefined) return {};
  const number = node.quoted !== true && key !== "description" && /^(?:0|[1-9]\d{0,15})$/.test(node.value);
  return number ? Number(node.value) : node.value;
}
