import type { TenantScope } from "#model/tenant-scope.ts";
import { tenantScope } from "#design/configs.ts";
import type { Driver } from "#drivers/driver.ts";
import type { DiffLine, GuardVerdict, Intent } from "#model/change.ts";
import type { Fabric } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";

interface DeviceLines {
  readonly device: string;
  readonly driver: Driver;
  readonly lines: readonly DiffLine[];
}

/** Which lines an intent may change: all for an operator's own text, the tenant's own parts for anything else. */
export type GuardScope = { readonly kind: "any" } | { readonly kind: "tenant"; readonly tenant: Tenant };

/** The tenant that an intent is about, with the hosts of before and after together. */
export function guardScopeOf(intent: Intent, before: readonly Tenant[], after: readonly Tenant[]): GuardScope {
  if (intent.kind === "device.replace") return { kind: "any" };
  const name = intent.kind === "workload.start" ? intent.workload.tenant : intent.name;
  const [was, becomes] = [before, after].map((tenants) => tenants.find((tenant) => tenant.name === name));
  const tenant = becomes ?? was;
  if (tenant === undefined) return { kind: "tenant", tenant: nobody };
  return { kind: "tenant", tenant: { ...tenant, hosts: [...new Set([...(was?.hosts ?? []), ...tenant.hosts])] } };
}

/** Stands for the intent of no tenant: nothing is its own, so nothing may change. */
const nobody: Tenant = {
  name: "",
  hosts: [],
  guaranteedBps: 0,
  // No network either; the cast keeps a VNI that no fabric gives out.
  networks: { compute: { vrf: "", vni: 0 as Tenant["networks"]["compute"]["vni"] } },
};

/** Judges every changed line. What is not the tenant's own is listed, and one such line refuses the whole change. */
export function judgeLines(fabric: Fabric, scope: GuardScope, changes: readonly DeviceLines[]): GuardVerdict {
  const violations: GuardVerdict["violations"][number][] = [];
  let checked = 0;
  for (const { device, driver, lines } of changes) {
    const parts = scope.kind === "tenant" ? tenantScope(fabric, scope.tenant, device) : undefined;
    for (const line of lines) {
      if (line.op === "context") continue;
      checked += 1;
      if (parts === undefined || driver.tenantLine(line, parts)) continue;
      violations.push({
        device,
        line: `${line.op === "add" ? "+" : "-"} ${line.text.trim()}`,
        rule: ruleFor(scope, parts),
      });
    }
  }
  return { allowed: violations.length === 0, checked, violations };
}

function ruleFor(scope: GuardScope, parts: TenantScope): string {
  const name = scope.kind === "tenant" && scope.tenant.name !== "" ? scope.tenant.name : "a tenant";
  const own = [...parts.vrfs, ...parts.vlans.map((vlan) => `VLAN ${vlan}`), ...parts.interfaces];
  return own.length === 0
    ? `${name} has nothing of its own on this device`
    : `only lines of ${name} may change here: ${own.slice(0, 6).join(", ")}${own.length > 6 ? ", ..." : ""}`;
}
