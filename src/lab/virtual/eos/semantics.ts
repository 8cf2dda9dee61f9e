import type { DeviceConfig } from "#model/device-config.ts";
import { ipv4ToNumber, networkOf, prefixAddress, prefixLength, type InterfaceAddress } from "#net/ip.ts";
import type { ConfigNode } from "./tree.ts";

export interface Refusal {
  readonly node: ConfigNode;
  readonly message: string;
  /** Where two statements exclude each other: how it is told when this other one was typed later. */
  readonly orElse?: { readonly node: ConfigNode; readonly message: string };
}

/**
 * What EOS refuses although each line is well formed: addresses that overlap in one VRF, VRFs that are not there, a VNI
 * used twice, a second BGP instance.
 *
 * @source unconfirmed (the rules are EOS's; the exact words of most messages are ours)
 */
export function refusalsOf(roots: readonly ConfigNode[], config: DeviceConfig): Refusal[] {
  return [...overlaps(roots, config), ...missingVrfs(roots), ...doubleVnis(roots), ...secondBgp(roots)];
}

interface Owned {
  readonly interface: string;
  readonly address: InterfaceAddress;
  readonly first: number;
  readonly last: number;
}

/** IPv4 networks of different interfaces of one VRF that share an address. */
function overlaps(roots: readonly ConfigNode[], config: DeviceConfig): Refusal[] {
  const byVrf = new Map<string, Owned[]>();
  for (const [name, port] of Object.entries(config.interfaces))
    for (const address of [...(port.ipv4?.addresses ?? []), ...(port.ipv4?.anycastAddresses ?? [])]) {
      const first = ipv4ToNumber(prefixAddress(networkOf(address)));
      const owned = { interface: name, address, first, last: first + 2 ** (32 - prefixLength(address)) - 1 };
      const others = byVrf.get(port.networkInstance);
      if (others === undefined) byVrf.set(port.networkInstance, [owned]);
      else others.push(owned);
    }
  return [...byVrf.values()].flatMap((owned) => clashes(roots, owned));
}

function clashes(roots: readonly ConfigNode[], owned: readonly Owned[]): Refusal[] {
  const refusals: Refusal[] = [];
  let widest: Owned | undefined;
  for (const one of owned.toSorted((a, b) => a.first - b.first || b.last - a.last)) {
    if (widest !== undefined && one.first <= widest.last && one.interface !== widest.interface)
      refusals.push(...clash(roots, one, widest));
    if (widest === undefined || one.last > widest.last) widest = one;
  }
  return refusals;
}

function clash(roots: readonly ConfigNode[], one: Owned, other: Owned): Refusal[] {
  const [node, rival] = [addressNode(roots, one), addressNode(roots, other)];
  if (node === undefined || rival === undefined) return [];
  return [{ node, message: overlap(one, other), orElse: { node: rival, message: overlap(other, one) } }];
}

const overlap = (one: Owned, other: Owned): string =>
  `Subnet ${networkOf(one.address)} overlaps with existing subnet ${networkOf(other.address)} of ${other.interface}`;

const block = (roots: readonly ConfigNode[], header: string): readonly ConfigNode[] =>
  roots.find(({ line }) => line === header)?.children ?? [];

const addressNode = (roots: readonly ConfigNode[], owned: Owned): ConfigNode | undefined =>
  block(roots, `interface ${owned.interface}`).find(
    ({ line }) => line.startsWith("ip address") && line.split(" ").includes(owned.address),
  );

function missingVrfs(roots: readonly ConfigNode[]): Refusal[] {
  const vrfs = new Set(roots.flatMap(({ line }) => /^vrf instance (\S+)$/.exec(line)?.[1] ?? []));
  const refusals: Refusal[] = [];
  for (const { line, children } of roots) {
    if (!line.startsWith("interface ")) continue;
    for (const node of children) {
      const vrf = /^vrf (\S+)$/.exec(node.line)?.[1];
      if (vrf !== undefined && vrf !== "default" && !vrfs.has(vrf))
        refusals.push({ node, message: `VRF ${vrf} does not exist` });
    }
  }
  return refusals;
}

function doubleVnis(roots: readonly ConfigNode[]): Refusal[] {
  const users = new Map<string, string>();
  const refusals: Refusal[] = [];
  for (const node of block(roots, "interface Vxlan1")) {
    const match = /^vxlan (vlan|vrf) (\S+) vni (\d+)$/.exec(node.line);
    if (!match) continue;
    const [, kind = "", user = "", vni = ""] = match;
    const holder = users.get(vni);
    if (holder !== undefined) refusals.push({ node, message: `VNI ${vni} is already mapped to ${holder}` });
    users.set(vni, `${kind === "vlan" ? "VLAN" : "VRF"} ${user}`);
  }
  return refusals;
}

function secondBgp(roots: readonly ConfigNode[]): Refusal[] {
  const [first, second] = roots.filter(({ line }) => /^router bgp \d/.test(line));
  const asn = first?.line.split(" ")[2];
  return second && asn !== undefined ? [{ node: second, message: `BGP is already running with AS number ${asn}` }] : [];
}
