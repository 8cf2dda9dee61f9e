import {
  type DeviceConfig,
  type DomainMember,
  type Interface,
  membersOf,
  type NetworkInstance,
} from "#model/device-config.ts";
import { sameValue } from "#model/same-value.ts";
import type { ParsedDevice } from "#model/snapshot.ts";
import { configPath, sourceOf, type SourceSpan } from "#model/source.ts";
import { ipv4Mask, ipv4ToNumber, type IpAddress, isIpv6, prefixAddress, prefixLength } from "#net/ip.ts";
import { v4 } from "./numbers.ts";

/** A configured device with what every pass asks of it worked out once. Depends on nothing but its own configuration. */
export interface Device {
  readonly name: string;
  readonly parsed: ParsedDevice;
  readonly config: DeviceConfig;
  readonly l3: readonly L3Interface[];
  readonly l3ByName: ReadonlyMap<string, L3Interface>;
  readonly l3ByInstance: ReadonlyMap<string, readonly L3Interface[]>;
  /** What a port or LAG carries: bridged tags and layer-3 interfaces. */
  readonly carried: ReadonlyMap<string, readonly Carried[]>;
  readonly members: ReadonlyMap<string, readonly DomainMember[]>;
  readonly lagMembers: ReadonlyMap<string, readonly string[]>;
  /** Tunnel end points this device answers to; the first is the one it sends from. */
  readonly vteps: readonly number[];
  readonly domainByVni: ReadonlyMap<number, string>;
  readonly instanceByVni: ReadonlyMap<number, string>;
  readonly irbByDomain: ReadonlyMap<string, readonly L3Interface[]>;
  /** By instance; the same object as before as long as everything in it means the same. */
  readonly routing: ReadonlyMap<string, RoutingConfig>;
  span(...path: (string | number)[]): SourceSpan | undefined;
}

/** All that BGP of one instance reads of its device, interfaces aside. */
export interface RoutingConfig {
  readonly nos: DeviceConfig["nos"];
  readonly policy: DeviceConfig["routingPolicy"];
  readonly instance: NetworkInstance;
  readonly main: NetworkInstance["bgp"];
  readonly vteps: readonly number[];
  readonly fallbackRouterId: number;
}

/** `tag` absent: untagged. */
export type Carried =
  | { readonly kind: "domain"; readonly domain: string; readonly tag?: number }
  | { readonly kind: "l3"; readonly interface: string; readonly tag?: number };

export interface L3Interface {
  readonly device: string;
  readonly name: string;
  readonly instance: string;
  readonly config: Interface;
  readonly addresses: readonly L3Address[];
  readonly v6: readonly string[];
}

export interface L3Address {
  readonly address: number;
  readonly length: number;
  /** The same on every leaf: owned, but no one's identity. */
  readonly anycast: boolean;
  /** Lent by another interface: no connected route. */
  readonly borrowed: boolean;
}

/** With the same device as it was before, interfaces that mean the same are the same objects: tables may then be too. */
export function compileDevice(name: string, parsed: ParsedDevice, before?: Device): Device {
  const { config } = parsed;
  const l3 = Object.entries(config.interfaces)
    .filter(([, port]) => isLayer3(port))
    .map(([key, port]) => {
      const fresh = compileInterface(name, config, key, port);
      const known = before?.l3ByName.get(key);
      return known !== undefined && sameValue(known, fresh) ? known : fresh;
    });
  const members = new Map(Object.keys(config.bridgeDomains).map((domain) => [domain, membersOf(config, domain)]));
  const vteps = tunnelAddresses(config);
  return {
    name,
    parsed,
    config,
    l3,
    l3ByName: new Map(l3.map((each) => [each.name, each])),
    l3ByInstance: Map.groupBy(l3, (each) => each.instance),
    carried: carriedByPorts(l3, members),
    members,
    lagMembers: groupLagMembers(config),
    vteps,
    domainByVni: new Map(
      Object.entries(config.bridgeDomains).flatMap(([domain, { vni }]) => (vni === undefined ? [] : [[vni, domain]])),
    ),
    instanceByVni: new Map(
      Object.entries(config.networkInstances).flatMap(([instance, { evpn }]) =>
        evpn === undefined ? [] : [[evpn.vni, instance]],
      ),
    ),
    irbByDomain: Map.groupBy(
      l3.filter((each) => each.config.kind === "irb"),
      (each) => each.config.bridgeDomain ?? "",
    ),
    routing: routingOf(config, l3, vteps, before),
    span: (...path) => sourceOf(parsed.provenance, configPath(...path)),
  };
}

function routingOf(
  config: DeviceConfig,
  l3: readonly L3Interface[],
  vteps: readonly number[],
  before: Device | undefined,
): ReadonlyMap<string, RoutingConfig> {
  const shared = {
    nos: config.nos,
    policy: config.routingPolicy,
    main: config.networkInstances["default"]?.bgp,
    vteps,
    fallbackRouterId: highestAddress(l3),
  };
  return new Map(
    Object.entries(config.networkInstances).map(([name, instance]) => {
      const fresh: RoutingConfig = { ...shared, instance };
      const known = before?.routing.get(name);
      return [name, known !== undefined && sameValue(known, fresh) ? known : fresh];
    }),
  );
}

