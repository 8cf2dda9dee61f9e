import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestNames } from "./nearest.ts";

test("a mistyped key finds the one that was meant", () => {
  expect(nearestNames("oversubscripton", ["overlay", "oversubscription", "rails"])).toEqual(["oversubscription"]);
  expect(nearestNames("su1-h9", ["su1-h8", "su2-h1", "spine-1"])[0]).toBe("su1-h8");
  expect(nearestNames("sipne", ["spine"])).toEqual(["spine"]);
});

test("a word far from all finds none, and a very long one costs nothing", () => {
  expect(nearestNames("zebra", ["spine", "leaf"])).toEqual([]);
  expect(nearestNames("x".repeat(1e6), ["x".repeat(1e6)])).toEqual([]);
});

test("a known name is its own nearest", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1 }), (names) => {
      const lower = [...new Set(names.map((name) => name.toLowerCase()))];
      expect(nearestNames(lower[0] ?? "", lower)[0]).toBe(lower[0]);
    }),
  );
});
