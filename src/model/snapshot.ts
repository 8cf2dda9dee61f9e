import type { DeviceConfig, NosName } from "./device-config.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Fabric } from "./fabric.ts";
import type { Finding } from "./finding.ts";
import type { FileAccount, Provenance, SourceFile } from "./source.ts";
import type { ReachabilityPolicy, Tenant } from "./tenant.ts";
import type { Workload } from "./workload.ts";

/** One device's configuration as text, and the driver that reads it. */
export interface DeviceSource {
  readonly nos: NosName;
  readonly files: readonly SourceFile[];
}

/** What a driver read from one device's files. */
export interface ParsedDevice {
  readonly config: DeviceConfig;
  readonly provenance: Provenance;
  readonly findings: readonly Finding[];
  readonly accounts: readonly FileAccount[];
}

/** The whole network at one moment, as text: the base of every plan and every proof. */
export interface Snapshot {
  readonly fabric: Fabric;
  readonly devices: Readonly<Record<string, DeviceSource>>;
  readonly tenants: readonly Tenant[];
  readonly workloads: readonly Workload[];
  readonly policy: ReachabilityPolicy;
}

/** A snapshot with its configurations understood: what the twin computes on. */
export interface ParsedSnapshot {
  readonly fabric: Fabric;
  readonly devices: Readonly<Record<string, ParsedDevice>>;
  readonly endpoints: readonly Endpoint[];
  readonly policy: ReachabilityPolicy;
}
