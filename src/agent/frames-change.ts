import type { Frame } from "./frame.ts";
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

export const changeFrames: readonly Frame[] = [
  {
    operation: "tenant.create",
    say: "create tenant acme on su1-h1..h4 at 400G",
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
    say: "give acme two more hosts",
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
      return more === undefined ? "How many hosts, or which?" : { name, more: Math.round(more) };
    },
    claims: planned,
  },
  {
    operation: "tenant.resize",
    say: "take su1-h4 from acme",
    cues: [["take", "remove", "release", "shrink", "free", "withdraw"]],
    entities: [["tenant"], ["host"]],
    read: (reading) => ({ name: firstOf(reading, "tenant"), remove: namesOf(reading, "host") }),
    claims: planned,
  },
  {
    operation: "tenant.delete",
    say: "delete tenant acme",
    cues: [["delete", "remove", "offboard", "decommission", "drop"]],
    bonus: ["tenant", "customer"],
    entities: [["tenant"]],
    read: (reading) => ({ name: firstOf(reading, "tenant") }),
    claims: planned,
  },
  {
    operation: "job.end",
    say: "end job llm-70b",
    cues: [["end", "stop", "kill", "finish", "cancel"]],
    entities: [["job"]],
    read: (reading) => ({ name: firstOf(reading, "job") }),
    claims: () => ["Change {/id} is {/state}; no device has been touched."],
  },
  {
    operation: "change.show",
    say: "is chg-3 done and did it work?",
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
    bonus: ["last", "recent", "pending", "list", "what", "who"],
    read: () => ({}),
    claims: (one: { changes: readonly unknown[] }) => [
      "There are {/changes|count} changes.",
      ...one.changes
        .slice(0, 10)
        .map(
          (_, index) =>
            `{/changes/${index}/id} ({/changes/${index}/state}) by {/changes/${index}/requester}: {/changes/${index}/summary}`,
        ),
    ],
  },
];
