import fc from "fast-check";
import { expect, test } from "vitest";
import { keyContains, keyLength, prefixKey } from "./numbers.ts";
import { buildPrefixTable, longestMatch } from "./prefix-table.ts";

const anyKey = fc
  .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.constantFrom(0, 1, 8, 16, 23, 24, 29, 30, 31, 32))
  .map(([address, length]) => prefixKey((address & 0xc0000fff) >>> 0, length));

test("the table equals a linear scan", () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyKey, { maxLength: 40 }), fc.array(fc.nat(0xffffffff)), (keys, addresses) => {
      const table = buildPrefixTable(keys);
      const probes = [...addresses, ...keys.map((key) => Math.floor(key / 64)), 0, 0xffffffff];
      for (const address of probes) {
        let best = -1;
        for (const [index, key] of keys.entries())
          if (keyContains(key, address) && (best < 0 || keyLength(key) > keyLength(keys[best]!))) best = index;
        expect(longestMatch(table, address)).toBe(best);
      }
    }),
  );
});
