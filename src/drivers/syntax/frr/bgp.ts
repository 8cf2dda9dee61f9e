import type { AfiSafi, Bgp, BgpAfiSafi } from "#model/bgp.ts";
import { parseAsn } from "#net/asn.ts";
import { parseIpAddress, parseIpPrefix } from "#net/ip.ts";
import type { SourceProtocol } from "#model/routing-policy.ts";
import { ignore, isFamilyNeighbor, use, type FrrBlock } from "./blocks.ts";
import { readEvpnLine, type EvpnDraft } from "./evpn.ts";
import {
  finishPeer,
  readNeighborFamilyLine,
  readNeighborLine,
  writeNeighbor,
  writeNeighborFamily,
  type PeerDraft,
} from "./neighbor.ts";
import type { Growing, Reading, Writable } from "./reading.ts";

export interface BgpDraft {
  readonly as: Bgp["as"];
  readonly vrf: string;
  readonly fields: Writable<
    Pick<
      Bgp,
      | "routerId"
      | "clusterId"
      | "alwaysCompareMed"
      | "compareRouterId"
      | "distance"
      | "allowMultipleAs"
      | "ebgpRequiresPolicy"
    >
  >;
  readonly afiSafis: Map<AfiSafi, Growing<BgpAfiSafi>>;
  readonly peers: Map<string, PeerDraft>;
  readonly dynamicNeighbors: Bgp["dynamicNeighbors"][number][];
  defaultIpv4: boolean;
  readonly evpn: EvpnDraft;
}

const settled = "timers, restarts and logging; the session is taken as settled";
const quiet =
  /^(?:no )?(?:bmp |bgp (?:log-neighbor-changes|graceful-restart|graceful-shutdown|suppress-fib-pending|suppress-duplicates|default (?:show-hostname|show-nexthop-hostname|subgroup-pkt-queue-max)|deterministic-med|network import-check|fast-external-failover|fast-convergence|disable-ebgp-connected-route-check|route-map delay-timer|update-delay|tcp-keepalive|hard-administrative-reset|reject-as-sets|conditional-advertisement|bestpath peer-type|session-dscp|minimum-holdtime|listen limit|input-queue-limit|output-queue-limit|lu-dynamic|long-lived-graceful-restart|nexthop-group)|timers |coalesce-time|update-delay|read-quanta|write-quanta)/;

/** `router bgp AS [vrf X]` with all that stands in it. */
export function readBgp(reading: Reading, router: FrrBlock, known: Map<string, BgpDraft>): BgpDraft | undefined {
  const [, , asText = "", how, name] = router.words;
  const vrf = how === "vrf" ? (name ?? "") : "default";
  const as = parseAsn(asText);
  if (as === undefined || (how !== undefined && how !== "vrf") || vrf === "") return undefined;
  use(router);
  reading.mark(router, "instances", vrf, "bgp");
  const draft: BgpDraft = known.get(vrf) ?? {
    as,
    vrf,
    // RFC 8212 is on in the traditional profile (FRR 7.5 and later), off in datacenter.
    // @source https://docs.frrouting.org/en/latest/bgp.html#clicmd-bgp-ebgp-requires-policy
    fields: { allowMultipleAs: false, ebgpRequiresPolicy: reading.profile === "traditional" },
    afiSafis: new Map(),
    peers: new Map(),
    dynamicNeighbors: [],
    defaultIpv4: true,
    evpn: { advertiseAllVni: false, vnis: new Map(), advertise: [] },
  };
  known.set(vrf, draft);
  for (const line of router.children) {
    if (line.node === "family") readFamily(reading, draft, line);
    else readRouterLine(reading, draft, line);
  }
  return draft;
}

