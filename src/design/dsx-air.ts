import type { NosName } from "#model/device-config.ts";
import type { Fabric, LinkEnd } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { configPath, type SourceFile } from "#model/source.ts";
import { asRecord, assemble, asText, inBand, type ImportedLink, type ImportedNode } from "./imported.ts";
import { checkWiring } from "./launch-kit.ts";
import { railPort } from "./naming.ts";

const maxCharacters = 64 * 1024 * 1024;

/** Image names by their beginning. @source interop notes D1; EOS and SONiC images are the organisation's own uploads */
const imageNames: readonly (readonly [RegExp, NosName])[] = [
  [/^cumulus/i, "nvue"],
  [/^sonic/i, "sonic"],
  [/^(v?eos|arista|ceos)/i, "eos"],
  [/^(srl|srlinux)/i, "srlinux"],
  [/^(nxos|n9kv)/i, "nxos"],
  [/^v?junos/i, "junos"],
];

const images: Readonly<Partial<Record<NosName, string>>> = {
  nvue: "cumulus-vx-5.16.1",
  sonic: "sonic-vs-202411",
  eos: "veos-4.34.0F",
};

/**
 * Reads a DSX Air topology, in its import envelope or bare, also as a Launch Kit input: host names, rails and planes are
 * checked against the leaves they are cabled to. Never throws.
 */
export function parseDsxAir(file: SourceFile): { readonly fabric?: Fabric; readonly findings: Finding[] } {
  const findings: Finding[] = [];
  const problem = (
    pointer: string,
    message: string,
    severity: Finding["severity"] = "error",
    remedy?: string,
  ): Finding => ({
    code: "dsx-air.topology",
    severity,
    message,
    where: { kind: "path", file: file.path, path: pointer === "" ? "/" : pointer },
    ...(remedy === undefined ? {} : { remedy }),
  });
  const read = readJson(file);
  if ("finding" in read) return { findings: [read.finding] };
  const root = asRecord(read.value);
  const format = asText(root?.["format"]);
  if (format !== undefined && format !== "JSON") {
    return {
      findings: [
        problem(
          "/format",
          `Format "${format.slice(0, 20)}" is not read; JSON is.`,
          "error",
          "Export the simulation as JSON.",
        ),
      ],
    };
  }
  const enveloped = root !== undefined && Object.hasOwn(root, "content");
  const content = enveloped ? asRecord(root["content"]) : root;
  const at = enveloped ? "/content" : "";
  if (Array.isArray(content?.["nodes"]))
    return {
      findings: [
        problem(
          `${at}/nodes`,
          "This is the Launch Kit's reference form (a list of nodes), which this version doesn't read.",
          "error",
          "Give the Air form: nodes by name.",
        ),
      ],
    };
  const given = asRecord(content?.["nodes"]);
  if (content === undefined || given === undefined)
    return {
      findings: [
        problem(
          at,
          "This is no DSX Air topology: it has no content.nodes.",
          "error",
          "Name the JSON that Air exports.",
        ),
      ],
    };

  const nodes = new Map<string, ImportedNode>();
  for (const [name, value] of Object.entries(given)) {
    const fields = asRecord(value);
    const pointer = at + configPath("nodes", name);
    if (fields === undefined) findings.push(problem(pointer, `Node ${name.slice(0, 60)} is no object.`));
    else
      nodes.set(
        name,
        nodeOf(name, fields, (message) => findings.push(problem(pointer, message, "warning"))),
      );
  }
  const links = readLinks(content["links"], at, (pointer, message, severity) =>
    findings.push(problem(pointer, message, severity)),
  );
  const made = assemble(asText(root?.["name"]) ?? asText(root?.["title"]) ?? "dsx-air", nodes, links, problem);
  if (links.length > 0)
    findings.push(problem(`${at}/links`, `DSX Air names no speeds: 10G is assumed for ${links.length} links.`, "info"));
  return { fabric: made.fabric, findings: [...findings, ...made.findings, ...checkWiring(made.fabric)] };
}

function readJson(file: SourceFile): { value: unknown } | { finding: Finding } {
  const problem = (line: number, message: string): { finding: Finding } => ({
    finding: {
      code: "dsx-air.json",
      severity: "error",
      message,
      where: { kind: "file", file: file.path, line },
      remedy: "Export the topology again.",
    },
  });
  if (file.text.length > maxCharacters)
    return problem(1, `The file has ${file.text.length} characters, more than ${maxCharacters}.`);
  try {
    return { value: JSON.parse(file.text.replace(/^\uFEFF/, "")) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? 0);
    const line = file.text.slice(0, position).split("\n").length;
    return problem(line, file.text.trim() === "" ? "The file is empty." : `Not valid JSON at line ${line}.`);
  }
}

