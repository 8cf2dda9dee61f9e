/** One line of the table. */
export interface Row {
  readonly what: string;
  /** On how much. */
  readonly size: string;
  readonly wallMs: number;
  /** User and system time of the process: what a busy machine doesn't change. */
  readonly cpuMs: number;
  /** What else was done with the same input in the same run, and how long that took. */
  readonly baseline?: { readonly what: string; readonly cpuMs: number };
  readonly note?: string;
}

export interface Timed<T> {
  readonly value: T;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export function timed<T>(run: () => T): Timed<T> {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  const value = run();
  const wallMs = performance.now() - wall;
  const used = process.cpuUsage(cpu);
  return { value, wallMs, cpuMs: (used.user + used.system) / 1000 };
}

/** The run in the middle, by CPU time. */
export function median<T>(times: number, run: () => T): Timed<T> {
  const all = Array.from({ length: times }, () => timed(run)).toSorted((a, b) => a.cpuMs - b.cpuMs);
  const middle = all[Math.floor(all.length / 2)];
  if (middle === undefined) throw new Error("a median of nothing");
  return middle;
}

export const row = (what: string, size: string, timing: Timed<unknown>, more: Partial<Row> = {}): Row => ({
  what,
  size,
  wallMs: timing.wallMs,
  cpuMs: timing.cpuMs,
  ...more,
});

export const megabytes = (text: string): string => `${(text.length / 1e6).toFixed(1)} MB`;
export const perSecond = (text: string, { cpuMs }: { readonly cpuMs: number }): string =>
  `${(text.length / 1e6 / (cpuMs / 1000)).toFixed(0)} MB/s`;
