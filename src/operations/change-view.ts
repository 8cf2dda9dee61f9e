import { z } from "zod";
import { viewFor } from "#reconcile/tenant-view.ts";
import type { ChangeRecord, Scope } from "./context.ts";
import { plain } from "./plain.ts";
import { formatTable, safeText } from "./table.ts";

const Span = z.object({ file: z.string(), line: z.number(), endLine: z.number().optional() });
const DiffLines = z.array(
  z.object({ op: z.enum(["add", "remove", "context"]), text: z.string(), file: z.string().optional() }),
);
const FigureView = z.object({
  name: z.string(),
  value: z
    .union([z.string(), z.number()])
    .describe("Money as integer micro-dollars in digits; other quantities as numbers"),
  unit: z.string(),
  grade: z.enum(["measured", "derived", "assumed"]),
  formula: z.string(),
  inputs: z.array(z.object({ name: z.string(), value: z.string(), grade: z.string(), source: z.string() })),
});
const Principal = z.object({
  kind: z.string(),
  name: z.string(),
  tenant: z.string().optional(),
  onBehalfOf: z.string().optional(),
});
const HopView = z.object({
  device: z.string(),
  networkInstance: z.string(),
  inInterface: z.string().optional(),
  outInterface: z.string().optional(),
  action: z.string(),
  decision: z.string(),
  span: Span.optional(),
});
export const CounterexampleView = z.object({
  kind: z.enum(["leak", "unreachable", "loop", "black-hole"]),
  from: z.string(),
  to: z.string(),
  packet: z.object({
    source: z.string(),
    destination: z.string(),
    protocol: z.string(),
    destinationPort: z.number().optional(),
  }),
  hops: z.array(HopView),
  cause: z
    .object({ device: z.string(), span: Span.optional(), line: z.string().optional(), explanation: z.string() })
    .optional(),
  step: z.number().optional(),
});
export type CounterexampleView = z.output<typeof CounterexampleView>;

/** A Change with all its parts, as every surface shows it. */
export const ChangeView = z.object({
  id: z.string(),
  state: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  digest: z.string().describe("What an approval binds"),
  base: z.string().describe("Digest of the snapshot it was made for"),
  requester: Principal,
  intent: z.looseObject({ kind: z.string() }),
  diff: z.array(
    z.object({
      step: z.number(),
      device: z.string(),
      nos: z.string(),
      fabric: z.string(),
      reason: z.string(),
      lines: DiffLines,
      beforeDigest: z.string(),
      afterDigest: z.string(),
    }),
  ),
  guard: z.object({
    allowed: z.boolean(),
    checked: z.number(),
    violations: z.array(z.object({ device: z.string(), line: z.string(), rule: z.string() })),
  }),
  proof: z.object({
    holds: z.boolean(),
    forbiddenPairs: z.number(),
    forbiddenReachable: z.number(),
    requiredPairs: z.number(),
    requiredReachable: z.number(),
    intermediate: z.object({ states: z.number(), safe: z.number() }),
    counterexamples: z.array(CounterexampleView),
    fidelity: z.string(),
  }),
  twin: z.object({
    checks: z.array(z.object({ name: z.string(), result: z.string(), fidelity: z.string(), detail: z.string() })),
    sessions: z.object({ expected: z.number(), established: z.number() }),
    routes: z.object({ total: z.number() }),
    failures: z.object({
      swept: z.number(),
      harmless: z.number(),
      harmful: z.array(z.object({ element: z.string(), effect: z.string() })),
    }),
    linkLoad: z.array(z.object({ link: z.string(), before: z.number(), after: z.number() })),
  }),
  price: z.object({
    tenant: z.array(FigureView),
    others: z.array(FigureView),
    operator: z.array(FigureView),
    summary: z.string(),
  }),
  why: z.array(
    z.object({
      kind: z.string(),
      text: z.string(),
      evidence: z.array(z.object({ uri: z.string(), version: z.string(), field: z.string(), value: z.string() })),
    }),
  ),
  rollback: z.object({
    steps: z.array(z.object({ step: z.number(), device: z.string(), lines: DiffLines })),
    tested: z.object({ against: z.string(), states: z.number(), safe: z.number() }),
  }),
  findings: z.array(z.looseObject({ code: z.string(), severity: z.string(), message: z.string() })),
});
export type ChangeView = z.output<typeof ChangeView>;

/** The view of a record for whoever has the scope: whole configurations stay behind, money becomes digits. */
export function viewOf(
  { change, state, createdAt, updatedAt }: ChangeRecord,
  scope: Scope,
): z.input<typeof ChangeView> {
  const { target: _, diff, intent, ...rest } = viewFor(scope, change);
  // Whole configurations stay behind: the diff says what matters of them.
  const slim = diff.map(({ before: _before, after: _after, ...one }) => one);
  const asked = intent.kind === "device.replace" ? { ...intent, devices: Object.keys(intent.devices) } : intent;
  // `plain` keeps the shape and turns bigints to digits, which is all that the schema asks for; the schema checks it.
  return ChangeView.parse({
    ...(plain({ ...rest, intent: asked, diff: slim }) as object),
    state,
    createdAt,
    updatedAt,
  });
}

