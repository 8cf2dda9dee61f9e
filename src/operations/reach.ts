import { z } from "zod";
import type { Endpoint } from "#model/endpoint.ts";
import { Failure } from "#model/failure.ts";
import { checkFabric } from "#twin/checks.ts";
import { sweepFailures } from "#twin/failures.ts";
import { proveIsolation } from "#twin/reachability.ts";
import type { Twin } from "#twin/twin.ts";
import { CounterexampleView, printCounterexample } from "./change-view.ts";
import type { Context } from "./context.ts";
import { findDevice, linkViews } from "./links.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

const VerifyReport = z.object({
  snapshot: z.string(),
  holds: z.boolean(),
  forbiddenPairs: z.number(),
  forbiddenReachable: z.number(),
  requiredPairs: z.number(),
  requiredReachable: z.number(),
  counterexamples: z.array(CounterexampleView),
  checks: z.array(z.object({ name: z.string(), result: z.string(), fidelity: z.string(), detail: z.string() })),
  failures: z
    .object({
      swept: z.number(),
      harmless: z.number(),
      harmful: z.array(z.object({ element: z.string(), effect: z.string() })),
    })
    .optional(),
});

export const verifyFabric = defineOperation({
  name: "fabric.verify",
  area: "fabric",
  summary:
    "Prove on the twin that every tenant reaches what it should, and nothing else; and check the fabric's health.",
  effect: "read",
  input: z.strictObject({ failures: z.boolean().optional().describe("Also sweep every single failure") }),
  output: VerifyReport,
  failures: [],
  run: async ({ failures }, { factory }) => {
    const { holds, forbiddenPairs, forbiddenReachable, requiredPairs, requiredReachable, counterexamples } =
      factory.proof;
    const swept = failures === true ? sweepFailures(factory.twin) : undefined;
    return VerifyReport.parse({
      snapshot: factory.digest,
      holds,
      forbiddenPairs,
      forbiddenReachable,
      requiredPairs,
      requiredReachable,
      counterexamples,
      checks: checkFabric(factory.twin).checks,
      ...(swept === undefined ? {} : { failures: swept }),
    });
  },
  print: (report) =>
    [
      `isolation ${report.holds ? "holds" : "is BROKEN"}: ${report.forbiddenReachable} of ${report.forbiddenPairs} forbidden pairs reachable, ${report.requiredReachable} of ${report.requiredPairs} required pairs reachable (computed)`,
      ...report.counterexamples.flatMap(printCounterexample),
      formatTable(
        ["CHECK", "RESULT", "FIDELITY", "DETAIL"],
        report.checks.map((one) => [one.name, one.result, one.fidelity, one.detail]),
      ),
      ...(report.failures === undefined
        ? []
        : [
            `single failures: ${report.failures.harmless} of ${report.failures.swept} harmless`,
            ...report.failures.harmful.map((one) => `  ${one.element}: ${one.effect}`),
          ]),
    ].join("\n"),
});

const ReachView = z.object({
  from: z.string(),
  to: z.string(),
  allowed: z.boolean().describe("Whether policy lets them"),
  pairs: z.number(),
  reachable: z.number(),
  examples: z.array(CounterexampleView),
  snapshot: z.string(),
});

