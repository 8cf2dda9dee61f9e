import { stringify } from "yaml";
import type { NosName } from "#model/device-config.ts";
import type { Fabric, FabricKind, Host, LinkEnd, Switch } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { configPath, type SourceFile } from "#model/source.ts";
import { fromLinux, kindOfNos, nosOfKind, toLinux } from "./containerlab-ports.ts";
import { asRecord, assemble, asText, inBand, type ImportedLink, type ImportedNode } from "./imported.ts";
import { lineOf, loadYaml } from "./yaml-source.ts";

export interface StartupConfig {
  readonly node: string;
  /** As written, relative to the topology's file; for text that stands in the topology itself, a name for it. */
  readonly path: string;
  readonly text?: string;
}

export interface ContainerlabImport {
  readonly fabric?: Fabric;
  readonly startupConfigs: StartupConfig[];
  readonly findings: Finding[];
}

type Fields = Readonly<Record<string, unknown>>;
/** `defaults`, `kinds`, `groups`: where a node takes what it doesn't say itself. */
type Inherited = (node: Fields, field: string) => unknown;

const roles = new Set<string>(["leaf", "spine", "superSpine", "border", "oob"]);
const hostRoles = new Set<string>(["gpu", "storage", "management", "other"]);
const fabrics = new Set<string>(["computeFabric", "storageFabric", "frontEnd", "outOfBand"]);
const labelPrefix = "heddle-";

/**
 * Reads a containerlab topology: nodes with what they inherit, links in both forms, start-up configurations by path.
 * Interface names become the vendor's own (`eth1` of cEOS is `Ethernet1`). Never throws.
 */
export function parseContainerlab(file: SourceFile): ContainerlabImport {
  const { source, findings } = loadYaml(file, "containerlab");
  if (source === undefined) return { startupConfigs: [], findings };
  const problem = (
    pointer: string,
    message: string,
    severity: Finding["severity"] = "error",
    remedy?: string,
  ): Finding => ({
    code: "containerlab.topology",
    severity,
    message,
    where: { kind: "path", file: file.path, path: pointer === "" ? "/" : pointer, line: lineOf(source.lines, pointer) },
    ...(remedy === undefined ? {} : { remedy }),
  });
  const root = asRecord(source.value);
  const topology = asRecord(root?.["topology"]);
  const given = asRecord(topology?.["nodes"]);
  if (root === undefined || topology === undefined || given === undefined) {
    findings.push(
      problem("", "This is no containerlab topology: it has no topology.nodes.", "error", "Name a *.clab.yml file."),
    );
    return { startupConfigs: [], findings };
  }
  const inherited = inheritance(topology);
  const nodes = new Map<string, ImportedNode>();
  const ports = new Map<string, (port: string) => string>();
  const startupConfigs: StartupConfig[] = [];
  const outside = new Set<string>(["host", "mgmt-net", "macvlan"]);
  for (const [name, value] of Object.entries(given)) {
    const node = asRecord(value) ?? {};
    const pointer = configPath("topology", "nodes", name);
    const kind = asText(inherited(node, "kind")) ?? "";
    if (kind === "bridge" || kind === "ovs-bridge" || kind === "host" || kind === "ext-container") {
      outside.add(name);
      findings.push(
        problem(pointer, `${name} is of kind ${kind}: its links lead out of the topology and are left out.`, "info"),
      );
      continue;
    }
    const labels = asRecord(inherited(node, "labels")) ?? {};
    const nos = nosOf(kind, asText(inherited(node, "image")) ?? "");
    if (nos === undefined && kind !== "linux")
      findings.push(
        problem(
          pointer,
          kind === ""
            ? `${name} has no kind.`
            : `No driver for kind "${kind.slice(0, 60)}"; ${name} is taken as a host.`,
          "warning",
        ),
      );
    nodes.set(name, importedNode(nos, labels));
    ports.set(name, (port) => asText(labels[`${labelPrefix}port-${port}`]) ?? fromLinux(nos, port));
    const startup = asText(inherited(node, "startup-config"));
    if (startup !== undefined) startupConfigs.push(startupConfig(name, startup));
  }
  const links = readLinks(topology["links"], outside, ports, (pointer, message, severity) =>
    findings.push(problem(pointer, message, severity)),
  );
  const made = assemble(asText(root["name"]) ?? "containerlab", nodes, links, problem);
  const noSpeed = links.filter(({ speedBps }) => speedBps === undefined).length;
  if (noSpeed > 0)
    findings.push(
      problem("/topology/links", `containerlab links name no speed: 10G is assumed for ${noSpeed}.`, "info"),
    );
  return { fabric: made.fabric, startupConfigs, findings: [...findings, ...made.findings] };
}

