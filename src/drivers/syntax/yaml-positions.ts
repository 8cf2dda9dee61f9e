import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import { parseYamlWithPackage } from "./yaml-fallback.ts";
import { readFlow, readQuoted } from "./yaml-flow.ts";
import type { YamlEntry, YamlFile, YamlValue } from "./yaml-values.ts";

/** No switch's configuration comes near; past it the file is refused rather than read into memory. */
const maxCharacters = 32 * 1024 * 1024;
const maxDepth = 64;
const maxFindings = 200;

interface Frame {
  readonly indent: number;
  readonly value: YamlValue & { kind: "map" | "list" };
}

/**
 * Block-style YAML as network devices write it, with the line of every value: a line scanner, linear in the file.
 * Quoted and block scalars, flow collections (and so JSON), wrapped plain scalars and several documents are read;
 * anchors, aliases, tags and complex keys go to the `yaml` package, which takes small files only. Never throws.
 *
 * @source YAML 1.2.2 chapters 7 and 8; PyYAML wraps long scalars at 80 columns
 */
export function parseYaml(file: SourceFile): YamlFile {
  if (file.text.length > maxCharacters) {
    const where = { kind: "file", file: file.path, line: 1 } as const;
    const message = `File of ${file.text.length} characters is larger than any device configuration; it was not read.`;
    return {
      documents: [],
      findings: [{ code: "yaml.too-large", severity: "error", message, where, remedy: "Give the device's own file." }],
      broken: new Set(),
      stoppedAt: 1,
    };
  }
  const scanner = new Scanner(file);
  scanner.run();
  return scanner.needsPackage ? parseYamlWithPackage(file, maxDepth) : scanner.result();
}

/** Splits at the first `: ` outside quotes. */
function splitKey(content: string): { key: string; rest: string } | undefined {
  const first = content[0];
  if (first === '"' || first === "'") {
    const quoted = readQuoted(content, 0);
    if (quoted === undefined) return undefined;
    const after = content.slice(quoted.end).trimStart();
    return after.startsWith(":") && (after.length === 1 || /\s/.test(after[1] ?? ""))
      ? { key: quoted.text, rest: after.slice(1).trim() }
      : undefined;
  }
  for (let at = content.indexOf(":"); at >= 0; at = content.indexOf(":", at + 1)) {
    const next = content[at + 1];
    if (next === undefined || next === " " || next === "\t") {
      const key = content.slice(0, at).trimEnd();
      return key.includes(" #") ? undefined : { key, rest: content.slice(at + 1).trim() };
    }
  }
  return undefined;
}

