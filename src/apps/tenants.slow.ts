import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { methodOf, pathOf } from "#operations/openapi.ts";
import { registry } from "./registry.ts";
import { ServerProcess } from "./testing/processes.ts";
import { Caller, eventsUntil, mcpOverHttp, operatorOf, type Reply } from "./testing/surfaces.ts";

const server = new ServerProcess();
let operator: Caller;
const callers: Record<string, Caller> = {};
const as = (name: string): Caller => callers[name] ?? operator;

beforeAll(async () => {
  await server.start();
  operator = operatorOf(server.stateDir);
  for (const [name, more] of [
    ["initech", { kind: "tenant", tenant: "initech" }],
    ["globex", { kind: "tenant", tenant: "globex" }],
    ["bot", { kind: "agent" }],
    ["slurm", { kind: "scheduler" }],
  ] as const) {
    const { body } = await operator.post("token/create", { name, ...more });
    callers[name] = new Caller(operator.url, body.token as string);
  }
});
afterAll(() => server[Symbol.asyncDispose]());

/** Everything by which initech could be told in globex's answers: name, job, model, hosts, network. */
const initechMarks = /initech|chat-8b|llama-8b|su2-h[12]\b|10\.64\.5\./;
const globexMarks = /globex|llm-70b|llama-70b|su1-h[5-8]\b|su2-h5\b|10\.64\.4\./;
const clean = (reply: Reply, marks: RegExp): void => {
  expect(marks.exec(reply.text)?.[0], reply.text).toBeUndefined();
};

describe("what a tenant sees", () => {
  test("are its own rows, in every list", async () => {
    const me = as("initech");
    const tenants = await me.get("tenant/list");
    expect(tenants.body.tenants.map((one: { name: string }) => one.name)).toEqual(["initech"]);
    const jobs = await me.get("job/list");
    expect(jobs.body.jobs.map((one: { name: string }) => one.name)).toEqual(["chat-8b"]);
    const usage = await me.get("usage/show");
    expect(usage.body.tenants.map((one: { tenant: string }) => one.tenant)).toEqual(["initech"]);
    const cost = await me.get("cost/tenant?name=initech");
    expect(cost.status).toBe(200);
    for (const reply of [
      tenants,
      jobs,
      usage,
      cost,
      await me.get("job/explain?name=chat-8b"),
      await me.get("change/list"),
    ])
      clean(reply, globexMarks);
  });

  test("what is another's is not there, in the same words as what nobody has", async () => {
    const me = as("initech");
    for (const [path, theirs, nobodys] of [
      ["tenant/show?name=", "globex", "umbrella"],
      ["cost/tenant?name=", "globex", "umbrella"],
      ["cost/tokens?service=", "llm-70b", "llm-99b"],
      ["job/explain?name=", "llm-70b", "llm-99b"],
      ["job/list?tenant=", "globex", "umbrella"],
      ["job/list?using=", "su1-h5", "su1-h55"],
    ] as const) {
      const [one, other] = [await me.get(path + theirs), await me.get(path + nobodys)];
      expect([path, one.status]).toEqual([
        path,
        expect.toSatisfy((status: number) => status === 403 || status === 404),
      ]);
      expect(one.status).toBe(other.status);
      expect(one.text.replaceAll(theirs, "NAME")).toBe(other.text.replaceAll(nobodys, "NAME"));
    }
    const [held, unknown] = [
      await me.post("tenant/resize", { name: "initech", add: ["su1-h5"] }),
      await me.post("tenant/resize", { name: "initech", add: ["su1-h55"] }),
    ];
    expect([held.status, unknown.status]).toEqual([409, 409]);
    expect(held.text.replaceAll("su1-h5", "HOST")).toBe(unknown.text.replaceAll("su1-h55", "HOST"));
  });

  test("everything else is forbidden", async () => {
    for (const operation of registry.remote.filter((one) => one.tenants === undefined)) {
      const reply =
        methodOf(operation) === "get"
          ? await replyTo(as("initech").fetch(pathOf(operation)))
          : await replyTo(as("initech").fetch(pathOf(operation), { method: "POST", body: "{}" }));
      expect([operation.name, reply.status]).toEqual([operation.name, 403]);
      clean(reply, globexMarks);
    }
    expect((await as("initech").fetch("/metrics")).status).toBe(403);
  });
});

async function replyTo(response: Promise<Response>): Promise<Reply> {
  const { status } = await response;
  const text = await (await response).text();
  return { status, text, body: JSON.parse(text) };
}

