import type { Entity } from "./entities.ts";

/** A frame's example with names that the caller may see; a kind that has none stays a word for it. */
export const fillExample = (say: string, inventory: readonly Entity[]): string =>
  say.replaceAll(/\{([a-z]+)(2?)\}/g, (_, kind: string, second: string) => {
    const names = inventory.filter((one) => one.kind === kind).map((one) => one.name);
    return names[second === "" ? 0 : 1] ?? `${kind.toUpperCase()}${second}`;
  });
