import { ipv4Mask } from "#net/ip.ts";
import type { Ospf, OspfInterface } from "#model/device-config.ts";
import { type Device, type L3Interface, networkFor, routerIdOf } from "./device.ts";
import { type PrefixKey, prefixKey } from "./numbers.ts";
import { applyPolicy } from "./policy.ts";
import { plainAttributes } from "./attributes.ts";
import { addRoute, addStaticRoutes, connectedRoutes, type NextHop, type Rib, type RouteValue } from "./rib.ts";
import type { Topology } from "./topology.ts";

/** OSPF routes by `device|instance`. */
export type OspfRoutes = ReadonlyMap<string, ReadonlyMap<PrefixKey, RouteValue>>;

interface Router {
  readonly index: number;
  readonly device: Device;
  readonly instance: string;
  readonly ospf: Ospf;
  readonly routerId: number;
  readonly areas: ReadonlySet<string>;
  readonly faces: readonly Face[];
}

/** An interface that speaks OSPF. */
interface Face {
  readonly l3: L3Interface;
  readonly config: OspfInterface;
  readonly cost: number;
}

interface Adjacency {
  readonly to: number;
  readonly cost: number;
  readonly hop: NextHop;
}

/** Where a router gets to: the cost, and every equal first hop. */
interface Reach {
  readonly cost: number;
  readonly hops: readonly NextHop[];
}

/** Best known way to a prefix. Kinds rank as in RFC 2328 §11: intra-area, inter-area, external. */
interface Offer {
  readonly rank: 0 | 1 | 2;
  readonly cost: number;
  /** Externals of type 2: the distance to the router that brings them in decides among equals. */
  readonly inner: number;
  readonly hops: readonly NextHop[];
  readonly why: string;
}

const backbone = "0.0.0.0";
/** Redistributed routes are type 2 with this metric. @source FRR ospfd and EOS: default-metric 20 for connected and static */
const externalMetric = 20;
const unknownSpeedBps = 10_000_000_000;

/** OSPFv2: adjacencies, shortest paths with ECMP in each area, summaries between areas by way of the backbone, and external routes of type 2. */
export function resolveOspf(devices: ReadonlyMap<string, Device>, topology: Topology): OspfRoutes {
  const routers = collectRouters(devices, topology);
  if (routers.length === 0) return new Map();
  const faceOf = new Map(routers.flatMap((router) => router.faces.map((face) => [face.l3, { router, face }] as const)));
  const areas = [...new Set(routers.flatMap((router) => [...router.areas]))].sort();
  const reach = new Map<string, ReadonlyMap<number, Reach>[]>();
  for (const area of areas) {
    const adjacencies = routers.map((router) => adjacenciesIn(area, router, topology, faceOf));
    reach.set(
      area,
      routers.map((router) => (router.areas.has(area) ? shortestPaths(router.index, adjacencies) : new Map())),
    );
  }
  const offers = routers.map(() => new Map<PrefixKey, Offer>());
  intraArea(routers, areas, reach, offers);
  interArea(routers, areas, reach, offers);
  external(routers, areas, reach, offers, topology);
  return new Map(
    routers.map((router, index) => [`${router.device.name}|${router.instance}`, routesFrom(router, offers[index]!)]),
  );
}

function collectRouters(devices: ReadonlyMap<string, Device>, topology: Topology): Router[] {
  const routers: Router[] = [];
  for (const device of devices.values())
    for (const [instance, { ospf }] of Object.entries(device.config.networkInstances)) {
      if (ospf === undefined) continue;
      const faces = Object.entries(ospf.interfaces).flatMap(([name, config]): Face[] => {
        const l3 = device.l3ByName.get(name);
        if (l3 === undefined || l3.instance !== instance || !topology.up.has(l3)) return [];
        return [{ l3, config, cost: config.cost ?? costOf(ospf, l3, topology) }];
      });
      routers.push({
        index: routers.length,
        device,
        instance,
        ospf,
        routerId: routerIdOf(device, ospf.routerId),
        areas: new Set(faces.map((face) => face.config.area)),
        faces,
      });
    }
  return routers;
}

