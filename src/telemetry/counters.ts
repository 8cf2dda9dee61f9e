import type { CounterSample } from "#model/counter-sample.ts";

/** What two samples of an interface say about the time between them. */
export interface CounterRate {
  readonly device: string;
  readonly interface: string;
  /** End of the interval. */
  readonly at: number;
  readonly intervalMs: number;
  readonly inBps: number;
  readonly outBps: number;
  readonly ecnMarkedPerSecond: number;
  readonly pfcPauseRxPerSecond: number;
  readonly pfcPauseTxPerSecond: number;
  readonly inErrorsPerSecond: number;
}

/**
 * What became of a sample. `late`: older than the newest one. `clock-back`: several in a row were older, so the
 * device's clock was set back; counting starts anew there. `reset`: counters fell, so the interval says nothing.
 */
export type Verdict =
  | { readonly kind: "rate"; readonly rate: CounterRate }
  | { readonly kind: "first" | "duplicate" | "late" | "clock-back" | "reset" | "bad" | "full" };

export interface CounterStoreOptions {
  /** Rates kept per interface. */
  readonly keep?: number;
  readonly maxInterfaces?: number;
  /** Faster than any port: what tells a wrapped counter from a restarted one. */
  readonly maxBps?: number;
  /** Older samples in a row after which the clock is taken to have been set back. */
  readonly clockBackAfter?: number;
}

const counterNames = ["inOctets", "outOctets", "ecnMarked", "pfcPauseRx", "pfcPauseTx", "inErrors"] as const;
type CounterName = (typeof counterNames)[number];

interface Track {
  last: CounterSample;
  /** Older samples since `last`, while it is open whether the clock went back. */
  late: CounterSample[];
  readonly ring: Ring;
}

/** Samples in, rates out, bounded in memory: one ring of rates per interface. */
export class CounterStore {
  readonly #tracks = new Map<string, Map<string, Track>>();
  readonly #keep: number;
  readonly #maxInterfaces: number;
  readonly #maxBps: number;
  readonly #clockBackAfter: number;
  #interfaces = 0;

  constructor({ keep = 120, maxInterfaces = 500_000, maxBps = 3.2e12, clockBackAfter = 3 }: CounterStoreOptions = {}) {
    this.#keep = Math.max(1, Math.floor(keep));
    this.#maxInterfaces = maxInterfaces;
    this.#maxBps = maxBps;
    this.#clockBackAfter = Math.max(1, clockBackAfter);
  }

