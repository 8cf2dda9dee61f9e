import type { DeviceConfig } from "#model/device-config.ts";
import { networkOf, prefixCovers, type InterfaceAddress } from "#net/ip.ts";
import type { ConfigNode } from "./tree.ts";

export interface Refusal {
  readonly node: ConfigNode;
  readonly message: string;
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
  readonly vrf: string;
  readonly address: InterfaceAddress;
}

function overlaps(roots: readonly ConfigNode[], config: DeviceConfig): Refusal[] {
  const seen = new Map<string, Owned[]>();
  const refusals: Refusal[] = [];
  for (const [name, port] of Object.entries(config.interfaces)) {
    for (const address of [...(port.ipv4?.addresses ?? []), ...(port.ipv4?.anycastAddresses ?? [])]) {
      const others = seen.get(port.networkInstance) ?? [];
      const other = others.find(
        (owned) =>
          owned.interface !== name &&
          (prefixCovers(networkOf(owned.address), networkOf(address)) ||
            prefixCovers(networkOf(address), networkOf(owned.address))),
      );
      const node = other && addressNode(roots, name, address);
      if (node)
        refusals.push({
          node,
          message: `Subnet ${networkOf(address)} overlaps with existing subnet ${networkOf(other.address)} of ${other.interface}`,
        });
      const reverse = other && addressNode(roots, other.interface, other.address);
      // Which of the two was typed last is for the caller to see: both ends of the conflict are told.
      if (reverse)
        refusals.push({
          node: reverse,
          message: `Subnet ${networkOf(other.address)} overlaps with existing subnet ${networkOf(address)} of ${name}`,
        });
      others.push({ interface: name, vrf: port.networkInstance, address });
      seen.set(port.networkInstance, others);
    }
  }
  return refusals;
}

const block = (roots: readonly ConfigNode[], header: string): readonly ConfigNode[] =>
  roots.find(({ line }) => line === header)?.children ?? [];

const addressNode = (roots: readonly ConfigNode[], name: string, address: string): ConfigNode | undefined =>
  block(roots, `interface ${name}`).find(({ line }) => line.startsWith("ip address") && line.includes(address));

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
