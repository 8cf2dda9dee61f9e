import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** One command of a transcript and what it printed. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

/** Reads a transcript: lines that begin with `$ ` are commands, what follows is their output, `#` lines are prose. */
export function parseTranscript(text: string): { readonly prose: readonly string[]; readonly steps: readonly Step[] } {
  const steps: { command: string; output: string[] }[] = [];
  const prose: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: [] });
    else if (line.startsWith("# ")) prose.push(line);
    else steps.at(-1)?.output.push(line);
  }
  return { prose, steps: steps.map((step) => ({ command: step.command, output: step.output.join("\n").trim() })) };
}

/** What differs from run to run, by a name instead: times, durations, digests, ports. */
export const mask = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g, "<time>")
    .replaceAll(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b/g, "<digest>")
    .replaceAll(/\b(nonce|expiresAt|digest|base)=\S+/g, "$1=<masked>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replaceAll(/[ \t]+$/gm, "")
    .trim();

/** A Heddle of its own: a server process on a free port with a state folder that is thrown away. */
export class Session {
  readonly stateDir = mkdtempSync(join(tmpdir(), "heddle-replay-"));
  readonly #args: readonly string[];
  #server: ChildProcess | undefined;
  #log = "";

  constructor(args: readonly string[] = []) {
    this.#args = args;
  }

  get log(): string {
    return this.#log;
  }

  /** Resolves when the server says that it is up; rejects with its output when it ends before. */
  start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const server = spawn(process.execPath, [join(root, "src/apps/server.ts"), "--port", "0", ...this.#args], {
      cwd: root,
      env: { ...process.env, HEDDLE_STATE: this.stateDir, ...environment },
    });
    this.#server = server;
    this.#log = "";
    return new Promise((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.#log += chunk.toString("utf8");
        if (this.#log.includes("Heddle is up.")) resolve();
      };
      server.stdout.on("data", read);
      server.stderr.on("data", read);
      server.on("exit", (code, signal) =>
        reject(new Error(`the server ended (${code ?? signal}) before it was up:\n${this.#log}`)),
      );
    });
  }

  /** Runs `heddle …` as a shell would, and gives all that it printed with its exit code when that is not 0. */
  run(command: string): string {
    const { stdout, stderr, status } = spawnSync(
      "sh",
      ["-c", command.replaceAll(/\bheddle(?= )/g, `"${process.execPath}" "${join(root, "tools/heddle.mjs")}"`)],
      {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, HEDDLE_STATE: this.stateDir },
      },
    );
    return [stdout.trim(), stderr.trim(), ...(status === 0 ? [] : [`exit ${status}`])]
      .filter((part) => part !== "")
      .join("\n");
  }

  /** The answer of `heddle … --json`. @throws {Error} with what was printed, when it is none */
  json(command: string): unknown {
    const printed = this.run(`${command} --json`);
    try {
      return JSON.parse(printed);
    } catch {
      throw new Error(`$ ${command} --json\n${printed}\nserver:\n${this.#log}`);
    }
  }

  /** As a power cut would: no signal handler runs. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill(signal);
    await gone;
  }

  /** Resolves when the server has ended by itself. */
  async ended(): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    await new Promise((resolve) => server.once("exit", resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill("SIGTERM");
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}
