import { existsSync, globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nvue } from "./index.ts";

const parse = (text: string) => nvue.parse([{ path: "startup.yaml", text }]);
const ports = (count: number, line: (n: number) => string): string =>
  `- set:\n    interface:\n${Array.from({ length: count }, (_, n) => line(n)).join("")}`;

describe("input that was made to hurt", () => {
  test.each([
    ["nothing", ""],
    ["bytes", "\u0000\uFFFD\u0001".repeat(300_000)],
    ["brackets", "[".repeat(500_000)],
    ["deep keys", Array.from({ length: 3000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
    ["one key, many times", "a: 1\n".repeat(50_000)],
    ["ranges beyond all ports", ports(500, (n) => `      swp1-${60_000 + n}:\n        type: swp\n`)],
    ["ranges upon ranges", ports(500, (n) => `      swp1-${1000 + n}:\n        type: swp\n`)],
    ["a range on every line", "nv set interface swp1-1000 link mtu 9000\n".repeat(5000)],
    ["colons", `- set:\n    ${"a:".repeat(500_000)}`],
    ["an open quote on every line", "a: '\n".repeat(50_000)],
    [
      "prototype keys",
      "- set:\n    vrf:\n      __proto__:\n        evpn:\n          vni:\n            '10': {}\n    interface:\n      constructor:\n        type: swp\n    acl:\n      toString: {}\n",
    ],
  ])("%s: read to the end, in bounded time", (_, text) => {
    const started = performance.now();
    const { config } = parse(text);
    expect(config.networkInstances["default"]).toBeDefined();
    // Seconds would be linear on this shared machine too; these are a tenth of that when it is idle.
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test("names of every object's prototype are names", () => {
    const { config } = parse(
      "- set:\n    vrf:\n      __proto__:\n        table: auto\n    acl:\n      constructor:\n        type: ipv4\n",
    );
    expect(Object.keys(config.networkInstances)).toEqual(["default", "__proto__"]);
    expect(Object.getPrototypeOf(config.networkInstances)).toBe(Object.prototype);
    expect(Object.hasOwn(config.acls, "constructor")).toBe(true);
    for (const word of ["__proto__", "constructor", "toString", "hasOwnProperty"])
      expect(() =>
        parse(
          `- set:\n    vrf:\n      default:\n        router:\n          bgp:\n            autonomous-system: 1\n            neighbor:\n              swp1:\n                remote-as: ${word}\n                type: ${word}\n`,
        ),
      ).not.toThrow();
  });
});

const corpus = new URL("../../../../shared/corpus/", import.meta.url).pathname;
const captures = existsSync(corpus)
  ? globSync(["cumulus/nvue-*/**/startup.yaml", "multi/netlab-fabrics/**/*nvue.yaml"], { cwd: corpus }).toSorted()
  : [];

describe.skipIf(captures.length === 0)("captures, spoiled", () => {
  const texts = captures.map((path) => readFileSync(corpus + path, "utf8"));
  const spoiled = fc
    .record({
      text: fc.constantFrom("", ...texts),
      cuts: fc.array(
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          length: fc.nat({ max: 30 }),
          into: fc.constantFrom(
            "",
            "\n",
            "  ",
            "\t",
            ":",
            "- ",
            "'",
            '"',
            "{",
            "&a ",
            "*a",
            "99999999999",
            "__proto__",
            "on",
            "swp1-9999",
          ),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    })
    .map(({ text, cuts }) =>
      cuts.reduce((now, { at, length, into }) => {
        const from = Math.floor(at * now.length);
        return now.slice(0, from) + into + now.slice(from + length);
      }, text),
    );

  test("are read without a throw, each line accounted for once, and rendered", () => {
    fc.assert(
      fc.property(spoiled, (text) => {
        const { config, accounts, findings } = parse(text);
        const lines = accounts[0]?.lines.map(({ line }) => line) ?? [];
        expect(new Set(lines).size).toBe(lines.length);
        const told = new Set(findings.map(({ where }) => ("line" in where ? where.line : undefined)));
        for (const { line, status } of accounts[0]?.lines ?? [])
          if (status === "unknown") expect(told.has(line)).toBe(true);
        expect(parse(nvue.render(config).files[0]?.text ?? "").config.hostname).toBe(config.hostname);
      }),
      { numRuns: 150 },
    );
  });

  test("say the same after they are written", () => {
    for (const text of texts) {
      const { config } = parse(text);
      expect(parse(nvue.render(config).files[0]?.text ?? "").config).toEqual(config);
    }
  });
});
