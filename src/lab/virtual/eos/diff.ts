/**
 * A unified diff of two texts with three lines of context, as `show session-config diffs` prints one.
 *
 * @source kevin-wang-xin.medium.com "Arista EOS Config Sessions", ngworx.ag "Arista EOS Config Sessions" (outputs)
 */
export function unifiedDiff(
  before: readonly string[],
  after: readonly string[],
  titles: readonly [string, string],
): string {
  const edits = compareLines(before, after);
  if (!edits.some(({ op }) => op !== " ")) return "";
  const lines = [`--- ${titles[0]}`, `+++ ${titles[1]}`];
  for (const [from, to] of hunks(edits)) {
    const hunk = edits.slice(from, to);
    const first = hunk[0];
    const count = (ops: string): number => hunk.filter(({ op }) => ops.includes(op)).length;
    const at = (start: number, length: number): string => `${length === 0 ? start : start + 1},${length}`;
    lines.push(`@@ -${at(first?.a ?? 0, count(" -"))} +${at(first?.b ?? 0, count(" +"))} @@`);
    for (const { op, text } of hunk) lines.push(op + text);
  }
  return `${lines.join("\n")}\n`;
}

interface Edit {
  readonly op: " " | "-" | "+";
  readonly text: string;
  readonly a: number;
  readonly b: number;
}

const context = 3;

function hunks(edits: readonly Edit[]): [number, number][] {
  const result: [number, number][] = [];
  for (const [index, { op }] of edits.entries()) {
    if (op === " ") continue;
    const from = Math.max(0, index - context);
    const to = Math.min(edits.length, index + context + 1);
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else result.push([from, to]);
  }
  return result;
}

/** More differences than this are told as "all of it": the shortest script costs the square of its length. */
const maxDifferences = 1500;

/** Myers' greedy O(ND) algorithm (An O(ND) Difference Algorithm and Its Variations, 1986), ends trimmed first. */
function compareLines(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  const edits: Edit[] = [];
  for (let i = 0; i < head; i++) edits.push({ op: " ", text: before[i] ?? "", a: i, b: i });
  const n = before.length - tail;
  const m = after.length - tail;
  edits.push(...middle(before, after, head, n, m));
  for (let i = 0; i < tail; i++) edits.push({ op: " ", text: before[n + i] ?? "", a: n + i, b: m + i });
  return edits;
}

function middle(before: readonly string[], after: readonly string[], head: number, n: number, m: number): Edit[] {
  const trace = searchTrace(before, after, head, n, m);
  const edits: Edit[] = [];
  let x = n;
  let y = m;
  if (trace === undefined) {
    for (let a = head; a < n; a++) edits.push({ op: "-", text: before[a] ?? "", a, b: head });
    for (let b = head; b < m; b++) edits.push({ op: "+", text: after[b] ?? "", a: n, b });
    return edits;
  }
  for (let d = trace.length - 1; d >= 0; d--) {
    const row = trace[d] as Int32Array; // d is in range
    const k = x - y;
    const reach = (diagonal: number): number => row[diagonal + d + 1] ?? -1;
    const down = k === -d || (k !== d && reach(k - 1) < reach(k + 1));
    const previousK = down ? k + 1 : k - 1;
    const previousX = d === 0 ? head : reach(previousK);
    const previousY = d === 0 ? head : previousX - previousK;
    while (x > previousX && y > previousY) {
      x--;
      y--;
      edits.push({ op: " ", text: before[x] ?? "", a: x, b: y });
    }
    if (d === 0) break;
    if (down) edits.push({ op: "+", text: after[--y] ?? "", a: x, b: y });
    else edits.push({ op: "-", text: before[--x] ?? "", a: x, b: y });
  }
  return edits.toReversed();
}

/** For each number of differences, how far each diagonal had come before: `row[k + d + 1]`. */
function searchTrace(
  before: readonly string[],
  after: readonly string[],
  head: number,
  n: number,
  m: number,
): Int32Array[] | undefined {
  const limit = Math.min(n - head + m - head, maxDifferences);
  const reach = new Int32Array(2 * limit + 3).fill(-1);
  const middleIndex = limit + 1;
  reach[middleIndex + 1] = head;
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d++) {
    trace.push(reach.slice(middleIndex - d - 1, middleIndex + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const left = reach[middleIndex + k - 1] ?? -1;
      const right = reach[middleIndex + k + 1] ?? -1;
      let x = k === -d || (k !== d && left < right) ? right : left + 1;
      let y = x - k;
      while (x < n && y < m && before[x] === after[y]) {
        x++;
        y++;
      }
      reach[middleIndex + k] = x;
      if (x >= n && y >= m) return trace;
    }
  }
  return undefined;
}
