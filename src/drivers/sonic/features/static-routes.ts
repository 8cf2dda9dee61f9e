import type { DeviceConfig, StaticNextHop, StaticRoute } from "#model/device-config.ts";
import { isIpv6, parseIpAddress, parseIpPrefix } from "#net/ip.ts";
import { compareNames } from "#net/order.ts";
import { append } from "../../syntax/frr/reading.ts";
import type { ConfigDb, Row } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { isReversibleVrf, managementVrf, vrfFromSonic, vrfToSonic } from "../names.ts";
import type { Tables } from "../tables.ts";

/** `STATIC_ROUTE`: columns of next hops, one entry each, joined with commas. @source sonic-yang-models sonic-static-route.yang */
export function readStaticRoutes(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("STATIC_ROUTE")) {
    const [first = "", second] = row.parts;
    const prefix = parseIpPrefix(second ?? first);
    if (prefix === undefined || row.parts.length > 2) continue;
    row.use();
    const name = second === undefined ? "default" : vrfFromSonic(first);
    const { staticRoutes } = draft.instance(name);
    for (const route of routesOf(row, prefix)) {
      draft.mark(row.span, "networkInstances", name, "staticRoutes", staticRoutes.length);
      staticRoutes.push(route);
    }
    row.ignore(["bfd", "track"], "the route is taken as up");
    row.ignore(["advertise"], "prefixes that bgpcfgd announces by tag; the frr management framework does not read it");
  }
}

function* routesOf(row: Row, prefix: StaticRoute["prefix"]): Generator<StaticRoute> {
  const column = (name: string): string[] => (row.text(name) ?? "").split(",").map((text) => text.trim());
  const [addresses, interfaces, distances, vrfs, holes] = [
    "nexthop",
    "ifname",
    "distance",
    "nexthop-vrf",
    "blackhole",
  ].map(column) as [string[], string[], string[], string[], string[]]; // five columns
  const byDistance = new Map<number, StaticNextHop[]>();
  const count = Math.max(addresses.length, interfaces.length, holes.length);
  for (let index = 0; index < count; index++) {
    const hop = hopOf(addresses[index] ?? "", interfaces[index] ?? "", vrfs[index] ?? "", holes[index] === "true");
    if (hop === undefined) continue;
    // FRR: 1 unless told. @source https://docs.frrouting.org/en/latest/static.html
    const distance = Number(distances[index] ?? "") || 1;
    byDistance.set(distance, [...(byDistance.get(distance) ?? []), hop]);
  }
  if (byDistance.size === 0) for (const field of ["nexthop", "ifname", "blackhole"]) row.refuse(field);
  for (const [distance, nextHops] of byDistance) yield { prefix, nextHops, distance };
}

function hopOf(addressText: string, port: string, vrf: string, discard: boolean): StaticNextHop | undefined {
  if (discard || /^(?:blackhole|null0|reject)$/i.test(port)) return { kind: "discard" };
  const address = parseIpAddress(addressText);
  if (address === undefined || address === "0.0.0.0" || address === "::")
    return port === "" ? undefined : { kind: "interface", interface: port };
  return {
    kind: "address",
    address,
    ...(port === "" ? {} : { interface: port }),
    ...(vrf === "" ? {} : { networkInstance: vrfFromSonic(vrf) }),
  };
}

export function writeStaticRoutes(config: DeviceConfig, out: Tables): void {
  for (const [name, instance] of Object.entries(config.networkInstances)) {
    if (!isReversibleVrf(name) && name !== "default") continue;
    const byPrefix = new Map<string, { hop: StaticNextHop; distance: number }[]>();
    for (const [index, route] of instance.staticRoutes.entries()) {
      if (route.tag !== undefined)
        out.cannot(
          "unsupported",
          ["networkInstances", name, "staticRoutes", index, "tag"],
          "SONiC's static routes carry no tag.",
        );
      if (name === managementVrf && isManagementGateway(config, route)) continue;
      const hops = route.nextHops.map((hop) => ({ hop, distance: route.distance }));
      for (const hop of hops) append(byPrefix, route.prefix, hop);
    }
    for (const [prefix, hops] of [...byPrefix].sort(([a], [b]) => compareNames(a, b)))
      writeRoute(out, name, prefix, hops);
  }
}

/** Written as `gwaddr` of the management port instead. */
const isManagementGateway = (config: DeviceConfig, route: StaticRoute): boolean =>
  (route.prefix === "0.0.0.0/0" || route.prefix === "::/0") &&
  route.distance === 1 &&
  route.nextHops.length === 1 &&
  route.nextHops[0]?.kind === "address" &&
  route.nextHops[0].interface === undefined &&
  Object.values(config.interfaces).some(
    (port) =>
      port.kind === "management" &&
      port.networkInstance === managementVrf &&
      (isIpv6(route.prefix) ? port.ipv6 : port.ipv4)?.addresses.length === 1,
  );

function writeRoute(
  out: Tables,
  name: string,
  prefix: string,
  hops: readonly { readonly hop: StaticNextHop; readonly distance: number }[],
): void {
  const none = isIpv6(prefix) ? "::" : "0.0.0.0";
  const column = (pick: (hop: StaticNextHop) => string): string | undefined => {
    const values = hops.map(({ hop }) => pick(hop));
    return values.every((value) => value === "") ? undefined : values.join(",");
  };
  out.put("STATIC_ROUTE", [vrfToSonic(name), prefix], {
    nexthop: column((hop) => (hop.kind === "address" ? hop.address : none)),
    ifname: column((hop) => (hop.kind === "discard" ? "" : (hop.interface ?? ""))),
    "nexthop-vrf": column((hop) =>
      hop.kind === "address" && hop.networkInstance !== undefined ? vrfToSonic(hop.networkInstance) : "",
    ),
    blackhole: hops.some(({ hop }) => hop.kind === "discard")
      ? hops.map(({ hop }) => String(hop.kind === "discard")).join(",")
      : undefined,
    distance: hops.map((one) => String(one.distance)).join(","),
  });
}
