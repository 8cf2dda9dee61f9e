import { parseNumberRanges } from "#net/ranges.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { emptyQos, type EcnProfile, type InterfaceQos, type Qos, type Scheduler } from "#model/qos.ts";
import { block, type Block, type Written } from "../../syntax/indented.ts";
import { qosDraft, type DeviceDraft, type InterfaceDraft, type Line, type QosDraft, isSwitched } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { sortedKeys, pathOf } from "../text.ts";

/** EOS has one table of each kind for the whole switch. */
const onlyTable = "default";

/** EOS gives thresholds no name: the name says them. */
export const ecnName = ({ minThresholdBytes, maxThresholdBytes, maxMarkProbability }: EcnProfile): string =>
  `ecn-${minThresholdBytes}-${maxThresholdBytes}-${maxMarkProbability}`;
export const schedulerName = (scheduler: Scheduler): string =>
  scheduler.kind === "strict" ? "strict" : `weighted-${scheduler.weight}`;

const small = (word: string | undefined, max: number): number | undefined => {
  const value = word !== undefined && /^\d{1,3}$/.test(word) ? Number(word) : Number.NaN;
  return value <= max ? value : undefined;
};

/** `qos map dscp 24 26 to traffic-class 3`, `qos map traffic-class 3 to tx-queue 3`, `qos profile X`, ... */
export function readQos(line: Line, reader: Reader): boolean {
  const { words, block: header } = line;
  const { qos } = reader.draft;
  qos.line ??= header.line;
  if (words[1] === "profile" && words[2] !== undefined && words.length === 3)
    return readProfile(words[2], line, reader);
  if (words[1] === "rewrite") {
    reader.ignore(header, "marking of frames that leave, not how they are queued here");
    return false;
  }
  if (words[1] !== "map") return false;
  const to = words.indexOf("to");
  const target = words[to + 1];
  const last = small(words[to + 2], 7);
  if (words[2] === "cos" || words[2] === "exp" || target === "cos" || target === "dscp") {
    reader.ignore(header, "classification by CoS or EXP, or marking: RoCE is classed by DSCP");
    return false;
  }
  if (to < 4 || last === undefined || words.length > to + 3) return false;
  const from = words.slice(3, to).flatMap((word) => parseNumberRanges(word, 63) ?? [-1]);
  if (from.includes(-1)) return false;
  if (words[2] === "dscp" && target === "traffic-class") {
    for (const dscp of from) qos.dscp.set(dscp, last);
    reader.mark(pathOf("qos", "dscpToTrafficClass", onlyTable), header.line);
    return true;
  }
  if (words[2] === "traffic-class" && (target === "tx-queue" || target === "uc-tx-queue")) {
    for (const trafficClass of from) qos.queues.set(trafficClass, last);
    reader.mark(pathOf("qos", "trafficClassToQueue", onlyTable), header.line);
    return true;
  }
  return false;
}

function readProfile(name: string, line: Line, reader: Reader): boolean {
  const { profiles } = reader.draft.qos;
  if (line.no) {
    profiles.delete(name);
    return true;
  }
  const profile = profiles.get(name) ?? qosDraft();
  profiles.set(name, profile);
  reader.each(line.block.children, profileLines, profile);
  return true;
}

const readTrust: Handler<QosDraft> = ({ words, no, block: line }, qos, reader) => {
  if (words[1] === "trust") {
    if (no) qos.trust = "none";
    else if (words[2] === "dscp") qos.trust = "dscp";
    else if (words[2] === "cos") qos.trust = "pcp";
    else return false;
    return true;
  }
  if (words[1] === "cos" || words[1] === "dscp") {
    reader.ignore(line, "class of frames that carry none");
    return false;
  }
  return false;
};

const readPfc: Handler<QosDraft> = ({ words, no, block: line }, qos, reader) => {
  if (words[1] === undefined) {
    qos.pfc = !no;
    return true;
  }
  if (words[1] === "on" || (words[1] === "mode" && words[2] === "on")) {
    qos.pfc = !no;
    return true;
  }
  if (words[1] === "priority") {
    const priority = small(words[2], 7);
    if (priority === undefined || (words[3] !== "no-drop" && words[3] !== "drop" && !no)) return false;
    if (!no && words[3] === "no-drop") qos.pfcPriorities.add(priority);
    else qos.pfcPriorities.delete(priority);
    return true;
  }
  if (words[1] === "pause" && words[2] === "watchdog") {
    if (words[3] === undefined) {
      qos.watchdog = !no;
      return true;
    }
    reader.ignore(line, "times of the pause watchdog of one port");
    return false;
  }
  return false;
};

