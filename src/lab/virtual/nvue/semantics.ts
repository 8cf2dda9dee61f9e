import type { DeviceConfig } from "#model/device-config.ts";
import { networkOf, prefixCovers, type InterfaceAddress } from "#net/ip.ts";
import { at, childOf, isBranch, type Tree } from "./tree.ts";

export interface Refusal {
  readonly location: string;
  readonly reason: string;
}

/**
 * What NVUE refuses although every leaf is well formed: a port in two bonds, one address on two interfaces of a VRF, a
 * VRF that is not there.
 *
 * @source unconfirmed (that it is refused is NVUE's schema and Cumulus's checks; the words are ours)
 */
export function refusalsOf(tree: Tree, config: DeviceConfig): Refusal[] {
  return [...sharedMembers(tree), ...missingVrfs(tree), ...sameAddress(config)];
}

const entriesOf = (tree: Tree | undefined): [string, Tree][] => (isBranch(tree) ? Object.entries(tree) : []);

/** Values that NVUE's schema bounds. @source unconfirmed (link mtu 552-9216 from its command reference) */
export const valuesOutOfRange = (tree: Tree): Refusal[] => [...vlanRange(tree), ...mtuRange(tree)];

function mtuRange(tree: Tree): Refusal[] {
  return entriesOf(childOf(tree, "interface")).flatMap(([name, body]) => {
    const mtu = at(body, ["link", "mtu"]);
    if (mtu === undefined || (Number(mtu) >= 552 && Number(mtu) <= 9216)) return [];
    return [{ location: `/interface/${name}/link/mtu`, reason: `${JSON.stringify(mtu)} is not in 552-9216` }];
  });
}

function vlanRange(tree: Tree): Refusal[] {
  return entriesOf(at(tree, ["bridge", "domain"])).flatMap(([domain, body]) =>
    entriesOf(childOf(body, "vlan")).flatMap(([vlan]) =>
      vlan.split(",").some((part) => part.split("-").some((id) => !(Number(id) >= 1 && Number(id) <= 4094)))
        ? [{ location: `/bridge/domain/${domain}/vlan/${vlan}`, reason: `'${vlan}' is not a VLAN in 1-4094` }]
        : [],
    ),
  );
}

function sharedMembers(tree: Tree): Refusal[] {
  const owner = new Map<string, string>();
  const refusals: Refusal[] = [];
  for (const [name, body] of entriesOf(childOf(tree, "interface")))
    for (const [member] of entriesOf(at(body, ["bond", "member"]))) {
      const other = owner.get(member);
      if (other !== undefined)
        refusals.push({
          location: `/interface/${name}/bond/member/${member}`,
          reason: `${member} is already a member of ${other}`,
        });
      owner.set(member, name);
    }
  return refusals;
}

function missingVrfs(tree: Tree): Refusal[] {
  const vrfs = childOf(tree, "vrf");
  const refusals: Refusal[] = [];
  for (const [name, body] of entriesOf(childOf(tree, "interface")))
    for (const place of ["ip", "ipv4"]) {
      const vrf = at(body, [place, "vrf"]);
      // `mgmt` and `default` are always there.
      if (typeof vrf === "string" && vrf !== "default" && vrf !== "mgmt" && childOf(vrfs, vrf) === undefined)
        refusals.push({ location: `/interface/${name}/${place}/vrf`, reason: `vrf '${vrf}' does not exist` });
    }
  return refusals;
}

/** Linux takes overlapping networks; the same address twice in one VRF is refused. */
function sameAddress(config: DeviceConfig): Refusal[] {
  const seen = new Map<string, { readonly name: string; readonly address: InterfaceAddress }[]>();
  const refusals: Refusal[] = [];
  for (const [name, port] of Object.entries(config.interfaces))
    for (const address of port.ipv4?.addresses ?? []) {
      const others = seen.get(port.networkInstance) ?? [];
      const other = others.find(
        (each) =>
          each.name !== name && each.address === address && prefixCovers(networkOf(each.address), networkOf(address)),
      );
      if (other) refusals.push({ location: `/interface/${name}`, reason: `${address} overlaps with ${other.name}` });
      others.push({ name, address });
      seen.set(port.networkInstance, others);
    }
  return refusals;
}
