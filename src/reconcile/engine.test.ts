import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Principal } from "#model/change.ts";
import { everything } from "#store/scope.ts";
import { openStore } from "#store/store.ts";
import { changeOf, operator, worldOf } from "#store/testing.ts";
import { ChangeEngine } from "./engine.ts";
import type { ProgressEvent } from "./ports.ts";
import { FakeDevices, portsOver } from "./testing.ts";

const world = worldOf({ a: "a old", b: "b old", c: "c old" });
const steps = [
  { device: "a", text: "a new" },
  { device: "b", text: "b half" },
  { device: "b", text: "b new" },
];
const agent: Principal = { kind: "agent", name: "bot", onBehalfOf: "olga" };
const failure = (kind: string) => expect.objectContaining({ name: "Failure", kind });

/** A store with the world in it, devices that run it, and an engine between them. */
async function bench() {
  const store = await openStore({ path: join(mkdtempSync(join(tmpdir(), "heddle-engine-")), "heddle.db") });
  onTestFinished(() => store.close());
  await store.world.write(world, 0);
  const devices = new FakeDevices(world.devices);
  const events: ProgressEvent[] = [];
  const engine = new ChangeEngine({ ...portsOver(store, devices), onProgress: (event) => events.push(event) });
  const change = changeOf("chg-1", world, steps);
  const ready = async (one = change) => {
    await engine.submit(one, world);
    await engine.approve(one.id, operator);
  };
  const keys = async (id = "chg-1") => (await store.journal.read(everything, { change: id })).map((entry) => entry.key);
  return { store, devices, engine, change, ready, events, keys };
}

test("an approved change goes over the devices in order, is proved again, and becomes the world", async () => {
  const { engine, ready, devices, store, events, keys } = await bench();
  await ready();
  expect((await engine.apply("chg-1", operator)).state).toBe("closed");
  expect(devices.running()).toEqual({ a: "a new", b: "b new", c: "c old" });
  expect(await keys()).toEqual([
    "planned",
    "approved/nonce-0-1",
    "applying",
    ...[1, 2, 3].flatMap((step) => [`step/${step}/started`, `step/${step}/done`]),
    "applied",
    "verified",
    "closed",
  ]);
  expect(events.map((event) => event.key)).toEqual(await keys());
  expect((await store.world.read())?.snapshot.devices["b"]?.files[0]?.text).toBe("b new");
  expect(await engine.drift()).toEqual([]);
  await expect(engine.apply("chg-1", operator)).rejects.toEqual(failure("conflict"));
});

test("agents and schedulers approve and apply nothing; requesters that are not operators need somebody else", async () => {
  const { engine, change, store } = await bench();
  const asked = (id: string, requester: Principal) => changeOf(id, world, steps, { requester });
  await engine.submit(change, world);
  for (const principal of [agent, { kind: "scheduler", name: "slurm" } as const]) {
    await expect(engine.approve("chg-1", principal)).rejects.toEqual(failure("forbidden"));
    await expect(engine.apply("chg-1", principal)).rejects.toEqual(failure("forbidden"));
    await expect(engine.rollback("chg-1", principal)).rejects.toEqual(failure("forbidden"));
  }
  const tom: Principal = { kind: "tenant", name: "tom", tenant: "acme" };
  await engine.submit(
    { ...asked("chg-2", tom), intent: { kind: "tenant.create", name: "acme", hosts: [], guaranteedBps: 1 } },
    world,
  );
  await expect(engine.approve("chg-2", tom)).rejects.toEqual(failure("forbidden"));
  await expect(engine.approve("chg-2", { ...tom, name: "eve", tenant: "globex" })).rejects.toEqual(
    failure("not_found"),
  );
  await expect(engine.approve("chg-1", tom)).rejects.toEqual(failure("not_found"));
  expect((await engine.approve("chg-2", { ...tom, name: "tina" })).state).toBe("approved");
  await engine.submit(asked("chg-3", { ...agent, name: operator.name }), world);
  await expect(engine.approve("chg-3", operator)).rejects.toEqual(failure("forbidden"));
  expect((await store.changes.get(everything, "chg-3")).state).toBe("planned");
});

