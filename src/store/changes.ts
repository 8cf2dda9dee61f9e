import type { Kysely } from "kysely";
import type { Approval, Change, ChangeState, Intent } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { grantApproval, readApprovals, useApproval, type ApprovalRecord } from "./approvals.ts";
import { decode, encode } from "./codec.ts";
import { appendEvent, type JournalEvent } from "./journal.ts";
import type { Database } from "./schema.ts";
import { within, type Scope } from "./scope.ts";
import { chunks, putSnapshot } from "./snapshots.ts";
import { writeWorld } from "./world.ts";

/** A change and where its life stands. The plan inside never alters. */
export interface ChangeRecord {
  readonly change: Change;
  readonly state: ChangeState;
  /** Whose change it is; absent: the operator's own. */
  readonly tenant?: string;
  /** How often it stopped as `failed`. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A change without its plan: cheap to list. */
export interface ChangeHead extends Omit<ChangeRecord, "change"> {
  readonly id: string;
  /** Device texts of a replacement are left out. */
  readonly intent: Intent;
  readonly requester: string;
  readonly digest: string;
  /** The price in one line. */
  readonly summary: string;
}

/** One move of a change's life: state, events, approval and world in one transaction, or none of them. */
export interface Transition {
  readonly id: string;
  readonly at: number;
  readonly from: readonly ChangeState[];
  readonly to: ChangeState;
  readonly events: readonly JournalEvent[];
  readonly grant?: Approval;
  /** Uses up the open approval for this plan; the move fails when there is none. */
  readonly useApproval?: { readonly digest: string; readonly base: string };
  /** The world that holds from this move on. */
  readonly world?: Snapshot;
}

export interface ChangeFilter {
  readonly states?: readonly ChangeState[];
  /** Only changes that touch this device. */
  readonly device?: string;
  readonly limit?: number;
}

export interface ChangeStore {
  /** Keeps a plan and the snapshot that it was made for. */
  create(record: NewChange): Promise<ChangeRecord>;
  /** @throws {Failure} not_found, also when it is not in scope */
  get(scope: Scope, id: string): Promise<ChangeRecord>;
  /** Newest first. */
  list(scope: Scope, filter?: ChangeFilter): Promise<ChangeRecord[]>;
  /** The same, without plans. */
  heads(scope: Scope, filter?: ChangeFilter): Promise<ChangeHead[]>;
  /** A change that closed after this one did and touches a device of it. */
  laterOnSameDevices(id: string): Promise<string | undefined>;
  /**
   * Moves a change on. A change that is there already stays and nothing is written again.
   *
   * @throws {Failure} conflict, when it is in none of `from`
   */
  move(transition: Transition): Promise<ChangeRecord>;
  approvals(scope: Scope, id: string): Promise<ApprovalRecord[]>;
}

interface NewChange {
  readonly change: Change;
  readonly state: "planned" | "refused";
  readonly tenant?: string;
  readonly base: Snapshot;
  readonly at: number;
  readonly event: JournalEvent;
}

export function changeStore(db: Kysely<Database>): ChangeStore {
  const get = async (scope: Scope, id: string): Promise<ChangeRecord> => {
    const row = await db.selectFrom("changes").selectAll().where("id", "=", id).where(within(scope)).executeTakeFirst();
    if (row === undefined) throw new Failure("not_found", `There is no change ${id}.`);
    return toRecord(row);
  };
  return {
    get,
    async create(record) {
      await db.transaction().execute((trx) => createChange(trx, record));
      return get({ kind: "all" }, record.change.id);
    },
    async list(scope, filter) {
      const rows = await selected(db, scope, filter).selectAll().execute();
      return rows.map(toRecord);
    },
    async heads(scope, filter) {
      const rows = await selected(db, scope, filter).select(headColumns).execute();
      return rows.map(toHead);
    },
    laterOnSameDevices: (id) => laterOnSameDevices(db, id),
    async move(transition) {
      await db.transaction().execute((trx) => moveChange(trx, transition));
      return get({ kind: "all" }, transition.id);
    },
    async approvals(scope, id) {
      await get(scope, id);
      return readApprovals(db, id);
    },
  };
}

function selected(db: Kysely<Database>, scope: Scope, filter: ChangeFilter = {}) {
  let query = db.selectFrom("changes").where(within(scope)).orderBy("position", "desc");
  if (filter.states !== undefined) query = query.where("state", "in", [...filter.states]);
  if (filter.device !== undefined) {
    const touching = db.selectFrom("change_devices").select("change_id").where("device", "=", filter.device);
    query = query.where("id", "in", touching);
  }
  return query.limit(filter.limit ?? 1000);
}

async function laterOnSameDevices(db: Kysely<Database>, id: string): Promise<string | undefined> {
  const closed = (change: string) =>
    db.selectFrom("journal").select("seq").where("change_id", "=", change).where("event_key", "=", "closed");
  const own = await closed(id).executeTakeFirst();
  if (own === undefined) return undefined;
  const later = await db
    .selectFrom("change_devices")
    .innerJoin("changes", "changes.id", "change_devices.change_id")
    .innerJoin("journal", "journal.change_id", "changes.id")
    .select("changes.id")
    .where("change_devices.device", "in", (on) =>
      on.selectFrom("change_devices as own").select("own.device").where("own.change_id", "=", id),
    )
    .where("changes.state", "=", "closed")
    .where("journal.event_key", "=", "closed")
    .where("journal.seq", ">", own.seq)
    .orderBy("journal.seq", "desc")
    .executeTakeFirst();
  return later?.id;
}

async function createChange(db: Kysely<Database>, record: NewChange): Promise<void> {
  const { change, at } = record;
  const there = await db.selectFrom("changes").select("id").where("id", "=", change.id).executeTakeFirst();
  if (there !== undefined) throw new Failure("conflict", `There is a change ${change.id} already.`);
  await putSnapshot(db, record.base, at);
  const head = await db
    .selectFrom("changes")
    .select((on) => on.fn.max("position").as("last"))
    .executeTakeFirst();
  await db
    .insertInto("changes")
    .values({
      id: change.id,
      position: (head?.last ?? 0) + 1,
      state: record.state,
      tenant: record.tenant ?? null,
      requester: change.requester.name,
      base: change.base,
      digest: change.digest,
      attempt: 0,
      intent: encode(withoutTexts(change.intent)),
      summary: change.price.summary,
      body: encode(change),
      created_at: at,
      updated_at: at,
    })
    .execute();
  const devices = [...new Set(change.diff.map((one) => one.device))].map((device) => ({
    change_id: change.id,
    device,
  }));
  for (const part of chunks(devices)) await db.insertInto("change_devices").values(part).execute();
  await appendEvent(db, change.id, at, record.event);
}

async function moveChange(db: Kysely<Database>, { id, at, from, to, ...what }: Transition): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable("changes")
    .set((on) => ({ state: to, updated_at: at, ...(to === "failed" ? { attempt: on("attempt", "+", 1) } : {}) }))
    .where("id", "=", id)
    .where("state", "in", [...from])
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return explainStuck(db, id, from, to);
  if (what.useApproval !== undefined) await useApproval(db, { change: id, ...what.useApproval }, at);
  if (what.grant !== undefined) await grantApproval(db, what.grant, at);
  for (const event of what.events) await appendEvent(db, id, at, event);
  if (what.world !== undefined) await writeWorld(db, what.world, at);
}

