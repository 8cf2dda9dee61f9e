import { linkEntities, words, type Entity, type EntityKind } from "./entities.ts";
import type { Reading } from "./frame.ts";
import { takePeriods } from "./periods.ts";

/** Names of the given kinds, in order of mention. */
export const namesOf = ({ linked }: Reading, ...kinds: EntityKind[]): string[] =>
  linked.entities.filter((one) => kinds.includes(one.kind)).map((one) => one.name);

export const firstOf = (reading: Reading, ...kinds: EntityKind[]): string | undefined => namesOf(reading, ...kinds)[0];

const unitWord = /(?<![\w-])(?:pod|su|scalable unit|unit)[ -]?(\d{1,5})(?![\w-]|\.\.)/;
const railWord = /(?<![\w-])rail[ -]?(\d{1,2})(?![\w-])/;
const talking = /\b(reach|talk|ping|access|connect|get to|isolated|separated)/;

/** Takes a sentence apart: its period, its unit and rail, the names in it, and the words that are left. */
export function readSentence(text: string, inventory: readonly Entity[], now: number): Reading {
  const { rest, period } = takePeriods(text.toLowerCase(), now);
  const unit = unitWord.exec(rest)?.[1];
  const rail = railWord.exec(rest)?.[1];
  const bare = rest
    .replaceAll(/\brunning config(?:uration)?s?\b/g, "running-config")
    .replace(unitWord, " pod ")
    .replace(railWord, " rail ")
    .replaceAll(/\b(\d+)-(?=(?:node|host|server|gpu)s?\b)/g, "$1 ");
  const linked = linkEntities(bare, [...inventory, ...zoneAliases(bare, inventory)]);
  return {
    text: bare,
    words: new Set(words(bare).filter((word) => !linked.consumed.has(word))),
    linked,
    ...(unit === undefined ? {} : { unit: Number(unit) }),
    ...(rail === undefined ? {} : { rail: Number(rail) }),
    ...(period === undefined ? {} : { period }),
  };
}

/** Where somebody is to be reached, `storage` and `the storage vip` mean the zone. */
function zoneAliases(text: string, inventory: readonly Entity[]): Entity[] {
  if (!talking.test(text)) return [];
  const zones = inventory.filter((one) => one.kind === "zone");
  return zones.map((one) => ({ ...one, alias: one.name.slice(1) }));
}
