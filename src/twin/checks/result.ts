import type { TwinCheck } from "#model/change.ts";
import type { Finding, Where } from "#model/finding.ts";
import type { SourceSpan } from "#model/source.ts";

export interface CheckResult {
  readonly check: TwinCheck;
  readonly findings: readonly Finding[];
}

export const whereOf = (device: string, object: string, span: SourceSpan | undefined): Where =>
  span === undefined
    ? { kind: "device", device, object }
    : {
        kind: "file",
        file: span.file,
        line: span.line,
        ...(span.endLine === undefined ? {} : { endLine: span.endLine }),
      };

export const verdict = (name: string, findings: readonly Finding[], good: string): CheckResult => ({
  check: {
    name,
    result: findings.some((each) => each.severity !== "info") ? "fail" : "pass",
    fidelity: "computed",
    detail:
      findings.length === 0
        ? good
        : `${findings.length} finding${findings.length === 1 ? "" : "s"}, the first: ${findings[0]?.message ?? ""}`,
  },
  findings,
});
