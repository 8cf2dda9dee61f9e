import fc from "fast-check";
import { expect, test } from "vitest";
import type { Owner } from "#model/tenant.ts";
import { proveIsolation } from "./reachability.ts";
import { clos } from "./testing.ts";
import { buildTwin } from "./twin.ts";

const absent: Owner = { kind: "zone", zone: "nobody-is-here" };

test("what the policy allows to an owner without end points opens nothing between others", () => {
  const { policy, ...rest } = clos({ leaves: 2, spines: 1, tenants: 3, hostsPerLeaf: 3 });
  const owners = [...new Map(rest.endpoints.map((one) => [JSON.stringify(one.owner), one.owner])).values()];
  expect(owners.length).toBeGreaterThan(1);
  const plain = proveIsolation(buildTwin({ ...rest, policy }));
  fc.assert(
    fc.property(fc.shuffledSubarray([...rest.endpoints], { minLength: rest.endpoints.length }), (endpoints) => {
      const allow = owners.flatMap((owner) => [
        { from: owner, to: absent, why: "test" },
        { from: absent, to: owner, why: "test" },
      ]);
      const proof = proveIsolation(buildTwin({ ...rest, endpoints, policy: { allow: [...policy.allow, ...allow] } }));
      expect(proof.forbiddenPairs).toBe(plain.forbiddenPairs);
      expect(proof.requiredPairs).toBe(plain.requiredPairs);
    }),
    { numRuns: 10 },
  );
});
