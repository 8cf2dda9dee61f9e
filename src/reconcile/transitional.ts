import type { Endpoint } from "#model/endpoint.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import { ownerKey, type Owner, type ReachabilityPolicy } from "#model/tenant.ts";

/** What must be true of every state on the way between two networks. */
export interface Transitional {
  /** End points with the owner that they have on the way: those that move stand in a zone of their own. */
  readonly endpoints: readonly Endpoint[];
  /** Pairs allowed before or after: everything else is forbidden throughout. */
  readonly allowed: ReachabilityPolicy;
  /** Pairs allowed before and after between owners that don't move: they must stay reachable throughout. */
  readonly required: ReachabilityPolicy;
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
    return movedTo(passage.owner, was.address === undefined ? endpoint : { ...endpoint, ...addressOf(endpoint, was) });
  });
  const all = [...passages.values()];
  const pairs = all.flatMap((one) => all.map((other) => [one, other] as const));
  const allows = (a: Passage, b: Passage) => ({
    before: a.before === b.before || before.has(pairKey(a.before, b.before)),
    after: a.after === b.after || after.has(pairKey(a.after, b.after)),
  });
  return {
    endpoints,
    allowed: policyOf(pairs.filter(([a, b]) => allows(a, b).before || allows(a, b).after)),
    required: policyOf(pairs.filter(([a, b]) => stays(a) && stays(b) && allows(a, b).before && allows(a, b).after)),
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
const addressOf = (endpoint: Endpoint, was: Endpoint): Partial<Endpoint> =>
  endpoint.address !== undefined || was.address === undefined
    ? {}
    : { address: was.address, ...(was.gateway === undefined ? {} : { gateway: was.gateway }) };

const movedTo = (owner: Owner, endpoint: Endpoint): Endpoint =>
  endpoint.owner === owner ? endpoint : { ...endpoint, owner };

function joined(from: readonly Endpoint[], to: readonly Endpoint[]): Endpoint[] {
  const known = new Set(to.map(({ id }) => id));
  return [...to, ...from.filter(({ id }) => !known.has(id))];
}

const policyOf = (pairs: readonly (readonly [Passage, Passage])[]): ReachabilityPolicy => ({
  allow: pairs.map(([a, b]) => ({ from: a.owner, to: b.owner, why: "on the way" })),
});
