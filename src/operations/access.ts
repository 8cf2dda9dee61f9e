import { z } from "zod";
import { Failure } from "#model/failure.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";
import { TenantName } from "./tenants.ts";

export const createToken = defineOperation({
  name: "token.create",
  area: "access",
  summary: "Make a token for a person, an agent, a scheduler or a tenant. It is shown once.",
  effect: "apply",
  input: z.strictObject({
    name: z
      .string()
      .regex(/^[a-zA-Z0-9._@-]{1,64}$/)
      .describe("Who will use it"),
    kind: z.enum(["operator", "agent", "scheduler", "tenant"]).describe("What they may do"),
    tenant: TenantName.optional().describe("For kind tenant: whose rows they may see"),
  }),
  output: z.object({ id: z.string(), token: z.string() }),
  failures: ["not_found"],
  positional: ["name"],
  run: async ({ name, kind, tenant }, { access, factory, principal }) => {
    if ((kind === "tenant") !== (tenant !== undefined))
      throw new Failure("invalid_input", "Say --tenant for kind tenant, and only then.");
    if (tenant !== undefined && !factory.tenants({ kind: "all" }).some((one) => one.name === tenant))
      throw new Failure("not_found", `There is no tenant ${tenant}.`);
    return access.create({
      kind,
      name,
      ...(tenant === undefined ? {} : { tenant }),
      ...(kind === "agent" ? { onBehalfOf: principal.name } : {}),
    });
  },
  print: ({ id, token }) => `Token ${id}. Keep it; it is not shown again:\n${token}`,
});

export const listTokens = defineOperation({
  name: "token.list",
  area: "access",
  summary: "Who holds tokens.",
  effect: "read",
  input: z.strictObject({}),
  output: z.object({
    tokens: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        name: z.string(),
        tenant: z.string().optional(),
        createdAt: z.number(),
      }),
    ),
  }),
  failures: [],
  run: async (_, { access }) => ({
    tokens: (await access.list()).map(({ id, principal, createdAt }) => ({
      id,
      kind: principal.kind,
      name: principal.name,
      createdAt,
      ...(principal.tenant === undefined ? {} : { tenant: principal.tenant }),
    })),
  }),
  print: ({ tokens }) =>
    formatTable(
      ["ID", "KIND", "NAME", "TENANT", "MADE"],
      tokens.map((one) => [one.id, one.kind, one.name, one.tenant ?? "-", new Date(one.createdAt).toISOString()]),
    ),
});

export const revokeToken = defineOperation({
  name: "token.revoke",
  area: "access",
  summary: "Make a token useless.",
  effect: "apply",
  input: z.strictObject({ id: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
  output: z.object({ id: z.string() }),
  failures: ["not_found"],
  positional: ["id"],
  run: async ({ id }, { access }) => {
    await access.revoke(id);
    return { id };
  },
  print: ({ id }) => `Token ${id} is revoked.`,
});

export const listAudit = defineOperation({
  name: "audit.list",
  area: "access",
  summary: "Who called what, with the rule that decided; newest first. The chain of hashes is checked.",
  effect: "read",
  input: z.strictObject({ limit: z.int().min(1).max(10_000).default(50) }),
  output: z.object({
    intact: z.boolean(),
    rows: z.array(
      z.object({
        sequence: z.number(),
        at: z.number(),
        principal: z.string(),
        operation: z.string(),
        decision: z.string(),
        rule: z.string(),
        outcome: z.string(),
        durationMs: z.number(),
      }),
    ),
  }),
  failures: [],
  run: async ({ limit }, { changes }) => {
    const chains = await changes.verifyChains();
    const rows = await changes.auditRows(limit);
    return {
      intact: chains.journal && chains.audit,
      rows: rows.map(({ sequence, at, principal, operation, decision, rule, outcome, durationMs }) => ({
        sequence,
        at,
        principal,
        operation,
        decision,
        rule,
        outcome,
        durationMs,
      })),
    };
  },
  print: ({ rows, intact }) =>
    [
      formatTable(
        ["SEQ", "TIME", "WHO", "OPERATION", "DECISION", "RULE", "OUTCOME", "MS"],
        rows.map((one) => [
          one.sequence,
          new Date(one.at).toISOString(),
          one.principal,
          one.operation,
          one.decision,
          one.rule,
          one.outcome,
          one.durationMs,
        ]),
      ),
      intact ? "The chains of journal and audit verify." : "THE CHAIN IS BROKEN: rows were altered outside Heddle.",
    ].join("\n"),
});

export const accessOperations = [createToken, listTokens, revokeToken, listAudit];
