import type { BgpNeighbor } from "#model/bgp.ts";
import {
  formatIpv4Number,
  type InterfaceAddress,
  networkOf,
  parseIpv4Number,
  prefixAddress,
  prefixContains,
} from "#net/ip.ts";
import type { Session } from "../sessions.ts";
import { type Device, type L3Interface, networkFor, ownsAddress } from "./device.ts";
import {
  type BoundEnd,
  endOf,
  families,
  familyEnabled,
  type Pairing,
  type PeerEnd,
  type Speaker,
  speakersOf,
} from "./speakers.ts";
import type { Topology } from "./topology.ts";

/** Where a packet for an address lands when sent from an instance of a device, by the routes known so far. */
export type Walk = (
  device: string,
  instance: string,
  address: number,
) => { readonly device: string; readonly hops: number } | { readonly reason: string };

interface World {
  readonly devices: ReadonlyMap<string, Device>;
  readonly topology: Topology;
  readonly owners: ReadonlyMap<string, readonly L3Interface[]>;
  readonly walk: Walk;
}

export type Attempt =
  | { readonly pairing: Pairing; readonly how: string }
  | { readonly reason: string; readonly partner?: PeerEnd; readonly undetermined?: Session["undetermined"] };

/** Opens the session from one end, as a TCP connection would be. */
export function openSession(world: World, end: PeerEnd): Attempt {
  const { speaker, peer } = end;
  if (peer.enabled === false) return { reason: "shut down in the configuration" };
  if (peer.peerAs === undefined) return { reason: "no remote AS is configured" };
  const unnumbered = peer.interface ?? (looksLikeAddress(end.key) ? undefined : end.key);
  if (unnumbered !== undefined) return connectByInterface(world, end, unnumbered);
  if (end.key.toLowerCase().startsWith("fe80:")) return { reason: "link-local neighbors need their interface" };
  return connectByAddress(world, end, speaker);
}

const looksLikeAddress = (key: string): boolean => key.includes(":") || parseIpv4Number(key) !== undefined;

function connectByInterface(world: World, end: PeerEnd, name: string): Attempt {
  const { speaker } = end;
  const l3 = speaker.device.l3ByName.get(name);
  if (l3 === undefined) return { reason: `${name} is no layer-3 interface of ${speaker.device.name}` };
  if (l3.instance !== speaker.instance)
    return { reason: `${name} stands in ${l3.instance}, the neighbor in ${speaker.instance}` };
  if (!world.topology.up.has(l3)) return { reason: `${name} is down: ${whyDown(world, l3)}` };
  const others = segmentMates(world.topology, l3);
  if (others.length === 0)
    return {
      reason: `nothing with an IP interface is connected to ${name}`,
      ...(isCabled(world, l3) ? {} : { undetermined: "peer not given" as const }),
    };
  const refusals: Attempt[] = [];
  for (const other of others) {
    const entry = entryForInterface(world, other, l3);
    if (entry === undefined) continue;
    const attempt = agree({ ...end, address: "link-local", l3 }, entry, "one link, unnumbered");
    if ("pairing" in attempt) return attempt;
    refusals.push(attempt);
  }
  return (
    refusals[0] ?? {
      reason: `${others.map((other) => `${other.device} ${other.name}`).join(", ")} has no BGP neighbor on its end of the link`,
    }
  );
}

/** Whether a cable is known at the port, or at a member of it. */
function isCabled({ topology, devices }: World, l3: L3Interface): boolean {
  const port = l3.config.parent ?? l3.name;
  const members = devices.get(l3.device)?.lagMembers.get(port) ?? [];
  return [port, ...members].some((each) => topology.linksOf.has(`${l3.device} ${each}`));
}

/** Whether one of ours should be at the far end: the link is a cable between two of ours, or a pair's own subnet. */
function expectsOurs(world: World, l3: L3Interface): boolean {
  if (l3.config.kind !== "irb") return isCabled(world, l3) || segmentMates(world.topology, l3).length > 0;
  return segmentMates(world.topology, l3).length > 0 && l3.addresses.some((own) => own.length >= 30 && own.length < 32);
}

const whyDown = (world: World, l3: L3Interface): string => {
  if (!l3.config.enabled) return "shut down";
  return world.topology.linksOf.get(`${l3.device} ${l3.name}`)?.find((link) => !link.up)?.reason ?? "no member is up";
};

/** The other layer-3 interfaces that hear this one's frames, and are up. */
export function segmentMates(topology: Topology, l3: L3Interface): L3Interface[] {
  const node = topology.nodeOfL3.get(l3);
  if (node === undefined) return [];
  const mates = topology.l3BySegment.get(topology.segmentOf[node]!) ?? [];
  return mates.filter((each) => each !== l3);
}

const speakerAt = (world: World, device: string, instance: string): Speaker | undefined => {
  const found = world.devices.get(device);
  return found && speakersOf(found).find((each) => each.instance === instance);
};

