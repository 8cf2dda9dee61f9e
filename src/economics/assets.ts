import type { Fabric, Host, Link, Switch } from "#model/fabric.ts";
import { linkId } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { weakest, type Grade } from "#model/money.ts";
import { findPrice, hoursPerYear, type AssetClass, type FoundPrice, type PriceBook } from "./price-entry.ts";

/** Where money goes. `operations` is staff, support and spares; `facility` is building, power and cooling plant. */
export const pools = [
  "gpu",
  "host",
  "nic",
  "fabric.leaf",
  "fabric.spine",
  "fabric.optics",
  "energy.compute",
  "energy.network",
  "storage",
  "facility",
  "operations",
] as const;
export type Pool = (typeof pools)[number];

/** The network's own pools; NICs are told apart, as they come inside the server's price. */
export const networkPools: readonly Pool[] = ["fabric.leaf", "fabric.spine", "fabric.optics", "energy.network"];

/** Fine units in one micro-dollar: rates are rounded to micro-dollars once, at the end. */
export const fine = 10n ** 12n;

/** One thing that costs, with its rate per hour in fine units, by pool. */
export interface Asset {
  readonly id: string;
  readonly kind: AssetClass;
  /** Row of the price book that it was priced by. */
  readonly priceKey: string;
  readonly owner: { readonly kind: "host" | "switch" | "link"; readonly id: string };
  readonly rates: ReadonlyMap<Pool, bigint>;
  readonly watts: number;
  readonly grade: Grade;
}

interface Thing {
  readonly id: string;
  readonly kind: AssetClass;
  readonly keys: readonly (string | undefined)[];
  readonly gbps: number;
  readonly metres: number;
  readonly owner: Asset["owner"];
  readonly capital: Pool;
  readonly energy: Pool;
  /** Dollars of staff a year. */
  readonly staffPerYear: number;
}

/**
 * Everything of the fabric that has a price, each with its hourly rate:
 * (price - salvage) / life + watts x PUE x tariff + opex, and its watts' part of the building.
 * What has no row of its own is priced by its class and named in a finding, once per kind.
 */
export function priceAssets(
  fabric: Fabric,
  book: PriceBook,
): { readonly assets: readonly Asset[]; readonly findings: readonly Finding[] } {
  const findings = new Map<string, Finding>();
  const assets: Asset[] = [];
  for (const thing of thingsOf(fabric, book)) {
    const found = findPrice(book, thing.kind, thing.keys);
    if (found === undefined || !found.exact) noteHole(findings, thing, found);
    assets.push(assetOf(thing, found, book));
  }
  return { assets, findings: [...findings.values()] };
}

function* thingsOf(fabric: Fabric, book: PriceBook): Generator<Thing> {
  for (const host of Object.values(fabric.hosts)) yield* hostThings(host, book);
  const capacity = switchCapacity(fabric);
  for (const device of Object.values(fabric.switches)) yield switchThing(device, capacity.get(device.name) ?? 0, book);
  for (const link of fabric.links) yield* linkThings(link);
}

function* hostThings(host: Host, book: PriceBook): Generator<Thing> {
  const owner = { kind: "host", id: host.name } as const;
  const common = { owner, gbps: 0, metres: 0, energy: "energy.compute", staffPerYear: 0 } as const;
  const stores = host.role === "storage";
  yield {
    ...common,
    id: host.name,
    kind: stores ? "storage" : "host",
    keys: [host.model, stores ? undefined : host.role],
    capital: stores ? "storage" : "host",
    staffPerYear: book.site.operationsPerHostYear.value,
  };
  for (const gpu of host.gpus)
    yield { ...common, id: `${host.name}/gpu${gpu.index}`, kind: "gpu", keys: modelKeys(gpu.model), capital: "gpu" };
  for (const nic of host.nics) {
    if (nic.purpose === "outOfBand") continue; // on the mainboard: part of the host's price
    const gbps = positive(nic.speedBps) / 1e9;
    yield { ...common, id: `${host.name}/${nic.name}`, kind: "nic", keys: [nic.model], gbps, capital: "nic" };
  }
}

/** A GPU's model, then its family: `h100-sxm-80gb` is priced as `h100` where it has no row of its own. */
function modelKeys(model: string): readonly string[] {
  const lower = model.toLowerCase();
  const family = /(?:^|[^a-z0-9])((?:gb|h|b|a|mi)\d{2,3}x?)/.exec(lower)?.[1];
  return family === undefined || family === lower ? [model, lower] : [model, lower, family];
}

const switchThing = (device: Switch, gbps: number, book: PriceBook): Thing => ({
  id: device.name,
  kind: "switch",
  keys: [device.model],
  gbps,
  metres: 0,
  owner: { kind: "switch", id: device.name },
  capital: device.role === "spine" || device.role === "superSpine" ? "fabric.spine" : "fabric.leaf",
  energy: "energy.network",
  staffPerYear: book.site.operationsPerSwitchYear.value,
});

