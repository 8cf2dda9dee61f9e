import type { NosName } from "./device-config.ts";
import type { Finding } from "./finding.ts";
import type { Figure } from "./money.ts";
import type { DeviceSource } from "./snapshot.ts";
import type { SourceSpan } from "./source.ts";
import type { Tenant } from "./tenant.ts";
import type { Workload } from "./workload.ts";

/** The delta that somebody asked for, in the words of tenants and workloads. */
export type Intent =
  | {
      readonly kind: "tenant.create";
      readonly name: string;
      readonly hosts: readonly string[];
      readonly guaranteedBps: number;
    }
  | {
      readonly kind: "tenant.resize";
      readonly name: string;
      readonly hosts: readonly string[];
      readonly guaranteedBps?: number;
    }
  | { readonly kind: "tenant.delete"; readonly name: string }
  | { readonly kind: "workload.start"; readonly workload: Workload }
  | { readonly kind: "workload.end"; readonly name: string }
  | {
      readonly kind: "device.replace";
      readonly devices: Readonly<Record<string, DeviceSource>>;
      readonly note: string;
    };

/** Who acts. An agent acts for a user and has no more rights than both. */
export interface Principal {
  readonly kind: "operator" | "tenant" | "agent" | "scheduler";
  readonly name: string;
  /** Tenants act only on themselves. */
  readonly tenant?: string;
  /** Agents: for whom. */
  readonly onBehalfOf?: string;
}

export type ChangeState =
  | "draft"
  | "planned"
  | "approved"
  | "applying"
  | "applied"
  | "verified"
  | "closed"
  | "refused"
  | "failed"
  | "rolling-back"
  | "rolled-back";

/** One plan with everything that was decided. Applying it decides nothing. */
export interface Change {
  readonly id: string;
  readonly intent: Intent;
  readonly requester: Principal;
  /** Digest of the snapshot that it was made for. */
  readonly base: string;
  /** The world as it will be: what the store takes over once the change is verified. */
  readonly target: { readonly tenants: readonly Tenant[]; readonly workloads: readonly Workload[] };
  readonly diff: readonly DeviceDiff[];
  readonly guard: GuardVerdict;
  readonly proof: Proof;
  readonly twin: TwinEvidence;
  readonly price: Price;
  readonly why: readonly Claim[];
  readonly rollback: Rollback;
  readonly findings: readonly Finding[];
  /** Digest of all of the above: what an approval binds. */
  readonly digest: string;
}

export interface DeviceDiff {
  /** One-based place in the order of application; each step leaves the network safe. */
  readonly step: number;
  readonly device: string;
  readonly nos: NosName;
  readonly fabric: "ethernet" | "infiniband" | "nvlink";
  /** In the vendor's own syntax, with enough context to be read alone. */
  readonly lines: readonly DiffLine[];
  readonly before: DeviceSource;
  readonly after: DeviceSource;
  readonly beforeDigest: string;
  readonly afterDigest: string;
  /** Why it stands at this place in the order. */
  readonly reason: string;
}

export interface DiffLine {
  readonly op: "add" | "remove" | "context";
  readonly text: string;
  /** The file the line is of, where a device has several. */
  readonly file?: string;
  /** Headers of the blocks the line stands in, outermost first, where the syntax has blocks: whose line it is depends on them. */
  readonly within?: readonly string[];
}

/** The allow-list's word: a tenant change may touch only tenant lines. */
export interface GuardVerdict {
  readonly allowed: boolean;
  readonly checked: number;
  readonly violations: readonly { readonly device: string; readonly line: string; readonly rule: string }[];
}

export type Fidelity = "emulated" | "computed" | "modelled" | "not covered";

export interface Proof {
  readonly holds: boolean;
  /** Ordered pairs of end points that must not reach each other, and how many of them do. */
  readonly forbiddenPairs: number;
  readonly forbiddenReachable: number;
  readonly requiredPairs: number;
  readonly requiredReachable: number;
  /** Every state between two steps, checked the same way. */
  readonly intermediate: { readonly states: number; readonly safe: number };
  /** The first few of each kind; `forbiddenReachable` counts them all. */
  readonly counterexamples: readonly Counterexample[];
  readonly fidelity: Fidelity;
}

export interface Counterexample {
  readonly kind: "leak" | "unreachable" | "loop" | "black-hole";
  readonly from: string;
  readonly to: string;
  readonly packet: {
    readonly source: string;
    readonly destination: string;
    readonly protocol: string;
    readonly destinationPort?: number;
  };
  readonly hops: readonly Hop[];
  /** The line that lets it through, or the one whose lack stops it. */
  readonly cause?: {
    readonly device: string;
    readonly span?: SourceSpan;
    readonly line?: string;
    readonly explanation: string;
  };
  /** Which state between two steps shows it; absent: the final one. */
  readonly step?: number;
}

export interface Hop {
  readonly device: string;
  readonly networkInstance: string;
  readonly inInterface?: string;
  readonly outInterface?: string;
  readonly action: "forward" | "encapsulate" | "decapsulate" | "deliver" | "drop";
  /** The route, list entry or bridge domain that decided. */
  readonly decision: string;
  readonly span?: SourceSpan;
}

export interface TwinEvidence {
  readonly checks: readonly TwinCheck[];
  readonly sessions: { readonly expected: number; readonly established: number };
  readonly routes: { readonly total: number };
  /** Single failures swept, and those that would break what must hold. */
  readonly failures: {
    readonly swept: number;
    readonly harmless: number;
    readonly harmful: readonly { readonly element: string; readonly effect: string }[];
  };
  readonly linkLoad: readonly { readonly link: string; readonly before: number; readonly after: number }[];
}

export interface TwinCheck {
  readonly name: string;
  readonly result: "pass" | "fail" | "not covered";
  readonly fidelity: Fidelity;
  readonly detail: string;
}

export interface Price {
  readonly tenant: readonly Figure[];
  readonly others: readonly Figure[];
  readonly operator: readonly Figure[];
  /** One line for people: `+$41.20/h for acme; others +$0.00/h; idle -$39.10/h`. */
  readonly summary: string;
}

/** One sentence with the records that prove it. */
export interface Claim {
  readonly kind: "fact" | "derived" | "inference" | "assumption";
  readonly text: string;
  readonly evidence: readonly Evidence[];
}

export interface Evidence {
  /** `heddle:change/chg-12#/proof/forbiddenReachable` */
  readonly uri: string;
  /** Digest of the snapshot or change the value stands in. */
  readonly version: string;
  readonly field: string;
  readonly value: string;
}

export interface Rollback {
  readonly steps: readonly { readonly step: number; readonly device: string; readonly lines: readonly DiffLine[] }[];
  /** What the undo was tried against: the twin's proof over the states it passes through. */
  readonly tested: { readonly against: string; readonly states: number; readonly safe: number };
}

/** An approval is used once, and only for exactly what was seen. */
export interface Approval {
  readonly change: string;
  readonly digest: string;
  readonly base: string;
  readonly requester: string;
  readonly approver: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly nonce: string;
}
