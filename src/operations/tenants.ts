import { z } from "zod";
import { Failure } from "#model/failure.ts";
import { tenantNamePattern, type Tenant } from "#model/tenant.ts";
import { expandAllNames } from "#net/ranges.ts";
import { formatRate } from "#net/rate.ts";
import { ChangeView, printChange, viewOf } from "./change-view.ts";
import type { Context } from "./context.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

export const TenantName = z
  .string()
  .regex(tenantNamePattern, "a name is 1 to 15 of a-z, 0-9 and -, and starts with a letter");

const Hosts = z.array(z.string().min(1).max(200)).min(1).max(5000).describe("Hosts by name; ranges as su1-h1..h4");

const TenantView = z.object({
  name: z.string(),
  hosts: z.array(z.string()),
  gpus: z.number(),
  guaranteedGbps: z.number().describe("Per compute NIC"),
  vrf: z.string(),
  vni: z.number(),
  vlan: z.number().optional(),
  prefix: z.string().optional(),
  workloads: z.array(z.string()),
});

export function viewTenant(tenant: Tenant, { factory }: Pick<Context, "factory">): z.input<typeof TenantView> {
  const gpus = tenant.hosts.reduce((sum, host) => sum + (factory.snapshot.fabric.hosts[host]?.gpus.length ?? 0), 0);
  const { compute, frontEnd } = tenant.networks;
  return {
    name: tenant.name,
    hosts: [...tenant.hosts],
    gpus,
    guaranteedGbps: tenant.guaranteedBps / 1e9,
    vrf: compute.vrf,
    vni: compute.vni,
    ...(frontEnd === undefined ? {} : { vlan: frontEnd.vlan, prefix: frontEnd.prefix }),
    workloads: factory.snapshot.workloads.filter((one) => one.tenant === tenant.name).map((one) => one.name),
  };
}

/** @throws {Failure} not_found, also when the scope hides it: a tenant learns nothing about others. */
export function findTenant(name: string, { factory, scope }: Pick<Context, "factory" | "scope">): Tenant {
  const tenants = factory.tenants(scope);
  const found = tenants.find((one) => one.name === name);
  if (found === undefined) {
    const known = tenants.map((one) => one.name).join(", ");
    throw new Failure("not_found", `There is no tenant ${name}.${known === "" ? "" : ` There are: ${known}.`}`);
  }
  return found;
}

export const listTenants = defineOperation({
  name: "tenant.list",
  area: "tenants",
  summary: "Tenants, and what each of them holds.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({}),
  output: z.object({ tenants: z.array(TenantView) }),
  failures: [],
  run: async (_, context) => ({
    tenants: context.factory.tenants(context.scope).map((one) => viewTenant(one, context)),
  }),
  print: ({ tenants }) =>
    tenants.length === 0
      ? "There are no tenants yet. `heddle tenant create NAME --hosts HOST... --gbps 400` plans one."
      : formatTable(
          ["TENANT", "HOSTS", "GPUS", "GBPS/NIC", "VRF", "VNI", "VLAN", "PREFIX", "WORKLOADS"],
          tenants.map((one) => [
            one.name,
            one.hosts.length,
            one.gpus,
            one.guaranteedGbps,
            one.vrf,
            one.vni,
            one.vlan ?? "-",
            one.prefix ?? "-",
            one.workloads.join(" ") || "-",
          ]),
        ),
});

export const showTenant = defineOperation({
  name: "tenant.show",
  area: "tenants",
  summary: "One tenant: its hosts, networks and workloads.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({ name: TenantName }),
  output: TenantView,
  failures: ["not_found"],
  positional: ["name"],
  run: async ({ name }, context) => viewTenant(findTenant(name, context), context),
  print: (one) =>
    [
      `${one.name}: ${one.gpus} GPUs on ${one.hosts.length} hosts, ${formatRate(one.guaranteedGbps * 1e9)}b/s per NIC`,
      `  hosts      ${one.hosts.join(" ")}`,
      `  compute    VRF ${one.vrf}, VNI ${one.vni}`,
      ...(one.vlan === undefined ? [] : [`  front end  VLAN ${one.vlan}, ${one.prefix ?? ""}`]),
      `  workloads  ${one.workloads.join(" ") || "none"}`,
    ].join("\n"),
});

