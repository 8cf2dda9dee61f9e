import fc from "fast-check";
import { expect, test } from "vitest";
import type { Endpoint } from "#model/endpoint.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import { ownerKey, type Owner } from "#model/tenant.ts";
import { resolveTransitional } from "./transitional.ts";

const names = ["acme", "globex", "@unassigned"] as const;
const ownerOf = (name: string): Owner =>
  name.startsWith("@") ? { kind: "zone", zone: name.slice(1) } : { kind: "tenant", tenant: name };
const endpoint = (id: string, owner: string): Endpoint => ({
  id,
  host: id,
  nic: "eth0",
  owner: ownerOf(owner),
  device: "leaf",
  interface: id,
});
const side = (owners: readonly string[], allow: readonly (readonly [string, string])[]): ParsedSnapshot => ({
  fabric: { name: "t", sites: [], racks: [], switches: {}, hosts: {}, nvlinkDomains: [], links: [] },
  devices: {},
  endpoints: owners.map((owner, index) => endpoint(`h${index}`, owner)),
  policy: { allow: allow.map(([from, to]) => ({ from: ownerOf(from), to: ownerOf(to), why: "" })) },
});

const owner = fc.constantFrom(...names);
const allow = fc.array(fc.tuple(owner, owner), { maxLength: 6 });
const owners = fc.array(owner, { minLength: 3, maxLength: 3 });

test("a pair is free on the way where before or after allows it or makes it one owner's, and required where both do and neither moves", () => {
  fc.assert(
    fc.property(owners, owners, allow, allow, (was, becomes, before, after) => {
      const way = resolveTransitional(side(was, before), side(becomes, after));
      const has = (policy: typeof way.allowed, from: number, to: number) => {
        const key = (index: number) => ownerKey(way.endpoints[index]?.owner ?? ownerOf("@none"));
        return policy.allow.some((one) => ownerKey(one.from) === key(from) && ownerKey(one.to) === key(to));
      };
      const allows = (list: typeof before, sides: readonly string[], from: number, to: number) =>
        sides[from] === sides[to] || list.some(([a, b]) => a === sides[from] && b === sides[to]);
      for (const from of [0, 1, 2]) {
        for (const to of [0, 1, 2]) {
          const [then, later] = [allows(before, was, from, to), allows(after, becomes, from, to)];
          expect(has(way.allowed, from, to)).toBe(then || later);
          const stay = was[from] === becomes[from] && was[to] === becomes[to];
          expect(has(way.required, from, to)).toBe(stay && then && later);
        }
      }
    }),
  );
});