  add(sample: CounterSample): Verdict {
    if (!isSound(sample)) return { kind: "bad" };
    const track = this.#tracks.get(sample.device)?.get(sample.interface);
    if (track === undefined) return this.#start(sample);
    if (sample.at < track.last.at) return this.#older(track, sample);
    track.late = [];
    if (sample.at === track.last.at) return { kind: "duplicate" };
    const rate = rateBetween(track.last, sample, this.#maxBps);
    track.last = sample;
    if (rate === undefined) return { kind: "reset" };
    track.ring.push(rate);
    return { kind: "rate", rate };
  }

  /** The newest rate of each interface, of one device or of all. */
  rates(device?: string): CounterRate[] {
    const tables =
      device === undefined ? [...this.#tracks.values()] : [this.#tracks.get(device) ?? new Map<string, Track>()];
    return tables.flatMap((table) => [...table.values()].flatMap(({ ring }) => ring.newest() ?? []));
  }

  /** Kept rates of an interface, oldest first. */
  series(device: string, name: string): CounterRate[] {
    return this.#tracks.get(device)?.get(name)?.ring.list() ?? [];
  }

  /** Names of the interfaces heard of. */
  interfaces(): { readonly device: string; readonly interface: string }[] {
    return [...this.#tracks].flatMap(([device, table]) =>
      [...table.keys()].map((name) => ({ device, interface: name })),
    );
  }

  #start(sample: CounterSample): Verdict {
    if (this.#interfaces >= this.#maxInterfaces) return { kind: "full" };
    let table = this.#tracks.get(sample.device);
    if (table === undefined) this.#tracks.set(sample.device, (table = new Map<string, Track>()));
    table.set(sample.interface, { last: sample, late: [], ring: new Ring(this.#keep) });
    this.#interfaces += 1;
    return { kind: "first" };
  }

  #older(track: Track, sample: CounterSample): Verdict {
    const previous = track.late.at(-1);
    if (previous !== undefined && sample.at <= previous.at) {
      track.late = sample.at === previous.at ? track.late : [sample];
      return { kind: "late" };
    }
    track.late.push(sample);
    if (track.late.length < this.#clockBackAfter) return { kind: "late" };
    track.last = sample;
    track.late = [];
    track.ring.clear(); // its times lie in what is now the future
    return { kind: "clock-back" };
  }
}

class Ring {
  readonly #rows: CounterRate[] = [];
  readonly #size: number;
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }
  push(rate: CounterRate): void {
    this.#rows[this.#next] = rate;
    this.#next = (this.#next + 1) % this.#size;
  }
  newest(): CounterRate | undefined {
    return this.#rows[(this.#next + this.#size - 1) % this.#size];
  }
  list(): CounterRate[] {
    return this.#rows.length < this.#size
      ? [...this.#rows]
      : [...this.#rows.slice(this.#next), ...this.#rows.slice(0, this.#next)];
  }
  clear(): void {
    this.#rows.length = 0;
    this.#next = 0;
  }
}

const isSound = (sample: CounterSample): boolean =>
  Number.isSafeInteger(sample.at) &&
  sample.device.length > 0 &&
  sample.interface.length > 0 &&
  counterNames.every((name) => {
    const value = sample[name];
    return value === undefined || (Number.isFinite(value) && value >= 0);
  });

/** Rates between two samples; undefined when counters fell other than by wrapping. */
function rateBetween(before: CounterSample, after: CounterSample, maxBps = 3.2e12): CounterRate | undefined {
  const intervalMs = after.at - before.at;
  if (intervalMs <= 0) return undefined;
  const perSecond: Partial<Record<CounterName, number>> = {};
  for (const name of counterNames) {
    const octets = name === "inOctets" || name === "outOctets";
    // A packet has 64 octets at least: events cannot outnumber the packets that fit.
    const most = ((octets ? maxBps / 8 : maxBps / 512) * intervalMs) / 1_000;
    const grown = growth(before[name] ?? 0, after[name] ?? before[name] ?? 0, most);
    if (grown === undefined) return undefined;
    perSecond[name] = (grown * 1_000) / intervalMs;
  }
  const { inOctets = 0, outOctets = 0, ecnMarked = 0, pfcPauseRx = 0, pfcPauseTx = 0, inErrors = 0 } = perSecond;
  return {
    device: after.device,
    interface: after.interface,
    at: after.at,
    intervalMs,
    inBps: inOctets * 8,
    outBps: outOctets * 8,
    ecnMarkedPerSecond: ecnMarked,
    pfcPauseRxPerSecond: pfcPauseRx,
    pfcPauseTxPerSecond: pfcPauseTx,
    inErrorsPerSecond: inErrors,
  };
}

/**
 * How far a counter went. One that fell has wrapped at 32 or 64 bits if it stood in the upper half of that range and
 * the way around is no longer than the port is fast; else its device started anew.
 *
 * @source RFC 2863 §3.1.6: Counter32 and Counter64 wrap; a discontinuity makes the difference meaningless
 */
function growth(before: number, after: number, most: number): number | undefined {
  if (after >= before) return after - before;
  for (const range of [2 ** 32, 2 ** 64]) {
    const around = range - before + after;
    if (before < range && before >= range / 2 && around <= most) return around;
  }
  return undefined;
}
