import type { BufferProfile, EcnProfile, Scheduler } from "#model/qos.ts";
import { plainReference, type ConfigDb } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { textOf, type Tables } from "../tables.ts";

/** Marking thresholds of what is green: RoCE packets are, until a policer says otherwise. */
export function readWred(db: ConfigDb, draft: Draft): Record<string, EcnProfile> {
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
export function readSchedulers(
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

export function readBufferProfiles(db: ConfigDb, draft: Draft): Record<string, BufferProfile> {
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

export function wredOf(profile: EcnProfile): Record<string, string> {
  const fields: Record<string, string> = { ecn: "ecn_all" };
  for (const colour of ["green", "yellow", "red"]) {
    fields[`wred_${colour}_enable`] = "true";
    fields[`${colour}_min_threshold`] = String(profile.minThresholdBytes);
    fields[`${colour}_max_threshold`] = String(profile.maxThresholdBytes);
    fields[`${colour}_drop_probability`] = String(profile.maxMarkProbability);
  }
  return fields;
}

export function writeBufferProfile(name: string, profile: BufferProfile, out: Tables): void {
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
    size: textOf(profile.sizeBytes),
    xon: textOf(profile.xonBytes),
    xoff: textOf(room),
    dynamic_th: textOf(profile.dynamicThreshold),
  });
}
