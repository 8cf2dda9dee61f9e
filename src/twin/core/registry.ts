import { type AttributeTable, createAttributeTable } from "./attributes.ts";
import type { Device } from "./device.ts";
import type { Edge } from "./edges.ts";
import type { Simulated } from "./simulate.ts";

/**
 * Numbers for names that stay the same from one twin to the next, and what was worked out for them, so that a twin
 * built from a previous one repeats only what changed. Answers never depend on which numbers were given.
 */
export interface Registry {
  readonly attributes: AttributeTable;
  readonly edges: Map<string, Edge>;
  /** Results of the previous computation, by class. */
  simulated: Map<string, Simulated>;
  idOf(kind: "table" | "version" | "rd" | "class", text: string): number;
  serialOf(device: Device): number;
}

export function createRegistry(): Registry {
  const ids = new Map<string, number>();
  const serials = new WeakMap<Device, number>();
  let serial = 0;
  return {
    attributes: createAttributeTable(),
    edges: new Map(),
    simulated: new Map(),
    idOf(kind, text) {
      const key = `${kind} ${text}`;
      const known = ids.get(key);
      if (known !== undefined) return known;
      ids.set(key, ids.size);
      return ids.size - 1;
    },
    serialOf(device) {
      const known = serials.get(device);
      if (known !== undefined) return known;
      serials.set(device, ++serial);
      return serial;
    },
  };
}
