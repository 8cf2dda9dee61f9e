import type { Asn } from "#net/asn.ts";
import type { InterfaceAddress, IpAddress } from "#net/ip.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { NosName } from "./device-config.ts";

/**
 * Everything physical of one AI factory in one graph: sites, racks, switches, hosts, GPUs, NICs, NVLink domains,
 * ports, optics, cables; and the roles that NVIDIA's reference architectures give them (rail, plane, scalable unit).
 * Workloads and tenants point into it by name.
 */
export interface Fabric {
  readonly name: string;
  readonly sites: readonly Site[];
  readonly racks: readonly Rack[];
  readonly switches: Readonly<Record<string, Switch>>;
  readonly hosts: Readonly<Record<string, Host>>;
  readonly nvlinkDomains: readonly NvlinkDomain[];
  readonly links: readonly Link[];
  /** Pools and ranges of a fabric that Heddle designed; absent on imported ones. */
  readonly plan?: AddressPlan;
}

export interface Site {
  readonly name: string;
  readonly region?: string;
}

export interface Rack {
  readonly name: string;
  readonly site: string;
  /** Metres along the row and across the rows: cable lengths come from here. */
  readonly position: { readonly x: number; readonly y: number };
  readonly powerLimitWatts?: number;
}

export type FabricKind = "computeFabric" | "storageFabric" | "frontEnd" | "outOfBand";

export interface Switch {
  readonly name: string;
  readonly fabric: FabricKind;
  readonly role: "leaf" | "spine" | "superSpine" | "border" | "oob";
  readonly nos: NosName;
  /** Key of the hardware catalogue: `sn5600`, `7060x6-64pe`. Absent when imported without. */
  readonly model?: string;
  readonly rack?: string;
  readonly rackUnit?: number;
  readonly pod?: number;
  readonly scalableUnit?: number;
  /** Rails that end here: one on rail-optimised leaves, several where a leaf serves more. One-based. */
  readonly rails?: readonly number[];
  readonly plane?: number;
  readonly asn?: Asn;
  readonly loopback?: IpAddress;
  readonly vtep?: IpAddress;
  readonly managementAddress?: InterfaceAddress;
}

export interface Host {
  readonly name: string;
  readonly role: "gpu" | "storage" | "management" | "other";
  readonly model?: string;
  readonly rack?: string;
  readonly rackUnit?: number;
  readonly pod?: number;
  readonly scalableUnit?: number;
  readonly gpus: readonly Gpu[];
  readonly nics: readonly Nic[];
}

export interface Gpu {
  /** Zero-based, as CUDA counts. */
  readonly index: number;
  readonly model: string;
  readonly nvlinkDomain?: string;
}

export interface Nic {
  /** Interface name on the host, as links name it: `rail1p1`, `eth0`. */
  readonly name: string;
  readonly purpose: FabricKind;
  readonly model?: string;
  readonly speedBps: number;
  readonly rail?: number;
  readonly plane?: number;
  /** GPU that uses it first. */
  readonly gpu?: number;
}

export interface NvlinkDomain {
  readonly name: string;
  /** Bits per second of one GPU, one way. */
  readonly bandwidthBps: number;
  readonly members: readonly { readonly host: string; readonly gpu: number }[];
}

export interface LinkEnd {
  readonly node: string;
  /** As the device itself names the port, breakout included: `swp1s0`, `Ethernet1/1`, `rail1p1`. */
  readonly port: string;
  /** Planned address of this end, where it is routed or a host's. Tenants' front-end addresses are not here. */
  readonly address?: InterfaceAddress;
}

export interface Link {
  readonly a: LinkEnd;
  readonly b: LinkEnd;
  readonly speedBps: number;
  readonly fabric?: FabricKind;
  readonly cable?: Cable;
  /** Administratively or observed down: it carries nothing. */
  readonly down?: boolean;
}

export interface Cable {
  readonly kind: "dac" | "acc" | "aoc" | "fibre-mm" | "fibre-sm" | "copper";
  readonly lengthMetres: number;
  /** Catalogue keys of the optics at both ends, where the cable needs them. */
  readonly opticA?: string;
  readonly opticB?: string;
  readonly label?: string;
}

/** Stable identity of a link whatever its direction: `leaf-1:swp1--spine-1:swp4`. */
export function linkId(link: { readonly a: LinkEnd; readonly b: LinkEnd }): string {
  const a = `${link.a.node}:${link.a.port}`;
  const b = `${link.b.node}:${link.b.port}`;
  return a < b ? `${a}--${b}` : `${b}--${a}`;
}
