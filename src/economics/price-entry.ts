import type { Grade, MicroDollars } from "#model/money.ts";

/** What can be priced. `storage` is a storage host; optics count per piece, cables per link. */
export const assetClasses = ["gpu", "host", "nic", "switch", "optic", "cable", "storage"] as const;
export type AssetClass = (typeof assetClasses)[number];

/**
 * The price of one kind of thing, and what it costs to own. `perGbps` and `perMetre` add to `price` by the rate of
 * the port or link and the length of the cable, so that one row can stand for a family.
 */
export interface PriceEntry {
  readonly price: MicroDollars;
  readonly perGbps: MicroDollars;
  readonly perMetre: MicroDollars;
  /** Of the price, when its life is over. */
  readonly salvagePercent: number;
  readonly lifeYears: number;
  /** Drawn by the thing itself, before PUE. */
  readonly watts: number;
  readonly wattsPerGbps: number;
  /** Support, spares and repair, of the price. */
  readonly opexPercentPerYear: number;
  readonly grade: Grade;
  readonly source: string;
  /** Day of the figure, `2024-08-01`. */
  readonly date: string;
  /** Where the price book says so; absent in the shipped one. */
  readonly line?: number;
}

/** One plain number of the site with where it comes from. */
export interface SiteFigure {
  readonly value: number;
  readonly grade: Grade;
  readonly source: string;
  readonly date: string;
  readonly line?: number;
}

export interface Site {
  /** Dollars per kWh. */
  readonly tariffPerKwh: SiteFigure;
  /** Power usage effectiveness: site power over power of the machines. */
  readonly pue: SiteFigure;
  /** Dollars to build one kW of critical load. */
  readonly facilityPerKw: SiteFigure;
  readonly facilityLifeYears: SiteFigure;
  /** Dollars of staff and software per host and year, and per switch and year. */
  readonly operationsPerHostYear: SiteFigure;
  readonly operationsPerSwitchYear: SiteFigure;
}
export type SiteKey = keyof Site;

export interface PriceBook {
  readonly name: string;
  readonly currency: "USD";
  readonly site: Site;
  /** By class, then by catalogue key; `default` stands for what has no row of its own. */
  readonly prices: Readonly<Record<AssetClass, Readonly<Record<string, PriceEntry>>>>;
}

/** Hours of an average year, leap days included: 365.25 days. */
export const hoursPerYear = 8766;

/** Exact micro-dollars of an amount in dollars; what is finer is rounded. */
export const dollars = (amount: number): MicroDollars => BigInt(Math.round(amount * 1e6));

/** An entry, and whether it is the thing's own row or one that stands in for it. */
export interface FoundPrice {
  readonly entry: PriceEntry;
  /** Key of the row that answered. */
  readonly key: string;
  readonly exact: boolean;
}

/**
 * The row for a thing: its own key, else the keys it may be called by, else the class's default.
 * A stand-in is graded `assumed` whatever its row says.
 */
export function findPrice(
  book: PriceBook,
  kind: AssetClass,
  keys: readonly (string | undefined)[],
): FoundPrice | undefined {
  const rows = book.prices[kind];
  for (const [index, key] of keys.entries()) {
    if (key === undefined || !Object.hasOwn(rows, key)) continue;
    const entry = rows[key];
    if (entry !== undefined) return index === 0 ? { entry, key, exact: true } : standIn(entry, key);
  }
  const entry = Object.hasOwn(rows, "default") ? rows["default"] : undefined;
  return entry && standIn(entry, "default");
}

const standIn = (entry: PriceEntry, key: string): FoundPrice => ({
  entry: { ...entry, grade: "assumed" },
  key,
  exact: false,
});
