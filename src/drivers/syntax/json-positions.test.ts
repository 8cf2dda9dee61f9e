import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJsonPositions, plainJson } from "./json-positions.ts";

describe("JSON with lines", () => {
  test("any JSON is read as JSON.parse reads it, however it is spaced", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const { root, problems } = parseJsonPositions(text);
        expect(problems).toEqual([]);
        expect(root === undefined ? undefined : plainJson(root)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  test("any text ends in a value or a problem, never in an exception", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.json().chain((text) => fc.nat(text.length).map((at) => text.slice(0, at))),
        ),
        (text) => {
          const { root, problems } = parseJsonPositions(text);
          let valid = true;
          try {
            JSON.parse(text.replace(/^\uFEFF/, ""));
          } catch {
            valid = false;
          }
          expect(problems.length === 0 && root !== undefined).toBe(valid);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("each key and value knows its line, doubles and hostile names are kept as they stand", () => {
    const { root } = parseJsonPositions('{\n  "a": 1,\n  "a": [\n    "x"\n  ],\n  "__proto__": {"b": true}\n}');
    expect(root).toMatchObject({
      kind: "object",
      line: 1,
      endLine: 7,
      entries: [
        { key: "a", line: 2, value: { kind: "number", text: "1" } },
        { key: "a", line: 3, value: { kind: "array", endLine: 5, items: [{ line: 4, text: "x" }] } },
        { key: "__proto__", line: 6 },
      ],
    });
    const plain = root === undefined ? {} : (plainJson(root) as object);
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect(Object.hasOwn(plain, "__proto__")).toBe(true);
  });

  test("what was whole before a break is kept, and the break has its line", () => {
    const { root, problems } = parseJsonPositions('{"VLAN": {"Vlan1": {"vlanid": "1"},\n "Vlan2": {"vla');
    expect(problems).toEqual([{ line: 2, message: "the text ends inside a string" }]);
    expect(root === undefined ? undefined : plainJson(root)).toEqual({ VLAN: { Vlan1: { vlanid: "1" }, Vlan2: {} } });
  });

  test("depth and size are bounded", () => {
    expect(parseJsonPositions("[".repeat(100_000)).problems).toMatchObject([
      { message: expect.stringContaining("deeper") as string },
    ]);
    const wide = `[${"1,".repeat(4_100_000)}1]`;
    expect(parseJsonPositions(wide).problems).toMatchObject([
      { message: expect.stringContaining("more than") as string },
    ]);
  });
});
