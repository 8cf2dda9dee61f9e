import type { CounterRate } from "./counters.ts";

type AnomalyKind = "link-flap" | "error-rate" | "pause-storm" | "ecn-rise" | "high-utilisation";

/** Something that is wrong with an interface, since when, and by how much. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly device: string;
  readonly interface: string;
  /** Milliseconds since 1970: the first sample of the unbroken run that is still on. */
  readonly onset: number;
  readonly value: number;
  /** What is usual here: the median of the time before. */
  readonly usual: number;
  readonly unit: string;
  readonly message: string;
}

export interface LinkEvent {
  readonly device: string;
  readonly interface: string;
  readonly at: number;
  readonly up: boolean;
}

interface Rule {
  readonly kind: AnomalyKind;
  readonly what: string;
  readonly unit: string;
  /** Never raised at or below this, however quiet it was before. */
  readonly floor: number;
  readonly value: (rate: CounterRate, speedBps: number) => number;
}

const rules: readonly Rule[] = [
  { kind: "error-rate", what: "input errors", unit: "1/s", floor: 1, value: (rate) => rate.inErrorsPerSecond },
  {
    kind: "pause-storm",
    what: "PFC pause frames",
    unit: "1/s",
    floor: 1_000,
    value: (rate) => rate.pfcPauseRxPerSecond + rate.pfcPauseTxPerSecond,
  },
  { kind: "ecn-rise", what: "ECN marks", unit: "1/s", floor: 100, value: (rate) => rate.ecnMarkedPerSecond },
  {
    kind: "high-utilisation",
    what: "utilisation",
    unit: "of capacity",
    floor: 0.9,
    value: (rate, speedBps) => (speedBps > 0 ? Math.max(rate.inBps, rate.outBps) / speedBps : 0),
  },
];

/** Samples in a row that must be unusual before it counts. */
const confirm = 3;
/** Deviations from the median that are unusual; the median absolute deviation times 1.4826 is one. */
const deviations = 6;

/**
 * What is unusual now on one interface, from its rates, oldest first. Usual is the median of the run's past; a value
 * is unusual when it is above the floor and six robust deviations above usual, or when it never was usual at all.
 */
export function detectAnomalies(series: readonly CounterRate[], speedBps: number): Anomaly[] {
  const last = series.at(-1);
  if (last === undefined || series.length < confirm) return [];
  return rules.flatMap((rule) => {
    const values = series.map((rate) => rule.value(rate, speedBps));
    const { onset, usual } = findOnset(values, rule.floor);
    const start = onset === undefined ? undefined : series[onset];
    const value = values.at(-1) ?? 0;
    if (start === undefined) return [];
    const message = `${rule.what} ${show(value)} ${rule.unit}, usually ${show(usual)}`;
    return [
      {
        kind: rule.kind,
        device: last.device,
        interface: last.interface,
        onset: start.at,
        value,
        usual,
        unit: rule.unit,
        message,
      },
    ];
  });
}

/**
 * Index where the run of unusual values that is still on began, and what was usual before it. The baseline is the
 * first third, at least five values, so that a long anomaly does not become its own baseline.
 */
export function findOnset(
  values: readonly number[],
  floor: number,
): { readonly onset?: number; readonly usual: number } {
  const baseline = values.slice(0, Math.max(5, Math.floor(values.length / 3)));
  const usual = median(baseline);
  const spread = 1.4826 * median(baseline.map((value) => Math.abs(value - usual)));
  const threshold = usual > floor ? floor : Math.max(floor, usual + deviations * spread);
  let onset = values.length;
  while (onset > 0 && (values[onset - 1] ?? 0) > threshold) onset -= 1;
  return values.length - onset >= confirm ? { onset, usual: onset === 0 ? 0 : usual } : { usual };
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Interfaces that went down at least `times` within the window before `now`; the onset is the first of these. */
export function detectFlaps(events: readonly LinkEvent[], now: number, windowMs = 600_000, times = 3): Anomaly[] {
  const byInterface = new Map<string, LinkEvent[]>();
  for (const event of events) {
    const key = `${event.device} ${event.interface}`;
    const list = byInterface.get(key);
    if (list === undefined) byInterface.set(key, [event]);
    else list.push(event);
  }
  return [...byInterface.values()].flatMap((list) => {
    const falls = fallsOf(list).filter((at) => at <= now && at > now - windowMs);
    const [first] = list;
    const onset = falls[0];
    if (first === undefined || onset === undefined || falls.length < times) return [];
    const { device, interface: name } = first;
    return [
      {
        kind: "link-flap" as const,
        device,
        interface: name,
        onset,
        value: falls.length,
        usual: 0,
        unit: `in ${windowMs / 60_000} min`,
        message: `went down ${falls.length} times in ${windowMs / 60_000} minutes`,
      },
    ];
  });
}

/** Times at which a link went from up (or unknown) to down; repeated reports of one state count once. */
function fallsOf(events: readonly LinkEvent[]): number[] {
  let up = true;
  const falls: number[] = [];
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    if (up && !event.up) falls.push(event.at);
    up = event.up;
  }
  return falls;
}

const show = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toFixed(2));
