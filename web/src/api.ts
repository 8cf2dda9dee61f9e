import type {
  Answer,
  Change,
  ChangeRow,
  CostReport,
  DeviceConfig,
  Finding,
  Graph,
  JobRow,
  JournalEvent,
  Status,
  Sweep,
  TenantRow,
  VerifyReport,
} from "./types.ts";

/** What the server refused or could not do, in its own words. */
export class ApiError extends Error {
  readonly kind: string;
  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

async function call<T>(
  method: "GET" | "POST",
  path: string,
  input: Readonly<Record<string, string | number | readonly string[] | undefined>> = {},
): Promise<T> {
  const query = new URLSearchParams();
  if (method === "GET")
    for (const [name, value] of Object.entries(input)) if (value !== undefined) query.append(name, String(value));
  const url = `/api/v1/${path}${query.size > 0 ? `?${query}` : ""}`;
  const response = await fetch(
    url,
    method === "GET" ? {} : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(input) },
  ).catch(() => {
    throw new ApiError("unreachable", "Heddle does not answer. Is it still running?");
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const error = (body as { error?: { kind: string; message: string } } | undefined)?.error;
    throw new ApiError(error?.kind ?? "internal", error?.message ?? `The server answered ${response.status}.`);
  }
  return body as T; // the server checks every answer against the schema that these types mirror
}

export const api = {
  status: () => call<Status>("GET", "fabric/status"),
  graph: () => call<Graph>("GET", "fabric/graph"),
  verify: () => call<VerifyReport>("GET", "fabric/verify"),
  tenants: () => call<{ tenants: TenantRow[] }>("GET", "tenant/list"),
  jobs: () => call<{ jobs: JobRow[] }>("GET", "job/list"),
  costs: () => call<CostReport>("GET", "cost/show"),
  changes: () => call<{ changes: ChangeRow[] }>("GET", "change/list"),
  change: (id: string) => call<Change>("GET", "change/show", { id }),
  journal: (id: string) => call<{ events: JournalEvent[] }>("GET", "change/journal", { id }),
  createTenant: (input: { name: string; hosts: string[]; gbps: number }) =>
    call<Change>("POST", "tenant/create", input),
  resizeTenant: (input: { name: string; add?: string[]; remove?: string[]; gbps?: number }) =>
    call<Change>("POST", "tenant/resize", input),
  deleteTenant: (name: string) => call<Change>("POST", "tenant/delete", { name }),
  approve: (id: string, digest: string) => call<Change>("POST", "change/approve", { id, digest }),
  apply: (id: string) => call<Change>("POST", "change/apply", { id }),
  rollback: (id: string) => call<Change>("POST", "change/rollback", { id }),
  config: (name: string) => call<DeviceConfig>("GET", "device/config", { name }),
  drift: () => call<{ findings: Finding[] }>("GET", "device/drift"),
  sweep: () => call<Sweep>("GET", "failure/sweep"),
  figures: () => call<{ figures: string[] }>("GET", "cost/explain"),
  explain: (figure: string) => call<{ figures: string[]; explanation?: string }>("GET", "cost/explain", { figure }),
  ask: (question: string) => call<Answer>("POST", "ask", { question }),
};
