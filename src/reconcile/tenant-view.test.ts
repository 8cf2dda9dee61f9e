import { expect, test } from "vitest";
import { planChange } from "./plan.ts";
import { viewFor } from "./tenant-view.ts";
import { exampleWorld } from "./testing-example.ts";

const world = exampleWorld();
const change = planChange({
  world,
  intent: { kind: "tenant.create", name: "acme", hosts: ["su1-h1"], guaranteedBps: 400e9 },
  requester: { kind: "operator", name: "ada" },
  id: "chg-1",
});
const asText = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? `${one}` : one));

test("lines, violations and claims that name another tenant, its hosts or its addresses are hidden, wherever they stand", () => {
  const other = world.tenants[0];
  const prefix = other?.networks.frontEnd?.prefix.replace(/\d+\/\d+$/, "7") ?? "";
  const foreign = [`vrf ${other?.name}`, `description ${other?.hosts[0]}`, `deny ip host ${prefix} any`];
  const [first] = change.diff;
  if (first === undefined) throw new Error("the change touches nothing");
  const lines = [
    ...foreign.map((text) => ({ op: "add" as const, text })),
    { op: "add" as const, text: "10 permit", within: [`ip access-list ${other?.name}-in`] },
    { op: "context" as const, text: "vrf acme" },
  ];
  const seen = viewFor(
    { kind: "tenant", tenant: "acme" },
    {
      ...change,
      diff: [{ ...first, lines }],
      rollback: { ...change.rollback, steps: [{ step: 1, device: first.device, lines }] },
      guard: { ...change.guard, violations: foreign.map((line) => ({ device: first.device, line, rule: "r" })) },
      why: [...change.why, { kind: "fact", text: `It passes ${other?.name}.`, evidence: [] }],
    },
  );
  expect(seen.diff[0]?.lines.map((one) => one.text)).toEqual([
    ...Array<string>(4).fill("(not this tenant's)"),
    "vrf acme",
  ]);
  for (const { name, hosts } of world.tenants)
    for (const word of [name, ...hosts]) expect(asText(seen)).not.toMatch(new RegExp(`\\b${word}\\b`));
  expect(asText(seen)).not.toContain(prefix);
});

test("the price is the tenant's own, in its summary and in what is said of it", () => {
  const seen = viewFor({ kind: "tenant", tenant: "acme" }, change);
  expect(seen.price).toMatchObject({
    others: [],
    operator: [],
    summary: expect.stringMatching(/^\+\$[\d.]+\/h for acme$/),
  });
  expect(asText(seen)).not.toMatch(/others [+-]\$|idle [+-]\$/);
  expect(viewFor({ kind: "all" }, change)).toBe(change);
});
