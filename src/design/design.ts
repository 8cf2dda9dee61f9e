import { expandNames } from "#net/ranges.ts";
import type { Finding } from "#model/finding.ts";
import { configPath, type SourceFile } from "#model/source.ts";
import type { Workload } from "#model/workload.ts";
import { designSchema, type DesignValues } from "./design-schema.ts";
import { schemaFindings } from "./schema-findings.ts";
import { lineOf, loadYaml } from "./yaml-source.ts";

/** A factory as its owner asked for it: every default filled in, nothing built yet. */
export interface Design extends Omit<DesignValues, "tenants" | "workloads"> {
  readonly tenants: readonly TenantDesign[];
  readonly workloads: readonly Workload[];
  readonly file: string;
  /** Lines of the file by JSON pointer, for findings that come up later. */
  readonly lines: ReadonlyMap<string, number>;
}

export interface TenantDesign {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly guaranteedBps: number;
}

/** A design is a page; a quarter of a megabyte is somebody's other file. */
const maxCharacters = 256 * 1024;
/** Hosts named in one file, those that stand several times too. */
const maxNames = 200_000;

/** A finding that points into the design file. */
export function designFinding(
  design: Pick<Design, "file" | "lines">,
  code: string,
  path: readonly (string | number)[],
  message: string,
  remedy?: string,
): Finding {
  const pointer = configPath(...path);
  return {
    code: `design.${code}`,
    severity: "error",
    message,
    where: { kind: "path", file: design.file, path: pointer, line: lineOf(design.lines, pointer) },
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/**
 * Reads `fabric.yaml`. Never throws: every mistake is a finding with file, line and path, and a design comes back only
 * when it has none.
 */
export function parseDesign(file: SourceFile): { readonly design?: Design; readonly findings: Finding[] } {
  const { source, findings } = loadYaml(file, "design", maxCharacters);
  if (source === undefined || findings.length > 0) return { findings };
  const parsed = designSchema.safeParse(source.value);
  if (!parsed.success) return { findings: schemaFindings(parsed.error, designSchema, file.path, source.lines) };
  const origin = { file: file.path, lines: source.lines };
  const spread = namesWithin(maxNames);
  const { tenants, workloads, ...values } = parsed.data;
  const design: Design = {
    ...values,
    ...origin,
    tenants: tenants.map(({ name, hosts, gbps }) => ({ name, hosts: spread(hosts), guaranteedBps: gbps * 1e9 })),
    workloads: [],
  };
  const placed = placeWorkloads(design, workloads, spread);
  const all = [...duplicateNames(design, tenants, workloads), ...placed.findings];
  return all.length > 0 ? { findings: all } : { design: { ...design, workloads: placed.workloads }, findings: [] };
}

/** Spreads lists of names until they are more than a file of any fabric names; then a list stands for one name. */
function namesWithin(limit: number): (names: string) => string[] {
  let left = limit;
  return (names) => {
    const spread = expandNames(names, Math.max(left, 1));
    left -= spread.length;
    return spread;
  };
}

const shownNames = (names: readonly string[]): string =>
  names.slice(0, 8).join(", ") + (names.length > 8 ? ` and ${names.length - 8} more` : "");

function duplicateNames(
  origin: Pick<Design, "file" | "lines">,
  tenants: DesignValues["tenants"],
  workloads: DesignValues["workloads"],
): Finding[] {
  return (
    [
      ["tenants", tenants],
      ["workloads", workloads],
    ] as const
  ).flatMap(([list, named]) => {
    const seen = new Set<string>();
    return named.flatMap(({ name }, index) => {
      if (!seen.has(name)) return (seen.add(name), []);
      return [
        designFinding(
          origin,
          "duplicate-name",
          [list, index, "name"],
          `The name "${name}" stands twice in ${list}.`,
          "Rename one.",
        ),
      ];
    });
  });
}

type WorkloadValues = DesignValues["workloads"][number];

/** Fills in what a workload takes from its tenant: all its hosts, all their GPUs, the data parallelism that is left. */
function placeWorkloads(
  design: Design,
  workloads: readonly WorkloadValues[],
  spread: (names: string) => string[],
): { workloads: Workload[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const placed = workloads.flatMap((given, index): Workload[] => {
    const tenant = design.tenants.find(({ name }) => name === given.tenant);
    if (tenant === undefined) {
      findings.push(
        designFinding(
          design,
          "unknown-tenant",
          ["workloads", index, "tenant"],
          `No tenant "${given.tenant}".`,
          "Add it to tenants, or correct the name.",
        ),
      );
      return [];
    }
    const gpusPerHost = given.gpusPerHost ?? design.computeFabric.gpusPerHost;
    const hosts = given.hosts === undefined ? [...tenant.hosts] : spread(given.hosts);
    const own = new Set(tenant.hosts);
    const foreign = hosts.filter((host) => !own.has(host));
    if (foreign.length > 0) {
      findings.push(
        designFinding(
          design,
          "foreign-host",
          ["workloads", index, "hosts"],
          `${shownNames(foreign)}: not of tenant ${tenant.name}.`,
          "Name hosts of the tenant.",
        ),
      );
      return [];
    }
    if (given.kind === "inference") {
      const half = Math.ceil(hosts.length / 2);
      const prefillHosts = given.prefillHosts === undefined ? hosts.slice(0, half) : spread(given.prefillHosts);
      const rest = hosts.length > 1 ? hosts.slice(half) : hosts;
      const decodeHosts = given.decodeHosts === undefined ? rest : spread(given.decodeHosts);
      return [{ ...given, hosts, gpusPerHost, prefillHosts, decodeHosts }];
    }
    const { tensor, pipeline, data } = given.parallelism;
    const gpus = hosts.length * gpusPerHost;
    const ranks = data ?? Math.floor(gpus / (tensor * pipeline));
    if (ranks * tensor * pipeline !== gpus) {
      findings.push(
        designFinding(
          design,
          "parallelism",
          ["workloads", index, "parallelism"],
          `${tensor} x ${pipeline} x ${ranks} = ${tensor * pipeline * ranks} ranks on ${gpus} GPUs.`,
          "Make tensor x pipeline x data equal the number of GPUs.",
        ),
      );
      return [];
    }
    const { dataset, ...rest } = given;
    return [
      {
        ...rest,
        ...(dataset === undefined ? {} : { dataset: { ...dataset, hosts: spread(dataset.hosts) } }),
        hosts,
        gpusPerHost,
        parallelism: { tensor, pipeline, data: ranks },
      },
    ];
  });
  return { workloads: placed, findings };
}
