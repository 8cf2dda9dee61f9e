import { isCablingFile, readCablingFile, type StatedCable } from "#design/cabling-files.ts";
import { type Link, type LinkEnd, linkId } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import type { ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";

/** Files of a folder apart by what they are for: cables, or everything else. */
export async function readCabling(files: readonly SourceFile[]): Promise<{
  readonly cables: readonly StatedCable[];
  readonly others: readonly SourceFile[];
  readonly findings: readonly Finding[];
}> {
  const cables: StatedCable[] = [];
  const others: SourceFile[] = [];
  const findings: Finding[] = [];
  for (const file of files) {
    const read = await readOne(file);
    if (read === undefined) others.push(file);
    else {
      cables.push(...read.cables);
      findings.push(...read.findings);
    }
  }
  return { cables, others, findings };
}

async function readOne(
  file: SourceFile,
): Promise<{ readonly cables: readonly StatedCable[]; readonly findings: readonly Finding[] } | undefined> {
  if (isCablingFile(file)) return readCablingFile(file);
  const head = file.text.slice(0, 65_536);
  const stated = ({ a, b }: Link): StatedCable => ({ a, b, file: file.path, line: 1 });
  if (
    /\.clab\.ya?ml$/i.test(file.path) ||
    (/\.ya?ml$/i.test(file.path) && /^topology:\s*$/m.test(head) && /^\s+nodes:/m.test(head))
  ) {
    const { parseContainerlab } = await import("#design/containerlab.ts");
    return { cables: (parseContainerlab(file).fabric?.links ?? []).map(stated), findings: [] };
  }
  if (/\.json$/i.test(file.path) && /"nodes"\s*:\s*\{/.test(head) && /"os"\s*:/.test(head)) {
    const { parseDsxAir } = await import("#design/dsx-air.ts");
    const { fabric } = parseDsxAir(file);
    if (fabric !== undefined && fabric.links.length > 0) return { cables: fabric.links.map(stated), findings: [] };
  }
  return undefined;
}

/**
 * Stated cables between devices of the snapshot, by the names that the devices themselves use. A cable to a host or to
 * a device that was not given says nothing that the twin needs; one whose port is not configured on either end neither.
 */
export function cablesBetween(
  stated: readonly StatedCable[],
  devices: Readonly<Record<string, ParsedDevice>>,
): { readonly links: readonly Link[]; readonly findings: readonly Finding[] } {
  const names = new Map(Object.keys(devices).map((name) => [name.toLowerCase(), name]));
  const ports = new Map(
    Object.entries(devices).map(([name, { config }]) => [
      name,
      new Map(Object.keys(config.interfaces).map((port) => [port.toLowerCase(), port])),
    ]),
  );
  const links = new Map<string, Link>();
  const taken = new Map<string, StatedCable>();
  const findings: Finding[] = [];
  for (const cable of stated) {
    const [a, b] = [cable.a, cable.b].map((end) => ownEnd(end, names, ports));
    if (a === undefined || b === undefined || (!a.configured && !b.configured)) continue;
    const link: Link = { a: a.end, b: b.end, speedBps: speedOf(devices, [a.end, b.end]) };
    const id = linkId(link);
    const earlier = taken.get(keyOf(a.end)) ?? taken.get(keyOf(b.end));
    if (links.has(id) || links.has(linkId({ ...link, a: b.end, b: a.end }))) continue;
    if (earlier !== undefined) {
      findings.push({
        code: "cabling.port-twice",
        severity: "warning",
        message: `${a.end.node} ${a.end.port} to ${b.end.node} ${b.end.port}: one of the two has another cable already (${earlier.file}:${earlier.line}).`,
        where: { kind: "file", file: cable.file, line: cable.line },
        remedy: "Name every port once.",
      });
      continue;
    }
    for (const end of [a.end, b.end]) taken.set(keyOf(end), cable);
    links.set(id, link);
  }
  return { links: [...links.values()], findings };
}

const keyOf = (end: LinkEnd): string => `${end.node} ${end.port}`;
const assumedSpeedBps = 10e9;

function ownEnd(
  end: LinkEnd,
  names: ReadonlyMap<string, string>,
  ports: ReadonlyMap<string, ReadonlyMap<string, string>>,
): { readonly end: LinkEnd; readonly configured: boolean } | undefined {
  const node = names.get(end.node.toLowerCase());
  if (node === undefined) return undefined;
  const port = ports.get(node)?.get(end.port.toLowerCase());
  return { end: { node, port: port ?? end.port }, configured: port !== undefined };
}

const speedOf = (devices: Readonly<Record<string, ParsedDevice>>, ends: readonly LinkEnd[]): number =>
  ends.map((end) => devices[end.node]?.config.interfaces[end.port]?.speedBps).find((speed) => speed !== undefined) ??
  assumedSpeedBps;
