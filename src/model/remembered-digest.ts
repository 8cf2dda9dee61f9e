import { digestOf } from "./digest.ts";

const known = new WeakMap<object, string>();

/** `digestOf` a value that never changes, computed once per object: snapshots and sources are large and asked for often. */
export function rememberedDigest(value: object): string {
  const before = known.get(value);
  if (before !== undefined) return before;
  const digest = digestOf(value);
  known.set(value, digest);
  return digest;
}
