import type { TenantScope } from "#model/tenant-scope.ts";
import type { CounterSample } from "#model/counter-sample.ts";
import type { DiffLine } from "#model/change.ts";
import type { DeviceConfig, NosName } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { DeviceSource, ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";

/**
 * One network operating system, both ways: text to meaning, meaning to text, and the protocol that carries it.
 *
 * Laws (`conformance.ts` runs them on every driver):
 * - `parse` never throws, whatever the bytes; each line ends as used, ignored with a reason, or unknown with a finding.
 * - `render` gives the same bytes for equal configs.
 * - `parse(render(c)).config` equals `c` for every `c` that `supports` covers; what it can't express is a finding.
 * - `diff(a, a)` is empty; `diff(a, b)` names every line that changes.
 */
export interface Driver {
  readonly nos: NosName;
  readonly title: string;
  readonly supports: Supports;
  /** How surely a file is this NOS's, 0 to 1, judged from path and text (which may be cut to its first 64 KiB). */
  detect(file: SourceFile): number;
  parse(files: readonly SourceFile[]): ParsedDevice;
  render(config: DeviceConfig): { readonly files: readonly SourceFile[]; readonly findings: readonly Finding[] };
  /** What changes, in the vendor's own syntax, with the context lines that make each change readable alone. */
  diff(before: readonly SourceFile[], after: readonly SourceFile[]): readonly DiffLine[];
  /** True when a changed line belongs to a tenant's own objects (its VRF, VNIs, VLANs, ports, lists). */
  tenantLine(line: DiffLine, context: TenantScope): boolean;
  connect(target: Target): Promise<DeviceSession>;
  readonly commit: CommitCapabilities;
}

/** A feature is there (`true`) or the reason why not. */
export type Supports = Readonly<Record<FeatureName, true | string>>;

export const featureNames = [
  "interfaces",
  "breakout",
  "lag",
  "subinterfaces",
  "bridgeDomains",
  "irb",
  "anycastGateway",
  "vrf",
  "staticRoutes",
  "bgp",
  "bgpUnnumbered",
  "bgpDynamicNeighbors",
  "ospf",
  "routingPolicy",
  "vxlan",
  "evpnL2",
  "evpnL3",
  "evpnMultihoming",
  "mlag",
  "acl",
  "qosClassification",
  "pfc",
  "ecn",
  "buffers",
] as const;
export type FeatureName = (typeof featureNames)[number];

/** What the device's own transaction can do. Data, so that the code above has no `if (vendor)`. */
export interface CommitCapabilities {
  /** The device itself goes back unless confirmed in time. */
  readonly nativeConfirm: boolean;
  readonly atomic: boolean;
  readonly dryRun: boolean;
  /** Survives a reboot without a further call. */
  readonly persistsByItself: boolean;
}

/** Where a device listens and who we are to it. The password is never printed. */
export interface Target {
  readonly device: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** PEM of the authority that signed the device's certificate; without it only publicly trusted ones pass. */
  readonly ca?: string;
  readonly timeoutMs: number;
}

/**
 * An open management session. Every method may throw `Failure`: `unreachable` (nothing changed or it is unknown:
 * read again), `device_rejected` (the device said no, and says why), `timeout`.
 */
export interface DeviceSession extends AsyncDisposable {
  /** The running configuration as the device reports it, in the files that `parse` takes. */
  readRunning(): Promise<readonly SourceFile[]>;
  /**
   * Hands over a full configuration under a label of ours, has it validated, and gives the device's own word on what
   * would change. Nothing takes effect. The same label again replaces what was staged.
   */
  stage(label: string, desired: DeviceSource): Promise<{ readonly deviceDiff: string }>;
  /** Makes what was staged effective. With `confirmSeconds`, the device goes back unless `confirm` comes in time. */
  commit(label: string, confirmSeconds?: number): Promise<void>;
  confirm(label: string): Promise<void>;
  /** Drops what was staged, or takes back what awaits confirmation. Absent labels are no error. */
  abort(label: string): Promise<void>;
  /** What the device knows of a label: decides after a crash whether a step happened. */
  status(label: string): Promise<"none" | "staged" | "awaiting-confirmation" | "committed">;
  readState(): Promise<OperationalState>;
  /** Calls back with counters until the signal aborts. */
  streamCounters(onSample: (sample: CounterSample) => void, signal: AbortSignal): Promise<void>;
}

/** What the device says is so. */
export interface OperationalState {
  readonly interfaces: Readonly<Record<string, { readonly up: boolean; readonly speedBps?: number }>>;
  readonly lldp: readonly { readonly interface: string; readonly neighbor: string; readonly neighborPort: string }[];
  readonly bgp: readonly {
    readonly networkInstance: string;
    readonly neighbor: string;
    readonly state: string;
    readonly prefixesReceived?: number;
  }[];
}
