import type { Interface } from "#model/device-config.ts";
import type { BufferProfile, EcnProfile, InterfaceQos, Qos, Scheduler } from "#model/qos.ts";
import { canonicalJson } from "#model/digest.ts";
import { compareNames } from "#net/order.ts";
import { compact, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, numberAt, setAt, textAt, use, wordAt, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";
import { defaultDscp, isRoceMode, roceCableMetres, roceQos } from "./roce.ts";

/** NVUE's profile for all ports; the model calls such a table `default`. */
const forAll = "default-global";
const nameOf = (profile: string): string => (profile === forAll ? "default" : profile);
const profileOf = (name: string): string => (name === "default" ? forAll : name);

/** `qos`: RoCE in one line, or profiles of mapping, queues, PFC, ECN and scheduling that ports take by name. */
export function readQos(reading: Reading, ports: ReadonlyMap<string, Interface>): Qos | undefined {
  const node = at(reading.tree, "qos");
  const ethernet = [...ports].filter(([, port]) => port.kind === "ethernet").map(([name]) => name);
  const roce = at(node, "roce");
  if (roce !== undefined) {
    const on = roce.children.size === 0 ? (use(roce), true) : (flagAt(roce, "state") ?? true);
    const mode = wordAt(roce, "mode") ?? "lossless";
    const cable = numberAt(roce, "cable-length");
    if (on && !isRoceMode(mode)) {
      report(reading, roce, "nvue.roce-mode", `RoCE mode ${mode.slice(0, 40)} is not modelled.`);
      return undefined;
    }
    if (on && isRoceMode(mode)) {
      textAt(roce, "mode");
      place(reading, roce, "qos");
      return roceQos(ethernet, mode, cable);
    }
  }
  return node === undefined ? undefined : readProfiles(reading, node, ethernet);
}

interface Pfc {
  readonly priorities: readonly number[];
  readonly cable?: number;
  readonly buffer?: BufferProfile;
}

type PerQueue<T> = ReadonlyMap<number, T>;

function readProfiles(reading: Reading, node: ConfigNode, ports: readonly string[]): Qos | undefined {
  const each = <T>(key: string, read: (profile: ConfigNode) => T): Map<string, T> =>
    new Map(
      childrenAt(node, key).map(([name, profile]) => {
        if (profile.children.size === 0) use(profile);
        place(reading, profile, "qos", key, nameOf(name));
        return [nameOf(name), read(profile)];
      }),
    );
  const dscp = each("mapping", readMapping);
  const queues = each("egress-queue-mapping", (profile) =>
    overlayTable(identity, profile, "switch-priority", "traffic-class"),
  );
  const pfc = each("pfc", readPfc);
  const ecn = each("congestion-control", readEcn);
  const schedulers = each("egress-scheduler", readSchedulers);
  const watchdog = readWatchdog(node);
  const interfaces = new Map<string, InterfaceQos>();
  const names: Names = { ecn: new Map(), schedulers: new Map(), buffers: new Map() };
  for (const name of ports) {
    const own = at(reading.tree, "interface", name, "qos");
    const bound = <T>(key: string, table: ReadonlyMap<string, T>): [string, T] | undefined => {
      const profile = nameOf(textAt(own, key, "profile") ?? forAll);
      const found = table.get(profile);
      return found === undefined ? undefined : [profile, found];
    };
    const port = portQos({
      dscp: bound("mapping", dscp),
      queues: bound("egress-queue-mapping", queues),
      pfc: bound("pfc", pfc),
      ecn: bound("congestion-control", ecn),
      schedulers: bound("egress-scheduler", schedulers),
      watchdog: flagAt(own, "pfc-watchdog", "state"),
      names,
    });
    if (port !== undefined) interfaces.set(name, port);
    place(reading, own, "qos", "interfaces", name);
  }
  if (dscp.size + queues.size + pfc.size + ecn.size + schedulers.size === 0) return undefined;
  return compact<Qos>({
    dscpToTrafficClass: Object.fromEntries([...dscp].map(([name, { table }]) => [name, table])),
    trafficClassToQueue: Object.fromEntries(queues),
    trafficClassToPriorityGroup: {},
    ecnProfiles: Object.fromEntries(names.ecn),
    schedulers: Object.fromEntries(names.schedulers),
    bufferProfiles: Object.fromEntries(names.buffers),
    interfaces: Object.fromEntries(interfaces),
    pfcWatchdog: watchdog,
  });
}

interface Names {
  readonly ecn: Map<string, EcnProfile>;
  readonly schedulers: Map<string, Scheduler>;
  readonly buffers: Map<string, BufferProfile>;
}

interface Bound {
  readonly dscp: [string, { trust: InterfaceQos["trust"] }] | undefined;
  readonly queues: [string, unknown] | undefined;
  readonly pfc: [string, Pfc] | undefined;
  readonly ecn: [string, PerQueue<EcnProfile>] | undefined;
  readonly schedulers: [string, PerQueue<Scheduler>] | undefined;
  readonly watchdog: boolean | undefined;
  readonly names: Names;
}

function portQos({ dscp, queues, pfc, ecn, schedulers, watchdog, names }: Bound): InterfaceQos | undefined {
  if (!(dscp ?? queues ?? pfc ?? ecn ?? schedulers)) return undefined;
  const perQueue: Record<number, { ecnProfile?: string; scheduler?: string }> = {};
  const alike = new Set([...(ecn?.[1].values() ?? [])].map(canonicalJson)).size <= 1;
  for (const [queue, profile] of ecn?.[1] ?? []) {
    const name = alike ? (ecn?.[0] ?? "") : `${ecn?.[0]}-tc${queue}`;
    names.ecn.set(name, profile);
    perQueue[queue] = { ...perQueue[queue], ecnProfile: name };
  }
  for (const [queue, scheduler] of schedulers?.[1] ?? []) {
    const name = scheduler.kind === "strict" ? "strict" : `dwrr-${scheduler.weight}`;
    names.schedulers.set(name, scheduler);
    perQueue[queue] = { ...perQueue[queue], scheduler: name };
  }
  const buffer = pfc?.[1].buffer;
  if (pfc !== undefined && buffer !== undefined) names.buffers.set(pfc[0], buffer);
  const priorities = pfc?.[1].priorities ?? [];
  return compact<InterfaceQos>({
    trust: dscp?.[1].trust ?? "none",
    dscpToTrafficClass: dscp?.[0],
    trafficClassToQueue: queues?.[0],
    pfcPriorities: priorities,
    pfcWatchdog: watchdog ?? false,
    queues: perQueue,
    priorityGroups:
      buffer === undefined ? {} : Object.fromEntries(priorities.map((p) => [p, { bufferProfile: pfc?.[0] ?? "" }])),
    cableLengthMetres: pfc?.[1].cable,
  });
}

const identity: Readonly<Record<number, number>> = Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n, n]));

