import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "#model/failure.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { DeviceWorld } from "../device.ts";
import { objectionsTo } from "../judge.ts";
import { fieldPaths, printDatabase, readDatabase, type Database } from "./config-db.ts";
import { checkConfig, moved, movesBetween, patched, PatchRefused, type PatchStep } from "./updater.ts";

export interface SonicOptions {
  /** How long one Set keeps the single worker busy, real milliseconds. */
  readonly setMs?: number;
}

/** All that a SONiC switch remembers. */
export interface SonicState {
  running: Database;
  /** `/etc/sonic/config_db.json`: what it boots. */
  saved: Database;
  /** `config_db.json.tmp`: a whole configuration handed over by delete and update of the root, taken at the next reload. */
  handedOver?: Database;
  readonly path: string;
  /** frr.conf and the like: not reachable over ConfigDB. */
  readonly otherFiles: readonly SourceFile[];
  readonly known: string[];
  bootedAt: number;
  jumpMs: number;
}

/** What a SONiC switch is behind gNMI: ConfigDB and the updater that changes it. */
export class SonicBox {
  readonly nos = "sonic" as const;
  readonly world: DeviceWorld;
  readonly state: SonicState;
  readonly #setMs: number;
  readonly #known: ReadonlySet<string>;
  readonly #listeners = new Set<() => void>();
  #queue: Promise<void> = Promise.resolve();
  /** `/etc/sonic/checkpoints/config.cp.json`: there only while a Set is worked on, and read by every Get meanwhile. */
  #checkpoint: Database | undefined;
  readonly confirmDeadline = undefined;

  constructor(world: DeviceWorld, options: SonicOptions = {}) {
    this.world = world;
    this.#setMs = options.setMs ?? 5;
    this.state = (world.load() as SonicState | undefined) ?? this.#fromSeed(); // only `save` below writes it
    this.#known = new Set(this.state.known);
  }

  #fromSeed(): SonicState {
    const { files } = this.world.seed;
    const file = files.find(({ path, text }) => path.endsWith(".json") || text.trimStart().startsWith("{"));
    let content: unknown = {};
    try {
      content = file === undefined ? {} : JSON.parse(file.text);
    } catch (cause) {
      throw new Failure("invalid_input", `${file?.path} of ${this.world.name} is not JSON.`, { cause });
    }
    const running = readDatabase(content);
    if (typeof running === "string")
      throw new Failure("invalid_input", `${file?.path} of ${this.world.name} is no ConfigDB: ${running}.`);
    return {
      running,
      saved: running,
      path: file?.path ?? "config_db.json",
      otherFiles: files.filter((each) => each !== file),
      known: [...fieldPaths(running)],
      bootedAt: this.world.clock.now(),
      jumpMs: 0,
    };
  }

  /** What a Get sees: the checkpoint while a Set runs, else running. */
  get visible(): Database {
    return this.#checkpoint ?? this.state.running;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  save(): void {
    this.world.save(this.state);
  }

  running(): DeviceSource {
    return { nos: "sonic", files: this.#filesOf(this.state.running) };
  }

  #filesOf(database: Database): SourceFile[] {
    return [{ path: this.state.path, text: printDatabase(database).text }, ...this.state.otherFiles];
  }

  tick(): void {
    // Nothing on this device happens by itself: SONiC has no commit timer.
  }

  stop(): void {
    this.#listeners.clear();
  }

  #setRunning(database: Database): void {
    this.state.running = database;
    this.save();
    this.world.runningChanged();
    for (const listener of this.#listeners) listener();
  }

  /** One worker: a Set waits for those before it. @throws {PatchRefused} with the updater's words @throws {Cut} */
  set(
    work: { readonly steps: readonly PatchStep[] } | { readonly whole: Database } | { readonly handOver: Database },
  ): Promise<void> {
    const turn = this.#queue.then(async () => {
      this.#checkpoint = this.state.running;
      try {
        if (this.#setMs > 0) await sleep(this.#setMs);
        this.world.faults.around(() => this.#work(work));
      } finally {
        this.#checkpoint = undefined;
      }
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #work(work: Parameters<SonicBox["set"]>[0]): void {
    const rejection = this.world.faults.takeRejection();
    if (rejection !== undefined) throw new PatchRefused(rejection);
    if ("handOver" in work) {
      this.#check(work.handOver);
      this.state.handedOver = work.handOver;
      this.save();
      return;
    }
    // A full configuration handed over before is forgotten by the next Set.
    delete this.state.handedOver;
    const target = "whole" in work ? work.whole : patched(this.state.running, work.steps);
    this.#check(target);
    this.#move(target);
    // `config save` at the end: what was set survives a reboot.
    this.state.saved = this.state.running;
    this.save();
  }

  /** Moves one after the other, as the updater does; a failure midway leaves what was done, and says so. */
  #move(target: Database): void {
    const moves = movesBetween(this.state.running, target);
    const midway = this.world.faults.takeFailMidway();
    const last = midway ? Math.floor(moves.length / 2) : moves.length;
    let database = this.state.running;
    for (const move of moves.slice(0, last)) database = moved(database, move);
    if (moves.length > 0) this.#setRunning(database);
    if (midway) throw new PatchRefused("After applying patch to config, there are still some parts not updated");
  }

  /** As YANG would judge it: no empty table, references that lead somewhere, and no table or field that isn't known. */
  #check(database: Database): void {
    checkConfig(database);
    const printed = printDatabase(database);
    const files = [{ path: this.state.path, text: printed.text }, ...this.state.otherFiles];
    for (const { file, line, text, message } of objectionsTo((each) => this.world.parse(each), files)) {
      if (file !== this.state.path) continue;
      const path = printed.paths.get(line);
      if (path !== undefined && (this.#known.has(path) || this.#knownBelow(path))) continue;
      throw new PatchRefused(
        `Given patch will produce invalid config. Error: Data Loading Failed: ${message ?? `${path ?? text}: no such table or field in the YANG models`}`,
      );
    }
  }

  #knownBelow(table: string): boolean {
    return !table.includes("|") && this.state.known.some((path) => path.startsWith(`${table}|`));
  }

  reboot(): void {
    this.state.bootedAt = this.world.clock.now();
    const next = this.state.handedOver ?? this.state.saved;
    delete this.state.handedOver;
    this.#setRunning(next);
  }

  clockJump(ms: number): void {
    this.state.jumpMs += ms;
    this.save();
  }

  /** `sonic-db-cli CONFIG_DB hset "PORT|Ethernet0" mtu 9000`, `... hdel KEY FIELD`, `... del KEY`: past every check. */
  driftEdit(lines: readonly string[]): void {
    let database = this.state.running;
    for (const line of lines) {
      const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
      const start = words.indexOf("CONFIG_DB") + 1;
      const [verb, name = "", ...rest] = words.slice(start);
      const [table = "", ...parts] = name.split("|");
      const key = parts.join("|");
      const row = database[table]?.[key] ?? {};
      const changed: Record<string, string | readonly string[]> = { ...row };
      if (verb === "hset")
        for (let index = 0; index + 1 < rest.length; index += 2) changed[rest[index] ?? ""] = rest[index + 1] ?? "";
      else if (verb === "hdel") for (const field of rest) delete changed[field];
      database = moved(database, { table, key, row: verb === "del" ? undefined : changed });
    }
    this.#setRunning(database);
  }
}
