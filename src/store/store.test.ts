import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { storeConformance } from "./conformance.ts";
import { openStore } from "./store.ts";

const newFolder = () => mkdtempSync(join(tmpdir(), "heddle-store-"));

storeConformance("SQLite", {
  async fresh() {
    const path = join(newFolder(), "heddle.db");
    return {
      open: () => openStore({ path }),
      async tamper(sql) {
        const database = new SqliteDatabase(path);
        try {
          database.exec(sql);
        } finally {
          database.close();
        }
      },
    };
  },
});

const postgres = process.env["HEDDLE_TEST_POSTGRES"];
describe.skipIf(postgres === undefined)("with HEDDLE_TEST_POSTGRES, a server's connection string", () => {
  let count = 0;
  const run = async (url: string, sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  storeConformance("PostgreSQL", {
    async fresh() {
      const name = `heddle_test_${process.pid}_${++count}`;
      const url = new URL(postgres ?? "");
      await run(url.href, `create database ${name}`);
      url.pathname = `/${name}`;
      return { open: () => openStore({ postgres: url.href }), tamper: (sql) => run(url.href, sql) };
    },
  });
  test("a server that does not answer is said to be unreachable", async () => {
    await expect(openStore({ postgres: "postgres://127.0.0.1:1/none" })).rejects.toMatchObject({ kind: "unreachable" });
  });
});

describe("the embedded database", () => {
  test("another process is refused while we hold the data, and gets it when we are killed", async () => {
    const path = join(newFolder(), "heddle.db");
    const program = `import { openStore } from ${JSON.stringify(new URL("store.ts", import.meta.url).href)};
      await openStore({ path: ${JSON.stringify(path)} }); console.log("open"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await expect(openStore({ path })).rejects.toThrow(`process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    await using store = await openStore({ path });
    expect(await store.world.read()).toBeUndefined();
  });

  test("a file that is no database is refused and left alone", async () => {
    const path = join(newFolder(), "heddle.db");
    writeFileSync(path, "hostname leaf-1\n".repeat(100));
    await expect(openStore({ path })).rejects.toMatchObject({ kind: "invalid_input" });
  });

  test("data of a newer Heddle is refused", async () => {
    const path = join(newFolder(), "heddle.db");
    await (await openStore({ path })).close();
    const database = new SqliteDatabase(path);
    database.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')");
    database.close();
    await expect(openStore({ path })).rejects.toMatchObject({ kind: "conflict" });
  });
});
