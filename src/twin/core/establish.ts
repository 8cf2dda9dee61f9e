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
  families,
  familyEnabled,
  type Pairing,
  type PeerEnd,
  presentedAs,
  type Speaker,
  speakersOf,
} from "./speakers.ts";
import type { Topology } from "./topology.ts";

export interface Sessions {
  /** Every neighbor statement with its state and reason; written out only for the last round. */
  readonly report: () => readonly Session[];
  readonly pairings: readonly Pairing[];
  /** Equal text, equal set of sessions. */
  readonly digest: string;
}

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

/** Attempts that asked for no route: they come out the same in every round of one twin. */
export type SettledAttempts = Map<string, { readonly end: PeerEnd; readonly attempt: Attempt }>;

type Attempt =
  | { readonly pairing: Pairing; readonly how: string }
  | { readonly reason: string; readonly partner?: PeerEnd; readonly undetermined?: Session["undetermined"] };

/** Tries every neighbor statement. A session is up when either end can open it and both accept what the other says. */
export function establishSessions(
  devices: ReadonlyMap<string, Device>,
  topology: Topology,
  owners: ReadonlyMap<string, readonly L3Interface[]>,
  walk: Walk,
  settled: SettledAttempts,
): Sessions {
  let walked = false;
  const world: World = {
    devices,
    topology,
    owners,
    walk: (device, instance, address) => {
      walked = true;
      return walk(device, instance, address);
    },
  };
  const attempts = new Map<string, { end: PeerEnd; attempt: Attempt }>();
  for (const device of devices.values())
    for (const speaker of speakersOf(device))
      for (const [key, peer] of speaker.neighbors) {
        const id = `${device.name}|${speaker.instance}|${key}`;
        let tried = settled.get(id);
        if (tried === undefined) {
          walked = false;
          const end = endOf(speaker, key, peer, false);
          tried = { end, attempt: connect(world, end) };
          if (!walked) settled.set(id, tried);
        }
        attempts.set(id, tried);
      }
  const pairings = new Map<string, Pairing>();
  const how = new Map<string, string>();
  for (const { attempt } of attempts.values()) {
    if (!("pairing" in attempt)) continue;
    const { a, b } = attempt.pairing;
    const [first, second] = endId(a) < endId(b) ? [a, b] : [b, a];
    const id = `${endId(first)} ${endId(second)}`;
    const known = pairings.get(id);
    // The side that is bound to an interface knows more than the side that was only called.
    if (known === undefined || (known.a.l3 === undefined && first.l3 !== undefined))
      pairings.set(id, { ...attempt.pairing, a: first, b: second });
    for (const each of [a, b]) if (!how.has(endId(each))) how.set(endId(each), attempt.how);
  }
  const partners = new Map<string, { self: BoundEnd; other: BoundEnd; pairing: Pairing }>();
  for (const pairing of pairings.values()) {
    partners.set(endId(pairing.a), { self: pairing.a, other: pairing.b, pairing });
    partners.set(endId(pairing.b), { self: pairing.b, other: pairing.a, pairing });
  }
  const reportAll = (): Session[] => {
    const sessions = [...attempts.values()].map(({ end, attempt }) => report(end, attempt, partners, how));
    for (const { self } of partners.values())
      if (self.dynamic) sessions.push(report(self, { reason: "" }, partners, how));
    return sessions;
  };
  return {
    report: reportAll,
    pairings: [...pairings.values()],
    digest: [...pairings.entries()].map(([id, { families }]) => `${id} ${families.join(",")}`).join("\n"),
  };
}

const endId = (end: PeerEnd): string => `${end.speaker.device.name}|${end.speaker.instance}|${end.key}`;

const endOf = (speaker: Speaker, key: string, peer: BgpNeighbor, dynamic: boolean): PeerEnd => ({
  speaker,
  key,
  peer,
  dynamic,
  as: presentedAs(speaker.bgp, peer),
});

const spanOf = (end: PeerEnd) =>
  end.speaker.device.span("networkInstances", end.speaker.instance, "bgp", "neighbors", end.key);

function report(
  end: PeerEnd,
  attempt: Attempt,
  partners: ReadonlyMap<string, { other: BoundEnd; pairing: Pairing }>,
  how: ReadonlyMap<string, string>,
): Session {
  const partner = partners.get(endId(end));
  const other = partner?.other ?? ("partner" in attempt ? attempt.partner : undefined);
  const span = spanOf(end);
  const peerSpan = other === undefined ? undefined : spanOf(other);
  return {
    device: end.speaker.device.name,
    networkInstance: end.speaker.instance,
    neighbor: end.key,
    ...(other === undefined ? {} : { peerDevice: other.speaker.device.name }),
    state: partner === undefined ? "down" : "established",
    reason: partner === undefined ? ("reason" in attempt ? attempt.reason : "") : (how.get(endId(end)) ?? ""),
    families: partner?.pairing.families ?? [],
    ...(partner === undefined && "undetermined" in attempt && attempt.undetermined !== undefined
      ? { undetermined: attempt.undetermined }
      : {}),
    ...(span === undefined ? {} : { span }),
    ...(peerSpan === undefined ? {} : { peerSpan }),
  };
}

/** Opens the session from one end, as a TCP connection would be. */
function connect(world: World, end: PeerEnd): Attempt {
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
  const others = segmentMates(world, l3);
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
  if (l3.config.kind !== "irb") return isCabled(world, l3) || segmentMates(world, l3).length > 0;
  return segmentMates(world, l3).length > 0 && l3.addresses.some((own) => own.length >= 30 && own.length < 32);
}

const whyDown = (world: World, l3: L3Interface): string => {
  if (!l3.config.enabled) return "shut down";
  return world.topology.linksOf.get(`${l3.device} ${l3.name}`)?.find((link) => !link.up)?.reason ?? "no member is up";
};

function segmentMates(world: World, l3: L3Interface): L3Interface[] {
  const node = world.topology.nodeOfL3.get(l3);
  if (node === undefined) return [];
  const mates = world.topology.l3BySegment.get(world.topology.segmentOf[node]!) ?? [];
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
    const mate = segmentMates(world, direct.l3).find((each) => owns(each, end.key));
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

function directInterface(world: World, speaker: Speaker, text: string): { l3: L3Interface; own: string } | undefined {
  const number = parseIpv4Number(text);
  for (const l3 of speaker.device.l3ByInstance.get(speaker.instance) ?? []) {
    if (!world.topology.up.has(l3) || l3.config.kind === "loopback") continue;
    if (number !== undefined) {
      const own = networkFor(l3, number);
      if (own !== undefined && own.address !== number) return { l3, own: formatIpv4Number(own.address) };
    } else
      for (const own of l3.v6)
        if (prefixContains(networkOf(own as InterfaceAddress), text as never))
          return { l3, own: prefixAddress(own as InterfaceAddress) }; // canonical text, see owns
  }
  return undefined;
}

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
  return { pairing: { a, b, ebgp, families: shared }, how: `${ebgp ? "eBGP" : "iBGP"}, ${how}` };
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
