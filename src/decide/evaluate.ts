import type { Price, TwinEvidence } from "#model/change.ts";
import type { Fabric } from "#model/fabric.ts";
import { formatDollars, weakest, type Figure, type MicroDollars } from "#model/money.ts";
import type { Tenant } from "#model/tenant.ts";
import type { InferenceService, Workload } from "#model/workload.ts";
import { costOf, type CostReport } from "#economics/cost.ts";
import type { LinkUse } from "#economics/network-shares.ts";
import { changedTenants, priceReports, signed } from "#economics/price.ts";
import type { PriceBook } from "#economics/price-book.ts";
import { tokenCost } from "#economics/tokens.ts";
import { computeLoad, type JobLoad, type LoadReport } from "#twin/load.ts";
import type { Twin } from "#twin/twin.ts";

/** One state of the factory to be judged. The load is computed on the twin unless it is known already. */
export interface World {
  readonly fabric: Fabric;
  readonly tenants: readonly Tenant[];
  readonly workloads: readonly Workload[];
  readonly twin: Twin;
  readonly load?: LoadReport;
}

/** A job whose time, or right to run, changes. */
interface JobChange {
  readonly job: string;
  readonly tenant: string;
  readonly before?: JobLoad;
  readonly after?: JobLoad;
  /** Waiting for the network per step, after less before, in milliseconds. */
  readonly waitChangeMs: number;
  /** What that waiting costs or frees, per hour, at the GPU rate. A view: nobody is billed for it. */
  readonly stallPerHour: MicroDollars;
}

export interface Evaluation {
  readonly price: Price;
  readonly linkLoad: TwinEvidence["linkLoad"];
  readonly jobs: readonly JobChange[];
  readonly costs: { readonly before: CostReport; readonly after: CostReport };
  readonly load: { readonly before: LoadReport; readonly after: LoadReport };
}

const mostChanged = 20;

/**
 * What going from one world to the other costs: those it is for, everybody else (their bills, and the time that their
 * jobs wait, at the GPU rate), the operator (idle, platform, the total); with the links and jobs that change most.
 */
export function evaluateChange(input: {
  readonly before: World;
  readonly after: World;
  readonly book: PriceBook;
}): Evaluation {
  const { before, after, book } = input;
  const load = { before: loadOf(before), after: loadOf(after) };
  const costs = { before: costsOf(before, load.before, book), after: costsOf(after, load.after, book) };
  const about = aboutWhom(before, after);
  const jobs = jobChanges(load.before, load.after, costs);
  return {
    price: priceOf(costs, about, jobs, before, after, load),
    linkLoad: changedLinks(load.before, load.after),
    jobs,
    costs,
    load,
  };
}

const loadOf = (world: World): LoadReport => world.load ?? computeLoad(world.twin, world.workloads);

/** Traffic of a load, as the network's use part takes it. */
const usesOf = (load: LoadReport): LinkUse[] => load.links.map(({ link, byTenant }) => ({ link, byTenant }));

/** Costs of a world with its work and traffic known. */
export const costsOf = (
  world: Pick<World, "fabric" | "tenants" | "workloads">,
  load: LoadReport,
  book: PriceBook,
): CostReport => costOf(world.fabric, world.tenants, book, { workloads: world.workloads, uses: usesOf(load) });

/** Tenants that a change is for: resized ones, and those whose workloads start, end or move. */
function aboutWhom(before: World, after: World): string[] {
  const key = (job: Workload) => `${job.state}|${job.hosts.join(",")}`;
  const old = new Map(before.workloads.map((job) => [job.name, job]));
  const next = new Map(after.workloads.map((job) => [job.name, job]));
  const owners = [...new Set([...old.keys(), ...next.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), next.get(name)];
    const same = was !== undefined && is !== undefined && key(was) === key(is);
    return same ? [] : [was?.tenant ?? is?.tenant ?? ""];
  });
  return [...new Set([...changedTenants(before.tenants, after.tenants), ...owners])];
}

