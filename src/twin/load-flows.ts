import type { Finding } from "#model/finding.ts";
import type { InferenceService, Model, TrainingJob, Workload } from "#model/workload.ts";
import { soundRate, type CompiledNetwork, type PlacedEndpoint } from "./load-network.ts";

/** What an assumption of the traffic model is worth until the site measures it. */
export interface LoadAssumptions {
  /** Part of the compute time behind which gradients and activations of the next step can hide. */
  readonly overlap: number;
  /** One message's way through software and switches, milliseconds. */
  readonly stepLatencyMs: number;
  /** Bytes read from storage for each token trained on. */
  readonly datasetBytesPerToken: number;
}

export const defaultAssumptions: LoadAssumptions = { overlap: 0.5, stepLatencyMs: 0.01, datasetBytesPerToken: 4 };

/**
 * `hidden`: may run behind compute (gradients, activations between stages). `exposed`: compute waits for it (tensor
 * parallelism across hosts). `background`: flows at its own pace (reads from storage, KV caches of requests).
 */
type FlowKind = "hidden" | "exposed" | "background";

export interface Flow {
  readonly from: PlacedEndpoint;
  readonly to: PlacedEndpoint;
  readonly kind: FlowKind;
  /** In one step, or for one request. */
  readonly bytes: number;
  /** Background: bits per second that are asked for. */
  readonly wantedBps: number;
}

export interface JobTraffic {
  readonly job: Workload;
  readonly flows: readonly Flow[];
  /** Time inside hosts (NVLink) and of messages' latency that adds to the network's, by kind. */
  readonly extraMs: Readonly<Record<"hidden" | "exposed", number>>;
  /** Why the job cannot run as described; its flows are then none. */
  readonly blocked?: string;
  readonly findings: readonly Finding[];
}

export const isActive = (job: Workload): boolean =>
  job.state === "starting" || job.state === "running" || job.state === "ending";

export function trafficOf(
  job: Workload,
  network: CompiledNetwork,
  nvlinkBps: (host: string) => number,
  assume: LoadAssumptions,
): JobTraffic {
  const wrong = unsound(job);
  if (wrong !== undefined) return blockedJob(job, wrong, "Correct the workload's description.");
  return job.kind === "training" ? trainingTraffic(job, network, nvlinkBps, assume) : inferenceTraffic(job, network);
}

export const blockedJob = (job: Workload, why: string, remedy: string): JobTraffic => ({
  job,
  flows: [],
  extraMs: { hidden: 0, exposed: 0 },
  blocked: why,
  findings: [
    {
      code: "load.blocked",
      severity: "warning",
      message: `${job.name}: ${why}`,
      where: { kind: "argument", name: job.name },
      remedy,
    },
  ],
});

function unsound(job: Workload): string | undefined {
  const sizes: readonly (readonly [string, number])[] = [
    ["parameters", job.model.parameters],
    ["bytesPerParameter", job.model.bytesPerParameter],
    ["layers", job.model.layers],
    ["hiddenSize", job.model.hiddenSize],
    ["gpusPerHost", job.gpusPerHost],
    ...(job.kind === "training"
      ? ([
          ["computeMs", job.computeMs],
          ["tokensPerStep", job.tokensPerStep],
          ...Object.entries(job.parallelism),
        ] as const)
      : ([
          ["requestsPerSecond", job.requestsPerSecond],
          ["inputTokens", job.inputTokens],
          ["outputTokens", job.outputTokens],
        ] as const)),
  ];
  const wrong = sizes.find(([, value]) => !Number.isFinite(value) || value < 0 || value > 1e18);
  if (wrong !== undefined) return `${wrong[0]} is ${wrong[1]}, which is no size.`;
  if (!Number.isInteger(job.gpusPerHost) || job.gpusPerHost < 1 || job.gpusPerHost > 1_024)
    return `gpusPerHost is ${job.gpusPerHost}.`;
  return job.hosts.length === 0 ? "it has no hosts." : undefined;
}

/** Adds up traffic of one job; the first pair without a way between blocks the job. */
class Collector {
  readonly flows: Flow[] = [];
  readonly extraMs = { hidden: 0, exposed: 0 };
  blocked: string | undefined;
  readonly #network: CompiledNetwork;

  constructor(network: CompiledNetwork) {
    this.#network = network;
  }

  add(from: PlacedEndpoint, to: PlacedEndpoint, kind: FlowKind, bytes: number, wantedBps = 0): void {
    if (bytes <= 0 && wantedBps <= 0) return;
    this.flows.push({ from, to, kind, bytes, wantedBps });
  }

