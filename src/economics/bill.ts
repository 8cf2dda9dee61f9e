import { splitExactly, type MicroDollars } from "#model/money.ts";
import type { CostReport, CostRow } from "./cost.ts";

const msPerHour = 3_600_000n;

export interface BilledRow {
  readonly row: CostRow;
  readonly billedCost: MicroDollars;
}

/**
 * Amounts of a charge period at the rates of one report. `since` is when these rates began: amounts are differences
 * of running totals counted from there, so that a period cut anywhere gives parts that sum to the whole, and the rows
 * of each period sum to its total. Times are whole milliseconds; a period that runs backwards bills nothing.
 */
export function billPeriod(report: CostReport, since: number, from: number, to: number): BilledRow[] {
  const sound = [since, from, to].every(Number.isSafeInteger) && since <= from && from <= to;
  if (!sound) return report.rows.map((row) => ({ row, billedCost: 0n }));
  const start = runningTotals(report, BigInt(from - since));
  const end = runningTotals(report, BigInt(to - since));
  return report.rows.map((row, index) => ({ row, billedCost: (end[index] ?? 0n) - (start[index] ?? 0n) }));
}

function runningTotals(report: CostReport, elapsedMs: bigint): MicroDollars[] {
  const total = (report.totalPerHour * elapsedMs) / msPerHour;
  return splitExactly(
    total,
    report.rows.map((row) => row.perHour),
  );
}
