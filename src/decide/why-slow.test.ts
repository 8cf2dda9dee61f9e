import { describe, expect, it } from "vitest";
import type { Fabric } from "#model/fabric.ts";
import { linkId } from "#model/fabric.ts";
import type { Workload } from "#model/workload.ts";
import { smallFabric, tenantOf } from "#economics/testing.ts";
import { computeLoadOn } from "#twin/load-model.ts";
import { networkOf, trainingJob } from "./testing.ts";
import { explainJob, type Onset } from "./why-slow.ts";

const whole = smallFabric({ hosts: 8, gpusPerHost: 4, hostsPerUnit: 4, spines: 2 });
const tenants = [tenantOf("acme", ["h1", "h2", "h5", "h6"]), tenantOf("globex", ["h3", "h4", "h7", "h8"])];

function explain(fabric: Fabric, workloads: readonly Workload[], name: string, telemetry?: readonly Onset[]) {
  const job = workloads.find((one) => one.name === name);
  if (job === undefined) throw new Error(name);
  const { endpoints } = networkOf(fabric, tenants);
  const load = computeLoadOn(networkOf(fabric, tenants), workloads);
  const twin = { snapshot: { fabric, devices: {}, endpoints, policy: { allow: [] } } };
  return explainJob({ job, twin, workloads, load, version: "v1", ...(telemetry === undefined ? {} : { telemetry }) });
}
const text = (...args: Parameters<typeof explain>) =>
  explain(...args)
    .map((one) => one.text)
    .join("\n");
const down = (pattern: RegExp): Fabric => ({
  ...whole,
  links: whole.links.map((link) => (pattern.test(linkId(link)) ? Object.assign({}, link, { down: true }) : link)),
});
// Two rings of two hosts each, one above the other, over one spine that is left.
const thin = down(/spine2/);
const one = trainingJob("llm-70b", "acme", ["h1", "h5"]);
const two = trainingJob("other", "globex", ["h3", "h7"]);

describe("why is a job slow", () => {
  it("contention: with whom, where, and what it would be alone", () => {
    const found = text(thin, [one, two], "llm-70b");
    expect(found).toMatch(/is contention: it shares with other on .*spine1.*Alone here it would take/);
    expect(text(thin, [one], "llm-70b")).not.toMatch(/contention/);
  });

  it("own placement: four hosts in two units behind one uplink", () => {
    const spread = trainingJob("llm-70b", "acme", ["h1", "h5", "h2", "h6"]);
    expect(text(thin, [spread], "llm-70b")).toMatch(/its own placement.*2 scalable units \(SU 1, SU 2\)/);
  });

  it("links down where its traffic goes", () => {
    expect(text(thin, [one, two], "llm-70b")).toMatch(/links are down where its traffic goes/);
    expect(text(whole, [one, two], "llm-70b")).not.toMatch(/down/);
  });

  it("compute: says that the network is not the cause", () => {
    expect(text(whole, [trainingJob("llm-70b", "acme", ["h1", "h2"], { computeMs: 60_000 })], "llm-70b")).toMatch(
      /the network adds nothing.*\n.*bound by compute/,
    );
  });

  it("cut off: says that it cannot run, and the links that are down", () => {
    const found = text(down(/^h1:|--u1-r1:h1$/), [one], "llm-70b");
    expect(found).toMatch(/cannot run as described: no way leads|cannot run as described: no NICs/);
    expect(found).toMatch(/down/);
    expect(text(whole, [{ ...one, state: "queued" }], "llm-70b")).toMatch(/is queued/);
  });

  it("telemetry: what was seen on its own links, and since when; nothing of others' links", () => {
    const link = linkId(whole.links.find((item) => item.a.node === "h1") ?? (undefined as never));
    const found = explain(whole, [one], "llm-70b", [
      { link, at: Date.UTC(2026, 0, 2, 3, 4, 5), what: "went down 4 times in 10 minutes" },
      { link: "x:1--y:2", at: 0, what: "elsewhere" },
      { link, at: NaN, what: "when?" },
    ]);
    expect(found.at(-1)?.text).toContain("since 2026-01-02T03:04:05.000Z: went down 4 times");
    expect(found.map((claim) => claim.text).join()).not.toMatch(/elsewhere|when\?/);
  });

  it("every claim has evidence of the version asked", () => {
    for (const claim of explain(thin, [one, two], "llm-70b")) {
      expect(claim.evidence.length).toBeGreaterThan(0);
      for (const proof of claim.evidence) expect(proof.version).toBe("v1");
    }
  });
});