/** A node's own word first, then its group's, its kind's, the defaults'. Labels of all levels are laid over each other. */
function inheritance(topology: Fields): Inherited {
  const table = (name: string): Fields => asRecord(topology[name]) ?? {};
  const [defaults, kinds, groups] = [table("defaults"), table("kinds"), table("groups")];
  const of = (from: Fields, key: string | undefined): Fields =>
    (key !== undefined && Object.hasOwn(from, key) ? asRecord(from[key]) : undefined) ?? {};
  const own = (fields: Fields, field: string): unknown => (Object.hasOwn(fields, field) ? fields[field] : undefined);
  return (node, field) => {
    const group = of(groups, asText(own(node, "group") ?? own(defaults, "group")));
    const kind = asText(own(node, "kind") ?? own(group, "kind") ?? own(defaults, "kind"));
    const levels = [node, group, of(kinds, kind), defaults];
    if (field !== "labels")
      return levels.map((level) => own(level, field)).find((value) => value !== undefined && value !== null);
    return levels
      .toReversed()
      .reduce<Record<string, unknown>>(
        (sum, level) => Object.assign(sum, asRecord(own(level, field))),
        Object.create(null) as Record<string, unknown>,
      ); // keys come from input
  };
}

const nosOf = (kind: string, image: string): NosName | undefined =>
  Object.hasOwn(nosOfKind, kind)
    ? nosOfKind[kind]
    : kind === "linux" && /(^|\/)frr(outing)?([:/]|$)/.test(image.slice(0, 300))
      ? "frr"
      : undefined;

function importedNode(nos: NosName | undefined, labels: Fields): ImportedNode {
  const label = (name: string): string | undefined => asText(labels[labelPrefix + name]);
  const model = label("model");
  const role = label("role");
  const fabric = label("fabric");
  const common = model === undefined ? {} : { model };
  // Roles and fabrics are cast after their tables have been asked.
  if (nos === undefined)
    return {
      kind: "host",
      ...common,
      ...(role !== undefined && hostRoles.has(role) ? { role: role as Host["role"] } : {}),
    };
  return {
    kind: "switch",
    nos,
    ...common,
    ...(role !== undefined && roles.has(role) ? { role: role as Switch["role"] } : {}),
    ...(fabric !== undefined && fabrics.has(fabric) ? { fabric: fabric as FabricKind } : {}),
  };
}

function startupConfig(node: string, value: string): StartupConfig {
  if (value.includes("\n")) return { node, path: `${node}.startup-config`, text: value };
  return { node, path: value.replaceAll("__clabNodeName__", node) };
}

function readLinks(
  value: unknown,
  outside: ReadonlySet<string>,
  ports: ReadonlyMap<string, (port: string) => string>,
  report: (pointer: string, message: string, severity?: Finding["severity"]) => void,
): ImportedLink[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return (report("/topology/links", "links is no list."), []);
  return value.flatMap((item: unknown, index): ImportedLink[] => {
    const pointer = configPath("topology", "links", index);
    const link = asRecord(item);
    const endpoints = link?.["endpoints"] ?? (link?.["endpoint"] === undefined ? undefined : [link["endpoint"]]);
    if (link === undefined || !Array.isArray(endpoints)) return (report(pointer, "This link has no endpoints."), []);
    const ends = endpoints.map((end: unknown) => endOf(end));
    if (ends.includes(undefined))
      return (report(pointer, "An endpoint is neither node:interface nor {node, interface}."), []);
    const type = asText(link["type"]) ?? "veth";
    const known = ends.filter((end) => end !== undefined);
    if (type !== "veth" || known.some(({ node }) => outside.has(node))) {
      report(pointer, `A link of type ${type.slice(0, 30)} leads out of the topology and is left out.`, "info");
      return [];
    }
    const [a, b] = known.map(({ node, port }) => ({ node, port: ports.get(node)?.(port) ?? port }));
    if (a === undefined || b === undefined || known.length !== 2)
      return (report(pointer, "A link has two endpoints."), []);
    const vars = asRecord(link["vars"]);
    const speed = Number(vars?.["speedBps"]);
    const fabric = asText(vars?.["fabric"]);
    return [
      {
        a,
        b,
        ...(Number.isFinite(speed) && speed > 0 ? { speedBps: speed } : {}),
        ...(fabric !== undefined && fabrics.has(fabric) ? { fabric: fabric as FabricKind } : {}), // asked above
        pointer,
      },
    ];
  });
}

