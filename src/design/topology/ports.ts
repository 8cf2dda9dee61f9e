import type { NosName } from "#model/device-config.ts";
import type { CageGroup, CageKind, CageMode, SwitchModel } from "../hardware.ts";

/** A port as the design took it: its name on the device, and the cage and mode behind the name. */
export interface TakenPort {
  readonly name: string;
  readonly cage: number;
  readonly kind: CageKind;
  readonly mode: CageMode;
}

/**
 * The name that an operating system gives a port.
 *
 * EOS counts lanes inside a cage (`Ethernet1/5` is the second half), NVUE counts parts (`swp1s1`, whole: `swp1`), SONiC
 * counts lanes from zero over the whole box (`Ethernet4`).
 * @source sonic-buildimage platform files (SN5600 port_config.ini: etp1b is Ethernet4, eight per cage); Cumulus and EOS
 * interface naming in the driver notes.
 */
function portName(
  nos: NosName,
  model: SwitchModel,
  group: CageGroup,
  cage: number,
  ways: number,
  part: number,
): string {
  const lanesPerPart = group.lanes / ways;
  if (nos === "nvue") return ways === 1 ? `swp${cage}` : `swp${cage}s${part}`;
  if (nos === "eos") return group.lanes === 1 ? `Ethernet${cage}` : `Ethernet${cage}/${1 + part * lanesPerPart}`;
  let lanesBefore = 0;
  for (const other of model.cages) {
    if (other.first < group.first) lanesBefore += other.count * other.lanes;
  }
  return `Ethernet${lanesBefore + (cage - group.first) * group.lanes + part * lanesPerPart}`;
}

/** The management port as each operating system names it. */
export const managementPort = (nos: NosName): string => (nos === "eos" ? "Management1" : "eth0");

/** The first group of cages that can run at a speed, and how. */
export function modeFor(model: SwitchModel, speedBps: number): { group: CageGroup; mode: CageMode } | undefined {
  for (const group of model.cages) {
    const mode = group.modes.find((one) => one.speedBps === speedBps);
    if (mode !== undefined) return { group, mode };
  }
  return undefined;
}

/** How many ports of a speed a model has when all its cages serve it. */
export function portsAt(model: SwitchModel, speedBps: number): number {
  const found = modeFor(model, speedBps);
  return found === undefined ? 0 : found.group.count * found.mode.ways;
}

/**
 * Hands out the ports of one switch, each once. A cage is opened in one mode and filled before the next is opened.
 * `down` begins at the first cage, `up` at `upFrom` (an index into the group), so that growth renames nothing.
 */
export function openPorts(nos: NosName, model: SwitchModel, upFrom: number) {
  const cursors = new Map<string, { cage: number; part: number; mode: CageMode; group: CageGroup }>();
  const used = new Set<number>();
  return (direction: "down" | "up", speedBps: number): TakenPort | undefined => {
    const key = `${direction} ${speedBps}`;
    let cursor = cursors.get(key);
    if (cursor === undefined || cursor.part === cursor.mode.ways) {
      const found = modeFor(model, speedBps);
      if (found === undefined) return undefined;
      const { group, mode } = found;
      let cage = cursor?.cage ?? group.first + (direction === "up" ? upFrom : 0);
      while (used.has(cage)) cage++;
      if (cage >= group.first + group.count) return undefined;
      used.add(cage);
      cursor = { cage, part: 0, mode, group };
      cursors.set(key, cursor);
    }
    const { cage, mode, group } = cursor;
    return { name: portName(nos, model, group, cage, mode.ways, cursor.part++), cage, kind: group.kind, mode };
  };
}

export type TakePort = ReturnType<typeof openPorts>;

/** The cage behind a port's name, the inverse of `portName`; undefined for names that the model doesn't have. */
export function cageOf(nos: NosName, model: SwitchModel, name: string): number | undefined {
  const match =
    nos === "nvue" ? /^swp(\d{1,5})(?:s\d{1,2})?$/.exec(name) : /^Ethernet(\d{1,5})(?:\/\d{1,2})?$/.exec(name);
  if (match === null) return undefined;
  const number = Number(match[1]);
  if (nos !== "sonic") return number;
  let lanes = 0;
  for (const group of model.cages.toSorted((a, b) => a.first - b.first)) {
    if (number < lanes + group.count * group.lanes) return group.first + Math.floor((number - lanes) / group.lanes);
    lanes += group.count * group.lanes;
  }
  return undefined;
}
