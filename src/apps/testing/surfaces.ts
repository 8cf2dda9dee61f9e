import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { join } from "node:path";
import { addressOf } from "../client.ts";

/** One caller of a running server, by REST. */
export class Caller {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.url), {
      ...init,
      headers: { authorization: `Bearer ${this.token}`, ...(init.headers as Record<string, string>) }, // always given as a plain object here
    });
  }

  async get(path: string): Promise<Reply> {
    return replyOf(await this.fetch(`/api/v1/${path}`));
  }

  async post(path: string, body: unknown): Promise<Reply> {
    return replyOf(await this.fetch(`/api/v1/${path}`, { method: "POST", body: JSON.stringify(body) }));
  }
}

/** Tests look at bodies field by field; what is not there fails the comparison. */
export interface Reply {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a body of any operation, compared field by field
  readonly body: any;
  readonly text: string;
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), text };
}

/** Who the state folder's own command line is. */
export const operatorOf = (stateDir: string): Caller => {
  const { url, token } = addressOf(stateDir);
  return new Caller(url, token);
};

type Era = "auto" | "legacy";
const options = (mode: Era) => ({ versionNegotiation: { mode } });
const identity = { name: "heddle-test", version: "1.0.0" };

/** An MCP client over streamable HTTP. */
export async function mcpOverHttp({ url, token }: Caller, mode: Era = "auto"): Promise<Client> {
  const client = new Client(identity, options(mode));
  await client.connect(
    new StreamableHTTPClientTransport(new URL("/mcp", url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  return client;
}

/** An MCP client of `heddle mcp`. */
export async function mcpOverStdio(stateDir: string, mode: Era = "auto"): Promise<Client> {
  const client = new Client(identity, options(mode));
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(import.meta.dirname, "../../../tools/heddle.mjs"), "mcp"],
      env: { ...process.env, HEDDLE_STATE: stateDir },
    }),
  );
  return client;
}

/** Events of the stream until one satisfies, or none came in time. */
export async function eventsUntil(
  caller: Caller,
  enough: (events: readonly ServerEvent[]) => boolean,
  during: () => Promise<unknown>,
  timeoutMs = 30_000,
): Promise<ServerEvent[]> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const response = await caller.fetch("/api/v1/events", { signal: stop.signal });
  const work = during();
  const events: ServerEvent[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const kind = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (kind !== undefined && data !== undefined)
          events.push({ kind, data: JSON.parse(data) as ServerEvent["data"] });
      }
      if (enough(events)) break;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    stop.abort();
    await work;
  }
  return events;
}

export interface ServerEvent {
  readonly kind: string;
  readonly data: Readonly<Record<string, string | undefined>>;
}
