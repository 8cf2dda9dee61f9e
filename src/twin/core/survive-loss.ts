import type { LinkEnd } from "#model/fabric.ts";
import type { Twin } from "../twin.ts";
import type { L3Interface } from "./device.ts";
import { type PrefixKey, prefixKey } from "./numbers.ts";
import { segmentMates } from "./open-session.ts";
import type { Pairing } from "./speakers.ts";
import { holdsAny, place, type Plan } from "./survive-plan.ts";

/** What goes down with an element. */
export interface Loss {
  readonly device: string | undefined;
  readonly interfaces: ReadonlySet<L3Interface>;
  /** Connected networks of the interfaces, and their own addresses. */
  readonly networks: ReadonlySet<PrefixKey>;
  readonly pairings: ReadonlySet<Pairing>;
}

/** Undefined where more than routes hangs on the element: hosts, bridges, tunnel end points. */
export function lossOf(twin: Twin, plan: Plan, element: string): Loss | undefined {
  const device = twin.devices.get(element);
  const ids = device === undefined ? [element] : (plan.linksOfDevice.get(element) ?? []);
  if (device !== undefined && (device.vteps.length > 0 || Object.keys(device.config.bridgeDomains).length > 0))
    return undefined;
  const interfaces = new Set<L3Interface>(device?.l3);
  let found = 0;
  for (const id of new Set(ids))
    for (const { link, up } of plan.linksById.get(id) ?? []) {
      found++;
      if (!up) continue;
      const faces = [link.a, link.b].map(({ node, port }) => routedOnly(twin, node, port));
      // A routed port is a leaf of the bridge that it hangs on: taking it away parts nothing else.
      const bridge = faces[0] === undefined ? link.a : faces[1] === undefined ? link.b : undefined;
      if (bridge !== undefined && !staysBridged(twin, bridge)) return undefined;
      if (faces.every((list) => list === undefined)) return undefined;
      for (const l3 of faces.flatMap((list) => list ?? [])) interfaces.add(l3);
    }
  if (device === undefined && found !== 1) return undefined;
  if ([...interfaces].some((l3) => l3.device !== device?.name && plan.waiting.has(l3.device))) return undefined;
  if (![...interfaces].every((l3) => standsAlone(twin, plan, l3, interfaces, element))) return undefined;
  const pairings = lostPairings(plan, interfaces, device?.name);
  const networks = new Set(
    Array.from(interfaces).flatMap((l3) =>
      l3.addresses.flatMap(({ address, length }) => [prefixKey(address, length), prefixKey(address, 32)]),
    ),
  );
  return pairings && { device: device?.name, interfaces, networks, pairings };
}

/** The layer-3 interfaces on a port that has one cable and carries nothing else; undefined for any other port. */
function routedOnly({ devices, topology }: Twin, node: string, port: string): L3Interface[] | undefined {
  const device = devices.get(node);
  const config = device?.config.interfaces[port];
  if (device === undefined || config === undefined || config.lag !== undefined) return undefined;
  if (device.config.mlag?.peerLink === port || (topology.linksOf.get(`${node} ${port}`)?.length ?? 0) !== 1)
    return undefined;
  const faces = (device.carried.get(port) ?? []).map((each) =>
    each.kind === "l3" ? device.l3ByName.get(each.interface) : undefined,
  );
  return faces.every((l3) => l3 !== undefined) ? faces : undefined;
}

/** A bridge port whose loss takes no gateway down with it: a plain switch port on domains without one. */
function staysBridged({ devices, topology }: Twin, { node, port }: LinkEnd): boolean {
  const device = devices.get(node);
  const config = device?.config.interfaces[port];
  if (device === undefined || config?.switchport === undefined || config.lag !== undefined) return false;
  if (device.config.mlag?.peerLink === port || config.ethernetSegment !== undefined) return false;
  if ((topology.linksOf.get(`${node} ${port}`)?.length ?? 0) !== 1) return false;
  return (device.carried.get(port) ?? []).every(
    (each) =>
      each.kind === "domain" &&
      ((device.irbByDomain.get(each.domain) ?? []).length === 0 ||
        (device.members.get(each.domain) ?? []).some(
          (member) =>
            member.interface !== port &&
            device.config.interfaces[member.interface]?.enabled === true &&
            (topology.linksOf.get(`${node} ${member.interface}`) ?? []).some(({ up }) => up),
        )),
  );
}

/** No host, and no interface that stays up, hears this one; and no packet is sent to its network. */
function standsAlone(
  twin: Twin,
  plan: Plan,
  l3: L3Interface,
  lost: ReadonlySet<L3Interface>,
  element: string,
): boolean {
  const node = twin.topology.nodeOfL3.get(l3);
  if (node !== undefined && plan.hostNodes.has(node)) return false;
  if (plan.quiet.has(place(l3.device, l3.instance))) return true;
  return (
    (l3.device === element || !plan.staticFaces.has(l3)) &&
    segmentMates(twin.topology, l3).every((mate) => lost.has(mate)) &&
    l3.addresses.every(
      ({ address, length }) =>
        !holdsAny(prefixKey(address, length), plan.destinations) &&
        // Sessions of a failed switch are gone whatever they run over.
        (l3.device === element || !holdsAny(prefixKey(address, length), plan.asked)),
    )
  );
}

/** Sessions on lost interfaces; undefined when one of them could come up again some other way. */
function lostPairings(
  plan: Plan,
  lost: ReadonlySet<L3Interface>,
  device: string | undefined,
): Set<Pairing> | undefined {
  const pairings = new Set<Pairing>();
  for (const name of new Set([...lost].map((l3) => l3.device)))
    for (const pairing of plan.pairingsOf.get(name) ?? []) {
      const ends = [pairing.a, pairing.b];
      const gone = ends.some(({ speaker }) => speaker.device.name === device);
      if (!gone && !ends.some(({ l3 }) => l3 !== undefined && lost.has(l3))) continue;
      const reroutable = ends.some(({ peer }) => !pairing.ebgp || (peer.ebgpMultihop ?? 1) > 1);
      if (!gone && reroutable && ends.some(({ address }) => address !== "link-local")) return undefined;
      pairings.add(pairing);
    }
  return pairings;
}
