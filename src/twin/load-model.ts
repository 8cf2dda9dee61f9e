import type { Fabric } from "#model/fabric.ts";
import type { Workload } from "#model/workload.ts";
import {
  blockedJob,
  defaultAssumptions,
  isActive,
  trafficOf,
  type Flow,
  type JobTraffic,
  type LoadAssumptions,
} from "./load-flows.ts";
import { compileNetwork, type CompiledNetwork, type LoadNetwork } from "./load-network.ts";
import type { JobLoad, LinkLoad, LoadReport } from "./load-report.ts";
import { flowTable, maxMinRates } from "./load-solve.ts";

/** Traffic of the workloads on any network that can name its paths: link loads, and the time that jobs wait. */
export function computeLoadOn(
  network: LoadNetwork,
  workloads: readonly Workload[],
  assumptions: Partial<LoadAssumptions> = {},
): LoadReport {
  const assume = soundAssumptions(assumptions);
  const compiled = compileNetwork(network);
  const nvlink = nvlinkTable(network.fabric);
  const traffic = distinct(workloads.filter(isActive)).map(({ job, twice }) =>
    twice
      ? blockedJob(job, "another workload has the same name.", "Give each workload a name of its own.")
      : trafficOf(job, compiled, (host) => nvlink.get(host) ?? 0, assume),
  );
  const loads = new Loads(compiled, traffic, assume);
  const jobs = traffic.map((one) => loads.job(one));
  return {
    links: loads.links(jobs),
    jobs,
    findings: traffic.flatMap((one) => one.findings),
    fidelity: "modelled",
    assumptions: assume,
  };
}

function soundAssumptions(given: Partial<LoadAssumptions>): LoadAssumptions {
  const pick = (value: number | undefined, fallback: number, max: number) =>
    value !== undefined && value >= 0 && value <= max ? value : fallback;
  return {
    overlap: pick(given.overlap, defaultAssumptions.overlap, 1),
    stepLatencyMs: pick(given.stepLatencyMs, defaultAssumptions.stepLatencyMs, 1e6),
    datasetBytesPerToken: pick(given.datasetBytesPerToken, defaultAssumptions.datasetBytesPerToken, 1e9),
  };
}

function distinct(workloads: readonly Workload[]): { readonly job: Workload; readonly twice: boolean }[] {
  const seen = new Set<string>();
  return workloads.map((job) => {
    const twice = seen.has(job.name);
    seen.add(job.name);
    return { job, twice };
  });
}

function nvlinkTable(fabric: Fabric): Map<string, number> {
  const table = new Map<string, number>();
  for (const domain of fabric.nvlinkDomains)
    for (const { host } of domain.members) table.set(host, domain.bandwidthBps);
  return table;
}

/** A rate, and the directed link that stops it from being higher. */
interface Granted {
  readonly bps: number;
  readonly link: number;
}

const elastic = (one: JobTraffic): Flow[] => one.flows.filter((flow) => flow.kind !== "background");

interface Times {
  readonly hidden: number;
  readonly exposed: number;
}

/**
 * Rates in three views. Alone: only the job's own flows. Crowded: everybody's flows at once, max-min fair: the worst.
 * Residual: the job's flows on what the others leave on average: bursts rarely meet while links have room.
 * A job gets the better of crowded and residual; both keep every link within its capacity, so the loads do too:
 * on a link where some job takes the residual, the others' averages were set aside in full; where none does, rates
 * are those of one feasible allocation.
 */
class Loads {
  readonly #network: CompiledNetwork;
  readonly #assume: LoadAssumptions;
  readonly #traffic: readonly JobTraffic[];
  readonly #rows = new Map<Flow, readonly (readonly [number, number])[]>();
  readonly #crowded = new Map<Flow, Granted>();
  /** Rates of background flows if each burst met everybody else's, unlimited by what is asked for on average. */
  readonly #burst = new Map<Flow, number>();
  readonly #alone = new Map<JobTraffic, number>();
  /** Average bits per second on directed links if each job ran at its own best pace. */
  readonly #wanted = new Map<string, Float64Array>();
  readonly #total: Float64Array;

