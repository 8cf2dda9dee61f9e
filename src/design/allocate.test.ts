import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Failure } from "#model/failure.ts";
import type { Tenant } from "#model/tenant.ts";
import { allocateTenant, deriveTenants, resizeTenant } from "./allocate.ts";
import { parseDesign } from "./design.ts";
import { buildFabric } from "./fabric.ts";
import { exampleFile, exampleWorld } from "./testing.ts";

const world = exampleWorld("ai-factory-128");
const acme = { name: "acme", hosts: ["su1-h1", "su1-h2", "su1-h3", "su1-h4"], guaranteedBps: 400e9 };

function failure(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing failed");
}

describe("a new tenant", () => {
  test("takes the lowest free of every number", () => {
    expect(allocateTenant(world, acme)).toEqual({
      ...acme,
      networks: { compute: { vrf: "acme", vni: 5003 }, frontEnd: { vlan: 103, vni: 10103, prefix: "10.64.6.0/24" } },
      quota: { gpus: 32 },
    });
  });

  test("takes what a tenant that left gave back", () => {
    const [, initech] = world.tenants;
    const tenants = initech === undefined ? [] : [initech];
    expect(allocateTenant({ ...world, tenants }, acme).networks.compute.vni).toBe(5001);
  });

  test("with a long name has a VRF name that every vendor takes, and that is its own", () => {
    const one = allocateTenant(world, { ...acme, name: "a-long-name-one" });
    const two = allocateTenant(
      { ...world, tenants: [...world.tenants, one] },
      { name: "a-long-name-two", hosts: ["su2-h3"], guaranteedBps: 1e9 },
    );
    expect(one.networks.compute.vrf.length).toBeLessThanOrEqual(12);
    expect(one.networks.compute.vrf).not.toBe(two.networks.compute.vrf);
  });

  test.each([
    ["hosts that don't exist", { hosts: ["su1-h9"] }, "not_found", "Did you mean su1-h1"],
    ["hosts of another tenant", { hosts: ["su1-h5", "su1-h1"] }, "conflict", "belongs to tenant globex"],
    ["a name that is taken", { name: "globex" }, "conflict", "globex"],
    ["a name for a shell", { name: "acme; reboot" }, "invalid_input", "no tenant name"],
    ["a reserved name", { name: "storage" }, "invalid_input", "reserved"],
    ["no hosts", { hosts: [] }, "invalid_input", "at least one host"],
    ["a storage server", { hosts: ["store-1"] }, "invalid_input", "no GPU host"],
    ["keys of the language", { hosts: ["__proto__", "constructor"] }, "not_found", "No host"],
    ["more than a NIC", { guaranteedBps: 800e9 }, "refused", "su1-h1 rail1p1 has 400G"],
    ["no rate", { guaranteedBps: Number.NaN }, "invalid_input", "positive"],
  ])("is refused for %s", (_, change, kind, words) => {
    const found = failure(() => allocateTenant(world, { ...acme, ...change }));
    expect(found.kind).toBe(kind);
    expect(found.message).toContain(words);
  });

  test("is refused when a leaf's uplinks don't carry all guarantees, with the figures", () => {
    const text = exampleFile("ai-factory-128").text.replace("oversubscription: 1", "oversubscription: 2");
    const { design } = parseDesign({ path: "f", text });
    if (design === undefined) throw new Error("no design");
    const { fabric } = buildFabric(design);
    const { tenants, findings } = deriveTenants(design, fabric);
    expect(findings).toEqual([]);
    const found = failure(() => allocateTenant({ fabric, tenants }, acme));
    expect(found.kind).toBe("refused");
    expect(found.message).toMatch(/leaf-su1-r1-p1 would have 3\.2T guaranteed on 1\.6T/);
    expect(allocateTenant({ fabric, tenants: [] }, acme).guaranteedBps).toBe(400e9);
  });

  test("on an imported fabric is unsupported", () => {
    const { plan: _, ...imported } = world.fabric;
    expect(failure(() => allocateTenant({ fabric: imported, tenants: [] }, acme)).kind).toBe("unsupported");
  });
});

test("a resized tenant keeps its numbers", () => {
  const tenant = allocateTenant(world, acme);
  const tenants = [...world.tenants, tenant];
  const grown = resizeTenant({ ...world, tenants }, tenant, { hosts: [...tenant.hosts, "su2-h3", "su2-h4"] });
  expect(grown.networks).toEqual(tenant.networks);
  expect(grown.quota).toEqual({ gpus: 48 });
  expect(failure(() => resizeTenant({ ...world, tenants }, tenant, { hosts: ["su2-h1"] })).kind).toBe("conflict");
  expect(failure(() => resizeTenant(world, tenant, { hosts: ["su1-h1"] })).kind).toBe("not_found");
});

test("whatever comes and goes, no number is given twice, and equal histories give equal tenants", () => {
  const hosts = Object.values(world.fabric.hosts)
    .filter(({ role }) => role === "gpu")
    .map(({ name }) => name);
  const steps = fc.array(
    fc.record({ who: fc.nat(6), take: fc.subarray(hosts, { minLength: 1, maxLength: 3 }), leave: fc.boolean() }),
    { maxLength: 20 },
  );
  const play = (history: { who: number; take: string[]; leave: boolean }[]): Tenant[] => {
    let tenants: Tenant[] = [];
    for (const { who, take, leave } of history) {
      const name = `t${who}`;
      if (leave) tenants = tenants.filter((tenant) => tenant.name !== name);
      else {
        try {
          tenants = [
            ...tenants,
            allocateTenant({ fabric: world.fabric, tenants }, { name, hosts: take, guaranteedBps: 1e9 }),
          ];
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }
    }
    return tenants;
  };
  fc.assert(
    fc.property(steps, (history) => {
      const tenants = play(history);
      const unique = (values: readonly unknown[]): void => expect(new Set(values).size).toBe(values.length);
      unique(tenants.map(({ networks }) => networks.compute.vni));
      unique(tenants.map(({ networks }) => networks.frontEnd?.vlan));
      unique(tenants.map(({ networks }) => networks.frontEnd?.vni));
      unique(tenants.map(({ networks }) => networks.frontEnd?.prefix));
      unique(tenants.flatMap((tenant) => tenant.hosts));
      expect(play(history)).toEqual(tenants);
    }),
    { numRuns: 50 },
  );
});
