import { sql, type Kysely } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { Failure } from "#model/failure.ts";
import type { Database } from "./schema.ts";

export type Dialect = "sqlite" | "postgres";

/** Brings a database to the present form. What ran is recorded in it, in order; a newer database is refused. */
export async function migrate(db: Kysely<Database>, dialect: Dialect): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrationsFor(dialect)) } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const text = error instanceof Error ? error.message : "unknown";
  if (/corrupted migrations/.test(text)) {
    throw new Failure(
      "conflict",
      "This data was written by a newer Heddle. Start that version, or use another data folder.",
      {
        cause: error,
      },
    );
  }
  throw error;
}

const migrationsFor = (dialect: Dialect): Record<string, Migration> => ({
  "0001-memory": {
    async up(db: Kysely<never>) {
      for (const statement of tables) await sql.raw(statement).execute(db);
      for (const table of ["journal", "audit"]) {
        for (const statement of appendOnly(dialect, table)) await sql.raw(statement).execute(db);
      }
    },
  },
});

/** The words that both databases read alike. */
const tables = [
  `create table blobs (digest text primary key, body text not null)`,
  `create table snapshots (digest text primary key, body text not null, at bigint not null)`,
  `create table world (id integer primary key check (id = 1), snapshot text not null references snapshots(digest),
     revision integer not null, at bigint not null)`,
  `create table world_tenants (tenant text primary key, body text not null)`,
  `create table world_workloads (name text primary key, tenant text not null, body text not null)`,
  `create table world_devices (device text primary key, digest text not null references blobs(digest))`,
  `create table changes (id text primary key, position bigint not null unique, state text not null, tenant text,
     requester text not null, base text not null, digest text not null, attempt integer not null default 0,
     intent text not null, summary text not null, body text not null, created_at bigint not null, updated_at bigint not null)`,
  `create index changes_by_tenant on changes (tenant, position)`,
  `create index changes_by_state on changes (state)`,
  `create table change_devices (change_id text not null references changes(id), device text not null,
     primary key (change_id, device))`,
  `create index change_devices_by_device on change_devices (device)`,
  `create table journal (seq bigint primary key, event_key text not null, change_id text not null references changes(id),
     tenant text, at bigint not null, kind text not null, payload text not null, prev_hash text not null,
     hash text not null, unique (change_id, event_key))`,
  `create table approvals (nonce text primary key, change_id text not null references changes(id), digest text not null,
     base text not null, requester text not null, approver text not null, granted_at bigint not null,
     expires_at bigint not null, status text not null check (status in ('open', 'used', 'void')))`,
  `create index approvals_by_change on approvals (change_id)`,
  `create table audit (seq bigint primary key, at bigint not null, principal text not null, tenant text,
     operation text not null, input_digest text not null, decision text not null, rule text not null,
     outcome text not null, duration_ms bigint not null, prev_hash text not null, hash text not null)`,
  `create table chain_heads (chain text primary key, seq bigint not null, hash text not null)`,
  `insert into chain_heads (chain, seq, hash) values ('journal', 0, ''), ('audit', 0, '')`,
];

/** Triggers that refuse any change to rows that stand. */
const appendOnly = (dialect: Dialect, table: string): string[] =>
  dialect === "sqlite"
    ? ["update", "delete"].map(
        (verb) =>
          `create trigger ${table}_no_${verb} before ${verb} on ${table}
           begin select raise(abort, '${table} is append-only'); end`,
      )
    : [
        `create or replace function ${table}_append_only() returns trigger language plpgsql as
         $$ begin raise exception '${table} is append-only'; end $$`,
        `create trigger ${table}_no_change before update or delete on ${table}
         for each row execute function ${table}_append_only()`,
        `create trigger ${table}_no_truncate before truncate on ${table}
         for each statement execute function ${table}_append_only()`,
      ];
