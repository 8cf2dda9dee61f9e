import type { Device } from "./device.ts";
import type { PrefixKey } from "./numbers.ts";
import type { RouteValue } from "./rib.ts";
import type { Topology } from "./topology.ts";

/** OSPF routes by `device|instance`. */
export type OspfRoutes = ReadonlyMap<string, ReadonlyMap<PrefixKey, RouteValue>>;

export function resolveOspf(_devices: ReadonlyMap<string, Device>, _topology: Topology): OspfRoutes {
  return new Map();
}
