import type { FabricKind } from "#model/fabric.ts";
import { ownerKey } from "#model/tenant.ts";
import { ipv4Mask, isIpv6, prefixAddress, prefixLength } from "#net/ip.ts";
import { branch, type Evaluator, type Outcome, through } from "./evaluate.ts";
import { entriesOf, type Entry, type Ground } from "./ground.ts";
import { type Headers, holdsPacket, icmpEcho, intersect, type Packet, packetFrom, union } from "./headers.ts";

/** Endpoints whose packets meet the same fate, sender address aside. */
export interface SourceClass {
  /** Owner, first hops and filters in one text. */
  readonly key: string;
  readonly members: readonly number[];
  readonly owner: string;
  readonly nodes: readonly number[];
  readonly portFilters: readonly { readonly device: string; readonly acl: string }[];
  readonly usual: readonly Entry[];
  readonly possible: readonly Entry[];
  /** Network of the members' own addresses: destinations in it are not sent to the gateway. */
  readonly onLink: { readonly network: number; readonly mask: number } | undefined;
}

export function sourceClasses(ground: Ground): SourceClass[] {
  const classes = new Map<string, SourceClass & { members: number[] }>();
  for (const [index, endpoint] of ground.endpoints.entries()) {
    const attached = ground.attachments[index]!.filter((each) => each.up);
    const nodes = [...new Set(attached.map((each) => each.node))];
    const bridgedNodes = nodes.filter((node) => ground.twin.topology.nodes[node]?.kind === "domain");
    const { usual, possible } = entriesOf(ground, index);
    const portFilters = attached.flatMap(({ device, port }) => {
      const config = ground.twin.devices.get(device)?.config.interfaces[port];
      return config?.switchport !== undefined && config.aclIn !== undefined ? [{ device, acl: config.aclIn }] : [];
    });
    const onLink = bridgedNodes.length === 0 ? undefined : onLinkOf(endpoint.address);
    const filter = (entry: Entry): string => `${entry.device}|${entry.instance}|${entry.config.aclIn ?? ""}`;
    const key = [
      ownerKey(endpoint.owner),
      bridgedNodes.join(","),
      nodes.length === 0 ? "down" : "",
      usual.map(filter).join(","),
      possible.map(filter).join(","),
      portFilters.map(({ device, acl }) => `${device} ${acl}`).join(","),
      onLink === undefined ? "" : `${onLink.network} ${onLink.mask}`,
    ].join(";");
    const known = classes.get(key);
    if (known !== undefined) known.members.push(index);
    else
      classes.set(key, {
        key,
        members: [index],
        owner: ownerKey(endpoint.owner),
        nodes: bridgedNodes,
        portFilters,
        usual,
        possible,
        onLink,
      });
  }
  return [...classes.values()];
}

function onLinkOf(address: string | undefined): SourceClass["onLink"] {
  if (address === undefined || isIpv6(address)) return undefined;
  const mask = ipv4Mask(prefixLength(address as never)); // an interface address
  const parts = prefixAddress(address as never)
    .split(".")
    .map(Number);
  const number = parts.reduce((sum, part) => sum * 256 + part, 0);
  return { network: (number & mask) >>> 0, mask };
}

/** A pair that doesn't do what it must. */
export interface BrokenPair {
  readonly kind: "leak" | "unreachable";
  readonly from: number;
  readonly to: number;
  readonly source: SourceClass;
  readonly packet: Packet;
}

/** Every packet a member could send that some branch carries to the endpoint, whatever first hop it chooses. */
export function anyWay(ground: Ground, evaluator: Evaluator, source: SourceClass, to: number): Headers {
  const address = ground.addresses[to]!;
  let headers: Headers = "none";
  for (const node of source.nodes) headers = union(headers, reachedIn(evaluator.bridged(node, to), to));
  if (address >= 0)
    for (const entry of distinctEntries(source.possible)) {
      if (headers === "all") break;
      const outcome = evaluator.routed(entry.device, entry.instance, address);
      const reached = reachedIn(outcome, to);
      if (reached === "none") continue;
      headers = union(headers, intersect(evaluator.acl(entry.device, entry.config.aclIn, address), reached));
    }
  if (headers === "none") return headers;
  const filters = source.portFilters.map(({ device, acl }) => evaluator.acl(device, acl, Math.max(address, 0)));
  // With several ports a host chooses one; a port without a filter lets all through.
  return filters.length === 0 || filters.length < source.nodes.length
    ? headers
    : intersect(headers, filters.reduce(union));
}

