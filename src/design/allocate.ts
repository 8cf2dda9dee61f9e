import { vlanId, vni } from "#net/asn.ts";
import { prefixCovers, prefixLength, subnetAt, type IpPrefix } from "#net/ip.ts";
import { nearestNames } from "#net/nearest.ts";
import { compareNames } from "#net/order.ts";
import { formatRate } from "#net/rate.ts";
import type { AddressPlan, NumberRange } from "#model/address-plan.ts";
import type { Fabric, Host } from "#model/fabric.ts";
import { Failure } from "#model/failure.ts";
import type { Finding } from "#model/finding.ts";
import { tenantNamePattern, type Tenant, type TenantNetworks } from "#model/tenant.ts";
import { designFinding, type Design } from "./design.ts";

export interface TenantRequest {
  readonly name: string;
  /** Names, already expanded. */
  readonly hosts: readonly string[];
  readonly guaranteedBps: number;
}

interface World {
  readonly fabric: Fabric;
  readonly tenants: readonly Tenant[];
}

/** Names of zones, VRFs and words of the configuration languages, which no tenant may take. */
const reservedNames = new Set([
  "storage",
  "oob",
  "unassigned",
  "frontend",
  "default",
  "mgmt",
  "management",
  "all",
  "any",
  "none",
]);

/** A VRF is an interface on Linux, 15 characters, of which SONiC's own prefix takes three. */
const vrfNameLength = 12;

/**
 * A new tenant with all its numbers chosen: the lowest free of each range, so that equal worlds give equal tenants.
 *
 * @throws {Failure} invalid_input for names and rates that cannot be; not_found for hosts that don't exist; conflict for
 *   hosts or names that are taken; refused when the guarantee or the ranges don't allow it; unsupported for a fabric
 *   that was imported without an address plan
 */
export function allocateTenant(world: World, request: TenantRequest): Tenant {
  const plan = planOf(world.fabric);
  checkName(world, request.name);
  const hosts = checkHosts(world, request.name, request.hosts);
  const tenant = {
    name: request.name,
    hosts: hosts.map(({ name }) => name),
    guaranteedBps: request.guaranteedBps,
    networks: chooseNetworks(world, plan, request.name),
    quota: { gpus: hosts.reduce((sum, host) => sum + host.gpus.length, 0) },
  };
  checkGuarantee(world, tenant);
  return tenant;
}

/**
 * The tenant with other hosts or another guarantee. It keeps its networks: nothing of what stays is renumbered.
 *
 * @throws {Failure} as `allocateTenant`; not_found for a tenant that isn't of this world
 */
export function resizeTenant(
  world: World,
  tenant: Tenant,
  change: { readonly hosts: readonly string[]; readonly guaranteedBps?: number },
): Tenant {
  planOf(world.fabric);
  if (!world.tenants.some(({ name }) => name === tenant.name))
    throw new Failure("not_found", `There is no tenant "${tenant.name}".`);
  const hosts = checkHosts(world, tenant.name, change.hosts);
  const resized = {
    ...tenant,
    hosts: hosts.map(({ name }) => name),
    guaranteedBps: change.guaranteedBps ?? tenant.guaranteedBps,
    quota: { gpus: hosts.reduce((sum, host) => sum + host.gpus.length, 0) },
  };
  checkGuarantee(world, resized);
  return resized;
}

/** The tenants of a design, allocated in its order. What cannot be allocated is a finding, and the rest goes on. */
export function deriveTenants(
  design: Design,
  fabric: Fabric,
): { readonly tenants: Tenant[]; readonly findings: Finding[] } {
  const tenants: Tenant[] = [];
  const findings: Finding[] = [];
  for (const [index, wanted] of design.tenants.entries()) {
    try {
      tenants.push(allocateTenant({ fabric, tenants }, wanted));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      findings.push(designFinding(design, "tenant", ["tenants", index], error.message));
    }
  }
  return { tenants, findings };
}

function planOf(fabric: Fabric): AddressPlan {
  if (fabric.plan !== undefined) return fabric.plan;
  throw new Failure(
    "unsupported",
    `The fabric ${fabric.name} came with configurations of its own and has no address plan, so no tenant can be allocated on it. verify, sessions, routes, reach, whatif and device replace work; for tenants, describe it as a design (fabric.yaml).`,
  );
}

function checkName(world: World, name: string): void {
  if (!tenantNamePattern.test(name))
    throw new Failure(
      "invalid_input",
      `"${name.slice(0, 60)}" is no tenant name: lower-case letters, digits and dashes, at most 15, beginning with a letter.`,
    );
  if (reservedNames.has(name)) throw new Failure("invalid_input", `"${name}" is reserved. Choose another name.`);
  if (world.tenants.some((tenant) => tenant.name === name))
    throw new Failure("conflict", `There is a tenant "${name}" already. Resize it, or choose another name.`);
}

