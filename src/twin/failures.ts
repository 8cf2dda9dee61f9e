import type { TwinEvidence } from "#model/change.ts";
import { linkId } from "#model/fabric.ts";
import { ownerKey } from "#model/tenant.ts";
import { surelySurvives } from "./core/survive.ts";
import { brokenRequirements } from "./reachability.ts";
import { buildTwin, type Twin } from "./twin.ts";

export type FailureSweep = TwinEvidence["failures"];

/**
 * Takes away each element in turn (every link and every switch, or those named: link ids and switch names), computes
 * the network anew, and says which required pairs break. An element is harmless when every pair that held still does.
 *
 * A leaf's failure cuts off the hosts that hang on it alone: that counts as harm, and is told apart from what breaks
 * between hosts that are still connected. Past `mostComputed` full computations only those failures are swept that
 * need none.
 */
export function sweepFailures(
  twin: Twin,
  elements: readonly string[] = allElements(twin),
  mostComputed: number = Number.POSITIVE_INFINITY,
): FailureSweep {
  let before: ReadonlySet<string> | undefined;
  const harmful: { element: string; effect: string }[] = [];
  let swept = 0;
  let computed = 0;
  for (const element of elements) {
    // Most failures leave every table some of its next hops: that is seen without computing the network anew.
    if (surelySurvives(twin, element)) {
      swept++;
      continue;
    }
    if (computed >= mostComputed) continue;
    computed++;
    before ??= pairSet(twin);
    const failed = without(twin, element);
    if (failed === undefined) continue;
    swept++;
    const broken = brokenRequirements(failed).filter(({ from, to }) => !before?.has(`${from} ${to}`));
    if (broken.length > 0) harmful.push({ element, effect: describe(failed, broken) });
  }
  return { swept, harmless: swept - harmful.length, harmful };
}

const pairSet = (twin: Twin): ReadonlySet<string> =>
  new Set(brokenRequirements(twin).map(({ from, to }) => `${from} ${to}`));

/** Every link of the plan, then every configured switch. */
export const allElements = (twin: Twin): string[] => [
  ...new Set(twin.snapshot.fabric.links.map(linkId)),
  ...Object.keys(twin.snapshot.devices),
];

/** The network without one link or one switch; undefined when there is no such element. */
export function without(twin: Twin, element: string): Twin | undefined {
  const { snapshot } = twin;
  const isSwitch = Object.hasOwn(snapshot.devices, element);
  if (!isSwitch && !snapshot.fabric.links.some((link) => linkId(link) === element)) return undefined;
  const links = snapshot.fabric.links.map((link) => {
    const hit = isSwitch ? link.a.node === element || link.b.node === element : linkId(link) === element;
    return hit ? { ...link, down: true } : link;
  });
  const { [element]: _gone, ...rest } = snapshot.devices;
  const devices = isSwitch ? rest : snapshot.devices;
  return buildTwin({ ...snapshot, devices, fabric: { ...snapshot.fabric, links } }, twin);
}

function describe(twin: Twin, broken: readonly { readonly from: number; readonly to: number }[]): string {
  const { endpoints } = twin.snapshot;
  const cut = new Set<number>();
  for (const { from, to } of broken)
    for (const index of [from, to]) {
      const attachments = twin.topology.attachments.get(endpoints[index]!.id) ?? [];
      if (!attachments.some((each) => each.up)) cut.add(index);
    }
  const between = broken.filter(({ from, to }) => !cut.has(from) && !cut.has(to));
  const owners = [...new Set(broken.map(({ from }) => ownerKey(endpoints[from]!.owner)))].sort();
  const parts: string[] = [];
  if (cut.size > 0) {
    const names = [...cut].slice(0, 3).map((index) => endpoints[index]!.id);
    parts.push(
      `cuts off ${cut.size} endpoint${cut.size === 1 ? "" : "s"} (${names.join(", ")}${cut.size > 3 ? ", ..." : ""})`,
    );
  }
  if (between.length > 0) {
    const { from, to } = between[0]!;
    parts.push(
      `breaks ${between.length} pairs between connected endpoints (${endpoints[from]!.id} to ${endpoints[to]!.id}${between.length > 1 ? ", ..." : ""})`,
    );
  }
  return `${parts.join("; ")}; ${broken.length} required pairs of ${owners.join(", ")}`;
}
