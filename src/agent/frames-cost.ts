import type { Frame } from "./frame.ts";
import { firstOf } from "./reading.ts";

const money = [
  "cost",
  "costs",
  "price",
  "pay",
  "pays",
  "bill",
  "spend",
  "spends",
  "$",
  "dollars",
  "money",
  "expensive",
  "charge",
  "invoice",
];

export const costFrames: readonly Frame[] = [
  {
    operation: "cost.tenant",
    say: "what does {tenant} cost per hour and how much of that is network?",
    cues: [money],
    bonus: ["hour", "network", "much", "per"],
    entities: [["tenant"]],
    read: (reading) => ({ name: firstOf(reading, "tenant") }),
    claims: (one: { pools: readonly unknown[] }) => [
      "{/tenant} costs {/perHour|usd} an hour, of which the network is {/network|usd} ({/networkShare|percent}).",
      "That is {/perGpuHour|usd} a GPU-hour for {/gpus} GPUs; the network's part of a GPU-hour is {/networkPerGpuHour|usd}.",
      ...one.pools.map((_, index) => `{/pools/${index}/pool}: {/pools/${index}/perHour|usd} an hour.`),
      "The figures are {/grade}: they come from the price book {/book}.",
    ],
  },
  {
    operation: "cost.show",
    say: "what does the factory cost per hour, and what is idle?",
    cues: [[...money, "idle", "unused", "wasted"]],
    whole: true,
    bonus: ["factory", "cluster", "total", "hour", "idle", "all"],
    read: () => ({}),
    claims: (one: { tenants: readonly unknown[] }) => [
      "The factory costs {/perHour|usd} an hour, {/perGpuHour|usd} a GPU-hour, of which the network is {/networkPerGpuHour|usd}.",
      ...one.tenants.map(
        (_, index) =>
          `{/tenants/${index}/tenant}: {/tenants/${index}/perHour|usd} an hour, of which network {/tenants/${index}/network|usd}.`,
      ),
      "Idle: {/idle|usd} an hour. Unattributed: {/unattributed|usd}. Platform: {/platform|usd}.",
      "Tenants, idle, unattributed and platform sum to the total exactly. The figures are {/grade}, from the price book {/book}.",
    ],
  },
  {
    operation: "cost.tokens",
    say: "what does a million tokens of {job} cost?",
    cues: [["token", "tokens"]],
    bonus: ["million", "cost", "price", "$/m"],
    entities: [["job"]],
    read: (reading) => ({ service: firstOf(reading, "job") }),
    claims: () => [
      "{/service} costs {/perMillionTokens|usd} per million tokens, of which the network is {/networkDirect|usd} directly and {/networkInduced|usd} by the waiting that it causes.",
      "It serves {/tokensPerSecond|number} tokens a second on {/gpus} GPUs. The figures are {/grade}.",
    ],
  },
  {
    operation: "usage.show",
    say: "how many GPUs does each tenant use?",
    cues: [
      ["gpus", "gpu", "gpu-hours", "quota", "quotas", "usage"],
      ["using", "use", "uses", "used", "quota", "quotas", "hours", "gpu-hours", "busy", "idle", "usage", "allocated"],
    ],
    bonus: ["tenant", "tenants", "each", "every", "per", "quota", "hours", "much", "many"],
    whole: true,
    read: () => ({}),
    claims: (one: { tenants: readonly { quota?: number }[] }) => [
      ...one.tenants.map(
        (row, index) =>
          `{/tenants/${index}/tenant} holds {/tenants/${index}/gpus} GPUs (as many GPU-hours every hour); {/tenants/${index}/busy} have a job, {/tenants/${index}/idle} are idle at {/tenants/${index}/idlePerHour|usd} an hour${row.quota === undefined ? "; no quota is set" : `; its quota is {/tenants/${index}/quota}`}.`,
      ),
      "The money is {/grade}.",
    ],
  },
];
