import { compareNames } from "#net/order.ts";
import type { Fabric, Link, LinkEnd } from "#model/fabric.ts";
import { cableReaches, hostModels, nicModels, optics, switchModels } from "./catalogue.ts";
import { cageOf } from "./topology/ports.ts";

/** What to buy. `key` is of the catalogue, so that a price book can name it. */
export interface BomLine {
  readonly kind: "switch" | "host" | "nic" | "optic" | "cable";
  readonly key: string;
  readonly title: string;
  readonly quantity: number;
  /** Cables only. */
  readonly lengthMetres?: number;
  /** Of one piece. */
  readonly powerWatts: number;
}

/**
 * Switches, hosts, NICs, optics and cables with their numbers.
 *
 * A module or a breakout cable is counted once for its cage, however many links it carries; a NIC that serves several
 * planes is counted once. Devices without a catalogue model (imported fabrics) are left out.
 */
export function billOfMaterials(fabric: Fabric): BomLine[] {
  const lines = new Map<string, BomLine>();
  const add = (line: Omit<BomLine, "quantity">): void => {
    const id = `${line.kind} ${line.key} ${line.lengthMetres ?? ""}`;
    lines.set(id, { ...line, quantity: (lines.get(id)?.quantity ?? 0) + 1 });
  };
  for (const { model = "" } of Object.values(fabric.switches)) {
    const known = Object.hasOwn(switchModels, model) ? switchModels[model] : undefined;
    if (known !== undefined) add({ kind: "switch", key: model, title: known.title, powerWatts: known.powerWatts });
  }
  for (const host of Object.values(fabric.hosts)) {
    const known = Object.hasOwn(hostModels, host.model ?? "") ? hostModels[host.model ?? ""] : undefined;
    if (known !== undefined)
      add({ kind: "host", key: host.model ?? "", title: known.title, powerWatts: known.powerWatts });
    const seen = new Set<string>();
    for (const nic of host.nics) {
      const card = nic.rail === undefined ? nic.name : `rail ${nic.rail}`;
      const one = Object.hasOwn(nicModels, nic.model ?? "") ? nicModels[nic.model ?? ""] : undefined;
      if (one === undefined || seen.has(card)) continue;
      seen.add(card);
      add({ kind: "nic", key: nic.model ?? "", title: one.title, powerWatts: one.powerWatts });
    }
  }
  addCables(fabric, add);
  return [...lines.values()].sort(
    (a, b) =>
      order.indexOf(a.kind) - order.indexOf(b.kind) ||
      compareNames(a.key, b.key) ||
      (a.lengthMetres ?? 0) - (b.lengthMetres ?? 0),
  );
}

const order = ["host", "nic", "switch", "optic", "cable"];

function addCables(fabric: Fabric, add: (line: Omit<BomLine, "quantity">) => void): void {
  const fitted = new Set<string>();
  for (const link of fabric.links) {
    const { cable } = link;
    if (cable === undefined) continue;
    for (const [end, key] of [
      [link.a, cable.opticA],
      [link.b, cable.opticB],
    ] as const) {
      const optic = key !== undefined && Object.hasOwn(optics, key) ? optics[key] : undefined;
      const place = cageKey(fabric, end);
      if (key === undefined || optic === undefined || fitted.has(place)) continue;
      fitted.add(place);
      add({ kind: "optic", key, title: optic.title, powerWatts: optic.powerWatts });
    }
    const direct = cable.opticA === undefined;
    const assembly = direct ? `cable ${cageKey(fabric, link.a)}` : `fibre ${link.a.node}/${link.a.port}`;
    if (fitted.has(assembly)) continue;
    fitted.add(assembly);
    add({
      kind: "cable",
      key: `cable-${cable.kind}`,
      title: cableTitle(link),
      lengthMetres: cable.lengthMetres,
      powerWatts: cableReaches.find(({ kind }) => kind === cable.kind)?.powerWatts ?? 0,
    });
  }
}

function cageKey(fabric: Fabric, { node, port }: LinkEnd): string {
  const device = Object.hasOwn(fabric.switches, node) ? fabric.switches[node] : undefined;
  const model =
    device?.model !== undefined && Object.hasOwn(switchModels, device.model) ? switchModels[device.model] : undefined;
  const cage = device && model ? cageOf(device.nos, model, port) : undefined;
  return `${node}/${cage ?? port}`;
}

const titles: Readonly<Record<NonNullable<Link["cable"]>["kind"], string>> = {
  dac: "Passive copper cable",
  acc: "Active copper cable",
  aoc: "Active optical cable",
  "fibre-mm": "Multimode fibre",
  "fibre-sm": "Single-mode fibre",
  copper: "Cat 6A patch cable",
};
const cableTitle = (link: Link): string =>
  `${titles[link.cable?.kind ?? "copper"]}, ${link.cable?.lengthMetres ?? 0} m`;
