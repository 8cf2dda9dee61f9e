import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { SqliteDialect } from "kysely";
import { Failure } from "#model/failure.ts";
import { holdDataFile } from "./lock.ts";

/**
 * The embedded database: one file beside its write-ahead log. `synchronous = FULL` makes each commit survive a power cut.
 *
 * @source https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export function openSqlite(path: string) {
  mkdirSync(dirname(path), { recursive: true });
  const hold = holdDataFile(path);
  try {
    const database = new SqliteDatabase(path, { timeout: 5000 });
    for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"]) {
      database.pragma(pragma);
    }
    return {
      kind: "sqlite" as const,
      dialect: new SqliteDialect({ database }),
      release: async () => {
        if (database.open) database.close();
        hold.release();
      },
    };
  } catch (cause) {
    hold.release();
    if (cause instanceof SqliteDatabase.SqliteError && cause.code === "SQLITE_NOTADB") {
      throw new Failure("invalid_input", `${path} is not a Heddle database. Name another data folder.`, { cause });
    }
    throw cause;
  }
}
