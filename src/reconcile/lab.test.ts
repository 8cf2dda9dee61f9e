import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { driverFor } from "#drivers/index.ts";
import { startVirtualFabric } from "#lab/virtual-fabric.ts";
import { Failure } from "#model/failure.ts";
import { openStore } from "#store/store.ts";
import { operator } from "#store/testing.ts";
import { ChangeEngine } from "./engine.ts";
import { planChange } from "./plan.ts";
import { configReader, proveTransition } from "./prove.ts";
import { exampleWorld } from "./testing-example.ts";

test("three vendors take a tenant over their own protocols, report it, and give it back", async () => {
  const world = exampleWorld();
  const folder = mkdtempSync(join(tmpdir(), "heddle-lab-"));
  const needed = ["front-leaf-su1-1", "front-leaf-su2-1", "leaf-su1-r1-p1", "leaf-su2-r1-p1"];
  await using lab = await startVirtualFabric({
    devices: world.devices,
    stateDir: folder,
    computeState: (sources) =>
      Object.fromEntries(Object.keys(sources).map((device) => [device, { interfaces: {}, lldp: [], bgp: [] }])),
  });
  await using store = await openStore({ path: join(folder, "heddle.db") });
  await store.world.write(world, 0);
  let nonce = 0;
  const engine = new ChangeEngine({
    store,
    sessions: (device) => {
      const target = lab.targets[device];
      const source = world.devices[device];
      if (target === undefined || source === undefined) throw new Failure("not_found", device);
      return driverFor(source.nos).connect(target);
    },
    clock: { now: () => 1 },
    newNonce: () => `n${++nonce}`,
    readWorld: async () => (await store.world.read())?.snapshot ?? world,
    reader: configReader,
    prove: proveTransition,
  });
  expect(await engine.drift()).toEqual([]);
  const intent = { kind: "tenant.create", name: "acme", hosts: ["su1-h1", "su2-h3"], guaranteedBps: 400e9 } as const;
  const change = planChange({ world, intent, requester: operator, id: "chg-1", mostFailures: 0 });
  expect(change.diff.map(({ device }) => device)).toEqual(expect.arrayContaining(needed));
  await engine.submit(change, world);
  await engine.approve("chg-1", operator);
  expect((await engine.apply("chg-1", operator)).state).toBe("closed");
  expect(await engine.drift()).toEqual([]);
  expect((await engine.rollback("chg-1", operator)).state).toBe("rolled-back");
  expect(await engine.drift()).toEqual([]);
  expect((await store.world.read())?.digest).toBe(change.base);
});
