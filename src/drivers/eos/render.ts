import { formatMacDotted } from "#net/mac.ts";
import { compareNames } from "#net/order.ts";
import type { AfiSafi, Bgp } from "#model/bgp.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import { block, writeIndented, type Written } from "../syntax/indented.ts";
import { portsFit, writeAcls } from "./features/acl.ts";
import { writePeer } from "./features/bgp-peer-lines.ts";
import { writeBgp } from "./features/bgp.ts";
import { kindOf, writeInterface } from "./features/interfaces.ts";
import { writeMlag } from "./features/mlag.ts";
import { writeOspf } from "./features/ospf.ts";
import { writeQos } from "./features/qos.ts";
import { writeRoutingPolicy } from "./features/routing-policy.ts";
import { writeStaticRoutes } from "./features/static-routes.ts";
import { writeVlans } from "./features/vlans.ts";
import { writeIpRouting, writeVrfs } from "./features/vrf.ts";
import { writeVxlan } from "./features/vxlan.ts";

/** The name under which a device's configuration goes. */
export const configFile = "running-config";

/** The configuration in the order in which EOS prints it, and what of it EOS can't say. */
export function renderEos(config: DeviceConfig): { files: readonly SourceFile[]; findings: readonly Finding[] } {
  const text = writeIndented([
    // EVPN runs only in this model. @source Arista EOS User Manual, "service routing protocols model"
    block("service routing protocols model multi-agent"),
    block(`hostname ${config.hostname}`),
    ...(config.lldp === false ? [block("no lldp run")] : []),
    ...writeVlans(config),
    ...writeVrfs(config),
    ...writeQos(config),
    ...writeInterfaces(config),
    ...writeVxlan(config),
    ...(config.anycastGatewayMac === undefined
      ? []
      : [block(`ip virtual-router mac-address ${formatMacDotted(config.anycastGatewayMac)}`)]),
    ...writeAcls(config),
    ...writeIpRouting(config),
    ...writeMlag(config),
    ...writeStaticRoutes(config),
    ...writeRoutingPolicy(config),
    ...writeBgp(config),
    ...writeOspf(config),
    block("end"),
  ]);
  return { files: [{ path: configFile, text }], findings: inexpressible(config) };
}

const kindOrder = ["lag", "ethernet", "loopback", "management", "irb"] as const;

const writeInterfaces = (config: DeviceConfig): Written[] =>
  Object.entries(config.interfaces)
    .filter(([name]) => kindOf(name) !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || compareNames(a, b))
    .map(([name, port]) => writeInterface(name, port, config));

const rank = (name: string): number => {
  const kind = kindOf(name);
  return kindOrder.indexOf(
    (kind === "subinterface" ? (name.startsWith("Port") ? "lag" : "ethernet") : kind) as (typeof kindOrder)[number],
  ); // a kind of the list, checked above
};

