import { Kysely } from "kysely";
import { auditStore, type AuditStore } from "./audit.ts";
import { changeStore, type ChangeStore } from "./changes.ts";
import { journalStore, type JournalStore } from "./journal.ts";
import { migrate, type Dialect } from "./migrations.ts";
import { openPostgres } from "./postgres.ts";
import type { Database } from "./schema.ts";
import { getSnapshot, putSnapshot } from "./snapshots.ts";
import { openSqlite } from "./sqlite.ts";
import { worldStore, type WorldStore } from "./world.ts";
import type { Snapshot } from "#model/snapshot.ts";

/** What Heddle remembers. Time comes in as an argument; each write is durable when its promise resolves. */
export interface Store extends AsyncDisposable {
  readonly dialect: Dialect;
  readonly snapshots: {
    put(snapshot: Snapshot, at: number): Promise<string>;
    get(digest: string): Promise<Snapshot>;
  };
  readonly world: WorldStore;
  readonly changes: ChangeStore;
  readonly journal: JournalStore;
  readonly audit: AuditStore;
  close(): Promise<void>;
}

export type StoreOptions = { readonly path: string } | { readonly postgres: string };

/**
 * Opens the memory, brings its tables up to date, and holds it for this process alone.
 *
 * @throws {Failure} conflict, when another process holds it or a newer Heddle wrote it; unreachable, when PostgreSQL
 * does not answer; invalid_input, when the file is no database
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const opened = "path" in options ? openSqlite(options.path) : await openPostgres(options.postgres);
  const db = new Kysely<Database>({ dialect: opened.dialect });
  const close = async () => {
    await db.destroy();
    await opened.release();
  };
  try {
    await migrate(db, opened.kind);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    dialect: opened.kind,
    snapshots: {
      put: (snapshot, at) => db.transaction().execute((trx) => putSnapshot(trx, snapshot, at)),
      get: (digest) => getSnapshot(db, digest),
    },
    world: worldStore(db),
    changes: changeStore(db),
    journal: journalStore(db),
    audit: auditStore(db),
    close,
    [Symbol.asyncDispose]: close,
  };
}
