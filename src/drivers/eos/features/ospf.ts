import { formatIpv4Number, networkOf, parseIpAddress, parseIpPrefix, prefixCovers, type IpAddress } from "#net/ip.ts";
import type { DeviceConfig, Interface, Ospf, OspfInterface } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import { instanceOf, type DeviceDraft, type InterfaceDraft, type Line, type OspfDraft } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { expandInterfaces, sortedKeys, pathOf } from "../text.ts";

/** @source Arista EOS User Manual, "auto-cost reference-bandwidth (OSPFv2)" */
const defaultReferenceMbps = 100;
/** @source Arista EOS User Manual, "maximum-paths (OSPFv2)": 128 on current releases. */
const defaultMaximumPaths = 128;

/** `0`, `0.0.0.0`: areas are dotted in the model. */
function parseArea(text: string): IpAddress | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text) <= 0xffffffff ? formatIpv4Number(Number(text)) : undefined;
  const address = parseIpAddress(text);
  return address?.includes(":") === true ? undefined : address;
}

const timing: Handler<OspfDraft> = ({ block: line }, _ospf, reader) => {
  reader.ignore(line, "timing, logging or limits of OSPF, not which routes it makes");
  return false;
};

const lines: Table<OspfDraft> = new Map<string, Handler<OspfDraft>>([
  [
    "router-id",
    ({ words }, ospf) => {
      const id = parseIpAddress(words[1] ?? "");
      if (id !== undefined) ospf.routerId = id;
      return id !== undefined;
    },
  ],
  [
    "auto-cost",
    ({ words }, ospf) => {
      const mbps = Number(words[2]);
      if (words[1] !== "reference-bandwidth" || !Number.isInteger(mbps) || mbps < 1) return false;
      ospf.referenceMbps = mbps;
      return true;
    },
  ],
  [
    "maximum-paths",
    ({ words }, ospf) => {
      const paths = Number(words[1]);
      if (!Number.isInteger(paths) || paths < 1) return false;
      ospf.maximumPaths = paths;
      return true;
    },
  ],
  [
    "passive-interface",
    ({ words, no }, ospf) => {
      if (words[1] === "default") {
        ospf.passiveDefault = !no;
        return true;
      }
      const names = expandInterfaces(words[1] ?? "", words[2]);
      for (const name of names ?? []) ospf.passive.set(name, !no);
      return names !== undefined;
    },
  ],
  [
    "network",
    ({ words }, ospf) => {
      const prefix = parseIpPrefix(words[1] ?? "");
      const area = words[2] === "area" ? parseArea(words[3] ?? "") : undefined;
      if (prefix === undefined || area === undefined) return false;
      ospf.networks.push({ prefix, area });
      return true;
    },
  ],
  [
    "redistribute",
    ({ words }, ospf) => {
      const [, protocol, ...rest] = words;
      if (protocol !== "connected" && protocol !== "static" && protocol !== "bgp") return false;
      if (rest.length > 0 && (rest[0] !== "route-map" || rest.length !== 2)) return false;
      ospf.redistribute.push({ protocol, ...(rest[1] === undefined ? {} : { policy: rest[1] }) });
      return true;
    },
  ],
  [
    "default-information",
    ({ words }, ospf) => {
      if (words[1] !== "originate" || words.length > 3) return false;
      ospf.defaultOriginate = words[2] === "always" ? "always" : "if-present";
      return words[2] === undefined || words[2] === "always";
    },
  ],
  ["max-lsa", timing],
  ["timers", timing],
  ["log-adjacency-changes", timing],
  ["bfd", timing],
  ["graceful-restart", timing],
  ["graceful-restart-helper", timing],
  ["interface", timing],
  ["mpls", timing],
]);

/** `router ospf 1 [vrf X]`. */
export function readOspf(line: Line, reader: Reader): boolean {
  const name = line.words[3] === "vrf" ? line.words[4] : "default";
  if (name === undefined || line.words[2] === undefined) return false;
  const instance = instanceOf(reader.draft, name, line.block.line);
  if (line.no) {
    delete instance.ospf;
    return true;
  }
  instance.ospf ??= { line: line.block.line, passive: new Map(), networks: [], redistribute: [] };
  reader.each(line.block.children, lines, instance.ospf);
  reader.mark(pathOf("networkInstances", name, "ospf"), line.block.line);
  return true;
}

