import { byName } from "./format.ts";
import { pairKey, type Bundle, type FabricView } from "./map-model.ts";
import type { GraphNode } from "./types.ts";

/**
 * One scalable unit as a piece of cloth: leaves are the warp, one thread a rail; hosts and spines are the weft. Where
 * two threads cross there is a knot, and a knot is the links between those two. No two links ever overlap.
 */
export interface Loom {
  readonly unit: number;
  readonly leaves: readonly GraphNode[];
  readonly spines: readonly GraphNode[];
  readonly hosts: readonly GraphNode[];
  readonly knots: readonly Knot[];
  readonly width: number;
  readonly height: number;
  readonly bandTop: number;
  /** Whether leaves differ in plane, so that it must be said. */
  readonly planes: boolean;
}

export interface Knot {
  readonly bundle: Bundle;
  readonly x: number;
  readonly y: number;
}

export const left = 62;
export const right = 76;
export const column = 30;
export const band = 36;

export const spineStep = (loom: Pick<Loom, "spines">): number => (loom.spines.length > 4 ? 17 : 22);
export const hostStep = (loom: Pick<Loom, "hosts">): number =>
  loom.hosts.length > 20 ? 16 : loom.hosts.length > 12 ? 20 : 25;
export const columnX = (index: number): number => left + column * (index + 0.5);
export const spineY = (loom: Pick<Loom, "spines">, index: number): number => 6 + spineStep(loom) * (index + 0.5);
export const hostY = (loom: Pick<Loom, "hosts" | "bandTop">, index: number): number =>
  loom.bandTop + band + 12 + hostStep(loom) * (index + 0.5);

export function loomsOf(view: FabricView): Loom[] {
  const bundles = new Map(view.bundles.map((one) => [one.key, one]));
  const switches = view.nodes.filter((one) => one.kind === "switch");
  const leaves = switches.filter((one) => one.role === "leaf");
  const spines = switches.filter((one) => one.role !== "leaf").toSorted((a, b) => byName(a.name, b.name));
  const units = [...new Set(leaves.map((one) => one.scalableUnit ?? 0))].sort((a, b) => a - b);
  return units.map((unit) => {
    const warp = leaves
      .filter((one) => (one.scalableUnit ?? 0) === unit)
      .toSorted((a, b) => (a.rail ?? 0) - (b.rail ?? 0) || (a.plane ?? 0) - (b.plane ?? 0) || byName(a.name, b.name));
    const names = new Set(warp.map((one) => one.name));
    const touched = new Set(
      view.bundles.filter((one) => one.ends.some((end) => names.has(end))).flatMap((one) => one.ends),
    );
    const hosts = view.nodes
      .filter((one) => one.kind === "host" && touched.has(one.name))
      .toSorted((a, b) => byName(a.name, b.name));
    const above = spines.filter((one) => touched.has(one.name));
    const bandTop = 6 + above.length * spineStep({ spines: above }) + 8;
    const planes = new Set(warp.map((one) => one.plane)).size > 1;
    const frame = { unit, leaves: warp, spines: above, hosts, bandTop, planes };
    return {
      ...frame,
      width: left + warp.length * column + right,
      height: bandTop + band + 18 + hosts.length * hostStep({ hosts }),
      knots: warp.flatMap((leaf, index) => {
        const at = (row: readonly GraphNode[], y: (index: number) => number): Knot[] =>
          row.flatMap((one, place) => {
            const bundle = bundles.get(pairKey(leaf.name, one.name));
            return bundle === undefined ? [] : [{ bundle, x: columnX(index), y: y(place) }];
          });
        return [...at(above, (place) => spineY(frame, place)), ...at(hosts, (place) => hostY(frame, place))];
      }),
    };
  });
}

/** The name without the part that its unit's heading says already: `su1-h5` is `h5`. */
export const within = (unit: number, name: string): string => name.replace(new RegExp(`^su${unit}-`), "");
