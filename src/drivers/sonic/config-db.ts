import type { Finding } from "#model/finding.ts";
import type { FileAccount, LineStatus, SourceFile, SourceSpan } from "#model/source.ts";
import { parseJsonPositions, type JsonEntry, type JsonNode } from "../syntax/json-positions.ts";

/**
 * `config_db.json` as tables of rows of fields, and what became of each field. SONiC keeps every value as text or as a
 * list of texts; a row key is parts joined with `|`.
 *
 * @source sonic-buildimage src/sonic-yang-models/doc/Configuration.md
 */
export class ConfigDb {
  readonly file: string;
  readonly #tables = new Map<string, Map<string, Row>>();
  readonly #strays: LineStatus[] = [];
  readonly findings: Finding[] = [];

  constructor(file: SourceFile) {
    this.file = file.path;
    const { root, problems } = parseJsonPositions(file.text);
    for (const problem of problems)
      this.#stray(problem.line, "", `This is not whole JSON: ${problem.message}.`, "sonic.bad-json", "error");
    if (root === undefined) return;
    if (root.kind !== "object") {
      this.#stray(root.line, "", "config_db.json must be an object of tables.", "sonic.bad-json", "error");
      return;
    }
    for (const entry of root.entries) this.#readTable(entry);
  }

  get tableNames(): readonly string[] {
    return [...this.#tables.keys()];
  }

  has(table: string): boolean {
    return this.#tables.has(table);
  }

  rows(table: string): readonly Row[] {
    return [...(this.#tables.get(table)?.values() ?? [])];
  }

  row(table: string, key: string): Row | undefined {
    return this.#tables.get(table)?.get(key);
  }

  /** Sets a whole table aside, or what is still untouched in it. */
  ignore(table: string, reason: string): void {
    for (const row of this.rows(table)) row.ignoreRest(reason);
  }

  report(finding: Omit<Finding, "where"> & { readonly line: number }): void {
    const { line, ...rest } = finding;
    this.findings.push({ ...rest, where: { kind: "file", file: this.file, line } });
  }

  /** Every field once; what nobody touched is unknown and gets its finding. */
  account(): FileAccount {
    const lines: LineStatus[] = [...this.#strays];
    for (const [table, rows] of this.#tables) {
      for (const row of rows.values()) {
        for (const leaf of row.leaves()) {
          const text = `${table}|${row.key}${leaf.name === "" ? "" : ` ${leaf.name}: ${leaf.values.join(",")}`}`;
          if (leaf.state === "unknown") {
            const whole = !row.touched;
            this.report({
              code: whole ? "sonic.unknown-table" : "sonic.unknown-field",
              severity: "warning",
              message: `${whole ? "Table row" : "Field"} not understood: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`,
              line: leaf.line,
            });
          }
          lines.push({
            line: leaf.line,
            status: leaf.state,
            text,
            ...(leaf.state === "ignored" ? { reason: leaf.reason } : {}),
          });
        }
      }
    }
    return { file: this.file, lines: lines.sort((a, b) => a.line - b.line) };
  }

  #stray(line: number, text: string, message: string, code: string, severity: Finding["severity"]): void {
    this.#strays.push({ line, status: "unknown", text });
    this.report({ code, severity, message, line });
  }

  #readTable({ key, line, value }: JsonEntry): void {
    if (value.kind !== "object") {
      this.#stray(line, key, `Table ${key} must be an object of rows.`, "sonic.bad-shape", "warning");
      return;
    }
    const rows = this.#tables.get(key);
    if (rows !== undefined)
      this.report({
        code: "sonic.duplicate-key",
        severity: "warning",
        message: `Table ${key} stands twice; rows are taken together, the later word wins.`,
        line,
      });
    const into = rows ?? new Map<string, Row>();
    this.#tables.set(key, into);
    for (const entry of value.entries) {
      if (entry.value.kind !== "object") {
        this.#stray(
          entry.line,
          `${key}|${entry.key}`,
          `Row ${key}|${entry.key} must be an object of fields.`,
          "sonic.bad-shape",
          "warning",
        );
        continue;
      }
      const earlier = into.get(entry.key);
      if (earlier !== undefined) {
        this.report({
          code: "sonic.duplicate-key",
          severity: "warning",
          message: `Row ${key}|${entry.key} stands twice; the later one counts.`,
          line: entry.line,
        });
        earlier.replaced = true;
        earlier.ignoreRest("a later row of the same key replaces it");
        for (const leaf of earlier.leaves())
          this.#strays.push({
            line: leaf.line,
            status: "ignored",
            reason: leaf.reason,
            text: `${key}|${earlier.key} ${leaf.name}`,
          });
      }
      const row = new Row(key, entry.key, this.file, entry.line, entry.value.endLine);
      into.delete(entry.key);
      into.set(entry.key, row);
      for (const field of entry.value.entries) this.#readField(row, field);
    }
  }

  #readField(row: Row, { key, line, value }: JsonEntry): void {
    const values = textsOf(value);
    if (values === undefined) {
      this.#stray(
        line,
        `${row.table}|${row.key} ${key}`,
        `Field ${row.table}|${row.key}/${key} must be text or a list of texts.`,
        "sonic.bad-shape",
        "warning",
      );
      return;
    }
    // Redis can't hold an empty row: the tools write NULL into it.
    if (key === "NULL" && values[0] === "NULL") return;
    if (!row.add({ name: key, line, values, state: "unknown", reason: "" }))
      this.report({
        code: "sonic.duplicate-key",
        severity: "warning",
        message: `Field ${row.table}|${row.key}/${key} stands twice; the later one counts.`,
        line,
      });
  }
}

