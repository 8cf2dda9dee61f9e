import type { Counterexample } from "#model/change.ts";
import { ownerKey } from "#model/tenant.ts";
import { explainLeak, explainLoss } from "./explain.ts";
import type { Ground } from "./ground.ts";
import type { BrokenPair } from "./pairs.ts";

/** Tracing is what costs: of many broken pairs a few for each that is shown are looked at. */
const triedForOne = 8;

/**
 * Up to `most` of each kind, as different as they come: first one of each pair of owners and line at fault, then the
 * rest. Three hosts that fail by one line say less than three lines.
 */
export function chooseCounterexamples(ground: Ground, broken: readonly BrokenPair[], most: number): Counterexample[] {
  return (["leak", "unreachable"] as const).flatMap((kind) => {
    const chosen = new Map<string, Counterexample>();
    const rest: Counterexample[] = [];
    for (const pair of inTurn(ground, broken, kind).slice(0, most * triedForOne)) {
      if (chosen.size >= most) break;
      const example = pair.kind === "leak" ? explainLeak(ground, pair) : explainLoss(ground, pair);
      const key = `${ownersOf(ground, pair)} ${causeOf(example)}`;
      if (chosen.has(key)) rest.push(example);
      else chosen.set(key, example);
    }
    return [...chosen.values(), ...rest].slice(0, most);
  });
}

/** One pair of each two owners, then a second of each, and so on. */
function inTurn(ground: Ground, broken: readonly BrokenPair[], kind: BrokenPair["kind"]): BrokenPair[] {
  const groups = [
    ...Map.groupBy(
      broken.filter((pair) => pair.kind === kind),
      (pair) => ownersOf(ground, pair),
    ).values(),
  ];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, index) => groups.flatMap((group) => group.slice(index, index + 1))).flat();
}

const ownersOf = ({ endpoints }: Ground, { from, to }: BrokenPair): string =>
  `${ownerKey(endpoints[from]!.owner)} ${ownerKey(endpoints[to]!.owner)}`;

const causeOf = ({ cause }: Counterexample): string =>
  cause === undefined ? "" : `${cause.device} ${cause.span?.file ?? ""} ${cause.span?.line ?? cause.explanation}`;