function costOf(ospf: Ospf, l3: L3Interface, topology: Topology): number {
  if (l3.config.kind === "loopback") return 0;
  const wired = topology.linksOf.get(`${l3.device} ${l3.name}`)?.[0]?.link.speedBps;
  const speed = l3.config.speedBps ?? wired ?? unknownSpeedBps;
  return Math.max(1, Math.floor(ospf.referenceBandwidthBps / speed));
}

/** Neighbours in one area: one segment, one area, one network type, matching subnets (or borrowed addresses). */
function adjacenciesIn(
  area: string,
  router: Router,
  topology: Topology,
  faceOf: ReadonlyMap<L3Interface, { readonly router: Router; readonly face: Face }>,
): Adjacency[] {
  return router.faces.flatMap((face) => {
    if (face.config.area !== area || face.config.passive || face.l3.config.kind === "loopback") return [];
    const node = topology.nodeOfL3.get(face.l3);
    const mates = node === undefined ? [] : (topology.l3BySegment.get(topology.segmentOf[node]!) ?? []);
    return mates.flatMap((mate): Adjacency[] => {
      const other = faceOf.get(mate);
      if (mate === face.l3 || other === undefined || other.router === router) return [];
      const hop = neighbourHop(face, other.face);
      if (hop === undefined || other.router.routerId === router.routerId) return [];
      return [{ to: other.router.index, cost: face.cost, hop }];
    });
  });
}

function neighbourHop(mine: Face, theirs: Face): NextHop | undefined {
  if (theirs.config.passive || theirs.config.area !== mine.config.area) return undefined;
  if (theirs.config.networkType !== mine.config.networkType) return undefined;
  for (const own of theirs.l3.addresses) {
    if (own.anycast) continue;
    const net = networkFor(mine.l3, own.address);
    if (net !== undefined && net.length === own.length && !own.borrowed)
      return { kind: "via", l3: mine.l3, address: own.address };
  }
  // Unnumbered: point-to-point only, the neighbour's borrowed (or /32) address is on-link.
  const borrowed = (face: Face): boolean => face.l3.addresses.some((own) => own.borrowed || own.length === 32);
  return mine.config.networkType === "point-to-point" && borrowed(mine) && borrowed(theirs)
    ? { kind: "via", l3: mine.l3, peer: theirs.l3 }
    : undefined;
}

/** Dijkstra with all equal first hops. The heap is a sorted scan: areas are small, and this runs once. */
function shortestPaths(root: number, adjacencies: readonly (readonly Adjacency[])[]): Map<number, Reach> {
  const done = new Map<number, Reach>();
  const open = new Map<number, { cost: number; hops: NextHop[] }>([[root, { cost: 0, hops: [] }]]);
  while (open.size > 0) {
    let at = -1;
    let best = Number.POSITIVE_INFINITY;
    for (const [node, { cost }] of open)
      if (cost < best) {
        best = cost;
        at = node;
      }
    const here = open.get(at)!;
    open.delete(at);
    done.set(at, here);
    for (const edge of adjacencies[at]!) {
      // Both ends must see the link; a one-way adjacency is none (RFC 2328 §16.1 step 2b).
      if (done.has(edge.to) || !adjacencies[edge.to]!.some((back) => back.to === at)) continue;
      const cost = here.cost + edge.cost;
      const hops = at === root ? [edge.hop] : here.hops;
      const known = open.get(edge.to);
      if (known === undefined || cost < known.cost) open.set(edge.to, { cost, hops: [...hops] });
      else if (cost === known.cost) for (const hop of hops) if (!known.hops.includes(hop)) known.hops.push(hop);
    }
  }
  return done;
}