  /** Spreads bytes between two GPUs over the NICs of the receiver's rail, plane by plane. */
  between(from: GpuSeat, to: GpuSeat, kind: FlowKind, bytes: number, wantedBps = 0): void {
    if (from.host === to.host) return;
    const target = nicsOf(this.#network, to.host, to.gpu);
    // NCCL's PXN: data goes over NVLink to the GPU on the receiver's rail, and leaves from there.
    const source = sameRail(nicsOf(this.#network, from.host, undefined), target);
    const pairs = target.flatMap((one, index) => (source[index] === undefined ? [] : [[source[index], one] as const]));
    if (pairs.length === 0) this.blocked ??= `no NICs of one rail join ${from.host} and ${to.host}.`;
    for (const [out, into] of pairs) this.add(out, into, kind, bytes / pairs.length, wantedBps / pairs.length);
  }

  close(job: Workload): JobTraffic {
    const cut =
      this.blocked === undefined
        ? this.flows.find((flow) => this.#network.route(flow.from, flow.to) === undefined)
        : undefined;
    const blocked = this.blocked ?? (cut && `no way leads from ${cut.from.endpoint.id} to ${cut.to.endpoint.id}.`);
    if (blocked !== undefined)
      return blockedJob(
        job,
        blocked,
        "Look at the links and sessions between these hosts; then place the job elsewhere or repair them.",
      );
    return { job, flows: this.flows, extraMs: this.extraMs, findings: [] };
  }
}

interface GpuSeat {
  readonly host: string;
  readonly gpu: number;
}

/** NICs that serve a GPU on the compute fabric: those that name it, else those of its rail, else by turn. */
function nicsOf(network: CompiledNetwork, host: string, gpu: number | undefined): readonly PlacedEndpoint[] {
  const all = network.endpointsOf(host, "computeFabric");
  if (gpu === undefined || all.length === 0) return all;
  const named = all.filter((one) => one.gpu === gpu);
  if (named.length > 0) return named;
  const onRail = all.filter((one) => one.rail === gpu + 1);
  if (onRail.length > 0) return onRail;
  const turn = all[gpu % all.length];
  return turn === undefined ? [] : [turn];
}

function sameRail(
  source: readonly PlacedEndpoint[],
  target: readonly PlacedEndpoint[],
): readonly (PlacedEndpoint | undefined)[] {
  const taken = new Set<PlacedEndpoint>();
  return target.map((one) => {
    const match =
      source.find((own) => own.rail === one.rail && !taken.has(own)) ?? source.find((own) => !taken.has(own));
    if (match !== undefined) taken.add(match);
    return match;
  });
}

/**
 * One step's traffic. Ranks are laid out tensor first, then data, then pipeline. Gradients: reduce-scatter inside the
 * host, ring all-reduce of each GPU's part on its own rail, all-gather inside the host.
 *
 * @source Megatron-LM's rank order tp-dp-pp; ring: 2 (N-1)/N of the data per rank (facts of nccl-tests PERFORMANCE.md)
 */
function trainingTraffic(
  job: TrainingJob,
  network: CompiledNetwork,
  nvlinkBps: (host: string) => number,
  assume: LoadAssumptions,
): JobTraffic {
  const { tensor, pipeline, data } = job.parallelism;
  const ranks = tensor * pipeline * data;
  const gpus = job.hosts.length * job.gpusPerHost;
  if (![tensor, pipeline, data].every((size) => Number.isInteger(size) && size > 0))
    return blockedJob(
      job,
      "its parallelism has a size that is no whole number.",
      "State tensor, pipeline and data as whole numbers.",
    );
  if (ranks > gpus)
    return blockedJob(job, `it needs ${ranks} GPUs and has ${gpus}.`, "Give it more hosts, or less parallelism.");
  const out = new Collector(network);
  const seat = (rank: number): GpuSeat => ({
    host: job.hosts[Math.floor(rank / job.gpusPerHost)] ?? "",
    gpu: rank % job.gpusPerHost,
  });
  const rank = (p: number, d: number, t: number) => (p * data + d) * tensor + t;
  const shard = (job.model.parameters * job.model.bytesPerParameter) / (tensor * pipeline);
  const activation = (job.tokensPerStep / data) * job.model.hiddenSize * job.model.bytesPerParameter;
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  let slowest = { hidden: 0, exposed: 0 };
  const time = (kind: "hidden" | "exposed", ms: number) =>
    (slowest = { ...slowest, [kind]: Math.max(slowest[kind], ms) });
  for (const p of range(pipeline)) {
    for (const t of range(tensor))
      time(
        "hidden",
        ringAllReduce(
          out,
          range(data).map((d) => seat(rank(p, d, t))),
          shard,
          "hidden",
          nvlinkBps,
          assume,
        ),
      );
    for (const d of range(data)) {
      const group = range(tensor).map((t) => seat(rank(p, d, t)));
      // Four all-reduces of the activations a layer: two forward, two backward.
      if (new Set(group.map((one) => one.host)).size > 1)
        time(
          "exposed",
          ringAllReduce(out, group, (4 * job.model.layers * activation) / pipeline, "exposed", nvlinkBps, assume),
        );
      if (p + 1 < pipeline)
        for (const t of range(tensor)) {
          out.between(seat(rank(p, d, t)), seat(rank(p + 1, d, t)), "hidden", activation / tensor);
          out.between(seat(rank(p + 1, d, t)), seat(rank(p, d, t)), "hidden", activation / tensor);
        }
    }
  }
  out.extraMs.hidden = slowest.hidden + 2 * (pipeline - 1) * assume.stepLatencyMs;
  out.extraMs.exposed = slowest.exposed;
  readDataset(job, network, out, assume);
  return out.close(job);
}

/** Flows of one ring all-reduce of `bytes` per member; gives the milliseconds spent inside hosts and on latency. */
function ringAllReduce(
  out: Collector,
  members: readonly GpuSeat[],
  bytes: number,
  kind: FlowKind,
  nvlinkBps: (host: string) => number,
  assume: LoadAssumptions,
): number {
  const byHost = new Map<string, GpuSeat[]>();
  for (const member of members) {
    const list = byHost.get(member.host);
    if (list === undefined) byHost.set(member.host, [member]);
    else list.push(member);
  }
  const hosts = [...byHost.values()];
  const local = Math.min(...hosts.map((list) => list.length));
  const inside = Math.max(...[...byHost].map(([host, list]) => insideMs(bytes, list.length, nvlinkBps(host))));
  const count = hosts.length;
  if (count < 2) return inside;
  const perNic = (2 * (count - 1) * bytes) / (count * local);
  for (const [at, list] of hosts.entries())
    for (let turn = 0; turn < local; turn++) {
      const [from, to] = [list[turn], hosts[(at + 1) % count]?.[turn]];
      if (from !== undefined && to !== undefined) out.between(from, to, kind, perNic);
    }
  return inside + 2 * (count - 1) * assume.stepLatencyMs;
}

const insideMs = (bytes: number, gpus: number, bps: number): number =>
  gpus < 2 || bps <= 0 ? 0 : (2 * (gpus - 1) * bytes * 8_000) / (gpus * bps);

/** Reads the step's tokens from the hosts that hold the dataset; asked for at the pace of steps without waiting. */
function readDataset(job: TrainingJob, network: CompiledNetwork, out: Collector, assume: LoadAssumptions): void {
  const bytes = job.tokensPerStep * assume.datasetBytesPerToken;
  const sources = job.dataset?.hosts ?? [];
  if (sources.length === 0 || bytes <= 0 || job.computeMs <= 0) return;
  const part = bytes / (sources.length * job.hosts.length);
  for (const source of sources)
    for (const host of job.hosts) {
      const pair = storagePair(network, source, host);
      if (pair !== undefined) out.add(pair[0], pair[1], "background", part, (part * 8_000) / job.computeMs);
    }
}

function storagePair(
  network: CompiledNetwork,
  source: string,
  host: string,
): readonly [PlacedEndpoint, PlacedEndpoint] | undefined {
  for (const purpose of ["storageFabric", "frontEnd"] as const) {
    const [from] = network.endpointsOf(source, purpose);
    const [to] = network.endpointsOf(host, purpose);
    if (from !== undefined && to !== undefined && network.route(from, to) !== undefined) return [from, to];
  }
  return undefined;
}

/**
 * Bytes of key and value cache that one token leaves: two vectors of the hidden size a layer, an eighth of it where
 * eight queries share a key (70B class: 320 KiB in 16 bits).
 */
const kvBytesPerToken = (model: Model): number =>
  soundRate(model.kvBytesPerToken ?? (2 * model.layers * model.hiddenSize * model.bytesPerParameter) / 8);

/** Each prompt's cache crosses from a prefill host to a decode host, spread over all pairs and all GPUs' rails. */
function inferenceTraffic(job: InferenceService, network: CompiledNetwork): JobTraffic {
  const out = new Collector(network);
  const bytes = job.inputTokens * kvBytesPerToken(job.model);
  const pairs = job.prefillHosts.flatMap((from) =>
    job.decodeHosts.filter((to) => to !== from).map((to) => ({ from, to })),
  );
  const wantedBps = pairs.length === 0 ? 0 : (bytes * 8 * job.requestsPerSecond) / pairs.length;
  for (const { from, to } of pairs)
    for (let gpu = 0; gpu < job.gpusPerHost; gpu++)
      out.between(
        { host: from, gpu },
        { host: to, gpu },
        "background",
        bytes / job.gpusPerHost,
        wantedBps / job.gpusPerHost,
      );
  return out.close(job);
}