/** The far end's statement for us: by interface, else by our address on the link. */
function entryForInterface(world: World, other: L3Interface, mine: L3Interface): BoundEnd | undefined {
  const speaker = speakerAt(world, other.device, other.instance);
  if (speaker === undefined) return undefined;
  for (const [key, peer] of speaker.neighbors)
    if ((peer.interface ?? key) === other.name)
      return { ...endOf(speaker, key, peer, false), address: "link-local", l3: other };
  for (const own of mine.addresses) {
    const text = formatIpv4Number(own.address);
    const peer = own.length >= 30 && own.length < 32 ? speaker.neighbors.get(text) : undefined;
    if (peer !== undefined)
      return { ...endOf(speaker, text, peer, false), address: addressText(other) ?? "", l3: other };
  }
  return undefined;
}

const addressText = (l3: L3Interface): string | undefined => {
  const own = l3.addresses.find((each) => !each.anycast) ?? l3.addresses[0];
  return own === undefined ? undefined : formatIpv4Number(own.address);
};

function connectByAddress(world: World, end: PeerEnd, speaker: Speaker): Attempt {
  const direct = directInterface(world, speaker, end.key);
  const source = sourceAddress(speaker, end.peer, direct);
  if ("reason" in source) return source;
  if (direct !== undefined) {
    const mate = segmentMates(world.topology, direct.l3).find((each) => owns(each, end.key));
    if (mate !== undefined) {
      const entry = entryForAddress(world, mate, source.address, end.key, true);
      if (entry === undefined) return noEntry(world, mate, source.address);
      return agree({ ...end, address: source.address, l3: direct.l3 }, entry, `connected on ${direct.l3.name}`);
    }
    const elsewhere = world.owners.get(end.key) ?? [];
    if (elsewhere.length === 0)
      return {
        reason: `no device owns ${end.key}`,
        ...(expectsOurs(world, direct.l3) ? {} : { undetermined: "peer not given" as const }),
      };
    return {
      reason: `${end.key} of ${elsewhere[0]?.device} ${elsewhere[0]?.name} is not on the link of ${direct.l3.name}`,
    };
  }
  return connectByRoute(world, end, speaker, source.address);
}

function connectByRoute(world: World, end: PeerEnd, speaker: Speaker, source: string): Attempt {
  const target = parseIpv4Number(end.key);
  const owners = (world.owners.get(end.key) ?? []).filter((each) => each.device !== speaker.device.name);
  if (owners.length === 0) return { reason: `no device owns ${end.key}`, undetermined: "peer not given" };
  if (target === undefined)
    return { reason: "IPv6 sessions over several hops are not covered", undetermined: "not covered" };
  const landed = world.walk(speaker.device.name, speaker.instance, target);
  if ("reason" in landed) return { reason: `${end.key} can't be reached: ${landed.reason}` };
  const owner = owners.find((each) => each.device === landed.device && world.topology.up.has(each));
  if (owner === undefined) return { reason: `${end.key} is answered by ${landed.device}, not by its owner` };
  const entry = entryForAddress(world, owner, source, end.key, false);
  if (entry === undefined) return noEntry(world, owner, source);
  const ebgp = end.as !== entry.as;
  const allowed = Math.min(end.peer.ebgpMultihop ?? 1, entry.peer.ebgpMultihop ?? 1);
  if (ebgp && allowed < 2)
    return { reason: `${end.key} is not directly connected and eBGP multihop is not set on both ends`, partner: entry };
  if (ebgp && landed.hops > allowed)
    return { reason: `${end.key} is ${landed.hops} hops away, ${allowed} are allowed`, partner: entry };
  const back = parseIpv4Number(source);
  const returned =
    back === undefined ? { reason: "no IPv4 source" } : world.walk(owner.device, entry.speaker.instance, back);
  if ("reason" in returned)
    return { reason: `${owner.device} can't reach ${source}: ${returned.reason}`, partner: entry };
  return agree({ ...end, address: source }, entry, `routed, ${landed.hops} hop${landed.hops === 1 ? "" : "s"}`);
}

const noEntry = (world: World, other: L3Interface, source: string): Attempt => {
  const speaker = speakerAt(world, other.device, other.instance);
  return {
    reason:
      speaker === undefined
        ? `${other.device} runs no BGP in ${other.instance}, where ${other.name} stands`
        : `${other.device} has no neighbor ${source} in ${other.instance}`,
  };
};

const owns = (l3: L3Interface, text: string): boolean => {
  const number = parseIpv4Number(text);
  // Interface addresses are canonical text.
  return number === undefined
    ? l3.v6.some((own) => prefixAddress(own as InterfaceAddress) === text)
    : ownsAddress(l3, number);
};

const holders = new WeakMap<Device, Map<string, readonly { readonly l3: L3Interface; readonly own: string }[]>>();

