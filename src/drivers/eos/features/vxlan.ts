import { parseVlanId, parseVni } from "#net/asn.ts";
import { parseIpAddress, type IpAddress } from "#net/ip.ts";
import { compareNames } from "#net/order.ts";
import type { DeviceConfig, Vxlan } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import { instanceOf, vlanOf, type DeviceDraft, type Line } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { canonicalInterface, sortedKeys, pathOf } from "../text.ts";
import { parseNumberRanges } from "#net/ranges.ts";

type Subject = NonNullable<DeviceDraft["vxlan"]>;

/** RFC 7348 §5. */
const vxlanPort = 4789;

const mostVteps = 4096;

const addressList = (words: readonly string[]): IpAddress[] | undefined => {
  const addresses = words.map(parseIpAddress);
  return addresses.every((address) => address !== undefined) ? addresses : undefined;
};

/** `vxlan vlan 10 vni 10010`, `vxlan vlan 10-12 vni 10010-10012`, `vxlan vlan 10 flood vtep A B`. */
function readVlan(line: Line, reader: Reader): boolean {
  const [, , list = "", verb, ...rest] = line.words;
  const vlans = parseNumberRanges(list === "add" ? "" : list, 4094);
  if (vlans === undefined || (vlans.length > 1 && !reader.spend(vlans.length))) return false;
  if (verb === "vni") {
    const vnis = parseNumberRanges(rest.join(""), 16777215);
    if (vnis === undefined || vnis.length !== vlans.length || rest.length === 0) return false;
    vlans.forEach((number, index) => {
      const id = parseVlanId(number);
      const vni = parseVni(vnis[index] ?? 0);
      if (id === undefined || vni === undefined) return;
      const vlan = vlanOf(reader.draft, id, line.block.line);
      if (line.no) delete vlan.vni;
      else vlan.vni = vni;
      reader.mark(pathOf("bridgeDomains", id, "vni"), line.block.line);
    });
    return true;
  }
  if (verb === "flood" && rest[0] === "vtep") {
    const from = rest[1] === "add" ? 2 : 1;
    const vteps = addressList(rest.slice(from));
    if (vteps === undefined) return false;
    for (const number of vlans) {
      const id = parseVlanId(number);
      if (id === undefined) continue;
      const vlan = vlanOf(reader.draft, id, line.block.line);
      vlan.flood = line.no
        ? vlan.flood.filter((one) => !vteps.includes(one))
        : [...new Set([...vlan.flood, ...vteps])].slice(0, mostVteps);
      reader.mark(pathOf("bridgeDomains", id, "floodVteps"), line.block.line);
    }
    return true;
  }
  return false;
}

function readVrf(line: Line, reader: Reader): boolean {
  const [, , name, verb, number = ""] = line.words;
  const vni = parseVni(number);
  if (name === undefined || verb !== "vni" || vni === undefined) return false;
  const instance = instanceOf(reader.draft, name, line.block.line);
  if (line.no) delete instance.vni;
  else {
    instance.vni = vni;
    instance.vniLine = line.block.line;
  }
  return true;
}

const readVxlan: Handler<Subject> = (line, vxlan, reader) => {
  const { words, no } = line;
  switch (words[1]) {
    case "source-interface": {
      const source = canonicalInterface(words[2] ?? "", words[3]);
      if (no) delete vxlan.sourceInterface;
      else if (source === undefined) return false;
      else vxlan.sourceInterface = source;
      reader.mark(pathOf("vxlan", "sourceInterface"), line.block.line);
      return true;
    }
    case "udp-port": {
      const port = Number(words[2]);
      if (!Number.isInteger(port) || port < 1 || port > 65535) return false;
      vxlan.udpPort = port;
      return true;
    }
    case "vlan":
      return readVlan(line, reader);
    case "vrf":
      return readVrf(line, reader);
    case "flood": {
      const vteps = words[2] === "vtep" ? addressList(words.slice(words[3] === "add" ? 4 : 3)) : undefined;
      if (vteps === undefined) return false;
      vxlan.flood = no
        ? vxlan.flood.filter((one) => !vteps.includes(one))
        : [...new Set([...vxlan.flood, ...vteps])].slice(0, mostVteps);
      return true;
    }
    case "virtual-router":
      reader.ignore(line.block, "which MAC the pair shows as router: both members forward the same either way");
      return false;
    case "qos":
      reader.ignore(line.block, "marking of the outer header");
      return false;
    case "multicast":
    case "controller-client":
    default:
      return false;
  }
};

const lines: Table<Subject> = new Map<string, Handler<Subject>>([
  ["vxlan", readVxlan],
  [
    "description",
    ({ block }, _vxlan, reader) => {
      reader.ignore(block, "a description");
      return false;
    },
  ],
  [
    "shutdown",
    ({ no }, vxlan) => {
      vxlan.shutdown = !no;
      return true;
    },
  ],
]);

/** `interface Vxlan1`: the tunnel end point, and which VLAN and VRF goes by which VNI. */
export function readVxlanInterface(line: Line, reader: Reader): boolean {
  if (line.no) {
    delete reader.draft.vxlan;
    return true;
  }
  reader.draft.vxlan ??= { line: line.block.line, flood: [] };
  reader.each(line.block.children, lines, reader.draft.vxlan);
  reader.mark(pathOf("vxlan"), line.block.line);
  return true;
}

/** No tunnel end point without a source, or while it is shut down. */
export function buildVxlan(draft: DeviceDraft, reader: Reader): Vxlan | undefined {
  const told = draft.vxlan;
  if (told === undefined) return undefined;
  if (told.shutdown === true) {
    reader.find("eos.vxlan-shutdown", "warning", "Vxlan1 is shut down: no VLAN or VRF is stretched.", told.line);
    return undefined;
  }
  return {
    ...(told.sourceInterface === undefined ? {} : { sourceInterface: told.sourceInterface }),
    udpPort: told.udpPort ?? vxlanPort,
  };
}

export function writeVxlan(config: DeviceConfig): Written[] {
  const { vxlan } = config;
  if (vxlan === undefined) return [];
  const vlans = sortedKeys(config.bridgeDomains).flatMap((key) => {
    const domain = config.bridgeDomains[key];
    return domain?.vlanId === undefined || domain.vni === undefined
      ? []
      : [{ ...domain, vlan: domain.vlanId, vni: domain.vni }];
  });
  const vrfs = Object.entries(config.networkInstances)
    .flatMap(([name, instance]) => (instance.evpn === undefined ? [] : [{ name, vni: instance.evpn.vni }]))
    .sort((a, b) => compareNames(a.name, b.name));
  return [
    block("interface Vxlan1", [
      ...(vxlan.sourceInterface === undefined ? [] : [block(`vxlan source-interface ${vxlan.sourceInterface}`)]),
      block(`vxlan udp-port ${vxlan.udpPort}`),
      ...vlans.map(({ vlan, vni }) => block(`vxlan vlan ${vlan} vni ${vni}`)),
      ...vrfs.map(({ name, vni }) => block(`vxlan vrf ${name} vni ${vni}`)),
      ...vlans.flatMap(({ vlan, floodVteps }) =>
        floodVteps.length === 0 ? [] : [block(`vxlan vlan ${vlan} flood vtep ${floodVteps.join(" ")}`)],
      ),
    ]),
  ];
}
