import { frrOwned } from "./features/system.ts";
import { judgedConfigDb } from "./parse.ts";
import { formatTables, type FieldValue, type TableData } from "./tables.ts";

/** Secrets that only the device keeps. */
const secrets = new Set(["auth_password"]);
/** Rows that stand for hardware. */
const platform: ReadonlySet<string> = new Set(["DEVICE_METADATA", "MGMT_PORT", "PORT"]);
const routing: ReadonlySet<string> = new Set(frrOwned);

type Rows = Map<string, Map<string, FieldValue>>;

/**
 * What the device shall run: what is desired, and of what it runs now the fields that are not ours to decide — lanes,
 * hardware SKU, passwords, users, monitoring. Whatever the parser reads as configuration is ours, and goes when it is
 * not desired; whatever it sets aside or does not know stays.
 */
export function mergeDesired(running: TableData, desired: TableData): TableData {
  const judged = judgedConfigDb(formatTables(running));
  const merged = new Map<string, Rows>();
  for (const [table, rows] of running) {
    const kept: Rows = new Map();
    for (const row of judged.rows(table)) {
      const wanted = desired.get(table)?.get(row.key);
      // Rows of the routing stack would come to life with the mode that is desired.
      if (routing.has(table) && wanted === undefined) continue;
      // Of a row that is configuration nothing outlives it; the platform's own rows are never taken away.
      if (row.configured && wanted === undefined && !platform.has(table)) continue;
      const fields = new Map(
        [...(rows.get(row.key) ?? [])].filter(
          ([name]) => row.leaf(name)?.state !== "used" || (wanted !== undefined && secrets.has(name)),
        ),
      );
      const bareAndTheirs = row.fieldNames.length === 0 && !row.configured;
      if (fields.size > 0 || bareAndTheirs) kept.set(row.key, fields);
    }
    if (kept.size > 0) merged.set(table, kept);
  }
  for (const [table, rows] of desired) {
    const into = merged.get(table) ?? (new Map() as Rows);
    merged.set(table, into);
    for (const [key, fields] of rows) into.set(key, new Map([...(into.get(key) ?? []), ...fields]));
  }
  return merged;
}
