import type { Vni, VlanId } from "#net/asn.ts";
import type { IpPrefix } from "#net/ip.ts";

/** Names that may become part of configuration text: nothing else reaches a device. */
export const tenantNamePattern = /^[a-z][a-z0-9-]{0,14}$/;

/** Who uses a part of the factory, and what was set aside for them. Every number was chosen when planned. */
export interface Tenant {
  readonly name: string;
  readonly hosts: readonly string[];
  /** Guaranteed rate of each compute NIC, bits per second. */
  readonly guaranteedBps: number;
  readonly networks: TenantNetworks;
  readonly quota?: { readonly gpus: number };
}

/** What isolates the tenant on each fabric. */
export interface TenantNetworks {
  /** Compute fabric: one routed VRF, EVPN type 5. */
  readonly compute: { readonly vrf: string; readonly vni: Vni };
  /** Front end and storage: one stretched VLAN with an anycast gateway, guarded by an access list. */
  readonly frontEnd?: { readonly vlan: VlanId; readonly vni: Vni; readonly prefix: IpPrefix };
  /** InfiniBand partition and NVLink partition ids, where such fabrics exist. */
  readonly pkey?: number;
  readonly nvlinkPartition?: string;
}

/** What a pair of owners may do to each other. Absent pairs are forbidden: deny by default. */
export interface ReachabilityPolicy {
  readonly allow: readonly { readonly from: Owner; readonly to: Owner; readonly why: string }[];
}

/** A tenant by name, or one of the operator's own zones (`storage`, `oob`, `unassigned`). */
export type Owner =
  | { readonly kind: "tenant"; readonly tenant: string }
  | { readonly kind: "zone"; readonly zone: string };

export const ownerKey = (owner: Owner): string => (owner.kind === "tenant" ? owner.tenant : `@${owner.zone}`);
