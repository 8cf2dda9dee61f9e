import { AjvJsonSchemaValidator } from "@modelcontextprotocol/client/validators/ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { methodOf, pathOf } from "#operations/openapi.ts";
import { toolNameOf } from "#operations/operation.ts";
import { registry } from "./registry.ts";
import { version } from "./version.ts";
import { eventsUntil, mcpOverHttp, mcpOverStdio, operatorOf, type Caller } from "./testing/surfaces.ts";
import { heddle, ServerProcess } from "./testing/processes.ts";

const session = new ServerProcess();
let operator: Caller;
beforeAll(async () => {
  await session.start();
  operator = operatorOf(session.stateDir);
});
afterAll(() => session[Symbol.asyncDispose]());

const acme = { name: "acme", hosts: ["su1-h1..h2"], gbps: 400 };
const textOf = (result: { content?: unknown }): string =>
  ((result.content ?? []) as { text?: string }[]).map((one) => one.text ?? "").join("\n"); // Heddle's tools give text parts

const validator = new AjvJsonSchemaValidator();
const faultOf = (schema: object, value: unknown): string | undefined => {
  const verdict = validator.getValidator(schema)(value);
  return verdict.valid ? undefined : verdict.errorMessage;
};

describe.each([
  ["streamable HTTP", "auto", () => mcpOverHttp(operator)],
  ["streamable HTTP, a client of 2025", "legacy", () => mcpOverHttp(operator, "legacy")],
  ["stdio", "auto", () => mcpOverStdio(session.stateDir)],
  ["stdio, a client of 2025", "legacy", () => mcpOverStdio(session.stateDir, "legacy")],
] as const)("MCP over %s", (_, __, connect) => {
  test("says who it is, and lists what may be read and planned in one order, and nothing that acts", async () => {
    const client = await connect();
    expect(client.getServerVersion()).toMatchObject({ name: "heddle", version });
    const [{ tools }, again] = [await client.listTools(), await client.listTools()];
    expect(again.tools.map((one) => one.name)).toEqual(tools.map((one) => one.name));
    expect(tools.map((one) => one.name)).toEqual(
      registry.remote.filter((one) => one.effect !== "apply").map((one) => toolNameOf(one)),
    );
    for (const tool of tools) {
      expect(tool.annotations).toMatchObject({ destructiveHint: false, openWorldHint: false });
      expect(tool.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(tool.outputSchema).toMatchObject({ type: "object" });
    }
    await client.close();
  });

  test("a read tool gives what the command line prints, and the same as data that fits its schema", async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    for (const [name, command] of [
      ["fabric_status", "status"],
      ["tenant_list", "tenant list"],
      ["capacity_show", "capacity"],
      ["cost_show", "cost show"],
    ] as const) {
      const result = await client.callTool({ name, arguments: {} });
      expect(result.isError ?? false).toBe(false);
      expect(textOf(result).trim()).toBe(heddle(command.split(" "), session.stateDir).stdout.trim());
      expect(faultOf(tools.find((one) => one.name === name)?.outputSchema ?? {}, result.structuredContent)).toBe(
        undefined,
      );
    }
    await client.close();
  });

  test("a bad argument comes back as an error that says what is wrong; what acts is no tool", async () => {
    const client = await connect();
    for (const bad of [{ name: "Acme!", hosts: [], gbps: -1 }, { name: "acme" }, { ...acme, force: true }]) {
      const result = await client.callTool({ name: "tenant_create", arguments: bad });
      expect(result.isError).toBe(true);
      expect(textOf(result)).toMatch(/name|hosts|gbps|force/);
      expect(textOf(result)).not.toMatch(/node_modules|at .*:\d+:\d+/);
    }
    const missing = await client.callTool({ name: "tenant_show", arguments: { name: "nobody" } });
    expect([missing.isError, textOf(missing)]).toEqual([
      true,
      expect.stringContaining("not_found: There is no tenant"),
    ]);
    for (const name of ["change_approve", "change_apply", "change_rollback", "token_create"])
      await expect(
        client.callTool({ name, arguments: { id: "chg-1" } }).then((one) => (one.isError === true ? fail(one) : one)),
      ).rejects.toThrow(/not found|unknown/i);
    await client.close();
  });
});

