import { parseVlanId } from "#net/asn.ts";
import {
  networkOf,
  parseInterfaceAddress,
  parseIpAddress,
  parseIpv4Mask,
  prefixAddress,
  prefixContains,
  prefixLength,
  type InterfaceAddress,
} from "#net/ip.ts";
import { formatRate, parseRate } from "#net/rate.ts";
import type { DeviceConfig, Interface, InterfaceIp, InterfaceKind } from "#model/device-config.ts";
import { block, type Block, type Written } from "../../syntax/indented.ts";
import {
  interfaceOf,
  instanceOf,
  type AddressDraft,
  type DeviceDraft,
  type InterfaceDraft,
  type Line,
  isSwitched,
} from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { canonicalInterface, expandInterfaces, restAfter, pathOf } from "../text.ts";
import { ignoredInterfaceLines, ignoreByTable } from "../ignored.ts";
import { readInterfaceAcl, writeInterfaceAcl } from "./acl.ts";
import { readEthernetSegment, writeEthernetSegment } from "./ethernet-segment.ts";
import { readChannelGroup, readMlagId, writeChannelGroup } from "./lag.ts";
import { readInterfaceOspf, writeInterfaceOspf } from "./ospf.ts";
import { qosLines, writeInterfaceQos } from "./qos.ts";
import { readSwitchport, resolveSwitchport, writeSwitchport } from "./switchport.ts";

/** Routed ports, port channels and SVIs. @source corpus eos/labval-eos_ceos_ebgp show interfaces: "IP MTU 1500 bytes (default)" */
const defaultIpMtu = 1500;
/** Frames on switched ports. @source corpus eos/labval-*, show interfaces: "Ethernet MTU 9214 bytes" */
const defaultEthernetMtu = 9214;

export const kindOf = (name: string): InterfaceKind | undefined => {
  if (name.startsWith("Ethernet")) return name.includes(".") ? "subinterface" : "ethernet";
  if (name.startsWith("Port-Channel")) return name.includes(".") ? "subinterface" : "lag";
  if (name.startsWith("Vlan")) return "irb";
  if (name.startsWith("Loopback")) return "loopback";
  if (name.startsWith("Management")) return "management";
  return undefined;
};

/** `interface X`: a name, or a range of names that share the block. Vxlan stands in its own file. */
export function readInterface(line: Line, reader: Reader): boolean {
  const names = expandInterfaces(line.words[1] ?? "", line.words[2]);
  if (names === undefined || (names.length > 1 && !reader.spend(names.length * (1 + line.block.children.length))))
    return false;
  for (const name of names) {
    if (kindOf(name) === undefined) return false;
    if (line.no) {
      reader.draft.interfaces.delete(name);
      continue;
    }
    const draft = interfaceOf(reader.draft, name, line.block.line);
    if (!draft.declared) {
      draft.declared = true;
      draft.line = line.block.line;
    }
    readLines(line.block.children, draft, reader);
  }
  return true;
}

function readLines(lines: readonly Block[], draft: InterfaceDraft, reader: Reader): void {
  reader.each(lines, interfaceLines, draft);
}

const readDescription: Handler<InterfaceDraft> = ({ block, no }, draft) => {
  if (no) delete draft.description;
  else draft.description = restAfter(block.text, 1);
  return true;
};

const readMtu: Handler<InterfaceDraft> = ({ words, no }, draft) => {
  const bytes = Number(words[1]);
  if (no) delete draft.mtu;
  else if (Number.isInteger(bytes) && bytes >= 68 && bytes <= 65535) draft.mtu = bytes;
  else return false;
  return true;
};

const readL2: Handler<InterfaceDraft> = (line, draft, reader) => {
  const bytes = Number(line.words[2]);
  if (line.words[1] !== "mtu") return ignoreByTable(line, ignoredInterfaceLines, reader);
  if (line.no) delete draft.l2Mtu;
  else if (Number.isInteger(bytes) && bytes >= 68 && bytes <= 65535) draft.l2Mtu = bytes;
  else return false;
  return true;
};

