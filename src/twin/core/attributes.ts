/** Path attributes of a BGP route. Interned: equal attributes are the same object, with the same number. */
export interface Attributes {
  readonly id: number;
  /** 0 IGP, 1 EGP, 2 incomplete: the order of preference. */
  readonly origin: 0 | 1 | 2;
  readonly asPath: readonly number[];
  /** 0: the router that sends it. */
  readonly nextHop: number;
  readonly localPref: number;
  readonly med: number | undefined;
  /** Sorted. */
  readonly communities: readonly string[];
  /** Sorted; route targets as `target:65000:1`. */
  readonly extCommunities: readonly string[];
  /** 0: none. */
  readonly originator: number;
  readonly clusters: readonly number[];
  readonly evpn: EvpnAttributes | undefined;
}

export interface EvpnAttributes {
  readonly type: 2 | 3 | 5;
  readonly vni: number;
  /** Type 2 with a second label: the layer-3 VNI. */
  readonly l3Vni: number;
  /** VLAN-aware bundles tell their VLANs apart by it. */
  readonly ethernetTag: number;
  readonly esi: string;
}

export type AttributeValues = Omit<Attributes, "id">;

export interface AttributeTable {
  readonly byText: Map<string, Attributes>;
  readonly list: Attributes[];
}

export const createAttributeTable = (): AttributeTable => ({ byText: new Map(), list: [] });

export function intern(table: AttributeTable, values: AttributeValues): Attributes {
  const { evpn } = values;
  const text = `${values.origin}|${values.asPath.join(" ")}|${values.nextHop}|${values.localPref}|${values.med ?? ""}|${values.communities.join(" ")}|${values.extCommunities.join(" ")}|${values.originator}|${values.clusters.join(" ")}|${evpn === undefined ? "" : `${evpn.type} ${evpn.vni} ${evpn.l3Vni} ${evpn.ethernetTag} ${evpn.esi}`}`;
  const known = table.byText.get(text);
  if (known !== undefined) return known;
  const attributes: Attributes = {
    id: table.list.length,
    origin: values.origin,
    asPath: values.asPath,
    nextHop: values.nextHop,
    localPref: values.localPref,
    med: values.med,
    communities: values.communities,
    extCommunities: values.extCommunities,
    originator: values.originator,
    clusters: values.clusters,
    evpn,
  };
  table.byText.set(text, attributes);
  table.list.push(attributes);
  return attributes;
}

export const plainAttributes: AttributeValues = {
  origin: 0,
  asPath: [],
  nextHop: 0,
  localPref: 100,
  med: undefined,
  communities: [],
  extCommunities: [],
  originator: 0,
  clusters: [],
  evpn: undefined,
};