/** The interfaces of an instance in whose networks an address lies; a device never changes, so they are remembered. */
function interfacesHolding({ device, instance }: Speaker, text: string): readonly { l3: L3Interface; own: string }[] {
  let known = holders.get(device);
  if (known === undefined) holders.set(device, (known = new Map()));
  const key = `${instance} ${text}`;
  let found = known.get(key);
  if (found !== undefined) return found;
  const number = parseIpv4Number(text);
  found = (device.l3ByInstance.get(instance) ?? []).flatMap((l3) => {
    if (l3.config.kind === "loopback") return [];
    if (number !== undefined) {
      const own = networkFor(l3, number);
      return own !== undefined && own.address !== number ? [{ l3, own: formatIpv4Number(own.address) }] : [];
    }
    return l3.v6
      .filter((own) => prefixContains(networkOf(own as InterfaceAddress), text as never)) // canonical text, see owns
      .map((own) => ({ l3, own: prefixAddress(own as InterfaceAddress) }));
  });
  known.set(key, found);
  return found;
}

const directInterface = (world: World, speaker: Speaker, text: string): { l3: L3Interface; own: string } | undefined =>
  interfacesHolding(speaker, text).find(({ l3 }) => world.topology.up.has(l3));

function sourceAddress(
  speaker: Speaker,
  peer: BgpNeighbor,
  direct: { own: string } | undefined,
): { address: string } | { reason: string } {
  if (peer.updateSource !== undefined) {
    if (looksLikeAddress(peer.updateSource)) return { address: peer.updateSource };
    const l3 = speaker.device.l3ByName.get(peer.updateSource);
    const address = l3 && addressText(l3);
    return address === undefined ? { reason: `update source ${peer.updateSource} has no address` } : { address };
  }
  if (direct !== undefined) return { address: direct.own };
  const loopback = (speaker.device.l3ByInstance.get(speaker.instance) ?? []).find(
    (each) => each.config.kind !== "loopback" && each.addresses.length > 0,
  );
  const address = loopback && addressText(loopback);
  return address === undefined ? { reason: "no update source, and no interface to send from" } : { address };
}

/** The far end's statement for our source address: a neighbor, or a range it accepts. */
function entryForAddress(
  world: World,
  other: L3Interface,
  source: string,
  called: string,
  direct: boolean,
): BoundEnd | undefined {
  const speaker = speakerAt(world, other.device, other.instance);
  if (speaker === undefined) return undefined;
  const bound = { address: called, ...(direct ? { l3: other } : {}) };
  const peer = speaker.neighbors.get(source);
  if (peer !== undefined) return { ...endOf(speaker, source, peer, false), ...bound };
  for (const range of speaker.bgp.dynamicNeighbors) {
    if (!prefixContains(range.prefix, source as never)) continue; // `source` is a canonical address
    const group = speaker.bgp.peerGroups[range.peerGroup];
    if (group === undefined) continue;
    const accepted = range.peerAs?.[0];
    const dynamic = { ...group, peerGroup: range.peerGroup, ...(accepted === undefined ? {} : { peerAs: accepted }) };
    return { ...endOf(speaker, source, dynamic, true), ...bound };
  }
  for (const [key, each] of speaker.neighbors)
    if (direct && (each.interface ?? key) === other.name) return { ...endOf(speaker, key, each, false), ...bound };
  return undefined;
}

/** What the two OPEN messages must agree on. */
function agree(a: BoundEnd, b: BoundEnd, how: string): Attempt {
  const ebgp = a.as !== b.as;
  const reason = whyNot(a, b, ebgp);
  if (reason !== undefined) return { reason, partner: b };
  const shared = families.filter((family) => familyEnabled(a.peer, family) && familyEnabled(b.peer, family));
  if (shared.length === 0) return { reason: `no address family is active on both ends`, partner: b };
  const [first, second] = a.id < b.id ? [a, b] : [b, a];
  const pairing: Pairing = { id: `${first.id} ${second.id}`, a: first, b: second, ebgp, families: shared };
  return { pairing, how: `${ebgp ? "eBGP" : "iBGP"}, ${how}` };
}

function whyNot(a: BoundEnd, b: BoundEnd, ebgp: boolean): string | undefined {
  const name = (end: BoundEnd): string => `${end.speaker.device.name} (neighbor ${end.key})`;
  if (b.peer.enabled === false) return `${name(b)} is shut down`;
  for (const [self, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const wanted = self.peer.peerAs;
    if (wanted === undefined) return `${name(self)} has no remote AS`;
    if (typeof wanted === "number" && wanted !== other.as)
      return `${name(self)} expects AS ${wanted}, ${name(other)} is AS ${other.as}`;
    if (wanted === "external" && !ebgp)
      return `${name(self)} expects another AS, ${name(other)} has the same, ${other.as}`;
    if (wanted === "internal" && ebgp) return `${name(self)} expects its own AS, ${name(other)} is AS ${other.as}`;
  }
  if ((a.peer.authenticated ?? false) !== (b.peer.authenticated ?? false))
    return `${name(a.peer.authenticated ? a : b)} has a password, ${name(a.peer.authenticated ? b : a)} has none`;
  if (a.peer.passive && b.peer.passive) return "both ends are passive";
  if (a.address === "link-local" && familyEnabled(a.peer, "ipv4-unicast") && familyEnabled(b.peer, "ipv4-unicast"))
    for (const end of [a, b])
      if (end.peer.capabilityExtendedNextHop === false && end.address === "link-local")
        return `${name(end)} has extended next hops (RFC 8950) switched off`;
  return undefined;
}
