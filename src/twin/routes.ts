import type { SourceSpan } from "#model/source.ts";
import { formatIpv4Number, type IpAddress, type IpPrefix } from "#net/ip.ts";
import { type Hop, hopsOf } from "./core/fib.ts";
import { formatKey } from "./core/numbers.ts";
import type { RouteProtocol } from "./core/rib.ts";
import type { Twin } from "./twin.ts";

/** One installed route, and why it is the one. */
export interface Route {
  readonly device: string;
  readonly networkInstance: string;
  readonly prefix: IpPrefix;
  readonly protocol: RouteProtocol;
  readonly distance: number;
  readonly metric: number;
  /** Recursion is resolved: `vtep` is where tunnels end, `interface` the way out. Empty: nothing resolves. */
  readonly nextHops: readonly {
    readonly address?: IpAddress;
    readonly interface?: string;
    readonly vtep?: IpAddress;
    readonly vni?: number;
    readonly networkInstance?: string;
  }[];
  readonly reason: string;
  readonly span?: SourceSpan;
}

/** Installed IPv4 routes, by device, instance and prefix. */
export function routesOf(
  twin: Twin,
  where: { readonly device?: string | undefined; readonly networkInstance?: string | undefined } = {},
): Route[] {
  const routes: Route[] = [];
  for (const device of twin.devices.values()) {
    if (where.device !== undefined && where.device !== device.name) continue;
    for (const instance of Object.keys(device.config.networkInstances)) {
      if (where.networkInstance !== undefined && where.networkInstance !== instance) continue;
      const fib = twin.control.tables.fib(device.name, instance);
      const order = [...fib.keys.keys()].sort((a, b) => fib.keys[a]! - fib.keys[b]!);
      for (const index of order) {
        const route = fib.routes[index]!;
        const span = device.span(...route.at);
        routes.push({
          device: device.name,
          networkInstance: instance,
          prefix: formatKey(fib.keys[index]!),
          protocol: route.protocol,
          distance: route.distance,
          metric: route.metric,
          nextHops: hopsOf(twin.control.tables, fib, route).map(viewOf),
          reason: route.reason,
          ...(span === undefined ? {} : { span }),
        });
      }
    }
  }
  return routes;
}

function viewOf(hop: Hop): Route["nextHops"][number] {
  switch (hop.kind) {
    case "via":
      return {
        interface: hop.l3.name,
        ...(hop.address === undefined ? {} : { address: formatIpv4Number(hop.address) }),
      };
    case "vtep":
      return { vtep: formatIpv4Number(hop.address), vni: hop.vni };
    case "instance":
      return { networkInstance: hop.instance };
    case "discard":
      return {};
    default:
      return { interface: hop.l3.name };
  }
}
