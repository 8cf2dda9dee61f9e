import { z } from "zod";
import { Failure } from "#model/failure.ts";
import { formatFinding, type Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

const FindingView = z.looseObject({ code: z.string(), severity: z.string(), message: z.string() });
// Findings were made by Heddle's own code and passed through the schema unchanged.
const printFindings = (findings: readonly unknown[]): string[] => findings.map((one) => formatFinding(one as Finding));
const Path = z
  .string()
  .describe("A fabric.yaml, a DSX Air topology (JSON), a containerlab topology, or a folder of configurations");

/** @throws {Failure} not_found, invalid_input */
async function open(path: string, files: { read(path: string): Promise<readonly SourceFile[]> }) {
  const { openFabricAt } = await import("./open-fabric.ts");
  return openFabricAt(path, (one) => files.read(one));
}

export const checkDesign = defineOperation({
  name: "design.check",
  area: "designs",
  summary:
    "Build a design and say whether it can be: port math, oversubscription, optics, cables, addresses; with figures.",
  effect: "read",
  local: true,
  input: z.strictObject({ path: Path }),
  output: z.object({
    name: z.string(),
    kind: z.string(),
    switches: z.number(),
    hosts: z.number(),
    gpus: z.number(),
    links: z.number(),
    tenants: z.number(),
    findings: z.array(FindingView),
  }),
  failures: ["not_found"],
  positional: ["path"],
  run: async ({ path }, { files }) => {
    const { snapshot, kind, findings } = await open(path, files);
    const { fabric } = snapshot;
    return {
      name: fabric.name,
      kind,
      switches: Object.keys(fabric.switches).length,
      hosts: Object.keys(fabric.hosts).length,
      gpus: Object.values(fabric.hosts).reduce((sum, one) => sum + one.gpus.length, 0),
      links: fabric.links.length,
      tenants: snapshot.tenants.length,
      findings: findings.map((one) => ({ ...one })),
    };
  },
  print: (one) =>
    [
      `${one.name} (${one.kind}): ${one.gpus} GPUs on ${one.hosts} hosts, ${one.switches} switches, ${one.links} links, ${one.tenants} tenants`,
      ...(one.findings.length === 0 ? ["Nothing stands against it."] : printFindings(one.findings)),
    ].join("\n"),
});

export const listCables = defineOperation({
  name: "design.cabling",
  area: "designs",
  summary: "The cabling plan: every cable with both ends, length, kind and optics.",
  effect: "read",
  local: true,
  input: z.strictObject({ path: Path }),
  output: z.object({ cables: z.array(z.looseObject({})) }),
  failures: ["not_found"],
  positional: ["path"],
  run: async ({ path }, { files }) => {
    const { cablingPlan } = await import("#design/cabling.ts");
    return { cables: cablingPlan((await open(path, files)).snapshot.fabric).map((one) => ({ ...one })) };
  },
  print: ({ cables }) => tableOf(cables),
});

export const listMaterials = defineOperation({
  name: "design.bom",
  area: "designs",
  summary: "The bill of materials: switches, optics, cables by length, hosts.",
  effect: "read",
  local: true,
  input: z.strictObject({ path: Path }),
  output: z.object({ lines: z.array(z.looseObject({})) }),
  failures: ["not_found"],
  positional: ["path"],
  run: async ({ path }, { files }) => {
    const { billOfMaterials } = await import("#design/bill-of-materials.ts");
    return { lines: billOfMaterials((await open(path, files)).snapshot.fabric).map((one) => ({ ...one })) };
  },
  print: ({ lines }) => tableOf(lines),
});

function tableOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const headers = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return formatTable(
    headers.map((one) => one.toUpperCase()),
    rows.map((row) => headers.map((name) => cellOf(row[name]))),
  );
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return "-";
  if (typeof value === "string") return value;
  const end = cableEnd.safeParse(value);
  if (!end.success) return JSON.stringify(value);
  const { node, port, rack, rackUnit } = end.data;
  return `${node} ${port}${rack === undefined ? "" : ` (${rack}${rackUnit === undefined ? "" : ` U${rackUnit}`})`}`;
}

const cableEnd = z.looseObject({
  node: z.string(),
  port: z.string(),
  rack: z.string().optional(),
  rackUnit: z.number().optional(),
});

export const exportFabric = defineOperation({
  name: "design.export",
  command: "export",
  area: "designs",
  summary:
    "Write a fabric for others: a DSX Air topology, a containerlab topology with its configurations, or the configurations alone.",
  effect: "read",
  local: true,
  input: z.strictObject({
    path: Path,
    format: z.enum(["dsx-air", "containerlab", "configs"]),
    out: z.string().describe("Folder to write into; it must exist"),
  }),
  output: z.object({ written: z.array(z.string()) }),
  failures: ["not_found", "unsupported"],
  positional: ["path", "format"],
  run: async ({ path, format, out }, { files }) => {
    const { snapshot } = await open(path, files);
    const made = await renderFor(format, snapshot);
    for (const file of made) await files.write(`${out}/${file.path}`, file.text);
    return { written: made.map((one) => one.path) };
  },
  print: ({ written }) => written.join("\n"),
});

async function renderFor(
  format: "dsx-air" | "containerlab" | "configs",
  snapshot: Awaited<ReturnType<typeof open>>["snapshot"],
): Promise<readonly SourceFile[]> {
  const configs = Object.entries(snapshot.devices).flatMap(([device, source]) =>
    source.files.map((file) => ({
      device,
      path: `configs/${device}/${file.path.split("/").pop() ?? file.path}`,
      text: file.text,
    })),
  );
  switch (format) {
    case "dsx-air": {
      const { renderDsxAir } = await import("#design/dsx-air.ts");
      return [renderDsxAir(snapshot.fabric)];
    }
    case "containerlab": {
      const { renderContainerlab } = await import("#design/containerlab.ts");
      // containerlab brings a management network of its own.
      const emulated = configs.filter((one) => snapshot.fabric.switches[one.device]?.fabric !== "outOfBand");
      return [
        renderContainerlab(snapshot.fabric, Object.fromEntries(emulated.map((one) => [one.device, one.path]))),
        ...emulated,
      ];
    }
    case "configs":
      if (configs.length === 0) throw new Failure("unsupported", "That fabric has no configurations.");
      return configs;
  }
}

export const designOperations = [checkDesign, listCables, listMaterials, exportFabric];
