import { parseMac } from "#net/mac.ts";
import { emptyDeviceConfig, type DeviceConfig, type NetworkInstance } from "#model/device-config.ts";
import type { ParsedDevice } from "#model/snapshot.ts";
import { type SourceFile } from "#model/source.ts";
import { scanIndented, type IndentedSyntax } from "../syntax/indented.ts";
import type { InstanceDraft, Line } from "./draft.ts";
import { buildAcls, readAcl } from "./features/acl.ts";
import { buildBgp, readBgp } from "./features/bgp.ts";
import { buildL3Evpn, buildMacVrfs } from "./features/evpn.ts";
import { buildInterfaces, readInterface } from "./features/interfaces.ts";
import { buildMlag, readMlag } from "./features/mlag.ts";
import { buildOspf, readOspf } from "./features/ospf.ts";
import { buildQos, readPfcWatchdog, readQos } from "./features/qos.ts";
import {
  buildRoutingPolicy,
  readAsPathList,
  readCommunityList,
  readPeerFilter,
  readPrefixList,
  readRouteMap,
} from "./features/routing-policy.ts";
import { buildStaticRoutes, readStaticRoute } from "./features/static-routes.ts";
import { buildBridgeDomains, readVlans } from "./features/vlans.ts";
import { readIpRouting, readVrf } from "./features/vrf.ts";
import { buildVxlan, readVxlanInterface } from "./features/vxlan.ts";
import { ignoreByTable, ignoredTopLines } from "./ignored.ts";
import { Reader, type Handler, type Table } from "./reader.ts";
import { restAfter, pathOf } from "./text.ts";

/** Free text of EOS: banners, remarks, scripts. @source Arista EOS User Manual, "banner login"; corpus eos/avd-feature-configs */
export const eosSyntax: IndentedSyntax = {
  freeText: ["banner login", "banner motd", "comment", "action bash", "code unit"],
  end: "EOF",
};

type Top = Handler<undefined>;

const ignore: Top = (line, _none, reader) => ignoreByTable(line, ignoredTopLines, reader);

function readInterfaceBlock(line: Line, reader: Reader): boolean {
  const what = (line.words[1] ?? "").toLowerCase();
  if (what === "defaults") return readInterfaceDefaults(line, reader);
  if (what === "profile") {
    reader.ignore(line.block, "a template of ports; nothing by itself");
    return false;
  }
  if (what.startsWith("vxlan")) return readVxlanInterface(line, reader);
  return readInterface(line, reader);
}

function readInterfaceDefaults({ block }: Line, reader: Reader): boolean {
  for (const child of block.children) {
    const mtu = child.text.startsWith("mtu ") ? Number(child.text.slice(4)) : Number.NaN;
    if (!Number.isInteger(mtu)) continue;
    reader.draft.defaultMtu = mtu;
    reader.use(child);
  }
  return true;
}

const ipLines: ReadonlyMap<string, (line: Line, reader: Reader) => boolean> = new Map([
  ["routing", readIpRouting],
  ["route", readStaticRoute],
  ["prefix-list", readPrefixList],
  ["access-list", readAcl],
  ["community-list", readCommunityList],
  ["extcommunity-list", readCommunityList],
  ["as-path", readAsPathList],
  ["virtual-router", readVirtualRouterMac],
  // Which of an instance's families forwards is one question in the model; interfaces with addresses answer it.
  [
    "unicast-routing",
    ({ words, no }: Line) => words[0] === "ipv6" && (no || words[2] === undefined || words[2] === "vrf"),
  ],
]);

const readIp: Top = (line, none, reader) =>
  ipLines.get(line.words[1] ?? "")?.(line, reader) === true || ignore(line, none, reader);

/** `ip virtual-router mac-address 00:1c:73:00:00:99`: the MAC of every anycast gateway. */
function readVirtualRouterMac({ words, no, block }: Line, reader: Reader): boolean {
  if (words[2] !== "mac-address") return false;
  if (words[3] === "advertisement-interval" || words[3] === "mlag-peer") {
    reader.ignore(block, "how often gateways announce themselves");
    return false;
  }
  const mac = parseMac(words[3] ?? "");
  if (no) delete reader.draft.virtualRouterMac;
  else if (mac === undefined) return false;
  else reader.draft.virtualRouterMac = mac;
  reader.mark(pathOf("anycastGatewayMac"), block.line);
  return true;
}

const readRouter: Top = (line, none, reader) => {
  if (line.words[1] === "bgp") return readBgp(line, reader);
  if (line.words[1] === "ospf") return readOspf(line, reader);
  return ignore(line, none, reader);
};

