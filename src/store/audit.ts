import type { Kysely } from "kysely";
import type { Principal } from "#model/change.ts";
import { nextLink, verifyLinks, type ChainVerdict } from "./chain.ts";
import { decode, encode } from "./codec.ts";
import type { Database } from "./schema.ts";
import { within, type Scope } from "./scope.ts";

/** One call of one operation, allowed or not. The input itself is not kept, only its digest. */
interface AuditRow {
  readonly at: number;
  readonly principal: Principal;
  readonly operation: string;
  readonly inputDigest: string;
  readonly decision: "allow" | "deny";
  /** The policy's rule that decided. */
  readonly rule: string;
  /** `ok`, or the kind of the failure. */
  readonly outcome: string;
  readonly durationMs: number;
}

interface AuditEntry extends AuditRow {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditStore {
  append(row: AuditRow): Promise<void>;
  /** Newest first. */
  read(scope: Scope, filter?: { readonly operation?: string; readonly limit?: number }): Promise<AuditEntry[]>;
  verifyChain(): Promise<ChainVerdict>;
}

export function auditStore(db: Kysely<Database>): AuditStore {
  return {
    append: (row) => db.transaction().execute((trx) => appendRow(trx, row)),
    async read(scope, filter = {}) {
      let query = db.selectFrom("audit").selectAll().where(within(scope)).orderBy("seq", "desc");
      if (filter.operation !== undefined) query = query.where("operation", "=", filter.operation);
      const rows = await query.limit(filter.limit ?? 1000).execute();
      return rows.map(toEntry);
    },
    async verifyChain() {
      const head = await db
        .selectFrom("chain_heads")
        .selectAll()
        .where("chain", "=", "audit")
        .executeTakeFirstOrThrow();
      return verifyLinks(head, async (after) => {
        const rows = await db
          .selectFrom("audit")
          .selectAll()
          .where("seq", ">", after)
          .orderBy("seq")
          .limit(1000)
          .execute();
        return rows.map(({ seq, prev_hash, hash, ...content }) => ({
          link: { seq, prevHash: prev_hash, hash },
          content,
        }));
      });
    },
  };
}

async function appendRow(db: Kysely<Database>, row: AuditRow): Promise<void> {
  const content = {
    at: row.at,
    principal: encode(row.principal),
    tenant: row.principal.tenant ?? null,
    operation: row.operation,
    input_digest: row.inputDigest,
    decision: row.decision,
    rule: row.rule,
    outcome: row.outcome,
    duration_ms: Math.round(row.durationMs),
  };
  const link = await nextLink(db, "audit", content);
  await db
    .insertInto("audit")
    .values({ ...content, seq: link.seq, prev_hash: link.prevHash, hash: link.hash })
    .execute();
}

const toEntry = (row: Database["audit"]): AuditEntry => ({
  seq: row.seq,
  at: row.at,
  principal: decode<Principal>(row.principal),
  operation: row.operation,
  inputDigest: row.input_digest,
  decision: row.decision as AuditEntry["decision"], // written by `appendRow` only
  rule: row.rule,
  outcome: row.outcome,
  durationMs: row.duration_ms,
  hash: row.hash,
});
