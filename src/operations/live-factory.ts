import { costsOf } from "#decide/evaluate.ts";
import type { CostReport } from "#economics/cost.ts";
import type { PriceBook } from "#economics/price-book.ts";
import type { Endpoint } from "#model/endpoint.ts";
import type { Finding } from "#model/finding.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { ParsedSnapshot, Snapshot } from "#model/snapshot.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import type { CounterRate } from "#telemetry/counters.ts";
import { computeLoad, type LoadReport } from "#twin/load.ts";
import { proveIsolation, type ReachabilityReport } from "#twin/reachability.ts";
import type { Twin } from "#twin/twin.ts";
import { twinOf } from "#reconcile/prove.ts";
import type { Factory, Scope } from "./context.ts";

export interface LiveFactoryPorts {
  readonly book: PriceBook;
  readonly rates: (device?: string) => readonly CounterRate[];
  readonly drift: () => Promise<readonly Finding[]>;
  readonly neighbors: Factory["neighbors"];
}

/**
 * The factory of one snapshot. What costs time is computed when first asked for and kept; `follow` moves on to the
 * next snapshot, and the twin takes over all that did not change.
 */
export class LiveFactory implements Factory {
  readonly #ports: LiveFactoryPorts;
  #snapshot: Snapshot;
  #takenAt: number;
  #earlier: Twin | undefined;
  #proof: ReachabilityReport | undefined;
  #load: LoadReport | undefined;
  #costs: CostReport | undefined;

  constructor(snapshot: Snapshot, takenAt: number, ports: LiveFactoryPorts) {
    this.#snapshot = snapshot;
    this.#takenAt = takenAt;
    this.#ports = ports;
  }

  follow(snapshot: Snapshot, takenAt: number): void {
    if (rememberedDigest(snapshot) === this.digest) return;
    this.#earlier = this.twin;
    this.#snapshot = snapshot;
    this.#takenAt = takenAt;
    this.#proof = undefined;
    this.#load = undefined;
    this.#costs = undefined;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }
  get digest(): string {
    return rememberedDigest(this.#snapshot);
  }
  get takenAt(): number {
    return this.#takenAt;
  }
  get book(): PriceBook {
    return this.#ports.book;
  }
  get parsed(): ParsedSnapshot {
    return this.twin.snapshot;
  }
  get endpoints(): readonly Endpoint[] {
    return this.parsed.endpoints;
  }
  get twin(): Twin {
    return twinOf(this.#snapshot, this.#earlier);
  }
  get proof(): ReachabilityReport {
    return (this.#proof ??= proveIsolation(this.twin));
  }
  get load(): LoadReport {
    return (this.#load ??= computeLoad(this.twin, this.#snapshot.workloads));
  }
  get costs(): CostReport {
    return (this.#costs ??= costsOf(this.#snapshot, this.load, this.#ports.book));
  }

  tenants(scope: Scope): readonly Tenant[] {
    return this.#snapshot.tenants.filter((one) => scope.kind === "all" || one.name === scope.tenant);
  }
  workloads(scope: Scope): readonly Workload[] {
    return this.#snapshot.workloads.filter((one) => scope.kind === "all" || one.tenant === scope.tenant);
  }
  rates(device?: string): readonly CounterRate[] {
    return this.#ports.rates(device);
  }
  drift(): Promise<readonly Finding[]> {
    return this.#ports.drift();
  }
  neighbors(): ReturnType<Factory["neighbors"]> {
    return this.#ports.neighbors();
  }
}
