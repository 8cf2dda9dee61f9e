import { makePrefix, parseIpAddress, parseIpPrefix, parseIpv4Mask, type IpPrefix } from "#net/ip.ts";
import type { DeviceConfig, StaticNextHop, StaticRoute } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import { instanceOf, type InstanceDraft, type Line } from "../draft.ts";
import type { Reader } from "../reader.ts";
import { canonicalInterface, sortedKeys, pathOf } from "../text.ts";
import { isIpv6 } from "#net/ip.ts";

/** `ip route [vrf X] P NEXTHOP [distance] [tag N] [name N] [metric N] [track bfd]`, and the same for IPv6. */
export function readStaticRoute(line: Line, reader: Reader): boolean {
  const { words } = line;
  let at = 2;
  let name = "default";
  if (words[at] === "vrf") {
    name = words[at + 1] ?? "";
    at += 2;
  }
  const destination = prefixAt(words, at);
  if (destination === undefined || name === "") return false;
  at += destination.used;
  const hop = hopAt(words, at);
  if (hop === undefined)
    return line.no && words[at] === undefined ? removeRoute(reader, name, destination.prefix, line) : false;
  at += hop.used;
  const options = optionsAt(words, at);
  if (options === undefined) return false;
  if (line.no) return removeRoute(reader, name, destination.prefix, line);
  instanceOf(reader.draft, name, line.block.line).statics.push({
    prefix: destination.prefix,
    hop: hop.hop,
    ...options,
    line: line.block.line,
  });
  return true;
}

function removeRoute(reader: Reader, name: string, prefix: IpPrefix, line: Line): boolean {
  const instance = instanceOf(reader.draft, name, line.block.line);
  instance.statics = instance.statics.filter((route) => route.prefix !== prefix);
  return true;
}

function prefixAt(words: readonly string[], at: number): { prefix: IpPrefix; used: number } | undefined {
  const whole = parseIpPrefix(words[at] ?? "");
  if (whole !== undefined) return { prefix: whole, used: 1 };
  const address = parseIpAddress(words[at] ?? "");
  const length = parseIpv4Mask(words[at + 1] ?? "");
  return address === undefined || length === undefined || isIpv6(address)
    ? undefined
    : { prefix: makePrefix(address, length), used: 2 };
}

function hopAt(words: readonly string[], at: number): { hop: StaticNextHop; used: number } | undefined {
  const first = words[at] ?? "";
  if (/^null ?0$/i.test(first)) return { hop: { kind: "discard" }, used: 1 };
  if (first === "egress-vrf") {
    const address = parseIpAddress(words[at + 2] ?? "");
    const networkInstance = words[at + 1];
    return address === undefined || networkInstance === undefined
      ? undefined
      : { hop: { kind: "address", address, networkInstance }, used: 3 };
  }
  const address = parseIpAddress(first);
  if (address !== undefined) return { hop: { kind: "address", address }, used: 1 };
  const port = canonicalInterface(first);
  if (port === undefined) return undefined;
  const over = parseIpAddress(words[at + 1] ?? "");
  return over === undefined
    ? { hop: { kind: "interface", interface: port }, used: 1 }
    : { hop: { kind: "address", address: over, interface: port }, used: 2 };
}

function optionsAt(words: readonly string[], from: number): { distance: number; tag?: number } | undefined {
  let distance = 1;
  let tag: number | undefined;
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? "";
    if (/^\d{1,3}$/.test(word)) distance = Number(word);
    else if (word === "tag") tag = Number(words[++at]);
    else if (word === "name" || word === "metric") at++;
    // The route is there only while the session is; sessions are taken to be up.
    else if (word === "track" && words[at + 1] === "bfd") at++;
    else return undefined;
  }
  if (distance < 1 || distance > 255 || (tag !== undefined && !Number.isInteger(tag))) return undefined;
  return { distance, ...(tag === undefined ? {} : { tag }) };
}

/** Lines to one prefix at one distance are one route of several next hops. */
export function buildStaticRoutes(name: string, instance: InstanceDraft, reader: Reader): StaticRoute[] {
  const routes = new Map<string, { route: StaticRoute; hops: StaticNextHop[]; seen: Set<string>; line: number }>();
  for (const { prefix, hop, distance, tag, line } of instance.statics) {
    const key = `${prefix} ${distance} ${tag ?? ""}`;
    let found = routes.get(key);
    if (found === undefined) {
      const hops: StaticNextHop[] = [];
      found = {
        route: { prefix, nextHops: hops, distance, ...(tag === undefined ? {} : { tag }) },
        hops,
        seen: new Set(),
        line,
      };
      routes.set(key, found);
    }
    const spelled = JSON.stringify(hop);
    if (!found.seen.has(spelled)) found.hops.push(hop);
    found.seen.add(spelled);
  }
  return [...routes.values()].map(({ route, line }, index) => {
    reader.mark(pathOf("networkInstances", name, "staticRoutes", index), line);
    return route;
  });
}

const writeHop = (hop: StaticNextHop): string => {
  if (hop.kind === "discard") return "Null0";
  if (hop.kind === "interface") return hop.interface;
  if (hop.networkInstance !== undefined) return `egress-vrf ${hop.networkInstance} ${hop.address}`;
  return hop.interface === undefined ? hop.address : `${hop.interface} ${hop.address}`;
};

export const writeStaticRoutes = (config: DeviceConfig): Written[] =>
  sortedKeys(config.networkInstances).flatMap((name) =>
    (config.networkInstances[name]?.staticRoutes ?? []).flatMap((route) =>
      route.nextHops.map((hop) =>
        block(
          `${isIpv6(route.prefix) ? "ipv6" : "ip"} route ${name === "default" ? "" : `vrf ${name} `}${route.prefix} ${writeHop(hop)}` +
            `${route.distance === 1 ? "" : ` ${route.distance}`}${route.tag === undefined ? "" : ` tag ${route.tag}`}`,
        ),
      ),
    ),
  );
