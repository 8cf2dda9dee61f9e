import type {
  BridgeDomain,
  EthernetSegment,
  EvpnInstance,
  Interface,
  L3EvpnInstance,
  MacVrf,
} from "#model/device-config.ts";
import type { AfiSafi } from "#model/bgp.ts";
import { parseVni } from "#net/asn.ts";
import { parseMac } from "#net/mac.ts";
import { compareNames } from "#net/order.ts";
import { compact, place, present, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, ignore, numberAt, setAt, textAt, use, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";

/** EVPN is on once anything of it is said, unless it is switched off. */
function evpnIsOn(reading: Reading): boolean {
  const node = at(reading.tree, "evpn");
  return node !== undefined && (flagAt(node, "state") ?? true);
}

/**
 * One VLAN-based service for each VLAN that has a VNI, as FRR's `advertise-all-vni` makes them. A route distinguisher
 * or target that is absent is the router's own: `<router-id>:<n>`, `<AS>:<VNI>`.
 *
 * @source Cumulus Linux 5.15 EVPN-Enhancements "Define RDs and RTs"
 */
export function readMacVrfs(reading: Reading, domains: ReadonlyMap<string, BridgeDomain>): Record<string, MacVrf> {
  const services = new Map<string, MacVrf>();
  const on = evpnIsOn(reading);
  const vlans = new Map([...domains].map(([name, domain]) => [domain.vni, name]));
  for (const [text, node] of childrenAt(reading.tree, "evpn", "vni")) {
    const vni = parseVni(text);
    const name = vni === undefined ? undefined : vlans.get(vni);
    // An L3VNI may be listed too; what it says of targets is said in its VRF.
    if (name === undefined) ignore(node, "names a VNI that no VLAN has");
  }
  for (const [name, domain] of domains) {
    if (!on || domain.vni === undefined) continue;
    const node = at(reading.tree, "evpn", "vni", String(domain.vni));
    if (node?.children.size === 0) use(node);
    services.set(name, { service: "vlan-based", bridgeDomains: [name], evpn: readVni(reading, node, name) });
    place(reading, node ?? at(reading.tree, "evpn"), "macVrfs", name);
    for (const [key, part] of [
      ["importRouteTargets", "import"],
      ["exportRouteTargets", "export"],
    ] as const)
      place(reading, at(node, "route-target", part) ?? at(node, "route-target", "both"), "macVrfs", name, "evpn", key);
  }
  return Object.fromEntries(services);
}

function readVni(reading: Reading, node: ConfigNode | undefined, name: string): EvpnInstance {
  const rd = textAt(node, "rd");
  const both = at(node, "route-target", "both");
  const path = (key: string) => ["macVrfs", name, "evpn", key];
  return compact<EvpnInstance>({
    routeDistinguisher: rd === "auto" ? undefined : rd,
    importRouteTargets: readTargets(reading, [at(node, "route-target", "import"), both], path("importRouteTargets")),
    exportRouteTargets: readTargets(reading, [at(node, "route-target", "export"), both], path("exportRouteTargets")),
  });
}

/** `ANY:4001` takes any AS; `auto` is what absence means. */
function readTargets(
  reading: Reading,
  nodes: readonly (ConfigNode | undefined)[],
  path: readonly string[],
): readonly string[] | undefined {
  const targets = new Map<string, ConfigNode | undefined>();
  let auto: ConfigNode | undefined;
  for (const node of nodes)
    for (const text of setAt(node))
      if (text === "auto") auto = at(node, text) ?? node;
      else targets.set(text.replace(/^ANY:/i, "*:"), at(node, text) ?? node);
  if (auto !== undefined && targets.size > 0)
    report(
      reading,
      auto,
      "nvue.auto-and-explicit-route-target",
      "Route targets are both `auto` and listed; only the listed ones are modelled.",
      { remedy: "List the derived target too." },
    );
  const sorted = [...targets].toSorted(([a], [b]) => compareNames(a, b));
  // Each target has its own line: a proof names the one that leaks.
  for (const [index, [, node]] of sorted.entries()) place(reading, node, ...path, index);
  return present(sorted.map(([target]) => target));
}

const exported = ["ipv4-unicast", "ipv6-unicast"] as const satisfies readonly AfiSafi[];

/** `vrf X evpn vni N` with what the VRF's BGP says of it. */
export function readL3Evpn(reading: Reading, vrf: string, node: ConfigNode): L3EvpnInstance | undefined {
  const bgp = at(node, "router", "bgp");
  const [text, vniNode] = childrenAt(node, "evpn", "vni").at(-1) ?? [
    at(node, "evpn", "vni")?.value,
    at(node, "evpn", "vni"),
  ];
  const vni = text === undefined ? undefined : parseVni(text);
  ignore(at(node, "evpn", "vlan"), "the VLAN that carries the L3VNI inside the switch is not seen outside");
  const on = flagAt(node, "evpn", "state") ?? true;
  if (vniNode?.children.size === 0) use(vniNode);
  if (vni === undefined || !on) {
    const why = "means something only in a VRF with an L3VNI";
    ignore(at(bgp, "rd"), why);
    for (const key of ["route-import", "route-export"]) ignore(at(bgp, key), why);
    for (const family of exported) ignore(at(bgp, "address-family", family, "route-export"), why);
    return undefined;
  }
  const rd = textAt(bgp, "rd");
  place(reading, vniNode, "networkInstances", vrf, "evpn");
  place(reading, at(bgp, "route-import"), "networkInstances", vrf, "evpn", "importRouteTargets");
  place(reading, at(bgp, "route-export"), "networkInstances", vrf, "evpn", "exportRouteTargets");
  return compact<L3EvpnInstance>({
    vni,
    routeDistinguisher: rd === "auto" ? undefined : rd,
    importRouteTargets: readTargets(
      reading,
      [at(bgp, "route-import", "from-evpn", "route-target")],
      ["networkInstances", vrf, "evpn", "importRouteTargets"],
    ),
    exportRouteTargets: readTargets(
      reading,
      [at(bgp, "route-export", "to-evpn", "route-target")],
      ["networkInstances", vrf, "evpn", "exportRouteTargets"],
    ),
    advertise: exported.flatMap((afiSafi) => {
      const node = at(bgp, "address-family", afiSafi, "route-export", "to-evpn");
      if (node === undefined) return [];
      if (node.children.size === 0) use(node);
      if (flagAt(node, "state") === false) return [];
      const policy = textAt(node, "route-map");
      return [{ afiSafi, ...(policy === undefined ? {} : { policy }) }];
    }),
  });
}

/** @source Cumulus Linux EVPN-Multihoming: ESI type 3 is 03, the segment's MAC, the local id in three octets */
export function readEthernetSegment(reading: Reading, port: ConfigNode): EthernetSegment | undefined {
  const node = at(port, "evpn", "multihoming", "segment");
  ignore(at(port, "evpn", "multihoming", "uplink"), "uplink tracking: acts only when all uplinks are lost");
  if (node === undefined) return undefined;
  const on = flagAt(node, "state") ?? true;
  const macText = textAt(node, "mac-address") ?? textAt(reading.tree, "evpn", "multihoming", "segment", "mac-address");
  const local = numberAt(node, "local-id");
  const given = textAt(node, "identifier")?.toLowerCase();
  const mac = macText === undefined ? undefined : parseMac(macText);
  const dfPreference = numberAt(node, "df-preference");
  const derived =
    mac === undefined || local === undefined || local > 0xffffff ? undefined : `03:${mac}:${octets(local)}`;
  const esi = given ?? derived;
  if (!on) return undefined;
  if (esi === undefined || !/^(?:[0-9a-f]{2}:){9}[0-9a-f]{2}$/.test(esi)) {
    report(
      reading,
      node,
      "nvue.ethernet-segment",
      "An Ethernet segment needs a MAC and a local id, or an identifier.",
      {
        severity: "error",
      },
    );
    return undefined;
  }
  return compact<EthernetSegment>({ esi, dfPreference });
}

const octets = (local: number): string =>
  local
    .toString(16)
    .padStart(6, "0")
    .replace(/(..)(?=.)/g, "$1:");

export function writeEthernetSegment(writing: Writing, name: string, port: Interface): void {
  const segment = port.ethernetSegment;
  if (segment === undefined) return;
  const path = ["interface", name, "evpn", "multihoming", "segment"];
  put(writing, [...path, "state"], true);
  if (segment.esi.startsWith("03:")) {
    put(writing, [...path, "mac-address"], segment.esi.slice(3, 20));
    put(writing, [...path, "local-id"], Number.parseInt(segment.esi.slice(21).replaceAll(":", ""), 16));
  } else put(writing, [...path, "identifier"], segment.esi);
  putIf(writing, [...path, "df-preference"], segment.dfPreference);
  put(writing, ["evpn", "multihoming", "state"], true);
  if (segment.singleActive === true) unsupported(writing, name, "Cumulus Linux segments are all-active.");
  if (segment.importRouteTarget !== undefined)
    unsupported(writing, name, "The segment's import target is derived from the ESI; it can't be set.");
}

/** A tunnel end point that speaks EVPN has it on before its first VNI: a first tenant then adds only what is its own. */
function writeEvpnState(writing: Writing): void {
  const { vxlan, networkInstances, bridgeDomains, macVrfs } = writing.config;
  const speaks = networkInstances["default"]?.bgp?.afiSafis["l2vpn-evpn"]?.enabled === true;
  const kept = Object.entries(bridgeDomains).some(
    ([name, { vni }]) => vni !== undefined && macVrfs[name] === undefined,
  );
  if (vxlan !== undefined && speaks && !kept) put(writing, ["evpn", "state"], true);
}

export function writeEvpn(writing: Writing): void {
  const { config } = writing;
  writeEvpnState(writing);
  for (const [name, service] of Object.entries(config.macVrfs)) {
    put(writing, ["evpn", "state"], true);
    const [domain] = service.bridgeDomains;
    const vni = domain === undefined ? undefined : config.bridgeDomains[domain]?.vni;
    if (
      service.service !== "vlan-based" ||
      service.bridgeDomains.length !== 1 ||
      vni === undefined ||
      domain !== name
    ) {
      unsupported(writing, name, `The service ${name} is not one VLAN with one VNI, which is all that NVUE makes.`);
      continue;
    }
    const path = ["evpn", "vni", vni];
    if (Object.keys(service.evpn).length > 0) put(writing, path);
    putIf(writing, [...path, "rd"], service.evpn.routeDistinguisher);
    writeTargets(writing, [...path, "route-target", "import"], service.evpn.importRouteTargets);
    writeTargets(writing, [...path, "route-target", "export"], service.evpn.exportRouteTargets);
  }
  for (const [name, domain] of Object.entries(config.bridgeDomains))
    if (domain.vni !== undefined && config.macVrfs[name] === undefined && Object.keys(config.macVrfs).length > 0)
      unsupported(writing, name, `VNI ${domain.vni} is to stay out of EVPN; NVUE announces every VNI once EVPN is on.`);
  for (const [vrf, instance] of Object.entries(config.networkInstances)) {
    if (instance.evpn === undefined) continue;
    put(writing, ["evpn", "state"], true);
    put(writing, ["vrf", vrf, "evpn", "state"], true);
    put(writing, ["vrf", vrf, "evpn", "vni", instance.evpn.vni]);
    const bgp = ["vrf", vrf, "router", "bgp"];
    putIf(writing, [...bgp, "rd"], instance.evpn.routeDistinguisher);
    writeTargets(writing, [...bgp, "route-import", "from-evpn", "route-target"], instance.evpn.importRouteTargets);
    writeTargets(writing, [...bgp, "route-export", "to-evpn", "route-target"], instance.evpn.exportRouteTargets);
    for (const { afiSafi, policy } of instance.evpn.advertise) {
      put(writing, [...bgp, "address-family", afiSafi, "route-export", "to-evpn", "state"], true);
      putIf(writing, [...bgp, "address-family", afiSafi, "route-export", "to-evpn", "route-map"], policy);
    }
  }
}

function writeTargets(
  writing: Writing,
  path: readonly (string | number)[],
  targets: readonly string[] | undefined,
): void {
  for (const target of targets ?? []) put(writing, [...path, target.replace(/^\*:/, "ANY:")]);
}
