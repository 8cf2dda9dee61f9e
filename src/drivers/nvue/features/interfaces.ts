import type { Interface, InterfaceIp, InterfaceKind } from "#model/device-config.ts";
import { parseVlanId } from "#net/asn.ts";
import { parseInterfaceAddress, prefixLength, type InterfaceAddress } from "#net/ip.ts";
import { parseMac, type MacAddress } from "#net/mac.ts";
import { formatRate, parseRate } from "#net/rate.ts";
import { compact, parsed, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, numberAt, setAt, textAt, use, wordAt, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";
import { readAclBindings, writeAclBindings } from "./acl.ts";
import { readEthernetSegment, writeEthernetSegment } from "./evpn.ts";
import { readBond, writeBond } from "./lag.ts";
import { readSwitchport, writeSwitchport } from "./vlans.ts";

/** @source Cumulus Linux 5.15 Switch-Port-Attributes: the default MTU is 9216 (policy.d/mtu.json) */
export const defaultMtuBytes = 9216;

const kinds: Readonly<Record<string, InterfaceKind>> = {
  swp: "ethernet",
  eth: "management",
  loopback: "loopback",
  bond: "lag",
  peerlink: "lag",
  svi: "irb",
  sub: "subinterface",
};
const types: Readonly<Record<InterfaceKind, string | undefined>> = {
  ethernet: "swp",
  management: "eth",
  loopback: "loopback",
  lag: "bond",
  irb: "svi",
  subinterface: "sub",
  vxlan: undefined,
};

function kindOf(name: string, type: string | undefined, node: ConfigNode): InterfaceKind | undefined {
  if (type !== undefined) return Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (name.includes(".")) return "subinterface";
  if (/^swp\d/.test(name)) return "ethernet";
  if (/^eth\d/.test(name)) return "management";
  if (name === "lo") return "loopback";
  if (/^vlan\d+$/.test(name)) return "irb";
  if (name === "peerlink" || at(node, "bond") !== undefined || name.startsWith("bond")) return "lag";
  return undefined;
}

/** All interfaces, those too that only a bond or a peer link names. */
export function readInterfaces(reading: Reading, mtuBytes: number): Map<string, Interface> {
  const ports = new Map<string, Interface>();
  for (const [name, node] of childrenAt(reading.tree, "interface")) {
    if (node.children.size === 0) use(node);
    const kind = kindOf(name, textAt(node, "type"), node);
    if (kind === undefined) {
      report(reading, node, "nvue.interface-kind", `${name} is of a kind that is not modelled.`);
      continue;
    }
    if (readBreakout(node)) continue;
    ports.set(name, readInterface(reading, name, node, kind, mtuBytes));
    placeInterface(reading, name, node);
  }
  for (const [name, node] of childrenAt(reading.tree, "vrf")) {
    const loopback = readVrfLoopback(reading, name, node);
    if (loopback !== undefined) ports.set(name, loopback);
  }
  for (const [name, node] of childrenAt(reading.tree, "interface"))
    for (const member of setAt(node, "bond", "member")) {
      const port = ports.get(member) ?? bare(mtuBytes);
      ports.set(member, { ...port, lag: name });
      if (at(reading.tree, "interface", member) === undefined)
        place(reading, at(node, "bond", "member", member), "interfaces", member);
    }
  return ports;
}

/**
 * A VRF is a device of its own on Cumulus Linux, and may carry addresses: its loopback, named as the VRF is.
 *
 * @source Cumulus Linux NVUE reference, `vrf <id> loopback ip address`
 */
function readVrfLoopback(reading: Reading, vrf: string, node: ConfigNode): Interface | undefined {
  const loopback = at(node, "loopback");
  const ipv4 = readIp(reading, loopback, "ipv4")?.ip;
  const ipv6 = readIp(reading, loopback, "ipv6")?.ip;
  if (ipv4 === undefined && ipv6 === undefined) return undefined;
  place(reading, loopback, "interfaces", vrf);
  return compact<Interface>({ kind: "loopback", enabled: true, networkInstance: vrf, ipv4, ipv6 });
}

const bare = (mtuBytes: number): Interface => ({
  kind: "ethernet",
  enabled: true,
  mtuBytes,
  networkInstance: "default",
});

/** A broken-out port is not a port any more; its parts (`swp1s0`) stand on their own. */
function readBreakout(node: ConfigNode): boolean {
  const mode = wordAt(node, "link", "breakout");
  if (mode === undefined || !/^\d+x/.test(mode)) return false;
  const breakout = at(node, "link", "breakout");
  if (breakout !== undefined) use(breakout);
  return true;
}

function readInterface(
  reading: Reading,
  name: string,
  node: ConfigNode,
  kind: InterfaceKind,
  mtuBytes: number,
): Interface {
  const dot = name.lastIndexOf(".");
  const base = textAt(node, "base-interface");
  const vlan = parseVlanId(textAt(node, "vlan") ?? (kind === "irb" ? name.replace(/^\D+/, "") : name.slice(dot + 1)));
  const hasMtu = kind !== "loopback" && kind !== "management";
  const ipv4 = readIp(reading, node, "ipv4");
  const ipv6 = readIp(reading, node, "ipv6");
  return compact<Interface>({
    kind,
    enabled: wordAt(node, "link", "breakout") !== "disabled" && (flagAt(node, "link", "state") ?? true),
    description: textAt(node, "description"),
    mtuBytes: numberAt(node, "link", "mtu") ?? (hasMtu ? mtuBytes : undefined),
    ...readLink(reading, node),
    networkInstance: textAt(node, "vrf") ?? "default",
    ipv4: ipv4?.ip,
    ipv6: ipv6?.ip,
    anycastMac: ipv4?.mac ?? ipv6?.mac,
    ...(kind === "subinterface" ? { parent: base ?? name.slice(0, dot), vlanTag: vlan } : {}),
    ...(kind === "irb" && vlan !== undefined ? { bridgeDomain: String(vlan) } : {}),
    switchport: readSwitchport(reading, node),
    ...(kind === "lag" ? readBond(reading, node) : {}),
    ethernetSegment: readEthernetSegment(reading, node),
    ...readAclBindings(reading, name, node),
  });
}

function placeInterface(reading: Reading, name: string, node: ConfigNode): void {
  place(reading, node, "interfaces", name);
  for (const family of ["ipv4", "ipv6"]) place(reading, at(node, family), "interfaces", name, family);
  place(reading, at(node, "bridge"), "interfaces", name, "switchport");
}

const fecs: Readonly<Record<string, NonNullable<Interface["fec"]>>> = {
  rs: "rs",
  baser: "fc",
  off: "none",
  disabled: "none",
  auto: "auto",
};

function readLink(reading: Reading, node: ConfigNode): Pick<Interface, "speedBps" | "fec" | "autoNegotiate"> {
  const speed = textAt(node, "link", "speed");
  const speedBps = speed === undefined || speed === "auto" ? undefined : parseRate(speed);
  if (speed !== undefined && speed !== "auto" && speedBps === undefined)
    report(reading, at(node, "link", "speed") ?? node, "nvue.bad-value", `${speed} is no speed.`);
  const fec = wordAt(node, "link", "fec");
  if (fec !== undefined && Object.hasOwn(fecs, fec)) textAt(node, "link", "fec");
  return compact<Pick<Interface, "speedBps" | "fec" | "autoNegotiate">>({
    speedBps,
    fec: fec !== undefined && Object.hasOwn(fecs, fec) ? fecs[fec] : undefined,
    autoNegotiate: flagAt(node, "link", "auto-negotiate"),
  });
}

/** @source Cumulus Linux 5.15 Virtual-Router-Redundancy-VRR: `mac-id` counts from 00:00:5e:00:01:00 */
const vrrMac = (id: number): MacAddress | undefined =>
  parseMac(`00:00:5e:00:01:${(id & 255).toString(16).padStart(2, "0")}`);

function readIp(
  reading: Reading,
  port: ConfigNode | undefined,
  family: "ipv4" | "ipv6",
): { ip?: InterfaceIp; mac?: MacAddress } | undefined {
  const node = at(port, family);
  if (node === undefined) return undefined;
  const addresses = parsed(reading, at(node, "address"), setAt(node, "address"), parseInterfaceAddress, "address");
  const gateways = parsed(
    reading,
    at(node, "vrr", "address"),
    setAt(node, "vrr", "address"),
    parseInterfaceAddress,
    "address",
  );
  const running = (flagAt(node, "vrr", "state") ?? true) && (flagAt(node, "vrr", "vrr-state") ?? true);
  const macText = textAt(node, "vrr", "mac-address");
  const macId = numberAt(node, "vrr", "mac-id");
  const mac = macText === undefined ? (macId === undefined ? undefined : vrrMac(macId)) : parseMac(macText);
  const on = flagAt(node, "state");
  const linkLocalOnly = family === "ipv6" && on === true && addresses.length === 0 && gateways.length === 0;
  const anycastAddresses = running ? gateways : [];
  const empty = addresses.length === 0 && anycastAddresses.length === 0 && !linkLocalOnly;
  return compact<{ ip?: InterfaceIp; mac?: MacAddress }>({
    ip: empty ? undefined : { addresses, anycastAddresses, ...(linkLocalOnly ? { linkLocalOnly } : {}) },
    mac,
  });
}

/**
 * A port that carries the loopback's own /32 borrows it (unnumbered OSPF and BGP).
 *
 * @source Cumulus Linux 5.15 OSPF-Configuration-Example: `interface swp51 ip address 10.10.10.1/32` as on `lo`
 */
export function borrowLoopback(ports: Map<string, Interface>): void {
  const own = new Map<InterfaceAddress, string>();
  for (const [name, port] of ports)
    if (port.kind === "loopback") for (const address of port.ipv4?.addresses ?? []) own.set(address, name);
  for (const [name, port] of ports) {
    const [address, ...more] = port.ipv4?.addresses ?? [];
    const lender = address === undefined ? undefined : own.get(address);
    if (port.ipv4 === undefined || port.kind === "loopback" || lender === undefined || more.length > 0) continue;
    if (address !== undefined && prefixLength(address) === 32)
      ports.set(name, { ...port, ipv4: { ...port.ipv4, addresses: [], unnumberedFrom: lender } });
  }
}

export function writeInterfaces(writing: Writing): void {
  for (const [name, port] of Object.entries(writing.config.interfaces)) {
    if (port.kind === "loopback" && name !== "lo") {
      writeVrfLoopback(writing, name, port);
      continue;
    }
    const path = ["interface", name];
    const type = name === "peerlink" ? "peerlink" : types[port.kind];
    if (type === undefined) {
      unsupported(writing, name, `NVUE has no interface of kind ${port.kind}; the tunnel is \`nve vxlan\`.`);
      continue;
    }
    put(writing, [...path, "type"], type);
    // An interface that is named is up; only the other case needs a word.
    if (!port.enabled) put(writing, [...path, "link", "state"], "down");
    putIf(writing, [...path, "description"], port.description);
    putIf(writing, [...path, "link", "mtu"], port.mtuBytes);
    if (port.speedBps !== undefined) put(writing, [...path, "link", "speed"], formatRate(port.speedBps));
    if (port.fec !== undefined)
      put(writing, [...path, "link", "fec"], { rs: "rs", fc: "baser", none: "off", auto: "auto" }[port.fec]);
    putIf(writing, [...path, "link", "auto-negotiate"], port.autoNegotiate);
    if (port.networkInstance !== "default") put(writing, [...path, "vrf"], port.networkInstance);
    writeIp(writing, path, name, "ipv4", port.ipv4, port.anycastMac);
    writeIp(writing, path, name, "ipv6", port.ipv6, port.anycastMac);
    if (port.kind === "subinterface") {
      putIf(writing, [...path, "base-interface"], port.parent);
      putIf(writing, [...path, "vlan"], port.vlanTag);
      if (port.bridgeDomain !== undefined)
        unsupported(
          writing,
          name,
          `${name} is a bridged subinterface; NVUE bridges ports by VLAN.`,
          "Make the parent a trunk.",
        );
    }
    if (port.kind === "irb") putIf(writing, [...path, "vlan"], port.bridgeDomain);
    writeSwitchport(writing, name, port);
    writeBond(writing, name, port);
    writeEthernetSegment(writing, name, port);
    writeAclBindings(writing, name, port);
    writeBreakout(writing, name);
  }
}

/** `swp1s0`…`swp1s3` need their parent split in four. */
function writeBreakout(writing: Writing, name: string): void {
  const split = /^(swp\d+)s(\d)$/.exec(name);
  if (split === null) return;
  const [, parent = "", last = "0"] = split;
  const parts = Object.keys(writing.config.interfaces).filter((other) => other.startsWith(`${parent}s`));
  const highest = Math.max(Number(last), ...parts.map((other) => Number(other.slice(parent.length + 1)) || 0));
  const ways = highest < 2 ? 2 : highest < 4 ? 4 : 8;
  put(writing, ["interface", parent, "type"], "swp");
  put(writing, ["interface", parent, "link", "breakout", `${ways}x`]);
}

function writeVrfLoopback(writing: Writing, name: string, port: Interface): void {
  if (name !== port.networkInstance)
    return unsupported(
      writing,
      name,
      `Cumulus Linux has one loopback, lo, and one per VRF, named as the VRF is; ${name} is neither.`,
      `Name it ${port.networkInstance === "default" ? "lo" : port.networkInstance}.`,
    );
  writeIp(writing, ["vrf", name, "loopback"], name, "ipv4", port.ipv4, undefined);
  writeIp(writing, ["vrf", name, "loopback"], name, "ipv6", port.ipv6, undefined);
}

function writeIp(
  writing: Writing,
  base: readonly string[],
  name: string,
  family: "ipv4" | "ipv6",
  ip: InterfaceIp | undefined,
  mac: MacAddress | undefined,
): void {
  if (ip === undefined) return;
  const path = [...base, family];
  const borrowed =
    ip.unnumberedFrom === undefined ? [] : (writing.config.interfaces[ip.unnumberedFrom]?.[family]?.addresses ?? []);
  for (const address of [...ip.addresses, ...borrowed]) put(writing, [...path, "address", address]);
  if (ip.linkLocalOnly === true) put(writing, [...path, "state"], true);
  if (ip.anycastAddresses.length === 0) return;
  if (ip.addresses.length === 0)
    unsupported(writing, name, `${name} has an anycast gateway and no address of its own, which VRR needs.`);
  for (const address of ip.anycastAddresses) put(writing, [...path, "vrr", "address", address]);
  put(writing, [...path, "vrr", "state"], true);
  putIf(writing, [...path, "vrr", "mac-address"], mac);
}
