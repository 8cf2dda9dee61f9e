import { allocateTenant, resizeTenant } from "#design/allocate.ts";
import { derivePolicy } from "#design/endpoints.ts";
import type { Intent } from "#model/change.ts";
import { canonicalJson } from "#model/digest.ts";
import { Failure } from "#model/failure.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { ReachabilityPolicy, Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";

export interface Target {
  readonly tenants: readonly Tenant[];
  readonly workloads: readonly Workload[];
}

/**
 * The tenants and workloads that an intent asks for. Devices are not looked at.
 *
 * @throws {Failure} not_found, conflict, invalid_input or refused, as the intent meets the world
 */
export function resolveTarget(world: Snapshot, intent: Intent): Target {
  switch (intent.kind) {
    case "tenant.create":
      return { ...targetOf(world), tenants: [...world.tenants, allocateTenant(world, intent)] };
    case "tenant.resize": {
      const tenant = tenantNamed(world, intent.name);
      checkIdleHosts(world, tenant, intent.hosts);
      const resized = resizeTenant(world, tenant, intent);
      return { ...targetOf(world), tenants: world.tenants.map((one) => (one === tenant ? resized : one)) };
    }
    case "tenant.delete": {
      const tenant = tenantNamed(world, intent.name);
      checkIdleHosts(world, tenant, []);
      return { ...targetOf(world), tenants: world.tenants.filter((one) => one !== tenant) };
    }
    case "workload.start":
      return { ...targetOf(world), workloads: started(world, intent.workload) };
    case "workload.end": {
      workloadNamed(world, intent.name);
      return { ...targetOf(world), workloads: world.workloads.filter(({ name }) => name !== intent.name) };
    }
    case "device.replace":
      return targetOf(world);
  }
}

const targetOf = ({ tenants, workloads }: Snapshot): Target => ({ tenants, workloads });

function tenantNamed(world: Snapshot, name: string): Tenant {
  const tenant = world.tenants.find((one) => one.name === name);
  if (tenant === undefined) throw new Failure("not_found", `There is no tenant "${name.slice(0, 60)}".`);
  return tenant;
}

function workloadNamed(world: Snapshot, name: string): Workload {
  const workload = world.workloads.find((one) => one.name === name);
  if (workload === undefined) throw new Failure("not_found", `There is no workload "${name.slice(0, 60)}".`);
  return workload;
}

/** Hosts that a tenant gives up must carry none of its workloads. */
function checkIdleHosts(world: Snapshot, tenant: Tenant, kept: readonly string[]): void {
  const staying = new Set(kept);
  const busy = world.workloads.find(
    (workload) =>
      workload.tenant === tenant.name && isAlive(workload) && workload.hosts.some((host) => !staying.has(host)),
  );
  if (busy === undefined) return;
  throw new Failure(
    "conflict",
    `The workload ${busy.name} runs on hosts that ${tenant.name} would give up. End it first.`,
  );
}

const isAlive = ({ state }: Workload): boolean => state !== "ended" && state !== "queued";

function started(world: Snapshot, workload: Workload): Workload[] {
  const tenant = tenantNamed(world, workload.tenant);
  if (workload.hosts.length === 0) throw new Failure("invalid_input", `The workload ${workload.name} names no hosts.`);
  const foreign = workload.hosts.find((host) => !tenant.hosts.includes(host));
  if (foreign !== undefined) {
    throw new Failure("refused", `${foreign} is not a host of ${tenant.name}. Give the tenant that host first.`);
  }
  const others = world.workloads.filter(({ name }) => name !== workload.name);
  const same = world.workloads.find(({ name }) => name === workload.name);
  if (same !== undefined && isAlive(same))
    throw new Failure("conflict", `There is a workload ${workload.name} already.`);
  return [...others, { ...workload, state: "running" }];
}

/** A world with other tenants and workloads; allowances that people added to the policy stay. */
export function worldWith(world: Snapshot, target: Target): Snapshot {
  return { ...world, ...target, policy: policyFor(world, target.tenants) };
}

function policyFor(world: Snapshot, tenants: readonly Tenant[]): ReachabilityPolicy {
  const derived = new Set(derivePolicy(world.tenants).allow.map(canonicalJson));
  const own = world.policy.allow.filter((one) => !derived.has(canonicalJson(one)));
  // A fabric that was not designed here keeps the policy that it came with.
  if (own.length === world.policy.allow.length && derived.size > 0) return world.policy;
  return { allow: [...derivePolicy(tenants).allow, ...own] };
}
