import type { Interface, Ospf, OspfInterface } from "#model/device-config.ts";
import type { SourceProtocol } from "#model/routing-policy.ts";
import {
  formatIpv4Number,
  parseIpAddress,
  parseIpPrefix,
  prefixAddress,
  prefixContains,
  type IpAddress,
} from "#net/ip.ts";
import { compact, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, numberAt, textAt, use, type ConfigNode } from "../tree.ts";
import { put, putIf, type Writing } from "../writing.ts";

/** @source FRR ospfd `auto-cost reference-bandwidth`: 100,000 Mbit/s; Cumulus Linux builds FRR for 256 ECMP paths @source unconfirmed: 64 used */
const referenceMbps = 100_000;
const maximumPaths = 64;

const areaOf = (text: string): IpAddress | undefined =>
  /^\d{1,10}$/.test(text) ? formatIpv4Number(Number(text) >>> 0) : parseIpAddress(text);

const protocols = ["connected", "static", "kernel", "bgp"] as const satisfies readonly SourceProtocol[];

/** `vrf X router ospf`, and `router ospf` of each interface that stands in the VRF. */
export function readOspf(
  reading: Reading,
  vrf: string,
  node: ConfigNode | undefined,
  ports: ReadonlyMap<string, Interface>,
): Ospf | undefined {
  const interfaces = new Map<string, OspfInterface>();
  for (const [name, port] of ports) {
    if (port.networkInstance !== vrf) continue;
    const member = readMember(reading, vrf, name, port, node);
    if (member !== undefined) interfaces.set(name, member);
  }
  if (node === undefined) return undefined;
  const sharedOn = flagAt(reading.tree, "router", "ospf", "state") ?? true;
  const on = (flagAt(node, "state") ?? true) && sharedOn;
  const sharedId = textAt(reading.tree, "router", "ospf", "router-id");
  const routerId = textAt(node, "router-id") ?? sharedId;
  const reference = numberAt(node, "reference-bandwidth") ?? referenceMbps;
  for (const [, area] of childrenAt(node, "area")) if (area.children.size === 0) use(area);
  const always = flagAt(node, "default-originate", "always");
  const originate = at(node, "default-originate") !== undefined && (flagAt(node, "default-originate", "state") ?? true);
  if (!on) return undefined;
  place(reading, node, "networkInstances", vrf, "ospf");
  return compact<Ospf>({
    routerId: routerId === undefined ? undefined : parseIpAddress(routerId),
    referenceBandwidthBps: reference * 1e6,
    maximumPaths,
    interfaces: Object.fromEntries(interfaces),
    redistribute: protocols.flatMap((protocol) => {
      const from = at(node, "redistribute", protocol);
      if (from === undefined) return [];
      if (from.children.size === 0) use(from);
      if (flagAt(from, "state") === false) return [];
      return [
        compact<Ospf["redistribute"][number]>({
          protocol,
          policy: textAt(from, "route-map"),
          metric: numberAt(from, "metric"),
        }),
      ];
    }),
    defaultOriginate: originate ? (always === true ? "always" : "if-present") : undefined,
  });
}

function readMember(
  reading: Reading,
  vrf: string,
  name: string,
  port: Interface,
  instance: ConfigNode | undefined,
): OspfInterface | undefined {
  const node = at(reading.tree, "interface", name, "router", "ospf");
  const said = textAt(node, "area");
  const area = said === undefined ? byNetwork(port, instance) : areaOf(said);
  const type = textAt(node, "network-type");
  const passive = flagAt(node, "passive") ?? flagAt(instance, "passive-interface", "default") ?? false;
  const cost = numberAt(node, "cost");
  const on = flagAt(node, "state") ?? true;
  if (node !== undefined && type !== undefined && type !== "point-to-point" && type !== "broadcast")
    report(reading, node, "nvue.ospf-network-type", `The OSPF network type ${type} of ${name} is not modelled.`);
  if (area === undefined || !on) return undefined;
  place(reading, node, "networkInstances", vrf, "ospf", "interfaces", name);
  return compact<OspfInterface>({
    area,
    networkType: type === "point-to-point" ? "point-to-point" : "broadcast",
    passive,
    cost,
  });
}

/** `area 0 network 10.0.0.0/8`: the interfaces whose address lies in it. */
function byNetwork(port: Interface, instance: ConfigNode | undefined): IpAddress | undefined {
  for (const [text, area] of childrenAt(instance, "area"))
    for (const [network, leaf] of childrenAt(area, "network")) {
      const prefix = parseIpPrefix(network);
      if (prefix === undefined) continue;
      use(leaf);
      if (port.ipv4?.addresses.some((address) => prefixContains(prefix, prefixAddress(address)))) return areaOf(text);
    }
  return undefined;
}

export function writeOspf(writing: Writing, vrf: string, ospf: Ospf | undefined): void {
  if (ospf === undefined) return;
  put(writing, ["router", "ospf", "state"], true);
  const path = ["vrf", vrf, "router", "ospf"];
  put(writing, [...path, "state"], true);
  putIf(writing, [...path, "router-id"], ospf.routerId);
  const mbps = ospf.referenceBandwidthBps / 1e6;
  if (mbps !== referenceMbps) put(writing, [...path, "reference-bandwidth"], mbps);
  for (const { protocol, policy, metric } of ospf.redistribute) {
    put(writing, [...path, "redistribute", protocol, "state"], true);
    putIf(writing, [...path, "redistribute", protocol, "route-map"], policy);
    putIf(writing, [...path, "redistribute", protocol, "metric"], metric);
  }
  if (ospf.defaultOriginate !== undefined) {
    put(writing, [...path, "default-originate", "state"], true);
    put(writing, [...path, "default-originate", "always"], ospf.defaultOriginate === "always");
  }
  for (const [name, port] of Object.entries(ospf.interfaces)) {
    const base = ["interface", name, "router", "ospf"];
    put(writing, [...path, "area", port.area]);
    put(writing, [...base, "area"], port.area);
    put(writing, [...base, "network-type"], port.networkType);
    if (port.passive) put(writing, [...base, "passive"], true);
    putIf(writing, [...base, "cost"], port.cost);
  }
}
