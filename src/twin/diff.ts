import { type FlowTrace, proveIsolation, type ReachabilityReport, traceFlow } from "./reachability.ts";
import { type Route, routesOf } from "./routes.ts";
import type { Session } from "./sessions.ts";
import type { Twin } from "./twin.ts";

/** What differs between two networks, and nothing else. */
export interface TwinDiff {
  readonly sessions: readonly { readonly key: string; readonly before?: Session; readonly after?: Session }[];
  readonly routes: readonly { readonly key: string; readonly before?: Route; readonly after?: Route }[];
  /** Pairs of endpoints, present in both, of which one network delivers and the other doesn't. */
  readonly reachability: readonly {
    readonly from: string;
    readonly to: string;
    readonly before: boolean;
    readonly after: boolean;
  }[];
  readonly proof: { readonly before: ReachabilityReport; readonly after: ReachabilityReport };
}

/** Largest number of endpoint pairs that are compared one by one; past it only the proofs are. */
const mostPairs = 40_000;

export function compareTwins(before: Twin, after: Twin): TwinDiff {
  return {
    sessions: compare(before.sessions, after.sessions, sessionKey, sessionText),
    routes: compare(routesOf(before), routesOf(after), routeKey, routeText),
    reachability: compareReachability(before, after),
    proof: { before: proveIsolation(before), after: proveIsolation(after) },
  };
}

function compare<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
  textOf: (item: T) => string,
): { key: string; before?: T; after?: T }[] {
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const fresh = new Map(after.map((item) => [keyOf(item), item]));
  const changes: { key: string; before?: T; after?: T }[] = [];
  for (const [key, item] of old) {
    const now = fresh.get(key);
    if (now === undefined) changes.push({ key, before: item });
    else if (textOf(now) !== textOf(item)) changes.push({ key, before: item, after: now });
  }
  for (const [key, item] of fresh) if (!old.has(key)) changes.push({ key, after: item });
  return changes;
}

const sessionKey = (session: Session): string => `${session.device} ${session.networkInstance} ${session.neighbor}`;
const sessionText = (session: Session): string =>
  `${session.state} ${session.peerDevice} ${session.families.join(",")}`;
const routeKey = (route: Route): string => `${route.device} ${route.networkInstance} ${route.prefix}`;
/** Why a route was chosen may change without the route: that is no difference. */
const routeText = (route: Route): string =>
  `${route.protocol} ${route.distance} ${route.metric} ${route.nextHops
    .map((hop) => `${hop.interface} ${hop.address} ${hop.vtep} ${hop.vni} ${hop.networkInstance}`)
    .sort()
    .join("|")}`;

function compareReachability(before: Twin, after: Twin): TwinDiff["reachability"] {
  const shared = [...before.endpoints.keys()].filter((id) => after.endpoints.has(id));
  if (shared.length ** 2 > mostPairs) return [];
  const reached = (flow: FlowTrace): boolean => flow.reached;
  return shared.flatMap((from) =>
    shared.flatMap((to) => {
      if (from === to) return [];
      const old = reached(traceFlow(before, from, to));
      const now = reached(traceFlow(after, from, to));
      return old === now ? [] : [{ from, to, before: old, after: now }];
    }),
  );
}
