import { z } from "zod";
import { Failure } from "#model/failure.ts";
import { formatFinding, type Finding } from "#model/finding.ts";
import { ChangeView, printChange, viewOf } from "./change-view.ts";
import type { Context } from "./context.ts";
import { defined } from "./defined.ts";
import { linkViews } from "./links.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

const DeviceRow = z.object({
  name: z.string(),
  fabric: z.string(),
  role: z.string(),
  nos: z.string(),
  model: z.string().optional(),
  rack: z.string().optional(),
  sessions: z.number(),
  established: z.number(),
});

export const listDevices = defineOperation({
  name: "device.list",
  area: "devices",
  summary: "Switches, with role, network operating system and sessions.",
  effect: "read",
  input: z.strictObject({ role: z.string().optional(), nos: z.string().optional() }),
  output: z.object({ devices: z.array(DeviceRow) }),
  failures: [],
  run: async ({ role, nos }, { factory }) => ({
    devices: Object.values(factory.snapshot.fabric.switches)
      .filter((one) => (role === undefined || one.role === role) && (nos === undefined || one.nos === nos))
      .map((one) => {
        const sessions = factory.twin.sessions.filter((session) => session.device === one.name);
        return {
          name: one.name,
          fabric: one.fabric,
          role: one.role,
          nos: one.nos,
          ...defined({ model: one.model, rack: one.rack }),
          sessions: sessions.length,
          established: sessions.filter((session) => session.state === "established").length,
        };
      }),
  }),
  print: ({ devices }) =>
    formatTable(
      ["DEVICE", "FABRIC", "ROLE", "NOS", "MODEL", "RACK", "SESSIONS"],
      devices.map((one) => [
        one.name,
        one.fabric,
        one.role,
        one.nos,
        one.model ?? "-",
        one.rack ?? "-",
        `${one.established}/${one.sessions}`,
      ]),
    ),
});

/** @throws {Failure} not_found */
function sourceOfDevice(name: string, { snapshot }: Context["factory"]) {
  const source = Object.hasOwn(snapshot.devices, name) ? snapshot.devices[name] : undefined;
  if (source === undefined)
    throw new Failure("not_found", `There is no switch ${name}. \`heddle device list\` names them.`);
  return source;
}

export const showConfig = defineOperation({
  name: "device.config",
  area: "devices",
  summary: "The configuration a switch should run, in its own syntax. Secrets are left out.",
  effect: "read",
  input: z.strictObject({ name: z.string() }),
  output: z.object({
    device: z.string(),
    nos: z.string(),
    files: z.array(z.object({ path: z.string(), text: z.string() })),
  }),
  failures: ["not_found"],
  positional: ["name"],
  run: async ({ name }, { factory }) => {
    const source = sourceOfDevice(name, factory);
    return { device: name, nos: source.nos, files: source.files.map((one) => ({ path: one.path, text: one.text })) };
  },
  // One file prints as it stands, so that it can be edited and given back.
  print: ({ files }) =>
    files.length === 1 ? (files[0]?.text.trimEnd() ?? "") : files.map((one) => `# ${one.path}\n${one.text}`).join("\n"),
});

export const listNeighbors = defineOperation({
  name: "device.neighbors",
  area: "devices",
  summary: "What is plugged into a switch or host, port by port, as the cabling plan says.",
  effect: "read",
  input: z.strictObject({ name: z.string(), port: z.string().optional() }),
  output: z.object({
    neighbors: z.array(
      z.object({
        port: z.string(),
        neighbor: z.string(),
        neighborPort: z.string(),
        speedBps: z.number(),
        down: z.boolean(),
        cable: z.string(),
      }),
    ),
  }),
  failures: ["not_found"],
  positional: ["name", "port"],
  run: async ({ name, port }, { factory }) => {
    const views = linkViews(factory).filter((one) => one.a.node === name || one.b.node === name);
    if (views.length === 0)
      throw new Failure("not_found", `Nothing is plugged into ${name}, or there is no such device.`);
    const cables = new Map(factory.snapshot.fabric.links.map((one) => [`${one.a.node}:${one.a.port}`, one.cable]));
    return {
      neighbors: views
        .map((one) => {
          const [near, far] = one.a.node === name ? [one.a, one.b] : [one.b, one.a];
          const cable = cables.get(`${one.a.node}:${one.a.port}`);
          return {
            port: near.port,
            neighbor: far.node,
            neighborPort: far.port,
            speedBps: one.speedBps,
            down: one.down,
            cable: cable === undefined ? "" : `${cable.kind} ${cable.lengthMetres} m`,
          };
        })
        .filter((one) => port === undefined || one.port.toLowerCase() === port.toLowerCase()),
    };
  },
  print: ({ neighbors }) =>
    formatTable(
      ["PORT", "NEIGHBOR", "NEIGHBOR PORT", "GBPS", "STATE", "CABLE"],
      neighbors.map((one) => [
        one.port,
        one.neighbor,
        one.neighborPort,
        one.speedBps / 1e9,
        one.down ? "down" : "up",
        one.cable,
      ]),
    ),
});

