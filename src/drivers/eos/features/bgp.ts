import { parseAsn } from "#net/asn.ts";
import { isIpv6, parseIpAddress, parseIpPrefix } from "#net/ip.ts";
import { compareNames } from "#net/order.ts";
import type { AfiSafi, Bgp, BgpAfiSafi } from "#model/bgp.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { block, blockIfAny, type Written } from "../../syntax/indented.ts";
import {
  bgpDraft,
  familyDraft,
  instanceOf,
  type BgpDraft,
  type DeviceDraft,
  type FamilyDraft,
  type InstanceDraft,
  type Line,
} from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { sortedKeys, pathOf } from "../text.ts";
import { anyAs, writePeers } from "./bgp-peer-lines.ts";
import { acceptedAses, buildPeers, readFamilyNeighbor, readNeighbor } from "./bgp-peers.ts";
import {
  readBundle,
  readRouteDistinguisher,
  readRouteTarget,
  readVlanService,
  writeMacVrfs,
  writeVrfEvpn,
} from "./evpn.ts";

/** @source corpus eos/labval-eos_bgp_aggregate: `B E 10.10.0.0/16 [200/0]`; Arista EOS User Manual, "distance bgp" */
const defaultDistance = { external: 200, internal: 200, local: 200 };

/** One instance of BGP while it is read. */
interface Subject {
  readonly bgp: BgpDraft;
  readonly instance: InstanceDraft;
  readonly name: string;
}

const families: Readonly<Record<string, AfiSafi>> = { ipv4: "ipv4-unicast", ipv6: "ipv6-unicast", evpn: "l2vpn-evpn" };
const words = { "ipv4-unicast": "ipv4", "ipv6-unicast": "ipv6", "l2vpn-evpn": "evpn" } as const;

const timing = "timers and failure detection: the network is computed with every link and session up";
const ignored =
  (reason: string): Handler<Subject> =>
  ({ block: line }, _subject, reader) => {
    reader.ignore(line, reason);
    return false;
  };

function readNetwork({ words: said, no }: Line, family: FamilyDraft): boolean {
  const prefix = parseIpPrefix(said[1] ?? "");
  const policy = said[2] === "route-map" ? said[3] : undefined;
  if (prefix === undefined || (said.length > 2 && policy === undefined)) return false;
  family.networks.delete(prefix);
  if (!no) family.networks.set(prefix, { prefix, ...(policy === undefined ? {} : { policy }) });
  return true;
}

function readAggregate({ words: said, no }: Line, family: FamilyDraft): boolean {
  const prefix = parseIpPrefix(said[1] ?? "");
  if (prefix === undefined) return false;
  family.aggregates.delete(prefix);
  const at = said.indexOf("attribute-map");
  const policy = at < 0 ? undefined : said[at + 1];
  if (!no)
    family.aggregates.set(prefix, {
      prefix,
      summaryOnly: said.includes("summary-only"),
      asSet: said.includes("as-set"),
      ...(policy === undefined ? {} : { policy }),
    });
  return !said.includes("match-map") && !said.includes("advertise-only");
}

const sources = { connected: "connected", static: "static", ospf: "ospf" } as const;

function readRedistribute({ words: said, no }: Line, family: FamilyDraft): boolean {
  const source = said[1] ?? "";
  if (!Object.hasOwn(sources, source)) return false;
  const protocol = sources[source as keyof typeof sources]; // just checked
  const policy = said[2] === "route-map" ? said[3] : undefined;
  if (said.length > 2 && (policy === undefined || said.length > 4)) return false;
  family.redistribute = family.redistribute.filter((other) => other.protocol !== protocol);
  if (!no) family.redistribute.push({ protocol, ...(policy === undefined ? {} : { policy }) });
  return true;
}

const familyLines: Table<{ bgp: BgpDraft; family: AfiSafi; draft: FamilyDraft; instance: InstanceDraft }> = new Map<
  string,
  Handler<{ bgp: BgpDraft; family: AfiSafi; draft: FamilyDraft; instance: InstanceDraft }>
