import type { Acl } from "#model/acl.ts";
import type { Bgp } from "#model/bgp.ts";
import type {
  BridgeDomain,
  DeviceConfig,
  EvpnInstance,
  Interface,
  InterfaceIp,
  Mlag,
  NetworkInstance,
  Ospf,
  StaticRoute,
  Vxlan,
} from "#model/device-config.ts";
import type { Qos } from "#model/qos.ts";
import type { AsPathSet, CommunitySet, Policy, PrefixSet } from "#model/routing-policy.ts";
import { configPath, type SourceSpan } from "#model/source.ts";
import type { InterfaceAddress } from "#net/ip.ts";
import type { MacAddress } from "#net/mac.ts";
import type { VrfEvpn } from "../syntax/frr/config.ts";
import { kindOf, parentOf, vlanNumberOf } from "./names.ts";

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface DraftInterface extends Omit<Writable<Interface>, "ipv4" | "ipv6"> {
  addresses: InterfaceAddress[];
  linkLocalOnly: boolean;
  /** Addresses of this interface are the anycast gateway's. */
  anycast: boolean;
  anycastAddresses: InterfaceAddress[];
}

export interface DraftInstance {
  vni?: number;
  evpn?: VrfEvpn;
  staticRoutes: StaticRoute[];
  bgp?: Bgp;
  ospf?: Ospf;
}

/**
 * A device being read: maps, so that no name from a file can be mistaken for a property of objects. `finish` makes the
 * neutral configuration of it.
 */
export class Draft {
  hostname = "";
  readonly interfaces = new Map<string, DraftInterface>();
  readonly bridgeDomains = new Map<string, Writable<BridgeDomain>>();
  readonly instances = new Map<string, DraftInstance>([["default", { staticRoutes: [] }]]);
  readonly macVrfEvpn = new Map<number, EvpnInstance>();
  readonly acls = new Map<string, Acl>();
  readonly prefixSets = new Map<string, PrefixSet>();
  readonly communitySets = new Map<string, CommunitySet>();
  readonly extCommunitySets = new Map<string, CommunitySet>();
  readonly asPathSets = new Map<string, AsPathSet>();
  readonly policies = new Map<string, Policy>();
  advertiseAllVni = false;
  vxlan?: Vxlan;
  qos?: Qos;
  mlag?: Mlag;
  anycastGatewayMac?: MacAddress;
  lldp?: boolean;
  readonly provenance = new Map<string, SourceSpan>();

  mark(span: SourceSpan, ...path: readonly (string | number)[]): void {
    const key = configPath(...path);
    if (!this.provenance.has(key)) this.provenance.set(key, span);
  }

  /** The interface of that name, which is made where it was not: its tables may come in any order. */
  interface(name: string): DraftInterface | undefined {
    const known = this.interfaces.get(name);
    if (known !== undefined) return known;
    const kind = kindOf(name);
    if (kind === undefined) return undefined;
    const made: DraftInterface = {
      kind,
      enabled: kind !== "ethernet" && kind !== "lag",
      networkInstance: "default",
      addresses: [],
      anycastAddresses: [],
      linkLocalOnly: false,
      anycast: false,
    };
    const parent = parentOf(name);
    if (kind === "subinterface" && parent !== undefined) made.parent = parent;
    const vlan = vlanNumberOf(name);
    if (vlan !== undefined) made.bridgeDomain = String(vlan);
    this.interfaces.set(name, made);
    return made;
  }

  instance(name: string): DraftInstance {
    const known = this.instances.get(name);
    if (known !== undefined) return known;
    const made: DraftInstance = { staticRoutes: [] };
    this.instances.set(name, made);
    return made;
  }

  finish(): DeviceConfig {
    const macVrfs = [...this.bridgeDomains]
      .filter(([, domain]) => this.advertiseAllVni && domain.vni !== undefined)
      .map(([name, domain]) => {
        const evpn = this.macVrfEvpn.get(domain.vni ?? 0) ?? {};
        return [name, { service: "vlan-based" as const, bridgeDomains: [name], evpn }] as const;
      });
    return {
      hostname: this.hostname,
      nos: "sonic",
      interfaces: Object.fromEntries([...this.interfaces].map(([name, draft]) => [name, finishInterface(draft)])),
      bridgeDomains: Object.fromEntries(this.bridgeDomains),
      macVrfs: Object.fromEntries(macVrfs),
      networkInstances: Object.fromEntries(
        [...this.instances].map(([name, draft]) => [name, finishInstance(name, draft)]),
      ),
      ...(this.vxlan === undefined ? {} : { vxlan: this.vxlan }),
      routingPolicy: {
        prefixSets: Object.fromEntries(this.prefixSets),
        communitySets: Object.fromEntries(this.communitySets),
        extCommunitySets: Object.fromEntries(this.extCommunitySets),
        asPathSets: Object.fromEntries(this.asPathSets),
        policies: Object.fromEntries(this.policies),
      },
      acls: Object.fromEntries(this.acls),
      ...(this.qos === undefined ? {} : { qos: this.qos }),
      ...(this.mlag === undefined ? {} : { mlag: this.mlag }),
      ...(this.anycastGatewayMac === undefined ? {} : { anycastGatewayMac: this.anycastGatewayMac }),
      ...(this.lldp === undefined ? {} : { lldp: this.lldp }),
    };
  }
}

function finishInterface(draft: DraftInterface): Interface {
  const { addresses, anycastAddresses, linkLocalOnly, anycast, ...rest } = draft;
  const family = (six: boolean): InterfaceIp | undefined => {
    const own = addresses.filter((address) => address.includes(":") === six);
    const shared = anycastAddresses.filter((address) => address.includes(":") === six);
    if (own.length === 0 && shared.length === 0 && !(six && linkLocalOnly)) return undefined;
    return {
      addresses: anycast ? [] : own,
      anycastAddresses: anycast ? [...own, ...shared] : shared,
      ...(six && linkLocalOnly ? { linkLocalOnly: true } : {}),
    };
  };
  const ipv4 = family(false);
  const ipv6 = family(true);
  return { ...rest, ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}

function finishInstance(name: string, draft: DraftInstance): NetworkInstance {
  const { vni, evpn, staticRoutes, bgp, ospf } = draft;
  return {
    kind: name === "default" ? "default" : "ipVrf",
    ipForwarding: true,
    staticRoutes,
    ...(bgp === undefined ? {} : { bgp }),
    ...(ospf === undefined ? {} : { ospf }),
    ...(vni === undefined
      ? {}
      : { evpn: { advertise: [], ...evpn, vni: vni as NonNullable<NetworkInstance["evpn"]>["vni"] } }), // read by parseVni
  };
}