function offer(table: Map<PrefixKey, Offer>, key: PrefixKey, next: Offer): void {
  const known = table.get(key);
  const order = known === undefined ? -1 : next.rank - known.rank || next.cost - known.cost || next.inner - known.inner;
  if (order < 0) table.set(key, next);
  else if (order === 0 && known !== undefined)
    table.set(key, { ...known, hops: [...new Set([...known.hops, ...next.hops])] });
}

function networksOf(router: Router, area: string): { key: PrefixKey; cost: number }[] {
  return router.faces.flatMap((face) =>
    face.config.area !== area
      ? []
      : face.l3.addresses
          .filter((own) => !own.borrowed && !own.anycast)
          .map((own) => ({ key: prefixKey((own.address & ipv4Mask(own.length)) >>> 0, own.length), cost: face.cost })),
  );
}

function intraArea(
  routers: readonly Router[],
  areas: readonly string[],
  reach: ReadonlyMap<string, readonly ReadonlyMap<number, Reach>[]>,
  offers: readonly Map<PrefixKey, Offer>[],
): void {
  for (const area of areas) {
    const networks = routers.map((router) => networksOf(router, area));
    for (const router of routers)
      for (const [index, { cost, hops }] of reach.get(area)![router.index]!)
        for (const network of networks[index]!)
          offer(offers[router.index]!, network.key, {
            rank: 0,
            cost: cost + network.cost,
            inner: 0,
            hops,
            why: `intra-area, area ${area}`,
          });
  }
}

/** Area border routers tell the backbone of their areas, and their areas of the backbone (RFC 2328 §12.4.3, §16.2). */
function interArea(
  routers: readonly Router[],
  areas: readonly string[],
  reach: ReadonlyMap<string, readonly ReadonlyMap<number, Reach>[]>,
  offers: readonly Map<PrefixKey, Offer>[],
): void {
  const borders = routers.filter((router) => router.areas.size > 1 && router.areas.has(backbone));
  if (borders.length === 0) return;
  const spread = (area: string, tell: (border: Router) => Iterable<[PrefixKey, number]>): void => {
    const told = borders
      .filter((border) => border.areas.has(area))
      .map((border) => [border, [...tell(border)]] as const);
    for (const router of routers) {
      if (!router.areas.has(area)) continue;
      // A border router takes summaries from the backbone only.
      if (borders.includes(router) && area !== backbone) continue;
      for (const [border, summaries] of told) {
        const way = reach.get(area)![router.index]!.get(border.index);
        if (way === undefined || border === router) continue;
        for (const [key, cost] of summaries)
          offer(offers[router.index]!, key, {
            rank: 1,
            cost: way.cost + cost,
            inner: 0,
            hops: way.hops,
            why: `inter-area by ${border.device.name}`,
          });
      }
    }
  };
  const own = (border: Router, area: string): Map<PrefixKey, number> => {
    const costs = new Map<PrefixKey, number>();
    for (const [index, { cost }] of reach.get(area)![border.index]!)
      for (const network of networksOf(routers[index]!, area))
        costs.set(network.key, Math.min(costs.get(network.key) ?? Number.POSITIVE_INFINITY, cost + network.cost));
    return costs;
  };
  spread(backbone, function* (border) {
    for (const area of border.areas) if (area !== backbone) yield* own(border, area);
  });
  for (const area of areas)
    if (area !== backbone)
      spread(area, function* (border) {
        const local = own(border, area);
        for (const [key, { cost, rank }] of offers[border.index]!) if (rank < 2 && !local.has(key)) yield [key, cost];
      });
}

