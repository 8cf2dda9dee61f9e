import type { EntityKind } from "./entities.ts";
import type { Reading } from "./frame.ts";

/** Names of the given kinds, in order of mention. */
export const namesOf = ({ linked }: Reading, ...kinds: EntityKind[]): string[] =>
  linked.entities.filter((one) => kinds.includes(one.kind)).map((one) => one.name);

export const firstOf = (reading: Reading, ...kinds: EntityKind[]): string | undefined => namesOf(reading, ...kinds)[0];
