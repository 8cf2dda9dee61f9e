import {
  hostPrefix,
  networkOf,
  prefix,
  prefixAddress,
  subnetAt,
  type InterfaceAddress,
  type IpAddress,
} from "#net/ip.ts";
import type { AfiSafi, Bgp, BgpAfiSafi, BgpNeighbor, BgpPeerGroup } from "#model/bgp.ts";
import { emptyDeviceConfig, type Interface } from "#model/device-config.ts";
import type { Switch } from "#model/fabric.ts";
import type { ConfigDraft, Context, Port } from "./context.ts";
import { dialectOf, fabricMtuBytes } from "./names.ts";

/** Equal-cost paths that any of our fabrics can have: parallel links times spines. */
const maximumPaths = 64;
const defaultRoute = prefix("0.0.0.0/0");

const family = (more: Partial<BgpAfiSafi> = {}): BgpAfiSafi => ({
  enabled: true,
  maximumPathsEbgp: maximumPaths,
  maximumPathsIbgp: maximumPaths,
  networks: [],
  aggregates: [],
  redistribute: [],
  importFrom: [],
  ...more,
});

const only = (on: AfiSafi, more: object = {}): NonNullable<BgpPeerGroup["afiSafis"]> => ({
  "ipv4-unicast": { enabled: on === "ipv4-unicast", sendCommunity: "both" },
  "l2vpn-evpn": { enabled: on === "l2vpn-evpn", sendCommunity: "both", ...more },
});

const isManagement = (port: Port): boolean => port.peerSwitch?.role === "oob" && port.link.speedBps === 1e9;

/** A switch with its loopback, its management port and its routed links; BGP carries loopbacks, then EVPN between them. */
export function baseConfig(context: Context, device: Switch): ConfigDraft {
  const dialect = dialectOf(device.nos);
  const config: ConfigDraft = {
    ...emptyDeviceConfig(device.name, device.nos),
    interfaces: {},
    bridgeDomains: {},
    macVrfs: {},
    networkInstances: {},
    acls: {},
  };
  config.networkInstances["default"] = { kind: "default", ipForwarding: true, staticRoutes: [] };
  if (device.loopback !== undefined)
    config.interfaces[dialect.loopback] = {
      kind: "loopback",
      enabled: true,
      networkInstance: "default",
      ipv4: { addresses: [`${device.loopback}/32` as InterfaceAddress], anycastAddresses: [] }, // canonical parts
    };
  const ports = context.portsOf.get(device.name) ?? [];
  for (const port of ports) {
    if (isManagement(port)) addManagementPort(config, device, port);
    else if (port.peerSwitch !== undefined && port.link.speedBps > 1e9)
      config.interfaces[port.own.port] = routedLink(context, port);
  }
  const bgp = underlayBgp(context, device, ports);
  if (bgp !== undefined)
    config.networkInstances["default"] = { kind: "default", ipForwarding: true, staticRoutes: [], bgp };
  return config;
}

function addManagementPort(config: ConfigDraft, device: Switch, port: Port): void {
  const address = port.own.address ?? device.managementAddress;
  const vrf = dialectOf(device.nos).managementVrf;
  if (address === undefined) return;
  config.interfaces[port.own.port] = {
    kind: "management",
    enabled: true,
    networkInstance: vrf,
    ipv4: { addresses: [address], anycastAddresses: [] },
  };
  const gateway = prefixAddress(subnetAt(networkOf(address), 32, 1));
  config.networkInstances[vrf] = {
    kind: "ipVrf",
    ipForwarding: true,
    staticRoutes: [{ prefix: defaultRoute, nextHops: [{ kind: "address", address: gateway }], distance: 1 }],
  };
}

function routedLink(context: Context, port: Port): Interface {
  return {
    kind: "ethernet",
    enabled: true,
    description: `${port.peer.node} ${port.peer.port}`,
    mtuBytes: fabricMtuBytes,
    speedBps: port.link.speedBps,
    networkInstance: "default",
    ...(port.own.address === undefined
      ? { ipv6: { addresses: [], anycastAddresses: [], linkLocalOnly: true } }
      : { ipv4: { addresses: [port.own.address], anycastAddresses: [] } }),
  };
}

/**
 * eBGP on every link for the loopbacks (RFC 7938), and one multihop eBGP session between loopbacks of leaf and spine for
 * EVPN, whose next hops the spines leave alone.
 */
function underlayBgp(context: Context, device: Switch, ports: readonly Port[]): Bgp | undefined {
  const { asn, loopback } = device;
  if (asn === undefined || loopback === undefined) return undefined;
  const dialect = dialectOf(device.nos);
  const evpn = device.fabric !== "outOfBand";
  const neighbors: Record<string, BgpNeighbor> = {};
  const peers = new Map<string, Switch>();
  for (const port of ports) {
    const peer = port.peerSwitch;
    if (peer?.asn === undefined || isManagement(port) || port.link.speedBps <= 1e9) continue;
    peers.set(peer.name, peer);
    const common = { peerGroup: "UNDERLAY", peerAs: peer.asn };
    // Neighbors by interface have no description on EOS; the port's says who is there.
    if (port.peer.address === undefined) neighbors[port.own.port] = { ...common, interface: port.own.port };
    else neighbors[prefixAddress(port.peer.address)] = { ...common, description: peer.name };
  }
  if (peers.size === 0) return undefined;
  for (const peer of evpn ? peers.values() : [])
    if (peer.loopback !== undefined && peer.asn !== undefined)
      neighbors[peer.loopback] = { peerGroup: "OVERLAY", peerAs: peer.asn, description: peer.name };
  const unnumbered = context.plan.underlay === "unnumbered";
  const underlay: BgpPeerGroup = {
    enabled: true,
    ...(unnumbered ? { capabilityExtendedNextHop: true } : {}),
    afiSafis: evpn ? only("ipv4-unicast") : { "ipv4-unicast": { enabled: true, sendCommunity: "both" } },
  };
  const overlay: BgpPeerGroup = {
    enabled: true,
    updateSource: dialect.loopback,
    ebgpMultihop: 3,
    afiSafis: only("l2vpn-evpn", device.role === "spine" ? { nextHopUnchanged: true } : {}),
  };
  return {
    as: asn,
    routerId: loopback,
    enabled: true,
    afiSafis: {
      "ipv4-unicast": family({ networks: [{ prefix: hostPrefix(loopback) }] }),
      ...(evpn ? { "l2vpn-evpn": family() } : {}),
    },
    peerGroups: evpn ? { UNDERLAY: underlay, OVERLAY: overlay } : { UNDERLAY: underlay },
    neighbors,
    dynamicNeighbors: [],
    ...dialect.bgp,
  };
}

/** The VTEP of a leaf is its loopback. */
export function addVtep(config: ConfigDraft, device: Switch): void {
  if (device.vtep === undefined) return;
  const dialect = dialectOf(device.nos);
  config.vxlan = {
    ...(dialect.vxlanSource === "interface" ? { sourceInterface: dialect.loopback } : { sourceAddress: device.vtep }),
    udpPort: 4789,
  };
}

/** BGP of a tenant's VRF: it only says what is connected. */
export const vrfBgp = (device: Switch, loopback: IpAddress): Bgp => ({
  as: device.asn as NonNullable<Switch["asn"]>, // callers have checked it
  routerId: loopback,
  enabled: true,
  afiSafis: { "ipv4-unicast": family({ redistribute: [{ protocol: "connected" }] }) },
  peerGroups: {},
  neighbors: {},
  dynamicNeighbors: [],
  ...dialectOf(device.nos).bgp,
});
