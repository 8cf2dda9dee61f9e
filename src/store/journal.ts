import type { Kysely } from "kysely";
import { nextLink, verifyLinks, type ChainVerdict } from "./chain.ts";
import { decode, encode } from "./codec.ts";
import type { Database } from "./schema.ts";
import { within, type Scope } from "./scope.ts";

/** One thing that happened to a change. `key` makes it happen once: a second event of the same key is not written. */
export interface JournalEvent {
  readonly key: string;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface JournalEntry extends JournalEvent {
  readonly seq: number;
  readonly change: string;
  /** Whose change it is; absent: the operator's. */
  readonly tenant?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly prevHash: string;
  readonly hash: string;
}

interface JournalFilter {
  readonly change?: string;
  /** Only entries after this one. */
  readonly after?: number;
  readonly limit?: number;
}

export interface JournalStore {
  /** Writes an event durably, once per change and key; false when it stood already. */
  append(change: string, at: number, event: JournalEvent): Promise<boolean>;
  read(scope: Scope, filter?: JournalFilter): Promise<JournalEntry[]>;
  verifyChain(): Promise<ChainVerdict>;
}

type JournalRow = Database["journal"];

export function journalStore(db: Kysely<Database>): JournalStore {
  return {
    append: (change, at, event) => db.transaction().execute((trx) => appendEvent(trx, change, at, event)),
    async read(scope, filter = {}) {
      let query = db.selectFrom("journal").selectAll().where(within(scope)).orderBy("seq");
      if (filter.change !== undefined) query = query.where("change_id", "=", filter.change);
      if (filter.after !== undefined) query = query.where("seq", ">", filter.after);
      const rows = await query.limit(filter.limit ?? 10_000).execute();
      return rows.map(toEntry);
    },
    async verifyChain() {
      const head = await db
        .selectFrom("chain_heads")
        .selectAll()
        .where("chain", "=", "journal")
        .executeTakeFirstOrThrow();
      return verifyLinks(head, async (after) => {
        const rows = await db
          .selectFrom("journal")
          .selectAll()
          .where("seq", ">", after)
          .orderBy("seq")
          .limit(1000)
          .execute();
        return rows.map((row) => ({
          link: { seq: row.seq, prevHash: row.prev_hash, hash: row.hash },
          content: contentOf(row),
        }));
      });
    },
  };
}

const contentOf = (row: Omit<JournalRow, "seq" | "hash" | "prev_hash">) => ({
  change: row.change_id,
  tenant: row.tenant,
  key: row.event_key,
  at: row.at,
  kind: row.kind,
  payload: row.payload,
});

/** Part of a transaction. */
export async function appendEvent(
  db: Kysely<Database>,
  change: string,
  at: number,
  event: JournalEvent,
): Promise<boolean> {
  const there = await db
    .selectFrom("journal")
    .select("seq")
    .where("change_id", "=", change)
    .where("event_key", "=", event.key)
    .executeTakeFirst();
  if (there !== undefined) return false;
  const owner = await db.selectFrom("changes").select("tenant").where("id", "=", change).executeTakeFirstOrThrow();
  const row = {
    event_key: event.key,
    change_id: change,
    tenant: owner.tenant,
    at,
    kind: event.kind,
    payload: encode(event.payload),
  };
  const link = await nextLink(db, "journal", contentOf(row));
  await db
    .insertInto("journal")
    .values({ ...row, seq: link.seq, prev_hash: link.prevHash, hash: link.hash })
    .execute();
  return true;
}

const toEntry = (row: JournalRow): JournalEntry => ({
  seq: row.seq,
  change: row.change_id,
  ...(row.tenant === null ? {} : { tenant: row.tenant }),
  key: row.event_key,
  at: row.at,
  kind: row.kind,
  payload: decode(row.payload),
  prevHash: row.prev_hash,
  hash: row.hash,
});
