import { keyAddress, keyLength, type PrefixKey } from "./numbers.ts";

/**
 * Longest-prefix match over IPv4: the address space cut into the intervals on which the answer is constant.
 * Two typed arrays and a binary search; 12 bytes per boundary, no pointers.
 */
export interface PrefixTable {
  /** Ascending; the first is 0. */
  readonly starts: Uint32Array;
  /** Index given to `buildPrefixTable` of the prefix that wins on the interval, or -1. */
  readonly winners: Int32Array;
}

/** Builds from prefixes in any order; a prefix that comes twice keeps its last place. */
export function buildPrefixTable(keys: readonly PrefixKey[]): PrefixTable {
  const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]! || a - b);
  const starts: number[] = [0];
  const winners: number[] = [-1];
  const open: { readonly end: number; readonly winner: number }[] = [];
  const mark = (start: number, winner: number): void => {
    if (starts.at(-1) === start) winners[winners.length - 1] = winner;
    else {
      starts.push(start);
      winners.push(winner);
    }
  };
  const closeUntil = (address: number): void => {
    for (let top = open.at(-1); top !== undefined && top.end <= address; top = open.at(-1)) {
      open.pop();
      if (top.end <= 0xffffffff) mark(top.end, open.at(-1)?.winner ?? -1);
    }
  };
  for (const index of order) {
    const start = keyAddress(keys[index]!);
    closeUntil(start);
    mark(start, index);
    open.push({ end: start + 2 ** (32 - keyLength(keys[index]!)), winner: index });
  }
  closeUntil(Number.POSITIVE_INFINITY);
  return { starts: Uint32Array.from(starts), winners: Int32Array.from(winners) };
}

/** The index of the longest prefix that holds the address, or -1. */
export function longestMatch(table: PrefixTable, address: number): number {
  const { starts } = table;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= address) low = middle;
    else high = middle - 1;
  }
  return table.winners[low]!;
}
