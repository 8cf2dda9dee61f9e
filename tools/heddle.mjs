#!/usr/bin/env node
// The command line. When a server runs here, the words are sent to it and its answer is printed: nothing is loaded, so
// it takes as long as Node.js takes to start. What needs files or a person's yes runs in full, on the locked Node.js.
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const argv = process.argv.slice(2);

const answer = await askServer();
if (answer === undefined) await runInFull();
else {
  process.stdout.write(answer.out);
  process.stderr.write(answer.err);
  process.exitCode = answer.exit;
}

/** The server's answer; undefined when there is none here, or when it wants the full client. */
async function askServer() {
  const server = addressOf();
  if (server === undefined || argv.length === 0 || argv[0] === "mcp" || argv.some((word) => word.startsWith("@")))
    return undefined;
  const body = JSON.stringify({ argv });
  return new Promise((done) => {
    const headers = {
      authorization: `Bearer ${server.token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    const outgoing = request(new URL("/shell", server.url), { method: "POST", headers }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk) => (text += chunk));
      incoming.on("end", () => {
        if (incoming.statusCode !== 200) return done(undefined);
        const parsed = parsedOrNothing(text);
        done(typeof parsed?.out === "string" ? parsed : undefined);
      });
      incoming.on("error", () => done(undefined));
    });
    outgoing.on("error", () => done(undefined));
    outgoing.end(body);
  });
}

function addressOf() {
  const { HEDDLE_URL: url, HEDDLE_TOKEN: token, HEDDLE_STATE: state } = process.env;
  if (url !== undefined && token !== undefined) return usable({ url, token });
  const file = join(state ?? join(root, ".heddle"), "address.json");
  if (!existsSync(file)) return undefined;
  const own = parsedOrNothing(readFileSync(file, "utf8"));
  // Who names a token, or an address, means it: the rights are that token's and no wider.
  return usable(own && { url: url ?? own.url, token: token ?? own.token });
}

/** What somebody else wrote, or what tore, is no address: the full client says so. */
function usable(address) {
  const { url, token } = address ?? {};
  const good = URL.canParse(url) && new URL(url).protocol === "http:" && /^[\w.-]+$/.test(token);
  return good ? address : undefined;
}

function parsedOrNothing(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function runInFull() {
  const entry = join(root, "src/apps/cli.ts");
  const locked = join(root, "node_modules/.bin", process.platform === "win32" ? "node.cmd" : "node");
  if (Number(process.versions.node.split(".")[0]) >= 24) {
    await import(entry);
  } else if (existsSync(locked)) {
    const { spawnSync } = await import("node:child_process");
    const { status, signal } = spawnSync(locked, [entry, ...argv], { stdio: "inherit" });
    process.exitCode = signal ? 1 : (status ?? 1);
  } else {
    console.error("Heddle is not installed yet. Run `npm start` once (or `npm ci`).");
    process.exitCode = 1;
  }
}
