import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prefixAddress } from "#net/ip.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import type { Tenant } from "#model/tenant.ts";
import { allocateTenant } from "./allocate.ts";
import { deriveConfigs, tenantScope } from "./configs.ts";
import { deriveEndpoints, derivePolicy } from "./endpoints.ts";
import { anyDesign, exampleWorld } from "./testing.ts";
import { buildFabric } from "./fabric.ts";

const { fabric, tenants } = exampleWorld("ai-factory-128");
const configs = deriveConfigs(fabric, tenants);
const acme = allocateTenant(
  { fabric, tenants },
  { name: "acme", hosts: ["su1-h1", "su1-h2", "su1-h3", "su1-h4"], guaranteedBps: 400e9 },
);

describe("configurations of the example", () => {
  test("are one per switch", () => {
    expect(Object.keys(configs)).toEqual(Object.keys(fabric.switches));
  });

  test("shut the ports of hosts that nobody has", () => {
    expect(configs["leaf-su1-r1-p1"]?.interfaces["Ethernet0"]).toMatchObject({
      enabled: false,
      networkInstance: "default",
    });
    expect(configs["leaf-su1-r1-p1"]?.interfaces["Ethernet0"]).not.toHaveProperty("ipv4");
    expect(configs["front-leaf-su1-1"]?.interfaces["Ethernet1/1"]).toMatchObject({ enabled: false });
  });

  test("write one route target per VNI on all vendors", () => {
    const targets = new Map<number, Set<string>>();
    for (const { networkInstances } of Object.values(configs))
      for (const { evpn } of Object.values(networkInstances)) {
        if (evpn === undefined) continue;
        const all = targets.get(evpn.vni) ?? new Set<string>();
        targets.set(evpn.vni, all);
        for (const target of [...(evpn.importRouteTargets ?? ["?"]), ...(evpn.exportRouteTargets ?? ["?"])])
          all.add(target);
      }
    expect(targets.get(5001)).toEqual(new Set(["65000:5001"]));
    expect(targets.get(4999)).toEqual(new Set(["65000:4999"]));
  });

  test("let a tenant into storage and not to another tenant", () => {
    const list = configs["front-leaf-su1-1"]?.acls["globex-in"];
    expect(list?.entries.map(({ action, destination }) => [action, destination])).toEqual([
      ["permit", "10.64.4.0/24"],
      ["permit", "10.64.0.0/22"],
      ["deny", "10.64.0.0/12"],
      ["deny", undefined],
    ]);
    for (const config of Object.values(configs))
      for (const port of Object.values(config.interfaces))
        if (port.kind === "irb" && port.networkInstance === "frontend")
          expect(config.acls).toHaveProperty(port.aclIn ?? "none");
  });

  test("pause the same priority at both ends of every compute link", () => {
    for (const { a, b, fabric: kind } of fabric.links) {
      if (kind !== "computeFabric" || !(b.node in fabric.switches)) continue;
      const [one, two] = [configs[a.node]?.qos?.interfaces[a.port], configs[b.node]?.qos?.interfaces[b.port]];
      expect(one?.pfcPriorities).toEqual([3]);
      expect(two?.pfcPriorities).toEqual([3]);
      expect(one?.trust).toBe(two?.trust);
    }
  });
});

