import { evaluateChange } from "#decide/evaluate.ts";
import type { PriceBook } from "#economics/price-book.ts";
import type { Price, TwinCheck, TwinEvidence } from "#model/change.ts";
import { linkId } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { checkFabric } from "#twin/checks.ts";
import { sweepFailures } from "#twin/failures.ts";
import { computeLoad, type LoadReport } from "#twin/load.ts";
import { routesOf } from "#twin/routes.ts";
import type { Twin } from "#twin/twin.ts";

export interface Weighed {
  readonly twin: TwinEvidence;
  readonly price: Price;
  readonly findings: readonly Finding[];
}

/** What the twin and the price book say about a world against the one before. */
export function weigh(
  before: { readonly world: Snapshot; readonly twin: Twin },
  after: { readonly world: Snapshot; readonly twin: Twin },
  touched: ReadonlySet<string>,
  book: PriceBook,
  mostFailures: number,
): Weighed {
  const { checks, findings } = checkFabric(after.twin);
  const side = ({ world, twin }: typeof before) => ({
    fabric: world.fabric,
    tenants: world.tenants,
    workloads: world.workloads,
    twin,
    load: loadOf(world, twin),
  });
  const { price, linkLoad } = evaluateChange({ before: side(before), after: side(after), book });
  const { sessions } = after.twin;
  const near = elementsNear(after.world, touched);
  const failures = sweepFailures(after.twin, near, mostFailures);
  return {
    twin: {
      checks: [...checks, ...sweepCheck(near.length, failures.swept), ...notCovered],
      sessions: {
        expected: sessions.length,
        established: sessions.filter(({ state }) => state === "established").length,
      },
      routes: { total: routesOf(after.twin, {}).length },
      failures,
      linkLoad,
    },
    price,
    findings,
  };
}

const loads = new WeakMap<Snapshot, LoadReport>();

/** The load of a world; once per object, as the same world is the base of many plans. */
function loadOf(world: Snapshot, twin: Twin): LoadReport {
  const known = loads.get(world);
  if (known !== undefined) return known;
  const load = computeLoad(twin, world.workloads);
  loads.set(world, load);
  return load;
}

/** What no part of this plan looked at, said so that nobody takes its silence for a pass. */
const notCovered: readonly TwinCheck[] = [
  {
    name: "emulation",
    result: "not covered",
    fidelity: "not covered",
    detail: "No vendor's control plane ran: routes, forwarding and lists were computed from the configurations' text.",
  },
];

/**
 * Where a single failure could matter anew, the widest first: spines beside a touched device, then the other spines,
 * then the links between switches that end on a touched device, device by device in turn.
 */
function elementsNear({ fabric }: Snapshot, touched: ReadonlySet<string>): string[] {
  if (touched.size === 0) return [];
  const isSwitch = (node: string) => Object.hasOwn(fabric.switches, node);
  const links = fabric.links.filter(
    ({ a, b }) => isSwitch(a.node) && isSwitch(b.node) && (touched.has(a.node) || touched.has(b.node)),
  );
  const beside = new Set(links.flatMap(({ a, b }) => [a.node, b.node]));
  const spines = Object.values(fabric.switches).filter(({ role }) => role === "spine" || role === "superSpine");
  const byDevice = Map.groupBy(links, ({ a, b }) => (touched.has(a.node) ? a.node : b.node));
  return [
    ...spines.filter(({ name }) => beside.has(name)).map(({ name }) => name),
    ...spines.filter(({ name }) => !beside.has(name)).map(({ name }) => name),
    ...inTurn([...byDevice.values()]).map(linkId),
  ];
}

function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}

/** Where a failure takes a network computed anew, a plan sweeps a few and says how many it left. */
function sweepCheck(near: number, swept: number): TwinCheck[] {
  if (near === swept) return [];
  return [
    {
      name: "single failures near the change",
      result: "not covered",
      fidelity: "not covered",
      detail: `${swept} of ${near} spines and links near the change were swept, the widest first. Ask for more to be swept.`,
    },
  ];
}
