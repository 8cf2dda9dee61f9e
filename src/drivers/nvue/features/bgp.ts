import type { AfiSafi, Bgp, BgpAfiSafi, BgpNeighbor } from "#model/bgp.ts";
import type { SourceProtocol } from "#model/routing-policy.ts";
import { parseAsn, type Asn } from "#net/asn.ts";
import { parseIpAddress, parseIpPrefix } from "#net/ip.ts";
import { compact, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, ignore, numberAt, setAt, textAt, use, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";
import { readPeer, writePeer } from "./bgp-peer.ts";

/** @source Cumulus Linux 5.15 Optional-BGP-Configuration "ECMP": multipath is on, up to 64 paths */
const defaultPaths = 64;

const afiSafis = ["ipv4-unicast", "ipv6-unicast", "l2vpn-evpn"] as const satisfies readonly AfiSafi[];

/** `vrf X router bgp`; what it leaves out of AS and router id, `router bgp` says for all. */
export function readBgp(reading: Reading, vrf: string, node: ConfigNode | undefined): Bgp | undefined {
  const global = at(reading.tree, "router", "bgp");
  if (node === undefined) return undefined;
  if (node.children.size === 0) use(node);
  const as = readAs(reading, vrf, node, global);
  const sharedId = textAt(global, "router-id");
  const routerId = textAt(node, "router-id") ?? sharedId;
  const sharedOn = flagAt(global, "state") ?? true;
  const on = (flagAt(node, "state") ?? true) && sharedOn;
  if (as === undefined) return undefined;
  const bgp = ["networkInstances", vrf, "bgp"];
  place(reading, node, ...bgp);
  const clusterId = textAt(node, "route-reflection", "cluster-id");
  const reflect = at(node, "route-reflection");
  ignore(at(reflect, "state"), "a route reflector is one by its clients");
  const selection = at(node, "path-selection");
  return compact<Bgp>({
    as,
    routerId: routerId === undefined ? undefined : parseIpAddress(routerId),
    enabled: on,
    afiSafis: readFamilies(reading, vrf, node),
    peerGroups: Object.fromEntries(
      childrenAt(node, "peer-group").map(([name, group]) => {
        place(reading, group, ...bgp, "peerGroups", name);
        return [name, readPeer(reading, group, true)];
      }),
    ),
    neighbors: Object.fromEntries(
      childrenAt(node, "neighbor").map(([name, peer]) => {
        place(reading, peer, ...bgp, "neighbors", name);
        return [name, readNeighbor(reading, name, peer)];
      }),
    ),
    dynamicNeighbors: childrenAt(node, "dynamic-neighbor", "listen-range").flatMap(([text, range]) => {
      const prefix = parseIpPrefix(text);
      const peerGroup = textAt(range, "peer-group");
      return prefix === undefined || peerGroup === undefined ? [] : [{ prefix, peerGroup }];
    }),
    // @source Cumulus Linux NVUE reference: `path-selection multipath aspath-ignore` is off by default
    allowMultipleAs: flagAt(selection, "multipath", "aspath-ignore") ?? false,
    clusterId: clusterId === undefined ? undefined : parseIpAddress(clusterId),
    alwaysCompareMed: flagAt(selection, "med", "compare-always"),
    // @source FRR "datacenter" profile, which Cumulus Linux runs: no bgp ebgp-requires-policy
    ebgpRequiresPolicy: false,
    compareRouterId: flagAt(selection, "routerid-compare"),
    distance: readDistance(node),
  });
}

function readAs(reading: Reading, vrf: string, node: ConfigNode, global: ConfigNode | undefined): Asn | undefined {
  const own = textAt(node, "autonomous-system");
  const shared = textAt(global, "autonomous-system");
  const text = own === undefined || own === "none" ? shared : own;
  const as = text === undefined ? undefined : parseAsn(text);
  if (as === undefined)
    report(
      reading,
      node,
      "nvue.bgp-as",
      text === undefined
        ? `BGP of VRF ${vrf} has no AS number.`
        : `The AS number of VRF ${vrf} is ${text.slice(0, 40)}: the switch derives it from its own MAC, so it can't be read from here.`,
      { severity: "error", remedy: "Set `router bgp autonomous-system` to a number." },
    );
  return as;
}

function readNeighbor(reading: Reading, name: string, node: ConfigNode): BgpNeighbor {
  const group = textAt(node, "peer-group");
  const type = textAt(node, "type");
  const unnumbered = type === "unnumbered" || (type === undefined && parseIpAddress(name) === undefined);
  return compact<BgpNeighbor>({
    ...readPeer(reading, node, group === undefined),
    peerGroup: group,
    interface: unnumbered ? name : undefined,
  });
}

function readFamilies(reading: Reading, vrf: string, node: ConfigNode): Bgp["afiSafis"] {
  const families: Partial<Record<AfiSafi, BgpAfiSafi>> = {};
  const ipv4 = at(node, "address-family", "ipv4-unicast");
  for (const family of afiSafis) {
    const own = at(node, "address-family", family);
    if (own === undefined && family !== "ipv4-unicast") continue;
    if (own?.children.size === 0) use(own);
    const enabled = flagAt(own, "state") ?? true;
    // Switched off and nothing else: the family is not there.
    if (!enabled && own?.children.size === 1) continue;
    // FRR takes the equal-cost limit of EVPN routes from the unicast family.
    const limits = family === "l2vpn-evpn" ? ipv4 : own;
    families[family] = {
      enabled,
      maximumPathsEbgp: numberAt(limits, "multipaths", "ebgp") ?? defaultPaths,
      maximumPathsIbgp: numberAt(limits, "multipaths", "ibgp") ?? defaultPaths,
      networks: childrenAt(own, "network").flatMap(([text, network]) => {
        const prefix = parseIpPrefix(text);
        if (prefix === undefined) return [];
        if (network.children.size === 0) use(network);
        return [compact<BgpAfiSafi["networks"][number]>({ prefix, policy: textAt(network, "route-map") })];
      }),
      aggregates: childrenAt(own, "aggregate-route").flatMap(([text, route]) => {
        const prefix = parseIpPrefix(text);
        if (prefix === undefined) return [];
        if (route.children.size === 0) use(route);
        return [
          compact<BgpAfiSafi["aggregates"][number]>({
            prefix,
            summaryOnly: flagAt(route, "summary-only") ?? false,
            asSet: flagAt(route, "as-set") ?? false,
            policy: textAt(route, "route-map"),
          }),
        ];
      }),
      redistribute: readRedistribute(own),
      importFrom: readImports(reading, own),
    };
    place(reading, own, "networkInstances", vrf, "bgp", "afiSafis", family);
  }
  return families;
}

const sources: readonly { readonly key: string; readonly protocol: SourceProtocol }[] = [
  { key: "connected", protocol: "connected" },
  { key: "static", protocol: "static" },
  { key: "ospf", protocol: "ospf" },
  { key: "ospf6", protocol: "ospf" },
  { key: "kernel", protocol: "kernel" },
];

function readRedistribute(family: ConfigNode | undefined): BgpAfiSafi["redistribute"] {
  return sources.flatMap(({ key, protocol }) => {
    const node = at(family, "redistribute", key);
    if (node === undefined) return [];
    if (node.children.size === 0) use(node);
    if (flagAt(node, "state") === false) return [];
    const policy = textAt(node, "route-map");
    return [{ protocol, ...(policy === undefined ? {} : { policy }) }];
  });
}

/** `route-import from-vrf`: one policy for all that are listed. */
function readImports(reading: Reading, family: ConfigNode | undefined): BgpAfiSafi["importFrom"] {
  const node = at(family, "route-import", "from-vrf");
  if (node === undefined) return [];
  const on = flagAt(node, "state") ?? true;
  const policy = textAt(node, "route-map");
  const list = setAt(node, "list");
  if (list.length === 0) report(reading, node, "nvue.route-import", "Routes are to be imported, from no VRF.");
  if (!on) return [];
  return list.map((networkInstance) => (policy === undefined ? { networkInstance } : { networkInstance, policy }));
}

function readDistance(node: ConfigNode): Bgp["distance"] {
  const admin = at(node, "address-family", "ipv4-unicast", "admin-distance");
  if (admin === undefined) return undefined;
  const external = numberAt(admin, "external") ?? 20;
  const internal = numberAt(admin, "internal") ?? 200;
  return { external, internal, local: 200 };
}

export function writeBgp(writing: Writing, vrf: string, bgp: Bgp | undefined): void {
  if (bgp === undefined) return;
  put(writing, ["router", "bgp", "state"], true);
  const path = ["vrf", vrf, "router", "bgp"];
  put(writing, [...path, "state"], bgp.enabled);
  put(writing, [...path, "autonomous-system"], bgp.as);
  putIf(writing, [...path, "router-id"], bgp.routerId);
  const selection = [...path, "path-selection"];
  if (bgp.allowMultipleAs) put(writing, [...selection, "multipath", "aspath-ignore"], true);
  putIf(writing, [...selection, "med", "compare-always"], bgp.alwaysCompareMed);
  putIf(writing, [...selection, "routerid-compare"], bgp.compareRouterId);
  if (bgp.clusterId !== undefined) {
    put(writing, [...path, "route-reflection", "state"], true);
    put(writing, [...path, "route-reflection", "cluster-id"], bgp.clusterId);
  }
  if (bgp.ebgpRequiresPolicy)
    unsupported(writing, `bgp ${vrf}`, "RFC 8212 can't be put in force by NVUE.", "Give each session its policies.");
  if (bgp.distance !== undefined) {
    put(writing, [...path, "address-family", "ipv4-unicast", "admin-distance", "external"], bgp.distance.external);
    put(writing, [...path, "address-family", "ipv4-unicast", "admin-distance", "internal"], bgp.distance.internal);
  }
  writeFamilies(writing, vrf, bgp);
  for (const [name, group] of Object.entries(bgp.peerGroups)) {
    put(writing, [...path, "peer-group", name]);
    writePeer(writing, [...path, "peer-group", name], group, true);
  }
  for (const [name, neighbor] of Object.entries(bgp.neighbors)) {
    const own = [...path, "neighbor", name];
    put(writing, [...own, "type"], neighbor.interface === undefined ? "numbered" : "unnumbered");
    putIf(writing, [...own, "peer-group"], neighbor.peerGroup);
    writePeer(writing, own, neighbor, neighbor.peerGroup === undefined);
  }
  for (const { prefix, peerGroup, peerAs } of bgp.dynamicNeighbors) {
    put(writing, [...path, "dynamic-neighbor", "listen-range", prefix, "peer-group"], peerGroup);
    if (peerAs !== undefined && peerAs.length > 0)
      unsupported(writing, `bgp ${vrf}`, "A listen range takes the AS of its group.", "Set the group's AS.");
  }
}

function writeFamilies(writing: Writing, vrf: string, bgp: Bgp): void {
  const path = ["vrf", vrf, "router", "bgp", "address-family"];
  const ipv4 = bgp.afiSafis["ipv4-unicast"];
  if (ipv4 === undefined) put(writing, [...path, "ipv4-unicast", "state"], false);
  for (const name of afiSafis) {
    const family = bgp.afiSafis[name];
    if (family === undefined) continue;
    const own = [...path, name];
    put(writing, [...own, "state"], family.enabled);
    if (name === "l2vpn-evpn") {
      if (family.maximumPathsEbgp !== (ipv4?.maximumPathsEbgp ?? defaultPaths))
        unsupported(writing, `bgp ${vrf}`, "EVPN has the equal-cost limit of the unicast family.");
    } else {
      if (family.maximumPathsEbgp !== defaultPaths)
        put(writing, [...own, "multipaths", "ebgp"], family.maximumPathsEbgp);
      if (family.maximumPathsIbgp !== defaultPaths)
        put(writing, [...own, "multipaths", "ibgp"], family.maximumPathsIbgp);
    }
    for (const { prefix, policy } of family.networks) {
      put(writing, [...own, "network", prefix]);
      putIf(writing, [...own, "network", prefix, "route-map"], policy);
    }
    for (const { prefix, summaryOnly, asSet, policy } of family.aggregates) {
      put(writing, [...own, "aggregate-route", prefix]);
      if (summaryOnly) put(writing, [...own, "aggregate-route", prefix, "summary-only"], true);
      if (asSet) put(writing, [...own, "aggregate-route", prefix, "as-set"], true);
      putIf(writing, [...own, "aggregate-route", prefix, "route-map"], policy);
    }
    writeRedistribute(writing, own, name, family, vrf);
    writeImports(writing, own, family, vrf);
  }
}

function writeRedistribute(
  writing: Writing,
  own: readonly string[],
  name: AfiSafi,
  family: BgpAfiSafi,
  vrf: string,
): void {
  for (const { protocol, policy } of family.redistribute) {
    const key = protocol === "ospf" && name === "ipv6-unicast" ? "ospf6" : protocol;
    if (!sources.some((source) => source.key === key))
      unsupported(writing, `bgp ${vrf}`, `NVUE can't redistribute ${protocol} routes into BGP.`);
    else {
      put(writing, [...own, "redistribute", key, "state"], true);
      putIf(writing, [...own, "redistribute", key, "route-map"], policy);
    }
  }
}

function writeImports(writing: Writing, own: readonly string[], family: BgpAfiSafi, vrf: string): void {
  const policies = new Set(family.importFrom.map(({ policy }) => policy));
  if (policies.size > 1) unsupported(writing, `bgp ${vrf}`, "Imports from several VRFs share one policy in NVUE.");
  for (const { networkInstance, policy } of family.importFrom) {
    put(writing, [...own, "route-import", "from-vrf", "state"], true);
    put(writing, [...own, "route-import", "from-vrf", "list", networkInstance]);
    putIf(writing, [...own, "route-import", "from-vrf", "route-map"], policy);
  }
}
