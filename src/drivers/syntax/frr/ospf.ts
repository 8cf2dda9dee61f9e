import type { Ospf, OspfInterface } from "#model/device-config.ts";
import type { SourceProtocol } from "#model/routing-policy.ts";
import {
  formatIpv4Number,
  isIpv6,
  parseIpAddress,
  parseIpPrefix,
  makePrefix,
  prefixAddress,
  type InterfaceAddress,
  type IpAddress,
  type IpPrefix,
} from "#net/ip.ts";
import { ignore, use, type FrrBlock } from "./blocks.ts";
import type { Reading, Writable } from "./reading.ts";

export interface OspfDraft {
  readonly fields: Writable<Pick<Ospf, "routerId" | "referenceBandwidthBps" | "maximumPaths" | "defaultOriginate">>;
  /** Area by network; the first line that names one counts. */
  readonly networks: Map<IpPrefix, IpAddress>;
  readonly passive: Set<string>;
  readonly active: Set<string>;
  passiveDefault: boolean;
  readonly redistribute: Ospf["redistribute"][number][];
}

/** What an interface block says of OSPF. */
export interface OspfInterfaceDraft {
  area?: IpAddress;
  networkType?: "point-to-point" | "broadcast";
  cost?: number;
  passive?: boolean;
}

const protocols: ReadonlyMap<string, SourceProtocol> = new Map([
  ["connected", "connected"],
  ["static", "static"],
  ["kernel", "kernel"],
  ["bgp", "bgp"],
]);
const quiet =
  /^(?:no )?(?:log-adjacency-changes|timers |refresh |compatible |ospf (?:abr-type|rfc1583|opaque-lsa|write-multiplier)|write-multiplier|max-metric|capability |graceful-restart|ospf opaque|aggregation timer|area \S+ authentication)/;

export function readOspf(reading: Reading, router: FrrBlock, known: Map<string, OspfDraft>): void {
  const [, , how, name] = router.words;
  const vrf = how === "vrf" ? (name ?? "") : how === undefined ? "default" : "";
  if (vrf === "") return;
  use(router);
  reading.mark(router, "instances", vrf, "ospf");
  const draft: OspfDraft = known.get(vrf) ?? {
    // 100 Mbit/s unless told. @source https://docs.frrouting.org/en/latest/ospfd.html (auto-cost)
    fields: { referenceBandwidthBps: 100_000_000, maximumPaths: reading.system.multipath },
    networks: new Map(),
    passive: new Set(),
    active: new Set(),
    passiveDefault: false,
    redistribute: [],
  };
  known.set(vrf, draft);
  for (const line of router.children) {
    if (quiet.test(line.text)) ignore(line, "timers and logging; adjacencies are taken as settled");
    else if (readLine(draft, line)) use(line);
  }
}

function readLine(draft: OspfDraft, line: FrrBlock): boolean {
  const no = line.words[0] === "no";
  const words = no ? line.words.slice(1) : line.words;
  const [first = "", second = "", third = "", fourth = ""] = words;
  if (first === "passive-interface") {
    if (second === "default") draft.passiveDefault = !no;
    else (no ? draft.active : draft.passive).add(second);
    return second !== "";
  }
  if (no) return false;
  const routerId = parseIpAddress(first === "ospf" ? third : second);
  if ((first === "ospf" && second === "router-id") || first === "router-id") {
    if (routerId !== undefined) draft.fields.routerId = routerId;
    return routerId !== undefined;
  }
  const prefix = parseIpPrefix(second);
  const area = parseArea(fourth);
  if (first === "network" && third === "area" && prefix !== undefined && area !== undefined) {
    if (!draft.networks.has(prefix)) draft.networks.set(prefix, area);
    return true;
  }
  if (first === "auto-cost" && second === "reference-bandwidth" && /^\d{1,7}$/.test(third)) {
    draft.fields.referenceBandwidthBps = Number(third) * 1_000_000;
    return true;
  }
  if (first === "maximum-paths" && /^\d{1,3}$/.test(second)) {
    draft.fields.maximumPaths = Number(second);
    return true;
  }
  if (
    first === "default-information" &&
    second === "originate" &&
    (third === "" || third === "always") &&
    fourth === ""
  ) {
    draft.fields.defaultOriginate = third === "always" ? "always" : "if-present";
    return true;
  }
  const protocol = protocols.get(second);
  if (first !== "redistribute" || protocol === undefined) return false;
  const metricAt = words.indexOf("metric");
  const policyAt = words.indexOf("route-map");
  const typed = words.indexOf("metric-type") >= 0;
  const policy = policyAt < 0 ? undefined : words[policyAt + 1];
  draft.redistribute.push({
    protocol,
    ...(policy === undefined ? {} : { policy }),
    ...(metricAt < 0 ? {} : { metric: Number(words[metricAt + 1]) }),
  });
  return !typed;
}