function* linkThings(link: Link): Generator<Thing> {
  const id = linkId(link);
  const common = {
    owner: { kind: "link", id },
    gbps: positive(link.speedBps) / 1e9,
    capital: "fabric.optics",
    energy: "energy.network",
    staffPerYear: 0,
  } as const;
  const cable = link.cable;
  yield { ...common, id, kind: "cable", keys: [cable?.kind], metres: positive(cable?.lengthMetres ?? 0) };
  const fibre = cable?.kind === "fibre-mm" || cable?.kind === "fibre-sm";
  if (cable?.opticA !== undefined || fibre)
    yield { ...common, id: `${id}/a`, kind: "optic", keys: [cable?.opticA], metres: 0 };
  if (cable?.opticB !== undefined || fibre)
    yield { ...common, id: `${id}/b`, kind: "optic", keys: [cable?.opticB], metres: 0 };
}

/** Rates of a network of unknown origin may be anything; what is no positive number counts as none. */
export const positive = (value: number): number => (Number.isFinite(value) && value > 0 ? value : 0);

function switchCapacity(fabric: Fabric): Map<string, number> {
  const gbps = new Map<string, number>();
  for (const link of fabric.links)
    for (const end of [link.a, link.b]) gbps.set(end.node, (gbps.get(end.node) ?? 0) + positive(link.speedBps) / 1e9);
  return gbps;
}

function assetOf(thing: Thing, found: FoundPrice | undefined, book: PriceBook): Asset {
  const rates = new Map<Pool, bigint>();
  const add = (pool: Pool, rate: bigint) => rates.set(pool, (rates.get(pool) ?? 0n) + rate);
  const base = { id: thing.id, kind: thing.kind, owner: thing.owner, rates };
  add("operations", yearly(thing.staffPerYear * 1e6));
  if (found === undefined) return { ...base, priceKey: "none", watts: 0, grade: "assumed" };
  const { entry } = found;
  const price = entry.price + times(entry.perGbps, thing.gbps) + times(entry.perMetre, thing.metres);
  const watts = entry.watts + entry.wattsPerGbps * thing.gbps;
  const { site } = book;
  add(thing.capital, straightLine(price, entry.salvagePercent, entry.lifeYears));
  add("operations", (yearly(Number(price)) * thousandths(entry.opexPercentPerYear)) / 100_000n);
  add(thing.energy, toFine((watts / 1_000) * site.pue.value * site.tariffPerKwh.value * 1e6));
  add(
    "facility",
    straightLine(BigInt(Math.round((watts / 1_000) * site.facilityPerKw.value * 1e6)), 0, site.facilityLifeYears.value),
  );
  const grade = weakest([entry.grade, site.pue.grade, site.tariffPerKwh.grade]);
  return { ...base, priceKey: found.key, watts, grade };
}

const thousandths = (value: number): bigint => BigInt(Math.round(value * 1_000));
const times = (amount: bigint, factor: number): bigint => (amount * BigInt(Math.round(factor * 1e6))) / 1_000_000n;
/** Micro-dollars as a plain number, small enough that its millionths are exact, in fine units. */
const toFine = (micros: number): bigint => BigInt(Math.round(micros * 1e6)) * (fine / 1_000_000n);
const yearly = (micros: number): bigint => (BigInt(Math.round(micros)) * fine) / BigInt(hoursPerYear);

function straightLine(price: bigint, salvagePercent: number, lifeYears: number): bigint {
  const lost = price * (100_000n - thousandths(salvagePercent)) * fine;
  return lost / (100n * BigInt(Math.max(1, Math.round(lifeYears * hoursPerYear * 1_000))));
}

function noteHole(findings: Map<string, Finding>, thing: Thing, found: FoundPrice | undefined): void {
  const wanted = thing.keys[0];
  const name = wanted ?? `${thing.kind} without a model`;
  const key = `${thing.kind}/${name}`;
  if (findings.has(key)) return;
  const where = { kind: "path", path: `/${thing.kind}/${wanted ?? "default"}` } as const;
  findings.set(
    key,
    found === undefined
      ? {
          code: "economics.no-price",
          severity: "error",
          message: `Nothing in the price book prices ${name} (first met: ${thing.id}); it counts as free of capital and power.`,
          where,
          remedy: `Add a row ${wanted ?? "default"}, or a default, to the section of every ${thing.kind}.`,
        }
      : {
          code: "economics.price-assumed",
          severity: "info",
          message: `No row for ${name} (first met: ${thing.id}); priced as "${found.key}" and graded assumed.`,
          where,
          remedy: "Add a row for it to the site's price book.",
        },
  );
}
