import type { BridgeDomain, Interface, Switchport } from "#model/device-config.ts";
import { parseVlanId, parseVni, type VlanId } from "#net/asn.ts";
import { parseIpAddress, type IpAddress } from "#net/ip.ts";
import { compact, parsed, place, report, type Reading } from "../reading.ts";
import { at, childrenAt, flagAt, setAt, textAt, use, type ConfigNode } from "../tree.ts";
import { put, unsupported, type Writing } from "../writing.ts";

/** The one VLAN-aware bridge; its name is NVUE's default. A device with more bridges is read for the first only. */
export const defaultBridge = "br_default";

export const bridgeOf = (tree: ConfigNode): string =>
  at(tree, "bridge", "domain", defaultBridge) === undefined
    ? (childrenAt(tree, "bridge", "domain")[0]?.[0] ?? defaultBridge)
    : defaultBridge;

/** VLANs of the bridge with their VNIs. */
export function readBridgeDomains(reading: Reading): Map<string, BridgeDomain> {
  const domains = new Map<string, BridgeDomain>();
  const bridge = bridgeOf(reading.tree);
  const node = at(reading.tree, "bridge", "domain", bridge);
  for (const [name, other] of childrenAt(reading.tree, "bridge", "domain")) {
    if (name !== bridge)
      report(reading, other, "nvue.second-bridge", `The bridge ${name} beside ${bridge} is not modelled.`);
  }
  if (node?.children.size === 0) use(node);
  const type = at(node, "type");
  if (type?.value === "vlan-aware") use(type);
  const everywhere = floodVteps(reading, at(reading.tree, "nve", "vxlan", "flooding"));
  const suppress = flagAt(reading.tree, "nve", "vxlan", "arp-nd-suppress");
  for (const [text, vlan] of childrenAt(node, "vlan")) {
    const id = parseVlanId(text);
    if (id === undefined) {
      report(reading, vlan, "nvue.bad-value", `${text.slice(0, 40)} is no VLAN.`);
      continue;
    }
    if (vlan.children.size === 0) use(vlan);
    const [vniText, vniNode] = childrenAt(vlan, "vni").at(-1) ?? [at(vlan, "vni")?.value, at(vlan, "vni")];
    const vni = vniText === undefined ? undefined : parseVni(vniText);
    if (vniNode?.children.size === 0) use(vniNode);
    const own = floodVteps(reading, at(vniNode, "flooding"));
    domains.set(
      text,
      compact<BridgeDomain>({
        vlanId: id,
        vni,
        floodVteps: vni === undefined ? [] : (own ?? everywhere ?? []),
        arpSuppression: vni === undefined ? undefined : suppress,
      }),
    );
    place(reading, vlan, "bridgeDomains", text);
    if (vni !== undefined) place(reading, vniNode, "bridgeDomains", text, "vni");
  }
  return domains;
}

/** Head-end replication to fixed VTEPs. `evpn` means: to those of type 3, which needs no list. */
function floodVteps(reading: Reading, flooding: ConfigNode | undefined): IpAddress[] | undefined {
  if (flooding === undefined) return undefined;
  const on = flagAt(flooding, "state") ?? true;
  const group = textAt(flooding, "multicast-group");
  if (group !== undefined)
    report(
      reading,
      at(flooding, "multicast-group") ?? flooding,
      "nvue.multicast-flooding",
      `Broadcast and unknown unicast go to the multicast group ${group}; multicast is not modelled, so floods of this VNI are computed as head-end replication.`,
      { remedy: "Check BUM delivery by hand, or use head-end replication." },
    );
  const peers = setAt(flooding, "head-end-replication").filter((name) => name !== "evpn");
  const vteps = parsed(reading, at(flooding, "head-end-replication"), peers, parseIpAddress, "address");
  return on ? vteps : [];
}

/**
 * Access, or trunk: a port of a VLAN-aware bridge without a word about VLANs carries all of them tagged, and the
 * bridge's untagged VLAN (1) bare.
 *
 * @source Cumulus Linux 5.15 VLAN-aware-Bridge-Mode
 */
