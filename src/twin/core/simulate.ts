import { type Attributes, intern, plainAttributes } from "./attributes.ts";
import { type MultipathRules, selectBestPaths } from "./best-path.ts";
import type {
  BgpTable,
  Edge,
  Inside,
  Path,
  Query,
  Registry,
  Resolve,
  RouteClass,
  Simulated,
  Slot,
} from "./bgp-model.ts";
import type { BgpGraph } from "./edges.ts";
import { originatorOf, transfer } from "./transfer.ts";

/** Small for networks of thousands of tables, so that engines keep it an integer. */
const slotKey = (table: number, rd: number): number => table * 32768 + rd;
/** A table that changes its best path this often for one class is not going to settle. */
const patience = 200;

/** Slots by table and route distinguisher; whoever gets one may change it. */
interface Slots {
  get(key: number): Slot | undefined;
  set(key: number, slot: Slot): unknown;
  values(): Iterable<Slot>;
}

const noEdges: ReadonlySet<Edge> = new Set();

interface Run {
  readonly cls: RouteClass;
  readonly graph: BgpGraph;
  readonly registry: Registry;
  readonly inside: Inside;
  readonly resolve: Resolve;
  readonly slots: Slots;
  /** Sessions that are gone: nothing is told over them. */
  readonly lost: ReadonlySet<Edge>;
  readonly queue: Slot[];
  readonly queries: Query[];
  readonly asked: Map<number, Set<number>>;
}

/**
 * Runs path-vector routing for one class to its fixed point. With an earlier outcome of the same class it starts from
 * there, and only tables whose sessions changed choose anew.
 */
export function simulate(
  cls: RouteClass,
  graph: BgpGraph,
  registry: Registry,
  inside: Inside,
  resolve: Resolve,
  before?: Simulated,
): Simulated {
  const slots = new Map<number, Slot>();
  const run: Run = {
    cls,
    graph,
    registry,
    inside,
    resolve,
    slots,
    lost: noEdges,
    queue: [],
    queries: [],
    asked: new Map(),
  };
  if (before === undefined || !takeOver(run, before)) {
    for (const { table, rd, path } of cls.origins) {
      const slot = slotOf(run, table.id, rd);
      slot.candidates.push(path);
      wake(run, slot);
    }
    for (const edge of cls.defaults) makeDefault(run, edge);
  }
  const oscillating = settle(run);
  const touched = [...new Set(Array.from(slots.values(), (slot) => slot.table))];
  return {
    slots,
    touched: touched.flatMap((id) => graph.byId.get(id) ?? []),
    queries: run.queries,
    oscillating,
  };
}

/** Lets every table that was woken choose, until none is left; gives back those that never settle. */
function settle(run: Run): number[] {
  const oscillating: number[] = [];
  for (let next = 0; next < run.queue.length; next++) {
    const slot = run.queue[next]!;
    slot.queued = false;
    const table = run.graph.byId.get(slot.table);
    if (table !== undefined && !decide(run, table, slot)) oscillating.push(slot.table);
  }
  return oscillating;
}

const heardOver = new WeakMap<Simulated, ReadonlyMap<Edge, readonly number[]>>();

/** The route distinguishers of what came over each session. */
function heardBySession(result: Simulated): ReadonlyMap<Edge, readonly number[]> {
  const known = heardOver.get(result);
  if (known !== undefined) return known;
  const heard = new Map<Edge, number[]>();
  for (const { rd, candidates } of result.slots.values())
    for (const { edge, source } of candidates) {
      if (edge === undefined || source !== "session") continue;
      const list = heard.get(edge);
      if (list === undefined) heard.set(edge, [rd]);
      else list.push(rd);
    }
  heardOver.set(result, heard);
  return heard;
}

/**
 * The slots of a settled class that come out otherwise once sessions are lost, by key; all others stay as they are.
 * The outcome itself is left alone. Undefined when it doesn't settle.
 */
