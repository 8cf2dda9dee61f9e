import { z } from "zod";
import type { Intent } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { Workload } from "#model/workload.ts";
import { formatRate } from "#net/rate.ts";
import { viewFor } from "#reconcile/tenant-view.ts";
import { ChangeView, changeTable, printChange, printDiff, viewOf } from "./change-view.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

const ChangeId = z
  .string()
  .regex(/^[a-zA-Z0-9-]{1,64}$/)
  .describe("Id of a Change, as chg-1");

/** An intent in one line. */
export function describeIntent(intent: { readonly kind: string }): string {
  const one = intent as Intent; // every intent that is stored has one of these kinds; others fall to the default
  switch (one.kind) {
    case "tenant.create":
      return `create tenant ${one.name} on ${one.hosts.length} hosts at ${formatRate(one.guaranteedBps)}b/s`;
    case "tenant.resize":
      return `resize tenant ${one.name} to ${one.hosts.length} hosts`;
    case "tenant.delete":
      return `delete tenant ${one.name}`;
    case "workload.start":
      return `start ${one.workload.kind} ${one.workload.name} of ${one.workload.tenant}`;
    case "workload.end":
      return `end ${one.name}`;
    case "device.replace":
      return `replace the configuration of ${Object.keys(one.devices).length} devices: ${one.note}`;
    default:
      return intent.kind;
  }
}

/** Whose change it is; a device's whole configuration is nobody's alone. */
function tenantOf(intent: Intent, workloads: readonly Workload[]): string | undefined {
  switch (intent.kind) {
    case "tenant.create":
    case "tenant.resize":
    case "tenant.delete":
      return intent.name;
    case "workload.start":
      return intent.workload.tenant;
    case "workload.end":
      return workloads.find((one) => one.name === intent.name)?.tenant;
    case "device.replace":
      return undefined;
  }
}

/** @throws {Failure} invalid_input */
function timeOf(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new Failure(
      "invalid_input",
      `"${text.slice(0, 40)}" is no time. Say it as 2026-11-01 or 2026-11-01T12:00:00Z.`,
    );
  return time;
}

const Row = z.object({
  id: z.string(),
  state: z.string(),
  summary: z.string(),
  requester: z.string(),
  devices: z.number(),
  createdAt: z.number(),
  price: z.string(),
});

export const listChanges = defineOperation({
  name: "change.list",
  area: "changes",
  summary: "Changes, newest first.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({
    state: z.string().optional().describe("Only those in this state"),
    tenant: z.string().optional().describe("Only those of this tenant"),
    since: z
      .string()
      .optional()
      .describe("Only those planned at this time or later: 2026-11-01 or 2026-11-01T12:00:00Z"),
  }),
  output: z.object({ changes: z.array(Row) }),
  failures: ["invalid_input"],
  run: async ({ state, tenant, since }, { changes, scope, factory }) => ({
    changes: (await changes.list(scope))
      .filter((one) => state === undefined || one.state === state)
      .filter((one) => tenant === undefined || tenantOf(one.change.intent, factory.workloads(scope)) === tenant)
      .filter((one) => since === undefined || one.createdAt >= timeOf(since))
      .map(({ change, state: at, createdAt }) => ({ change: viewFor(scope, change), at, createdAt }))
      .map(({ change, at, createdAt }) => ({
        id: change.id,
        state: at,
        summary: describeIntent(change.intent),
        requester: change.requester.name,
        devices: change.diff.length,
        createdAt,
        price: change.price.summary,
      })),
  }),
  print: ({ changes }) => (changes.length === 0 ? "There are no changes yet." : changeTable(changes)),
});

export const showChange = defineOperation({
  name: "change.show",
  area: "changes",
  summary: "One Change with all its parts: diff, guard, proof, twin, price, why, rollback.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({ id: ChangeId }),
  output: ChangeView,
  failures: ["not_found"],
  positional: ["id"],
  run: async ({ id }, { changes, scope }) => viewOf(await changes.get(id, scope), scope),
  print: printChange,
});