/** `speed 100g`, `speed forced 100gfull`, `speed 400g-8`, `speed auto 100gfull`. */
const readSpeed: Handler<InterfaceDraft> = ({ words, no }, draft) => {
  if (no) {
    delete draft.speedBps;
    return true;
  }
  const named = words[1] === "forced" || words[1] === "auto" ? words[2] : words[1];
  if (words[1] === "auto") draft.autoNegotiate = true;
  if (named === undefined) return words[1] === "auto";
  const rate = parseRate(named.replace(/(full|half)$/, "").replace(/-\d+$/, ""));
  if (rate === undefined) return false;
  draft.speedBps = rate;
  return true;
};

/** `error-correction encoding reed-solomon | fire-code`, `no error-correction encoding`. */
const readFec: Handler<InterfaceDraft> = ({ words, no }, draft) => {
  if (words[1] !== "encoding") return false;
  if (words[2] === "reed-solomon") draft.fec = no ? "none" : "rs";
  else if (words[2] === "fire-code") draft.fec = no ? "none" : "fc";
  else if (words[2] === undefined && no) draft.fec = "none";
  else return false;
  return true;
};

const readVrf: Handler<InterfaceDraft> = ({ words, no, block }, draft, reader) => {
  const name = words[1] === "forwarding" ? words[2] : words[1];
  if (no) delete draft.vrf;
  else if (name === undefined) return false;
  else {
    draft.vrf = name;
    instanceOf(reader.draft, name, block.line);
  }
  return true;
};

/** `10.0.0.1/31` or `10.0.0.1 255.255.255.254`. */
function addressAt(words: readonly string[], at: number): { address: InterfaceAddress; used: number } | undefined {
  const first = words[at] ?? "";
  const whole = parseInterfaceAddress(first);
  if (whole !== undefined) return { address: whole, used: 1 };
  const length = parseIpv4Mask(words[at + 1] ?? "");
  const address = length === undefined ? undefined : parseInterfaceAddress(`${first}/${length}`);
  return address && { address, used: 2 };
}

const mostAddresses = 1024;

/** A primary address replaces the one before it, a secondary is added. */
function setAddress(list: InterfaceAddress[], address: InterfaceAddress, secondary: boolean): void {
  if (secondary) {
    if (list.length < mostAddresses && !list.includes(address)) list.push(address);
  } else if (list.length === 0) list.push(address);
  else list[0] = address;
}

const readAddress =
  (family: "v4" | "v6"): Handler<InterfaceDraft> =>
  (line, draft, reader) => {
    const { words, no, block } = line;
    const side = draft[family];
    if (no) {
      side.addresses = [];
      side.anycast = [];
      delete side.unnumberedFrom;
      return true;
    }
    if (words[2] === "unnumbered") {
      const from = canonicalInterface(words[3] ?? "", words[4]);
      if (from === undefined) return false;
      side.unnumberedFrom = from;
      draft.places[family === "v4" ? "ipv4" : "ipv6"] = block.line;
      return true;
    }
    if (words[2] === "dhcp" || words[2] === "auto-config") {
      reader.ignore(block, "the address comes from a server when the device runs");
      return false;
    }
    const virtual = words[2] === "virtual";
    const found = addressAt(words, virtual ? 3 : 2);
    if (found === undefined) return false;
    const last = words[(virtual ? 3 : 2) + found.used];
    if (last === "link-local") {
      reader.ignore(block, "a chosen link-local address: the neighbour finds it by itself");
      return false;
    }
    if (last !== undefined && last !== "secondary") return false;
    // IPv6 has no secondary: each line adds one.
    setAddress(virtual ? side.anycast : side.addresses, found.address, last === "secondary" || family === "v6");
    draft.places[family === "v4" ? "ipv4" : "ipv6"] = block.line;
    return true;
  };

/** `ip virtual-router address 10.0.0.1[/24] [secondary]` beside an address of the interface's own. */
const readVirtualRouter =
  (family: "v4" | "v6"): Handler<InterfaceDraft> =>
  ({ words, no, block }, draft) => {
    if (words[2] !== "address") return false;
    const side = draft[family];
    const whole = parseInterfaceAddress(words[3] ?? "");
    const bare = parseIpAddress(words[3] ?? "");
    if (no) {
      side.bareAnycast = [];
      return true;
    }
    if (whole !== undefined) setAddress(side.anycast, whole, true);
    else if (bare !== undefined) side.bareAnycast.push(bare);
    else return false;
    draft.places[family === "v4" ? "ipv4" : "ipv6"] = block.line;
    return true;
  };

