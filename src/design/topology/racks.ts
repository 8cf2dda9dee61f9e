import type { Draft } from "./draft.ts";

const rackUnits = 48;
/** Metres: pitch of racks in a row, and of rows with their aisle. */
const pitch = 0.6;
const rowPitch = 3;

/** A rack at a place of the room, opened on first use. */
export function openRack(draft: Draft, name: string, slot: number, row: number): string {
  if (!draft.rackIndex.has(name)) {
    const rack = {
      name,
      site: draft.design.site.name,
      position: { x: Math.round(slot * pitch * 100) / 100, y: row * rowPitch },
    };
    draft.racks.push(rack);
    draft.rackIndex.set(name, rack);
    draft.freeUnit.set(name, 1);
  }
  return name;
}

/** Takes units in the first rack `prefix-1`, `prefix-2` ... that has room; new racks open beside the last. */
export function takeSeat(
  draft: Draft,
  prefix: string,
  slot: number,
  row: number,
  units: number,
): { readonly rack: string; readonly rackUnit: number } {
  for (let number = 1; ; number++) {
    const rack = openRack(draft, `${prefix}-${number}`, slot + number - 1, row);
    const unit = draft.freeUnit.get(rack) ?? 1;
    if (unit + units - 1 <= rackUnits || unit === 1) {
      draft.freeUnit.set(rack, unit + units);
      return { rack, rackUnit: unit };
    }
  }
}