function readRouterLine(reading: Reading, draft: BgpDraft, line: FrrBlock): void {
  const no = line.words[0] === "no";
  const words = no ? line.words.slice(1) : line.words;
  const [first = "", second = "", third = ""] = words;
  if (first === "neighbor") {
    if (isFamilyNeighbor(words)) return readFamilyLine(reading, draft, "ipv4-unicast", line);
    if (readNeighborLine(reading, draft.vrf, draft.peers, words, no, line)) use(line);
    return;
  }
  if (first !== "bgp") {
    if (quiet.test(line.text)) return ignore(line, settled);
    return readFamilyLine(reading, draft, "ipv4-unicast", line);
  }
  const { fields } = draft;
  const rest = words.slice(1).join(" ");
  const address = parseIpAddress(third);
  if (second === "router-id" && address !== undefined && !no) fields.routerId = address;
  else if (second === "cluster-id" && address !== undefined && !no) fields.clusterId = address;
  else if (rest.startsWith("bestpath as-path multipath-relax")) fields.allowMultipleAs = !no;
  else if (rest === "always-compare-med") setFlag(fields, "alwaysCompareMed", !no);
  else if (rest === "bestpath compare-routerid") setFlag(fields, "compareRouterId", !no);
  else if (rest === "ebgp-requires-policy") fields.ebgpRequiresPolicy = !no;
  else if (rest === "default ipv4-unicast") draft.defaultIpv4 = !no;
  else if (second === "listen" && third === "range" && !no) {
    const prefix = parseIpPrefix(words[3] ?? "");
    const group = words[4] === "peer-group" ? words[5] : undefined;
    if (prefix === undefined || group === undefined) return;
    reading.mark(line, "instances", draft.vrf, "bgp", "dynamicNeighbors", draft.dynamicNeighbors.length);
    draft.dynamicNeighbors.push({ prefix, peerGroup: group });
  } else {
    if (quiet.test(line.text)) ignore(line, settled);
    return;
  }
  use(line);
}

function setFlag(fields: BgpDraft["fields"], name: "alwaysCompareMed" | "compareRouterId", on: boolean): void {
  if (on) fields[name] = true;
  else delete fields[name];
}

const familyOf = (words: readonly string[]): AfiSafi | undefined => {
  const name = words.slice(1).join(" ");
  if (name === "ipv4" || name === "ipv4 unicast") return "ipv4-unicast";
  if (name === "ipv6" || name === "ipv6 unicast") return "ipv6-unicast";
  return name === "l2vpn evpn" ? "l2vpn-evpn" : undefined;
};

function readFamily(reading: Reading, draft: BgpDraft, block: FrrBlock): void {
  const afiSafi = familyOf(block.words);
  if (afiSafi === undefined) return;
  use(block);
  // In a VRF the EVPN family is its layer-3 service; sessions stand in the default instance.
  if (afiSafi !== "l2vpn-evpn" || draft.vrf === "default") {
    family(reading, draft, afiSafi);
    reading.mark(block, "instances", draft.vrf, "bgp", "afiSafis", afiSafi);
  }
  for (const line of block.children) readFamilyLine(reading, draft, afiSafi, line);
}

function family(reading: Reading, draft: BgpDraft, afiSafi: AfiSafi): Growing<BgpAfiSafi> {
  const known = draft.afiSafis.get(afiSafi);
  if (known !== undefined) return known;
  const { multipath } = reading.system;
  const made: Growing<BgpAfiSafi> = {
    enabled: true,
    maximumPathsEbgp: multipath,
    maximumPathsIbgp: multipath,
    networks: [],
    aggregates: [],
    redistribute: [],
    importFrom: [],
  };
  draft.afiSafis.set(afiSafi, made);
  return made;
}

const protocols: ReadonlyMap<string, SourceProtocol> = new Map([
  ["connected", "connected"],
  ["static", "static"],
  ["kernel", "kernel"],
  ["ospf", "ospf"],
]);