function external(
  routers: readonly Router[],
  areas: readonly string[],
  reach: ReadonlyMap<string, readonly ReadonlyMap<number, Reach>[]>,
  offers: readonly Map<PrefixKey, Offer>[],
  topology: Topology,
): void {
  const borders = routers.filter((router) => router.areas.size > 1 && router.areas.has(backbone));
  for (const source of routers) {
    const routes = externalsOf(source, topology);
    if (routes.size === 0) continue;
    for (const router of routers) {
      if (router === source) continue;
      const way = wayTo(router, source, areas, reach, borders);
      if (way === undefined) continue;
      for (const [key, metric] of routes)
        offer(offers[router.index]!, key, {
          rank: 2,
          cost: metric,
          inner: way.cost,
          hops: way.hops,
          why: `external type 2 from ${source.device.name}`,
        });
    }
  }
}

/** Inside a shared area, else by the nearest border routers on both sides of the backbone. */
function wayTo(
  router: Router,
  target: Router,
  areas: readonly string[],
  reach: ReadonlyMap<string, readonly ReadonlyMap<number, Reach>[]>,
  borders: readonly Router[],
): Reach | undefined {
  const between = (from: Router, to: Router): Reach | undefined => {
    const ways = areas.flatMap((area) => reach.get(area)![from.index]!.get(to.index) ?? []);
    return ways.toSorted((a, b) => a.cost - b.cost)[0];
  };
  const straight = between(router, target);
  if (straight !== undefined) return straight;
  const ways: Reach[] = [];
  for (const near of [router, ...borders])
    for (const far of borders) {
      const first = near === router ? { cost: 0, hops: [] } : between(router, near);
      const middle = between(near, far);
      const last = between(far, target);
      if (first === undefined || middle === undefined || last === undefined) continue;
      const hops = first.hops.length > 0 ? first.hops : middle.hops.length > 0 ? middle.hops : last.hops;
      ways.push({ cost: first.cost + middle.cost + last.cost, hops });
    }
  const cheapest = ways.toSorted((a, b) => a.cost - b.cost)[0];
  if (cheapest === undefined) return undefined;
  const equal = ways.filter((way) => way.cost === cheapest.cost);
  return { cost: cheapest.cost, hops: [...new Set(equal.flatMap((way) => way.hops))] };
}

function externalsOf(router: Router, topology: Topology): Map<PrefixKey, number> {
  const externals = new Map<PrefixKey, number>();
  const { device, instance, ospf } = router;
  if (ospf.redistribute.length === 0 && ospf.defaultOriginate === undefined) return externals;
  const rib: Rib = connectedRoutes(device, instance, topology);
  addStaticRoutes(rib, device, instance, topology, () => false);
  const internal = new Set([...router.areas].flatMap((area) => networksOf(router, area).map(({ key }) => key)));
  for (const { protocol, policy, metric } of ospf.redistribute)
    for (const [key, route] of rib) {
      if (route.protocol !== protocol || internal.has(key)) continue;
      const verdict =
        policy === undefined
          ? undefined
          : applyPolicy(device.config, policy, {
              prefix: key,
              protocol,
              attributes: plainAttributes,
              weight: 0,
              ...(route.tag === undefined ? {} : { tag: route.tag }),
            });
      if (verdict?.accepted === false) continue;
      externals.set(key, verdict?.attributes.med ?? metric ?? externalMetric);
    }
  if (ospf.defaultOriginate === "always" || (ospf.defaultOriginate === "if-present" && rib.has(0))) externals.set(0, 1);
  return externals;
}

function routesFrom(router: Router, offers: ReadonlyMap<PrefixKey, Offer>): Map<PrefixKey, RouteValue> {
  const routes: Rib = new Map();
  const limit = Math.max(1, router.ospf.maximumPaths);
  for (const [key, { cost, hops, why }] of offers) {
    // What a router reaches without leaving is its own connected route.
    if (hops.length === 0) continue;
    addRoute(routes, key, {
      protocol: "ospf",
      distance: 110,
      metric: cost,
      nextHops: hops.slice(0, limit),
      reason: `OSPF ${why}, cost ${cost}${hops.length > 1 ? `, ${hops.length} equal paths` : ""}`,
      at: ["networkInstances", router.instance, "ospf"],
    });
  }
  return routes;
}