export const checkReach = defineOperation({
  name: "reach.check",
  command: "reach",
  area: "fabric",
  summary:
    "Whether anything of one tenant, host or zone can reach anything of another, over the configurations as they run.",
  effect: "read",
  input: z.strictObject({
    from: z.string().describe("Tenant, host or @zone"),
    to: z.string().describe("Tenant, host or @zone"),
  }),
  output: ReachView,
  failures: ["not_found"],
  positional: ["from", "to"],
  run: async ({ from, to }, { factory }) => {
    const sources = endpointsOf(from, factory);
    const targets = endpointsOf(to, factory);
    const { forbiddenPairs, forbiddenReachable, counterexamples } = proveIsolation(
      between(factory.twin, sources, targets),
      { maxCounterexamples: 64 },
    );
    const allowed =
      from === to || factory.snapshot.policy.allow.some((rule) => nameOf(rule.from) === from && nameOf(rule.to) === to);
    return {
      from,
      to,
      allowed,
      pairs: forbiddenPairs,
      reachable: forbiddenReachable,
      examples: counterexamples
        .filter((one) => one.kind === "leak")
        .slice(0, 1)
        .map((one) => CounterexampleView.parse(one)),
      snapshot: factory.digest,
    };
  },
  print: (one) =>
    [
      `${one.reachable === 0 ? "No" : "Yes"}: ${one.reachable} of ${one.pairs} pairs of end points of ${one.from} and ${one.to} are reachable (computed). Policy ${one.allowed ? "allows" : "forbids"} it.`,
      ...one.examples.flatMap(printCounterexample),
    ].join("\n"),
});

/**
 * The twin asked only whether the one side reaches the other: everything else is allowed, so that each pair that it
 * calls forbidden is one of these. Pairs on one host are left out.
 */
function between(twin: Twin, sources: readonly Endpoint[], targets: readonly Endpoint[]): Twin {
  const side = (zone: string) => ({ kind: "zone" as const, zone });
  const both = new Set(sources.map((one) => one.id));
  const endpoints = [
    ...sources.map((one) => ({ ...one, owner: side("from") })),
    ...targets.filter((one) => !both.has(one.id)).map((one) => ({ ...one, owner: side("to") })),
  ];
  const policy = { allow: [{ from: side("to"), to: side("from"), why: "only the way there is asked for" }] };
  return { ...twin, snapshot: { ...twin.snapshot, endpoints, policy } };
}

const nameOf = (owner: { kind: "tenant"; tenant: string } | { kind: "zone"; zone: string }): string =>
  owner.kind === "tenant" ? owner.tenant : `@${owner.zone}`;

/** @throws {Failure} not_found */
function endpointsOf(name: string, factory: Context["factory"]) {
  const found = factory.endpoints.filter(
    (one) => one.id === name || one.host === name || nameOf(one.owner) === name || nameOf(one.owner) === `@${name}`,
  );
  if (found.length > 0) return found;
  const owners = [...new Set(factory.endpoints.map((one) => nameOf(one.owner)))].sort();
  throw new Failure(
    "not_found",
    `Nothing is called ${name}. There are the tenants and zones ${owners.join(" ")}, and the hosts of the fabric.`,
  );
}

export const sweep = defineOperation({
  name: "failure.sweep",
  command: "whatif",
  area: "fabric",
  summary: "What each single failure of a link or switch would break, as tenants and pairs.",
  effect: "read",
  input: z.strictObject({ element: z.string().optional().describe("Only this switch or link") }),
  output: z.object({
    swept: z.number(),
    harmless: z.number(),
    harmful: z.array(z.object({ element: z.string(), effect: z.string() })),
    jobs: z.array(z.string()),
  }),
  failures: ["not_found"],
  positional: ["element"],
  run: async ({ element }, { factory }) => {
    const links = linkViews(factory);
    if (element !== undefined && !links.some((one) => one.id === element)) findDevice(element, factory);
    const touched =
      element === undefined
        ? []
        : links.filter((one) => one.id === element || one.a.node === element || one.b.node === element);
    const { swept, harmless, harmful } = sweepFailures(factory.twin, element === undefined ? undefined : [element]);
    return { swept, harmless, harmful: [...harmful], jobs: [...new Set(touched.flatMap((one) => one.jobs))].sort() };
  },
  print: (one) =>
    [
      `${one.harmless} of ${one.swept} single failures break nothing that must hold (computed).`,
      ...one.harmful.map((row) => `  ${row.element}: ${row.effect}`),
      ...(one.jobs.length === 0 ? [] : [`jobs whose traffic uses it now: ${one.jobs.join(" ")}`]),
    ].join("\n"),
});

export const reachOperations = [verifyFabric, checkReach, sweep];
