import type { Kysely } from "kysely";
import { Failure } from "#model/failure.ts";
import type { Fabric } from "#model/fabric.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import type { ReachabilityPolicy, Tenant } from "#model/tenant.ts";
import type { Workload } from "#model/workload.ts";
import { decode, encode } from "./codec.ts";
import type { Database } from "./schema.ts";

/** A snapshot with its big parts by digest: equal fabrics and equal device texts are kept once. */
interface StoredSnapshot {
  readonly fabric: string;
  readonly devices: Readonly<Record<string, string>>;
  readonly tenants: readonly Tenant[];
  readonly workloads: readonly Workload[];
  readonly policy: ReachabilityPolicy;
}

const inOneStatement = 500;

/** Stores a snapshot under its own digest and gives it back; what is stored already costs one look. */
export async function putSnapshot(db: Kysely<Database>, snapshot: Snapshot, at: number): Promise<string> {
  const digest = rememberedDigest(snapshot);
  const there = await db.selectFrom("snapshots").select("digest").where("digest", "=", digest).executeTakeFirst();
  if (there !== undefined) return digest;
  await putBlobs(db, [snapshot.fabric, ...Object.values(snapshot.devices)]);
  const stored: StoredSnapshot = {
    fabric: rememberedDigest(snapshot.fabric),
    devices: deviceDigests(snapshot),
    tenants: snapshot.tenants,
    workloads: snapshot.workloads,
    policy: snapshot.policy,
  };
  await db
    .insertInto("snapshots")
    .values({ digest, body: encode(stored), at })
    .onConflict((on) => on.doNothing())
    .execute();
  return digest;
}

export const deviceDigests = (snapshot: Snapshot): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(snapshot.devices).map(([device, source]) => [device, rememberedDigest(source)]));

async function putBlobs(db: Kysely<Database>, values: readonly object[]): Promise<void> {
  const wanted = new Map(values.map((value) => [rememberedDigest(value), value]));
  for (const chunk of chunks([...wanted.keys()])) {
    const there = await db.selectFrom("blobs").select("digest").where("digest", "in", chunk).execute();
    for (const { digest } of there) wanted.delete(digest);
  }
  for (const chunk of chunks([...wanted])) {
    const rows = chunk.map(([digest, value]) => ({ digest, body: encode(value) }));
    await db
      .insertInto("blobs")
      .values(rows)
      .onConflict((on) => on.doNothing())
      .execute();
  }
}

/** @throws {Failure} not_found, when no snapshot has this digest */
export async function getSnapshot(db: Kysely<Database>, digest: string): Promise<Snapshot> {
  const row = await db.selectFrom("snapshots").select("body").where("digest", "=", digest).executeTakeFirst();
  if (row === undefined) throw new Failure("not_found", `No snapshot ${digest.slice(0, 12)} is stored.`);
  const stored = decode<StoredSnapshot>(row.body);
  const blobs = await getBlobs(db, [stored.fabric, ...Object.values(stored.devices)]);
  const blob = (blobDigest: string): string => {
    const body = blobs.get(blobDigest);
    if (body === undefined) throw new Failure("internal", `The snapshot ${digest.slice(0, 12)} lacks a part.`);
    return body;
  };
  return {
    fabric: decode<Fabric>(blob(stored.fabric)),
    devices: Object.fromEntries(
      Object.entries(stored.devices).map(([device, part]) => [device, decode<DeviceSource>(blob(part))]),
    ),
    tenants: stored.tenants,
    workloads: stored.workloads,
    policy: stored.policy,
  };
}

async function getBlobs(db: Kysely<Database>, digests: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const chunk of chunks([...new Set(digests)])) {
    const rows = await db.selectFrom("blobs").selectAll().where("digest", "in", chunk).execute();
    for (const { digest, body } of rows) found.set(digest, body);
  }
  return found;
}

export function* chunks<T>(values: readonly T[]): Generator<T[]> {
  for (let at = 0; at < values.length; at += inOneStatement) yield values.slice(at, at + inOneStatement);
}
