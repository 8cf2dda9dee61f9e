import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "#model/endpoint.ts";
import { linkId, type Fabric } from "#model/fabric.ts";
import type { InferenceService, TrainingJob, Workload } from "#model/workload.ts";
import { computeLoadOn } from "./load-model.ts";
import type { EndpointPath, LoadNetwork } from "./load-network.ts";
import { flowTable, maxMinRates } from "./load-solve.ts";

const G = 1e9;
const model = { name: "llm-70b", parameters: 70e9, bytesPerParameter: 2, layers: 80, hiddenSize: 8192 };

interface Size {
  readonly hosts: number;
  readonly gpus: number;
  readonly hostsPerUnit: number;
  readonly spines: number;
  readonly down?: (link: string) => boolean;
  readonly uplinkBps?: number;
}

/** Rail-optimised, two tiers, 400G, with every path over every spine that is up on both sides. */
function railFabric(size: Size): LoadNetwork {
  const fabric: Fabric = { name: "rails", sites: [], racks: [], nvlinkDomains: [], switches: {}, hosts: {}, links: [] };
  const hosts: Record<string, Fabric["hosts"][string]> = {};
  const links: Fabric["links"][number][] = [];
  const endpoints: Endpoint[] = [];
  const leaves = new Set<string>();
  const link = (a: string, port: string, b: string, other: string, speedBps: number) => {
    const one = { a: { node: a, port }, b: { node: b, port: other }, speedBps };
    links.push({ ...one, ...(size.down?.(linkId(one)) === true ? { down: true } : {}) });
  };
  for (let index = 0; index < size.hosts; index++) {
    const host = `h${index + 1}`;
    const nics = Array.from({ length: size.gpus }, (_, gpu) => ({
      name: `rail${gpu + 1}`,
      purpose: "computeFabric" as const,
      speedBps: 400 * G,
      rail: gpu + 1,
      gpu,
    }));
    hosts[host] = { name: host, role: "gpu", gpus: nics.map(({ gpu }) => ({ index: gpu, model: "h100" })), nics };
    for (const nic of nics) {
      const leaf = `u${Math.floor(index / size.hostsPerUnit) + 1}-r${nic.rail}`;
      link(host, nic.name, leaf, host, 400 * G);
      endpoints.push({
        id: `${host}/${nic.name}`,
        host,
        nic: nic.name,
        owner: { kind: "tenant", tenant: "any" },
        device: leaf,
        interface: host,
      });
      if (leaves.has(leaf)) continue;
      leaves.add(leaf);
      for (let spine = 1; spine <= size.spines; spine++)
        link(leaf, `s${spine}`, `spine${spine}`, leaf, size.uplinkBps ?? 400 * G);
    }
  }
  const up = new Map(
    links.filter((one) => one.down !== true).map((one) => [`${one.a.node}|${one.b.node}`, linkId(one)]),
  );
  const place = new Map(endpoints.map((one) => [one.id, one]));
  const paths = (from: string, to: string): EndpointPath[] => {
    const [x, y] = [place.get(from), place.get(to)];
    if (x === undefined || y === undefined) return [];
    const edge = (one: Endpoint) => up.get(`${one.host}|${one.device}`);
    const [first, last] = [`${edge(x)}:${x.host}>${x.device}`, `${edge(y)}:${y.device}>${y.host}`];
    if (x.device === y.device) return [{ share: 1, links: [first, last], devices: [x.device] }];
    const spines = Array.from({ length: size.spines }, (_, index) => `spine${index + 1}`).filter(
      (spine) => up.has(`${x.device}|${spine}`) && up.has(`${y.device}|${spine}`),
    );
    return spines.map((spine) => ({
      share: 1 / spines.length,
      links: [
        first,
        `${up.get(`${x.device}|${spine}`)}:${x.device}>${spine}`,
        `${up.get(`${y.device}|${spine}`)}:${spine}>${y.device}`,
        last,
      ],
      devices: [x.device, spine, y.device],
    }));
  };
  return { fabric: { ...fabric, hosts, links }, endpoints, paths };
}

