import type { Asn } from "#net/asn.ts";
import type { IpPrefix } from "#net/ip.ts";
import type { MacAddress } from "#net/mac.ts";

/** Where every number of a fabric comes from. Numbers already given out stand on switches, link ends and tenants. */
export interface AddressPlan {
  /** Routed switch-to-switch links: a /31 each, or IPv6 link-local only (RFC 8950). */
  readonly underlay: "numbered" | "unnumbered";
  /** Administrator part of every route target (two octets), so that all vendors write the same one. */
  readonly routeTargetAs: Asn;
  /** Answers for every anycast gateway of the front end. */
  readonly anycastGatewayMac: MacAddress;
  readonly pools: {
    readonly loopbacks: IpPrefix;
    readonly fabricLinks: IpPrefix;
    readonly frontEndLinks: IpPrefix;
    /** A /31 for each compute NIC; the host has the odd address. */
    readonly railLinks: IpPrefix;
    /** Every tenant's front-end prefix is cut from here; `storage` may stand in it. */
    readonly frontEnd: IpPrefix;
    readonly storage: IpPrefix;
    readonly outOfBand: IpPrefix;
  };
  /** Length of one tenant's front-end prefix: room for every host of the factory, so that growth renumbers nothing. */
  readonly tenantPrefixLength: number;
  readonly ranges: {
    /** Layer-3 VNIs of tenants on the compute fabric. */
    readonly computeVnis: NumberRange;
    /** Layer-2 VNIs of tenants on the front end. */
    readonly frontEndVnis: NumberRange;
    readonly frontEndVlans: NumberRange;
  };
  readonly frontEndVrf: { readonly name: string; readonly vni: number };
  readonly storageNetwork: { readonly vlan: number; readonly vni: number };
  readonly outOfBandVlan: number;
}

/** Both ends included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}
