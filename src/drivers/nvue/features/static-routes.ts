import type { StaticNextHop, StaticRoute } from "#model/device-config.ts";
import { parseIpAddress, parseIpPrefix } from "#net/ip.ts";
import { compareNames } from "#net/order.ts";
import { compact, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, ignore, numberAt, textAt, use, type ConfigNode } from "../tree.ts";
import { put, putIf, type Writing } from "../writing.ts";

/** @source Cumulus Linux 5.15 Static-Routing: `default` and `default6` name the default routes */
const named: Readonly<Record<string, string>> = { default: "0.0.0.0/0", default6: "::/0" };

/** One route per prefix and distance. `via` right below the prefix is distance 1. */
export function readStaticRoutes(reading: Reading, vrf: string, node: ConfigNode | undefined): StaticRoute[] {
  const routes: { route: StaticRoute; node: ConfigNode }[] = [];
  for (const [text, route] of childrenAt(node)) {
    const prefix = parseIpPrefix(Object.hasOwn(named, text) ? (named[text] ?? text) : text);
    if (prefix === undefined) {
      report(reading, route, "nvue.bad-value", `${text.slice(0, 60)} is no prefix.`, { severity: "error" });
      continue;
    }
    ignore(at(route, "address-family"), "the prefix says its family");
    const tag = numberAt(route, "tag");
    const add = (distance: number, via: ConfigNode | undefined): void => {
      const hops = childrenAt(via).toSorted(([a], [b]) => compareNames(a, b));
      const nextHops = hops.flatMap(([name, hop]) => readNextHop(reading, name, hop));
      if (nextHops.length > 0)
        routes.push({ route: compact<StaticRoute>({ prefix, nextHops, distance, tag }), node: route });
    };
    add(1, at(route, "via"));
    for (const [distance, inner] of childrenAt(route, "distance"))
      if (/^\d{1,3}$/.test(distance)) add(Number(distance), at(inner, "via"));
  }
  const sorted = routes.toSorted(
    (a, b) => compareNames(a.route.prefix, b.route.prefix) || a.route.distance - b.route.distance,
  );
  sorted.forEach((one, index) => place(reading, one.node, "networkInstances", vrf, "staticRoutes", index));
  return sorted.map((one) => one.route);
}

function readNextHop(reading: Reading, name: string, node: ConfigNode): StaticNextHop[] {
  if (node.children.size === 0) use(node);
  const type = textAt(node, "type");
  if (["blackhole", "reject", "unreachable"].includes(type ?? name)) return [{ kind: "discard" }];
  const out = textAt(node, "interface");
  const networkInstance = textAt(node, "vrf");
  ignore(at(node, "flag"), "onlink: the next hop is reached on the interface it names");
  const address = parseIpAddress(name);
  if (address !== undefined)
    return [
      compact<StaticNextHop & { kind: "address" }>({ kind: "address", address, interface: out, networkInstance }),
    ];
  if (type === "interface" || /^[a-z][\w.-]*$/i.test(name)) return [{ kind: "interface", interface: name }];
  report(reading, node, "nvue.bad-value", `${name.slice(0, 60)} is no next hop.`, { severity: "error" });
  return [];
}

export function writeStaticRoutes(writing: Writing, vrf: string, routes: readonly StaticRoute[]): void {
  for (const route of routes) {
    const path = ["vrf", vrf, "router", "static", route.prefix];
    put(writing, [...path, "address-family"], route.prefix.includes(":") ? "ipv6-unicast" : "ipv4-unicast");
    putIf(writing, [...path, "tag"], route.tag);
    const base = route.distance === 1 ? path : [...path, "distance", route.distance];
    for (const hop of route.nextHops) writeNextHop(writing, [...base, "via"], hop);
  }
}

function writeNextHop(writing: Writing, via: readonly (string | number)[], hop: StaticNextHop): void {
  if (hop.kind === "discard") put(writing, [...via, "blackhole", "type"], "blackhole");
  else if (hop.kind === "interface") put(writing, [...via, hop.interface, "type"], "interface");
  else {
    const path = [...via, hop.address];
    put(writing, [...path, "type"], hop.address.includes(":") ? "ipv6-address" : "ipv4-address");
    putIf(writing, [...path, "interface"], hop.interface);
    putIf(writing, [...path, "vrf"], hop.networkInstance);
  }
}
