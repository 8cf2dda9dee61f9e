import { compareNames } from "#net/order.ts";
import type { Cable, Fabric, FabricKind, LinkEnd } from "#model/fabric.ts";

/** One cable as the people who pull it need it. */
export interface CablingRow {
  /** What is printed on both ends: the switch port that it starts at. */
  readonly label: string;
  readonly from: CableSeat;
  readonly to: CableSeat;
  readonly kind?: Cable["kind"];
  readonly lengthMetres?: number;
  readonly opticFrom?: string;
  readonly opticTo?: string;
  readonly speedBps: number;
  readonly fabric?: FabricKind;
}

export interface CableSeat extends Pick<LinkEnd, "node" | "port"> {
  readonly rack?: string;
  readonly rackUnit?: number;
}

/** Every link of a fabric, in the order of racks, units and ports: one walk along the row. */
export function cablingPlan(fabric: Fabric): CablingRow[] {
  const seat = ({ node, port }: LinkEnd): CableSeat => {
    const at = Object.hasOwn(fabric.switches, node) ? fabric.switches[node] : fabric.hosts[node];
    return {
      node,
      port,
      ...(at?.rack === undefined ? {} : { rack: at.rack }),
      ...(at?.rackUnit === undefined ? {} : { rackUnit: at.rackUnit }),
    };
  };
  const rows = fabric.links.map(({ a, b, speedBps, fabric: kind, cable }): CablingRow => ({
    label: cable?.label ?? `${a.node}/${a.port}`,
    from: seat(a),
    to: seat(b),
    ...(cable === undefined ? {} : { kind: cable.kind, lengthMetres: cable.lengthMetres }),
    ...(cable?.opticA === undefined ? {} : { opticFrom: cable.opticA }),
    ...(cable?.opticB === undefined ? {} : { opticTo: cable.opticB }),
    speedBps,
    ...(kind === undefined ? {} : { fabric: kind }),
  }));
  return rows.sort(
    (a, b) =>
      compareNames(a.from.rack ?? "", b.from.rack ?? "") ||
      (a.from.rackUnit ?? 0) - (b.from.rackUnit ?? 0) ||
      compareNames(a.from.node, b.from.node) ||
      compareNames(a.from.port, b.from.port),
  );
}
