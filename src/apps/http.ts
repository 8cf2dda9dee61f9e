import { readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { serve, type ServerType } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import type { Principal } from "#model/change.ts";
import { Failure, failureKinds } from "#model/failure.ts";
import { asFailure, failureBody, invoke } from "#operations/invoke.ts";
import { mcpServer } from "#operations/mcp.ts";
import { asAgent } from "#operations/policy.ts";
import type { Registry } from "#operations/registry.ts";
import { limitBody, requirePrincipal, restApp, type RestPorts } from "#operations/rest.ts";
import { runShell } from "./shell.ts";

export interface HttpOptions extends RestPorts {
  readonly registry: Registry;
  readonly host: string;
  readonly port: number;
  readonly webDir: string;
}

const cookieName = "heddle";

/** All that listens: REST, events, MCP and the page, on one port, to those who hold a token. */
export async function startHttp(options: HttpOptions): Promise<{ readonly server: ServerType; readonly url: string }> {
  const ports: RestPorts = { ...options, authenticate: (request) => options.authenticate(withCookieToken(request)) };
  const app = new Hono();
  app.onError((error) => {
    const failure = asFailure(error);
    if (failure.kind === "internal") options.log(String((failure.cause as Error | undefined)?.stack ?? failure.stack));
    return Response.json(failureBody(failure), { status: failureKinds[failure.kind].http });
  });
  app.use("*", async (http, next) => {
    const denied = refuseForeign(http.req.raw, options.host);
    if (denied !== undefined) return denied;
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) http.res.headers.set(name, value);
    return undefined;
  });
  for (const path of ["/mcp", "/shell"]) app.use(path, limitBody);
  app.get("/login", (http) => login(http.req.raw, ports));
  app.all("/mcp", (http) => serveMcp(http.req.raw, options, ports));
  app.post("/shell", (http) => serveShell(http.req.raw, options, ports));
  app.route("/", restApp(options.registry, ports));
  app.get("*", (http) => servePage(new URL(http.req.url).pathname, options.webDir));
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: options.host, port: options.port }, (info) =>
      resolve({
        server,
        url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${info.port}`,
      }),
    );
    server.on("error", reject);
  });
}

/** Nothing is loaded from another host, and no other page may frame or script this one. */
const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

/** DNS rebinding and cross-site requests: names other than the one we listen as, and other origins, get nothing. */
function refuseForeign(request: Request, host: string): Response | undefined {
  const { hostname, host: authority } = new URL(request.url);
  const own = new Set(["localhost", "127.0.0.1", "[::1]", host, `[${host}]`]);
  const listensWide = host === "0.0.0.0" || host === "::";
  if (!listensWide && !own.has(hostname))
    return new Response("This Heddle is not known by that name.\n", { status: 421 });
  const origin = request.headers.get("origin");
  // `null` stands for an origin that is kept secret: a sandboxed frame, a file.
  if (origin === null || (URL.canParse(origin) && new URL(origin).host === authority)) return undefined;
  return new Response("Requests from other origins are refused.\n", { status: 403 });
}

/** Undefined for what is no percent-encoding. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function withCookieToken(request: Request): Request {
  if (request.headers.has("authorization")) return request;
  const cookie = request.headers
    .get("cookie")
    ?.split(/;\s*/)
    .find((one) => one.startsWith(`${cookieName}=`));
  if (cookie === undefined) return request;
  const headers = new Headers(request.headers);
  const token = decoded(cookie.slice(cookieName.length + 1)) ?? "";
  // What no header may hold is no token of ours.
  if (/^[\w.-]+$/.test(token)) headers.set("authorization", `Bearer ${token}`);
  return new Request(request.url, { method: request.method, headers });
}

/** The address that is printed at the start carries a token once; from then on the browser's cookie does. */
function login(request: Request, ports: RestPorts): Response {
  const token = (new URL(request.url).searchParams.get("token") ?? "").replace(/[^\w.-]/g, "");
  const headers = new Headers({ authorization: `Bearer ${token}` });
  if (token === "" || ports.authenticate(new Request(request.url, { headers })) === undefined)
    return new Response("That address is no longer good. Use the one that Heddle printed when it started.\n", {
      status: 403,
    });
  return new Response(null, {
    status: 303,
    headers: {
      location: "/",
      "set-cookie": `${cookieName}=${encodeURIComponent(token)}; HttpOnly; SameSite=Strict; Path=/`,
    },
  });
}

const Argv = z.strictObject({ argv: z.array(z.string().max(10_000)).max(10_000) });

/** A command line, parsed and printed here: what `heddle` sends when it needs nothing of its caller's machine. */
async function serveShell(request: Request, options: HttpOptions, ports: RestPorts): Promise<Response> {
  try {
    const principal = requirePrincipal(request, ports);
    const body = Argv.safeParse(await request.json().catch(() => undefined));
    if (!body.success) throw new Failure("invalid_input", "A command line is an array of words.");
    return Response.json(await runShell(options.registry, body.data.argv, options.contextFor(principal)));
  } catch (error) {
    const failure = asFailure(error);
    return Response.json(failureBody(failure), { status: failureKinds[failure.kind].http });
  }
}

/** Whoever comes by MCP is an agent of the token's holder: it reads and plans, and never acts. */
async function serveMcp(request: Request, options: HttpOptions, ports: RestPorts): Promise<Response> {
  let principal: Principal;
  try {
    principal = asAgent(requirePrincipal(request, ports));
  } catch (error) {
    return Response.json(
      { error: { message: (error as Error).message } },
      { status: 401, headers: { "www-authenticate": "Bearer" } },
    );
  }
  const context = options.contextFor(principal);
  const handler = createMcpHandler(() =>
    mcpServer(options.registry, (operation, input) => invoke(operation, input, context), options.version),
  );
  return handler.fetch(request);
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".json": "application/json",
};

function servePage(pathname: string, webDir: string): Response {
  const path = decoded(pathname);
  if (path === undefined || path.includes("\0") || path.length > 1024)
    return new Response("That is no address.\n", { status: 400 });
  const wanted = normalize(path).replace(/^([/\\.])+/, "");
  const asset = wanted !== "" && extname(wanted) !== "";
  const file = join(webDir, asset ? wanted : "index.html");
  if (!file.startsWith(webDir) || statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    return asset
      ? new Response("Not found.\n", { status: 404 })
      : new Response("The page is not built yet: run `npm run build:web`.\n", { status: 503 });
  }
  return new Response(new Uint8Array(readFileSync(file)), {
    headers: {
      "content-type": types[extname(file)] ?? "application/octet-stream",
      "cache-control": asset && wanted.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    },
  });
}
