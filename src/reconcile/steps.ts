import type { DeviceDiff, Proof, Rollback } from "#model/change.ts";
import { assert } from "#model/failure.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import type { DeviceEdit } from "./edits.ts";
import { orderDevices, type Placed } from "./order.ts";
import { configReader, proveTransition } from "./prove.ts";

/** One transaction to come. */
interface Transaction extends Placed {
  readonly before: DeviceSource;
  readonly after: DeviceSource;
  readonly edit: DeviceEdit;
}

/** The order of application that was chosen, and what the twin said to it. */
export interface ChosenSteps {
  readonly transactions: readonly Transaction[];
  readonly proof: Proof;
}

/**
 * Finds an order in which every state between two steps is safe: one transaction per device first, then the same turned
 * round, then two per device. None safe: the first is given, with the proof that refuses it.
 */
export function chooseSteps(world: Snapshot, target: Snapshot, edits: readonly DeviceEdit[]): ChosenSteps {
  const plain = singleTransactions(world, edits);
  const tried: ChosenSteps[] = [];
  for (const candidate of [() => plain, () => plain.toReversed(), () => doubleTransactions(plain)]) {
    const transactions = candidate();
    const moves = transactions.map(({ device, after }) => ({ device, after }));
    const chosen = { transactions, proof: proveTransition({ from: world, to: target, moves }) };
    // An unsafe end is no matter of order.
    if (chosen.proof.holds || endFails(chosen.proof)) return chosen;
    tried.push(chosen);
  }
  const [first] = tried;
  assert(first !== undefined, "an order was tried");
  return first;
}

const endFails = (proof: Proof): boolean =>
  proof.forbiddenReachable > 0 || proof.requiredReachable < proof.requiredPairs;

function singleTransactions(world: Snapshot, edits: readonly DeviceEdit[]): Transaction[] {
  const byDevice = new Map(edits.map((edit) => [edit.device, edit]));
  return orderDevices(world.fabric, edits).flatMap((placed) => {
    const edit = byDevice.get(placed.device);
    return edit === undefined ? [] : [Object.assign({}, placed, { before: edit.before, after: edit.after, edit })];
  });
}

function doubleTransactions(single: readonly Transaction[]): Transaction[] {
  const early: Transaction[] = [];
  const late: Transaction[] = [];
  for (const one of single) {
    const half = one.edit.half?.();
    if (half === undefined) (one.edit.attached > 0 ? late : early).push(one);
    else {
      early.push({
        ...one,
        after: half,
        reason: "first transaction: networks and lists, while ports that join stay out",
      });
      late.push({
        ...one,
        before: half,
        reason: "second transaction: the ports, now that everything they need stands",
      });
    }
  }
  return [...early, ...late];
}

export const diffOf = ({ transactions }: ChosenSteps): DeviceDiff[] =>
  transactions.map(({ device, before, after, reason }, index) => ({
    step: index + 1,
    device,
    nos: after.nos,
    fabric: "ethernet",
    lines: configReader.diff(before, after),
    before,
    after,
    beforeDigest: configReader.meaning(before),
    afterDigest: configReader.meaning(after),
    reason,
  }));

/**
 * The way back: the same transactions in reverse. It passes through the very states that the way there passes through,
 * which were proved under rules that hold for both directions, and ends where it began.
 */
export function rollbackOf({ transactions, proof }: ChosenSteps, base: string): Rollback {
  return {
    steps: transactions.toReversed().map(({ device, before, after }, index) => ({
      step: index + 1,
      device,
      lines: configReader.diff(after, before),
    })),
    tested: { against: base, states: proof.intermediate.states, safe: proof.intermediate.safe },
  };
}
