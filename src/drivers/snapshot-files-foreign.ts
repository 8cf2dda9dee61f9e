import type { NosName } from "#model/device-config.ts";
import type { SourceFile } from "#model/source.ts";

/** What a file is that no driver reads: another system's configuration, or no configuration at all. */
interface Sign {
  readonly title: string;
  readonly nos?: NosName;
  readonly path?: RegExp;
  readonly text?: RegExp;
}

/**
 * Marks of operating systems that Heddle has no driver for, most telling first. They only name what is left out, so
 * that a missing neighbour is no riddle.
 *
 * @source corpus srlinux, junos, nxos, cumulus/batfish-cumulus-testrigs, multi/netlab-fabrics
 */
const signs: readonly Sign[] = [
  {
    title: "Nokia SR Linux",
    nos: "srlinux",
    path: /\.srlinux\./i,
    text: /^set \/ ?(?:interface|system|network-instance|routing-policy)|srl_nokia|^- path: \/interface\[name=ethernet-/m,
  },
  {
    title: "Juniper Junos",
    nos: "junos",
    path: /\.(?:junos|vptx|vjunos-switch|vjunos-router|vmx|crpd)\./i,
    text: /^(?:system|interfaces|chassis) \{$|^set (?:system host-name|interfaces \S+ unit|version )|^version \d+\.\d+[RX]\d.*;$/m,
  },
  {
    title: "Cisco NX-OS",
    nos: "nxos",
    path: /\.nxos\./i,
    text: /^feature (?:bgp|nv overlay|interface-vlan|lldp|vn-segment|ospf|lacp)|^vrf context |^interface nve1/m,
  },
  { title: "Cisco IOS", text: /^interface (?:Gigabit|TenGigabit|HundredGig)\w*Ethernet/im },
  {
    title: "Cumulus Linux without NVUE (ifupdown2 and FRR)",
    nos: "frr",
    text: /^iface (?:swp\d|bridge|peerlink|vlan\d)|^net add (?:interface|bgp|vlan|bond)/m,
  },
  {
    title: "FRRouting",
    nos: "frr",
    path: /\.frr\./i,
    text: /^frr (?:version|defaults) |^hostname \S+\n(?:[^]{0,400}\n)?router bgp /m,
  },
];

/** The operating system that a text is for, where Heddle knows its look but has no driver. */
export function foreignNos(file: SourceFile): { readonly title: string } | undefined {
  const head = file.text.slice(0, 65_536).replaceAll("\r", "");
  return (
    signs.find((sign) => sign.path?.test(file.path) === true && /\.(cfg|conf|txt|ya?ml|json|set)$/i.test(file.path)) ??
    signs.find((sign) => sign.text?.test(head) === true)
  );
}
