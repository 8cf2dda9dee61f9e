import type { Bgp } from "#model/bgp.ts";
import type { NosName } from "#model/device-config.ts";

/** How one operating system names what every switch has, and the defaults it always carries. */
export interface Dialect {
  readonly loopback: string;
  readonly svi: (vlan: number) => string;
  readonly managementVrf: string;
  /** Gateways need an address of their own beside the anycast one. */
  readonly ownGatewayAddress: boolean;
  /** What a packet meets that no entry decided. */
  readonly aclDefault: "permit" | "deny";
  readonly vxlanSource: "interface" | "address";
  readonly bgp: Pick<Bgp, "allowMultipleAs" | "ebgpRequiresPolicy" | "compareRouterId" | "distance">;
}

const eos: Dialect = {
  loopback: "Loopback0",
  svi: (vlan) => `Vlan${vlan}`,
  managementVrf: "MGMT",
  ownGatewayAddress: false,
  aclDefault: "deny",
  vxlanSource: "interface",
  // @source EOS user manual, BGP: the administrative distance of all BGP routes is 200
  bgp: { allowMultipleAs: true, ebgpRequiresPolicy: false, distance: { external: 200, internal: 200, local: 200 } },
};
const nvue: Dialect = {
  loopback: "lo",
  svi: (vlan) => `vlan${vlan}`,
  managementVrf: "mgmt",
  ownGatewayAddress: true,
  aclDefault: "permit",
  vxlanSource: "address",
  bgp: { allowMultipleAs: true, ebgpRequiresPolicy: false },
};
const sonic: Dialect = {
  loopback: "Loopback0",
  svi: (vlan) => `Vlan${vlan}`,
  managementVrf: "mgmt",
  ownGatewayAddress: false,
  aclDefault: "permit",
  vxlanSource: "address",
  bgp: { allowMultipleAs: true, ebgpRequiresPolicy: false },
};

/** The design builds for these three; an imported switch of another kind is treated as the one it resembles most. */
export const dialectOf = (nos: NosName): Dialect =>
  nos === "sonic" ? sonic : nos === "nvue" || nos === "frr" ? nvue : eos;

/** Routed MTU of fabric links: the most that EOS takes, so that all ends agree. Tenants' packets gain 50 bytes of VXLAN. */
export const fabricMtuBytes = 9214;
export const hostMtuBytes = 9000;
/** Frames on switched ports. */
export const switchedMtuBytes = 9214;
