import { z } from "zod";
import { explainFigure, formatExplained } from "#economics/explain.ts";
import { Failure } from "#model/failure.ts";
import { formatDollars } from "#model/money.ts";
import { tokenCost } from "#economics/tokens.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";
import { findTenant, TenantName } from "./tenants.ts";
import { findJob } from "./workloads.ts";

const Micros = z
  .string()
  .regex(/^-?\d+$/)
  .describe("Integer micro-dollars");
const Grade = z.enum(["measured", "derived", "assumed"]);

const dollars = (micros: string, digits = 2): string => formatDollars(BigInt(micros), digits);

export const showCost = defineOperation({
  name: "cost.show",
  area: "economics",
  summary:
    "What the factory costs per hour: by pool, by tenant, with idle as a row of its own. The rows sum to the total exactly.",
  effect: "read",
  input: z.strictObject({}),
  output: z.object({
    perHour: Micros,
    perGpuHour: Micros,
    networkPerGpuHour: Micros,
    networkShare: z.number(),
    pools: z.array(z.object({ pool: z.string(), perHour: Micros })),
    tenants: z.array(
      z.object({ tenant: z.string(), gpus: z.number(), perHour: Micros, network: Micros, reservedIdle: Micros }),
    ),
    idle: Micros,
    unattributed: Micros,
    platform: Micros,
    book: z.string(),
    grade: Grade,
  }),
  failures: [],
  run: async (_, { factory }) => {
    const { costs, book } = factory;
    return {
      perHour: String(costs.totalPerHour),
      perGpuHour: String(costs.perGpuHour),
      networkPerGpuHour: String(costs.networkPerGpuHour),
      networkShare: costs.networkShare,
      pools: Object.entries(costs.pools).map(([pool, perHour]) => ({ pool, perHour: String(perHour) })),
      tenants: costs.tenants.map((one) => ({
        tenant: one.tenant,
        gpus: one.gpus,
        perHour: String(one.perHour),
        network: String(one.networkPerHour),
        reservedIdle: String(one.reservedIdlePerHour),
      })),
      idle: String(costs.idle.freeHostsPerHour + costs.idle.networkPerHour),
      unattributed: String(costs.unattributedPerHour),
      platform: String(costs.platformPerHour),
      book: book.name,
      grade: costs.grade,
    };
  },
  print: (one) =>
    [
      `${dollars(one.perHour)} an hour; ${dollars(one.perGpuHour, 4)} a GPU-hour, of which network ${dollars(one.networkPerGpuHour, 4)} (${(one.networkShare * 100).toFixed(2)} %)`,
      formatTable(
        ["POOL", "PER HOUR"],
        one.pools.map((row) => [row.pool, dollars(row.perHour)]),
      ),
      formatTable(
        ["BORNE BY", "GPUS", "PER HOUR", "OF WHICH NETWORK", "RESERVED IDLE"],
        [
          ...one.tenants.map((row) => [
            row.tenant,
            row.gpus,
            dollars(row.perHour),
            dollars(row.network),
            dollars(row.reservedIdle),
          ]),
          ["idle", "", dollars(one.idle), "", ""],
          ["unattributed", "", dollars(one.unattributed), "", ""],
          ["platform", "", dollars(one.platform), "", ""],
        ],
      ),
      `Price book ${one.book}; the figures are ${one.grade}.`,
    ].join("\n"),
});

export const showTenantCost = defineOperation({
  name: "cost.tenant",
  area: "economics",
  summary: "What one tenant costs per hour, by pool, and how much of that is network.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({ name: TenantName }),
  output: z.object({
    tenant: z.string(),
    gpus: z.number(),
    perHour: Micros,
    network: Micros,
    networkShare: z.number(),
    perGpuHour: Micros,
    networkPerGpuHour: Micros,
    reservedIdle: Micros,
    pools: z.array(z.object({ pool: z.string(), perHour: Micros })),
    book: z.string(),
    grade: Grade,
  }),
  failures: ["not_found"],
  positional: ["name"],
  run: async ({ name }, context) => {
    findTenant(name, context);
    const { costs, book } = context.factory;
    const mine = costs.tenants.find((one) => one.tenant === name);
    if (mine === undefined) throw new Failure("not_found", `${name} has no cost row.`);
    const perGpu = (amount: bigint): string => String(mine.gpus === 0 ? 0n : amount / BigInt(mine.gpus));
    return {
      tenant: name,
      gpus: mine.gpus,
      perHour: String(mine.perHour),
      network: String(mine.networkPerHour),
      networkShare: mine.perHour === 0n ? 0 : Number(mine.networkPerHour) / Number(mine.perHour),
      perGpuHour: perGpu(mine.perHour),
      networkPerGpuHour: perGpu(mine.networkPerHour),
      reservedIdle: String(mine.reservedIdlePerHour),
      pools: Object.entries(mine.pools).map(([pool, perHour]) => ({ pool, perHour: String(perHour) })),
      book: book.name,
      grade: costs.grade,
    };
  },
  print: (one) =>
    [
      `${one.tenant}: ${dollars(one.perHour)} an hour for ${one.gpus} GPUs, of which network ${dollars(one.network)} (${(one.networkShare * 100).toFixed(2)} %)`,
      `${dollars(one.perGpuHour, 4)} a GPU-hour, of which network ${dollars(one.networkPerGpuHour, 4)}; on hosts without a job ${dollars(one.reservedIdle)} an hour`,
      formatTable(
        ["POOL", "PER HOUR"],
        one.pools.map((row) => [row.pool, dollars(row.perHour)]),
      ),
      `Price book ${one.book}; the figures are ${one.grade}.`,
    ].join("\n"),
});

