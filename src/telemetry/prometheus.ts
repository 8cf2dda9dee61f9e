import type { Figure } from "#model/money.ts";
import type { CounterRate } from "./counters.ts";

interface Metric {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | bigint;
}

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly metrics: readonly Metric[];
}

/**
 * Prometheus' text format. Names that it does not allow are made to fit; of two metrics with one name and the same
 * labels the first stays. Families and metrics come in the order given.
 *
 * @source Prometheus, Exposition formats: text-based format 0.0.4
 */
export function renderMetrics(families: readonly MetricFamily[]): string {
  const seen = new Set<string>();
  const blocks = merge(families).map(({ name, help, type, metrics }) => {
    const rows = metrics.flatMap((metric) => {
      const series = `${name}${labelText(metric.labels)}`;
      if (seen.has(series)) return [];
      seen.add(series);
      return [`${series} ${valueText(metric.value)}`];
    });
    return [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${type}`,
      ...rows,
    ].join("\n");
  });
  return blocks.map((block) => `${block}\n`).join("");
}

/** One family per name: all its lines must stand together. */
function merge(families: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map<string, MetricFamily>();
  for (const family of families) {
    const name = soundName(family.name, /[^a-zA-Z0-9_:]/g);
    const known = byName.get(name);
    byName.set(
      name,
      known === undefined ? { ...family, name } : { ...known, metrics: [...known.metrics, ...family.metrics] },
    );
  }
  return [...byName.values()];
}

const soundName = (name: string, wrong: RegExp): string => {
  const clean = name.replace(wrong, "_");
  return /^[0-9]|^$/.test(clean) ? `_${clean}` : clean;
};

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = new Map<string, string>();
  for (const [name, value] of Object.entries(labels)) pairs.set(soundName(name, /[^a-zA-Z0-9_]/g), escapeLabel(value));
  if (pairs.size === 0) return "";
  return `{${[...pairs]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value}"`)
    .join(",")}}`;
}

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function valueText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

/** Every figure as a gauge; money in dollars, as Prometheus' base units ask. */
export function figureMetrics(figures: readonly Figure[]): MetricFamily[] {
  const metrics = figures.map(({ name, value, unit, grade }): Metric => {
    const money = unit.startsWith("micro-dollars");
    return {
      labels: { figure: name, unit: money ? unit.replace("micro-dollars", "dollars") : unit, grade },
      value: money ? Number(value) / 1e6 : value,
    };
  });
  return [
    {
      name: "heddle_figure",
      help: "A figure of the factory's economics, with its unit and grade.",
      type: "gauge",
      metrics,
    },
  ];
}

/** The newest rates of interfaces. */
export function rateMetrics(rates: readonly CounterRate[]): MetricFamily[] {
  const family = (name: string, help: string, value: (rate: CounterRate) => number): MetricFamily => ({
    name: `heddle_interface_${name}`,
    help,
    type: "gauge",
    metrics: rates.map((rate) => ({ labels: { device: rate.device, interface: rate.interface }, value: value(rate) })),
  });
  return [
    family("receive_bits_per_second", "Received, from the device's counters.", (rate) => rate.inBps),
    family("transmit_bits_per_second", "Sent, from the device's counters.", (rate) => rate.outBps),
    family("ecn_marked_per_second", "Packets marked with congestion experienced.", (rate) => rate.ecnMarkedPerSecond),
    family("pfc_pause_received_per_second", "Priority pause frames received.", (rate) => rate.pfcPauseRxPerSecond),
    family("pfc_pause_sent_per_second", "Priority pause frames sent.", (rate) => rate.pfcPauseTxPerSecond),
    family("receive_errors_per_second", "Frames received in error.", (rate) => rate.inErrorsPerSecond),
  ];
}