function overlayTable(
  base: Readonly<Record<number, number>>,
  profile: ConfigNode,
  key: string,
  to: string,
): Record<number, number> {
  const table: Record<number, number> = { ...base };
  for (const [text, node] of childrenAt(profile, key)) {
    const value = numberAt(node, to);
    if (/^\d{1,2}$/.test(text) && value !== undefined && value < 8) table[Number(text)] = value;
  }
  return table;
}

/** @source Cumulus Linux NVUE reference, `qos mapping <profile> trust`: l2 is PCP, l3 DSCP, both, or port (none) */
function readMapping(profile: ConfigNode): { table: Record<number, number>; trust: InterfaceQos["trust"] } {
  const trust = textAt(profile, "trust") ?? "l2";
  return {
    table: overlayTable(defaultDscp, profile, "dscp", "switch-priority"),
    trust: trust === "l3" || trust === "both" ? "dscp" : trust === "l2" ? "pcp" : "none",
  };
}

function readPfc(profile: ConfigNode): Pfc {
  const on = (flagAt(profile, "tx") ?? true) || (flagAt(profile, "rx") ?? true);
  flagAt(profile, "rx");
  const priorities = setAt(profile, "switch-priority")
    .map(Number)
    .filter((p) => Number.isInteger(p) && p >= 0 && p < 8);
  const buffer = compact<BufferProfile>({
    sizeBytes: numberAt(profile, "port-buffer"),
    xonBytes: numberAt(profile, "xon-threshold"),
    xoffBytes: numberAt(profile, "xoff-threshold"),
  });
  return compact<Pfc>({
    priorities: on ? priorities.toSorted((a, b) => a - b) : [],
    cable: numberAt(profile, "cable-length"),
    buffer: Object.keys(buffer).length === 0 ? undefined : buffer,
  });
}