function readFamilyLine(reading: Reading, draft: BgpDraft, afiSafi: AfiSafi, line: FrrBlock): void {
  const no = line.words[0] === "no";
  const words = no ? line.words.slice(1) : line.words;
  const [first = "", second = "", third = "", fourth] = words;
  if (first === "neighbor") {
    if (readNeighborFamilyLine(reading, draft.vrf, draft.peers, afiSafi, words, no, line)) use(line);
    return;
  }
  if (afiSafi === "l2vpn-evpn") {
    if (readEvpnLine(reading, draft.vrf, draft.evpn, line)) use(line);
    return;
  }
  if (no) return;
  const into = family(reading, draft, afiSafi);
  const policyAt = words.indexOf("route-map");
  const policy = policyAt < 0 ? undefined : words[policyAt + 1];
  const withPolicy = policy === undefined ? {} : { policy };
  const prefix = parseIpPrefix(second);
  const protocol = protocols.get(second);
  const at = ["instances", draft.vrf, "bgp", "afiSafis", afiSafi] as const;
  if (first === "network" && prefix !== undefined) {
    reading.mark(line, ...at, "networks", into.networks.length);
    into.networks.push({ prefix, ...withPolicy });
  } else if (first === "aggregate-address" && prefix !== undefined) {
    const supported = words
      .slice(2)
      .every(
        (word, index, all) =>
          word === "summary-only" || word === "as-set" || word === "route-map" || all[index - 1] === "route-map",
      );
    if (!supported) return;
    into.aggregates.push({
      prefix,
      summaryOnly: words.includes("summary-only"),
      asSet: words.includes("as-set"),
      ...withPolicy,
    });
  } else if (first === "redistribute" && protocol !== undefined && !words.includes("metric")) {
    reading.mark(line, ...at, "redistribute", into.redistribute.length);
    into.redistribute.push({ protocol, ...withPolicy });
  } else if (first === "maximum-paths" && /^\d{1,4}$/.test(second === "ibgp" ? third : second)) {
    if (second === "ibgp") into.maximumPathsIbgp = Number(third);
    else into.maximumPathsEbgp = Number(second);
  } else if (first === "import" && second === "vrf" && third === "route-map" && fourth !== undefined) {
    into.importFrom = into.importFrom.map((one) => ({ ...one, policy: fourth }));
    importPolicies.set(into, fourth);
  } else if (first === "import" && second === "vrf" && third !== "") {
    const standing = importPolicies.get(into);
    into.importFrom.push({ networkInstance: third, ...(standing === undefined ? {} : { policy: standing }) });
  } else if (first === "distance" && second === "bgp" && /^\d+ \d+ \d+$/.test(words.slice(2).join(" "))) {
    const [external = 20, internal = 200, local = 200] = words.slice(2).map(Number);
    draft.fields.distance = { external, internal, local };
  } else return;
  use(line);
}

/** `import vrf route-map X` holds for every VRF that is imported, before or after it. */
const importPolicies = new WeakMap<object, string>();

export function finishBgp(reading: Reading, draft: BgpDraft): Bgp {
  const groups = [...draft.peers].filter(([, peer]) => peer.isGroup);
  const neighbors = [...draft.peers].filter(([, peer]) => !peer.isGroup);
  if (draft.defaultIpv4) family(reading, draft, "ipv4-unicast");
  const unicast = draft.afiSafis.get("ipv4-unicast");
  const evpn = draft.afiSafis.get("l2vpn-evpn");
  // EVPN has no `maximum-paths` of its own: what it brings in is spread as unicast is.
  if (evpn !== undefined && unicast !== undefined)
    Object.assign(evpn, { maximumPathsEbgp: unicast.maximumPathsEbgp, maximumPathsIbgp: unicast.maximumPathsIbgp });
  return {
    as: draft.as,
    enabled: true,
    ...draft.fields,
    afiSafis: Object.fromEntries(draft.afiSafis),
    peerGroups: Object.fromEntries(groups.map(([name, peer]) => [name, finishPeer(peer, draft.defaultIpv4)])),
    neighbors: Object.fromEntries(neighbors.map(([name, peer]) => [name, finishPeer(peer, draft.defaultIpv4)])),
    dynamicNeighbors: draft.dynamicNeighbors,
  };
}

