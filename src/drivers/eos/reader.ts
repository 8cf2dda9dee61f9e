import type { Finding, Severity } from "#model/finding.ts";
import type { FileAccount, LineStatus, SourceSpan } from "#model/source.ts";
import { walk, type Block, type IndentedText } from "../syntax/indented.ts";
import { deviceDraft, type DeviceDraft, type Line } from "./draft.ts";
import { shown, splitWords } from "./text.ts";

/** Reads one line and what is under it. True: the line has its place in the model; false: not understood. */
export type Handler<Subject> = (line: Line, subject: Subject, reader: Reader) => boolean;

/** Handlers by the first word of the line. */
export type Table<Subject> = ReadonlyMap<string, Handler<Subject>>;

const unknown = 0;
const used = 1;
const firstReason = 2;
/** More would say no more. */
const mostFindings = 10_000;
const mostExpanded = 2_000_000;
/** No line of EOS is longer; one that is stays unknown, unsplit. */
const longestLine = 16_384;

/** One reading: what is known so far, and what became of each line. */
export class Reader {
  readonly draft: DeviceDraft = deviceDraft();
  readonly findings: Finding[] = [];
  readonly provenance = new Map<string, SourceSpan>();
  readonly #reasons: string[] = [];
  readonly #reasonIndex = new Map<string, number>();
  #status = new Uint16Array(0);
  #file = "";
  #spent = 0;
  readonly #hidden = new Set<number>();

  /** Starts on another file. */
  open(file: string, lineCount: number): void {
    this.#file = file;
    this.#hidden.clear();
    this.#status = new Uint16Array(lineCount + 1);
  }

  /** False once ranges have been spelled out further than any real configuration needs. */
  spend(amount: number): boolean {
    this.#spent += amount;
    return this.#spent <= mostExpanded;
  }

  use(block: Block): void {
    this.#status[block.line] = used;
  }

  /** The line and all under it are used. */
  useAll(block: Block): void {
    walk(block, (line) => this.use(line));
  }

  /** The line and all under it have no part in what the network does. */
  ignore(block: Block, reason: string): void {
    let index = this.#reasonIndex.get(reason);
    if (index === undefined) {
      index = firstReason + this.#reasons.length;
      this.#reasons.push(reason);
      this.#reasonIndex.set(reason, index);
    }
    const code = index;
    if (block.children.length === 0 && block.body === undefined) this.#status[block.line] = code;
    else
      walk(block, (line) => {
        this.#status[line.line] = code;
        for (let at = 1; at <= (line.body?.length ?? 0); at++) this.#status[line.line + at] = code;
      });
  }

  /** Reads each line by the handler of its first word; lines without one, or whose handler says no, stay unknown. */
  each<Subject>(blocks: readonly Block[], table: Table<Subject>, subject: Subject): void {
    for (const block of blocks) {
      if (block.text.length > longestLine) continue;
      const words = splitWords(block.text);
      const first = words[0] ?? "";
      const no = first === "no" || first === "default";
      if (no) words.shift();
      const handler = table.get(words[0] ?? "");
      if (handler === undefined) continue;
      if (handler({ block, words, no }, subject, this) && this.#status[block.line] === unknown) this.use(block);
    }
  }

  /** Notes where a part of the configuration was written; the last place counts. */
  mark(path: string, line: number): void {
    if (line > 0) this.provenance.set(path, { file: this.#file, line });
  }

  find(code: string, severity: Severity, message: string, line: number, remedy?: string): void {
    if (this.findings.length >= mostFindings) return;
    this.findings.push({
      code,
      severity,
      message,
      where: line > 0 ? { kind: "file", file: this.#file, line } : { kind: "path", file: this.#file, path: "" },
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  /** The account of the file that was read, with a finding for each line that is not understood. */
  account(text: IndentedText): FileAccount {
    const lines: LineStatus[] = [];
    const found: Finding[] = [];
    let unknownLines = 0;
    const add = (line: number, words: string): void => {
      const status = this.#status[line] ?? unknown;
      if (status === used) lines.push({ line, status: "used", text: this.#hidden.has(line) ? shown(words) : words });
      else if (status === unknown) {
        const safe = shown(words);
        lines.push({ line, status: "unknown", text: safe });
        unknownLines++;
        if (found.length < mostFindings)
          found.push({
            code: "eos.unknown-line",
            severity: "warning",
            message: `EOS line not understood: ${safe}`,
            where: { kind: "file", file: this.#file, line },
          });
      } else
        lines.push({ line, status: "ignored", reason: this.#reasons[status - firstReason] ?? "", text: shown(words) });
    };
    for (const block of text.lines) {
      add(block.line, block.text);
      block.body?.forEach((words, index) => {
        if (words !== "") add(block.line + 1 + index, words);
      });
    }
    // Not by spread: a hostile file has more of them than a call takes arguments.
    for (const finding of found) this.findings.push(finding);
    if (unknownLines > found.length)
      this.findings.push({
        code: "eos.unknown-lines",
        severity: "warning",
        message: `${unknownLines - found.length} more lines not understood.`,
        where: { kind: "file", file: this.#file, line: 1 },
      });
    return { file: this.#file, lines };
  }

  /** The line holds a secret: it is used, and shown without. */
  useHidden(block: Block): void {
    this.use(block);
    this.#hidden.add(block.line);
  }
}