>([
  ["neighbor", (line, { bgp, family }, reader) => readFamilyNeighbor(line, family, bgp, reader)],
  ["network", (line, { draft }) => readNetwork(line, draft)],
  ["aggregate-address", (line, { draft }) => readAggregate(line, draft)],
  ["redistribute", (line, { draft }) => readRedistribute(line, draft)],
  ["route-target", (line, { instance }) => readRouteTarget(line, instance)],
  [
    "host-flap",
    ({ block: line }, _subject, reader) => {
      reader.ignore(line, "detection of hosts that move to and fro");
      return false;
    },
  ],
  [
    "graceful-restart",
    ({ block: line }, _subject, reader) => {
      reader.ignore(line, timing);
      return false;
    },
  ],
]);

const readFamily: Handler<Subject> = ({ words: said, block: header, no }, { bgp, instance, name }, reader) => {
  const named = said[1] ?? "";
  const family = Object.hasOwn(families, named) ? families[named] : undefined;
  if (family === undefined || (said.length > 2 && said[2] !== "unicast")) return false;
  if (no) {
    bgp.families.delete(family);
    return true;
  }
  const draft = bgp.families.get(family) ?? familyDraft();
  bgp.families.set(family, draft);
  reader.each(header.children, familyLines, { bgp, family, draft, instance });
  reader.mark(pathOf("networkInstances", name, "bgp", "afiSafis", family), header.line);
  return true;
};

const readBestPath = (said: readonly string[], no: boolean, bgp: BgpDraft): boolean => {
  const rest = said.slice(2).join(" ");
  if (rest === "as-path multipath-relax") bgp.multipathRelax = !no;
  else if (rest === "tie-break router-id") bgp.compareRouterId = !no;
  else if (rest === "tie-break age") bgp.compareRouterId = no;
  else return false;
  return true;
};

/** `bgp ...`: settings of the instance. */
const readBgpLine: Handler<Subject> = (line, { bgp }, reader) => {
  const { words: said, no, block: text } = line;
  switch (said[1]) {
    case "default":
      if (said[2] === "ipv4-unicast" && said.length === 3) bgp.defaultV4 = !no;
      else if (said[2] === "ipv6-unicast" && said.length === 3) bgp.defaultV6 = !no;
      // With `transport ipv6` it is about neighbors with IPv6 addresses; each says its own activation here.
      else return no;
      return true;
    case "cluster-id": {
      const id = parseIpAddress(said[2] ?? "");
      if (id !== undefined) bgp.clusterId = id;
      return id !== undefined;
    }
    case "listen":
      return readListen(line, bgp);
    case "always-compare-med":
      bgp.alwaysCompareMed = !no;
      return true;
    case "bestpath":
      return readBestPath(said, no, bgp);
    case "missing-policy": {
      const action = said[5];
      if (
        said[2] !== "direction" ||
        said[4] !== "action" ||
        (action !== "deny" && action !== "permit") ||
        said.length > 6
      )
        return false;
      if (said[3] === "in") bgp.missingPolicyIn = action;
      else bgp.missingPolicyOut = action;
      return true;
    }
    case "log-neighbor-changes":
    case "asn":
    case "trace":
    case "control-plane-filter":
      reader.ignore(text, "logging and notation");
      return false;
    case "advertise-inactive":
      // The model's speaker advertises its best path whether the forwarding table took it or not (RFC 4271 §9.1.3 leaves
      // it open), so the line agrees with it.
      reader.ignore(text, "best paths are advertised in either case here");
      return false;
    case "route-reflector":
    case "convergence":
    case "labeled-unicast":
      reader.ignore(text, timing);
      return false;
    default:
      return false;
  }
};

