import type { Claim, Evidence } from "#model/change.ts";
import { linkId } from "#model/fabric.ts";
import type { Workload } from "#model/workload.ts";
import type { JobLoad, LoadReport } from "#twin/load.ts";
import type { Twin } from "#twin/twin.ts";

/** What telemetry has seen that bears on a job, from whoever detects it. */
export interface Onset {
  readonly link: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `link flapped 4 times`, `pause frames 30 times the usual`. */
  readonly what: string;
}

export interface JobQuestion {
  readonly job: Workload;
  readonly twin: Pick<Twin, "snapshot">;
  readonly workloads: readonly Workload[];
  readonly load: LoadReport;
  /** Digest of the snapshot that the load was computed on. */
  readonly version: string;
  readonly telemetry?: readonly Onset[];
}

/**
 * Why a job takes the time it takes, most weighty cause first: cannot run, company on its bottleneck, own placement,
 * links down, what telemetry saw; or that it is compute alone. Times are the load model's and are called so.
 */
export function explainJob(question: JobQuestion): Claim[] {
  const { job, load } = question;
  const speed = load.jobs.find((one) => one.job === job.name);
  if (speed === undefined)
    return [
      claim("fact", `${job.name} is ${job.state}: it has no traffic to judge.`, [
        evidence(question, job.name, "state", job.state),
      ]),
    ];
  if (speed.blocked !== undefined)
    return [...blocked(question, speed), ...downLinks(question), ...onsets(question, speed)];
  const causes = [contention(question, speed), placement(question, speed)].filter((one) => one !== undefined);
  return [
    timeClaim(question, speed),
    ...causes.toSorted((a, b) => b.ms - a.ms).map((one) => one.claim),
    ...(causes.length === 0 ? [computeBound(question, speed)] : []),
    ...served(question, speed),
    ...(speed.exposedNetworkMs > 0 ? downLinks(question) : []),
    ...onsets(question, speed),
  ];
}

const claim = (kind: Claim["kind"], text: string, proof: readonly Evidence[]): Claim => ({
  kind,
  text,
  evidence: proof,
});

const evidence = (question: JobQuestion, record: string, field: string, value: string | number): Evidence => ({
  uri: `heddle:load/${record}#/${field}`,
  version: question.version,
  field,
  value: String(value),
});

const ms = (value: number): string => `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ms`;
const percent = (part: number): string => `${(part * 100).toFixed(0)} %`;

function timeClaim(question: JobQuestion, speed: JobLoad): Claim {
  const what = speed.kind === "training" ? "a step" : "host time per request";
  const waits =
    speed.exposedNetworkMs > 0
      ? `, of which ${ms(speed.exposedNetworkMs)} (${percent(speed.exposedNetworkMs / speed.stepMs)}) waits for the network`
      : "; the network adds nothing to it";
  return claim("derived", `${speed.job} takes ${ms(speed.stepMs)} for ${what}${waits} (modelled).`, [
    evidence(question, speed.job, "stepMs", speed.stepMs),
    evidence(question, speed.job, "computeMs", speed.computeMs),
    evidence(question, speed.job, "exposedNetworkMs", speed.exposedNetworkMs),
  ]);
}

interface Cause {
  readonly ms: number;
  readonly claim: Claim;
}

function contention(question: JobQuestion, speed: JobLoad): Cause | undefined {
  const cost = speed.stepMs - speed.aloneMs;
  if (cost <= speed.stepMs * 1e-3) return undefined;
  const link = question.load.links.find((one) => one.link === speed.bottleneck);
  const others = (link?.jobs ?? []).filter((name) => name !== speed.job);
  const company = others.length === 0 ? "other jobs" : others.join(", ");
  const at = link === undefined ? "" : ` on ${link.link}, ${percent(link.share)} full`;
  return {
    ms: cost,
    claim: claim(
      "derived",
      `${ms(cost)} of it is contention: it shares with ${company}${at}. Alone here it would take ${ms(speed.aloneMs)}.`,
      [
        evidence(question, speed.job, "aloneMs", speed.aloneMs),
        ...(link === undefined
          ? []
          : [
              evidence(question, link.link, "jobs", link.jobs.join(" ")),
              evidence(question, link.link, "share", link.share),
            ]),
      ],
    ),
  };
}

