import { parse, stringify } from "yaml";
import { Failure } from "#model/failure.ts";
import type { SourceFile } from "#model/source.ts";
import { bodyProblem, isBranch, type Branch, type Tree } from "./tree.ts";

/** `startup.yaml`: a list whose first entry is a header and whose `set` is the configuration. */
export interface StartupFile {
  readonly path: string;
  readonly header: Branch | undefined;
  readonly tree: Branch;
}

/** @throws {Failure} invalid_input when the file is no NVUE configuration: a device can't start from it. */
export function readStartup(file: SourceFile, device: string): StartupFile {
  const refuse = (why: string, cause?: unknown): Failure =>
    new Failure("invalid_input", `${file.path} of ${device} is no NVUE configuration: ${why}.`, { cause });
  let document: Tree;
  try {
    // YAML 1.2's core schema keeps `on` and `off` as text, as NVUE means them.
    document = parse(file.text, { version: "1.2", maxAliasCount: 20, logLevel: "error" }) as Tree; // JSON-like by schema
  } catch (cause) {
    throw refuse("it is not YAML", cause);
  }
  const entries = Array.isArray(document) ? document : [document];
  let header: Branch | undefined;
  let tree: Branch = {};
  for (const entry of entries) {
    if (!isBranch(entry)) continue;
    if (isBranch(entry["header"])) header = entry["header"];
    const set = entry["set"];
    if (isBranch(set)) tree = set;
    else if (!Array.isArray(document) && header === undefined) tree = entry;
  }
  const problem = bodyProblem(tree);
  if (problem !== undefined) throw refuse(problem);
  return { path: file.path, header, tree };
}

/** The same file of a tree, as `nv config save` writes it: keys in order, everything in block style. */
export const writeStartup = (header: Branch | undefined, tree: Tree): string =>
  stringify([...(header === undefined ? [] : [{ header }]), { set: tree }], {
    lineWidth: 0,
    singleQuote: true,
    sortMapEntries: true,
  });

/** The path in the tree that each line of such a file stands at (`/interface/swp1`), one-based. */
export function pathsByLine(text: string): Map<number, string> {
  const paths = new Map<number, string>();
  const open: { indent: number; key: string }[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const match = /^(\s*(?:- )?)('(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s:][^:]*(?::[^\s:][^:]*)*):(?: |$)/.exec(line);
    if (!match) continue;
    const indent = (match[1] ?? "").length;
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
    open.push({ indent, key: (match[2] ?? "").replace(/^'(.*)'$/, "$1") });
    const path = open.map(({ key }) => key);
    if (path[0] === "set") paths.set(index + 1, `/${path.slice(1).join("/")}`);
  }
  return paths;
}
