import type { Change, Counterexample, DeviceDiff } from "#model/change.ts";
import type { Scope } from "#store/scope.ts";

/**
 * A change as its tenant may see it: its own lines, proof numbers and price; nothing of other tenants and no whole
 * device texts, which hold other tenants' lines.
 */
export function viewFor(scope: Scope, change: Change): Change {
  if (scope.kind === "all") return change;
  const hosts = new Set(change.target.tenants.find(({ name }) => name === scope.tenant)?.hosts);
  return {
    ...change,
    target: {
      tenants: change.target.tenants.filter(({ name }) => name === scope.tenant),
      workloads: change.target.workloads.filter(({ tenant }) => tenant === scope.tenant),
    },
    diff: change.diff.map(withoutTexts),
    proof: { ...change.proof, counterexamples: change.proof.counterexamples.map((one) => hidden(one, hosts)) },
    twin: { ...change.twin, linkLoad: [], failures: { ...change.twin.failures, harmful: [] } },
    price: { ...change.price, others: [], operator: [], summary: ownSummary(change) },
    findings: [],
  };
}

const withoutTexts = (one: DeviceDiff): DeviceDiff => ({ ...one, before: bare(one.before), after: bare(one.after) });

const bare = <T extends { readonly files: readonly unknown[] }>(source: T): T => ({ ...source, files: [] });

/** Keeps that a pair was reachable and from where, not what else stands on the way. */
function hidden(example: Counterexample, hosts: ReadonlySet<string>): Counterexample {
  const known = (endpoint: string) => (hosts.has(endpoint.slice(0, endpoint.indexOf("/"))) ? endpoint : "another's");
  return {
    kind: example.kind,
    ...(example.step === undefined ? {} : { step: example.step }),
    from: known(example.from),
    to: known(example.to),
    packet: { source: "hidden", destination: "hidden", protocol: example.packet.protocol },
    hops: [],
  };
}

const ownSummary = ({ price }: Change): string =>
  price.tenant.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join("; ");