const training = (name: string, hosts: readonly string[], more: Partial<TrainingJob> = {}): TrainingJob => ({
  kind: "training",
  name,
  tenant: `of-${name}`,
  model,
  hosts,
  gpusPerHost: 8,
  parallelism: { tensor: 8, pipeline: 1, data: hosts.length },
  computeMs: 500,
  tokensPerStep: 1_000_000,
  state: "running",
  ...more,
});
const service = (hosts: readonly string[], more: Partial<InferenceService> = {}): InferenceService => ({
  kind: "inference",
  name: "chat",
  tenant: "globex",
  model,
  hosts,
  gpusPerHost: 8,
  prefillHosts: hosts.slice(0, 1),
  decodeHosts: hosts.slice(1),
  requestsPerSecond: 20,
  inputTokens: 4_000,
  outputTokens: 500,
  state: "running",
  ...more,
});
const names = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `h${from + index}`);
const jobOf = (network: LoadNetwork, workloads: readonly Workload[], name: string) => {
  const found = computeLoadOn(network, workloads).jobs.find((one) => one.job === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const small = railFabric({ hosts: 16, gpus: 8, hostsPerUnit: 8, spines: 4 });

describe("max-min rates", () => {
  /** Written to be plainly right: raise all open flows by the smallest step that fills a link, and again. */
  const oracle = (rows: readonly (readonly (readonly [number, number])[])[], capacity: readonly number[]): number[] => {
    const rate = rows.map(() => 0);
    const open = new Set(rows.keys());
    const left = [...capacity];
    while (open.size > 0) {
      const need = left.map((_, link) =>
        [...open].reduce(
          (sum, flow) =>
            sum + (rows[flow] ?? []).filter(([at]) => at === link).reduce((all, [, part]) => all + part, 0),
          0,
        ),
      );
      const step = Math.min(
        ...left.map((bps, link) => ((need[link] ?? 0) > 1e-12 ? bps / (need[link] ?? 1) : Infinity)),
      );
      if (step === Infinity) break;
      for (const flow of open) rate[flow] = (rate[flow] ?? 0) + step;
      for (const link of left.keys()) left[link] = (left[link] ?? 0) - step * (need[link] ?? 0);
      for (const flow of Array.from(open))
        if ((rows[flow] ?? []).some(([link]) => (left[link] ?? 0) <= 1e-7 * (capacity[link] ?? 0))) open.delete(flow);
    }
    return rate;
  };

  it("equal a naive oracle, fill no link over, and leave every flow a full link", () => {
    const links = 6;
    const row = fc.uniqueArray(fc.tuple(fc.nat({ max: links - 1 }), fc.constantFrom(0.25, 0.5, 1)), {
      minLength: 1,
      maxLength: 4,
      selector: ([link]) => link,
    });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: links, maxLength: links }),
        (rows, capacity) => {
          const { bps, bottleneck } = maxMinRates(flowTable(rows), Float64Array.from(capacity));
          for (const [flow, rate] of oracle(rows, capacity).entries())
            expect(Math.abs((bps[flow] ?? 0) - rate)).toBeLessThanOrEqual(1e-5 * rate);
          const use = capacity.map((_, link) =>
            rows.reduce(
              (sum, one, flow) =>
                sum + one.filter(([at]) => at === link).reduce((all, [, part]) => all + part * (bps[flow] ?? 0), 0),
              0,
            ),
          );
          for (const [link, bits] of use.entries())
            expect(bits).toBeLessThanOrEqual((capacity[link] ?? 0) * (1 + 1e-9));
          for (const link of bottleneck)
            expect(use[link] ?? 0).toBeGreaterThanOrEqual((capacity[link] ?? 0) * (1 - 1e-6));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("gives a limited flow no more than it asks for, and the rest to others", () => {
    const { bps } = maxMinRates(flowTable([[[0, 1]], [[0, 1]]]), Float64Array.of(100), Float64Array.of(10, Infinity));
    expect([...bps]).toEqual([10, 90]);
  });
});

describe("training jobs", () => {
  it("a ring on one rail is the formula: 2 (N-1)/N of the shard at the NIC's rate", () => {
    const hosts = names(1, 8);
    const load = computeLoadOn(small, [training("alone", hosts, { computeMs: 0 })], { stepLatencyMs: 0 });
    const shard = (70e9 * 2) / 8;
    const expected = (((2 * 7) / 8) * shard * 8_000) / (400 * G);
    expect(load.jobs[0]?.stepMs).toBeCloseTo(expected, 6);
    expect(load.jobs[0]?.aloneMs).toBe(load.jobs[0]?.bestMs);
    expect(load.links.every((one) => Math.abs(one.share - 1) < 1e-9)).toBe(true);
    expect(load.links.length).toBe(64); // one unit: only the edge
  });

  it("hides behind compute what fits, and shows the rest", () => {
    const quiet = jobOf(small, [training("j", names(1, 4), { computeMs: 10_000 })], "j");
    expect(quiet.exposedNetworkMs).toBe(0);
    expect(quiet.stepMs).toBe(10_000);
    expect(jobOf(small, [training("j", names(1, 4), { computeMs: 100 })], "j").exposedNetworkMs).toBeGreaterThan(100);
  });

  it("shares a saturated link by max-min, names it, and no job gains from company", () => {
    const thin = railFabric({ hosts: 16, gpus: 8, hostsPerUnit: 8, spines: 1, uplinkBps: 400 * G });
    const [one, two] = [
      training("one", ["h1", "h9"], { computeMs: 0 }),
      training("two", ["h2", "h10"], { computeMs: 0 }),
    ];
    const alone = jobOf(thin, [one], "one");
    const both = jobOf(thin, [one, two], "one");
    expect(both.stepMs / alone.stepMs).toBeCloseTo(2, 3);
    expect(both.aloneMs).toBeCloseTo(alone.stepMs, 6);
    expect(both.bottleneck).toMatch(/spine1/);
  });

  it("a failed uplink of two halves what is left", () => {
    const cut = railFabric({
      hosts: 16,
      gpus: 8,
      hostsPerUnit: 8,
      spines: 2,
      down: (link) => /r1:s1--|spine1:u1-r1/.test(link),
    });
    const whole = railFabric({ hosts: 16, gpus: 8, hostsPerUnit: 8, spines: 2 });
    const job = training("j", names(1, 16), { parallelism: { tensor: 4, pipeline: 1, data: 32 }, computeMs: 0 });
    expect(jobOf(cut, [job], "j").stepMs).toBeGreaterThanOrEqual(jobOf(whole, [job], "j").stepMs);
    const off = railFabric({
      hosts: 16,
      gpus: 8,
      hostsPerUnit: 8,
      spines: 2,
      down: (link) => link.includes("u1-r1") && link.includes("spine"),
    });
    expect(jobOf(off, [job], "j").blocked).toMatch(/no way leads/);
  });

  it("pipelines and tensor groups across hosts send between hosts", () => {
    const load = (parallelism: TrainingJob["parallelism"]) =>
      computeLoadOn(small, [training("j", names(1, 4), { parallelism, computeMs: 2_000 })]);
    expect(load({ tensor: 8, pipeline: 4, data: 1 }).links.length).toBe(32);
    expect(load({ tensor: 16, pipeline: 1, data: 2 }).jobs[0]?.exposedNetworkMs).toBeGreaterThan(0);
    expect(load({ tensor: 8, pipeline: 1, data: 1 }).links).toEqual([]);
  });

  it.each([
    ["more GPUs than it has", { parallelism: { tensor: 8, pipeline: 8, data: 8 } }],
    ["no hosts", { hosts: [] }],
    ["a size that is NaN", { computeMs: NaN }],
    ["a negative size", { tokensPerStep: -1 }],
    ["fractions of a rank", { parallelism: { tensor: 1.5, pipeline: 1, data: 1 } }],
    ["hosts that are not there", { hosts: ["x1", "x2"], parallelism: { tensor: 8, pipeline: 1, data: 2 } }],
  ])("%s blocks the job with a finding, and the others run on", (_, more) => {
    const { jobs, findings } = computeLoadOn(small, [
      training("bad", names(1, 2), more),
      training("good", names(3, 4)),
    ]);
    expect(jobs[0]?.blocked).toBeDefined();
    expect(findings[0]?.remedy).toBeDefined();
    expect(jobs[1]).toMatchObject({ job: "good" });
    expect(jobs[1]?.blocked).toBeUndefined();
    for (const one of jobs)
      for (const value of Object.values(one)) if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
  });
});

describe("inference services", () => {
  it("moves each prompt's cache from prefill to decode: requests x tokens x 320 KiB", () => {
    const load = computeLoadOn(small, [service(["h1", "h2"])]);
    const out = load.links.filter((one) => one.link.startsWith("h1:")).reduce((sum, one) => sum + one.forwardBps, 0);
    expect(out).toBeCloseTo(20 * 4_000 * 327_680 * 8, -3);
    expect(load.jobs[0]).toMatchObject({ servedShare: 1, kind: "inference" });
    expect(load.jobs[0]?.stepMs).toBeCloseTo(100, 6); // two hosts, 20 requests a second
    expect(load.jobs[0]?.exposedNetworkMs).toBeGreaterThan(0);
  });

  it("says what part of the demand fits", () => {
    const job = jobOf(small, [service(["h1", "h2"], { requestsPerSecond: 1_000 })], "chat");
    expect(job.servedShare).toBeLessThan(1);
    expect(job.servedShare).toBeGreaterThan(0.3);
  });
});

describe("laws", () => {
  const job = fc.record({
    hosts: fc
      .uniqueArray(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 8 })
      .map((list) => list.map((at) => `h${at}`)),
    computeMs: fc.constantFrom(0, 50, 500, 3_000),
    kind: fc.constantFrom("training" as const, "inference" as const),
    tensor: fc.constantFrom(1, 4, 8),
    rate: fc.integer({ min: 0, max: 400 }),
  });
  const workloadsOf = (jobs: readonly (typeof job extends fc.Arbitrary<infer T> ? T : never)[]): Workload[] =>
    jobs.map((one, index) =>
      one.kind === "training"
        ? training(`j${index}`, one.hosts, {
            computeMs: one.computeMs,
            parallelism: { tensor: one.tensor, pipeline: 1, data: (one.hosts.length * 8) / one.tensor },
          })
        : service(one.hosts, { name: `j${index}`, requestsPerSecond: one.rate }),
    );
  const oversubscribed = railFabric({ hosts: 16, gpus: 8, hostsPerUnit: 4, spines: 2 });

  it("no link carries more than it can; best ≤ alone ≤ step ≤ worst; same input, same answer", () => {
    fc.assert(
      fc.property(fc.array(job, { maxLength: 5 }), (jobs) => {
        const workloads = workloadsOf(jobs);
        const load = computeLoadOn(oversubscribed, workloads);
        for (const one of load.links) {
          expect(one.share).toBeLessThanOrEqual(1 + 1e-6);
          expect(Object.values(one.byTenant).reduce((sum, bps) => sum + bps, 0)).toBeCloseTo(one.bps, -3);
        }
        for (const one of load.jobs) {
          expect(one.bestMs).toBeLessThanOrEqual(one.aloneMs * (1 + 1e-9));
          expect(one.aloneMs).toBeLessThanOrEqual(one.stepMs * (1 + 1e-9));
          expect(one.stepMs).toBeLessThanOrEqual(one.worstMs * (1 + 1e-9));
        }
        expect(computeLoadOn(oversubscribed, workloads)).toEqual(load);
      }),
      { numRuns: 60 },
    );
  });

  it("jobs that do not run, or share a name, count once or not at all", () => {
    expect(computeLoadOn(small, [training("q", names(1, 4), { state: "queued" })]).links).toEqual([]);
    const twice = computeLoadOn(small, [training("q", names(1, 4)), training("q", names(5, 8))]);
    expect(twice.findings).toHaveLength(1);
  });

  it("asks for paths once per pair of switches, and is quick at 1,024 GPUs", () => {
    const big = railFabric({ hosts: 128, gpus: 8, hostsPerUnit: 32, spines: 16 });
    let asked = 0;
    const counted = { ...big, paths: (from: string, to: string) => (asked++, big.paths(from, to)) };
    const jobs = Array.from({ length: 8 }, (_, index) =>
      training(`j${index}`, names(index * 16 + 1, index * 16 + 16), {
        parallelism: { tensor: 8, pipeline: 1, data: 16 },
      }),
    );
    const load = computeLoadOn(counted, [
      training("all", names(1, 128), { parallelism: { tensor: 8, pipeline: 1, data: 128 } }),
      ...jobs,
    ]);
    expect(load.jobs.length).toBe(9);
    expect(asked).toBeLessThanOrEqual(8 * 4 * 4);
  });
});
