import type { Path, TieBreak } from "./bgp-model.ts";

interface Rule {
  readonly reason: TieBreak;
  readonly rank: (path: Path) => number;
}

/** Lowest wins, in this order (RFC 4271 §9.1.2.2, RFC 4456 §9; weight is every vendor's own first step). MED stands apart: it compares within a neighbouring AS. */
const beforeMed: readonly Rule[] = [
  { reason: "weight", rank: (path) => -path.weight },
  { reason: "local preference", rank: (path) => -path.attributes.localPref },
  { reason: "locally originated", rank: (path) => (path.source === "local" ? 0 : 1) },
  { reason: "AS-path length", rank: (path) => path.attributes.asPath.length },
  { reason: "origin", rank: (path) => path.attributes.origin },
];
const afterMed: readonly Rule[] = [
  { reason: "eBGP over iBGP", rank: (path) => (path.ebgp ? 0 : 1) },
  { reason: "IGP cost to next hop", rank: (path) => path.igpCost },
];
/** Past the multipath cut: equal so far is equal enough to share load. */
const afterMultipath: readonly Rule[] = [
  { reason: "router id", rank: (path) => path.routerId },
  { reason: "cluster-list length", rank: (path) => path.attributes.clusters.length },
  { reason: "peer address", rank: (path) => path.peerAddress },
];

export interface MultipathRules {
  readonly allowMultipleAs: boolean;
  readonly alwaysCompareMed: boolean;
  readonly maximumPathsEbgp: number;
  readonly maximumPathsIbgp: number;
}

export interface Selection {
  /** The best first, then those that share load with it, in tie-break order. */
  readonly paths: readonly Path[];
  readonly reason: TieBreak;
}

/** Chooses the best path, those that share load with it, and says which tie-break decided. Order of arrival never matters. */
export function selectBestPaths(paths: readonly Path[], rules: MultipathRules): Selection | undefined {
  const [only] = paths;
  if (only === undefined) return undefined;
  if (paths.length === 1) return { paths, reason: "only path" };
  let standing = paths;
  let reason: TieBreak = "only path";
  const apply = (list: readonly Rule[]): void => {
    for (const rule of list) {
      const kept = lowest(standing, rule.rank);
      if (kept.length === standing.length) continue;
      standing = kept;
      reason = rule.reason;
    }
  };
  apply(beforeMed);
  const kept = withoutWorseMed(standing, rules.alwaysCompareMed);
  if (kept.length < standing.length) {
    standing = kept;
    reason = "MED";
  }
  apply(afterMed);
  const equal = standing;
  apply(afterMultipath);
  if (standing.length > 1) {
    standing = standing.toSorted((a, b) => (a.via < b.via ? -1 : 1));
    reason = "source inside the device";
  }
  const best = standing[0]!;
  const limit = best.ebgp ? rules.maximumPathsEbgp : rules.maximumPathsIbgp;
  return { paths: sharers(best, equal, limit, rules.allowMultipleAs), reason };
}

function lowest(paths: readonly Path[], rank: (path: Path) => number): readonly Path[] {
  let best = Number.POSITIVE_INFINITY;
  let count = 0;
  for (const path of paths) {
    const value = rank(path);
    if (value < best) {
      best = value;
      count = 1;
    } else if (value === best) count++;
  }
  return count === paths.length ? paths : paths.filter((path) => rank(path) === best);
}

/** RFC 4271 §9.1.2.2 c: a path falls to another from the same neighbouring AS with a lower MED. */
function withoutWorseMed(paths: readonly Path[], acrossAs: boolean): readonly Path[] {
  if (paths.length < 2 || paths.every((path) => (path.attributes.med ?? 0) === (paths[0]?.attributes.med ?? 0)))
    return paths;
  const lowestMed = new Map<number, number>();
  const group = (path: Path): number => (acrossAs ? 0 : (path.attributes.asPath[0] ?? 0));
  for (const path of paths) {
    const med = path.attributes.med ?? 0;
    if (med < (lowestMed.get(group(path)) ?? Number.POSITIVE_INFINITY)) lowestMed.set(group(path), med);
  }
  return paths.filter((path) => (path.attributes.med ?? 0) === lowestMed.get(group(path)));
}

function sharers(best: Path, equal: readonly Path[], limit: number, allowMultipleAs: boolean): readonly Path[] {
  if (limit <= 1 || equal.length === 1 || best.source === "local") return [best];
  const others = equal.filter(
    (path) =>
      path !== best &&
      path.source !== "local" &&
      (allowMultipleAs || !best.ebgp || sameAsPath(path.attributes.asPath, best.attributes.asPath)),
  );
  others.sort((a, b) => a.routerId - b.routerId || a.peerAddress - b.peerAddress || (a.via < b.via ? -1 : 1));
  return [best, ...others.slice(0, limit - 1)];
}

const sameAsPath = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((as, index) => as === b[index]));
