import { z } from "zod";
import type { Claim } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { Context } from "#operations/context.ts";
import { invoke } from "#operations/invoke.ts";
import { decide } from "#operations/policy.ts";
import { commandOf, defineOperation, type AnyOperation } from "#operations/operation.ts";
import type { Registry } from "#operations/registry.ts";
import { checkClaim, claim, type Record } from "./claims.ts";
import type { Entity } from "./entities.ts";
import { interpret } from "./interpret.ts";
import { linkId } from "#model/fabric.ts";

const ClaimView = z.object({
  kind: z.enum(["fact", "derived", "inference", "assumption"]),
  text: z.string(),
  evidence: z.array(z.object({ uri: z.string(), version: z.string(), field: z.string(), value: z.string() })),
});

export const Answer = z.object({
  outcome: z.enum(["answer", "plan", "clarify", "abstain", "refuse"]),
  understood: z.string().optional().describe("The canonical command; the same words always give the same one"),
  claims: z.array(ClaimView),
  options: z.array(z.string()).describe("What could be meant, or what is near"),
  asOf: z.number().describe("When the snapshot became the current one, milliseconds since 1970"),
  snapshot: z.string(),
  change: z.string().optional().describe("Id of the Change that an order became"),
});
export type Answer = z.input<typeof Answer>;

/** The `ask` operation over all others. It may read and plan; approving and applying are a person's. */
export const askOperation = (operations: () => Registry) =>
  defineOperation({
    name: "ask",
    area: "conversation",
    summary: "Ask in plain words, or give an order: an answer with evidence, or a planned Change.",
    effect: "plan",
    tenants: "scoped",
    input: z.strictObject({ question: z.string().min(1).max(2000) }),
    output: Answer,
    failures: ["not_found", "conflict", "refused"],
    positional: ["question"],
    run: ({ question }, context) => answer(question, operations(), context),
    print: printAnswer,
  });

async function answer(question: string, registry: Registry, context: Context): Promise<Answer> {
  const { factory } = context;
  const base = { asOf: factory.takenAt, snapshot: factory.digest, claims: [], options: [] };
  const understood = interpret(question, await inventoryOf(context), {
    now: context.now(),
    ...(context.scope.kind === "all" ? {} : { tenant: context.scope.tenant }),
    allowed: (operation) => decide(context.principal, registry.get(operation)).allow,
  });
  if (understood.outcome === "clarify")
    return { ...base, outcome: "clarify", claims: [plainClaim(understood.question)], options: [...understood.options] };
  if (understood.outcome === "abstain")
    return { ...base, outcome: "abstain", claims: [plainClaim(understood.reason)], options: [...understood.near] };
  if (understood.outcome === "refuse")
    return {
      ...base,
      outcome: "refuse",
      claims: [plainClaim(understood.reason)],
      options: understood.instead === undefined ? [] : [understood.instead],
    };

  const { frame, input, reading, note } = understood;
  const operation = registry.get(frame.operation);
  const command = canonicalCommand(operation, input);
  try {
    const output = await invoke(operation, input, context);
    const record: Record = { operation: operation.name, output, version: factory.digest };
    // The frame was written for this operation's output; `claim` fails loudly if they ever part.
    const made = frame.claims(output as never, reading).map((template) => claim("fact", template, record));
    const claims = [...ownClaims(output), ...made].filter((one) => passes(one, record));
    return {
      ...base,
      outcome: operation.effect === "plan" || frame.proposal === true ? "plan" : "answer",
      understood: command,
      claims: [
        ...claims.map((one) => ({ ...one, evidence: one.evidence.map((item) => ({ ...item })) })),
        ...(note === undefined ? [] : [plainClaim(note)]),
      ],
      ...(operation.effect === "plan" ? { change: (output as { id: string }).id } : {}),
    };
  } catch (error) {
    if (error instanceof Failure && error.kind !== "internal") {
      return {
        ...base,
        outcome: error.kind === "forbidden" || error.kind === "refused" ? "refuse" : "abstain",
        understood: command,
        claims: [plainClaim(error.message)],
      };
    }
    throw error;
  }
}

