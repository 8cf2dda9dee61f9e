/** Lists of whole numbers as network devices write them: `11-12,21,30-32`. */
export function parseNumberRanges(text: string, max = 4294967295): number[] | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,10})(?:\s*(?:-|\.\.)\s*(\d{1,10}))?\s*$/.exec(part);
    if (!match) return undefined;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    // A range that was mistyped must not fill the memory.
    if (to < from || to > max || to - from > 65536) return undefined;
    for (let value = from; value <= to; value++) numbers.add(value);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The shortest such list. */
export function formatNumberRanges(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let index = 0; index < sorted.length; index++) {
    const from = sorted[index];
    while (index + 1 < sorted.length && sorted[index + 1] === (sorted[index] ?? 0) + 1) index++;
    parts.push(from === sorted[index] ? `${from}` : `${from}-${sorted[index]}`);
  }
  return parts.join(",");
}

/** No fabric has more of one thing, and no name is longer; a range that was mistyped must not fill the memory. */
const maxNames = 65_536;
const maxNameLength = 256;

/**
 * Names with a range in them: `swp1-4,6` gives swp1..swp4, swp6; `su1-h1..h4` gives su1-h1..su1-h4;
 * `n[01-04]` keeps its leading zeros. A name with no range gives itself.
 *
 * A dash between numbers is a range only when the part before it ends in a letter, so `leaf-1` stays one name.
 * What would give more than `limit` names is taken as one name.
 */
export function expandNames(text: string, limit = maxNames): string[] {
  const names: string[] = [];
  let stem = "";
  for (const part of splitOutsideBrackets(text)) {
    if (part === "") continue;
    if (names.length >= limit) return [text];
    if (part.length > maxNameLength) {
      names.push(part);
      stem = "";
      continue;
    }
    const bracket = /^(.*)\[([^\]]+)\](.*)$/.exec(part);
    if (bracket) {
      for (const piece of (bracket[2] ?? "").split(",")) {
        const [low = "", high = low] = piece.split("-");
        const from = Number(low);
        const to = Number(high);
        if (!Number.isInteger(from) || !Number.isInteger(to) || to < from || names.length + to - from >= limit)
          return [text];
        for (let n = from; n <= to; n++) names.push(`${bracket[1]}${String(n).padStart(low.length, "0")}${bracket[3]}`);
      }
      continue;
    }
    const dots = /^(.*?)(\d+)\.\.([a-zA-Z]*)(\d+)$/.exec(part);
    const dash = /^((?:.*[^\d-])?)(\d+)-(\d+)$/.exec(part);
    const bare = /^\d+$/.test(part) && stem !== "" ? ["", stem, part, part] : undefined;
    const found = dots ? ["", dots[1], dots[2], dots[4]] : dash && (dash[1] ?? "") !== "" ? dash : bare;
    if (found) {
      const [, head = "", low = "", high = ""] = found;
      const from = Number(low);
      const to = Number(high);
      if (to < from || names.length + to - from >= limit) return [text];
      for (let n = from; n <= to; n++) names.push(`${head}${n}`);
      stem = head;
    } else {
      names.push(part);
      stem = part.replace(/\d+$/, "");
    }
  }
  return names;
}

/** Several such lists as one, together no longer than a single one may be. */
export function expandAllNames(texts: readonly string[], limit = maxNames): string[] {
  const names = new Set<string>();
  for (const text of texts) for (const name of expandNames(text, Math.max(1, limit - names.size))) names.add(name);
  return [...names];
}

/** At commas that stand in no `[…]`. One pass. */
function splitOutsideBrackets(text: string): string[] {
  const parts: string[] = [];
  let open = text.indexOf("[");
  let close = open < 0 ? -1 : text.indexOf("]", open);
  let from = 0;
  for (let comma = text.indexOf(","); comma >= 0; comma = text.indexOf(",", comma + 1)) {
    while (close >= 0 && close < comma) {
      open = text.indexOf("[", close);
      close = open < 0 ? -1 : text.indexOf("]", open);
    }
    if (close >= 0 && open < comma) continue;
    parts.push(text.slice(from, comma).trim());
    from = comma + 1;
  }
  parts.push(text.slice(from).trim());
  return parts;
}
