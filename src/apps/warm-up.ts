import type { Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { PriceBook } from "#economics/price-book.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { planChange } from "#reconcile/plan.ts";

/** Above this many switches the rehearsal would hold up the first requests for seconds. */
const mostSwitches = 40;

/**
 * Plans a tenant that nobody asked for and forgets it, so that the first real plan is as quick as the later ones: what
 * runs for the first time in a process takes three times as long. Touches no device and writes nothing.
 */
export function rehearse(world: Snapshot, priceBook: PriceBook): void {
  const { fabric, tenants } = world;
  if (fabric.plan === undefined || Object.keys(fabric.switches).length > mostSwitches) return;
  const held = new Set(tenants.flatMap((one) => one.hosts));
  const free = Object.values(fabric.hosts).find((one) => one.role === "gpu" && !held.has(one.name));
  if (free === undefined || tenants.some((one) => one.name === "rehearsal")) return;
  const requester: Principal = { kind: "operator", name: "rehearsal" };
  try {
    planChange({
      world,
      intent: { kind: "tenant.create", name: "rehearsal", hosts: [free.name], guaranteedBps: 1e9 },
      requester,
      id: "rehearsal",
      priceBook,
    });
  } catch (error) {
    // A world in which no tenant can be planned says so to whoever asks; the rehearsal itself matters to nobody.
    if (!(error instanceof Failure)) throw error;
  }
}
