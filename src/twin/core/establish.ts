import type { Session } from "../sessions.ts";
import type { Device, L3Interface } from "./device.ts";
import { type Attempt, openSession, segmentMates, type Walk } from "./open-session.ts";
import { type BoundEnd, type Pairing, type PeerEnd, peerEndsOf } from "./speakers.ts";
import type { Topology } from "./topology.ts";

export interface Sessions {
  /** Every neighbor statement with its state and reason; written out only for the last round. */
  readonly report: () => readonly Session[];
  readonly pairings: readonly Pairing[];
  readonly tried: readonly Tried[];
}

/** What became of one neighbor statement, with the answers about routes that it hung on. */
export interface Tried {
  readonly end: PeerEnd;
  readonly attempt: Attempt;
  readonly asked: readonly Asked[];
}

interface Asked {
  readonly device: string;
  readonly instance: string;
  readonly address: number;
  readonly answer: ReturnType<Walk>;
}

export interface Surroundings {
  readonly devices: ReadonlyMap<string, Device>;
  readonly topology: Topology;
  readonly owners: ReadonlyMap<string, readonly L3Interface[]>;
}

/** Attempts that stand as long as the answers that they asked for do: from round to round, and from twin to twin. */
export type SettledAttempts = Map<PeerEnd, Tried>;

/** Tries every neighbor statement. A session is up when either end can open it and both accept what the other says. */
export function establishSessions(
  world: Surroundings,
  walk: Walk,
  settled: SettledAttempts,
  last: Sessions | undefined,
): Sessions {
  const tried: Tried[] = [];
  for (const device of world.devices.values())
    for (const end of peerEndsOf(device)) {
      const known = settled.get(end);
      const stands = known?.asked.every((each) =>
        sameAnswer(walk(each.device, each.instance, each.address), each.answer),
      );
      const one = known !== undefined && stands === true ? known : attemptOf(world, walk, end);
      if (one !== known) settled.set(end, one);
      tried.push(one);
    }
  if (last?.tried.length === tried.length && last.tried.every((each, index) => each === tried[index])) return last;
  return assemble(tried);
}

function attemptOf(world: Surroundings, walk: Walk, end: PeerEnd): Tried {
  const asked: Asked[] = [];
  const noted: Walk = (device, instance, address) => {
    const answer = walk(device, instance, address);
    asked.push({ device, instance, address, answer });
    return answer;
  };
  return { end, attempt: openSession({ ...world, walk: noted }, end), asked };
}

const sameAnswer = (a: ReturnType<Walk>, b: ReturnType<Walk>): boolean =>
  "reason" in a || "reason" in b
    ? "reason" in a && "reason" in b && a.reason === b.reason
    : a.device === b.device && a.hops === b.hops;

/** Equal sets of sessions; who opened them, and how, doesn't count. */
export const sameSessions = (a: Sessions, b: Sessions): boolean =>
  a === b ||
  (a.pairings.length === b.pairings.length &&
    a.pairings.every((each, index) => {
      const other = b.pairings[index];
      return each === other || (each.id === other?.id && each.families.join() === other.families.join());
    }));

function assemble(tried: readonly Tried[]): Sessions {
  const pairings = new Map<string, Pairing>();
  const how = new Map<string, string>();
  for (const { attempt } of tried) {
    if (!("pairing" in attempt)) continue;
    const { pairing } = attempt;
    const known = pairings.get(pairing.id);
    // The side that is bound to an interface knows more than the side that was only called.
    if (known === undefined || (known.a.l3 === undefined && pairing.a.l3 !== undefined))
      pairings.set(pairing.id, pairing);
    for (const each of [pairing.a, pairing.b]) if (!how.has(each.id)) how.set(each.id, attempt.how);
  }
  const reportAll = (): Session[] => {
    const partners = new Map<string, { self: BoundEnd; other: BoundEnd; pairing: Pairing }>();
    for (const pairing of pairings.values()) {
      partners.set(pairing.a.id, { self: pairing.a, other: pairing.b, pairing });
      partners.set(pairing.b.id, { self: pairing.b, other: pairing.a, pairing });
    }
    const sessions = tried.map(({ end, attempt }) => report(end, attempt, partners, how));
    for (const { self } of partners.values())
      if (self.dynamic) sessions.push(report(self, { reason: "" }, partners, how));
    return sessions;
  };
  return { report: reportAll, pairings: [...pairings.values()], tried };
}

/** Attempts of an earlier network that came up and near which nothing has changed: they need not be made again. */
export function takeOverAttempts(earlier: Surroundings, tried: readonly Tried[], now: Surroundings): SettledAttempts {
  const sameDevice = remembered((name: string): boolean => {
    const device = now.devices.get(name);
    return (
      device !== undefined &&
      earlier.devices.get(name) === device &&
      device.l3.every((l3) => earlier.topology.up.has(l3) === now.topology.up.has(l3))
    );
  });
  const sameSegment = remembered((l3: L3Interface): boolean =>
    sameList(segmentMates(earlier.topology, l3), segmentMates(now.topology, l3), (mate) => sameDevice(mate.device)),
  );
  const stands = ({ end, attempt }: Tried): boolean => {
    if (!("pairing" in attempt) || !sameDevice(end.speaker.device.name)) return false;
    const { a, b } = attempt.pairing;
    const [mine, other] = a.id === end.id ? [a, b] : [b, a];
    return (
      end.speaker.device === now.devices.get(end.speaker.device.name) &&
      sameDevice(other.speaker.device.name) &&
      (mine.l3 === undefined || sameSegment(mine.l3)) &&
      sameList(earlier.owners.get(end.key) ?? [], now.owners.get(end.key) ?? [], () => true)
    );
  };
  return new Map(tried.filter(stands).map((each) => [each.end, each]));
}

const sameList = <T>(a: readonly T[], b: readonly T[], also: (item: T) => boolean): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index] && also(each));

function remembered<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = compute(key)));
    return value;
  };
}

const spanOf = (end: PeerEnd) =>
  end.speaker.device.span("networkInstances", end.speaker.instance, "bgp", "neighbors", end.key);

function report(
  end: PeerEnd,
  attempt: Attempt,
  partners: ReadonlyMap<string, { other: BoundEnd; pairing: Pairing }>,
  how: ReadonlyMap<string, string>,
): Session {
  const partner = partners.get(end.id);
  const other = partner?.other ?? ("partner" in attempt ? attempt.partner : undefined);
  const span = spanOf(end);
  const peerSpan = other === undefined ? undefined : spanOf(other);
  return {
    device: end.speaker.device.name,
    networkInstance: end.speaker.instance,
    neighbor: end.key,
    ...(other === undefined ? {} : { peerDevice: other.speaker.device.name }),
    state: partner === undefined ? "down" : "established",
    reason: partner === undefined ? ("reason" in attempt ? attempt.reason : "") : (how.get(end.id) ?? ""),
    families: partner?.pairing.families ?? [],
    ...(partner === undefined && "undetermined" in attempt && attempt.undetermined !== undefined
      ? { undetermined: attempt.undetermined }
      : {}),
    ...(span === undefined ? {} : { span }),
    ...(peerSpan === undefined ? {} : { peerSpan }),
  };
}
