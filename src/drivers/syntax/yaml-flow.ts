import type { YamlEntry, YamlValue } from "./yaml-values.ts";

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
  a: "\u0007",
  b: "\b",
  e: "\u001B",
  f: "\f",
  v: "\v",
  '"': '"',
  "/": "/",
  "\\": "\\",
  " ": " ",
  N: "\u0085",
  _: "\u00A0",
};

/**
 * Reads a quoted scalar that starts at `from`; line ends inside fold to one space, as YAML has it. `end` is just
 * behind the closing quote. Undefined when it never closes.
 */
export function readQuoted(text: string, from: number): { text: string; end: number } | undefined {
  const quote = text[from];
  const parts: string[] = [];
  let start = from + 1;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === quote) {
      parts.push(text.slice(start, at));
      if (quote === "'" && text[at + 1] === "'") {
        parts.push("'");
        at++;
        start = at + 1;
        continue;
      }
      return { text: parts.join(""), end: at + 1 };
    }
    if (char === "\n") {
      parts.push(text.slice(start, at).trimEnd(), " ");
      while (/\s/.test(text[at + 1] ?? "")) at++;
      start = at + 1;
    } else if (char === "\\" && quote === '"') {
      parts.push(text.slice(start, at));
      at++;
      const code = text[at] ?? "";
      const width = { x: 2, u: 4, U: 8 }[code];
      if (code === "\n") while (/[ \t\n]/.test(text[at + 1] ?? "")) at++;
      else if (width === undefined) parts.push(escapes[code] ?? code);
      else {
        const point = Number.parseInt(text.slice(at + 1, at + 1 + width), 16);
        if (point >= 0 && point <= 0x10ffff) parts.push(String.fromCodePoint(point));
        at += width;
      }
      start = at + 1;
    }
  }
  return undefined;
}

export type FlowRead =
  | { readonly value: YamlValue; readonly rest: string; readonly next: number; readonly problem?: undefined }
  | { readonly problem: string; readonly stop: boolean };

/** How many more lines a quoted scalar or a flow collection may take. JSON of a whole device is one collection. */
const maxLines = 1_000_000;

/**
 * A flow collection or quoted scalar that begins with `text` on line `line` (1-based) and may go on below.
 * Its end is looked for first, so that a broken one costs one pass.
 */
export function readFlow(text: string, lines: readonly string[], line: number, maxDepth: number): FlowRead {
  const state = { depth: 0, quote: "", deepest: 0 };
  const taken = [text];
  let end = endIn(text, state);
  let next = line;
  while (end < 0 && next < lines.length && next - line < maxLines && state.deepest <= maxDepth) {
    const more = lines[next] ?? "";
    taken.push(more);
    end = endIn(more, state);
    next++;
  }
  if (state.deepest > maxDepth) return { problem: `Nested deeper than ${maxDepth} levels.`, stop: true };
  if (end < 0) return { problem: "A quote or bracket opened here is never closed.", stop: true };
  const last = taken.at(-1) ?? "";
  taken[taken.length - 1] = last.slice(0, end);
  const whole = taken.join("\n");
  const parser = new FlowParser(whole, line);
  const value = parser.value();
  return value === undefined || !parser.atEnd()
    ? { problem: "The value is not well formed.", stop: false }
    : { value, rest: last.slice(end), next };
}

/** Where in this line the outermost bracket or quote closes, or -1; the state goes on into the next line. */
function endIn(line: string, state: { depth: number; quote: string; deepest: number }): number {
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? "";
    if (state.quote !== "") {
      if (char === "\\" && state.quote === '"') at++;
      else if (char === state.quote) {
        if (char === "'" && line[at + 1] === "'") at++;
        else {
          state.quote = "";
          if (state.depth === 0) return at + 1;
        }
      }
    } else if (char === '"' || (char === "'" && !/[\w]/.test(line[at - 1] ?? ""))) state.quote = char;
    else if (char === "#" && /\s/.test(line[at - 1] ?? " ")) return -1;
    else if (char === "{" || char === "[") {
      state.depth++;
      state.deepest = Math.max(state.deepest, state.depth);
    } else if (char === "}" || char === "]") {
      state.depth--;
      if (state.depth <= 0) return at + 1;
    }
  }
  return -1;
}

/** Depth was limited when the end was looked for, so it may recurse. */
class FlowParser {
  readonly #text: string;
  #at = 0;
  #line: number;

  constructor(text: string, line: number) {
    this.#text = text;
    this.#line = line;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at >= this.#text.length;
  }

  #space(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === "\n") this.#line++;
      else if (char === "#" && (this.#at === 0 || /\s/.test(this.#text[this.#at - 1] ?? ""))) {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
        continue;
      } else if (char !== " " && char !== "\t" && char !== "\r") return;
      this.#at++;
    }
  }

  value(): YamlValue | undefined {
    this.#space();
    const char = this.#text[this.#at];
    if (char === "{") return this.#map();
    if (char === "[") return this.#list();
    return this.#scalar();
  }

  #scalar(): YamlValue | undefined {
    const line = this.#line;
    const char = this.#text[this.#at];
    if (char === '"' || char === "'") {
      const quoted = readQuoted(this.#text, this.#at);
      if (quoted === undefined) return undefined;
      for (let at = this.#at; at < quoted.end; at++) if (this.#text[at] === "\n") this.#line++;
      this.#at = quoted.end;
      return { kind: "scalar", text: quoted.text, quoted: true, line, endLine: this.#line };
    }
    const start = this.#at;
    while (this.#at < this.#text.length && !/[,{}[\]\n]/.test(this.#text[this.#at] ?? "")) {
      const next = this.#text[this.#at + 1] ?? "";
      if (this.#text[this.#at] === ":" && /[\s,{}[\]]|^$/.test(next)) break;
      this.#at++;
    }
    const text = this.#text.slice(start, this.#at).trim();
    if (text === "" || /^[&*!]/.test(text)) return undefined;
    if (text === "null" || text === "~") return { kind: "map", entries: [], line, endLine: line };
    return { kind: "scalar", text, quoted: false, line, endLine: line };
  }

  #map(): YamlValue | undefined {
    const line = this.#line;
    const entries: YamlEntry[] = [];
    this.#at++;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] === "}") break;
      const key = this.#scalar();
      if (key?.kind !== "scalar") return undefined;
      this.#space();
      let value: YamlValue | undefined = { kind: "map", entries: [], line: key.line, endLine: key.line };
      if (this.#text[this.#at] === ":") {
        this.#at++;
        value = this.value();
      }
      if (value === undefined) return undefined;
      entries.push({ key: key.text, line: key.line, value });
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== "}") return undefined;
    }
    this.#at++;
    return { kind: "map", entries, line, endLine: this.#line };
  }

  #list(): YamlValue | undefined {
    const line = this.#line;
    const items: YamlValue[] = [];
    this.#at++;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] === "]") break;
      const item = this.value();
      if (item === undefined) return undefined;
      items.push(item);
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== "]") return undefined;
    }
    this.#at++;
    return { kind: "list", items, line, endLine: this.#line };
  }
}
