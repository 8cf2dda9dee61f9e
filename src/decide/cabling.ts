import type { Fabric, LinkEnd } from "#model/fabric.ts";

/** What a device's own discovery says is at the other end of a port. */
export interface SeenNeighbor {
  readonly device: string;
  readonly port: string;
  readonly neighbor: string;
  readonly neighborPort: string;
}

export interface CablingCheck {
  /** Link ends at switches whose neighbour was seen. */
  readonly checked: number;
  readonly agreeing: number;
  readonly wrong: readonly {
    readonly device: string;
    readonly port: string;
    readonly intended: string;
    readonly seen: string;
  }[];
  /** Ends of links between switches, up by plan, of which no neighbour was seen. */
  readonly unseen: readonly string[];
}

const named = (end: { readonly node: string; readonly port: string }): string => `${end.node} ${end.port}`;

/** Compares the cabling plan with what the switches see. Hosts that say nothing are no fault: many run no discovery. */
export function checkCabling(fabric: Fabric, seen: readonly SeenNeighbor[]): CablingCheck {
  const bySwitchPort = new Map(seen.map((one) => [`${one.device} ${one.port}`, one]));
  const wrong: { device: string; port: string; intended: string; seen: string }[] = [];
  const unseen: string[] = [];
  let checked = 0;
  const isSwitch = (end: LinkEnd) => Object.hasOwn(fabric.switches, end.node);
  for (const link of fabric.links)
    for (const [near, far] of [
      [link.a, link.b],
      [link.b, link.a],
    ] as const) {
      if (!isSwitch(near)) continue;
      const there = bySwitchPort.get(named(near));
      bySwitchPort.delete(named(near));
      if (there === undefined) {
        if (isSwitch(far) && link.down !== true) unseen.push(named(near));
        continue;
      }
      checked++;
      if (there.neighbor !== far.node || there.neighborPort !== far.port)
        wrong.push({
          device: near.node,
          port: near.port,
          intended: named(far),
          seen: `${there.neighbor} ${there.neighborPort}`,
        });
    }
  for (const extra of bySwitchPort.values()) {
    checked++;
    wrong.push({
      device: extra.device,
      port: extra.port,
      intended: "nothing",
      seen: `${extra.neighbor} ${extra.neighborPort}`,
    });
  }
  return { checked, agreeing: checked - wrong.length, wrong, unseen };
}
