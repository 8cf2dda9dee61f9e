import type { Fabric, Host } from "#model/fabric.ts";
import { Failure } from "#model/failure.ts";
import { formatDollars, type MicroDollars } from "#model/money.ts";
import type { Tenant } from "#model/tenant.ts";
import { compareNames } from "#net/order.ts";
import { costOf } from "#economics/cost.ts";
import type { PriceBook } from "#economics/price-book.ts";
import { changedTenants, priceReports } from "#economics/price.ts";
import type { LoadReport } from "#twin/load.ts";

export interface HostRequest {
  readonly factory: { readonly fabric: Fabric; readonly tenants: readonly Tenant[] };
  /** Whose hosts they become; absent for a new tenant. */
  readonly tenant?: Tenant;
  readonly count: number;
  readonly load?: LoadReport;
  /** Only hosts of this scalable unit. */
  readonly unit?: number;
}

/** One free host and why it stands where it does. Lower ranks first, field by field. */
export interface HostCandidate {
  readonly host: string;
  /** `same unit` before `other unit`; compute NICs that are up; busiest link of its leaves. */
  readonly sameUnit: boolean;
  readonly railsUp: number;
  readonly freeInUnit: number;
  readonly busiest: number;
  readonly reasons: readonly string[];
}

/**
 * Free GPU hosts in the order in which they suit: the tenant's own scalable unit first, all rails up, the same kind
 * of host as it has, the unit where the request fits whole (and fits tightest), least loaded leaves, then by name.
 */
export function rankHosts(request: HostRequest): HostCandidate[] {
  const { fabric, tenants } = request.factory;
  const held = new Set(tenants.flatMap((tenant) => tenant.hosts));
  const free = Object.values(fabric.hosts).filter(
    (host) =>
      host.role === "gpu" && !held.has(host.name) && (request.unit === undefined || host.scalableUnit === request.unit),
  );
  const home = unitCounts((request.tenant?.hosts ?? []).flatMap((name) => fabric.hosts[name] ?? []));
  const kinds = new Set((request.tenant?.hosts ?? []).map((name) => kindOf(fabric.hosts[name])));
  const freeIn = unitCounts(free);
  const up = railsUp(fabric);
  const busiest = busiestLeaf(fabric, request.load);
  const scored = free.map((host) => {
    const room = freeIn.get(unitOf(host)) ?? 0;
    const candidate = {
      host: host.name,
      sameUnit: home.has(unitOf(host)),
      railsUp: up.get(host.name) ?? 0,
      freeInUnit: room,
      busiest: Math.max(0, ...(busiest.get(host.name) ?? [])),
    };
    const sameKind = kinds.size === 0 || kinds.has(kindOf(host));
    const missing = host.nics.filter((nic) => nic.purpose === "computeFabric").length - candidate.railsUp;
    const fits = room >= request.count;
    const inUnit = home.get(unitOf(host)) ?? 0;
    const rank = [
      sameKind ? 0 : 1,
      missing,
      candidate.sameUnit ? 0 : 1,
      -inUnit,
      fits ? 0 : 1,
      fits ? room : -room,
      candidate.busiest,
    ];
    return { host, rank, candidate, reasons: reasonsOf(candidate, host, missing, sameKind, request) };
  });
  return scored
    .toSorted(
      (a, b) =>
        compareRanks(a.rank, b.rank) ||
        compareNames(unitOf(a.host), unitOf(b.host)) ||
        compareNames(a.host.name, b.host.name),
    )
    .map(({ candidate, reasons }) => Object.assign(candidate, { reasons }));
}

/**
 * The free hosts to take for "so many more", best first.
 *
 * @throws {Failure} invalid_input for a count that is none; conflict, when fewer are free
 */
export function chooseHosts(request: HostRequest): string[] {
  if (!Number.isSafeInteger(request.count) || request.count < 1)
    throw new Failure("invalid_input", `Say how many hosts: ${request.count} is no number of hosts.`);
  const ranked = rankHosts(request);
  if (ranked.length < request.count)
    throw new Failure(
      "conflict",
      `${request.count} more hosts are asked for and ${ranked.length} are free${ranked.length === 0 ? "" : ` (${ranked.map((one) => one.host).join(" ")})`}. Ask for fewer, or free some first.`,
    );
  return ranked.slice(0, request.count).map((one) => one.host);
}