const readIp: Handler<InterfaceDraft> = (line, draft, reader) => {
  switch (line.words[1]) {
    case "address":
      return readAddress("v4")(line, draft, reader);
    case "virtual-router":
      return readVirtualRouter("v4")(line, draft, reader);
    case "access-group":
      return readInterfaceAcl(line, draft, reader);
    case "ospf":
      return readInterfaceOspf(line, draft, reader);
    default:
      return ignoreByTable(line, ignoredInterfaceLines, reader);
  }
};

const readIpv6: Handler<InterfaceDraft> = (line, draft, reader) => {
  switch (line.words[1]) {
    case "address":
      return readAddress("v6")(line, draft, reader);
    case "virtual-router":
      return readVirtualRouter("v6")(line, draft, reader);
    case "access-group":
      return readInterfaceAcl(line, draft, reader);
    case "enable":
      if (line.no) delete draft.v6.linkLocalOnly;
      else draft.v6.linkLocalOnly = true;
      draft.places.ipv6 = line.block.line;
      return true;
    default:
      return ignoreByTable(line, ignoredInterfaceLines, reader);
  }
};

/** `encapsulation dot1q vlan 100`; the block form `encapsulation vlan` / `client dot1q 100`. */
const readEncapsulation: Handler<InterfaceDraft> = ({ words, block, no }, draft, reader) => {
  if (no) {
    delete draft.vlanTag;
    return true;
  }
  if (words[1] === "dot1q" && words[2] === "vlan" && words.length === 4) {
    const tag = parseVlanId(words[3] ?? "");
    if (tag !== undefined) draft.vlanTag = tag;
    return tag !== undefined;
  }
  if (words[1] !== "vlan" || words.length > 2) return false;
  const client = block.children[0];
  const said = client?.text.split(" ") ?? [];
  const tag = said[0] === "client" && said[1] === "dot1q" && said.length === 3 ? parseVlanId(said[2] ?? "") : undefined;
  if (tag === undefined || client === undefined || block.children.length > 1) return false;
  draft.vlanTag = tag;
  reader.use(client);
  return true;
};

const interfaceLines: Table<InterfaceDraft> = new Map<string, Handler<InterfaceDraft>>([
  ["description", readDescription],
  [
    "shutdown",
    ({ no }, draft) => {
      draft.shutdown = !no;
      return true;
    },
  ],
  ["mtu", readMtu],
  ["l2", readL2],
  ["speed", readSpeed],
  ["error-correction", readFec],
  ["vrf", readVrf],
  ["ip", readIp],
  ["ipv6", readIpv6],
  ["switchport", readSwitchport],
  ["channel-group", readChannelGroup],
  ["mlag", readMlagId],
  ["encapsulation", readEncapsulation],
  [
    "vlan",
    ({ words }, draft) => {
      const id = words[1] === "id" ? parseVlanId(words[2] ?? "") : undefined;
      if (id !== undefined) draft.bridgedVlan = id;
      return id !== undefined;
    },
  ],
  [
    "autostate",
    ({ no }, draft) => {
      if (no) draft.noAutostate = true;
      else delete draft.noAutostate;
      return true;
    },
  ],
  [
    "evpn",
    (line, draft, reader) => (line.words[1] === "ethernet-segment" ? readEthernetSegment(line, draft, reader) : false),
  ],
  ...qosLines,
]);

// The lines of the table that are no part of forwarding; handlers of the same first word ask it themselves.
for (const first of ignoredInterfaceLines.keys())
  if (!interfaceLines.has(first))
    (interfaceLines as Map<string, Handler<InterfaceDraft>>).set(first, (line, _draft, reader) =>
      // the map above, not yet shared
      ignoreByTable(line, ignoredInterfaceLines, reader),
    );

/** The interfaces with the defaults of EOS written out. */
export function buildInterfaces(draft: DeviceDraft, reader: Reader): Record<string, Interface> {
  const built: [string, Interface][] = [];
  materialiseLags(draft);
  const lacp = lacpOfLags(draft);
  for (const one of draft.interfaces.values()) {
    const path = pathOf("interfaces", one.name);
    reader.mark(path, one.line);
    if (one.places.switchport !== undefined) reader.mark(`${path}/switchport`, one.places.switchport);
    if (one.places.ipv4 !== undefined) reader.mark(`${path}/ipv4`, one.places.ipv4);
    if (one.places.ipv6 !== undefined) reader.mark(`${path}/ipv6`, one.places.ipv6);
    if (one.places.qos !== undefined) reader.mark(pathOf("qos", "interfaces", one.name), one.places.qos);
    built.push([one.name, buildInterface(one, draft, reader, lacp.get(one.name))]);
  }
  return Object.fromEntries(built);
}

