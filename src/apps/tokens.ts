import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
    this.#rows = existsSync(this.#path) ? (JSON.parse(readFileSync(this.#path, "utf8")) as Row[]) : []; // our own file
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

const digestOf = (token: string): string => createHash("sha256").update(token).digest("hex");
