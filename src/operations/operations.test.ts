import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { AuditRow, Context } from "./context.ts";
import { invoke } from "./invoke.ts";
import { openApiDocument } from "./openapi.ts";
import { defineOperation, type AnyOperation } from "./operation.ts";
import { decide } from "./policy.ts";
import { Registry } from "./registry.ts";
import { coerceField } from "./schema.ts";
import { formatTable, safeText } from "./table.ts";

const operation = (effect: "read" | "plan" | "apply", tenants?: "scoped"): AnyOperation =>
  defineOperation({
    name: `thing.${effect}`,
    area: "tenants",
    summary: "A thing.",
    effect,
    ...(tenants === undefined ? {} : { tenants }),
    input: z.strictObject({ count: z.int().min(1) }),
    output: z.object({ doubled: z.number() }),
    failures: [],
    run: async ({ count }) => ({ doubled: count * 2 }),
    print: ({ doubled }) => String(doubled),
  });

const operator: Principal = { kind: "operator", name: "ada" };
const agent: Principal = { kind: "agent", name: "bot", onBehalfOf: "ada" };
const tenant: Principal = { kind: "tenant", name: "t", tenant: "acme" };
const scheduler: Principal = { kind: "scheduler", name: "slurm" };

describe("policy", () => {
  test("an agent reads and plans and never applies", () => {
    expect([
      decide(agent, operation("read")).allow,
      decide(agent, operation("plan")).allow,
      decide(agent, operation("apply")).allow,
    ]).toEqual([true, true, false]);
  });

  test("a tenant sees only what is scoped, and never applies", () => {
    expect(decide(tenant, operation("read")).allow).toBe(false);
    expect(decide(tenant, operation("read", "scoped")).allow).toBe(true);
    expect(decide(tenant, operation("apply", "scoped")).allow).toBe(false);
  });

  test("an agent that acts for a tenant has no more rights than the tenant", () => {
    expect(decide({ ...agent, tenant: "acme" }, operation("read")).allow).toBe(false);
  });

  test("what no rule allows is denied", () => {
    expect(decide(scheduler, operation("read"))).toMatchObject({ allow: false, rule: "default-deny" });
  });
});

function contextOf(principal: Principal): { context: Context; rows: AuditRow[] } {
  const rows: AuditRow[] = [];
  const nothing = () => {
    throw new Error("not for this test");
  };
  const context: Context = {
    principal,
    scope: { kind: "all" },
    get factory() {
      return nothing();
    },
    get changes() {
      return nothing();
    },
    get access() {
      return nothing();
    },
    get files() {
      return nothing();
    },
    now: () => 0,
    progress: () => {},
    audit: async (row) => void rows.push(row),
  };
  return { context, rows };
}

describe("invoke", () => {
  test("runs, and leaves one audit row", async () => {
    const { context, rows } = contextOf(operator);
    expect(await invoke(operation("read"), { count: 2 }, context)).toEqual({ doubled: 4 });
    expect(rows).toMatchObject([{ operation: "thing.read", decision: "allow", outcome: "ok" }]);
  });

  test("refusals and bad input leave their row too", async () => {
    const { context, rows } = contextOf(agent);
    await expect(invoke(operation("apply"), { count: 2 }, context)).rejects.toMatchObject({ kind: "forbidden" });
    await expect(invoke(operation("read"), { count: 0, extra: 1 }, context)).rejects.toMatchObject({
      kind: "invalid_input",
    });
    expect(rows.map((one) => one.outcome)).toEqual(["forbidden", "invalid_input"]);
  });

  test("bad input names each place", async () => {
    const { context } = contextOf(operator);
    const failure = await invoke(operation("read"), { count: "x", extra: 1 }, context).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).findings.length).toBeGreaterThanOrEqual(2);
  });

  test("a bug becomes internal and keeps its detail from the caller", async () => {
    const broken: AnyOperation = { ...operation("read"), run: () => Promise.reject(new Error("password=hunter2")) };
    const failure = await invoke(broken, { count: 1 }, contextOf(operator).context).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "internal" });
    expect((failure as Failure).message).not.toContain("hunter2");
  });
});

test("two operations of one name are a bug that shows at the start", () => {
  expect(() => new Registry([operation("read"), operation("read")])).toThrow(/both called/);
});

test("the API document names every remote operation with its effect and failures", () => {
  const document = openApiDocument(new Registry([operation("read"), operation("plan")]), "1.2.3") as {
    paths: Record<string, Record<string, { operationId: string; "x-effect": string; responses: object }>>;
  };
  expect(document.paths["/api/v1/thing/read"]?.["get"]).toMatchObject({
    operationId: "thing.read",
    "x-effect": "read",
  });
  expect(Object.keys(document.paths["/api/v1/thing/plan"]?.["post"]?.responses ?? {})).toEqual([
    "200",
    "400",
    "403",
    "500",
  ]);
});

test("text from a query becomes what its field wants, and stays text where it fits none", () => {
  expect(coerceField({ type: "integer" }, ["7"])).toBe(7);
  expect(coerceField({ type: "integer" }, ["7x"])).toBe("7x");
  expect(coerceField({ type: "array", items: { type: "string" } }, ["a,b", "c"])).toEqual(["a", "b", "c"]);
  expect(coerceField({ type: "boolean" }, ["true"])).toBe(true);
});

test("a table can't be made to move the cursor", () => {
  expect(safeText("a\u001b[2Jb\nc")).toBe("a?[2Jb?c");
  expect(
    formatTable(
      ["NAME", "N"],
      [
        ["x\u0007", 10],
        ["long name", 2],
      ],
    ),
  ).toBe("NAME        N\nx?         10\nlong name   2");
});