export const diffChange = defineOperation({
  name: "change.diff",
  area: "changes",
  summary: "What a Change does to each device, in the vendor's own lines and in the order of application.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({ id: ChangeId, device: z.string().optional().describe("Only this device") }),
  output: z.object({ change: ChangeView, device: z.string().optional() }),
  failures: ["not_found"],
  positional: ["id"],
  run: async ({ id, device }, { changes, scope }) => ({
    change: viewOf(await changes.get(id, scope), scope),
    ...(device === undefined ? {} : { device }),
  }),
  print: ({ change, device }) => printDiff(change, device),
});

export const approveChange = defineOperation({
  name: "change.approve",
  area: "changes",
  summary: "Approve exactly what was planned: binds its digest and base, for one use and a limited time.",
  effect: "apply",
  input: z.strictObject({
    id: ChangeId,
    digest: z.string().optional().describe("Refuse unless the plan still has this digest"),
  }),
  output: ChangeView,
  failures: ["not_found", "conflict", "refused"],
  positional: ["id"],
  run: async ({ id, digest }, { changes, principal, scope }) => {
    const record = await changes.get(id, scope);
    return viewOf(await changes.approve(id, digest ?? record.change.digest, principal), scope);
  },
  print: printChange,
});

export const applyChange = defineOperation({
  name: "change.apply",
  area: "changes",
  summary: "Carry out an approved Change step by step; read back and prove again; go back by itself if that fails.",
  effect: "apply",
  input: z.strictObject({ id: ChangeId }),
  output: ChangeView,
  failures: ["not_found", "conflict", "refused", "device_rejected", "unreachable", "timeout"],
  positional: ["id"],
  run: async ({ id }, { changes, principal, progress, scope }) =>
    viewOf(await changes.apply(id, principal, progress), scope),
  print: printChange,
});

export const rollbackChange = defineOperation({
  name: "change.rollback",
  area: "changes",
  summary: "Undo a Change, in the reverse of a safe order.",
  effect: "apply",
  input: z.strictObject({ id: ChangeId }),
  output: ChangeView,
  failures: ["not_found", "conflict", "refused", "device_rejected", "unreachable", "timeout"],
  positional: ["id"],
  run: async ({ id }, { changes, principal, progress, scope }) =>
    viewOf(await changes.rollback(id, principal, progress), scope),
  print: printChange,
});

export const changeJournal = defineOperation({
  name: "change.journal",
  area: "changes",
  summary: "What happened to a Change, event by event, hash-chained.",
  effect: "read",
  tenants: "scoped",
  input: z.strictObject({ id: ChangeId }),
  output: z.object({
    events: z.array(
      z.object({ sequence: z.number(), at: z.number(), kind: z.string(), detail: z.string(), hash: z.string() }),
    ),
  }),
  failures: ["not_found"],
  positional: ["id"],
  run: async ({ id }, { changes, scope }) => ({
    events: (await changes.journal(id, scope)).map((row) => ({
      sequence: row.sequence,
      at: row.at,
      kind: row.kind,
      detail: describePayload(row.payload),
      hash: row.hash,
    })),
  }),
  print: ({ events }) =>
    formatTable(
      ["SEQ", "TIME", "EVENT", "DETAIL", "HASH"],
      events.map((one) => [one.sequence, new Date(one.at).toISOString(), one.kind, one.detail, one.hash.slice(0, 12)]),
    ),
});

/** The small facts of an event; what is large has its own place in the Change. */
function describePayload(payload: unknown): string {
  if (payload === null || typeof payload !== "object") return "";
  return Object.entries(payload)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    .map(([key, value]) => `${key}=${String(value).slice(0, 64)}`)
    .join(" ");
}

export const changeOperations = [
  listChanges,
  showChange,
  diffChange,
  approveChange,
  applyChange,
  rollbackChange,
  changeJournal,
];
