import type { Endpoint } from "#model/endpoint.ts";
import { prefixAddress } from "#net/ip.ts";
import type { Twin } from "../twin.ts";
import { type L3Interface, networkFor, ownsAddress } from "./device.ts";
import type { OverlayDomain, Tunnel } from "./l2-overlay.ts";
import { v4 } from "./numbers.ts";
import type { Attachment } from "./topology.ts";

/** What forwarding needs to know about a twin beyond its tables, worked out once. */
export interface Ground {
  readonly twin: Twin;
  readonly endpoints: readonly Endpoint[];
  /** IPv4 address of each endpoint; -1 where it has none. */
  readonly addresses: Float64Array;
  readonly byAddress: ReadonlyMap<number, readonly number[]>;
  readonly attachments: readonly (readonly Attachment[])[];
  readonly deviceIndex: ReadonlyMap<string, number>;
  readonly deviceNames: readonly string[];
  /** Nodes with an EVPN-stretched domain, by segment. */
  readonly overlayBySegment: ReadonlyMap<number, readonly number[]>;
}

const grounds = new WeakMap<Twin, Ground>();

export function groundOf(twin: Twin): Ground {
  const known = grounds.get(twin);
  if (known !== undefined) return known;
  const { endpoints } = twin.snapshot;
  const addresses = new Float64Array(endpoints.length).fill(-1);
  const byAddress = new Map<number, number[]>();
  for (const [index, endpoint] of endpoints.entries()) {
    const address = endpoint.address === undefined ? undefined : v4(prefixAddress(endpoint.address));
    if (address === undefined) continue;
    addresses[index] = address;
    const list = byAddress.get(address);
    if (list === undefined) byAddress.set(address, [index]);
    else list.push(index);
  }
  const deviceNames = [...twin.devices.keys()];
  const ground: Ground = {
    twin,
    endpoints,
    addresses,
    byAddress,
    attachments: endpoints.map((endpoint) => twin.topology.attachments.get(endpoint.id) ?? []),
    deviceIndex: new Map(deviceNames.map((name, index) => [name, index])),
    deviceNames,
    overlayBySegment: Map.groupBy(twin.control.overlay.keys(), (node) => twin.topology.segmentOf[node]!),
  };
  grounds.set(twin, ground);
  return ground;
}

/** A first hop: the layer-3 interface that takes an endpoint's packets. */
export type Entry = L3Interface;

export interface Entries {
  /** Where the endpoint's own configuration sends packets: its gateway, on each device that answers for it. */
  readonly usual: readonly Entry[];
  /** Every interface that would route a frame addressed to it: a hostile host may choose. */
  readonly possible: readonly Entry[];
}

export function entriesOf(ground: Ground, index: number): Entries {
  const { twin } = ground;
  const { topology } = twin;
  const endpoint = ground.endpoints[index]!;
  const local: Entry[] = [];
  const near: Entry[] = [];
  const far: Entry[] = [];
  for (const attachment of ground.attachments[index]!) {
    if (!attachment.up) continue;
    const node = topology.nodes[attachment.node]!;
    if (node.kind === "l3") {
      const l3 = twin.devices.get(node.device)?.l3ByName.get(node.name);
      if (l3 !== undefined && topology.up.has(l3)) addOnce(local, l3);
      continue;
    }
    for (const l3 of topology.l3BySegment.get(topology.segmentOf[attachment.node]!) ?? [])
      addOnce(l3.device === attachment.device && l3.config.bridgeDomain === node.name ? local : near, l3);
    for (const { node: remote } of overlayNeighbours(ground, attachment.node))
      for (const l3 of topology.l3BySegment.get(topology.segmentOf[remote]!) ?? []) addOnce(far, l3);
  }
  const gateway = v4(endpoint.gateway);
  const address = ground.addresses[index]!;
  const answers = (l3: L3Interface): boolean =>
    gateway === undefined ? address >= 0 && networkFor(l3, address) !== undefined : ownsAddress(l3, gateway);
  const usual = [local, near, far].map((list) => list.filter(answers)).find((list) => list.length > 0) ?? [];
  return { usual, possible: [...new Set([...local, ...near, ...far])] };
}

const addOnce = <T>(list: T[], item: T): void => {
  if (!list.includes(item)) list.push(item);
};

/** The stretched domains that a frame on this node's segment can leave by: its own device's, else any on the segment. */
export function overlayExits(ground: Ground, node: number): readonly number[] {
  if (ground.twin.control.overlay.has(node)) return [node];
  return ground.overlayBySegment.get(ground.twin.topology.segmentOf[node]!) ?? [];
}

export interface Landing {
  readonly via: number;
  readonly tunnel: Tunnel;
  readonly node: number;
}

/** Nodes that frames flooded from this one come out at. */
function overlayNeighbours(ground: Ground, node: number): Landing[] {
  return overlayExits(ground, node).flatMap((exit) => {
    const domain = ground.twin.control.overlay.get(exit);
    return domain === undefined ? [] : domain.flood.flatMap((tunnel) => landings(ground, exit, tunnel));
  });
}

/** The domains that a tunnel ends in, on every device that owns its far address. */
export function landings(ground: Ground, exit: number, tunnel: Tunnel): Landing[] {
  const { twin } = ground;
  const found: Landing[] = [];
  for (const device of vtepOwners(ground).get(tunnel.vtep) ?? []) {
    const domain = twin.devices.get(device)?.domainByVni.get(tunnel.vni);
    const node = domain === undefined ? undefined : twin.topology.nodeIds.get(`${device} d:${domain}`);
    if (node !== undefined) found.push({ via: exit, tunnel, node });
  }
  return found;
}

const ownersOfVteps = new WeakMap<Ground, Map<number, string[]>>();

/** The devices that answer to each tunnel end point. */
export function vtepOwners(ground: Ground): Map<number, string[]> {
  const known = ownersOfVteps.get(ground);
  if (known !== undefined) return known;
  const owners = new Map<number, string[]>();
  for (const device of ground.twin.devices.values())
    for (const vtep of device.vteps) {
      const list = owners.get(vtep);
      if (list === undefined) owners.set(vtep, [device.name]);
      else list.push(device.name);
    }
  ownersOfVteps.set(ground, owners);
  return owners;
}

export const tunnelsTo = (domain: OverlayDomain, endpoint: number): readonly Tunnel[] =>
  domain.known.get(endpoint) ?? domain.flood;
