import type { Frame, Reading } from "./frame.ts";
import { firstOf, namesOf } from "./reading.ts";

/** What is said of any new Change. */
const planned = (one: { state: string; diff: readonly unknown[] }): string[] => [
  one.state === "refused"
    ? "Change {/id} was planned and is {/state}: {/proof/forbiddenReachable} of {/proof/forbiddenPairs} forbidden pairs would be reachable, and {/guard/violations|count} lines lie outside what a tenant change may touch."
    : "Change {/id} is {/state}; no device has been touched. It alters {/diff|count} devices.",
  "Proof over the configurations as they will be: {/proof/forbiddenReachable} of {/proof/forbiddenPairs} forbidden pairs reachable, {/proof/requiredReachable} of {/proof/requiredPairs} required pairs reachable ({/proof/fidelity}).",
  "Price: {/price/summary}",
  ...(one.state === "planned" ? ["A person approves it: heddle change approve {/id}"] : []),
];

const newName = (text: string): string | undefined =>
  /\b(?:tenant|customer)\s+(?:called\s+|named\s+)?([a-z][a-z0-9-]{0,14})\b/.exec(text)?.[1];

/** Changes of a tenant, or since some time. A period that Heddle can't place is asked back. */
function changesRead(reading: Reading): Readonly<Record<string, unknown>> | string {
  const tenant = firstOf(reading, "tenant");
  const { period } = reading;
  if (period !== undefined && period.since === undefined)
    return `Since when? Say it as "since 2026-11-01", "today" or "in the last 24 hours".`;
  return {
    ...(tenant === undefined ? {} : { tenant }),
    ...(period?.since === undefined ? {} : { since: new Date(period.since).toISOString() }),
  };
}

const changesClaims = (one: { changes: readonly unknown[] }): string[] => [
  "There are {/changes|count} changes.",
  ...one.changes
    .slice(0, 10)
    .map(
      (_, index) =>
        `{/changes/${index}/id} ({/changes/${index}/state}) by {/changes/${index}/requester}: {/changes/${index}/summary}`,
    ),
];

export const changeFrames: readonly Frame[] = [
  {
    operation: "tenant.create",
    order: true,
    say: "create tenant acme on {host} at 400G",
    cues: [
      ["create", "make", "add", "new", "onboard", "set"],
      ["tenant", "customer"],
    ],
    entities: [["host"]],
    strictNames: false,
    read: (reading) => {
      const name = newName(reading.text);
      const [gbps] = reading.linked.gbps;
      if (name === undefined) return "What shall the tenant be called?";
      if (gbps === undefined) return "What rate shall each NIC be guaranteed? Say it as 400G.";
      return { name, hosts: namesOf(reading, "host"), gbps };
    },
    claims: planned,
  },
  {
    operation: "tenant.resize",
    order: true,
    say: "give {tenant} two more hosts",
    narrows: ["unit"],
    cues: [["give", "add", "grow", "extend", "expand", "more", "assign", "needs", "wants"]],
    bonus: ["hosts", "nodes", "servers", "more", "host", "node"],
    entities: [["tenant"]],
    read: (reading) => {
      const name = firstOf(reading, "tenant");
      const add = namesOf(reading, "host");
      const [count] = reading.linked.numbers;
      const single = /\b(another|a|one) (more )?(host|node|server)\b/.test(reading.text) ? 1 : undefined;
      if (add.length > 0) return { name, add };
      const more = count ?? single;
      if (/\bgpus?\b/.test(reading.text)) return "Hosts are given whole. How many hosts?";
      if (more === undefined) return "How many hosts, or which?";
      return { name, more: Math.round(more), ...(reading.unit === undefined ? {} : { unit: reading.unit }) };
    },
    claims: planned,
  },
  {
    operation: "tenant.resize",
    order: true,
    say: "take {host} from {tenant}",
    cues: [["take", "remove", "release", "shrink", "free", "withdraw"]],
    entities: [["tenant"], ["host"]],
    read: (reading) => ({ name: firstOf(reading, "tenant"), remove: namesOf(reading, "host") }),
    claims: planned,
  },
  {
    operation: "tenant.delete",
    order: true,
    say: "delete tenant {tenant}",
    cues: [["delete", "remove", "offboard", "decommission", "drop"]],
    bonus: ["tenant", "customer"],
    entities: [["tenant"]],
    read: (reading) => ({ name: firstOf(reading, "tenant") }),
    claims: planned,
  },
  {
    operation: "job.end",
    order: true,
    say: "end job {job}",
    cues: [["end", "stop", "kill", "finish", "cancel"]],
    entities: [["job"]],
    read: (reading) => ({ name: firstOf(reading, "job") }),
    claims: () => ["Change {/id} is {/state}; no device has been touched."],
  },
  {
    operation: "change.show",
    say: "is {change} done and did it work?",
    cues: [["done", "work", "worked", "state", "status", "what", "show", "did", "happened", "is"]],
    entities: [["change"]],
    read: (reading) => ({ id: firstOf(reading, "change") }),
    claims: (one: { state: string }) => [
      "Change {/id} is {/state}.",
      "It alters {/diff|count} devices; {/proof/forbiddenReachable} of {/proof/forbiddenPairs} forbidden pairs reachable, {/proof/requiredReachable} of {/proof/requiredPairs} required pairs reachable.",
      "Price: {/price/summary}",
      ...(one.state === "planned" ? ["It waits for a person: heddle change approve {/id}"] : []),
    ],
  },
  {
    operation: "change.list",
    say: "which changes were made?",
    cues: [["changes", "changed", "touched", "history", "pending"]],
    bonus: ["last", "recent", "pending", "list", "what", "who", "touched", "config"],
    narrows: ["period"],
    read: changesRead,
    claims: changesClaims,
  },
  {
    operation: "change.list",
    say: "who touched {tenant}'s config this month?",
    cues: [["changes", "changed", "touched", "history", "modified", "altered", "pending"]],
    bonus: ["who", "config", "what", "last", "recent"],
    entities: [["tenant"]],
    narrows: ["period"],
    read: changesRead,
    claims: changesClaims,
  },
  {
    operation: "audit.list",
    say: "show the audit",
    cues: [["audit", "audited"]],
    bonus: ["show", "log", "who", "called"],
    read: () => ({ limit: 20 }),
    claims: (one: { rows: readonly unknown[] }) => [
      "The chain of hashes verifies: {/intact}. These are the last {/rows|count} calls.",
      ...one.rows
        .slice(0, 10)
        .map(
          (_, index) =>
            `{/rows/${index}/principal} called {/rows/${index}/operation}: {/rows/${index}/decision} by {/rows/${index}/rule}, {/rows/${index}/outcome}.`,
        ),
    ],
  },
];
