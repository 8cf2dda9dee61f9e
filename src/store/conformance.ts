import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Approval, Change } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { Tenant } from "#model/tenant.ts";
import { vlanId, vni } from "#net/asn.ts";
import { prefix } from "#net/ip.ts";
import { everything, scopeOf, type Scope } from "./scope.ts";
import type { Store } from "./store.ts";
import { anyTenantName, changeOf, operator, worldOf } from "./testing.ts";

/** A place to open a store in: `fresh` is empty at each call, `tamper` runs SQL behind the store's back. */
export interface StoreBed {
  fresh(): Promise<{ readonly open: () => Promise<Store>; readonly tamper: (sql: string) => Promise<void> }>;
}

const failure = (kind: string) => expect.objectContaining({ name: "Failure", kind });
const tenant = (name: string): Tenant => ({
  name,
  hosts: [`${name}-h1`],
  guaranteedBps: 400e9,
  networks: {
    compute: { vrf: name, vni: vni(5000) },
    frontEnd: { vlan: vlanId(101), vni: vni(10101), prefix: prefix("10.1.0.0/24") },
  },
});
const planned = { key: "planned", kind: "change.planned", payload: {} };
const keep = (store: Store, change: Change, more: { tenant?: string; at?: number } = {}) =>
  store.changes.create({ change, state: "planned", base: base, at: more.at ?? 1, event: planned, ...more });
const base = worldOf({ a: "old a", b: "old b" }, { tenants: [tenant("acme")] });
const approvalOf = (change: Change, more: Partial<Approval> = {}): Approval => ({
  change: change.id,
  digest: change.digest,
  base: change.base,
  requester: change.requester.name,
  approver: "pia",
  expiresAt: 1000,
  nonce: "n1",
  ...more,
});
const approve = (store: Store, approval: Approval) =>
  store.changes.move({
    id: approval.change,
    at: 2,
    from: ["planned", "approved"],
    to: "approved",
    events: [],
    grant: approval,
  });
const start = (store: Store, change: Change, at = 3) =>
  store.changes.move({
    id: change.id,
    at,
    from: ["approved"],
    to: "applying",
    events: [{ key: "applying", kind: "change.applying", payload: {} }],
    useApproval: { digest: change.digest, base: change.base },
  });

/** The laws of the store, run on every database it stands on. */
export function storeConformance(name: string, bed: StoreBed): void {
  describe(`store on ${name}`, () => {
    memoryLaws(bed);
    changeLaws(bed);
    chainLaws(bed);
    scopeLaws(bed);
  });
}

function memoryLaws(bed: StoreBed): void {
  test("a snapshot comes back equal under its digest, after closing too", async () => {
    const place = await bed.fresh();
    const store = await place.open();
    const digest = await store.snapshots.put(base, 1);
    expect(digest).toBe(rememberedDigest(base));
    await store.snapshots.put(base, 2);
    await store.close();
    await using again = await place.open();
    expect(await again.snapshots.get(digest)).toEqual(base);
    await expect(again.snapshots.get("nothing")).rejects.toEqual(failure("not_found"));
  });

  test("the world is empty, then what was written last, counted", async () => {
    await using store = await (await bed.fresh()).open();
    expect(await store.world.read()).toBeUndefined();
    await store.world.write(base, 1);
    const next = worldOf({ a: "new a" }, { tenants: [tenant("globex")] });
    await store.world.write(next, 2);
    const world = await store.world.read();
    expect(world).toMatchObject({ snapshot: next, digest: rememberedDigest(next), revision: 2, at: 2 });
    expect((await store.world.read())?.snapshot).toBe(world?.snapshot);
    expect(await store.world.expected()).toEqual({ a: rememberedDigest(next.devices["a"] ?? {}) });
  });

  test("a second opener is refused while the first lives, and named", async () => {
    const place = await bed.fresh();
    const store = await place.open();
    await expect(place.open()).rejects.toEqual(failure("conflict"));
    await expect(place.open()).rejects.toThrow(String(process.pid));
    await store.close();
    await (await place.open()).close();
  });
}

