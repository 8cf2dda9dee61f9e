import type { Driver, Supports } from "../driver.ts";
import { detectSonic } from "./detect.ts";
import { diffSonic } from "./diff.ts";
import { ospfUnsupported } from "./features/ospf.ts";
import { isTenantLine } from "./guard.ts";
import { parseSonic } from "./parse.ts";
import { renderSonic } from "./render.ts";
import { connectSonic } from "./session.ts";

const supports: Supports = {
  interfaces: true,
  breakout: "lanes belong to the port's hardware: a port is broken out on the device, then configured",
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
  ospf: ospfUnsupported,
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
  buffers: true,
};

/** Community SONiC, by `config_db.json` over gNMI. `sonic.md` says how the OS behaves and how we know. */
export const sonic: Driver = {
  nos: "sonic",
  title: "SONiC",
  supports,
  detect: detectSonic,
  parse: parseSonic,
  render: renderSonic,
  diff: diffSonic,
  tenantLine: isTenantLine,
  connect: connectSonic,
  commit: { nativeConfirm: false, atomic: false, dryRun: false, persistsByItself: true },
};
