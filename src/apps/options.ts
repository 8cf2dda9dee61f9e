import { parseArgs } from "node:util";
import { Failure } from "#model/failure.ts";

export interface ServerOptions {
  /** What to run on: `fabric.yaml`, DSX Air JSON, containerlab, or a folder of configurations. */
  readonly fabric?: string;
  readonly host: string;
  readonly port: number;
  readonly stateDir?: string;
  /** PostgreSQL instead of the embedded database. */
  readonly database?: string;
  readonly priceBook?: string;
  /** Forget what is remembered and begin with `fabric` anew. */
  readonly fresh: boolean;
  readonly help: boolean;
}

export const usage = `npm start -- [options]

  --fabric PATH     a fabric.yaml, a DSX Air topology (JSON), a containerlab topology with its configs,
                    or a folder of device configurations (default: the example AI factory, 128 GPUs)
  --port N          port of the page and the API (default 4460; 0 takes any that is free)
  --listen ADDRESS  address to listen on (default 127.0.0.1)
  --state FOLDER    where to remember (default .heddle, or HEDDLE_STATE)
  --database URL    PostgreSQL instead of the embedded database (or HEDDLE_DATABASE)
  --price-book FILE your prices (YAML; default: the shipped book)
  --fresh           forget what is remembered and begin anew
`;

/** @throws {Failure} invalid_input */
export function parseOptions(argv: readonly string[]): ServerOptions {
  const values = parse(argv);
  const port = Number(values.port ?? "4460");
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Failure("invalid_input", `--port ${values.port} is no port. Use 0 to 65535.`);
  const database = values.database ?? process.env["HEDDLE_DATABASE"];
  return {
    host: values.listen ?? "127.0.0.1",
    port,
    fresh: values.fresh === true,
    help: values.help === true,
    ...(values.fabric === undefined ? {} : { fabric: values.fabric }),
    ...(values.state === undefined ? {} : { stateDir: values.state }),
    ...(database === undefined ? {} : { database }),
    ...(values["price-book"] === undefined ? {} : { priceBook: values["price-book"] }),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        fabric: { type: "string" },
        port: { type: "string" },
        listen: { type: "string" },
        state: { type: "string" },
        database: { type: "string" },
        "price-book": { type: "string" },
        fresh: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (cause) {
    throw new Failure("invalid_input", `${(cause as Error).message}\n\n${usage}`, { cause });
  }
}
