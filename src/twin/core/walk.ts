import type { Device, L3Interface } from "./device.ts";
import { ownsAddress } from "./device.ts";
import { type Hop, hopsOf, matchRoute, type Tables } from "./fib.ts";
import type { Topology } from "./topology.ts";

interface Ground {
  readonly devices: ReadonlyMap<string, Device>;
  readonly topology: Topology;
  readonly owners: ReadonlyMap<string, readonly L3Interface[]>;
}

const mostHops = 64;

/** The hops of the route to an address; undefined when there is none. */
export type Lookup = (device: string, instance: string, address: number) => readonly Hop[] | undefined;

export const lookupIn =
  (tables: Tables): Lookup =>
  (device, instance, address) => {
    const fib = tables.fib(device, instance);
    const route = fib.routes[matchRoute(fib, address)];
    return route && hopsOf(tables, fib, route);
  };

/** Follows the first of equal next hops until some device takes the packet for its own. */
export function walkTo(
  ground: Ground,
  lookup: Lookup,
  from: string,
  fromInstance: string,
  address: number,
): { readonly device: string; readonly hops: number } | { readonly reason: string } {
  let device = from;
  let instance = fromInstance;
  for (let hops = 0; hops <= mostHops; hops++) {
    const found = lookup(device, instance, address);
    if (found === undefined) return { reason: `${device} has no route` };
    const [hop] = found;
    if (hop === undefined) return { reason: `${device} can't resolve the next hop` };
    if (hop.kind === "local") return { device, hops };
    if (hop.kind === "discard") return { reason: `${device} discards it` };
    if (hop.kind === "instance") {
      instance = hop.instance;
      continue;
    }
    if (hop.kind === "vtep") {
      const landed = walkTo(ground, lookup, device, "default", hop.address);
      if ("reason" in landed) return landed;
      const vrf = ground.devices.get(landed.device)?.instanceByVni.get(hop.vni);
      if (vrf === undefined) return { reason: `${landed.device} has no VRF for VNI ${hop.vni}` };
      device = landed.device;
      instance = vrf;
      continue;
    }
    const target =
      hop.kind === "via"
        ? (hop.peer ?? neighbourOn(ground.topology, hop.l3, hop.address ?? address))
        : neighbourOn(ground.topology, hop.l3, address);
    if (target === undefined) return { reason: `nothing on ${device} ${hop.l3.name} answers` };
    device = target.device;
    instance = target.instance;
  }
  return { reason: "a forwarding loop" };
}

/** The interface on the same segment that owns an address. */
export function neighbourOn(topology: Topology, l3: L3Interface, address: number): L3Interface | undefined {
  const node = topology.nodeOfL3.get(l3);
  if (node === undefined) return undefined;
  const mates = topology.l3BySegment.get(topology.segmentOf[node]!) ?? [];
  return mates.find((each) => each !== l3 && ownsAddress(each, address));
}
