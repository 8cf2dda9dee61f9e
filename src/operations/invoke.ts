import { z } from "zod";
import { digestOf } from "#model/digest.ts";
import { Failure } from "#model/failure.ts";
import type { Finding } from "#model/finding.ts";
import type { Context } from "./context.ts";
import type { AnyOperation } from "./operation.ts";
import { decide } from "./policy.ts";

/**
 * Runs an operation for a principal: policy, input schema, the operation, output schema, one audit row; in that order
 * and on every surface.
 *
 * @throws {Failure} forbidden, invalid_input (with a finding for each place), or what the operation throws;
 *   anything that is not a Failure is a bug and becomes `internal`.
 */
export async function invoke(operation: AnyOperation, raw: unknown, context: Context): Promise<unknown> {
  const started = context.now();
  const decision = decide(context.principal, operation);
  let outcome = "ok";
  try {
    if (!decision.allow) throw new Failure("forbidden", `${operation.name}: ${decision.reason}`);
    const input = readInput(operation, raw);
    const output = await operation.run(input, context);
    return operation.output.parse(output);
  } catch (error) {
    const failure = asFailure(error);
    outcome = failure.kind;
    throw failure;
  } finally {
    if (operation.local !== true) {
      await context.audit({
        operation: operation.name,
        inputDigest: digestOf(raw ?? {}),
        decision: decision.allow ? "allow" : "deny",
        rule: decision.rule,
        outcome,
        durationMs: Math.max(0, Math.round(context.now() - started)),
      });
    }
  }
}

/** What was asked, checked; every fault is a finding with its place. */
export function readInput(operation: AnyOperation, raw: unknown): Record<string, unknown> {
  const parsed = operation.input.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map(issueToFinding);
  const first = findings[0];
  throw new Failure("invalid_input", `${operation.name}: ${first?.message ?? "bad input"}`, { findings });
}

function issueToFinding(issue: z.core.$ZodIssue): Finding {
  const name = issue.path.map(String).join(".") || "input";
  return {
    code: "input.invalid",
    severity: "error",
    message: `${name}: ${issue.message}`,
    where: { kind: "argument", name },
  };
}

/** Failures pass; everything else is a bug whose detail belongs in the log. */
export const asFailure = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure(
        "internal",
        "Something inside Heddle went wrong. The log of the server says what; please report it.",
        {
          cause: error,
        },
      );

/** The body that every surface gives for a failure. */
export const failureBody = (failure: Failure) => ({
  error: { kind: failure.kind, message: failure.message, findings: failure.findings },
});