function jobChanges(before: LoadReport, after: LoadReport, costs: Evaluation["costs"]): JobChange[] {
  const old = new Map(before.jobs.map((one) => [one.job, one]));
  const next = new Map(after.jobs.map((one) => [one.job, one]));
  return [...new Set([...old.keys(), ...next.keys()])]
    .map((job) => jobChange(job, old.get(job), next.get(job), costs.after))
    .filter(
      (one) =>
        one.before === undefined ||
        one.after === undefined ||
        one.before.blocked !== one.after.blocked ||
        Math.abs(one.waitChangeMs) > 1e-6,
    )
    .toSorted((a, b) => Math.abs(b.waitChangeMs) - Math.abs(a.waitChangeMs) || (a.job < b.job ? -1 : 1));
}

function jobChange(job: string, was: JobLoad | undefined, is: JobLoad | undefined, costs: CostReport): JobChange {
  const running = is?.blocked === undefined ? is : undefined;
  const waitChangeMs =
    was === undefined || running === undefined || was.blocked !== undefined
      ? 0
      : running.exposedNetworkMs - was.exposedNetworkMs;
  return {
    job,
    tenant: (is ?? was)?.tenant ?? "",
    ...(was === undefined ? {} : { before: was }),
    ...(is === undefined ? {} : { after: is }),
    waitChangeMs,
    stallPerHour: running === undefined || was === undefined ? 0n : stallCost(was, running, costs),
  };
}

/** The hourly GPU and host cost of a job's GPUs. */
function gpuRate(load: JobLoad, costs: CostReport): MicroDollars {
  if (costs.gpus === 0 || !Number.isSafeInteger(load.gpus)) return 0n;
  return ((costs.pools.gpu + costs.pools.host) * BigInt(load.gpus)) / BigInt(costs.gpus);
}

/** Change of the share of time that waits for the network, times what the GPUs cost. */
function stallCost(was: JobLoad, is: JobLoad, costs: CostReport): MicroDollars {
  const share = (one: JobLoad) => (one.stepMs > 0 ? Math.min(1, one.exposedNetworkMs / one.stepMs) : 0);
  if (was.blocked !== undefined || is.blocked !== undefined) return 0n;
  const change = Math.round((share(is) - share(was)) * 1e9);
  return (gpuRate(is, costs) * BigInt(change)) / 1_000_000_000n;
}

function priceOf(
  costs: Evaluation["costs"],
  about: readonly string[],
  jobs: readonly JobChange[],
  before: World,
  after: World,
  load: Evaluation["load"],
): Price {
  const base = priceReports(costs.before, costs.after, about);
  const stalls = jobs.filter((one) => one.before !== undefined && one.after !== undefined && one.stallPerHour !== 0n);
  const blocked = jobs.filter((one) => one.after?.blocked !== undefined && one.before?.blocked === undefined);
  const mine = (one: JobChange) => about.includes(one.tenant);
  const interference = stalls.filter((one) => !mine(one)).reduce((sum, one) => sum + one.stallPerHour, 0n);
  const figures = (list: readonly JobChange[]) => list.map((one) => stallFigure(one, costs.after));
  return {
    tenant: [
      ...base.tenant,
      ...figures(stalls.filter(mine)),
      ...tokenFiguresOf(after, costs.after, load.after, about, true),
    ],
    others: [
      ...base.others,
      ...figures(stalls.filter((one) => !mine(one))),
      ...tokenChanges(before, after, costs, load, about),
    ],
    operator: [...base.operator, ...neutralRate(costs)],
    summary: [
      base.summary,
      ...(interference === 0n ? [] : [`others' jobs wait ${signed(interference)} of GPU time`]),
      ...blocked.map((one) => `${one.job} could not run: ${one.after?.blocked ?? ""}`),
    ].join("; "),
  };
}

