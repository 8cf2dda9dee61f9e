import type { EvpnInstance, NosName } from "#model/device-config.ts";

export interface RouteTargets {
  /** `65000:10`; `*:10` takes any AS. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** NOSes whose EVPN instances have route targets without being told. */
const derives: Readonly<Record<NosName, "wildcard-import" | "exact" | "none">> = {
  // Cumulus Linux guide, EVPN Enhancements: RT is AS:VNI with the lower two octets of the AS; imports match any AS.
  nvue: "wildcard-import",
  frr: "wildcard-import",
  // SONiC's BGP is FRR.
  sonic: "wildcard-import",
  // NX-OS `route-target auto`: AS:VNI on both sides. @source Cisco Nexus 9000 VXLAN guide; facts/drivers.md §4
  nxos: "exact",
  // EOS has no derivation for VLANs and VRFs under `router bgp`. @source Arista EOS BGP-EVPN guide; AVD writes all of them
  eos: "none",
  // Junos needs `vrf-target` (or `auto`), SR Linux derives only with bgp-vpn `auto`. @source unconfirmed
  junos: "none",
  srlinux: "none",
};

/**
 * The route targets an EVPN instance imports and exports: those configured, else what the NOS derives.
 *
 * @source https://docs.nvidia.com/networking-ethernet-software/cumulus-linux/Network-Virtualization/Ethernet-Virtual-Private-Network-EVPN/EVPN-Enhancements
 */
export function deriveRouteTargets(nos: NosName, as: number, vni: number, told: EvpnInstance): RouteTargets {
  const rule = derives[nos];
  const derived = `${as & 0xffff}:${vni}`;
  return {
    imports: told.importRouteTargets ?? (rule === "none" ? [] : [rule === "exact" ? derived : `*:${vni}`]),
    exports: told.exportRouteTargets ?? (rule === "none" ? [] : [derived]),
  };
}

/** The import that takes a route with these extended communities, or undefined. */
export function importMatch(imports: readonly string[], extCommunities: readonly string[]): string | undefined {
  return imports.find((wanted) =>
    wanted.startsWith("*:")
      ? extCommunities.some((each) => each.startsWith("target:") && each.endsWith(wanted.slice(1)))
      : extCommunities.includes(`target:${wanted}`),
  );
}
