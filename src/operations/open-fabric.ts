import { allocateTenant } from "#design/allocate.ts";
import { deriveConfigs } from "#design/configs.ts";
import { type ContainerlabImport, parseContainerlab } from "#design/containerlab.ts";
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

type Read = (path: string) => readonly SourceFile[] | Promise<readonly SourceFile[]>;

/**
 * Makes the first snapshot from what a user points at: our own `fabric.yaml`, a DSX Air topology, a containerlab
 * topology with its configurations, or a folder of device configurations. A containerlab topology that is named by
 * itself brings the configurations that it names, as far as they stand in its folder.
 *
 * @throws {Failure} not_found; invalid_input, with findings that name file and line; unsupported, when no node of a
 *   topology runs a system that has a driver
 */
export async function openFabricAt(path: string, read: Read): Promise<OpenedFabric> {
  const files = await read(path);
  const [only] = files;
  const alone = files.length === 1 && only !== undefined && isContainerlab(only) && !isFolderOf(path, only);
  const opened = await openFabric(alone ? [only, ...(await besideTopology(path, only, read))] : files);
  if (opened.kind !== "configurations") return opened;
  const { snapshot } = opened;
  return { ...opened, snapshot: { ...snapshot, fabric: { ...snapshot.fabric, name: nameOfFolder(path) } } };
}

/** Configurations say no name for all of them together: the folder does. */
function nameOfFolder(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== "" && part !== "." && part !== "..");
  const told = parts.toReversed().find((part) => !/^(configs?|intended|backup|snapshot)$/i.test(part));
  return (told ?? "fabric").replace(/\.[a-z]{2,5}$/i, "").slice(0, 60);
}

/** A folder may hold one file too. */
const isFolderOf = (path: string, file: SourceFile): boolean =>
  !path.replaceAll("\\", "/").endsWith(file.path.split("/").pop() ?? "");

async function besideTopology(path: string, topology: SourceFile, read: Read): Promise<readonly SourceFile[]> {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  const folder = path.slice(0, slash + 1);
  const found = new Map<string, SourceFile>();
  for (const { path: named, text } of parseContainerlab(topology).startupConfigs) {
    const relative = insideFolder(named);
    if (text !== undefined || relative === undefined) continue;
    // A SONiC device keeps more than one file, and they stand together.
    const inner = relative.slice(0, relative.lastIndexOf("/") + 1);
    const together = inner !== "" && /^config_db\.json$/i.test(relative.slice(inner.length));
    for (const file of await readIfThere(read, folder + (together ? inner.slice(0, -1) : relative))) {
      const base = file.path.split("/").pop() ?? file.path;
      const shown = together ? inner + file.path : inner + base;
      found.set(shown, { path: shown, text: file.text });
    }
  }
  return [...found.values()];
}

/** A path of a topology file may not lead out of the topology's folder. */
const insideFolder = (path: string): string | undefined => {
  const relative = path.replace(/^(\.\/)+/, "");
  return relative === "" || /^[/\\~]|^[a-z]:|(^|[/\\])\.\.([/\\]|$)/i.test(relative) ? undefined : relative;
};

async function readIfThere(read: Read, path: string): Promise<readonly SourceFile[]> {
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof Failure && error.kind === "not_found") return [];
    throw error;
  }
}

const isContainerlab = (file: SourceFile): boolean =>
  /\.clab\.ya?ml$/i.test(file.path) || (isYaml(file) && /^topology:/m.test(file.text) && /^\s+nodes:/m.test(file.text));

/** @throws {Failure} as `openFabricAt` */
export async function openFabric(files: readonly SourceFile[]): Promise<OpenedFabric> {
  const labs = files.filter((file) => isContainerlab(file));
  const lab = labs.find((file) => /\.clab\.ya?ml$/i.test(file.path)) ?? labs[0];
  if (lab !== undefined) return openContainerlab(lab, files);
  const [only] = files;
  const design =
    files.find((file) => /(^|\/)fabric\.ya?ml$/i.test(file.path)) ??
    (files.length === 1 && only !== undefined && isYaml(only) ? only : undefined);
  if (design !== undefined && !/^\s*-\s+(header|set):/m.test(design.text.slice(0, 4096))) return openDesign(design);
  // A JSON by itself is a topology, unless a driver knows it as a device's own (`config_db.json`).
  if (files.length === 1 && only !== undefined && /\.json$/i.test(only.path)) {
    const isDevice = Object.keys(groupDevices([only], drivers).devices).length > 0;
    if (!isDevice) return openDsxAir(only);
  }
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
  return planned("dsx-air", file, fabric, findings);
}

/** A topology without configurations gets Heddle's own: numbers, and a text for every switch that has a driver. */
function planned(
  kind: OpenedFabric["kind"],
  file: SourceFile,
  topology: Fabric,
  findings: readonly Finding[],
): OpenedFabric {
  const { fabric, findings: leftOut } = onlyDriven(topology, file);
  const plan = planImported(fabric);
  return {
    kind,
    findings: [...findings, ...leftOut, ...plan.findings],
    snapshot: renderSnapshot(plan.fabric, [], []),
  };
}

