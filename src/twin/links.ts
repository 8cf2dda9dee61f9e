import type { Interface } from "#model/device-config.ts";
import type { Endpoint } from "#model/endpoint.ts";
import { type Fabric, type Link, type LinkEnd, linkId } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import type { ParsedDevice } from "#model/snapshot.ts";
import { isIpv6, networkOf, prefixLength } from "#net/ip.ts";
import { compareNames } from "#net/order.ts";

export type ParsedDevices = Readonly<Record<string, ParsedDevice>>;

/**
 * Cables of a folder of configurations that came without a topology: two routed ports that alone share a
 * subnet, or two ports whose descriptions name each other. What stays unconnected on one side is a finding.
 *
 * @param known cables that a file states; they stand, and only what they leave free is inferred
 */
export function inferLinks(
  devices: ParsedDevices,
  known: readonly Link[] = [],
): { links: Link[]; findings: Finding[] } {
  const links = new Map<string, Link>();
  const used = new Set<string>();
  const findings: Finding[] = [];
  const connect = (a: LinkEnd, b: LinkEnd): void => {
    const speed = (end: LinkEnd): number | undefined => devices[end.node]?.config.interfaces[end.port]?.speedBps;
    const link: Link = { a, b, speedBps: speed(a) ?? speed(b) ?? unknownSpeedBps };
    links.set(linkId(link), link);
    used.add(endKey(a)).add(endKey(b));
  };
  for (const { a, b } of known) connect(a, b);
  for (const ends of sharedSubnets(devices)) {
    const [a, b] = ends;
    if (ends.length !== 2 || a === undefined || b === undefined || a.node === b.node) continue;
    const pairs = cablesBetween(devices, a, b).filter((pair) => !pair.some((end) => used.has(endKey(end))));
    for (const [near, far] of pairs) connect(near, far);
  }
  const said = described(devices);
  for (const [key, target] of said) {
    const from = said.get(endKey(target.to));
    if (used.has(key) || used.has(endKey(target.to))) continue;
    const exists = devices[target.to.node]?.config.interfaces[target.to.port] !== undefined;
    if (from !== undefined && endKey(from.to) === key) connect(target.from, target.to);
    else if (exists && from === undefined) {
      // One side says so and the other says nothing: taken at its word.
      connect(target.from, target.to);
      findings.push({
        code: "twin.link-one-sided",
        severity: "info",
        message: `${target.from.node} ${target.from.port} says it goes to ${target.to.node} ${target.to.port}, which says nothing.`,
        where: { kind: "device", device: target.from.node, object: target.from.port },
      });
    } else if (exists)
      findings.push({
        code: "twin.link-disputed",
        severity: "warning",
        message: `${target.from.node} ${target.from.port} says it goes to ${target.to.node} ${target.to.port}, whose description names another port.`,
        where: { kind: "device", device: target.from.node, object: target.from.port },
        remedy: "Compare both descriptions with the cabling.",
      });
  }
  return { links: [...links.values()].sort((a, b) => compareNames(linkId(a), linkId(b))), findings };
}

const unknownSpeedBps = 10_000_000_000;
const endKey = (end: LinkEnd): string => `${end.node}:${end.port}`;

/** The ports behind two routed interfaces: themselves, or the members of two aggregates of one size, in their order. */
function cablesBetween(devices: ParsedDevices, a: LinkEnd, b: LinkEnd): [LinkEnd, LinkEnd][] {
  const membersOf = ({ node, port }: LinkEnd): LinkEnd[] => {
    const faces = devices[node]?.config.interfaces ?? {};
    if (faces[port]?.kind !== "lag") return [{ node, port }];
    const members = Object.keys(faces).filter((name) => faces[name]?.lag === port);
    return members.sort(compareNames).map((name) => ({ node, port: name }));
  };
  const [near, far] = [membersOf(a), membersOf(b)];
  return near.length === far.length ? near.map((end, index) => [end, far[index]!]) : [];
}

