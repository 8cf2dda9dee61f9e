import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogueKeys, cableReaches } from "#design/catalogue.ts";
import { defaultPriceBook, parsePriceBook, renderPriceBook } from "./price-book.ts";
import { assetClasses } from "./price-entry.ts";

const read = (text: string) => parsePriceBook({ path: "book.yaml", text });

describe("price book", () => {
  it("the example is the shipped book, and reads back equal", () => {
    const text = readFileSync(new URL("../../examples/price-book.yaml", import.meta.url), "utf8");
    const { book, findings } = read(text);
    expect(findings).toEqual([]);
    expect(book?.site.pue.line).toBeGreaterThan(5);
    const asShipped = renderPriceBook(defaultPriceBook).text;
    expect(book && renderPriceBook(book).text).toBe(asShipped);
    expect(asShipped).toBe(text.replace(/^#.*\n/gm, ""));
  });

  it("prices everything that the catalogue has", () => {
    const keys = new Set(assetClasses.flatMap((kind) => Object.keys(defaultPriceBook.prices[kind])));
    const cables = new Set(cableReaches.map(({ kind }) => kind));
    for (const key of catalogueKeys)
      expect(keys.has(key) || cables.has(key.replace("cable-", "") as never), key).toBe(true);
    for (const kind of assetClasses)
      for (const entry of Object.values(defaultPriceBook.prices[kind])) {
        expect(entry.source.length).toBeGreaterThan(10);
        expect(entry.date).toMatch(/^\d{4}-\d\d-\d\d$/);
      }
  });

  it("one wrong row is a finding at its line and never hides the others", () => {
    const { book, findings } = read(
      [
        "switches:",
        "  sn5600:",
        "    usd: -5",
        "    source: quote",
        "    date: 2026-01-01",
        "  sn4700: { usd: 9000, source: quote, date: 2026-01-01, grade: measured }",
        "wat: 1",
      ].join("\n"),
    );
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          code: "economics.bad-price",
          where: { kind: "path", file: "book.yaml", path: "/switches/sn5600/usd", line: 3 },
        }),
        expect.objectContaining({
          code: "economics.unknown-key",
          where: { kind: "path", file: "book.yaml", path: "/wat", line: 7 },
        }),
      ]),
    );
    expect(findings.every((one) => one.remedy !== undefined)).toBe(true);
    expect(book?.prices.switch["sn4700"]).toMatchObject({ price: 9_000_000_000n, grade: "measured", line: 6 });
    expect(book?.prices.switch["sn5600"]).toMatchObject({ price: 72_000_000_000n, grade: "assumed" });
  });

  it.each([
    ["empty", ""],
    ["a list", "- 1\n- 2"],
    ["truncated", "switches: { sn5600: { usd: 1"],
    ["binary", "\u0000\u0001\ufffd\u0007"],
    ["another currency", "currency: EUR"],
    ["brackets", "[".repeat(100_000)],
    ["dashes", `${"- ".repeat(50_000)}1`],
    ["deep", Array.from({ length: 3_000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
    ["huge", "a".repeat(3_000_000)],
    [
      "alias bomb",
      `a: &a [1,1,1,1,1,1,1,1,1]\n${"bcdefghij"
        .split("")
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[index]}`).join(",")}]`)
        .join("\n")}\nswitches: *j`,
    ],
  ])("%s gives findings, no throw and no wait", (_, text) => {
    const start = performance.now();
    const { findings } = read(text);
    expect(findings.length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it("a key that stands twice is named at its second line", () => {
    const row = "{ usd: 1, source: quote, date: 2026-01-01 }";
    const { findings } = read(`switches:\n  a: ${row}\n  a: ${row}`);
    expect(findings).toMatchObject([{ code: "economics.duplicate-key", where: { path: "/switches/a", line: 3 } }]);
  });

  it("a hundred findings are enough, and ten times the rows take no hundred times as long", () => {
    const text = (rows: number) =>
      `switches:\n${Array.from({ length: rows }, (_, index) => `  k${index}: 1`).join("\n")}`;
    expect(read(text(500)).findings).toHaveLength(101);
    const seconds = (rows: number) => {
      const start = performance.now();
      read(text(rows));
      return performance.now() - start;
    };
    seconds(2_000);
    expect(seconds(20_000)).toBeLessThan(40 * Math.max(20, seconds(2_000)));
  });

  it("a name like __proto__ is a name, and NaN is no price", () => {
    const { book, findings } = read(
      "switches:\n  __proto__: { usd: 1, source: x, date: 2026-01-01 }\n  a: { usd: .nan, source: x, date: 2026-01-01 }\n  b: { usd: .inf, source: x, date: 2026-01-01 }",
    );
    expect(({} as Record<string, unknown>)["usd"]).toBeUndefined();
    expect(Object.hasOwn(book?.prices.switch ?? {}, "__proto__")).toBe(true);
    expect(findings.filter((one) => one.code === "economics.bad-price").length).toBe(2);
  });

  it("never throws", () => {
    const word = fc.constantFrom(
      "switches",
      "sn5600",
      "usd",
      ":",
      " ",
      "\n",
      "  ",
      "{",
      "}",
      "[",
      "*a",
      "&a",
      "1e999",
      "-",
      "site",
      "pue",
      "value",
      "!!js",
      "'",
      '"',
      "#",
      "? ",
      "<<",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 60 }).map((words) => words.join("")),
        ),
        (text) => void read(text),
      ),
      { numRuns: 300 },
    );
  });
});
