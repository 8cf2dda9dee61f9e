import { expect, test } from "vitest";
import { matchesSafeRegex, parseSafeRegex } from "./safe-regex.ts";

const matches = (pattern: string, text: string): boolean => {
  const regex = parseSafeRegex(pattern);
  if (regex === undefined) throw new Error(`not understood: ${pattern}`);
  return matchesSafeRegex(regex, text);
};

test.each([
  ["^$", "", true],
  ["^$", "65001", false],
  ["^65001_", "65001 65002", true],
  ["^65001_", "650010", false],
  ["_65002$", "65001 65002", true],
  ["_65002_", "65001 165002 7", false],
  ["^(65001|65002)+$", "65001", true],
  ["^[0-9]+$", "65001", true],
  ["^6500[1-3] 6500[^1]$", "65003 65002", true],
  ["65.*9", "1 65 8 9", true],
  ["^65001(_65001)*$", "65001 65001 65001", true],
  ["^65001(_65001)*$", "65001 65002", false],
])("%s on '%s' is %s", (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected);
});

test("a pattern that makes backtracking engines explode is answered at once", () => {
  expect(matches("^(1+)+$", `${"1".repeat(20_000)}2`)).toBe(false);
});

test("what is no expression is refused", () => {
  for (const pattern of ["(", "a)", "[a", "*a", "(".repeat(1000)]) expect(parseSafeRegex(pattern)).toBeUndefined();
});
