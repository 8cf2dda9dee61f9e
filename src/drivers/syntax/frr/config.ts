import type { Bgp } from "#model/bgp.ts";
import type { EvpnInstance, L3EvpnInstance, Ospf, StaticRoute } from "#model/device-config.ts";
import type { RoutingPolicy } from "#model/routing-policy.ts";
import type { Finding } from "#model/finding.ts";
import type { FileAccount, SourceSpan } from "#model/source.ts";
import type { Vni } from "#net/asn.ts";
import type { InterfaceAddress, IpAddress } from "#net/ip.ts";

/** The layer-3 EVPN service that `router bgp AS vrf X` says under `address-family l2vpn evpn`. */
export type VrfEvpn = EvpnInstance & Pick<L3EvpnInstance, "advertise">;

/**
 * What an FRR configuration says, in no vendor's words; the same on SONiC, Cumulus Linux and plain FRR. VRF names are
 * the file's own; the default instance is `default`.
 */
export interface FrrConfig {
  readonly hostname?: string;
  /** Profile of defaults the file was written under (`frr defaults`). */
  readonly defaults: FrrProfileName;
  readonly routerId?: IpAddress;
  readonly instances: Readonly<Record<string, FrrInstance>>;
  readonly evpn: FrrEvpn;
  readonly interfaces: Readonly<Record<string, FrrInterface>>;
  readonly routingPolicy: RoutingPolicy;
}

export type FrrProfileName = "traditional" | "datacenter";

export interface FrrInstance {
  /** `vrf X` / `vni N`: its layer-3 VNI. */
  readonly vni?: Vni;
  readonly staticRoutes: readonly StaticRoute[];
  readonly bgp?: Bgp;
  readonly evpn?: VrfEvpn;
  readonly ospf?: Ospf;
}

export interface FrrEvpn {
  readonly advertiseAllVni: boolean;
  readonly advertiseSviIp?: boolean;
  /** `vni N` blocks of the default instance, by VNI. */
  readonly vnis: Readonly<Record<number, EvpnInstance>>;
}

export interface FrrInterface {
  readonly description?: string;
  readonly shutdown?: boolean;
  readonly vrf?: string;
  readonly addresses: readonly InterfaceAddress[];
}

export interface ParsedFrr {
  readonly config: FrrConfig;
  /** Keyed by `configPath` into `FrrConfig`: `/instances/default/bgp/neighbors/10.0.0.1`. */
  readonly provenance: ReadonlyMap<string, SourceSpan>;
  readonly findings: readonly Finding[];
  readonly account: FileAccount;
}
