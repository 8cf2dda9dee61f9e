import type { NosName } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { Driver } from "./driver.ts";
import { foreignNos } from "./snapshot-files-foreign.ts";

/** Names that say nothing about the device: the folder above names it. */
const generic =
  /^(startup|running|nvue|config|configuration|nv_config|saved|current|active|backup)([-_.](config|configuration|cfg))?\.(ya?ml|cfg|conf|txt|json)$|^(startup|running)[-_]config$|^show[-_]run(ning)?([-_]config(uration)?)?(\.(txt|cfg|conf))?$|^(config_db\d*\.json|frr\.conf|bgpd\.conf|zebra\.conf|staticd\.conf|ospfd\.conf|interfaces)$/i;
/** Parts of a SONiC device that mean nothing alone: they go with the `config_db.json` that stands beside them. */
const companions = /^(frr|bgpd|zebra|staticd|ospfd)\.conf$/i;
/** Folders between a device's own and the snapshot's root that name no device. */
const shelves = new Set(["configs", "config", "sonic_configs", "etc", "sonic", "nvue.d", "frr", ""]);
/** Files that are never configuration: pictures, tables, archives, and what a `show` command printed. */
const never =
  /\.(md|png|jpe?g|gif|svg|pdf|csv|dot|gv|zip|gz|tar|pcap|lock|ini|patch|json-patch)$|(^|\/)(show[-_ ](?!run)[^/]*|_index\.json|README[^/]*|LICEN[CS]E[^/]*)$/i;
const maxFileBytes = 64 * 1024 * 1024;

/** Below this a file is taken for something other than the configuration of that NOS. */
const sure = 0.5;

interface Group {
  nos: NosName;
  score: number;
  readonly files: SourceFile[];
}

/** The files of a folder, sorted into devices. */
export interface GroupedDevices {
  readonly devices: Readonly<Record<string, DeviceSource>>;
  readonly findings: readonly Finding[];
  /** Devices that stand in the folder more than once, with the folders: several snapshots were given as one. */
  readonly repeated: readonly { readonly device: string; readonly folders: readonly string[] }[];
}

/**
 * Sorts the files of a folder into devices: one file a device, named for it (`leaf1.cfg`), or one folder a device with
 * files of fixed names (`leaf1/startup.yaml`, `leaf1/config_db.json` and `frr.conf`).
 *
 * What no driver knows is a finding, never an error; a text that merely stands by (notes, pictures) is passed over.
 */
export function groupDevices(files: readonly SourceFile[], drivers: readonly Driver[]): GroupedDevices {
  const findings: Finding[] = [];
  const groups = new Map<string, Group>();
  const unknown: SourceFile[] = [];
  for (const file of files) {
    if (never.test(file.path)) continue;
    if (file.text.length > maxFileBytes) {
      findings.push(tooLarge(file));
      continue;
    }
    const best = bestDriver(file, drivers);
    if (best === undefined) unknown.push(file);
    else addTo(groups, deviceNameOf(file.path), file, best);
  }
  for (const file of unknown) {
    const group = companions.test(baseOf(file.path)) ? groups.get(deviceNameOf(file.path)) : undefined;
    if (group?.nos === "sonic") group.files.push(file);
    else findings.push(leftOut(file));
  }
  const devices = Object.fromEntries([...groups].map(([name, { nos, files: own }]) => [name, { nos, files: own }]));
  return { devices, findings, repeated: [...groups].flatMap(([device, group]) => repetition(device, group)) };
}

function addTo(
  groups: Map<string, Group>,
  device: string,
  file: SourceFile,
  best: { nos: NosName; score: number },
): void {
  const group = groups.get(device);
  if (group === undefined) {
    groups.set(device, { ...best, files: [file] });
    return;
  }
  group.files.push(file);
  if (best.score > group.score) Object.assign(group, best);
}

/** A file of one name in several folders is one device several times, not one device of several files. */
function repetition(device: string, { files }: Group): GroupedDevices["repeated"] {
  const folders = new Map<string, string[]>();
  for (const { path } of files) {
    const base = baseOf(path);
    folders.set(base, [...(folders.get(base) ?? []), path.slice(0, Math.max(0, path.length - base.length - 1)) || "."]);
  }
  const twice = [...folders.values()].find((list) => list.length > 1);
  return twice === undefined ? [] : [{ device, folders: twice }];
}

function bestDriver(file: SourceFile, drivers: readonly Driver[]): { nos: NosName; score: number } | undefined {
  const head = { path: file.path, text: file.text.slice(0, 65_536) };
  let best: { nos: NosName; score: number } | undefined;
  for (const driver of drivers) {
    const score = driver.detect(head);
    if (score >= sure && (best === undefined || score > best.score)) best = { nos: driver.nos, score };
  }
  return best;
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** `configs/leaf1.eos.cfg` and `leaf1/config_db.json` are both `leaf1`. */
export function deviceNameOf(path: string): string {
  const parts = path.split("/");
  const name = parts.pop() ?? path;
  const stem = name.replace(
    /\.(eos|ceos|veos|cumulus_nvue|nvue|sonic|nxos|srlinux|frr|junos|vptx)?\.?(cfg|conf|ya?ml|json|txt|config)$/i,
    "",
  );
  if (!generic.test(name)) return stem;
  while (parts.length > 0) {
    const folder = parts.pop() ?? "";
    if (!shelves.has(folder.toLowerCase())) return folder;
  }
  return stem;
}

const tooLarge = (file: SourceFile): Finding => ({
  code: "snapshot.file-too-large",
  severity: "warning",
  message: `${file.path} is larger than ${maxFileBytes / 1024 / 1024} MB and was not read.`,
  where: { kind: "file", file: file.path, line: 1 },
  remedy: "Split it by device.",
});

/** A device that is missing from the picture is a warning; a file that is no device's is said, and no more. */
function leftOut(file: SourceFile): Finding {
  const where = { kind: "file", file: file.path, line: 1 } as const;
  const foreign = foreignNos(file);
  if (foreign !== undefined)
    return {
      code: "snapshot.no-driver",
      severity: "warning",
      message: `${deviceNameOf(file.path)} runs ${foreign.title}, which no driver reads yet. It was left out: what depends on it is not computed.`,
      where,
    };
  return {
    code: "snapshot.unknown-format",
    severity: "info",
    message: `No driver knows what ${file.path} is. It was left out.`,
    where,
  };
}
