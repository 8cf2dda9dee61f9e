import type { Finding } from "#model/finding.ts";
import { Failure } from "#model/failure.ts";
import type { DeviceSource, ParsedDevice, ParsedSnapshot } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";

interface ReadSnapshot {
  readonly parsed: ParsedSnapshot;
  readonly sources: Readonly<Record<string, DeviceSource>>;
  readonly findings: readonly Finding[];
}

/**
 * A folder of configurations, understood: parsed line by line, cabled by the plan that stands beside them (DOT, AVD's
 * tables, a containerlab or DSX Air topology) and by inference where there is none, ready to be computed.
 *
 * @throws {Failure} invalid_input, when no file is a configuration, or when the folder holds several snapshots
 */
export async function readSnapshot(files: readonly SourceFile[]): Promise<ReadSnapshot> {
  const [{ drivers, driverFor }, { groupDevices }, { readCabling, cablesBetween }, links] = await Promise.all([
    import("#drivers/index.ts"),
    import("#drivers/snapshot-files.ts"),
    import("./snapshots-cabling.ts"),
    import("#twin/links.ts"),
  ]);
  const cabling = await readCabling(files);
  const { devices: grouped, findings: grouping, repeated } = groupDevices(cabling.others, drivers);
  const titles = drivers.map((one) => one.title).join(", ");
  if (Object.keys(grouped).length === 0) throw nothingRead(files.length, titles, grouping);
  const [twice] = repeated;
  if (twice !== undefined) throw severalSnapshots(twice, repeated.length);
  const parsed = Object.entries(grouped).map(([name, source]) => ({
    name,
    source,
    device: driverFor(source.nos).parse(source.files),
  }));
  // Names come from paths: one of them may be a word of the language.
  const named = parsed.map((one) => ({
    ...one,
    name: parsed.length === 1 ? nameOfOne(one.name, one.device) : one.name,
  }));
  const devices = Object.fromEntries(named.map(({ name, device }) => [name, device]));
  const sources = Object.fromEntries(named.map(({ name, source }) => [name, source]));
  const stated = cablesBetween(cabling.cables, devices);
  const inferred = links.inferLinks(devices, stated.links);
  return {
    parsed: {
      fabric: links.inferFabric(devices, inferred.links),
      devices,
      endpoints: links.inferEndpoints(devices, inferred.links),
      policy: { allow: [] },
    },
    sources,
    findings: [...grouping, ...cabling.findings, ...stated.findings, ...inferred.findings],
  };
}

/** One file by itself may have a name that says nothing (`running-config`): then its host name does. */
const nameOfOne = (name: string, { config }: ParsedDevice): string =>
  /^(show|running|startup|config|nvue|frr)\b|_/i.test(name) && config.hostname !== undefined && config.hostname !== ""
    ? config.hostname
    : name;

const nothingRead = (count: number, titles: string, findings: readonly Finding[]): Failure =>
  count === 0
    ? new Failure("invalid_input", `The folder holds no files. Heddle reads configurations of ${titles}.`)
    : new Failure(
        "invalid_input",
        `No configuration that Heddle knows was found in ${count} file${count === 1 ? "" : "s"}. It reads: ${titles}.`,
        { findings },
      );

function severalSnapshots(
  twice: { readonly device: string; readonly folders: readonly string[] },
  count: number,
): Failure {
  const shown = twice.folders.slice(0, 5).join(", ");
  const more = count > 1 ? `, and so do ${count - 1} other devices` : "";
  return new Failure(
    "invalid_input",
    `${twice.device} stands in ${twice.folders.length} folders (${shown}${twice.folders.length > 5 ? ", …" : ""})${more}: these are several snapshots. Point at one of them.`,
  );
}
