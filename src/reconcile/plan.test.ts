import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { derivePolicy } from "#design/endpoints.ts";
import { driverFor } from "#drivers/index.ts";
import type { Change, Intent, Principal } from "#model/change.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { assert } from "#model/failure.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import { openStore } from "#store/store.ts";
import { operator } from "#store/testing.ts";
import { ChangeEngine } from "./engine.ts";
import { exampleWorld, render } from "./testing-example.ts";
import { judgeLines } from "./guard.ts";
import { planChange } from "./plan.ts";
import { configReader, proveTransition } from "./prove.ts";
import { viewFor } from "./tenant-view.ts";
import { FakeDevices, portsOver } from "./testing.ts";

const world = exampleWorld();
const hosts = ["su1-h1", "su1-h2", "su1-h3", "su1-h4"];
const createAcme: Intent = { kind: "tenant.create", name: "acme", hosts, guaranteedBps: 400e9 };
const plan = (intent: Intent, base = world, requester: Principal = operator, id = "chg-1"): Change =>
  planChange({ world: base, intent, requester, id });
const failure = (kind: string) => expect.objectContaining({ name: "Failure", kind });

const acme = plan(createAcme);

/** The world after a change, as the engine would take it over. */
const worldAfter = ({ target, diff }: Change, base = world): Snapshot => ({
  ...base,
  ...target,
  policy: derivePolicy(target.tenants),
  devices: { ...base.devices, ...Object.fromEntries(diff.map(({ device, after }) => [device, after])) },
});
const withAcme = worldAfter(acme);

