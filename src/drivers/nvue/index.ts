import type { SourceFile } from "#model/source.ts";
import type { Driver, Supports } from "../driver.ts";
import { diffNvue } from "./diff.ts";
import { tenantLine } from "./guard.ts";
import { parseNvue } from "./parse.ts";
import { renderNvue } from "./render.ts";
import { connectNvue } from "./session.ts";
import { isCommands } from "./source.ts";

export { renderOld } from "./render.ts";

const supports: Supports = {
  interfaces: true,
  breakout: true,
  lag: true,
  subinterfaces: true,
  bridgeDomains: true,
  irb: true,
  anycastGateway: true,
  vrf: true,
  staticRoutes: true,
  bgp: true,
  bgpUnnumbered: true,
  bgpDynamicNeighbors: true,
  ospf: true,
  routingPolicy: true,
  vxlan: true,
  evpnL2: true,
  evpnL3: true,
  evpnMultihoming: true,
  mlag: true,
  acl: true,
  qosClassification: true,
  pfc: true,
  ecn: true,
  buffers: "NVUE names pools by profile; only RoCE's lossless pool and PFC thresholds are modelled",
};

/** Cumulus Linux by NVUE: startup.yaml, `nv set` lines, and the REST API. See nvue.md. */
export const nvue: Driver = {
  nos: "nvue",
  title: "NVIDIA Cumulus Linux (NVUE)",
  supports,
  detect,
  parse: parseNvue,
  render: renderNvue,
  diff: diffNvue,
  tenantLine,
  connect: connectNvue,
  commit: { nativeConfirm: true, atomic: false, dryRun: true, persistsByItself: true },
};

const roots = /^[ \t]*["']?(?:interface|vrf|router|bridge|nve|evpn|system|service|mlag|qos|acl|header)["']?\s*:/gm;

function detect(file: SourceFile): number {
  const text = file.text.slice(0, 65536);
  if (isCommands(text)) return 0.95;
  if (/nvue-api-version\s*:/.test(text)) return 0.98;
  const found = new Set((text.match(roots) ?? []).map((key) => key.replace(/[\s"':]/g, ""))).size;
  if (/^[ \t]*-[ \t]*["']?(?:set|unset)["']?[ \t]*:/m.test(text)) return found > 0 ? 0.95 : 0.4;
  if (/nvue\.d[/\\]/.test(file.path) || /nvue\.ya?ml$/.test(file.path)) return 0.8;
  return /\b(?:swp\d|br_default)\b/.test(text) && found >= 3 ? 0.7 : 0;
}
