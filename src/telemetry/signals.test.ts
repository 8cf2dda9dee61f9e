import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildIndex, correlate, onsetsOf } from "./correlate.ts";
import { CounterStore, type CounterRate } from "./counters.ts";
import { detectAnomalies, detectFlaps, findOnset } from "./detect.ts";
import { figureMetrics, rateMetrics, renderMetrics } from "./prometheus.ts";
import { simulateCounters, type Simulation } from "./simulate.ts";

const rate = (at: number, more: Partial<CounterRate> = {}): CounterRate => ({
  device: "leaf1",
  interface: "swp1",
  at,
  intervalMs: 1_000,
  inBps: 1e9,
  outBps: 1e9,
  ecnMarkedPerSecond: 0,
  pfcPauseRxPerSecond: 0,
  pfcPauseTxPerSecond: 0,
  inErrorsPerSecond: 0,
  ...more,
});
const series = (count: number, from: number, more: Partial<CounterRate>) =>
  Array.from({ length: count }, (_, at) => rate(at * 1_000, at >= from ? more : {}));

describe("detection", () => {
  it.each([
    ["error-rate", { inErrorsPerSecond: 50 }],
    ["pause-storm", { pfcPauseRxPerSecond: 40_000 }],
    ["ecn-rise", { ecnMarkedPerSecond: 9_000 }],
    ["high-utilisation", { outBps: 395e9 }],
  ])("%s: seen with the second it began, and not when all is usual", (kind, more) => {
    const found = detectAnomalies(series(60, 42, more), 400e9);
    expect(found).toMatchObject([{ kind, onset: 42_000 }]);
    expect(detectAnomalies(series(60, 60, more), 400e9)).toEqual([]);
    expect(detectAnomalies(series(60, 58, more), 400e9)).toEqual([]); // two samples are a blip
    expect(detectAnomalies([...series(60, 42, more), rate(60_000)], 400e9)).toEqual([]); // over again
    expect(detectAnomalies(series(60, 0, more), 400e9)).toMatchObject([{ kind, onset: 0 }]);
  });

  it("onset of a step above noise is its first sample", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 30, maxLength: 60 }),
        fc.integer({ min: 3, max: 8 }),
        (noise, length) => {
          const values = [...noise.map((one) => 100 + one), ...Array.from({ length }, () => 10_000)];
          expect(findOnset(values, 200).onset).toBe(noise.length);
        },
      ),
    );
    expect(findOnset([], 1)).toEqual({ usual: 0 });
  });

  it("flaps: three falls in the window; repeated reports of one state count once", () => {
    const event = (at: number, up: boolean) => ({ device: "leaf1", interface: "swp1", at, up });
    const flapping = [
      event(1_000, false),
      event(2_000, true),
      event(3_000, false),
      event(3_100, false),
      event(4_000, true),
      event(5_000, false),
    ];
    expect(detectFlaps(flapping.toReversed(), 6_000)).toMatchObject([{ kind: "link-flap", value: 3, onset: 1_000 }]);
    expect(detectFlaps(flapping, 700_000)).toEqual([]);
    expect(detectFlaps([event(1, false), event(2, false), event(3, false)], 10)).toEqual([]);
  });
});

describe("correlation", () => {
  const index = buildIndex(
    [
      {
        link: "l1",
        ends: [
          { device: "leaf1", interface: "swp1" },
          { device: "spine1", interface: "swp9" },
        ],
      },
      {
        link: "l2",
        ends: [
          { device: "leaf2", interface: "swp1" },
          { device: "spine1", interface: "swp8" },
        ],
      },
    ],
    new Map([
      [
        "l1",
        [
          { job: "llm", tenant: "acme" },
          { job: "chat", tenant: "globex" },
        ],
      ],
      ["l2", [{ job: "llm", tenant: "acme" }]],
    ]),
  );
  it("an interface, a link or a whole device gives the jobs and tenants on it, worst first", () => {
    expect(
      correlate(
        [
          { link: "l2" },
          { device: "spine1" },
          { device: "leaf1", interface: "swp1" },
          { device: "nowhere", interface: "x" },
        ],
        index,
      ).map((one) => [one.links, one.jobs, one.tenants]),
    ).toEqual([
      [
        ["l1", "l2"],
        ["chat", "llm"],
        ["acme", "globex"],
      ],
      [["l1"], ["chat", "llm"], ["acme", "globex"]],
      [["l2"], ["llm"], ["acme"]],
      [[], [], []],
    ]);
  });
});

describe("from samples to the job that suffers", () => {
  it("a pause storm on an interface becomes an onset on its link", () => {
    const index = buildIndex([{ link: "l1", ends: [{ device: "leaf1", interface: "swp1" }] }], new Map());
    const anomalies = detectAnomalies(series(60, 42, { pfcPauseTxPerSecond: 40_000 }), 400e9);
    expect(onsetsOf(anomalies, index)).toEqual([
      { link: "l1", at: 42_000, what: "PFC pause frames 40000 1/s, usually 0.00" },
    ]);
  });
});

