import type { Fabric, FabricKind, Link, Switch } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";

/** Hosts of one scalable unit and the leaves of one fabric over them: what goes in, what goes up, and the ratio. */
export interface UnitCapacity {
  /** Absent where the design knows no units. */
  readonly unit?: number;
  readonly fabric: FabricKind;
  readonly hosts: number;
  readonly freeHosts: number;
  readonly gpus: number;
  readonly leaves: number;
  readonly hostPorts: number;
  readonly hostBps: number;
  readonly uplinks: number;
  readonly uplinksDown: number;
  /** Of the uplinks that are not down. */
  readonly uplinkBps: number;
  /** Into the leaves over out of them; absent where nothing goes up. */
  readonly oversubscription?: number;
}

interface Sum {
  readonly leaves: Set<string>;
  readonly hosts: Set<string>;
  hostPorts: number;
  hostBps: number;
  uplinks: number;
  uplinksDown: number;
  uplinkBps: number;
}

/** Capacity of each scalable unit in each fabric that has leaves there, by fabric, then unit. */
export function unitCapacities(fabric: Fabric, tenants: readonly Tenant[]): UnitCapacity[] {
  const held = new Set(tenants.flatMap((tenant) => tenant.hosts));
  const sums = new Map<string, { readonly leaf: Switch; readonly sum: Sum }>();
  for (const leaf of Object.values(fabric.switches)) {
    if (leaf.role !== "leaf") continue;
    const key = `${leaf.fabric} ${String(leaf.scalableUnit ?? "").padStart(6, "0")}`;
    const known = sums.get(key) ?? { leaf, sum: emptySum() };
    known.sum.leaves.add(leaf.name);
    sums.set(key, known);
  }
  const sumOfLeaf = new Map(
    [...sums.values()].flatMap(({ sum }) => [...sum.leaves].map((leaf) => [leaf, sum] as const)),
  );
  for (const link of fabric.links) {
    addLink(fabric, sumOfLeaf.get(link.a.node), link, link.b.node);
    addLink(fabric, sumOfLeaf.get(link.b.node), link, link.a.node);
  }
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { leaf, sum }]) => {
      const hosts = [...sum.hosts].flatMap((name) => fabric.hosts[name] ?? []);
      return {
        ...(leaf.scalableUnit === undefined ? {} : { unit: leaf.scalableUnit }),
        fabric: leaf.fabric,
        hosts: hosts.length,
        freeHosts: hosts.filter((host) => host.role === "gpu" && !held.has(host.name)).length,
        gpus: hosts.reduce((count, host) => count + host.gpus.length, 0),
        leaves: sum.leaves.size,
        hostPorts: sum.hostPorts,
        hostBps: sum.hostBps,
        uplinks: sum.uplinks,
        uplinksDown: sum.uplinksDown,
        uplinkBps: sum.uplinkBps,
        ...(sum.uplinkBps === 0 ? {} : { oversubscription: sum.hostBps / sum.uplinkBps }),
      };
    });
}

const emptySum = (): Sum => ({
  leaves: new Set(),
  hosts: new Set(),
  hostPorts: 0,
  hostBps: 0,
  uplinks: 0,
  uplinksDown: 0,
  uplinkBps: 0,
});

/** What a link gives to the unit at its near end: a host port, or an uplink. */
function addLink(fabric: Fabric, sum: Sum | undefined, link: Link, far: string): void {
  if (sum === undefined) return;
  if (Object.hasOwn(fabric.hosts, far)) {
    sum.hosts.add(far);
    sum.hostPorts++;
    sum.hostBps += link.speedBps;
  } else if (!sum.leaves.has(far) && fabric.switches[far]?.role !== "oob") {
    sum.uplinks++;
    if (link.down === true) sum.uplinksDown++;
    else sum.uplinkBps += link.speedBps;
  }
}
