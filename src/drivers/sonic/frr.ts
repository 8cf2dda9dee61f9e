import type { Bgp } from "#model/bgp.ts";
import type { StaticRoute } from "#model/device-config.ts";
import { configPath, type SourceFile } from "#model/source.ts";
import type { ParsedFrr } from "../syntax/frr/config.ts";
import { parseFrr } from "../syntax/frr/parse.ts";
import type { Draft } from "./draft.ts";
import { frrMultipath } from "./features/bgp.ts";
import { vrfFromSonic } from "./names.ts";

/** Text files beside the database: what FRR runs. Interfaces' addresses are the database's. */
export const readFrrFiles = (files: readonly SourceFile[], draft: Draft): readonly ParsedFrr[] => {
  const interfaces = new Map(
    [...draft.interfaces].map(([name, port]) => [
      name,
      { addresses: port.addresses, networkInstance: port.networkInstance },
    ]),
  );
  return files.map((file) => parseFrr(file, { multipath: frrMultipath, codePrefix: "sonic", interfaces }));
};

const withNames = (bgp: Bgp): Bgp => ({
  ...bgp,
  afiSafis: Object.fromEntries(
    Object.entries(bgp.afiSafis).map(([name, family]) => [
      name,
      {
        ...family,
        importFrom: family.importFrom.map((one) => ({ ...one, networkInstance: vrfFromSonic(one.networkInstance) })),
      },
    ]),
  ),
});

const routeWithNames = (route: StaticRoute): StaticRoute => ({
  ...route,
  nextHops: route.nextHops.map((hop) =>
    hop.kind === "address" && hop.networkInstance !== undefined
      ? { ...hop, networkInstance: vrfFromSonic(hop.networkInstance) }
      : hop,
  ),
});

/** What FRR says is laid over what the tables said: its lists and route maps win by name, its routes are added. */
export function mergeFrr(draft: Draft, { config, provenance }: ParsedFrr): void {
  if (draft.hostname === "" && config.hostname !== undefined) draft.hostname = config.hostname;
  const moved = new Map<string, number>();
  for (const [name, instance] of Object.entries(config.instances)) {
    const into = draft.instance(vrfFromSonic(name));
    if (instance.bgp !== undefined) into.bgp = withNames(instance.bgp);
    if (instance.ospf !== undefined) into.ospf = instance.ospf;
    if (instance.vni !== undefined) into.vni ??= instance.vni;
    if (instance.evpn !== undefined) into.evpn = instance.evpn;
    moved.set(name, into.staticRoutes.length);
    for (const route of instance.staticRoutes) into.staticRoutes.push(routeWithNames(route));
  }
  if (config.evpn.advertiseAllVni) draft.advertiseAllVni = true;
  for (const [vni, instance] of Object.entries(config.evpn.vnis)) draft.macVrfEvpn.set(Number(vni), instance);
  for (const part of ["prefixSets", "communitySets", "extCommunitySets", "asPathSets", "policies"] as const) {
    const into = draft[part] as Map<string, unknown>; // each part's map takes what the same part of FRR holds
    for (const [name, set] of Object.entries(config.routingPolicy[part])) into.set(name, set);
  }
  for (const [path, span] of provenance)
    for (const place of placesOf(draft, path, moved))
      if (!draft.provenance.has(place)) draft.provenance.set(place, span);
}

/** Where a part of FRR's configuration stands in the device's. */
function placesOf(draft: Draft, path: string, moved: ReadonlyMap<string, number>): string[] {
  const [, root = "", first = "", second = "", ...rest] = path
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (root === "routingPolicy") return [path];
  if (root === "evpn" && first === "vnis")
    return [...draft.bridgeDomains]
      .filter(([, domain]) => domain.vni === Number(second))
      .flatMap(([name]) =>
        ["", "/evpn/importRouteTargets", "/evpn/exportRouteTargets"].map(
          (tail) => `${configPath("macVrfs", name)}${tail}`,
        ),
      );
  if (root !== "instances") return [];
  const name = vrfFromSonic(first);
  if (second === "staticRoutes")
    return [configPath("networkInstances", name, "staticRoutes", Number(rest[0]) + (moved.get(first) ?? 0))];
  if (second === "vni") return [configPath("networkInstances", name, "evpn")];
  return [configPath("networkInstances", name, ...(second === "" ? [] : [second]), ...rest)];
}
