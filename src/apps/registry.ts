import { askOperation } from "#agent/ask.ts";
import { accessOperations } from "#operations/access.ts";
import { changeOperations } from "#operations/changes.ts";
import { costOperations } from "#operations/costs.ts";
import { designOperations } from "#operations/designs.ts";
import { deviceOperations } from "#operations/devices.ts";
import { fabricOperations } from "#operations/fabric.ts";
import { referenceOperation } from "#operations/reference.ts";
import { Registry } from "#operations/registry.ts";
import { healthOperations } from "#operations/health.ts";
import { snapshotOperations } from "#operations/snapshots.ts";
import { tenantOperations } from "#operations/tenants.ts";
import { topologyOperations } from "#operations/topology.ts";
import { workloadOperations } from "#operations/workloads.ts";

/** Everything that Heddle can be asked to do. */
export const registry: Registry = new Registry([
  ...fabricOperations,
  ...topologyOperations,
  ...deviceOperations,
  ...healthOperations,
  ...tenantOperations,
  ...workloadOperations,
  ...costOperations,
  ...changeOperations,
  ...snapshotOperations,
  ...designOperations,
  ...accessOperations,
  askOperation(() => registry),
  referenceOperation(() => registry),
]);