export const createTenant = defineOperation({
  name: "tenant.create",
  area: "tenants",
  summary: "Plan a new tenant on the hosts named: isolation, QoS and addresses on every fabric, as one Change.",
  effect: "plan",
  input: z.strictObject({
    name: TenantName,
    hosts: Hosts,
    gbps: z.number().positive().max(10_000).describe("Guaranteed rate of each compute NIC, Gb/s"),
  }),
  output: ChangeView,
  failures: ["not_found", "conflict", "refused"],
  positional: ["name"],
  run: async ({ name, hosts, gbps }, { changes, principal, progress, scope }) =>
    viewOf(
      await changes.propose(
        { kind: "tenant.create", name, hosts: expandAllNames(hosts), guaranteedBps: gbps * 1e9 },
        principal,
        progress,
      ),
      scope,
    ),
  print: printChange,
});

export const resizeTenant = defineOperation({
  name: "tenant.resize",
  area: "tenants",
  summary: "Plan more or fewer hosts for a tenant: add by name or by number, remove by name.",
  effect: "plan",
  tenants: "scoped",
  input: z.strictObject({
    name: TenantName,
    add: z.array(z.string()).optional().describe("Hosts to add"),
    remove: z.array(z.string()).optional().describe("Hosts to give back"),
    more: z.int().min(1).max(5000).optional().describe("How many hosts to add; the best free ones are chosen"),
    unit: z.int().min(0).max(100_000).optional().describe("With more: only hosts of this scalable unit"),
    gbps: z.number().positive().max(10_000).optional().describe("A new guaranteed rate of each compute NIC, Gb/s"),
  }),
  output: ChangeView,
  failures: ["not_found", "conflict", "refused"],
  positional: ["name"],
  run: async ({ name, add, remove, more, unit, gbps }, context) => {
    const tenant = findTenant(name, context);
    if (add === undefined && remove === undefined && more === undefined && gbps === undefined)
      throw new Failure("invalid_input", "Nothing to change. Say --add, --remove, --more or --gbps.");
    const { chooseHosts } = await import("#decide/where.ts");
    const gone = new Set(expandAllNames(remove ?? []));
    for (const host of gone)
      if (!tenant.hosts.includes(host))
        throw new Failure("invalid_input", `${host} is not ${name}'s. Its hosts: ${tenant.hosts.join(" ")}.`);
    const chosen =
      more === undefined
        ? []
        : chooseHosts({
            factory: context.factory.snapshot,
            tenant,
            count: more,
            load: context.factory.load,
            ...(unit === undefined ? {} : { unit }),
          });
    const wanted = expandAllNames(add ?? []);
    if (context.scope.kind === "tenant") refuseTaken(wanted, tenant, context);
    const hosts = [...new Set([...tenant.hosts, ...wanted, ...chosen])].filter((host) => !gone.has(host));
    const record = await context.changes.propose(
      { kind: "tenant.resize", name, hosts, ...(gbps === undefined ? {} : { guaranteedBps: gbps * 1e9 }) },
      context.principal,
      context.progress,
    );
    return viewOf(record, context.scope);
  },
  print: printChange,
});

/** A tenant learns of a host only that it can't be had: not whose it is, nor whether there is one. @throws {Failure} conflict */
function refuseTaken(wanted: readonly string[], tenant: Tenant, { factory }: Context): void {
  const { fabric, tenants } = factory.snapshot;
  const held = new Set(tenants.filter((one) => one.name !== tenant.name).flatMap((one) => one.hosts));
  const taken = wanted.filter(
    (host) => held.has(host) || !Object.hasOwn(fabric.hosts, host) || fabric.hosts[host]?.role !== "gpu",
  );
  if (taken.length > 0)
    throw new Failure("conflict", `${taken.join(" ")} can't be had. Say --more with a number; free hosts are chosen.`);
}

export const deleteTenant = defineOperation({
  name: "tenant.delete",
  area: "tenants",
  summary: "Plan a tenant's removal; its hosts are released only when their isolation has been observed.",
  effect: "plan",
  input: z.strictObject({ name: TenantName }),
  output: ChangeView,
  failures: ["not_found", "conflict", "refused"],
  positional: ["name"],
  run: async ({ name }, context) => {
    findTenant(name, context);
    return viewOf(
      await context.changes.propose({ kind: "tenant.delete", name }, context.principal, context.progress),
      context.scope,
    );
  },
  print: printChange,
});

export const tenantOperations = [listTenants, showTenant, createTenant, resizeTenant, deleteTenant];
