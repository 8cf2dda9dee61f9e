import { isIpv6 } from "#net/ip.ts";
import { writeBgp } from "./bgp.ts";
import { writeAsPathList, writeCommunityList } from "./community-lists.ts";
import type { FrrConfig } from "./config.ts";
import { writeEvpn, writeVrfEvpn } from "./evpn.ts";
import { writeOspf, writeOspfInterface } from "./ospf.ts";
import { writePrefixList } from "./prefix-lists.ts";
import { writeRouteMap } from "./route-maps.ts";
import { writeStaticRoute } from "./static-routes.ts";

/** The text, in the order in which `show running-config` gives it, so that nothing is named before it is there. */
export function renderFrr(config: FrrConfig): string {
  const { instances, routingPolicy } = config;
  const lines: string[] = [
    `frr defaults ${config.defaults}`,
    ...(config.hostname === undefined ? [] : [`hostname ${config.hostname}`]),
    "!",
  ];
  if (config.routerId !== undefined) lines.push(`ip router-id ${config.routerId}`, "!");
  const six = (name: string): boolean =>
    routingPolicy.prefixSets[name]?.entries.some((entry) => isIpv6(entry.prefix)) ?? false;
  for (const [name, set] of Object.entries(routingPolicy.prefixSets))
    for (const line of writePrefixList(name, set)) lines.push(line);
  for (const [name, set] of Object.entries(routingPolicy.communitySets))
    lines.push(...writeCommunityList(name, set, false));
  for (const [name, set] of Object.entries(routingPolicy.extCommunitySets))
    lines.push(...writeCommunityList(name, set, true));
  for (const [name, set] of Object.entries(routingPolicy.asPathSets)) lines.push(...writeAsPathList(name, set));
  for (const route of instances["default"]?.staticRoutes ?? []) lines.push(...writeStaticRoute(route));
  for (const [name, { vni, staticRoutes }] of Object.entries(instances)) {
    if (name === "default") continue;
    lines.push(
      `vrf ${name}`,
      ...(vni === undefined ? [] : [` vni ${vni}`]),
      ...staticRoutes.flatMap(writeStaticRoute).map((line) => ` ${line}`),
      "exit-vrf",
      "!",
    );
  }
  writeInterfaces(config, lines);
  for (const [name, statements] of Object.entries(routingPolicy.policies))
    for (const line of writeRouteMap(name, statements.statements, six)) lines.push(line);
  for (const [name, { bgp, evpn, ospf }] of Object.entries(instances)) {
    const vrf = name === "default" ? "" : ` vrf ${name}`;
    if (bgp !== undefined)
      lines.push(
        `router bgp ${bgp.as}${vrf}`,
        ...writeBgp(bgp, name === "default" ? writeEvpn(config.evpn) : writeVrfEvpn(evpn)),
        "exit",
        "!",
      );
    if (ospf !== undefined) lines.push(`router ospf${vrf}`, ...writeOspf(ospf), "exit", "!");
  }
  return `${lines.join("\n")}\nend\n`;
}

function writeInterfaces(config: FrrConfig, lines: string[]): void {
  const ospf = new Map(
    Object.values(config.instances).flatMap((instance) => Object.entries(instance.ospf?.interfaces ?? {})),
  );
  for (const name of new Set([...Object.keys(config.interfaces), ...ospf.keys()])) {
    const port = config.interfaces[name];
    const member = ospf.get(name);
    lines.push(
      `interface ${name}${port?.vrf === undefined ? "" : ` vrf ${port.vrf}`}`,
      ...(port?.description === undefined ? [] : [` description ${port.description}`]),
      ...(port?.shutdown === undefined ? [] : [port.shutdown ? " shutdown" : " no shutdown"]),
      ...(port?.addresses ?? []).map((address) => ` ${isIpv6(address) ? "ipv6" : "ip"} address ${address}`),
      ...(member === undefined ? [] : writeOspfInterface(member)),
      "exit",
      "!",
    );
  }
}
