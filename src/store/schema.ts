/** Rows as both databases give them back: times and sequence numbers are numbers, everything composed is `encode`d text. */
export interface Database {
  blobs: { digest: string; body: string };
  snapshots: { digest: string; body: string; at: number };
  world: { id: number; snapshot: string; revision: number; at: number };
  world_tenants: { tenant: string; body: string };
  world_workloads: { name: string; tenant: string; body: string };
  world_devices: { device: string; digest: string };
  changes: {
    id: string;
    position: number;
    state: string;
    tenant: string | null;
    requester: string;
    base: string;
    digest: string;
    attempt: number;
    intent: string;
    summary: string;
    body: string;
    created_at: number;
    updated_at: number;
  };
  change_devices: { change_id: string; device: string };
  journal: {
    seq: number;
    event_key: string;
    change_id: string;
    tenant: string | null;
    at: number;
    kind: string;
    payload: string;
    prev_hash: string;
    hash: string;
  };
  approvals: {
    nonce: string;
    change_id: string;
    digest: string;
    base: string;
    requester: string;
    approver: string;
    granted_at: number;
    expires_at: number;
    /** `open`, `used`, or `void` when a newer one took its place. */
    status: string;
  };
  audit: {
    seq: number;
    at: number;
    principal: string;
    tenant: string | null;
    operation: string;
    input_digest: string;
    decision: string;
    rule: string;
    outcome: string;
    duration_ms: number;
    prev_hash: string;
    hash: string;
  };
  /** The last link of each chain: what the next one hangs on, and what shows a cut tail. */
  chain_heads: { chain: string; seq: number; hash: string };
}
