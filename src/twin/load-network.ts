import type { Endpoint } from "#model/endpoint.ts";
import { linkId, type Fabric, type Link } from "#model/fabric.ts";
import { ownerKey } from "#model/tenant.ts";

/** One of the equal-cost ways between two end points, with its share of the traffic. */
export interface EndpointPath {
  readonly share: number;
  /** Link ids, each with its direction behind: `leaf-1:swp1--spine-1:swp4:leaf-1>spine-1`. */
  readonly links: readonly string[];
  readonly devices: readonly string[];
}

/** What load is computed on. `paths` is asked once per pair of switches and owner. */
export interface LoadNetwork {
  readonly fabric: Fabric;
  readonly endpoints: readonly Endpoint[];
  paths(from: string, to: string): readonly EndpointPath[];
}

/** Directed links as numbers: `2 i` is link `i` from its end `a` to its end `b`, `2 i + 1` the other way. */
export interface CompiledNetwork {
  readonly links: readonly { readonly id: string; readonly link: Link }[];
  /** Bits per second of each directed link; zero where it is down. */
  readonly capacity: Float64Array;
  /** End points of a host on one fabric, in the order of its NICs. */
  endpointsOf(host: string, purpose: "computeFabric" | "frontEnd" | "storageFabric"): readonly PlacedEndpoint[];
  /** Directed links with the fraction of the flow on each; undefined where no path leads there. */
  route(from: PlacedEndpoint, to: PlacedEndpoint): readonly (readonly [number, number])[] | undefined;
}

export interface PlacedEndpoint {
  readonly endpoint: Endpoint;
  readonly rail?: number;
  readonly gpu?: number;
  readonly speedBps: number;
  /** Directed edge links: from the host, and to it. */
  readonly out: number;
  readonly in: number;
}

export function compileNetwork(network: LoadNetwork): CompiledNetwork {
  const links = network.fabric.links.map((link) => ({ id: linkId(link), link }));
  const index = new Map(links.map(({ id }, at) => [id, at]));
  const capacity = new Float64Array(links.length * 2);
  for (const [at, { link }] of links.entries())
    capacity.fill(link.down === true ? 0 : soundRate(link.speedBps), 2 * at, 2 * at + 2);
  const placed = placeEndpoints(network, links);
  const cache = new Map<string, Middle | undefined>();
  return {
    links,
    capacity,
    endpointsOf: (host, purpose) => placed.get(`${host}|${purpose}`) ?? [],
    route: (from, to) => {
      if (capacity[from.out] === 0 || capacity[to.in] === 0) return undefined;
      const key = `${ownerKey(from.endpoint.owner)}|${from.endpoint.device}|${from.endpoint.vlan ?? ""}|${to.endpoint.device}|${to.endpoint.vlan ?? ""}`;
      if (!cache.has(key))
        cache.set(key, middleOf(network.paths(from.endpoint.id, to.endpoint.id), links, index, from, to));
      const middle = cache.get(key);
      return middle && [[from.out, 1], ...middle, [to.in, 1]];
    },
  };
}

export const soundRate = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);

type Middle = readonly (readonly [number, number])[];
type Links = CompiledNetwork["links"];

/** Links between the two edge switches with the fraction on each: the same for every pair of ports on them. */
function middleOf(
  paths: readonly EndpointPath[],
  links: Links,
  index: ReadonlyMap<string, number>,
  from: PlacedEndpoint,
  to: PlacedEndpoint,
): Middle | undefined {
  const total = paths.reduce((sum, path) => sum + soundRate(path.share), 0);
  if (total === 0) return undefined;
  const fractions = new Map<number, number>();
  for (const path of paths)
    for (const [at, text] of path.links.entries()) {
      const directed = directedLink(text, links, index, path.devices, at);
      if (directed === undefined || directed >> 1 === from.out >> 1 || directed >> 1 === to.in >> 1) continue;
      fractions.set(directed, (fractions.get(directed) ?? 0) + soundRate(path.share) / total);
    }
  return [...fractions];
}

/** Reads `id:x>y`, where x and y are nodes, or the letters of the link's ends. */
function directedLink(
  text: string,
  links: Links,
  index: ReadonlyMap<string, number>,
  devices: readonly string[],
  at: number,
): number | undefined {
  const colon = text.lastIndexOf(":");
  const bare = index.get(text);
  const found = bare ?? index.get(text.slice(0, colon));
  if (found === undefined) return undefined;
  const link = links[found]?.link;
  const [first = "", second = ""] =
    bare === undefined ? text.slice(colon + 1).split(">") : [devices[at - 1] ?? "", devices[at] ?? ""];
  const backward =
    link !== undefined && (first === link.b.node || second === link.a.node || (first === "b" && second === "a"));
  return 2 * found + (backward ? 1 : 0);
}

function placeEndpoints(network: LoadNetwork, links: Links): Map<string, PlacedEndpoint[]> {
  const edge = new Map<string, { readonly out: number; readonly in: number; readonly speedBps: number }>();
  for (const [at, { link }] of links.entries()) {
    const speedBps = soundRate(link.speedBps);
    edge.set(`${link.a.node}|${link.a.port}`, { out: 2 * at, in: 2 * at + 1, speedBps });
    edge.set(`${link.b.node}|${link.b.port}`, { out: 2 * at + 1, in: 2 * at, speedBps });
  }
  const placed = new Map<string, PlacedEndpoint[]>();
  for (const endpoint of network.endpoints) {
    const host = network.fabric.hosts[endpoint.host];
    const nic = host?.nics.find((one) => one.name === endpoint.nic);
    const ends = edge.get(`${endpoint.host}|${endpoint.nic}`);
    if (nic === undefined || ends === undefined) continue;
    const key = `${endpoint.host}|${nic.purpose}`;
    const list = placed.get(key);
    const one: PlacedEndpoint = {
      endpoint,
      ...ends,
      ...(nic.rail === undefined ? {} : { rail: nic.rail }),
      ...(nic.gpu === undefined ? {} : { gpu: nic.gpu }),
    };
    if (list === undefined) placed.set(key, [one]);
    else list.push(one);
  }
  return placed;
}
