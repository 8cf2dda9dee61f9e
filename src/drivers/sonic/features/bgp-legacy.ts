import type { Bgp, BgpNeighbor } from "#model/bgp.ts";
import { parseAsn } from "#net/asn.ts";
import {
  hostPrefix,
  isIpv6,
  makePrefix,
  networkOf,
  parseIpAddress,
  prefixAddress,
  prefixLength,
  type IpPrefix,
} from "#net/ip.ts";
import type { ConfigDb } from "../config-db.ts";
import type { Draft, Writable } from "../draft.ts";
import { frrMultipath } from "./bgp.ts";

/**
 * BGP as bgpcfgd makes it of `BGP_NEIGHBOR` rows keyed by address alone and of its templates: the router id and the
 * announced loopback are Loopback0's, gateways' networks of a ToR are announced, paths of different AS may share load.
 *
 * @source sonic-buildimage dockers/docker-fpm-frr/frr/bgpd (bgpd.main.conf.j2) and its golden `bgpd_frr.conf`
 */
export function readLegacyBgp(db: ConfigDb, draft: Draft): void {
  const metadata = db.row("DEVICE_METADATA", "localhost");
  const as = parseAsn(metadata?.leaf("bgp_asn")?.values[0] ?? "");
  const rows = db.rows("BGP_NEIGHBOR").filter((row) => row.parts.length === 1 && parseIpAddress(row.key) !== undefined);
  if (as === undefined || rows.length === 0 || draft.instance("default").bgp !== undefined) return;
  const up = metadata?.leaf("default_bgp_status")?.values[0] !== "down";
  const neighbors = new Map<string, BgpNeighbor>();
  for (const row of rows) {
    const address = parseIpAddress(row.key);
    if (address === undefined) continue;
    row.use();
    const peerAs = parseAsn(row.text("asn") ?? "");
    const source = parseIpAddress(row.text("local_addr") ?? "");
    const name = row.text("name");
    const family = isIpv6(address) ? "ipv6-unicast" : "ipv4-unicast";
    const neighbor: Writable<BgpNeighbor> = {
      enabled: row.flag("admin_status") ?? up,
      afiSafis: {
        [family]: {
          enabled: true,
          sendCommunity: "both",
          ...(isOne(row.text("rrclient")) ? { routeReflectorClient: true } : {}),
          ...(isOne(row.text("nhopself")) ? { nextHopSelf: true } : {}),
        },
      },
    };
    if (peerAs !== undefined) neighbor.peerAs = peerAs;
    if (source !== undefined) neighbor.updateSource = source;
    if (name !== undefined && name !== "") neighbor.description = name;
    row.ignore(["holdtime", "keepalive"], "timers; the session is taken as settled");
    neighbors.set(address, neighbor);
    draft.mark(row.span, "networkInstances", "default", "bgp", "neighbors", address);
  }
  draft.instance("default").bgp = legacyBgp(draft, as, Object.fromEntries(neighbors));
  if (metadata !== undefined) draft.mark(metadata.span, "networkInstances", "default", "bgp");
}

const isOne = (text: string | undefined): boolean => text === "1" || text === "true";

function legacyBgp(draft: Draft, as: Bgp["as"], neighbors: Bgp["neighbors"]): Bgp {
  const loopback = draft.interfaces.get("Loopback0")?.addresses ?? [];
  const gateways = [...draft.interfaces.values()]
    .filter((port) => port.kind === "irb")
    .flatMap((port) => port.addresses);
  const announced = (six: boolean): IpPrefix[] => {
    // The loopback goes out as a host route over IPv4, as a /64 over IPv6.
    const own = loopback
      .filter((address) => isIpv6(address) === six)
      .map((address) => (six ? makePrefix(prefixAddress(address), 64) : hostPrefix(prefixAddress(address))));
    return [
      ...new Set([
        ...own,
        ...gateways
          .filter((address) => isIpv6(address) === six && prefixLength(address) > 0)
          .map((address) => networkOf(address)),
      ]),
    ];
  };
  const family = (six: boolean): Bgp["afiSafis"]["ipv4-unicast"] & object => ({
    enabled: true,
    maximumPathsEbgp: frrMultipath,
    maximumPathsIbgp: frrMultipath,
    networks: announced(six).map((prefix) => ({ prefix })),
    aggregates: [],
    redistribute: [],
    importFrom: [],
  });
  const routerId = loopback.find((address) => !isIpv6(address));
  return {
    as,
    ...(routerId === undefined ? {} : { routerId: prefixAddress(routerId) }),
    enabled: true,
    afiSafis: { "ipv4-unicast": family(false), "ipv6-unicast": family(true) },
    peerGroups: {},
    neighbors,
    dynamicNeighbors: [],
    allowMultipleAs: true,
    ebgpRequiresPolicy: false,
  };
}