/** The lines under `router bgp`, EVPN's own left to `writeEvpn`. */
export function writeBgp(bgp: Bgp, evpnLines: readonly string[]): string[] {
  const lines: string[] = [];
  const put = (line: string | undefined | false): void => void (line && lines.push(` ${line}`));
  put(bgp.routerId && `bgp router-id ${bgp.routerId}`);
  put("no bgp default ipv4-unicast");
  put(bgp.ebgpRequiresPolicy ? "bgp ebgp-requires-policy" : "no bgp ebgp-requires-policy");
  put(bgp.clusterId && `bgp cluster-id ${bgp.clusterId}`);
  put(bgp.alwaysCompareMed === true && "bgp always-compare-med");
  put(bgp.allowMultipleAs && "bgp bestpath as-path multipath-relax");
  put(bgp.compareRouterId === true && "bgp bestpath compare-routerid");
  for (const [name, group] of Object.entries(bgp.peerGroups))
    for (const line of writeNeighbor(name, group, true)) put(line);
  for (const [name, neighbor] of Object.entries(bgp.neighbors))
    for (const line of writeNeighbor(name, neighbor, false)) put(line);
  for (const { prefix, peerGroup } of bgp.dynamicNeighbors) put(`bgp listen range ${prefix} peer-group ${peerGroup}`);
  const named = { "ipv4-unicast": "ipv4 unicast", "ipv6-unicast": "ipv6 unicast", "l2vpn-evpn": "l2vpn evpn" } as const;
  for (const [afiSafi, name] of Object.entries(named) as [AfiSafi, string][]) {
    const inside = [
      ...writeFamily(bgp, afiSafi),
      ...[...Object.entries(bgp.peerGroups), ...Object.entries(bgp.neighbors)].flatMap(([peer, { afiSafis }]) =>
        writeNeighborFamily(peer, afiSafis?.[afiSafi]),
      ),
      ...(afiSafi === "l2vpn-evpn" ? evpnLines : []),
    ];
    if (inside.length === 0 && bgp.afiSafis[afiSafi] === undefined) continue;
    lines.push(" !", ` address-family ${name}`, ...inside.map((line) => `  ${line}`), " exit-address-family");
  }
  return lines;
}

function writeFamily(bgp: Bgp, afiSafi: AfiSafi): string[] {
  const family = bgp.afiSafis[afiSafi];
  if (family === undefined || afiSafi === "l2vpn-evpn") return [];
  const policyOf = (policy: string | undefined): string => (policy === undefined ? "" : ` route-map ${policy}`);
  const imported = family.importFrom.find((one) => one.policy !== undefined)?.policy;
  return [
    ...(bgp.distance === undefined
      ? []
      : [`distance bgp ${bgp.distance.external} ${bgp.distance.internal} ${bgp.distance.local}`]),
    ...family.networks.map(({ prefix, policy }) => `network ${prefix}${policyOf(policy)}`),
    ...family.aggregates.map(
      ({ prefix, summaryOnly, asSet, policy }) =>
        `aggregate-address ${prefix}${asSet ? " as-set" : ""}${summaryOnly ? " summary-only" : ""}${policyOf(policy)}`,
    ),
    ...family.redistribute.map(({ protocol, policy }) => `redistribute ${protocol}${policyOf(policy)}`),
    ...(imported === undefined ? [] : [`import vrf route-map ${imported}`]),
    ...family.importFrom.map(({ networkInstance }) => `import vrf ${networkInstance}`),
    `maximum-paths ${family.maximumPathsEbgp}`,
    `maximum-paths ibgp ${family.maximumPathsIbgp}`,
  ];
}