/** `bgp listen range P peer-group G (remote-as N | peer-filter F)`. */
function readListen({ words: said, no }: Line, bgp: BgpDraft): boolean {
  const prefix = said[2] === "range" ? parseIpPrefix(said[3] ?? "") : undefined;
  const at = said.indexOf("peer-group");
  const group = at < 0 ? undefined : said[at + 1];
  if (prefix === undefined) return false;
  bgp.dynamic.delete(prefix);
  if (no) return true;
  if (group === undefined) return false;
  const remote = said.indexOf("remote-as");
  const filter = said.indexOf("peer-filter");
  const peerAs = remote < 0 ? undefined : parseAsn(said[remote + 1] ?? "");
  bgp.dynamic.set(prefix, {
    prefix,
    peerGroup: group,
    ...(peerAs === undefined ? {} : { peerAs }),
    ...(filter < 0 ? {} : { peerFilter: said[filter + 1] ?? "" }),
  });
  return remote >= 0 ? peerAs !== undefined : filter >= 0;
}

/** What stands in `router bgp` and in its `vrf` blocks alike. */
const instanceLines: readonly (readonly [string, Handler<Subject>])[] = [
  [
    "router-id",
    ({ words: said }, { bgp }) => {
      const id = parseIpAddress(said[1] ?? "");
      if (id !== undefined) bgp.routerId = id;
      return id !== undefined;
    },
  ],
  ["bgp", readBgpLine],
  [
    "maximum-paths",
    ({ words: said, no }, { bgp }) => {
      const paths = Number(said[1]);
      if (no) delete bgp.maximumPaths;
      else if (!Number.isInteger(paths) || paths < 1) return false;
      else bgp.maximumPaths = paths;
      return true;
    },
  ],
  [
    "distance",
    ({ words: said }, { bgp }) => {
      const [external = 0, internal = external, local = internal] = said.slice(2).map(Number);
      if (
        said[1] !== "bgp" ||
        ![external, internal, local].every((value) => Number.isInteger(value) && value > 0 && value < 256)
      )
        return false;
      bgp.distance = { external, internal, local };
      return true;
    },
  ],
  [
    "shutdown",
    ({ no }, { bgp }) => {
      bgp.shutdown = !no;
      return true;
    },
  ],
  ["neighbor", (line, { bgp }, reader) => readNeighbor(line, bgp, reader)],
  ["network", (line, { bgp }) => readNetwork(line, bgp.general)],
  ["aggregate-address", (line, { bgp }) => readAggregate(line, bgp.general)],
  ["redistribute", (line, { bgp }) => readRedistribute(line, bgp.general)],
  ["address-family", readFamily],
  ["timers", ignored(timing)],
  ["graceful-restart", ignored(timing)],
  ["graceful-restart-helper", ignored(timing)],
  ["update", ignored("when routes are sent after a start, not which")],
  ["session", ignored(timing)],
  ["comment", ignored("a remark of the operator")],
  ["rd", (line, { instance }) => readRouteDistinguisher(line, instance.evpn)],
  ["route-target", (line, { instance }) => readRouteTarget(line, instance)],
];

const vrfLines: Table<Subject> = new Map(instanceLines);

const routerLines: Table<Subject> = new Map([
  ...instanceLines,
  [
    "vrf",
    ({ words: said, block: header, no }, _subject, reader) => {
      const name = said[1];
      if (name === undefined) return false;
      const instance = instanceOf(reader.draft, name, header.line);
      if (no) {
        delete instance.bgp;
        return true;
      }
      if (name === "default")
        reader.each(header.children, vrfLines, { bgp: (instance.bgp ??= bgpDraft(header.line)), instance, name });
      else {
        const bgp = (instance.bgp ??= bgpDraft(header.line));
        instance.evpn.line = header.line;
        reader.each(header.children, vrfLines, { bgp, instance, name });
      }
      reader.mark(pathOf("networkInstances", name, "bgp"), header.line);
      return true;
    },
  ],
  ["vlan", (line, _subject, reader) => readVlanService(line, reader)],
  ["vlan-aware-bundle", (line, _subject, reader) => readBundle(line, reader)],
] satisfies readonly (readonly [string, Handler<Subject>])[]);