const withoutComment = (text: string): string => {
  if (text.startsWith("#")) return "";
  const at = text.search(/[ \t]#/);
  return at < 0 ? text : text.slice(0, at).trimEnd();
};

class Scanner {
  readonly #file: SourceFile;
  readonly #lines: readonly string[];
  readonly #documents: YamlValue[] = [];
  readonly #findings: Finding[] = [];
  readonly #broken = new Set<number>();
  #stack: Frame[] = [];
  /** Where a value is still missing: below a `key:` or a `-`. */
  #slot: { fill(value: YamlValue): void; indent: number; line: number } | undefined;
  /** The plain scalar that a deeper line would go on with. */
  #open: { extend(text: string, line: number): void; indent: number } | undefined;
  #at = 0;
  #stoppedAt: number | undefined;
  needsPackage = false;

  constructor(file: SourceFile) {
    this.#file = file;
    this.#lines = file.text.replace(/^\uFEFF/, "").split("\n");
    this.#startDocument();
  }

  result(): YamlFile {
    return {
      documents: this.#documents,
      findings: this.#findings,
      broken: this.#broken,
      ...(this.#stoppedAt === undefined ? {} : { stoppedAt: this.#stoppedAt }),
    };
  }

  run(): void {
    while (this.#at < this.#lines.length && !this.needsPackage && this.#stoppedAt === undefined) this.#line();
  }

  #startDocument(): void {
    this.#stack = [];
    this.#open = undefined;
    this.#slot = { fill: (value) => this.#documents.push(value), indent: -1, line: this.#at + 1 };
  }

  #line(): void {
    const raw = (this.#lines[this.#at] ?? "").trimEnd();
    const content = raw.trimStart();
    this.#at++;
    if (content === "" || content.startsWith("#")) return;
    const indent = raw.length - content.length;
    if (indent === 0 && (raw === "---" || raw === "..." || raw.startsWith("--- ") || raw.startsWith("%"))) {
      this.#startDocument();
      return;
    }
    if (raw.slice(0, indent).includes("\t"))
      return this.#bad("yaml.tab", "Indentation holds a tab; YAML allows only spaces.");
    this.#place(indent, content);
  }

  #bad(code: string, message: string): void {
    const line = this.#at;
    this.#broken.add(line);
    const where = { kind: "file", file: this.#file.path, line } as const;
    this.#findings.push({
      code,
      severity: "error",
      message,
      where,
      remedy: "Correct the line, or take the file anew.",
    });
    if (this.#findings.length >= maxFindings) this.#stoppedAt = line + 1;
  }

  #place(indent: number, content: string): void {
    if (this.#open !== undefined && indent > this.#open.indent && !this.#startsItem(content)) {
      if (splitKey(content) !== undefined)
        return this.#bad("yaml.syntax", "A key stands below a line that has a value already.");
      this.#open.extend(withoutComment(content), this.#at);
      return;
    }
    this.#open = undefined;
    while (this.#top() !== undefined && (this.#top()?.indent ?? 0) > indent) this.#stack.pop();
    if (this.#startsItem(content)) return this.#item(indent, content);
    if (this.#top()?.indent === indent && this.#top()?.value.kind === "list") this.#stack.pop();
    this.#mapping(indent, content);
  }

  #top(): Frame | undefined {
    return this.#stack.at(-1);
  }

  #startsItem(content: string): boolean {
    return content === "-" || content.startsWith("- ");
  }

  /** The collection that a line at this depth belongs to: the one that stands there, or a new one in the open slot. */
  #container(kind: "map" | "list", indent: number): Frame | undefined {
    const top = this.#top();
    if (top?.indent === indent && top.value.kind === kind) return top;
    const slot = this.#slot;
    if (slot === undefined || (kind === "list" ? indent < slot.indent : indent <= slot.indent)) return undefined;
    if (this.#stack.length >= maxDepth) {
      this.#bad("yaml.depth", `Nested deeper than ${maxDepth} levels.`);
      return undefined;
    }
    const value: Frame["value"] =
      kind === "map"
        ? { kind, entries: [], line: this.#at, endLine: this.#at }
        : { kind, items: [], line: this.#at, endLine: this.#at };
    slot.fill(value);
    this.#slot = undefined;
    const frame = { indent, value };
    this.#stack.push(frame);
    return frame;
  }

  #item(indent: number, content: string): void {
    const frame = this.#container("list", indent);
    if (frame?.value.kind !== "list") return this.#misplaced();
    const { items } = frame.value;
    const rest = content.slice(1).trimStart();
    this.#slot = { fill: (value) => items.push(value), indent, line: this.#at };
    if (rest === "" || rest.startsWith("#")) return;
    const column = indent + content.length - rest.length;
    if (this.#startsItem(rest)) this.#item(column, rest);
    else this.#mapping(column, rest);
  }

  #misplaced(): void {
    if (!this.#broken.has(this.#at))
      this.#bad("yaml.syntax", "The line stands at a depth where nothing can be, or is no `key: value`.");
  }

  #mapping(indent: number, content: string): void {
    if (/^[&*!?|>%@`]/.test(content) && (content[0] !== "?" || content[1] === " ")) {
      this.needsPackage = true;
      return;
    }
    const split = content.startsWith("{") || content.startsWith("[") ? undefined : splitKey(content);
    if (split === undefined) return this.#bareValue(indent, content);
    if (split.key === "<<") {
      this.needsPackage = true;
      return;
    }
    const frame = this.#container("map", indent);
    if (frame?.value.kind !== "map") return this.#misplaced();
    const empty: YamlValue = { kind: "map", entries: [], line: this.#at, endLine: this.#at };
    const entry: YamlEntry = { key: split.key, line: this.#at, value: empty };
    frame.value.entries.push(entry);
    const fill = (value: YamlValue): void => {
      entry.value = value;
    };
    this.#slot = { fill, indent, line: this.#at };
    const rest = split.rest.startsWith("#") ? "" : split.rest;
    if (rest !== "") this.#value(rest, indent, fill);
  }

  #bareValue(indent: number, content: string): void {
    const slot = this.#slot;
    if (slot === undefined || indent <= slot.indent) return this.#misplaced();
    this.#value(content, slot.indent, (value) => slot.fill(value));
  }

  #value(text: string, indent: number, fill: (value: YamlValue) => void): void {
    this.#slot = undefined;
    const first = text[0];
    if (first === "&" || first === "*" || first === "!") this.needsPackage = true;
    else if (first === "|" || first === ">") this.#block(text, indent, fill);
    else if (first === "{" || first === "[" || first === '"' || first === "'") this.#delimited(text, fill);
    else this.#plain(withoutComment(text), indent, fill);
  }

  #plain(text: string, indent: number, fill: (value: YamlValue) => void): void {
    const line = this.#at;
    if (text === "~" || text === "null") return fill({ kind: "map", entries: [], line, endLine: line });
    let whole = text;
    fill({ kind: "scalar", text, quoted: false, line, endLine: line });
    this.#open = {
      indent,
      extend: (more, endLine) => {
        whole = `${whole} ${more}`;
        fill({ kind: "scalar", text: whole, quoted: false, line, endLine });
      },
    };
  }

  /** A quoted scalar or a flow collection, which may go on over the next lines. */
  #delimited(text: string, fill: (value: YamlValue) => void): void {
    const line = this.#at;
    if (text === "{}" || text === "[]") return fill({ kind: "map", entries: [], line, endLine: line });
    const read = readFlow(text, this.#lines, this.#at, maxDepth);
    if (read.problem !== undefined) {
      this.#bad("yaml.flow", read.problem);
      if (read.stop) this.#stoppedAt = this.#at + 1;
      return;
    }
    if (!/^\s*(?:#.*)?$/.test(read.rest)) return this.#bad("yaml.syntax", "Text stands after the end of a value.");
    this.#at = read.next;
    fill(read.value);
  }

  /** `|` keeps line ends, `>` folds them. */
  #block(header: string, indent: number, fill: (value: YamlValue) => void): void {
    const line = this.#at;
    const lines: string[] = [];
    let depth = -1;
    while (this.#at < this.#lines.length) {
      const raw = this.#lines[this.#at] ?? "";
      const own = raw.length - raw.trimStart().length;
      if (raw.trim() !== "") {
        if (own <= indent) break;
        if (depth < 0) depth = own;
      }
      lines.push(raw.slice(depth < 0 ? raw.length : Math.min(depth, own)));
      this.#at++;
    }
    while (lines.length > 0 && (lines.at(-1) ?? "").trim() === "") lines.pop();
    const text = lines.join(header.startsWith("|") ? "\n" : " ");
    fill({ kind: "scalar", text, quoted: true, line, endLine: line + lines.length });
  }
}
