import { linkId, type Fabric } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { splitExactly, weakest, type Figure, type Grade, type MicroDollars } from "#model/money.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import { networkPools, fine, pools, positive, priceAssets, type Asset, type Pool } from "./assets.ts";
import { costFigures } from "./figures.ts";
import { linkShares, whole, type LinkUse, type Shares } from "./network-shares.ts";
import type { PriceBook } from "./price-entry.ts";

/**
 * Who bears a row. `held`: hosts with work, or all hosts where no work is known. `reserved-idle`: hosts that a tenant
 * holds and no job of its runs on. `reserved`: network guaranteed and not used. `use`: network used, by bytes.
 */
type Basis = "held" | "reserved-idle" | "use" | "reserved" | "free-hosts" | "idle-network" | "shared" | "nobody's";
type CostOwner =
  | { readonly kind: "tenant"; readonly tenant: string }
  | { readonly kind: "idle" | "unattributed" | "platform" };

export interface CostRow {
  readonly owner: CostOwner;
  readonly basis: Basis;
  readonly pool: Pool;
  /** Micro-dollars per hour. */
  readonly perHour: MicroDollars;
}

export interface TenantCost {
  readonly tenant: string;
  readonly gpus: number;
  readonly perHour: MicroDollars;
  /** Of which network: leaf, spine, optics and their energy. */
  readonly networkPerHour: MicroDollars;
  /** Of which for hosts without a job, where jobs are known. */
  readonly reservedIdlePerHour: MicroDollars;
  readonly pools: Readonly<Partial<Record<Pool, MicroDollars>>>;
}

/**
 * What the factory costs per hour, and who bears it. `rows` are complete: of each pool they sum to the pool's total,
 * to the micro-dollar; tenants, idle, unattributed and platform are all rows.
 */
export interface CostReport {
  readonly totalPerHour: MicroDollars;
  readonly pools: Readonly<Record<Pool, MicroDollars>>;
  readonly rows: readonly CostRow[];
  readonly tenants: readonly TenantCost[];
  readonly idle: {
    readonly freeHostsPerHour: MicroDollars;
    readonly networkPerHour: MicroDollars;
    readonly freeGpus: number;
  };
  readonly unattributedPerHour: MicroDollars;
  readonly platformPerHour: MicroDollars;
  readonly gpus: number;
  /** Total over all GPUs; zero where there are none. */
  readonly perGpuHour: MicroDollars;
  readonly networkPerGpuHour: MicroDollars;
  /** Network's part of the total, 0 to 1. NICs are not in it: they come inside the server's price. */
  readonly networkShare: number;
  readonly watts: { readonly compute: number; readonly network: number };
  /** Every figure with its inputs; an input whose source starts with `figure:` names another figure here. */
  readonly figures: readonly Figure[];
  readonly grade: Grade;
  readonly findings: readonly Finding[];
}

export interface CostOptions {
  /** Known work: tells hosts in use from hosts only reserved. */
  readonly workloads?: readonly Workload[];
  /** Known traffic: adds the use part of the network. */
  readonly uses?: readonly LinkUse[];
}

/**
 * Costs per hour of a fabric, shared out.
 *
 * Hosts with their GPUs, NICs and energy go to the tenant that holds them. The compute network is two-part: what was
 * used by bytes, what is guaranteed beyond that by entitlement, the rest is idle. Front end, storage and out-of-band
 * switches are the platform's but for the ports of a tenant's own hosts and what traffic used.
 */
export function costOf(
  fabric: Fabric,
  tenants: readonly Tenant[],
  book: PriceBook,
  options: CostOptions = {},
): CostReport {
  const findings: Finding[] = [];
  const sound = checkTenants(fabric, tenants, findings);
  const { assets, findings: holes } = priceAssets(fabric, book);
  const parts = sharers(fabric, sound.tenants, sound.disputed, options);
  const ledger = new Ledger(sound.tenants);
  for (const asset of assets) ledger.add(asset, parts(asset));
  const { rows, totals } = ledger.close();
  return report(fabric, sound.tenants, book, assets, rows, totals, [...findings, ...holes]);
}

