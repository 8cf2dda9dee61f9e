import { parseVlanId, type VlanId } from "#net/asn.ts";
import { formatNumberRanges } from "#net/ranges.ts";
import type { DeviceConfig, EvpnInstance, L3EvpnInstance, MacVrf, NetworkInstance } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import { emptyEvpn, type DeviceDraft, type EvpnDraft, type InstanceDraft, type Line } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { sortedKeys, pathOf } from "../text.ts";
import { vlanList } from "./switchport.ts";

type Service = { evpn: EvpnDraft; service: MacVrf["service"]; vlans: VlanId[] };

/** `65000:10`, `10.0.0.1:10`, `4200000000:10`. */
const isTarget = (text: string | undefined): text is string =>
  text !== undefined && /^[\d.]{1,20}:\d{1,10}$/.test(text);

const mostTargets = 1024;

const add = (list: string[], target: string): void => {
  if (list.length < mostTargets && !list.includes(target)) list.push(target);
};

export function readRouteDistinguisher({ words, no }: Line, evpn: EvpnDraft): boolean {
  if (no) delete evpn.rd;
  else if (words[1] === "auto") evpn.auto = true;
  else if (isTarget(words[1]) && words.length === 2) evpn.rd = words[1];
  else return false;
  return true;
}

/** `route-target import|export|both X` of a MAC-VRF; `auto` for the rule of the OS. */
const readServiceTarget: Handler<Service> = ({ words, no }, { evpn }) => {
  const [, direction, target] = words;
  if (words.length > 3) return false;
  if (target === "auto") return true;
  if (!isTarget(target) || (direction !== "both" && direction !== "import" && direction !== "export")) return false;
  const lists =
    direction === "both" ? [evpn.imports, evpn.exports] : [direction === "import" ? evpn.imports : evpn.exports];
  for (const list of lists)
    if (no) list.splice(0, list.length, ...list.filter((other) => other !== target));
    else add(list, target);
  return true;
};

const serviceLines: Table<Service> = new Map<string, Handler<Service>>([
  ["rd", (line, { evpn }) => (line.words[1] === "evpn" ? false : readRouteDistinguisher(line, evpn))],
  ["route-target", readServiceTarget],
  ["redistribute", ({ words, no }) => words[1] === "learned" && !no],
  [
    "vlan",
    ({ words, no }, service) => {
      const said = words[1] === "add" || words[1] === "remove" ? words.slice(2) : words.slice(1);
      const ids = vlanList(said.join(""));
      if (ids === undefined) return false;
      const out = no || words[1] === "remove";
      const rest = words[1] === "add" || out ? service.vlans.filter((id) => !ids.includes(id)) : [];
      service.vlans = out ? rest : [...rest, ...ids].sort((a, b) => a - b);
      return true;
    },
  ],
  [
    "comment",
    ({ block: line }, _service, reader) => {
      reader.ignore(line, "a remark of the operator");
      return false;
    },
  ],
]);

function readService(key: string, service: MacVrf["service"], vlans: VlanId[], line: Line, reader: Reader): boolean {
  const { macVrfs } = reader.draft;
  if (line.no) {
    macVrfs.delete(key);
    return true;
  }
  const found = macVrfs.get(key) ?? {
    evpn: emptyEvpn(line.block.line),
    service,
    vlans,
  };
  macVrfs.set(key, found);
  reader.each(line.block.children, serviceLines, found);
  const path = pathOf("macVrfs", key);
  reader.mark(path, line.block.line);
  for (const child of line.block.children) markTarget(path, child.text, child.line, reader);
  return true;
}

function markTarget(path: string, text: string, line: number, reader: Reader): void {
  if (!text.startsWith("route-target ")) return;
  const direction = text.slice(13);
  if (!direction.startsWith("export")) reader.mark(`${path}/evpn/importRouteTargets`, line);
  if (!direction.startsWith("import")) reader.mark(`${path}/evpn/exportRouteTargets`, line);
}

/** `vlan 10` in `router bgp`: one EVPN service for one VLAN. */
export function readVlanService(line: Line, reader: Reader): boolean {
  const vlan = parseVlanId(line.words[1] ?? "");
  return vlan !== undefined && line.words.length === 2 && readService(String(vlan), "vlan-based", [vlan], line, reader);
}

/** `vlan-aware-bundle X` in `router bgp`: one service for several VLANs. */
export function readBundle(line: Line, reader: Reader): boolean {
  const name = line.words[1];
  return name !== undefined && readService(name, "vlan-aware", [], line, reader);
}

