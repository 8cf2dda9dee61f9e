import { readFileSync } from "node:fs";
import { deriveTenants } from "#design/allocate.ts";
import { deriveConfigs } from "#design/configs.ts";
import { parseDesign } from "#design/design.ts";
import { derivePolicy } from "#design/endpoints.ts";
import { buildFabric } from "#design/fabric.ts";
import { driverFor } from "#drivers/index.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { assert } from "#model/failure.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";

export const render = (config: DeviceConfig): DeviceSource => ({
  nos: config.nos,
  files: driverFor(config.nos).render(config).files,
});

/** The example factory of 128 GPUs as its devices would run it. */
export function exampleWorld(): Snapshot {
  const text = readFileSync(new URL("../../examples/ai-factory-128/fabric.yaml", import.meta.url), "utf8");
  const { design } = parseDesign({ path: "fabric.yaml", text });
  assert(design !== undefined, "the example is a design");
  const { fabric } = buildFabric(design);
  const { tenants } = deriveTenants(design, fabric);
  const devices = Object.fromEntries(
    Object.entries(deriveConfigs(fabric, tenants)).map(([device, config]) => [device, render(config)]),
  );
  return { fabric, devices, tenants, workloads: design.workloads, policy: derivePolicy(tenants) };
}
