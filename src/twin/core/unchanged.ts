import { sameValue } from "#model/same-value.ts";
import type { Device, L3Interface } from "./device.ts";
import type { Fib, Hop } from "./fib.ts";
import { hopsOf } from "./fib.ts";
import { type Ground, vtepOwners } from "./ground.ts";
import type { OverlayDomain, Tunnel } from "./l2-overlay.ts";
import { segmentMates } from "./open-session.ts";
import type { Attachment } from "./topology.ts";
import { neighbourOn } from "./walk.ts";

/** Tells of a place in the network whether packets that come there fare as they did in an earlier network. */
export interface Unchanged {
  /** For packets to any endpoint, once they are routed in an instance of a device. */
  routed(device: string, instance: string): boolean;
  /** Stretched bridge domains and all that hangs on them. */
  readonly bridging: boolean;
}

/**
 * Compares two networks with the same endpoints. A table is unchanged when it is the same object, stands among the same
 * interfaces, filters and hosts, and all tables that it hands packets to are unchanged too.
 */
export function unchangedSince(before: Ground, now: Ground): Unchanged {
  const moved = movedEndpoints(before, now);
  const bridging =
    sameBridges(before, now) &&
    sameOverlay(before, now) &&
    !moved.some((each) => isBridged(before, each) || isBridged(now, each));
  const disturbed = new Set(moved.flatMap((each) => [...tablesNear(before, each), ...tablesNear(now, each)]));
  const onward = new Map<string, readonly Place[] | undefined>();
  /** Where a table hands packets to; undefined when the table itself is not what it was. */
  const onwardFrom = (place: Place): readonly Place[] | undefined => {
    if (!onward.has(place.key)) {
      const same = !disturbed.has(place.key) && sameTable(before, now, place, bridging);
      onward.set(place.key, same ? tablesAfter(before, now, place) : undefined);
    }
    return onward.get(place.key);
  };
  const known = new Map<string, boolean>();
  return {
    bridging,
    routed(device, instance) {
      const start = placeOf(device, instance);
      const found = known.get(start.key);
      if (found !== undefined) return found;
      const seen = everyTableOnward(start, onwardFrom, known);
      // Whatever an unchanged table leads to is unchanged as well.
      for (const key of seen ?? []) known.set(key, true);
      known.set(start.key, seen !== undefined);
      return seen !== undefined;
    },
  };
}

interface Place {
  readonly key: string;
  readonly device: string;
  readonly instance: string;
}

const placeOf = (device: string, instance: string): Place => ({ key: `${device}|${instance}`, device, instance });

/** Every table that packets could be handed to from one on; undefined when one of them differs. */
function everyTableOnward(
  start: Place,
  onwardFrom: (place: Place) => readonly Place[] | undefined,
  known: ReadonlyMap<string, boolean>,
): ReadonlySet<string> | undefined {
  const seen = new Set([start.key]);
  const open = [start];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const onward = onwardFrom(place);
    if (onward === undefined) return undefined;
    for (const next of onward) {
      if (seen.has(next.key)) continue;
      const told = known.get(next.key);
      if (told === false) return undefined;
      seen.add(next.key);
      if (told === undefined) open.push(next);
    }
  }
  return seen;
}

/** The tables that a table hands packets to; undefined when its tunnels end elsewhere than before. */
function tablesAfter(before: Ground, now: Ground, { device, instance }: Place): readonly Place[] | undefined {
  const { topology, control, devices } = now.twin;
  const fib = control.tables.fib(device, instance);
  const onward = new Map<string, Place>();
  const add = (place: Place) => onward.set(place.key, place);
  for (const hop of distinctHops(now, fib)) {
    if (hop.kind === "instance") add(placeOf(device, hop.instance));
    else if (hop.kind === "via") {
      const peer = hop.peer ?? (hop.address === undefined ? undefined : neighbourOn(topology, hop.l3, hop.address));
      const peers = peer === undefined ? segmentMates(topology, hop.l3) : [peer];
      for (const each of peers) add(placeOf(each.device, each.instance));
    } else if (hop.kind === "vtep") {
      const owners = vtepOwners(now).get(hop.address) ?? [];
      if (!sameList(owners, vtepOwners(before).get(hop.address) ?? [])) return undefined;
      add(placeOf(device, "default"));
      for (const owner of owners) {
        const landing = devices.get(owner)?.instanceByVni.get(hop.vni);
        if (landing !== before.twin.devices.get(owner)?.instanceByVni.get(hop.vni)) return undefined;
        if (landing !== undefined) add(placeOf(owner, landing));
      }
    }
  }
  return [...onward.values()];
}

const hopsOfFib = new WeakMap<Fib, readonly Hop[]>();

/** Hops of a table, each once: routes share them. */
function distinctHops({ twin }: Ground, fib: Fib): readonly Hop[] {
  const known = fib.selfContained ? hopsOfFib.get(fib) : undefined;
  if (known !== undefined) return known;
  const lists = new Set(fib.routes.map((route) => hopsOf(twin.control.tables, fib, route)));
  const hops = new Set([...lists].flat().filter((hop) => hop.kind !== "local" && hop.kind !== "connected"));
  const distinct = [...hops];
  hopsOfFib.set(fib, distinct);
  return distinct;
}

