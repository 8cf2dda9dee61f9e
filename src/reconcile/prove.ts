import { deriveEndpoints } from "#design/endpoints.ts";
import { driverFor } from "#drivers/index.ts";
import type { Counterexample, Proof } from "#model/change.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { ParsedSnapshot, Snapshot } from "#model/snapshot.ts";
import type { ReachabilityPolicy } from "#model/tenant.ts";
import { inferEndpoints } from "#twin/links.ts";
import { brokenRequirements, proveIsolation } from "#twin/reachability.ts";
import { buildTwin, type Twin, withQuestion } from "#twin/twin.ts";
import { parseSource } from "./parse.ts";
import type { ConfigReader, Transition } from "./ports.ts";
import { quoteCauses } from "./quote.ts";
import { resolveTransitional, type Transitional } from "./transitional.ts";

const shown = 3;

/** Reads texts by the drivers. */
export const configReader: ConfigReader = {
  meaning: (source) => rememberedDigest(parseSource(source).config),
  diff: (before, after) => driverFor(after.nos).diff(before.files, after.files),
};

const parsed = new WeakMap<Snapshot, ParsedSnapshot>();
const twins = new WeakMap<Snapshot, Twin>();

/** A snapshot with its texts understood; once per object. */
export function parsedSnapshot(snapshot: Snapshot): ParsedSnapshot {
  const known = parsed.get(snapshot);
  if (known !== undefined) return known;
  const { fabric, tenants, policy } = snapshot;
  const devices = Object.fromEntries(
    Object.entries(snapshot.devices).map(([name, source]) => [name, parseSource(source)]),
  );
  // A fabric that Heddle designed says where every NIC belongs; on any other, the configurations do.
  const endpoints =
    fabric.plan === undefined ? inferEndpoints(devices, fabric.links) : deriveEndpoints(fabric, tenants);
  const fresh = { fabric, devices, endpoints, policy };
  parsed.set(snapshot, fresh);
  return fresh;
}

/** The twin of a snapshot; once per object, on top of another's where one is near. */
export function twinOf(snapshot: Snapshot, near?: Twin): Twin {
  const known = twins.get(snapshot);
  if (known !== undefined) return known;
  const fresh = buildTwin(parsedSnapshot(snapshot), near);
  twins.set(snapshot, fresh);
  return fresh;
}

/** Proves where a transition ends and every state between its moves, over the texts as they stand there. */
export function proveTransition({ from, to, moves }: Transition): Proof {
  const start = moves.length === 0 ? undefined : twinOf(from);
  const end = proveIsolation(twinOf(to, start), { maxCounterexamples: shown });
  const states = start === undefined ? [] : proveStates(start, from, to, moves);
  const unsafe = states.filter(({ safe }) => !safe);
  return {
    holds: end.holds && unsafe.length === 0,
    forbiddenPairs: end.forbiddenPairs,
    forbiddenReachable: end.forbiddenReachable,
    requiredPairs: end.requiredPairs,
    requiredReachable: end.requiredReachable,
    intermediate: { states: states.length, safe: states.length - unsafe.length },
    counterexamples: [
      ...quoteCauses(end.counterexamples, to.devices),
      ...unsafe.flatMap(({ examples }) => examples).slice(0, shown),
    ],
    fidelity: "computed",
  };
}

interface StateVerdict {
  readonly safe: boolean;
  readonly examples: readonly Counterexample[];
}

/** The states between two moves: the last move leads to the end, which is proved by itself. */
function proveStates(start: Twin, from: Snapshot, to: Snapshot, moves: Transition["moves"]): StateVerdict[] {
  const way = resolveTransitional(parsedSnapshot(from), parsedSnapshot(to));
  // What is wrong before anything moves can't be held against the way; asked only when some state is wrong.
  let known: Wrongs | undefined;
  const excused = () => (known ??= wrongsOf(start, way));
  let sources = from.devices;
  let { devices } = parsedSnapshot(from);
  let near = start;
  return moves.slice(0, -1).map(({ device, after }, index) => {
    sources = { ...sources, [device]: after };
    devices = { ...devices, [device]: parseSource(after) };
    near = buildTwin({ ...start.snapshot, devices, endpoints: way.endpoints, policy: way.allowed }, near);
    const verdict = judgeState(wrongsOf(near, way), excused, index + 1);
    return verdict.safe ? verdict : { safe: false, examples: quoteCauses(verdict.examples, sources) };
  });
}

interface Wrongs {
  readonly leaks: number;
  readonly broken: number;
  readonly examples: readonly Counterexample[];
}

const noWrongs: Wrongs = { leaks: 0, broken: 0, examples: [] };

function wrongsOf(twin: Twin, way: Transitional): Wrongs {
  const free = proveIsolation(under(twin, way, way.allowed), { maxCounterexamples: shown });
  // All that may be reached is reached, and nothing else: what must be reached is part of it.
  if (free.holds) return noWrongs;
  if (way.alike) {
    const broken = free.requiredPairs - free.requiredReachable;
    return { leaks: free.forbiddenReachable, broken, examples: free.counterexamples };
  }
  const bound = under(twin, way, way.required);
  const broken = brokenRequirements(bound).length;
  const lost = broken === 0 ? [] : proveIsolation(bound, { maxCounterexamples: shown }).counterexamples;
  return {
    leaks: free.forbiddenReachable,
    broken,
    examples: [
      ...free.counterexamples.filter(({ kind }) => kind === "leak"),
      ...lost.filter(({ kind }) => kind !== "leak"),
    ],
  };
}

function judgeState(found: Wrongs, excused: () => Wrongs, step: number): StateVerdict {
  if (found.leaks === 0 && found.broken === 0) return { safe: true, examples: [] };
  if (found.leaks <= excused().leaks && found.broken <= excused().broken) return { safe: true, examples: [] };
  const wrong = found.examples.filter(({ kind }) => (kind === "leak" ? found.leaks > 0 : found.broken > 0));
  return { safe: false, examples: wrong.map((example) => Object.assign({}, example, { step })) };
}

const under = (twin: Twin, { endpoints }: Transitional, policy: ReachabilityPolicy): Twin =>
  withQuestion(twin, endpoints, policy);
