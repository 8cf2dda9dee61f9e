import type { DeviceSession } from "#drivers/driver.ts";
import { CounterStore, type CounterRate } from "#telemetry/counters.ts";

/** How long to wait before a device that broke off is asked again. */
const retryMs = 5_000;

/** Follows the counters of every device for as long as it lives; a device that breaks off is asked again. */
export class Telemetry implements AsyncDisposable {
  readonly #store = new CounterStore();
  readonly #stop = new AbortController();
  readonly #followers: Promise<void>[] = [];

  follow(device: string, connect: () => Promise<DeviceSession>): void {
    this.#followers.push(this.#run(device, connect));
  }

  rates(device?: string): readonly CounterRate[] {
    return this.#store.rates(device);
  }

  async #run(_device: string, connect: () => Promise<DeviceSession>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await using session = await connect();
        await session.streamCounters((sample) => this.#store.add(sample), signal);
      } catch {
        // Unreachable now; what it sent before stays, with its time.
      }
      if (!signal.aborted) await pause(retryMs, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#followers);
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