/** Routed ports by the subnet they stand in; anycast and unnumbered addresses don't count. */
function sharedSubnets(devices: ParsedDevices): LinkEnd[][] {
  const groups = new Map<string, LinkEnd[]>();
  for (const [node, { config }] of Object.entries(devices))
    for (const [port, face] of Object.entries(config.interfaces)) {
      if (face.kind !== "ethernet" && face.kind !== "lag") continue;
      for (const address of [...(face.ipv4?.addresses ?? []), ...(face.ipv6?.addresses ?? [])]) {
        const length = prefixLength(address);
        if (isIpv6(address) ? length < 126 || length > 127 : length > 31) continue;
        const key = `${networkOf(address)} ${face.networkInstance === "default" ? "" : face.networkInstance}`;
        const list = groups.get(key);
        if (list === undefined) groups.set(key, [{ node, port }]);
        else if (!list.some((end) => end.node === node && end.port === port)) list.push({ node, port });
      }
    }
  return [...groups.values()];
}

/** What the descriptions say, by the port that says it. */
function described(devices: ParsedDevices): Map<string, { from: LinkEnd; to: LinkEnd }> {
  const found = new Map<string, { from: LinkEnd; to: LinkEnd }>();
  const names = new Map(Object.keys(devices).map((name) => [name.toLowerCase(), name]));
  const lookups = new Map(
    Object.entries(devices).map(([name, { config }]) => [
      name,
      new Map(Object.keys(config.interfaces).map((port) => [port.toLowerCase(), port])),
    ]),
  );
  const reversed = new Map<string, LinkEnd[]>();
  for (const [node, { config }] of Object.entries(devices))
    for (const [port, face] of Object.entries(config.interfaces)) {
      if (face.description === undefined || (face.kind !== "ethernet" && face.kind !== "management")) continue;
      const words = face.description.split(/[\s,;|()[\]<>]+|->|_/).filter((word) => word !== "");
      const target = targetOf(words, node, names, lookups);
      if (target === undefined) continue;
      if (target.port !== undefined)
        found.set(`${node}:${port}`, { from: { node, port }, to: { node: target.node, port: target.port } });
      else {
        const key = node < target.node ? `${node} ${target.node}` : `${target.node} ${node}`;
        const list = reversed.get(key);
        if (list === undefined) reversed.set(key, [{ node, port }]);
        else list.push({ node, port });
      }
    }
  // `l1 -> s1` on one side and `s1 -> l1` on the other, once each: that is the cable between them.
  for (const ends of reversed.values()) {
    const [a, b] = ends;
    if (ends.length !== 2 || a === undefined || b === undefined || a.node === b.node) continue;
    found.set(endKey(a), { from: a, to: b });
    found.set(endKey(b), { from: b, to: a });
  }
  return found;
}

/** `P2P_dc1-spine1_Ethernet1`, `to spine-2 swp4`, `spine-2:swp4`, `l1 -> s1`: the last device named, and a port of it. */
function targetOf(
  words: readonly string[],
  self: string,
  names: ReadonlyMap<string, string>,
  lookups: ReadonlyMap<string, ReadonlyMap<string, string>>,
): { node: string; port?: string } | undefined {
  let target: { node: string; port?: string } | undefined;
  for (const [index, word] of words.entries()) {
    const [first = "", ...rest] = word.toLowerCase().split(":");
    const node = names.get(first);
    if (node === undefined || node === self) continue;
    const wanted = rest.length > 0 ? rest.join(":") : words[index + 1]?.toLowerCase();
    const port = wanted === undefined ? undefined : lookups.get(node)?.get(wanted);
    target = port === undefined ? { node } : { node, port };
  }
  return target;
}