const deviceOf = ({ where }: Finding): string | undefined => (where.kind === "device" ? where.device : undefined);

export const showDrift = defineOperation({
  name: "device.drift",
  command: "drift",
  area: "devices",
  summary: "Where devices run something else than they should: read from the devices now.",
  effect: "read",
  input: z.strictObject({ device: z.string().optional().describe("Only this switch") }),
  output: z.object({
    findings: z.array(z.looseObject({ code: z.string(), severity: z.string(), message: z.string() })),
  }),
  failures: ["not_found", "unreachable"],
  positional: ["device"],
  run: async ({ device }, { factory }) => {
    if (device !== undefined) sourceOfDevice(device, factory);
    const findings = (await factory.drift()).filter((one) => device === undefined || deviceOf(one) === device);
    return { findings: findings.map((one) => ({ ...one })) };
  },
  print: ({ findings }) =>
    findings.length === 0
      ? "No drift: every device runs what it should (read just now)."
      : // Findings were made by Heddle's own code and passed through the schema unchanged.
        findings.map((one) => formatFinding(one as never)).join("\n"),
});

export const showCounters = defineOperation({
  name: "telemetry.rates",
  area: "devices",
  summary: "Measured rates of interfaces, from the counters that devices stream.",
  effect: "read",
  input: z.strictObject({ device: z.string().optional(), top: z.int().min(1).max(100_000).default(20) }),
  output: z.object({
    rates: z.array(
      z.object({
        device: z.string(),
        interface: z.string(),
        at: z.number(),
        inBps: z.number(),
        outBps: z.number(),
        ecnMarkedPerSecond: z.number(),
        pausesPerSecond: z.number(),
        errorsPerSecond: z.number(),
      }),
    ),
  }),
  failures: [],
  run: async ({ device, top }, { factory }) => ({
    rates: factory
      .rates(device)
      .toSorted((a, b) => Math.max(b.inBps, b.outBps) - Math.max(a.inBps, a.outBps))
      .slice(0, top)
      .map((one) => ({
        device: one.device,
        interface: one.interface,
        at: one.at,
        inBps: one.inBps,
        outBps: one.outBps,
        ecnMarkedPerSecond: one.ecnMarkedPerSecond,
        pausesPerSecond: one.pfcPauseRxPerSecond + one.pfcPauseTxPerSecond,
        errorsPerSecond: one.inErrorsPerSecond,
      })),
  }),
  print: ({ rates }) =>
    formatTable(
      ["DEVICE", "INTERFACE", "IN GBPS", "OUT GBPS", "ECN/S", "PAUSES/S", "ERRORS/S", "AT"],
      rates.map((one) => [
        one.device,
        one.interface,
        (one.inBps / 1e9).toFixed(2),
        (one.outBps / 1e9).toFixed(2),
        one.ecnMarkedPerSecond.toFixed(1),
        one.pausesPerSecond.toFixed(1),
        one.errorsPerSecond.toFixed(1),
        new Date(one.at).toISOString(),
      ]),
    ),
});

export const replaceConfig = defineOperation({
  name: "device.replace",
  area: "devices",
  summary:
    "Plan another configuration for a switch, given as text: it goes the way of every Change, and the proof may refuse it.",
  effect: "plan",
  input: z.strictObject({
    name: z.string(),
    config: z
      .string()
      .max(8_000_000)
      .describe("The whole configuration in the vendor's syntax; on the command line @FILE")
      .meta({ "x-file": true }),
    note: z.string().max(200).default("given as text").describe("Why"),
  }),
  output: ChangeView,
  failures: ["not_found", "unsupported", "conflict", "refused"],
  positional: ["name"],
  run: async ({ name, config, note }, { factory, changes, principal, progress, scope }) => {
    const source = sourceOfDevice(name, factory);
    const [file] = source.files;
    if (file === undefined || source.files.length !== 1)
      throw new Failure(
        "unsupported",
        `${name} keeps its configuration in ${source.files.length} files; replacing it takes one text.`,
      );
    const devices = { [name]: { nos: source.nos, files: [{ path: file.path, text: config }] } };
    return viewOf(await changes.propose({ kind: "device.replace", devices, note }, principal, progress), scope);
  },
  print: printChange,
});

export const deviceOperations = [replaceConfig, listDevices, showConfig, listNeighbors, showDrift, showCounters];
