import type { Finding } from "#model/finding.ts";
import { configPath, type SourceSpan } from "#model/source.ts";
import type { ConfigNode } from "./tree.ts";

/** What the features of one parse share: the tree in the newer spelling, and where findings and places go. */
export interface Reading {
  readonly tree: ConfigNode;
  readonly findings: Finding[];
  readonly provenance: Map<string, SourceSpan>;
}

/** Remembers where a part of the config was written. */
export function place(reading: Reading, node: ConfigNode | undefined, ...path: readonly (string | number)[]): void {
  if (node === undefined) return;
  const endLine = lastLine(node);
  reading.provenance.set(configPath(...path), {
    file: node.file,
    line: node.line,
    ...(endLine > node.line ? { endLine } : {}),
  });
}

/** Children may stand in other documents or files; only what stands below in the same file counts. */
function lastLine(node: ConfigNode): number {
  let last = node.endLine;
  for (const child of node.children.values())
    if (child.file === node.file && child.line >= node.line) last = Math.max(last, lastLine(child));
  return last;
}

export function report(
  reading: Reading,
  node: ConfigNode,
  code: string,
  message: string,
  more: { readonly severity?: Finding["severity"]; readonly remedy?: string } = {},
): void {
  reading.findings.push({
    code,
    severity: more.severity ?? "warning",
    message,
    where: { kind: "file", file: node.file, line: node.line },
    ...(more.remedy === undefined ? {} : { remedy: more.remedy }),
  });
}

/** Reads keys with `parse`; those that are no such value are reported and left out. */
export function parsed<T>(
  reading: Reading,
  node: ConfigNode | undefined,
  texts: readonly string[],
  parse: (text: string) => T | undefined,
  what: string,
): T[] {
  const values: T[] = [];
  for (const text of texts) {
    const value = parse(text);
    if (value !== undefined) values.push(value);
    else if (node !== undefined)
      report(reading, node.children.get(text) ?? node, "nvue.bad-value", `${text.slice(0, 60)} is no ${what}.`, {
        severity: "error",
      });
  }
  return values;
}

/** An object without its undefined fields: the neutral model has no such fields. */
export function compact<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  const kept: [string, unknown][] = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(kept) as T; // only undefined fields are left out
}

/** The same for parts that may be absent altogether. */
export const present = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
