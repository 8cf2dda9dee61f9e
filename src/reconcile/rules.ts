import type { Change, Intent, Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { ChangeRecord } from "#store/changes.ts";

/** Whose change it is: the tenant that is made, altered or whose workload it is; undefined for the operator's own. */
export function ownerOf(intent: Intent, base: Snapshot): string | undefined {
  switch (intent.kind) {
    case "tenant.create":
    case "tenant.resize":
    case "tenant.delete":
      return intent.name;
    case "workload.start":
      return intent.workload.tenant;
    case "workload.end":
      return base.workloads.find((workload) => workload.name === intent.name)?.tenant;
    case "device.replace":
      return undefined;
  }
}

/**
 * Who may ask for what: tenants, and who acts for them, only for themselves; texts of devices only operators.
 *
 * @throws {Failure} forbidden; not_found, where the answer would tell of another tenant's workload
 */
export function checkRequester(intent: Intent, base: Snapshot, requester: Principal): void {
  if (requester.kind === "operator" || (requester.kind !== "tenant" && requester.tenant === undefined)) return;
  const owner = ownerOf(intent, base);
  if (owner !== undefined && owner === requester.tenant) return;
  if (intent.kind === "workload.end") {
    throw new Failure("not_found", `There is no workload "${intent.name.slice(0, 60)}".`);
  }
  throw new Failure("forbidden", `${requester.name} acts for ${requester.tenant ?? "no tenant"} only.`);
}

/** Whether a plan may go on at all: the twin and the guard both agree. */
export const isSound = (change: Change): boolean =>
  change.proof.holds && change.guard.allowed && change.proof.intermediate.safe === change.proof.intermediate.states;

/**
 * Who may approve: a person, and not the one who asked unless an operator did.
 *
 * @throws {Failure} forbidden, for agents, schedulers, strangers and requesters of their own; refused, when the plan is not sound
 */
export function checkApprover({ change, tenant }: ChangeRecord, approver: Principal): void {
  checkPerson(approver, "approve");
  if (approver.kind === "tenant" && (tenant === undefined || approver.tenant !== tenant)) {
    throw new Failure("not_found", `There is no change ${change.id}.`);
  }
  if (change.requester.kind !== "operator" && change.requester.name === approver.name) {
    throw new Failure("forbidden", `${approver.name} asked for change ${change.id}; somebody else must approve it.`);
  }
  if (!isSound(change)) {
    throw new Failure("refused", `Change ${change.id} can't be approved: its proof or guard says no.`);
  }
}

/** @throws {Failure} forbidden, for agents and schedulers: they may read and plan only */
export function checkPerson(principal: Principal, verb: "approve" | "apply" | "roll back"): void {
  if (principal.kind === "operator" || principal.kind === "tenant") return;
  throw new Failure("forbidden", `A person must ${verb} a change; ${principal.name} is ${article[principal.kind]}.`);
}

const article = { agent: "an agent", scheduler: "a scheduler" } as const;