/** Ports that are bridged or belong to a LAG have no layer 3 of their own. */
function isLayer3(port: Interface): boolean {
  if (port.kind === "vxlan" || port.lag !== undefined) return false;
  if (port.kind === "irb" || port.kind === "loopback") return true;
  if (port.kind === "subinterface") return port.bridgeDomain === undefined;
  return port.switchport === undefined;
}

function compileInterface(device: string, config: DeviceConfig, name: string, port: Interface): L3Interface {
  const lender =
    port.ipv4?.unnumberedFrom === undefined ? undefined : config.interfaces[port.ipv4.unnumberedFrom]?.ipv4;
  const read = (text: string, anycast: boolean, borrowed: boolean): L3Address[] => {
    const address = v4(prefixAddress(text as never)); // both address kinds are `address/length`
    return address === undefined ? [] : [{ address, length: prefixLength(text as never), anycast, borrowed }];
  };
  return {
    device,
    name,
    instance: port.networkInstance,
    config: port,
    addresses: [
      ...(port.ipv4?.addresses ?? []).flatMap((text) => read(text, false, false)),
      ...(lender?.addresses ?? []).flatMap((text) => read(text, false, true)),
      ...(port.ipv4?.anycastAddresses ?? []).flatMap((text) => read(text, true, false)),
    ],
    v6: [...(port.ipv6?.addresses ?? []), ...(port.ipv6?.anycastAddresses ?? [])],
  };
}

function carriedByPorts(
  l3: readonly L3Interface[],
  members: ReadonlyMap<string, readonly DomainMember[]>,
): Map<string, Carried[]> {
  const carried = new Map<string, Carried[]>();
  const add = (port: string, what: Carried): void => {
    const list = carried.get(port);
    if (list === undefined) carried.set(port, [what]);
    else list.push(what);
  };
  for (const [domain, list] of members)
    for (const { interface: port, tag } of list)
      add(port, { kind: "domain", domain, ...(tag === undefined ? {} : { tag }) });
  for (const { name, config } of l3) {
    if (config.kind === "ethernet" || config.kind === "lag" || config.kind === "management")
      add(name, { kind: "l3", interface: name });
    else if (config.kind === "subinterface" && config.parent !== undefined)
      add(config.parent, {
        kind: "l3",
        interface: name,
        ...(config.vlanTag === undefined ? {} : { tag: config.vlanTag }),
      });
  }
  return carried;
}

function groupLagMembers(config: DeviceConfig): Map<string, string[]> {
  const lags = new Map<string, string[]>();
  for (const [name, port] of Object.entries(config.interfaces)) {
    if (port.lag === undefined) continue;
    const list = lags.get(port.lag);
    if (list === undefined) lags.set(port.lag, [name]);
    else list.push(name);
  }
  return lags;
}

/** The MLAG pair's shared address comes first: remote VTEPs know the pair by it. */
function tunnelAddresses(config: DeviceConfig): number[] {
  const { vxlan } = config;
  if (vxlan === undefined) return [];
  const source = vxlan.sourceInterface === undefined ? undefined : config.interfaces[vxlan.sourceInterface];
  const own = v4(vxlan.sourceAddress) ?? firstAddress(source);
  return [v4(vxlan.anycastAddress), own].filter((address) => address !== undefined);
}

function firstAddress(port: Interface | undefined): number | undefined {
  const text = port?.ipv4?.addresses.find((each) => !isIpv6(each));
  return text === undefined ? undefined : ipv4ToNumber(prefixAddress(text));
}

/** The address of this interface whose network holds `address`; loopbacks and borrowed addresses have no network. */
export function networkFor(l3: L3Interface, address: number): L3Address | undefined {
  if (l3.config.kind === "loopback") return undefined;
  return l3.addresses.find(
    (own) =>
      !own.borrowed &&
      own.length < 32 &&
      (own.address & ipv4Mask(own.length)) >>> 0 === (address & ipv4Mask(own.length)) >>> 0,
  );
}

export const ownsAddress = (l3: L3Interface, address: number): boolean =>
  l3.addresses.some((own) => own.address === address && !own.borrowed);

/** The router id a protocol uses: configured, else the highest loopback address, else the highest address (RFC 4271 by way of every vendor's guide). */
export function routerIdOf(device: Device, configured: IpAddress | undefined): number {
  return v4(configured) ?? highestAddress(device.l3);
}

function highestAddress(l3: readonly L3Interface[]): number {
  const highest = (list: readonly L3Interface[]): number =>
    list.reduce((most, each) => each.addresses.reduce((own, { address }) => Math.max(own, address), most), 0);
  return highest(l3.filter((each) => each.config.kind === "loopback" && each.instance === "default")) || highest(l3);
}
