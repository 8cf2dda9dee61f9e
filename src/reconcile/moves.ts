import type { Change } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import type { JournalEntry } from "#store/journal.ts";
import { worldWith } from "./target-world.ts";

/** One transaction on one device, in one direction. */
export interface Move {
  readonly step: number;
  readonly device: string;
  readonly from: DeviceSource;
  readonly to: DeviceSource;
  /** Our name for it on the device, by which a transaction is found again after a crash. */
  readonly label: string;
  /** Label of the way there, to be cleared before the way back. */
  readonly counterLabel?: string;
  /** Journal keys are `<key>/started` and `<key>/done`. */
  readonly key: string;
  readonly kind: "step" | "undo";
}

export const forwardMoves = ({ id, diff }: Change): Move[] =>
  diff
    .toSorted((a, b) => a.step - b.step)
    .map(({ step, device, before, after }) => ({
      step,
      device,
      from: before,
      to: after,
      label: `${id}-${step}`,
      key: `step/${step}`,
      kind: "step",
    }));

/** The way back over all steps that were ever begun, last first. */
export const undoMoves = (change: Change, journal: readonly JournalEntry[]): Move[] => {
  const begun = new Set(journal.map((entry) => entry.key));
  return forwardMoves(change)
    .filter((move) => begun.has(`${move.key}/started`))
    .toReversed()
    .map(backFrom);
};

const backFrom = (move: Move): Move => ({
  ...move,
  from: move.to,
  to: move.from,
  label: `${move.label}-undo`,
  counterLabel: move.label,
  key: `undo/${move.step}`,
  kind: "undo",
});

/** Where each touched device stands once a direction is through. */
export const endpointsOf = (moves: readonly Move[]): Map<string, DeviceSource> =>
  new Map(moves.map((move) => [move.device, move.to]));

/**
 * The world without a closed change: its tenants and workloads as they were, its devices as they were, all else as it is.
 *
 * @throws {Failure} conflict, when something that the change made has been altered since
 */
export function withoutChange(world: Snapshot, change: Change, base: Snapshot): Snapshot {
  const tenants = restored("tenant", world.tenants, change.target.tenants, base.tenants);
  const workloads = restored("workload", world.workloads, change.target.workloads, base.workloads);
  const devices = { ...world.devices };
  for (const { device } of change.diff) {
    const before = base.devices[device];
    if (before !== undefined) devices[device] = before;
  }
  return { ...worldWith(world, { tenants, workloads }), devices };
}

function restored<T extends { readonly name: string }>(
  noun: string,
  now: readonly T[],
  made: readonly T[],
  before: readonly T[],
): T[] {
  const byName = (list: readonly T[]) => new Map(list.map((one) => [one.name, one]));
  const [current, target, base] = [byName(now), byName(made), byName(before)];
  for (const name of new Set([...target.keys(), ...base.keys()])) {
    const was = base.get(name);
    const became = target.get(name);
    if (same(was, became)) continue;
    if (!same(current.get(name), became)) {
      throw new Failure("conflict", `The ${noun} ${name} was changed again since. Roll back the later change first.`);
    }
    if (was === undefined) current.delete(name);
    else current.set(name, was);
  }
  return [...current.values()];
}

const same = (a: object | undefined, b: object | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && rememberedDigest(a) === rememberedDigest(b));
