import { Hono, type Context as HttpContext } from "hono";
import { bodyLimit } from "hono/body-limit";
import { streamSSE } from "hono/streaming";
import type { Principal } from "#model/change.ts";
import { Failure, failureKinds } from "#model/failure.ts";
import type { Context } from "./context.ts";
import { asFailure, failureBody, invoke } from "./invoke.ts";
import { metricsText } from "./metrics.ts";
import { methodOf, openApiDocument, pathOf } from "./openapi.ts";
import type { AnyOperation } from "./operation.ts";
import { asAgent } from "./policy.ts";
import type { Registry } from "./registry.ts";
import { coerceField, inputSchemaOf } from "./schema.ts";

export interface RestPorts {
  /** Who is asking; undefined when the request names nobody. */
  authenticate(request: Request): Principal | undefined;
  readonly contextFor: (principal: Principal) => Context;
  /** Progress and state changes as they happen, until the signal aborts. */
  events(principal: Principal, signal: AbortSignal): AsyncIterable<{ readonly kind: string; readonly data: unknown }>;
  log(line: string): void;
  readonly version: string;
}

/** Sent by what carries an agent's calls, so that it has an agent's rights: it can only take rights away. */
export const agentHeader = "heddle-agent";

const maxBodyBytes = 8 * 1024 * 1024;
/** Deeper values overflow the stack of whoever walks them. */
const maxDepth = 64;

/** The REST surface: one route an operation, an event stream, and the OpenAPI document that describes them. */
export function restApp(registry: Registry, ports: RestPorts): Hono {
  const app = new Hono();
  app.use("/api/*", limitBody);
  app.onError((error) => {
    const failure = asFailure(error);
    if (failure.kind === "internal") ports.log(String((failure.cause as Error | undefined)?.stack ?? failure.stack));
    return reply(failure);
  });
  app.get("/api/v1/openapi.json", (http) => http.json(openApiDocument(registry, ports.version)));
  app.get("/api/v1/events", (http) => streamEvents(http, ports));
  for (const operation of registry.remote) {
    const handle = async (http: HttpContext): Promise<Response> => {
      const holder = requirePrincipal(http.req.raw, ports);
      const principal = http.req.header(agentHeader) === undefined ? holder : asAgent(holder);
      const raw = methodOf(operation) === "get" ? fromQuery(operation, http) : await fromBody(http);
      return http.json(await invoke(operation, raw, ports.contextFor(principal)));
    };
    if (methodOf(operation) === "get") app.get(pathOf(operation), handle);
    else app.post(pathOf(operation), handle);
  }
  app.get("/metrics", async (http) => {
    const text = await metricsText(ports.contextFor(requirePrincipal(http.req.raw, ports)));
    return http.body(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  app.all("/api/*", (http) =>
    reply(
      new Failure(
        "not_found",
        `There is nothing at ${http.req.method} ${http.req.path}. GET /api/v1/openapi.json lists what there is.`,
      ),
    ),
  );
  return app;
}

/** Refuses bodies that no operation takes before they are read. */
export const limitBody = bodyLimit({ maxSize: maxBodyBytes, onError: () => reply(tooLarge()) });

/** @throws {Failure} forbidden */
export function requirePrincipal(request: Request, ports: Pick<RestPorts, "authenticate">): Principal {
  const principal = ports.authenticate(request);
  if (principal === undefined)
    throw new Failure(
      "forbidden",
      "Who is asking? Send `Authorization: Bearer <token>`, or open the page by the address that `heddle` printed.",
    );
  return principal;
}

const reply = (failure: Failure): Response =>
  Response.json(failureBody(failure), { status: failureKinds[failure.kind].http });

const tooLarge = () =>
  new Failure(
    "invalid_input",
    `The body is larger than ${maxBodyBytes / 1024 / 1024} MB. Split it, or use the command line for files.`,
  );

function fromQuery(operation: AnyOperation, http: HttpContext): Record<string, unknown> {
  const schema = inputSchemaOf(operation);
  return Object.fromEntries(
    Object.entries(http.req.queries()).map(([name, values]) => [name, coerceField(schema.properties?.[name], values)]),
  );
}

/** Brackets inside quotes don't count. */
function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 92 && quoted) index++;
    else if (code === 34) quoted = !quoted;
    else if (quoted) continue;
    else if (code === 91 || code === 123) depth++;
    else if (code === 93 || code === 125) depth--;
    if (depth > limit) return true;
  }
  return false;
}

async function fromBody(http: HttpContext): Promise<unknown> {
  const text = await http.req.text();
  if (text === "") return {};
  if (deeperThan(text, maxDepth))
    throw new Failure("invalid_input", `The body is nested deeper than ${maxDepth} levels. No operation takes that.`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure("invalid_input", `The body is no JSON: ${(cause as Error).message}`, { cause });
  }
}

function streamEvents(http: HttpContext, ports: RestPorts): Response {
  const principal = requirePrincipal(http.req.raw, ports);
  return streamSSE(http, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    for await (const event of ports.events(principal, gone.signal)) {
      await stream.writeSSE({ event: event.kind, data: JSON.stringify(event.data) });
    }
  });
}
