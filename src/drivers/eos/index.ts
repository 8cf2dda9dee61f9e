import type { Driver, Supports } from "../driver.ts";
import { detectEos } from "./detect.ts";
import { diffEos } from "./diff.ts";
import { parseEos } from "./parse.ts";
import { renderEos } from "./render.ts";
import { connectEos } from "./session.ts";
import { isTenantLine } from "./tenant-lines.ts";

const supports: Supports = {
  interfaces: true,
  breakout: "EOS shows breakout in the port names and speeds; lane groups of the platform are not modelled",
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
  buffers: "headroom and shared buffers are left to the platform's own lossless defaults",
};

/** Arista EOS: `show running-config` text, and eAPI with configuration sessions. How it behaves stands in `eos.md`. */
export const eos: Driver = {
  nos: "eos",
  title: "Arista EOS",
  supports,
  detect: detectEos,
  parse: parseEos,
  render: renderEos,
  diff: diffEos,
  tenantLine: isTenantLine,
  connect: connectEos,
  // A session is one transaction, with its own way back; `write memory` makes it last. @source Arista eAPI, facts of the driver
  commit: { nativeConfirm: true, atomic: true, dryRun: true, persistsByItself: false },
};
