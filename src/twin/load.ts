import type { Workload } from "#model/workload.ts";
import type { LoadAssumptions } from "./load-flows.ts";
import { computeLoadOn } from "./load-model.ts";
import type { LoadReport } from "./load-report.ts";
import { pathsBetween } from "./paths.ts";
import type { Twin } from "./twin.ts";

export type { JobLoad, LoadReport } from "./load-report.ts";

/** Traffic of the workloads on the network as the twin forwards it: link loads, and the time that jobs wait. */
export const computeLoad = (
  twin: Twin,
  workloads: readonly Workload[],
  assumptions: Partial<LoadAssumptions> = {},
): LoadReport =>
  computeLoadOn(
    {
      fabric: twin.snapshot.fabric,
      endpoints: twin.snapshot.endpoints,
      paths: (from, to) => pathsBetween(twin, from, to),
    },
    workloads,
    assumptions,
  );