/** One part of an asset's cost, in billionths of it. */
interface Part {
  readonly owner: CostOwner;
  readonly basis: Basis;
  readonly part: bigint;
  /** Owner and basis as one key. */
  readonly account: string;
}

const partOf = (owner: CostOwner, basis: Basis, part: bigint): Part => ({
  owner,
  basis,
  part,
  account: `${owner.kind}|${basis}|${owner.kind === "tenant" ? owner.tenant : ""}`,
});

const platform: CostOwner = { kind: "platform" };
const idle: CostOwner = { kind: "idle" };
const unattributed: CostOwner = { kind: "unattributed" };

function sharers(
  fabric: Fabric,
  tenants: readonly Tenant[],
  disputed: ReadonlySet<string>,
  options: CostOptions,
): (asset: Asset) => readonly Part[] {
  const links = new Map([...linkShares(fabric, tenants, options.uses)].map(([id, shares]) => [id, partsOf(shares)]));
  const switches = switchParts(fabric, links);
  const hosts = hostParts(fabric, tenants, disputed, options.workloads);
  const tables = { host: hosts, switch: switches, link: links } as const;
  return ({ owner }) => tables[owner.kind].get(owner.id) ?? [partOf(platform, "shared", whole)];
}

function partsOf(shares: Shares): Part[] {
  const parts: Part[] = [];
  for (const [tenant, part] of shares.use) parts.push(partOf({ kind: "tenant", tenant }, "use", part));
  for (const [tenant, part] of shares.reserved) parts.push(partOf({ kind: "tenant", tenant }, "reserved", part));
  parts.push(partOf(unattributed, "nobody's", shares.unattributed));
  parts.push(partOf(idle, "idle-network", shares.idle));
  parts.push(partOf(platform, "shared", shares.platform));
  return parts.filter(({ part }) => part > 0n);
}

/** A switch is shared as its links are, each by its speed; one without links is the platform's. */
function switchParts(fabric: Fabric, links: ReadonlyMap<string, readonly Part[]>): Map<string, Part[]> {
  const ends = new Map<string, { readonly id: string; readonly mbps: bigint }[]>();
  for (const link of fabric.links) {
    const end = { id: linkId(link), mbps: BigInt(Math.round(positive(link.speedBps) / 1e6)) };
    for (const { node } of [link.a, link.b]) {
      if (!Object.hasOwn(fabric.switches, node)) continue;
      const list = ends.get(node);
      if (list === undefined) ends.set(node, [end]);
      else list.push(end);
    }
  }
  const result = new Map<string, Part[]>();
  for (const [name, list] of ends) {
    const total = list.reduce((all, { mbps }) => all + mbps, 0n);
    if (total > 0n && fabric.switches[name]?.fabric !== "outOfBand")
      result.set(
        name,
        list.flatMap(({ id, mbps }) =>
          (links.get(id) ?? []).map(({ owner, basis, account, part }) => ({
            owner,
            basis,
            account,
            part: (part * mbps) / total,
          })),
        ),
      );
  }
  return result;
}

const working = (job: Workload): boolean =>
  job.state === "starting" || job.state === "running" || job.state === "ending";

function hostParts(
  fabric: Fabric,
  tenants: readonly Tenant[],
  disputed: ReadonlySet<string>,
  workloads: readonly Workload[] | undefined,
): Map<string, Part[]> {
  const holder = new Map(tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant.name] as const)));
  const busy = workloads && new Set(workloads.filter(working).flatMap((job) => job.hosts));
  const one = (owner: CostOwner, basis: Basis): Part[] => [partOf(owner, basis, whole)];
  const place = (name: string): Part[] => {
    const tenant = holder.get(name);
    if (disputed.has(name)) return one(unattributed, "nobody's");
    if (tenant !== undefined)
      return one({ kind: "tenant", tenant }, busy === undefined || busy.has(name) ? "held" : "reserved-idle");
    return fabric.hosts[name]?.role === "gpu" ? one(idle, "free-hosts") : one(platform, "shared");
  };
  return new Map(Object.keys(fabric.hosts).map((name) => [name, place(name)]));
}

