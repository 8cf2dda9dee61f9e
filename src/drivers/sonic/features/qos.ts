import type { InterfaceQos, Qos } from "#model/qos.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { parseNumberRanges } from "#net/ranges.ts";
import type { ConfigDb, Row } from "../config-db.ts";
import type { Draft, Writable } from "../draft.ts";
import type { Tables } from "../tables.ts";
import { readBufferProfiles, readSchedulers, readWred, wredOf, writeBufferProfile } from "./qos-profiles.ts";

type DraftInterfaceQos = Omit<Writable<InterfaceQos>, "queues" | "priorityGroups"> & {
  queues: Map<number, { ecnProfile?: string; scheduler?: string }>;
  priorityGroups: Map<number, { bufferProfile: string }>;
};

/** QoS tables, as `config qos reload` and buffermgrd take them. @source SONiC doc/qos, sonic-yang-models sonic-*-map.yang */
export function readQos(db: ConfigDb, draft: Draft): void {
  const ports = new Map<string, DraftInterfaceQos>();
  const portOf = (name: string): DraftInterfaceQos => {
    const known = ports.get(name) ?? {
      trust: "none",
      pfcPriorities: [],
      pfcWatchdog: false,
      queues: new Map(),
      priorityGroups: new Map(),
    };
    ports.set(name, known);
    return known;
  };
  const dscpToTrafficClass = readMap(db, draft, "DSCP_TO_TC_MAP", "dscpToTrafficClass");
  const trafficClassToQueue = readMap(db, draft, "TC_TO_QUEUE_MAP", "trafficClassToQueue");
  const trafficClassToPriorityGroup = readMap(db, draft, "TC_TO_PRIORITY_GROUP_MAP", "trafficClassToPriorityGroup");
  readPfcQueueMap(db);
  const ecnProfiles = readWred(db, draft);
  const { schedulers, shapes } = readSchedulers(db, draft);
  const bufferProfiles = readBufferProfiles(db, draft);
  for (const row of db.rows("PORT_QOS_MAP")) readPortMap(draft, row, portOf, shapes);
  for (const row of db.rows("QUEUE")) readQueues(draft, row, portOf);
  for (const row of db.rows("BUFFER_PG")) readPriorityGroups(draft, row, portOf);
  for (const row of db.rows("CABLE_LENGTH")) readCables(draft, row, portOf);
  const pfcWatchdog = readWatchdog(db, draft, portOf);
  setQosAside(db);
  const made: Qos = {
    dscpToTrafficClass,
    trafficClassToQueue,
    trafficClassToPriorityGroup,
    ecnProfiles,
    schedulers,
    bufferProfiles,
    interfaces: Object.fromEntries(
      [...ports].map(([name, port]) => [
        name,
        { ...port, queues: Object.fromEntries(port.queues), priorityGroups: Object.fromEntries(port.priorityGroups) },
      ]),
    ),
    ...(pfcWatchdog === undefined ? {} : { pfcWatchdog }),
  };
  if (pfcWatchdog !== undefined || Object.values(made).some((part) => Object.keys(part).length > 0)) draft.qos = made;
}

type NumberMap = Readonly<Record<number, number>>;

function readMap(db: ConfigDb, draft: Draft, table: string, part: string): Record<string, NumberMap> {
  const maps = new Map<string, NumberMap>();
  for (const row of db.rows(table)) {
    row.use();
    const pairs: [number, number][] = [];
    for (const field of row.fieldNames) {
      const value = row.number(field);
      if (value === undefined || !/^\d{1,2}$/.test(field)) row.refuse(field);
      else pairs.push([Number(field), value]);
    }
    maps.set(row.key, Object.fromEntries(pairs));
    draft.mark(row.span, "qos", part, row.key);
  }
  return Object.fromEntries(maps);
}

function readPfcQueueMap(db: ConfigDb): void {
  for (const row of db.rows("MAP_PFC_PRIORITY_TO_QUEUE")) {
    row.use();
    for (const field of row.fieldNames) if (row.text(field) !== field) row.refuse(field);
    if (row.fieldNames.some((field) => row.leaf(field)?.state === "unknown"))
      db.report({
        code: "sonic.pfc-queue-map",
        severity: "warning",
        message: `${row.table}|${row.key} pauses other queues than the priorities' own; it is read as if they were the same.`,
        line: row.line,
      });
  }
}

const numbersOf = (text: string | undefined): readonly number[] =>
  text === undefined || text.trim() === "" ? [] : (parseNumberRanges(text, 63) ?? []);

/** `Ethernet0` or, in one row, `Ethernet0,Ethernet4`. */
const portsOf = (row: Row): readonly string[] => (row.parts[0] ?? "").split(",").filter((name) => name !== "");

