import type { Change, ChangeState } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import type { ChangeRecord, Transition as StateMove } from "#store/changes.ts";
import type { JournalEntry, JournalEvent } from "#store/journal.ts";
import { everything } from "#store/scope.ts";
import { bringOver, isSame, standingOf, type Outcome } from "./device-step.ts";
import { endpointsOf, forwardMoves, undoMoves, withoutChange, type Move } from "./moves.ts";
import { observeWorld } from "./observe.ts";
import type { EnginePorts } from "./ports.ts";
import { worldWith } from "./target-world.ts";

const tries = 3;
const pauseMs = 1000;

/**
 * One change on its way over the devices, forth or back. Every method may be called again after a crash: journal keys
 * keep events single, and devices are read before they are touched.
 */
export class ChangeRun {
  readonly #ports: EnginePorts;
  readonly #change: Change;

  constructor(ports: EnginePorts, change: Change) {
    this.#ports = ports;
    this.#change = change;
  }

  /** From `applying`: all steps, then `applied`, `verified`, `closed`. A step that fails turns the run around. */
  async forward(): Promise<ChangeRecord> {
    try {
      for (const move of forwardMoves(this.#change)) await this.#advance(move);
      await this.#move(["applying"], "applied", []);
      return await this.settle();
    } catch (error) {
      return this.#stopped(error, "forward");
    }
  }

  /** From `applied` or `verified`: reads everything back, proves it again, and lets the world take over. */
  async settle(): Promise<ChangeRecord> {
    try {
      const world = await this.#ports.readWorld();
      const observed = await observeWorld(this.#ports.sessions, worldWith(world, this.#change.target));
      const ends = endpointsOf(forwardMoves(this.#change));
      this.#checkStandings(observed, ends);
      const proof = this.#proveObserved(observed);
      await this.#move(["applied"], "verified", [this.#event("verified", proofNumbers(proof))]);
      return await this.#move(
        ["verified"],
        "closed",
        this.#closing(world, observed),
        this.#settled(world, observed, ends),
      );
    } catch (error) {
      return this.#stopped(error, "forward");
    }
  }

  /** Turns the run around, for a reason that is journaled. */
  async turnBack(from: readonly ChangeState[], reason: string): Promise<ChangeRecord> {
    await this.#move(from, "rolling-back", [this.#event("rollback", { reason }, "rollback.started")]);
    return this.back();
  }

  /** From `rolling-back`: every step that was begun is undone, last first, then `rolled-back`. */
  async back(): Promise<ChangeRecord> {
    try {
      const journal = await this.#journal();
      const moves = undoMoves(this.#change, journal);
      const foreign = new Set<string>();
      for (const move of moves) if ((await this.#advance(move)) === "never ours") foreign.add(move.device);
      const world = await this.#ports.readWorld();
      const wasClosed = journal.some((entry) => entry.key === "closed");
      const goal = wasClosed ? withoutChange(world, this.#change, await this.#base()) : world;
      const observed = await observeWorld(this.#ports.sessions, goal);
      const expected = [...endpointsOf(moves)].filter(([device]) => !foreign.has(device));
      this.#checkStandings(observed, new Map(expected));
      const proof = this.#ports.prove({ from: observed, to: observed, moves: [] });
      const event = this.#event("rolled-back", { ...proofNumbers(proof), leftAlone: [...foreign] });
      return await this.#move(
        ["rolling-back"],
        "rolled-back",
        [event],
        wasClosed ? this.#settled(goal, observed, endpointsOf(moves)) : undefined,
      );
    } catch (error) {
      return this.#stopped(error, "back");
    }
  }

  async #advance(move: Move): Promise<Outcome | undefined> {
    const journal = await this.#journal();
    const done = journal.find((entry) => entry.key === `${move.key}/done`);
    // The payload is what was written below.
    if (done !== undefined) return done.payload["outcome"] as Outcome;
    const { step, device, label } = move;
    await this.#record({ key: `${move.key}/started`, kind: `${move.kind}.started`, payload: { step, device, label } });
    const outcome = await this.#persevere(move);
    await this.#record({ key: `${move.key}/done`, kind: `${move.kind}.done`, payload: { step, device, outcome } });
    return outcome;
  }

  /** Tries again where a device did not answer; `bringOver` finds out itself what the last try did. */
  async #persevere(move: Move): Promise<Outcome> {
    for (let attempt = 1; ; attempt++) {
      try {
        await using session = await this.#ports.sessions(move.device);
        return await bringOver(session, move, this.#ports.reader, this.#ports.confirmSeconds ?? 120);
      } catch (error) {
        if (!isSilence(error) || attempt === tries) throw error;
        await this.#ports.pause?.(pauseMs * attempt);
      }
    }
  }

  /** A device that does not answer stops the run where it is, to be resumed; anything else turns it around. */
  async #stopped(error: unknown, direction: "forward" | "back"): Promise<ChangeRecord> {
    if (!(error instanceof Failure)) throw error;
    if (direction === "forward" && !isSilence(error)) {
      return this.turnBack(["applying", "applied", "verified"], `${error.kind}: ${error.message}`);
    }
    const { attempt } = await this.#ports.store.changes.get(everything, this.#change.id);
    const payload = { direction, reason: error.kind, message: error.message };
    return this.#move(["applying", "applied", "verified", "rolling-back"], "failed", [
      this.#event(`failed/${attempt + 1}`, payload, "change.failed"),
    ]);
  }

  #checkStandings(observed: Snapshot, expected: ReturnType<typeof endpointsOf>): void {
    for (const [device, to] of expected) {
      const running = observed.devices[device];
      if (running !== undefined && standingOf(this.#ports.reader, running, { from: to, to }) === "to") continue;
      throw new Failure("conflict", `${device} no longer runs what was committed to it.`);
    }
  }

  #proveObserved(observed: Snapshot) {
    const proof = this.#ports.prove({ from: observed, to: observed, moves: [] });
    if (proof.holds) return proof;
    const [first] = proof.counterexamples;
    const shown = first === undefined ? "" : ` ${first.from} to ${first.to} is a ${first.kind}.`;
    throw new Failure("refused", `What the devices report does not hold.${shown}`, { detail: { proof } });
  }

  /** A tenant's release is finished only here: its isolation was seen on the devices, not only planned. */
  #closing(world: Snapshot, observed: Snapshot): JournalEvent[] {
    const released = world.tenants.flatMap((tenant) => {
      const kept = new Set(observed.tenants.find((one) => one.name === tenant.name)?.hosts);
      const hosts = tenant.hosts.filter((host) => !kept.has(host));
      return hosts.length === 0 ? [] : [{ tenant: tenant.name, hosts }];
    });
    const closed = this.#event("closed", {});
    return released.length === 0 ? [closed] : [this.#event("released", { released }, "release.observed"), closed];
  }

  /** The world to remember: touched devices as they report, the others as expected, so that their drift stays visible. */
  #settled(world: Snapshot, observed: Snapshot, ends: ReadonlyMap<string, DeviceSource>): Snapshot {
    const devices = { ...world.devices };
    for (const [device, end] of ends) {
      const running = observed.devices[device] ?? end;
      // A device that only words it otherwise keeps our words: the world of before comes back to the byte.
      devices[device] = isSame(this.#ports.reader, end, running) ? end : running;
    }
    return { ...world, tenants: observed.tenants, workloads: observed.workloads, policy: observed.policy, devices };
  }

  #base(): Promise<Snapshot> {
    return this.#ports.store.snapshots.get(this.#change.base);
  }

  #journal(): Promise<JournalEntry[]> {
    return this.#ports.store.journal.read(everything, { change: this.#change.id });
  }

  #event(key: string, payload: JournalEvent["payload"], kind = `change.${key}`): JournalEvent {
    return { key, kind, payload };
  }

  async #record(event: JournalEvent): Promise<void> {
    const at = this.#ports.clock.now();
    const fresh = await this.#ports.store.journal.append(this.#change.id, at, event);
    if (fresh) this.#ports.onProgress?.({ ...event, change: this.#change.id, at });
  }

  async #move(
    from: readonly ChangeState[],
    to: ChangeState,
    events: readonly JournalEvent[],
    world?: Snapshot,
  ): Promise<ChangeRecord> {
    const at = this.#ports.clock.now();
    const all = events.length === 0 ? [this.#event(to, {})] : events;
    const move: StateMove = {
      id: this.#change.id,
      at,
      from,
      to,
      events: all,
      ...(world === undefined ? {} : { world }),
    };
    const record = await this.#ports.store.changes.move(move);
    for (const event of all) this.#ports.onProgress?.({ ...event, change: this.#change.id, at, state: to });
    return record;
  }
}

const isSilence = (error: unknown): boolean =>
  error instanceof Failure && (error.kind === "unreachable" || error.kind === "timeout");

const proofNumbers = ({
  holds,
  forbiddenPairs,
  forbiddenReachable,
  requiredPairs,
  requiredReachable,
}: ReturnType<EnginePorts["prove"]>) => ({
  holds,
  forbiddenPairs,
  forbiddenReachable,
  requiredPairs,
  requiredReachable,
});
