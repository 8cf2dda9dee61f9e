import type { Claim, Evidence } from "#model/change.ts";
import { formatDollars } from "#model/money.ts";
import { formatRate } from "#net/rate.ts";

/** What a claim is made from: one operation's output, as it was given, with its identity. */
export interface Record {
  readonly operation: string;
  readonly output: unknown;
  /** Digest of the snapshot or change that the output is of. */
  readonly version: string;
}

type Format = "text" | "usd" | "rate" | "percent" | "ms" | "list" | "count" | "number";

const placeholder = /\{(\/[^|}]*)(?:\|([a-z]+))?\}/g;

/**
 * A sentence whose every value is a field of the record: `{/reachable} of {/pairs} pairs`, `{/perHour|usd}`.
 * Nothing else may hold a number or a name, so nothing can be said that no record says.
 *
 * @throws {Error} when a field is not there: a template that fits no output is a bug.
 */
export function claim(kind: Claim["kind"], template: string, record: Record): Claim {
  const evidence: Evidence[] = [];
  const text = template.replaceAll(placeholder, (_, pointer: string, format: Format = "text") => {
    const value = formatField(resolvePointer(record.output, pointer), format);
    evidence.push({ uri: `heddle:${record.operation}#${pointer}`, version: record.version, field: pointer, value });
    return value;
  });
  return { kind, text, evidence };
}

/** RFC 6901. Undefined when nothing is there. */
export function resolvePointer(value: unknown, pointer: string): unknown {
  let at: unknown = value;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, key)) return undefined;
    at = (at as { [name: string]: unknown })[key];
  }
  return at;
}

function formatField(value: unknown, format: Format): string {
  if (value === undefined || value === null) throw new Error("a claim names a field that is not in its record");
  switch (format) {
    case "usd":
      return formatDollars(BigInt(shown(value)), 2);
    case "rate":
      return `${formatRate(Number(value))}b/s`;
    case "percent":
      return `${(Number(value) * 100).toFixed(1)}%`;
    case "ms":
      return `${Number(value).toFixed(1)} ms`;
    case "number":
      return String(Math.round(Number(value) * 100) / 100);
    case "count":
      return Array.isArray(value) ? String(value.length) : shown(value);
    case "list":
      return Array.isArray(value) ? (value.length === 0 ? "none" : value.map(shown).join(", ")) : shown(value);
    default:
      return shown(value);
  }
}

/** Fields that claims name are text, numbers or booleans; anything else shows as its JSON. */
const shown = (value: unknown): string =>
  typeof value === "string"
    ? value
    : typeof value === "object"
      ? JSON.stringify(value)
      : `${value as number | boolean | bigint}`;

/**
 * Recomputes a claim from its record: each piece of evidence must still have the value that was said, and each number
 * in the sentence must belong to one. Gives what is wrong, or nothing.
 */
export function checkClaim(said: Claim, record: Record): string | undefined {
  const own = said.evidence.filter((one) => one.uri.startsWith(`heddle:${record.operation}#`));
  for (const one of own) {
    const now = resolvePointer(record.output, one.field);
    const forms: Format[] = ["text", "usd", "rate", "percent", "ms", "number", "count", "list"];
    const matches = now !== undefined && forms.some((format) => safely(() => formatField(now, format)) === one.value);
    if (!matches) return `${one.field} is ${String(now)}, but it was said to be ${one.value}`;
  }
  let rest = said.text;
  for (const one of said.evidence.toSorted((a, b) => b.value.length - a.value.length))
    rest = rest.replace(one.value, " ");
  const stray = /\d+/.exec(rest);
  return stray === null ? undefined : `the number ${stray[0]} belongs to no record`;
}

const safely = (run: () => string): string | undefined => {
  try {
    return run();
  } catch {
    return undefined;
  }
};
