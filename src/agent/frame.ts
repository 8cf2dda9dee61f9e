import type { EntityKind, Linked } from "./entities.ts";
import type { Period } from "./periods.ts";

/** A sentence with its names found. */
export interface Reading {
  readonly text: string;
  /** Its words, those taken as names left out. */
  readonly words: ReadonlySet<string>;
  readonly linked: Linked;
  /** Scalable unit, also called pod. */
  readonly unit?: number;
  readonly rail?: number;
  readonly period?: Period;
}

/** A restriction that a sentence may make besides naming things. */
export type Narrowing = "unit" | "rail" | "period";

/**
 * One way to ask for one operation. `cues`: of each group at least one word (or phrase) must stand there. `entities`:
 * names of these kinds must stand there. `read` fills the operation's input, or asks back.
 */
export interface Frame {
  readonly operation: string;
  /** How one would say it, with `{tenant}`, `{switch}` for names; shown, filled in, when a reading is unclear. */
  readonly say: string;
  readonly cues: readonly (readonly string[])[];
  readonly bonus?: readonly string[];
  readonly entities?: readonly (readonly EntityKind[])[];
  /** New names are expected (a tenant to be made). */
  readonly strictNames?: false;
  /** Restrictions that `read` honours; a sentence that makes others is not answered as if it made none. */
  readonly narrows?: readonly Narrowing[];
  /** Is about the present, and says so when the sentence names a period; without this such a sentence is not answered. */
  readonly presentOnly?: true;
  /** Answers for the whole, those named included: names need not become input. */
  readonly whole?: true;
  /** An order: becomes a Change. A question ("can we fit two more?") is never read as one. */
  readonly order?: true;
  /** What it gives is a proposal: nothing of it is so yet. */
  readonly proposal?: true;
  readonly read: (reading: Reading) => Readonly<Record<string, unknown>> | string;
  /** Claim templates for the operation's output; each becomes a sentence with evidence. */
  readonly claims: (output: never, reading: Reading) => readonly string[];
}
