import type { Fabric } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import { compareNames } from "#net/order.ts";
import type { LoadReport } from "#twin/load.ts";

/** Hardware that more than one tenant uses. Sharing is no leak: what may pass between them is the proof's to say. */
export interface Sharing {
  /** Switches that hosts of several tenants are plugged into. */
  readonly switches: readonly { readonly device: string; readonly tenants: readonly string[] }[];
  /** Links that jobs of several tenants send over now, as modelled. */
  readonly links: readonly { readonly link: string; readonly tenants: readonly string[] }[];
}

export function sharingOf(
  fabric: Fabric,
  tenants: readonly Tenant[],
  workloads: readonly Workload[],
  load: Pick<LoadReport, "links">,
): Sharing {
  const ownerOf = new Map(tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant.name] as const)));
  const onSwitch = new Map<string, Set<string>>();
  for (const { a, b } of fabric.links)
    for (const [near, far] of [
      [a.node, b.node],
      [b.node, a.node],
    ] as const) {
      const owner = ownerOf.get(far);
      if (owner !== undefined && Object.hasOwn(fabric.switches, near))
        onSwitch.set(near, (onSwitch.get(near) ?? new Set()).add(owner));
    }
  const tenantOf = new Map(workloads.map((one) => [one.name, one.tenant]));
  return {
    switches: several([...onSwitch]).map(([device, names]) => ({ device, tenants: names })),
    links: several(
      load.links.map((one) => [one.link, new Set(one.jobs.flatMap((job) => tenantOf.get(job) ?? []))] as const),
    ).map(([link, names]) => ({ link, tenants: names })),
  };
}

const several = (rows: readonly (readonly [string, ReadonlySet<string>])[]): [string, string[]][] =>
  rows
    .filter(([, names]) => names.size > 1)
    .map(([name, names]): [string, string[]] => [name, [...names].toSorted(compareNames)])
    .toSorted(([a], [b]) => compareNames(a, b));