export function simulateLoss(
  cls: RouteClass,
  world: { readonly graph: BgpGraph; readonly registry: Registry; readonly inside: Inside; readonly resolve: Resolve },
  before: Simulated,
  lost: ReadonlySet<Edge>,
): ReadonlyMap<number, Slot> | undefined {
  const changed = new Map<number, Slot>();
  const heard = heardBySession(before);
  const gone = Array.from(lost).filter((edge) => heard.has(edge));
  if (gone.length === 0) return changed;
  const slots: Slots = {
    get(key) {
      const own = changed.get(key);
      const was = own === undefined ? before.slots.get(key) : undefined;
      if (was === undefined) return own;
      // Not the first choice: what was told before may have to be taken back.
      const copy: Slot = { ...was, candidates: was.candidates.slice(), changes: 1, queued: false };
      changed.set(key, copy);
      return copy;
    },
    set: (key, slot) => changed.set(key, slot),
    *values() {
      for (const key of new Set([...before.slots.keys(), ...changed.keys()])) yield this.get(key)!;
    },
  };
  const run: Run = { cls, ...world, slots, lost, queue: [], queries: [], asked: new Map() };
  for (const edge of gone) for (const rd of heard.get(edge) ?? []) withdraw(run, edge, rd);
  return settle(run).length > 0 || before.oscillating.length > 0 ? undefined : changed;
}

/** Takes over an outcome whose sessions changed here and there; false when more than sessions changed. */
function takeOver(run: Run, before: Simulated): boolean {
  const { graph, resolve } = run;
  const changed = new Set<number>();
  for (const table of before.touched) {
    const now = graph.byId.get(table.id);
    if (now?.version === table.version) continue;
    if (now !== undefined && (!sameSpeaker(now, table) || now.takers.length !== table.takers.length)) return false;
    changed.add(table.id);
  }
  if (before.oscillating.length > 0 || run.cls.defaults.length > 0) return false;
  for (const { device, instance, address, cost } of before.queries)
    if (resolve(device, instance, address) !== cost) return false;
  for (const query of before.queries) {
    run.queries.push(query);
    const asked = run.asked.get(query.address);
    if (asked === undefined) run.asked.set(query.address, new Set([query.table]));
    else asked.add(query.table);
  }
  const standing = new Map<number, ReadonlySet<Edge>>();
  const stands = (edge: Edge): boolean => {
    let edges = standing.get(edge.from);
    if (edges === undefined) standing.set(edge.from, (edges = new Set(graph.byId.get(edge.from)?.out)));
    return edges.has(edge);
  };
  for (const [key, slot] of before.slots) {
    if (!graph.byId.has(slot.table)) continue;
    const mine = changed.has(slot.table);
    const copy: Slot = {
      ...slot,
      candidates: mine
        ? slot.candidates.filter((path) => path.source !== "session" || (path.edge !== undefined && stands(path.edge)))
        : slot.candidates.slice(),
      // Not the first choice: what was told before may have to be taken back.
      changes: 1,
      queued: false,
      mustTell: mine,
      sharedTo: mine ? slot.sharedTo.flatMap((taker) => graph.byId.get(taker.id) ?? []) : slot.sharedTo,
    };
    run.slots.set(key, copy);
    if (mine) wake(run, copy);
  }
  return true;
}

/** Chooses anew and tells whom it concerns; false when the table has lost patience. */
function decide(run: Run, table: BgpTable, slot: Slot): boolean {
  const selection = selectBestPaths(slot.candidates, multipathRules(table));
  const before = slot.paths;
  slot.paths = selection?.paths ?? [];
  slot.reason = selection?.reason ?? "only path";
  const bestChanged = slot.mustTell || !samePath(before[0], slot.paths[0]);
  slot.mustTell = false;
  if (bestChanged && ++slot.changes > patience) return false;
  if (bestChanged) send(run, table, slot);
  if (table.family === "l2vpn-evpn") shareEvpn(run, table, slot);
  else if (bestChanged || !samePaths(before, slot.paths)) shareUnicast(run, table, slot);
  return true;
}

