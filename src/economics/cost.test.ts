import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MicroDollars } from "#model/money.ts";
import { pools } from "./assets.ts";
import { billPeriod } from "./bill.ts";
import { costOf, sumRows, type CostReport } from "./cost.ts";
import { explainFigure, formatExplained } from "./explain.ts";
import { linkId } from "#model/fabric.ts";
import { defaultPriceBook, parsePriceBook } from "./price-book.ts";
import type { PriceBook } from "./price-entry.ts";
import { smallFabric, tenantOf } from "./testing.ts";

const fabric = smallFabric({ hosts: 8, gpusPerHost: 4, hostsPerUnit: 4, spines: 2, uplinksPerSpine: 2 });
const hostNames = Object.keys(fabric.hosts);

/** Any share-out of the eight hosts among three tenants and nobody, any guarantee, any traffic. */
const scenario = fc.record({
  holders: fc.array(fc.constantFrom("", "acme", "globex", "initech"), { minLength: 8, maxLength: 8 }),
  guarantee: fc.array(fc.double({ min: 0, max: 900e9, noNaN: true }), { minLength: 3, maxLength: 3 }),
  traffic: fc.array(
    fc.record({
      link: fc.nat({ max: fabric.links.length - 1 }),
      tenant: fc.constantFrom("acme", "globex", "initech", "ghost"),
      bps: fc.oneof(fc.double({ min: 0, max: 500e9, noNaN: true }), fc.constantFrom(NaN, -1, Infinity)),
    }),
    { maxLength: 20 },
  ),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

const names = ["acme", "globex", "initech"];
const tenantsOf = ({ holders, guarantee }: Scenario) =>
  names.map((name, index) =>
    tenantOf(
      name,
      hostNames.filter((_, at) => holders[at] === name),
      guarantee[index] ?? 0,
    ),
  );
const usesOf = ({ traffic }: Scenario) =>
  traffic.flatMap(({ link, tenant, bps }) => {
    const one = fabric.links[link];
    return one === undefined ? [] : [{ link: linkId(one), byTenant: { [tenant]: bps } }];
  });

const doubled = (book: PriceBook): PriceBook => {
  const twice = Object.fromEntries(
    Object.entries(book.prices).map(([kind, rows]) => [
      kind,
      Object.fromEntries(
        Object.entries(rows).map(([key, row]) => [
          key,
          { ...row, price: row.price * 2n, perGbps: row.perGbps * 2n, perMetre: row.perMetre * 2n },
        ]),
      ),
    ]),
  ) as unknown as PriceBook["prices"]; // same keys as the book it was made from
  const two = (one: PriceBook["site"]["pue"]) => ({ ...one, value: one.value * 2 });
  const { site } = book;
  return {
    ...book,
    prices: twice,
    site: {
      ...site,
      tariffPerKwh: two(site.tariffPerKwh),
      facilityPerKw: two(site.facilityPerKw),
      operationsPerHostYear: two(site.operationsPerHostYear),
      operationsPerSwitchYear: two(site.operationsPerSwitchYear),
    },
  };
};

const far = (a: MicroDollars, b: MicroDollars) => (a > b ? a - b : b - a);
const bills = (report: CostReport) => new Map(report.tenants.map((one) => [one.tenant, one.perHour]));

describe("cost per hour", () => {
  it("bills + idle + unattributed + platform = total, per pool and to the micro-dollar", () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const report = costOf(fabric, tenantsOf(one), defaultPriceBook, { uses: usesOf(one) });
        for (const pool of pools)
          expect(sumRows(report.rows.filter((row) => row.pool === pool))).toBe(report.pools[pool]);
        const tenants = report.tenants.reduce((all, tenant) => all + tenant.perHour, 0n);
        expect(
          tenants +
            report.idle.freeHostsPerHour +
            report.idle.networkPerHour +
            report.unattributedPerHour +
            report.platformPerHour,
        ).toBe(report.totalPerHour);
        expect(pools.reduce((all, pool) => all + report.pools[pool], 0n)).toBe(report.totalPerHour);
        expect(report.rows.every((row) => row.perHour >= 0n)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("the total does not hang on who holds what", () => {
    const nobody = costOf(fabric, [], defaultPriceBook);
    fc.assert(
      fc.property(scenario, (one) => {
        expect(costOf(fabric, tenantsOf(one), defaultPriceBook, { uses: usesOf(one) }).pools).toEqual(nobody.pools);
      }),
      { numRuns: 20 },
    );
  });

  it("renaming tenants permutes their bills", () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const other: Readonly<Record<string, string>> = { acme: "zeta", globex: "alpha", initech: "mid" };
        const tenants = tenantsOf(one);
        const renamed = tenants.map((tenant) => ({ ...tenant, name: other[tenant.name] ?? "" }));
        const uses = usesOf(one);
        const renamedUses = uses.map((use) => ({
          ...use,
          byTenant: Object.fromEntries(Object.entries(use.byTenant).map(([name, bps]) => [other[name] ?? name, bps])),
        }));
        const before = bills(costOf(fabric, tenants, defaultPriceBook, { uses }));
        const after = bills(costOf(fabric, renamed, defaultPriceBook, { uses: renamedUses }));
        const holding = new Set(tenants.filter((tenant) => tenant.hosts.length > 0).map((tenant) => tenant.name));
        for (const [name, bill] of before)
          // Tenants without hosts share one place in the order of rounding: a micro-dollar per pool may change sides.
          expect(far(after.get(other[name] ?? "") ?? -1n, bill)).toBeLessThanOrEqual(holding.size === 3 ? 0n : 8n);
      }),
      { numRuns: 40 },
    );
  });

  it("twice the prices are twice the bills, but for the last micro-dollar of each row", () => {
    const book = doubled(defaultPriceBook);
    fc.assert(
      fc.property(scenario, (one) => {
        const once = costOf(fabric, tenantsOf(one), defaultPriceBook);
        const twice = costOf(fabric, tenantsOf(one), book);
        for (const pool of pools) expect(far(twice.pools[pool], once.pools[pool] * 2n)).toBeLessThanOrEqual(1n);
        for (const [name, bill] of bills(once))
          expect(far(bills(twice).get(name) ?? 0n, bill * 2n)).toBeLessThanOrEqual(3n * BigInt(pools.length));
      }),
      { numRuns: 20 },
    );
  });

  it("a tenant with no hosts and no traffic pays nothing", () => {
    const report = costOf(fabric, [tenantOf("acme", hostNames.slice(0, 4)), tenantOf("nothing", [])], defaultPriceBook);
    expect(report.tenants.find((one) => one.tenant === "nothing")?.perHour).toBe(0n);
    expect(report.tenants.find((one) => one.tenant === "acme")?.perHour).toBeGreaterThan(0n);
  });

  it("more bytes on a link never lower the use part", () => {
    const link = fabric.links[0];
    const id = link === undefined ? "" : linkId(link);
    const tenants = [tenantOf("acme", hostNames.slice(0, 4)), tenantOf("globex", hostNames.slice(4))];
    const usePart = (bps: number, other: number) =>
      sumRows(
        costOf(fabric, tenants, defaultPriceBook, {
          uses: [{ link: id, byTenant: { acme: bps, globex: other } }],
        }).rows.filter((row) => row.basis === "use" && row.owner.kind === "tenant" && row.owner.tenant === "acme"),
      );
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 600e9, noNaN: true }),
        fc.double({ min: 0, max: 600e9, noNaN: true }),
        fc.double({ min: 0, max: 300e9, noNaN: true }),
        (a, b, other) => {
          // Shares are cut to billionths and rows to micro-dollars.
          expect(usePart(Math.max(a, b), other) + 4n).toBeGreaterThanOrEqual(usePart(Math.min(a, b), other));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("hosts under one leaf per rail hold no spine; hosts in two units do", () => {
    const spineOf = (hosts: readonly string[]) =>
      costOf(fabric, [tenantOf("acme", hosts)], defaultPriceBook).tenants[0]?.pools["fabric.spine"] ?? 0n;
    // Rails meet at the spines, so even one host may use them: one NIC per leaf against the three others.
    const onePlace = spineOf(["h1"]);
    const twoUnits = spineOf(["h1", "h5"]);
    expect(far(twoUnits, onePlace * 2n)).toBeLessThanOrEqual(1n);
    const railOnly = smallFabric({ hosts: 8, gpusPerHost: 1, hostsPerUnit: 4, spines: 2 });
    const single = costOf(railOnly, [tenantOf("acme", ["h1", "h2"])], defaultPriceBook).tenants[0];
    expect(single?.pools["fabric.spine"] ?? 0n).toBe(0n);
  });

  it("a period cut anywhere sums to the whole, and every part to its rows", () => {
    const report = costOf(fabric, [tenantOf("acme", hostNames.slice(0, 3))], defaultPriceBook);
    const time = fc.nat({ max: 10_000_000 });
    fc.assert(
      fc.property(time, time, time, (a, b, c) => {
        const [from, cut, to] = [a, b, c].toSorted((x, y) => x - y) as [number, number, number]; // three in, three out
        const whole = billPeriod(report, 0, from, to);
        const first = billPeriod(report, 0, from, cut);
        const second = billPeriod(report, 0, cut, to);
        for (const [index, row] of whole.entries())
          expect((first[index]?.billedCost ?? 0n) + (second[index]?.billedCost ?? 0n)).toBe(row.billedCost);
        const total = (at: number) => (report.totalPerHour * BigInt(at)) / 3_600_000n;
        expect(whole.reduce((all, row) => all + row.billedCost, 0n)).toBe(total(to) - total(from));
      }),
      { numRuns: 50 },
    );
    expect(billPeriod(report, 0, 10, 5).every((row) => row.billedCost === 0n)).toBe(true);
    expect(billPeriod(report, 0, NaN, 5).every((row) => row.billedCost === 0n)).toBe(true);
  });

  it("jobs known: hosts without one are the tenant's reserved idle, at the same bill", () => {
    const tenants = [tenantOf("acme", ["h1", "h2"])];
    const known = costOf(fabric, tenants, defaultPriceBook, { workloads: [] });
    const blind = costOf(fabric, tenants, defaultPriceBook);
    expect(known.tenants[0]?.perHour).toBe(blind.tenants[0]?.perHour);
    expect(known.tenants[0]?.reservedIdlePerHour).toBeGreaterThan(0n);
    expect(blind.tenants[0]?.reservedIdlePerHour).toBe(0n);
  });

  it("names what cannot be decided and still conserves", () => {
    const report = costOf(
      fabric,
      [tenantOf("acme", ["h1", "nowhere"], NaN), tenantOf("globex", ["h1"], -5)],
      defaultPriceBook,
    );
    expect(report.findings.map((one) => one.code)).toEqual(
      expect.arrayContaining(["economics.bad-guarantee", "economics.unknown-host", "economics.host-twice"]),
    );
    expect(report.unattributedPerHour).toBeGreaterThan(0n);
    expect(sumRows(report.rows)).toBe(report.totalPerHour);
    const empty = costOf(smallFabric({ hosts: 0, gpusPerHost: 0, hostsPerUnit: 1, spines: 0 }), [], defaultPriceBook);
    expect(empty).toMatchObject({ totalPerHour: 0n, perGpuHour: 0n, networkShare: 0 });
    const wild = smallFabric({ hosts: 2, gpusPerHost: 1, hostsPerUnit: 1, spines: 1 });
    const speeds = [NaN, -1, Infinity, 1e300];
    const broken = {
      ...wild,
      links: wild.links.map((link, index) => Object.assign({}, link, { speedBps: speeds[index % 4] ?? 0 })),
    };
    const odd = costOf(broken, [tenantOf("acme", ["h1", "h2"], 1e308)], defaultPriceBook);
    expect(sumRows(odd.rows)).toBe(odd.totalPerHour);
    expect(Number.isFinite(odd.networkShare)).toBe(true);
  });

  it("a book with a hole names it, prices by the class and still conserves", () => {
    const gone = { ...defaultPriceBook, prices: { ...defaultPriceBook.prices, switch: {} } };
    const report = costOf(fabric, [], gone);
    expect(report.findings.filter((one) => one.code === "economics.no-price").length).toBe(2);
    expect(report.grade).toBe("assumed");
    expect(sumRows(report.rows)).toBe(report.totalPerHour);
    expect(costOf(fabric, [], defaultPriceBook).findings.map((one) => one.code)).toContain("economics.price-assumed");
  });
});

describe("published figures", () => {
  // 128 nodes at $310,000, 48 switches at $36,000, 2,048 links at $1,280, $50,000 a node of facility and operations;
  // four years; 1.73 kW a GPU all in, of which 12 % network; $0.078 a kWh.
  const watts = 1_730 * 8;
  const row = (usd: number, more = "") =>
    `{ usd: ${usd}, lifeYears: 4, ${more} source: sheet, date: 2024-08-01, grade: derived }`;
  const site = (value: number) => `{ value: ${value}, source: sheet, date: 2024-08-01, grade: derived }`;
  const golden = [
    "site:",
    `  tariffPerKwh: ${site(0.078)}`,
    `  pue: ${site(1)}`,
    `  facilityPerKw: ${site(0)}`,
    `  operationsPerHostYear: ${site(12_500)}`,
    `  operationsPerSwitchYear: ${site(0)}`,
    `hosts: { server: ${row(310_000, `watts: ${watts * 0.88},`)} }`,
    `gpus: { h100: ${row(0)} }`,
    `nics: { nic: ${row(0)} }`,
    `switches: { leaf-model: ${row(36_000, `watts: ${(watts * 128 * 0.12) / 48},`)}, spine-model: ${row(36_000, `watts: ${(watts * 128 * 0.12) / 48},`)} }`,
    `cables: { aoc: ${row(1_280)} }`,
  ].join("\n");

  it("golden cluster: 1,024 H100 at $1.5394 a GPU-hour, of which network $0.1373 (8.92 %)", () => {
    const { book, findings } = parsePriceBook({ path: "golden.yaml", text: golden });
    expect(findings).toEqual([]);
    // 32 leaves and 16 spines; two uplinks from each leaf to each spine make 1,024 edge and 1,024 fabric links.
    const cluster = smallFabric({ hosts: 128, gpusPerHost: 8, hostsPerUnit: 32, spines: 16, uplinksPerSpine: 2 });
    expect(Object.keys(cluster.switches).length).toBe(48);
    expect(cluster.links.length).toBe(2_048);
    const report = costOf(cluster, [tenantOf("all", Object.keys(cluster.hosts))], book ?? defaultPriceBook);
    expect(report.gpus).toBe(1_024);
    expect((Number(report.perGpuHour) / 1e6).toFixed(4)).toBe("1.5394");
    expect((Number(report.networkPerGpuHour) / 1e6).toFixed(4)).toBe("0.1373");
    expect((report.networkShare * 100).toFixed(2)).toBe("8.92");
    const energy = report.pools["energy.compute"] + report.pools["energy.network"];
    expect((Number(energy) / 1_024e6).toFixed(4)).toBe("0.1349");
    expect(report.findings).toEqual([]);
  });

  it("every figure opens down to prices, watts and counts", () => {
    const report = costOf(fabric, [tenantOf("acme", ["h1"])], defaultPriceBook);
    const figure = report.figures.find((one) => one.name === "cost/per-gpu-hour");
    const text = formatExplained(explainFigure(figure ?? (undefined as never), report.figures));
    for (const word of ["gpu/h100", "SemiAnalysis", "site/pue", "fabric/gpus = 32", "[assumed]"])
      expect(text).toContain(word);
    const byName = new Set(report.figures.map((one) => one.name));
    expect(byName.size).toBe(report.figures.length);
    for (const one of report.figures)
      for (const input of one.inputs)
        if (input.source.startsWith("figure:")) expect(byName).toContain(input.source.slice(7));
  });
});
