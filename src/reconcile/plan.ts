import { defaultPriceBook, type PriceBook } from "#economics/price-book.ts";
import type { Change, Intent, Principal } from "#model/change.ts";
import { digestOf } from "#model/digest.ts";
import { sortFindings, type Finding } from "#model/finding.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { resolveEdits } from "./edits.ts";
import { weigh } from "./evidence.ts";
import { explainChange } from "./explain.ts";
import { guardScopeOf, judgeLines } from "./guard.ts";
import { twinOf } from "./prove.ts";
import { checkRequester } from "./rules.ts";
import { chooseSteps, diffOf, rollbackOf } from "./steps.ts";
import { resolveTarget, worldWith } from "./target-world.ts";

export interface PlanInput {
  /** What runs now: device texts as they were read, not as they were meant. */
  readonly world: Snapshot;
  readonly intent: Intent;
  readonly requester: Principal;
  readonly id: string;
  readonly priceBook?: PriceBook;
  /** How many single failures may be computed anew, the widest first; those that plainly do no harm cost little. */
  readonly mostFailures?: number;
}

const fewFailures = 2;

/**
 * A whole change from an intent, with every choice made and nothing touched. A plan whose proof or guard says no is
 * given back too, with its counterexamples: it shows why, and can't be approved.
 *
 * @throws {Failure} where no plan can be made: not_found, conflict (also drift on a device to be changed), invalid_input,
 * refused (quota, guarantee), forbidden, unsupported
 */
export function planChange({
  world,
  intent,
  requester,
  id,
  priceBook = defaultPriceBook,
  mostFailures = fewFailures,
}: PlanInput): Change {
  checkRequester(intent, world, requester);
  const target = worldWith(world, resolveTarget(world, intent));
  const scope = guardScopeOf(intent, world.tenants, target.tenants);
  const edits = resolveEdits(world, intent, scope.kind === "tenant" ? scope.tenant : undefined, target);
  const after: Snapshot = {
    ...target,
    devices: { ...world.devices, ...Object.fromEntries(edits.map((edit) => [edit.device, edit.after])) },
  };
  const steps = chooseSteps(world, after, edits);
  const diff = diffOf(steps);
  const touched = new Set(diff.map(({ device }) => device));
  const now = { world, twin: twinOf(world) };
  const weighed = weigh(now, { world: after, twin: twinOf(after, now.twin) }, touched, priceBook, mostFailures);
  const base = rememberedDigest(world);
  const parts = {
    id,
    intent,
    requester,
    base,
    target: { tenants: after.tenants, workloads: after.workloads },
    diff,
    guard: judgeLines(
      world.fabric,
      scope,
      steps.transactions.map(({ device, edit }, index) => ({
        device,
        driver: edit.driver,
        lines: diff[index]?.lines ?? [],
      })),
    ),
    proof: steps.proof,
    twin: weighed.twin,
    price: weighed.price,
    rollback: rollbackOf(steps, base),
    findings: sortFindings([
      ...edits.flatMap(({ findings }) => findings),
      ...newFindings(now.twin.findings, weighed.findings),
    ]),
  };
  const change = { ...parts, why: explainChange(parts, world) };
  return { ...change, digest: digestOf(change) };
}

/** What was there before is not this change's news. */
function newFindings(before: readonly Finding[], after: readonly Finding[]): Finding[] {
  const known = new Set(before.map(digestOf));
  return after.filter((finding) => !known.has(digestOf(finding)));
}
