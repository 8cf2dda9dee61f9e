import type { Twin } from "../twin.ts";
import type { BgpTable, Edge, Path, Simulated, Slot } from "./bgp-model.ts";
import { bgpRoute } from "./converge.ts";
import type { Tried } from "./establish.ts";
import { matchRoute } from "./fib.ts";
import { keyContains, type PrefixKey } from "./numbers.ts";
import { type RouteValue, sameHop } from "./rib.ts";
import { simulateLoss } from "./simulate.ts";
import type { Pairing } from "./speakers.ts";
import { type Loss, lossOf } from "./survive-loss.ts";
import { place, type Plan, type PlannedClass, planOf } from "./survive-plan.ts";
import { type Lookup, walkTo } from "./walk.ts";

/**
 * True when no required pair can break that held, should this link or switch fail; false when that is not plain, and the network
 * must be computed anew to know.
 *
 * The failure's lost sessions are withdrawn from the settled routes. Where every table that packets can come to keeps
 * some of the next hops that it had, and gets no others, each packet goes a way that it might have gone before: what
 * all ways delivered is still delivered, and to nobody else. Tables that lose a route altogether must be ones that no
 * packet comes to any more. Anything else (a shared segment, OSPF, static routes over the link, a host's own port, a
 * tunnel end point, a session that would run another way) is left to the full computation.
 */
export function surelySurvives(twin: Twin, element: string): boolean {
  const plan = planOf(twin);
  if (plan === undefined) return false;
  const loss = lossOf(twin, plan, element);
  return loss !== undefined && staysWhole(twin, plan, loss);
}

/** What is left of a route: maybe nothing. */
interface Left {
  readonly table: BgpTable;
  readonly slot: Slot;
}

/** Routes that may not be what they were, by table and prefix. */
type Patches = Map<string, Map<PrefixKey, Left>>;

interface Outcome {
  readonly loss: Loss;
  readonly patches: Patches;
  /** Devices that lost a route altogether, with the prefixes. */
  readonly emptied: Map<string, PrefixKey[]>;
  readonly changed: Map<Simulated, ReadonlyMap<number, Slot>>;
}

function staysWhole(twin: Twin, plan: Plan, loss: Loss): boolean {
  const outcome: Outcome = { loss, patches: new Map(), emptied: new Map(), changed: new Map() };
  const lost = edgesOf(twin, loss.pairings);
  const stage = (...stages: readonly PlannedClass["stage"][]): boolean =>
    plan.classes.every((one) => !stages.includes(one.stage) || classHolds(twin, plan, outcome, one, lost));
  if (!stage("underlay")) return false;
  const further = sessionsThatFall(twin, plan, outcome);
  if (further === undefined) return false;
  for (const edge of edgesOf(twin, further)) lost.add(edge);
  if (!stage("unicast", "overlay")) return false;
  return Array.from(outcome.changed).every(([result, changed]) => costsHold(outcome, result, changed));
}

const edgesOf = ({ registry }: Twin, pairings: Iterable<Pairing>): Set<Edge> =>
  new Set(Array.from(pairings).flatMap((pairing) => registry.edgesOf.get(pairing) ?? []));

/** Runs a class without the lost sessions, and notes what that leaves of its routes. */
function classHolds(twin: Twin, plan: Plan, outcome: Outcome, one: PlannedClass, lost: ReadonlySet<Edge>): boolean {
  const { graph } = twin.control;
  const { loss } = outcome;
  const { cls, result, stage, matters } = one;
  if (cls.origins.some(({ table }) => table.device.name === loss.device)) return !matters;
  const prefixes = keptPrefixes(one, loss);
  const world = { graph, registry: twin.registry, inside: plan.inside, resolve: plan.resolve };
  const changed = simulateLoss(cls, world, result, lost);
  if (changed === undefined) return false;
  for (const [key, slot] of changed) {
    const table = graph.byId.get(slot.table);
    if (table === undefined || table.device.name === loss.device) continue;
    const was = result.slots.get(key);
    const holds =
      stage === "overlay" || table.family === "l2vpn-evpn"
        ? sameTunnels(table, was, slot)
        : routeHolds(plan, outcome, table, was, slot, prefixes, matters, stage);
    if (!holds) return false;
  }
  outcome.changed.set(result, changed);
  return true;
}

/** Without the networks of lost interfaces: nothing is sent there. */
function keptPrefixes({ prefixes }: PlannedClass, { networks }: Loss): readonly PrefixKey[] {
  return prefixes.some((prefix) => networks.has(prefix))
    ? prefixes.filter((prefix) => !networks.has(prefix))
    : prefixes;
}

function routeHolds(
  plan: Plan,
  { loss, patches, emptied }: Outcome,
  table: BgpTable,
  was: Slot | undefined,
  slot: Slot,
  prefixes: readonly PrefixKey[],
  matters: boolean,
  stage: PlannedClass["stage"],
): boolean {
  if (was?.paths.length === slot.paths.length && was.paths.every((path, index) => path === slot.paths[index]))
    return true;
  const at = place(table.device.name, table.speaker.instance);
  if (stage === "underlay") note(patches, at, prefixes, { table, slot });
  if ((stage === "underlay" || table.speaker.instance !== "default") && keepsSome(was, slot)) return true;
  const before = was === undefined ? undefined : bgpRoute(table, was);
  const after = bgpRoute(table, slot);
  if (before === undefined) return after === undefined;
  const same = after !== undefined && sameItems(before.nextHops, after.nextHops);
  // Sessions were looked at on the grounds of the underlay alone.
  if (!same && stage !== "underlay" && table.speaker.instance === "default") return false;
  if (after === undefined) {
    if (stage === "underlay") emptied.set(table.device.name, [...(emptied.get(table.device.name) ?? []), ...prefixes]);
    return !matters || (!plan.entries.has(at) && table.device.vteps.length === 0);
  }
  if (!matters) return after.nextHops.every((hop) => hop.kind !== "address");
  return (
    before.protocol === after.protocol &&
    before.distance === after.distance &&
    before.metric === after.metric &&
    after.nextHops.length > 0 &&
    after.nextHops.every(
      (hop) =>
        hop.kind !== "address" &&
        !("l3" in hop && loss.interfaces.has(hop.l3)) &&
        before.nextHops.some((each) => sameHop(each, hop)),
    )
  );
}