/** Operations that explain give claims of their own. */
const ownClaims = (output: unknown): Claim[] => {
  const parsed = z.object({ claims: z.array(ClaimView) }).safeParse(output);
  return parsed.success ? parsed.data.claims : [];
};

/** A claim that its record does not bear out is a bug; it is never shown. */
function passes(said: Claim, record: Record): boolean {
  if (!said.evidence.some((one) => one.uri.startsWith(`heddle:${record.operation}#`))) return true;
  const wrong = checkClaim(said, record);
  if (wrong !== undefined) throw new Error(`claim "${said.text}" does not hold: ${wrong}`);
  return true;
}

const plainClaim = (text: string) => ({ kind: "inference" as const, text, evidence: [] });

/** The names that the caller may see. */
async function inventoryOf({ factory, scope, changes }: Context): Promise<Entity[]> {
  const { fabric } = factory.snapshot;
  const tenants = factory.tenants(scope);
  const all = scope.kind === "all";
  const hosts = all ? Object.keys(fabric.hosts) : tenants.flatMap((one) => one.hosts);
  return [
    ...tenants.map((one) => ({ kind: "tenant" as const, name: one.name })),
    ...factory.workloads(scope).map((one) => ({ kind: "job" as const, name: one.name })),
    ...hosts.map((name) => ({ kind: "host" as const, name })),
    ...(all ? Object.keys(fabric.switches).map((name) => ({ kind: "switch" as const, name })) : []),
    ...(all ? fabric.links.map((link) => ({ kind: "link" as const, name: linkId(link) })) : []),
    ...(all
      ? [...new Set(factory.endpoints.flatMap((one) => (one.owner.kind === "zone" ? [one.owner.zone] : [])))].map(
          (zone) => ({ kind: "zone" as const, name: `@${zone}` }),
        )
      : []),
    ...(await changes.list(scope)).map((one) => ({ kind: "change" as const, name: one.change.id })),
  ];
}

/** The command that does the same, ready to be typed. */
export function canonicalCommand(operation: AnyOperation, input: Readonly<{ [field: string]: unknown }>): string {
  const quote = (value: unknown): string =>
    /^[\w@./:,-]+$/.test(String(value)) ? String(value) : JSON.stringify(String(value));
  const positional = operation.positional ?? [];
  const parts = positional.flatMap((name) => (input[name] === undefined ? [] : [quote(input[name])]));
  for (const [name, value] of Object.entries(input)) {
    if (positional.includes(name) || value === undefined) continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) parts.push(flag);
    else parts.push(flag, ...(Array.isArray(value) ? value.map(quote) : [quote(value)]));
  }
  return ["heddle", commandOf(operation), ...parts].join(" ");
}

const optionsTitle: { readonly [outcome in z.output<typeof Answer>["outcome"]]: string } = {
  answer: "See also:",
  plan: "See also:",
  clarify: "Do you mean:",
  abstain: "Near it:",
  refuse: "Instead:",
};

function printAnswer(one: z.output<typeof Answer>): string {
  const evidence = [
    ...new Set(one.claims.flatMap((said) => said.evidence.map((item) => item.uri.replace(/#.*$/, "")))),
  ];
  return [
    ...(one.understood === undefined ? [] : [`understood as: ${one.understood}`, ""]),
    ...one.claims.map((said) => said.text),
    ...(one.options.length === 0 ? [] : ["", optionsTitle[one.outcome], ...one.options.map((option) => `  ${option}`)]),
    ...(one.change === undefined ? [] : ["", `heddle change show ${one.change}`]),
    ...(evidence.length === 0 ? [] : ["", `evidence: ${evidence.join(" ")} @ ${one.snapshot.slice(0, 12)}`]),
  ].join("\n");
}
