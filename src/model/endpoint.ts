import type { VlanId } from "#net/asn.ts";
import type { InterfaceAddress, IpAddress } from "#net/ip.ts";
import type { Owner } from "./tenant.ts";

/** One NIC of a host as the network sees it: where it is plugged, what address it has, whose it is. */
export interface Endpoint {
  /** `su1-h1/rail1p1`. Unique. */
  readonly id: string;
  readonly host: string;
  readonly nic: string;
  readonly owner: Owner;
  readonly device: string;
  readonly interface: string;
  /** Tag that the host itself puts on frames; absent: untagged. */
  readonly vlan?: VlanId;
  readonly address?: InterfaceAddress;
  readonly gateway?: IpAddress;
}
