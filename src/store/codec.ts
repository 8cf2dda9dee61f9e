/**
 * Values as text and back, exactly. A bigint is written as digits with a trailing `n`; a string that would read as one
 * (or as an escaped one) gets a `~` in front. Keys are sorted, so equal values give equal text.
 */
export function encode(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return `"${value}n"`;
    case "string":
      return JSON.stringify(looksLikeBigint.test(value) ? `~${value}` : value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`stored data holds the number ${value}`);
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : encodeObject(value);
    default:
      throw new TypeError(`stored data holds a ${typeof value}`);
  }
}

const looksLikeBigint = /^~*-?\d+n$/;

function encodeObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(encode).join(",")}]`;
  if (value instanceof Map || value instanceof Set || value instanceof Date) {
    throw new TypeError("stored data holds a Map, Set or Date");
  }
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${encode(field)}`);
  return `{${fields.join(",")}}`;
}

/** The value that was encoded; the caller knows what it stored, so it names the type. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast in one place instead of at each call
export function decode<T>(text: string): T {
  // Most rows hold no bigint and no escape; a reviver costs ten times a plain parse.
  // The cast is the caller's word for what `encode` was given.
  if (!/\dn"/.test(text)) return JSON.parse(text) as T;
  return JSON.parse(text, (_, field: unknown) => (typeof field === "string" ? revive(field) : field)) as T;
}

function revive(text: string): string | bigint {
  if (!looksLikeBigint.test(text)) return text;
  return text.startsWith("~") ? text.slice(1) : BigInt(text.slice(0, -1));
}
