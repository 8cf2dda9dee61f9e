import { ownerKey } from "#model/tenant.ts";
import type { Registry } from "./bgp-model.ts";
import { createEvaluator, type Evaluator } from "./evaluate.ts";
import type { Ground } from "./ground.ts";
import { packetFrom } from "./headers.ts";
import {
  anyWay,
  type BrokenPair,
  mayReach,
  type Relation,
  relations,
  type SourceClass,
  sourceClasses,
  surelyReaches,
  usualWay,
} from "./pairs.ts";
import { sameFilter, type Unchanged, unchangedSince } from "./unchanged.ts";

export interface Counts {
  readonly forbiddenPairs: number;
  readonly forbiddenReachable: number;
  readonly requiredPairs: number;
  readonly requiredReachable: number;
}

/** What one class of senders may do, counted over its members and all destinations. */
export interface Row extends Counts {
  /** A few of the pairs that don't do what they must, of each kind and for each owner on the other side. */
  readonly broken: readonly BrokenPair[];
}

interface Examined {
  readonly ground: Ground;
  readonly spoofed: boolean;
  readonly rows: ReadonlyMap<string, { readonly source: SourceClass; readonly row: Row }>;
}

/** The last examination of a chain of twins: the next one is mostly the same. */
const latest = new WeakMap<Registry, Examined>();

/**
 * Examines all ordered pairs, a class of senders at a time. Rows of the network examined before stand where nothing on
 * any way that the class's packets could take has changed.
 */
export function examine(ground: Ground, spoofed: boolean): Row[] {
  const { registry } = ground.twin;
  const known = latest.get(registry);
  const before =
    known !== undefined && known.spoofed === spoofed && sameQuestion(known.ground, ground) ? known : undefined;
  const since = before && unchangedSince(before.ground, ground);
  const evaluator = createEvaluator(ground);
  const relation = relations(ground);
  const rows = new Map(
    sourceClasses(ground).map((source) => {
      const was = before?.rows.get(source.key);
      const stands =
        before !== undefined &&
        since !== undefined &&
        was !== undefined &&
        rowStands(before.ground, ground, since, was.source, source);
      return [source.key, { source, row: stands ? was.row : rowOf(ground, evaluator, relation, source, spoofed) }];
    }),
  );
  latest.set(registry, { ground, spoofed, rows });
  return Array.from(rows.values(), ({ row }) => row);
}

/** The same endpoints and owners, under the same policy, on the same devices. */
function sameQuestion(before: Ground, now: Ground): boolean {
  const [was, is] = [before.twin.snapshot, now.twin.snapshot];
  return (
    was.endpoints === is.endpoints &&
    was.policy === is.policy &&
    was.fabric.hosts === is.fabric.hosts &&
    before.deviceNames.length === now.deviceNames.length &&
    before.deviceNames.every((name, index) => name === now.deviceNames[index])
  );
}

function rowStands(before: Ground, now: Ground, since: Unchanged, was: SourceClass, is: SourceClass): boolean {
  return (
    was.members.length === is.members.length &&
    was.members.every((each, index) => each === is.members[index]) &&
    (is.nodes.length === 0 || since.bridging) &&
    [...is.usual, ...is.possible].every(
      (entry) =>
        since.routed(entry.device, entry.instance) && sameFilter(before, now, entry.device, entry.config.aclIn),
    ) &&
    is.portFilters.every(({ device, acl }) => sameFilter(before, now, device, acl))
  );
}

const keptOfOwner = 3;

function rowOf(
  ground: Ground,
  evaluator: Evaluator,
  relation: (from: number, to: number) => Relation,
  source: SourceClass,
  spoofed: boolean,
): Row {
  const count = { forbiddenPairs: 0, forbiddenReachable: 0, requiredPairs: 0, requiredReachable: 0 };
  const broken: BrokenPair[] = [];
  const kept = new Map<string, number>();
  const record = (pair: BrokenPair): void => {
    const key = `${pair.kind} ${ownerKey(ground.endpoints[pair.to]!.owner)}`;
    const number = kept.get(key) ?? 0;
    kept.set(key, number + 1);
    if (number < keptOfOwner) broken.push(pair);
  };
  const [first] = source.members;
  for (let to = 0; to < ground.endpoints.length; to++) {
    let forbidden: ReturnType<typeof anyWay> | undefined;
    let usual: ReturnType<typeof usualWay> | undefined;
    // Members have one owner: what is forbidden to one is forbidden to all.
    if (first !== undefined && first !== to && relation(first, to) === "forbidden") {
      forbidden = anyWay(ground, evaluator, source, to);
      if (forbidden === "none") {
        count.forbiddenPairs += source.members.length;
        continue;
      }
    }
    for (const from of source.members) {
      if (from === to) continue;
      const wanted = relation(from, to);
      if (wanted === "neutral") continue;
      const sender = ground.addresses[from]!;
      if (wanted === "forbidden") {
        count.forbiddenPairs++;
        forbidden ??= anyWay(ground, evaluator, source, to);
        if (forbidden === "none") continue;
        if (!mayReach(forbidden, spoofed || sender < 0 ? undefined : sender)) continue;
        count.forbiddenReachable++;
        record({
          kind: "leak",
          from,
          to,
          source,
          packet: packetFrom(forbidden, spoofed || sender < 0 ? undefined : sender)!,
        });
      } else {
        count.requiredPairs++;
        usual ??= usualWay(ground, evaluator, source, to);
        if (surelyReaches(usual, sender, to)) count.requiredReachable++;
        else record({ kind: "unreachable", from, to, source, packet: { source: sender, protocol: 1 } });
      }
    }
  }
  return { ...count, broken };
}
