import type { Approval, Change, Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { ChangeRecord } from "#store/changes.ts";
import { everything, scopeOf } from "#store/scope.ts";
import { standingOf } from "./device-step.ts";
import { findDrift, type DeviceDrift } from "./drift.ts";
import { forwardMoves, withoutChange, type Move } from "./moves.ts";
import { observeAll, readDevice } from "./observe.ts";
import type { EnginePorts, Transition } from "./ports.ts";
import { checkApprover, checkPerson, isSound, ownerOf } from "./rules.ts";
import { ChangeRun } from "./run.ts";

const hour = 3_600_000;
const underWay = ["applying", "applied", "verified", "rolling-back"] as const;

/**
 * The life of changes after their plan. One change at a time is on its way to the devices; a second is a `conflict`.
 * What happens is journaled before and after it happens, so that `resume` can go on from any moment.
 */
export class ChangeEngine {
  readonly #ports: EnginePorts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(ports: EnginePorts) {
    this.#ports = ports;
  }

  /** Keeps a plan: `planned`, or `refused` when its proof or guard says no. */
  submit(change: Change, base: Snapshot): Promise<ChangeRecord> {
    const tenant = ownerOf(change.intent, base);
    const state = isSound(change) ? "planned" : "refused";
    const at = this.#ports.clock.now();
    const payload = { digest: change.digest, base: change.base, requester: change.requester };
    const event = { key: state, kind: `change.${state}`, payload };
    return this.#ports.store.changes
      .create({ change, state, base, at, event, ...(tenant === undefined ? {} : { tenant }) })
      .then((record) => {
        this.#ports.onProgress?.({
          ...event,
          change: change.id,
          at,
          state,
          ...(tenant === undefined ? {} : { tenant }),
        });
        return record;
      });
  }

  /**
   * A person's word for exactly this plan, to be used once. A newer approval takes the place of an unused one. With a
   * digest, the word is for what was seen, whatever is stored.
   *
   * @throws {Failure} forbidden, refused, not_found (see `checkApprover`); conflict, when the world moved since the plan
   */
  async approve(id: string, approver: Principal, digest?: string): Promise<ChangeRecord> {
    const record = await this.#ports.store.changes.get(scopeOf(approver), id);
    checkApprover(record, approver);
    if (digest !== undefined && digest !== record.change.digest) {
      throw new Failure("conflict", `Change ${id} is not the plan that was looked at. Look again, then approve.`);
    }
    await this.#checkBase(record.change);
    const at = this.#ports.clock.now();
    const grant: Approval = {
      change: id,
      digest: record.change.digest,
      base: record.change.base,
      requester: record.change.requester.name,
      approver: approver.name,
      expiresAt: at + (this.#ports.approvalLifeMs ?? hour),
      nonce: this.#ports.newNonce(),
    };
    const payload = {
      approver,
      digest: grant.digest,
      base: grant.base,
      expiresAt: grant.expiresAt,
      nonce: grant.nonce,
    };
    const event = { key: `approved/${grant.nonce}`, kind: "change.approved", payload };
    const moved = await this.#ports.store.changes.move({
      id,
      at,
      from: ["planned", "approved"],
      to: "approved",
      events: [event],
      grant,
    });
    this.#ports.onProgress?.({ ...event, change: id, at, state: "approved" });
    return moved;
  }

  /**
   * Takes an approved change to the devices and waits for its end: `closed`, `rolled-back`, or `failed` when a device
   * can't be reached.
   *
   * @throws {Failure} conflict, when the world moved, a device runs something else, or another change is under way;
   * refused, when no approval fits
   */
  apply(id: string, principal: Principal): Promise<ChangeRecord> {
    return this.#alone(async () => {
      checkPerson(principal, "apply");
      const { change, state } = await this.#ports.store.changes.get(scopeOf(principal), id);
      if (state !== "approved") {
        throw new Failure("conflict", `Change ${id} is ${state}; only an approved change can be applied.`);
      }
      await this.#checkNothingElse(id);
      await this.#checkBase(change);
      await this.#checkDevices(firstTouches(change), "from");
      await this.#begin(change, principal);
      return new ChangeRun(this.#ports, change).forward();
    });
  }

  /**
   * Undoes a change, also one that is closed, and waits for the end.
   *
   * @throws {Failure} conflict, when a later change touched the same devices or tenants, or a device runs something
   * else; refused, when going back would not be safe in the network as it is now
   */
  rollback(id: string, principal: Principal, reason = "asked for"): Promise<ChangeRecord> {
    return this.#alone(async () => {
      checkPerson(principal, "roll back");
      const { change, state } = await this.#ports.store.changes.get(scopeOf(principal), id);
      await this.#checkNothingElse(id);
      if (state === "closed") await this.#checkUndo(change);
      const from = ["applying", "applied", "verified", "failed", "closed"] as const;
      return new ChangeRun(this.#ports, change).turnBack(from, `${principal.name}: ${reason}`);
    });
  }

  /**
   * Goes on with what a crash or a silent device left unfinished, deciding by what devices run. Without an id: all that
   * were under way, for the start of the process. With one: also a `failed` change, in the direction it had.
   */
  resume(id?: string): Promise<ChangeRecord[]> {
    return this.#alone(async () => {
      const { changes } = this.#ports.store;
      const open =
        id === undefined ? await changes.list(everything, { states: underWay }) : [await changes.get(everything, id)];
      const ended: ChangeRecord[] = [];
      for (const record of open) ended.push(await this.#goOn(record));
      return ended;
    });
  }

  /** What devices run against what is expected of them. */
  async drift(): Promise<DeviceDrift[]> {
    return findDrift(this.#ports, await this.#ports.readWorld());
  }

  async #goOn(record: ChangeRecord): Promise<ChangeRecord> {
    const run = new ChangeRun(this.#ports, record.change);
    switch (record.state) {
      case "applying":
        return run.forward();
      case "applied":
      case "verified":
        return run.settle();
      case "rolling-back":
        return run.back();
      case "failed":
        return this.#goOn(await this.#wake(record));
      default:
        throw new Failure("conflict", `Change ${record.change.id} is ${record.state}; there is nothing to resume.`);
    }
  }

  async #wake({ change, attempt }: ChangeRecord): Promise<ChangeRecord> {
    const journal = await this.#ports.store.journal.read(everything, { change: change.id });
    const to = journal.some((entry) => entry.key === "rollback") ? "rolling-back" : "applying";
    const event = { key: `resumed/${attempt}`, kind: "change.resumed", payload: { towards: to } };
    const at = this.#ports.clock.now();
    const record = await this.#ports.store.changes.move({ id: change.id, at, from: ["failed"], to, events: [event] });
    this.#ports.onProgress?.({ ...event, change: change.id, at, state: to });
    return record;
  }

  async #begin(change: Change, principal: Principal): Promise<void> {
    const at = this.#ports.clock.now();
    const event = { key: "applying", kind: "change.applying", payload: { by: principal, steps: change.diff.length } };
    await this.#ports.store.changes.move({
      id: change.id,
      at,
      from: ["approved"],
      to: "applying",
      events: [event],
      useApproval: { digest: change.digest, base: change.base },
    });
    this.#ports.onProgress?.({ ...event, change: change.id, at, state: "applying" });
  }

  async #checkBase({ id, base }: Change): Promise<void> {
    const current = rememberedDigest(await this.#ports.readWorld());
    if (current === base) return;
    throw new Failure(
      "conflict",
      `Change ${id} was planned for an older state of the fabric. Plan again, then approve.`,
      {
        detail: { plannedFor: base, current },
      },
    );
  }

  async #checkNothingElse(id: string): Promise<void> {
    const open = await this.#ports.store.changes.list(everything, { states: [...underWay, "failed"] });
    const other = open.find(({ change }) => change.id !== id);
    if (other === undefined) return;
    const remedy = other.state === "failed" ? "Resume it or roll it back first." : "Wait for it.";
    throw new Failure("conflict", `Change ${other.change.id} is ${other.state}. ${remedy}`);
  }

  async #checkDevices(moves: readonly Move[], wanted: "from" | "to"): Promise<void> {
    const byDevice = new Map(moves.map((move) => [move.device, move]));
    await observeAll([...byDevice.keys()], async (device) => {
      const move = byDevice.get(device);
      if (move === undefined) return;
      const running = await readDevice(this.#ports.sessions, device, move[wanted]);
      if (standingOf(this.#ports.reader, running, move) === wanted) return;
      throw new Failure(
        "conflict",
        `${device} does not run what the plan starts from. Look at its drift, then plan again.`,
      );
    });
  }

  /** A closed change is undone only where nothing came on top of it, and where each state on the way back is safe. */
  async #checkUndo(change: Change): Promise<void> {
    const later = await this.#ports.store.changes.laterOnSameDevices(change.id);
    if (later !== undefined) {
      throw new Failure("conflict", `Change ${later} touched the same devices since ${change.id}. Roll it back first.`);
    }
    const world = await this.#ports.readWorld();
    const to = withoutChange(world, change, await this.#ports.store.snapshots.get(change.base));
    await this.#checkDevices(forwardMoves(change), "to");
    const moves = forwardMoves(change).toReversed();
    const transition: Transition = {
      from: world,
      to,
      moves: moves.map(({ device, from }) => ({ device, after: from })),
    };
    const { holds, intermediate, counterexamples } = this.#ports.prove(transition);
    if (holds && intermediate.safe === intermediate.states) return;
    throw new Failure("refused", `Going back from ${change.id} would not be safe in the fabric as it is now.`, {
      detail: { counterexamples },
    });
  }

  /** One piece of work at a time, in the order asked for. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => {});
    return next;
  }
}

/** The first move on each device: what must be found there before anything begins. */
function firstTouches(change: Change): Move[] {
  const first = new Map<string, Move>();
  for (const move of forwardMoves(change)) if (!first.has(move.device)) first.set(move.device, move);
  return [...first.values()];
}
