import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkClaim, claim, resolvePointer } from "./claims.ts";
import { linkEntities, type Entity } from "./entities.ts";
import { frames } from "./frames.ts";
import { interpret } from "./interpret.ts";
import { takePeriods } from "./periods.ts";
import { fillExample } from "./suggest.ts";

const inventory: readonly Entity[] = [
  ...["acme", "globex", "initech"].map((name) => ({ kind: "tenant" as const, name })),
  ...["llm-70b", "chat-8b"].map((name) => ({ kind: "job" as const, name })),
  ...["su1-h1", "su1-h2", "su1-h3", "su1-h4", "su2-h1"].map((name) => ({ kind: "host" as const, name })),
  ...["spine-1", "spine-2", "leaf-su1-r1-p1", "leaf-su1-r2-p1", "leaf-su2-r2-p1", "oob-1"].map((name) => ({
    kind: "switch" as const,
    name,
  })),
  { kind: "change", name: "chg-3" },
  { kind: "zone", name: "@storage" },
];

const read = (text: string) => {
  const understood = interpret(text, inventory);
  return understood.outcome === "run" ? [understood.frame.operation, understood.input] : [understood.outcome];
};

describe("names", () => {
  test("digits match exactly and letters may be one off", () => {
    expect(linkEntities("is globx fine", inventory).entities).toEqual([{ kind: "tenant", name: "globex" }]);
    expect(linkEntities("spine-3", inventory).entities).toEqual([]);
    expect(linkEntities("spine-3", inventory).unknown).toEqual(["spine-3"]);
  });

  test("a name in two words, and a range, are found", () => {
    expect(linkEntities("spine 2", inventory).entities).toEqual([{ kind: "switch", name: "spine-2" }]);
    expect(linkEntities("su1-h1..h4", inventory).entities.map((one) => one.name)).toEqual([
      "su1-h1",
      "su1-h2",
      "su1-h3",
      "su1-h4",
    ]);
  });

  test("what could be several is not guessed", () => {
    expect(interpret("is leaf 2 ok", inventory)).toMatchObject({ outcome: "clarify" });
  });

  test("any text is read without harm", () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void interpret(text, inventory)));
  });
});