/** What the tenant's bill changes by, per hour, if it took these hosts. */
export function priceHosts(
  request: HostRequest,
  hosts: readonly string[],
  book: PriceBook,
): { readonly perHour: MicroDollars; readonly summary: string } {
  const { fabric, tenants } = request.factory;
  const grown = tenants.map((tenant) =>
    tenant.name === request.tenant?.name ? Object.assign({}, tenant, { hosts: [...tenant.hosts, ...hosts] }) : tenant,
  );
  const [before, after] = [costOf(fabric, tenants, book), costOf(fabric, grown, book)];
  const bill = (report: typeof before) =>
    report.tenants.find((one) => one.tenant === request.tenant?.name)?.perHour ?? 0n;
  const perHour = bill(after) - bill(before);
  return {
    perHour,
    summary: `${formatDollars(perHour)}/h: ${priceReports(before, after, changedTenants(tenants, grown)).summary}`,
  };
}

const unitOf = (host: Host): string => `${host.pod ?? ""}/${host.scalableUnit ?? host.rack ?? ""}`;
const kindOf = (host: Host | undefined): string =>
  `${host?.model ?? ""}|${host?.gpus.length ?? 0}|${host?.gpus[0]?.model ?? ""}`;

function unitCounts(hosts: readonly Host[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const host of hosts) counts.set(unitOf(host), (counts.get(unitOf(host)) ?? 0) + 1);
  return counts;
}

/** Compute NICs of each host whose link is not down. */
function railsUp(fabric: Fabric): Map<string, number> {
  const compute = new Set(
    Object.values(fabric.hosts).flatMap((host) =>
      host.nics.filter((nic) => nic.purpose === "computeFabric").map((nic) => `${host.name}|${nic.name}`),
    ),
  );
  const up = new Map<string, number>();
  for (const link of fabric.links)
    for (const end of [link.a, link.b])
      if (link.down !== true && compute.has(`${end.node}|${end.port}`)) up.set(end.node, (up.get(end.node) ?? 0) + 1);
  return up;
}

/** Loads of the switches next to each host: the share of the busiest link of each. */
function busiestLeaf(fabric: Fabric, load: LoadReport | undefined): Map<string, number[]> {
  const share = new Map(load?.links.map((one) => [one.link, one.share]));
  const bySwitch = new Map<string, number>();
  const neighbours = new Map<string, string[]>();
  for (const link of fabric.links) {
    const [a, b] = [`${link.a.node}:${link.a.port}`, `${link.b.node}:${link.b.port}`];
    const busy = share.get(a < b ? `${a}--${b}` : `${b}--${a}`) ?? 0;
    for (const [end, other] of [
      [link.a.node, link.b.node],
      [link.b.node, link.a.node],
    ] as const) {
      if (Object.hasOwn(fabric.switches, end)) bySwitch.set(end, Math.max(bySwitch.get(end) ?? 0, busy));
      else if (Object.hasOwn(fabric.switches, other)) neighbours.set(end, [...(neighbours.get(end) ?? []), other]);
    }
  }
  return new Map([...neighbours].map(([host, leaves]) => [host, leaves.map((leaf) => bySwitch.get(leaf) ?? 0)]));
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function reasonsOf(
  one: { readonly sameUnit: boolean; readonly freeInUnit: number; readonly busiest: number },
  host: Host,
  missing: number,
  sameKind: boolean,
  { count, tenant }: HostRequest,
): string[] {
  const unit = host.scalableUnit === undefined ? "its rack" : `SU ${host.scalableUnit}`;
  return [
    ...(tenant === undefined
      ? [`it stands in ${unit}`]
      : [
          one.sameUnit
            ? `${unit} already holds hosts of the tenant: traffic on a rail stays under one leaf`
            : `${unit} holds none of the tenant's hosts yet: traffic goes over spines`,
        ]),
    missing === 0 ? "all rails are up" : `${missing} rail${missing === 1 ? " is" : "s are"} down`,
    ...(sameKind ? [] : ["another kind of host than the tenant has"]),
    one.freeInUnit >= count
      ? `${one.freeInUnit} free hosts there: the request fits whole`
      : `only ${one.freeInUnit} free there`,
    `busiest link at its leaves ${(one.busiest * 100).toFixed(0)} %`,
  ];
}
