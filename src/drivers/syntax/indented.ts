/**
 * Indented CLI text (EOS, NX-OS) as a tree of lines, and back. A line belongs to the nearest line above it that stands
 * further left; how far is of no matter, so hand-written instructions with loose indentation are read as well.
 */
export interface Block {
  /** Without indentation and trailing blanks. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  readonly children: Block[];
  /** Free text that follows up to a closing word (banners), each line as it stands; the closing line is the last. */
  readonly body?: readonly string[];
}

export interface IndentedText {
  readonly roots: readonly Block[];
  /** Every line once, in the order of the file. */
  readonly lines: readonly Block[];
  /** How many lines the file has, blank ones and comments too. */
  readonly lineCount: number;
  /** Lines that open free text whose end is missing. */
  readonly unterminated: readonly Block[];
}

/** What differs between the operating systems that write so. */
export interface IndentedSyntax {
  /** Lines that open free text, as they stand or followed by a blank and more; the text ends at a line of `end`. */
  readonly freeText: readonly string[];
  readonly end: string;
}

const newline = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const bang = 33;
const tabStop = 8;

/**
 * Reads lines by character code in one pass: no expression is run, nothing is backtracked, depth is a list and not the
 * call stack. Comments (`!`) and blank lines are left out. Any text is read; what makes no sense is for the reader.
 */
export function scanIndented(text: string, syntax: IndentedSyntax): IndentedText {
  const roots: Block[] = [];
  const lines: Block[] = [];
  const unterminated: Block[] = [];
  const opens = firstCodes(syntax.freeText);
  // The open blocks, outermost first, and how far right each stands.
  const openBlocks: Block[] = [];
  const openIndents: number[] = [];
  let depth = 0;
  const length = text.length;
  let at = length > 0 && text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 0;
  while (at < length) {
    line++;
    let indent = 0;
    let code = text.charCodeAt(at);
    while (code === space || code === tab) {
      indent = code === space ? indent + 1 : indent + tabStop - (indent % tabStop);
      code = text.charCodeAt(++at);
    }
    let end = text.indexOf("\n", at);
    if (end < 0) end = length;
    const next = end + 1;
    let last = end - 1;
    while (last >= at && isBlank(text.charCodeAt(last))) last--;
    if (last < at || code === bang) {
      at = next;
      continue;
    }
    const words = text.slice(at, last + 1);
    const block: Block =
      opens[code & 127] === 1 && opensFreeText(words, syntax)
        ? withBody(words, line)
        : { text: words, line, children: [] };
    while (depth > 0 && (openIndents[depth - 1] ?? 0) >= indent) depth--;
    const parent = depth > 0 ? openBlocks[depth - 1] : undefined;
    if (parent === undefined) roots.push(block);
    else parent.children.push(block);
    openBlocks[depth] = block;
    openIndents[depth] = indent;
    depth++;
    lines.push(block);
    at = next;
    if (block.body !== undefined) {
      const rest = readBody(text, at, syntax.end, block.body as string[]); // made two lines above, still ours to fill
      at = rest.at;
      line += rest.lines;
      if (!rest.closed) unterminated.push(block);
    }
  }
  return { roots, lines, lineCount: line, unterminated };
}

const isBlank = (code: number): boolean =>
  code === space || code === tab || code === carriageReturn || code === newline;

const withBody = (text: string, line: number): Block => ({ text, line, children: [], body: [] });

function firstCodes(words: readonly string[]): Uint8Array {
  const codes = new Uint8Array(128);
  for (const word of words) codes[word.charCodeAt(0) & 127] = 1;
  return codes;
}

const opensFreeText = (text: string, syntax: IndentedSyntax): boolean =>
  syntax.freeText.some(
    (word) => text.startsWith(word) && (text.length === word.length || text.charCodeAt(word.length) === space),
  );

function readBody(
  text: string,
  from: number,
  end: string,
  body: string[],
): { at: number; lines: number; closed: boolean } {
  let at = from;
  let lines = 0;
  while (at < text.length) {
    let stop = text.indexOf("\n", at);
    if (stop < 0) stop = text.length;
    const line = text.slice(at, stop).trim();
    body.push(line);
    lines++;
    at = stop + 1;
    if (line === end) return { at, lines, closed: true };
  }
  return { at, lines, closed: false };
}

/** Visits a block and everything under it in order, without the call stack: depth comes from the input. */
export function walk(top: Block, visit: (block: Block) => void): void {
  const waiting: Block[] = [top];
  for (let block = waiting.pop(); block !== undefined; block = waiting.pop()) {
    visit(block);
    for (let at = block.children.length - 1; at >= 0; at--) waiting.push(block.children[at] as Block); // in range
  }
}

/** A line and what stands under it, ready to be written. */
export interface Written {
  readonly text: string;
  readonly children: readonly Written[];
}

export const block = (text: string, children: readonly Written[] = []): Written => ({ text, children });

/** The header with what is under it, or nothing when nothing is. */
export const blockIfAny = (text: string, children: readonly Written[]): Written[] =>
  children.length === 0 ? [] : [block(text, children)];

/** Text of the blocks, each level three blanks further right, top-level blocks set apart by `!` as devices do. */
export function writeIndented(roots: readonly Written[], indent = 3): string {
  const out: string[] = [];
  let previous: Written | undefined;
  for (const root of roots) {
    if (
      previous !== undefined &&
      (root.children.length > 0 || previous.children.length > 0 || head(root) !== head(previous))
    )
      out.push("!");
    write(root, 0, indent, out);
    previous = root;
  }
  return out.length === 0 ? "" : `${out.join("\n")}\n`;
}

const head = (written: Written): string => written.text.split(" ", 2).join(" ");

function write(written: Written, depth: number, indent: number, out: string[]): void {
  out.push(" ".repeat(depth * indent) + written.text);
  for (const child of written.children) {
    if (child.children.length > 0 && depth === 0) out.push(`${" ".repeat(indent)}!`);
    write(child, depth + 1, indent, out);
  }
}
