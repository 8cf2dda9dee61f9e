import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChangeRecord } from "#store/changes.ts";
import { everything } from "#store/scope.ts";
import { openStore, type Store } from "#store/store.ts";
import { changeOf, operator, worldOf } from "#store/testing.ts";
import { ChangeEngine } from "./engine.ts";
import { Crash, FakeDevices, Mortal, portsOver, type Fault } from "./testing.ts";

const names = ["a", "b", "c"] as const;
const world = worldOf({ a: "a old", b: "b old", c: "c old" });
const oldTexts = { a: "a old", b: "b old", c: "c old" };
type Steps = readonly { readonly device: string; readonly text: string }[];

const folder = mkdtempSync(join(tmpdir(), "heddle-crash-"));
let files = 0;

/** A data file with an approved change in it, copied for every life that starts from there. */
async function prepared(steps: Steps, closed = false): Promise<{ copy(): string; text: Record<string, string> }> {
  const path = join(folder, `template-${++files}.db`);
  const devices = new FakeDevices(world.devices);
  {
    await using store = await openStore({ path });
    await store.world.write(world, 0);
    const engine = new ChangeEngine(portsOver(store, devices));
    await engine.submit(changeOf("chg-1", world, steps), world);
    await engine.approve("chg-1", operator);
    if (closed) await engine.apply("chg-1", operator);
  }
  return {
    text: devices.running(),
    copy() {
      const copy = join(folder, `life-${++files}.db`);
      copyFileSync(path, copy);
      return copy;
    },
  };
}

/** One life of the process: opens the store, works, and dies at its moment or ends. */
async function live(
  path: string,
  devices: FakeDevices,
  life: Mortal,
  work: (engine: ChangeEngine, store: Store) => Promise<unknown>,
): Promise<boolean> {
  await using store = await openStore({ path });
  try {
    await work(new ChangeEngine(portsOver(store, devices, life)), store);
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  }
}

/** What an operator does after a start: lets Heddle go on, then resumes what failed. */
async function recover(engine: ChangeEngine, store: Store): Promise<ChangeRecord> {
  await engine.resume();
  let record = await store.changes.get(everything, "chg-1");
  for (let tries = 0; record.state === "failed" && tries < 10; tries++) {
    await engine.resume("chg-1");
    record = await store.changes.get(everything, "chg-1");
  }
  if (record.state === "approved") return engine.apply("chg-1", operator);
  return record;
}

/** All old or all new; the chain whole; each event once; no transaction in force twice. */
async function checkEnd(path: string, devices: FakeDevices, steps: Steps): Promise<string> {
  await using store = await openStore({ path });
  const { state } = await store.changes.get(everything, "chg-1");
  const newTexts = { ...oldTexts, ...Object.fromEntries(steps.map(({ device, text }) => [device, text])) };
  expect(["closed", "rolled-back"]).toContain(state);
  expect(devices.running()).toEqual(state === "closed" ? newTexts : oldTexts);
  const expected = (await store.world.read())?.snapshot.devices ?? {};
  expect(Object.fromEntries(Object.entries(expected).map(([name, one]) => [name, one.files[0]?.text]))).toEqual(
    devices.running(),
  );
  expect((await store.journal.verifyChain()).holds).toBe(true);
  const keys = (await store.journal.read(everything, { change: "chg-1" })).map((entry) => entry.key);
  expect(new Set(keys).size).toBe(keys.length);
  if (state === "closed") {
    const done = steps.map((_, index) => `step/${index + 1}/done`);
    expect(keys.filter((key) => /^step\/\d+\/done$/.test(key))).toEqual(done);
  }
  for (const name of names) checkEffects(devices.state(name).effects);
  return state;
}

/** A label takes effect again only after the device itself had gone back from it. */
function checkEffects(effects: readonly string[]): void {
  const inForce = new Set<string>();
  for (const effect of effects) {
    if (effect.startsWith("-")) inForce.delete(effect.slice(1));
    else {
      expect(inForce.has(effect), `${effect} is doubled in ${effects.join(" ")}`).toBe(false);
      inForce.add(effect);
    }
  }
}

const twoOnB: Steps = [
  { device: "a", text: "a new" },
  { device: "b", text: "b half" },
  { device: "b", text: "b new" },
];

