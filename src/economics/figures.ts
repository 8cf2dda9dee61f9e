import { formatDollars, weakest, type Figure, type Grade, type MicroDollars } from "#model/money.ts";
import { networkPools, pools, type Asset, type Pool } from "./assets.ts";
import type { AssetClass, PriceBook, PriceEntry, SiteKey } from "./price-entry.ts";

/** What figures of a report are made from, without the figures themselves. */
export interface CostBasis {
  readonly totalPerHour: MicroDollars;
  readonly pools: Readonly<Record<Pool, MicroDollars>>;
  readonly tenants: readonly {
    readonly tenant: string;
    readonly gpus: number;
    readonly perHour: MicroDollars;
    readonly networkPerHour: MicroDollars;
    readonly pools: Readonly<Partial<Record<Pool, MicroDollars>>>;
  }[];
  readonly idle: { readonly freeHostsPerHour: MicroDollars; readonly networkPerHour: MicroDollars };
  readonly unattributedPerHour: MicroDollars;
  readonly platformPerHour: MicroDollars;
  readonly gpus: number;
  readonly perGpuHour: MicroDollars;
  readonly networkPerGpuHour: MicroDollars;
}

type Input = Figure["inputs"][number];

/** An input that is itself a figure of the same set. */
const inputOf = (figure: Figure): Input => ({
  name: figure.name,
  value: typeof figure.value === "bigint" ? formatDollars(figure.value, 6) : String(figure.value),
  grade: figure.grade,
  source: `figure:${figure.name}`,
});

/** Dollars per hour made from other figures. */
export const derivedFigure = (
  name: string,
  value: bigint | number,
  unit: string,
  formula: string,
  from: readonly Figure[],
): Figure => ({
  name,
  value,
  unit,
  grade: weakest([...from.map((one) => one.grade), "derived"]),
  formula,
  inputs: from.map(inputOf),
});

/** All figures of a cost report: site, prices, pools, totals, tenants; each names the figures it stands on. */
export function costFigures(basis: CostBasis, assets: readonly Asset[], book: PriceBook): Figure[] {
  const site = siteFigures(book);
  const prices = priceFigures(assets, book);
  const byPool = poolFigures(basis, assets, prices, site);
  const poolList = [...byPool.values()];
  const total = derivedFigure("cost/total", basis.totalPerHour, "micro-dollars/h", "sum of pools", poolList);
  const gpus = countFigure("fabric/gpus", basis.gpus, "GPUs");
  const network = derivedFigure(
    "cost/network",
    networkPools.reduce((all, pool) => all + basis.pools[pool], 0n),
    "micro-dollars/h",
    "fabric.leaf + fabric.spine + fabric.optics + energy.network",
    networkPools.flatMap((pool) => byPool.get(pool) ?? []),
  );
  return [
    ...site,
    ...prices.values(),
    ...poolList,
    gpus,
    total,
    network,
    derivedFigure("cost/per-gpu-hour", basis.perGpuHour, "micro-dollars/GPU-hour", "cost/total / fabric/gpus", [
      total,
      gpus,
    ]),
    derivedFigure(
      "cost/network-per-gpu-hour",
      basis.networkPerGpuHour,
      "micro-dollars/GPU-hour",
      "cost/network / fabric/gpus",
      [network, gpus],
    ),
    ...ownerFigures(basis, byPool),
  ];
}

const countFigure = (name: string, value: number, unit: string): Figure => ({
  name,
  value,
  unit,
  grade: "derived",
  formula: "counted",
  inputs: [{ name, value: String(value), grade: "derived", source: "fabric" }],
});

function siteFigures(book: PriceBook): Figure[] {
  const units: Readonly<Record<SiteKey, string>> = {
    tariffPerKwh: "$/kWh",
    pue: "1",
    facilityPerKw: "$/kW",
    facilityLifeYears: "years",
    operationsPerHostYear: "$/host/year",
    operationsPerSwitchYear: "$/switch/year",
  };
  return Object.entries(book.site).map(([key, figure]) => ({
    name: `site/${key}`,
    value: figure.value,
    unit: units[key as SiteKey], // keys of Site
    grade: figure.grade,
    formula: "price book",
    inputs: [{ name: key, value: String(figure.value), grade: figure.grade, source: sourceOf(figure) }],
  }));
}

const sourceOf = (row: { readonly source: string; readonly date: string; readonly line?: number }): string =>
  `${row.source} (${row.date}${row.line === undefined ? "" : `, price book line ${row.line}`})`;

function priceFigures(assets: readonly Asset[], book: PriceBook): Map<string, Figure> {
  const grades = new Map<string, Grade>();
  for (const asset of assets) {
    const key = `${asset.kind}/${asset.priceKey}`;
    grades.set(key, weakest([grades.get(key) ?? "measured", asset.grade]));
  }
  const figures = new Map<string, Figure>();
  for (const [key, grade] of grades) {
    const [kind, ...rest] = key.split("/");
    const entry = book.prices[kind as AssetClass][rest.join("/")]; // keys were made from asset classes above
    if (entry !== undefined) figures.set(key, priceFigure(`price/${key}`, entry, grade));
  }
  return figures;
}