const driven = new Set<string>(drivers.map((one) => one.nos));

/**
 * The part of a fabric that Heddle can speak to.
 *
 * @throws {Failure} unsupported, when that is nothing; invalid_input, when there is no switch at all
 */
function onlyDriven(fabric: Fabric, file: SourceFile): { readonly fabric: Fabric; readonly findings: Finding[] } {
  const switches = Object.values(fabric.switches);
  const kept = switches.filter((one) => driven.has(one.nos));
  if (switches.length === 0)
    throw new Failure("invalid_input", `${file.path} holds no switch: every node of it was taken as a host.`);
  const findings = switches
    .filter((one) => !driven.has(one.nos))
    .map((one): Finding => ({
      code: "fabric.no-driver",
      severity: "warning",
      message: `${one.name} runs ${one.nos}, for which there is no driver (unsupported): it and its cables are left out.`,
      where: { kind: "file", file: file.path, line: lineNaming(file, one.name) },
    }));
  if (kept.length === 0)
    throw new Failure("unsupported", `No switch of ${file.path} runs a system that has a driver: ${titles}.`, {
      findings,
    });
  return { fabric: without(fabric, new Set(kept.map((one) => one.name))), findings };
}

/** The first line on which a node is a key, in YAML or JSON. */
function lineNaming(file: SourceFile, name: string): number {
  const keys = [`${name}:`, `"${name}":`, `"${name}" :`];
  const index = file.text.split("\n").findIndex((line) => keys.some((key) => line.trimStart().startsWith(key)));
  return Math.max(0, index) + 1;
}

const titles = drivers.map((one) => one.title).join(", ");

/** The fabric with these switches only, and the cables that still have both ends. */
function without(fabric: Fabric, kept: ReadonlySet<string>): Fabric {
  const gone = new Set(Object.keys(fabric.switches).filter((name) => !kept.has(name)));
  if (gone.size === 0) return fabric;
  return {
    ...fabric,
    switches: Object.fromEntries(Object.entries(fabric.switches).filter(([name]) => kept.has(name))),
    links: fabric.links.filter(({ a, b }) => !gone.has(a.node) && !gone.has(b.node)),
  };
}

async function openContainerlab(file: SourceFile, files: readonly SourceFile[]): Promise<OpenedFabric> {
  const { fabric, startupConfigs, findings } = parseContainerlab(file);
  if (fabric === undefined) throw refused(file, findings);
  const { fabric: known, findings: leftOut } = onlyDriven(fabric, file);
  const found = startupConfigs.flatMap((startup): [string, DeviceSource][] => {
    const device = Object.hasOwn(known.switches, startup.node) ? known.switches[startup.node] : undefined;
    const own = device === undefined ? [] : filesOf(startup, file, files);
    return device === undefined || own.length === 0 ? [] : [[startup.node, { nos: device.nos, files: own }]];
  });
  // Names come from the file: one of them may be a word of the language.
  const devices = Object.fromEntries(found);
  if (Object.keys(devices).length === 0) {
    // Configurations that the topology doesn't name are still the devices': the topology is their cabling plan.
    const others = files.filter((one) => one !== file);
    if (Object.keys(groupDevices(others, drivers).devices).length > 0) return openConfigurations(files);
    return planned("containerlab", file, fabric, findings);
  }
  const missing = Object.keys(known.switches).filter((name) => !Object.hasOwn(devices, name));
  return {
    kind: "containerlab",
    findings: [...findings, ...leftOut, ...missing.map((name) => withoutConfig(name, startupConfigs, file))],
    snapshot: {
      fabric: without(known, new Set(Object.keys(devices))),
      devices,
      tenants: [],
      workloads: [],
      policy: { allow: [] },
    },
  };
}

/** A node's start-up configuration; what stands beside a `config_db.json` is of the same device. */
function filesOf(
  startup: ContainerlabImport["startupConfigs"][number],
  topology: SourceFile,
  files: readonly SourceFile[],
): readonly SourceFile[] {
  if (startup.text !== undefined) return [{ path: startup.path, text: startup.text }];
  const folder = topology.path.slice(0, topology.path.lastIndexOf("/") + 1);
  const wanted = folder + startup.path.replace(/^(\.\/)+/, "");
  const config = files.find((one) => one.path === wanted);
  if (config === undefined) return [];
  const own = wanted.slice(0, wanted.lastIndexOf("/") + 1);
  const others = wanted.endsWith("/config_db.json")
    ? files.filter((one) => one !== config && one.path.startsWith(own) && /\/[^/]*\.conf$/.test(one.path))
    : [];
  return [config, ...others];
}

function withoutConfig(name: string, startups: ContainerlabImport["startupConfigs"], file: SourceFile): Finding {
  const startup = startups.find((one) => one.node === name);
  return {
    code: "containerlab.no-config",
    severity: "warning",
    message:
      startup === undefined
        ? `${name} has no startup-config in the topology: it and its cables are left out.`
        : `${name} starts with ${startup.path}, which is not in the topology's folder: it and its cables are left out.`,
    where: { kind: "file", file: file.path, line: lineNaming(file, name) },
    remedy: "Give every node its startup-config, or none: then Heddle plans them.",
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
