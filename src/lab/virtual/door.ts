import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "#model/failure.ts";
import type { DeviceCertificate } from "./authority.ts";
import { Cut, type Faults } from "./faults.ts";

/** What speaks on a device's connections once TLS is to be done: an HTTPS server, or a gRPC one. */
export interface Speaker {
  accept(socket: Socket): void;
  close(): void;
}

/**
 * A listening TCP port on loopback that owns every connection of one device, so that faults can cut them. What speaks
 * on them is made at the first connection: a lab of a hundred devices starts without a hundred certificates.
 */
export class Door {
  readonly #makeSpeaker: () => Promise<Speaker>;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #speaker: Promise<Speaker> | undefined;

  constructor(makeSpeaker: () => Promise<Speaker>) {
    this.#makeSpeaker = makeSpeaker;
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy()); // a client that goes away mid-word is no event
      this.#speaker ??= this.#makeSpeaker();
      this.#speaker.then(
        (speaker) => speaker.accept(socket),
        () => socket.destroy(),
      );
    });
  }

  /** @throws {Failure} conflict when the port is taken. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) =>
        reject(new Failure("conflict", `Port ${port} on 127.0.0.1 is taken. Give another, or none.`, { cause })),
      );
      this.#server.listen(port, "127.0.0.1", () => resolve());
    });
    // A server on TCP has an address with a port.
    return (this.#server.address() as AddressInfo).port;
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Another certificate or none of the lab's: what speaks is made anew at the next connection. */
  async renew(): Promise<void> {
    this.cutAll();
    const speaker = await this.#speaker;
    this.#speaker = undefined;
    speaker?.close();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.renew();
    await closed;
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** Sent as it stands instead of JSON. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Above any configuration of a switch. */
const maxBodyBytes = 32 * 1024 * 1024;

/** An HTTPS server whose answers pass through the device's faults. */
export function httpsSpeaker(
  certificate: DeviceCertificate,
  faults: Faults,
  handle: (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>,
): Speaker {
  const server: HttpsServer = createHttpsServer({ ...certificate, keepAliveTimeout: 60_000 }, (request, response) => {
    void answer(request, response, faults, handle);
  });
  server.on("tlsClientError", (_cause, socket) => socket.destroy());
  return {
    accept: (socket) => void server.emit("connection", socket),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  faults: Faults,
  handle: (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>,
): Promise<void> {
  let reply: HttpAnswer;
  try {
    const body = await readBody(request);
    if (body === undefined) reply = { status: 413, text: "Request Entity Too Large" };
    else {
      const url = new URL(request.url ?? "/", "https://device");
      reply = await handle({
        method: request.method ?? "GET",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body,
      });
    }
  } catch (error) {
    if (error instanceof Cut) {
      request.socket.destroy();
      return;
    }
    reply = {
      status: error instanceof URIError || error instanceof TypeError ? 400 : 500,
      text: "The virtual device could not answer",
    };
  }
  if (faults.delayMs > 0) await sleep(faults.delayMs);
  const text = reply.text ?? (reply.body === undefined ? "" : JSON.stringify(reply.body));
  const bytes = Buffer.from(text);
  response.writeHead(reply.status, {
    "content-type": reply.text === undefined ? "application/json" : "text/plain",
    ...(reply.status === 204 ? {} : { "content-length": bytes.length }),
    ...reply.headers,
  });
  if (faults.takeHalfAnswer()) {
    response.write(bytes.subarray(0, bytes.length >> 1), () => request.socket.destroy());
    if (bytes.length < 2) request.socket.destroy();
    return;
  }
  response.end(reply.status === 204 ? undefined : bytes);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer; // no encoding was set, so chunks are buffers
    size += bytes.length;
    if (size <= maxBodyBytes) chunks.push(bytes);
  }
  return size > maxBodyBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}

/** Whether an `authorization` header is this user's, in time that does not tell how nearly. */
export function basicAuthorized(
  header: string | undefined,
  credentials: { readonly username: string; readonly password: string },
): boolean {
  if (header === undefined || !/^basic /i.test(header)) return false;
  const given = Buffer.from(header.slice(6).trim(), "base64");
  const wanted = Buffer.from(`${credentials.username}:${credentials.password}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