/** Areas are written as a number or dotted. */
const parseArea = (text: string): IpAddress | undefined =>
  /^\d{1,10}$/.test(text) && Number(text) <= 4294967295
    ? formatIpv4Number(Number(text))
    : isIpv6(text)
      ? undefined
      : parseIpAddress(text);

/** `ip ospf …` of an interface. False: not understood. */
export function readOspfInterface(into: OspfInterfaceDraft, words: readonly string[], line: FrrBlock): boolean {
  const [, , what, value = ""] = words;
  switch (what) {
    case "area": {
      const area = parseArea(value);
      if (area !== undefined) into.area = area;
      return area !== undefined;
    }
    case "network":
      if (value !== "point-to-point" && value !== "broadcast") return false;
      into.networkType = value;
      return true;
    case "cost":
      into.cost = Number(value);
      return /^\d{1,5}$/.test(value);
    case "passive":
      into.passive = true;
      return true;
    case "dead-interval":
    case "hello-interval":
    case "retransmit-interval":
    case "transmit-delay":
    case "priority":
    case "bfd":
    case "mtu-ignore":
    case "authentication":
    case "authentication-key":
    case "message-digest-key":
    case "graceful-restart":
      ignore(line, "timers and authentication; adjacencies are taken as settled");
      return false;
    default:
      return false;
  }
}

export interface KnownInterface {
  readonly addresses: readonly InterfaceAddress[];
  readonly vrf: string;
  readonly ospf?: OspfInterfaceDraft;
}

/** An interface is in OSPF by `ip ospf area`, or when a `network` holds one of its addresses; the longest decides. */
export function finishOspf(draft: OspfDraft, vrf: string, interfaces: ReadonlyMap<string, KnownInterface>): Ospf {
  const members = new Map<string, OspfInterface>();
  for (const [name, port] of interfaces) {
    if (port.vrf !== vrf) continue;
    const area = port.ospf?.area ?? areaByNetwork(draft, port.addresses);
    if (area === undefined) continue;
    const passive = port.ospf?.passive ?? (draft.passiveDefault ? !draft.active.has(name) : draft.passive.has(name));
    members.set(name, {
      area,
      networkType: port.ospf?.networkType ?? "broadcast",
      passive,
      ...(port.ospf?.cost === undefined ? {} : { cost: port.ospf.cost }),
    });
  }
  return { ...draft.fields, interfaces: Object.fromEntries(members), redistribute: draft.redistribute };
}

function areaByNetwork(draft: OspfDraft, addresses: readonly InterfaceAddress[]): IpAddress | undefined {
  for (let length = 32; length >= 0; length--)
    for (const address of addresses) {
      const area = isIpv6(address) ? undefined : draft.networks.get(makePrefix(prefixAddress(address), length));
      if (area !== undefined) return area;
    }
  return undefined;
}

export function writeOspf(ospf: Ospf): string[] {
  const lines: string[] = [];
  const put = (text: string | false | undefined): void => void (text && lines.push(` ${text}`));
  put(ospf.routerId && `ospf router-id ${ospf.routerId}`);
  put(`auto-cost reference-bandwidth ${Math.round(ospf.referenceBandwidthBps / 1_000_000)}`);
  put(`maximum-paths ${ospf.maximumPaths}`);
  for (const { protocol, policy, metric } of ospf.redistribute)
    put(
      `redistribute ${protocol}${metric === undefined ? "" : ` metric ${metric}`}${policy === undefined ? "" : ` route-map ${policy}`}`,
    );
  put(ospf.defaultOriginate && `default-information originate${ospf.defaultOriginate === "always" ? " always" : ""}`);
  return lines;
}

export const writeOspfInterface = ({ area, networkType, passive, cost }: OspfInterface): string[] => [
  ` ip ospf area ${area}`,
  ...(networkType === "point-to-point" ? [" ip ospf network point-to-point"] : []),
  ...(passive ? [" ip ospf passive"] : []),
  ...(cost === undefined ? [] : [` ip ospf cost ${cost}`]),
];