/** `router bgp N`. EOS has one; its VRFs stand inside. */
export function readBgp(line: Line, reader: Reader): boolean {
  const as = parseAsn(line.words[2] ?? "");
  const instance = instanceOf(reader.draft, "default", line.block.line);
  if (line.no) {
    for (const one of reader.draft.instances.values()) delete one.bgp;
    reader.draft.macVrfs.clear();
    return true;
  }
  if (as === undefined) return false;
  const bgp = (instance.bgp ??= bgpDraft(line.block.line));
  bgp.as = as;
  reader.each(line.block.children, routerLines, { bgp, instance, name: "default" });
  reader.mark(pathOf("networkInstances", "default", "bgp"), line.block.line);
  return true;
}

/** BGP of an instance with the defaults of EOS written out. */
export function buildBgp(name: string, draft: DeviceDraft, reader: Reader): Bgp | undefined {
  const bgp = draft.instances.get(name)?.bgp;
  const main = draft.instances.get("default")?.bgp;
  const as = main?.as;
  if (bgp === undefined || as === undefined) return undefined;
  const present = presentFamilies(name, bgp, draft);
  const paths = bgp.maximumPaths ?? main?.maximumPaths ?? 1;
  const activation = {
    families: present,
    v4ByDefault: main?.defaultV4 !== false,
    v6ByDefault: main?.defaultV6 === true,
  };
  const peers = buildPeers(bgp, name === "default" ? undefined : main, name, activation, reader);
  return {
    as,
    ...(bgp.routerId === undefined ? {} : { routerId: bgp.routerId }),
    enabled: (bgp.shutdown ?? main?.shutdown) !== true,
    afiSafis: Object.fromEntries(present.map((family) => [family, buildFamily(family, bgp, paths, name, draft)])),
    ...peers,
    dynamicNeighbors: [...bgp.dynamic.values()].map(({ prefix, peerGroup, peerAs, peerFilter }) => {
      const ases =
        peerAs === undefined ? (peerFilter === undefined ? undefined : acceptedAses(peerFilter, draft)) : [peerAs];
      return {
        prefix,
        peerGroup,
        ...(ases === undefined ? {} : { peerAs: ases.flatMap((one) => parseAsn(one) ?? []) }),
      };
    }),
    // @source eos.arista.com "Bgp multipath relax": paths of equal length share load unless said otherwise
    allowMultipleAs: (bgp.multipathRelax ?? main?.multipathRelax) !== false,
    ...(bgp.clusterId === undefined ? {} : { clusterId: bgp.clusterId }),
    ...(bgp.alwaysCompareMed === true ? { alwaysCompareMed: true } : {}),
    ebgpRequiresPolicy: main?.missingPolicyIn === "deny" && main.missingPolicyOut === "deny",
    ...((bgp.compareRouterId ?? main?.compareRouterId) === undefined
      ? {}
      : { compareRouterId: (bgp.compareRouterId ?? main?.compareRouterId) === true }),
    distance: bgp.distance ?? (name === "default" ? undefined : main?.distance) ?? defaultDistance,
  };
}

function presentFamilies(name: string, bgp: BgpDraft, draft: DeviceDraft): AfiSafi[] {
  const { general } = bgp;
  const speaks6 = (): boolean =>
    [...draft.interfaces.values()].some(
      (port) => (port.vrf ?? "default") === name && port.v6.addresses.length + port.v6.anycast.length > 0,
    );
  const six =
    bgp.families.has("ipv6-unicast") ||
    [...general.networks.keys()].some(isIpv6) ||
    (general.redistribute.length > 0 && speaks6());
  return [
    "ipv4-unicast",
    ...(six ? (["ipv6-unicast"] as const) : []),
    ...(bgp.families.has("l2vpn-evpn") ? (["l2vpn-evpn"] as const) : []),
  ];
}

