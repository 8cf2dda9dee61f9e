import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "./codec.ts";

const tricky = fc.oneof(
  fc.string(),
  fc.constantFrom("123n", "-1n", "~123n", "~~-0n", "n", "1n ", "__proto__", "\u2028", "12n\n"),
  fc.bigInt().map((value) => `${value}n`),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    tricky,
    fc.bigInt(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value")),
    fc.dictionary(tricky, tie("value"), { noNullPrototype: true }),
  ),
}));

test("what is stored comes back as it was, bigints and strings that look like bigints included", () => {
  fc.assert(
    fc.property(value, (anything) => {
      expect(decode(encode(anything))).toStrictEqual(anything);
    }),
  );
});

test("equal values give equal text whatever the order of their fields, and absent fields leave no trace", () => {
  expect(encode({ b: 1n, a: undefined, c: ["2n"] })).toBe(encode({ c: ["2n"], b: 1n }));
});

test("what has no exact text is refused", () => {
  for (const bad of [Number.NaN, Infinity, new Map(), new Set(), () => 1])
    expect(() => encode({ bad })).toThrow(TypeError);
});