function stallFigure(one: JobChange, costs: CostReport): Figure {
  const load = (when: string, job: JobLoad | undefined): Figure["inputs"] => [
    {
      name: `${one.job} step ${when}`,
      value: `${(job?.stepMs ?? 0).toFixed(3)} ms`,
      grade: "derived",
      source: "twin load (modelled)",
    },
    {
      name: `${one.job} waiting ${when}`,
      value: `${(job?.exposedNetworkMs ?? 0).toFixed(3)} ms`,
      grade: "derived",
      source: "twin load (modelled)",
    },
  ];
  const rate = one.after === undefined ? 0n : gpuRate(one.after, costs);
  return {
    name: `job/${one.job}/stall/change`,
    value: one.stallPerHour,
    unit: "micro-dollars/h",
    grade: weakest([costs.grade, "derived"]),
    formula: "(waiting / step after - waiting / step before) x GPU rate; a view of what is paid already",
    inputs: [
      ...load("before", one.before),
      ...load("after", one.after),
      {
        name: "GPU rate of the job",
        value: `${formatDollars(rate, 6)}/h`,
        grade: costs.grade,
        source: "figure:pool/gpu",
      },
    ],
  };
}

const services = (world: World): InferenceService[] =>
  world.workloads.filter(
    (job): job is InferenceService => job.kind === "inference" && job.state !== "ended" && job.state !== "queued",
  );

function tokenFiguresOf(
  world: World,
  costs: CostReport,
  load: LoadReport,
  about: readonly string[],
  mine: boolean,
): Figure[] {
  return services(world)
    .filter((job) => about.includes(job.tenant) === mine)
    .flatMap((service) => tokenCost({ service, costs, ...load.jobs.find((one) => one.job === service.name) }).figures)
    .filter((figure) => figure.name.includes("/per-million"));
}

/** $ per million tokens of services that the change is not for, where it moves. */
function tokenChanges(
  before: World,
  after: World,
  costs: Evaluation["costs"],
  load: Evaluation["load"],
  about: readonly string[],
): Figure[] {
  const old = new Map(
    tokenFiguresOf(before, costs.before, load.before, about, false).map((figure) => [figure.name, figure.value]),
  );
  return tokenFiguresOf(after, costs.after, load.after, about, false).filter(
    (figure) => old.get(figure.name) !== figure.value,
  );
}

/** The rate per sold GPU-hour that would cover the whole factory: total over the GPUs that tenants hold. */
function neutralRate(costs: Evaluation["costs"]): Figure[] {
  const rate = (report: CostReport) => {
    const sold = report.tenants.reduce((sum, one) => sum + one.gpus, 0);
    return sold === 0 ? undefined : (report.totalPerHour + BigInt(sold) / 2n) / BigInt(sold);
  };
  const [was, is] = [rate(costs.before), rate(costs.after)];
  if (is === undefined) return [];
  const grade = weakest([costs.after.grade, "derived"]);
  return [
    {
      name: "operator/revenue-neutral-per-gpu-hour",
      value: is,
      unit: "micro-dollars/GPU-hour",
      grade,
      formula: "cost/total / GPUs held by tenants",
      inputs: [
        {
          name: "before",
          value: was === undefined ? "nothing held" : formatDollars(was, 6),
          grade,
          source: "cost report before",
        },
        { name: "cost/total", value: formatDollars(costs.after.totalPerHour, 6), grade, source: "figure:cost/total" },
      ],
    },
  ];
}

function changedLinks(before: LoadReport, after: LoadReport): TwinEvidence["linkLoad"] {
  const old = new Map(before.links.map((one) => [one.link, one.share]));
  const next = new Map(after.links.map((one) => [one.link, one.share]));
  return [...new Set([...old.keys(), ...next.keys()])]
    .map((link) => ({ link, before: old.get(link) ?? 0, after: next.get(link) ?? 0 }))
    .filter((row) => Math.abs(row.after - row.before) > 1e-9)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || (a.link < b.link ? -1 : 1))
    .slice(0, mostChanged);
}