function readPortMap(
  draft: Draft,
  row: Row,
  portOf: (name: string) => DraftInterfaceQos,
  shapes: ReadonlyMap<string, number>,
): void {
  if (row.key === "global") return row.ignoreRest("how the switch reads packets of tunnels and of its own");
  row.use();
  const dscp = row.reference("dscp_to_tc_map");
  const pcp = row.reference("dot1p_to_tc_map");
  const queue = row.reference("tc_to_queue_map");
  const group = row.reference("tc_to_pg_map");
  const scheduler = row.reference("scheduler");
  const priorities = numbersOf(row.text("pfc_enable"));
  row.reference("pfc_to_queue_map");
  row.text("pfcwd_sw_enable");
  row.ignore(["pfc_to_pg_map"], "the priority groups are the priorities");
  row.ignore(
    ["tc_to_dot1p_map", "tc_to_dscp_map", "dscp_to_fc_map", "exp_to_fc_map", "mpls_tc_to_tc_map"],
    "remarks what leaves the network",
  );
  for (const name of portsOf(row)) {
    const port = portOf(name);
    draft.mark(row.span, "qos", "interfaces", name);
    port.trust = dscp !== undefined ? "dscp" : pcp !== undefined ? "pcp" : "none";
    if (dscp !== undefined) port.dscpToTrafficClass = dscp;
    if (queue !== undefined) port.trafficClassToQueue = queue;
    if (group !== undefined) port.trafficClassToPriorityGroup = group;
    port.pfcPriorities = priorities;
    const shape = scheduler === undefined ? undefined : shapes.get(scheduler);
    if (shape !== undefined) port.shapeBps = shape;
  }
}

function readQueues(draft: Draft, row: Row, portOf: (name: string) => DraftInterfaceQos): void {
  // VoQ chassis name host and ASIC before the port.
  const queues = row.parts.length === 2 ? numbersOf(row.parts[1]) : [];
  if (queues.length === 0)
    return row.parts.length > 2 ? row.ignoreRest("virtual queues of a chassis; not modelled") : undefined;
  row.use();
  const ecnProfile = row.reference("wred_profile");
  const scheduler = row.reference("scheduler");
  for (const name of portsOf(row))
    for (const queue of queues) {
      const { queues: into } = portOf(name);
      into.set(queue, {
        ...into.get(queue),
        ...(ecnProfile === undefined ? {} : { ecnProfile }),
        ...(scheduler === undefined ? {} : { scheduler }),
      });
      draft.mark(row.span, "qos", "interfaces", name, "queues", queue);
    }
}

function readPriorityGroups(draft: Draft, row: Row, portOf: (name: string) => DraftInterfaceQos): void {
  const groups = row.parts.length === 2 ? numbersOf(row.parts[1]) : [];
  const profile = row.reference("profile");
  if (groups.length === 0 || profile === undefined) return row.refuse("profile");
  row.use();
  // NULL: the buffer manager makes the profile from speed and cable. @source SONiC doc/qos/dynamically-headroom-calculation.md
  if (profile === "NULL") return;
  for (const name of portsOf(row))
    for (const group of groups) {
      portOf(name).priorityGroups.set(group, { bufferProfile: profile });
      draft.mark(row.span, "qos", "interfaces", name, "priorityGroups", group);
    }
}

function readCables(draft: Draft, row: Row, portOf: (name: string) => DraftInterfaceQos): void {
  row.use();
  for (const field of row.fieldNames) {
    const match = /^(\d{1,6})m$/.exec(row.text(field) ?? "");
    if (match === null) row.refuse(field);
    // 0m is how the generator writes "not known".
    else if (match[1] !== "0") {
      portOf(field).cableLengthMetres = Number(match[1]);
      draft.mark(
        { file: row.span.file, line: row.leaf(field)?.line ?? row.line },
        "qos",
        "interfaces",
        field,
        "cableLengthMetres",
      );
    }
  }
}

function readWatchdog(db: ConfigDb, draft: Draft, portOf: (name: string) => DraftInterfaceQos): Qos["pfcWatchdog"] {
  let found: Qos["pfcWatchdog"];
  for (const row of db.rows("PFC_WD")) {
    if (row.key === "GLOBAL") {
      row.ignoreRest("how often the watchdog looks");
      continue;
    }
    row.use();
    const [detectMs, restoreMs] = [row.number("detection_time"), row.number("restoration_time")];
    const action = row.text("action");
    row.ignore(["pfc_stat_history"], "keeps statistics");
    if (detectMs === undefined) continue;
    const made: NonNullable<Qos["pfcWatchdog"]> = {
      detectMs,
      restoreMs: restoreMs ?? detectMs,
      action: action === "forward" || action === "alert" ? action : ("drop" as const),
    };
    if (
      found !== undefined &&
      (found.detectMs !== made.detectMs || found.restoreMs !== made.restoreMs || found.action !== made.action)
    )
      db.report({
        code: "sonic.pfcwd-differs",
        severity: "info",
        message: `PFC_WD|${row.key} has times of its own; those of the first port are shown for all.`,
        line: row.line,
      });
    found ??= made;
    portOf(row.key).pfcWatchdog = true;
    draft.mark(row.span, "qos", "pfcWatchdog");
  }
  return found;
}

