import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headroomBytes } from "./headroom.ts";

const table = new URL(
  "../../../shared/corpus/sonic/buildimage-platforms/mellanox/x86_64-nvidia_sn5600-r0/Mellanox-SN5600-O128/pg_profile_lookup.ini",
  import.meta.url,
);

describe.skipIf(!existsSync(table))("beside the vendor's own table for the SN5600", () => {
  test("every speed and length is within 2 %, or one step of rounding", () => {
    const rows = readFileSync(table, "utf8").matchAll(/^\s*(\d+)\s+(\d+)m\s+\d+\s+\d+\s+(\d+)/gm);
    let seen = 0;
    for (const [, speed, metres, xoff] of rows) {
      const ours = headroomBytes({ speedBps: Number(speed) * 1e6, cableMetres: Number(metres), mtuBytes: 9100 });
      expect(Math.abs(ours - Number(xoff)), `${speed} ${metres}m`).toBeLessThanOrEqual(
        Math.max(1024, Number(xoff) * 0.02),
      );
      seen++;
    }
    expect(seen).toBe(24);
  });
});

test("faster ports, longer cables and larger packets never need less", () => {
  const speed = fc.constantFrom(10e9, 25e9, 100e9, 200e9, 400e9, 800e9);
  fc.assert(
    fc.property(speed, speed, fc.nat(500), fc.nat(500), fc.nat(9216), fc.nat(9216), (s, t, l, m, p, q) => {
      const small = headroomBytes({ speedBps: Math.min(s, t), cableMetres: Math.min(l, m), mtuBytes: Math.min(p, q) });
      const large = headroomBytes({ speedBps: Math.max(s, t), cableMetres: Math.max(l, m), mtuBytes: Math.max(p, q) });
      expect(small).toBeLessThanOrEqual(large);
    }),
  );
});
