import { z } from "zod";
import { digestOf } from "#model/digest.ts";
import { formatFinding, sortFindings } from "#model/finding.ts";
import { CounterexampleView, printCounterexample } from "./change-view.ts";
import { defineOperation } from "./operation.ts";
import { readSnapshot } from "./snapshots-read.ts";
import { formatTable } from "./table.ts";

const FindingView = z.looseObject({ code: z.string(), severity: z.string(), message: z.string() });
const DeviceReport = z.object({
  device: z.string(),
  nos: z.string(),
  lines: z.object({ used: z.number(), ignored: z.number(), unknown: z.number() }),
  interfaces: z.number(),
  vrfs: z.number(),
  sessions: z.object({ established: z.number(), total: z.number() }),
  routes: z.number(),
});

export const SnapshotReport = z.object({
  digest: z.string(),
  devices: z.array(DeviceReport),
  links: z.number(),
  sessionsDown: z.array(
    z.object({
      device: z.string(),
      networkInstance: z.string(),
      neighbor: z.string(),
      reason: z.string(),
      outside: z
        .boolean()
        .describe("The peer, or the cable to it, was not given, or is not computed: nothing can be said"),
    }),
  ),
  isolation: z.object({
    owners: z.array(z.string()).describe("VRFs that hold end points; each is held to be a boundary"),
    forbiddenPairs: z.number(),
    forbiddenReachable: z.number(),
    counterexamples: z.array(CounterexampleView),
  }),
  checks: z.array(z.object({ name: z.string(), result: z.string(), fidelity: z.string(), detail: z.string() })),
  findings: z.array(FindingView),
});

export const verifySnapshot = defineOperation({
  name: "snapshot.verify",
  command: "verify",
  area: "designs",
  summary:
    "Read a folder of configurations never seen before: what was understood line by line, sessions, routes, isolation, findings with file and line.",
  effect: "read",
  local: true,
  input: z.strictObject({
    path: z.string().describe("A folder of device configurations, or one file"),
    cabling: z
      .string()
      .optional()
      .describe("A cabling plan that stands elsewhere: DOT, CSV, a containerlab or DSX Air topology"),
  }),
  output: SnapshotReport,
  failures: ["not_found"],
  positional: ["path"],
  run: async ({ path, cabling }, { files }) => {
    const own = await files.read(path);
    return reportOn(await readSnapshot(cabling === undefined ? own : [...own, ...(await files.read(cabling))]));
  },
  print: printReport,
});

async function reportOn({
  parsed,
  findings,
}: Awaited<ReturnType<typeof readSnapshot>>): Promise<z.input<typeof SnapshotReport>> {
  const [{ buildTwin }, { proveIsolation }, { routesOf }, { checkFabric }] = await Promise.all([
    import("#twin/twin.ts"),
    import("#twin/reachability.ts"),
    import("#twin/routes.ts"),
    import("#twin/checks.ts"),
  ]);
  const twin = buildTwin(parsed);
  const proof = proveIsolation(twin);
  const { checks, findings: checked } = checkFabric(twin);
  const routes = routesOf(twin, {});
  const all = [
    ...findings,
    ...Object.values(parsed.devices).flatMap((one) => one.findings),
    ...twin.findings,
    ...checked,
  ];
  return SnapshotReport.parse({
    digest: digestOf(Object.fromEntries(Object.entries(parsed.devices).map(([name, one]) => [name, one.config]))),
    devices: Object.entries(parsed.devices).map(([device, one]) => {
      const lines = one.accounts.flatMap((account) => account.lines);
      const count = (status: string) => lines.filter((line) => line.status === status).length;
      const sessions = twin.sessions.filter((session) => session.device === device);
      return {
        device,
        nos: one.config.nos,
        lines: { used: count("used"), ignored: count("ignored"), unknown: count("unknown") },
        interfaces: Object.keys(one.config.interfaces).length,
        vrfs: Object.keys(one.config.networkInstances).length,
        sessions: {
          established: sessions.filter((session) => session.state === "established").length,
          total: sessions.length,
        },
        routes: routes.filter((route) => route.device === device).length,
      };
    }),
    links: parsed.fabric.links.length,
    sessionsDown: twin.sessions
      .filter((one) => one.state !== "established")
      .map(({ device, networkInstance, neighbor, reason, undetermined }) => ({
        device,
        networkInstance,
        neighbor,
        reason,
        outside: undetermined !== undefined,
      })),
    isolation: {
      owners: [
        ...new Set(
          parsed.endpoints.map((one) => (one.owner.kind === "tenant" ? one.owner.tenant : `@${one.owner.zone}`)),
        ),
      ].sort(),
      forbiddenPairs: proof.forbiddenPairs,
      forbiddenReachable: proof.forbiddenReachable,
      counterexamples: proof.counterexamples,
    },
    checks,
    findings: sortFindings(all),
  });
}