function sameTable(before: Ground, now: Ground, { device, instance }: Place, bridging: boolean): boolean {
  const fib = now.twin.control.tables.fib(device, instance);
  if (!fib.selfContained || before.twin.control.tables.fib(device, instance) !== fib) return false;
  const mine = now.twin.devices.get(device);
  const was = before.twin.devices.get(device);
  if (mine === undefined || was === undefined || !sameList(mine.vteps, was.vteps)) return false;
  // Interfaces that are down neither take nor send.
  const faces = upInterfaces(now, mine, instance);
  return (
    sameList(faces, upInterfaces(before, was, instance)) &&
    faces.every((l3) => (bridging || l3.config.kind !== "irb") && sameInterface(before, now, l3))
  );
}

const upInterfaces = ({ twin }: Ground, device: Device, instance: string): L3Interface[] =>
  (device.l3ByInstance.get(instance) ?? []).filter((l3) => twin.topology.up.has(l3));

const sameInterface = (before: Ground, now: Ground, l3: L3Interface): boolean =>
  sameList(segmentMates(before.twin.topology, l3), segmentMates(now.twin.topology, l3)) &&
  sameFilter(before, now, l3.device, l3.config.aclIn) &&
  sameFilter(before, now, l3.device, l3.config.aclOut);

export function sameFilter(before: Ground, now: Ground, device: string, name: string | undefined): boolean {
  if (name === undefined) return true;
  const [was, is] = [before, now].map(({ twin }) => twin.devices.get(device)?.config.acls[name]);
  return was === is || sameValue(was, is);
}

/** Endpoints whose ports or their filters are not what they were. */
function movedEndpoints(before: Ground, now: Ground): number[] {
  return Array.from(now.endpoints.keys()).filter((index) => {
    const [was, is] = [before.attachments[index] ?? [], now.attachments[index] ?? []];
    return was.length !== is.length || !was.every((each, at) => sameAttachment(before, now, each, is[at]!));
  });
}

function sameAttachment(before: Ground, now: Ground, was: Attachment, is: Attachment): boolean {
  if (was.device !== is.device || was.port !== is.port || was.up !== is.up) return false;
  const [old, fresh] = [before.twin.topology.nodes[was.node], now.twin.topology.nodes[is.node]];
  if (old?.name !== fresh?.name || old?.kind !== fresh?.kind) return false;
  const port = (ground: Ground) => ground.twin.devices.get(is.device)?.config.interfaces[is.port];
  const [oldPort, freshPort] = [port(before), port(now)];
  return (
    oldPort === freshPort ||
    (oldPort?.aclIn === freshPort?.aclIn &&
      oldPort?.aclOut === freshPort?.aclOut &&
      (oldPort?.switchport === undefined) === (freshPort?.switchport === undefined) &&
      sameFilter(before, now, is.device, freshPort?.aclIn) &&
      sameFilter(before, now, is.device, freshPort?.aclOut))
  );
}

const isBridged = ({ twin, attachments }: Ground, endpoint: number): boolean =>
  (attachments[endpoint] ?? []).some(({ node }) => twin.topology.nodes[node]?.kind === "domain");

function tablesNear({ twin, attachments }: Ground, endpoint: number): string[] {
  const { topology } = twin;
  return (attachments[endpoint] ?? []).flatMap(({ node }) =>
    (topology.l3BySegment.get(topology.segmentOf[node]!) ?? []).map((l3) => `${l3.device}|${l3.instance}`),
  );
}

/** The same stretched domains, with the same tunnels for the same endpoints. */
function sameOverlay(before: Ground, now: Ground): boolean {
  const [old, fresh] = [before.twin.control.overlay, now.twin.control.overlay];
  if (old.size !== fresh.size) return false;
  const named = new Map(Array.from(old, ([node, domain]) => [nameOf(before, node), domain]));
  for (const [node, domain] of fresh) {
    const was = named.get(nameOf(now, node));
    if (was === undefined || !sameDomain(was, domain)) return false;
  }
  return true;
}

/** The same bridge domains, joined by the same ports. */
function sameBridges(before: Ground, now: Ground): boolean {
  const [old, fresh] = [bridgesOf(before), bridgesOf(now)];
  return old.size === fresh.size && Array.from(fresh).every(([name, joined]) => old.get(name) === joined);
}

function bridgesOf(ground: Ground): Map<string, string> {
  const { nodes, neighbours } = ground.twin.topology;
  return new Map(
    nodes.flatMap((node, index) => {
      if (node.kind !== "domain") return [];
      const joined = neighbours[index]!.map((edge) => `${edge.fromPort} ${nameOf(ground, edge.to)} ${edge.toPort}`);
      return [[nameOf(ground, index), joined.join()] as const];
    }),
  );
}

const nameOf = ({ twin }: Ground, node: number): string => {
  const { device = "", name = "" } = twin.topology.nodes[node] ?? {};
  return `${device} ${name}`;
};

const sameDomain = (a: OverlayDomain, b: OverlayDomain): boolean =>
  sameTunnels(a.flood, b.flood) &&
  a.known.size === b.known.size &&
  Array.from(a.known).every(([endpoint, tunnels]) => sameTunnels(tunnels, b.known.get(endpoint) ?? []));

const sameTunnels = (a: readonly Tunnel[], b: readonly Tunnel[]): boolean =>
  a.length === b.length && a.every((each, index) => each.vtep === b[index]?.vtep && each.vni === b[index].vni);

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);
