// The shapes that the API gives, as its OpenAPI document describes them.

export interface Status {
  fabric: string;
  snapshot: string;
  takenAt: number;
  switches: { fabric: string; role: string; nos: string; count: number }[];
  hosts: { gpu: number; storage: number; other: number; free: string[] };
  gpus: { total: number; held: number; free: number };
  links: { total: number; down: number };
  tenants: number;
  workloads: number;
  sessions: { established: number; total: number };
  routes: number;
  isolation: {
    holds: boolean;
    forbiddenPairs: number;
    forbiddenReachable: number;
    requiredPairs: number;
    requiredReachable: number;
  };
}

export interface GraphNode {
  name: string;
  kind: "switch" | "host";
  role: string;
  fabric?: string;
  nos?: string;
  scalableUnit?: number;
  rail?: number;
  plane?: number;
  tenant?: string;
  gpus?: number;
}

export interface GraphLink {
  id: string;
  a: { node: string; port: string };
  b: { node: string; port: string };
  fabric?: string;
  speedBps: number;
  down: boolean;
  load: number;
  bps: number;
  jobs: string[];
}

export interface Graph {
  name: string;
  snapshot: string;
  nodes: GraphNode[];
  links: GraphLink[];
}

export interface TenantRow {
  name: string;
  hosts: string[];
  gpus: number;
  guaranteedGbps: number;
  vrf: string;
  vni: number;
  vlan?: number;
  prefix?: string;
  workloads: string[];
}

export interface JobRow {
  name: string;
  kind: string;
  tenant: string;
  model: string;
  state: string;
  hosts: string[];
  gpus: number;
  stepMs?: number;
  computeMs?: number;
  exposedNetworkMs?: number;
  bottleneck?: string;
}

export interface CostReport {
  perHour: string;
  perGpuHour: string;
  networkPerGpuHour: string;
  networkShare: number;
  pools: { pool: string; perHour: string }[];
  tenants: { tenant: string; gpus: number; perHour: string; network: string; reservedIdle: string }[];
  idle: string;
  unattributed: string;
  platform: string;
  book: string;
  grade: string;
}

export interface ChangeRow {
  id: string;
  state: string;
  summary: string;
  requester: string;
  devices: number;
  createdAt: number;
  price: string;
}

export interface Span {
  file: string;
  line: number;
  endLine?: number;
}

export interface DiffLine {
  op: "add" | "remove" | "context";
  text: string;
  file?: string;
}

export interface Hop {
  device: string;
  networkInstance: string;
  inInterface?: string;
  outInterface?: string;
  action: string;
  decision: string;
  span?: Span;
}

export interface Counterexample {
  kind: "leak" | "unreachable" | "loop" | "black-hole";
  from: string;
  to: string;
  packet: { source: string; destination: string; protocol: string; destinationPort?: number };
  hops: Hop[];
  cause?: { device: string; span?: Span; line?: string; explanation: string };
  step?: number;
}

export interface FigureRow {
  name: string;
  value: string | number;
  unit: string;
  grade: string;
  formula: string;
  inputs: { name: string; value: string; grade: string; source: string }[];
}

export interface Claim {
  kind: string;
  text: string;
  evidence: { uri: string; version: string; field: string; value: string }[];
}

export interface TwinCheck {
  name: string;
  result: string;
  fidelity: string;
  detail: string;
}

export interface Change {
  id: string;
  state: string;
  createdAt: number;
  updatedAt: number;
  digest: string;
  base: string;
  requester: { kind: string; name: string; tenant?: string; onBehalfOf?: string };
  intent: {
    kind: string;
    name?: string;
    note?: string;
    hosts?: string[];
    guaranteedBps?: number;
    devices?: Record<string, unknown>;
    workload?: { name: string; kind: string; tenant: string };
  };
  diff: {
    step: number;
    device: string;
    nos: string;
    fabric: string;
    reason: string;
    lines: DiffLine[];
    beforeDigest: string;
    afterDigest: string;
  }[];
  guard: { allowed: boolean; checked: number; violations: { device: string; line: string; rule: string }[] };
  proof: {
    holds: boolean;
    forbiddenPairs: number;
    forbiddenReachable: number;
    requiredPairs: number;
    requiredReachable: number;
    intermediate: { states: number; safe: number };
    counterexamples: Counterexample[];
    fidelity: string;
  };
  twin: {
    checks: TwinCheck[];
    sessions: { expected: number; established: number };
    routes: { total: number };
    failures: { swept: number; harmless: number; harmful: { element: string; effect: string }[] };
    linkLoad: { link: string; before: number; after: number }[];
  };
  price: { tenant: FigureRow[]; others: FigureRow[]; operator: FigureRow[]; summary: string };
  why: Claim[];
  rollback: {
    steps: { step: number; device: string; lines: DiffLine[] }[];
    tested: { against: string; states: number; safe: number };
  };
  findings: Finding[];
}

export interface Finding {
  code: string;
  severity: string;
  message: string;
  remedy?: string;
  where?: { kind: string; device?: string; file?: string; line?: number; path?: string };
}

export interface DeviceConfig {
  device: string;
  nos: string;
  files: { path: string; text: string }[];
}

export interface Sweep {
  swept: number;
  harmless: number;
  harmful: { element: string; effect: string }[];
  jobs: string[];
}

export interface JournalEvent {
  sequence: number;
  at: number;
  kind: string;
  detail: string;
  hash: string;
}

export interface Answer {
  outcome: "answer" | "plan" | "clarify" | "abstain" | "refuse";
  understood?: string;
  claims: Claim[];
  options: string[];
  asOf: number;
  snapshot: string;
  change?: string;
}

export interface VerifyReport {
  snapshot: string;
  holds: boolean;
  forbiddenPairs: number;
  forbiddenReachable: number;
  requiredPairs: number;
  requiredReachable: number;
  counterexamples: Counterexample[];
  checks: TwinCheck[];
}