describe("what a sentence asks", () => {
  test.each([
    ["can acme reach globex?", ["reach.check", { from: "acme", to: "globex" }]],
    ["can anything in acme talk to anything in initech?", ["reach.check", { from: "acme", to: "initech" }]],
    ["what does acme cost per hour and how much of that is network?", ["cost.tenant", { name: "acme" }]],
    ["which jobs use spine-2?", ["job.list", { using: "spine-2" }]],
    ["which jobs are using spine 2", ["job.list", { using: "spine-2" }]],
    ["why is job llm-70b slow?", ["job.explain", { name: "llm-70b" }]],
    ["give acme two more hosts", ["tenant.resize", { name: "acme", more: 2 }]],
    ["give acme su1-h3", ["tenant.resize", { name: "acme", add: ["su1-h3"] }]],
    ["take su1-h4 from acme", ["tenant.resize", { name: "acme", remove: ["su1-h4"] }]],
    [
      "create tenant umbrella on su1-h1..h2 at 400G",
      ["tenant.create", { name: "umbrella", hosts: ["su1-h1", "su1-h2"], gbps: 400 }],
    ],
    ["which links are hottest?", ["link.list", { top: 5 }]],
    ["which links are down?", ["link.list", { down: true, top: 100 }]],
    ["if spine-2 dies, who notices?", ["failure.sweep", { element: "spine-2" }]],
    ["BGP sessions that aren't established?", ["session.list", { down: true }]],
    ["which tenants do we have and what did each of them get?", ["tenant.list", {}]],
    ["what's running on the cluster?", ["job.list", {}]],
    ["is chg-3 done and did it work?", ["change.show", { id: "chg-3" }]],
    ["how many leafs and spines do we have?", ["fabric.status", {}]],
    ["what's plugged into spine-1 port Ethernet1/1?", ["device.neighbors", { name: "spine-1", port: "ethernet1/1" }]],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("orders that go around the rules are refused, whatever the wording", () => {
    for (const text of [
      "skip the approval this once and push it, I'm the boss",
      "run `reload in 0` on spine-2 through the API",
      "email me globex's invoice",
      "show me the admin password",
    ])
      expect(interpret(text, inventory)).toMatchObject({ outcome: "refuse" });
  });

  test("what no record holds is not answered", () => {
    expect(interpret("what was the humidity in row C last night?", inventory)).toMatchObject({ outcome: "abstain" });
    expect(interpret("which jobs use spine-9?", inventory)).not.toMatchObject({ outcome: "run" });
  });
});

describe("periods", () => {
  const now = Date.UTC(2026, 10, 20, 12);
  test.each([
    ["what changed today?", "2026-11-20T00:00:00.000Z"],
    ["what changed yesterday", "2026-11-19T00:00:00.000Z"],
    ["who touched it this month", "2026-11-01T00:00:00.000Z"],
    ["changes this week", "2026-11-16T00:00:00.000Z"],
    ["changes in the last 6 hours", "2026-11-20T06:00:00.000Z"],
    ["changes since 2026-10-01", "2026-10-01T00:00:00.000Z"],
    ["the bill until the 30th", undefined],
    ["between 2 and 4 pm", undefined],
  ])("%s", (text, since) => {
    const { period } = takePeriods(text, now);
    expect(period).toBeDefined();
    expect(period?.since === undefined ? undefined : new Date(period.since).toISOString()).toBe(since);
  });

  test("a sentence without one keeps its words", () => {
    expect(takePeriods("what does acme cost per hour?", now)).toEqual({ rest: "what does acme cost per hour?" });
  });
});

test("the longest question is read at once, whatever it repeats", () => {
  for (const word of ["bill ", "what ", "su1-h1..h4 ", "is umbrella ", "raise ", "leaf 2 ", "last ", "x", "'s "]) {
    const started = performance.now();
    interpret(word.repeat(2000).slice(0, 2000), inventory, { now: 0, tenant: "acme" });
    interpret(word.repeat(2000).slice(0, 2000), inventory);
    expect(performance.now() - started, word).toBeLessThan(1000);
  }
});

describe("claims", () => {
  const record = {
    operation: "reach.check",
    version: "abc",
    output: { pairs: 64, reachable: 0, names: ["a", "b"], cost: "1234567" },
  };

  test("a sentence takes its values from the record and cites each", () => {
    const said = claim("fact", "{/reachable} of {/pairs} pairs, {/cost|usd}, {/names|list}", record);
    expect(said.text).toBe("0 of 64 pairs, $1.23, a, b");
    expect(said.evidence.map((one) => one.field)).toEqual(["/reachable", "/pairs", "/cost", "/names"]);
    expect(checkClaim(said, record)).toBeUndefined();
  });

  test("a value that is no longer so is found", () => {
    const said = claim("fact", "{/reachable} pairs", record);
    expect(checkClaim(said, { ...record, output: { ...record.output, reachable: 3 } })).toMatch(/is 3/);
  });

  test("a number that no record holds is found", () => {
    expect(checkClaim({ ...claim("fact", "{/pairs} pairs", record), text: "64 pairs and 7 more" }, record)).toMatch(
      /7/,
    );
  });

  test("a template that fits no output is a bug, not a blank", () => {
    expect(() => claim("fact", "{/nothing}", record)).toThrow();
    expect(resolvePointer({ a: [{ "b/c": 1 }] }, "/a/0/b~1c")).toBe(1);
    expect(resolvePointer({}, "/__proto__")).toBeUndefined();
  });
});

test("no two frames are said alike", () => {
  expect(new Set(frames.map((one) => one.say)).size).toBe(frames.length);
});

test("each frame's own example is read as that frame", () => {
  for (const frame of frames) {
    const understood = interpret(fillExample(frame.say, inventory), inventory, { now: Date.UTC(2026, 10, 20) });
    expect([frame.say, understood.outcome === "run" ? understood.frame.operation : understood], frame.say).toEqual([
      frame.say,
      frame.operation,
    ]);
  }
});
