import { allocateTenant } from "#design/allocate.ts";
import { deriveConfigs } from "#design/configs.ts";
import { parseContainerlab } from "#design/containerlab.ts";
import { parseDesign } from "#design/design.ts";
import { parseDsxAir } from "#design/dsx-air.ts";
import { derivePolicy } from "#design/endpoints.ts";
import { buildFabric } from "#design/fabric.ts";
import { planImported } from "#design/plan-imported.ts";
import { driverFor, drivers } from "#drivers/index.ts";
import { groupDevices } from "#drivers/snapshot-files.ts";
import type { Fabric } from "#model/fabric.ts";
import { Failure } from "#model/failure.ts";
import type { Finding } from "#model/finding.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import { readSnapshot } from "./snapshots-read.ts";

/** A fabric to run Heddle on, whatever it came as. */
export interface OpenedFabric {
  readonly snapshot: Snapshot;
  readonly kind: "design" | "dsx-air" | "containerlab" | "configurations";
  readonly findings: readonly Finding[];
}

/**
 * Makes the first snapshot from what a user points at: our own `fabric.yaml`, a DSX Air topology, a containerlab
 * topology with its configurations, or a folder of device configurations.
 *
 * @throws {Failure} invalid_input, with findings that name file and line
 */
export async function openFabric(files: readonly SourceFile[]): Promise<OpenedFabric> {
  const lab =
    files.find((file) => /\.clab\.ya?ml$/i.test(file.path)) ??
    files.find((file) => isYaml(file) && /^topology:/m.test(file.text) && /^[ \t]+nodes:/m.test(file.text));
  if (lab !== undefined) return openContainerlab(lab, files);
  const [only] = files;
  const design =
    files.find((file) => /(^|\/)fabric\.ya?ml$/i.test(file.path)) ??
    (files.length === 1 && only !== undefined && isYaml(only) ? only : undefined);
  if (design !== undefined && !/^[ \t]*-[ \t]+(header|set):/m.test(design.text.slice(0, 4096)))
    return openDesign(design);
  const air =
    files.length === 1 &&
    only !== undefined &&
    /\.json$/i.test(only.path) &&
    /"nodes"/.test(only.text.slice(0, 1_000_000))
      ? only
      : undefined;
  if (air !== undefined) return openDsxAir(air);
  return openConfigurations(files);
}

const isYaml = (file: SourceFile): boolean => /\.ya?ml$/i.test(file.path);

function openDesign(file: SourceFile): OpenedFabric {
  const { design, findings } = parseDesign(file);
  if (design === undefined) throw refused(file, findings);
  const built = buildFabric(design);
  const errors = built.findings.filter((one) => one.severity === "error");
  if (errors.length > 0) throw refused(file, errors);
  const tenants: Tenant[] = [];
  for (const request of design.tenants) tenants.push(allocateTenant({ fabric: built.fabric, tenants }, request));
  return {
    kind: "design",
    findings: [...findings, ...built.findings],
    snapshot: renderSnapshot(built.fabric, tenants, design.workloads),
  };
}

function openDsxAir(file: SourceFile): OpenedFabric {
  const { fabric, findings } = parseDsxAir(file);
  if (fabric === undefined) throw refused(file, findings);
  const planned = planImported(fabric);
  return {
    kind: "dsx-air",
    findings: [...findings, ...planned.findings],
    snapshot: renderSnapshot(planned.fabric, [], []),
  };
}

async function openContainerlab(file: SourceFile, files: readonly SourceFile[]): Promise<OpenedFabric> {
  const { fabric, startupConfigs, findings } = parseContainerlab(file);
  if (fabric === undefined) throw refused(file, findings);
  const folder = file.path.includes("/") ? file.path.slice(0, file.path.lastIndexOf("/") + 1) : "";
  const devices: Record<string, DeviceSource> = {};
  const more: Finding[] = [];
  for (const { node, path } of startupConfigs) {
    const wanted = folder + path.replace(/^\.\//, "");
    const config = files.find((one) => one.path === wanted);
    if (config === undefined) {
      more.push({
        code: "containerlab.no-config",
        severity: "warning",
        message: `${node} starts with ${path}, which is not in the folder.`,
        where: { kind: "file", file: file.path, line: 1 },
        remedy: "Point Heddle at the folder that holds it.",
      });
      continue;
    }
    const { devices: known, findings: unknown } = groupDevices([config], drivers);
    const source = Object.values(known)[0];
    if (source === undefined) more.push(...unknown);
    else devices[node] = source;
  }
  // Without configurations of its own the topology is planned like any imported one.
  if (Object.keys(devices).length === 0) {
    const planned = planImported(fabric);
    return {
      kind: "containerlab",
      findings: [...findings, ...more, ...planned.findings],
      snapshot: renderSnapshot(planned.fabric, [], []),
    };
  }
  return {
    kind: "containerlab",
    findings: [...findings, ...more],
    snapshot: { fabric, devices, tenants: [], workloads: [], policy: { allow: [] } },
  };
}

async function openConfigurations(files: readonly SourceFile[]): Promise<OpenedFabric> {
  const { parsed, sources: devices, findings } = await readSnapshot(files);
  return {
    kind: "configurations",
    findings,
    snapshot: { fabric: parsed.fabric, devices, tenants: [], workloads: [], policy: parsed.policy },
  };
}

/** Configurations for a whole fabric, as text in each vendor's syntax. */
function renderSnapshot(fabric: Fabric, tenants: readonly Tenant[], workloads: readonly Workload[]): Snapshot {
  const devices: Record<string, DeviceSource> = {};
  for (const [name, config] of Object.entries(deriveConfigs(fabric, tenants))) {
    const { files } = driverFor(config.nos).render(config);
    devices[name] = {
      nos: config.nos,
      files: files.map((one) => ({ path: `${name}/${one.path.split("/").pop() ?? one.path}`, text: one.text })),
    };
  }
  return { fabric, devices, tenants, workloads, policy: derivePolicy(tenants) };
}

const refused = (file: SourceFile, findings: readonly Finding[]): Failure => {
  const first = findings.find((one) => one.severity === "error") ?? findings[0];
  return new Failure("invalid_input", `${file.path} can't be used: ${first?.message ?? "it holds no fabric"}`, {
    findings,
  });
};