/** @source Cumulus Linux 5.15 QoS "Explicit Congestion Notification": probability 100 unless said */
function readEcn(profile: ConfigNode): PerQueue<EcnProfile> {
  const queues = new Map<number, EcnProfile>();
  for (const [text, node] of childrenAt(profile, "traffic-class")) {
    const on = flagAt(node, "ecn") ?? true;
    const minThresholdBytes = numberAt(node, "min-threshold") ?? 150_000;
    const maxThresholdBytes = numberAt(node, "max-threshold") ?? 1_501_500;
    const maxMarkProbability = numberAt(node, "probability") ?? 100;
    if (on && /^[0-7]$/.test(text))
      queues.set(Number(text), { minThresholdBytes, maxThresholdBytes, maxMarkProbability });
  }
  return queues;
}

function readSchedulers(profile: ConfigNode): PerQueue<Scheduler> {
  const queues = new Map<number, Scheduler>();
  for (const [text, node] of childrenAt(profile, "traffic-class")) {
    const strict = textAt(node, "mode") === "strict";
    const weight = numberAt(node, "bw-percent") ?? 0;
    if (/^[0-7]$/.test(text)) queues.set(Number(text), strict ? { kind: "strict" } : { kind: "weighted", weight });
  }
  return queues;
}

/** @source Cumulus Linux 5.15 QoS "PFC Watchdog": polling interval times robustness, both ways */
function readWatchdog(node: ConfigNode): Qos["pfcWatchdog"] {
  const watchdog = at(node, "pfc-watchdog");
  const interval = numberAt(watchdog, "polling-interval");
  const robustness = numberAt(watchdog, "robustness");
  if (interval === undefined && robustness === undefined) return undefined;
  const ms = (interval ?? 100) * (robustness ?? 3);
  return { detectMs: ms, restoreMs: ms, action: "drop" };
}

export function writeQos(writing: Writing): void {
  const { qos, interfaces } = writing.config;
  if (qos === undefined) return;
  const ethernet = Object.keys(interfaces)
    .filter((name) => interfaces[name]?.kind === "ethernet")
    .toSorted(compareNames);
  const cable = Object.values(qos.interfaces)[0]?.cableLengthMetres ?? roceCableMetres;
  for (const mode of ["lossless", "lossy", "lossless-single-ipool"] as const)
    if (canonicalJson(roceQos(ethernet, mode, cable)) === canonicalJson(qos)) {
      put(writing, ["qos", "roce", "state"], true);
      put(writing, ["qos", "roce", "mode"], mode);
      if (cable !== roceCableMetres) put(writing, ["qos", "roce", "cable-length"], cable);
      return;
    }
  writeProfiles(writing, qos);
}

function writeProfiles(writing: Writing, qos: Qos): void {
  for (const [name, table] of Object.entries(qos.dscpToTrafficClass)) {
    const path = ["qos", "mapping", profileOf(name)];
    const trust = Object.values(qos.interfaces).find((port) => port.dscpToTrafficClass === name)?.trust ?? "dscp";
    put(writing, [...path, "trust"], { dscp: "l3", pcp: "l2", none: "port" }[trust]);
    for (const [dscp, priority] of Object.entries(table))
      put(writing, [...path, "dscp", dscp, "switch-priority"], priority);
  }
  for (const [name, table] of Object.entries(qos.trafficClassToQueue))
    for (const [priority, queue] of Object.entries(table))
      put(
        writing,
        ["qos", "egress-queue-mapping", profileOf(name), "switch-priority", priority, "traffic-class"],
        queue,
      );
  for (const [name, port] of Object.entries(qos.interfaces)) writePort(writing, qos, name, port);
  if (qos.pfcWatchdog !== undefined) {
    put(writing, ["qos", "pfc-watchdog", "polling-interval"], qos.pfcWatchdog.detectMs);
    put(writing, ["qos", "pfc-watchdog", "robustness"], 1);
    if (qos.pfcWatchdog.restoreMs !== qos.pfcWatchdog.detectMs || qos.pfcWatchdog.action !== "drop")
      unsupported(writing, "pfc-watchdog", "The PFC watchdog restores after the time it detects in, and drops.");
  }
}

