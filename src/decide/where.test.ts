import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultPriceBook } from "#economics/price-book.ts";
import { smallFabric, tenantOf } from "#economics/testing.ts";
import { computeLoadOn } from "#twin/load-model.ts";
import { networkOf, trainingJob } from "./testing.ts";
import { chooseHosts, priceHosts, rankHosts } from "./where.ts";

const fabric = smallFabric({ hosts: 12, gpusPerHost: 4, hostsPerUnit: 4, spines: 2 });
const acme = tenantOf("acme", ["h5", "h6"]);

describe("where two more hosts go", () => {
  it("the tenant's own unit first, with the reason", () => {
    expect(chooseHosts({ factory: { fabric, tenants: [acme] }, tenant: acme, count: 2 })).toEqual(["h7", "h8"]);
    expect(rankHosts({ factory: { fabric, tenants: [acme] }, tenant: acme, count: 2 })[0]?.reasons[0]).toMatch(
      /SU 2 already holds/,
    );
  });

  it("not a host with a rail down", () => {
    const cut = {
      ...fabric,
      links: fabric.links.map((link) => (link.a.node === "h7" ? Object.assign({}, link, { down: true }) : link)),
    };
    expect(chooseHosts({ factory: { fabric: cut, tenants: [acme] }, tenant: acme, count: 2 })[0]).toBe("h8");
  });

  it("for a new tenant the unit that it fills best; and away from busy leaves", () => {
    const tenants = [tenantOf("globex", ["h1", "h2", "h5"])];
    expect(chooseHosts({ factory: { fabric, tenants }, count: 2 })).toEqual(["h3", "h4"]);
    expect(chooseHosts({ factory: { fabric, tenants }, count: 3 })).toEqual(["h6", "h7", "h8"]);
    const busy = [tenantOf("globex", ["h1", "h2"]), tenantOf("initech", ["h5", "h6"])];
    const load = computeLoadOn(networkOf(fabric, busy), [trainingJob("j", "globex", ["h1", "h2"], { computeMs: 0 })]);
    expect(chooseHosts({ factory: { fabric, tenants: busy }, count: 2, load })).toEqual(["h7", "h8"]);
  });

  it("never a host that is held, never twice, and says when there are too few", () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(fabric.hosts)), fc.integer({ min: 1, max: 12 }), (held, count) => {
        const tenants = [tenantOf("globex", held)];
        const free = 12 - held.length;
        if (count > free) expect(() => chooseHosts({ factory: { fabric, tenants }, count })).toThrow(/are free/);
        else {
          const chosen = chooseHosts({ factory: { fabric, tenants }, count });
          expect(new Set(chosen).size).toBe(count);
          expect(chosen.filter((host) => held.includes(host))).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
    for (const count of [0, -1, NaN, 1.5])
      expect(() => chooseHosts({ factory: { fabric, tenants: [] }, count })).toThrow(/no number of hosts/);
  });

  it("prices them", () => {
    const request = { factory: { fabric, tenants: [acme] }, tenant: acme, count: 2 };
    const { perHour, summary } = priceHosts(request, chooseHosts(request), defaultPriceBook);
    expect(perHour).toBeGreaterThan(0n);
    expect(summary).toMatch(/for acme; others \+\$0\.00\/h; idle -\$/);
  });
});
