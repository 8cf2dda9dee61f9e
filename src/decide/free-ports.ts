import { switchModels } from "#design/catalogue.ts";
import type { CageMode, SwitchModel } from "#design/hardware.ts";
import type { Fabric } from "#model/fabric.ts";
import { compareNames } from "#net/order.ts";

export interface FreePorts {
  readonly device: string;
  readonly model: string;
  /** Ports of that speed that the catalogue's front plate still has room for. */
  readonly free: number;
  readonly used: number;
}

/**
 * Ports of one speed that each switch still has room for, most first. Counted in cages: a link takes the part of a
 * cage that its speed needs, and links of one speed are taken to be packed. Switches of no known model are left out.
 */
export function freePorts(
  fabric: Fabric,
  speedBps: number,
): { readonly rows: FreePorts[]; readonly unknown: string[] } {
  const rows: FreePorts[] = [];
  const unknown: string[] = [];
  for (const device of Object.values(fabric.switches)) {
    const key = device.model ?? "";
    const model = Object.hasOwn(switchModels, key) ? switchModels[key] : undefined;
    if (model === undefined) {
      unknown.push(device.name);
      continue;
    }
    const speeds = fabric.links
      .filter((link) => link.a.node === device.name || link.b.node === device.name)
      .map((link) => link.speedBps);
    rows.push({ device: device.name, model: key, free: roomFor(model, speeds, speedBps), used: speeds.length });
  }
  return { rows: rows.toSorted((a, b) => b.free - a.free || compareNames(a.device, b.device)), unknown };
}

function roomFor(model: SwitchModel, speeds: readonly number[], wanted: number): number {
  const groups = model.cages.map((group) => ({ modes: group.modes, left: group.count, part: 0 }));
  const bySpeed = new Map<number, number>();
  for (const speed of speeds) bySpeed.set(speed, (bySpeed.get(speed) ?? 0) + 1);
  // Slow links first take the cages that offer nothing faster.
  for (const [speed, links] of [...bySpeed].toSorted(([a], [b]) => a - b)) {
    let rest = links;
    for (const group of groups.toSorted((a, b) => fastest(a.modes) - fastest(b.modes))) {
      const ways = waysOf(group.modes, speed);
      if (ways === 0 || rest === 0) continue;
      const taken = Math.min(rest, group.left * ways);
      group.left -= Math.ceil(taken / ways);
      if (speed === wanted && taken % ways !== 0) group.part += ways - (taken % ways);
      rest -= taken;
    }
  }
  return groups.reduce((sum, group) => sum + group.left * waysOf(group.modes, wanted) + group.part, 0);
}

const fastest = (modes: readonly CageMode[]): number => Math.max(...modes.map((mode) => mode.speedBps));
const waysOf = (modes: readonly CageMode[], speedBps: number): number =>
  Math.max(0, ...modes.filter((mode) => mode.speedBps === speedBps).map((mode) => mode.ways));
