import type { IpPrefix } from "#net/ip.ts";

/** An access list: first match wins; nothing matched is `defaultAction`. */
export interface Acl {
  readonly family: "ipv4" | "ipv6" | "mac";
  readonly entries: readonly AclEntry[];
  readonly defaultAction: "permit" | "deny";
}

export interface AclEntry {
  /** Ascending in the order of evaluation. */
  readonly sequence: number;
  readonly action: "permit" | "deny";
  /** IP protocol number; absent is any. */
  readonly protocol?: number;
  /** Absent is any. */
  readonly source?: IpPrefix;
  readonly destination?: IpPrefix;
  readonly sourcePorts?: readonly PortRange[];
  readonly destinationPorts?: readonly PortRange[];
  readonly dscp?: number;
  readonly tcpEstablished?: boolean;
  readonly icmpType?: number;
  readonly description?: string;
}

/** Both ends included, 0–65535. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}