const unitBytes: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1000, mbytes: 1_000_000 };

/** `random-detect ecn minimum-threshold 150 kbytes maximum-threshold 1500 kbytes max-mark-probability 5 [weight 0]`. */
function parseEcn(words: readonly string[]): EcnProfile | undefined {
  const read = (key: string): number | undefined => {
    const at = words.indexOf(key);
    const unit = words[at + 2] ?? "";
    const amount = Number(words[at + 1]);
    return at < 0 || !Object.hasOwn(unitBytes, unit) || !Number.isFinite(amount)
      ? undefined
      : amount * (unitBytes[unit] ?? 1);
  };
  const minThresholdBytes = read("minimum-threshold");
  const maxThresholdBytes = read("maximum-threshold");
  const at = words.indexOf("max-mark-probability");
  const maxMarkProbability = at < 0 ? 100 : Number(words[at + 1]);
  if (
    minThresholdBytes === undefined ||
    maxThresholdBytes === undefined ||
    !(maxMarkProbability >= 0 && maxMarkProbability <= 100)
  )
    return undefined;
  return { minThresholdBytes, maxThresholdBytes, maxMarkProbability };
}

const readQueue: Handler<QosDraft> = ({ words, block: line }, qos, reader) => {
  const number = small(words[1], 15);
  if (number === undefined) return false;
  const queue = qos.queues.get(number) ?? {};
  qos.queues.set(number, queue);
  for (const child of line.children) readQueueLine(child, queue, reader);
  return true;
};

function readQueueLine(child: Block, queue: NonNullable<ReturnType<QosDraft["queues"]["get"]>>, reader: Reader): void {
  const words = child.text.split(/ +/, 24);
  const [first, second] = words;
  if (first === "random-detect" && second === "ecn") {
    if (words[2] === "count") return reader.ignore(child, "counting of marked frames");
    const ecn = parseEcn(words);
    if (ecn === undefined) return;
    queue.ecn = ecn;
    reader.use(child);
  } else if (first === "priority" && second === "strict") {
    queue.scheduler = { kind: "strict" };
    reader.use(child);
  } else if (first === "no" && second === "priority") {
    if (queue.scheduler?.kind === "strict") delete queue.scheduler;
    reader.use(child);
  } else if (first === "bandwidth" && second === "percent") {
    const weight = small(words[2], 100);
    if (weight === undefined) return;
    queue.scheduler = { kind: "weighted", weight };
    reader.use(child);
  }
}

const readShape: Handler<QosDraft> = ({ words, no }, qos) => {
  const amount = Number(words[2]);
  if (no) delete qos.shapeBps;
  else if (words[1] !== "rate" || !Number.isInteger(amount) || amount < 1) return false;
  // Per cent and packets need the speed of the port. @source Arista EOS User Manual, "shape rate": kbps unless said
  else if (words[3] !== undefined && words[3] !== "kbps") return false;
  else qos.shapeBps = amount * 1000;
  return true;
};

const profileLines: Table<QosDraft> = new Map<string, Handler<QosDraft>>([
  ["qos", readTrust],
  ["priority-flow-control", readPfc],
  ["tx-queue", readQueue],
  ["uc-tx-queue", readQueue],
  ["shape", readShape],
  [
    "mc-tx-queue",
    ({ block: line }, _qos, reader) => {
      reader.ignore(line, "queues of multicast");
      return false;
    },
  ],
]);

/** The lines of a profile stand under interfaces as well; there they win. */
export const qosLines: readonly (readonly [string, Handler<InterfaceDraft>])[] = [
  ...[...profileLines].map(([first, handler]): readonly [string, Handler<InterfaceDraft>] => [
    first,
    (line, draft, reader) => {
      draft.qos ??= qosDraft();
      draft.places.qos = line.block.line;
      return handler(line, draft.qos, reader);
    },
  ]),
  [
    "service-profile",
    ({ words, no, block: line }, draft) => {
      if (no) delete draft.qosProfile;
      else if (words[1] === undefined) return false;
      else draft.qosProfile = words[1];
      draft.places.qos = line.line;
      return true;
    },
  ],
];

