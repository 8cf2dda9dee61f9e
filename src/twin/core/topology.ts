import type { Endpoint } from "#model/endpoint.ts";
import { type Link, type LinkEnd, linkId } from "#model/fabric.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import type { Carried, Device, L3Interface } from "./device.ts";

/** A cable with its state: `up` only when both ends would bring it up. */
export interface LinkState {
  readonly id: string;
  readonly link: Link;
  readonly up: boolean;
  /** Why it is down. */
  readonly reason?: string;
}

/** Layers 1 and 2: which ports are up, and which bridge domains and routed ports see each other's frames without VXLAN. */
export interface Topology {
  readonly links: readonly LinkState[];
  /** By `device port`: absent ports have no cable in the plan and count as up when enabled. */
  readonly linksOf: ReadonlyMap<string, readonly LinkState[]>;
  readonly nodes: readonly L2Node[];
  /** `device d:101` or `device i:Ethernet1` to its node. */
  readonly nodeIds: ReadonlyMap<string, number>;
  /** Neighbours of a node over a cable. */
  readonly neighbours: readonly (readonly L2Edge[])[];
  /** Nodes with the same number form one broadcast segment. */
  readonly segmentOf: Int32Array;
  /** Layer-3 interfaces that are up, by segment. */
  readonly l3BySegment: ReadonlyMap<number, readonly L3Interface[]>;
  readonly up: ReadonlySet<L3Interface>;
  readonly nodeOfL3: ReadonlyMap<L3Interface, number>;
  readonly attachments: ReadonlyMap<string, readonly Attachment[]>;
}

export interface L2Node {
  readonly device: string;
  readonly kind: "domain" | "l3";
  readonly name: string;
}

export interface L2Edge {
  readonly to: number;
  readonly fromPort: string;
  readonly toPort: string;
  readonly links: readonly LinkState[];
}

/** Where an endpoint's frames enter: several when it hangs on an MLAG pair or an Ethernet segment. */
export interface Attachment {
  readonly device: string;
  /** The port or LAG that switches and filters. */
  readonly port: string;
  readonly node: number;
  readonly up: boolean;
  readonly reason?: string;
  readonly links: readonly LinkState[];
}

const at = (device: string, port: string): string => `${device} ${port}`;
export const domainKey = (device: string, domain: string): string => `${device} d:${domain}`;
const l3Key = (device: string, name: string): string => `${device} i:${name}`;

export function resolveTopology(snapshot: ParsedSnapshot, devices: ReadonlyMap<string, Device>): Topology {
  const links = snapshot.fabric.links.map((link) => linkState(link, devices));
  const linksOf = new Map<string, LinkState[]>();
  for (const state of links)
    for (const end of [state.link.a, state.link.b]) {
      const list = linksOf.get(at(end.node, end.port));
      if (list === undefined) linksOf.set(at(end.node, end.port), [state]);
      else list.push(state);
    }
  const { nodes, nodeIds } = collectNodes(devices);
  const neighbours = joinNodes(devices, links, nodes.length, nodeIds);
  const segmentOf = components(neighbours);
  const portUp = (device: Device, port: string): string | undefined => whyPortDown(device, port, linksOf);
  const up = new Set<L3Interface>();
  const nodeOfL3 = new Map<L3Interface, number>();
  const l3BySegment = new Map<number, L3Interface[]>();
  for (const device of devices.values())
    for (const l3 of device.l3) {
      const key =
        l3.config.kind === "irb" ? domainKey(device.name, l3.config.bridgeDomain ?? "") : l3Key(device.name, l3.name);
      const node = nodeIds.get(key);
      if (node !== undefined) nodeOfL3.set(l3, node);
      if (!interfaceUp(device, l3, portUp)) continue;
      up.add(l3);
      if (node === undefined) continue;
      const list = l3BySegment.get(segmentOf[node]!);
      if (list === undefined) l3BySegment.set(segmentOf[node]!, [l3]);
      else list.push(l3);
    }
  const attachments = new Map(
    snapshot.endpoints.map((endpoint) => [endpoint.id, attach(endpoint, devices, nodeIds, linksOf)]),
  );
  return { links, linksOf, nodes, nodeIds, neighbours, segmentOf, l3BySegment, up, nodeOfL3, attachments };
}