test("what the proof or the guard refuses is kept as refused and can't be approved", async () => {
  const { engine, change } = await bench();
  const holds = { ...change.proof, holds: false };
  const unsafe = { ...change.proof, intermediate: { states: 2, safe: 1 } };
  const variants = [{ proof: holds }, { proof: unsafe }, { guard: { allowed: false, checked: 1, violations: [] } }];
  for (const [index, more] of variants.entries()) {
    const id = `chg-${index}`;
    expect((await engine.submit(changeOf(id, world, steps, more), world)).state).toBe("refused");
    await expect(engine.approve(id, operator)).rejects.toEqual(failure("refused"));
    await expect(engine.apply(id, operator)).rejects.toEqual(failure("conflict"));
  }
});

test("a world that moved, a device that was changed, or an expired approval stops a change before it begins", async () => {
  const { engine, ready, devices, store, change, keys } = await bench();
  await ready();
  devices.change("b", "somebody was here");
  await expect(engine.apply("chg-1", operator)).rejects.toEqual(failure("conflict"));
  devices.change("b", "b old");
  devices.now += 3_600_001;
  await expect(engine.apply("chg-1", operator)).rejects.toThrow(/expired/);
  await engine.approve("chg-1", operator);
  await store.world.write({ ...world, devices: { ...world.devices, c: { nos: "eos", files: [] } } }, 1);
  await expect(engine.apply("chg-1", operator)).rejects.toEqual(failure("conflict"));
  await expect(engine.approve("chg-1", operator)).rejects.toEqual(failure("conflict"));
  expect(devices.running()).toEqual({ a: "a old", b: "b old", c: "c old" });
  expect((await keys()).filter((key) => !key.startsWith("approved"))).toEqual(["planned"]);
  expect(change.diff).toHaveLength(3);
});

