import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAsn, parseVlanId, parseVni } from "./asn.ts";
import {
  addressAt,
  formatIpv4Number,
  formatIpv6Number,
  ipv4ToNumber,
  makePrefix,
  networkOf,
  parseInterfaceAddress,
  parseIpAddress,
  parseIpPrefix,
  parseIpv4Mask,
  prefix,
  prefixContains,
  prefixCovers,
  subnetAt,
  ip,
} from "./ip.ts";
import { formatMacDotted, parseMac } from "./mac.ts";
import { compareNames } from "./order.ts";
import { expandAllNames, expandNames, formatNumberRanges, parseNumberRanges } from "./ranges.ts";
import { formatRate, parseRate } from "./rate.ts";

const anyIpv4 = fc.integer({ min: 0, max: 0xffffffff }).map(formatIpv4Number);
const anyIpv6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(formatIpv6Number);

describe("addresses", () => {
  test("what is formatted is read back as itself", () => {
    fc.assert(
      fc.property(fc.oneof(anyIpv4, anyIpv6), (address) => {
        expect(parseIpAddress(address)).toBe(address);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
        expect(ipv4ToNumber(formatIpv4Number(value))).toBe(value);
      }),
    );
  });

  test("IPv6 is written as RFC 5952 says", () => {
    expect(parseIpAddress("2001:0DB8:0:0:1:0:0:1")).toBe("2001:db8::1:0:0:1");
    expect(parseIpAddress("::ffff:10.0.0.1")).toBe("::ffff:a00:1");
    expect(parseIpAddress("0:0:0:0:0:0:0:0")).toBe("::");
    expect(parseIpAddress("1:0:2:3:4:5:6:7")).toBe("1:0:2:3:4:5:6:7");
  });

  test("what is none is none", () => {
    for (const text of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "01.2.3.4",
      "::1::2",
      "1:2:3:4:5:6:7:8:9",
      "fe80::1%eth0",
      "g::1",
      "1.2.3.4/24",
    ])
      expect(parseIpAddress(text)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => void parseIpAddress(text)));
  });

  test("a prefix clears host bits and an interface address keeps them", () => {
    expect(parseIpPrefix("10.0.0.77/24")).toBe("10.0.0.0/24");
    expect(parseInterfaceAddress("10.0.0.77/24")).toBe("10.0.0.77/24");
    expect(parseIpPrefix("10.0.0.0/33")).toBeUndefined();
  });

  test("an address lies in the network made from it, at every length", () => {
    fc.assert(
      fc.property(anyIpv4, fc.integer({ min: 0, max: 32 }), (address, length) => {
        const network = makePrefix(address, length);
        expect(prefixContains(network, address)).toBe(true);
        expect(prefixCovers(prefix("0.0.0.0/0"), network)).toBe(true);
        expect(networkOf(network)).toBe(network);
      }),
    );
  });

  test("subnets and addresses are counted from the start", () => {
    expect(subnetAt(prefix("10.0.0.0/16"), 24, 255)).toBe("10.0.255.0/24");
    expect(() => subnetAt(prefix("10.0.0.0/24"), 25, 2)).toThrow(RangeError);
    expect(addressAt(prefix("10.0.0.254/31"), 1)).toBe("10.0.0.255");
    expect(prefixCovers(prefix("10.0.0.0/8"), prefix("2001:db8::/32"))).toBe(false);
    expect(() => ip("nonsense")).toThrow(RangeError);
  });

  test("masks must be contiguous", () => {
    expect(["255.255.255.0", "0.0.0.0", "255.255.255.255", "255.0.255.0"].map(parseIpv4Mask)).toEqual([
      24,
      0,
      32,
      undefined,
    ]);
  });
});

test("AS numbers read plain and dotted, and ranges hold", () => {
  expect([parseAsn("65000"), parseAsn("1.10"), parseAsn("0"), parseAsn("4294967296"), parseAsn("1.70000")]).toEqual([
    65000,
    65546,
    undefined,
    undefined,
    undefined,
  ]);
  expect([parseVni("16777215"), parseVni("16777216"), parseVlanId(4095), parseVlanId("4094")]).toEqual([
    16777215,
    undefined,
    undefined,
    4094,
  ]);
});

test("MAC addresses of three spellings are one", () => {
  expect(["001c.7300.0099", "00:1C:73:00:00:99", "00-1c-73-00-00-99"].map(parseMac)).toEqual(
    Array(3).fill("00:1c:73:00:00:99"),
  );
  expect(parseMac("001c.7300.009")).toBeUndefined();
  expect(formatMacDotted(parseMac("00:1c:73:00:00:99")!)).toBe("001c.7300.0099");
});

test("number ranges survive a round trip", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 4094 }), { minLength: 1 }), (numbers) => {
      expect(parseNumberRanges(formatNumberRanges(numbers))).toEqual([...numbers].sort((a, b) => a - b));
    }),
  );
  expect(parseNumberRanges("1-4000000000")).toBeUndefined();
  expect(parseNumberRanges("5-2")).toBeUndefined();
});

test("names with ranges expand, and names without stay whole", () => {
  expect(expandNames("swp1-4,6")).toEqual(["swp1", "swp2", "swp3", "swp4", "swp6"]);
  expect(expandNames("su1-h1..h4")).toEqual(["su1-h1", "su1-h2", "su1-h3", "su1-h4"]);
  expect(expandNames("n[01-03,7]")).toEqual(["n01", "n02", "n03", "n7"]);
  expect(expandNames("leaf-1")).toEqual(["leaf-1"]);
  expect(expandNames("su1-h1")).toEqual(["su1-h1"]);
});

test("a list splits at commas outside brackets, whatever stands in it", () => {
  const pieces = fc.constantFrom("a", "b[1,2]", "c[3]d", "e[x", "f]");
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1 }), (parts) => {
      const closed = parts.filter((part) => part !== "e[x");
      expect(expandNames(closed.join(","))).toEqual(closed.flatMap((part) => expandNames(part)));
      expect(expandNames(parts.join(",")).length).toBeGreaterThan(0);
    }),
  );
  expect(expandNames("a[1,2]b,c[3,4],d")).toEqual(["a1b", "a2b", "c3", "c4", "d"]);
});

test("a list that would give more names than any fabric has is taken as one name", () => {
  for (const text of ["h1..h99999999", "h[0-99999999]", Array(4).fill("h1-65000").join(",")])
    expect(expandNames(text)).toEqual([text]);
  expect(expandNames("h1-5", 4)).toEqual(["h1-5"]);
  expect(expandAllNames(["h1-3", "h2-4", "h1-99"], 10)).toEqual(["h1", "h2", "h3", "h4", "h1-99"]);
  const wide = Array.from({ length: 10_000 }, () => "h1-65000");
  expect(expandAllNames(wide).length).toBeLessThan(65_600);
});

test("rates read as people write them", () => {
  expect(["400G", "400 Gbps", "1.6T", "100Gb/s", "0G", "-1G", "x"].map(parseRate)).toEqual([
    4e11,
    4e11,
    1.6e12,
    1e11,
    undefined,
    undefined,
    undefined,
  ]);
  expect(formatRate(1.6e12)).toBe("1.6T");
});

test("names sort as people count", () => {
  expect(["swp10", "swp2", "leaf", "swp2s1"].sort(compareNames)).toEqual(["leaf", "swp2", "swp2s1", "swp10"]);
});
