import { compareNames } from "#net/order.ts";

export type Severity = "error" | "warning" | "info";

/** Where a finding points: a line of a file, a path inside a document, a place in the fabric, or an argument. */
export type Where =
  | { readonly kind: "file"; readonly file: string; readonly line: number; readonly endLine?: number }
  | { readonly kind: "path"; readonly file?: string; readonly path: string; readonly line?: number }
  | { readonly kind: "device"; readonly device: string; readonly object?: string }
  | { readonly kind: "argument"; readonly name: string };

/**
 * Something about the user's network or input that they should know. Data, never thrown; work goes on around it.
 * `code` is stable and dotted, its first part the room or vendor: `eos.unknown-line`, `design.port-count`.
 * `remedy` says what to do next, where that is known.
 */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly where: Where;
  readonly remedy?: string;
}

export function formatWhere(where: Where): string {
  switch (where.kind) {
    case "file":
      return `${where.file}:${where.line}`;
    case "path":
      return `${where.file ?? ""}${where.line === undefined ? "" : `:${where.line}`}${where.file ? " " : ""}${where.path}`;
    case "device":
      return where.object === undefined ? where.device : `${where.device} ${where.object}`;
    case "argument":
      return where.name;
  }
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Errors first, then by place, then by code: the same list every time. */
export const sortFindings = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted(
    (a, b) =>
      rank[a.severity] - rank[b.severity] ||
      compareNames(formatWhere(a.where), formatWhere(b.where)) ||
      compareNames(a.code, b.code),
  );

export const formatFinding = (finding: Finding): string =>
  `${finding.severity} ${finding.code} at ${formatWhere(finding.where)}: ${finding.message}` +
  (finding.remedy === undefined ? "" : ` ${finding.remedy}`);