const distinctEntries = (entries: readonly Entry[]): readonly Entry[] =>
  entries.length < 2
    ? entries
    : [...new Map(entries.map((entry) => [`${entry.device}|${entry.instance}|${entry.config.aclIn}`, entry])).values()];

const reachedIn = (outcome: Outcome, to: number): Headers => {
  for (const { target, headers } of outcome.reached) if (target === to) return headers;
  return "none";
};

/** The outcome of packets as the host itself sends them: on the link, or by its gateway. */
export function usualWay(ground: Ground, evaluator: Evaluator, source: SourceClass, to: number): Outcome {
  const address = ground.addresses[to]!;
  const { onLink } = source;
  const direct = onLink !== undefined && address >= 0 && (address & onLink.mask) >>> 0 === onLink.network;
  const outcomes = direct
    ? source.nodes.map((node) => evaluator.bridged(node, to))
    : distinctEntries(source.usual).map((entry) =>
        through(
          evaluator.acl(entry.device, entry.config.aclIn, address),
          evaluator.routed(entry.device, entry.instance, address),
        ),
      );
  let outcome = branch(outcomes);
  for (const { device, acl } of source.portFilters) outcome = through(evaluator.acl(device, acl, address), outcome);
  return outcome;
}

/** Every branch brings this sender's echo requests to the endpoint and to nobody else. */
export function surelyReaches(outcome: Outcome, sender: number, to: number): boolean {
  const packet = icmpEcho(Math.max(sender, 0));
  if (!holdsPacket(outcome.everyBranch, packet)) return false;
  return outcome.reached.every(({ target, headers }) => target === to || !holdsPacket(headers, packet));
}

export const mayReach = (headers: Headers, sender: number | undefined): boolean =>
  headers === "all" || (headers !== "none" && packetFrom(headers, sender) !== undefined);

export type Relation = "forbidden" | "required" | "neutral";

/**
 * What two endpoints may do. Different owners are kept apart unless the policy allows the pair; NICs of one tenant on
 * one fabric, and allowed pairs on one fabric, must reach each other. NICs of one host are neither: the host is one.
 */
export function relations(ground: Ground): (from: number, to: number) => Relation {
  const { snapshot } = ground.twin;
  const names = [...new Set(ground.endpoints.map((endpoint) => ownerKey(endpoint.owner)))];
  const numberOf = new Map(names.map((name, index) => [name, index]));
  const owners = ground.endpoints.map((endpoint) => numberOf.get(ownerKey(endpoint.owner)) ?? 0);
  const tenants = ground.endpoints.map((endpoint) => endpoint.owner.kind === "tenant");
  const allowed = new Set(
    snapshot.policy.allow.flatMap(({ from, to }) => {
      const [first, second] = [numberOf.get(ownerKey(from)), numberOf.get(ownerKey(to))];
      // An owner without end points allows nothing: no number may stand in for it.
      return first === undefined || second === undefined ? [] : [first * names.length + second];
    }),
  );
  const fabrics = ground.endpoints.map((endpoint) => fabricOf(ground, endpoint.host, endpoint.nic));
  const hosts = ground.endpoints.map((endpoint) => endpoint.host);
  return (from, to) => {
    const same = owners[from] === owners[to];
    if (!same && !allowed.has(owners[from]! * names.length + owners[to]!)) return "forbidden";
    if (same && !tenants[from]) return "neutral";
    if (hosts[from] === hosts[to] || fabrics[from] !== fabrics[to]) return "neutral";
    return ground.addresses[from]! >= 0 && ground.addresses[to]! >= 0 ? "required" : "neutral";
  };
}

/** Storage hangs on the front end where there is no fabric of its own; NICs whose purpose is unknown are one group. */
function fabricOf(ground: Ground, host: string, nic: string): string {
  const hosts = ground.twin.snapshot.fabric.hosts;
  const purpose: FabricKind | undefined = Object.hasOwn(hosts, host)
    ? hosts[host]?.nics.find((each) => each.name === nic)?.purpose
    : undefined;
  return purpose === "storageFabric" ? "frontEnd" : (purpose ?? "unknown");
}