/** A host says so itself (`model`, `emulation_type`), has NICs of its own, or runs no network operating system. */
function nodeOf(
  name: string,
  fields: Readonly<Record<string, unknown>>,
  warn: (message: string) => void,
): ImportedNode {
  const os = (asText(fields["os"]) ?? "").slice(0, 200);
  const pci = asRecord(fields["network_pci"]);
  const model = asText(fields["model"]);
  const isHost =
    model === "host" || fields["emulation_type"] === "host" || (pci !== undefined && Object.keys(pci).length > 0);
  const nos = imageNames.find(([pattern]) => pattern.test(os))?.[1];
  if (isHost || nos === undefined) {
    if (!isHost && !/ubuntu|debian|generic|rocky|server/i.test(os))
      warn(`Image "${os.slice(0, 60)}" is of no known operating system; ${name.slice(0, 60)} is taken as a host.`);
    return { kind: "host", ...(model === undefined || model === "host" ? {} : { model }) };
  }
  return { kind: "switch", nos, ...(model === undefined ? {} : { model }) };
}

function readLinks(
  value: unknown,
  at: string,
  report: (pointer: string, message: string, severity?: Finding["severity"]) => void,
): ImportedLink[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return (report(`${at}/links`, "links is no list."), []);
  return value.flatMap((item: unknown, index): ImportedLink[] => {
    const pointer = at + configPath("links", index);
    if (!Array.isArray(item) || item.length !== 2) return (report(pointer, "A link is a list of two ends."), []);
    const [first, second] = item as readonly unknown[]; // two elements of a parsed list
    if (second === "unconnected") return [];
    if (second === "outbound" || second === "exit")
      return (report(pointer, "A link to the outside is left out.", "info"), []);
    const [a, b] = [endOf(first), endOf(second)];
    if (a === undefined || b === undefined)
      return (report(pointer, "An end of a link names a node and an interface."), []);
    return [{ a, b, pointer }];
  });
}

function endOf(value: unknown): LinkEnd | undefined {
  const fields = asRecord(value);
  const [node, port] = [asText(fields?.["node"]), asText(fields?.["interface"])];
  return node === undefined || port === undefined || node === "" || port === "" ? undefined : { node, port };
}

/**
 * The fabric as a DSX Air import, which the Launch Kit reads too: rails are the hosts' `network_pci`. Air's own
 * out-of-band network stands in for ours. Speeds, roles and models of switches have no place in it; names carry them.
 */
export function renderDsxAir(fabric: Fabric): SourceFile {
  const { nodes, links } = inBand(fabric);
  const end = ({ node, port }: LinkEnd): object => {
    const rail = Object.hasOwn(fabric.hosts, node) ? railPort(port) : undefined;
    return { node, interface: port, ...(rail === undefined ? {} : { network_pci: `rail${rail.rail}` }) };
  };
  const body = {
    format: "JSON",
    name: fabric.name,
    ztp: null,
    content: {
      nodes: Object.fromEntries([...nodes].map((name, index) => [name, nodeFields(fabric, name, index)])),
      links: links.map(({ a, b }) => [end(a), end(b)]),
      oob: true,
      netq: false,
    },
  };
  return { path: `${fabric.name}.air.json`, text: `${JSON.stringify(body, undefined, 2)}\n` };
}

/** NIC names of the Air catalogue, which take the place of these after a look at an export. @source unconfirmed */
const nicKind = { emulation_type: "NIC", model: "ConnectX" };

/** Rows of the drawing, top to bottom. */
const rows: Readonly<Record<string, number>> = { superSpine: 0, spine: 150, leaf: 300, border: 300 };

function nodeFields(fabric: Fabric, name: string, index: number): object {
  const device = Object.hasOwn(fabric.switches, name) ? fabric.switches[name] : undefined;
  if (device !== undefined)
    return {
      os: images[device.nos] ?? device.nos,
      cpu: 2,
      memory: 4096,
      storage: 20,
      positioning: { x: index * 60, y: rows[device.role] ?? 300 },
    };
  const rails = new Set((fabric.hosts[name]?.nics ?? []).flatMap((nic) => (nic.rail === undefined ? [] : [nic.rail])));
  const pci = [...rails].sort((a, b) => a - b).map((rail) => [`rail${rail}`, nicKind]);
  return {
    os: "generic/ubuntu2404",
    model: "host",
    cpu: 2,
    memory: 2048,
    storage: 10,
    positioning: { x: index * 60, y: 450 },
    ...(pci.length === 0 ? {} : { network_pci: Object.fromEntries(pci) as object }),
  };
}
