import { Agent, request } from "node:https";
import { Failure } from "#model/failure.ts";
import type { Target } from "../driver.ts";

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** No reply of a switch is larger; a device gone wrong must not fill our memory. */
const maxReplyBytes = 64 * 1024 * 1024;

/**
 * One keep-alive HTTPS connection pool to a device, with its authority pinned and a time limit on every call.
 *
 * @throws {Failure} unreachable (with what the network said), timeout. HTTP statuses are the caller's business.
 */
export class HttpsClient implements Disposable {
  readonly #target: Target;
  readonly #agent: Agent;

  constructor(target: Target) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 4, ...(target.ca === undefined ? {} : { ca: target.ca }) });
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpReply> {
    const { device, host, port, username, password, timeoutMs } = this.#target;
    const payload =
      body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host,
          port,
          method,
          path,
          agent: this.#agent,
          timeout: timeoutMs,
          headers: {
            authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
            ...(payload === undefined ? {} : { "content-type": "application/json", "content-length": payload.length }),
            ...headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          let size = 0;
          incoming.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > maxReplyBytes) outgoing.destroy(new Error(`reply larger than ${maxReplyBytes} bytes`));
            else chunks.push(chunk);
          });
          incoming.on("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(chunks).toString("utf8"),
            }),
          );
          incoming.on("error", (cause) => reject(unreachable(device, cause)));
        },
      );
      outgoing.on("timeout", () => {
        outgoing.destroy();
        reject(
          new Failure(
            "timeout",
            `${device} did not answer within ${timeoutMs} ms. What it did meanwhile is unknown: read it again.`,
          ),
        );
      });
      outgoing.on("error", (cause) => reject(unreachable(device, cause)));
      outgoing.end(payload);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

const unreachable = (device: string, cause: Error): Failure =>
  new Failure(
    "unreachable",
    `${device} can't be reached: ${cause.message}. Check that it is up and its address is right.`,
    { cause },
  );
