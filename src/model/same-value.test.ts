import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./digest.ts";
import { sameValue } from "./same-value.ts";

const value = fc.jsonValue({ maxDepth: 3 });

test("two values are the same when their canonical text is", () => {
  fc.assert(
    fc.property(value, value, fc.boolean(), (a, other, copy) => {
      const b = copy ? structuredClone(a) : other;
      expect(sameValue(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
    }),
  );
});

test("absent and undefined fields are one, and own prototype keys count", () => {
  expect(sameValue({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(sameValue(JSON.parse('{"__proto__":{"a":1}}'), {})).toBe(false);
  expect(sameValue([], {})).toBe(false);
});
