import type { DeviceConfig, Interface, NetworkInstance } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import { vlanId } from "#net/asn.ts";
import { accountFor } from "./account.ts";
import { readAcls } from "./features/acl.ts";
import { readMacVrfs } from "./features/evpn.ts";
import { borrowLoopback, defaultMtuBytes, readInterfaces } from "./features/interfaces.ts";
import { peerLink, peerLinkVlan, readMlag } from "./features/mlag.ts";
import { readQos } from "./features/qos.ts";
import { readRoutingPolicy } from "./features/routing-policy.ts";
import { addNamedVlans, bridgeOf, readBridgeDomains } from "./features/vlans.ts";
import { readNetworkInstances } from "./features/vrf.ts";
import { readGatewayMac, readVxlan } from "./features/vxlan.ts";
import { ignoreKnown } from "./ignored.ts";
import { compact, type Reading } from "./reading.ts";
import { readSource } from "./source.ts";
import { modernise } from "./spelling.ts";
import { readSnippets } from "./system.ts";
import { at, flagAt, textAt } from "./tree.ts";

/** The name a switch has before it is given one. @source Cumulus Linux Quick-Start-Guide */
const factoryName = "cumulus";

/** NVUE text to meaning. Never throws; what it does not understand is reported with its line. */
export function parseNvue(files: readonly SourceFile[]): ParsedDevice {
  const source = readSource(files);
  const findings: Finding[] = [...source.findings];
  const reading: Reading = { tree: modernise(source.tree), findings, provenance: new Map() };
  const config = readConfig(reading);
  ignoreKnown(reading.tree);
  const accounts = source.files.map((file) => accountFor(file, findings));
  return { config, provenance: reading.provenance, findings, accounts };
}

function readConfig(reading: Reading): DeviceConfig {
  const { tree } = reading;
  const hostname = textAt(tree, "system", "hostname") ?? factoryName;
  const { mtuBytes = defaultMtuBytes } = readSnippets(reading);
  const ports = readInterfaces(reading, mtuBytes);
  const mlag = readMlag(reading);
  if (mlag !== undefined && ports.has(peerLink) && !ports.has(peerLinkVlan))
    ports.set(peerLinkVlan, impliedPeerVlan(mtuBytes));
  borrowLoopback(ports);
  const networkInstances = readNetworkInstances(reading, ports);
  openLinkLocal(ports, networkInstances);
  forceUp(reading, ports);
  const domains = readBridgeDomains(reading);
  addNamedVlans(domains, ports.values());
  const shared = [...ports.values()].some((port) => needsGatewayMac(port));
  return compact<DeviceConfig>({
    hostname,
    nos: "nvue",
    interfaces: Object.fromEntries(ports),
    bridgeDomains: Object.fromEntries(domains),
    macVrfs: readMacVrfs(reading, domains),
    networkInstances,
    vxlan: readVxlan(reading),
    routingPolicy: readRoutingPolicy(reading),
    acls: readAcls(reading),
    qos: readQos(reading, ports),
    mlag,
    anycastGatewayMac: readGatewayMac(reading, shared),
    lldp: flagAt(tree, "system", "lldp", "state") ?? flagAt(tree, "service", "lldp", "state"),
  });
}

const needsGatewayMac = (port: Interface): boolean =>
  port.anycastMac === undefined &&
  (port.ipv4?.anycastAddresses.length ?? 0) + (port.ipv6?.anycastAddresses.length ?? 0) > 0;

/** NVUE makes the VLAN that MLAG talks over by itself. */
const impliedPeerVlan = (mtuBytes: number): Interface => ({
  kind: "subinterface",
  enabled: true,
  mtuBytes,
  networkInstance: "default",
  parent: peerLink,
  vlanTag: vlanId(4094),
});

/** Every routed port of Cumulus Linux has a link-local address; those with an unnumbered session are said to run on it. */
function openLinkLocal(ports: Map<string, Interface>, instances: Readonly<Record<string, NetworkInstance>>): void {
  for (const instance of Object.values(instances))
    for (const neighbor of Object.values(instance.bgp?.neighbors ?? {})) {
      const port = neighbor.interface === undefined ? undefined : ports.get(neighbor.interface);
      if (neighbor.interface === undefined || port === undefined || port.ipv6 !== undefined) continue;
      ports.set(neighbor.interface, { ...port, ipv6: { addresses: [], anycastAddresses: [], linkLocalOnly: true } });
    }
}

/** `svi-force-up`: gateways stay up without a member that is. */
function forceUp(reading: Reading, ports: Map<string, Interface>): void {
  const { tree } = reading;
  const bridge = at(tree, "bridge", "domain", bridgeOf(tree), "svi-force-up");
  const on = flagAt(bridge, "state") ?? flagAt(tree, "system", "global", "svi-force-up", "state");
  if (on !== true) return;
  for (const [name, port] of ports) if (port.kind === "irb") ports.set(name, { ...port, noAutostate: true });
}
