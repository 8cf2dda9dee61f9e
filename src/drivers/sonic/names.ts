import type { InterfaceKind } from "#model/device-config.ts";

/**
 * SONiC wants every VRF name to begin with `Vrf`, the rest of the fabric does not. Our names are written with `Vrf` in
 * front and read without; `Vrf_01` and `Vrf-blue`, where what follows is no letter or digit, are names as they stand. So
 * `acme` is `Vrfacme`, `Vrf_01` is `Vrf_01`, and each way back gives what went in.
 *
 * @source sonic-yang-models sonic-vrf.yang (pattern `Vrf[a-zA-Z0-9_-]+`)
 */
export const vrfFromSonic = (name: string): string => (/^Vrf[A-Za-z0-9]/.test(name) ? name.slice(3) : name);

export const vrfToSonic = (name: string): string =>
  name === "default" || name === managementVrf || /^Vrf[_-]/.test(name) ? name : `Vrf${name}`;

/** The one VRF that need not begin so. @source SONiC doc/mgmt/sonic_stretch_management_vrf_design.md */
export const managementVrf = "mgmt";

/** A Linux interface name holds 15 characters, and SONiC makes one for each VRF. */
const maxNameLength = 15;

const isSonicVrfName = (name: string): boolean =>
  name === "default" || name === managementVrf || (/^Vrf[a-zA-Z0-9_-]+$/.test(name) && name.length <= maxNameLength);

/** Whether a neutral name comes back from SONiC as it went. */
export const isReversibleVrf = (name: string): boolean =>
  isSonicVrfName(vrfToSonic(name)) && vrfFromSonic(vrfToSonic(name)) === name;

/** Read off the name: SONiC has no other word for what an interface is. */
export function kindOf(name: string): InterfaceKind | undefined {
  if (/^(?:Ethernet|Eth|PortChannel|Po)[\d/]+\.\d+$/.test(name)) return "subinterface";
  if (/^Ethernet-?(?:BP|IB|Rec)?[\d/]+$/.test(name)) return "ethernet";
  if (/^PortChannel\d+$/.test(name)) return "lag";
  if (/^Vlan\d+$/.test(name)) return "irb";
  if (/^Loopback\d+$/.test(name)) return "loopback";
  if (/^eth\d+$/.test(name)) return "management";
  return undefined;
}

export const vlanNumberOf = (name: string): number | undefined => {
  const match = /^Vlan(\d{1,4})$/.exec(name);
  return match === null ? undefined : Number(match[1]);
};

/** `Ethernet0.10`, and the short `Eth0.10`, `Po1.10` of long names. @source SONiC doc/subport/sonic-sub-port-intf-hld.md */
export function parentOf(name: string): string | undefined {
  const match = /^(Ethernet|Eth|PortChannel|Po)([\d/]+)\.\d+$/.exec(name);
  if (match === null) return undefined;
  return `${match[1] === "Eth" ? "Ethernet" : match[1] === "Po" ? "PortChannel" : match[1]}${match[2]}`;
}

export const afiSafiToSonic = {
  "ipv4-unicast": "ipv4_unicast",
  "ipv6-unicast": "ipv6_unicast",
  "l2vpn-evpn": "l2vpn_evpn",
} as const;

export const afiSafiFromSonic = (text: string): keyof typeof afiSafiToSonic | undefined => {
  const lower = text.toLowerCase();
  return lower === "ipv4_unicast"
    ? "ipv4-unicast"
    : lower === "ipv6_unicast"
      ? "ipv6-unicast"
      : lower === "l2vpn_evpn"
        ? "l2vpn-evpn"
        : undefined;
};