/** One finding for each part of the config that EOS has no words for. */
function inexpressible(config: DeviceConfig): Finding[] {
  const findings: Finding[] = [];
  const cannot = (path: string, message: string, severity: Finding["severity"] = "error"): void => {
    findings.push({
      code: "eos.unsupported",
      severity,
      message,
      where: { kind: "device", device: config.hostname, object: path },
    });
  };
  for (const [name, port] of Object.entries(config.interfaces)) {
    if (kindOf(name) === undefined) cannot(name, `EOS has no interface named ${name}.`);
    if (port.anycastMac !== undefined) cannot(name, "EOS has one anycast gateway MAC for the whole switch.");
    if (port.fec === "auto") cannot(name, "EOS has no word for automatic FEC; it is what EOS does by itself.", "info");
    if (port.lacp !== undefined && !Object.values(config.interfaces).some((other) => other.lag === name))
      cannot(name, "On EOS the members of a LAG say how it negotiates, and this one has none.");
  }
  if (config.vxlan?.anycastAddress !== undefined)
    cannot("vxlan", "On EOS an MLAG pair shares its VTEP address by having the same loopback address on both.");
  if (config.vxlan !== undefined && config.vxlan.sourceInterface === undefined)
    cannot("vxlan", "EOS takes the VTEP's address from an interface: none is named.");
  if (config.vxlan?.routerMac !== undefined) cannot("vxlan", "The router MAC of a VTEP can't be chosen freely on EOS.");
  if (config.mlag?.systemMac !== undefined) cannot("mlag", "EOS makes the MLAG system MAC itself.");
  if (config.mlag?.peerAddress === "link-local") cannot("mlag", "EOS needs an address of the MLAG peer.");
  for (const [name, domain] of Object.entries(config.bridgeDomains)) {
    if (domain.vlanId === undefined)
      cannot(`bridge domain ${name}`, "On EOS a bridge domain is a VLAN and needs its number.");
    if (domain.arpSuppression === false) cannot(`VLAN ${name}`, "ARP suppression can't be turned off for one VLAN.");
  }
  for (const [name, acl] of Object.entries(config.acls)) {
    if (acl.family === "mac") cannot(`access list ${name}`, "MAC access lists are not written yet.");
    if (acl.entries.some((entry) => !portsFit(entry.sourcePorts) || !portsFit(entry.destinationPorts)))
      cannot(`access list ${name}`, "An entry has several port ranges: EOS takes one range, or single ports.");
  }
  for (const [name, instance] of Object.entries(config.networkInstances)) {
    if (
      instance.evpn !== undefined &&
      (instance.evpn.routeDistinguisher === undefined ||
        instance.evpn.importRouteTargets === undefined ||
        instance.evpn.exportRouteTargets === undefined)
    )
      cannot(`VRF ${name}`, "EOS derives no route targets for a VRF: give distinguisher and targets.");
    if (instance.evpn?.advertise.some(({ policy }) => policy !== undefined) === true)
      cannot(`VRF ${name}`, "A policy on type-5 routes is not written yet.");
    if (instance.evpn !== undefined && instance.bgp === undefined)
      cannot(`VRF ${name}`, "A type-5 service on EOS stands in BGP, and the VRF has none.");
    if (instance.bgp !== undefined) cannotBgp(name, instance.bgp, config, cannot);
  }
  for (const [name, policy] of Object.entries(config.routingPolicy.policies)) {
    if (policy.defaultResult === "accept")
      cannot(`route map ${name}`, "A route map of EOS ends in a deny: add a last statement that permits.");
    for (const { conditions, actions, name: statement } of policy.statements)
      if (
        conditions.evpnRouteType !== undefined ||
        conditions.vni !== undefined ||
        conditions.peer !== undefined ||
        actions.setNextHop === "unchanged"
      )
        cannot(`route map ${name} ${statement}`, "A condition or action of this statement is not written for EOS.");
  }
  if (config.qos !== undefined && Object.keys(config.qos.bufferProfiles).length > 0)
    cannot("qos", "Buffer profiles are left to the platform's own lossless defaults on EOS.", "info");
  return findings;
}

function cannotBgp(
  name: string,
  bgp: Bgp,
  config: DeviceConfig,
  cannot: (path: string, message: string) => void,
): void {
  const at = `BGP of ${name}`;
  const paths = new Set(
    Object.values(bgp.afiSafis).flatMap((family) => [family.maximumPathsEbgp, family.maximumPathsIbgp]),
  );
  if (paths.size > 1) cannot(at, "EOS has one number of equal-cost paths for all families, internal and external.");
  if (Object.values(bgp.afiSafis).some((family) => family.importFrom.length > 0))
    cannot(at, "Taking routes over from another VRF is not written yet.");
  if (bgp.as !== config.networkInstances["default"]?.bgp?.as && config.networkInstances["default"]?.bgp !== undefined)
    cannot(at, "EOS has one AS number for all VRFs; another goes by `local-as` of each neighbor.");
  const known = (["ipv4-unicast", "ipv6-unicast", "l2vpn-evpn"] as const).filter(
    (family: AfiSafi) => bgp.afiSafis[family] !== undefined,
  );
  for (const [key, peer] of [...Object.entries(bgp.neighbors), ...Object.entries(bgp.peerGroups)]) {
    const group =
      "peerGroup" in peer && typeof peer.peerGroup === "string" ? bgp.peerGroups[peer.peerGroup] : undefined;
    if (typeof peer.peerAs === "string" && !("interface" in peer))
      cannot(`${at}, ${key}`, "EOS needs the AS number of a neighbor with an address.");
    if (peer.authenticated === true)
      cannot(
        `${at}, ${key}`,
        "The session is authenticated, and secrets are never kept: the line has to be carried over from the device.",
      );
    for (const field of writePeer(key, peer, group, known).inexpressible)
      cannot(`${at}, ${key}`, `EOS says ${field} for all families of a neighbor at once.`);
  }
}
