/**
 * The regular expressions of AS-path and community lists, run on a Thompson automaton: time is pattern × text whatever
 * the pattern, so that no list in a configuration can hang the twin.
 *
 * POSIX basics: `. [] [^] () | * + ? ^ $ \`, and Cisco's `_` (a delimiter, or either end).
 */
export interface SafeRegex {
  readonly states: readonly State[];
  readonly start: number;
}

type State =
  | { readonly kind: "char"; readonly test: (code: number) => boolean; next: number }
  | { readonly kind: "split"; next: number; other: number }
  | { readonly kind: "start" | "end"; next: number }
  | { readonly kind: "accept" };

const longestPattern = 2000;
const delimiters = new Set(Array.from(" ,(){}", (char) => char.charCodeAt(0)));

/** Undefined when the pattern is not one this reader knows. */
export function parseSafeRegex(pattern: string): SafeRegex | undefined {
  if (pattern.length > longestPattern) return undefined;
  const states: State[] = [{ kind: "accept" }];
  const add = (state: State): number => states.push(state) - 1;
  let position = 0;

  /** Each reader gives a function that builds the fragment in front of a given state, so that nothing needs patching. */
  type Fragment = (next: number) => number;
  const alternatives = (depth: number): Fragment | undefined => {
    const branches: Fragment[] = [];
    for (;;) {
      const branch = sequence(depth);
      if (branch === undefined) return undefined;
      branches.push(branch);
      if (pattern[position] !== "|") break;
      position++;
    }
    return (next) =>
      branches.map((branch) => branch(next)).reduceRight((other, first) => add({ kind: "split", next: first, other }));
  };
  const sequence = (depth: number): Fragment | undefined => {
    const parts: Fragment[] = [];
    while (position < pattern.length && pattern[position] !== "|" && pattern[position] !== ")") {
      const part = repeated(depth);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return (next) => parts.reduceRight((after, part) => part(after), next);
  };
  const repeated = (depth: number): Fragment | undefined => {
    let part = atom(depth);
    for (let sign = pattern[position]; part !== undefined && sign !== undefined && "*+?".includes(sign);) {
      part = repeat(part, sign);
      sign = pattern[++position];
    }
    return part;
  };
  const repeat = (part: Fragment, sign: string): Fragment => {
    if (sign === "?") return (next) => add({ kind: "split", next: part(next), other: next });
    return (next) => {
      const loop: State & { kind: "split" } = { kind: "split", next: 0, other: next };
      const at = add(loop);
      loop.next = part(at);
      return sign === "*" ? at : loop.next;
    };
  };
  const one =
    (test: (code: number) => boolean): Fragment =>
    (next) =>
      add({ kind: "char", test, next });
  const atom = (depth: number): Fragment | undefined => {
    const char = pattern[position++];
    if (char === undefined) return undefined;
    if (char === "(") {
      if (depth > 50) return undefined;
      const inner = alternatives(depth + 1);
      return pattern[position++] === ")" ? inner : undefined;
    }
    if (char === "[") return bracket();
    if (char === ".") return one(() => true);
    if (char === "^") return (next) => add({ kind: "start", next });
    if (char === "$") return (next) => add({ kind: "end", next });
    if (char === "_")
      return (next) => {
        const edges = add({ kind: "split", next: add({ kind: "start", next }), other: add({ kind: "end", next }) });
        return add({ kind: "split", next: one((code) => delimiters.has(code))(next), other: edges });
      };
    if (char === "*" || char === "+" || char === "?" || char === ")") return undefined;
    const literal = (char === "\\" ? (pattern[position++] ?? "\\") : char).charCodeAt(0);
    return one((code) => code === literal);
  };
  const bracket = (): Fragment | undefined => {
    const close = pattern.indexOf("]", position + 1);
    if (close < 0) return undefined;
    const body = pattern.slice(position, close);
    position = close + 1;
    const negated = body.startsWith("^");
    const ranges: [number, number][] = [];
    for (let at = negated ? 1 : 0; at < body.length; at++) {
      const from = body.charCodeAt(at);
      if (body[at + 1] === "-" && at + 2 < body.length) {
        ranges.push([from, body.charCodeAt(at + 2)]);
        at += 2;
      } else ranges.push([from, from]);
    }
    return one((code) => ranges.some(([from, to]) => code >= from && code <= to) !== negated);
  };

  const whole = alternatives(0);
  if (whole === undefined || position < pattern.length) return undefined;
  return { start: whole(0), states };
}

/** True when the expression matches anywhere in the text. */
export function matchesSafeRegex(regex: SafeRegex, text: string): boolean {
  let current = new Set<number>();
  for (let index = 0; index <= text.length; index++) {
    // Unanchored: a match may begin at every position.
    if (enter(regex, regex.start, index, text.length, current)) return true;
    if (index === text.length) return false;
    const following = new Set<number>();
    const code = text.charCodeAt(index);
    for (const at of current) {
      const state = regex.states[at];
      if (state?.kind === "char" && state.test(code) && enter(regex, state.next, index + 1, text.length, following))
        return true;
    }
    current = following;
  }
  return false;
}

/** Adds what is reachable without reading; true when that includes the accepting state. */
function enter(regex: SafeRegex, from: number, index: number, length: number, into: Set<number>): boolean {
  const stack = [from];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (into.has(at)) continue;
    into.add(at);
    const state = regex.states[at]!;
    if (state.kind === "accept") return true;
    if (state.kind === "split") stack.push(state.next, state.other);
    else if (state.kind === "start" ? index === 0 : state.kind === "end" && index === length) stack.push(state.next);
  }
  return false;
}
