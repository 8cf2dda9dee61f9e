/** Integer micro-dollars. Money is never a floating-point number. */
export type MicroDollars = bigint;

/** How well a figure is known; a sum is as weak as its weakest part. */
export type Grade = "measured" | "derived" | "assumed";

/** One figure with all that it was made from, so that anyone can recompute it. */
export interface Figure {
  readonly name: string;
  /** Money in micro-dollars, or a plain quantity. */
  readonly value: bigint | number;
  readonly unit: string;
  readonly grade: Grade;
  /** In the words of the model: `switchCapex / lifeHours + watts * pue * tariff`. */
  readonly formula: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly value: string;
    readonly grade: Grade;
    readonly source: string;
  }[];
}

const weight: Readonly<Record<Grade, number>> = { measured: 0, derived: 1, assumed: 2 };
export const weakest = (grades: readonly Grade[]): Grade =>
  grades.reduce<Grade>((worst, grade) => (weight[grade] > weight[worst] ? grade : worst), "measured");

/** `$1,234.56`, with more digits when the amount is small; rounding is for show only. */
export function formatDollars(amount: MicroDollars, digits = 2): string {
  const negative = amount < 0n;
  const micros = negative ? -amount : amount;
  const unit = 10n ** BigInt(6 - digits);
  const rounded = (micros + unit / 2n) / unit;
  const scale = 10n ** BigInt(digits);
  const whole = (rounded / scale).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const fraction = (rounded % scale).toString().padStart(digits, "0");
  return `${negative ? "-" : ""}$${whole}${digits > 0 ? `.${fraction}` : ""}`;
}

/**
 * Splits an amount by weights so that the parts sum to it exactly: largest remainder, ties by position.
 * All weights zero: everything stays in the last part.
 */
export function splitExactly(amount: MicroDollars, weights: readonly bigint[]): MicroDollars[] {
  const total = weights.reduce((sum, one) => sum + one, 0n);
  if (weights.length === 0) return [];
  if (total === 0n) return weights.map((_, index) => (index === weights.length - 1 ? amount : 0n));
  const parts = weights.map((one) => (amount * one) / total);
  let rest = amount - parts.reduce((sum, part) => sum + part, 0n);
  const step = rest < 0n ? -1n : 1n;
  const abs = (value: bigint) => (value < 0n ? -value : value);
  const order = weights
    .map((one, index) => ({ index, remainder: abs((amount * one) % total) }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  for (const { index } of order) {
    if (rest === 0n) break;
    parts[index] = (parts[index] ?? 0n) + step;
    rest -= step;
  }
  return parts;
}
