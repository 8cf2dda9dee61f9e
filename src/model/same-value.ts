/** Whether two plain values mean the same: key order and absent fields don't count. Identity makes it quick. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b)) return false;
    return a.length === b.length && a.every((one, index) => sameValue(one, b[index]));
  }
  return sameFields(a, b);
}

function sameFields(a: object, b: object): boolean {
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  return (
    left.length === right.length &&
    left.every(([key, value]) => Object.hasOwn(b, key) && sameValue(value, fieldOf(b, key)))
  );
}

const fieldsOf = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, field]) => field !== undefined);

// The caller made sure that the key is the object's own.
const fieldOf = (value: object, key: string): unknown => (value as Record<string, unknown>)[key];
