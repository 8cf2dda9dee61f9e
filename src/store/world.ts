import type { Kysely } from "kysely";
import type { Snapshot } from "#model/snapshot.ts";
import type { Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import { decode, encode } from "./codec.ts";
import type { Database } from "./schema.ts";
import { within, type Scope } from "./scope.ts";
import { chunks, deviceDigests, getSnapshot, putSnapshot } from "./snapshots.ts";

/** What is true now, as far as Heddle made or adopted it: the base of the next plan, and what drift is measured from. */
interface World {
  readonly snapshot: Snapshot;
  readonly digest: string;
  /** Counts up with every change that closed. */
  readonly revision: number;
  readonly at: number;
}

export interface WorldStore {
  /** All of it, for planning; undefined before the first `write`. Surfaces read by scope below. */
  read(): Promise<World | undefined>;
  /** Takes over a snapshot as it was found (first start, import, adopted drift). Changes write it as they close. */
  write(snapshot: Snapshot, at: number): Promise<void>;
  tenants(scope: Scope): Promise<Tenant[]>;
  workloads(scope: Scope): Promise<Workload[]>;
  /** Digest of the text expected on each device. */
  expected(): Promise<Readonly<Record<string, string>>>;
}

export function worldStore(db: Kysely<Database>): WorldStore {
  let last: World | undefined;
  return {
    async read() {
      const row = await db.selectFrom("world").selectAll().executeTakeFirst();
      if (row === undefined) return undefined;
      // The same object as long as nothing moved: planning remembers digests and parsed devices by it.
      const snapshot = last?.digest === row.snapshot ? last.snapshot : await getSnapshot(db, row.snapshot);
      last = { snapshot, digest: row.snapshot, revision: row.revision, at: row.at };
      return last;
    },
    write: (snapshot, at) => db.transaction().execute((trx) => writeWorld(trx, snapshot, at)),
    async tenants(scope) {
      const rows = await db.selectFrom("world_tenants").select("body").where(within(scope)).orderBy("tenant").execute();
      return rows.map((row) => decode<Tenant>(row.body));
    },
    async workloads(scope) {
      const rows = await db.selectFrom("world_workloads").select("body").where(within(scope)).orderBy("name").execute();
      return rows.map((row) => decode<Workload>(row.body));
    },
    async expected() {
      const rows = await db.selectFrom("world_devices").selectAll().execute();
      return Object.fromEntries(rows.map((row) => [row.device, row.digest]));
    },
  };
}

/** Replaces the world; part of the transaction that closes a change. */
export async function writeWorld(db: Kysely<Database>, snapshot: Snapshot, at: number): Promise<void> {
  const digest = await putSnapshot(db, snapshot, at);
  await db
    .insertInto("world")
    .values({ id: 1, snapshot: digest, revision: 1, at })
    .onConflict((on) =>
      on.column("id").doUpdateSet((eb) => ({ snapshot: digest, revision: eb("world.revision", "+", 1), at })),
    )
    .execute();
  await db.deleteFrom("world_tenants").execute();
  await db.deleteFrom("world_workloads").execute();
  await db.deleteFrom("world_devices").execute();
  for (const part of chunks(snapshot.tenants.map((one) => ({ tenant: one.name, body: encode(one) })))) {
    await db.insertInto("world_tenants").values(part).execute();
  }
  for (const part of chunks(
    snapshot.workloads.map((one) => ({ name: one.name, tenant: one.tenant, body: encode(one) })),
  )) {
    await db.insertInto("world_workloads").values(part).execute();
  }
  const devices = Object.entries(deviceDigests(snapshot)).map(([device, part]) => ({ device, digest: part }));
  for (const part of chunks(devices)) await db.insertInto("world_devices").values(part).execute();
}