/** `route-target import|export [evpn|vpn-ipv4] X` of a VRF. */
export function readRouteTarget({ words, no, block: text }: Line, instance: InstanceDraft): boolean {
  const [, direction, second, third] = words;
  const family = second === "evpn" || second === "vpn-ipv4" || second === "vpn-ipv6" ? second : undefined;
  const target = family === undefined ? second : third;
  if (
    words.length !== (family === undefined ? 3 : 4) ||
    !isTarget(target) ||
    (direction !== "import" && direction !== "export")
  )
    return false;
  if (family !== "vpn-ipv4" && family !== "vpn-ipv6") {
    const list = direction === "import" ? instance.evpn.imports : instance.evpn.exports;
    if (no) list.splice(0, list.length, ...list.filter((other) => other !== target));
    else add(list, target);
    (direction === "import" ? instance.evpn.importLines : instance.evpn.exportLines).set(target, text.line);
    return true;
  }
  if (family === "vpn-ipv6") return true;
  if (direction === "import") {
    instance.vpnImports = instance.vpnImports.filter((one) => one.target !== target);
    if (!no) instance.vpnImports.push({ target });
  } else {
    instance.vpnExports = instance.vpnExports.filter((one) => one !== target);
    if (!no) instance.vpnExports.push(target);
  }
  return true;
}

const instanceOfDraft = (evpn: EvpnDraft): EvpnInstance => ({
  ...(evpn.rd === undefined ? {} : { routeDistinguisher: evpn.rd }),
  ...(evpn.imports.length === 0 ? {} : { importRouteTargets: evpn.imports }),
  ...(evpn.exports.length === 0 ? {} : { exportRouteTargets: evpn.exports }),
});

export function buildMacVrfs(draft: DeviceDraft, reader: Reader): Record<string, MacVrf> {
  return Object.fromEntries(
    [...draft.macVrfs].map(([key, { evpn, service, vlans }]) => {
      if (evpn.rd === undefined && !evpn.auto)
        reader.find(
          "eos.no-route-distinguisher",
          "warning",
          `EVPN service ${key} has no route distinguisher: it advertises nothing.`,
          evpn.line,
          "Say `rd auto` or give one.",
        );
      return [key, { service, bridgeDomains: vlans.map(String), evpn: instanceOfDraft(evpn) }];
    }),
  );
}

/** A routed service needs a VNI on Vxlan1, and a route distinguisher in `router bgp`. */
/** The list at its first line, each target at its own: a proof names the one that leaks. */
function markTargets(
  path: string,
  targets: readonly string[],
  lines: ReadonlyMap<string, number>,
  reader: Reader,
): void {
  for (const [index, target] of targets.entries()) {
    const line = lines.get(target);
    if (line === undefined) continue;
    if (index === 0) reader.mark(path, line);
    reader.mark(`${path}/${index}`, line);
  }
}

export function buildL3Evpn(
  name: string,
  instance: InstanceDraft,
  advertised: readonly string[],
  reader: Reader,
): L3EvpnInstance | undefined {
  const rd = instance.evpn.rd ?? instance.rd;
  if (instance.vni === undefined || instance.bgp === undefined) return undefined;
  if (rd === undefined && !instance.evpn.auto) return undefined;
  const path = pathOf("networkInstances", name, "evpn");
  reader.mark(path, instance.evpn.line);
  if (instance.vniLine !== undefined) reader.mark(`${path}/vni`, instance.vniLine);
  markTargets(`${path}/importRouteTargets`, instance.evpn.imports, instance.evpn.importLines, reader);
  markTargets(`${path}/exportRouteTargets`, instance.evpn.exports, instance.evpn.exportLines, reader);
  return {
    ...instanceOfDraft({ ...instance.evpn, ...(rd === undefined ? {} : { rd }) }),
    vni: instance.vni,
    advertise: (["ipv4-unicast", "ipv6-unicast"] as const)
      .filter((family) => advertised.includes(family))
      .map((afiSafi) => ({ afiSafi })),
  };
}

function writeTargets(
  { importRouteTargets: imports = [], exportRouteTargets: exports = [] }: EvpnInstance,
  family: string,
): Written[] {
  // `both` keeps the order of the lists only when they are the same.
  const same =
    family === "" && imports.length === exports.length && imports.every((target, index) => target === exports[index]);
  const both = same ? imports : [];
  return [
    ...both.map((target) => block(`route-target both ${target}`)),
    ...imports
      .filter((target) => !both.includes(target))
      .map((target) => block(`route-target import ${family}${target}`)),
    ...exports
      .filter((target) => !both.includes(target))
      .map((target) => block(`route-target export ${family}${target}`)),
  ];
}

export const writeMacVrfs = (config: DeviceConfig): Written[] =>
  sortedKeys(config.macVrfs).flatMap((key) => {
    const service = config.macVrfs[key];
    if (service === undefined) return [];
    const { evpn } = service;
    const auto = evpn.importRouteTargets === undefined && evpn.exportRouteTargets === undefined;
    const vlans = service.bridgeDomains.map(Number).filter(Number.isInteger);
    return [
      block(service.service === "vlan-based" ? `vlan ${vlans[0]}` : `vlan-aware-bundle ${key}`, [
        block(`rd ${evpn.routeDistinguisher ?? "auto"}`),
        ...(auto ? [block("route-target both auto")] : writeTargets(evpn, "")),
        block("redistribute learned"),
        ...(service.service === "vlan-based" ? [] : [block(`vlan ${formatNumberRanges(vlans)}`)]),
      ]),
    ];
  });

export const writeVrfEvpn = ({ evpn }: NetworkInstance): Written[] =>
  evpn === undefined ? [] : [block(`rd ${evpn.routeDistinguisher ?? "auto"}`), ...writeTargets(evpn, "evpn ")];
