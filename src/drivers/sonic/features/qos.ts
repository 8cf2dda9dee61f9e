import type { BufferProfile, EcnProfile, InterfaceQos, Qos, Scheduler } from "#model/qos.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { parseNumberRanges } from "#net/ranges.ts";
import { plainReference, type ConfigDb, type Row } from "../config-db.ts";
import type { Draft, Writable } from "../draft.ts";
import type { Tables } from "../tables.ts";

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

/** Marking thresholds of what is green: RoCE packets are, until a policer says otherwise. */
function readWred(db: ConfigDb, draft: Draft): Record<string, EcnProfile> {
  const profiles = new Map<string, EcnProfile>();
  for (const row of db.rows("WRED_PROFILE")) {
    row.use();
    const ecn = row.text("ecn") ?? "ecn_none";
    const colour = (["green", "yellow", "red"] as const).find(
      (one) => row.flag(`wred_${one}_enable`) !== false && row.leaf(`${one}_max_threshold`) !== undefined,
    );
    const [minimum, maximum, probability] = ["min_threshold", "max_threshold", "drop_probability"].map((field) =>
      colour === undefined ? undefined : row.number(`${colour}_${field}`),
    );
    if (colour !== undefined && minimum !== undefined && maximum !== undefined && ecn !== "ecn_none") {
      profiles.set(row.key, {
        minThresholdBytes: minimum,
        maxThresholdBytes: maximum,
        maxMarkProbability: probability ?? 100,
      });
      draft.mark(row.span, "qos", "ecnProfiles", row.key);
    } else if (ecn === "ecn_none") row.ignoreRest("drops early but marks nothing");
    for (const other of ["green", "yellow", "red"]) {
      const differs =
        colour !== undefined &&
        other !== colour &&
        row.flag(`wred_${other}_enable`) !== false &&
        row.leaf(`${other}_max_threshold`) !== undefined &&
        ["min_threshold", "max_threshold", "drop_probability"].some(
          (field) => row.text(`${other}_${field}`) !== row.text(`${colour}_${field}`),
        );
      if (differs && ecn.includes(other))
        db.report({
          code: "sonic.wred-colours-differ",
          severity: "info",
          message: `${row.table}|${row.key} marks ${other} packets by other thresholds; those of ${colour} are taken.`,
          line: row.line,
        });
    }
    row.ignore(
      [
        "wred_green_enable",
        "wred_yellow_enable",
        "wred_red_enable",
        ...["green", "yellow", "red"].flatMap((one) =>
          ["min_threshold", "max_threshold", "drop_probability"].map((field) => `${one}_${field}`),
        ),
      ],
      "colours that the network does not use",
    );
  }
  return Object.fromEntries(profiles);
}

/** A scheduler that only shapes a whole port (`pir`, bytes a second) is the port's limit; the others share out queues. */
function readSchedulers(
  db: ConfigDb,
  draft: Draft,
): { schedulers: Record<string, Scheduler>; shapes: Map<string, number> } {
  const shapedPorts = new Set(db.rows("PORT_QOS_MAP").flatMap((row) => row.leaf("scheduler")?.values ?? []));
  const shapes = new Map<string, number>();
  const schedulers = new Map<string, Scheduler>();
  for (const row of db.rows("SCHEDULER")) {
    row.use();
    const bytesPerSecond = row.number("pir");
    const unit = row.text("meter_type");
    const queued = db
      .rows("QUEUE")
      .some((queue) =>
        queue.leaf("scheduler")?.values.some((value) => value === row.key || value.endsWith(`|${row.key}]`)),
      );
    if (bytesPerSecond !== undefined && unit !== "packets" && shapedPorts.has(row.key) && !queued) {
      shapes.set(row.key, bytesPerSecond * 8);
      row.text("type");
      row.ignore(["cir", "cbs", "pbs", "weight", "priority"], "how bursts are let through");
      continue;
    }
    const kind = row.text("type")?.toUpperCase();
    const weight = row.number("weight");
    if (kind === "STRICT") schedulers.set(row.key, { kind: "strict" });
    else if (kind === "DWRR" || kind === "WRR") schedulers.set(row.key, { kind: "weighted", weight: weight ?? 1 });
    else row.refuse("type");
    draft.mark(row.span, "qos", "schedulers", row.key);
    if (bytesPerSecond !== undefined) row.refuse("pir");
    row.ignore(["cir", "cbs", "pbs", "priority", "weight"], "how bursts are let through");
  }
  return { schedulers: Object.fromEntries(schedulers), shapes };
}

