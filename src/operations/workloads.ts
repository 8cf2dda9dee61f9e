import { z } from "zod";
import { Failure } from "#model/failure.ts";
import type { Workload } from "#model/workload.ts";
import { explainJob } from "#decide/why-slow.ts";
import type { Context } from "./context.ts";
import type { LoadReport } from "#twin/load.ts";
import { findDevice, linkViews } from "./links.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";
import { findTenant } from "./tenants.ts";

const JobView = z.object({
  name: z.string(),
  kind: z.string(),
  tenant: z.string(),
  model: z.string(),
  state: z.string(),
  hosts: z.array(z.string()),
  gpus: z.number(),
  stepMs: z.number().optional(),
  computeMs: z.number().optional(),
  exposedNetworkMs: z.number().optional(),
  bottleneck: z.string().optional(),
});

function viewJob(job: Workload, { load }: Context["factory"]): z.input<typeof JobView> {
  const speed = load.jobs.find((one) => one.job === job.name);
  return {
    name: job.name,
    kind: job.kind,
    tenant: job.tenant,
    model: job.model.name,
    state: job.state,
    hosts: [...job.hosts],
    gpus: job.hosts.length * job.gpusPerHost,
    ...(speed === undefined
      ? {}
      : { stepMs: speed.stepMs, computeMs: speed.computeMs, exposedNetworkMs: speed.exposedNetworkMs }),
    ...(speed?.bottleneck === undefined ? {} : { bottleneck: speed.bottleneck }),
  };
}

/** @throws {Failure} not_found, also when the scope hides it */
export function findJob(name: string, { factory, scope }: Pick<Context, "factory" | "scope">): Workload {
  const jobs = factory.workloads(scope);
  const found = jobs.find((one) => one.name === name);
  if (found === undefined)
    throw new Failure(
      "not_found",
      `There is no job or service ${name}.${jobs.length === 0 ? "" : ` There are: ${jobs.map((one) => one.name).join(" ")}.`}`,
    );
  return found;
}

/** Links of a device, the link itself, or all links between two devices. A tenant may name its own hosts. @throws {Failure} not_found, forbidden */
function linksOf(using: string, { factory, scope }: Context): ReturnType<typeof linkViews> {
  if (scope.kind === "tenant" && !factory.tenants(scope).some((one) => one.hosts.includes(using)))
    throw new Failure("forbidden", "Switches and links are the operator's. Name one of your own hosts.");
  const links = linkViews(factory);
  const [left, right] = using.split("--");
  const between = links.filter(
    (one) => (one.a.node === left && one.b.node === right) || (one.a.node === right && one.b.node === left),
  );
  if (between.length > 0) return between;
  if (!links.some((one) => one.id === using)) findDevice(using, factory);
  return links.filter((one) => one.id === using || one.a.node === using || one.b.node === using);
}

export const listJobs = defineOperation({
  name: "job.list",
  area: "workloads",
  summary:
    "Training jobs and inference services, with the time their steps take; or only those whose traffic uses a device or link.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({
    using: z
      .string()
      .optional()
      .describe("Only jobs whose traffic crosses this switch, host or link, or the links between two switches: A--B"),
    tenant: z.string().optional(),
    state: z.enum(["queued", "starting", "running", "ending", "ended"]).optional().describe("Only those in this state"),
  }),
  output: z.object({ jobs: z.array(JobView), using: z.string().optional(), links: z.number() }),
  failures: ["not_found"],
  run: async ({ using, tenant, state }, context) => {
    const { factory, scope } = context;
    const visible = factory.workloads(scope);
    const touched = using === undefined ? [] : linksOf(using, context);
    const users = new Set(touched.flatMap((one) => one.jobs));
    if (tenant !== undefined) findTenant(tenant, context);
    return {
      links: touched.filter((one) => visible.some((job) => one.jobs.includes(job.name))).length,
      ...(using === undefined ? {} : { using }),
      jobs: visible
        .filter(
          (one) =>
            (using === undefined || users.has(one.name)) &&
            (tenant === undefined || one.tenant === tenant) &&
            (state === undefined || one.state === state),
        )
        .map((one) => viewJob(one, factory)),
    };
  },
  print: ({ jobs, using }) =>
    jobs.length === 0
      ? using === undefined
        ? "Nothing runs."
        : `No job's traffic uses ${using} (modelled).`
      : formatTable(
          ["JOB", "KIND", "TENANT", "MODEL", "GPUS", "STATE", "STEP MS", "OF WHICH NETWORK", "BOTTLENECK"],
          jobs.map((one) => [
            one.name,
            one.kind,
            one.tenant,
            one.model,
            one.gpus,
            one.state,
            one.stepMs?.toFixed(1) ?? "-",
            one.exposedNetworkMs?.toFixed(1) ?? "-",
            one.bottleneck ?? "-",
          ]),
        ),
});

/** The load with other tenants' jobs by no name: that there is company may be said, not whose. */
function visibleLoad({ factory, scope }: Context): LoadReport {
  if (scope.kind === "all") return factory.load;
  const own = new Set(factory.workloads(scope).map((one) => one.name));
  const masked = (jobs: readonly string[]) => [
    ...new Set(jobs.map((one) => (own.has(one) ? one : "a job of another tenant"))),
  ];
  return {
    ...factory.load,
    links: factory.load.links.map((one) => ({ ...one, jobs: masked(one.jobs) })),
    jobs: factory.load.jobs.filter((one) => own.has(one.job)),
  };
}

const ClaimView = z.object({
  kind: z.enum(["fact", "derived", "inference", "assumption"]),
  text: z.string(),
  evidence: z.array(z.object({ uri: z.string(), version: z.string(), field: z.string(), value: z.string() })),
});

export const whyJob = defineOperation({
  name: "job.explain",
  area: "workloads",
  summary:
    "Why a job takes the time it takes: compute, its own placement, contention, failed or slow links; each with evidence.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({ name: z.string() }),
  output: z.object({ job: JobView, claims: z.array(ClaimView) }),
  failures: ["not_found"],
  positional: ["name"],
  run: async ({ name }, context) => {
    const job = findJob(name, context);
    const { factory } = context;
    const claims = explainJob({
      job,
      twin: factory.twin,
      workloads: factory.workloads(context.scope),
      load: visibleLoad(context),
      version: factory.digest,
    });
    return {
      job: viewJob(job, factory),
      claims: claims.map((one) => ({ ...one, evidence: one.evidence.map((item) => ({ ...item })) })),
    };
  },
  print: ({ claims }) => claims.map((one) => one.text).join("\n"),
});

export const endJob = defineOperation({
  name: "job.end",
  area: "workloads",
  summary: "Plan the end of a job; what was made for it is released with it.",
  effect: "plan",
  input: z.strictObject({ name: z.string() }),
  output: z.object({ id: z.string(), state: z.string() }),
  failures: ["not_found", "conflict", "refused"],
  positional: ["name"],
  run: async ({ name }, context) => {
    findJob(name, context);
    const record = await context.changes.propose({ kind: "workload.end", name }, context.principal, context.progress);
    return { id: record.change.id, state: record.state };
  },
  print: ({ id, state }) => `Change ${id} is ${state}. heddle change show ${id}`,
});

export const workloadOperations = [listJobs, whyJob, endJob];