interface LedgerRow {
  readonly owner: CostOwner;
  readonly basis: Basis;
  weight: bigint;
}

function book(table: Map<string, LedgerRow>, { owner, basis, account }: Part, weight: bigint): void {
  const row = table.get(account);
  if (row === undefined) table.set(account, { owner, basis, weight });
  else row.weight += weight;
}

/** Adds up in fine units and rounds once per pool, so that rows sum to pools and pools to the total. */
class Ledger {
  readonly #rows = new Map<Pool, Map<string, LedgerRow>>();
  readonly #order: ReadonlyMap<string, string>;

  /** Ties of rounding fall by a tenant's first host, so that no bill hangs on a tenant's name. */
  constructor(tenants: readonly Tenant[]) {
    this.#order = new Map(tenants.map((tenant) => [tenant.name, tenant.hosts.toSorted()[0] ?? ""]));
  }

  add(asset: Asset, parts: readonly Part[]): void {
    for (const [pool, rate] of asset.rates) {
      if (rate === 0n) continue;
      let table = this.#rows.get(pool);
      if (table === undefined) this.#rows.set(pool, (table = new Map<string, LedgerRow>()));
      let left = whole;
      for (const one of parts) {
        book(table, one, rate * one.part);
        left -= one.part;
      }
      // What integer division of shares left over is nobody's fault and the platform's cent.
      if (left !== 0n) book(table, partOf(platform, "shared", left), rate * left);
    }
  }

