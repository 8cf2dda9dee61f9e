import type { DiffLine } from "#model/change.ts";
import type { SourceFile } from "#model/source.ts";
import { configPath } from "#model/source.ts";
import { parseJsonPositions, type JsonNode } from "../syntax/json-positions.ts";
import { isConfigDb } from "./parse.ts";
import { sorted, type FieldValue, type TableData } from "./tables.ts";

/** One change of a table, row or field, as RFC 6902 puts it; `before` is kept so that it can be told and undone. */
export interface TableChange {
  readonly op: "add" | "remove" | "replace";
  readonly path: readonly [table: string, key: string] | readonly [table: string, key: string, field: string];
  readonly before?: FieldValue | Readonly<Record<string, FieldValue>>;
  readonly after?: FieldValue | Readonly<Record<string, FieldValue>>;
}

/** Tables of a text, whatever they are called: for comparing and for sending, not for meaning. */
export function tablesOf(text: string): TableData {
  const { root } = parseJsonPositions(text);
  const data = new Map<string, Map<string, Map<string, FieldValue>>>();
  if (root?.kind !== "object") return data;
  for (const table of root.entries) {
    if (table.value.kind !== "object") continue;
    const rows = data.get(table.key) ?? new Map<string, Map<string, FieldValue>>();
    data.set(table.key, rows);
    for (const row of table.value.entries)
      if (row.value.kind === "object") rows.set(row.key, fieldsOf(row.value.entries));
  }
  return data;
}

function fieldsOf(entries: readonly { readonly key: string; readonly value: JsonNode }[]): Map<string, FieldValue> {
  const fields = new Map<string, FieldValue>();
  for (const { key, value } of entries) {
    if (key === "NULL" && value.kind === "string" && value.text === "NULL") continue;
    if (value.kind === "array")
      fields.set(
        key,
        value.items.map((item) => ("text" in item ? item.text : JSON.stringify(item))),
      );
    else if (value.kind !== "object") fields.set(key, value.text);
  }
  return fields;
}

const none: ReadonlyMap<string, never> = new Map<string, never>();

/** Row by row, and field by field where a row stays. Removals come before additions, as a device needs them. */
export function changesBetween(before: TableData, after: TableData): TableChange[] {
  const changes: TableChange[] = [];
  for (const table of namesOf(before, after)) {
    const [old, now] = [before.get(table) ?? none, after.get(table) ?? none];
    for (const key of namesOf(old, now)) {
      const [was, is] = [old.get(key), now.get(key)];
      if (is === undefined) changes.push({ op: "remove", path: [table, key], before: Object.fromEntries(was ?? []) });
      else if (was === undefined) changes.push({ op: "add", path: [table, key], after: Object.fromEntries(is) });
      else for (const change of fieldChanges(table, key, was, is)) changes.push(change);
    }
  }
  return changes;
}

function fieldChanges(
  table: string,
  key: string,
  was: ReadonlyMap<string, FieldValue>,
  is: ReadonlyMap<string, FieldValue>,
): TableChange[] {
  const changes: TableChange[] = [];
  for (const field of namesOf(was, is)) {
    const [before, after] = [was.get(field), is.get(field)];
    if (after === undefined)
      changes.push({ op: "remove", path: [table, key, field], ...(before === undefined ? {} : { before }) });
    else if (before === undefined) changes.push({ op: "add", path: [table, key, field], after });
    else if (JSON.stringify(before) !== JSON.stringify(after))
      changes.push({ op: "replace", path: [table, key, field], before, after });
  }
  return changes;
}

const namesOf = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] =>
  sorted(new Map([...a.keys(), ...b.keys()].map((name) => [name, true]))).map(([name]) => name);

const formatValue = (value: TableChange["before"]): string => JSON.stringify(value);

/** `add /VRF/Vrfacme {"vni":"50001"}`: a line that can be read alone, and that the guard can read too. */
export function diffLinesOf(changes: readonly TableChange[], file: string): DiffLine[] {
  return changes.flatMap(({ op, path, before, after }): DiffLine[] => {
    const at = configPath(...path);
    const lines: DiffLine[] = [];
    if (before !== undefined) lines.push({ op: "remove", text: `${op} ${at} ${formatValue(before)}`, file });
    if (after !== undefined) lines.push({ op: "add", text: `${op} ${at} ${formatValue(after)}`, file });
    return lines;
  });
}

export function diffSonic(before: readonly SourceFile[], after: readonly SourceFile[]): readonly DiffLine[] {
  const parts: (readonly DiffLine[])[] = [];
  const paths = [...new Set([...before, ...after].map((file) => file.path))].sort();
  for (const path of paths) {
    const [old, now] = [before.find((file) => file.path === path), after.find((file) => file.path === path)];
    if (old?.text === now?.text) continue;
    const database = isConfigDb(old ?? now ?? { path, text: "" });
    const [was, is] = [old?.text ?? "", now?.text ?? ""];
    parts.push(database ? diffLinesOf(changesBetween(tablesOf(was), tablesOf(is)), path) : diffText(path, was, is));
  }
  return parts.flat();
}

/** Lines of FRR text with the block they stand in: order inside a block seldom decides, so they are compared as a set. */
function diffText(file: string, before: string, after: string): DiffLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const [oldKeys, nowKeys] = [new Set(old.map(keyOf)), new Set(now.map(keyOf))];
  const make =
    (op: "add" | "remove") =>
    ({ text, within }: FrrLine): DiffLine => ({ op, text, file, ...(within.length === 0 ? {} : { within }) });
  return [
    ...old.filter((line) => !nowKeys.has(keyOf(line))).map(make("remove")),
    ...now.filter((line) => !oldKeys.has(keyOf(line))).map(make("add")),
  ];
}

interface FrrLine {
  readonly text: string;
  readonly within: readonly string[];
}

const keyOf = ({ text, within }: FrrLine): string => [...within, text].join("\n");

function linesOf(text: string): FrrLine[] {
  const lines: FrrLine[] = [];
  let block: string | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("!") || line.startsWith("#")) continue;
    if (/^\S/.test(raw)) {
      block = line;
      lines.push({ text: line, within: [] });
    } else lines.push({ text: line, within: block === undefined ? [] : [block] });
  }
  return lines;
}
