/** Edits (insert, delete, replace, swap neighbours) between two words, given up above `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    if (Math.min(...row) > limit) return limit + 1;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit + 1;
}

/**
 * The known names that a mistyped one may have meant, nearest first, at most three. Case is ignored.
 *
 * Words over 64 characters have no near ones: nobody mistyped those, and comparing them costs.
 */
export function nearestNames(word: string, known: Iterable<string>, most = 3): string[] {
  if (word.length > 64) return [];
  const limit = Math.max(1, Math.floor(word.length / 3));
  const scored: { name: string; edits: number }[] = [];
  for (const name of known) {
    if (name.length > 64) continue;
    const edits = distance(word.toLowerCase(), name.toLowerCase(), limit);
    if (edits <= limit) scored.push({ name, edits });
  }
  return scored
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}
