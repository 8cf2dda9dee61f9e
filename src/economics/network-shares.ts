import { linkId, type Fabric, type Link } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";
import { positive } from "./assets.ts";

/** What crossed a link, on average, bits per second: by tenant, and what nobody owns. The busier direction counts. */
export interface LinkUse {
  readonly link: string;
  readonly byTenant: Readonly<Record<string, number>>;
  readonly unattributedBps?: number;
}

/**
 * Who bears what part of a link or a switch, in billionths; the parts sum to one billion.
 * `use` and `reserved` are by tenant; `reserved` is what a guarantee holds beyond the use.
 */
export interface Shares {
  readonly use: ReadonlyMap<string, bigint>;
  readonly reserved: ReadonlyMap<string, bigint>;
  readonly unattributed: bigint;
  readonly idle: bigint;
  readonly platform: bigint;
}

export const whole = 1_000_000_000n;

/** A link's place: to a host (and whose), between switches of a fabric, or the operator's own. */
interface LinkPlace {
  readonly link: Link;
  readonly id: string;
  /** Guaranteed rate by tenant, bits per second. */
  readonly guaranteed: ReadonlyMap<string, number>;
  /** Who has the part that nobody guarantees or uses. */
  readonly rest: "idle" | "platform";
}

/**
 * The shares of every link: first what was used, by bytes; of the rest, what guarantees hold; what is left is idle
 * (or the platform's, on the fabrics that serve everybody).
 *
 * A guarantee binds the hose model: from any NIC of the tenant to any other. Above a group of leaves it therefore
 * takes the lesser of what the tenant has inside and outside of it, spread over the group's uplinks by speed; a
 * tenant under one leaf holds no spine. A guarantee that is more than the links have is cut to what they have.
 *
 * @source hose model: Duffield et al., A Flexible Model for Resource Management in Virtual Private Networks, SIGCOMM 1999
 */
export function linkShares(
  fabric: Fabric,
  tenants: readonly Tenant[],
  uses: readonly LinkUse[] = [],
): ReadonlyMap<string, Shares> {
  const use = new Map(uses.map((one) => [one.link, one]));
  const known = new Set(tenants.map((tenant) => tenant.name));
  const shares = new Map<string, Shares>();
  for (const place of placeLinks(fabric, tenants)) shares.set(place.id, sharesOf(place, use.get(place.id), known));
  return shares;
}

function sharesOf(place: LinkPlace, use: LinkUse | undefined, known: ReadonlySet<string>): Shares {
  const capacity = positive(place.link.speedBps);
  if (place.link.down === true || capacity === 0) return nobody(place.rest);
  const used = new Map<string, number>();
  let stray = positive(use?.unattributedBps ?? 0);
  for (const [tenant, bps] of Object.entries(use?.byTenant ?? {})) {
    if (known.has(tenant)) used.set(tenant, positive(bps));
    else stray += positive(bps);
  }
  const carried = stray + [...used.values()].reduce((sum, bps) => sum + bps, 0);
  const scale = 1 / Math.max(capacity, carried); // more than the link can carry: the shares of what was carried
  const useShare = new Map([...used].map(([tenant, bps]) => [tenant, billionths(bps * scale)]));
  const unattributed = billionths(stray * scale);
  const left = whole - unattributed - sum(useShare.values());
  const beyond = new Map<string, bigint>();
  for (const [tenant, bps] of place.guaranteed) {
    const extra = billionths(Math.min(1, bps / capacity)) - (useShare.get(tenant) ?? 0n);
    if (extra > 0n) beyond.set(tenant, extra);
  }
  const wanted = sum(beyond.values());
  const reserved =
    wanted > left ? new Map([...beyond].map(([tenant, part]) => [tenant, (part * max(left, 0n)) / wanted])) : beyond;
  const rest = whole - unattributed - sum(useShare.values()) - sum(reserved.values());
  return {
    use: useShare,
    reserved,
    unattributed,
    idle: place.rest === "idle" ? rest : 0n,
    platform: place.rest === "platform" ? rest : 0n,
  };
}