function setQosAside(db: ConfigDb): void {
  for (const table of ["BUFFER_POOL", "DEFAULT_LOSSLESS_BUFFER_PARAMETER", "LOSSLESS_TRAFFIC_PATTERN"])
    db.ignore(table, "sizes of the platform's own buffer");
  for (const table of ["BUFFER_QUEUE", "BUFFER_PORT_INGRESS_PROFILE_LIST", "BUFFER_PORT_EGRESS_PROFILE_LIST"])
    db.ignore(table, "shares of the platform's own buffer; only ingress priority groups are modelled");
  for (const table of [
    "DOT1P_TO_TC_MAP",
    "MPLS_TC_TO_TC_MAP",
    "EXP_TO_FC_MAP",
    "DSCP_TO_FC_MAP",
    "TC_TO_DOT1P_MAP",
    "TC_TO_DSCP_MAP",
    "PFC_PRIORITY_TO_PRIORITY_GROUP_MAP",
  ])
    db.ignore(table, "classifies or remarks by something other than DSCP; not modelled");
}

const identity = Object.fromEntries(Array.from({ length: 8 }, (_, priority) => [String(priority), String(priority)]));

export function writeQos(config: DeviceConfig, out: Tables): void {
  const { qos } = config;
  if (qos === undefined) return;
  for (const [table, maps] of [
    ["DSCP_TO_TC_MAP", qos.dscpToTrafficClass],
    ["TC_TO_QUEUE_MAP", qos.trafficClassToQueue],
    ["TC_TO_PRIORITY_GROUP_MAP", qos.trafficClassToPriorityGroup],
  ] as const)
    for (const [name, map] of Object.entries(maps))
      out.put(table, [name], Object.fromEntries(Object.entries(map).map(([from, to]) => [from, String(to)])));
  for (const [name, profile] of Object.entries(qos.ecnProfiles)) out.put("WRED_PROFILE", [name], wredOf(profile));
  for (const [name, scheduler] of Object.entries(qos.schedulers))
    out.put(
      "SCHEDULER",
      [name],
      scheduler.kind === "strict" ? { type: "STRICT" } : { type: "DWRR", weight: String(scheduler.weight) },
    );
  for (const [name, profile] of Object.entries(qos.bufferProfiles)) writeBufferProfile(name, profile, out);
  if (qos.pfcWatchdog !== undefined && !Object.values(qos.interfaces).some((port) => port.pfcWatchdog))
    out.cannot(
      "unsupported",
      ["qos", "pfcWatchdog"],
      "SONiC keeps the watchdog's times at its ports; none has it on.",
      "info",
    );
  for (const [name, port] of Object.entries(qos.interfaces)) writePort(name, port, qos, out);
}

function writePort(name: string, port: InterfaceQos, qos: Qos, out: Tables): void {
  if (port.trust === "pcp")
    out.cannot(
      "unsupported",
      ["qos", "interfaces", name, "trust"],
      "Trust in 802.1p priorities is not written for SONiC.",
      "error",
    );
  if (port.trust === "dscp" && port.dscpToTrafficClass === undefined)
    out.cannot("unsupported", ["qos", "interfaces", name, "trust"], "SONiC reads DSCP by a map; none is named.");
  const shaper = `shape.${name}`;
  if (port.shapeBps !== undefined)
    out.put("SCHEDULER", [shaper], { type: "STRICT", meter_type: "bytes", pir: String(Math.round(port.shapeBps / 8)) });
  const paused = port.pfcPriorities.length === 0 ? undefined : port.pfcPriorities.toSorted((a, b) => a - b).join(",");
  if (paused !== undefined) out.put("MAP_PFC_PRIORITY_TO_QUEUE", ["AZURE"], identity);
  out.put("PORT_QOS_MAP", [name], {
    dscp_to_tc_map: port.trust === "dscp" ? port.dscpToTrafficClass : undefined,
    tc_to_queue_map: port.trafficClassToQueue,
    tc_to_pg_map: port.trafficClassToPriorityGroup,
    pfc_to_queue_map: paused === undefined ? undefined : "AZURE",
    pfc_enable: paused,
    pfcwd_sw_enable: port.pfcWatchdog ? paused : undefined,
    scheduler: port.shapeBps === undefined ? undefined : shaper,
  });
  for (const [queue, { ecnProfile, scheduler }] of Object.entries(port.queues))
    out.put("QUEUE", [name, queue], { wred_profile: ecnProfile, scheduler });
  for (const [group, { bufferProfile }] of Object.entries(port.priorityGroups))
    out.put("BUFFER_PG", [name, group], { profile: bufferProfile });
  if (port.cableLengthMetres !== undefined)
    out.put("CABLE_LENGTH", ["AZURE"], { [name]: `${port.cableLengthMetres}m` });
  if (!port.pfcWatchdog) return;
  if (qos.pfcWatchdog === undefined)
    return out.cannot(
      "unsupported",
      ["qos", "interfaces", name, "pfcWatchdog"],
      "The watchdog is on but its times are not told.",
      "error",
    );
  const { detectMs, restoreMs, action } = qos.pfcWatchdog;
  out.put("PFC_WD", [name], { detection_time: String(detectMs), restoration_time: String(restoreMs), action });
}
