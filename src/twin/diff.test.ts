import { expect, test } from "vitest";
import { compareTwins } from "./diff.ts";
import { clos } from "./testing.ts";
import { buildTwin } from "./twin.ts";

const small = { leaves: 2, spines: 2, tenants: 2, hostsPerLeaf: 2 };

test("a network doesn't differ from itself", () => {
  const twin = buildTwin(clos(small));
  expect(compareTwins(twin, buildTwin(clos(small)))).toMatchObject({ sessions: [], routes: [], reachability: [] });
});

test("a link that goes down shows as its sessions, the routes that used it, and no pair of endpoints", () => {
  const before = clos(small);
  const links = before.fabric.links.map((each) =>
    each.a.node === "leaf-1" && each.b.node === "spine-1" ? { ...each, down: true } : each,
  );
  const diff = compareTwins(buildTwin(before), buildTwin({ ...before, fabric: { ...before.fabric, links } }));
  expect(diff.sessions.map((each) => each.key).sort()).toEqual(["leaf-1 default up1", "spine-1 default down1"]);
  expect(diff.sessions.every((each) => each.after?.state === "down")).toBe(true);
  expect(diff.routes.some((each) => each.key === "leaf-1 default 10.0.0.2/32")).toBe(true);
  expect(diff.routes.some((each) => each.key.startsWith("leaf-1 tenant-1"))).toBe(false);
  expect(diff.reachability).toEqual([]);
});

test("a host's link that goes down shows as every pair with that host", () => {
  const before = clos(small);
  const links = before.fabric.links.map((each) => (each.b.node === "leaf-1-h1" ? { ...each, down: true } : each));
  const diff = compareTwins(buildTwin(before), buildTwin({ ...before, fabric: { ...before.fabric, links } }));
  expect(diff.reachability.map(({ from, to, after }) => `${from} ${to} ${after}`)).toEqual([
    "leaf-1-h1/rail1 leaf-2-h1/rail1 false",
    "leaf-2-h1/rail1 leaf-1-h1/rail1 false",
  ]);
});