describe("a crash at every moment", () => {
  const scenarios: readonly {
    name: string;
    faults: readonly Fault[];
    sleepMs: number;
    rollback?: boolean;
    ends: string[];
  }[] = [
    { name: "of a change that goes well", faults: [], sleepMs: 0, ends: ["closed"] },
    { name: "when devices went back by themselves before the restart", faults: [], sleepMs: 120_000, ends: ["closed"] },
    {
      name: "of a change that a device rejects",
      faults: [
        { device: "b", call: "commit", label: "chg-1-3", from: 1, to: 99, when: "before", kind: "device_rejected" },
      ],
      sleepMs: 0,
      ends: ["rolled-back"],
    },
    {
      name: "of a change with a device that falls silent",
      faults: [{ device: "b", call: "commit", from: 1, to: 4, when: "after", kind: "timeout" }],
      sleepMs: 0,
      ends: ["closed"],
    },
    { name: "of the rollback of a closed change", faults: [], sleepMs: 0, rollback: true, ends: ["rolled-back"] },
  ];

  test.each(scenarios)("$name: ends all old or all new", async ({ faults, sleepMs, rollback, ends }) => {
    const template = await prepared(twoOnB, rollback === true);
    const seen = new Set<string>();
    for (let moment = 1, alive = false; !alive; moment++) {
      const path = template.copy();
      const devices = new FakeDevices(world.devices);
      for (const [name, text] of Object.entries(template.text)) devices.change(name, text);
      devices.faults = faults;
      const work = rollback === true ? (engine: ChangeEngine) => engine.rollback("chg-1", operator) : recover;
      alive = await live(path, devices, new Mortal(moment), work);
      devices.now += sleepMs;
      await live(path, devices, new Mortal(), async (engine, store) => {
        const record = await recover(engine, store);
        // The crash came before the rollback was journaled: nothing was lost, it is asked for again.
        if (rollback === true && record.state === "closed") await engine.rollback("chg-1", operator);
      });
      seen.add(await checkEnd(path, devices, twoOnB));
      expect(moment).toBeLessThan(400);
    }
    for (const end of seen) expect(ends).toContain(end);
  });
});

test("whatever fails, however often it crashes, the end is all old or all new", async () => {
  const anySteps = fc
    .array(fc.constantFrom(...names), { minLength: 1, maxLength: 5 })
    .map((devices) => devices.map((device, index) => ({ device, text: `${device} new ${index}` })));
  const anyFault: fc.Arbitrary<Fault> = fc
    .record({
      device: fc.constantFrom(...names),
      call: fc.constantFrom("readRunning", "stage", "commit", "confirm", "abort", "status"),
      from: fc.integer({ min: 1, max: 5 }),
      length: fc.integer({ min: 0, max: 4 }),
      when: fc.constantFrom("before", "after"),
      kind: fc.constantFrom("unreachable", "timeout", "device_rejected"),
    })
    .map(lasting);
  const deaths = fc.array(
    fc.record({ at: fc.integer({ min: 1, max: 70 }), sleepMs: fc.constantFrom(0, 30_000, 90_000) }),
    {
      maxLength: 5,
    },
  );
  await fc.assert(
    fc.asyncProperty(anySteps, fc.array(anyFault, { maxLength: 3 }), deaths, async (steps, faults, lives) => {
      const path = (await prepared(steps)).copy();
      const devices = new FakeDevices(world.devices);
      devices.faults = faults;
      for (const { at, sleepMs } of lives) {
        await live(path, devices, new Mortal(at), (engine, store) => recover(engine, store).catch(ignoreFailure));
        devices.now += sleepMs;
      }
      devices.faults = [];
      await live(path, devices, new Mortal(), recover);
      await checkEnd(path, devices, steps);
    }),
    { numRuns: 60 },
  );
});

/** A start that is refused because a device does not answer is tried again in the next life. */
function ignoreFailure(error: unknown): void {
  if (!(error instanceof Error) || error.name !== "Failure") throw error;
}

const lasting = ({ length, ...fault }: Omit<Fault, "to"> & { readonly length: number }): Fault => ({
  ...fault,
  to: fault.from + length,
});
