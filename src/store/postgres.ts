import pg from "pg";
import { PostgresDialect } from "kysely";
import { Failure } from "#model/failure.ts";

/** `int8` as a number: times and sequence numbers stay far below 2^53. */
const int8 = pg.types.builtins.INT8;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (oid === int8 && format !== "binary") return Number;
    return format === "binary" ? pg.types.getTypeParser(oid, "binary") : pg.types.getTypeParser(oid, "text");
  },
};

/** "HEDDLE" as a number: the advisory lock that one process holds for as long as its connection lives. */
const lockKey = 0x484544444c45;

/**
 * PostgreSQL 15 or newer by connection string. One connection holds an advisory lock, so that one process alone works
 * on a database; the server lets go of it when that process dies.
 *
 * @source https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
 */
export async function openPostgres(url: string) {
  const holder = await connect(url);
  try {
    await refuseOld(holder);
    await holdDatabase(holder);
  } catch (error) {
    await holder.end();
    throw error;
  }
  const pool = new pg.Pool({ connectionString: url, types, max: 8, application_name: applicationName });
  // Without a listener, an idle connection that breaks would end the process; the next query meets the error itself.
  holder.on("error", () => {});
  pool.on("error", () => {});
  return {
    kind: "postgres" as const,
    dialect: new PostgresDialect({ pool }),
    release: async () => {
      if (!pool.ended) await pool.end();
      await holder.end();
    },
  };
}

const applicationName = `heddle pid ${process.pid}`;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
  });
  try {
    await client.connect();
    return client;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "no answer";
    throw new Failure(
      "unreachable",
      `PostgreSQL can't be opened: ${reason}. Check the connection string and the server.`,
      {
        cause,
      },
    );
  }
}

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
  if (Number(rows[0]?.version ?? 0) < 150_000) {
    throw new Failure("unsupported", "Heddle needs PostgreSQL 15 or newer.");
  }
}

async function holdDatabase(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [lockKey]);
  if (rows[0]?.held === true) return;
  const holders = await client.query<{ name: string; address: string | null }>(
    `select a.application_name as name, host(a.client_addr) as address
       from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and a.datname = current_database()
        and (l.classid::bigint << 32 | l.objid::bigint) = $1`,
    [lockKey],
  );
  const holder = holders.rows[0];
  const who =
    holder === undefined ? "another process" : `${holder.name}${holder.address ? ` on ${holder.address}` : ""}`;
  throw new Failure("conflict", `This database is in use by ${who}. Stop it first, or use another database.`);
}
