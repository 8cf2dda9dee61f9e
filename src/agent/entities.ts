import { expandNames } from "#net/ranges.ts";

export type EntityKind = "tenant" | "host" | "switch" | "job" | "link" | "change" | "zone";

/** A name of the live inventory that a question can mean. */
export interface Entity {
  readonly kind: EntityKind;
  readonly name: string;
  /** Another word for it in this sentence. */
  readonly alias?: string;
}

/** What was found in a text: entities in order of mention, numbers, and names that look like one but are none. */
export interface Linked {
  readonly entities: readonly Entity[];
  readonly numbers: readonly number[];
  /** Rates such as `400G` or `400 gbps`, in Gb/s. */
  readonly gbps: readonly number[];
  readonly ambiguous: readonly { readonly text: string; readonly candidates: readonly Entity[] }[];
  /** Words with digits that name nothing here: `leaf-99`. */
  readonly unknown: readonly string[];
  /** The words that were taken as names, so that cues are not looked for in them. */
  readonly consumed: ReadonlySet<string>;
}

const numberWords: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  twelve: 12,
  sixteen: 16,
};

/** Without the punctuation that ends a sentence. */
function withoutTail(word: string): string {
  let end = word.length;
  while (end > 0 && ".:?!-".includes(word[end - 1] ?? " ")) end--;
  return word.slice(0, end);
}

/** Identifiers stay whole: `su1-h1..h4`, `leaf-su1-r1-p1`, `a:swp1--b:swp2`. */
export const words = (text: string): string[] =>
  (text.toLowerCase().match(/[@a-z0-9_$][a-z0-9_@$/:.-]*(?:\.\.[a-z0-9]+)?/g) ?? []).map((word) => withoutTail(word));

/**
 * Finds the names of the inventory in a text. Digits match exactly (leaf-2 is never leaf-3); letters may differ by
 * one edit; `spine 2` means `spine-2`.
 */
export function linkEntities(text: string, inventory: readonly Entity[]): Linked {
  const byName = new Map<string, Entity[]>();
  for (const entity of inventory) {
    const key = (entity.alias ?? entity.name).toLowerCase();
    byName.set(key, [...(byName.get(key) ?? []), { kind: entity.kind, name: entity.name }]);
  }
  const tokens = words(text);
  const found: Entity[] = [];
  const numbers: number[] = [];
  const gbps: number[] = [];
  const ambiguous: { text: string; candidates: Entity[] }[] = [];
  const unknown: string[] = [];
  const consumed = new Set<string>();
  const take = (word: string, candidates: readonly Entity[]): boolean => {
    const [first] = candidates;
    if (first === undefined) return false;
    const kinds = new Set(candidates.map((one) => one.name));
    if (kinds.size > 1) ambiguous.push({ text: word, candidates: [...candidates] });
    else found.push(first);
    consumed.add(word);
    return true;
  };
  for (let index = 0; index < tokens.length; index++) {
    const word = tokens[index] ?? "";
    const next = tokens[index + 1] ?? "";
    const rate =
      /^(\d+(?:\.\d+)?)(?:g|gb|gbps|gb\/s|gbit\/s)$/.exec(word) ??
      (/^\d+(\.\d+)?$/.test(word) && /^(g|gb|gbps|gb\/s|gbit\/s|gig)$/.test(next) ? [word, word] : null);
    if (rate) {
      gbps.push(Number(rate[1]));
      continue;
    }
    if (take(word, byName.get(word) ?? [])) continue;
    // A range wider than all there is names nothing here.
    const expanded = expandNames(word, Math.max(1024, inventory.length)).flatMap((name) => byName.get(name) ?? []);
    if (expanded.length > 1) {
      found.push(...expanded);
      consumed.add(word);
      continue;
    }
    if (/^[a-z]+$/.test(word) && /^\d+$/.test(next)) {
      const joined = byName.get(`${word}-${next}`) ?? byName.get(`${word}${next}`) ?? [];
      const near = joined.length > 0 ? joined : stemMatches(word, next, inventory);
      if (near.length > 0 && take(`${word}-${next}`, near)) {
        consumed.add(word).add(next);
        index++;
        continue;
      }
    }
    if (/^\d+(\.\d+)?$/.test(word)) numbers.push(Number(word));
    else if (Object.hasOwn(numberWords, word)) numbers.push(numberWords[word] ?? 0);
    else if (word.length >= 4 && take(word, nearest(word, inventory))) continue;
    else if (/\d/.test(word) && /[a-z]/.test(word)) unknown.push(word);
  }
  return { entities: found, numbers, gbps, ambiguous, unknown, consumed };
}

/** `leaf 2`: everything of that word whose number somewhere is just that one. */
const stemMatches = (word: string, number: string, inventory: readonly Entity[]): Entity[] =>
  inventory.filter(
    (one) =>
      one.kind === "switch" &&
      one.name
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .includes(word) &&
      one.name.match(/\d+/g)?.includes(number) === true,
  );

/** Names one edit away, digits alike. Several: the caller asks. */
const nearest = (word: string, inventory: readonly Entity[]): Entity[] => {
  const digits = word.replaceAll(/\D/g, "");
  return inventory.filter((one) => {
    const name = one.name.toLowerCase();
    return (
      Math.abs(name.length - word.length) <= 1 && name.replaceAll(/\D/g, "") === digits && oneEditApart(word, name)
    );
  });
};

function oneEditApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  return short.length === long.length
    ? short.slice(at + 1) === long.slice(at + 1) ||
        (short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2))
    : short.slice(at) === long.slice(at + 1);
}
