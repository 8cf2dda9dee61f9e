import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf } from "./cost.ts";
import { defaultPriceBook } from "./price-book.ts";
import { changedTenants, priceChange, signed } from "./price.ts";
import { smallFabric, tenantOf } from "./testing.ts";

const fabric = smallFabric({ hosts: 8, gpusPerHost: 4, hostsPerUnit: 4, spines: 2 });
const world = (...tenants: ReturnType<typeof tenantOf>[]) => ({ fabric, tenants });

describe("the price of a change", () => {
  it("a new tenant pays what idle loses; a deleted one gives it back", () => {
    const made = priceChange(world(), world(tenantOf("acme", ["h1", "h2"])), defaultPriceBook);
    const gone = priceChange(world(tenantOf("acme", ["h1", "h2"])), world(), defaultPriceBook);
    expect(made.summary).toMatch(/^\+\$(\d+\.\d\d)\/h for acme; others \+\$0\.00\/h; idle -\$\1\/h$/);
    expect(gone.tenant[0]?.value).toBe(-BigInt(made.tenant[0]?.value ?? 0));
    expect(made.tenant.map((one) => one.name)).toEqual([
      "tenant/acme/change",
      "tenant/acme/network/change",
      "tenant/acme/per-gpu-hour",
    ]);
  });

  it("a guarantee that grows is paid for, and only by who asked", () => {
    const before = world(tenantOf("acme", ["h1", "h5"], 100e9), tenantOf("globex", ["h2"]));
    const price = priceChange(
      before,
      world(tenantOf("acme", ["h1", "h5"], 400e9), tenantOf("globex", ["h2"])),
      defaultPriceBook,
    );
    expect(price.tenant[0]?.value).toBeGreaterThan(0n);
    expect(price.others).toEqual([]);
  });

  it("is about tenants that are new, gone or different, whatever the order of their hosts", () => {
    expect(
      changedTenants(
        [tenantOf("a", ["h1", "h2"]), tenantOf("b", [])],
        [tenantOf("a", ["h2", "h1"]), tenantOf("c", [])],
      ),
    ).toEqual(["b", "c"]);
  });

  it("what rounds to nothing has no sign of a loss", () => {
    expect([signed(-3n), signed(0n), signed(-10_000n), signed(41_200_000n)]).toEqual([
      "+$0.00/h",
      "+$0.00/h",
      "-$0.01/h",
      "+$41.20/h",
    ]);
  });

  it("splitting a tenant in two leaves others unchanged, and the halves hold its hosts' cost", () => {
    fc.assert(
      fc.property(
        fc.subarray(["h1", "h2", "h3", "h4", "h5"], { minLength: 2 }),
        fc.integer({ min: 1, max: 4 }),
        (hosts, cut) => {
          const other = tenantOf("globex", ["h6", "h7"]);
          const whole = costOf(fabric, [tenantOf("acme", hosts), other], defaultPriceBook);
          const split = costOf(
            fabric,
            [tenantOf("left", hosts.slice(0, cut)), tenantOf("right", hosts.slice(cut)), other],
            defaultPriceBook,
          );
          const bill = (
            report: typeof whole,
            name: string,
            pools: readonly ("gpu" | "host" | "nic" | "energy.compute")[],
          ) =>
            pools.reduce(
              (sum, pool) => sum + (report.tenants.find((one) => one.tenant === name)?.pools[pool] ?? 0n),
              0n,
            );
          const pools = ["gpu", "host", "nic", "energy.compute"] as const;
          const near = (a: bigint, b: bigint) => expect(a > b ? a - b : b - a).toBeLessThanOrEqual(8n);
          near(bill(split, "left", pools) + bill(split, "right", pools), bill(whole, "acme", pools));
          near(
            split.tenants.find((one) => one.tenant === "globex")?.perHour ?? 0n,
            whole.tenants.find((one) => one.tenant === "globex")?.perHour ?? 1n,
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});