function checkHosts({ fabric, tenants }: World, name: string, names: readonly string[]): Host[] {
  const wanted = [...new Set(names)].sort(compareNames);
  if (wanted.length === 0) throw new Failure("invalid_input", `Tenant "${name}" needs at least one host.`);
  const unknown = wanted.filter((host) => !Object.hasOwn(fabric.hosts, host));
  if (unknown.length > 0) {
    const near = nearestNames(unknown[0] ?? "", Object.keys(fabric.hosts));
    throw new Failure(
      "not_found",
      `No host ${quoted(unknown)} in ${fabric.name}.${near.length > 0 ? ` Did you mean ${near.join(", ")}?` : ""}`,
    );
  }
  const hosts = wanted.flatMap((host) => fabric.hosts[host] ?? []);
  const others = hosts.filter(({ role }) => role !== "gpu");
  if (others.length > 0)
    throw new Failure(
      "invalid_input",
      `${quoted(others.map((host) => host.name))} is no GPU host and can't be given to a tenant.`,
    );
  for (const tenant of tenants) {
    if (tenant.name === name) continue;
    const taken = wanted.filter((host) => tenant.hosts.includes(host));
    if (taken.length > 0) {
      const all = new Set(tenants.flatMap((one) => one.hosts));
      const free = Object.values(fabric.hosts).filter((host) => host.role === "gpu" && !all.has(host.name));
      throw new Failure(
        "conflict",
        `${quoted(taken)} ${taken.length === 1 ? "belongs" : "belong"} to tenant ${tenant.name}. Free: ${free.length === 0 ? "none" : shortList(free.map((host) => host.name))}.`,
      );
    }
  }
  return hosts;
}

const shortList = (names: readonly string[]): string =>
  names.length <= 8 ? names.join(", ") : `${names.slice(0, 8).join(", ")} and ${names.length - 8} more`;
const quoted = (names: readonly string[]): string => shortList(names.map((name) => `"${name.slice(0, 60)}"`));

/** The guarantee fits the NICs, and all guarantees together fit what each leaf can send to the spines. */
function checkGuarantee({ fabric, tenants }: World, tenant: Omit<Tenant, "networks">): void {
  const rate = tenant.guaranteedBps;
  if (!Number.isFinite(rate) || rate <= 0)
    throw new Failure("invalid_input", `A guarantee is a positive rate, not ${rate}.`);
  for (const name of tenant.hosts)
    for (const nic of fabric.hosts[name]?.nics ?? [])
      if (nic.purpose === "computeFabric" && rate > nic.speedBps)
        throw new Failure(
          "refused",
          `${formatRate(rate)} can't be guaranteed: ${name} ${nic.name} has ${formatRate(nic.speedBps)}.`,
        );
  const guaranteed = new Map<string, number>();
  for (const one of tenants)
    if (one.name !== tenant.name) for (const host of one.hosts) guaranteed.set(host, one.guaranteedBps);
  for (const host of tenant.hosts) guaranteed.set(host, rate);
  const committed = new Map<string, number>();
  const uplinks = new Map<string, number>();
  for (const { a, b, speedBps, fabric: kind } of fabric.links) {
    if (kind !== "computeFabric") continue;
    const host = guaranteed.get(b.node);
    if (host !== undefined) committed.set(a.node, (committed.get(a.node) ?? 0) + host);
    else if (Object.hasOwn(fabric.switches, b.node)) uplinks.set(a.node, (uplinks.get(a.node) ?? 0) + speedBps);
  }
  for (const [leaf, sum] of committed) {
    const capacity = uplinks.get(leaf) ?? 0;
    if (sum > capacity)
      throw new Failure(
        "refused",
        `With ${formatRate(rate)} for ${tenant.name}, ${leaf} would have ${formatRate(sum)} guaranteed on ${capacity === 0 ? "no uplinks" : `${formatRate(capacity)} of uplinks`}. Ask for less, or for hosts of another scalable unit.`,
      );
  }
}

function chooseNetworks({ fabric, tenants }: World, plan: AddressPlan, name: string): TenantNetworks {
  const computeVni = lowestFree(
    plan.ranges.computeVnis,
    tenants.map((tenant) => tenant.networks.compute.vni),
    "compute VNI",
  );
  // The underscore can't stand in a tenant's name, so a shortened name never meets a whole one.
  const vrf = name.length <= vrfNameLength ? name : `${name.slice(0, 6)}_${computeVni}`;
  const compute = { vrf, vni: vni(computeVni) };
  if (!Object.values(fabric.switches).some((one) => one.fabric === "frontEnd")) return { compute };
  const taken = tenants.flatMap((tenant) => tenant.networks.frontEnd ?? []);
  const { ranges } = plan;
  const vlan = lowestFree(
    ranges.frontEndVlans,
    [...taken.map((one) => one.vlan), plan.storageNetwork.vlan, plan.outOfBandVlan],
    "front-end VLAN",
  );
  const l2Vni = lowestFree(
    ranges.frontEndVnis,
    taken.map((one) => one.vni),
    "front-end VNI",
  );
  return {
    compute,
    frontEnd: {
      vlan: vlanId(vlan),
      vni: vni(l2Vni),
      prefix: freePrefix(
        plan,
        taken.map((one) => one.prefix),
      ),
    },
  };
}

function lowestFree({ from, to }: NumberRange, taken: readonly number[], what: string): number {
  const used = new Set(taken);
  for (let value = from; value <= to; value++) if (!used.has(value)) return value;
  throw new Failure("refused", `No ${what} is free: all of ${from} to ${to} are taken. Widen the range in the design.`);
}

function freePrefix(plan: AddressPlan, taken: readonly IpPrefix[]): IpPrefix {
  const pool = plan.pools.frontEnd;
  const used = [...taken, plan.pools.storage];
  const count = 2 ** (plan.tenantPrefixLength - prefixLength(pool));
  for (let index = 0; index < count; index++) {
    const candidate = subnetAt(pool, plan.tenantPrefixLength, index);
    if (!used.some((other) => prefixCovers(other, candidate) || prefixCovers(candidate, other))) return candidate;
  }
  throw new Failure(
    "refused",
    `No /${plan.tenantPrefixLength} is free in the front-end pool ${pool}. Give the design a larger pool.`,
  );
}
