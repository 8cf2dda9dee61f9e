import type { CounterSample } from "#model/counter-sample.ts";

/** A link of the virtual fabric with what it carries. */
interface SimulatedLink {
  readonly a: { readonly node: string; readonly port: string };
  readonly b: { readonly node: string; readonly port: string };
  readonly capacityBps: number;
  /** From `a` to `b`, and back. */
  readonly forwardBps: number;
  readonly backwardBps: number;
  readonly down?: boolean;
}

/** The loads of the fabric since a moment, until the next one's. */
export interface LoadPeriod {
  readonly since: number;
  readonly links: readonly SimulatedLink[];
}

/** Something put in on purpose: frames received in error at both ends of a link, from a moment on. */
interface SimulatedFault {
  readonly node: string;
  readonly port: string;
  readonly since: number;
  readonly errorsPerSecond: number;
}

export interface Simulation {
  /** In order of time. */
  readonly periods: readonly LoadPeriod[];
  readonly seed: number;
  readonly faults?: readonly SimulatedFault[];
}

/** A slow swing of the rate, so that counters look alive: 5 % up and down in half a minute. */
const swing = 0.05;
const periodMs = 30_000;
/** From this utilisation on switches mark; from the second on they pause. Bits per mark and per pause frame. */
const ecnFrom = 0.85;
const pauseFrom = 0.97;
const bitsPerMark = 8e6;
const bitsPerPause = 64e6;

/**
 * Counters of all interfaces of a device at a time: the exact integral of the modelled rates, rounded down to octets.
 * Both ends of a link agree: what one sent the other received. Same input, same counters; later is never less.
 */
export function simulateCounters(simulation: Simulation, device: string, at: number): CounterSample[] {
  const totals = new Map<string, { out: number; in: number; marks: number; pauses: number }>();
  for (const [index, period] of simulation.periods.entries()) {
    const until = Math.min(at, simulation.periods[index + 1]?.since ?? at);
    for (const link of linksAt(period, device)) {
      const end = link.a.node === device ? link.a : link.b.node === device ? link.b : undefined;
      if (end === undefined) continue;
      const total = totals.get(end.port) ?? { out: 0, in: 0, marks: 0, pauses: 0 };
      totals.set(end.port, total);
      if (until <= period.since || link.down === true) continue;
      const [outBps, inBps] =
        end === link.a ? [link.forwardBps, link.backwardBps] : [link.backwardBps, link.forwardBps];
      const elapsed = (until - period.since) / 1_000;
      const phase = phaseOf(link, simulation.seed);
      total.out += carried(outBps, link.capacityBps, period.since, until, phase) / 8;
      total.in += carried(inBps, link.capacityBps, period.since, until, phase) / 8;
      total.marks += (above(outBps, link.capacityBps, ecnFrom) * elapsed) / bitsPerMark;
      total.pauses += (above(inBps, link.capacityBps, pauseFrom) * elapsed) / bitsPerPause;
    }
  }
  return [...totals].map(([port, total]) => ({
    device,
    interface: port,
    at,
    inOctets: Math.floor(total.in),
    outOctets: Math.floor(total.out),
    ecnMarked: Math.floor(total.marks),
    pfcPauseRx: 0,
    pfcPauseTx: Math.floor(total.pauses),
    inErrors: errorsOf(simulation, device, port, at),
  }));
}

const byDevice = new WeakMap<LoadPeriod, Map<string, SimulatedLink[]>>();

/** A device's own links of a period; sorted out once, as devices are asked every second. */
function linksAt(period: LoadPeriod, device: string): readonly SimulatedLink[] {
  let table = byDevice.get(period);
  if (table === undefined) {
    byDevice.set(period, (table = new Map<string, SimulatedLink[]>()));
    for (const link of period.links)
      for (const { node } of link.a.node === link.b.node ? [link.a] : [link.a, link.b]) {
        const list = table.get(node);
        if (list === undefined) table.set(node, [link]);
        else list.push(link);
      }
  }
  return table.get(device) ?? [];
}

/** Bits carried between two moments: the integral of rate x (1 + swing x sin). The swing never passes the capacity. */
function carried(bps: number, capacityBps: number, from: number, to: number, phase: number): number {
  if (!(bps > 0) || !(capacityBps > 0)) return 0;
  const rate = Math.min(bps, capacityBps);
  const depth = Math.min(swing, capacityBps / rate - 1);
  const angle = (2 * Math.PI) / periodMs;
  // Angles are taken within one period: large times keep their precision.
  const turn = (at: number) => Math.cos(angle * (at % periodMs) + phase);
  const milliseconds = to - from - (depth / angle) * (turn(to) - turn(from));
  return (rate * milliseconds) / 1_000;
}

const above = (bps: number, capacityBps: number, from: number): number =>
  Math.max(0, Math.min(bps, capacityBps) - capacityBps * from) || 0;

const errorsOf = ({ faults = [] }: Simulation, device: string, port: string, at: number): number =>
  faults
    .filter((fault) => fault.node === device && fault.port === port && at > fault.since && fault.errorsPerSecond > 0)
    .reduce((sum, fault) => sum + Math.floor(((at - fault.since) * fault.errorsPerSecond) / 1_000), 0);

/** A link's own place in the swing, from its name and the seed. FNV-1a. @source Fowler, Noll, Vo: 32-bit FNV-1a */
function phaseOf(link: SimulatedLink, seed: number): number {
  let hash = (2_166_136_261 ^ Math.trunc(seed)) >>> 0;
  for (const letter of `${link.a.node}:${link.a.port}--${link.b.node}:${link.b.port}`) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  }
  return (hash / 2 ** 32) * 2 * Math.PI;
}
