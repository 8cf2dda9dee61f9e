import { prefixAddress, networkOf, subnetAt, type InterfaceAddress, type IpAddress } from "#net/ip.ts";
import type { Endpoint } from "#model/endpoint.ts";
import type { Fabric, Nic } from "#model/fabric.ts";
import type { Owner, ReachabilityPolicy, Tenant } from "#model/tenant.ts";
import { hostAddress } from "./topology/front-end.ts";

const zone = (name: string): Owner => ({ kind: "zone", zone: name });
const ofTenant = (name: string): Owner => ({ kind: "tenant", tenant: name });

/** Numbers of the GPU hosts in the order of the fabric: what their front-end addresses are counted by. */
function gpuHostIndex(fabric: Fabric): Map<string, number> {
  const gpuHosts = Object.values(fabric.hosts).filter(({ role }) => role === "gpu");
  return new Map(gpuHosts.map(({ name }, index) => [name, index]));
}

/**
 * Every NIC of every host that is plugged into a switch, in the order of the links.
 *
 * Compute and front-end NICs belong to the host's tenant or to the zone `unassigned`; storage NICs to `storage`, all
 * out-of-band NICs to `oob`. NICs that differ in the fabric of their switch are on networks that never meet.
 */
export function deriveEndpoints(fabric: Fabric, tenants: readonly Tenant[]): Endpoint[] {
  const tenantOf = new Map(tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant] as const)));
  const index = gpuHostIndex(fabric);
  return fabric.links.flatMap((link): Endpoint[] => {
    const [here, there] = Object.hasOwn(fabric.hosts, link.b.node) ? [link.a, link.b] : [link.b, link.a];
    const host = Object.hasOwn(fabric.hosts, there.node) ? fabric.hosts[there.node] : undefined;
    if (host === undefined || !Object.hasOwn(fabric.switches, here.node)) return [];
    const nic = host.nics.find(({ name }) => name === there.port);
    const tenant = tenantOf.get(host.name);
    const address = there.address ?? frontEndAddress(nic, tenant, index.get(host.name));
    const gateway = here.address === undefined ? firstAddress(address) : prefixAddress(here.address);
    return [
      {
        id: `${host.name}/${there.port}`,
        host: host.name,
        nic: there.port,
        owner: ownerOf(nic, tenant),
        device: here.node,
        interface: here.port,
        ...(address === undefined ? {} : { address }),
        ...(gateway === undefined ? {} : { gateway }),
      },
    ];
  });
}

function ownerOf(nic: Nic | undefined, tenant: Tenant | undefined): Owner {
  if (nic?.purpose === "outOfBand") return zone("oob");
  if (nic?.purpose === "storageFabric") return zone("storage");
  return tenant === undefined ? zone("unassigned") : ofTenant(tenant.name);
}

function frontEndAddress(
  nic: Nic | undefined,
  tenant: Tenant | undefined,
  index: number | undefined,
): InterfaceAddress | undefined {
  const pool = tenant?.networks.frontEnd?.prefix;
  return nic?.purpose !== "frontEnd" || pool === undefined || index === undefined
    ? undefined
    : hostAddress(pool, index);
}

const firstAddress = (address: InterfaceAddress | undefined): IpAddress | undefined =>
  address && prefixAddress(subnetAt(networkOf(address), 32, 1));

/** Who may reach whom: each tenant itself, tenants and storage each other, the out-of-band zone itself. Nothing else. */
export function derivePolicy(tenants: readonly Tenant[]): ReachabilityPolicy {
  const storage = zone("storage");
  return {
    allow: [
      ...tenants.flatMap(({ name, networks }) => {
        const self = ofTenant(name);
        const own = { from: self, to: self, why: `hosts of ${name} work together` };
        if (networks.frontEnd === undefined) return [own];
        return [
          own,
          { from: self, to: storage, why: `${name} reads and writes shared storage` },
          { from: storage, to: self, why: `storage answers ${name}` },
        ];
      }),
      { from: storage, to: storage, why: "storage servers replicate" },
      { from: zone("oob"), to: zone("oob"), why: "management of hosts and switches" },
    ],
  };
}
