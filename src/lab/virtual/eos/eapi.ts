import { basicAuthorized, type HttpAnswer, type HttpCall } from "../door.ts";
import { CliSession, CommandFailed, type Command, type Format } from "./cli.ts";
import type { EosBox } from "./box.ts";

/**
 * JSON-RPC `runCmds` on `/command-api`.
 *
 * @source Arista Command API overview; error shapes and codes as pyeapi's eapilib and asynceapi read them
 */
export function answerEapi(device: EosBox, call: HttpCall): HttpAnswer {
  if (call.path !== "/command-api") return { status: 404, text: "404 Not Found" };
  if (!basicAuthorized(call.headers.authorization, device.world))
    return {
      status: 401,
      text: "Unable to authenticate user: Bad username/password combination",
      headers: { "www-authenticate": 'Basic realm="COMMAND_API_AUTH"' },
    };
  if (call.method !== "POST") return { status: 405, text: "Method Not Allowed" };
  let request: unknown;
  try {
    request = JSON.parse(call.body);
  } catch {
    return { status: 200, body: rpcError(null, -32700, "Unable to parse JSON") };
  }
  const rpc = readRequest(request);
  return { status: 200, body: "error" in rpc ? rpc.error : runCmds(device, rpc) };
}

interface RunCmds {
  readonly id: unknown;
  readonly format: Format;
  readonly cmds: readonly Command[];
}

const rpcError = (id: unknown, code: number, message: string, data?: unknown): Record<string, unknown> => ({
  jsonrpc: "2.0",
  id,
  error: { code, message, ...(data === undefined ? {} : { data }) },
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readRequest(request: unknown): RunCmds | { readonly error: Record<string, unknown> } {
  const id = isRecord(request) ? (request["id"] ?? null) : null;
  const refuse = (code: number, message: string): { error: Record<string, unknown> } => ({
    error: rpcError(id, code, message),
  });
  if (!isRecord(request) || request["jsonrpc"] !== "2.0") return refuse(-32600, "Invalid Request");
  if (request["method"] !== "runCmds") return refuse(-32601, `Method not found: ${String(request["method"])}`);
  const params = request["params"];
  // Positional parameters are allowed as well: [version, cmds, format].
  const named = Array.isArray(params) ? { version: params[0], cmds: params[1], format: params[2] } : params;
  if (!isRecord(named) || !Array.isArray(named["cmds"])) return refuse(-32602, "Invalid params: cmds must be a list");
  const { version, format = "json" } = named;
  if (version !== 1 && version !== "latest")
    return refuse(-32602, `Invalid params: unsupported version ${String(version)}`);
  if (format !== "json" && format !== "text")
    return refuse(-32602, `Invalid params: unsupported format ${String(format)}`);
  const cmds: Command[] = [];
  for (const each of named["cmds"] as unknown[]) {
    if (typeof each === "string") cmds.push({ cmd: each, input: "" });
    else if (isRecord(each) && typeof each["cmd"] === "string")
      cmds.push({ cmd: each["cmd"], input: typeof each["input"] === "string" ? each["input"] : "" });
    else return refuse(-32602, "Invalid params: a command is a string or an object with cmd");
  }
  return { id, format, cmds };
}

const failures = {
  invalid: { code: 1002, words: "invalid command" },
  failed: { code: 1000, words: "could not run command" },
  unconverted: { code: 1003, words: "unconverted command" },
} as const;

function runCmds(device: EosBox, { id, format, cmds }: RunCmds): Record<string, unknown> {
  const cli = new CliSession(device, format);
  const results: Record<string, unknown>[] = [];
  try {
    for (const [index, command] of cmds.entries()) results.push(cli.run(index, command));
    cli.close(cmds.length);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const { code, words } = failures[error.kind];
    const failed = cmds[error.command]?.cmd ?? "";
    // `data` has one element for each command that was executed, the failed one last.
    const data = [...results.slice(0, error.command), { errors: [error.message] }];
    const message = `CLI command ${error.command + 1} of ${cmds.length} '${failed}' failed: ${words}`;
    return rpcError(id, code, message, data);
  }
  return { jsonrpc: "2.0", id, result: results };
}