/** A port channel exists as soon as a member names it. */
function materialiseLags(draft: DeviceDraft): void {
  for (const one of draft.interfaces.values()) if (one.lag !== undefined) interfaceOf(draft, one.lag, one.line);
}

function lacpOfLags(draft: DeviceDraft): Map<string, NonNullable<Interface["lacp"]>> {
  const modes = new Map<string, NonNullable<Interface["lacp"]>>();
  for (const one of draft.interfaces.values())
    if (one.lag !== undefined && one.lacp !== undefined) modes.set(one.lag, one.lacp);
  return modes;
}

function buildInterface(
  one: InterfaceDraft,
  draft: DeviceDraft,
  reader: Reader,
  lacp: Interface["lacp"] | undefined,
): Interface {
  const kind = kindOf(one.name) ?? "ethernet";
  const port: { -readonly [K in keyof Interface]: Interface[K] } = {
    kind,
    enabled: one.shutdown !== true,
    networkInstance: one.vrf ?? "default",
  };
  const switched = (kind === "ethernet" || kind === "lag") && one.lag === undefined && isSwitched(one, draft);
  if (one.description !== undefined) port.description = one.description;
  const mtu = (switched ? one.l2Mtu : undefined) ?? one.mtu ?? defaultMtu(one, kind, switched, draft);
  if (mtu !== undefined) port.mtuBytes = mtu;
  if (one.speedBps !== undefined) port.speedBps = one.speedBps;
  if (one.fec !== undefined) port.fec = one.fec;
  if (one.autoNegotiate !== undefined) port.autoNegotiate = one.autoNegotiate;
  if (one.lag !== undefined) port.lag = one.lag;
  if (lacp !== undefined) port.lacp = lacp;
  if (one.mlagId !== undefined) port.mlagId = one.mlagId;
  if (one.segment?.esi !== undefined)
    port.ethernetSegment = { ...one.segment, esi: one.segment.esi } as NonNullable<Interface["ethernetSegment"]>; // undefined fields are never set
  if (one.aclIn !== undefined) port.aclIn = one.aclIn;
  if (one.aclOut !== undefined) port.aclOut = one.aclOut;
  if (switched) port.switchport = resolveSwitchport(one, draft, reader);
  if (kind === "irb") {
    port.bridgeDomain = one.name.slice("Vlan".length);
    if (one.noAutostate === true) port.noAutostate = true;
  }
  if (kind === "subinterface") {
    port.parent = one.name.slice(0, one.name.indexOf("."));
    if (one.vlanTag !== undefined) port.vlanTag = one.vlanTag;
    if (one.bridgedVlan !== undefined) port.bridgeDomain = String(one.bridgedVlan);
  }
  // Addresses of a switched port or a LAG member are kept by the device and do nothing.
  // @source corpus eos/labval-eos_switchport_order
  if (!switched && one.lag === undefined) {
    const v4 = buildIp(one.v4, one, reader);
    if (v4 !== undefined) port.ipv4 = v4;
    const v6 = buildIp(one.v6, one, reader);
    if (v6 !== undefined) port.ipv6 = v6;
  } else if (one.v4.addresses.length + one.v6.addresses.length > 0)
    reader.find(
      "eos.address-on-switchport",
      "warning",
      `${one.name} is switched or a LAG member: its address does nothing.`,
      one.line,
      "Say `no switchport`, or take the address away.",
    );
  return port;
}

function defaultMtu(
  one: InterfaceDraft,
  kind: InterfaceKind,
  switched: boolean,
  draft: DeviceDraft,
): number | undefined {
  if (kind === "loopback" || kind === "management" || one.lag !== undefined) return undefined;
  if (switched) return defaultEthernetMtu;
  if (kind === "subinterface") {
    if (one.bridgedVlan !== undefined) return undefined;
    // @source unconfirmed: a subinterface takes its port's MTU.
    const parent = draft.interfaces.get(one.name.slice(0, one.name.indexOf(".")));
    return parent?.mtu ?? draft.defaultMtu ?? defaultIpMtu;
  }
  return draft.defaultMtu ?? defaultIpMtu;
}

