import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseYaml } from "./yaml-positions.ts";
import type { YamlValue } from "./yaml-values.ts";

const parse = (text: string) => parseYaml({ path: "f.yaml", text });
/** Plain data of a value, scalars as text. */
const plain = (value: YamlValue | undefined): unknown =>
  value === undefined
    ? undefined
    : value.kind === "scalar"
      ? value.text
      : value.kind === "list"
        ? value.items.map(plain)
        : Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.value)]));
const first = (text: string): unknown => plain(parse(text).documents[0]);

describe("block style", () => {
  test("words and numbers stay text, whatever YAML 1.1 makes of them", () => {
    expect(first("enable: on\nvlan:\n  '10': {}\n  65000:1: {}\nmac: 00:00:00:00:00:10\n")).toEqual({
      enable: "on",
      vlan: { "10": {}, "65000:1": {} },
      mac: "00:00:00:00:00:10",
    });
  });

  test("lists of maps, also at the depth of their key", () => {
    expect(first("- header:\n    model: VX\n- set:\n    a: 1\n")).toEqual([
      { header: { model: "VX" } },
      { set: { a: "1" } },
    ]);
    expect(first("a:\n- b\n- c: 1\n  d: 2\n")).toEqual({ a: ["b", { c: "1", d: "2" }] });
  });

  test("every value knows its lines", () => {
    const [document] = parse("a:\n  b: 1\n\n  # note\n  c: |\n    x\n    y\nd: 2\n").documents;
    const lines: [string, number, number][] = [];
    const walk = (value: YamlValue | undefined): void => {
      if (value?.kind === "map")
        for (const { key, value: inner } of value.entries) {
          lines.push([key, inner.line, inner.endLine]);
          walk(inner);
        }
    };
    walk(document);
    expect(lines.filter(([key]) => key !== "a")).toEqual([
      ["b", 2, 2],
      ["c", 5, 7],
      ["d", 8, 8],
    ]);
  });

  test("wrapped, quoted, folded and commented scalars", () => {
    expect(
      first(
        `a: one\n  two # not this\nb: "x \\\n  y\\n"\nc: 'it''s'\nd: >\n  p\n  q\ne: up : {}\nf : {}\ng: "#1" # note\n`,
      ),
    ).toEqual({ a: "one two", b: "x y\n", c: "it's", d: "p q", e: "up : {}", f: {}, g: "#1" });
  });

  test("several documents", () => {
    expect(parse("a: 1\n---\nb: 2\n").documents.map(plain)).toEqual([{ a: "1" }, { b: "2" }]);
  });
});

describe("flow style", () => {
  test("JSON over many lines, with the line of each value", () => {
    const { documents } = parse('{\n  "a": {"b": [1, "2"]},\n  "c": null\n}\n');
    expect(documents.map(plain)).toEqual([{ a: { b: ["1", "2"] }, c: {} }]);
    const [root] = documents;
    expect(root?.kind === "map" ? root.entries.map(({ line }) => line) : []).toEqual([2, 3]);
  });

  test("what is never closed is one finding", () => {
    expect(parse("a: {b: 1\nc: 2\n").findings.map(({ code }) => code)).toEqual(["yaml.flow"]);
  });
});

describe("what goes wrong has its place", () => {
  test.each([
    ["yaml.tab", "a:\n\tb: 1\n", 2],
    ["yaml.syntax", "a: 1\n  b: 2\n", 2],
    ["yaml.syntax", "a: 'x' y\n", 1],
    ["yaml.depth", Array.from({ length: 70 }, (_, depth) => `${" ".repeat(depth)}k:`).join("\n"), 65],
  ])("%s", (code, text, line) => {
    const { findings, broken } = parse(text);
    expect(findings[0]).toMatchObject({ code, where: { line } });
    expect(broken.has(line)).toBe(true);
  });

  test("anchors and tags go to the package; bombs do not go off", () => {
    expect(first("a: &x {b: 1}\nc: *x\n")).toEqual({ a: { b: "1" }, c: { b: "1" } });
    const bomb = [
      "a0: &a0 [x, x, x, x]",
      ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}, *a${n}]`),
    ];
    expect(parse(bomb.join("\n")).findings.map(({ code }) => code)).toEqual(["yaml.unsupported"]);
    expect(parse("a: *nobody\n").findings).not.toEqual([]);
    expect(parse(`a: &x ${"[".repeat(100_000)}`).findings).not.toEqual([]);
  });

  test("a file larger than any configuration is refused unread", () => {
    expect(parse(`a: ${"x".repeat(33 * 1024 * 1024)}`).findings.map(({ code }) => code)).toEqual(["yaml.too-large"]);
  });

  test("keys of every object's prototype are keys like others", () => {
    const [document] = parse("__proto__: {a: 1}\nconstructor: 2\n").documents;
    expect(document?.kind === "map" ? document.entries.map(({ key }) => key) : []).toEqual([
      "__proto__",
      "constructor",
    ]);
  });
});

test("no text makes it throw", () => {
  const pieces = fc.constantFrom(
    "a: ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "|",
    ">",
    "#",
    "&x",
    "*x",
    "---\n",
    ":",
    "\t",
    "x",
    ",",
    "!",
    "%",
    "? ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(pieces, { maxLength: 60 }).map((all) => all.join("")),
      ),
      (text) => {
        const { documents, findings } = parse(text);
        expect(Array.isArray(documents) && Array.isArray(findings)).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
});
