import type { ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";

export interface Objection {
  readonly file: string;
  /** One-based. */
  readonly line: number;
  readonly text: string;
  readonly message?: string;
}

/**
 * What a device would refuse of a configuration: lines that its driver's parser doesn't know at all, and those that the
 * parser calls an error. Lines that it knows and ignores (banners, users, NTP) are fine.
 */
export function objectionsTo(
  parse: (files: readonly SourceFile[]) => ParsedDevice,
  files: readonly SourceFile[],
): Objection[] {
  const parsed = parse(files);
  const objections: Objection[] = [];
  for (const account of parsed.accounts)
    for (const { line, status, text } of account.lines)
      if (status === "unknown") objections.push({ file: account.file, line, text: text.trim() });
  for (const { severity, where, message } of parsed.findings) {
    if (severity !== "error") continue;
    const line = where.kind === "file" || where.kind === "path" ? where.line : undefined;
    const file = where.kind === "file" || where.kind === "path" ? where.file : undefined;
    if (line === undefined) continue;
    objections.push({ file: file ?? files[0]?.path ?? "", line, text: lineOf(files, file, line), message });
  }
  return objections;
}

const lineOf = (files: readonly SourceFile[], path: string | undefined, line: number): string =>
  (files.find((file) => path === undefined || file.path === path)?.text.split("\n")[line - 1] ?? "").trim();