function buildIp(side: AddressDraft, one: InterfaceDraft, reader: Reader): InterfaceIp | undefined {
  const anycast = [...side.anycast];
  for (const bare of side.bareAnycast) {
    const own = side.addresses.find((address) => prefixContains(networkOf(address), bare));
    const whole = own && parseInterfaceAddress(`${bare}/${prefixLength(own)}`);
    if (whole !== undefined) anycast.push(whole);
    else
      reader.find(
        "eos.virtual-router-subnet",
        "warning",
        `${one.name}: virtual router ${bare} lies in no network of the interface and is not active.`,
        one.line,
      );
  }
  if (side.addresses.length + anycast.length === 0 && side.unnumberedFrom === undefined && side.linkLocalOnly !== true)
    return undefined;
  return {
    addresses: side.addresses,
    anycastAddresses: anycast,
    ...(side.unnumberedFrom === undefined ? {} : { unnumberedFrom: side.unnumberedFrom }),
    ...(side.linkLocalOnly === true ? { linkLocalOnly: true } : {}),
  };
}

/** The block of one interface. */
export function writeInterface(name: string, port: Interface, config: DeviceConfig): Written {
  return block(`interface ${name}`, [
    ...(port.description === undefined ? [] : [block(`description ${port.description}`)]),
    block(port.enabled ? "no shutdown" : "shutdown"),
    ...(port.mtuBytes === undefined ? [] : [block(`mtu ${port.mtuBytes}`)]),
    ...(port.speedBps === undefined
      ? port.autoNegotiate === true
        ? [block("speed auto")]
        : []
      : [block(`speed ${port.autoNegotiate === true ? "auto " : ""}${formatRate(port.speedBps).toLowerCase()}`)]),
    ...(port.fec === undefined || port.fec === "auto" ? [] : [block(fecLine[port.fec])]),
    ...writeSwitchport(port),
    ...(port.kind === "subinterface" && port.vlanTag !== undefined ? writeEncapsulation(port) : []),
    ...(port.networkInstance === "default" ? [] : [block(`vrf ${port.networkInstance}`)]),
    ...writeChannelGroup(port, config),
    ...writeAddresses(port),
    ...writeInterfaceAcl(port, config),
    ...writeEthernetSegment(port),
    ...(port.noAutostate === true ? [block("no autostate")] : []),
    ...writeInterfaceOspf(name, port, config),
    ...writeInterfaceQos(config.qos?.interfaces[name], config.qos),
  ]);
}

const fecLine = {
  rs: "error-correction encoding reed-solomon",
  fc: "error-correction encoding fire-code",
  none: "no error-correction encoding",
} as const;

const writeEncapsulation = (port: Interface): Written[] =>
  port.bridgeDomain === undefined
    ? [block(`encapsulation dot1q vlan ${port.vlanTag}`)]
    : [block(`vlan id ${port.bridgeDomain}`), block("encapsulation vlan", [block(`client dot1q ${port.vlanTag}`)])];

function writeAddresses(port: Interface): Written[] {
  const lines: Written[] = [];
  const { ipv4, ipv6 } = port;
  if (ipv4?.unnumberedFrom !== undefined) lines.push(block(`ip address unnumbered ${ipv4.unnumberedFrom}`));
  ipv4?.addresses.forEach((address, index) =>
    lines.push(block(`ip address ${address}${index > 0 ? " secondary" : ""}`)),
  );
  // With an address of its own the gateway is a virtual router; without, EOS calls the address itself virtual.
  const virtual = (ipv4?.addresses.length ?? 0) > 0 ? "ip virtual-router address" : "ip address virtual";
  ipv4?.anycastAddresses.forEach((address, index) =>
    lines.push(block(`${virtual} ${address}${index > 0 && virtual === "ip address virtual" ? " secondary" : ""}`)),
  );
  if (ipv6?.linkLocalOnly === true) lines.push(block("ipv6 enable"));
  for (const address of ipv6?.addresses ?? []) lines.push(block(`ipv6 address ${address}`));
  for (const address of ipv6?.anycastAddresses ?? [])
    lines.push(
      block(
        (ipv6?.addresses.length ?? 0) > 0
          ? `ipv6 virtual-router address ${prefixAddress(address)}`
          : `ipv6 address virtual ${address}`,
      ),
    );
  return lines;
}