function readBufferProfiles(db: ConfigDb, draft: Draft): Record<string, BufferProfile> {
  const profiles = new Map<string, BufferProfile>();
  const named = (tables: readonly string[], field: string): Set<string> =>
    new Set(
      tables.flatMap((table) =>
        db
          .rows(table)
          .flatMap((row) => (row.leaf(field)?.values ?? []).flatMap((text) => text.split(",").map(plainReference))),
      ),
    );
  const groups = named(["BUFFER_PG"], "profile");
  const elsewhere = new Set([
    ...named(["BUFFER_QUEUE"], "profile"),
    ...named(["BUFFER_PORT_INGRESS_PROFILE_LIST", "BUFFER_PORT_EGRESS_PROFILE_LIST"], "profile_list"),
  ]);
  for (const row of db.rows("BUFFER_PROFILE")) {
    if (elsewhere.has(row.key) && !groups.has(row.key) && row.leaf("xoff") === undefined) {
      row.ignoreRest("a share of the platform's own buffer; only ingress priority groups are modelled");
      continue;
    }
    row.use();
    const [size, xon, xoff] = ["size", "xon", "xoff"].map((field) => row.number(field));
    const threshold = row.text("dynamic_th");
    const pool = row.reference("pool");
    profiles.set(row.key, {
      // What arrives after the pause was sent is what xoff holds.
      ...(xoff === undefined ? {} : { headroomBytes: xoff, xoffBytes: xoff }),
      ...(size === undefined ? {} : { sizeBytes: size }),
      ...(xon === undefined ? {} : { xonBytes: xon }),
      ...(threshold !== undefined && /^-?\d{1,2}$/.test(threshold) ? { dynamicThreshold: Number(threshold) } : {}),
      ...(pool === undefined ? {} : { pool }),
    });
    draft.mark(row.span, "qos", "bufferProfiles", row.key);
    row.ignore(
      ["static_th", "xon_offset", "headroom_type", "packet_discard_action"],
      "platform's way of keeping the buffer",
    );
  }
  return Object.fromEntries(profiles);
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

function wredOf(profile: EcnProfile): Record<string, string> {
  const fields: Record<string, string> = { ecn: "ecn_all" };
  for (const colour of ["green", "yellow", "red"]) {
    fields[`wred_${colour}_enable`] = "true";
    fields[`${colour}_min_threshold`] = String(profile.minThresholdBytes);
    fields[`${colour}_max_threshold`] = String(profile.maxThresholdBytes);
    fields[`${colour}_drop_probability`] = String(profile.maxMarkProbability);
  }
  return fields;
}

function writeBufferProfile(name: string, profile: BufferProfile, out: Tables): void {
  const room = profile.xoffBytes ?? profile.headroomBytes;
  if (profile.headroomBytes !== room || profile.xoffBytes !== room)
    out.cannot(
      "unsupported",
      ["qos", "bufferProfiles", name, "headroomBytes"],
      "On SONiC the headroom of a profile is its xoff.",
      "info",
    );
  if (profile.pool === undefined)
    out.cannot(
      "unsupported",
      ["qos", "bufferProfiles", name, "pool"],
      "A SONiC buffer profile takes its room from a pool; name one of the platform's.",
    );
  out.put("BUFFER_PROFILE", [name], {
    pool: profile.pool,
    size: text(profile.sizeBytes),
    xon: text(profile.xonBytes),
    xoff: text(room),
    dynamic_th: text(profile.dynamicThreshold),
  });
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

const text = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value));
