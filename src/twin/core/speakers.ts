import { type AfiSafi, type Bgp, type BgpNeighbor, type BgpPeerAfiSafi, resolvePeer } from "#model/bgp.ts";
import { type Device, type L3Interface, routerIdOf } from "./device.ts";
import { v4 } from "./numbers.ts";

/** BGP of one network instance of one device, with its neighbors' inheritance resolved. */
export interface Speaker {
  readonly device: Device;
  readonly instance: string;
  readonly bgp: Bgp;
  readonly routerId: number;
  readonly clusterId: number;
  readonly neighbors: ReadonlyMap<string, BgpNeighbor>;
}

const speakersOfDevice = new WeakMap<Device, readonly Speaker[]>();

/** Remembered per device: a device never changes. */
export function speakersOf(device: Device): readonly Speaker[] {
  const known = speakersOfDevice.get(device);
  if (known !== undefined) return known;
  const speakers = Object.entries(device.config.networkInstances).flatMap(([instance, { bgp }]) => {
    if (bgp === undefined || !bgp.enabled) return [];
    const parent = device.config.networkInstances["default"]?.bgp?.routerId;
    const routerId = routerIdOf(device, bgp.routerId ?? parent);
    const neighbors = new Map<string, BgpNeighbor>();
    for (const key of Object.keys(bgp.neighbors)) {
      const peer = resolvePeer(bgp, key);
      if (peer !== undefined) neighbors.set(key, peer);
    }
    return [{ device, instance, bgp, routerId, clusterId: v4(bgp.clusterId) ?? routerId, neighbors }];
  });
  speakersOfDevice.set(device, speakers);
  return speakers;
}

export const families = ["ipv4-unicast", "ipv6-unicast", "l2vpn-evpn"] as const satisfies readonly AfiSafi[];

export const familyOf = (peer: BgpNeighbor, family: AfiSafi): BgpPeerAfiSafi => peer.afiSafis?.[family] ?? {};

export const familyEnabled = (peer: BgpNeighbor, family: AfiSafi): boolean => familyOf(peer, family).enabled === true;

/** One configured (or dynamically accepted) neighbor of one speaker. */
export interface PeerEnd {
  /** Device, instance and key in one text. */
  readonly id: string;
  readonly speaker: Speaker;
  /** Neighbor key in the configuration, or the address of a dynamic neighbor. */
  readonly key: string;
  readonly peer: BgpNeighbor;
  readonly dynamic: boolean;
  /** The AS this end presents. */
  readonly as: number;
}

/** Two ends whose session is up. `l3` is the interface of a directly connected end. */
export interface Pairing {
  /** The ids of both ends, in order: of two attempts at one session, one is enough. */
  readonly id: string;
  readonly a: BoundEnd;
  readonly b: BoundEnd;
  readonly ebgp: boolean;
  readonly families: readonly AfiSafi[];
}

export interface BoundEnd extends PeerEnd {
  /** Text of the address the session runs on; `link-local` on unnumbered ones. */
  readonly address: string;
  readonly l3?: L3Interface;
}

export const endOf = (speaker: Speaker, key: string, peer: BgpNeighbor, dynamic: boolean): PeerEnd => ({
  id: `${speaker.device.name}|${speaker.instance}|${key}`,
  speaker,
  key,
  peer,
  dynamic,
  as: peer.localAs?.as ?? speaker.bgp.as,
});

const endsOfDevice = new WeakMap<Device, readonly PeerEnd[]>();

/** Every neighbor statement of a device; the same objects each time. */
export function peerEndsOf(device: Device): readonly PeerEnd[] {
  const known = endsOfDevice.get(device);
  if (known !== undefined) return known;
  const ends = speakersOf(device).flatMap((speaker) =>
    Array.from(speaker.neighbors, ([key, peer]) => endOf(speaker, key, peer, false)),
  );
  endsOfDevice.set(device, ends);
  return ends;
}
