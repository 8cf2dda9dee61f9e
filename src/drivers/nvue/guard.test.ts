import type { TenantScope } from "#model/tenant-scope.ts";
import { expect, test } from "vitest";
import { tenantLine } from "./guard.ts";

const scope: TenantScope = {
  vrfs: ["acme"],
  vnis: [5003, 10103],
  vlans: [103],
  interfaces: ["swp1s0"],
  acls: ["acme-in"],
  policies: [],
  prefixes: ["10.64.6.0/24"],
  gatewayVrfs: ["frontend"],
};
const allowed = (text: string): boolean => tenantLine({ op: "add", text }, scope);

test("a tenant's own gateway may stand in the shared VRF, and nothing else of the tenant may", () => {
  expect(allowed("nv set interface vlan103 vrf frontend")).toBe(true);
  expect(allowed("nv set interface vlan104 vrf frontend")).toBe(false);
  expect(allowed("nv set interface swp1s0 vrf frontend")).toBe(false);
  expect(allowed("nv set interface vlan103 vrf globex")).toBe(false);
});
