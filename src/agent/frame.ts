import type { EntityKind, Linked } from "./entities.ts";

/** A sentence with its names found. */
export interface Reading {
  readonly text: string;
  /** Its words, those taken as names left out. */
  readonly words: ReadonlySet<string>;
  readonly linked: Linked;
}

/**
 * One way to ask for one operation. `cues`: of each group at least one word (or phrase) must stand there. `entities`:
 * names of these kinds must stand there. `read` fills the operation's input, or asks back.
 */
export interface Frame {
  readonly operation: string;
  /** How one would say it; shown when a reading is unclear. */
  readonly say: string;
  readonly cues: readonly (readonly string[])[];
  readonly bonus?: readonly string[];
  readonly entities?: readonly (readonly EntityKind[])[];
  /** New names are expected (a tenant to be made). */
  readonly strictNames?: false;
  readonly read: (reading: Reading) => Readonly<Record<string, unknown>> | string;
  /** Claim templates for the operation's output; each becomes a sentence with evidence. */
  readonly claims: (output: never, reading: Reading) => readonly string[];
}
