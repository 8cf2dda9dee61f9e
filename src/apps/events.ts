/** One thing that happened, for whoever listens. */
export interface HubEvent {
  readonly kind: string;
  readonly data: unknown;
  /** Whose it is; absent: the operator's only. */
  readonly tenant?: string;
}

const backlog = 1000;

/** Hands events to all listeners. A listener that does not keep up loses the oldest, never holds up the others. */
export class EventHub {
  readonly #queues = new Set<{ readonly events: HubEvent[]; wake: () => void }>();

  emit(event: HubEvent): void {
    for (const queue of this.#queues) {
      queue.events.push(event);
      if (queue.events.length > backlog) queue.events.shift();
      queue.wake();
    }
  }

  async *listen(signal: AbortSignal): AsyncGenerator<HubEvent> {
    const queue = { events: [] as HubEvent[], wake: () => {} };
    this.#queues.add(queue);
    try {
      while (!signal.aborted) {
        const next = queue.events.shift();
        if (next !== undefined) {
          yield next;
          continue;
        }
        await new Promise<void>((resolve) => {
          queue.wake = resolve;
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    } finally {
      this.#queues.delete(queue);
    }
  }
}
