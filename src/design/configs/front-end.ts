import { prefixAddress, prefixLength, subnetAt, type InterfaceAddress, type IpPrefix } from "#net/ip.ts";
import { vlanId, vni, type Vni, type VlanId } from "#net/asn.ts";
import type { Acl, AclEntry } from "#model/acl.ts";
import type { Switch } from "#model/fabric.ts";
import { routeTarget, vrf } from "./compute.ts";
import type { ConfigDraft, Context } from "./context.ts";
import { dialectOf, hostMtuBytes, switchedMtuBytes } from "./names.ts";

/** A stretched network of the front end: a tenant's, or storage's. */
interface Stretched {
  readonly title: string;
  readonly vlan: VlanId;
  readonly vni: Vni;
  readonly prefix: IpPrefix;
  readonly aclName: string;
  readonly acl: (defaultAction: Acl["defaultAction"]) => Acl;
}

export const tenantAclName = (tenant: string): string => `${tenant}-in`;

/** Ports, VLANs, gateways and lists of a front-end leaf. What isn't assigned is shut. */
export function addFrontEndHosts(context: Context, device: Switch, config: ConfigDraft): void {
  const { name: vrfName, vni: vrfVni } = context.plan.frontEndVrf;
  const shared = vrf(context, device, vni(vrfVni));
  if (shared !== undefined) config.networkInstances[vrfName] = shared;
  config.anycastGatewayMac = context.plan.anycastGatewayMac;
  for (const port of context.portsOf.get(device.name) ?? []) {
    const purpose = port.nic?.purpose;
    if (purpose !== "frontEnd" && purpose !== "storageFabric") continue;
    const common = {
      kind: "ethernet" as const,
      description: `${port.peer.node} ${port.peer.port}`,
      mtuBytes: switchedMtuBytes,
      speedBps: port.link.speedBps,
      networkInstance: "default",
    };
    const network = purpose === "storageFabric" ? storageNetwork(context) : tenantNetwork(context, port.tenant);
    if (network === undefined) {
      config.interfaces[port.own.port] = { ...common, enabled: false };
      continue;
    }
    config.interfaces[port.own.port] = { ...common, enabled: true, switchport: { mode: "access", vlan: network.vlan } };
    addStretched(context, device, config, network);
  }
}

function tenantNetwork(context: Context, tenant: Context["tenants"][number] | undefined): Stretched | undefined {
  const own = tenant?.networks.frontEnd;
  if (tenant === undefined || own === undefined) return undefined;
  const { storage, frontEnd } = context.plan.pools;
  return {
    ...own,
    title: tenant.name,
    aclName: tenantAclName(tenant.name),
    acl: (defaultAction) =>
      list(defaultAction, [
        { action: "permit", source: own.prefix, destination: own.prefix },
        { action: "permit", source: own.prefix, destination: storage },
        { action: "deny", source: own.prefix, destination: frontEnd },
        { action: "deny" },
      ]),
  };
}

function storageNetwork(context: Context): Stretched {
  const { storage, frontEnd } = context.plan.pools;
  return {
    title: "storage",
    vlan: vlanId(context.plan.storageNetwork.vlan),
    vni: vni(context.plan.storageNetwork.vni),
    prefix: storage,
    aclName: "storage-in",
    // Lists keep no state: storage may answer whoever may ask it, and tenants' lists decide who may.
    acl: (defaultAction) =>
      list(defaultAction, [
        { action: "permit", source: storage, destination: storage },
        { action: "permit", source: storage, destination: frontEnd },
        { action: "deny" },
      ]),
  };
}

const list = (defaultAction: Acl["defaultAction"], entries: readonly Omit<AclEntry, "sequence">[]): Acl => ({
  family: "ipv4",
  // The last deny is written out, as operating systems differ in what they do at the end of a list.
  entries: entries.map((entry, index) => ({ sequence: (index + 1) * 10, ...entry })),
  defaultAction,
});

function addStretched(context: Context, device: Switch, config: ConfigDraft, network: Stretched): void {
  const key = String(network.vlan);
  if (config.bridgeDomains[key] !== undefined) return;
  const dialect = dialectOf(device.nos);
  config.bridgeDomains[key] = { vlanId: network.vlan, vni: network.vni, floodVteps: [] };
  const target = routeTarget(context, network.vni);
  config.macVrfs[key] = {
    service: "vlan-based",
    bridgeDomains: [key],
    evpn: {
      routeDistinguisher: `${device.loopback}:${network.vni}`,
      importRouteTargets: [target],
      exportRouteTargets: [target],
    },
  };
  config.acls[network.aclName] = network.acl(dialect.aclDefault);
  config.interfaces[dialect.svi(network.vlan)] = {
    kind: "irb",
    enabled: true,
    description: network.title,
    mtuBytes: hostMtuBytes,
    networkInstance: context.plan.frontEndVrf.name,
    bridgeDomain: key,
    ipv4: {
      addresses: dialect.ownGatewayAddress ? [ownGateway(context, device, network.prefix)] : [],
      anycastAddresses: [addressAt(network.prefix, 1)],
    },
    aclIn: network.aclName,
  };
}

/** Addresses from the upper end, one per front-end leaf. */
const ownGateway = (context: Context, device: Switch, prefix: IpPrefix): InterfaceAddress =>
  addressAt(prefix, 2 ** (32 - prefixLength(prefix)) - 2 - (context.frontLeafIndex.get(device.name) ?? 0));

const addressAt = (prefix: IpPrefix, offset: number): InterfaceAddress =>
  `${prefixAddress(subnetAt(prefix, 32, offset))}/${prefixLength(prefix)}` as InterfaceAddress; // canonical parts