function slotOf(run: Run, table: number, rd: number): Slot {
  const key = slotKey(table, rd);
  let slot = run.slots.get(key);
  if (slot === undefined) {
    slot = {
      table,
      rd,
      candidates: [],
      paths: [],
      reason: "only path",
      changes: 0,
      queued: false,
      mustTell: false,
      sharedTo: [],
    };
    run.slots.set(key, slot);
  }
  return slot;
}

function wake(run: Run, slot: Slot): void {
  if (slot.queued) return;
  slot.queued = true;
  run.queue.push(slot);
}

/** Puts a path in the place of the one that came the same way; undefined takes that one away. */
function offer(run: Run, slot: Slot, at: number, path: Path | undefined): void {
  if (at < 0) {
    if (path === undefined) return;
    slot.candidates.push(path);
  } else if (path === undefined) slot.candidates.splice(at, 1);
  else if (samePath(slot.candidates[at], path)) return;
  else slot.candidates[at] = path;
  wake(run, slot);
}

function placeOf(slot: Slot, edge: Edge): number {
  const { candidates } = slot;
  for (let at = 0; at < candidates.length; at++)
    if (candidates[at]!.edge === edge && candidates[at]!.source === "session") return at;
  return -1;
}

function withdraw(run: Run, edge: Edge, rd: number): void {
  const there = run.slots.get(slotKey(edge.to, rd));
  if (there !== undefined) offer(run, there, placeOf(there, edge), undefined);
}

function send(run: Run, table: BgpTable, slot: Slot): void {
  const [best] = slot.paths;
  const silent = best === undefined || run.cls.suppressedIn.has(table.id);
  for (const edge of table.out) {
    if (run.lost.has(edge)) continue;
    // The far end would refuse its own AS: no need to work out what it refuses.
    if (silent || returns(best, edge) || (edge.ebgp && best.attributes.asPath.includes(edge.refusesAs))) {
      withdraw(run, edge, slot.rd);
      continue;
    }
    const result = transfer(
      edge,
      withOriginator(best, edge, run.registry),
      run.cls.prefixClass,
      run.registry.attributes,
    );
    if (result.attributes === undefined) withdraw(run, edge, slot.rd);
    else receive(run, edge, slot.rd, result.attributes, result.weight);
  }
}

function receive(run: Run, edge: Edge, rd: number, arrived: Attributes, weight: number): void {
  const igpCost = costOf(run, edge, arrived);
  if (igpCost < 0) {
    withdraw(run, edge, rd);
    return;
  }
  const slot = slotOf(run, edge.to, rd);
  offer(run, slot, placeOf(slot, edge), {
    attributes: arrived,
    source: "session",
    edge,
    ebgp: edge.ebgp,
    protocol: "bgp",
    weight,
    igpCost,
    routerId: arrived.originator || edge.sender.speaker.routerId,
    peerAddress: edge.senderAddress,
    via: "",
  });
}

/** Cost of the next hop at the receiver, or -1 when it has no way there. */
function costOf(run: Run, edge: Edge, attributes: Attributes): number {
  const { nextHop } = attributes;
  if (nextHop === 0) return edge.receiverL3 === undefined ? -1 : 0;
  if (edge.family === "ipv4-unicast" && edge.receiverL3 !== undefined && nextHop === edge.senderAddress) return 0;
  const device = edge.receiver.speaker.device.name;
  const instance = edge.family === "l2vpn-evpn" ? "default" : edge.receiver.speaker.instance;
  const cost = run.resolve(device, instance, nextHop);
  let asked = run.asked.get(nextHop);
  if (asked === undefined) run.asked.set(nextHop, (asked = new Set()));
  if (!asked.has(edge.to)) {
    asked.add(edge.to);
    run.queries.push({ table: edge.to, device, instance, address: nextHop, cost });
  }
  return cost;
}

