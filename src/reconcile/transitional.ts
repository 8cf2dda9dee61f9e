import type { Endpoint } from "#model/endpoint.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import { ownerKey, type Owner, type ReachabilityPolicy } from "#model/tenant.ts";

/** What must be true of every state on the way between two networks. */
export interface Transitional {
  /**
   * End points with the owner that they have on the way. Those that move stand in a zone of their own and, by a host that
   * no fabric knows, on no fabric: nothing must reach them meanwhile, and nothing forbidden may.
   */
  readonly endpoints: readonly Endpoint[];
  /** Pairs allowed before or after: everything else is forbidden throughout. */
  readonly allowed: ReachabilityPolicy;
  /** Pairs allowed before and after between owners that don't move: they must stay reachable throughout. */
  readonly required: ReachabilityPolicy;
  /** Between owners that don't move the two policies are one: a proof under `allowed` says all. */
  readonly alike: boolean;
}

type Allowance = ReadonlySet<string>;
interface Passage {
  readonly owner: Owner;
  readonly before: string;
  readonly after: string;
}

/** Between two networks a pair is forbidden where both forbid it, and required where both allow it and nobody moves. */
export function resolveTransitional(from: ParsedSnapshot, to: ParsedSnapshot): Transitional {
  const [before, after] = [allowanceOf(from.policy), allowanceOf(to.policy)];
  const earlier = new Map(from.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const passages = new Map<string, Passage>();
  const endpoints = joined(from.endpoints, to.endpoints).map((endpoint) => {
    const was = earlier.get(endpoint.id) ?? endpoint;
    const passage = passageOf(was.owner, endpoint.owner);
    passages.set(ownerKey(passage.owner), passage);
    return stays(passage) ? endpoint : onTheWay(passage.owner, endpoint, was);
  });
  const all = [...passages.values()];
  const pairs = all.flatMap((one) => all.map((other) => [one, other] as const));
  const allows = (a: Passage, b: Passage) => ({
    before: a.before === b.before || before.has(pairKey(a.before, b.before)),
    after: a.after === b.after || after.has(pairKey(a.after, b.after)),
  });
  const free = pairs.filter(([a, b]) => allows(a, b).before || allows(a, b).after);
  const kept = pairs.filter(([a, b]) => stays(a) && stays(b) && allows(a, b).before && allows(a, b).after);
  return {
    endpoints,
    allowed: policyOf(free),
    required: policyOf(kept),
    alike: kept.length === free.filter(([a, b]) => stays(a) && stays(b)).length,
  };
}

const pairKey = (from: string, to: string): string => `${from} ${to}`;
const allowanceOf = ({ allow }: ReachabilityPolicy): Allowance =>
  new Set(allow.map(({ from, to }) => pairKey(ownerKey(from), ownerKey(to))));
const stays = ({ before, after }: Passage): boolean => before === after;

function passageOf(was: Owner, becomes: Owner): Passage {
  const [before, after] = [ownerKey(was), ownerKey(becomes)];
  return { owner: before === after ? becomes : { kind: "zone", zone: `${before}>${after}` }, before, after };
}

/** A host that leaves keeps the address that it had; one that comes has the one that it gets. */
const onTheWay = (owner: Owner, endpoint: Endpoint, was: Endpoint): Endpoint => ({
  ...(endpoint.address === undefined ? was : endpoint),
  owner,
  host: `${endpoint.host} on the way`,
});

function joined(from: readonly Endpoint[], to: readonly Endpoint[]): Endpoint[] {
  const known = new Set(to.map(({ id }) => id));
  return [...to, ...from.filter(({ id }) => !known.has(id))];
}

const policyOf = (pairs: readonly (readonly [Passage, Passage])[]): ReachabilityPolicy => ({
  allow: pairs.map(([a, b]) => ({ from: a.owner, to: b.owner, why: "on the way" })),
});
