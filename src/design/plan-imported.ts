import { asn } from "#net/asn.ts";
import { prefixAddress, prefixLength, subnetAt, type InterfaceAddress, type IpPrefix } from "#net/ip.ts";
import { compareNames } from "#net/order.ts";
import type { Fabric, Link, LinkEnd, Switch } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { designSchema } from "./design-schema.ts";
import { derivePlan } from "./fabric.ts";

/**
 * Gives an imported topology the numbers that Heddle's own designs have: AS numbers, loopbacks, tunnel end points, link
 * addresses and the pools that tenants are allocated from. Names and cables stay as they are; so do numbers that stand
 * there already. What has no place in the plan is a finding.
 */
export function planImported(fabric: Fabric): { readonly fabric: Fabric; readonly findings: readonly Finding[] } {
  if (fabric.plan !== undefined) return { fabric, findings: [] };
  const findings: Finding[] = [];
  const defaults = designSchema.parse({
    name: "imported",
    computeFabric: {
      hosts: Math.max(1, Math.min(8192, Object.keys(fabric.hosts).length)),
      scalableUnitHosts: 1,
      leaf: [{ match: "*", nos: "nvue", model: "sn5600" }],
      spine: { nos: "nvue", model: "sn5600" },
    },
  });
  const plan = derivePlan({ ...defaults, tenants: [], workloads: [], file: "imported", lines: new Map() });
  const switches = numberSwitches(fabric, defaults.asn, plan.pools.loopbacks, findings);
  const links = numberLinks(fabric, plan.pools, findings);
  return { fabric: { ...fabric, plan, switches, links }, findings };
}

type Ranges = Readonly<Record<"computeFabric" | "frontEnd", { readonly from: number; readonly to: number }>>;

/** Leaves have an AS each; the spines of a fabric share the first (RFC 7938 §5.2.1). */
function numberSwitches(fabric: Fabric, ranges: Ranges, pool: IpPrefix, findings: Finding[]): Record<string, Switch> {
  const switches: Record<string, Switch> = {};
  const next = { computeFabric: ranges.computeFabric.from + 1, frontEnd: ranges.frontEnd.from + 1 };
  const take = taker(pool, 32, "loopbacks", findings);
  for (const one of Object.values(fabric.switches).toSorted((a, b) => compareNames(a.name, b.name))) {
    if (one.fabric === "outOfBand") {
      switches[one.name] = one;
      continue;
    }
    const range = one.fabric === "computeFabric" ? "computeFabric" : "frontEnd";
    const isSpine = one.role === "spine" || one.role === "superSpine";
    const loopback = one.loopback ?? addressOf(take());
    // As in Heddle's own designs: the loopback, which the underlay announces, ends the tunnels.
    const vtep = isSpine ? one.vtep : (one.vtep ?? loopback);
    switches[one.name] = {
      ...one,
      asn: one.asn ?? asn(isSpine ? ranges[range].from : next[range]++),
      ...(loopback === undefined ? {} : { loopback }),
      ...(vtep === undefined ? {} : { vtep }),
    };
  }
  return switches;
}

/** A /31 for each routed link (RFC 3021): between switches, and from rail leaf to host, which has the odd address. */
function numberLinks(
  fabric: Fabric,
  pools: { readonly fabricLinks: IpPrefix; readonly railLinks: IpPrefix },
  findings: Finding[],
): Link[] {
  const between = taker(pools.fabricLinks, 31, "fabricLinks", findings);
  const rails = taker(pools.railLinks, 31, "railLinks", findings);
  return fabric.links.map((link) => {
    const ends = [link.a, link.b] as const;
    const known = ends.map((end) => fabric.switches[end.node]);
    if (
      known.some((one) => one?.fabric === "outOfBand") ||
      link.a.address !== undefined ||
      link.b.address !== undefined
    )
      return link;
    if (known[0] !== undefined && known[1] !== undefined) return numbered(link, between(), 0);
    const leafAt = known[0] === undefined ? 1 : 0;
    const isRail =
      known[leafAt]?.fabric === "computeFabric" && Object.hasOwn(fabric.hosts, ends[1 - leafAt]?.node ?? "");
    return isRail ? numbered(link, rails(), leafAt) : link;
  });
}

function numbered(link: Link, net: IpPrefix | undefined, even: 0 | 1): Link {
  if (net === undefined) return link;
  // An address of a /31 with that length is canonical by construction.
  const at = (index: number): InterfaceAddress => `${prefixAddress(subnetAt(net, 32, index))}/31` as InterfaceAddress;
  const put = (end: LinkEnd, index: number): LinkEnd => ({ ...end, address: at(index) });
  return { ...link, a: put(link.a, even), b: put(link.b, 1 - even) };
}

const addressOf = (net: IpPrefix | undefined) => net && prefixAddress(net);

/** Hands out the subnets of a pool in order; one finding when it has no more. */
function taker(pool: IpPrefix, length: number, name: string, findings: Finding[]): () => IpPrefix | undefined {
  const room = 2 ** (length - prefixLength(pool));
  let next = length === 32 ? 1 : 0;
  return () => {
    if (next < room) return subnetAt(pool, length, next++);
    if (next++ === room)
      findings.push({
        code: "design.pool-exhausted",
        severity: "error",
        message: `The pool ${name} (${pool}) is too small for this topology.`,
        where: { kind: "path", path: `/addressing/${name}` },
        remedy: "Design the fabric with a fabric.yaml that names a larger pool.",
      });
    return undefined;
  };
}