function changeLaws(bed: StoreBed): void {
  test("a change comes back exactly, big money and all", async () => {
    await using store = await (await bed.fresh()).open();
    const change = changeOf("chg-1", base, [{ device: "a", text: "new a" }]);
    await keep(store, change);
    const record = await store.changes.get(everything, "chg-1");
    expect(record).toMatchObject({ state: "planned", attempt: 0, createdAt: 1 });
    expect(record.change).toEqual(change);
    expect(await store.snapshots.get(change.base)).toEqual(base);
    await expect(keep(store, change)).rejects.toEqual(failure("conflict"));
  });

  test("an approval is used once, for exactly what was seen, before it expires", async () => {
    await using store = await (await bed.fresh()).open();
    const change = changeOf("chg-1", base, [{ device: "a", text: "new a" }]);
    await keep(store, change);
    await expect(start(store, change)).rejects.toEqual(failure("conflict"));
    await approve(store, approvalOf(change, { digest: "another plan" }));
    await expect(start(store, change)).rejects.toEqual(failure("refused"));
    expect((await store.changes.get(everything, "chg-1")).state).toBe("approved");
    await approve(store, approvalOf(change, { nonce: "n2", expiresAt: 3 }));
    await expect(start(store, change, 3)).rejects.toEqual(failure("conflict"));
    await expect(approve(store, approvalOf(change, { nonce: "n2" }))).rejects.toThrow();
    await approve(store, approvalOf(change, { nonce: "n3" }));
    expect((await start(store, change)).state).toBe("applying");
    expect((await store.changes.approvals(everything, "chg-1")).map((one) => one.status)).toEqual([
      "void",
      "void",
      "used",
    ]);
    await start(store, change); // there already: nothing happens twice
    expect(await store.journal.read(everything)).toHaveLength(2);
  });

  test("a move that fails leaves nothing behind", async () => {
    await using store = await (await bed.fresh()).open();
    const change = changeOf("chg-1", base, []);
    await keep(store, change);
    await approve(store, approvalOf(change, { base: "another base" }));
    const before = await store.journal.read(everything);
    await expect(start(store, change)).rejects.toEqual(failure("refused"));
    expect(await store.journal.read(everything)).toEqual(before);
    expect((await store.changes.approvals(everything, "chg-1"))[0]?.status).toBe("open");
    expect((await store.changes.get(everything, "chg-1")).state).toBe("approved");
  });

  test("changes are listed newest first, by state and by device", async () => {
    await using store = await (await bed.fresh()).open();
    for (const [id, device] of [
      ["chg-1", "a"],
      ["chg-2", "b"],
      ["chg-10", "a"],
    ] as const) {
      await keep(store, changeOf(id, base, [{ device, text: id }]));
    }
    const ids = async (filter: Parameters<Store["changes"]["list"]>[1]) =>
      (await store.changes.list(everything, filter)).map((record) => record.change.id);
    expect(await ids({})).toEqual(["chg-10", "chg-2", "chg-1"]);
    expect(await ids({ device: "a" })).toEqual(["chg-10", "chg-1"]);
    expect(await ids({ states: ["closed"] })).toEqual([]);
    expect(await ids({ limit: 1 })).toEqual(["chg-10"]);
    const heads = await store.changes.heads(everything, { device: "a" });
    expect(heads.map(({ id, state, requester }) => [id, state, requester])).toEqual([
      ["chg-10", "planned", "olga"],
      ["chg-1", "planned", "olga"],
    ]);
  });

  test("a change that closed later on the same devices is found", async () => {
    await using store = await (await bed.fresh()).open();
    const closedEvent = { key: "closed", kind: "change.closed", payload: {} };
    for (const [id, device] of [
      ["first", "a"],
      ["second", "b"],
      ["third", "a"],
      ["open", "b"],
    ] as const) {
      await keep(store, changeOf(id, base, [{ device, text: id }]));
      if (id === "open") continue;
      await store.changes.move({ id, at: 1, from: ["planned"], to: "closed", events: [closedEvent] });
    }
    expect(await store.changes.laterOnSameDevices("first")).toBe("third");
    expect(await store.changes.laterOnSameDevices("second")).toBeUndefined();
    expect(await store.changes.laterOnSameDevices("third")).toBeUndefined();
  });

  test("the world moves with the change that closes, or neither does", async () => {
    await using store = await (await bed.fresh()).open();
    await store.world.write(base, 1);
    const change = changeOf("chg-1", base, [{ device: "a", text: "new a" }]);
    await keep(store, change);
    const world = worldOf({ a: "new a", b: "old b" });
    const close = { id: "chg-1", at: 9, to: "closed", events: [], world } as const;
    await expect(store.changes.move({ ...close, from: ["verified"] })).rejects.toEqual(failure("conflict"));
    expect((await store.world.read())?.revision).toBe(1);
    await store.changes.move({ ...close, from: ["planned"] });
    expect(await store.world.read()).toMatchObject({ snapshot: world, revision: 2 });
  });
}

