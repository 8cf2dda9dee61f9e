import type { Kysely } from "kysely";
import type { Approval } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { Database } from "./schema.ts";

/** An approval as it stands: `used` once applied, `void` when a newer one took its place. */
export interface ApprovalRecord extends Approval {
  readonly grantedAt: number;
  readonly status: "open" | "used" | "void";
}

/** Part of a transaction. Earlier approvals of the same change that were not used become void. */
export async function grantApproval(db: Kysely<Database>, approval: Approval, at: number): Promise<void> {
  await db
    .updateTable("approvals")
    .set({ status: "void" })
    .where("change_id", "=", approval.change)
    .where("status", "=", "open")
    .execute();
  await db
    .insertInto("approvals")
    .values({
      nonce: approval.nonce,
      change_id: approval.change,
      digest: approval.digest,
      base: approval.base,
      requester: approval.requester,
      approver: approval.approver,
      granted_at: at,
      expires_at: approval.expiresAt,
      status: "open",
    })
    .execute();
}

/**
 * Uses up the one open approval of exactly this change; part of the transaction that starts applying, so that a
 * second start finds none.
 *
 * @throws {Failure} refused, when there is none that fits; conflict, when it expired
 */
export async function useApproval(
  db: Kysely<Database>,
  wanted: { readonly change: string; readonly digest: string; readonly base: string },
  at: number,
): Promise<Approval> {
  const open = (await readApprovals(db, wanted.change)).find((one) => one.status === "open");
  if (open === undefined || open.digest !== wanted.digest || open.base !== wanted.base) {
    throw new Failure("refused", `Change ${wanted.change} has no approval for exactly this plan. Approve it first.`);
  }
  if (open.expiresAt <= at) {
    throw new Failure(
      "conflict",
      `The approval of change ${wanted.change} by ${open.approver} has expired. Approve again.`,
    );
  }
  const { numUpdatedRows } = await db
    .updateTable("approvals")
    .set({ status: "used" })
    .where("nonce", "=", open.nonce)
    .where("status", "=", "open")
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new Failure("conflict", `The approval of change ${wanted.change} was used already.`);
  return open;
}

export async function readApprovals(db: Kysely<Database>, change: string): Promise<ApprovalRecord[]> {
  const rows = await db
    .selectFrom("approvals")
    .selectAll()
    .where("change_id", "=", change)
    .orderBy("granted_at")
    .orderBy("nonce")
    .execute();
  return rows.map((row) => ({
    change: row.change_id,
    digest: row.digest,
    base: row.base,
    requester: row.requester,
    approver: row.approver,
    expiresAt: row.expires_at,
    nonce: row.nonce,
    grantedAt: row.granted_at,
    status: row.status as ApprovalRecord["status"], // the table's check constraint allows no other
  }));
}
