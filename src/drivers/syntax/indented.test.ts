import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { block, scanIndented, walk, writeIndented, type Block, type IndentedSyntax, type Written } from "./indented.ts";

const syntax: IndentedSyntax = { freeText: ["banner login", "comment"], end: "EOF" };
const scan = (text: string) => scanIndented(text, syntax);
const shape = (blocks: readonly Block[]): unknown[] =>
  blocks.map(({ text, line, children }) => [text, line, ...shape(children)]);

describe("indented text is a tree", () => {
  test("a line belongs to the nearest one further left, whatever the step", () => {
    const { roots } = scan(
      "router bgp 1\n  router-id 1.1.1.1\n! a remark\n address-family ipv4\n\n  network 10.0.0.0/8\nend\n",
    );
    expect(shape(roots)).toEqual([
      ["router bgp 1", 1, ["router-id 1.1.1.1", 2], ["address-family ipv4", 4, ["network 10.0.0.0/8", 6]]],
      ["end", 7],
    ]);
  });

  test("line ends of Windows, tabs, a byte order mark and blanks at the end make no difference", () => {
    expect(shape(scan("\uFEFFvlan 10\r\n\tname RED  \r\n").roots)).toEqual([["vlan 10", 1, ["name RED", 2]]]);
  });

  test("free text is kept as text up to its closing line", () => {
    const { roots, lines, lineCount } = scan("banner login\n  interface Ethernet1\n! no remark\nEOF\nhostname x\n");
    expect(roots.map(({ text }) => text)).toEqual(["banner login", "hostname x"]);
    expect(roots[0]?.body).toEqual(["interface Ethernet1", "! no remark", "EOF"]);
    expect(lines[1]?.line).toBe(5);
    expect(lineCount).toBe(5);
  });

  test("free text without an end is reported", () => {
    expect(scan("banner login\nhello\nhostname x").unterminated.map(({ line }) => line)).toEqual([1]);
    expect(scan("banner logins\nhostname x").unterminated).toEqual([]);
  });

  test("a hundred thousand levels are no recursion", () => {
    const { roots, lines } = scan(Array.from({ length: 3000 }, (_, depth) => `${" ".repeat(depth)}x`).join("\n"));
    expect(roots).toHaveLength(1);
    let visited = 0;
    walk(roots[0] as Block, () => visited++);
    expect(visited).toBe(lines.length);
  });

  test("one line of 50 MB is one line, and quick", () => {
    const started = performance.now();
    expect(scan("x ".repeat(25_000_000)).lines).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("what is written is scanned as it was", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9 ]{0,6}[a-z0-9]$/).filter((text) => !text.startsWith("comment"));
    const leaf = name.map((text) => block(text));
    const under = (inner: fc.Arbitrary<Written>) =>
      fc.tuple(name, fc.array(inner, { maxLength: 3 })).map(([text, children]) => block(text, children));
    const tree = under(under(under(leaf)));
    const bare = (blocks: readonly { text: string; children: readonly unknown[] }[]): unknown[] =>
      blocks.map((one) => [one.text, bare(one.children as typeof blocks)]); // of the same type
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 5 }), (roots) => {
        expect(bare(scan(writeIndented(roots)).roots)).toEqual(bare(roots));
      }),
      { numRuns: 100 },
    );
  });
});