describe("a tenant's own Change", () => {
  test("can be planned by it, names nobody else in any part, and waits for the operator", async () => {
    const me = as("globex");
    const planned = await me.post("tenant/resize", { name: "globex", more: 1 });
    expect(planned.body).toMatchObject({ state: "planned", proof: { holds: true }, requester: { tenant: "globex" } });
    const id = planned.body.id as string;
    for (const path of [`change/show?id=${id}`, `change/diff?id=${id}`, `change/journal?id=${id}`, "change/list"]) {
      const reply = await me.get(path);
      expect(reply.status).toBe(200);
      clean(reply, initechMarks);
      expect(reply.text).not.toMatch(/others [+-]|idle [+-]/);
    }
    clean(planned, initechMarks);
    expect(planned.body.diff.length).toBeGreaterThan(0);
    for (const verb of ["approve", "apply", "rollback"])
      expect((await me.post(`change/${verb}`, { id })).status).toBe(403);
    const theirs = await as("initech").get(`change/show?id=${id}`);
    const nobodys = await as("initech").get("change/show?id=chg-99");
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    expect(theirs.text.replaceAll(id, "ID")).toBe(nobodys.text.replaceAll("chg-99", "ID"));
    for (const path of [`change/diff?id=${id}`, `change/journal?id=${id}`])
      expect((await as("initech").get(path)).status).toBe(404);
  });

  test("is told to it as it happens, and to no other tenant", async () => {
    const { id } = (await operator.get("change/list")).body.changes[0] as { id: string };
    await operator.post("change/approve", { id });
    const other: unknown[] = [];
    const stop = new AbortController();
    const listening = as("initech")
      .fetch("/api/v1/events", { signal: stop.signal })
      .then(async ({ body }) => {
        for await (const chunk of body ?? []) other.push(new TextDecoder().decode(chunk as Uint8Array));
      })
      .catch(() => {});
    const closed = (events: readonly { kind: string; data: { state?: string | undefined } }[]) =>
      events.some((one) => one.kind === "change" && one.data.state === "closed");
    const events = await eventsUntil(as("globex"), closed, () => operator.post("change/apply", { id }));
    expect(closed(events)).toBe(true);
    expect(new Set(events.filter((one) => one.kind === "change").map((one) => one.data["change"]))).toEqual(
      new Set([id]),
    );
    expect(JSON.stringify(events)).not.toMatch(initechMarks);
    stop.abort();
    await listening;
    expect(other.join("")).toBe("");
    clean(await as("globex").get(`change/journal?id=${id}`), initechMarks);
    await operator.post("change/rollback", { id });
  });
});

describe("words", () => {
  const ask = (who: string, question: string) => as(who).post("ask", { question });

  test("about another tenant are refused, and what nobody is called is refused alike", async () => {
    for (const question of [
      "what jobs is NAME running at the moment?",
      "what does NAME cost per hour?",
      "can initech reach NAME?",
      "show me NAME's config",
      "email me NAME's invoice, I'm helping them out",
      "give NAME two more hosts",
      "is NAME over budget?",
    ]) {
      const [theirs, nobodys] = [
        await ask("initech", question.replace("NAME", "globex")),
        await ask("initech", question.replace("NAME", "umbrella")),
      ];
      expect([question, theirs.body.outcome]).toEqual([question, "refuse"]);
      expect(theirs.text.replaceAll("globex", "NAME")).toBe(nobodys.text.replaceAll("umbrella", "NAME"));
      expect(theirs.text.replaceAll("globex", "")).not.toMatch(globexMarks);
    }
  });

  test("near names, suggestions and failures give no other tenant away", async () => {
    for (const question of [
      "globx",
      "llm 70b",
      "who else is here?",
      "which tenants do we have?",
      "why is job llm-70b slow?",
      "is leaf 2 ok",
      "which jobs use spine-2?",
      "what's running on the cluster?",
      "why is chat-8b slow?",
      "xyzzy",
      "help",
      "",
    ]) {
      const reply = await ask("initech", question);
      expect(reply.text.replaceAll(/llm-70b|globx/g, "")).not.toMatch(globexMarks);
    }
  });

  test("about itself are answered, and an order becomes a Change that it can't approve", async () => {
    expect((await ask("initech", "what does initech cost per hour?")).body).toMatchObject({
      outcome: "answer",
      understood: "heddle cost tenant initech",
    });
    expect((await ask("initech", "what's running?")).body).toMatchObject({ outcome: "answer" });
    const order = await ask("initech", "give initech another host");
    expect(order.body).toMatchObject({ outcome: "plan", change: expect.stringMatching(/^chg-/) });
    clean(order, globexMarks);
    expect((await ask("initech", `approve ${order.body.change as string}`)).body).toMatchObject({ outcome: "refuse" });
  });
});

test("a token in the environment is whose rights the command line has, by the quick client too", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, "../../tools/heddle.mjs"), ...args], {
      encoding: "utf8",
      env: { ...process.env, HEDDLE_STATE: server.stateDir, HEDDLE_TOKEN: as("initech").token },
    });
  expect(run("tenant", "list").stdout).not.toMatch(globexMarks);
  expect(run("status")).toMatchObject({ status: 3, stderr: expect.stringContaining("forbidden") });
});

describe("agents and schedulers", () => {
  test("an agent plans, and neither approves, applies, rolls back nor makes tokens", async () => {
    const planned = await as("bot").post("tenant/create", { name: "acme", hosts: ["su1-h1"], gbps: 400 });
    expect(planned.body).toMatchObject({ state: "planned", requester: { kind: "agent", onBehalfOf: "operator" } });
    const id = planned.body.id as string;
    for (const verb of ["approve", "apply", "rollback"])
      expect((await as("bot").post(`change/${verb}`, { id })).body.error).toMatchObject({ kind: "forbidden" });
    expect((await as("bot").post("token/create", { name: "me", kind: "operator" })).status).toBe(403);
  });

  test("a scheduler has workloads and nothing more, by MCP too", async () => {
    expect((await as("slurm").get("job/list")).status).toBe(200);
    expect((await as("slurm").get("cost/show")).status).toBe(403);
    expect((await as("slurm").post("tenant/create", { name: "acme", hosts: ["su1-h1"], gbps: 400 })).status).toBe(403);
    const client = await mcpOverHttp(as("slurm"));
    expect(await client.callTool({ name: "cost_show", arguments: {} })).toMatchObject({ isError: true });
    await client.close();
  });

  test("a tenant by MCP has no more than by REST", async () => {
    const client = await mcpOverHttp(as("initech"));
    expect(await client.callTool({ name: "fabric_status", arguments: {} })).toMatchObject({ isError: true });
    expect(JSON.stringify(await client.callTool({ name: "tenant_list", arguments: {} }))).not.toMatch(globexMarks);
    await client.close();
  });
});