function priceFigure(name: string, entry: PriceEntry, standing: Grade): Figure {
  const grade = weakest([entry.grade, standing]);
  const rows: readonly (readonly [string, string, boolean])[] = [
    ["price", formatDollars(entry.price), true],
    ["price per Gbps", formatDollars(entry.perGbps, 4), entry.perGbps > 0n],
    ["price per metre", formatDollars(entry.perMetre), entry.perMetre > 0n],
    ["life", `${entry.lifeYears} years`, true],
    ["salvage", `${entry.salvagePercent} %`, entry.salvagePercent > 0],
    ["power", `${entry.watts} W`, entry.watts > 0],
    ["power per Gbps", `${entry.wattsPerGbps} W`, entry.wattsPerGbps > 0],
    ["support and spares", `${entry.opexPercentPerYear} % a year`, entry.opexPercentPerYear > 0],
  ];
  const source = sourceOf(entry);
  return {
    name,
    value: entry.price,
    unit: "micro-dollars",
    grade,
    formula: "price book",
    inputs: rows.filter(([, , there]) => there).map(([name, value]) => ({ name, value, grade, source })),
  };
}

function poolFigures(
  basis: CostBasis,
  assets: readonly Asset[],
  prices: ReadonlyMap<string, Figure>,
  site: readonly Figure[],
): Map<Pool, Figure> {
  const counts = new Map<Pool, Map<string, number>>();
  for (const asset of assets)
    for (const [pool, rate] of asset.rates) {
      if (rate === 0n) continue;
      let table = counts.get(pool);
      if (table === undefined) counts.set(pool, (table = new Map<string, number>()));
      const key = `${asset.kind}/${asset.priceKey}`;
      table.set(key, (table.get(key) ?? 0) + 1);
    }
  const figures = new Map<Pool, Figure>();
  for (const pool of pools) {
    const table = counts.get(pool);
    if (table === undefined) continue;
    const inputs = [...table].flatMap(([key, count]) => {
      const price = prices.get(key);
      return price === undefined ? [] : [{ ...inputOf(price), name: `${count} x ${key}` }];
    });
    const used = site.filter((one) => sitePools[pool]?.includes(one.name));
    figures.set(pool, {
      name: `pool/${pool}`,
      value: basis.pools[pool],
      unit: "micro-dollars/h",
      grade: weakest([...inputs.map((one) => one.grade), ...used.map((one) => one.grade), "derived"]),
      formula: formulas[pool] ?? "sum of (price - salvage) / life",
      inputs: [...inputs, ...used.map(inputOf)],
    });
  }
  return figures;
}

const energy = ["site/tariffPerKwh", "site/pue"];
const sitePools: Partial<Record<Pool, readonly string[]>> = {
  "energy.compute": energy,
  "energy.network": energy,
  facility: ["site/facilityPerKw", "site/facilityLifeYears"],
  operations: ["site/operationsPerHostYear", "site/operationsPerSwitchYear"],
};
const formulas: Partial<Record<Pool, string>> = {
  "energy.compute": "sum of kW x PUE x tariff",
  "energy.network": "sum of kW x PUE x tariff",
  facility: "sum of kW x facility price per kW / facility life",
  operations: "staff per host and switch + support of the price",
};

function ownerFigures(basis: CostBasis, byPool: ReadonlyMap<Pool, Figure>): Figure[] {
  const all = [...byPool.values()];
  const row = (name: string, value: bigint, formula: string, from: readonly Figure[] = all) =>
    derivedFigure(name, value, "micro-dollars/h", formula, from);
  const tenants = basis.tenants.flatMap((one) => {
    const mine = Object.keys(one.pools).flatMap((pool) => byPool.get(pool as Pool) ?? []); // keys of pools
    const bill = row(
      `tenant/${one.tenant}`,
      one.perHour,
      "its hosts' pools + its guaranteed and used part of the network",
      mine,
    );
    const net = mine.filter((figure) => networkPools.some((pool) => figure.name === `pool/${pool}`));
    const network = row(
      `tenant/${one.tenant}/network`,
      one.networkPerHour,
      "its guaranteed and used part of each link and switch",
      net,
    );
    if (one.gpus === 0) return [bill, network];
    const gpus = countFigure(`tenant/${one.tenant}/gpus`, one.gpus, "GPUs");
    const each = (one.perHour + BigInt(one.gpus) / 2n) / BigInt(one.gpus);
    return [
      bill,
      network,
      gpus,
      derivedFigure(`tenant/${one.tenant}/per-gpu-hour`, each, "micro-dollars/GPU-hour", "bill / GPUs", [bill, gpus]),
    ];
  });
  return [
    ...tenants,
    row("idle/free-hosts", basis.idle.freeHostsPerHour, "pools of hosts that no tenant holds"),
    row("idle/network", basis.idle.networkPerHour, "compute network neither used nor guaranteed"),
    row("unattributed", basis.unattributedPerHour, "traffic and hosts without one clear owner"),
    row("platform", basis.platformPerHour, "storage, front end, out of band, management"),
  ];
}
