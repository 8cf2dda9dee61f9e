import type { Intent, Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { PriceBook } from "#economics/price-book.ts";
import type { AuditRow, ChangeRecord, Changes, JournalRow, Scope } from "#operations/context.ts";
import type { ChangeEngine } from "#reconcile/engine.ts";
import { planChange } from "#reconcile/plan.ts";
import type { Store } from "#store/store.ts";

interface Ports {
  readonly store: Store;
  readonly engine: ChangeEngine;
  readonly book: PriceBook;
  /** Called after each move, so that what is shown follows. */
  readonly moved: () => Promise<void>;
}

/** Changes over the store and the engine, as operations ask for them. */
export class StoredChanges implements Changes {
  readonly #ports: Ports;
  /** Plans are made one after another: each takes the next id. */
  #planning: Promise<unknown> = Promise.resolve();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  propose(intent: Intent, requester: Principal, progress: (line: string) => void): Promise<ChangeRecord> {
    const next = this.#planning.then(
      () => this.#plan(intent, requester, progress),
      () => this.#plan(intent, requester, progress),
    );
    this.#planning = next.catch(() => {});
    return next;
  }

  async #plan(intent: Intent, requester: Principal, progress: (line: string) => void): Promise<ChangeRecord> {
    const { store, engine, book } = this.#ports;
    const world = await store.world.read();
    if (world === undefined) throw new Failure("not_found", "There is no fabric yet. Start Heddle with one.");
    progress(`planning ${intent.kind}`);
    const change = planChange({ world: world.snapshot, intent, requester, id: await this.#nextId(), priceBook: book });
    const record = await engine.submit(change, world.snapshot);
    await this.#ports.moved();
    return record;
  }

  async #nextId(): Promise<string> {
    const all = await this.#ports.store.changes.list({ kind: "all" }, { limit: 1 });
    const last = Number(/^chg-(\d+)$/.exec(all[0]?.change.id ?? "")?.[1] ?? 0);
    return `chg-${last + 1}`;
  }

  list(scope: Scope): Promise<readonly ChangeRecord[]> {
    return this.#ports.store.changes.list(scope);
  }

  get(id: string, scope: Scope): Promise<ChangeRecord> {
    return this.#ports.store.changes.get(scope, id);
  }

  async journal(id: string, scope: Scope): Promise<readonly JournalRow[]> {
    await this.#ports.store.changes.get(scope, id);
    const entries = await this.#ports.store.journal.read(scope, { change: id });
    return entries.map(({ seq, change, at, kind, payload, hash }) => ({
      sequence: seq,
      change,
      at,
      kind,
      payload,
      hash,
    }));
  }

  async approve(id: string, digest: string, principal: Principal): Promise<ChangeRecord> {
    const { change } = await this.#ports.store.changes.get({ kind: "all" }, id);
    if (change.digest !== digest)
      throw new Failure("conflict", `Change ${id} is not the plan that you saw. Look at it again, then approve.`);
    return this.#then(this.#ports.engine.approve(id, principal));
  }

  apply(id: string, principal: Principal): Promise<ChangeRecord> {
    return this.#then(this.#ports.engine.apply(id, principal));
  }

  rollback(id: string, principal: Principal): Promise<ChangeRecord> {
    return this.#then(this.#ports.engine.rollback(id, principal));
  }

  async auditRows(
    limit: number,
  ): Promise<readonly (AuditRow & { readonly at: number; readonly principal: string; readonly sequence: number })[]> {
    const rows = await this.#ports.store.audit.read({ kind: "all" }, { limit });
    return rows.map((one) => ({
      sequence: one.seq,
      at: one.at,
      principal:
        one.principal.onBehalfOf === undefined
          ? one.principal.name
          : `${one.principal.name} for ${one.principal.onBehalfOf}`,
      operation: one.operation,
      inputDigest: one.inputDigest,
      decision: one.decision,
      rule: one.rule,
      outcome: one.outcome,
      durationMs: one.durationMs,
    }));
  }

  async verifyChains(): Promise<{ journal: boolean; audit: boolean; rows: number }> {
    const [journal, audit] = await Promise.all([
      this.#ports.store.journal.verifyChain(),
      this.#ports.store.audit.verifyChain(),
    ]);
    return { journal: journal.holds, audit: audit.holds, rows: journal.entries + audit.entries };
  }

  async #then(work: Promise<ChangeRecord>): Promise<ChangeRecord> {
    try {
      return await work;
    } finally {
      await this.#ports.moved();
    }
  }
}