export function readSwitchport(reading: Reading, port: ConfigNode): Switchport | undefined {
  const [bridge, node] = childrenAt(port, "bridge", "domain")[0] ?? [];
  if (bridge === undefined || node === undefined) return undefined;
  if (node.children.size === 0) use(node);
  const access = at(node, "access") === undefined ? undefined : parseVlanId(textAt(node, "access") ?? "");
  if (access !== undefined) return { mode: "access", vlan: access };
  const untagged = textAt(node, "untagged") ?? at(reading.tree, "bridge", "domain", bridge, "untagged")?.value ?? "1";
  const native = untagged === "none" ? undefined : parseVlanId(untagged);
  const list = setAt(node, "vlan");
  const vlans =
    list.length === 0 || list.includes("all")
      ? ("all" as const)
      : parsed(reading, at(node, "vlan"), list, parseVlanId, "VLAN").toSorted((a, b) => a - b);
  return { mode: "trunk", ...(native === undefined ? {} : { nativeVlan: native }), vlans };
}

/** Ports and gateways may name VLANs that the bridge does not list; NVUE adds them. */
export function addNamedVlans(domains: Map<string, BridgeDomain>, ports: Iterable<Interface>): void {
  const add = (vlan: VlanId): void => {
    if (!domains.has(String(vlan))) domains.set(String(vlan), { vlanId: vlan, floodVteps: [] });
  };
  for (const port of ports) {
    if (port.switchport?.mode === "access") add(port.switchport.vlan);
    const gateway = port.kind === "irb" && port.bridgeDomain !== undefined ? parseVlanId(port.bridgeDomain) : undefined;
    if (gateway !== undefined) add(gateway);
  }
}

export function writeBridgeDomains(writing: Writing): void {
  const domains = Object.entries(writing.config.bridgeDomains);
  const bridged = Object.values(writing.config.interfaces).some((port) => port.switchport !== undefined);
  if (domains.length === 0 && !bridged) return;
  const path = ["bridge", "domain", defaultBridge];
  put(writing, [...path, "type"], "vlan-aware");
  const suppress = new Set<boolean | undefined>();
  for (const [name, domain] of domains) {
    if (domain.vlanId === undefined) {
      unsupported(writing, name, `The bridge domain ${name} has no VLAN id; an NVUE bridge is made of VLANs.`);
      continue;
    }
    if (domain.name !== undefined)
      unsupported(
        writing,
        name,
        `VLAN ${domain.vlanId} is named ${domain.name}; NVUE VLANs have no names.`,
        "Leave the name out.",
      );
    put(writing, [...path, "vlan", domain.vlanId]);
    if (domain.vni === undefined) continue;
    put(writing, [...path, "vlan", domain.vlanId, "vni", domain.vni]);
    suppress.add(domain.arpSuppression);
    for (const vtep of domain.floodVteps) {
      put(writing, [...path, "vlan", domain.vlanId, "vni", domain.vni, "flooding", "state"], true);
      put(writing, [...path, "vlan", domain.vlanId, "vni", domain.vni, "flooding", "head-end-replication", vtep]);
    }
  }
  const [first] = suppress;
  if (suppress.size > 1)
    unsupported(writing, "arp-nd-suppress", "ARP suppression differs between VNIs; NVUE has one switch for all.");
  else if (first !== undefined) put(writing, ["nve", "vxlan", "arp-nd-suppress"], first);
}

export function writeSwitchport(writing: Writing, name: string, port: Interface): void {
  const { switchport } = port;
  if (switchport === undefined) return;
  const path = ["interface", name, "bridge", "domain", defaultBridge];
  if (switchport.mode === "access") return put(writing, [...path, "access"], switchport.vlan);
  put(writing, [...path, "untagged"], switchport.nativeVlan ?? "none");
  if (switchport.vlans === "all") return;
  if (switchport.vlans.length === 0)
    unsupported(
      writing,
      name,
      `${name} is a trunk of no VLANs; NVUE would carry all of them.`,
      "Make it an access port.",
    );
  for (const vlan of switchport.vlans) put(writing, [...path, "vlan", vlan]);
}
