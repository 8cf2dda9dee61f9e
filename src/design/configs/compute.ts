import type { L3EvpnInstance, NetworkInstance } from "#model/device-config.ts";
import type { Switch } from "#model/fabric.ts";
import type { Vni } from "#net/asn.ts";
import type { ConfigDraft, Context } from "./context.ts";
import { hostMtuBytes } from "./names.ts";
import { vrfBgp } from "./underlay.ts";

/** One route target per VNI, written out, so that vendors whose automatic ones differ agree (RFC 8365 §5.1.2.1). */
export const routeTarget = (context: Context, vni: number): string => `${context.plan.routeTargetAs}:${vni}`;

const l3Evpn = (context: Context, device: Switch, vni: Vni): L3EvpnInstance => ({
  vni,
  advertise: [{ afiSafi: "ipv4-unicast" }],
  routeDistinguisher: `${device.loopback}:${vni}`,
  importRouteTargets: [routeTarget(context, vni)],
  exportRouteTargets: [routeTarget(context, vni)],
});

export function vrf(context: Context, device: Switch, vni: Vni): NetworkInstance | undefined {
  if (device.asn === undefined || device.loopback === undefined) return undefined;
  return {
    kind: "ipVrf",
    ipForwarding: true,
    staticRoutes: [],
    evpn: l3Evpn(context, device, vni),
    bgp: vrfBgp(device, device.loopback),
  };
}

/** Host ports of a compute leaf: in their tenant's VRF, or shut. A VRF stands only where its tenant has a port. */
export function addComputeHosts(context: Context, device: Switch, config: ConfigDraft): void {
  for (const port of context.portsOf.get(device.name) ?? []) {
    if (port.nic?.purpose !== "computeFabric") continue;
    const { tenant } = port;
    const common = {
      kind: "ethernet" as const,
      description: `${port.peer.node} ${port.peer.port}`,
      mtuBytes: hostMtuBytes,
      speedBps: port.link.speedBps,
    };
    if (tenant === undefined || port.own.address === undefined) {
      config.interfaces[port.own.port] = { ...common, enabled: false, networkInstance: "default" };
      continue;
    }
    const { vrf: name, vni } = tenant.networks.compute;
    const instance = config.networkInstances[name] ?? vrf(context, device, vni);
    if (instance !== undefined) config.networkInstances[name] = instance;
    config.interfaces[port.own.port] = {
      ...common,
      enabled: true,
      networkInstance: name,
      ipv4: { addresses: [port.own.address], anycastAddresses: [] },
    };
  }
}