function linkState(link: Link, devices: ReadonlyMap<string, Device>): LinkState {
  const id = linkId(link);
  if (link.down) return { id, link, up: false, reason: "the link is down" };
  for (const end of [link.a, link.b]) {
    const reason = whyEndDown(end, devices);
    if (reason !== undefined) return { id, link, up: false, reason };
  }
  return { id, link, up: true };
}

function whyEndDown(end: LinkEnd, devices: ReadonlyMap<string, Device>): string | undefined {
  const device = devices.get(end.node);
  if (device === undefined) return undefined;
  const port = device.config.interfaces[end.port];
  if (port === undefined) return `${end.node} has no interface ${end.port} in its configuration`;
  return port.enabled ? undefined : `${end.node} ${end.port} is shut down`;
}

/** Ports that no cable of the plan ends at count as up: hosts are often missing from a folder of configurations. */
function whyPortDown(device: Device, port: string, linksOf: Topology["linksOf"]): string | undefined {
  const config = device.config.interfaces[port];
  if (config === undefined) return `${port} is not configured`;
  if (!config.enabled) return `${port} is shut down`;
  if (config.kind === "lag") {
    const members = device.lagMembers.get(port) ?? [];
    if (members.length === 0) return `${port} has no members`;
    return members.some((member) => whyPortDown(device, member, linksOf) === undefined)
      ? undefined
      : `no member of ${port} is up`;
  }
  const links = linksOf.get(at(device.name, port));
  if (links === undefined || links.some((link) => link.up)) return undefined;
  return links[0]?.reason ?? "its link is down";
}

function interfaceUp(
  device: Device,
  l3: L3Interface,
  whyDown: (device: Device, port: string) => string | undefined,
): boolean {
  const { config } = l3;
  if (!config.enabled) return false;
  if (config.kind === "subinterface")
    return config.parent !== undefined && whyDown(device, config.parent) === undefined;
  if (config.kind !== "irb") return config.kind === "loopback" || whyDown(device, l3.name) === undefined;
  const domain = device.config.bridgeDomains[config.bridgeDomain ?? ""];
  if (domain === undefined) return false;
  // Autostate: a VLAN with a VNI has the tunnel as a member that is always up.
  if (config.noAutostate || (domain.vni !== undefined && device.config.vxlan !== undefined)) return true;
  const members = device.members.get(config.bridgeDomain ?? "") ?? [];
  return members.some((member) => whyDown(device, member.interface) === undefined);
}

function collectNodes(devices: ReadonlyMap<string, Device>): { nodes: L2Node[]; nodeIds: Map<string, number> } {
  const nodes: L2Node[] = [];
  const nodeIds = new Map<string, number>();
  const add = (key: string, node: L2Node): void => {
    nodeIds.set(key, nodes.length);
    nodes.push(node);
  };
  for (const device of devices.values()) {
    for (const domain of Object.keys(device.config.bridgeDomains))
      add(domainKey(device.name, domain), { device: device.name, kind: "domain", name: domain });
    for (const l3 of device.l3)
      if (l3.config.kind !== "irb" && l3.config.kind !== "loopback")
        add(l3Key(device.name, l3.name), { device: device.name, kind: "l3", name: l3.name });
  }
  return { nodes, nodeIds };
}

const nodeOf = (device: string, carried: Carried, ids: ReadonlyMap<string, number>): number | undefined =>
  ids.get(carried.kind === "domain" ? domainKey(device, carried.domain) : l3Key(device, carried.interface));

/** Frames cross between what both ends carry under the same tag. */
function joinNodes(
  devices: ReadonlyMap<string, Device>,
  links: readonly LinkState[],
  count: number,
  ids: ReadonlyMap<string, number>,
): L2Edge[][] {
  const neighbours: L2Edge[][] = Array.from({ length: count }, () => []);
  const bundles = new Map<string, { a: Device; aPort: string; b: Device; bPort: string; links: LinkState[] }>();
  for (const state of links) {
    const a = devices.get(state.link.a.node);
    const b = devices.get(state.link.b.node);
    if (!state.up || a === undefined || b === undefined) continue;
    const aPort = bundlePort(a, state.link.a.port);
    const bPort = bundlePort(b, state.link.b.port);
    if (aPort === undefined || bPort === undefined) continue;
    const key = `${a.name} ${aPort} ${b.name} ${bPort}`;
    const bundle = bundles.get(key);
    if (bundle === undefined) bundles.set(key, { a, aPort, b, bPort, links: [state] });
    else bundle.links.push(state);
  }
  for (const { a, aPort, b, bPort, links: members } of bundles.values()) {
    const theirs = new Map((b.carried.get(bPort) ?? []).map((carried) => [carried.tag, carried]));
    for (const mine of a.carried.get(aPort) ?? []) {
      const other = theirs.get(mine.tag);
      if (other === undefined) continue;
      const from = nodeOf(a.name, mine, ids);
      const to = nodeOf(b.name, other, ids);
      if (from === undefined || to === undefined) continue;
      neighbours[from]!.push({ to, fromPort: aPort, toPort: bPort, links: members });
      neighbours[to]!.push({ to: from, fromPort: bPort, toPort: aPort, links: members });
    }
  }
  return neighbours;
}

