import type { AfiSafi } from "#model/bgp.ts";
import type { EvpnInstance } from "#model/device-config.ts";
import { parseVni } from "#net/asn.ts";
import { ignore, use, type FrrBlock } from "./blocks.ts";
import type { FrrEvpn, VrfEvpn } from "./config.ts";
import type { Reading } from "./reading.ts";

/** An instance while lines are added to it. */
export interface EvpnTargets {
  routeDistinguisher?: string;
  importRouteTargets?: string[];
  exportRouteTargets?: string[];
}

export interface EvpnDraft extends EvpnTargets {
  advertiseAllVni: boolean;
  advertiseSviIp?: boolean;
  readonly vnis: Map<number, EvpnTargets>;
  readonly advertise: { afiSafi: AfiSafi; policy?: string }[];
}

/** A line of `address-family l2vpn evpn`, of the default instance or of a VRF. False: not understood. */
export function readEvpnLine(reading: Reading, vrf: string, draft: EvpnDraft, line: FrrBlock): boolean {
  const [first = "", second = "", third = "", fourth = "", fifth] = line.words;
  if (first === "no") return false;
  if (line.node === "evpn-vni") return readVni(reading, draft, line, second);
  const path = ["instances", vrf, "evpn"] as const;
  switch (first) {
    case "advertise-all-vni":
      draft.advertiseAllVni = true;
      reading.mark(line, "evpn");
      return true;
    case "advertise-svi-ip":
      draft.advertiseSviIp = true;
      return true;
    case "advertise-default-gw":
    case "dup-addr-detection":
    case "flooding":
      ignore(line, "what hosts see of each other stays the same");
      return false;
    case "advertise": {
      const afiSafi = second === "ipv4" ? "ipv4-unicast" : second === "ipv6" ? "ipv6-unicast" : undefined;
      if (afiSafi === undefined || third !== "unicast" || (fourth !== "" && fourth !== "route-map")) return false;
      draft.advertise.push({ afiSafi, ...(fifth === undefined ? {} : { policy: fifth }) });
      reading.mark(line, ...path);
      return true;
    }
    default:
      if (!readTarget(draft, line)) return false;
      reading.mark(line, ...path);
      return true;
  }
}

function readVni(reading: Reading, draft: EvpnDraft, block: FrrBlock, text: string): boolean {
  const vni = parseVni(text);
  if (vni === undefined) return false;
  const instance = draft.vnis.get(vni) ?? {};
  draft.vnis.set(vni, instance);
  reading.mark(block, "evpn", "vnis", vni);
  for (const line of block.children) {
    if (line.words[0] === "advertise-default-gw" || line.words[0] === "advertise-svi-ip")
      ignore(line, "what hosts see of each other stays the same");
    else if (readTarget(instance, line)) use(line);
  }
  return true;
}

function readTarget(into: EvpnTargets, { words }: FrrBlock): boolean {
  const [first, second = "", ...targets] = words;
  if (first === "rd" && second !== "") {
    into.routeDistinguisher = second;
    return true;
  }
  if (first !== "route-target" || targets.length === 0 || !targets.every((target) => /^[\d.*]+:\d+$/.test(target)))
    return false;
  if (second === "import" || second === "both")
    for (const target of targets) (into.importRouteTargets ??= []).push(target);
  if (second === "export" || second === "both")
    for (const target of targets) (into.exportRouteTargets ??= []).push(target);
  return second === "import" || second === "export" || second === "both";
}

export const finishVrfEvpn = ({
  routeDistinguisher,
  importRouteTargets,
  exportRouteTargets,
  advertise,
}: EvpnDraft): VrfEvpn | undefined =>
  routeDistinguisher === undefined &&
  importRouteTargets === undefined &&
  exportRouteTargets === undefined &&
  advertise.length === 0
    ? undefined
    : {
        advertise,
        ...(routeDistinguisher === undefined ? {} : { routeDistinguisher }),
        ...(importRouteTargets === undefined ? {} : { importRouteTargets }),
        ...(exportRouteTargets === undefined ? {} : { exportRouteTargets }),
      };

const writeTargets = (instance: EvpnInstance): string[] => [
  ...(instance.routeDistinguisher === undefined ? [] : [`rd ${instance.routeDistinguisher}`]),
  ...(instance.importRouteTargets ?? []).map((target) => `route-target import ${target}`),
  ...(instance.exportRouteTargets ?? []).map((target) => `route-target export ${target}`),
];

/** Lines for the family of the default instance. */
export const writeEvpn = (evpn: FrrEvpn): string[] => [
  ...(evpn.advertiseAllVni ? ["advertise-all-vni"] : []),
  ...Object.entries(evpn.vnis).flatMap(([vni, instance]) => [
    `vni ${vni}`,
    ...writeTargets(instance).map((line) => ` ${line}`),
    "exit-vni",
  ]),
  ...(evpn.advertiseSviIp === true ? ["advertise-svi-ip"] : []),
];

/** Lines for the family of a VRF. */
export const writeVrfEvpn = (evpn: VrfEvpn | undefined): string[] =>
  evpn === undefined
    ? []
    : [
        ...evpn.advertise.map(
          ({ afiSafi, policy }) =>
            `advertise ${afiSafi === "ipv6-unicast" ? "ipv6" : "ipv4"} unicast${policy === undefined ? "" : ` route-map ${policy}`}`,
        ),
        ...writeTargets(evpn),
      ];
