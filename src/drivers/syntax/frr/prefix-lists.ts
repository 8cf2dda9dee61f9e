import type { PrefixSet } from "#model/routing-policy.ts";
import { isIpv6, parseIpPrefix, prefixLength } from "#net/ip.ts";
import { ignore, use, type FrrBlock } from "./blocks.ts";
import type { Reading } from "./reading.ts";

type Entry = PrefixSet["entries"][number];

/** `ip prefix-list NAME [seq N] permit|deny PREFIX [ge N] [le N]`; without a number, five more than the last. */
export function readPrefixList(reading: Reading, line: FrrBlock, into: Map<string, Entry[]>): void {
  const [family, , name = "", ...rest] = line.words;
  if (rest[0] === "description") return ignore(line, "a note");
  const entries = into.get(name) ?? [];
  const numbered = rest[0] === "seq" && /^\d{1,10}$/.test(rest[1] ?? "");
  const sequence = numbered ? Number(rest[1]) : (entries.at(-1)?.sequence ?? 0) + 5;
  const [action, text = "", ...bounds] = numbered ? rest.slice(2) : rest;
  const any = text === "any";
  const prefix = parseIpPrefix(any ? (family === "ipv6" ? "::/0" : "0.0.0.0/0") : text);
  const lengths = prefix === undefined ? undefined : lengthsOf(prefix, bounds, any);
  if ((action !== "permit" && action !== "deny") || prefix === undefined || lengths === undefined) return;
  use(line);
  reading.mark(line, "routingPolicy", "prefixSets", name);
  entries.push({ sequence, action, prefix, ...lengths });
  into.set(name, entries);
}

function lengthsOf(
  prefix: Entry["prefix"],
  bounds: readonly string[],
  any: boolean,
): Pick<Entry, "minLength" | "maxLength"> | undefined {
  const most = isIpv6(prefix) ? 128 : 32;
  const own = prefixLength(prefix);
  const bound = (word: string): number | undefined => {
    const at = bounds.indexOf(word);
    return at >= 0 && /^\d{1,3}$/.test(bounds[at + 1] ?? "") ? Number(bounds[at + 1]) : undefined;
  };
  const [from, to] = [bound("ge"), bound("le")];
  if (bounds.length !== (from === undefined ? 0 : 2) + (to === undefined ? 0 : 2)) return undefined;
  if (any) return { minLength: 0, maxLength: most };
  return { minLength: from ?? own, maxLength: to ?? (from === undefined ? own : most) };
}

export const writePrefixList = (name: string, { entries }: PrefixSet): string[] =>
  entries.map(({ sequence, action, prefix, minLength, maxLength }) => {
    const own = prefixLength(prefix);
    const from = minLength > own ? ` ge ${minLength}` : "";
    const to = maxLength > own || minLength > own ? ` le ${maxLength}` : "";
    return `${isIpv6(prefix) ? "ipv6" : "ip"} prefix-list ${name} seq ${sequence} ${action} ${prefix}${from}${to}`;
  });
