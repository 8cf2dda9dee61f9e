import { readFileSync } from "node:fs";
import { defaultPriceBook } from "#economics/price-book.ts";
import type { Intent, Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { AuditRow, ChangeRecord, Changes, Context } from "#operations/context.ts";
import { costOperations } from "#operations/costs.ts";
import { accessOperations } from "#operations/access.ts";
import { changeOperations } from "#operations/changes.ts";
import { deviceOperations } from "#operations/devices.ts";
import { fabricOperations } from "#operations/fabric.ts";
import { healthOperations } from "#operations/health.ts";
import { LiveFactory } from "#operations/live-factory.ts";
import { openFabric } from "#operations/open-fabric.ts";
import { Registry } from "#operations/registry.ts";
import { tenantOperations } from "#operations/tenants.ts";
import { topologyOperations } from "#operations/topology.ts";
import { workloadOperations } from "#operations/workloads.ts";
import { planChange } from "#reconcile/plan.ts";
import { askOperation } from "./ask.ts";

/** When all of it happens: a Friday. */
export const now = Date.UTC(2026, 10, 20, 12);

/** Every operation over the network, as the server has them. */
export const registry: Registry = new Registry([
  ...fabricOperations,
  ...topologyOperations,
  ...deviceOperations,
  ...healthOperations,
  ...tenantOperations,
  ...workloadOperations,
  ...costOperations,
  ...changeOperations,
  ...accessOperations,
  askOperation(() => registry),
]);

/** The example factory in this process: real twin, planner and prices; changes are kept in memory and never applied. */
export async function exampleFactory(): Promise<{
  readonly contextFor: (principal: Principal) => Context;
  readonly audited: readonly AuditRow[];
  readonly records: readonly ChangeRecord[];
}> {
  const path = new URL("../../examples/ai-factory-128/fabric.yaml", import.meta.url);
  const { snapshot } = await openFabric([{ path: "fabric.yaml", text: readFileSync(path, "utf8") }]);
  const { fabric } = snapshot;
  const factory = new LiveFactory(snapshot, now, {
    book: defaultPriceBook,
    rates: () => [],
    drift: async () => [],
    neighbors: async () => ({
      seen: fabric.links
        .flatMap(({ a, b }) => [
          { device: a.node, port: a.port, neighbor: b.node, neighborPort: b.port },
          { device: b.node, port: b.port, neighbor: a.node, neighborPort: a.port },
        ])
        .filter((one) => Object.hasOwn(fabric.switches, one.device)),
      unreachable: [],
    }),
  });
  const records: ChangeRecord[] = [];
  const audited: AuditRow[] = [];
  const nobody = (): never => {
    throw new Failure("forbidden", "Nothing is approved, applied or undone in this world.");
  };
  const changes: Changes = {
    propose: async (intent: Intent, requester) => {
      const change = planChange({
        world: snapshot,
        intent,
        requester,
        id: `chg-${records.length + 1}`,
        priceBook: defaultPriceBook,
      });
      const record: ChangeRecord = { change, state: "planned", createdAt: now, updatedAt: now };
      records.unshift(record);
      return record;
    },
    list: async (scope) =>
      records.filter(
        ({ change }) => scope.kind === "all" || ("name" in change.intent && change.intent.name === scope.tenant),
      ),
    get: async (id) => {
      const found = records.find((one) => one.change.id === id);
      if (found === undefined) throw new Failure("not_found", `There is no change ${id}.`);
      return found;
    },
    journal: async () => [],
    approve: nobody,
    apply: nobody,
    rollback: nobody,
    auditRows: async () => [],
    verifyChains: async () => ({ journal: true, audit: true, rows: 0 }),
  };
  const contextFor = (principal: Principal): Context => ({
    principal,
    scope: principal.tenant === undefined ? { kind: "all" } : { kind: "tenant", tenant: principal.tenant },
    factory,
    changes,
    access: { create: nobody, list: async () => [], revoke: nobody },
    files: { read: nobody, write: nobody },
    now: () => now,
    progress: () => {},
    audit: async (row) => void audited.push(row),
  });
  return { contextFor, audited, records };
}
