import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { SeenNeighbor } from "#decide/cabling.ts";
import { defaultPriceBook, parsePriceBook, type PriceBook } from "#economics/price-book.ts";
import { driverFor } from "#drivers/index.ts";
import type { DeviceSession } from "#drivers/driver.ts";
import { operationalStates } from "#lab/operational.ts";
import { startVirtualFabric, type VirtualFabric } from "#lab/virtual-fabric.ts";
import type { Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import { formatFinding } from "#model/finding.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { Context } from "#operations/context.ts";
import { LiveFactory } from "#operations/live-factory.ts";
import { openFabricAt } from "#operations/open-fabric.ts";
import { ChangeEngine } from "#reconcile/engine.ts";
import type { ProgressEvent } from "#reconcile/ports.ts";
import { configReader, proveTransition, twinOf } from "#reconcile/prove.ts";
import { openStore, type Store } from "#store/store.ts";
import { StoredChanges } from "./changes.ts";
import { crashDrill } from "./crash-drill.ts";
import { EventHub } from "./events.ts";
import { readTree } from "./files.ts";
import type { ServerOptions } from "./options.ts";
import { SimulatedCounters } from "./simulated-counters.ts";
import { makeStateDir, stateDirOf } from "./state-dir.ts";
import { Telemetry } from "./telemetry.ts";
import { Tokens } from "./tokens.ts";

/** Of what reading a fabric found, this much is said at the start. */
const shownFindings = 10;

const exampleFabric = join(import.meta.dirname, "../../examples/ai-factory-128/fabric.yaml");

/** One running Heddle: its memory, its fabric, the sessions to its devices, and everything made from them. */
export interface Runtime extends AsyncDisposable {
  readonly factory: LiveFactory;
  readonly events: EventHub;
  readonly tokens: Tokens;
  readonly lab: VirtualFabric;
  readonly engine: ChangeEngine;
  readonly stateDir: string;
  readonly contextFor: (principal: Principal) => Context;
  /** Goes on with what a crash left unfinished; gives the ids of the changes that were. */
  resume(): Promise<readonly { readonly id: string; readonly state: string }[]>;
}

/**
 * Opens the memory (or makes it from a fabric), starts the virtual fabric as it was left, and joins them.
 *
 * @throws {Failure} invalid_input (the fabric), conflict (another Heddle holds the memory), unreachable (PostgreSQL)
 */
export async function startRuntime(options: ServerOptions, say: (line: string) => void): Promise<Runtime> {
  const stateDir = stateDirOf(options.stateDir);
  makeStateDir(stateDir);
  const store = await openStore(
    options.database === undefined ? { path: join(stateDir, "heddle.db") } : { postgres: options.database },
  );
  try {
    return await assemble(options, stateDir, store, say);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(
  options: ServerOptions,
  stateDir: string,
  store: Store,
  say: (line: string) => void,
): Promise<Runtime> {
  const book = readPriceBook(options.priceBook, say);
  const world = await worldOf(options, stateDir, store, say);
  const events = new EventHub();
  const tokens = new Tokens(stateDir, Date.now);
  const telemetry = new Telemetry();

  const factoryPorts = {
    book,
    rates: (device?: string) => telemetry.rates(device),
    drift: async () => (await engine.drift()).map((one) => one.finding),
    neighbors: () => readNeighbors(Object.keys(lab.targets), sessions),
  };
  const factory = new LiveFactory(world.snapshot, world.at, factoryPorts);
  const simulated = new SimulatedCounters();
  simulated.follow(factory, Date.now());
  const lab = await startLab(factory, simulated, stateDir, say);
  const sessions = async (device: string): Promise<DeviceSession> => {
    const target = lab.targets[device];
    const source = factory.snapshot.devices[device];
    if (target === undefined || source === undefined) throw new Failure("not_found", `There is no device ${device}.`);
    return driverFor(source.nos).connect(target);
  };
  const readWorld = async (): Promise<Snapshot> => (await store.world.read())?.snapshot ?? world.snapshot;
  const follow = async (): Promise<void> => {
    const now = await store.world.read();
    if (now === undefined || now.digest === factory.digest) return;
    factory.follow(now.snapshot, now.at);
    simulated.follow(factory, Date.now());
    events.emit({ kind: "world", data: { snapshot: now.digest } });
  };
  const drill = crashDrill(process.env);
  const owners = new Map((await store.changes.heads({ kind: "all" })).map((one) => [one.id, one.tenant]));
  const engine = new ChangeEngine({
    store,
    sessions,
    clock: Date,
    newNonce: () => randomBytes(16).toString("hex"),
    readWorld,
    reader: configReader,
    prove: proveTransition,
    onProgress: (event) => {
      if (event.tenant !== undefined) owners.set(event.change, event.tenant);
      announce(events, event, owners.get(event.change));
      drill();
    },
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  const changes = new StoredChanges({ store, engine, book, moved: follow });
  for (const device of Object.keys(lab.targets)) telemetry.follow(device, () => sessions(device));

  return {
    factory,
    events,
    tokens,
    lab,
    engine,
    stateDir,
    contextFor: (principal) => ({
      principal,
      scope: principal.tenant === undefined ? { kind: "all" } : { kind: "tenant", tenant: principal.tenant },
      factory,
      changes,
      access: tokens,
      files: refuseFiles,
      now: Date.now,
      progress: (line) =>
        events.emit({
          kind: "progress",
          data: { line },
          ...(principal.tenant === undefined ? {} : { tenant: principal.tenant }),
        }),
      audit: (row) => store.audit.append({ ...row, at: Date.now(), principal }),
    }),
    async resume() {
      const ended = await engine.resume();
      await follow();
      return ended.map(({ change, state }) => ({ id: change.id, state }));
    },
    async [Symbol.asyncDispose]() {
      await telemetry[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
      await store.close();
    },
  };
}

async function worldOf(options: ServerOptions, stateDir: string, store: Store, say: (line: string) => void) {
  const known = await store.world.read();
  const path = options.fabric ?? exampleFabric;
  const remembered = rememberedPath(stateDir);
  if (known !== undefined && (options.fabric === undefined || resolve(options.fabric) === remembered)) {
    if (options.fabric !== undefined) say(`${path} was read before and is not read again; --fresh begins anew`);
    say(`remembering ${known.snapshot.fabric.name}: snapshot ${known.digest.slice(0, 12)}`);
    return known;
  }
  if (known !== undefined)
    throw new Failure(
      "conflict",
      `The state folder already remembers ${known.snapshot.fabric.name}. Add --fresh to forget it, or --state FOLDER to keep both.`,
    );
  say(`reading ${path}`);
  const { snapshot, kind, findings } = await openFabricAt(path, readTree);
  const { fabric, tenants } = snapshot;
  say(
    `built ${fabric.name} (${kind}): ${Object.keys(fabric.switches).length} switches, ${Object.keys(fabric.hosts).length} hosts, ${fabric.links.length} links, ${tenants.length} tenants, ${findings.length} findings`,
  );
  const telling = findings.filter((one) => one.severity !== "info");
  for (const one of telling.slice(0, shownFindings)) say(`  ${formatFinding(one)}`);
  if (telling.length > shownFindings) say(`  … ${telling.length - shownFindings} more of them`);
  rmSync(join(stateDir, "lab"), { recursive: true, force: true });
  await store.world.write(snapshot, Date.now());
  writeFileSync(join(stateDir, "fabric-path"), resolve(path), { mode: 0o600 });
  const written = await store.world.read();
  if (written === undefined) throw new Failure("internal", "The memory did not keep the fabric.");
  return written;
}

/** What the memory was made from: naming it again is no conflict. */
function rememberedPath(stateDir: string): string | undefined {
  const file = join(stateDir, "fabric-path");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** One virtual device for each switch, as it was left; counters follow from the jobs' load. */
async function startLab(
  factory: LiveFactory,
  simulated: SimulatedCounters,
  stateDir: string,
  say: (line: string) => void,
): Promise<VirtualFabric> {
  const lab = await startVirtualFabric({
    devices: factory.snapshot.devices,
    stateDir: join(stateDir, "lab"),
    computeState: (devices) => operationalStates(twinOf({ ...factory.snapshot, devices }, factory.twin)),
    counters: (device) => simulated.of(device, Date.now()),
  });
  say(`virtual fabric: ${Object.keys(lab.targets).length} devices answer on loopback`);
  return lab;
}

/** What every device sees at its ports, by its own discovery protocol. */
async function readNeighbors(
  devices: readonly string[],
  connect: (device: string) => Promise<DeviceSession>,
): ReturnType<LiveFactory["neighbors"]> {
  const unreachable: string[] = [];
  const read = async (device: string): Promise<SeenNeighbor[]> => {
    try {
      await using session = await connect(device);
      const { lldp } = await session.readState();
      return lldp.map((one) => ({
        device,
        port: one.interface,
        neighbor: one.neighbor,
        neighborPort: one.neighborPort,
      }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      unreachable.push(device);
      return [];
    }
  };
  const seen = (await Promise.all(devices.map(read))).flat();
  return { seen, unreachable: unreachable.sort() };
}

/** Tells the operator, and the tenant whose change it is. */
function announce(events: EventHub, event: ProgressEvent, tenant: string | undefined): void {
  const { change, kind, state, at, payload } = event;
  const owner = tenant === undefined ? {} : { tenant };
  events.emit({ kind: "change", data: { change, event: kind, state, at }, ...owner });
  events.emit({ kind: "progress", data: { line: `${change} ${kind} ${describe(payload)}`.trim() }, ...owner });
}

const describe = (payload: Readonly<Record<string, unknown>>): string =>
  Object.entries(payload)
    .filter(([, value]) => typeof value === "string" || typeof value === "number")
    .map(([key, value]) => `${key}=${String(value).slice(0, 40)}`)
    .join(" ");

/** @throws {Failure} invalid_input */
function readPriceBook(path: string | undefined, say: (line: string) => void): PriceBook {
  if (path === undefined) return defaultPriceBook;
  const [file] = readTree(path);
  const { book, findings } = file === undefined ? { book: undefined, findings: [] } : parsePriceBook(file);
  if (book === undefined) throw new Failure("invalid_input", `The price book ${path} can't be used.`, { findings });
  for (const finding of findings.slice(0, 20)) say(formatFinding(finding));
  if (findings.length > 20) say(`… ${findings.length - 20} more findings in ${path}`);
  return book;
}

/** Whoever calls over the network has no business with the server's disk. */
const refuseFiles: Context["files"] = {
  read: async () => {
    throw new Failure("unsupported", "Files are read by the command line, on your own machine.");
  },
  write: async () => {
    throw new Failure("unsupported", "Files are written by the command line, on your own machine.");
  },
};

export const webDir = join(dirname(dirname(import.meta.dirname)), "web/dist");
