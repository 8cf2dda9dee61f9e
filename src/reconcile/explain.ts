import type { Change, Claim, Evidence, Intent } from "#model/change.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { formatRate } from "#net/rate.ts";

type Parts = Omit<Change, "why" | "digest">;

/** A few sentences for a person. Each is made from parts of the change and names the fields it was made from. */
export function explainChange(change: Parts, world: Snapshot): Claim[] {
  const cite = (field: string, value: string | number | boolean): Evidence => ({
    uri: `heddle:change/${change.id}#${field}`,
    version: change.base,
    field,
    value: String(value),
  });
  return [
    { kind: "fact", text: purpose(change.intent), evidence: [cite("/intent/kind", change.intent.kind)] },
    touching(change, cite),
    guarding(change, cite),
    proving(change, cite),
    ...onTheWay(change, cite),
    ...failing(change, cite),
    {
      kind: "derived",
      text: `Price: ${change.price.summary}`,
      evidence: [cite("/price/summary", change.price.summary)],
    },
    {
      kind: "derived",
      text: `It can be undone in ${counted(change.rollback.steps.length, "step")}, through states that were proved too.`,
      evidence: [
        cite("/rollback/tested/states", change.rollback.tested.states),
        cite("/rollback/tested/safe", change.rollback.tested.safe),
      ],
    },
    ...waiting(world, change, cite),
  ];
}

type Cite = (field: string, value: string | number | boolean) => Evidence;

function purpose(intent: Intent): string {
  switch (intent.kind) {
    case "tenant.create":
      return `Makes the tenant ${intent.name} with ${counted(intent.hosts.length, "host")} and ${formatRate(intent.guaranteedBps)} guaranteed to each compute NIC.`;
    case "tenant.resize":
      return `Gives the tenant ${intent.name} ${counted(intent.hosts.length, "host")} in all.`;
    case "tenant.delete":
      return `Takes the tenant ${intent.name} away and releases its hosts.`;
    case "workload.start":
      return `Starts a workload of ${intent.workload.tenant} on ${counted(intent.workload.hosts.length, "host")}.`;
    case "workload.end":
      return "Ends a workload and takes its traffic off the network.";
    case "device.replace":
      return `Puts given configurations on ${counted(Object.keys(intent.devices).length, "device")}.`;
  }
}

function touching({ diff }: Parts, cite: Cite): Claim {
  const lines = diff.flatMap((one) => one.lines).filter(({ op }) => op !== "context").length;
  const devices = new Set(diff.map(({ device }) => device)).size;
  const text =
    diff.length === 0
      ? "No device is touched."
      : `Changes ${counted(lines, "line")} on ${counted(devices, "device")} in ${counted(diff.length, "step")}.`;
  return { kind: "fact", text, evidence: [cite("/diff/length", diff.length)] };
}

function guarding({ guard }: Parts, cite: Cite): Claim {
  const [first] = guard.violations;
  const text =
    first === undefined
      ? `Each of the ${counted(guard.checked, "changed line")} is one that this change may touch.`
      : `Refused: ${counted(guard.violations.length, "line")} may not be touched, first on ${first.device}: ${first.line}`;
  return {
    kind: "fact",
    text,
    evidence: [cite("/guard/allowed", guard.allowed), cite("/guard/checked", guard.checked)],
  };
}

function proving({ proof }: Parts, cite: Cite): Claim {
  const text =
    `${proof.forbiddenReachable} of ${proof.forbiddenPairs} forbidden pairs and ` +
    `${proof.requiredReachable} of ${proof.requiredPairs} required pairs are reachable afterwards.`;
  const fields = ["forbiddenReachable", "forbiddenPairs", "requiredReachable", "requiredPairs"] as const;
  return { kind: "derived", text, evidence: fields.map((field) => cite(`/proof/${field}`, proof[field])) };
}

function onTheWay({ proof }: Parts, cite: Cite): Claim[] {
  const { states, safe } = proof.intermediate;
  if (states === 0) return [];
  const text = `${safe} of ${counted(states, "state")} between two steps leak nothing and cut off nobody.`;
  return [
    {
      kind: "derived",
      text,
      evidence: [cite("/proof/intermediate/states", states), cite("/proof/intermediate/safe", safe)],
    },
  ];
}

function failing({ twin }: Parts, cite: Cite): Claim[] {
  const { swept, harmless } = twin.failures;
  if (swept === 0) return [];
  const text = `${harmless} of ${counted(swept, "single failure")} near the change would break nothing that must hold.`;
  return [
    {
      kind: "derived",
      text,
      evidence: [cite("/twin/failures/swept", swept), cite("/twin/failures/harmless", harmless)],
    },
  ];
}

/** Released hosts stay taken until the release was seen on the devices. */
function waiting(world: Snapshot, change: Parts, cite: Cite): Claim[] {
  const kept = new Set(change.target.tenants.flatMap(({ hosts }) => hosts));
  const released = world.tenants.flatMap(({ hosts }) => hosts).filter((host) => !kept.has(host));
  if (released.length === 0) return [];
  return [
    {
      kind: "fact",
      text: `${counted(released.length, "host")} become free only when the devices were read back and isolation was seen.`,
      evidence: [cite("/target/tenants/length", change.target.tenants.length)],
    },
  ];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
