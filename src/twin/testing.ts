import type { AfiSafi, Bgp, BgpAfiSafi, BgpNeighbor } from "#model/bgp.ts";
import { type DeviceConfig, emptyDeviceConfig, type Interface, type NosName } from "#model/device-config.ts";
import type { Endpoint } from "#model/endpoint.ts";
import type { Fabric, Link } from "#model/fabric.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import type { ReachabilityPolicy } from "#model/tenant.ts";
import { asn, vlanId, vni } from "#net/asn.ts";
import { formatIpv4Number, interfaceAddress, ip, prefix } from "#net/ip.ts";

/** Builders of small networks, lent to tests and benches of this room and of others. */

export const family = (more: Partial<BgpAfiSafi> = {}): BgpAfiSafi => ({
  enabled: true,
  maximumPathsEbgp: 64,
  maximumPathsIbgp: 64,
  networks: [],
  aggregates: [],
  redistribute: [],
  importFrom: [],
  ...more,
});

export const port = (more: Partial<Interface> = {}): Interface => ({
  kind: "ethernet",
  enabled: true,
  networkInstance: "default",
  ...more,
});

export const routed = (address: string, more: Partial<Interface> = {}): Interface =>
  port({ ipv4: { addresses: [interfaceAddress(address)], anycastAddresses: [] }, ...more });

export const loopback = (address: string): Interface => routed(`${address}/32`, { kind: "loopback" });

export const active = (...families: AfiSafi[]): NonNullable<BgpNeighbor["afiSafis"]> =>
  Object.fromEntries(families.map((each) => [each, { enabled: true }]));

export const bgpOf = (as: number, more: Partial<Bgp> = {}): Bgp => ({
  as: asn(as),
  enabled: true,
  afiSafis: { "ipv4-unicast": family(), "l2vpn-evpn": family() },
  peerGroups: {},
  neighbors: {},
  dynamicNeighbors: [],
  allowMultipleAs: true,
  ebgpRequiresPolicy: false,
  ...more,
});

export function router(
  name: string,
  as: number,
  loopbackAddress: string,
  more: {
    readonly nos?: NosName;
    readonly interfaces?: Readonly<Record<string, Interface>>;
    readonly neighbors?: Readonly<Record<string, BgpNeighbor>>;
    readonly bgp?: Partial<Bgp>;
    readonly config?: Partial<DeviceConfig>;
  } = {},
): DeviceConfig {
  const base = emptyDeviceConfig(name, more.nos ?? "nvue");
  return {
    ...base,
    interfaces: { lo: loopback(loopbackAddress), ...more.interfaces },
    networkInstances: {
      default: {
        kind: "default",
        ipForwarding: true,
        staticRoutes: [],
        bgp: bgpOf(as, {
          routerId: ip(loopbackAddress),
          neighbors: more.neighbors ?? {},
          afiSafis: {
            "ipv4-unicast": family({ networks: [{ prefix: prefix(`${loopbackAddress}/32`) }] }),
            "l2vpn-evpn": family(),
          },
          ...more.bgp,
        }),
      },
    },
    ...more.config,
  };
}

export const link = (a: string, b: string, more: Partial<Link> = {}): Link => {
  const end = (text: string): Link["a"] => {
    const cut = text.indexOf(":");
    return { node: text.slice(0, cut), port: text.slice(cut + 1) };
  };
  return { a: end(a), b: end(b), speedBps: 400e9, ...more };
};

export const emptyFabric: Fabric = {
  name: "test",
  sites: [],
  racks: [],
  switches: {},
  hosts: {},
  nvlinkDomains: [],
  links: [],
};

export function snapshotOf(parts: {
  readonly devices: readonly DeviceConfig[];
  readonly links: readonly Link[];
  readonly endpoints?: readonly Endpoint[];
  readonly policy?: ReachabilityPolicy;
  readonly fabric?: Partial<Fabric>;
}): ParsedSnapshot {
  return {
    fabric: { ...emptyFabric, links: parts.links, ...parts.fabric },
    devices: Object.fromEntries(
      parts.devices.map((config) => [config.hostname, { config, provenance: new Map(), findings: [], accounts: [] }]),
    ),
    endpoints: parts.endpoints ?? [],
    policy: parts.policy ?? { allow: [] },
  };
}

export interface ClosOptions {
  readonly leaves: number;
  readonly spines: number;
  readonly tenants: number;
  /** Routed host ports on each leaf, dealt to the tenants in turn. */
  readonly hostsPerLeaf: number;
  /** Hosts per leaf on stretched VLANs behind anycast gateways, besides. */
  readonly bridgedPerLeaf?: number;
  readonly nos?: NosName;
}

