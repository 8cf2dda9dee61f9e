import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";
import type { Finding } from "#model/finding.ts";
import { configPath, type SourceFile } from "#model/source.ts";

/** Values of a YAML file and the line that each was written on. */
export interface YamlSource {
  /** Plain data: objects have no prototype, so that a key of the file is never one of the language. */
  readonly value: unknown;
  /** One-based lines by JSON pointer; the root is the empty text. */
  readonly lines: ReadonlyMap<string, number>;
}

/** The parser takes some 5 µs a character at its worst; these keep the worst file at seconds. */
const limits = { characters: 512 * 1024, depth: 64, nodes: 300_000, aliased: 20_000, unmatched: 1000 };

/** Where a pointer was written: its own line, or that of the nearest part above it. */
export function lineOf(lines: ReadonlyMap<string, number>, pointer: string): number {
  for (let at = pointer; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return lines.get("") ?? 1;
}

/** Deeper than this the YAML parser's own recursion would end in a stack overflow or take quadratic time. */
function tooDeep(text: string): number | undefined {
  let flow = 0;
  let unmatched = 0;
  let line = 1;
  let atStart = true;
  let dashes = 0;
  let indent = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 10) {
      line++;
      atStart = true;
      dashes = 0;
      indent = 0;
      continue;
    }
    if (atStart && code === 32) indent++;
    else if (atStart && (code === 45 || code === 63 || code === 58)) dashes++;
    else atStart = false;
    if (code === 91 || code === 123) flow++;
    else if (code === 93 || code === 125) {
      if (flow > 0) flow--;
      else if (++unmatched > limits.unmatched) return line;
    }
    if (flow > limits.depth || dashes > limits.depth || indent > limits.depth * 8) return line;
  }
  return undefined;
}

/**
 * Reads one YAML document (JSON is one too) with limits on size, depth and aliases, so that no file can hang or
 * exhaust the process. Never throws: what is wrong is a finding with its line, and the value is then absent.
 */
export function loadYaml(
  file: SourceFile,
  room: string,
  maxCharacters = limits.characters,
): { readonly source?: YamlSource; readonly findings: Finding[] } {
  const problem = (line: number, message: string, remedy?: string): Finding => ({
    code: `${room}.yaml`,
    severity: "error",
    message,
    where: { kind: "file", file: file.path, line },
    ...(remedy === undefined ? {} : { remedy }),
  });
  if (file.text.length > maxCharacters) {
    return {
      findings: [
        problem(
          1,
          `The file has ${file.text.length} characters, more than ${maxCharacters}.`,
          "Split it, or name the right file.",
        ),
      ],
    };
  }
  if (file.text.includes("\0"))
    return { findings: [problem(1, "This is a binary file, not YAML.", "Name a text file.")] };
  const deep = tooDeep(file.text);
  if (deep !== undefined)
    return {
      findings: [
        problem(deep, `Nested deeper than ${limits.depth} levels, or brackets that close nothing.`, "Flatten it."),
      ],
    };
  const counter = new LineCounter();
  try {
    // uniqueKeys compares every pair of keys; `walk` finds duplicates in one pass.
    const document = parseDocument(file.text, {
      lineCounter: counter,
      uniqueKeys: false,
      merge: true,
      logLevel: "silent",
      prettyErrors: false,
    });
    const findings = document.errors
      .slice(0, 20)
      .map((error) => problem(counter.linePos(error.pos[0]).line || 1, `Not valid YAML: ${firstLine(error.message)}`));
    if (findings.length > 0) return { findings };
    const walker = makeWalker(document.contents, counter, problem);
    return { source: walker.source, findings: walker.findings };
  } catch (error) {
    const reason = error instanceof Error ? firstLine(error.message) : "unknown";
    return { findings: [problem(1, `The YAML could not be read: ${reason}`)] };
  }
}

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").slice(0, 200).replace(/:$/, "");

function makeWalker(
  root: Node | null,
  counter: LineCounter,
  problem: (line: number, message: string, remedy?: string) => Finding,
): { source: YamlSource; findings: Finding[] } {
  const lines = new Map<string, number>();
  const findings: Finding[] = [];
  const anchors = new Map<string, Node>();
  let nodes = 0;
  let aliased = 0;
  let insideAlias = 0;
  let overflow = false;

  const lineAt = (node: Node | null): number => (node?.range ? counter.linePos(node.range[0]).line || 1 : 1);
  const keyText = (key: unknown): string =>
    isScalar(key) ? String(key.value) : key === null ? "null" : "[complex key]";

  const walk = (node: Node | null, pointer: string, depth: number, line: number): unknown => {
    if (node === null || overflow) return null;
    if (insideAlias > 0) aliased++;
    if (++nodes > limits.nodes || aliased > limits.aliased || depth > limits.depth) {
      overflow = true;
      findings.push(
        problem(
          line,
          depth > limits.depth ? `Nested deeper than ${limits.depth} levels.` : "Too many values.",
          "Aliases that repeat each other grow without end; write them out.",
        ),
      );
      return null;
    }
    if (!lines.has(pointer)) lines.set(pointer, line);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        findings.push(problem(lineAt(node), `No anchor &${node.source} stands before this alias.`));
        return null;
      }
      insideAlias++;
      const value = walk(target, pointer, depth + 1, line);
      insideAlias--;
      return value;
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isSeq(node))
      return node.items.map((item, index) => {
        // Items of a parsed sequence are nodes; pairs occur only in sets and ordered maps, which we do not read.
        const child = item as Node | null;
        return walk(child, pointer + configPath(index), depth + 1, lineAt(child));
      });
    if (isMap(node)) {
      const result = Object.create(null) as Record<string, unknown>; // no prototype: keys come from input
      const merged = Object.create(null) as Record<string, unknown>; // as above
      for (const pair of node.items) {
        const key = keyText(pair.key);
        const keyNode = isScalar(pair.key) ? pair.key : null;
        const at = keyNode === null ? lineAt(node) : lineAt(keyNode);
        // The value of a parsed pair is a node or null.
        const child = pair.value as Node | null;
        if (key === "<<" && child !== null && (isAlias(child) || isMap(child) || isSeq(child))) {
          const value = walk(child, `${pointer}/<<`, depth + 1, at);
          for (const one of Array.isArray(value) ? value : [value]) if (one !== null) Object.assign(merged, one);
          continue;
        }
        if (key in result) {
          findings.push(problem(at, `The key "${key.slice(0, 60)}" stands here twice.`, "Keep one of them."));
          continue;
        }
        result[key] = walk(child, pointer + configPath(key), depth + 1, at);
        lines.set(pointer + configPath(key), at);
      }
      for (const [key, value] of Object.entries(merged)) if (!(key in result)) result[key] = value;
      return result;
    }
    return isScalar(node) ? node.value : null;
  };

  const value = walk(root, "", 0, lineAt(root));
  return { source: { value, lines }, findings };
}
