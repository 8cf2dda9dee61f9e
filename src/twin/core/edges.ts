import type { BgpPeerAfiSafi } from "#model/bgp.ts";
import { parseIpv4Number } from "#net/ip.ts";
import type { Device } from "./device.ts";
import type { BgpTable, Edge, Registry } from "./bgp-model.ts";
import { type BoundEnd, familyOf, type Pairing, type Speaker, speakersOf } from "./speakers.ts";

export interface BgpGraph {
  readonly tables: readonly BgpTable[];
  readonly byId: ReadonlyMap<number, BgpTable>;
  readonly unicast: ReadonlyMap<Speaker, BgpTable>;
  readonly evpn: ReadonlyMap<string, BgpTable>;
  readonly devices: ReadonlyMap<string, Device>;
}

export const noGraph: BgpGraph = {
  tables: [],
  byId: new Map(),
  unicast: new Map(),
  evpn: new Map(),
  devices: new Map(),
};

/** Whether the graph was built for these very devices. */
export const isGraphOf = (graph: BgpGraph, devices: ReadonlyMap<string, Device>): boolean =>
  graph.devices === devices ||
  (graph.devices.size === devices.size &&
    Array.from(devices).every(([name, device]) => graph.devices.get(name) === device));

export const unicastKey = (device: string, instance: string): string => `${device}|u|${instance}`;
const evpnKey = (device: string): string => `${device}|e`;

export function buildBgpGraph(
  devices: ReadonlyMap<string, Device>,
  pairings: readonly Pairing[],
  registry: Registry,
  last: BgpGraph,
): BgpGraph {
  const out = new Map<number, Edge[]>();
  for (const pairing of pairings)
    for (const edge of edgesOf(pairing, registry)) {
      const list = out.get(edge.from);
      if (list === undefined) out.set(edge.from, [edge]);
      else list.push(edge);
    }
  const tables: BgpTable[] = [];
  const unicast = new Map<Speaker, BgpTable>();
  const evpn = new Map<string, BgpTable>();
  for (const device of devices.values()) {
    const speakers = speakersOf(device);
    const makeTable = (id: number, speaker: Speaker, family: BgpTable["family"], takers: BgpTable[]): BgpTable => {
      const edges = (out.get(id) ?? []).sort((a, b) => a.id - b.id);
      const before = last.byId.get(id);
      if (before?.device === device && sameItems(before.out, edges) && sameItems(before.takers, takers)) {
        tables.push(before);
        return before;
      }
      const text = `${id}:${registry.serialOf(routingOf(speaker))}:${edges.map((edge) => edge.id).join(",")}:${takers.map((each) => each.version).join(",")}`;
      const version = registry.idOf("version", text);
      const known = registry.tables.get(version);
      const reusable = known !== undefined && sameItems(known.takers, takers);
      const table = reusable ? known : { id, device, speaker, family, out: edges, version, takers };
      registry.tables.set(version, table);
      tables.push(table);
      return table;
    };
    const leakTakers = new Map<Speaker, BgpTable[]>();
    for (const speaker of speakers)
      unicast.set(
        speaker,
        makeTable(unicastId(speaker, registry), speaker, "ipv4-unicast", takersOf(leakTakers, speaker)),
      );
    for (const taker of speakers)
      for (const source of taker.bgp.afiSafis["ipv4-unicast"]?.importFrom ?? []) {
        const from = speakers.find((each) => each.instance === source.networkInstance);
        if (from !== undefined) takersOf(leakTakers, from).push(unicast.get(taker)!);
      }
    const main = speakers.find((each) => each.instance === "default") ?? speakers[0];
    if (main === undefined) continue;
    const vrfs = speakers.filter((each) => device.config.networkInstances[each.instance]?.evpn !== undefined);
    evpn.set(
      device.name,
      makeTable(
        registry.idOf("table", evpnKey(device.name)),
        main,
        "l2vpn-evpn",
        vrfs.map((each) => unicast.get(each)!),
      ),
    );
  }
  return { tables, byId: new Map(tables.map((table) => [table.id, table])), unicast, evpn, devices };
}

/** Lists of instances that leak are filled after their table is made: those tables are made anew. */
const sameItems = <T>(known: readonly T[], fresh: readonly T[]): boolean =>
  known.length === fresh.length && known.every((each, index) => each === fresh[index]);

/** Equal routing configurations are one object, whichever version of the device they come from. */
const routingOf = ({ device, instance }: Speaker): object => device.routing.get(instance) ?? device;

function edgesOf(pairing: Pairing, registry: Registry): readonly Edge[] {
  const known = registry.edgesOf.get(pairing);
  if (known !== undefined) return known;
  const edges = (["ipv4-unicast", "l2vpn-evpn"] as const)
    .filter((family) => pairing.families.includes(family))
    .flatMap((family) => [
      edgeBetween(pairing.a, pairing.b, family, pairing.ebgp, registry),
      edgeBetween(pairing.b, pairing.a, family, pairing.ebgp, registry),
    ]);
  registry.edgesOf.set(pairing, edges);
  return edges;
}

function takersOf(map: Map<Speaker, BgpTable[]>, speaker: Speaker): BgpTable[] {
  const known = map.get(speaker);
  if (known !== undefined) return known;
  const list: BgpTable[] = [];
  map.set(speaker, list);
  return list;
}

const unicastId = (speaker: Speaker, registry: Registry): number =>
  registry.idOf("table", unicastKey(speaker.device.name, speaker.instance));

function edgeBetween(
  sender: BoundEnd,
  receiver: BoundEnd,
  family: Edge["family"],
  ebgp: boolean,
  registry: Registry,
): Edge {
  const tableOf = (end: BoundEnd): number =>
    family === "ipv4-unicast"
      ? unicastId(end.speaker, registry)
      : registry.idOf("table", evpnKey(end.speaker.device.name));
  const name = (end: BoundEnd): string =>
    `${registry.serialOf(routingOf(end.speaker))}|${end.id}|${end.address}|${end.l3 === undefined ? "" : registry.serialOf(end.l3)}`;
  const key = `${family}|${name(sender)}>${name(receiver)}`;
  const known = registry.edges.get(key);
  if (known !== undefined) return known;
  const exports = familyOf(sender.peer, family);
  const imports = familyOf(receiver.peer, family);
  const edge: Edge = {
    id: registry.edges.size,
    from: tableOf(sender),
    to: tableOf(receiver),
    family,
    ebgp,
    sender,
    receiver,
    exports,
    imports,
    senderAddress: parseIpv4Number(sender.address) ?? 0,
    receiverL3: sender.l3 === undefined || receiver.l3 === undefined ? undefined : receiver.l3,
    senderL3: sender.l3 === undefined || receiver.l3 === undefined ? undefined : sender.l3,
    readsPrefix: readsPrefix(sender, exports) || readsPrefix(receiver, imports),
    refusesAs: (imports.allowOwnAs ?? 0) === 0 ? receiver.speaker.bgp.as : -1,
    memo: new Map(),
    memoByPrefix: new Map(),
  };
  registry.edges.set(key, edge);
  return edge;
}

const readsPrefix = (_end: BoundEnd, family: BgpPeerAfiSafi): boolean =>
  family.importPolicy !== undefined ||
  family.exportPolicy !== undefined ||
  family.importPrefixSet !== undefined ||
  family.exportPrefixSet !== undefined;
