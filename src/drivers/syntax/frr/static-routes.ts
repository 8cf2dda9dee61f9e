import type { StaticNextHop, StaticRoute } from "#model/device-config.ts";
import { isIpv6, makePrefix, parseIpAddress, parseIpPrefix, parseIpv4Mask, type IpPrefix } from "#net/ip.ts";
import { use, type FrrBlock } from "./blocks.ts";
import type { Growing, Reading } from "./reading.ts";

/**
 * `ip route PREFIX HOP [INTERFACE] [DISTANCE] [tag N] [vrf X] [nexthop-vrf Y]`; lines of one prefix and distance are one
 * route with several next hops.
 *
 * @source https://docs.frrouting.org/en/latest/static.html
 */
export function readStaticRoute(
  reading: Reading,
  line: FrrBlock,
  inside: string,
  routesOf: (vrf: string) => RouteDrafts,
): void {
  const read = readWords(line.words.slice(2), inside);
  if (read === undefined) return;
  const { prefix, hop, distance, tag, vrf } = read;
  const { list, byKey } = routesOf(vrf);
  const key = `${prefix} ${distance} ${tag}`;
  const known = byKey.get(key);
  if (known === undefined) {
    reading.mark(line, "instances", vrf, "staticRoutes", list.length);
    const route = { prefix, nextHops: [hop], distance, ...(tag === undefined ? {} : { tag }) };
    byKey.set(key, route);
    list.push(route);
  } else known.nextHops.push(hop);
  use(line);
}

/** Routes of one instance, in the order of the file and by what makes two lines one route. */
export interface RouteDrafts {
  readonly list: Growing<StaticRoute>[];
  readonly byKey: Map<string, Growing<StaticRoute>>;
}

interface Read {
  readonly prefix: IpPrefix;
  readonly hop: StaticNextHop;
  readonly distance: number;
  readonly tag?: number;
  readonly vrf: string;
}

function readWords(words: readonly string[], inside: string): Read | undefined {
  const [destination = "", second = ""] = words;
  const mask = parseIpv4Mask(second);
  const address = parseIpAddress(destination);
  const masked = mask !== undefined && address !== undefined && !destination.includes("/");
  const prefix = masked ? makePrefix(address, mask) : parseIpPrefix(destination);
  const rest = words.slice(masked ? 2 : 1);
  const options = new Map<string, string>();
  const places: string[] = [];
  let distance = 1;
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index] ?? "";
    if (word === "tag" || word === "vrf" || word === "nexthop-vrf") options.set(word, rest[++index] ?? "");
    else if (word === "onlink") continue;
    else if (word === "table" || word === "label" || word === "color" || word === "segments" || word === "bfd")
      return undefined;
    else if (places.length > 0 && /^\d{1,3}$/.test(word)) distance = Number(word);
    else places.push(word);
  }
  const hop = hopOf(places, options.get("nexthop-vrf"));
  const tag = options.get("tag");
  if (prefix === undefined || hop === undefined || (tag !== undefined && !/^\d{1,10}$/.test(tag))) return undefined;
  return {
    prefix,
    hop,
    distance,
    vrf: options.get("vrf") ?? inside,
    ...(tag === undefined ? {} : { tag: Number(tag) }),
  };
}

function hopOf([first, second, more]: readonly string[], nextHopVrf: string | undefined): StaticNextHop | undefined {
  if (first === undefined || more !== undefined) return undefined;
  if (/^(?:null0|blackhole|reject)$/i.test(first)) return second === undefined ? { kind: "discard" } : undefined;
  const address = parseIpAddress(first);
  if (address === undefined) return second === undefined ? { kind: "interface", interface: first } : undefined;
  return {
    kind: "address",
    address,
    ...(second === undefined ? {} : { interface: second }),
    ...(nextHopVrf === undefined ? {} : { networkInstance: nextHopVrf }),
  };
}

export const writeStaticRoute = ({ prefix, nextHops, distance, tag }: StaticRoute): string[] =>
  nextHops.map((hop) => {
    const to =
      hop.kind === "discard"
        ? "blackhole"
        : hop.kind === "interface"
          ? hop.interface
          : `${hop.address}${hop.interface === undefined ? "" : ` ${hop.interface}`}`;
    const vrf =
      hop.kind === "address" && hop.networkInstance !== undefined ? ` nexthop-vrf ${hop.networkInstance}` : "";
    return `${isIpv6(prefix) ? "ipv6" : "ip"} route ${prefix} ${to}${tag === undefined ? "" : ` tag ${tag}`}${distance === 1 ? "" : ` ${distance}`}${vrf}`;
  });
