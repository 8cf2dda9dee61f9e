/** Orders names as people do: `swp2` before `swp10`, digits as numbers, the rest by code point. */
export function compareNames(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const x = left[index] ?? "";
    const y = right[index] ?? "";
    if (x === y) continue;
    const numeric = Number(x) - Number(y);
    if (Number.isFinite(numeric) && numeric !== 0) return numeric;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
