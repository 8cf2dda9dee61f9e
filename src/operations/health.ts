import { z } from "zod";
import type { Context } from "./context.ts";
import { defined } from "./defined.ts";
import { findDevice, linkViews } from "./links.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

/** Counters come every few seconds: who said nothing for so long is silent. */
const silentAfterMs = 60_000;

/** Newest sample of each device that streams counters. */
function newestSamples(factory: Pick<Context["factory"], "rates">): Map<string, number> {
  const newest = new Map<string, number>();
  for (const one of factory.rates()) newest.set(one.device, Math.max(one.at, newest.get(one.device) ?? 0));
  return newest;
}

export const showHealth = defineOperation({
  name: "device.health",
  command: "health",
  area: "devices",
  summary:
    "One switch or host: its links, sessions, errors and pauses, the jobs on it, and what is wrong if anything is.",
  effect: "read",
  input: z.strictObject({ name: z.string() }),
  output: z.object({
    name: z.string(),
    kind: z.enum(["switch", "host"]),
    healthy: z.boolean(),
    problems: z.array(z.string()),
    links: z.number(),
    down: z.array(z.string()),
    sessions: z.number(),
    established: z.number(),
    errorsPerSecond: z.number(),
    pausesPerSecond: z.number().describe("Priority pause frames received and sent"),
    ecnMarkedPerSecond: z.number(),
    sampleAgeMs: z.number().optional().describe("Age of the newest counters; absent where there are none"),
    tenants: z.array(z.string()),
    jobs: z.array(z.string()),
  }),
  failures: ["not_found"],
  positional: ["name"],
  run: async ({ name }, context) => {
    const { factory } = context;
    findDevice(name, factory);
    const { fabric, tenants } = factory.snapshot;
    const kind = Object.hasOwn(fabric.switches, name) ? ("switch" as const) : ("host" as const);
    const links = linkViews(factory).filter((one) => one.a.node === name || one.b.node === name);
    const down = links.filter((one) => one.down).map((one) => one.id);
    const sessions = factory.twin.sessions.filter((one) => one.device === name);
    const broken = sessions.filter((one) => one.state !== "established");
    // A host streams nothing itself: the ports at the other end of its cables speak for it.
    const ends = new Set(links.flatMap((one) => [one.a, one.b]).map((one) => `${one.node} ${one.port}`));
    const rates = factory.rates().filter((one) => one.device === name || ends.has(`${one.device} ${one.interface}`));
    const own = kind === "switch" ? rates.filter((one) => one.device === name) : rates;
    const sum = (of: (rate: (typeof own)[number]) => number): number => own.reduce((total, one) => total + of(one), 0);
    const newest = Math.max(0, ...own.map((one) => one.at));
    const neighbors = new Set(links.flatMap((one) => [one.a.node, one.b.node]));
    const errors = sum((one) => one.inErrorsPerSecond);
    const sampleAgeMs = newest === 0 ? undefined : Math.max(0, context.now() - newest);
    const problems = [
      ...down.map((id) => `link ${id} is down`),
      ...broken.map((one) => `session to ${one.neighbor} is ${one.state}: ${one.reason}`),
      ...(errors > 0 ? [`${errors.toFixed(1)} frames a second arrive in error`] : []),
      ...(sampleAgeMs !== undefined && sampleAgeMs > silentAfterMs ? ["it has sent no counters for a minute"] : []),
    ];
    return {
      name,
      kind,
      healthy: problems.length === 0,
      problems,
      links: links.length,
      down,
      sessions: sessions.length,
      established: sessions.length - broken.length,
      errorsPerSecond: errors,
      pausesPerSecond: sum((one) => one.pfcPauseRxPerSecond + one.pfcPauseTxPerSecond),
      ecnMarkedPerSecond: sum((one) => one.ecnMarkedPerSecond),
      ...defined({ sampleAgeMs }),
      tenants: tenants.filter((one) => one.hosts.some((host) => neighbors.has(host))).map((one) => one.name),
      jobs: [...new Set(links.flatMap((one) => one.jobs))].sort(),
    };
  },
  print: (one) =>
    [
      `${one.name}: ${one.healthy ? "nothing is wrong with it that Heddle can see" : `${one.problems.length} problems`}`,
      ...one.problems.map((problem) => `  ${problem}`),
      formatTable(
        ["LINKS", "DOWN", "SESSIONS", "ERRORS/S", "PAUSES/S", "ECN MARKS/S", "COUNTERS"],
        [
          [
            one.links,
            one.down.length,
            `${one.established}/${one.sessions}`,
            one.errorsPerSecond.toFixed(1),
            one.pausesPerSecond.toFixed(1),
            one.ecnMarkedPerSecond.toFixed(1),
            one.sampleAgeMs === undefined ? "none" : `${(one.sampleAgeMs / 1000).toFixed(0)} s old`,
          ],
        ],
      ),
      `tenants  ${one.tenants.join(" ") || "none"}`,
      `jobs     ${one.jobs.join(" ") || "none"}`,
    ].join("\n"),
});

export const showFreshness = defineOperation({
  name: "telemetry.freshness",
  area: "devices",
  summary: "How old the newest counters of each switch are, and which switches are silent.",
  effect: "read",
  input: z.strictObject({}),
  output: z.object({
    devices: z.number(),
    reporting: z.number(),
    newestAgeMs: z.number().optional(),
    oldestAgeMs: z.number().optional(),
    silent: z.array(z.string()).describe("No counters for a minute, or none at all"),
    snapshotAgeMs: z.number(),
    rows: z.array(z.object({ device: z.string(), ageMs: z.number().optional() })),
  }),
  failures: [],
  run: async (_, context) => {
    const { factory } = context;
    const newest = newestSamples(factory);
    const at = context.now();
    const rows = Object.keys(factory.snapshot.fabric.switches).map((device) => {
      const sample = newest.get(device);
      return { device, ...defined({ ageMs: sample === undefined ? undefined : Math.max(0, at - sample) }) };
    });
    const ages = rows.flatMap((one) => one.ageMs ?? []);
    return {
      devices: rows.length,
      reporting: ages.filter((age) => age <= silentAfterMs).length,
      ...(ages.length === 0 ? {} : { newestAgeMs: Math.min(...ages), oldestAgeMs: Math.max(...ages) }),
      silent: rows.filter((one) => one.ageMs === undefined || one.ageMs > silentAfterMs).map((one) => one.device),
      snapshotAgeMs: Math.max(0, at - factory.takenAt),
      rows,
    };
  },
  print: (one) =>
    [
      formatTable(
        ["DEVICE", "COUNTERS"],
        one.rows.map((row) => [
          row.device,
          row.ageMs === undefined ? "none" : `${(row.ageMs / 1000).toFixed(1)} s old`,
        ]),
      ),
      `${one.reporting} of ${one.devices} switches report; ${one.silent.length} are silent.`,
    ].join("\n"),
});

export const healthOperations = [showHealth, showFreshness];
