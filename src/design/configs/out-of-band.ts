import { vlanId } from "#net/asn.ts";
import { networkOf, prefixAddress, prefixLength, subnetAt, type InterfaceAddress } from "#net/ip.ts";
import type { Switch } from "#model/fabric.ts";
import type { ConfigDraft, Context } from "./context.ts";
import { dialectOf } from "./names.ts";

/** One VLAN with every management port, routed by the switch itself; its subnet is told to the core where there is one. */
export function addOutOfBandPorts(context: Context, device: Switch, config: ConfigDraft): void {
  const vlan = vlanId(context.plan.outOfBandVlan);
  const key = String(vlan);
  const plugged = (context.portsOf.get(device.name) ?? []).filter(({ link }) => link.speedBps === 1e9);
  for (const port of plugged)
    config.interfaces[port.own.port] = {
      kind: "ethernet",
      enabled: true,
      description: `${port.peer.node} ${port.peer.port}`,
      mtuBytes: 1500,
      networkInstance: "default",
      switchport: { mode: "access", vlan },
    };
  const address = plugged.find(({ peer }) => peer.address !== undefined)?.peer.address;
  if (address === undefined) return;
  const subnet = networkOf(address);
  config.bridgeDomains[key] = { vlanId: vlan, floodVteps: [] };
  config.interfaces[dialectOf(device.nos).svi(vlan)] = {
    kind: "irb",
    enabled: true,
    description: "out-of-band",
    mtuBytes: 1500,
    networkInstance: "default",
    bridgeDomain: key,
    ipv4: {
      addresses: [`${prefixAddress(subnetAt(subnet, 32, 1))}/${prefixLength(subnet)}` as InterfaceAddress], // canonical parts
      anycastAddresses: [],
    },
  };
  const { bgp } = config.networkInstances["default"] ?? {};
  const unicast = bgp?.afiSafis["ipv4-unicast"];
  if (bgp === undefined || unicast === undefined) return;
  config.networkInstances["default"] = {
    kind: "default",
    ipForwarding: true,
    staticRoutes: [],
    bgp: {
      ...bgp,
      afiSafis: { "ipv4-unicast": { ...unicast, networks: [...unicast.networks, { prefix: subnet }] } },
    },
  };
}