/** `ip ospf area|cost|network ...` under an interface. */
export const readInterfaceOspf: Handler<InterfaceDraft> = ({ words, no, block: line }, draft, reader) => {
  switch (words[2]) {
    case "area": {
      const area = parseArea(words[3] ?? "");
      if (area === undefined) return false;
      draft.ospf = { ...draft.ospf, area };
      return true;
    }
    case "cost": {
      const cost = Number(words[3]);
      if (!Number.isInteger(cost) || cost < 1) return false;
      draft.ospf = { ...draft.ospf, cost };
      return true;
    }
    case "network":
      if (!no && words[3] !== "point-to-point" && words[3] !== "broadcast") return false;
      draft.ospf = {
        ...draft.ospf,
        networkType: !no && words[3] === "point-to-point" ? "point-to-point" : "broadcast",
      };
      return true;
    case "dead-interval":
    case "hello-interval":
    case "retransmit-interval":
    case "transmit-delay":
    case "neighbor":
    case "disabled":
      if (words[2] === "disabled") return false;
      reader.ignore(line, "timing, logging or limits of OSPF, not which routes it makes");
      return false;
    case "authentication":
    case "authentication-key":
    case "message-digest-key":
      reader.ignore(line, "authentication of OSPF neighbours; keys are not kept");
      return false;
    default:
      return false;
  }
};

/** OSPF of an instance with each interface it runs on, told by the interface or by a `network` line. */
export function buildOspf(name: string, told: OspfDraft, draft: DeviceDraft): Ospf {
  const interfaces: [string, OspfInterface][] = [];
  for (const port of draft.interfaces.values()) {
    if ((port.vrf ?? "default") !== name) continue;
    const area = port.ospf?.area ?? areaByNetwork(port, told);
    if (area === undefined) continue;
    interfaces.push([
      port.name,
      {
        area,
        networkType: port.ospf?.networkType ?? "broadcast",
        passive: told.passive.get(port.name) ?? told.passiveDefault ?? false,
        ...(port.ospf?.cost === undefined ? {} : { cost: port.ospf.cost }),
      },
    ]);
  }
  return {
    ...(told.routerId === undefined ? {} : { routerId: told.routerId }),
    referenceBandwidthBps: (told.referenceMbps ?? defaultReferenceMbps) * 1e6,
    maximumPaths: told.maximumPaths ?? defaultMaximumPaths,
    interfaces: Object.fromEntries(interfaces),
    redistribute: told.redistribute,
    ...(told.defaultOriginate === undefined ? {} : { defaultOriginate: told.defaultOriginate }),
  };
}

const areaByNetwork = (port: InterfaceDraft, told: OspfDraft): IpAddress | undefined =>
  told.networks.find(({ prefix }) => port.v4.addresses.some((address) => prefixCovers(prefix, networkOf(address))))
    ?.area;

export const writeOspf = (config: DeviceConfig): Written[] =>
  sortedKeys(config.networkInstances).flatMap((name, index) => {
    const ospf = config.networkInstances[name]?.ospf;
    if (ospf === undefined) return [];
    const passive = sortedKeys(ospf.interfaces).filter((port) => ospf.interfaces[port]?.passive === true);
    return [
      block(`router ospf ${index + 1}${name === "default" ? "" : ` vrf ${name}`}`, [
        ...(ospf.routerId === undefined ? [] : [block(`router-id ${ospf.routerId}`)]),
        block(`auto-cost reference-bandwidth ${Math.max(1, Math.round(ospf.referenceBandwidthBps / 1e6))}`),
        ...passive.map((port) => block(`passive-interface ${port}`)),
        ...ospf.redistribute.map(({ protocol, policy }) =>
          block(`redistribute ${protocol}${policy === undefined ? "" : ` route-map ${policy}`}`),
        ),
        block(`maximum-paths ${ospf.maximumPaths}`),
        ...(ospf.defaultOriginate === undefined
          ? []
          : [block(`default-information originate${ospf.defaultOriginate === "always" ? " always" : ""}`)]),
      ]),
    ];
  });

export function writeInterfaceOspf(name: string, port: Interface, config: DeviceConfig): Written[] {
  const ospf = config.networkInstances[port.networkInstance]?.ospf?.interfaces[name];
  if (ospf === undefined) return [];
  return [
    ...(ospf.networkType === "point-to-point" ? [block("ip ospf network point-to-point")] : []),
    block(`ip ospf area ${ospf.area}`),
    ...(ospf.cost === undefined ? [] : [block(`ip ospf cost ${ospf.cost}`)]),
  ];
}