/** A fabric that holds just what the configurations show: the switches, their guessed roles, and the inferred cables. */
export function inferFabric(devices: ParsedDevices, links: readonly Link[] = inferLinks(devices).links): Fabric {
  return {
    name: "inferred",
    sites: [],
    racks: [],
    hosts: {},
    nvlinkDomains: [],
    links,
    switches: Object.fromEntries(
      Object.entries(devices).map(([name, { config }]) => {
        const bgp = config.networkInstances["default"]?.bgp;
        return [
          name,
          {
            name,
            fabric: "computeFabric" as const,
            role: roleOf(name, config),
            nos: config.nos,
            ...(bgp === undefined ? {} : { asn: bgp.as }),
          },
        ];
      }),
    ),
  };
}

/** By name, else by whether it ends tunnels. */
function roleOf(name: string, config: ParsedDevice["config"]): "leaf" | "spine" | "superSpine" | "border" {
  if (/super-?spine/i.test(name)) return "superSpine";
  if (/spine/i.test(name)) return "spine";
  if (/border/i.test(name)) return "border";
  if (/leaf|tor/i.test(name)) return "leaf";
  return config.vxlan === undefined && Object.keys(config.bridgeDomains).length === 0 ? "spine" : "leaf";
}

/**
 * Edge-facing ports of a folder of configurations as endpoints without a host behind them: access ports, trunks and
 * routed ports in a VRF that no inferred cable uses. Their owner is the VRF they end up in (or the VLAN, where there is
 * no gateway): what the configurations themselves keep apart.
 *
 * An address is made up inside the network of the port's gateway, at the far end of the range, so that forwarding can
 * be asked about it.
 */
export function inferEndpoints(devices: ParsedDevices, links: readonly Link[] = inferLinks(devices).links): Endpoint[] {
  // A cable to something that is no device of ours leads to a host.
  const between = links.filter(({ a, b }) => Object.hasOwn(devices, a.node) && Object.hasOwn(devices, b.node));
  const cabled = new Set(between.flatMap((link) => [endKey(link.a), endKey(link.b)]));
  const hosts = hostEnds(devices, links);
  const endpoints: Endpoint[] = [];
  const taken = new Map<string, number>();
  const gateways = gatewaysByVlan(devices);
  for (const [device, { config }] of Object.entries(devices).sort(([a], [b]) => compareNames(a, b))) {
    const ports = Object.entries(config.interfaces);
    const cabledLags = new Set(ports.flatMap(([name, { lag }]) => (cabled.has(`${device}:${name}`) ? [lag] : [])));
    const hostsOfLags = new Map(
      ports.flatMap(([name, { lag }]) => {
        const host = lag === undefined ? undefined : hosts.get(`${device}:${name}`);
        return lag === undefined || host === undefined ? [] : [[lag, host] as const];
      }),
    );
    for (const [name, port] of ports) {
      if (!port.enabled || port.lag !== undefined || (port.kind !== "ethernet" && port.kind !== "lag")) continue;
      if (cabled.has(`${device}:${name}`) || cabledLags.has(name)) continue;
      if (config.mlag?.peerLink === name) continue;
      const host = hosts.get(`${device}:${name}`) ?? hostsOfLags.get(name);
      for (const endpoint of edgeEndpoints(device, config, name, taken, gateways))
        endpoints.push(host === undefined ? endpoint : { ...endpoint, host: host.node, nic: host.port });
    }
  }
  return endpoints;
}

/** What hangs on the ports of the devices that a cable joins to something else, by the device's port. */
function hostEnds(devices: ParsedDevices, links: readonly Link[]): ReadonlyMap<string, LinkEnd> {
  const ends = new Map<string, LinkEnd>();
  for (const { a, b } of links)
    for (const [own, far] of [
      [a, b],
      [b, a],
    ] as const)
      if (Object.hasOwn(devices, own.node) && !Object.hasOwn(devices, far.node)) ends.set(endKey(own), far);
  return ends;
}

type Config = ParsedDevice["config"];

