import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const entry = (name: string): string => join(import.meta.dirname, "..", `${name}.ts`);

/** What a process left behind. */
export interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** `heddle …` as a process of its own, without a shell: arguments may hold anything. */
export function heddle(args: readonly string[], stateDir: string, timeoutMs = 60_000): Ended {
  return run([join(import.meta.dirname, "../../../tools/heddle.mjs"), ...args], stateDir, timeoutMs);
}

/** `npm start -- …` that is expected to end by itself. */
export function server(args: readonly string[], stateDir: string, timeoutMs = 60_000): Ended {
  return run([entry("server"), "--port", "0", ...args], stateDir, timeoutMs);
}

function run(args: readonly string[], stateDir: string, timeoutMs: number): Ended {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, HEDDLE_STATE: stateDir },
  });
  return { exit: status, stdout, stderr, ms: performance.now() - started };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server with a state folder of its own, both thrown away at the end. */
export class ServerProcess {
  readonly stateDir = mkdtempSync(join(tmpdir(), "heddle-doors-"));
  #process: ChildProcess | undefined;
  log = "";
  port = 0;
  token = "";

  get alive(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  start(args: readonly string[] = []): Promise<void> {
    const child = spawn(process.execPath, [entry("server"), "--port", "0", ...args], {
      env: { ...process.env, HEDDLE_STATE: this.stateDir },
    });
    this.#process = child;
    this.log = "";
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.log += chunk.toString("utf8");
        const [, port, token] = /127\.0\.0\.1:(\d+)\/login\?token=(\S+)/.exec(this.log) ?? [];
        if (port === undefined || token === undefined) return;
        this.port = Number(port);
        this.token = token;
        resolve();
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("exit", (code) => reject(new Error(`the server ended (${code}):\n${this.log}`)));
    });
  }

  /** One request on a connection of its own, its path and headers sent as they stand. */
  ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Buffer,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: this.port, method, path, headers, timeout: 30_000, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks).toString("utf8"),
            }),
          );
          response.on("error", reject);
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer to ${method} ${path.slice(0, 80)} within 30 s`)));
      // Who is told that a body is too large may find the door shut before all of it is through.
      const tooLarge = (body?.length ?? 0) > 8 * 2 ** 20;
      const hungUp = '{"error":{"kind":"invalid_input","message":"the connection was closed"}}';
      sent.on("error", (error) => (tooLarge ? resolve({ status: 400, headers: {}, body: hungUp }) : reject(error)));
      sent.end(body);
    });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined || !this.alive) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
