import type { CounterSample } from "#model/counter-sample.ts";
import { Failure } from "#model/failure.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { DeviceSession, OperationalState, Target } from "../driver.ts";
import { GnmiClient, type GnmiPath, type GnmiUpdate } from "../transport/gnmi.ts";
import { changesBetween, diffLinesOf, tablesOf, type TableChange } from "./diff.ts";
import { mergeDesired } from "./merge.ts";
import { configDbPath } from "./render.ts";
import { readOperationalState, samplesOf, statePath } from "./sensors.ts";
import { formatTables, sorted, type TableData } from "./tables.ts";

const sampleMs = 1000;

export async function connectSonic(target: Target): Promise<DeviceSession> {
  const session = new SonicSession(target);
  try {
    await session.greet();
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  return session;
}

type Label =
  | { readonly state: "staged"; readonly desired: TableData }
  | { readonly state: "awaiting-confirmation"; readonly before: TableData; readonly timer: NodeJS.Timeout }
  | { readonly state: "committed" };

/**
 * Labels by device, for as long as this process lives: SONiC has no candidate and no confirmed commit, so both are held
 * here. After a restart a label is unknown ("none") and the caller judges by what the device runs.
 */
const labelsByDevice = new Map<string, Map<string, Label>>();

const labelsOf = (target: Target): Map<string, Label> => {
  const key = `${target.host} ${target.port} ${target.device}`;
  const labels = labelsByDevice.get(key) ?? new Map<string, Label>();
  labelsByDevice.set(key, labels);
  return labels;
};

class SonicSession implements DeviceSession {
  readonly #target: Target;
  readonly #client: GnmiClient;
  readonly #labels: Map<string, Label>;

  constructor(target: Target) {
    this.#target = target;
    this.#client = new GnmiClient(target);
    this.#labels = labelsOf(target);
  }

  async greet(): Promise<void> {
    const { encodings } = await this.#client.capabilities();
    if (!encodings.includes("JSON_IETF"))
      throw new Failure("unsupported", `${this.#target.device} does not speak JSON_IETF over gNMI, as SONiC does.`, {
        detail: { encodings },
      });
  }

  async readRunning(): Promise<readonly SourceFile[]> {
    return [{ path: configDbPath, text: formatTables(await readTables(this.#client)) }];
  }

  /** Nothing is sent: SONiC validates when it applies. The diff is against what the device runs now. */
  async stage(label: string, desired: DeviceSource): Promise<{ readonly deviceDiff: string }> {
    const file = desired.files.find((one) => one.path.endsWith(".json"));
    if (file === undefined)
      throw new Failure(
        "invalid_input",
        `${this.#target.device}: SONiC is configured by ${configDbPath}, which is not among the files.`,
      );
    if (this.#labels.get(label)?.state === "awaiting-confirmation")
      throw new Failure("conflict", `${this.#target.device}: ${label} awaits confirmation. Confirm or abort it first.`);
    const running = await readTables(this.#client);
    const tables = tablesOf(file.text);
    this.#labels.set(label, { state: "staged", desired: tables });
    const lines = diffLinesOf(changesBetween(running, mergeDesired(running, tables)), configDbPath);
    return { deviceDiff: lines.map((line) => `${line.op === "add" ? "+" : "-"} ${line.text}`).join("\n") };
  }

  async commit(label: string, confirmSeconds?: number): Promise<void> {
    const staged = this.#labels.get(label);
    if (staged?.state !== "staged")
      throw new Failure("not_found", `${this.#target.device}: nothing is staged under ${label}.`);
    const before = await readTables(this.#client);
    try {
      await applyTables(this.#client, before, mergeDesired(before, staged.desired));
    } catch (error) {
      // The updater applies in steps and leaves a half where it fails: go back before saying so.
      if (error instanceof Failure && error.kind === "device_rejected") await this.#restore(before);
      throw error;
    }
    if (confirmSeconds === undefined) {
      this.#labels.set(label, { state: "committed" });
      return;
    }
    const timer = setTimeout(
      () => void takeBackLater(this.#target, this.#labels, label, before),
      confirmSeconds * 1000,
    );
    timer.unref();
    this.#labels.set(label, { state: "awaiting-confirmation", before, timer });
  }

  async confirm(label: string): Promise<void> {
    const held = this.#labels.get(label);
    if (held?.state === "committed") return;
    if (held?.state !== "awaiting-confirmation")
      throw new Failure(
        "not_found",
        `${this.#target.device}: nothing under ${label} awaits confirmation; it may have been taken back.`,
      );
    clearTimeout(held.timer);
    this.#labels.set(label, { state: "committed" });
  }

  async abort(label: string): Promise<void> {
    const held = this.#labels.get(label);
    if (held === undefined || held.state === "committed") return;
    if (held.state === "awaiting-confirmation") {
      await this.#restore(held.before);
      clearTimeout(held.timer);
    }
    this.#labels.delete(label);
  }

  async status(label: string): Promise<"none" | "staged" | "awaiting-confirmation" | "committed"> {
    return this.#labels.get(label)?.state ?? "none";
  }

  readState(): Promise<OperationalState> {
    return readOperationalState((path) => this.#client.get([path], "STATE").then(([value]) => value, absent));
  }

  streamCounters(onSample: (sample: CounterSample) => void, signal: AbortSignal): Promise<void> {
    const path = statePath("COUNTERS_DB", "COUNTERS", "Ethernet*");
    return this.#client.subscribe(
      [path],
      sampleMs,
      (notification) => {
        for (const sample of samplesOf(this.#target.device, notification)) onSample(sample);
      },
      signal,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
  }

  async #restore(before: TableData): Promise<void> {
    await applyTables(this.#client, await readTables(this.#client), before);
  }
}

/** The controller's own timer ran out: go back over a connection of its own, for the session may be long closed. */
async function takeBackLater(
  target: Target,
  labels: Map<string, Label>,
  label: string,
  before: TableData,
): Promise<void> {
  if (labels.get(label)?.state !== "awaiting-confirmation") return;
  using client = new GnmiClient(target);
  try {
    await applyTables(client, await readTables(client), before);
    labels.delete(label);
  } catch (error) {
    // Out of reach: it stays pending, so that whoever asks next sees it and takes it back. A bug is not swallowed.
    if (!(error instanceof Failure)) throw error;
  }
}

const absent = (error: unknown): undefined => {
  if (error instanceof Failure && error.kind === "not_found") return undefined;
  throw error;
};

/**
 * The server joins the elements to a JSON pointer, so a key says its slashes as one does.
 *
 * @source sonic-gnmi sonic_data_client/mixed_db_client.go (ConvertToJsonPatch)
 */
const dbPath = (...parts: readonly string[]): GnmiPath => ({
  origin: "sonic-db",
  elem: ["CONFIG_DB", "localhost", ...parts].map((name) => ({
    name: name.replaceAll("~", "~0").replaceAll("/", "~1"),
  })),
});

/** The whole ConfigDB in one Get. @source sonic-gnmi doc/gNMI_usage_examples.md (origin sonic-db) */
async function readTables(client: GnmiClient): Promise<TableData> {
  const [value] = await client.get([dbPath()], "ALL");
  return tablesOf(JSON.stringify(value ?? {}));
}

/**
 * One Set that turns one set of tables into another: rows that go are deleted (with the table when it was the last, for
 * the updater refuses empty tables), rows that change are replaced whole, a table that was not there comes whole.
 *
 * @source sonic-gnmi sonic_data_client/mixed_db_client.go (delete, replace, update become one patch);
 *   sonic-utilities generic_config_updater (no empty tables)
 */
async function applyTables(client: GnmiClient, from: TableData, to: TableData): Promise<void> {
  const changes = changesBetween(from, to);
  if (changes.length === 0) return;
  await client.set(setOf(changes, from, to));
}

function setOf(
  changes: readonly TableChange[],
  from: TableData,
  to: TableData,
): { readonly delete: readonly GnmiPath[]; readonly replace: readonly GnmiUpdate[] } {
  const gone: GnmiPath[] = [];
  const replace: GnmiUpdate[] = [];
  const touched = new Map<string, Set<string>>();
  for (const { path } of changes) {
    const keys = touched.get(path[0]) ?? new Set<string>();
    touched.set(path[0], keys.add(path[1]));
  }
  for (const [table, keys] of touched) {
    const rows = to.get(table) ?? new Map<string, never>();
    if (rows.size === 0) {
      gone.push(dbPath(table));
      continue;
    }
    if ((from.get(table)?.size ?? 0) === 0) {
      replace.push({
        path: dbPath(table),
        value: Object.fromEntries(sorted(rows).map(([key, fields]) => [key, Object.fromEntries(fields)])),
      });
      continue;
    }
    for (const key of keys) {
      const fields = rows.get(key);
      if (fields === undefined) gone.push(dbPath(table, key));
      else replace.push({ path: dbPath(table, key), value: Object.fromEntries(fields) });
    }
  }
  return { delete: gone, replace };
}