function buildFamily(family: AfiSafi, bgp: BgpDraft, paths: number, name: string, draft: DeviceDraft): BgpAfiSafi {
  const own = bgp.families.get(family) ?? familyDraft();
  const general = family === "l2vpn-evpn" ? familyDraft() : bgp.general;
  const six = family === "ipv6-unicast";
  const redistribute = new Map([...general.redistribute, ...own.redistribute].map((one) => [one.protocol, one]));
  return {
    enabled: true,
    maximumPathsEbgp: paths,
    maximumPathsIbgp: paths,
    networks: [
      ...[...general.networks.values()].filter(({ prefix }) => isIpv6(prefix) === six),
      ...own.networks.values(),
    ],
    aggregates: [
      ...[...general.aggregates.values()].filter(({ prefix }) => isIpv6(prefix) === six),
      ...own.aggregates.values(),
    ],
    redistribute: [...redistribute.values()],
    importFrom: family === "ipv4-unicast" ? importedFrom(name, draft) : [],
  };
}

/** VRFs of this device whose `vpn-ipv4` route targets this one imports: their routes pass without leaving the switch. */
function importedFrom(name: string, draft: DeviceDraft): BgpAfiSafi["importFrom"] {
  const wanted = draft.instances.get(name)?.vpnImports ?? [];
  if (wanted.length === 0) return [];
  return [...draft.instances].flatMap(([other, instance]) => {
    const match = other === name ? undefined : wanted.find(({ target }) => instance.vpnExports.includes(target));
    return match === undefined
      ? []
      : [{ networkInstance: other, ...(match.policy === undefined ? {} : { policy: match.policy }) }];
  });
}

export function writeBgp(config: DeviceConfig): Written[] {
  const instances = Object.entries(config.networkInstances).flatMap(([name, instance]) =>
    instance.bgp === undefined ? [] : [{ name, bgp: instance.bgp }],
  );
  const main = config.networkInstances["default"]?.bgp ?? instances[0]?.bgp;
  if (main === undefined) return [];
  const withLent = { ...main, peerGroups: { ...lentGroups(instances), ...main.peerGroups } };
  const own =
    config.networkInstances["default"]?.bgp === undefined
      ? { ...withLent, neighbors: {}, afiSafis: {}, dynamicNeighbors: [] }
      : withLent;
  return [
    ...writePeerFilters(instances.map(({ bgp }) => bgp)),
    block(`router bgp ${main.as}`, [
      ...writeHead(own, true),
      ...writeInstance(own, true, writeMacVrfs(config)),
      ...sortedKeys(config.networkInstances)
        .filter((name) => name !== "default")
        .flatMap((name) => writeVrf(name, config)),
    ]),
  ];
}

/** The filters that neighbors without one AS number go by: any AS, or those of a list. */
function writePeerFilters(all: readonly Bgp[]): Written[] {
  const lists = new Map<string, readonly number[] | undefined>();
  for (const bgp of all) {
    for (const one of Object.values(bgp.neighbors))
      if (one.interface !== undefined && typeof one.peerAs === "string") lists.set(anyAs, undefined);
    for (const { peerAs } of bgp.dynamicNeighbors) if (peerAs?.length !== 1) lists.set(filterName(peerAs), peerAs);
  }
  return [...lists]
    .sort(([x], [y]) => compareNames(x, y))
    .map(([name, ases]) =>
      block(
        `peer-filter ${name}`,
        (ases ?? ["1-4294967295"]).map((range, index) =>
          block(`${10 * (index + 1)} match as-range ${range} result accept`),
        ),
      ),
    );
}

const filterName = (ases: readonly number[] | undefined): string =>
  ases === undefined ? anyAs : `AS-${ases.join("-")}`;

/** Groups of VRFs stand in the default VRF on EOS. */
const lentGroups = (instances: readonly { name: string; bgp: Bgp }[]): Bgp["peerGroups"] =>
  Object.assign({}, ...instances.map(({ bgp }) => bgp.peerGroups));

