import { compareNames } from "#net/order.ts";
import type { NosName } from "#model/device-config.ts";
import type { Fabric, FabricKind, Host, Link, LinkEnd, Nic, Switch } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { nameTokens, railPort, roleFromName } from "./naming.ts";

/** Foreign topologies name no speed; what is assumed is said in a finding. */
const assumedSpeedBps = 10e9;

/** A node of a foreign topology, as far as Heddle understands it. */
export type ImportedNode =
  | {
      readonly kind: "switch";
      readonly nos: NosName;
      readonly model?: string;
      readonly role?: Switch["role"];
      readonly fabric?: FabricKind;
    }
  | { readonly kind: "host"; readonly model?: string; readonly role?: Host["role"] };

export interface ImportedLink {
  readonly a: LinkEnd;
  readonly b: LinkEnd;
  readonly speedBps?: number;
  readonly fabric?: FabricKind;
  /** Where it stands in the file. */
  readonly pointer: string;
}

const purposeOf = (port: string): FabricKind =>
  railPort(port) ? "computeFabric" : port === "eth0" ? "outOfBand" : "frontEnd";

const roleOfHost = (name: string): Host["role"] =>
  name.startsWith("stor")
    ? "storage"
    : /^(mgmt|oob)/.test(name)
      ? "management"
      : nameTokens(name).host === undefined
        ? "other"
        : "gpu";

/** A fabric from foreign nodes and links: what names say of place and role is taken over, ports are used once each. */
export function assemble(
  name: string,
  nodes: ReadonlyMap<string, ImportedNode>,
  links: readonly ImportedLink[],
  problem: (pointer: string, message: string) => Finding,
): { fabric: Fabric; findings: Finding[] } {
  const findings: Finding[] = [];
  const used = new Set<string>();
  const kept = links.filter(({ a, b, pointer }) => {
    for (const { node, port } of [a, b]) {
      if (!nodes.has(node))
        return (findings.push(problem(pointer, `No node "${node.slice(0, 60)}" for this link.`)), false);
      if (used.has(`${node}:${port}`))
        return (
          findings.push(problem(pointer, `Port ${port.slice(0, 60)} of ${node} is used by another link already.`)),
          false
        );
    }
    used.add(`${a.node}:${a.port}`);
    used.add(`${b.node}:${b.port}`);
    return true;
  });
  const switches: Record<string, Switch> = Object.create(null) as Record<string, Switch>; // names come from input
  const hosts: Record<string, Host> = Object.create(null) as Record<string, Host>; // as above
  const nics = new Map<string, Nic[]>();
  for (const { a, b, speedBps, fabric } of kept)
    for (const { node, port } of [a, b]) {
      if (nodes.get(node)?.kind !== "host") continue;
      const rail = railPort(port);
      const nic = { name: port, purpose: fabric ?? purposeOf(port), speedBps: speedBps ?? assumedSpeedBps, ...rail };
      const own = nics.get(node);
      if (own === undefined) nics.set(node, [nic]);
      else own.push(nic);
    }
  // Where all leaves are of one plane, spines needn't say it in their names.
  const planes = new Set([...nodes.keys()].flatMap((node) => nameTokens(node).plane ?? []));
  const onlyPlane = planes.size === 1 ? [...planes][0] : undefined;
  for (const [node, given] of nodes) {
    const { scalableUnit, pod, rail, plane: ownPlane } = nameTokens(node);
    const place = { ...(scalableUnit === undefined ? {} : { scalableUnit }), ...(pod === undefined ? {} : { pod }) };
    const model = given.model === undefined ? {} : { model: given.model };
    if (given.kind === "host") {
      const own = (nics.get(node) ?? []).sort((x, y) => compareNames(x.name, y.name));
      hosts[node] = { name: node, role: given.role ?? roleOfHost(node), ...model, ...place, gpus: [], nics: own };
      continue;
    }
    const guess = roleFromName(node);
    const spine = (given.role ?? guess.role) === "spine" && (given.fabric ?? guess.fabric) === "computeFabric";
    const plane = ownPlane ?? (spine ? onlyPlane : undefined);
    switches[node] = {
      name: node,
      fabric: given.fabric ?? guess.fabric,
      role: given.role ?? guess.role,
      nos: given.nos,
      ...model,
      ...place,
      ...(rail === undefined ? {} : { rails: [rail] }),
      ...(plane === undefined ? {} : { plane }),
    };
  }
  const made = kept.map(({ a, b, speedBps = assumedSpeedBps, fabric }): Link =>
    fabric ? { a, b, speedBps, fabric } : { a, b, speedBps },
  );
  return {
    fabric: {
      name,
      sites: [],
      racks: [],
      switches: { ...switches },
      hosts: { ...hosts },
      nvlinkDomains: [],
      links: made,
    },
    findings,
  };
}

/**
 * The part of a fabric that emulators carry as links: they bring a management network of their own, so ours, its
 * switches and the hosts that stand only on it are left out.
 */
export function inBand(fabric: Fabric): { nodes: Set<string>; links: readonly Link[] } {
  const links = fabric.links.filter((link) => link.fabric !== "outOfBand");
  const nodes = new Set(
    Object.values(fabric.switches).flatMap((one) => (one.fabric === "outOfBand" ? [] : [one.name])),
  );
  for (const { a, b } of links) for (const { node } of [a, b]) nodes.add(node);
  return { nodes, links };
}

export const asRecord = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  // A plain object of the file: its keys are strings.
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

export const asText = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