export const showUsage = defineOperation({
  name: "usage.show",
  command: "usage",
  area: "economics",
  summary: "GPUs that each tenant holds and how many of them have a job now: GPU-hours per hour. No history is kept.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({}),
  output: z.object({
    tenants: z.array(
      z.object({
        tenant: z.string(),
        gpus: z.number(),
        busy: z.number().describe("On hosts with a job that runs"),
        idle: z.number(),
        quota: z.number().optional().describe("Absent: none is set"),
        idlePerHour: Micros,
      }),
    ),
    grade: Grade,
  }),
  failures: [],
  run: async (_, context) => {
    const { factory, scope } = context;
    const { fabric } = factory.snapshot;
    const busyHosts = new Set(factory.workloads(scope).flatMap((one) => (one.state === "running" ? one.hosts : [])));
    const gpusOf = (hosts: readonly string[]): number =>
      hosts.reduce((sum, host) => sum + (fabric.hosts[host]?.gpus.length ?? 0), 0);
    return {
      grade: factory.costs.grade,
      tenants: factory.tenants(scope).map((one) => {
        const [gpus, busy] = [gpusOf(one.hosts), gpusOf(one.hosts.filter((host) => busyHosts.has(host)))];
        const row = factory.costs.tenants.find((cost) => cost.tenant === one.name);
        return {
          tenant: one.name,
          gpus,
          busy,
          idle: gpus - busy,
          ...(one.quota === undefined ? {} : { quota: one.quota.gpus }),
          idlePerHour: String(row?.reservedIdlePerHour ?? 0n),
        };
      }),
    };
  },
  print: ({ tenants }) =>
    formatTable(
      ["TENANT", "GPU-HOURS PER HOUR", "WITH A JOB", "IDLE", "IDLE PER HOUR", "QUOTA"],
      tenants.map((one) => [
        one.tenant,
        one.gpus,
        one.busy,
        one.idle,
        dollars(one.idlePerHour),
        one.quota ?? "none set",
      ]),
    ),
});

export const showTokenCost = defineOperation({
  name: "cost.tokens",
  area: "economics",
  summary:
    "What a million tokens of an inference service cost, with the network's direct part and the part that waiting for it causes.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({ service: z.string() }),
  output: z.object({
    service: z.string(),
    gpus: z.number(),
    tokensPerSecond: z.number(),
    perMillionTokens: Micros,
    networkDirect: Micros,
    networkInduced: Micros,
    grade: Grade,
  }),
  failures: ["not_found", "unsupported"],
  positional: ["service"],
  run: async ({ service }, context) => {
    const job = findJob(service, context);
    if (job.kind !== "inference")
      throw new Failure(
        "unsupported",
        `${service} is a training job: it serves no tokens. \`heddle cost tenant ${job.tenant}\` gives its cost.`,
      );
    const { costs, load } = context.factory;
    const cost = tokenCost({ service: job, costs, ...load.jobs.find((one) => one.job === service) });
    return {
      service,
      gpus: job.hosts.length * job.gpusPerHost,
      tokensPerSecond: cost.tokensPerSecond,
      perMillionTokens: String(cost.perMillionTokens),
      networkDirect: String(cost.networkDirect),
      networkInduced: String(cost.networkInduced),
      grade: cost.grade,
    };
  },
  print: (one) =>
    `${one.service}: ${dollars(one.perMillionTokens, 4)} per million tokens (network ${dollars(one.networkDirect, 4)} direct, ${dollars(one.networkInduced, 4)} induced) at ${Math.round(one.tokensPerSecond)} tokens/s on ${one.gpus} GPUs; ${one.grade}`,
});

export const explainCost = defineOperation({
  name: "cost.explain",
  command: "explain",
  area: "economics",
  summary: "All that a figure was made from, down to the prices and their sources.",
  effect: "read",
  input: z.strictObject({ figure: z.string().optional().describe("Name of the figure; none: the list of names") }),
  output: z.object({ figures: z.array(z.string()), explanation: z.string().optional() }),
  failures: ["not_found"],
  positional: ["figure"],
  run: async ({ figure }, { factory }) => {
    const { figures } = factory.costs;
    const names = figures.map((one) => one.name);
    if (figure === undefined) return { figures: names };
    const found = figures.find((one) => one.name === figure);
    if (found === undefined)
      throw new Failure("not_found", `There is no figure ${figure}. There are: ${names.slice(0, 30).join(", ")}.`);
    return { figures: [figure], explanation: formatExplained(explainFigure(found, figures)) };
  },
  print: ({ figures, explanation }) => explanation ?? figures.join("\n"),
});

export const costOperations = [showCost, showTenantCost, showUsage, showTokenCost, explainCost];