const fail = (result: { content?: unknown }): never => {
  throw new Error(textOf(result));
};

describe("MCP's HTTP end point", () => {
  const post = (body: object, headers: Record<string, string>) =>
    fetch(new URL("/mcp", operator.url), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
      body: JSON.stringify(body),
    });
  const bearer = () => ({ authorization: `Bearer ${operator.token}` });
  const list = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/list",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  };
  const modern = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };

  test("wants a token, its own origin and its own name", async () => {
    const anonymous = await post(list, modern);
    expect([anonymous.status, anonymous.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await post(list, { ...modern, authorization: "Bearer wrong" })).status).toBe(401);
    expect((await post(list, { ...modern, ...bearer(), origin: "https://evil.example" })).status).toBe(403);
    expect((await post(list, { ...modern, ...bearer(), origin: "null" })).status).toBe(403);
    expect((await post(list, { ...modern, ...bearer() })).status).toBe(200);
  });

  test("headers that tell another story than the body are refused", async () => {
    const refused = await post(list, { ...modern, ...bearer(), "mcp-method": "tools/call" });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: -32020 } });
    const old = {
      ...list,
      params: { _meta: { ...list.params._meta, "io.modelcontextprotocol/protocolVersion": "1999-01-01" } },
    };
    const unknown = await post(old, { ...bearer(), "mcp-protocol-version": "1999-01-01", "mcp-method": "tools/list" });
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({ error: { code: -32022 } });
  });
});