const none: ReadonlyMap<string, bigint> = new Map();
const nobody = (rest: "idle" | "platform"): Shares => ({
  use: none,
  reserved: none,
  unattributed: 0n,
  idle: rest === "idle" ? whole : 0n,
  platform: rest === "platform" ? whole : 0n,
});

const billionths = (share: number): bigint => BigInt(Math.floor(share * 1e9));
const sum = (parts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const part of parts) total += part;
  return total;
};
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function placeLinks(fabric: Fabric, tenants: readonly Tenant[]): LinkPlace[] {
  const holder = new Map<string, Tenant>();
  for (const tenant of tenants) for (const host of tenant.hosts) if (!holder.has(host)) holder.set(host, tenant);
  const uplinks = guaranteedAbove(fabric, holder);
  return fabric.links.map((link) => {
    const id = linkId(link);
    const host = [link.a, link.b].find((end) => Object.hasOwn(fabric.hosts, end.node));
    const kind = fabricOf(fabric, link);
    if (host === undefined)
      return {
        link,
        id,
        guaranteed: uplinks.get(id) ?? new Map(),
        rest: kind === "computeFabric" ? "idle" : "platform",
      };
    return edgePlace(fabric, link, id, host.node, kind, holder.get(host.node));
  });
}

function edgePlace(
  fabric: Fabric,
  link: Link,
  id: string,
  host: string,
  kind: string,
  tenant: Tenant | undefined,
): LinkPlace {
  const gpuHost = fabric.hosts[host]?.role === "gpu";
  if (!gpuHost || kind === "outOfBand") return { link, id, guaranteed: new Map(), rest: "platform" };
  // Front end and storage ports are the holder's whole; compute ports as far as the guarantee reaches.
  const bps = tenant && (kind === "computeFabric" ? positive(tenant.guaranteedBps) : positive(link.speedBps));
  return { link, id, guaranteed: new Map(tenant && bps !== undefined ? [[tenant.name, bps]] : []), rest: "idle" };
}

const fabricOf = (fabric: Fabric, link: Link): string =>
  link.fabric ?? fabric.switches[link.a.node]?.fabric ?? fabric.switches[link.b.node]?.fabric ?? "computeFabric";

const tierOf = { leaf: 0, border: 0, oob: 0, spine: 1, superSpine: 2 } as const;

/** Guaranteed rate by tenant on each link between tiers of the compute fabric. */
function guaranteedAbove(fabric: Fabric, holder: ReadonlyMap<string, Tenant>): Map<string, Map<string, number>> {
  const compute = fabric.links.filter((link) => link.down !== true && fabricOf(fabric, link) === "computeFabric");
  const held = heldBelow(fabric, compute, holder);
  const result = new Map<string, Map<string, number>>();
  for (const group of groupsBelow(fabric, compute, held)) {
    for (const link of group.uplinks) {
      const part = positive(link.speedBps) / group.capacity;
      result.set(linkId(link), new Map([...group.demand].map(([tenant, bps]) => [tenant, bps * part])));
    }
  }
  return result;
}

type Held = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Guaranteed rate of every tenant's NICs, by the switch that they end at. */
function heldBelow(fabric: Fabric, links: readonly Link[], holder: ReadonlyMap<string, Tenant>): Held {
  const held = new Map<string, Map<string, number>>();
  for (const link of links) {
    const [host, device] = Object.hasOwn(fabric.hosts, link.a.node)
      ? [link.a.node, link.b.node]
      : [link.b.node, link.a.node];
    const tenant = holder.get(host);
    if (tenant === undefined || !Object.hasOwn(fabric.switches, device)) continue;
    let table = held.get(device);
    if (table === undefined) held.set(device, (table = new Map<string, number>()));
    const bps = Math.min(positive(tenant.guaranteedBps), positive(link.speedBps));
    table.set(tenant.name, (table.get(tenant.name) ?? 0) + bps);
  }
  return held;
}

