import type { Price } from "#model/change.ts";
import type { Fabric } from "#model/fabric.ts";
import { formatDollars, weakest, type Figure, type MicroDollars } from "#model/money.ts";
import type { Tenant } from "#model/tenant.ts";
import { pools } from "./assets.ts";
import { costOf, type CostOptions, type CostReport, type TenantCost } from "./cost.ts";
import type { PriceBook } from "./price-entry.ts";

interface PricedWorld extends CostOptions {
  readonly fabric: Fabric;
  readonly tenants: readonly Tenant[];
}

/** The price of going from one world to another: what each side pays per hour, before and after. */
export function priceChange(before: PricedWorld, after: PricedWorld, book: PriceBook): Price {
  const old = costOf(before.fabric, before.tenants, book, before);
  const next = costOf(after.fabric, after.tenants, book, after);
  return priceReports(old, next, changedTenants(before.tenants, after.tenants));
}

/** Tenants that a change is about: new, gone, or with other hosts or guarantees. */
export function changedTenants(before: readonly Tenant[], after: readonly Tenant[]): string[] {
  const key = (tenant: Tenant | undefined) =>
    tenant === undefined ? "" : `${tenant.guaranteedBps}|${tenant.hosts.toSorted().join(",")}`;
  const old = new Map(before.map((tenant) => [tenant.name, tenant]));
  const next = new Map(after.map((tenant) => [tenant.name, tenant]));
  const names = [...new Set([...old.keys(), ...next.keys()])];
  return names.filter((name) => key(old.get(name)) !== key(next.get(name)));
}

/** The same from two cost reports; `about` are the tenants that the change is for. */
export function priceReports(before: CostReport, after: CostReport, about: readonly string[]): Price {
  const old = new Map(before.tenants.map((one) => [one.tenant, one]));
  const next = new Map(after.tenants.map((one) => [one.tenant, one]));
  const names = [...new Set([...old.keys(), ...next.keys()])];
  const bills = names.map((name) => ({ name, before: old.get(name), after: next.get(name) }));
  const tenant = bills.filter(({ name }) => about.includes(name)).flatMap((one) => tenantFigures(one, before, after));
  const others = bills
    .filter(
      ({ name, before, after }) =>
        !about.includes(name) && !isRounding((after?.perHour ?? 0n) - (before?.perHour ?? 0n)),
    )
    .map(({ name, before: was, after: is }) => delta(`tenant/${name}`, was?.perHour, is?.perHour, before, after));
  const operator = [
    delta("cost/total", before.totalPerHour, after.totalPerHour, before, after),
    delta("idle/free-hosts", before.idle.freeHostsPerHour, after.idle.freeHostsPerHour, before, after),
    delta("idle/network", before.idle.networkPerHour, after.idle.networkPerHour, before, after),
    delta("platform", before.platformPerHour, after.platformPerHour, before, after),
    delta("unattributed", before.unattributedPerHour, after.unattributedPerHour, before, after),
  ].filter((figure) => figure.name === "cost/total/change" || figure.value !== 0n);
  return { tenant, others, operator, summary: summaryOf(bills, about, before, after) };
}

interface Bill {
  readonly name: string;
  readonly before: TenantCost | undefined;
  readonly after: TenantCost | undefined;
}

function tenantFigures({ name, before: was, after: is }: Bill, before: CostReport, after: CostReport): Figure[] {
  const figures = [
    delta(`tenant/${name}`, was?.perHour, is?.perHour, before, after),
    delta(`tenant/${name}/network`, was?.networkPerHour, is?.networkPerHour, before, after),
  ];
  const each = after.figures.find((one) => one.name === `tenant/${name}/per-gpu-hour`);
  return each === undefined ? figures : [...figures, each];
}

/** Rate after less rate before, with both as inputs. */
function delta(
  name: string,
  was: MicroDollars = 0n,
  is: MicroDollars = 0n,
  before: CostReport,
  after: CostReport,
): Figure {
  const grade = weakest([before.grade, after.grade, "derived"]);
  const input = (when: string, value: MicroDollars) => ({
    name: `${name} ${when}`,
    value: `${formatDollars(value, 6)}/h`,
    grade,
    source: `figure:${name}`,
  });
  return {
    name: `${name}/change`,
    value: is - was,
    unit: "micro-dollars/h",
    grade,
    formula: "after - before",
    inputs: [input("before", was), input("after", is)],
  };
}

/** `+$41.20/h`, always with its sign; what rounds to nothing is `+$0.00/h`. */
export const signed = (amount: MicroDollars): string =>
  amount < 0n && amount > -5_000n ? "+$0.00/h" : `${amount < 0n ? "" : "+"}${formatDollars(amount)}/h`;

/** A micro-dollar per pool may change sides when the others' weights change: that is nobody's price. */
const isRounding = (amount: MicroDollars): boolean => amount <= BigInt(pools.length) && amount >= -BigInt(pools.length);

function summaryOf(bills: readonly Bill[], about: readonly string[], before: CostReport, after: CostReport): string {
  const change = ({ before: was, after: is }: Bill) => (is?.perHour ?? 0n) - (was?.perHour ?? 0n);
  const mine = bills
    .filter(({ name }) => about.includes(name))
    .map((bill) => `${signed(change(bill))} for ${bill.name}`);
  const others = bills.filter(({ name }) => !about.includes(name)).reduce((all, bill) => all + change(bill), 0n);
  const idle = (report: CostReport) => report.idle.freeHostsPerHour + report.idle.networkPerHour;
  const total = after.totalPerHour - before.totalPerHour;
  return [
    ...(mine.length === 0 ? ["no tenant's bill is asked to change"] : mine),
    `others ${signed(others)}`,
    `idle ${signed(idle(after) - idle(before))}`,
    ...(total === 0n ? [] : [`factory ${signed(total)}`]),
  ].join("; ");
}
