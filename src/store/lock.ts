import { readFileSync, rmSync, writeFileSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import { Failure } from "#model/failure.ts";

/**
 * Holds a data file for this process. The hold is an operating-system lock on `<path>.lock` (a small SQLite database
 * held exclusively), so it goes with the process however that dies; `<path>.pid` only names the holder.
 *
 * @throws {Failure} conflict, when another process (or this one) holds it
 */
export function holdDataFile(path: string): { release(): void } {
  const guard = new SqliteDatabase(`${path}.lock`, { timeout: 0 });
  try {
    guard.exec("pragma journal_mode = delete; begin exclusive");
  } catch (cause) {
    guard.close();
    throw new Failure(
      "conflict",
      `${path} is in use by ${holderOf(path)}. Stop it first, or use another data folder.`,
      { cause },
    );
  }
  writeFileSync(`${path}.pid`, `${process.pid}\n`);
  return {
    release() {
      rmSync(`${path}.pid`, { force: true });
      guard.close();
    },
  };
}

function holderOf(path: string): string {
  try {
    const pid = Number.parseInt(readFileSync(`${path}.pid`, "utf8"), 10);
    return Number.isSafeInteger(pid) ? `process ${pid}` : "another process";
  } catch {
    return "another process";
  }
}