/** `priority-flow-control pause watchdog default timeout 0.2`, `... recovery-time 1.0`, `... action drop`. */
export function readPfcWatchdog(line: Line, reader: Reader): boolean {
  const { words, block: header } = line;
  if (words[1] === "all") return words[2] === "off" && setNoPfc(reader);
  if (words[1] !== "pause" || words[2] !== "watchdog") return false;
  const watchdog = (reader.draft.qos.watchdog ??= {});
  reader.draft.qos.line ??= header.line;
  reader.mark(pathOf("qos", "pfcWatchdog"), header.line);
  if (words[3] === "action") {
    watchdog.action = words[4] === "drop" ? "drop" : words[4] === "no-drop" ? "forward" : "alert";
    return words[4] === "drop" || words[4] === "no-drop" || words[4] === "notify-only";
  }
  const milliseconds = Math.round(Number(words[5]) * 1000);
  if (words[3] !== "default" || !(milliseconds >= 0)) return false;
  if (words[4] === "timeout") watchdog.timeoutMs = milliseconds;
  else if (words[4] === "recovery-time") watchdog.recoveryMs = milliseconds;
  else if (words[4] === "polling-interval") {
    reader.ignore(header, "how often the watchdog looks");
    return false;
  } else return false;
  return true;
}

function setNoPfc(reader: Reader): boolean {
  for (const port of reader.draft.interfaces.values()) if (port.qos !== undefined) port.qos.pfc = false;
  return true;
}

export function buildQos(draft: DeviceDraft): Qos | undefined {
  const ecnProfiles: Record<string, EcnProfile> = {};
  const schedulers: Record<string, Scheduler> = {};
  const interfaces: [string, InterfaceQos][] = [];
  for (const port of draft.interfaces.values()) {
    const merged = mergeProfile(port, draft);
    if (merged !== undefined)
      interfaces.push([port.name, buildInterfaceQos(merged, port, draft, ecnProfiles, schedulers)]);
  }
  const { dscp, queues, watchdog } = draft.qos;
  if (interfaces.length === 0 && dscp.size === 0 && queues.size === 0 && watchdog === undefined) return undefined;
  return {
    ...emptyQos,
    dscpToTrafficClass: dscp.size === 0 ? {} : { [onlyTable]: Object.fromEntries(dscp) },
    trafficClassToQueue: queues.size === 0 ? {} : { [onlyTable]: Object.fromEntries(queues) },
    ecnProfiles,
    schedulers,
    interfaces: Object.fromEntries(interfaces),
    ...(watchdog === undefined
      ? {}
      : {
          pfcWatchdog: {
            detectMs: watchdog.timeoutMs ?? 0,
            restoreMs: watchdog.recoveryMs ?? 0,
            action: watchdog.action ?? "drop",
          },
        }),
  };
}

function mergeProfile(port: InterfaceDraft, draft: DeviceDraft): QosDraft | undefined {
  const profile = port.qosProfile === undefined ? undefined : draft.qos.profiles.get(port.qosProfile);
  if (profile === undefined || port.qos === undefined) return port.qos ?? profile;
  return {
    ...profile,
    ...port.qos,
    pfcPriorities: new Set([...profile.pfcPriorities, ...port.qos.pfcPriorities]),
    queues: new Map([...profile.queues, ...port.qos.queues]),
  };
}