  close(): { readonly rows: CostRow[]; readonly totals: Record<Pool, MicroDollars> } {
    const totals = Object.fromEntries(pools.map((pool) => [pool, 0n])) as Record<Pool, MicroDollars>; // every pool is a key
    const rows: CostRow[] = [];
    for (const pool of pools) {
      const mine = [...(this.#rows.get(pool)?.values() ?? [])].toSorted((a, b) => this.#compare(a, b));
      const weight = mine.reduce((all, row) => all + row.weight, 0n);
      totals[pool] = (weight + (fine * whole) / 2n) / (fine * whole);
      const amounts = splitExactly(
        totals[pool],
        mine.map((row) => row.weight),
      );
      for (const [index, { owner, basis }] of mine.entries())
        rows.push({ owner, basis, pool, perHour: amounts[index] ?? 0n });
    }
    return { rows, totals };
  }

  #compare(
    a: { readonly owner: CostOwner; readonly basis: string },
    b: { readonly owner: CostOwner; readonly basis: string },
  ): number {
    const key = (row: typeof a) =>
      `${row.owner.kind}|${row.basis}|${row.owner.kind === "tenant" ? (this.#order.get(row.owner.tenant) ?? "") : ""}`;
    return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
  }
}

/** What is wrong with who holds what: costs go on, and what cannot be decided is nobody's. */
function checkTenants(
  fabric: Fabric,
  tenants: readonly Tenant[],
  findings: Finding[],
): { readonly tenants: Tenant[]; readonly disputed: ReadonlySet<string> } {
  const holder = new Map<string, string>();
  const disputed = new Set<string>();
  const note = (code: string, severity: Finding["severity"], object: string, message: string, remedy: string) =>
    findings.push({ code, severity, message, where: { kind: "device", device: object }, remedy });
  for (const tenant of tenants) {
    if (!Number.isFinite(tenant.guaranteedBps) || tenant.guaranteedBps < 0)
      note(
        "economics.bad-guarantee",
        "error",
        tenant.name,
        `Guaranteed rate of ${tenant.name} is ${tenant.guaranteedBps}; counted as none.`,
        "State a rate in bits per second, zero or more.",
      );
    for (const host of new Set(tenant.hosts)) {
      const other = holder.get(host);
      if (!Object.hasOwn(fabric.hosts, host))
        note(
          "economics.unknown-host",
          "warning",
          host,
          `${tenant.name} holds ${host}, which the fabric does not have; it costs nothing.`,
          "Correct the tenant's hosts.",
        );
      else if (other !== undefined) {
        disputed.add(host);
        note(
          "economics.host-twice",
          "error",
          host,
          `${host} is held by ${other} and by ${tenant.name}; its cost is left unattributed.`,
          "Give the host to one of them.",
        );
      } else holder.set(host, tenant.name);
    }
  }
  const owned = (tenant: Tenant) =>
    [...new Set(tenant.hosts)].filter((host) => !disputed.has(host) && holder.get(host) === tenant.name);
  return { tenants: tenants.map((tenant) => ({ ...tenant, hosts: owned(tenant) })), disputed };
}

function report(
  fabric: Fabric,
  tenants: readonly Tenant[],
  book: PriceBook,
  assets: readonly Asset[],
  rows: readonly CostRow[],
  totals: Record<Pool, MicroDollars>,
  findings: readonly Finding[],
): CostReport {
  const gpusOf = (host: string) => fabric.hosts[host]?.gpus.length ?? 0;
  const gpus = Object.keys(fabric.hosts).reduce((all, host) => all + gpusOf(host), 0);
  const held = new Set(tenants.flatMap((tenant) => tenant.hosts));
  const total = sumRows(rows);
  const network = networkPools.reduce((all, pool) => all + totals[pool], 0n);
  const each = (amount: bigint) => (gpus === 0 ? 0n : (amount + BigInt(gpus) / 2n) / BigInt(gpus));
  const free = Object.values(fabric.hosts).filter((host) => host.role === "gpu" && !held.has(host.name));
  const watts = (kinds: readonly string[]) =>
    assets.reduce((all, asset) => all + (kinds.includes(asset.owner.kind) ? asset.watts : 0), 0);
  const tenantCosts = tenants.map((tenant) =>
    tenantCost(
      tenant,
      rows,
      tenant.hosts.reduce((all, host) => all + gpusOf(host), 0),
    ),
  );
  const partial = {
    totalPerHour: total,
    pools: totals,
    rows,
    tenants: tenantCosts,
    idle: {
      freeHostsPerHour: sumRows(rows.filter((row) => row.basis === "free-hosts")),
      networkPerHour: sumRows(rows.filter((row) => row.basis === "idle-network")),
      freeGpus: free.reduce((all, host) => all + host.gpus.length, 0),
    },
    unattributedPerHour: sumRows(rows.filter((row) => row.owner.kind === "unattributed")),
    platformPerHour: sumRows(rows.filter((row) => row.owner.kind === "platform")),
    gpus,
    perGpuHour: each(total),
    networkPerGpuHour: each(network),
    networkShare: total === 0n ? 0 : Number(network) / Number(total),
    watts: { compute: watts(["host"]), network: watts(["switch", "link"]) },
    grade: assets.length === 0 ? ("assumed" as const) : weakest(assets.map((asset) => asset.grade)),
    findings,
  };
  return { ...partial, figures: costFigures(partial, assets, book) };
}

export const sumRows = (rows: readonly CostRow[]): MicroDollars => rows.reduce((all, row) => all + row.perHour, 0n);

function tenantCost(tenant: Tenant, rows: readonly CostRow[], gpus: number): TenantCost {
  const mine = rows.filter((row) => row.owner.kind === "tenant" && row.owner.tenant === tenant.name);
  const byPool: Partial<Record<Pool, MicroDollars>> = {};
  for (const row of mine) byPool[row.pool] = (byPool[row.pool] ?? 0n) + row.perHour;
  return {
    tenant: tenant.name,
    gpus,
    perHour: sumRows(mine),
    networkPerHour: sumRows(mine.filter((row) => networkPools.includes(row.pool))),
    reservedIdlePerHour: sumRows(mine.filter((row) => row.basis === "reserved-idle")),
    pools: byPool,
  };
}