describe("OpenAPI", () => {
  interface Document {
    readonly openapi: string;
    readonly info: { readonly title: string; readonly version: string };
    readonly tags: readonly { readonly name: string }[];
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: object };
  }
  interface Described {
    readonly operationId: string;
    readonly summary: string;
    readonly tags: readonly string[];
    readonly parameters?: readonly {
      readonly name: string;
      readonly in: string;
      readonly required: boolean;
      readonly schema: object;
    }[];
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
    readonly responses: Readonly<
      Record<
        string,
        {
          readonly description: string;
          readonly content: Readonly<Record<string, { readonly schema: Record<string, unknown> }>>;
        }
      >
    >;
  }
  let document: Document;
  beforeAll(async () => {
    document = (await operator.get("openapi.json")).body as Document; // checked field by field below
  });

  test("is a 3.1 document that stands by itself: all parts are there, all references lead somewhere, all schemas compile", () => {
    expect(Object.keys(document).sort()).toEqual([
      "components",
      "info",
      "openapi",
      "paths",
      "security",
      "servers",
      "tags",
    ]);
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: "Heddle", version });
    const tags = new Set(document.tags.map((one) => one.name));
    const ids = new Set<string>();
    for (const [path, item] of Object.entries(document.paths)) {
      expect(path).toMatch(/^\/api\/v1(\/[a-z-]+)+$/);
      for (const [method, one] of Object.entries(item)) {
        expect(["get", "post"]).toContain(method);
        expect(ids.has(one.operationId), one.operationId).toBe(false);
        ids.add(one.operationId);
        expect(one.summary).not.toBe("");
        expect(one.tags.every((tag) => tags.has(tag))).toBe(true);
        expect(method === "get").toBe(one.requestBody === undefined);
        for (const parameter of one.parameters ?? []) {
          expect(parameter).toMatchObject({ in: "query", name: expect.any(String), required: expect.any(Boolean) });
          validator.getValidator(parameter.schema);
        }
        for (const media of Object.values(one.requestBody?.content ?? {})) validator.getValidator(media.schema);
        expect(Object.keys(one.responses)).toEqual(expect.arrayContaining(["200", "400", "403", "500"]));
        for (const [status, response] of Object.entries(one.responses)) {
          expect([status, response.description]).toEqual([
            expect.stringMatching(/^\d{3}$/),
            expect.stringMatching(/./),
          ]);
          for (const { schema } of Object.values(response.content))
            if (status === "200") validator.getValidator(schema);
            else expect(schema).toEqual({ $ref: "#/components/schemas/Failure" });
        }
      }
    }
    for (const [reference] of JSON.stringify(document).matchAll(/"\$ref":"[^"]*"/g))
      expect(reference).toBe('"$ref":"#/components/schemas/Failure"');
    expect(JSON.stringify(document)).not.toMatch(/"(nullable|exclusiveMinimum":true|example)"/);
    expect(document.components.securitySchemes).toEqual({ bearer: { type: "http", scheme: "bearer" } });
  });

  test("holds every operation that can be called over the network, and no other", () => {
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(registry.remote.map((one) => `${methodOf(one)} ${pathOf(one)}`).sort());
  });

  /** Inputs for operations that need some. */
  const inputs: Readonly<Record<string, string>> = {
    "tenant.show": "name=globex",
    "cost.tenant": "name=globex",
    "cost.tokens": "service=chat-8b",
    "cost.explain": "figure=cost/total",
    "device.config": "name=spine-1",
    "device.neighbors": "name=spine-1",
    "device.health": "name=spine-1",
    "job.explain": "name=llm-70b",
    "path.show": "from=su1-h5&to=su2-h5&rail=1",
    "place.suggest": "hosts=2",
    "reach.check": "from=globex&to=initech",
    "route.list": "device=spine-1",
    "failure.sweep": "element=spine-1",
    "change.show": "id=chg-1",
    "change.diff": "id=chg-1",
    "change.journal": "id=chg-1",
  };

  test("every read operation answers in the shape that it promises, and fails in the one shape of failures", async () => {
    const planned = await operator.post("tenant/create", acme);
    expect(planned.status).toBe(200);
    const schemaOf = (path: string, method: string, status: number): Record<string, unknown> =>
      document.paths[path]?.[method]?.responses[String(status)]?.content["application/json"]?.schema ?? {};
    expect(faultOf(schemaOf("/api/v1/tenant/create", "post", 200), planned.body)).toBe(undefined);
    for (const operation of registry.remote.filter((one) => one.effect === "read")) {
      const path = pathOf(operation);
      const good = await operator.fetch(`${path}?${inputs[operation.name] ?? ""}`);
      const body: unknown = await good.json();
      expect([operation.name, good.status, faultOf(schemaOf(path, "get", 200), body)]).toEqual([
        operation.name,
        200,
        undefined,
      ]);
      const bad = await operator.fetch(`${path}?no-such-field=1`);
      const failure: unknown = await bad.json();
      expect([operation.name, bad.status, faultOf(document.components.schemas["Failure"] ?? {}, failure)]).toEqual([
        operation.name,
        400,
        undefined,
      ]);
    }
    for (const [path, status] of [
      ["tenant/show?name=nobody", 404],
      ["change/show?id=chg-99", 404],
      ["nothing/here", 404],
    ] as const) {
      const reply = await operator.get(path);
      expect([reply.status, faultOf(document.components.schemas["Failure"] ?? {}, reply.body)]).toEqual([
        status,
        undefined,
      ]);
    }
    const anonymous = await fetch(new URL("/api/v1/fabric/status", operator.url));
    expect([anonymous.status, faultOf(document.components.schemas["Failure"] ?? {}, await anonymous.json())]).toEqual([
      403,
      undefined,
    ]);
  });
});