  constructor(network: CompiledNetwork, traffic: readonly JobTraffic[], assume: LoadAssumptions) {
    this.#network = network;
    this.#assume = assume;
    this.#traffic = traffic;
    const flows = traffic.flatMap((one) => one.flows);
    for (const flow of flows) this.#rows.set(flow, network.route(flow.from, flow.to) ?? []);
    const rates = this.#solve(flows, network.capacity, true);
    for (const [index, flow] of flows.entries())
      this.#crowded.set(flow, { bps: rates.bps[index] ?? 0, link: rates.bottleneck[index] ?? -1 });
    if (traffic.some((one) => one.job.kind === "inference")) {
      const bursts = this.#solve(flows, network.capacity, false);
      for (const [index, flow] of flows.entries()) this.#burst.set(flow, bursts.bps[index] ?? 0);
    }
    this.#total = new Float64Array(network.capacity.length);
    for (const one of traffic) {
      const mine = this.#averages(one, this.#aloneMs(one));
      this.#wanted.set(one.job.name, mine);
      for (const [link, bps] of mine.entries()) if (bps > 0) this.#total[link] = (this.#total[link] ?? 0) + bps;
    }
  }

  #solve(flows: readonly Flow[], capacity: Float64Array, limited: boolean) {
    const limit = limited
      ? Float64Array.from(flows, (flow) => (flow.kind === "background" ? flow.wantedBps : Infinity))
      : undefined;
    return maxMinRates(flowTable(flows.map((flow) => this.#rows.get(flow) ?? [])), capacity, limit);
  }

  job(one: JobTraffic): JobLoad {
    return one.job.kind === "training" ? this.#training(one, one.job.computeMs) : this.#inference(one);
  }

  #training(one: JobTraffic, computeMs: number): JobLoad {
    const step = (times: Times) => computeMs + this.#exposed(times, computeMs);
    const best = step(this.#times(one, (flow) => flow.from.speedBps));
    const aloneMs = Math.max(best, this.#aloneMs(one));
    const crowded = this.#times(one, (flow) => this.#crowded.get(flow)?.bps ?? 0);
    const residual = this.#phaseRates(one, this.#left(one));
    const residualMs = step(this.#times(one, (flow) => residual.get(flow)?.bps ?? 0));
    const worstMs = Math.max(aloneMs, step(crowded));
    const stepMs = Math.max(aloneMs, Math.min(worstMs, residualMs));
    const rates = residualMs <= worstMs ? residual : this.#crowded;
    return this.#result(
      one,
      { stepMs, computeMs, exposedNetworkMs: stepMs - computeMs, bestMs: best, aloneMs, worstMs, servedShare: 1 },
      this.#slowest(elastic(one), rates),
    );
  }

  /** Host time per request; a request holds a prefill and a decode host while its cache crosses. */
  #inference(one: JobTraffic): JobLoad {
    const job = one.job;
    const rate = job.kind === "inference" ? job.requestsPerSecond : 0;
    const budgetMs = rate > 0 ? (job.hosts.length * 1_000) / rate : 0;
    const left = this.#left(one);
    const fit = (flow: Flow, room: Float64Array) =>
      Math.min(...(this.#rows.get(flow) ?? []).map(([link, part]) => (room[link] ?? 0) / part));
    const held = (speed: (flow: Flow) => number) =>
      2 * Math.max(0, ...one.flows.map((flow) => milliseconds(flow.bytes, speed(flow))));
    const granted = (flow: Flow) => this.#crowded.get(flow)?.bps ?? 0;
    const servedShare = Math.min(
      1,
      ...one.flows.map((flow) => (flow.wantedBps > 0 ? granted(flow) / flow.wantedBps : 1)),
    );
    const best = held((flow) => Math.min(flow.from.speedBps, flow.to.speedBps));
    const alone = Math.max(
      best,
      held((flow) => fit(flow, this.#network.capacity)),
    );
    const worst = Math.max(
      alone,
      held((flow) => this.#burst.get(flow) ?? 0),
    );
    const now = Math.max(
      alone,
      Math.min(
        worst,
        held((flow) => fit(flow, left)),
      ),
    );
    const computeMs = Math.max(0, budgetMs - now);
    const step = (ms: number) => computeMs + ms;
    const slowest = this.#slowest(
      one.flows,
      new Map(
        one.flows.map((flow) => [
          flow,
          { bps: Math.max(this.#burst.get(flow) ?? 0, fit(flow, left)), link: this.#tightest(flow, left) },
        ]),
      ),
    );
    return this.#result(
      one,
      {
        stepMs: step(now),
        computeMs,
        exposedNetworkMs: now,
        bestMs: step(best),
        aloneMs: step(alone),
        worstMs: step(worst),
        servedShare,
      },
      slowest,
    );
  }

  #tightest(flow: Flow, room: Float64Array): number {
    let found = -1;
    let least = Infinity;
    for (const [link, part] of this.#rows.get(flow) ?? []) {
      const fits = (room[link] ?? 0) / part;
      if (fits < least) [found, least] = [link, fits];
    }
    return found;
  }

  #result(
    one: JobTraffic,
    times: Omit<JobLoad, "job" | "kind" | "tenant" | "gpus" | "bottleneck" | "blocked">,
    slowest: number,
  ): JobLoad {
    const { job } = one;
    const bottleneck = slowest < 0 ? undefined : this.#network.links[slowest >> 1]?.id;
    return {
      job: job.name,
      kind: job.kind,
      tenant: job.tenant,
      gpus: job.hosts.length * (Number.isFinite(job.gpusPerHost) ? job.gpusPerHost : 0),
      ...finite(times),
      ...(bottleneck === undefined ? {} : { bottleneck }),
      ...(one.blocked === undefined ? {} : { blocked: one.blocked }),
    };
  }

  #exposed(times: Times, computeMs: number): number {
    return Math.max(0, times.hidden - this.#assume.overlap * computeMs) + times.exposed;
  }

  /** Milliseconds of a job's phases at given rates. */
  #times(one: JobTraffic, speed: (flow: Flow) => number): Times {
    const slowest = { hidden: 0, exposed: 0 };
    for (const flow of one.flows)
      if (flow.kind !== "background")
        slowest[flow.kind] = Math.max(slowest[flow.kind], milliseconds(flow.bytes, speed(flow)));
    return { hidden: slowest.hidden + one.extraMs.hidden, exposed: slowest.exposed + one.extraMs.exposed };
  }

  #aloneMs(one: JobTraffic): number {
    if (one.job.kind !== "training") return 0;
    const known = this.#alone.get(one);
    if (known !== undefined) return known;
    const rates = this.#phaseRates(one, this.#network.capacity);
    const ms =
      one.job.computeMs +
      this.#exposed(
        this.#times(one, (flow) => rates.get(flow)?.bps ?? 0),
        one.job.computeMs,
      );
    this.#alone.set(one, ms);
    return ms;
  }

  /** Rates of a job's own phases, each by itself: they follow one another. */
  #phaseRates(one: JobTraffic, capacity: Float64Array): Map<Flow, Granted> {
    const rates = new Map<Flow, Granted>();
    for (const kind of ["hidden", "exposed"] as const) {
      const phase = one.flows.filter((flow) => flow.kind === kind);
      const solved = this.#solve(phase, capacity, false);
      for (const [index, flow] of phase.entries())
        rates.set(flow, { bps: solved.bps[index] ?? 0, link: solved.bottleneck[index] ?? -1 });
    }
    return rates;
  }

  /** Average bits per second on every directed link when a step takes so long; background as granted. */
  #averages(one: JobTraffic, stepMs: number): Float64Array {
    const average = new Float64Array(this.#network.capacity.length);
    for (const flow of one.flows) {
      const asked =
        flow.kind === "background"
          ? Math.min(flow.wantedBps, this.#crowded.get(flow)?.bps ?? 0)
          : (flow.bytes * 8_000) / stepMs;
      if (!Number.isFinite(asked)) continue;
      for (const [link, part] of this.#rows.get(flow) ?? []) average[link] = (average[link] ?? 0) + asked * part;
    }
    return average;
  }

  /** What the others leave on average. A job's own background keeps its place beside its other flows. */
  #left(one: JobTraffic): Float64Array {
    const mine =
      one.job.kind === "training"
        ? this.#averages({ ...one, flows: elastic(one) }, this.#aloneMs(one))
        : this.#wanted.get(one.job.name);
    return this.#network.capacity.map((bps, link) => Math.max(0, bps - (this.#total[link] ?? 0) + (mine?.[link] ?? 0)));
  }

  #slowest(flows: readonly Flow[], rates: ReadonlyMap<Flow, Granted>): number {
    let longest = 0;
    let link = -1;
    for (const flow of flows) {
      const rate = rates.get(flow);
      const ms = milliseconds(flow.bytes, rate?.bps ?? 0);
      if (ms > longest && (rate?.link ?? -1) >= 0) [longest, link] = [ms, rate?.link ?? -1];
    }
    return link;
  }

  /** Average load of every link that carries something, as fast as the jobs really step. */
  links(jobs: readonly JobLoad[]): LinkLoad[] {
    const step = new Map(jobs.map((one) => [one.job, one.stepMs]));
    const byLink = new Map<number, { readonly job: Workload; readonly bps: number }[]>();
    for (const one of this.#traffic)
      for (const [link, bps] of this.#averages(one, step.get(one.job.name) ?? Infinity).entries()) {
        if (bps <= 0) continue;
        const list = byLink.get(link);
        if (list === undefined) byLink.set(link, [{ job: one.job, bps }]);
        else list.push({ job: one.job, bps });
      }
    return this.#network.links.flatMap(({ id, link }, index) => {
      const [forward, backward] = [byLink.get(2 * index) ?? [], byLink.get(2 * index + 1) ?? []];
      if (forward.length + backward.length === 0) return [];
      const [forwardBps, backwardBps] = [total(forward), total(backward)];
      const busier = forwardBps >= backwardBps ? forward : backward;
      const bps = Math.max(forwardBps, backwardBps);
      return [
        {
          link: id,
          bps,
          share: bps / link.speedBps,
          capacityBps: link.speedBps,
          forwardBps,
          backwardBps,
          jobs: names([...forward, ...backward]),
          byTenant: perTenant(busier),
        },
      ];
    });
  }
}

const milliseconds = (bytes: number, bps: number): number => (bytes <= 0 ? 0 : (bytes * 8_000) / bps);
const total = (list: readonly { readonly bps: number }[]): number => list.reduce((sum, { bps }) => sum + bps, 0);
const names = (list: readonly { readonly job: Workload }[]): string[] =>
  [...new Set(list.map(({ job }) => job.name))].toSorted();

function perTenant(list: readonly { readonly job: Workload; readonly bps: number }[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { job, bps } of list) sums.set(job.tenant, (sums.get(job.tenant) ?? 0) + bps);
  return Object.fromEntries(sums);
}

/** Times that no rate allows are cut to the longest that a number of milliseconds can say exactly. */
function finite<T extends Readonly<Record<string, number>>>(times: T): T {
  // Same keys, numbers for numbers.
  return Object.fromEntries(
    Object.entries(times).map(([key, value]) => [
      key,
      Number.isNaN(value) ? 0 : Math.min(value, Number.MAX_SAFE_INTEGER),
    ]),
  ) as T;
}
