import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { Access } from "#operations/context.ts";
import { writePrivate } from "./state-dir.ts";

interface Row {
  readonly id: string;
  readonly digest: string;
  readonly principal: Principal;
  readonly createdAt: number;
}

/** Callers by token. The file holds digests only; a token is seen once, when it is made. */
export class Tokens implements Access {
  readonly #path: string;
  readonly #now: () => number;
  #rows: readonly Row[];

  constructor(stateDir: string, now: () => number) {
    this.#path = join(stateDir, "tokens.json");
    this.#now = now;
    this.#rows = readRows(this.#path);
  }

  /** Who holds this token; undefined when nobody does. Takes the same time for every wrong one. */
  find(token: string): Principal | undefined {
    const digest = Buffer.from(digestOf(token), "hex");
    let found: Principal | undefined;
    for (const row of this.#rows) if (timingSafeEqual(Buffer.from(row.digest, "hex"), digest)) found = row.principal;
    return found;
  }

  async create(principal: Principal): Promise<{ id: string; token: string }> {
    const token = `hd_${randomBytes(24).toString("base64url")}`;
    const id = `${principal.kind}-${randomBytes(4).toString("hex")}`;
    this.#write([...this.#rows, { id, digest: digestOf(token), principal, createdAt: this.#now() }]);
    return { id, token };
  }

  async list(): Promise<readonly Row[]> {
    return this.#rows;
  }

  async revoke(id: string): Promise<void> {
    if (!this.#rows.some((one) => one.id === id)) throw new Failure("not_found", `There is no token ${id}.`);
    this.#write(this.#rows.filter((one) => one.id !== id));
  }

  /** One token of this name, made anew: the one of the machine's own operator changes at every start. */
  async renew(principal: Principal): Promise<string> {
    this.#rows = this.#rows.filter(
      (one) => one.principal.name !== principal.name || one.principal.kind !== principal.kind,
    );
    return (await this.create(principal)).token;
  }

  #write(rows: readonly Row[]): void {
    writePrivate(this.#path, JSON.stringify(rows));
    this.#rows = rows;
  }
}

const Rows = z.array(
  z.object({
    id: z.string(),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    principal: z.custom<Principal>((value) => typeof value === "object" && value !== null && "kind" in value),
    createdAt: z.number(),
  }),
);

/** @throws {Failure} invalid_input, when somebody else wrote the file */
function readRows(path: string): readonly Row[] {
  if (!existsSync(path)) return [];
  try {
    return Rows.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new Failure("invalid_input", `${path} is damaged. Remove it: tokens are then made anew.`, { cause });
  }
}

const digestOf = (token: string): string => createHash("sha256").update(token).digest("hex");