test("one request by command line, REST, MCP and in words is one and the same Change, with its audit row", async () => {
  interface Made {
    readonly id: string;
    readonly change: Readonly<Record<string, unknown>>;
    readonly rows: readonly { operation: string; principal: string; rule: string; outcome: string }[];
  }
  const doors: Readonly<Record<string, (fresh: ServerProcess) => Promise<{ id: string }>>> = {
    "command line": async (fresh) =>
      JSON.parse(
        heddle(["tenant", "create", "acme", "--hosts", "su1-h1..h2", "--gbps", "400", "--json"], fresh.stateDir).stdout,
      ) as { id: string },
    REST: async (fresh) => (await operatorOf(fresh.stateDir).post("tenant/create", acme)).body as { id: string },
    MCP: async (fresh) => {
      const client = await mcpOverHttp(operatorOf(fresh.stateDir));
      const { structuredContent } = await client.callTool({ name: "tenant_create", arguments: acme });
      await client.close();
      return structuredContent as { id: string };
    },
    "MCP over stdio": async (fresh) => {
      const client = await mcpOverStdio(fresh.stateDir);
      const { structuredContent } = await client.callTool({ name: "tenant_create", arguments: acme });
      await client.close();
      return structuredContent as { id: string };
    },
    words: async (fresh) => {
      const { body } = await operatorOf(fresh.stateDir).post("ask", {
        question: "create tenant acme on su1-h1..h2 at 400G",
      });
      return { id: (body as { change: string }).change };
    },
  };
  const made: Record<string, Made> = {};
  for (const [door, create] of Object.entries(doors)) {
    await using fresh = new ServerProcess();
    await fresh.start();
    const { id } = await create(fresh);
    const caller = operatorOf(fresh.stateDir);
    const {
      requester: _r,
      createdAt: _c,
      updatedAt: _u,
      digest: _d,
      ...change
    } = (await caller.get(`change/show?id=${id}`)).body;
    const { rows } = (await caller.get("audit/list")).body as Made;
    made[door] = { id, change, rows };
  }
  const first = made["command line"];
  expect(first?.change).toMatchObject({
    id: "chg-1",
    state: "planned",
    proof: { holds: true },
    guard: { allowed: true },
  });
  for (const [door, one] of Object.entries(made)) {
    expect([door, one.change]).toEqual([door, first?.change]);
    const row = one.rows.find((found) => found.operation === "tenant.create");
    const agent = door.startsWith("MCP");
    expect([door, row]).toEqual([
      door,
      expect.objectContaining({
        principal: agent ? "operator-agent for operator" : "operator",
        rule: agent ? "agents-read-and-plan" : "operators-all",
        outcome: "ok",
      }),
    ]);
  }
  expect(made["words"]?.rows.map((row) => row.operation)).toContain("ask");
});

describe("events", () => {
  test("a Change that is applied tells each of its steps", async () => {
    const planned = await operator.post("tenant/create", { name: "umbrella", hosts: ["su1-h3"], gbps: 400 });
    const id = planned.body.id as string;
    await operator.post("change/approve", { id });
    const closed = (events: readonly { kind: string; data: { state?: string | undefined } }[]) =>
      events.some((one) => one.kind === "change" && one.data.state === "closed");
    const events = await eventsUntil(operator, closed, () => operator.post("change/apply", { id }));
    const kinds = events
      .filter((one) => one.kind === "change" && one.data["change"] === id)
      .map((one) => one.data["event"]);
    expect(kinds).toEqual(expect.arrayContaining(["step.done", "change.closed"]));
    expect(events.filter((one) => one.kind === "progress").length).toBeGreaterThan(5);
    await operator.post("change/rollback", { id });
  });
});

describe("metrics", () => {
  test("are Prometheus text, for those who may read the status of the fabric", async () => {
    const response = await operator.fetch("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const text = await response.text();
    const families = new Map<string, number>();
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const comment = /^# (?:HELP \S+ .+|TYPE (\S+) (gauge|counter))$/.exec(line);
      if (comment !== null) {
        if (comment[1] !== undefined) families.set(comment[1], 0);
        continue;
      }
      // name{label="value",…} number, with only \\, \" and \n escaped inside a value
      const sample =
        /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/.exec(
          line,
        );
      expect(sample, line).not.toBeNull();
      expect(families.has(sample?.[1] ?? ""), line).toBe(true);
      families.set(sample?.[1] ?? "", (families.get(sample?.[1] ?? "") ?? 0) + 1);
    }
    for (const family of [
      "heddle_sessions",
      "heddle_isolation_pairs",
      "heddle_link_load_ratio",
      "heddle_changes",
      "heddle_figure",
    ])
      expect(families.get(family), family).toBeGreaterThan(0);
    expect(text).toMatch(/^heddle_isolation_pairs_reachable\{policy="forbidden"\} 0$/m);
    expect((await fetch(new URL("/metrics", operator.url))).status).toBe(403);
  });
});