/** The plain case: some of the paths that there were, over the same tunnels or straight over the same links. */
function keepsSome(was: Slot | undefined, { paths }: Slot): boolean {
  const [old, best] = [was?.paths[0], paths[0]];
  if (was === undefined || old === undefined || best === undefined) return false;
  if (old.source !== best.source || old.ebgp !== best.ebgp || old.attributes.med !== best.attributes.med) return false;
  const known = new Set<unknown>(was.paths);
  const tunnels = new Set(was.paths.map(({ source, attributes }) => (source === "evpn" ? attributes : undefined)));
  return paths.every((path) =>
    path.source === "evpn" ? tunnels.has(path.attributes) : known.has(path) && isStraight(path),
  );
}

/** Told by the neighbor that it leads to. */
const isStraight = ({ source, edge, attributes: { nextHop } }: Path): boolean =>
  source === "session" && edge?.receiverL3 !== undefined && (nextHop === 0 || nextHop === edge.senderAddress);

function note(patches: Patches, at: string, prefixes: readonly PrefixKey[], left: Left): void {
  let patch = patches.get(at);
  if (patch === undefined) patches.set(at, (patch = new Map<PrefixKey, Left>()));
  for (const prefix of prefixes) patch.set(prefix, left);
}

const sameItems = (a: RouteValue["nextHops"], b: RouteValue["nextHops"]): boolean =>
  a.length === b.length && a.every((hop, index) => sameHop(hop, b[index]));

/** What an EVPN table installs for layer 2 hangs on its set of tunnels alone. */
function sameTunnels(table: BgpTable, was: Slot | undefined, is: Slot): boolean {
  const { config } = table.device;
  if (table.device.vteps.length === 0 || Object.keys(config.macVrfs).length === 0) return true;
  const text = (slot: Slot | undefined): string =>
    [
      ...new Set(
        (slot?.paths ?? [])
          .filter(({ source, attributes }) => source !== "local" && attributes.evpn?.type !== 5)
          .map(({ attributes: { nextHop, evpn }, ebgp }) => `${nextHop} ${evpn?.vni} ${evpn?.l3Vni} ${ebgp}`),
      ),
    ]
      .sort()
      .join();
  return text(was) === text(is);
}

/** No table that lost its way to a next hop still holds a path over it. */
function costsHold({ emptied }: Outcome, result: Simulated, changed: ReadonlyMap<number, Slot>): boolean {
  if (emptied.size === 0) return true;
  for (const { table, device, address } of result.queries) {
    if (!(emptied.get(device) ?? []).some((prefix) => keyContains(prefix, address))) continue;
    for (const [key, slot] of result.slots)
      if (slot.table === table)
        if ((changed.get(key) ?? slot).candidates.some(({ attributes }) => attributes.nextHop === address))
          return false;
  }
  return true;
}

/** Routed sessions that go down with the routes they ran over; undefined when they would come up some other way. */
function sessionsThatFall(twin: Twin, plan: Plan, { loss, patches }: Outcome): ReadonlySet<Pairing> | undefined {
  const asking = new Set<Tried>();
  for (const [at, patch] of patches)
    for (const key of patch.keys()) for (const tried of plan.walkers.get(at)?.get(key) ?? []) asking.add(tried);
  let blind = false;
  const lookup: Lookup = (device, instance, address) => {
    const patch = patches.get(place(device, instance));
    if (patch === undefined) return plan.lookup(device, instance, address);
    const fib = twin.control.tables.fib(device, instance);
    const key = fib.keys[matchRoute(fib, address)];
    const left = key === undefined ? undefined : patch.get(key);
    if (left === undefined) return plan.lookup(device, instance, address);
    const route = bgpRoute(left.table, left.slot);
    if (route !== undefined) return route.nextHops.filter((hop) => hop.kind !== "address");
    // A less specific route would take its place.
    if (fib.keys.some((each) => each !== key && keyContains(each, address))) blind = true;
    return undefined;
  };
  const stands = ({ asked }: Tried): boolean =>
    asked.every(({ device, instance, address, answer }) => {
      const now = walkTo(twin, lookup, device, instance, address);
      if ("reason" in answer) {
        if (!("reason" in now)) blind = true;
        return true;
      }
      if ("reason" in now) return false;
      if (now.device !== answer.device || now.hops !== answer.hops) blind = true;
      return true;
    });
  const fallen = new Set<Pairing>();
  for (const tried of asking) {
    const standing = stands(tried);
    if (!("pairing" in tried.attempt)) continue;
    const { pairing } = tried.attempt;
    if (loss.pairings.has(pairing) || [pairing.a, pairing.b].some((end) => end.speaker.device.name === loss.device)) {
      fallen.add(pairing);
      continue;
    }
    if (standing) continue;
    if ((plan.attempts.get(pairing.id) ?? []).some((each) => stands(each))) continue;
    // Its routes would be part of what it runs over.
    if (pairing.families.includes("ipv4-unicast")) return undefined;
    fallen.add(pairing);
  }
  return blind ? undefined : fallen;
}