function chainLaws(bed: StoreBed): void {
  const filled = async () => {
    const place = await bed.fresh();
    const store = await place.open();
    await keep(store, changeOf("chg-1", base, []));
    for (const key of ["one", "two", "three"])
      await store.journal.append("chg-1", 5, { key, kind: "step.done", payload: { key, n: 7n } });
    await store.audit.append({
      at: 1,
      principal: operator,
      operation: "x",
      inputDigest: "d",
      decision: "deny",
      rule: "r",
      outcome: "forbidden",
      durationMs: 1.4,
    });
    return { ...place, store };
  };

  test("an event is written once per key, and the chain holds", async () => {
    const { store } = await filled();
    expect(await store.journal.append("chg-1", 6, { key: "two", kind: "step.done", payload: {} })).toBe(false);
    expect((await store.journal.read(everything, { change: "chg-1", after: 2 })).map((entry) => entry.payload)).toEqual(
      [
        { key: "two", n: 7n },
        { key: "three", n: 7n },
      ],
    );
    expect(await store.journal.verifyChain()).toEqual({ holds: true, entries: 4 });
    expect(await store.audit.verifyChain()).toEqual({ holds: true, entries: 1 });
    expect((await store.audit.read(everything))[0]).toMatchObject({
      decision: "deny",
      durationMs: 1,
      principal: operator,
    });
    await store.close();
  });

  test("events written at once stand in one chain", async () => {
    await using store = await (await bed.fresh()).open();
    await keep(store, changeOf("chg-1", base, []));
    const keys = Array.from({ length: 20 }, (_, index) => `k${index % 15}`);
    await Promise.allSettled(keys.map((key) => store.journal.append("chg-1", 5, { key, kind: "x", payload: {} })));
    const entries = await store.journal.read(everything);
    expect(new Set(entries.map((entry) => entry.key)).size).toBe(16);
    expect(entries).toHaveLength(16);
    expect((await store.journal.verifyChain()).holds).toBe(true);
  });

  test("rows of journal and audit can't be changed or deleted", async () => {
    const { store, tamper } = await filled();
    await store.close();
    for (const table of ["journal", "audit"]) {
      await expect(tamper(`update ${table} set at = 9`)).rejects.toThrow("append-only");
      await expect(tamper(`delete from ${table}`)).rejects.toThrow("append-only");
    }
  });

  test("who tampers around the triggers is found out by the chain", async () => {
    const changed = await filled();
    await changed.store.close();
    await changed.tamper(`insert into journal select seq + 1, 'forged', change_id, tenant, at, kind, payload, prev_hash, hash
      from journal where seq = 4`);
    await using store = await changed.open();
    expect(await store.journal.verifyChain()).toMatchObject({ holds: false, seq: 5 });
  });
}

function scopeLaws(bed: StoreBed): void {
  test("a tenant sees its own rows and no other's, whatever was written", async () => {
    await using store = await (await bed.fresh()).open();
    const owners: (string | undefined)[] = [];
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(anyTenantName, { nil: undefined }), { maxLength: 4 }),
        anyTenantName,
        async (added, reader) => {
          round += 1;
          for (const [index, owner] of added.entries()) {
            await keep(store, changeOf(`c${round}-${index}`, base, []), owner === undefined ? {} : { tenant: owner });
            const principal = owner === undefined ? operator : ({ kind: "tenant", name: "t", tenant: owner } as const);
            await store.audit.append({
              at: 1,
              principal,
              operation: "x",
              inputDigest: "",
              decision: "allow",
              rule: "",
              outcome: "ok",
              durationMs: 0,
            });
            owners.push(owner);
          }
          await store.world.write(worldOf({}, { tenants: ["acme", "globex", "initech"].map(tenant) }), round);
          const scope: Scope = scopeOf({ kind: "agent", name: "bot", tenant: reader });
          const mine = owners.filter((owner) => owner === reader).length;
          const changes = await store.changes.list(scope);
          const entries = await store.journal.read(scope);
          const audit = await store.audit.read(scope);
          expect([changes.length, entries.length, audit.length]).toEqual([mine, mine, mine]);
          expect([...changes, ...entries].every((row) => row.tenant === reader)).toBe(true);
          expect((await store.world.tenants(scope)).map((one) => one.name)).toEqual([reader]);
          for (const record of await store.changes.list(everything)) {
            if (record.tenant === reader) continue;
            await expect(store.changes.get(scope, record.change.id)).rejects.toEqual(failure("not_found"));
            await expect(store.changes.approvals(scope, record.change.id)).rejects.toEqual(failure("not_found"));
            break;
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  test("a tenant principal without a tenant sees nothing at all", () => {
    expect(() => scopeOf({ kind: "tenant", name: "nobody" })).toThrow(Failure);
    expect(scopeOf(operator)).toEqual(everything);
  });
}
