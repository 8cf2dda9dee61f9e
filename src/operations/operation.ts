import type { z } from "zod";
import type { FailureKind } from "#model/failure.ts";
import type { Context } from "./context.ts";

/**
 * What an operation may do to the world. Safety on every surface follows from this word alone:
 * `read` runs freely; `plan` stores a proposal and touches no device; `apply` acts, is asked for twice, and is never
 * an agent's to call.
 */
export type Effect = "read" | "plan" | "apply";

export type Area =
  | "fabric"
  | "devices"
  | "tenants"
  | "workloads"
  | "economics"
  | "changes"
  | "designs"
  | "access"
  | "conversation";

/**
 * One thing Heddle can be asked to do. CLI, REST, OpenAPI, MCP, agent tools and the reference page are made from it.
 *
 * `run` gathers, calls a room and returns; the thinking is in the room.
 */
export interface Operation<I extends z.ZodObject = z.ZodObject, O extends z.ZodType = z.ZodType> {
  /** `area-noun.verb`, unique: `tenant.create`. The CLI says it as `heddle tenant create`, MCP as `tenant_create`. */
  readonly name: string;
  readonly area: Area;
  readonly summary: string;
  readonly effect: Effect;
  readonly input: I;
  readonly output: O;
  readonly failures: readonly FailureKind[];
  /** Input fields that the command line takes by place, in order. */
  readonly positional?: readonly string[];
  /** Another spelling on the command line: `verify` for `snapshot.verify`. */
  readonly command?: string;
  /** Reads or writes files of whoever calls: runs in the caller's own process, never over the network. */
  readonly local?: boolean;
  /** What a tenant may do with it: nothing (default), or what its scope lets it see. */
  readonly tenants?: "scoped";
  run(input: z.output<I>, context: Context): Promise<z.input<O>>;
  /** The answer for a person at a terminal. */
  print(output: z.output<O>): string;
}

/** Checks nothing at run time; ties the types of `run` and `print` to the schemas. */
export const defineOperation = <I extends z.ZodObject, O extends z.ZodType>(
  operation: Operation<I, O>,
): Operation<I, O> => operation;

/** Operations of all shapes in one list: the schemas guard what goes in and out. */
export type AnyOperation = Operation;

/** Words of the command line: `tenant create`, or the short spelling. */
export const commandOf = (operation: AnyOperation): string => operation.command ?? operation.name.replaceAll(".", " ");

/** MCP and agent tools: 64 characters of letters, digits and `_`. */
export const toolNameOf = (operation: AnyOperation): string => operation.name.replaceAll(/[.-]/g, "_");
