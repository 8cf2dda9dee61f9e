import type { AfiSafi, Bgp, BgpNeighbor, BgpPeerAfiSafi, BgpPeerGroup } from "#model/bgp.ts";
import { block, type Written } from "../../syntax/indented.ts";
import { sortedKeys } from "../text.ts";

/** Groups that EOS needs and the model does not: an unnumbered neighbor of no group stands in one of its own. */
export const ownGroup = (port: string): string => `UNNUMBERED-${port}`;

type Field = Exclude<keyof BgpPeerAfiSafi, "enabled">;
type FieldWriter = {
  readonly field: Field;
  readonly inFamily: boolean;
  readonly write: (value: never) => string | undefined;
};

const row = <F extends Field>(
  field: F,
  inFamily: boolean,
  write: (value: NonNullable<BgpPeerAfiSafi[F]>) => string | undefined,
): FieldWriter => ({
  field,
  inFamily,
  write,
});

const flag = (text: string) => (on: boolean) => (on ? text : undefined);
const sent = {
  none: undefined,
  standard: "send-community standard",
  extended: "send-community extended",
  both: "send-community",
} as const;

/** Fields in the order EOS prints them; some can be said for one family, the others only for the peer as a whole. */
const fieldWriters: readonly FieldWriter[] = [
  row("nextHopSelf", true, flag("next-hop-self")),
  row("nextHopUnchanged", true, flag("next-hop-unchanged")),
  row("routeReflectorClient", false, flag("route-reflector-client")),
  row("allowOwnAs", true, (times) => `allowas-in ${times}`),
  row("removePrivateAs", false, flag("remove-private-as")),
  row("asOverride", false, flag("as-path remote-as replace out")),
  row("importPolicy", true, (name) => `route-map ${name} in`),
  row("exportPolicy", true, (name) => `route-map ${name} out`),
  row("importPrefixSet", true, (name) => `prefix-list ${name} in`),
  row("exportPrefixSet", true, (name) => `prefix-list ${name} out`),
  row("defaultOriginate", true, flag("default-originate")),
  row("weight", true, (weight) => `weight ${weight}`),
  row("sendCommunity", false, (kinds) => sent[kinds]),
  row("maximumPrefixes", false, (most) => `maximum-routes ${most}`),
];

export interface WrittenPeer {
  readonly general: readonly Written[];
  readonly families: ReadonlyMap<AfiSafi, readonly Written[]>;
  /** Fields that EOS can only say for all families, and that differ. */
  readonly inexpressible: readonly Field[];
}

/** The lines of one neighbor or group: what all its active families share is said once, the rest in the family. */
export function writePeer(
  name: string,
  peer: BgpNeighbor,
  group: BgpPeerGroup | undefined,
  known: readonly AfiSafi[],
): WrittenPeer {
  const on = known.filter((family) => peer.afiSafis?.[family]?.enabled ?? group?.afiSafis?.[family]?.enabled ?? false);
  const counts = on.length > 0 ? on : known;
  const general: string[] = peerLines(peer);
  const families = new Map<AfiSafi, Written[]>();
  const inexpressible: Field[] = [];
  const add = (family: AfiSafi, text: string): void => {
    families.set(family, [...(families.get(family) ?? []), block(text)]);
  };
  for (const family of known) {
    const enabled = peer.afiSafis?.[family]?.enabled;
    if (enabled === true) add(family, `neighbor ${name} activate`);
    else if (enabled === false && group?.afiSafis?.[family]?.enabled === true)
      add(family, `no neighbor ${name} activate`);
  }
  for (const { field, inFamily, write } of fieldWriters) {
    const values = counts.map((family) => peer.afiSafis?.[family]?.[field]);
    if (values.every((value) => value === undefined)) continue;
    const shared = values.every((value) => value === values[0]);
    if (shared || !inFamily) {
      if (!shared) inexpressible.push(field);
      const text = write(values.find((value) => value !== undefined) as never); // of this field
      if (text !== undefined) general.push(text);
    } else
      counts.forEach((family, index) => {
        const text = values[index] === undefined ? undefined : write(values[index] as never); // of this field
        if (text !== undefined) add(family, `neighbor ${name} ${text}`);
      });
  }
  if (peer.capabilityExtendedNextHop === true)
    add("ipv4-unicast", `neighbor ${name} next-hop address-family ipv6 originate`);
  return { general: general.map((text) => block(`neighbor ${name} ${text}`)), families, inexpressible };
}

function peerLines(peer: BgpNeighbor): string[] {
  return [
    ...(typeof peer.peerAs === "number" ? [`remote-as ${peer.peerAs}`] : []),
    ...(peer.localAs === undefined
      ? []
      : [
          `local-as ${peer.localAs.as}${peer.localAs.noPrepend ? " no-prepend" : ""}${peer.localAs.replaceAs ? " replace-as" : ""}`,
        ]),
    ...(peer.enabled === false ? ["shutdown"] : []),
    ...(peer.updateSource === undefined ? [] : [`update-source ${peer.updateSource}`]),
    ...(peer.description === undefined ? [] : [`description ${peer.description}`]),
    ...(peer.bfd === true ? ["bfd"] : []),
    ...(peer.ebgpMultihop === undefined ? [] : [`ebgp-multihop ${peer.ebgpMultihop}`]),
    ...(peer.passive === true ? ["passive"] : []),
  ];
}

/** All peers of an instance: the lines outside families, and those of each family. */
export function writePeers(
  bgp: Bgp,
  known: readonly AfiSafi[],
  groupsToo: boolean,
): { general: Written[]; families: Map<AfiSafi, Written[]> } {
  const general: Written[] = [];
  const families = new Map<AfiSafi, Written[]>();
  const put = (written: WrittenPeer): void => {
    general.push(...written.general);
    for (const [family, lines] of written.families) families.set(family, [...(families.get(family) ?? []), ...lines]);
  };
  for (const name of groupsToo ? sortedKeys(bgp.peerGroups) : []) {
    general.push(block(`neighbor ${name} peer group`));
    put(writePeer(name, bgp.peerGroups[name] ?? {}, undefined, known));
  }
  for (const key of sortedKeys(bgp.neighbors)) {
    const neighbor = bgp.neighbors[key] ?? {};
    if (neighbor.interface !== undefined) {
      const group = neighbor.peerGroup ?? ownGroup(neighbor.interface);
      if (neighbor.peerGroup === undefined) {
        const { interface: _port, peerAs: _as, ...rest } = neighbor;
        general.push(block(`neighbor ${group} peer group`));
        put(writePeer(group, rest, undefined, known));
      }
      const as =
        typeof neighbor.peerAs === "number"
          ? ` remote-as ${neighbor.peerAs}`
          : neighbor.peerAs === undefined
            ? ""
            : ` peer-filter ${anyAs}`;
      general.push(block(`neighbor interface ${neighbor.interface} peer-group ${group}${as}`));
    } else {
      if (neighbor.peerGroup !== undefined) general.push(block(`neighbor ${key} peer group ${neighbor.peerGroup}`));
      put(
        writePeer(
          key,
          neighbor,
          neighbor.peerGroup === undefined ? undefined : bgp.peerGroups[neighbor.peerGroup],
          known,
        ),
      );
    }
  }
  return { general, families };
}

/** The filter that stands for `external`. */
export const anyAs = "ANY-AS";
