import { compareNames } from "#net/order.ts";

/** A field: text, or a list of texts (a leaf-list). */
type Field = string | readonly string[];
export type Row = Readonly<Record<string, Field>>;
export type Table = Readonly<Record<string, Row>>;
/** A Redis database as its tables. Plain JSON, never changed in place. */
export type Database = Readonly<Record<string, Table>>;

/** A place in it: nothing is all of it, then table, row key, field, index of a list. */
export type DbPath = readonly string[];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

const forbidden = (key: string): boolean => key === "__proto__";

/** A row as JSON may say it; a string says what is wrong. */
function readRow(value: unknown): Row | string {
  if (!isRecord(value)) return "a row must be an object of fields";
  const row: Record<string, Field> = {};
  for (const [name, field] of Object.entries(value)) {
    if (forbidden(name)) return `'${name}' is no field name`;
    if (typeof field === "string") row[name] = field;
    else if (Array.isArray(field) && field.every((item) => typeof item === "string")) row[name] = field;
    else return `field ${name} must be a string or a list of strings`;
  }
  return row;
}

function readTable(value: unknown): Table | string {
  if (!isRecord(value)) return "a table must be an object of rows";
  const table: Record<string, Row> = {};
  for (const [key, body] of Object.entries(value)) {
    if (forbidden(key)) return `'${key}' is no row key`;
    const row = readRow(body);
    if (typeof row === "string") return `${key}: ${row}`;
    table[key] = row;
  }
  return table;
}

export function readDatabase(value: unknown): Database | string {
  if (!isRecord(value)) return "the configuration must be an object of tables";
  const database: Record<string, Table> = {};
  for (const [name, body] of Object.entries(value)) {
    if (forbidden(name)) return `'${name}' is no table name`;
    const table = readTable(body);
    if (typeof table === "string") return `${name}|${table}`;
    database[name] = table;
  }
  return database;
}

/** What stands at a path, or undefined. */
export function valueAt(database: Database, path: DbPath): unknown {
  const [table, key, field, index] = path;
  if (table === undefined) return database;
  const rows = own(database, table);
  if (key === undefined) return rows;
  const row = own(rows, key);
  if (field === undefined) return row;
  const value = own(row, field);
  return index === undefined ? value : Array.isArray(value) ? (value as string[])[Number(index)] : undefined;
}

const dropEmpty = <T>(
  record: Readonly<Record<string, T>>,
  key: string,
  value: T,
  empty: boolean,
): Record<string, T> => {
  const copy = { ...record };
  if (empty) delete copy[key];
  else copy[key] = value;
  return copy;
};

/** Without what stands at a path. A JSON patch leaves an empty table behind; that is for the updater to refuse. */
export function removeAt(database: Database, [table = "", key, field, index]: DbPath): Database {
  const rows = own(database, table) ?? {};
  if (key === undefined) return dropEmpty(database, table, rows, true);
  const row = own(rows, key) ?? {};
  if (field === undefined) return { ...database, [table]: dropEmpty(rows, key, row, true) };
  const list = own(row, field);
  const rest = index === undefined || !Array.isArray(list) ? [] : list.filter((_, at) => String(at) !== index);
  return { ...database, [table]: { ...rows, [key]: dropEmpty(row, field, rest, rest.length === 0) } };
}

/** With a value at a path (JSON patch `add`: what is there is replaced whole). A string says what is wrong. */
export function addAt(database: Database, [table, key, field]: DbPath, value: unknown): Database | string {
  if (table === undefined) return readDatabase(value);
  if ([table, key, field].some((part) => part !== undefined && forbidden(part))) return "that is no path";
  if (key === undefined) {
    const rows = readTable(value);
    return typeof rows === "string" ? `${table}|${rows}` : { ...database, [table]: rows };
  }
  const rows = own(database, table) ?? {};
  const row = field === undefined ? readRow(value) : readRow({ ...own(rows, key), [field]: value });
  return typeof row === "string" ? `${table}|${key}: ${row}` : { ...database, [table]: { ...rows, [key]: row } };
}

export const emptyTables = (database: Database): string[] =>
  Object.keys(database).filter((name) => Object.keys(database[name] ?? {}).length === 0);

/** Every field (and every row without one), as `TABLE|key|field`. */
export function fieldPaths(database: Database): Set<string> {
  const paths = new Set<string>();
  for (const [table, rows] of Object.entries(database))
    for (const [key, row] of Object.entries(rows)) {
      paths.add(`${table}|${key}`);
      for (const field of Object.keys(row)) paths.add(`${table}|${key}|${field}`);
    }
  return paths;
}

export interface PrintedDb {
  readonly text: string;
  /** `TABLE|key|field` of each line that says one; one-based. */
  readonly paths: ReadonlyMap<number, string>;
}

const natural = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).toSorted(([a], [b]) => compareNames(a, b));

/** `config_db.json` as `config save` writes it: four blanks a level, in natural order. */
export function printDatabase(database: Database): PrintedDb {
  const lines: string[] = ["{"];
  const paths = new Map<number, string>();
  const say = (path: string, text: string): void => {
    lines.push(text);
    paths.set(lines.length, path);
  };
  const each = <T>(record: Readonly<Record<string, T>>, act: (name: string, value: T, comma: string) => void): void => {
    const entries = natural(record);
    for (const [index, [name, value]] of entries.entries()) act(name, value, index < entries.length - 1 ? "," : "");
  };
  each(database, (table, rows, tableComma) => {
    say(table, `    ${JSON.stringify(table)}: {`);
    each(rows, (key, row, rowComma) => {
      const at = `${table}|${key}`;
      if (Object.keys(row).length === 0) {
        say(at, `        ${JSON.stringify(key)}: {}${rowComma}`);
        return;
      }
      say(at, `        ${JSON.stringify(key)}: {`);
      each(row, (field, value, comma) => {
        const place = `${at}|${field}`;
        if (typeof value === "string")
          say(place, `            ${JSON.stringify(field)}: ${JSON.stringify(value)}${comma}`);
        else {
          say(place, `            ${JSON.stringify(field)}: [`);
          for (const [index, item] of value.entries())
            say(place, `                ${JSON.stringify(item)}${index < value.length - 1 ? "," : ""}`);
          say(place, `            ]${comma}`);
        }
      });
      say(at, `        }${rowComma}`);
    });
    say(table, `    }${tableComma}`);
  });
  lines.push("}");
  return { text: `${lines.join("\n")}\n`, paths };
}