test("a tenant's plan touches its leaves in their vendors' words, and the twin proves it and every state on the way", () => {
  expect(acme.base).toBe(rememberedDigest(world));
  const rails = Array.from({ length: 8 }, (_, rail) => `leaf-su1-r${rail + 1}-p1`);
  expect(acme.diff.map(({ device }) => device)).toEqual(["front-leaf-su1-1", ...rails]);
  expect(new Set(acme.diff.map(({ nos }) => nos))).toEqual(new Set(["eos", "sonic"]));
  expect(acme.diff.every(({ lines }) => lines.some(({ op, text }) => op === "add" && text.includes("acme")))).toBe(
    true,
  );
  expect(acme.guard).toMatchObject({ allowed: true, violations: [] });
  expect(acme.guard.checked).toBeGreaterThan(50);
  const { proof } = acme;
  expect(proof).toMatchObject({
    holds: true,
    forbiddenReachable: 0,
    counterexamples: [],
    intermediate: { states: 8, safe: 8 },
  });
  expect(proof.forbiddenPairs).toBeGreaterThan(10_000);
  // 4 hosts: 32 compute NICs and 4 front-end NICs more, all of which reach each other and storage on their own fabric.
  expect(proof.requiredReachable).toBe(proof.requiredPairs);
  expect(acme.target.tenants.map(({ name }) => name)).toEqual(["globex", "initech", "acme"]);
  expect(acme.price.summary).toMatch(/acme/);
  expect(acme.twin.sessions.established).toBe(acme.twin.sessions.expected);
  expect(acme.rollback.steps.map(({ device }) => device)).toEqual(acme.diff.map(({ device }) => device).toReversed());
  expect(acme.rollback.tested).toEqual({ against: acme.base, states: 8, safe: 8 });
  expect(acme.findings.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("the same request gives the same plan, to the digest", () => {
  expect(plan(createAcme).digest).toBe(acme.digest);
  expect(plan(createAcme, structuredClone(world)).digest).toBe(acme.digest);
  expect(plan({ ...createAcme, guaranteedBps: 200e9 }).digest).not.toBe(acme.digest);
});

test("each claim is made from a field of the change that says so", () => {
  for (const { evidence } of acme.why) {
    for (const { field, value } of evidence) {
      const at = field
        .slice(1)
        .split("/")
        .reduce<unknown>((here, key) => (here as Record<string, unknown>)[key], acme); // a path into plain data
      expect(String(at)).toBe(value);
    }
  }
});

test("taking the tenant away again gives the very texts of before, and holds its hosts until that was seen", () => {
  const gone = plan({ kind: "tenant.delete", name: "acme" }, withAcme);
  expect(gone.proof).toMatchObject({ holds: true, intermediate: { states: 8, safe: 8 } });
  expect(gone.guard.allowed).toBe(true);
  expect(worldAfter(gone, withAcme).devices).toEqual(world.devices);
  expect(gone.why.some(({ text }) => text.includes("become free only when"))).toBe(true);
});

test("a tenant grows and shrinks without another losing a packet on the way", () => {
  const grown = plan({ kind: "tenant.resize", name: "acme", hosts: [...hosts, "su2-h3"] }, withAcme);
  expect(grown.proof.holds).toBe(true);
  expect(grown.diff.every(({ device }) => device.includes("su2"))).toBe(true);
  const shrunk = plan({ kind: "tenant.resize", name: "acme", hosts: hosts.slice(0, 3) }, withAcme);
  expect(shrunk.proof.holds).toBe(true);
  expect(shrunk.diff[0]?.reason).toContain("out first");
  expect(shrunk.guard.allowed).toBe(true);
});

test("hosts that are in use are not given up, and names, hosts and rates that can't be are refused", () => {
  expect(() => plan({ kind: "tenant.delete", name: "globex" })).toThrow(failure("conflict"));
  expect(() => plan({ kind: "tenant.delete", name: "nobody" })).toThrow(failure("not_found"));
  expect(() => plan({ ...createAcme, name: "globex" })).toThrow(failure("conflict"));
  expect(() => plan({ ...createAcme, name: "Acme; rm" })).toThrow(failure("invalid_input"));
  expect(() => plan({ ...createAcme, hosts: ["su1-h5"] })).toThrow(failure("conflict"));
});

test("a workload comes and goes without a line on any device", () => {
  const [job] = world.workloads;
  assert(job !== undefined, "the example has a job");
  const ended = plan({ kind: "workload.end", name: job.name });
  expect(ended).toMatchObject({ diff: [], proof: { holds: true }, guard: { allowed: true, checked: 0 } });
  expect(ended.target.workloads.map(({ name }) => name)).not.toContain(job.name);
  expect(() => plan({ kind: "workload.start", workload: job })).toThrow(failure("conflict"));
  const foreign = { ...job, name: "thief", hosts: ["su1-h1"] };
  expect(() => plan({ kind: "workload.start", workload: foreign })).toThrow(failure("refused"));
});

test("tenants and agents ask for themselves only, and never for a device's text", () => {
  const tina: Principal = { kind: "tenant", name: "tina", tenant: "globex" };
  expect(() => plan(createAcme, world, tina)).toThrow(failure("forbidden"));
  expect(() => plan({ kind: "workload.end", name: "chat-8b" }, world, tina)).toThrow(failure("not_found"));
  expect(() => plan({ kind: "device.replace", devices: {}, note: "" }, world, { ...tina, kind: "agent" })).toThrow(
    failure("forbidden"),
  );
  expect(plan({ kind: "workload.end", name: "llm-70b" }, world, tina).proof.holds).toBe(true);
});

const configOf = (base: Snapshot, device: string): DeviceConfig => {
  const source = base.devices[device];
  assert(source !== undefined, device);
  return driverFor(source.nos).parse(source.files).config;
};
const replace = (devices: Readonly<Record<string, DeviceConfig>>): Intent => ({
  kind: "device.replace",
  devices: Object.fromEntries(Object.entries(devices).map(([device, config]) => [device, render(config)])),
  note: "by hand",
});

test("seeded fault: a permit where a deny belongs is refused with the packet that gets through and the line that lets it", () => {
  const device = "front-leaf-su1-1";
  const config = configOf(withAcme, device);
  const open = Object.fromEntries(
    Object.entries(config.acls).map(([name, acl]) => [
      name,
      {
        ...acl,
        defaultAction: "permit" as const,
        entries: acl.entries.map((entry) => ({ ...entry, action: "permit" as const })),
      },
    ]),
  );
  const fault = plan(replace({ [device]: { ...config, acls: open } }), withAcme);
  expect(fault.proof.holds).toBe(false);
  expect(fault.proof.forbiddenReachable).toBeGreaterThan(0);
  const leak = fault.proof.counterexamples.find(({ kind }) => kind === "leak");
  expect(leak?.hops.length).toBeGreaterThan(0);
  expect(leak?.cause).toMatchObject({ device });
  expect(leak?.cause?.line).toMatch(/permit/);
});

test("seeded fault: a route target that leaks is refused with the path it opens", () => {
  const [globex, initech] = ["globex", "initech"].map(
    (name) => world.tenants.find((one) => one.name === name)?.networks.compute,
  );
  assert(globex !== undefined && initech !== undefined, "both tenants are there");
  const device = "leaf-su2-r1-p1";
  const config = configOf(world, device);
  const [own, other] = [config.networkInstances[globex.vrf], config.networkInstances[initech.vrf]];
  assert(own?.evpn !== undefined && other?.evpn !== undefined, "the leaf carries both");
  const leaking = {
    ...own,
    evpn: {
      ...own.evpn,
      importRouteTargets: [...(own.evpn.importRouteTargets ?? []), ...(other.evpn.exportRouteTargets ?? [])],
    },
  };
  const fault = plan(
    replace({ [device]: { ...config, networkInstances: { ...config.networkInstances, [globex.vrf]: leaking } } }),
  );
  expect(fault.proof).toMatchObject({ holds: false });
  const leak = fault.proof.counterexamples.find(({ kind }) => kind === "leak");
  expect(leak).toBeDefined();
  expect(leak?.cause?.device).toBe(device);
});

/** A leaf's configuration with one tenant's route targets altered. */
function retargeted(
  config: DeviceConfig,
  tenant: string,
  targets: { readonly imports?: readonly string[]; readonly exports?: readonly string[] },
): DeviceConfig {
  const vrf = world.tenants.find(({ name }) => name === tenant)?.networks.compute.vrf ?? "";
  const instance = config.networkInstances[vrf];
  assert(instance?.evpn !== undefined, `${tenant} is on ${config.hostname}`);
  const evpn = {
    ...instance.evpn,
    importRouteTargets: [...(instance.evpn.importRouteTargets ?? []), ...(targets.imports ?? [])],
    exportRouteTargets: [...(instance.evpn.exportRouteTargets ?? []), ...(targets.exports ?? [])],
  };
  return { ...config, networkInstances: { ...config.networkInstances, [vrf]: { ...instance, evpn } } };
}

test("of two orders the one that never leaks is taken; where both ends leak, neither is", () => {
  const [first, second] = ["leaf-su2-r1-p1", "leaf-su2-r2-p1"] as const;
  const target = ["65000:9999"];
  const plain = configOf(world, second);
  const exporting = retargeted(plain, "initech", { exports: target });
  const base = { ...world, devices: { ...world.devices, [second]: render(exporting) } };
  const importing = retargeted(configOf(world, first), "globex", { imports: target });
  const swap = plan(replace({ [first]: importing, [second]: plain }), base);
  expect(swap.diff.map(({ device }) => device)).toEqual([second, first]);
  expect(swap.proof).toMatchObject({ holds: true, intermediate: { states: 1, safe: 1 } });
  const both = plan(replace({ [first]: importing, [second]: exporting }));
  expect(both.proof.holds).toBe(false);
  expect(both.proof.counterexamples.some(({ kind }) => kind === "leak")).toBe(true);
});

test("a state between two steps that leaks refuses the change, with the step that shows it", () => {
  const [first, second] = ["leaf-su2-r1-p1", "leaf-su2-r2-p1"] as const;
  const [one, other] = [["65000:9998"], ["65000:9999"]];
  const base = {
    ...world,
    devices: {
      ...world.devices,
      [first]: render(retargeted(configOf(world, first), "globex", { imports: one })),
      [second]: render(retargeted(configOf(world, second), "initech", { exports: other })),
    },
  };
  // Each side takes the target that the other gives up: whoever moves first meets the other.
  const crossed = plan(
    replace({
      [first]: retargeted(configOf(world, first), "globex", { imports: other }),
      [second]: retargeted(configOf(world, second), "initech", { exports: one }),
    }),
    base,
  );
  expect(crossed.proof).toMatchObject({ holds: false, forbiddenReachable: 0, intermediate: { states: 1, safe: 0 } });
  expect(crossed.proof.counterexamples[0]).toMatchObject({ kind: "leak", step: 1 });
});

test("a replacement must fit its device, and one that changes nothing has no step", () => {
  const [eos, sonic] = ["spine-1", "leaf-su1-r1-p1"].map((name) => world.devices[name]);
  assert(eos !== undefined && sonic !== undefined, "both are there");
  const swap = (devices: Record<string, DeviceSource>): Intent => ({ kind: "device.replace", devices, note: "" });
  expect(() => plan(swap({ "leaf-su1-r1-p1": eos }))).toThrow(failure("invalid_input"));
  expect(() => plan(swap({ nowhere: eos }))).toThrow(failure("not_found"));
  expect(() => plan(swap(JSON.parse(`{"__proto__": ${JSON.stringify(eos)}}`)))).toThrow(failure("not_found"));
  expect(plan(swap({ "leaf-su1-r1-p1": sonic })).diff).toEqual([]);
});

const driftedOn = (device: string, from: string | RegExp, to: string, base = world): Snapshot => {
  const source = base.devices[device];
  assert(source !== undefined, device);
  const files = source.files.map(({ path, text }) => ({ path, text: text.replace(from, to) }));
  expect(files).not.toEqual(source.files);
  return { ...base, devices: { ...base.devices, [device]: { nos: source.nos, files } } };
};

test("drift that has nothing to do with a change stops it; drift of the tenant's own lines is told", () => {
  const foreign = driftedOn("front-leaf-su1-1", /^(ip routing.*)$/m, "$1\nip route 192.0.2.0/24 Null0");
  expect(() => plan(createAcme, foreign)).toThrow(failure("conflict"));
  const elsewhere = driftedOn("front-leaf-su2-1", /$/, "\n");
  expect(plan(createAcme, elsewhere).proof.holds).toBe(true);
});

test("a line outside the tenant's own parts is refused with the device, the line and the rule", () => {
  const [tenant] = world.tenants;
  assert(tenant !== undefined, "there is a tenant");
  const lines = [
    { op: "add", text: "username mallory secret 0 x" },
    { op: "context", text: "hostname spine-1" },
  ] as const;
  const verdict = judgeLines(world.fabric, { kind: "tenant", tenant }, [
    { device: "spine-1", driver: driverFor("eos"), lines },
  ]);
  expect(verdict).toMatchObject({
    allowed: false,
    checked: 1,
    violations: [{ device: "spine-1", line: "+ username mallory secret 0 x" }],
  });
});

test("from plan to closed and back over devices: the world is the new one, then the old one, to the byte", async () => {
  await using store = await openStore({ path: join(mkdtempSync(join(tmpdir(), "heddle-plan-")), "heddle.db") });
  onTestFinished(() => store.close());
  await store.world.write(world, 0);
  const devices = new FakeDevices(world.devices);
  const engine = new ChangeEngine({ ...portsOver(store, devices), reader: configReader, prove: proveTransition });
  const before = devices.running();
  await engine.submit(acme, world);
  await engine.approve(acme.id, operator, acme.digest);
  expect((await engine.apply(acme.id, operator)).state).toBe("closed");
  const now = await store.world.read();
  expect(now?.snapshot.devices).toEqual(withAcme.devices);
  expect(now?.snapshot.policy).toEqual(derivePolicy(acme.target.tenants));
  expect(await engine.drift()).toEqual([]);
  expect((await engine.rollback(acme.id, operator)).state).toBe("rolled-back");
  expect(devices.running()).toEqual(before);
  expect((await store.world.read())?.digest).toBe(acme.base);
  expect((await store.journal.verifyChain()).holds).toBe(true);
});

test("a tenant sees its change without other tenants and without whole device texts", () => {
  const view = viewFor({ kind: "tenant", tenant: "acme" }, acme);
  expect(view.target.tenants.map(({ name }) => name)).toEqual(["acme"]);
  expect(view.diff.every(({ before, after }) => before.files.length + after.files.length === 0)).toBe(true);
  const text = JSON.stringify(view, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  expect(text).not.toMatch(/globex|initech/);
});
