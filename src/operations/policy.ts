import type { Principal } from "#model/change.ts";
import type { AnyOperation } from "./operation.ts";

/** The one verdict in front of every surface. `rule` names the line of the table that decided. */
export interface Decision {
  readonly allow: boolean;
  readonly rule: string;
  readonly reason: string;
}

interface Rule {
  readonly name: string;
  readonly allow: boolean;
  readonly applies: (principal: Principal, operation: AnyOperation) => boolean;
  readonly reason: string;
}

/** First match decides; nothing matched is a deny. */
const rules: readonly Rule[] = [
  {
    name: "agents-never-act",
    allow: false,
    applies: (who, what) => who.kind === "agent" && what.effect === "apply",
    reason: "An agent may read and plan. A person approves and applies: use the web page or `heddle change approve`.",
  },
  {
    name: "schedulers-plan-workloads",
    allow: true,
    applies: (who, what) => who.kind === "scheduler" && what.effect !== "apply" && what.area === "workloads",
    reason: "A scheduler starts and ends workloads by planned changes.",
  },
  {
    name: "tenants-see-their-own",
    allow: true,
    applies: (who, what) => who.tenant !== undefined && what.effect !== "apply" && what.tenants === "scoped",
    reason: "Within its own scope.",
  },
  {
    name: "tenants-nothing-else",
    allow: false,
    applies: (who) => who.tenant !== undefined || who.kind === "tenant",
    reason: "This operation shows or touches more than one tenant's part. Ask the operator.",
  },
  {
    name: "operators-all",
    allow: true,
    applies: (who) => who.kind === "operator",
    reason: "The operator's own fabric.",
  },
  {
    name: "agents-read-and-plan",
    allow: true,
    applies: (who, what) => who.kind === "agent" && what.effect !== "apply",
    reason: "Reading and planning touch no device.",
  },
];

/**
 * Whoever comes by MCP is an agent of the token's holder, with the rights of both: an operator's agent reads and plans;
 * a tenant's or scheduler's had no more than that before and stays as it is.
 */
export const asAgent = (principal: Principal): Principal =>
  principal.kind === "operator" && principal.tenant === undefined
    ? { kind: "agent", name: `${principal.name}-agent`, onBehalfOf: principal.name }
    : principal;

/** Whether a principal may call an operation. Pure; default deny. */
export function decide(principal: Principal, operation: AnyOperation): Decision {
  const rule = rules.find((one) => one.applies(principal, operation));
  return rule === undefined
    ? { allow: false, rule: "default-deny", reason: "No rule allows this." }
    : { allow: rule.allow, rule: rule.name, reason: rule.reason };
}
