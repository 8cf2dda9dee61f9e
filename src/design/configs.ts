import type { TenantScope } from "#model/tenant-scope.ts";
import { networkOf } from "#net/ip.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import type { Fabric, Switch } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";
import { addComputeHosts } from "./configs/compute.ts";
import { makeContext, type ConfigDraft, type Context } from "./configs/context.ts";
import { addFrontEndHosts, tenantAclName } from "./configs/front-end.ts";
import { dialectOf } from "./configs/names.ts";
import { addOutOfBandPorts } from "./configs/out-of-band.ts";
import { addRoceQos } from "./configs/qos.ts";
import { addVtep, baseConfig } from "./configs/underlay.ts";

/**
 * One neutral configuration for every switch. Equal inputs give equal configurations, and a tenant appears only in what
 * `tenantScope` lists: its VRF, ports, VLAN, gateway and access list.
 *
 * @throws {Failure} unsupported, for a fabric that was imported without an address plan
 */
export function deriveConfigs(fabric: Fabric, tenants: readonly Tenant[]): Readonly<Record<string, DeviceConfig>> {
  const context = makeContext(fabric, tenants);
  return Object.fromEntries(
    Object.values(fabric.switches).map((device) => [device.name, deriveConfig(context, device)]),
  );
}

function deriveConfig(context: Context, device: Switch): DeviceConfig {
  const config = baseConfig(context, device);
  addRole(context, device, config);
  return config;
}

function addRole(context: Context, device: Switch, config: ConfigDraft): void {
  if (device.fabric === "outOfBand") return addOutOfBandPorts(context, device, config);
  if (device.role === "leaf") addVtep(config, device);
  if (device.fabric === "computeFabric") {
    addComputeHosts(context, device, config);
    addRoceQos(context, device, config);
  } else if (device.role === "leaf") addFrontEndHosts(context, device, config);
}

const nothing: TenantScope = { vrfs: [], vnis: [], vlans: [], interfaces: [], acls: [], policies: [], prefixes: [] };

/**
 * A tenant's own objects on a device. Empty where it has no host; for a change of hosts, ask with the hosts of before and
 * after together.
 */
export function tenantScope(fabric: Fabric, tenant: Tenant, device: string): TenantScope {
  const one = Object.hasOwn(fabric.switches, device) ? fabric.switches[device] : undefined;
  if (one === undefined || one.role !== "leaf") return nothing;
  const hosts = new Set(tenant.hosts);
  const ends = fabric.links.flatMap(({ a, b }) => {
    if (a.node === device && hosts.has(b.node)) return [{ own: a, peer: b }];
    return b.node === device && hosts.has(a.node) ? [{ own: b, peer: a }] : [];
  });
  if (ends.length === 0) return nothing;
  const interfaces = ends.map(({ own }) => own.port);
  const { compute, frontEnd } = tenant.networks;
  if (one.fabric === "computeFabric")
    return {
      ...nothing,
      vrfs: [compute.vrf],
      vnis: [compute.vni],
      interfaces,
      prefixes: ends.flatMap(({ own }) => (own.address === undefined ? [] : [networkOf(own.address)])),
    };
  if (frontEnd === undefined) return nothing;
  return {
    ...nothing,
    vnis: [frontEnd.vni],
    vlans: [frontEnd.vlan],
    interfaces: [...interfaces, dialectOf(one.nos).svi(frontEnd.vlan)],
    acls: [tenantAclName(tenant.name)],
    prefixes: [frontEnd.prefix],
    ...(fabric.plan === undefined ? {} : { gatewayVrfs: [fabric.plan.frontEndVrf.name] }),
  };
}
