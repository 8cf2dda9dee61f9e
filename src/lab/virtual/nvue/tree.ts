/** A node of NVUE's object tree, as JSON has it: objects, and leaves that are text, numbers or booleans. */
export type Tree = { [key: string]: Tree } | string | number | boolean | null | Tree[];
export type Branch = { [key: string]: Tree };

export const isBranch = (value: Tree | undefined): value is Branch =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Keys that would reach past the object they are put in. */
export const forbiddenKey = (key: string): boolean =>
  key === "__proto__" || key === "constructor" || key === "prototype";

const maxDepth = 40;

/** Why a body can't be a configuration, or undefined when it can. */
export function bodyProblem(value: Tree, depth = 0): string | undefined {
  if (depth > maxDepth) return "nested too deeply";
  if (Array.isArray(value)) return undefined;
  if (!isBranch(value)) return undefined;
  for (const [key, child] of Object.entries(value)) {
    if (forbiddenKey(key)) return `'${key}' is not a valid key`;
    const problem = bodyProblem(child, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Whether a body sets something, unsets something (null), or both. */
export function intentOf(value: Tree): { readonly sets: boolean; readonly unsets: boolean } {
  if (value === null) return { sets: false, unsets: true };
  if (!isBranch(value) || Object.keys(value).length === 0) return { sets: true, unsets: false };
  let sets = false;
  let unsets = false;
  for (const child of Object.values(value)) {
    const inner = intentOf(child);
    sets ||= inner.sets;
    unsets ||= inner.unsets;
  }
  return { sets, unsets };
}

export const childOf = (tree: Tree | undefined, key: string): Tree | undefined =>
  isBranch(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined;

export const at = (tree: Tree, path: readonly string[]): Tree | undefined =>
  path.reduce<Tree | undefined>((node, key) => childOf(node, key), tree);

/** A tree with a patch merged in: objects merge, leaves replace, null takes away. */
export function merged(tree: Tree | undefined, patch: Tree): Tree {
  if (!isBranch(patch)) return patch;
  const result: Branch = isBranch(tree) ? { ...tree } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(childOf(result, key), value);
  }
  return result;
}

/** A patch that says `value` at a path. */
export const wrap = (path: readonly string[], value: Tree): Tree =>
  path.reduceRight<Tree>((inner, key) => ({ [key]: inner }), value);

/** A tree without what stands at a path; parents left empty by it go too. */
export function without(tree: Tree, path: readonly string[]): Tree {
  const [key, ...rest] = path;
  if (key === undefined) return {};
  const child = childOf(tree, key);
  if (!isBranch(tree) || child === undefined) return tree;
  const result: Branch = { ...tree };
  const remaining = rest.length === 0 ? {} : without(child, rest);
  if (isBranch(remaining) && Object.keys(remaining).length === 0) delete result[key];
  else result[key] = remaining;
  return result;
}

/**
 * What `tree` has otherwise than `other`: its own values, and null for what only `other` has.
 *
 * @source the two directions of `GET /nvue_v1/?rev=A&diff=B` in NVIDIA's own client for it (nv-config-manager, cumulus)
 */
export function differing(tree: Tree | undefined, other: Tree | undefined): Tree | undefined {
  if (tree === undefined) return other === undefined ? undefined : null;
  if (!isBranch(tree)) return JSON.stringify(tree) === JSON.stringify(other) ? undefined : tree;
  if (!isBranch(other)) return tree;
  const result: Branch = {};
  for (const key of new Set([...Object.keys(tree), ...Object.keys(other)])) {
    const difference = differing(childOf(tree, key), childOf(other, key));
    if (difference !== undefined) result[key] = difference;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** Paths of all leaves (and empty objects), each with its value: `interface/swp1/link/mtu = 9216`. */
export function leafPaths(tree: Tree, into: Map<string, string> = new Map(), above = ""): Map<string, string> {
  if (isBranch(tree) && Object.keys(tree).length > 0)
    for (const [key, child] of Object.entries(tree)) leafPaths(child, into, above === "" ? key : `${above}/${key}`);
  else into.set(above, JSON.stringify(tree));
  return into;
}