async function explainStuck(
  db: Kysely<Database>,
  id: string,
  from: readonly ChangeState[],
  to: ChangeState,
): Promise<void> {
  const row = await db.selectFrom("changes").select("state").where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw new Failure("not_found", `There is no change ${id}.`);
  if (row.state === to) return;
  throw new Failure(
    "conflict",
    `Change ${id} is ${row.state}; only a change that is ${from.join(" or ")} can become ${to}.`,
  );
}

const toRecord = (row: Database["changes"]): ChangeRecord => ({ change: decode<Change>(row.body), ...lifeOf(row) });

const withoutTexts = (intent: Intent): Intent =>
  intent.kind === "device.replace"
    ? {
        ...intent,
        devices: Object.fromEntries(
          Object.entries(intent.devices).map(([name, { nos }]) => [name, { nos, files: [] }]),
        ),
      }
    : intent;

const headColumns = [
  "id",
  "state",
  "tenant",
  "attempt",
  "created_at",
  "updated_at",
  "intent",
  "requester",
  "digest",
  "summary",
] as const;

const toHead = (row: Pick<Database["changes"], (typeof headColumns)[number]>): ChangeHead => ({
  id: row.id,
  intent: decode<Intent>(row.intent),
  requester: row.requester,
  digest: row.digest,
  summary: row.summary,
  ...lifeOf(row),
});

const lifeOf = (row: Pick<Database["changes"], "state" | "tenant" | "attempt" | "created_at" | "updated_at">) => ({
  state: row.state as ChangeState, // written by `move` and `create` only
  ...(row.tenant === null ? {} : { tenant: row.tenant }),
  attempt: row.attempt,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
