import { beforeAll, describe, expect, it } from "vitest";
import { resizeTenant } from "#design/allocate.ts";
import { deriveConfigs } from "#design/configs.ts";
import { deriveEndpoints, derivePolicy } from "#design/endpoints.ts";
import { exampleWorld } from "#design/testing.ts";
import { linkId, type Fabric } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";
import type { TrainingJob, Workload } from "#model/workload.ts";
import { costOf, sumRows } from "#economics/cost.ts";
import { defaultPriceBook } from "#economics/price-book.ts";
import { computeLoad } from "#twin/load.ts";
import { buildTwin, type Twin } from "#twin/twin.ts";
import { evaluateChange } from "./evaluate.ts";
import { chooseHosts } from "./where.ts";
import { explainJob } from "./why-slow.ts";

const { fabric, tenants, design } = exampleWorld("ai-factory-128");

/** The twin of the configurations that the design gives, without the way over vendors' text. */
function twinOf(held: readonly Tenant[], on: Fabric = fabric): Twin {
  const devices = Object.fromEntries(
    Object.entries(deriveConfigs(fabric, held)).map(([name, config]) => [
      name,
      { config, provenance: new Map(), findings: [], accounts: [] },
    ]),
  );
  return buildTwin({ fabric: on, devices, endpoints: deriveEndpoints(fabric, held), policy: derivePolicy(held) });
}

describe("the example factory of 128 GPUs", () => {
  let twin: Twin;
  beforeAll(() => {
    twin = twinOf(tenants);
  });

  it("has a price for everything in it, near what such hours are sold for, and its rows sum", () => {
    const costs = costOf(fabric, tenants, defaultPriceBook, { workloads: design.workloads });
    expect(costs.findings).toEqual([]);
    expect(costs.gpus).toBe(128);
    expect(sumRows(costs.rows)).toBe(costs.totalPerHour);
    expect(Number(costs.perGpuHour)).toBeGreaterThan(1.3e6);
    expect(Number(costs.perGpuHour)).toBeLessThan(3e6);
    // Leaves of 64 x 800G carry eight hosts each: a small fabric pays for ports that it does not fill.
    expect(costs.networkShare).toBeGreaterThan(0.08);
    expect(costs.networkShare).toBeLessThan(0.25);
  });

  it("carries its jobs on links that it has, within what they can", () => {
    const load = computeLoad(twin, design.workloads);
    expect(load.findings).toEqual([]);
    expect(load.jobs.map((one) => one.job)).toEqual(design.workloads.map((one) => one.name));
    const known = new Set(fabric.links.map(linkId));
    expect(load.links.length).toBeGreaterThan(100);
    for (const one of load.links) {
      expect(known).toContain(one.link);
      expect(one.share).toBeLessThanOrEqual(1);
    }
    // Globex lies in both units: its rings go over spines.
    expect(load.links.some((one) => one.link.includes("spine") && one.jobs.includes("llm-70b"))).toBe(true);
  });

  it("gives globex two more hosts: what it pays, idle loses, to the micro-dollar", () => {
    const globex = tenants.find((one) => one.name === "globex");
    if (globex === undefined) throw new Error("no globex");
    const factory = { fabric, tenants };
    const hosts = chooseHosts({ factory, tenant: globex, count: 2 });
    expect(hosts.every((host) => host.startsWith("su1-"))).toBe(true);
    const grown = resizeTenant({ fabric, tenants }, globex, { hosts: [...globex.hosts, ...hosts] });
    const next = tenants.map((one) => (one.name === "globex" ? grown : one));
    const { workloads } = design;
    const { price, costs } = evaluateChange({
      before: { fabric, tenants, workloads, twin },
      after: { fabric, tenants: next, workloads, twin: twinOf(next) },
      book: defaultPriceBook,
    });
    expect(costs.after.totalPerHour).toBe(costs.before.totalPerHour);
    expect(price.summary).toMatch(/^\+\$\d+\.\d\d\/h for globex; others \+\$0\.00\/h; idle -\$\d+\.\d\d\/h$/);
    expect(price.others).toEqual([]);
  });

  it("says why llm-70b is slow when its rail lost its uplinks and compute is short", () => {
    const isLost = (id: string) => id.includes("leaf-su1-r1-p1") && /spine-[123]\b/.test(id);
    const links = fabric.links.map((link) => (isLost(linkId(link)) ? Object.assign({}, link, { down: true }) : link));
    const cut = twinOf(tenants, { ...fabric, links });
    const hurry = (job: Workload): Workload =>
      job.kind === "training" ? Object.assign({}, job satisfies TrainingJob, { computeMs: 100 }) : job;
    const workloads = design.workloads.map(hurry);
    const load = computeLoad(cut, workloads);
    const whole = computeLoad(twin, workloads);
    const step = (report: typeof load) => report.jobs.find((one) => one.job === "llm-70b")?.stepMs ?? 0;
    expect(step(load)).toBeGreaterThanOrEqual(step(whole));
    const job = workloads.find((one) => one.name === "llm-70b");
    if (job === undefined) throw new Error("no llm-70b");
    const text = explainJob({ job, twin: cut, workloads, load, version: "v" }).map((one) => one.text);
    expect(text.join("\n")).toMatch(/links? (is|are) down where its traffic goes/);
  });
});
