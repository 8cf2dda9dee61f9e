import { type Attributes, intern } from "./attributes.ts";
import { type MultipathRules, type Path, selectBestPaths, type TieBreak } from "./best-path.ts";
import type { BgpGraph, BgpTable, Edge } from "./edges.ts";
import type { Registry } from "./registry.ts";
import { originatorOf, type PrefixClass, transfer } from "./transfer.ts";

/** Routes that begin alike and that every policy treats alike: one computation answers for all of them. */
export interface RouteClass {
  readonly key: string;
  readonly prefixClass: PrefixClass;
  readonly origins: readonly { readonly table: BgpTable; readonly rd: number; readonly path: Path }[];
  /** Sessions whose sender makes up a default route for them alone. */
  readonly defaults: readonly Edge[];
  /** Tables in which an aggregate keeps the more specific routes from being sent. */
  readonly suppressedIn: ReadonlySet<number>;
}

/** One table's view of the class. */
export interface Slot {
  readonly table: number;
  readonly rd: number;
  readonly candidates: Path[];
  paths: readonly Path[];
  reason: TieBreak;
  changes: number;
  queued: boolean;
}

export interface Simulated {
  readonly slots: ReadonlyMap<number, Slot>;
  /** Table ids and the versions they had: the answer stands as long as they do. */
  readonly touched: readonly number[];
  readonly versions: readonly number[];
  readonly queries: readonly Query[];
  /** Tables that kept changing their mind; empty when the class settled. */
  readonly oscillating: readonly number[];
}

export interface Query {
  readonly device: string;
  readonly instance: string;
  readonly address: number;
  readonly cost: number;
}

/** IGP cost to a next hop, or -1 when it can't be reached. */
export type Resolve = (device: string, instance: string, address: number) => number;

/** What EVPN does to routes inside a device. */
export interface Inside {
  /** The type-5 route that an instance makes of its best path. */
  toEvpn(
    table: BgpTable,
    path: Path,
  ): { readonly evpn: BgpTable; readonly rd: number; readonly path: Path } | undefined;
  /** The path that an instance takes from an EVPN route, or undefined when it doesn't import it. */
  fromEvpn(table: BgpTable, path: Path, rd: number): Path | undefined;
  /** Paths from EVPN have a `via` that begins with `rd <this> `, leaked ones with `instance <name> `. */
  rdText(rd: number): string;
  leak(table: BgpTable, from: BgpTable, path: Path): Path | undefined;
  /** True where every valid EVPN path is imported, not only the best ones. */
  importsAllPaths(table: BgpTable): boolean;
}

const slotKey = (table: number, rd: number): number => table * 0x1000000 + rd;
/** A table that changes its best path this often for one class is not going to settle. */
const patience = 200;