/** A leaf-spine fabric as AI factories have them: unnumbered eBGP, EVPN type 5 per tenant, and stretched VLANs. */
export function clos(options: ClosOptions): ParsedSnapshot {
  const { leaves, spines } = options;
  const spineNames = Array.from({ length: spines }, (_, index) => `spine-${index + 1}`);
  const links: Link[] = [];
  const endpoints: Endpoint[] = [];
  const devices: DeviceConfig[] = [];
  const uplink = (name: string): [string, BgpNeighbor] => [
    name,
    { interface: name, peerAs: "external", afiSafis: active("ipv4-unicast", "l2vpn-evpn") },
  ];
  for (let leaf = 1; leaf <= leaves; leaf++) {
    const name = `leaf-${leaf}`;
    const uplinks = spineNames.map((_, index) => `up${index + 1}`);
    for (const [index, spine] of spineNames.entries())
      links.push(link(`${name}:up${index + 1}`, `${spine}:down${leaf}`));
    const hosts = hostPorts(options, name, leaf, links, endpoints);
    const tenants = Array.from({ length: options.tenants }, (_, index) => index + 1);
    const loopbackAddress = `10.0.${leaf >> 8}.${leaf & 255}`;
    const base = router(name, 65100 + leaf, loopbackAddress, {
      nos: options.nos ?? "nvue",
      interfaces: {
        ...Object.fromEntries(uplinks.map((each) => [each, port()])),
        ...hosts,
        ...(options.bridgedPerLeaf === undefined
          ? {}
          : Object.fromEntries(tenants.map((tenant) => [`vlan${tenant + 100}`, gateway(tenant)]))),
      },
      neighbors: Object.fromEntries(uplinks.map(uplink)),
    });
    devices.push({
      ...base,
      vxlan: { sourceAddress: ip(loopbackAddress), udpPort: 4789 },
      ...(options.bridgedPerLeaf === undefined ? {} : stretched(tenants)),
      networkInstances: {
        ...base.networkInstances,
        ...Object.fromEntries(
          tenants.map((tenant) => [
            `tenant-${tenant}`,
            {
              kind: "ipVrf" as const,
              ipForwarding: true,
              staticRoutes: [],
              evpn: { vni: vni(50000 + tenant), advertise: [{ afiSafi: "ipv4-unicast" as const }] },
              bgp: bgpOf(65100 + leaf, {
                routerId: ip(loopbackAddress),
                afiSafis: { "ipv4-unicast": family({ redistribute: [{ protocol: "connected" }] }) },
              }),
            },
          ]),
        ),
      },
    });
  }
  for (const [index, name] of spineNames.entries()) {
    const downs = Array.from({ length: leaves }, (_, leaf) => `down${leaf + 1}`);
    devices.push(
      router(name, 65000, `10.1.0.${index + 1}`, {
        nos: options.nos ?? "nvue",
        interfaces: Object.fromEntries(downs.map((each) => [each, port()])),
        neighbors: Object.fromEntries(downs.map(uplink)),
      }),
    );
  }
  return snapshotOf({ devices, links, endpoints });
}

const tenantOwner = (tenant: number) => ({ kind: "tenant" as const, tenant: `tenant-${tenant}` });

function hostPorts(
  options: ClosOptions,
  name: string,
  leaf: number,
  links: Link[],
  endpoints: Endpoint[],
): Record<string, Interface> {
  const ports: Record<string, Interface> = {};
  for (let host = 0; host < options.hostsPerLeaf; host++) {
    const tenant = (host % options.tenants) + 1;
    const base = 0x64000000 + (leaf * 256 + host) * 2;
    const key = `host${host + 1}`;
    ports[key] = routed(`${formatIpv4Number(base)}/31`, { networkInstance: `tenant-${tenant}` });
    links.push(link(`${name}:${key}`, `${name}-h${host + 1}:rail1`));
    endpoints.push({
      id: `${name}-h${host + 1}/rail1`,
      host: `${name}-h${host + 1}`,
      nic: "rail1",
      owner: tenantOwner(tenant),
      device: name,
      interface: key,
      address: interfaceAddress(`${formatIpv4Number(base + 1)}/31`),
      gateway: formatIpv4Number(base),
    });
  }
  for (let host = 0; host < (options.bridgedPerLeaf ?? 0); host++) {
    const tenant = (host % options.tenants) + 1;
    const key = `access${host + 1}`;
    ports[key] = port({ switchport: { mode: "access", vlan: vlanId(tenant + 100) } });
    links.push(link(`${name}:${key}`, `${name}-b${host + 1}:eth0`));
    endpoints.push({
      id: `${name}-b${host + 1}/eth0`,
      host: `${name}-b${host + 1}`,
      nic: "eth0",
      owner: tenantOwner(tenant),
      device: name,
      interface: key,
      address: interfaceAddress(`${formatIpv4Number(0x0b000000 + tenant * 65536 + leaf * 256 + host + 2)}/16`),
      gateway: ip(`11.${tenant}.0.1`),
    });
  }
  return ports;
}

const gateway = (tenant: number): Interface =>
  port({
    kind: "irb",
    networkInstance: `tenant-${tenant}`,
    bridgeDomain: `${tenant + 100}`,
    ipv4: { addresses: [], anycastAddresses: [interfaceAddress(`11.${tenant}.0.1/16`)] },
  });

const stretched = (tenants: readonly number[]): Pick<DeviceConfig, "bridgeDomains" | "macVrfs"> => ({
  bridgeDomains: Object.fromEntries(
    tenants.map((tenant) => [
      `${tenant + 100}`,
      { vlanId: vlanId(tenant + 100), vni: vni(10000 + tenant), floodVteps: [] },
    ]),
  ),
  macVrfs: Object.fromEntries(
    tenants.map((tenant) => [
      `${tenant + 100}`,
      { service: "vlan-based" as const, bridgeDomains: [`${tenant + 100}`], evpn: {} },
    ]),
  ),
});
