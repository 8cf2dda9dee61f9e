import type { Vxlan } from "#model/device-config.ts";
import { parseIpAddress, prefixAddress, type IpAddress } from "#net/ip.ts";
import { parseMac, type MacAddress } from "#net/mac.ts";
import { compact, place, report, type Reading } from "../reading.ts";
import { at, flagAt, ignore, numberAt, textAt, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";

/** `nve vxlan`. With nothing said of `state`, it is on as soon as it is there. */
export function readVxlan(reading: Reading): Vxlan | undefined {
  const node = at(reading.tree, "nve", "vxlan");
  const on = flagAt(node, "state") ?? true;
  const sourceAddress = readAddress(reading, at(node, "source", "address"));
  const anycastAddress = readAddress(reading, at(node, "mlag", "shared-address"));
  const udpPort = numberAt(node, "port") ?? 4789;
  const routerMac = readAnycastMac(reading);
  ignore(at(node, "mac-learning"), "EVPN tells where MACs are; data-plane learning is its fallback");
  if (node === undefined || !on) return undefined;
  place(reading, node, "vxlan");
  return compact<Vxlan>({ sourceAddress, anycastAddress, udpPort, routerMac });
}

function readAddress(reading: Reading, node: ConfigNode | undefined): IpAddress | undefined {
  const text = textAt(node);
  const address = text === undefined ? undefined : parseIpAddress(text);
  if (node !== undefined && text !== undefined && text !== "auto" && text !== "none" && address === undefined)
    report(reading, node, "nvue.bad-value", `${text.slice(0, 60)} is no address.`, { severity: "error" });
  return address;
}

/**
 * The router MAC that both members of an MLAG pair announce; `anycast-id` counts from 44:38:39:ff:00:00.
 *
 * @source Cumulus Linux NVUE reference, `system global anycast-mac` and `anycast-id`
 */
function readAnycastMac(reading: Reading): MacAddress | undefined {
  const text = textAt(reading.tree, "system", "global", "anycast-mac");
  const id = numberAt(reading.tree, "system", "global", "anycast-id");
  if (text !== undefined) return parseMac(text);
  if (id === undefined || id > 65535) return undefined;
  return parseMac(`44:38:39:ff:${(id >> 8).toString(16).padStart(2, "0")}:${(id & 255).toString(16).padStart(2, "0")}`);
}

/**
 * MAC of all VRR gateways: `fabric-mac`, or `fabric-id` counted from 00:00:5e:00:01:00; 00:00:5e:00:01:01 unless said.
 *
 * @source Cumulus Linux 5.15 Virtual-Router-Redundancy-VRR "Change the VRR MAC address"
 */
export function readGatewayMac(reading: Reading, needed: boolean): MacAddress | undefined {
  const text = textAt(reading.tree, "system", "global", "fabric-mac");
  const id = numberAt(reading.tree, "system", "global", "fabric-id");
  const said = text === undefined ? undefined : parseMac(text);
  if (said !== undefined) return said;
  if (id === undefined && !needed) return undefined;
  return parseMac(`00:00:5e:00:01:${((id ?? 1) & 255).toString(16).padStart(2, "0")}`);
}

export function writeVxlan(writing: Writing): void {
  const { vxlan, anycastGatewayMac, interfaces } = writing.config;
  putIf(writing, ["system", "global", "fabric-mac"], anycastGatewayMac);
  if (vxlan === undefined) return;
  const path = ["nve", "vxlan"];
  put(writing, [...path, "state"], true);
  const lender = vxlan.sourceInterface === undefined ? undefined : interfaces[vxlan.sourceInterface];
  const borrowed = lender?.ipv4?.addresses[0] ?? lender?.ipv6?.addresses[0];
  const source = vxlan.sourceAddress ?? (borrowed === undefined ? undefined : prefixAddress(borrowed));
  if (vxlan.sourceInterface !== undefined && source === undefined)
    unsupported(writing, "vxlan", `The tunnel source ${vxlan.sourceInterface} has no address; NVUE names the address.`);
  putIf(writing, [...path, "source", "address"], source);
  putIf(writing, [...path, "mlag", "shared-address"], vxlan.anycastAddress);
  if (vxlan.udpPort !== 4789) put(writing, [...path, "port"], vxlan.udpPort);
  putIf(writing, ["system", "global", "anycast-mac"], vxlan.routerMac);
}