function placement(question: JobQuestion, speed: JobLoad): Cause | undefined {
  const cost = speed.aloneMs - speed.bestMs;
  if (cost <= speed.stepMs * 1e-3) return undefined;
  const units = unitsOf(question);
  const spread = units.length > 1 ? `; its hosts lie in ${units.length} scalable units (${units.join(", ")})` : "";
  return {
    ms: cost,
    claim: claim(
      "derived",
      `${ms(cost)} of it is its own placement: even alone, the fabric between its hosts gives less than their NICs${spread}. At the NICs' rate it would take ${ms(speed.bestMs)}.`,
      [
        evidence(question, speed.job, "aloneMs", speed.aloneMs),
        evidence(question, speed.job, "bestMs", speed.bestMs),
        ...(speed.bottleneck === undefined ? [] : [evidence(question, speed.job, "bottleneck", speed.bottleneck)]),
      ],
    ),
  };
}

function unitsOf({ job, twin }: JobQuestion): string[] {
  const units = job.hosts
    .map((host) => twin.snapshot.fabric.hosts[host]?.scalableUnit)
    .filter((unit) => unit !== undefined);
  return [...new Set(units)].toSorted((a, b) => a - b).map((unit) => `SU ${unit}`);
}

function computeBound(question: JobQuestion, speed: JobLoad): Claim {
  const text =
    speed.exposedNetworkMs > 0
      ? `What waiting there is, ${ms(speed.exposedNetworkMs)}, is its NICs' own rate: no other placement on this fabric shortens it.`
      : `It is bound by compute: neither its placement nor other jobs lengthen it. If it is slower than ${ms(speed.stepMs)}, the cause is not in the modelled network.`;
  return claim("derived", text, [
    evidence(question, speed.job, "bestMs", speed.bestMs),
    evidence(question, speed.job, "stepMs", speed.stepMs),
  ]);
}

const served = (question: JobQuestion, speed: JobLoad): Claim[] =>
  speed.servedShare >= 1 - 1e-9
    ? []
    : [
        claim("derived", `Only ${percent(speed.servedShare)} of the traffic that its requests ask for fits.`, [
          evidence(question, speed.job, "servedShare", speed.servedShare),
        ]),
      ];

function blocked(question: JobQuestion, speed: JobLoad): Claim[] {
  return [
    claim("derived", `${speed.job} cannot run as described: ${speed.blocked ?? ""}`, [
      evidence(question, speed.job, "blocked", speed.blocked ?? ""),
    ]),
  ];
}

/** Links that are down at its own hosts, or between switches of which one carries its traffic. */
function downLinks(question: JobQuestion): Claim[] {
  const { fabric } = question.twin.snapshot;
  const hosts = new Set(question.job.hosts);
  const used = new Set(
    question.load.links.filter((one) => one.jobs.includes(question.job.name)).map((one) => one.link),
  );
  const carriers = new Set(fabric.links.flatMap((link) => (used.has(linkId(link)) ? [link.a.node, link.b.node] : [])));
  const isHost = (node: string) => Object.hasOwn(fabric.hosts, node);
  const concerns = ([a, b]: readonly [string, string]) =>
    hosts.has(a) || hosts.has(b) || (!isHost(a) && !isHost(b) && (carriers.has(a) || carriers.has(b)));
  const down = fabric.links.filter((link) => link.down === true && concerns([link.a.node, link.b.node])).map(linkId);
  if (down.length === 0) return [];
  const shown = down.slice(0, 5).join(", ");
  return [
    claim(
      "inference",
      `${down.length} link${down.length === 1 ? " is" : "s are"} down where its traffic goes (${shown}${down.length > 5 ? ", …" : ""}): the others carry their part.`,
      down.slice(0, 5).map((link) => evidence(question, link, "down", "true")),
    ),
  ];
}

/** What was seen on the job's own links, the first of it first. */
function onsets(question: JobQuestion, speed: JobLoad): Claim[] {
  const mine = new Set(question.load.links.filter((one) => one.jobs.includes(speed.job)).map((one) => one.link));
  const hosts = new Set(question.job.hosts);
  const touches = ({ link }: Onset) =>
    mine.has(link) || link.split("--").some((end) => hosts.has(end.slice(0, end.indexOf(":"))));
  return (question.telemetry ?? [])
    .filter((one) => touches(one) && Number.isFinite(one.at))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, 5)
    .map((one) =>
      claim(
        "inference",
        `Seen on ${one.link}${one.link === speed.bottleneck ? ", its bottleneck," : ""} since ${timestamp(one.at)}: ${one.what}.`,
        [{ uri: `heddle:telemetry/${one.link}`, version: question.version, field: "onset", value: String(one.at) }],
      ),
    );
}

const timestamp = (at: number): string => (Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at));
