import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseAllDocuments, type Node } from "yaml";
import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import type { YamlEntry, YamlFile, YamlValue } from "./yaml-values.ts";

/** The package is some twenty times slower than the scanner: only hand-written files come here, and they are small. */
const maxCharacters = 128 * 1024;
/** Values made, aliases followed: an alias bomb ends here. */
const maxValues = 100_000;

class TooMany extends Error {}

/** Indicators and brackets that open more levels than there may be; the package takes quadratic time to read those. */
function tooDeep(text: string, maxDepth: number): boolean {
  let brackets = 0;
  for (const line of text.split("\n")) {
    let marks = 0;
    for (const character of line) {
      if (character === "-" || character === "?" || character === ":") marks++;
      else if (character !== " ") break;
    }
    if (marks > maxDepth) return !/^-+$/.test(line);
    for (const character of line) {
      if (character === "[" || character === "{") brackets++;
      else if ((character === "]" || character === "}") && brackets > 0) brackets--;
      if (brackets > maxDepth) return true;
    }
  }
  return false;
}

/** YAML with anchors, aliases, tags or complex keys. Same result as the scanner's; limits instead of trust. */
export function parseYamlWithPackage(file: SourceFile, maxDepth: number): YamlFile {
  const bad = (line: number, message: string): YamlFile => ({
    documents: [],
    findings: [
      {
        code: "yaml.unsupported",
        severity: "error",
        message,
        where: { kind: "file", file: file.path, line },
        remedy: "Write the file without anchors, aliases and tags, as the device does.",
      },
    ],
    broken: new Set([line]),
    stoppedAt: 1,
  });
  if (file.text.length > maxCharacters)
    return bad(1, `Anchors, aliases or tags in a file larger than ${maxCharacters} characters.`);
  if (tooDeep(file.text, maxDepth)) return bad(1, `Nested deeper than ${maxDepth} levels.`);
  try {
    const lines = new LineCounter();
    // The package compares every pair of keys to find duplicates; the tree above finds them in one pass.
    const documents = parseAllDocuments(file.text, {
      schema: "failsafe",
      lineCounter: lines,
      merge: true,
      uniqueKeys: false,
      prettyErrors: false,
    });
    if (!Array.isArray(documents)) return { documents: [], findings: [], broken: new Set() };
    const findings: Finding[] = [];
    const broken = new Set<number>();
    const values: YamlValue[] = [];
    let made = 0;
    for (const document of documents) {
      for (const error of document.errors) {
        const line = lines.linePos(error.pos[0]).line;
        broken.add(line);
        const [message = "not YAML"] = error.message.split("\n");
        findings.push({
          code: "yaml.syntax",
          severity: "error",
          message,
          where: { kind: "file", file: file.path, line },
        });
      }
      const lineAt = (offset: number | undefined): number => (offset === undefined ? 1 : lines.linePos(offset).line);
      // An alias means the nearest anchor of that name before it (YAML 1.2.2 §7.1), which is the order of this walk.
      const anchors = new Map<string, Node>();
      const convert = (node: unknown, depth: number): YamlValue => {
        if (++made > maxValues || depth > maxDepth) throw new TooMany();
        if (isAlias(node)) {
          const named = anchors.get(node.source);
          if (named === undefined) throw new Error(`no anchor ${node.source}`);
          return convert(named, depth + 1);
        }
        if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
        const range = (node as Node | null)?.range; // every node of a parsed document has its range
        const line = lineAt(range?.[0]);
        const endLine = lineAt(range === null || range === undefined ? undefined : Math.max(range[0], range[1] - 1));
        if (isMap(node)) {
          const entries: YamlEntry[] = [];
          for (const pair of node.items) {
            if (!isPair(pair)) continue;
            const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
            const keyLine = lineAt((pair.key as Node | null)?.range?.[0]); // as above
            const value = convert(pair.value, depth + 1);
            if (key === "<<" && value.kind === "map") entries.push(...value.entries);
            else entries.push({ key, line: keyLine, value });
          }
          return { kind: "map", entries, line, endLine };
        }
        if (isSeq(node))
          return { kind: "list", items: node.items.map((item) => convert(item, depth + 1)), line, endLine };
        const scalar = isScalar(node) ? node : undefined;
        if (typeof scalar?.value !== "string" || scalar.value === "")
          return { kind: "map", entries: [], line, endLine };
        return { kind: "scalar", text: scalar.value, quoted: scalar.type !== "PLAIN", line, endLine };
      };
      if (document.contents !== null) values.push(convert(document.contents, 0));
    }
    return { documents: values, findings, broken };
  } catch (cause) {
    // The package recurses: deep nesting overflows its stack. An alias that names no anchor throws too.
    return bad(1, cause instanceof TooMany ? "Aliases multiply beyond all use." : "Anchors or tags could not be read.");
  }
}
