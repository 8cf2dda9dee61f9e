import type { Counterexample, Hop, Proof } from "#model/change.ts";
import { chooseCounterexamples } from "./core/counterexamples.ts";
import { createEvaluator } from "./core/evaluate.ts";
import { type Counts, examine } from "./core/examine.ts";
import { explainLoss } from "./core/explain.ts";
import { groundOf } from "./core/ground.ts";
import type { Packet } from "./core/headers.ts";
import { relations, sourceClasses, surelyReaches, usualWay } from "./core/pairs.ts";
import { tracePacket } from "./core/trace.ts";
import type { Twin } from "./twin.ts";

export type ReachabilityReport = Pick<
  Proof,
  "holds" | "forbiddenPairs" | "forbiddenReachable" | "requiredPairs" | "requiredReachable" | "counterexamples"
>;

export interface IsolationOptions {
  /** How many of each kind are written out; 5 by default. */
  readonly maxCounterexamples?: number;
  /** Senders may forge their source address; by default they send with their own. */
  readonly spoofedSources?: boolean;
}

/**
 * Counts, over all ordered pairs of endpoints, those that must not reach each other and do, and those that must and
 * don't. Exact over all IPv4 packets (every protocol, port, DSCP): a forbidden pair is reachable when any packet with
 * the sender's own address gets through on any branch of any equal-cost choice, by any first hop the sender picks; a
 * required pair is reachable when every branch delivers its echo requests.
 *
 * Leaves out: IPv6, MAC filters, and packets with forged senders unless asked for.
 */
export function proveIsolation(twin: Twin, options: IsolationOptions = {}): ReachabilityReport {
  const ground = groundOf(twin);
  const rows = examine(ground, options.spoofedSources ?? false);
  const sum = (field: keyof Counts): number => rows.reduce((total, row) => total + row[field], 0);
  const counts = {
    forbiddenPairs: sum("forbiddenPairs"),
    forbiddenReachable: sum("forbiddenReachable"),
    requiredPairs: sum("requiredPairs"),
    requiredReachable: sum("requiredReachable"),
  };
  return {
    holds: counts.forbiddenReachable === 0 && counts.requiredReachable === counts.requiredPairs,
    ...counts,
    counterexamples: chooseCounterexamples(
      ground,
      rows.flatMap(({ broken }) => broken),
      options.maxCounterexamples ?? 5,
    ),
  };
}

/** The required pairs that fail, all of them, by endpoint index. */
export function brokenRequirements(twin: Twin): readonly { readonly from: number; readonly to: number }[] {
  const ground = groundOf(twin);
  const evaluator = createEvaluator(ground);
  const relation = relations(ground);
  const broken: { from: number; to: number }[] = [];
  for (const source of sourceClasses(ground))
    for (let to = 0; to < ground.endpoints.length; to++) {
      const [first = to] = source.members;
      if (first !== to && relation(first, to) === "forbidden") continue;
      const usual = usualWay(ground, evaluator, source, to);
      const whole = usual.everyBranch === "all" && usual.reached.length === 1 && usual.reached[0]?.target === to;
      if (whole) continue;
      for (const from of source.members)
        if (from !== to && relation(from, to) === "required" && !surelyReaches(usual, ground.addresses[from]!, to))
          broken.push({ from, to });
    }
  return broken;
}

export interface FlowTrace {
  /** Every branch delivers the packet to the endpoint. */
  readonly reached: boolean;
  readonly paths: readonly (readonly Hop[])[];
  readonly counterexample?: Counterexample;
}

export interface FlowOptions {
  /** IP protocol number or `icmp`, `tcp`, `udp`; ICMP echo by default. */
  readonly protocol?: number | string;
  readonly destinationPort?: number;
}

const protocolNumbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };

/** Follows one packet between two endpoints over every equal-cost branch, as the sending host would send it. */
export function traceFlow(
  twin: Twin,
  fromEndpointId: string,
  toEndpointId: string,
  options: FlowOptions = {},
): FlowTrace {
  const ground = groundOf(twin);
  const from = twin.endpoints.get(fromEndpointId)?.index;
  const to = twin.endpoints.get(toEndpointId)?.index;
  if (from === undefined || to === undefined) return { reached: false, paths: [] };
  const protocol =
    typeof options.protocol === "string" ? (protocolNumbers[options.protocol] ?? 0) : (options.protocol ?? 1);
  const packet: Packet = {
    source: Math.max(ground.addresses[from]!, 0),
    protocol,
    ...(options.destinationPort === undefined ? {} : { destinationPort: options.destinationPort }),
  };
  const paths = tracePacket(ground, from, to, packet);
  const reached = paths.length > 0 && paths.every((path) => path.delivered);
  if (reached) return { reached, paths: paths.map((path) => path.hops) };
  const source = sourceClasses(ground).find((each) => each.members.includes(from));
  return {
    reached,
    paths: paths.map((path) => path.hops),
    ...(source === undefined
      ? {}
      : { counterexample: explainLoss(ground, { kind: "unreachable", from, to, source, packet }) }),
  };
}