const textsOf = (node: JsonNode): string[] | undefined => {
  if (node.kind === "object") return undefined;
  if (node.kind !== "array") return [node.text];
  const texts: string[] = [];
  for (const item of node.items) {
    if (item.kind === "object" || item.kind === "array") return undefined;
    texts.push(item.text);
  }
  return texts;
};

export interface Leaf {
  readonly name: string;
  readonly line: number;
  readonly values: readonly string[];
  state: LineStatus["status"];
  reason: string;
}

export class Row {
  readonly table: string;
  readonly key: string;
  /** The key at its bars. */
  readonly parts: readonly string[];
  readonly span: SourceSpan;
  readonly #fields = new Map<string, Leaf>();
  readonly #own: Leaf;
  touched = false;
  replaced = false;

  constructor(table: string, key: string, file: string, line: number, endLine: number) {
    this.table = table;
    this.key = key;
    this.parts = key.split("|");
    this.span = endLine > line ? { file, line, endLine } : { file, line };
    this.#own = { name: "", line, values: [], state: "unknown", reason: "" };
  }

  get line(): number {
    return this.span.line;
  }

  add(leaf: Leaf): boolean {
    const fresh = !this.#fields.has(leaf.name);
    this.#fields.set(leaf.name, leaf);
    return fresh;
  }

  get fieldNames(): readonly string[] {
    return [...this.#fields.keys()];
  }

  /** The row means something by its key alone. */
  use(): this {
    this.touched = true;
    if (this.#own.state === "unknown") this.#own.state = "used";
    return this;
  }

  leaf(name: string): Leaf | undefined {
    return this.#fields.get(name);
  }

  /** The field's text, and it counts as used. */
  text(name: string): string | undefined {
    const leaf = this.#take(name);
    return leaf?.values.length === 1 ? leaf.values[0] : leaf?.values.join(",");
  }

  /** A list field; text with commas, as older images keep lists, is split. */
  list(name: string): string[] | undefined {
    const leaf = this.#take(name);
    if (leaf === undefined) return undefined;
    const values = leaf.values.length === 1 ? (leaf.values[0] ?? "").split(",") : leaf.values;
    return values.map((value) => value.trim()).filter((value) => value !== "");
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === "true" || text === "up" || text === "enable" || text === "enabled" || text === "on") return true;
    if (text === "false" || text === "down" || text === "disable" || text === "disabled" || text === "off")
      return false;
    return undefined;
  }

  /** A name of another row: `[TABLE|name]` in old files, plain in new ones. */
  reference(name: string): string | undefined {
    const text = this.text(name);
    return text === undefined || text === "" ? undefined : plainReference(text);
  }

  /** Not understood after all: its value makes no sense. */
  refuse(name: string): void {
    const leaf = this.#fields.get(name);
    if (leaf !== undefined) leaf.state = "unknown";
  }

  ignore(names: readonly string[], reason: string): void {
    this.touched = true;
    for (const name of names) {
      const leaf = this.#fields.get(name);
      if (leaf?.state === "unknown") Object.assign(leaf, { state: "ignored", reason });
    }
  }

  ignoreRest(reason: string): void {
    this.touched = true;
    for (const leaf of [this.#own, ...this.#fields.values()])
      if (leaf.state === "unknown") Object.assign(leaf, { state: "ignored", reason });
  }

  /** The row says something about what the network does. */
  get configured(): boolean {
    return this.#own.state === "used" || [...this.#fields.values()].some((leaf) => leaf.state === "used");
  }

  /** What the account lists: the fields, or the row itself where it has none. */
  leaves(): readonly Leaf[] {
    return this.#fields.size === 0 ? [this.#own] : [...this.#fields.values()];
  }

  #take(name: string): Leaf | undefined {
    const leaf = this.#fields.get(name);
    this.touched = true;
    if (leaf?.state === "unknown") leaf.state = "used";
    return leaf;
  }
}

/** `[BUFFER_PROFILE|pg_lossless]` is how images before 202111 wrote a reference to a row. */
export const plainReference = (text: string): string => {
  const match = /^\[[A-Z0-9_]+\|([^\]]*)\]$/.exec(text);
  return match?.[1] ?? text;
};
