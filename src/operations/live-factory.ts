import { costOf, type CostReport } from "#economics/cost.ts";
import type { PriceBook } from "#economics/price-book.ts";
import { deriveEndpoints } from "#design/endpoints.ts";
import type { Endpoint } from "#model/endpoint.ts";
import type { Finding } from "#model/finding.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { ParsedDevice, ParsedSnapshot, Snapshot } from "#model/snapshot.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import type { CounterRate } from "#telemetry/counters.ts";
import { inferEndpoints } from "#twin/links.ts";
import { computeLoad, type LoadReport } from "#twin/load.ts";
import { buildTwin, type Twin } from "#twin/twin.ts";
import type { Factory, Scope } from "./context.ts";

export interface LiveFactoryPorts {
  readonly book: PriceBook;
  readonly rates: (device?: string) => readonly CounterRate[];
  readonly drift: () => Promise<readonly Finding[]>;
  /** Reads one device's files; the same files give the same value without reading them again. */
  readonly parse: (source: Snapshot["devices"][string]) => ParsedDevice;
}

/**
 * The factory of one snapshot. What costs time is computed when first asked for and kept; `follow` moves on to the
 * next snapshot, and the twin takes over all that did not change.
 */
export class LiveFactory implements Factory {
  readonly #ports: LiveFactoryPorts;
  #snapshot: Snapshot;
  #takenAt: number;
  #parsed: ParsedSnapshot | undefined;
  #twin: Twin | undefined;
  #earlier: Twin | undefined;
  #load: LoadReport | undefined;
  #costs: CostReport | undefined;

  constructor(snapshot: Snapshot, takenAt: number, ports: LiveFactoryPorts) {
    this.#snapshot = snapshot;
    this.#takenAt = takenAt;
    this.#ports = ports;
  }

  follow(snapshot: Snapshot, takenAt: number): void {
    if (rememberedDigest(snapshot) === this.digest) return;
    this.#snapshot = snapshot;
    this.#takenAt = takenAt;
    this.#earlier = this.#twin ?? this.#earlier;
    this.#parsed = undefined;
    this.#twin = undefined;
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
    return (this.#parsed ??= this.#parse());
  }
  get endpoints(): readonly Endpoint[] {
    return this.parsed.endpoints;
  }
  get twin(): Twin {
    return (this.#twin ??= buildTwin(this.parsed, this.#earlier));
  }
  get load(): LoadReport {
    return (this.#load ??= computeLoad(this.twin, this.#snapshot.workloads));
  }
  get costs(): CostReport {
    return (this.#costs ??= costOf(this.#snapshot.fabric, this.#snapshot.tenants, this.#ports.book, { workloads: this.#snapshot.workloads }));
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

  #parse(): ParsedSnapshot {
    const { fabric, devices: sources, tenants, policy } = this.#snapshot;
    const devices = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, this.#ports.parse(source)]));
    // A fabric that Heddle designed says where every NIC belongs; on any other, the configurations do.
    const endpoints = fabric.plan === undefined ? inferEndpoints(devices) : deriveEndpoints(fabric, tenants);
    return { fabric, devices, endpoints, policy };
  }
}
