import type { DeviceConfig } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import { emitTree } from "./emit-yaml.ts";
import { writeAcls } from "./features/acl.ts";
import { writeEvpn } from "./features/evpn.ts";
import { writeInterfaces } from "./features/interfaces.ts";
import { writeMlag } from "./features/mlag.ts";
import { writeQos } from "./features/qos.ts";
import { writeRoutingPolicy } from "./features/routing-policy.ts";
import { defaultBridge, writeBridgeDomains } from "./features/vlans.ts";
import { writeNetworkInstances } from "./features/vrf.ts";
import { writeVxlan } from "./features/vxlan.ts";
import { antiquate } from "./spelling.ts";
import { newNode } from "./tree.ts";
import { put, putIf, unsupported, type Writing } from "./writing.ts";

export interface Rendering {
  readonly files: readonly SourceFile[];
  readonly findings: readonly Finding[];
}

/** Where NVUE keeps it on the switch. */
export const startupPath = "etc/nvue.d/startup.yaml";

/** The config as startup.yaml in the spelling of Cumulus Linux 5.15 and later. */
export const renderNvue = (config: DeviceConfig): Rendering => render(config, "newer");

/** The same in the spelling of 5.14 and earlier (`enable: on`, `ip: address:`). */
export const renderOld = (config: DeviceConfig): Rendering => render(config, "older");

function render(config: DeviceConfig, spelling: "newer" | "older"): Rendering {
  const writing: Writing = { config, tree: newNode("", 0), findings: [] };
  put(writing, ["system", "hostname"], config.hostname);
  putIf(writing, ["system", "lldp", "state"], config.lldp);
  writeInterfaces(writing);
  writeBridgeDomains(writing);
  writeForceUp(writing);
  writeVxlan(writing);
  writeEvpn(writing);
  writeNetworkInstances(writing);
  writeRoutingPolicy(writing);
  writeAcls(writing);
  writeQos(writing);
  writeMlag(writing);
  const lines = ["- header:", "    nvue-api-version: nvue_v1", "- set:"];
  emitTree(spelling === "older" ? antiquate(writing.tree) : writing.tree, 2, lines);
  return { files: [{ path: startupPath, text: `${lines.join("\n")}\n` }], findings: writing.findings };
}

function writeForceUp(writing: Writing): void {
  const gateways = Object.values(writing.config.interfaces).filter((port) => port.kind === "irb");
  const forced = gateways.filter((port) => port.noAutostate === true).length;
  if (forced === 0) return;
  put(writing, ["bridge", "domain", defaultBridge, "svi-force-up", "state"], true);
  if (forced < gateways.length)
    unsupported(writing, "svi-force-up", "Gateways stay up without members for the whole bridge, or for none.");
}