const topLines: Table<undefined> = new Map<string, Top>([
  ...[...ignoredTopLines.keys()].map((first): [string, Top] => [first, ignore]),
  [
    "hostname",
    ({ block }, _none, reader) => {
      reader.draft.hostname = restAfter(block.text, 1);
      reader.mark(pathOf("hostname"), block.line);
      return true;
    },
  ],
  ["interface", (line, _none, reader) => readInterfaceBlock(line, reader)],
  ["vlan", (line, _none, reader) => readVlans(line, reader)],
  ["vrf", (line, _none, reader) => readVrf(line, reader)],
  ["ip", readIp],
  ["ipv6", readIp],
  ["router", readRouter],
  ["route-map", (line, _none, reader) => readRouteMap(line, reader)],
  ["peer-filter", (line, _none, reader) => readPeerFilter(line, reader)],
  ["mlag", (line, _none, reader) => readMlag(line, reader)],
  ["qos", (line, none, reader) => readQos(line, reader) || ignore(line, none, reader)],
  ["priority-flow-control", (line, _none, reader) => readPfcWatchdog(line, reader)],
  [
    "lldp",
    (line, none, reader) => {
      if (line.words[1] !== "run" || line.words.length > 2) return ignore(line, none, reader);
      if (line.no) reader.draft.lldp = false;
      else delete reader.draft.lldp;
      return true;
    },
  ],
  [
    "switchport",
    (line, none, reader) => {
      if (line.words[1] !== "default" || line.words[2] !== "mode") return ignore(line, none, reader);
      reader.draft.defaultRouted = line.words[3] === "routed" && !line.no;
      return true;
    },
  ],
  [
    "do",
    ({ block }, _none, reader) => {
      reader.ignore(block, "a command that runs once");
      return false;
    },
  ],
]);

/** Reads configuration text of EOS, as the device prints it or as an operator would paste it. */
export function parseEos(files: readonly SourceFile[]): ParsedDevice {
  const reader = new Reader();
  const accounts = files.map((file) => {
    const text = scanIndented(file.text, eosSyntax);
    reader.open(file.path, text.lineCount);
    reader.each(text.roots, topLines, undefined);
    for (const block of text.unterminated)
      reader.find(
        "eos.unterminated-text",
        "warning",
        `The text after \`${block.text}\` has no closing ${eosSyntax.end}: everything below it was taken as text.`,
        block.line,
        `Close it with a line ${eosSyntax.end}.`,
      );
    return reader.account(text);
  });
  return { config: build(reader), provenance: reader.provenance, findings: reader.findings, accounts };
}

/** From what was told to what it means. */
function build(reader: Reader): DeviceConfig {
  const { draft } = reader;
  const interfaces = buildInterfaces(draft, reader);
  const bridgeDomains = buildBridgeDomains(draft, { interfaces }, reader);
  const vxlan = buildVxlan(draft, reader);
  const mlag = buildMlag(draft);
  const qos = buildQos(draft);
  return {
    ...emptyDeviceConfig(draft.hostname ?? "localhost", "eos"),
    interfaces,
    bridgeDomains,
    macVrfs: buildMacVrfs(draft, reader),
    networkInstances: Object.fromEntries(
      [...draft.instances].map(([name, one]) => [name, buildInstance(name, one, reader)]),
    ),
    ...(vxlan === undefined ? {} : { vxlan }),
    routingPolicy: buildRoutingPolicy(reader),
    acls: buildAcls(reader),
    ...(qos === undefined ? {} : { qos }),
    ...(mlag === undefined ? {} : { mlag }),
    ...(draft.virtualRouterMac === undefined ? {} : { anycastGatewayMac: draft.virtualRouterMac }),
    ...(draft.lldp === undefined ? {} : { lldp: draft.lldp }),
  };
}

function buildInstance(name: string, told: InstanceDraft, reader: Reader): NetworkInstance {
  reader.mark(pathOf("networkInstances", name), told.line);
  if (!told.declared)
    reader.find(
      "eos.undeclared-vrf",
      "warning",
      `VRF ${name} is used, and no \`vrf instance ${name}\` declares it.`,
      told.line,
    );
  const bgp = buildBgp(name, reader.draft, reader);
  const evpn = name === "default" ? undefined : buildL3Evpn(name, told, Object.keys(bgp?.afiSafis ?? {}), reader);
  return {
    kind: name === "default" ? "default" : "ipVrf",
    ipForwarding: told.ipRouting === true,
    ...(evpn === undefined ? {} : { evpn }),
    staticRoutes: buildStaticRoutes(name, told, reader),
    ...(bgp === undefined ? {} : { bgp }),
    ...(told.ospf === undefined ? {} : { ospf: buildOspf(name, told.ospf, reader.draft) }),
    ...(told.description === undefined || told.description === "" ? {} : { description: told.description }),
  };
}