test("a device that says no turns the change around, in reverse, journaled", async () => {
  const { engine, ready, devices, keys, store } = await bench();
  await ready();
  devices.faults = [{ device: "b", call: "commit", from: 2, to: 2, when: "before", kind: "device_rejected" }];
  expect((await engine.apply("chg-1", operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual({ a: "a old", b: "b old", c: "c old" });
  expect((await keys()).slice(-8)).toEqual([
    "rollback",
    ...[3, 2, 1].flatMap((step) => [`undo/${step}/started`, `undo/${step}/done`]),
    "rolled-back",
  ]);
  expect((await store.world.read())?.revision).toBe(1);
  expect((await store.journal.verifyChain()).holds).toBe(true);
});

test("what devices report is proved again, and a leak there turns the change around", async () => {
  const { engine, ready, devices } = await bench();
  const lying = changeOf("chg-1", world, [...steps, { device: "c", text: "c LEAK" }]);
  await ready(lying);
  expect((await engine.apply("chg-1", operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual({ a: "a old", b: "b old", c: "c old" });
});

test("a short silence is waited out; a long one fails the change, which goes on when asked", async () => {
  const { engine, ready, devices, store } = await bench();
  await ready();
  devices.faults = [
    { device: "a", call: "commit", from: 1, to: 1, when: "after", kind: "timeout" },
    { device: "b", call: "stage", from: 1, to: 3, when: "before", kind: "unreachable" },
  ];
  const failed = await engine.apply("chg-1", operator);
  expect(failed).toMatchObject({ state: "failed", attempt: 1 });
  expect(devices.running()).toEqual({ a: "a new", b: "b old", c: "c old" });
  const other = changeOf("chg-2", world, [{ device: "c", text: "c new" }]);
  await engine.submit(other, world);
  await engine.approve("chg-2", operator);
  await expect(engine.apply("chg-2", operator)).rejects.toEqual(failure("conflict"));
  expect(await engine.resume()).toEqual([]);
  expect((await engine.resume("chg-1")).map((record) => record.state)).toEqual(["closed"]);
  expect(devices.running()).toEqual({ a: "a new", b: "b new", c: "c old" });
  expect(devices.state("a").effects).toEqual(["chg-1-1"]);
  expect((await store.journal.verifyChain()).holds).toBe(true);
});

test("a failed change can be rolled back instead", async () => {
  const { engine, ready, devices } = await bench();
  await ready();
  devices.faults = [{ device: "b", call: "stage", from: 1, to: 3, when: "before", kind: "unreachable" }];
  expect((await engine.apply("chg-1", operator)).state).toBe("failed");
  expect((await engine.rollback("chg-1", operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual({ a: "a old", b: "b old", c: "c old" });
});

test("a closed change is undone, and the world with it", async () => {
  const { engine, ready, devices, store, change } = await bench();
  await ready();
  await engine.apply("chg-1", operator);
  expect((await engine.rollback("chg-1", operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual({ a: "a old", b: "b old", c: "c old" });
  expect((await store.world.read())?.digest).toBe(change.base);
  await expect(engine.rollback("chg-1", operator)).rejects.toEqual(failure("conflict"));
});

test("a closed change under a later one stays until that is undone", async () => {
  const { engine, ready, store } = await bench();
  await ready();
  await engine.apply("chg-1", operator);
  const next = (await store.world.read())?.snapshot ?? world;
  for (const [id, device] of [
    ["chg-2", "c"],
    ["chg-3", "a"],
  ] as const) {
    const now = (await store.world.read())?.snapshot ?? next;
    await engine.submit(changeOf(id, now, [{ device, text: `${device} newer` }]), now);
    await engine.approve(id, operator);
    await engine.apply(id, operator);
  }
  await expect(engine.rollback("chg-1", operator)).rejects.toThrow(/chg-3/);
  await engine.rollback("chg-3", operator);
  expect((await engine.rollback("chg-1", operator)).state).toBe("rolled-back");
});

test("going back is refused where it would leak in the network as it is now", async () => {
  const { engine, store, devices } = await bench();
  const leaky = worldOf({ a: "a LEAK" });
  const bed = new FakeDevices(leaky.devices);
  await store.world.write(leaky, 1);
  const cure = new ChangeEngine(portsOver(store, bed));
  await cure.submit(changeOf("chg-9", leaky, [{ device: "a", text: "a sealed" }]), leaky);
  await cure.approve("chg-9", operator);
  expect((await cure.apply("chg-9", operator)).state).toBe("closed");
  await expect(cure.rollback("chg-9", operator)).rejects.toEqual(failure("refused"));
  expect(bed.running()).toEqual({ a: "a sealed" });
  expect(devices.running()["a"]).toBe("a old");
  expect(engine).toBeDefined();
});

test("drift is shown per device in the vendor's lines, silent devices included", async () => {
  const { engine, devices } = await bench();
  devices.change("b", "b old\nusername mallory");
  devices.faults = [{ device: "c", call: "readRunning", from: 1, to: 1, when: "before", kind: "unreachable" }];
  const drift = await engine.drift();
  expect(drift.map(({ device, lines, finding }) => [device, lines, finding.code])).toEqual([
    ["b", [{ op: "add", text: "username mallory" }], "reconcile.drift"],
    ["c", [], "reconcile.unreachable"],
  ]);
});

test("lines that mean nothing to us still tell before from after", async () => {
  const { engine, ready, devices } = await bench();
  await ready(changeOf("chg-1", world, [{ device: "a", text: "a old\n! banner" }]));
  expect((await engine.apply("chg-1", operator)).state).toBe("closed");
  expect(devices.running()["a"]).toBe("a old\n! banner");
  expect(devices.state("a").effects).toEqual(["chg-1-1"]);
});

/** Lets something happen just before a session to a device is opened. */
function before(devices: FakeDevices, happens: (device: string) => void): void {
  const open = devices.session.bind(devices);
  devices.session = (name, life) => {
    happens(name);
    return open(name, life);
  };
}

test("a device that somebody else changed meanwhile is left alone on the way back", async () => {
  const { engine, ready, devices, store } = await bench();
  await ready();
  before(devices, (name) => {
    if (name === "b" && devices.running()["a"] === "a new") devices.change("b", "b by hand");
  });
  expect((await engine.apply("chg-1", operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual({ a: "a old", b: "b by hand", c: "c old" });
  const last = (await store.journal.read(everything)).at(-1);
  expect(last?.payload).toMatchObject({ leftAlone: ["b"] });
});

test("a device that lost what was committed is noticed when everything is read back", async () => {
  const { engine, ready, devices } = await bench();
  await ready();
  before(devices, (name) => {
    if (name === "c") devices.change("a", "a old");
  });
  expect((await engine.apply("chg-1", operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual({ a: "a old", b: "b old", c: "c old" });
});

test("what awaits confirmation when the change turns around is taken back by the device itself", async () => {
  const { engine, ready, devices } = await bench();
  await ready();
  devices.faults = [{ device: "a", call: "confirm", from: 1, to: 1, when: "before", kind: "device_rejected" }];
  expect((await engine.apply("chg-1", operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual({ a: "a old", b: "b old", c: "c old" });
  expect(devices.state("a").effects).toEqual(["chg-1-1", "-chg-1-1"]);
});
