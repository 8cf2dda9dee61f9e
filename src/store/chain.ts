import type { Kysely } from "kysely";
import { digestOf } from "#model/digest.ts";
import { assert } from "#model/failure.ts";
import type { Database } from "./schema.ts";

export type ChainName = "journal" | "audit";

/** What a chain's check found: whole, or the first link that does not fit. */
export type ChainVerdict =
  | { readonly holds: true; readonly entries: number }
  | { readonly holds: false; readonly entries: number; readonly seq: number; readonly reason: string };

export interface Link {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
}

/** Hash of one entry: over all that it says, its place, and the hash before it. */
const linkHash = (seq: number, prevHash: string, content: unknown): string => digestOf({ seq, prevHash, content });

/**
 * The next link of a chain. Must run inside a transaction: the update of the head holds off every other writer
 * until it ends, on both databases.
 */
export async function nextLink(db: Kysely<Database>, chain: ChainName, content: unknown): Promise<Link> {
  const head = await db
    .updateTable("chain_heads")
    .set((on) => ({ seq: on("seq", "+", 1) }))
    .where("chain", "=", chain)
    .returning(["seq", "hash"])
    .executeTakeFirst();
  assert(head !== undefined, `the chain ${chain} has a head`);
  const hash = linkHash(head.seq, head.hash, content);
  await db.updateTable("chain_heads").set({ hash }).where("chain", "=", chain).execute();
  return { seq: head.seq, prevHash: head.hash, hash };
}

/** Walks pages of a chain in order and says where it breaks; `readPage` gives entries after `seq`, empty at the end. */
export async function verifyLinks(
  head: { readonly seq: number; readonly hash: string },
  readPage: (afterSeq: number) => Promise<readonly { readonly link: Link; readonly content: unknown }[]>,
): Promise<ChainVerdict> {
  let seq = 0;
  let prevHash = "";
  for (;;) {
    const page = await readPage(seq);
    if (page.length === 0) break;
    for (const { link, content } of page) {
      const reason = brokenBecause(link, seq + 1, prevHash, content);
      if (reason !== undefined) return { holds: false, entries: seq, seq: seq + 1, reason };
      seq = link.seq;
      prevHash = link.hash;
    }
  }
  if (head.seq !== seq || head.hash !== prevHash) {
    return { holds: false, entries: seq, seq: seq + 1, reason: `the chain was cut: its head stands at ${head.seq}` };
  }
  return { holds: true, entries: seq };
}

function brokenBecause(link: Link, seq: number, prevHash: string, content: unknown): string | undefined {
  if (link.seq !== seq) return `entry ${seq} is missing`;
  if (link.prevHash !== prevHash) return `entry ${seq} does not hang on the one before it`;
  if (link.hash !== linkHash(seq, prevHash, content))
    return `entry ${seq} says something else than when it was written`;
  return undefined;
}