/** The instances that import routes of an EVPN slot, with the paths that each takes. */
function importsFrom(table: BgpTable, slot: Slot, inside: Inside): Map<BgpTable, Path[]> {
  const wanted = new Map<BgpTable, Path[]>();
  for (const path of slot.candidates) {
    if (path.source === "local") continue;
    for (const taker of inside.importers(table, path.attributes)) {
      if (!inside.importsAllPaths(taker) && !slot.paths.includes(path)) continue;
      const list = wanted.get(taker);
      if (list === undefined) wanted.set(taker, [path]);
      else list.push(path);
    }
  }
  return wanted;
}

/**
 * Whether an EVPN table that changed in nothing but who may take from it would hand the routes of an earlier outcome to
 * the very instances that took them then.
 */
export function takesAlike(result: Simulated, before: BgpTable, now: BgpTable | undefined, inside: Inside): boolean {
  if (now?.family !== "l2vpn-evpn" || !sameSpeaker(before, now)) return false;
  if (now.out.length !== before.out.length || now.out.some((edge, index) => edge !== before.out[index])) return false;
  for (const slot of result.slots.values()) {
    if (slot.table !== now.id) continue;
    const wanted = importsFrom(now, slot, inside);
    if (wanted.size !== slot.sharedTo.length) return false;
    if (!slot.sharedTo.every((taker) => wanted.has(taker))) return false;
  }
  return true;
}

/** All that BGP reads of the device is one object in both. */
const sameSpeaker = (a: BgpTable, b: BgpTable): boolean => {
  const routing = a.device.routing.get(a.speaker.instance);
  return a.device === b.device || (routing !== undefined && routing === b.device.routing.get(b.speaker.instance));
};

/** Hands EVPN routes to the instances that import them. */
function shareEvpn(run: Run, table: BgpTable, slot: Slot): void {
  if (table.takers.length === 0) return;
  const { inside } = run;
  const wanted = new Map(
    Array.from(importsFrom(table, slot, inside), ([taker, paths]) => [
      taker,
      paths.map((path) => inside.fromEvpn(path, slot.rd)),
    ]),
  );
  const source = `rd ${inside.rdText(slot.rd)} `;
  for (const taker of slot.sharedTo) if (!wanted.has(taker)) replace(run, taker, source, []);
  for (const [taker, paths] of wanted) replace(run, taker, source, paths);
  slot.sharedTo = [...wanted.keys()];
}

/** Leaks to other instances, and exports to EVPN. */
function shareUnicast(run: Run, table: BgpTable, slot: Slot): void {
  const { inside } = run;
  const [best] = slot.paths;
  for (const taker of table.takers) {
    const leaked = slot.paths.flatMap((path) => inside.leak(taker, table, path) ?? []);
    replace(run, taker, `instance ${table.speaker.instance} `, leaked);
  }
  const evpn = run.graph.evpn.get(table.device.name);
  if (evpn === undefined) return;
  const exported = best && inside.toEvpn(table, best, run.cls.prefixClass.prefix);
  const mine = `export ${table.speaker.instance}`;
  const place = (known: Slot): number =>
    known.candidates.findIndex((path) => path.source === "local" && path.via === mine);
  // The distinguisher of an instance never changes: its export stands in one slot or nowhere.
  if (exported !== undefined) {
    const there = slotOf(run, exported.evpn.id, exported.rd);
    offer(run, there, place(there), exported.path);
  } else if (slot.changes > 1)
    for (const known of run.slots.values()) if (known.table === evpn.id) offer(run, known, place(known), undefined);
}