/** Summary of a Change for a terminal: what it does, what was proved, what it costs, what to do next. */
export function printChange(change: ChangeView): string {
  return [
    `Change ${change.id}  ${change.state}`,
    "",
    ...change.why.map((claim) => `  ${safeText(claim.text)}`),
    "",
    ...change.diff.flatMap((one) => [
      `${one.step}. ${one.device} (${one.nos}): ${countLines(one.lines)}. ${one.reason}`,
    ]),
    "",
    `guard     ${change.guard.allowed ? `allowed: ${change.guard.checked} lines, all of them the tenant's own` : `REFUSED: ${change.guard.violations.length} of ${change.guard.checked} lines are not the tenant's own`}`,
    ...change.guard.violations.slice(0, 5).map((one) => `          ${one.device}: ${safeText(one.line)} (${one.rule})`),
    `proof     ${printProof(change.proof)}`,
    ...change.proof.counterexamples
      .slice(0, 3)
      .flatMap((one) => printCounterexample(one).map((line) => `          ${line}`)),
    `twin      sessions ${change.twin.sessions.established}/${change.twin.sessions.expected}; ${change.twin.routes.total} routes; ${change.twin.failures.harmless} of ${change.twin.failures.swept} single failures harmless`,
    ...change.twin.checks
      .filter((one) => one.result !== "pass")
      .map((one) => `          ${one.result}: ${one.name} (${one.fidelity}) ${one.detail}`),
    `price     ${change.price.summary}`,
    `rollback  ${change.rollback.steps.length} steps; ${change.rollback.tested.safe} of ${change.rollback.tested.states} states on the way back safe`,
    "",
    nextStep(change),
  ].join("\n");
}

export const printProof = (proof: ChangeView["proof"]): string =>
  `${proof.holds ? "holds" : "FAILS"}: ${proof.forbiddenReachable} of ${proof.forbiddenPairs} forbidden pairs reachable, ` +
  `${proof.requiredReachable} of ${proof.requiredPairs} required pairs reachable; ${proof.intermediate.safe} of ${proof.intermediate.states} states on the way safe (${proof.fidelity})`;

export function printCounterexample(example: CounterexampleView): string[] {
  const { packet } = example;
  return [
    `${example.kind}: ${example.from} -> ${example.to}  ${packet.source} -> ${packet.destination} ${packet.protocol}${packet.destinationPort === undefined ? "" : ` port ${packet.destinationPort}`}${example.step === undefined ? "" : ` (after step ${example.step})`}`,
    ...example.hops.map(
      (hop) =>
        `  ${hop.device} [${hop.networkInstance}] ${hop.action}: ${safeText(hop.decision)}${hop.span === undefined ? "" : `  (${hop.span.file}:${hop.span.line})`}`,
    ),
    ...(example.cause === undefined
      ? []
      : [
          `  because ${example.cause.device}${example.cause.span === undefined ? "" : ` ${example.cause.span.file}:${example.cause.span.line}`}: ${safeText(example.cause.line ?? "")} ${safeText(example.cause.explanation)}`.trimEnd(),
        ]),
  ];
}

const countLines = (lines: ChangeView["diff"][number]["lines"]): string =>
  `+${lines.filter((one) => one.op === "add").length} -${lines.filter((one) => one.op === "remove").length}`;

function nextStep(change: ChangeView): string {
  switch (change.state) {
    case "planned":
      return `Nothing has been touched. Next: heddle change diff ${change.id}, then heddle change approve ${change.id}`;
    case "approved":
      return `Next: heddle change apply ${change.id}`;
    case "closed":
      return `Applied and proved again. Undo: heddle change rollback ${change.id}`;
    case "refused":
      return "Refused. Nothing was touched, and it can't be approved.";
    default:
      return `State: ${change.state}. heddle change journal ${change.id}`;
  }
}

export const printDiff = (change: ChangeView, device?: string): string =>
  change.diff
    .filter((one) => device === undefined || one.device === device)
    .flatMap((one) => [
      `--- ${one.step}. ${one.device} (${one.nos})`,
      ...one.lines.map(
        (line) => `${line.op === "add" ? "+" : line.op === "remove" ? "-" : " "} ${safeText(line.text)}`,
      ),
      "",
    ])
    .join("\n");

export const changeTable = (
  changes: readonly { id: string; state: string; summary: string; requester: string; devices: number }[],
): string =>
  formatTable(
    ["CHANGE", "STATE", "DEVICES", "BY", "WHAT"],
    changes.map((one) => [one.id, one.state, one.devices, one.requester, one.summary]),
  );