describe("whatever the design", () => {
  test("every BGP neighbor is there at the other end, with the AS that is expected", () => {
    fc.assert(
      fc.property(anyDesign, (design) => {
        const made = buildFabric(design).fabric;
        const all = deriveConfigs(made, []);
        const owner = new Map<string, DeviceConfig>();
        for (const config of Object.values(all))
          for (const port of Object.values(config.interfaces))
            for (const address of port.ipv4?.addresses ?? []) owner.set(prefixAddress(address), config);
        for (const config of Object.values(all)) {
          const { bgp } = config.networkInstances["default"] ?? {};
          for (const [key, neighbor] of Object.entries(bgp?.neighbors ?? {})) {
            if (neighbor.interface !== undefined) {
              expect(config.interfaces[key]?.ipv6?.linkLocalOnly).toBe(true);
              continue;
            }
            const peer = owner.get(key)?.networkInstances["default"]?.bgp;
            expect(peer?.as, `${config.hostname} ${key}`).toBe(neighbor.peerAs);
            const back = Object.keys(peer?.neighbors ?? {}).map((address) => owner.get(address)?.hostname);
            expect(back).toContain(config.hostname);
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});

/** Everything of a configuration that `scope` does not name. */
function others(config: DeviceConfig | undefined, scope: ReturnType<typeof tenantScope>): unknown {
  if (config === undefined) return undefined;
  const without = (record: Readonly<Record<string, unknown>>, names: readonly (string | number)[]) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.map(String).includes(name)));
  return {
    ...config,
    interfaces: without(config.interfaces, scope.interfaces),
    bridgeDomains: without(config.bridgeDomains, scope.vlans),
    macVrfs: without(config.macVrfs, scope.vlans),
    networkInstances: without(config.networkInstances, scope.vrfs),
    acls: without(config.acls, scope.acls),
  };
}

test("a tenant that comes changes only its own parts, and one that goes leaves nothing", () => {
  const free = Object.values(fabric.hosts).filter(
    ({ name, role }) => role === "gpu" && !tenants.some(({ hosts }) => hosts.includes(name)),
  );
  const anyHosts = fc.subarray(
    free.map(({ name }) => name),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(anyHosts, (hosts) => {
      const tenant: Tenant = allocateTenant({ fabric, tenants }, { name: "newcomer", hosts, guaranteedBps: 100e9 });
      const after = deriveConfigs(fabric, [...tenants, tenant]);
      for (const name of Object.keys(fabric.switches)) {
        const scope = tenantScope(fabric, tenant, name);
        expect(others(after[name], scope)).toEqual(others(configs[name], scope));
      }
      expect(deriveConfigs(fabric, tenants)).toEqual(configs);
    }),
    { numRuns: 25 },
  );
});

test("a scope is empty where the tenant has no host", () => {
  expect(tenantScope(fabric, acme, "leaf-su2-r1-p1").interfaces).toEqual([]);
  expect(tenantScope(fabric, acme, "spine-1").vrfs).toEqual([]);
  expect(tenantScope(fabric, acme, "nowhere").vrfs).toEqual([]);
  expect(tenantScope(fabric, acme, "front-leaf-su1-1")).toMatchObject({
    vlans: [103],
    acls: ["acme-in"],
    prefixes: ["10.64.6.0/24"],
  });
});

describe("end points", () => {
  const all = deriveEndpoints(fabric, [...tenants, acme]);

  test("are all NICs of all hosts, each once", () => {
    const nics = Object.values(fabric.hosts).flatMap((host) => host.nics.map((nic) => `${host.name}/${nic.name}`));
    expect(all.map(({ id }) => id).sort()).toEqual(nics.sort());
  });

  test("have owners and addresses that are theirs alone", () => {
    const byId = new Map(all.map((one) => [one.id, one]));
    expect(byId.get("su1-h1/rail1p1")).toMatchObject({
      owner: { kind: "tenant", tenant: "acme" },
      address: "10.128.0.1/31",
      gateway: "10.128.0.0",
    });
    expect(byId.get("su1-h1/eth1")).toMatchObject({ address: "10.64.6.16/24", gateway: "10.64.6.1" });
    expect(byId.get("su2-h8/rail1p1")?.owner).toEqual({ kind: "zone", zone: "unassigned" });
    expect(byId.get("store-1/eth2")?.owner).toEqual({ kind: "zone", zone: "storage" });
    expect(byId.get("su1-h1/eth0")?.owner).toEqual({ kind: "zone", zone: "oob" });
    const addresses = all.flatMap(({ address }) => address ?? []);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test("of unassigned hosts may reach nobody", () => {
    const { allow } = derivePolicy([...tenants, acme]);
    expect(
      allow.filter(({ from, to }) => [from, to].some((owner) => owner.kind === "zone" && owner.zone === "unassigned")),
    ).toEqual([]);
    expect(
      allow.filter(({ from, to }) => from.kind === "tenant" && to.kind === "tenant" && from.tenant !== to.tenant),
    ).toEqual([]);
  });
});
