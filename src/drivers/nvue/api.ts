import { Failure } from "#model/failure.ts";
import type { Target } from "../driver.ts";
import { HttpsClient, type HttpReply } from "../transport/https.ts";
import { dig, textOf } from "./json.ts";

const base = "/nvue_v1";

/**
 * The NVUE API over HTTPS. A token spares the switch a password check on every call; it is renewed when it runs out.
 *
 * @source Cumulus Linux 5.15 NVUE-API "JWT-based Authentication": 60 minutes by default, lost when nvued restarts
 * @throws {Failure} unreachable, timeout, forbidden (401, 403), conflict (409), device_rejected (other refusals)
 */
export class NvueApi implements Disposable {
  readonly #target: Target;
  readonly #client: HttpsClient;
  #token: string | undefined;

  constructor(target: Target) {
    this.#target = target;
    this.#client = new HttpsClient(target);
  }

  /** Proves that we may talk, and takes a token where the release gives one. */
  async open(): Promise<void> {
    const reply = await this.#client.call("GET", `${base}/api-token`);
    if (reply.status === 404) return; // before 5.10 there are none: every call carries the password
    this.#judge(reply, "log in");
    this.#token = textOf(dig(parse(reply.body), "token"));
  }

  /** The reply's JSON; undefined when what was asked for is not there. */
  async get(path: string): Promise<unknown> {
    const reply = await this.#call("GET", path);
    if (reply.status === 404) return undefined;
    this.#judge(reply, `read ${path}`);
    return parse(reply.body);
  }

  /** Changes something. Before 5.10 the reply is the whole state, from then on the change or nothing. */
  async send(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<unknown> {
    const reply = await this.#call(method, path, body);
    this.#judge(reply, `${method} ${path}`);
    return reply.body === "" ? undefined : parse(reply.body);
  }

  async #call(method: string, path: string, body?: unknown): Promise<HttpReply> {
    const headers = (): Record<string, string> =>
      this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const reply = await this.#client.call(method, base + path, body, headers());
    if (reply.status !== 401 || this.#token === undefined) return reply;
    this.#token = undefined;
    await this.open();
    return this.#client.call(method, base + path, body, headers());
  }

  #judge(reply: HttpReply, what: string): void {
    if (reply.status >= 200 && reply.status < 300) return;
    const { device, username } = this.#target;
    const said = textOf(dig(parse(reply.body), "detail")) ?? reply.body.slice(0, 200);
    const detail = { status: reply.status, body: reply.body.slice(0, 2000), what };
    if (reply.status === 401)
      throw new Failure("forbidden", `${device} does not know ${username} or the password. Correct the target.`, {
        detail,
      });
    if (reply.status === 403)
      throw new Failure(
        "forbidden",
        `${device} refuses ${username}: ${said}. If it still has its factory password, log in once and change it.`,
        { detail },
      );
    if (reply.status === 409)
      throw new Failure("conflict", `${device} is busy with another change: ${said}. Try again when it is done.`, {
        detail,
      });
    if (reply.status >= 500)
      throw new Failure("unreachable", `${device} answers but can't serve (${reply.status}): ${said}.`, { detail });
    throw new Failure("device_rejected", `${device} refused to ${what}: ${said}`, { detail });
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown; // looked at with `dig` only
  } catch {
    return undefined;
  }
}