describe("Prometheus", () => {
  it("escapes labels, keeps names legal, groups a family, drops what is said twice", () => {
    const text = renderMetrics([
      {
        name: "a-b",
        help: "one\ntwo",
        type: "gauge",
        metrics: [
          { labels: { 'j"ob': 'x"\\\n' }, value: 1 },
          { labels: { 'j"ob': 'x"\\\n' }, value: 2 },
        ],
      },
      {
        name: "9c",
        help: "",
        type: "counter",
        metrics: [
          { labels: {}, value: 12n },
          { labels: { z: "1", a: "2" }, value: NaN },
        ],
      },
      { name: "a-b", help: "again", type: "gauge", metrics: [{ labels: {}, value: -Infinity }] },
    ]);
    expect(text).toBe(
      '# HELP a_b one\\ntwo\n# TYPE a_b gauge\na_b{j_ob="x\\"\\\\\\n"} 1\na_b -Inf\n# HELP _9c \n# TYPE _9c counter\n_9c 12\n_9c{a="2",z="1"} NaN\n',
    );
  });

  it("every line of any label parses as name, labels, value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.double(), (labels, value) => {
        const lines = renderMetrics([{ name: "m", help: "h", type: "gauge", metrics: [{ labels, value }] }]).split(
          "\n",
        );
        expect(lines).toHaveLength(4);
        expect(lines[2]).toMatch(
          /^m(\{([a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*",?)*\})? (NaN|[+-]Inf|-?[0-9.e+-]+)$/u,
        );
      }),
    );
  });

  it("figures and rates become gauges, money in dollars", () => {
    const text = renderMetrics([
      ...figureMetrics([
        { name: "tenant/acme", value: 1_500_000n, unit: "micro-dollars/h", grade: "derived", formula: "", inputs: [] },
      ]),
      ...rateMetrics([rate(1)]),
    ]);
    expect(text).toContain('heddle_figure{figure="tenant/acme",grade="derived",unit="dollars/h"} 1.5');
    expect(text).toContain('heddle_interface_receive_bits_per_second{device="leaf1",interface="swp1"} 1000000000');
  });
});

describe("simulated counters", () => {
  const link = (forwardBps: number, backwardBps = forwardBps) => ({
    a: { node: "leaf1", port: "swp1" },
    b: { node: "spine1", port: "swp9" },
    capacityBps: 400e9,
    forwardBps,
    backwardBps,
  });
  const simulation = (forwardBps: number, more: Partial<Simulation> = {}): Simulation => ({
    periods: [{ since: 0, links: [link(forwardBps, forwardBps / 2)] }],
    seed: 7,
    ...more,
  });
  const one = (given: Simulation, device: string, at: number) =>
    simulateCounters(given, device, at)[0] ?? { inOctets: -1, outOctets: -1, inErrors: -1, ecnMarked: -1 };

  it("over whole swings the octets are the rate's integral to the octet; both ends agree at any time", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 400e9, noNaN: true }),
        fc.integer({ min: 0, max: 100 }),
        fc.nat({ max: 1e9 }),
        fc.nat(),
        (bps, turns, at, seed) => {
          const given = simulation(bps, { seed });
          const whole = (bps * turns * 30) / 8;
          expect(Math.abs(one(given, "leaf1", turns * 30_000).outOctets - whole)).toBeLessThanOrEqual(1 + 1e-9 * whole);
          expect(one(given, "leaf1", at).outOctets).toBe(one(given, "spine1", at).inOctets);
          expect(one(given, "leaf1", at + 1).outOctets).toBeGreaterThanOrEqual(one(given, "leaf1", at).outOctets);
          expect(simulateCounters(given, "leaf1", at)).toEqual(simulateCounters(given, "leaf1", at));
        },
      ),
    );
  });

  it("rates read from them are the load again; a new load goes on from the old counters", () => {
    const periods = [
      { since: 0, links: [link(100e9)] },
      { since: 60_000, links: [link(300e9)] },
    ];
    const store = new CounterStore();
    for (const at of [0, 30_000, 60_000, 90_000, 120_000])
      for (const counters of simulateCounters({ periods, seed: 1 }, "leaf1", at)) store.add(counters);
    const rates = store.series("leaf1", "swp1").map((rate) => rate.outBps / 1e9);
    for (const [index, expected] of [100, 100, 300, 300].entries()) expect(rates[index]).toBeCloseTo(expected, 4);
  });

  it("marks and pauses come with saturation, errors with faults, and a link that is down counts nothing", () => {
    expect(one(simulation(100e9), "leaf1", 60_000).ecnMarked).toBe(0);
    expect(one(simulation(399e9), "leaf1", 60_000).ecnMarked).toBeGreaterThan(1_000);
    const faulty = simulation(1e9, { faults: [{ node: "leaf1", port: "swp1", since: 10_000, errorsPerSecond: 5 }] });
    expect([one(faulty, "leaf1", 10_000).inErrors, one(faulty, "leaf1", 30_000).inErrors]).toEqual([0, 100]);
    expect(
      one({ seed: 1, periods: [{ since: 0, links: [{ ...link(1e9), down: true }] }] }, "leaf1", 5_000).outOctets,
    ).toBe(0);
    expect(one(simulation(NaN), "leaf1", 5_000).outOctets).toBe(0);
    expect(simulateCounters(simulation(1e9), "other", 5_000)).toEqual([]);
  });
});