function replace(run: Run, taker: BgpTable, source: string, wanted: readonly Path[]): void {
  const known = run.slots.get(slotKey(taker.id, 0));
  if (known === undefined && wanted.length === 0) return;
  const slot = known ?? slotOf(run, taker.id, 0);
  const before = slot.candidates.filter((path) => path.source !== "session" && path.via.startsWith(source));
  if (before.length === wanted.length && before.every((path, index) => samePath(path, wanted[index]))) return;
  for (const path of before) slot.candidates.splice(slot.candidates.indexOf(path), 1);
  slot.candidates.push(...wanted);
  wake(run, slot);
}

/** A route doesn't go back over the session it came over. */
const returns = (best: Path, edge: Edge): boolean =>
  best.source === "session" &&
  best.edge !== undefined &&
  best.edge.from === edge.to &&
  best.edge.sender.key === edge.receiver.key &&
  best.edge.receiver.key === edge.sender.key;

/** iBGP routes that are reflected carry who brought them in (RFC 4456 §8). */
function withOriginator(path: Path, edge: Edge, registry: Registry): Path {
  if (edge.ebgp || path.ebgp || path.source !== "session" || path.edge === undefined) return path;
  const originator = originatorOf(path.attributes, path.edge);
  if (originator === path.attributes.originator) return path;
  return { ...path, attributes: intern(registry.attributes, { ...path.attributes, originator }) };
}

/** `default-originate` sends past the export policy, as FRR and EOS do. */
function makeDefault(run: Run, edge: Edge): void {
  const { exportPolicy: _policy, exportPrefixSet: _set, ...exports } = edge.exports;
  const bare: Edge = {
    ...edge,
    exports: { ...exports, defaultOriginate: false },
    memo: new Map(),
    memoByPrefix: new Map(),
  };
  const path: Path = {
    attributes: intern(run.registry.attributes, plainAttributes),
    source: "local",
    edge: undefined,
    ebgp: false,
    protocol: "bgp",
    weight: 32768,
    igpCost: 0,
    routerId: edge.sender.speaker.routerId,
    peerAddress: 0,
    via: "default-originate",
  };
  const result = transfer(bare, path, run.cls.prefixClass, run.registry.attributes);
  if (result.attributes !== undefined) receive(run, edge, 0, result.attributes, result.weight);
}

const samePath = (a: Path | undefined, b: Path | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.attributes === b.attributes &&
    a.edge === b.edge &&
    a.source === b.source &&
    a.weight === b.weight &&
    a.igpCost === b.igpCost &&
    a.routerId === b.routerId &&
    a.via === b.via);

const samePaths = (a: readonly Path[], b: readonly Path[]): boolean =>
  a.length === b.length && a.every((path, index) => samePath(path, b[index]));

const rulesOf = new WeakMap<BgpTable, MultipathRules>();

function multipathRules(table: BgpTable): MultipathRules {
  const known = rulesOf.get(table);
  if (known !== undefined) return known;
  const { bgp, device } = table.speaker;
  const main = device.config.networkInstances["default"]?.bgp ?? bgp;
  const own = bgp.afiSafis["ipv4-unicast"];
  const evpn = device.config.networkInstances[table.speaker.instance]?.evpn !== undefined;
  const shared = main.afiSafis["ipv4-unicast"];
  // Instances that live from EVPN share its load as the device's main instance does.
  const widest = (pick: (family: NonNullable<typeof own>) => number): number =>
    Math.max(own === undefined ? 1 : pick(own), evpn && shared !== undefined ? pick(shared) : 1);
  const rules: MultipathRules = {
    allowMultipleAs: bgp.allowMultipleAs || (evpn && main.allowMultipleAs),
    alwaysCompareMed: bgp.alwaysCompareMed ?? false,
    maximumPathsEbgp: widest((family) => family.maximumPathsEbgp),
    maximumPathsIbgp: widest((family) => family.maximumPathsIbgp),
  };
  rulesOf.set(table, rules);
  return rules;
}
