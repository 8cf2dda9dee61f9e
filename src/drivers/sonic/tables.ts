import type { Finding } from "#model/finding.ts";
import { configPath } from "#model/source.ts";
import { compareNames } from "#net/order.ts";

export type FieldValue = string | readonly string[];
/** Table, row key, field: what one `config_db.json` says. */
export type TableData = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, FieldValue>>>;

/** Tables on their way to text, and what could not be said in them. */
export class Tables {
  readonly data = new Map<string, Map<string, Map<string, FieldValue>>>();
  readonly findings: Finding[] = [];

  /** Adds fields to a row, which comes to be with the first. Undefined fields are left out. */
  put(
    table: string,
    key: readonly (string | number)[],
    fields: Readonly<Record<string, FieldValue | undefined>> = {},
  ): void {
    const rows = this.data.get(table) ?? new Map<string, Map<string, FieldValue>>();
    this.data.set(table, rows);
    const name = key.join("|");
    const row = rows.get(name) ?? new Map<string, FieldValue>();
    rows.set(name, row);
    for (const [field, value] of Object.entries(fields)) if (value !== undefined) row.set(field, value);
  }

  has(table: string, key: string): boolean {
    return this.data.get(table)?.has(key) === true;
  }

  /** What SONiC has no words for, with the place in the neutral configuration. */
  cannot(
    code: string,
    path: readonly (string | number)[],
    message: string,
    severity: Finding["severity"] = "warning",
  ): void {
    this.findings.push({
      code: `sonic.${code}`,
      severity,
      message,
      where: { kind: "path", path: configPath(...path) },
    });
  }
}

/**
 * The text as `config save` writes it: four blanks a level, names in natural order, so that equal tables are equal bytes.
 *
 * @source sonic-utilities config/main.py (`json.dump(..., indent=4, sort_keys)` over natsorted tables)
 */
export function formatTables(data: TableData): string {
  const tables = sorted(data).map(([table, rows]) => {
    const body = sorted(rows).map(([key, fields]) => {
      const inner = sorted(fields).map(
        ([field, value]) => `            ${JSON.stringify(field)}: ${formatValue(value)}`,
      );
      return `        ${JSON.stringify(key)}: ${inner.length === 0 ? "{}" : `{\n${inner.join(",\n")}\n        }`}`;
    });
    return `    ${JSON.stringify(table)}: ${body.length === 0 ? "{}" : `{\n${body.join(",\n")}\n    }`}`;
  });
  return tables.length === 0 ? "{}\n" : `{\n${tables.join(",\n")}\n}\n`;
}

export const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
  [...map].sort(([a], [b]) => compareNames(a, b));

const formatValue = (value: FieldValue): string =>
  typeof value === "string" ? JSON.stringify(value) : `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;

export const truth = (value: boolean): string => (value ? "true" : "false");
export const upDown = (value: boolean): string => (value ? "up" : "down");
/** A flag that is written only when it is on. */
export const onlyTrue = (value: boolean | undefined): string | undefined => (value === true ? "true" : undefined);
export const textOf = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);
