import type { NosName } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { Driver } from "./driver.ts";

/** Names that say nothing about the device: the folder above names it. */
const generic = new Set([
  "startup.yaml", "startup.yml", "nvue.yaml", "config_db.json", "frr.conf", "bgpd.conf", "zebra.conf", "running-config",
  "running-config.cfg", "startup-config", "startup-config.cfg", "config.cfg", "show_running.txt", "interfaces",
]);
/** Folders between a device's own and the snapshot's root that name no device. */
const shelves = new Set(["configs", "config", "sonic_configs", "etc", "sonic", "nvue.d", "frr", ""]);
/** Files that are never configuration, by ending. */
const never = /\.(md|png|jpe?g|gif|svg|pdf|csv|dot|zip|gz|tar|pcap|lock|ini)$/i;
const maxFileBytes = 64 * 1024 * 1024;

/** Below this a file is taken for something other than the configuration of that NOS. */
const sure = 0.5;

/**
 * Sorts the files of a folder into devices: one file a device, named for it (`leaf1.cfg`), or one folder a device with
 * files of fixed names (`leaf1/startup.yaml`, `leaf1/config_db.json` and `frr.conf`).
 *
 * What no driver knows is a finding, never an error; a text that merely stands by (notes, pictures) is passed over.
 */
export function groupDevices(
  files: readonly SourceFile[],
  drivers: readonly Driver[],
): { readonly devices: Readonly<Record<string, DeviceSource>>; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const groups = new Map<string, { nos: NosName; files: SourceFile[]; score: number }>();
  for (const file of files) {
    if (never.test(file.path)) continue;
    if (file.text.length > maxFileBytes) {
      findings.push(finding("snapshot.file-too-large", file, `${file.path} is larger than ${maxFileBytes / 1024 / 1024} MB and was not read. Split it by device.`));
      continue;
    }
    const best = bestDriver(file, drivers);
    if (best === undefined) {
      findings.push(finding("snapshot.unknown-format", file, `No driver knows what ${file.path} is. It was left out.`));
      continue;
    }
    const device = deviceNameOf(file.path);
    const group = groups.get(device);
    if (group === undefined) groups.set(device, { nos: best.nos, files: [file], score: best.score });
    else {
      group.files.push(file);
      if (best.score > group.score) Object.assign(group, { nos: best.nos, score: best.score });
    }
  }
  const devices = Object.fromEntries([...groups].map(([name, { nos, files: own }]) => [name, { nos, files: own }]));
  return { devices, findings };
}

function bestDriver(file: SourceFile, drivers: readonly Driver[]): { readonly nos: NosName; readonly score: number } | undefined {
  const head = { path: file.path, text: file.text.slice(0, 65_536) };
  let best: { nos: NosName; score: number } | undefined;
  for (const driver of drivers) {
    const score = driver.detect(head);
    if (score >= sure && (best === undefined || score > best.score)) best = { nos: driver.nos, score };
  }
  return best;
}

/** `configs/leaf1.eos.cfg` and `leaf1/config_db.json` are both `leaf1`. */
export function deviceNameOf(path: string): string {
  const parts = path.split("/");
  const name = parts.pop() ?? path;
  if (!generic.has(name.toLowerCase())) return name.replace(/\.(eos|cumulus_nvue|nvue|sonic|nxos|srlinux|frr|junos)?\.?(cfg|conf|ya?ml|json|txt|config)$/i, "");
  while (parts.length > 0) {
    const folder = parts.pop() ?? "";
    if (!shelves.has(folder.toLowerCase())) return folder;
  }
  return name.replace(/\.[^.]*$/, "");
}

const finding = (code: string, file: SourceFile, message: string): Finding => ({
  code,
  severity: "warning",
  message,
  where: { kind: "file", file: file.path, line: 1 },
});
