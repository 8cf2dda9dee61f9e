import type { Mlag } from "#model/device-config.ts";
import { parseIpAddress } from "#net/ip.ts";
import { parseMac } from "#net/mac.ts";
import { compact, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, textAt, use } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";

/** The peer link and the sub-interface that MLAG talks over. @source Cumulus Linux Multi-Chassis-Link-Aggregation-MLAG */
export const peerLink = "peerlink";
export const peerLinkVlan = "peerlink.4094";

export function readMlag(reading: Reading): Mlag | undefined {
  const node = at(reading.tree, "mlag");
  if (node === undefined) return undefined;
  const on = flagAt(node, "state") ?? true;
  const mac = textAt(node, "mac-address");
  const peer = textAt(node, "peer-ip");
  const backups = childrenAt(node, "backup");
  const [first] = backups;
  const backup = first?.[0] ?? at(node, "backup")?.value;
  const backupNode = at(node, "backup");
  if (backupNode !== undefined) use(backupNode);
  if (backups.length > 1 && backupNode !== undefined)
    report(reading, backupNode, "nvue.several-backups", "Several MLAG backup addresses; the first is modelled.", {
      severity: "info",
    });
  if (!on) return undefined;
  place(reading, node, "mlag");
  const link = at(reading.tree, "interface", peerLink);
  return compact<Mlag>({
    peerLink: link === undefined ? undefined : peerLink,
    localInterface: link === undefined ? undefined : peerLinkVlan,
    peerAddress: peer === undefined ? undefined : peer === "linklocal" ? "link-local" : parseIpAddress(peer),
    systemMac: mac === undefined || mac === "auto" ? undefined : parseMac(mac),
    backupAddress: backup === undefined ? undefined : parseIpAddress(backup),
  });
}

export function writeMlag(writing: Writing): void {
  const { mlag } = writing.config;
  if (mlag === undefined) return;
  put(writing, ["mlag", "state"], true);
  putIf(writing, ["mlag", "mac-address"], mlag.systemMac);
  if (mlag.peerAddress !== undefined)
    put(writing, ["mlag", "peer-ip"], mlag.peerAddress === "link-local" ? "linklocal" : mlag.peerAddress);
  if (mlag.backupAddress !== undefined) put(writing, ["mlag", "backup", mlag.backupAddress]);
  if (mlag.domainId !== undefined)
    unsupported(writing, "mlag", "An MLAG pair has no domain id in NVUE; its MAC names it.");
  if (mlag.peerLink !== undefined && mlag.peerLink !== peerLink)
    unsupported(writing, "mlag", `The peer link is named ${mlag.peerLink}; NVUE's is always ${peerLink}.`);
}
