import type { CounterSample } from "#model/counter-sample.ts";
import { linkId } from "#model/fabric.ts";
import type { Factory } from "#operations/context.ts";
import { simulateCounters, type LoadPeriod } from "#telemetry/simulate.ts";

/** Counters that the virtual fabric's devices stream: what the jobs' modelled load would have moved by now. */
export class SimulatedCounters {
  readonly #periods: LoadPeriod[] = [];

  /** From this moment on the load is that of the factory as it now is. */
  follow(factory: Pick<Factory, "snapshot" | "load">, now: number): void {
    const loads = new Map(factory.load.links.map((one) => [one.link, one]));
    this.#periods.push({
      since: now,
      links: factory.snapshot.fabric.links.map((link) => {
        const load = loads.get(linkId(link));
        return {
          a: link.a,
          b: link.b,
          capacityBps: link.speedBps,
          forwardBps: load?.forwardBps ?? 0,
          backwardBps: load?.backwardBps ?? 0,
          ...(link.down === true ? { down: true } : {}),
        };
      }),
    });
  }

  of(device: string, at: number): CounterSample[] {
    return simulateCounters({ periods: this.#periods, seed: 1 }, device, at);
  }
}
