import type { CounterSample } from "#model/counter-sample.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OperationalState } from "#drivers/driver.ts";
import { emptyDeviceConfig, type NosName } from "#model/device-config.ts";
import type { DeviceSource, ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import { Authority } from "./authority.ts";
import type { DeviceWorld, VirtualDevice } from "./device.ts";
import { Disk } from "./disk.ts";
import { Door } from "./door.ts";
import { Faults } from "./faults.ts";

/**
 * Stands in for a driver's parser where a test is about the protocol alone: every line that starts with `bogus` is
 * unknown, all else is understood to mean nothing. Tests with the drivers' own parsers are in `sessions.test.ts`.
 */
const standInParser =
  (nos: NosName) =>
  (files: readonly SourceFile[]): ParsedDevice => ({
    config: emptyDeviceConfig("device", nos),
    provenance: new Map(),
    findings: [],
    accounts: files.map(({ path, text }) => ({
      file: path,
      lines: text.split("\n").map((line, index) => ({
        line: index + 1,
        status: /^[\s"']*bogus/.test(line) ? ("unknown" as const) : ("used" as const),
        text: line,
      })),
    })),
  });

/** A clock that stands still until it is moved. */
export class HandClock {
  #now: number;
  constructor(now = Date.parse("2026-01-01T00:00:00Z")) {
    this.#now = now;
  }
  now(): number {
    return this.#now;
  }
  advance(ms: number): void {
    this.#now += ms;
  }
}

export interface Bench extends AsyncDisposable {
  readonly device: VirtualDevice;
  readonly port: number;
  readonly ca: string;
  readonly username: string;
  readonly password: string;
  readonly faults: Faults;
  readonly clock: HandClock;
  readonly folder: string;
  changes: number;
  readonly cutAll: () => void;
}

export interface BenchOptions {
  readonly folder?: string;
  readonly clock?: HandClock;
  readonly parse?: DeviceWorld["parse"];
  readonly state?: OperationalState;
  readonly counters?: readonly CounterSample[];
}

/** One device on a bench: its own port, a clock that tests move, a folder that outlives it when given. */
export async function startBench(
  make: (world: DeviceWorld) => VirtualDevice,
  seed: DeviceSource,
  options: BenchOptions = {},
): Promise<Bench> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "heddle-lab-"));
  const authority = await Authority.open(folder);
  const clock = options.clock ?? new HandClock();
  const faults = new Faults();
  const disk = new Disk<unknown>(join(folder, "devices"), "device");
  const bench = { changes: 0 };
  const device = make({
    name: "device",
    seed,
    faults,
    clock,
    ...authority.credentials,
    parse: options.parse ?? standInParser(seed.nos),
    state: () => options.state ?? { interfaces: {}, lldp: [], bgp: [] },
    counters: () => options.counters ?? [],
    runningChanged: () => bench.changes++,
    load: () => disk.load(),
    save: (value) => disk.save(value),
  });
  const door = new Door(async () => device.speak(await authority.issue("device")));
  const port = await door.listen(0);
  return Object.assign(bench, {
    device,
    port,
    ca: authority.ca,
    ...authority.credentials,
    faults,
    clock,
    folder,
    cutAll: () => door.cutAll(),
    async [Symbol.asyncDispose]() {
      device.stop();
      await door.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  });
}

export interface RawReply {
  readonly status: number;
  readonly text: string;
  // Tests look into answers by hand, field by field.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

/** A plain HTTPS request, with the lab's authority as the only trust. Rejects when the connection breaks. */
export function rawRequest(
  bench: Pick<Bench, "port" | "ca" | "username" | "password">,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawReply> {
  const { port, ca, username, password } = bench;
  const payload = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        ca,
        method,
        path,
        agent: false,
        headers: {
          authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
          ...(payload === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          let json: unknown;
          try {
            json = JSON.parse(text);
          } catch {
            json = undefined;
          }
          resolve({ status: incoming.statusCode ?? 0, text, json });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}