interface Group {
  readonly uplinks: Link[];
  capacity: number;
  readonly demand: ReadonlyMap<string, number>;
}

/** Switches with the same leaves below share those leaves' demand: a leaf by itself, the spines of a pod together. */
function groupsBelow(fabric: Fabric, links: readonly Link[], held: Held): Group[] {
  const tier = (name: string) => tierOf[fabric.switches[name]?.role ?? "leaf"];
  const between = links.filter(
    (link) => Object.hasOwn(fabric.switches, link.a.node) && Object.hasOwn(fabric.switches, link.b.node),
  );
  const up = between
    .filter((link) => tier(link.a.node) !== tier(link.b.node))
    .map((link) =>
      tier(link.a.node) < tier(link.b.node)
        ? { link, low: link.a.node, high: link.b.node }
        : { link, low: link.b.node, high: link.a.node },
    )
    .toSorted((x, y) => tier(x.low) - tier(y.low));
  const leaves = new Map<string, Set<string>>();
  const below = (name: string) => {
    let set = leaves.get(name);
    if (set === undefined) leaves.set(name, (set = new Set(tier(name) === 0 ? [name] : [])));
    return set;
  };
  for (const { low, high } of up) for (const leaf of below(low)) below(high).add(leaf);
  const component = components(between);
  const inComponent = new Map<number, Map<string, number>>();
  for (const [device, table] of held) addTo(inComponent, component.get(device) ?? -1, table);
  const groups = new Map<string, Group>();
  const keys = new Map<string, string>();
  for (const { link, low } of up) {
    let key = keys.get(low);
    if (key === undefined) keys.set(low, (key = [...below(low)].toSorted().join("\n")));
    let group = groups.get(key);
    if (group === undefined) {
      const demand = cutDemand(below(low), held, inComponent.get(component.get(low) ?? -1));
      groups.set(key, (group = { uplinks: [], capacity: 0, demand }));
    }
    group.uplinks.push(link);
    group.capacity += positive(link.speedBps);
  }
  return [...groups.values()].filter((group) => group.capacity > 0);
}

function cutDemand(
  leaves: ReadonlySet<string>,
  held: Held,
  all: ReadonlyMap<string, number> | undefined,
): Map<string, number> {
  const inside = new Map<string, number>();
  for (const leaf of leaves)
    for (const [tenant, bps] of held.get(leaf) ?? []) inside.set(tenant, (inside.get(tenant) ?? 0) + bps);
  const demand = new Map<string, number>();
  for (const [tenant, bps] of inside) {
    const outside = Math.max(0, (all?.get(tenant) ?? 0) - bps);
    if (Math.min(bps, outside) > 0) demand.set(tenant, Math.min(bps, outside));
  }
  return demand;
}

function addTo(totals: Map<number, Map<string, number>>, key: number, table: ReadonlyMap<string, number>): void {
  let total = totals.get(key);
  if (total === undefined) totals.set(key, (total = new Map<string, number>()));
  for (const [tenant, bps] of table) total.set(tenant, (total.get(tenant) ?? 0) + bps);
}

/** Number of the connected part that each switch is in: rails and planes that never meet are apart. */
function components(links: readonly Link[]): Map<string, number> {
  const neighbours = new Map<string, string[]>();
  for (const { a, b } of links)
    for (const [from, to] of [
      [a.node, b.node],
      [b.node, a.node],
    ] as const) {
      const list = neighbours.get(from);
      if (list === undefined) neighbours.set(from, [to]);
      else list.push(to);
    }
  const number = new Map<string, number>();
  let next = 0;
  for (const start of neighbours.keys()) {
    if (number.has(start)) continue;
    const queue = [start];
    number.set(start, next);
    for (let node = queue.pop(); node !== undefined; node = queue.pop())
      for (const other of neighbours.get(node) ?? [])
        if (!number.has(other)) {
          number.set(other, next);
          queue.push(other);
        }
    next += 1;
  }
  return number;
}
