import { failureKinds, type Failure } from "#model/failure.ts";
import { formatFinding } from "#model/finding.ts";
import { failureBody } from "./invoke.ts";
import { safeText } from "./table.ts";

/** What a command prints, and what it ends with. */
export interface Shown {
  readonly out: string;
  readonly err: string;
  readonly exit: number;
}

const most = 20;

/** A failure for a person at a terminal, or as JSON for a program; the exit code says its kind either way. */
export function showFailure(failure: Failure, json: boolean): Shown {
  const { exit } = failureKinds[failure.kind];
  if (json) return { out: `${JSON.stringify(failureBody(failure), null, 2)}\n`, err: "", exit };
  // Usage errors were printed as they were found.
  if (failure.detail["shown"] === true) return { out: "", err: "", exit };
  const lines = [
    `${failure.kind}: ${safeText(failure.message)}`,
    ...failure.findings.slice(0, most).map((one) => `  ${safeText(formatFinding(one))}`),
    ...(failure.findings.length > most ? [`  … ${failure.findings.length - most} more; --json has them all.`] : []),
  ];
  return { out: "", err: `${lines.join("\n")}\n`, exit };
}