function printReport(report: z.output<typeof SnapshotReport>): string {
  const errors = report.findings.filter((one) => one.severity !== "info");
  const notes = report.findings.length - errors.length;
  const down = report.sessionsDown.filter((one) => !one.outside);
  const outside = report.sessionsDown.filter((one) => one.outside);
  return [
    formatTable(
      ["DEVICE", "NOS", "LINES USED", "IGNORED", "UNKNOWN", "INTERFACES", "VRFS", "SESSIONS", "ROUTES"],
      report.devices.map((one) => [
        one.device,
        one.nos,
        one.lines.used,
        one.lines.ignored,
        one.lines.unknown,
        one.interfaces,
        one.vrfs,
        `${one.sessions.established}/${one.sessions.total}`,
        one.routes,
      ]),
    ),
    `${report.links} links; isolation between ${report.isolation.owners.length} owners: ${report.isolation.forbiddenReachable} of ${report.isolation.forbiddenPairs} forbidden pairs reachable (computed)`,
    ...report.isolation.counterexamples.slice(0, 3).flatMap(printCounterexample),
    ...down.slice(0, 20).map((one) => `down: ${one.device} [${one.networkInstance}] ${one.neighbor}: ${one.reason}`),
    ...(down.length > 20 ? [`… ${down.length - 20} more sessions are down; --json has them all.`] : []),
    ...(outside[0] === undefined
      ? []
      : [
          `${outside.length} session${outside.length === 1 ? " leads" : "s lead"} out of what was given, first ${outside[0].device} ${outside[0].neighbor} (${outside[0].reason}). With the peer's configuration, or with --cabling FILE where cables are not known, they are computed.`,
        ]),
    formatTable(
      ["CHECK", "RESULT", "FIDELITY", "DETAIL"],
      report.checks.map((one) => [one.name, one.result, one.fidelity, one.detail]),
    ),
    // Findings were made by Heddle's own code and passed through the schema unchanged.
    ...errors.slice(0, 100).map((one) => formatFinding(one as never)),
    ...(errors.length > 100 ? [`… ${errors.length - 100} more; --json has them all.`] : []),
    ...(notes > 0 ? [`${notes} note${notes === 1 ? "" : "s"} of no harm; --json has them.`] : []),
  ].join("\n");
}

const LineReport = z.object({
  files: z.array(
    z.object({
      device: z.string(),
      file: z.string(),
      lines: z.array(
        z.object({ line: z.number(), status: z.string(), reason: z.string().optional(), text: z.string() }),
      ),
    }),
  ),
});

export const accountSnapshot = defineOperation({
  name: "snapshot.lines",
  command: "lines",
  area: "designs",
  summary: "What became of every line of a configuration: used, ignored with the reason, or not understood.",
  effect: "read",
  local: true,
  input: z.strictObject({
    path: z.string().describe("A folder of device configurations, or one file"),
    status: z.enum(["used", "ignored", "unknown"]).optional().describe("Only lines of this status"),
  }),
  output: LineReport,
  failures: ["not_found"],
  positional: ["path"],
  run: async ({ path, status }, { files }) => {
    const { parsed } = await readSnapshot(await files.read(path));
    return {
      files: Object.entries(parsed.devices).flatMap(([device, one]) =>
        one.accounts.map((account) => ({
          device,
          file: account.file,
          lines: account.lines
            .filter((line) => status === undefined || line.status === status)
            .map((line) => ({ ...line })),
        })),
      ),
    };
  },
  print: ({ files }) =>
    files
      .flatMap((one) =>
        one.lines.map(
          (line) =>
            `${one.file}:${line.line}: ${line.status}${line.reason === undefined ? "" : ` (${line.reason})`}: ${line.text}`,
        ),
      )
      .join("\n"),
});

export const snapshotOperations = [verifySnapshot, accountSnapshot];