function writeHead(bgp: Bgp, main: boolean): Written[] {
  const paths = bgp.afiSafis["ipv4-unicast"]?.maximumPathsEbgp ?? 1;
  const { distance } = bgp;
  const off = (): Written[] => (bgp.enabled ? [] : [block("shutdown")]);
  return [
    ...off(),
    ...(bgp.routerId === undefined ? [] : [block(`router-id ${bgp.routerId}`)]),
    ...(main ? [block("no bgp default ipv4-unicast")] : []),
    ...(bgp.clusterId === undefined ? [] : [block(`bgp cluster-id ${bgp.clusterId}`)]),
    ...(bgp.alwaysCompareMed === true ? [block("bgp always-compare-med")] : []),
    ...(bgp.allowMultipleAs ? [] : [block("no bgp bestpath as-path multipath-relax")]),
    ...(bgp.compareRouterId === undefined
      ? []
      : [block(`bgp bestpath tie-break ${bgp.compareRouterId ? "router-id" : "age"}`)]),
    ...(main && bgp.ebgpRequiresPolicy
      ? [block("bgp missing-policy direction in action deny"), block("bgp missing-policy direction out action deny")]
      : []),
    ...(distance === undefined || (distance.external === 200 && distance.internal === 200 && distance.local === 200)
      ? []
      : [block(`distance bgp ${distance.external} ${distance.internal} ${distance.local}`)]),
    block(`maximum-paths ${paths} ecmp ${paths}`),
  ];
}

function writeInstance(bgp: Bgp, main: boolean, services: readonly Written[]): Written[] {
  const known = (Object.keys(words) as AfiSafi[]).filter((family) => bgp.afiSafis[family] !== undefined); // the three families
  const peers = writePeers(bgp, main ? (known.length > 0 ? known : ["ipv4-unicast"]) : known, main);
  return [
    ...bgp.dynamicNeighbors.map(({ prefix, peerGroup, peerAs }) =>
      block(
        `bgp listen range ${prefix} peer-group ${peerGroup}${peerAs?.length === 1 ? ` remote-as ${peerAs[0]}` : ` peer-filter ${filterName(peerAs)}`}`,
      ),
    ),
    ...peers.general,
    ...services,
    ...known.flatMap((family) => writeFamily(family, bgp.afiSafis[family], peers.families.get(family) ?? [])),
  ];
}

function writeFamily(family: AfiSafi, told: BgpAfiSafi | undefined, peers: readonly Written[]): Written[] {
  const policy = (name: string | undefined): string => (name === undefined ? "" : ` route-map ${name}`);
  const lines = [
    ...peers,
    ...(told?.networks ?? []).map((one) => block(`network ${one.prefix}${policy(one.policy)}`)),
    ...(told?.aggregates ?? []).map((one) =>
      block(
        `aggregate-address ${one.prefix}${one.asSet ? " as-set" : ""}${one.summaryOnly ? " summary-only" : ""}` +
          (one.policy === undefined ? "" : ` attribute-map ${one.policy}`),
      ),
    ),
    ...(told?.redistribute ?? []).map((one) => block(`redistribute ${one.protocol}${policy(one.policy)}`)),
  ];
  // IPv4 is always there; the other families are there when named.
  return family === "ipv4-unicast"
    ? blockIfAny("address-family ipv4", lines)
    : [block(`address-family ${words[family]}`, lines)];
}

function writeVrf(name: string, config: DeviceConfig): Written[] {
  const instance = config.networkInstances[name];
  if (instance === undefined || (instance.bgp === undefined && instance.evpn === undefined)) return [];
  return [
    block(`vrf ${name}`, [
      ...writeVrfEvpn(instance),
      ...(instance.bgp === undefined
        ? []
        : [...writeHead(instance.bgp, false), ...writeInstance(instance.bgp, false, [])]),
    ]),
  ];
}
