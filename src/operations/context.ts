import type { Change, ChangeState, Intent, Principal } from "#model/change.ts";
import type { Finding } from "#model/finding.ts";
import type { Endpoint } from "#model/endpoint.ts";
import type { ParsedSnapshot, Snapshot } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import type { SeenNeighbor } from "#decide/cabling.ts";
import type { CostReport } from "#economics/cost.ts";
import type { PriceBook } from "#economics/price-book.ts";
import type { LoadReport } from "#twin/load.ts";
import type { ReachabilityReport } from "#twin/reachability.ts";
import type { Twin } from "#twin/twin.ts";
import type { CounterRate } from "#telemetry/counters.ts";

/** Whose rows may be seen. Applied where data is read, never by filtering answers. */
export type Scope = { readonly kind: "all" } | { readonly kind: "tenant"; readonly tenant: string };

/** What an operation may lean on, for one caller. */
export interface Context {
  readonly principal: Principal;
  readonly scope: Scope;
  readonly factory: Factory;
  readonly changes: Changes;
  readonly access: Access;
  /** Only for operations that run in the caller's own process. */
  readonly files: Files;
  now(): number;
  readonly progress: (line: string) => void;
  audit(row: AuditRow): Promise<void>;
}

export interface AuditRow {
  readonly operation: string;
  readonly inputDigest: string;
  readonly decision: "allow" | "deny";
  readonly rule: string;
  readonly outcome: string;
  readonly durationMs: number;
}

/** The running factory, read only. Everything is computed for one snapshot and kept until the next. */
export interface Factory {
  readonly snapshot: Snapshot;
  /** Identity of the snapshot, for evidence. */
  readonly digest: string;
  /** Milliseconds since 1970 when the snapshot became the current one. */
  readonly takenAt: number;
  readonly parsed: ParsedSnapshot;
  readonly endpoints: readonly Endpoint[];
  readonly twin: Twin;
  /** Isolation and reachability of the fabric as it runs. */
  readonly proof: ReachabilityReport;
  readonly load: LoadReport;
  readonly book: PriceBook;
  readonly costs: CostReport;
  tenants(scope: Scope): readonly Tenant[];
  workloads(scope: Scope): readonly Workload[];
  rates(device?: string): readonly CounterRate[];
  /** Compares what devices run with what they should. */
  drift(): Promise<readonly Finding[]>;
  /** What switches see at the other end of their ports, read from them now; and those that could not be read. */
  neighbors(): Promise<{ readonly seen: readonly SeenNeighbor[]; readonly unreachable: readonly string[] }>;
}

export interface ChangeRecord {
  readonly change: Change;
  readonly state: ChangeState;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface JournalRow {
  readonly sequence: number;
  readonly change: string;
  readonly at: number;
  readonly kind: string;
  readonly payload: unknown;
  readonly hash: string;
}

/** The life of Changes. Rights were decided before; scope is applied here. */
export interface Changes {
  propose(intent: Intent, principal: Principal, progress: (line: string) => void): Promise<ChangeRecord>;
  list(scope: Scope): Promise<readonly ChangeRecord[]>;
  get(id: string, scope: Scope): Promise<ChangeRecord>;
  journal(id: string, scope: Scope): Promise<readonly JournalRow[]>;
  approve(id: string, digest: string, principal: Principal): Promise<ChangeRecord>;
  apply(id: string, principal: Principal, progress: (line: string) => void): Promise<ChangeRecord>;
  rollback(id: string, principal: Principal, progress: (line: string) => void): Promise<ChangeRecord>;
  auditRows(
    limit: number,
  ): Promise<readonly (AuditRow & { readonly at: number; readonly principal: string; readonly sequence: number })[]>;
  /** Recomputes the hash chains of journal and audit. */
  verifyChains(): Promise<{ readonly journal: boolean; readonly audit: boolean; readonly rows: number }>;
}

/** Tokens by which callers are known. Secrets are shown once and kept only as digests. */
export interface Access {
  create(principal: Principal): Promise<{ readonly id: string; readonly token: string }>;
  list(): Promise<readonly { readonly id: string; readonly principal: Principal; readonly createdAt: number }[]>;
  revoke(id: string): Promise<void>;
}

export interface Files {
  /** All files below a folder, or the one file; binary ones come as text with replacement characters. */
  read(path: string): Promise<readonly SourceFile[]>;
  write(path: string, text: string): Promise<void>;
}
