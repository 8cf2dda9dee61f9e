import fc from "fast-check";
import type { Change, Principal } from "#model/change.ts";
import { digestOf } from "#model/digest.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { Snapshot } from "#model/snapshot.ts";

/** A world of a few devices whose texts are given: for tests that need no meaning behind them. */
export const worldOf = (devices: Readonly<Record<string, string>>, more: Partial<Snapshot> = {}): Snapshot => ({
  fabric: { name: "test", sites: [], racks: [], switches: {}, hosts: {}, nvlinkDomains: [], links: [] },
  devices: Object.fromEntries(
    Object.entries(devices).map(([device, text]) => [
      device,
      { nos: "eos", files: [{ path: `${device}.cfg`, text }] } as const,
    ]),
  ),
  tenants: [],
  workloads: [],
  policy: { allow: [] },
  ...more,
});

export const operator: Principal = { kind: "operator", name: "olga" };

/** A change that replaces device texts, in the order given; its proof holds unless said otherwise. */
export function changeOf(
  id: string,
  base: Snapshot,
  steps: readonly { readonly device: string; readonly text: string }[],
  more: Partial<Change> = {},
): Change {
  const standing = new Map(Object.entries(base.devices));
  const diff = steps.map(({ device, text }, index) => {
    const before = standing.get(device) ?? { nos: "eos", files: [] };
    const after = { nos: "eos", files: [{ path: `${device}.cfg`, text }] } as const;
    standing.set(device, after);
    return {
      step: index + 1,
      device,
      nos: "eos",
      fabric: "ethernet",
      lines: [{ op: "add", text }],
      before,
      after,
      beforeDigest: rememberedDigest(before),
      afterDigest: rememberedDigest(after),
      reason: "as the test says",
    } as const;
  });
  const change: Omit<Change, "digest"> = {
    id,
    intent: { kind: "device.replace", devices: {}, note: "test" },
    requester: operator,
    base: rememberedDigest(base),
    target: { tenants: base.tenants, workloads: base.workloads },
    diff,
    guard: { allowed: true, checked: diff.length, violations: [] },
    proof: {
      holds: true,
      forbiddenPairs: 1,
      forbiddenReachable: 0,
      requiredPairs: 0,
      requiredReachable: 0,
      intermediate: { states: 0, safe: 0 },
      counterexamples: [],
      fidelity: "computed",
    },
    twin: {
      checks: [],
      sessions: { expected: 0, established: 0 },
      routes: { total: 0 },
      failures: { swept: 0, harmless: 0, harmful: [] },
      linkLoad: [],
    },
    price: {
      tenant: [],
      others: [],
      operator: [
        {
          name: "total",
          value: 12345678901234567890n,
          unit: "micro-dollars",
          grade: "derived",
          formula: "x",
          inputs: [],
        },
      ],
      summary: "",
    },
    why: [],
    rollback: {
      steps: diff.map(({ step, device }) => ({ step, device, lines: [] })),
      tested: { against: "test", states: diff.length, safe: diff.length },
    },
    findings: [],
    ...more,
  };
  return { ...change, digest: digestOf(change) };
}

export const anyTenantName = fc.constantFrom("acme", "globex", "initech");