function writePort(writing: Writing, qos: Qos, name: string, port: InterfaceQos): void {
  const bind = (key: string, profile: string): void => {
    if (profile !== forAll) put(writing, ["interface", name, "qos", key, "profile"], profile);
  };
  if (port.dscpToTrafficClass !== undefined) bind("mapping", profileOf(port.dscpToTrafficClass));
  if (port.trafficClassToQueue !== undefined) bind("egress-queue-mapping", profileOf(port.trafficClassToQueue));
  writePfc(writing, qos, name, port, bind);
  const queues = Object.entries(port.queues).toSorted(([a], [b]) => Number(a) - Number(b));
  const marked = queues.filter(([, queue]) => queue.ecnProfile !== undefined);
  if (marked.length > 0) {
    const profile = profileOf([...new Set(marked.map(([, queue]) => queue.ecnProfile))].join("+"));
    for (const [queue, { ecnProfile }] of marked) {
      const ecn = ecnProfile === undefined ? undefined : qos.ecnProfiles[ecnProfile];
      const path = ["qos", "congestion-control", profile, "traffic-class", queue];
      put(writing, [...path, "ecn"], true);
      putIf(writing, [...path, "min-threshold"], ecn?.minThresholdBytes);
      putIf(writing, [...path, "max-threshold"], ecn?.maxThresholdBytes);
      putIf(writing, [...path, "probability"], ecn?.maxMarkProbability);
    }
    bind("congestion-control", profile);
  }
  const scheduled = queues.flatMap(([queue, { scheduler }]) => {
    const found = scheduler === undefined ? undefined : qos.schedulers[scheduler];
    return found === undefined ? [] : [[queue, found] as const];
  });
  if (scheduled.length > 0) {
    const profile = scheduled
      .map(([queue, one]) => `tc${queue}-${one.kind === "strict" ? "strict" : one.weight}`)
      .join("_");
    for (const [queue, scheduler] of scheduled) {
      const path = ["qos", "egress-scheduler", profile, "traffic-class", queue];
      put(writing, [...path, "mode"], scheduler.kind === "strict" ? "strict" : "dwrr");
      if (scheduler.kind === "weighted") put(writing, [...path, "bw-percent"], scheduler.weight);
    }
    bind("egress-scheduler", profile);
  }
  if (port.pfcWatchdog) put(writing, ["interface", name, "qos", "pfc-watchdog", "state"], true);
  if (port.shapeBps !== undefined)
    unsupported(writing, name, "Shaping a port is not written yet.", "Use an egress-shaper profile by hand.");
}

function writePfc(
  writing: Writing,
  qos: Qos,
  name: string,
  port: InterfaceQos,
  bind: (key: string, profile: string) => void,
): void {
  if (port.pfcPriorities.length === 0) return;
  const buffers = new Set(Object.values(port.priorityGroups).map(({ bufferProfile }) => bufferProfile));
  const [buffer] = buffers;
  if (buffers.size > 1) unsupported(writing, name, "All lossless priorities of a port share one PFC profile.");
  const profile = profileOf(
    buffer ?? `pfc-${port.pfcPriorities.join("-")}-${port.cableLengthMetres ?? roceCableMetres}m`,
  );
  const path = ["qos", "pfc", profile];
  for (const priority of port.pfcPriorities) put(writing, [...path, "switch-priority", priority]);
  put(writing, [...path, "tx"], true);
  put(writing, [...path, "rx"], true);
  putIf(writing, [...path, "cable-length"], port.cableLengthMetres);
  const sizes = buffer === undefined ? undefined : qos.bufferProfiles[buffer];
  const total = sizes?.sizeBytes ?? sizes?.headroomBytes;
  putIf(writing, [...path, "port-buffer"], total);
  putIf(writing, [...path, "xon-threshold"], sizes?.xonBytes);
  putIf(writing, [...path, "xoff-threshold"], sizes?.xoffBytes);
  bind("pfc", profile);
}
