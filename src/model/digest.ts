import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * JSON with sorted keys and without absent fields: equal values give equal text. Bigints are written as digits
 * with a trailing `n`. Maps and sets are refused: they have no place in stored data.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "bigint") return `"${value}n"`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value instanceof Map || value instanceof Set) throw new TypeError("canonicalJson takes plain data only");
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(",")}}`;
}

/** SHA-256 of text, as 64 hexadecimal digits. */
export const digestText = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** SHA-256 of the canonical JSON of a value. */
export const digestOf = (value: unknown): string => digestText(canonicalJson(value));