function endOf(end: unknown): LinkEnd | undefined {
  if (typeof end === "string") {
    const colon = end.indexOf(":");
    return colon <= 0 || colon === end.length - 1
      ? undefined
      : { node: end.slice(0, colon), port: end.slice(colon + 1) };
  }
  const fields = asRecord(end);
  const [node, port] = [asText(fields?.["node"]), asText(fields?.["interface"])];
  return node === undefined || port === undefined ? undefined : { node, port };
}

/**
 * The fabric as a containerlab topology, without the out-of-band network, which containerlab brings itself. What
 * containerlab has no word for (role, model, speed) stands in labels and link variables, so that it comes back.
 *
 * @param configPaths start-up configuration of each node, relative to the topology's file
 */
export function renderContainerlab(fabric: Fabric, configPaths: Readonly<Record<string, string>> = {}): SourceFile {
  const { nodes, links } = inBand(fabric);
  const labels = new Map<string, Map<string, string>>();
  const endpoint = ({ node, port }: LinkEnd): string => {
    const nos = Object.hasOwn(fabric.switches, node) ? fabric.switches[node]?.nos : undefined;
    const linux = toLinux(nos, port);
    if (linux !== undefined && fromLinux(nos, linux) === port) return `${node}:${linux}`;
    // No rule gives this name: the container's next interface, and a label that says which port it is.
    const own = labels.get(node) ?? new Map<string, string>();
    const name = `eth${1001 + own.size}`;
    labels.set(node, own.set(`${labelPrefix}port-${name}`, port));
    return `${node}:${name}`;
  };
  const made = links.map(({ a, b, speedBps, fabric: kind }) => ({
    endpoints: [endpoint(a), endpoint(b)],
    vars: { speedBps, ...(kind === undefined ? {} : { fabric: kind }) },
  }));
  const body = {
    name: fabric.name,
    topology: {
      kinds: Object.fromEntries(
        [...new Set([...nodes].map((name) => kindFor(fabric, name)))]
          .sort()
          .map((kind) => [kind, { image: images[kind] ?? "set-an-image" }]),
      ),
      nodes: Object.fromEntries(
        [...nodes].map((name) => [name, nodeFields(fabric, name, configPaths, labels.get(name))]),
      ),
      links: made,
    },
  };
  return { path: `${fabric.name}.clab.yml`, text: stringify(body, { lineWidth: 0, aliasDuplicateObjects: false }) };
}

const images: Readonly<Record<string, string>> = {
  arista_ceos: "ceos:4.34.0F",
  "sonic-vs": "docker-sonic-vs:latest",
  nvidia_cumulusvx: "vrnetlab/nvidia_cumulusvx:5.16.1",
  linux: "ghcr.io/srl-labs/network-multitool",
};

function kindFor(fabric: Fabric, name: string): string {
  const device = Object.hasOwn(fabric.switches, name) ? fabric.switches[name] : undefined;
  return device === undefined ? "linux" : (kindOfNos[device.nos] ?? "linux");
}

function nodeFields(
  fabric: Fabric,
  name: string,
  configPaths: Readonly<Record<string, string>>,
  ports: ReadonlyMap<string, string> = new Map(),
): object {
  const device = Object.hasOwn(fabric.switches, name) ? fabric.switches[name] : undefined;
  const { model, role } = device ?? fabric.hosts[name] ?? {};
  const startup = Object.hasOwn(configPaths, name) ? configPaths[name] : undefined;
  return {
    kind: kindFor(fabric, name),
    ...(device?.nos === "frr" ? { image: "quay.io/frrouting/frr:10.4.1" } : {}),
    ...(startup === undefined ? {} : { "startup-config": startup }),
    labels: {
      ...(role === undefined ? {} : { [`${labelPrefix}role`]: role }),
      ...(device === undefined ? {} : { [`${labelPrefix}fabric`]: device.fabric }),
      ...(model === undefined ? {} : { [`${labelPrefix}model`]: model }),
      ...Object.fromEntries(ports),
    },
  };
}
