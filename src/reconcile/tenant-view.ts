import type { Change, Claim, Counterexample, DeviceDiff, DiffLine } from "#model/change.ts";
import { formatDollars } from "#model/money.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Scope } from "#store/scope.ts";

/**
 * A change as its tenant may see it: its own lines, proof numbers and price. Nothing names another tenant, its hosts
 * or its networks, and whole device texts, which hold other tenants' lines, stay behind.
 */
export function viewFor(scope: Scope, change: Change): Change {
  if (scope.kind === "all") return change;
  const own = scope.tenant;
  const { tenants, workloads } = change.target;
  const hosts = new Set(tenants.find(({ name }) => name === own)?.hosts);
  const foreign = foreignWords(own, tenants);
  const summary = ownSummary(change, own);
  return {
    ...change,
    target: {
      tenants: tenants.filter(({ name }) => name === own),
      workloads: workloads.filter(({ tenant }) => tenant === own),
    },
    diff: change.diff.map((one) => ({ ...withoutTexts(one), lines: hideLines(one.lines, foreign) })),
    guard: {
      ...change.guard,
      violations: change.guard.violations.map((one) => (foreign(one.line) ? { ...one, line: hiddenText } : one)),
    },
    proof: { ...change.proof, counterexamples: change.proof.counterexamples.map((one) => hidden(one, hosts)) },
    twin: {
      ...change.twin,
      checks: change.twin.checks.map((one) =>
        one.result === "fail" ? { ...one, detail: "the operator sees the detail" } : one,
      ),
      linkLoad: [],
      failures: { ...change.twin.failures, harmful: [] },
    },
    price: {
      tenant: change.price.tenant.filter(({ name }) => name.startsWith(`tenant/${own}/`)),
      others: [],
      operator: [],
      summary,
    },
    why: change.why.map((one) => ownClaim(one, summary)).filter((one) => !foreign(one.text)),
    rollback: {
      ...change.rollback,
      steps: change.rollback.steps.map((one) => ({ ...one, lines: hideLines(one.lines, foreign) })),
    },
    findings: [],
  };
}

const hiddenText = "(not this tenant's)";

/** Tells whether a text names another tenant, one of its hosts, its VRF or its addresses. */
function foreignWords(own: string, tenants: readonly Tenant[]): (text: string) => boolean {
  const words = tenants
    .filter(({ name }) => name !== own)
    .flatMap(({ name, hosts, networks }) => [
      name,
      ...hosts,
      networks.compute.vrf,
      ...(networks.frontEnd === undefined ? [] : [networks.frontEnd.prefix.replace(/\d+\/\d+$/, "")]),
    ]);
  const isPart = (character: string | undefined) => character !== undefined && /[a-z0-9]/i.test(character);
  return (text) => {
    const rest = text.replaceAll(own, " ");
    return words.some((word) => {
      for (let at = rest.indexOf(word); at >= 0; at = rest.indexOf(word, at + 1))
        if (!isPart(rest[at - 1]) && (word.endsWith(".") || !isPart(rest[at + word.length]))) return true;
      return false;
    });
  };
}

const hideLines = (lines: readonly DiffLine[], foreign: (text: string) => boolean): DiffLine[] =>
  lines.map((line) =>
    foreign([line.text, ...(line.within ?? [])].join("\n")) ? { op: line.op, text: hiddenText } : line,
  );

/** The price as it concerns the tenant alone; every other claim as it stands. */
const ownClaim = (claim: Claim, summary: string): Claim =>
  claim.evidence.some(({ field }) => field === "/price/summary")
    ? {
        ...claim,
        text: `Price: ${summary}`,
        evidence: claim.evidence.map((one) => (one.field === "/price/summary" ? { ...one, value: summary } : one)),
      }
    : claim;

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

function ownSummary({ price }: Change, own: string): string {
  const figure = price.tenant.find(({ name }) => name === `tenant/${own}/change`);
  return figure === undefined ? `no change for ${own}` : `${formatSigned(BigInt(figure.value))}/h for ${own}`;
}

const formatSigned = (micros: bigint): string =>
  `${micros < 0n ? "-" : "+"}${formatDollars(micros < 0n ? -micros : micros)}`;
