import { createAttributeTable } from "./attributes.ts";
import type { Registry } from "./bgp-model.ts";

export function createRegistry(): Registry {
  const ids = { table: new Map<string, number>(), version: new Map(), rd: new Map(), class: new Map() };
  const serials = new WeakMap<object, number>();
  const rdTexts = new Map<number, string>();
  let serial = 0;
  return {
    attributes: createAttributeTable(),
    edges: new Map(),
    tables: new Map(),
    rdTexts,
    edgesOf: new WeakMap(),
    idOf(kind, text) {
      const table: Map<string, number> = ids[kind];
      const known = table.get(text);
      if (known !== undefined) return known;
      // 0 is left free: it stands for "no route distinguisher".
      table.set(text, table.size + 1);
      if (kind === "rd") rdTexts.set(table.size, text);
      return table.size;
    },
    serialOf(thing) {
      const known = serials.get(thing);
      if (known !== undefined) return known;
      serials.set(thing, ++serial);
      return serial;
    },
  };
}
