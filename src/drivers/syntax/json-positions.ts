/**
 * JSON with the line of every value. Any text is read: what breaks the grammar is a problem with its line, and all that
 * stood before it is kept. Depth is a list and not the call stack; keys are kept in order, doubles and `__proto__` too.
 *
 * @source RFC 8259
 */
export type JsonNode = JsonObject | JsonArray | JsonScalar;

interface JsonObject {
  readonly kind: "object";
  readonly line: number;
  endLine: number;
  readonly entries: JsonEntry[];
}

export interface JsonEntry {
  readonly key: string;
  readonly line: number;
  readonly value: JsonNode;
}

interface JsonArray {
  readonly kind: "array";
  readonly line: number;
  endLine: number;
  readonly items: JsonNode[];
}

interface JsonScalar {
  readonly kind: "string" | "number" | "boolean" | "null";
  readonly line: number;
  /** As a person would say it: text without quotes, numbers as they were written. */
  readonly text: string;
}

interface JsonProblem {
  readonly line: number;
  readonly message: string;
}

export interface JsonText {
  readonly root?: JsonNode;
  /** At most a few: reading stops at what cannot be passed over. */
  readonly problems: readonly JsonProblem[];
  readonly lineCount: number;
}

const maxDepth = 64;
/** Values in one file; more would fill the memory before they are of use to anyone. */
const maxValues = 4_000_000;

const codes = { quote: 34, comma: 44, colon: 58, openBracket: 91, closeBracket: 93, openBrace: 123, closeBrace: 125 };

class Scanner {
  readonly text: string;
  at: number;
  line = 1;
  values = 0;
  readonly problems: JsonProblem[] = [];

  constructor(text: string) {
    this.text = text;
    this.at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  problem(message: string): undefined {
    this.problems.push({ line: this.line, message });
    return undefined;
  }

  /** The code of the next character that is no blank; NaN at the end. */
  next(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 10) this.line++;
      else if (code !== 32 && code !== 9 && code !== 13) return code;
      this.at++;
    }
  }

  /** A string whose opening quote is next. */
  string(): string | undefined {
    const from = this.at + 1;
    let at = from;
    let plain = true;
    for (;;) {
      const code = this.text.charCodeAt(at);
      if (code === codes.quote) break;
      if (code === 92) {
        plain = false;
        at++;
      } else if (Number.isNaN(code)) return this.problem("the text ends inside a string");
      else if (code < 32) return this.problem("a string runs past the end of its line");
      at++;
    }
    this.at = at + 1;
    if (plain) return this.text.slice(from, at);
    try {
      // JSON.parse of a quoted string gives a string; the grammar of escapes is its business.
      return JSON.parse(this.text.slice(from - 1, at + 1)) as string;
    } catch {
      return this.problem("a string has an escape that JSON does not know");
    }
  }

  /** A number or word that starts here. */
  bare(): JsonScalar | undefined {
    const from = this.at;
    let at = from;
    for (;;) {
      const code = this.text.charCodeAt(at);
      const inside =
        (code >= 48 && code <= 57) ||
        (code >= 97 && code <= 122) ||
        code === 43 ||
        code === 45 ||
        code === 46 ||
        code === 69;
      if (!inside || at - from > 40) break;
      at++;
    }
    const text = this.text.slice(from, at);
    this.at = at;
    if (text === "true" || text === "false") return { kind: "boolean", line: this.line, text };
    if (text === "null") return { kind: "null", line: this.line, text };
    if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return { kind: "number", line: this.line, text };
    return this.problem(
      text === "" ? "a value is missing or is not JSON" : `${JSON.stringify(text)} is not a JSON value`,
    );
  }
}

type Open = JsonObject | JsonArray;

/** Reads a whole text. The root is there as soon as one value began, however the text goes on. */
export function parseJsonPositions(text: string): JsonText {
  const scan = new Scanner(text);
  const first = scan.next();
  if (Number.isNaN(first))
    return { problems: [{ line: scan.line, message: "the text is empty" }], lineCount: scan.line };
  const open: Open[] = [];
  const root = readValue(scan, first, open);
  while (open.length > 0) if (!step(scan, open)) break;
  for (const left of open) left.endLine = scan.line;
  if (scan.problems.length === 0 && !Number.isNaN(scan.next())) scan.problem("more text follows the end of the value");
  return { ...(root === undefined ? {} : { root }), problems: scan.problems, lineCount: scan.line };
}

function readValue(scan: Scanner, code: number, open: Open[]): JsonNode | undefined {
  if (++scan.values > maxValues) return scan.problem(`more than ${maxValues} values; the rest was not read`);
  const line = scan.line;
  if (code === codes.openBrace || code === codes.openBracket) {
    if (open.length >= maxDepth) return scan.problem(`nested deeper than ${maxDepth} levels`);
    scan.at++;
    const made: Open =
      code === codes.openBrace
        ? { kind: "object", line, endLine: line, entries: [] }
        : { kind: "array", line, endLine: line, items: [] };
    open.push(made);
    return made;
  }
  if (code === codes.quote) {
    const text = scan.string();
    return text === undefined ? undefined : { kind: "string", line, text };
  }
  return scan.bare();
}

/** Takes one entry or item into the innermost open value, or closes it. False: reading cannot go on. */
function step(scan: Scanner, open: Open[]): boolean {
  const top = open[open.length - 1];
  if (top === undefined) return false;
  const count = top.kind === "object" ? top.entries.length : top.items.length;
  let code = scan.next();
  if (code === (top.kind === "object" ? codes.closeBrace : codes.closeBracket)) {
    scan.at++;
    top.endLine = scan.line;
    open.pop();
    return true;
  }
  if (Number.isNaN(code)) return scan.problem("the text ends before its brackets are closed") ?? false;
  if (count > 0) {
    if (code !== codes.comma) return scan.problem("a comma is missing") ?? false;
    scan.at++;
    code = scan.next();
  }
  if (top.kind === "array") {
    const item = readValue(scan, code, open);
    if (item === undefined) return false;
    top.items.push(item);
    return true;
  }
  return readEntry(scan, code, top, open);
}

function readEntry(scan: Scanner, code: number, into: JsonObject, open: Open[]): boolean {
  if (code !== codes.quote) return scan.problem("a key in double quotes is missing") ?? false;
  const line = scan.line;
  const key = scan.string();
  if (key === undefined) return false;
  if (scan.next() !== codes.colon) return scan.problem(`a colon is missing after ${JSON.stringify(key)}`) ?? false;
  scan.at++;
  const value = readValue(scan, scan.next(), open);
  if (value === undefined) return false;
  into.entries.push({ key, line, value });
  return true;
}

/** The plain value of a node, for callers that need no lines. Keys become own properties whatever they are called. */
export function plainJson(node: JsonNode): unknown {
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.entries.map((entry) => [entry.key, plainJson(entry.value)]));
    case "array":
      return node.items.map(plainJson);
    case "string":
      return node.text;
    case "number":
      return Number(node.text);
    case "boolean":
      return node.text === "true";
    case "null":
      return null;
  }
}
