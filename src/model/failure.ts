import type { Finding } from "./finding.ts";

/** Why an operation could not be carried out. One row serves every surface: REST status, exit code, worth a retry. */
export const failureKinds = {
  invalid_input: { http: 400, exit: 2, retry: false },
  forbidden: { http: 403, exit: 3, retry: false },
  not_found: { http: 404, exit: 4, retry: false },
  conflict: { http: 409, exit: 5, retry: true },
  /** The twin or the guard said no. */
  refused: { http: 412, exit: 6, retry: false },
  /** The vendor, or this version of Heddle, cannot express it. */
  unsupported: { http: 422, exit: 7, retry: false },
  device_rejected: { http: 502, exit: 8, retry: false },
  unreachable: { http: 503, exit: 9, retry: true },
  timeout: { http: 504, exit: 10, retry: true },
  internal: { http: 500, exit: 1, retry: false },
} as const;

export type FailureKind = keyof typeof failureKinds;

/**
 * Thrown when an operation cannot be carried out. `message` is for the person who asked: what, on what, what next.
 * `detail` is for the log and never reaches a surface. `findings` reach the surface: the places in the user's input.
 */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly findings: readonly Finding[];

  constructor(
    kind: FailureKind,
    message: string,
    more: {
      readonly detail?: Readonly<Record<string, unknown>>;
      readonly findings?: readonly Finding[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "Failure";
    this.kind = kind;
    this.detail = more.detail ?? {};
    this.findings = more.findings ?? [];
  }
}

/** A bug: what must hold does not. At the edge it becomes `internal`, with its stack in the log. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}