/** Runs path-vector routing for one class to its fixed point. */
export function simulate(
  cls: RouteClass,
  graph: BgpGraph,
  registry: Registry,
  inside: Inside,
  resolve: Resolve,
): Simulated {
  const slots = new Map<number, Slot>();
  const queue: Slot[] = [];
  const queries: Query[] = [];
  const slotOf = (table: number, rd: number): Slot => {
    const key = slotKey(table, rd);
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = { table, rd, candidates: [], paths: [], reason: "only path", changes: 0, queued: false };
      slots.set(key, slot);
    }
    return slot;
  };
  const wake = (slot: Slot): void => {
    if (slot.queued) return;
    slot.queued = true;
    queue.push(slot);
  };
  const offer = (slot: Slot, source: (path: Path) => boolean, path: Path | undefined): void => {
    const at = slot.candidates.findIndex(source);
    if (at < 0) {
      if (path === undefined) return;
      slot.candidates.push(path);
    } else if (path === undefined) slot.candidates.splice(at, 1);
    else if (samePath(slot.candidates[at]!, path)) return;
    else slot.candidates[at] = path;
    wake(slot);
  };
  const reach = (table: BgpTable, edge: Edge, attributes: Attributes): number => {
    if (attributes.nextHop === 0) return edge.receiverL3 === undefined ? -1 : 0;
    if (edge.receiverL3 !== undefined && attributes.nextHop === edge.senderAddress && edge.family === "ipv4-unicast")
      return 0;
    const instance = edge.family === "l2vpn-evpn" ? "default" : table.speaker.instance;
    const cost = resolve(table.device.name, instance, attributes.nextHop);
    queries.push({ device: table.device.name, instance, address: attributes.nextHop, cost });
    return cost;
  };
  const receive = (edge: Edge, slot: Slot, arrived: Attributes | undefined, weight: number): void => {
    const table = graph.byId.get(edge.to);
    if (table === undefined) return;
    const igpCost = arrived === undefined ? -1 : reach(table, edge, arrived);
    offer(
      slot,
      (known) => known.edge === edge,
      arrived === undefined || igpCost < 0
        ? undefined
        : {
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
          },
    );
  };
  const send = (table: BgpTable, slot: Slot): void => {
    const best = slot.paths[0];
    for (const edge of table.out) {
      const there = slots.get(slotKey(edge.to, slot.rd));
      if (best === undefined || cls.suppressedIn.has(table.id) || returns(best, edge)) {
        if (there !== undefined) offer(there, (known) => known.edge === edge, undefined);
        continue;
      }
      const result = transfer(edge, withOriginator(best, edge, registry), cls.prefixClass, registry.attributes);
      if (result.attributes === undefined) {
        if (there !== undefined) offer(there, (known) => known.edge === edge, undefined);
      } else receive(edge, slotOf(edge.to, slot.rd), result.attributes, result.weight);
    }
  };
  const share = (table: BgpTable, slot: Slot): void => {
    if (table.family === "l2vpn-evpn") {
      for (const taker of table.takers) {
        const wanted = (inside.importsAllPaths(taker) ? slot.candidates : slot.paths).flatMap(
          (path) => inside.fromEvpn(taker, path, slot.rd) ?? [],
        );
        replace(slotOf, wake, slots, taker, `rd ${inside.rdText(slot.rd)} `, wanted);
      }
      return;
    }
    const [best] = slot.paths;
    for (const taker of table.takers) {
      const leaked = slot.paths.flatMap((path) => inside.leak(taker, table, path) ?? []);
      replace(slotOf, wake, slots, taker, `instance ${table.speaker.instance} `, leaked);
    }
    const exported = best && inside.toEvpn(table, best);
    for (const known of slots.values())
      if (known.table !== exported?.evpn.id || known.rd !== exported.rd)
        if (known.candidates.some((path) => isExportOf(path, table)))
          offer(known, (path) => isExportOf(path, table), undefined);
    if (exported !== undefined)
      offer(slotOf(exported.evpn.id, exported.rd), (path) => isExportOf(path, table), exported.path);
  };

  for (const { table, rd, path } of cls.origins) {
    const slot = slotOf(table.id, rd);
    slot.candidates.push(path);
    wake(slot);
  }
  for (const edge of cls.defaults) makeDefault(edge, slotOf(edge.to, 0), cls, registry, receive);
  const oscillating: number[] = [];
  for (let next = 0; next < queue.length; next++) {
    const slot = queue[next]!;
    slot.queued = false;
    const table = graph.byId.get(slot.table);
    if (table === undefined) continue;
    const selection = selectBestPaths(slot.candidates, multipathRules(table));
    const before = slot.paths;
    slot.paths = selection?.paths ?? [];
    slot.reason = selection?.reason ?? "only path";
    const bestChanged = !samePath(before[0], slot.paths[0]);
    if (bestChanged && ++slot.changes > patience) {
      oscillating.push(slot.table);
      continue;
    }
    if (bestChanged) send(table, slot);
    if (bestChanged || !samePaths(before, slot.paths) || table.family === "l2vpn-evpn") share(table, slot);
  }
  const touched = [...new Set([...slots.values()].map((slot) => slot.table))];
  return {
    slots,
    touched,
    versions: touched.map((id) => graph.byId.get(id)?.version ?? -1),
    queries,
    oscillating,
  };
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

const isExportOf = (path: Path, table: BgpTable): boolean =>
  path.source === "local" && path.via === `export ${table.speaker.instance}`;

function makeDefault(
  edge: Edge,
  slot: Slot,
  cls: RouteClass,
  registry: Registry,
  receive: (edge: Edge, slot: Slot, attributes: Attributes | undefined, weight: number) => void,
): void {
  const bare: Edge = { ...edge, exports: withoutDefault(edge), memo: new Map() };
  const path: Path = {
    attributes: intern(registry.attributes, { ...defaultAttributes }),
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
  const result = transfer(bare, path, cls.prefixClass, registry.attributes);
  receive(edge, slot, result.attributes, result.weight);
}

const defaultAttributes = {
  origin: 0,
  asPath: [],
  nextHop: 0,
  localPref: 100,
  med: undefined,
  communities: [],
  extCommunities: [],
  originator: 0,
  clusters: [],
  evpn: undefined,
} as const;

/** `default-originate` sends past the export policy, as FRR and EOS do. */
function withoutDefault(edge: Edge): Edge["exports"] {
  const { exportPolicy: _policy, exportPrefixSet: _set, ...rest } = edge.exports;
  return { ...rest, defaultOriginate: false };
}

function replace(
  slotOf: (table: number, rd: number) => Slot,
  wake: (slot: Slot) => void,
  slots: ReadonlyMap<number, Slot>,
  taker: BgpTable,
  source: string,
  wanted: readonly Path[],
): void {
  const known = slots.get(slotKey(taker.id, 0));
  if (known === undefined && wanted.length === 0) return;
  const slot = known ?? slotOf(taker.id, 0);
  const before = slot.candidates.filter((path) => path.via.startsWith(source) && path.source !== "session");
  if (before.length === wanted.length && before.every((path, index) => samePath(path, wanted[index]))) return;
  for (const path of before) slot.candidates.splice(slot.candidates.indexOf(path), 1);
  slot.candidates.push(...wanted);
  wake(slot);
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

export function multipathRules(table: BgpTable): MultipathRules {
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
