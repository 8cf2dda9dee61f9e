import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkId, type Fabric } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import { defaultPriceBook } from "#economics/price-book.ts";
import { smallFabric, tenantOf } from "#economics/testing.ts";
import { computeLoadOn } from "#twin/load-model.ts";
import { evaluateChange, type World } from "./evaluate.ts";
import { chatService, networkOf, trainingJob } from "./testing.ts";

const whole = smallFabric({ hosts: 12, gpusPerHost: 4, hostsPerUnit: 4, spines: 2 });
const thin: Fabric = {
  ...whole,
  links: whole.links.map((link) => (linkId(link).includes("spine2") ? Object.assign({}, link, { down: true }) : link)),
};

/** The load is computed on the fabric's own paths, so that the twin itself is never asked. */
const world = (tenants: readonly Tenant[], workloads: readonly Workload[], fabric = whole): World => ({
  fabric,
  tenants,
  workloads,
  twin: undefined as never,
  load: computeLoadOn(networkOf(fabric, tenants), workloads),
});
const evaluate = (before: World, after: World) => evaluateChange({ before, after, book: defaultPriceBook });
const acme = (hosts: readonly string[]) => tenantOf("acme", hosts);
const globex = tenantOf("globex", ["h9", "h10"]);
const chat = chatService("chat", "globex", ["h9", "h10"]);

describe("what a change costs", () => {
  it("two more hosts: the tenant pays, idle falls by the same, nobody else moves, the factory costs what it did", () => {
    const found = evaluate(
      world([acme(["h1", "h2"]), globex], [chat]),
      world([acme(["h1", "h2", "h3", "h4"]), globex], [chat]),
    );
    const value = (list: readonly { readonly name: string; readonly value: bigint | number }[], name: string) =>
      BigInt(list.find((one) => one.name === name)?.value ?? 0);
    const tenant = value(found.price.tenant, "tenant/acme/change");
    expect(tenant).toBeGreaterThan(0n);
    expect(found.price.others).toEqual([]);
    expect(value(found.price.operator, "cost/total/change")).toBe(0n);
    const rest = ["idle/free-hosts", "idle/network", "platform", "unattributed"].reduce(
      (sum, name) => sum + value(found.price.operator, `${name}/change`),
      0n,
    );
    expect(rest).toBe(-tenant);
    expect(found.price.summary).toMatch(/^\+\$[\d.]+\/h for acme; others \+\$0\.00\/h; idle -\$[\d.]+\/h$/);
    for (const figure of [...found.price.tenant, ...found.price.operator])
      expect(figure.inputs.length).toBeGreaterThan(0);
  });

  it("a job that starts on others' links: their waiting has a price, and is no bill", () => {
    const tenants = [acme(["h1", "h5"]), tenantOf("globex", ["h2", "h6"])];
    const old = trainingJob("theirs", "globex", ["h2", "h6"]);
    const found = evaluate(
      world(tenants, [old], thin),
      world(tenants, [old, trainingJob("llm-70b", "acme", ["h1", "h5"])], thin),
    );
    const theirs = found.jobs.find((one) => one.job === "theirs");
    expect(theirs?.waitChangeMs).toBeGreaterThan(1);
    expect(theirs?.stallPerHour).toBeGreaterThan(0n);
    expect(found.price.others.map((one) => one.name)).toContain("job/theirs/stall/change");
    expect(found.price.summary).toMatch(/others' jobs wait \+\$/);
    expect(found.linkLoad.length).toBeGreaterThan(0);
    expect(found.linkLoad[0]?.after).toBeGreaterThan(found.linkLoad[0]?.before ?? 1);
    expect(found.jobs.find((one) => one.job === "llm-70b")?.before).toBeUndefined();
    expect(found.costs.after.totalPerHour).toBe(found.costs.before.totalPerHour);
  });

  it("tokens are priced for the tenant whose service starts", () => {
    const found = evaluate(world([globex], []), world([globex], [chat]));
    expect(found.price.tenant.map((one) => one.name)).toEqual(
      expect.arrayContaining([
        "tokens/chat/per-million",
        "tokens/chat/per-million/network-direct",
        "tokens/chat/per-million/network-induced",
      ]),
    );
    const price = found.price.tenant.find((one) => one.name === "tokens/chat/per-million");
    // Eight GPUs near $2 over 90,000 tokens a second.
    expect(Number(price?.value)).toBeGreaterThan(20_000);
    expect(Number(price?.value)).toBeLessThan(200_000);
  });

  it("a job that is cut off is named", () => {
    const cut: Fabric = {
      ...whole,
      links: whole.links.map((link) => (link.a.node === "h1" ? Object.assign({}, link, { down: true }) : link)),
    };
    const jobs = [trainingJob("llm-70b", "acme", ["h1", "h2"])];
    expect(evaluate(world([acme(["h1", "h2"])], jobs), world([acme(["h1", "h2"])], jobs, cut)).price.summary).toMatch(
      /llm-70b could not run/,
    );
  });

  it("nothing changed: nothing costs, moves or waits", () => {
    const same = world([acme(["h1", "h2"]), globex], [chat]);
    const found = evaluate(same, same);
    expect(found).toMatchObject({ linkLoad: [], jobs: [], price: { tenant: [], others: [] } });
    expect(found.price.summary).toBe("no tenant's bill is asked to change; others +$0.00/h; idle +$0.00/h");
  });

  it("there and back again sums to nothing", () => {
    const hosts = Object.keys(whole.hosts);
    fc.assert(
      fc.property(fc.subarray(hosts), fc.subarray(hosts), (first, second) => {
        const [a, b] = [world([acme(first)], []), world([acme(second)], [])];
        const change = (from: World, to: World) =>
          BigInt(evaluate(from, to).price.tenant.find((one) => one.name === "tenant/acme/change")?.value ?? 0);
        expect(change(a, b) + change(b, a)).toBe(0n);
      }),
      { numRuns: 15 },
    );
  });
});