/** Gateways of each VLAN id over all devices, for leaves that only bridge. Ids that mean several VRFs are left out. */
function gatewaysByVlan(devices: ParsedDevices): ReadonlyMap<number, Interface> {
  const found = new Map<number, Interface>();
  const disputed = new Set<number>();
  for (const { config } of Object.values(devices))
    for (const port of Object.values(config.interfaces)) {
      const vlan = config.bridgeDomains[port.bridgeDomain ?? ""]?.vlanId;
      if (port.kind !== "irb" || vlan === undefined) continue;
      const known = found.get(vlan);
      if (known === undefined) found.set(vlan, port);
      else if (known.networkInstance !== port.networkInstance) disputed.add(vlan);
    }
  for (const vlan of disputed) found.delete(vlan);
  return found;
}

function edgeEndpoints(
  device: string,
  config: Config,
  name: string,
  taken: Map<string, number>,
  gateways: ReadonlyMap<number, Interface>,
): Endpoint[] {
  const port = config.interfaces[name]!;
  const make = (owner: string, more: Partial<Endpoint>): Endpoint => ({
    id: `${device}/${name}${more.vlan === undefined ? "" : `.${more.vlan}`}`,
    host: `${device}/${name}`,
    nic: name,
    owner: { kind: "zone", zone: owner },
    device,
    interface: name,
    ...more,
  });
  const { switchport } = port;
  if (switchport === undefined) {
    const [own] = port.ipv4?.addresses ?? [];
    if (own === undefined || port.networkInstance === "default") return [];
    return [make(port.networkInstance, { ...addressIn(own, own, taken) })];
  }
  const untagged = switchport.mode === "access" ? switchport.vlan : switchport.nativeVlan;
  const tagged =
    switchport.mode === "trunk" && switchport.vlans !== "all"
      ? switchport.vlans.filter((vlan) => vlan !== untagged)
      : [];
  return [
    ...(untagged === undefined ? [] : [{ vlan: untagged, tag: false }]),
    ...tagged.map((vlan) => ({ vlan, tag: true })),
  ].flatMap(({ vlan, tag }) => {
    const domain = Object.entries(config.bridgeDomains).find(([, each]) => each.vlanId === vlan)?.[0];
    if (domain === undefined) return [];
    const own = Object.values(config.interfaces).find((each) => each.kind === "irb" && each.bridgeDomain === domain);
    const irb = own ?? gateways.get(vlan);
    const gateway = irb?.ipv4?.anycastAddresses[0] ?? irb?.ipv4?.addresses[0];
    return [
      make(irb?.networkInstance ?? `vlan-${vlan}`, {
        ...(tag ? { vlan } : {}),
        ...(gateway === undefined ? {} : addressIn(gateway, gateway, taken)),
      }),
    ];
  });
}

/** The highest address of the network that is not given out yet. */
function addressIn(
  network: string,
  gateway: string,
  taken: Map<string, number>,
): Pick<Endpoint, "address" | "gateway"> {
  const own = gateway as Parameters<typeof networkOf>[0]; // an interface address of the configuration
  if (isIpv6(own)) return {};
  const [text = "", length = "32"] = network.split("/");
  const size = 2 ** (32 - Number(length));
  const key = networkOf(own);
  const number = text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const base = Math.floor(number / size) * size;
  if (size === 2) {
    const other = base + (number === base ? 1 : 0);
    return { address: `${dotted(other)}/${length}` as never, gateway: text as never }; // canonical by construction
  }
  for (let index = taken.get(key) ?? size - 2; index > 0; index--) {
    taken.set(key, index - 1);
    if (base + index === number) continue;
    return { address: `${dotted(base + index)}/${length}` as never, gateway: text as never };
  }
  return {};
}

const dotted = (value: number): string =>
  `${Math.floor(value / 16777216) % 256}.${Math.floor(value / 65536) % 256}.${Math.floor(value / 256) % 256}.${value % 256}`;
