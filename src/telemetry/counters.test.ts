import type { CounterSample } from "#model/counter-sample.ts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CounterStore } from "./counters.ts";

const sample = (at: number, inOctets: number, more: Partial<CounterSample> = {}): CounterSample => ({
  device: "leaf1",
  interface: "swp1",
  at,
  inOctets,
  outOctets: 0,
  ...more,
});
const kinds = (samples: readonly CounterSample[], store = new CounterStore()) =>
  samples.map((one) => store.add(one).kind);

describe("counters", () => {
  it("rates are octets over time", () => {
    const store = new CounterStore();
    store.add(sample(1_000, 100, { ecnMarked: 5 }));
    const verdict = store.add(sample(3_000, 2_100, { outOctets: 500, ecnMarked: 25 }));
    expect(verdict).toMatchObject({
      kind: "rate",
      rate: { intervalMs: 2_000, inBps: 8_000, outBps: 2_000, ecnMarkedPerSecond: 10 },
    });
    expect(store.rates("leaf1")).toHaveLength(1);
    expect(store.rates("leaf2")).toEqual([]);
  });

  it("a 32-bit counter that wraps goes on; one that restarts is no rate", () => {
    const store = new CounterStore();
    store.add(sample(0, 2 ** 32 - 1_000));
    expect(store.add(sample(1_000, 1_000))).toMatchObject({ kind: "rate", rate: { inBps: 16_000 } });
    expect(kinds([sample(0, 5e15), sample(1_000, 10), sample(2_000, 1_010)])).toEqual(["first", "reset", "rate"]);
    expect(kinds([sample(0, 1_000), sample(1_000, 10)])).toEqual(["first", "reset"]);
  });

  it("duplicates and late samples change nothing; a clock set back starts anew", () => {
    const store = new CounterStore();
    expect(
      kinds(
        [sample(10_000, 0), sample(11_000, 1_000), sample(11_000, 9_999), sample(10_500, 500), sample(12_000, 2_000)],
        store,
      ),
    ).toEqual(["first", "rate", "duplicate", "late", "rate"]);
    expect(store.rates()[0]?.inBps).toBe(8_000);
    expect(
      kinds([sample(1_000, 3_000), sample(2_000, 4_000), sample(3_000, 5_000), sample(4_000, 6_000)], store),
    ).toEqual(["late", "late", "clock-back", "rate"]);
    expect(store.series("leaf1", "swp1").map((rate) => rate.inBps)).toEqual([8_000]);
  });

  it("refuses what is no counter, and stays bounded", () => {
    expect(
      kinds([
        sample(NaN, 0),
        sample(0, -1),
        sample(0, Infinity),
        sample(0, 0, { inErrors: NaN }),
        sample(0, 0, { device: "" }),
      ]),
    ).toEqual(["bad", "bad", "bad", "bad", "bad"]);
    const store = new CounterStore({ keep: 4, maxInterfaces: 2 });
    for (let at = 0; at < 20; at++) store.add(sample(at * 1_000, at * 100));
    expect(store.series("leaf1", "swp1").map((rate) => rate.at)).toEqual([16_000, 17_000, 18_000, 19_000]);
    expect(kinds([sample(0, 0, { interface: "__proto__" }), sample(0, 0, { interface: "swp3" })], store)).toEqual([
      "first",
      "full",
    ]);
  });

  it("whatever the order of growing samples, rates add up to what was counted between accepted ones", () => {
    const step = fc.record({ ms: fc.integer({ min: 1, max: 60_000 }), octets: fc.integer({ min: 0, max: 1e12 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const store = new CounterStore({ keep: 100 });
        let [at, octets] = [0, 0];
        store.add(sample(at, octets));
        for (const one of steps) store.add(sample((at += one.ms), (octets += one.octets)));
        const counted = store
          .series("leaf1", "swp1")
          .reduce((sum, rate) => sum + (rate.inBps * rate.intervalMs) / 8_000, 0);
        expect(Math.abs(counted - octets)).toBeLessThanOrEqual(1e-9 * octets + 1e-6);
      }),
    );
  });

  it("never yields a rate that is no number", () => {
    const any = fc.record({
      at: fc.oneof(fc.integer(), fc.double()),
      inOctets: fc.oneof(fc.nat(), fc.double()),
      outOctets: fc.oneof(fc.nat(), fc.double()),
    });
    fc.assert(
      fc.property(fc.array(any), (samples) => {
        const store = new CounterStore();
        for (const one of samples) store.add(sample(one.at, one.inOctets, { outOctets: one.outOctets }));
        for (const rate of store.series("leaf1", "swp1")) {
          expect(Number.isFinite(rate.inBps) && rate.inBps >= 0).toBe(true);
          expect(rate.intervalMs).toBeGreaterThan(0);
        }
      }),
    );
  });
});