function buildInterfaceQos(
  told: QosDraft,
  port: InterfaceDraft,
  draft: DeviceDraft,
  ecnProfiles: Record<string, EcnProfile>,
  schedulers: Record<string, Scheduler>,
): InterfaceQos {
  const queues: [number, { ecnProfile?: string; scheduler?: string }][] = [];
  for (const [number, { ecn, scheduler }] of told.queues) {
    if (ecn !== undefined) ecnProfiles[ecnName(ecn)] = ecn;
    if (scheduler !== undefined) schedulers[schedulerName(scheduler)] = scheduler;
    queues.push([
      number,
      {
        ...(ecn === undefined ? {} : { ecnProfile: ecnName(ecn) }),
        ...(scheduler === undefined ? {} : { scheduler: schedulerName(scheduler) }),
      },
    ]);
  }
  return {
    // @source Arista EOS User Manual, "qos trust": routed ports trust DSCP, switched ones CoS, unless said.
    trust: told.trust ?? (isSwitched(port, draft) ? "pcp" : "dscp"),
    ...(draft.qos.dscp.size === 0 ? {} : { dscpToTrafficClass: onlyTable }),
    ...(draft.qos.queues.size === 0 ? {} : { trafficClassToQueue: onlyTable }),
    pfcPriorities: told.pfc === true ? [...told.pfcPriorities].sort((a, b) => a - b) : [],
    pfcWatchdog: told.watchdog === true,
    queues: Object.fromEntries(queues),
    priorityGroups: {},
    ...(told.shapeBps === undefined ? {} : { shapeBps: told.shapeBps }),
  };
}

/** The tables of the switch. */
export function writeQos({ qos }: DeviceConfig): Written[] {
  if (qos === undefined) return [];
  const dscp = qos.dscpToTrafficClass[onlyTable] ?? Object.values(qos.dscpToTrafficClass)[0] ?? {};
  const queues = qos.trafficClassToQueue[onlyTable] ?? Object.values(qos.trafficClassToQueue)[0] ?? {};
  const { pfcWatchdog: watchdog } = qos;
  return [
    ...(watchdog === undefined
      ? []
      : [
          block(`priority-flow-control pause watchdog default timeout ${watchdog.detectMs / 1000}`),
          block(`priority-flow-control pause watchdog default recovery-time ${watchdog.restoreMs / 1000}`),
          block(
            `priority-flow-control pause watchdog action ${watchdog.action === "forward" ? "no-drop" : watchdog.action === "alert" ? "notify-only" : "drop"}`,
          ),
        ]),
    ...sortedKeys(dscp).map((from) => block(`qos map dscp ${from} to traffic-class ${dscp[Number(from)]}`)),
    ...sortedKeys(queues).map((from) => block(`qos map traffic-class ${from} to tx-queue ${queues[Number(from)]}`)),
  ];
}

const threshold = (bytes: number): string => (bytes % 1000 === 0 ? `${bytes / 1000} kbytes` : `${bytes} bytes`);

/** What one port does: trust, lossless priorities, queues. */
export function writeInterfaceQos(port: InterfaceQos | undefined, qos: Qos | undefined): Written[] {
  if (port === undefined || qos === undefined) return [];
  const trust = { dscp: "qos trust dscp", pcp: "qos trust cos", none: "no qos trust" } as const;
  return [
    block(trust[port.trust]),
    ...(port.shapeBps === undefined ? [] : [block(`shape rate ${Math.round(port.shapeBps / 1000)} kbps`)]),
    ...(port.pfcPriorities.length === 0
      ? []
      : [
          block("priority-flow-control on"),
          ...port.pfcPriorities.map((priority) => block(`priority-flow-control priority ${priority} no-drop`)),
        ]),
    ...(port.pfcWatchdog ? [block("priority-flow-control pause watchdog")] : []),
    ...sortedKeys(port.queues).map((number) => {
      const queue = port.queues[Number(number)];
      const ecn = queue?.ecnProfile === undefined ? undefined : qos.ecnProfiles[queue.ecnProfile];
      const scheduler = queue?.scheduler === undefined ? undefined : qos.schedulers[queue.scheduler];
      return block(`tx-queue ${number}`, [
        ...(scheduler === undefined
          ? []
          : scheduler.kind === "strict"
            ? [block("priority strict")]
            : [block("no priority"), block(`bandwidth percent ${scheduler.weight}`)]),
        ...(ecn === undefined
          ? []
          : [
              block(
                `random-detect ecn minimum-threshold ${threshold(ecn.minThresholdBytes)} maximum-threshold ` +
                  `${threshold(ecn.maxThresholdBytes)} max-mark-probability ${ecn.maxMarkProbability}`,
              ),
            ]),
      ]);
    }),
  ];
}