/** The port or LAG a cable ends in, or undefined when that LAG is not there or shut down. */
function bundlePort(device: Device, port: string): string | undefined {
  const lag = device.config.interfaces[port]?.lag;
  if (lag === undefined) return port;
  return device.config.interfaces[lag]?.enabled ? lag : undefined;
}

function components(neighbours: readonly (readonly L2Edge[])[]): Int32Array {
  const segment = new Int32Array(neighbours.length).fill(-1);
  for (let start = 0; start < neighbours.length; start++) {
    if (segment[start] !== -1) continue;
    const stack = [start];
    segment[start] = start;
    for (let node = stack.pop(); node !== undefined; node = stack.pop())
      for (const edge of neighbours[node]!)
        if (segment[edge.to] === -1) {
          segment[edge.to] = start;
          stack.push(edge.to);
        }
  }
  return segment;
}

function attach(
  endpoint: Endpoint,
  devices: ReadonlyMap<string, Device>,
  ids: ReadonlyMap<string, number>,
  linksOf: Topology["linksOf"],
): Attachment[] {
  const device = devices.get(endpoint.device);
  if (device === undefined) return [];
  const own = device.config.interfaces[endpoint.interface]?.lag ?? endpoint.interface;
  const places: { device: Device; port: string; member?: string }[] = [
    { device, port: own, ...(own === endpoint.interface ? {} : { member: endpoint.interface }) },
  ];
  const lag = device.config.interfaces[own];
  for (const other of devices.values())
    if (other !== device && (lag?.mlagId !== undefined || lag?.ethernetSegment !== undefined))
      for (const [name, port] of Object.entries(other.config.interfaces))
        if (sharesSegment(device, lag, other, port)) places.push({ device: other, port: name });
  return places.flatMap((place) => {
    const carried = (place.device.carried.get(place.port) ?? []).find((each) => each.tag === endpoint.vlan);
    const node = carried === undefined ? undefined : nodeOf(place.device.name, carried, ids);
    if (node === undefined) return [];
    const reason = whyPortDown(place.device, place.port, linksOf);
    const ports = place.device.lagMembers.get(place.port) ?? [place.port];
    const links = ports.flatMap((port) => linksOf.get(at(place.device.name, port)) ?? []);
    return [
      {
        device: place.device.name,
        port: place.port,
        node,
        up: reason === undefined,
        ...(reason === undefined ? {} : { reason }),
        links,
      },
    ];
  });
}

type Port = Device["config"]["interfaces"][string];

/** The same MLAG id on the partner (same domain), or the same Ethernet segment anywhere. */
function sharesSegment(device: Device, lag: Port, other: Device, port: Port): boolean {
  if (lag.ethernetSegment !== undefined) return port.ethernetSegment?.esi === lag.ethernetSegment.esi;
  return lag.mlagId !== undefined && port.mlagId === lag.mlagId && mlagPartners(device, other);
}

/** Two devices whose MLAG configurations point at each other: equal domain, or each other's peer address. */
export function mlagPartners(a: Device, b: Device): boolean {
  const mine = a.config.mlag;
  const theirs = b.config.mlag;
  if (mine === undefined || theirs === undefined || a === b) return false;
  if (mine.domainId !== undefined && theirs.domainId !== undefined) return mine.domainId === theirs.domainId;
  if (mine.systemMac !== undefined && theirs.systemMac !== undefined) return mine.systemMac === theirs.systemMac;
  return b.l3.some((l3) => l3.config.ipv4?.addresses.some((own) => own.startsWith(`${mine.peerAddress}/`)));
}
