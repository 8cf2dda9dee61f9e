import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Server,
  ServerCredentials,
  status,
  type Metadata,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import { gnmiService } from "#drivers/gnmi-service.ts";
import type { DeviceCertificate } from "../authority.ts";
import type { Speaker } from "../door.ts";
import { Cut } from "../faults.ts";
import type { SonicBox } from "./box.ts";
import { readDatabase, removeAt, valueAt, type Database } from "./config-db.ts";
import { lookUp } from "./databases.ts";
import { PathProblem, readPath, type SonicPath, type WirePath } from "./paths.ts";
import { subscribe } from "./subscribe.ts";
import { PatchRefused, type PatchStep } from "./updater.ts";

/** Messages as the service definition makes them: names as in the protocol, enums as words, longs as text. */
type Message = Readonly<Record<string, unknown>>;
interface WireUpdate {
  readonly path?: WirePath | null;
  readonly val?: { readonly json_ietf_val?: Uint8Array; readonly value?: string } | null;
}

/** An error that leaves as a gRPC status. */
class GnmiError extends Error {
  readonly code: status;
  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

/** A gRPC server that speaks gNMI for one device, on connections that are handed to it. */
export function gnmiSpeaker(box: SonicBox, certificate: DeviceCertificate): Speaker {
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = new Server({
    "grpc.max_receive_message_length": 64 * 1024 * 1024,
    "grpc.max_send_message_length": 64 * 1024 * 1024,
  });
  const unary =
    (answer: (request: Message) => Message | Promise<Message>) =>
    (call: ServerUnaryCall<Message, Message>, done: sendUnaryData<Message>): void => {
      void guarded(box, call.metadata, cut, done, () => answer(call.request));
    };
  server.addService(gnmiService(), {
    Capabilities: unary(() => capabilities),
    Get: unary((request) => get(box, request)),
    Set: unary((request) => set(box, request)),
    Subscribe: (call: ServerDuplexStream<Message, Message>) => {
      if (authorized(box, call.metadata)) subscribe(box, call);
      else call.emit("error", { code: status.UNAUTHENTICATED, details: unauthenticated });
    },
  });
  const credentials = ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(certificate.key), cert_chain: Buffer.from(certificate.cert) },
  ]);
  const injector = server.createConnectionInjector(credentials);
  return {
    accept(socket) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      injector.injectConnection(socket);
    },
    close() {
      cut();
      injector.destroy();
      server.forceShutdown();
    },
  };
}

const unauthenticated = "Invalid username or password";

/** @source sonic-gnmi gnmi_server/clientCapabilities */
const capabilities: Message = {
  supported_models: [{ name: "sonic-db", organization: "SONiC", version: "0.1.0" }],
  supported_encodings: ["JSON", "JSON_IETF", "PROTO"],
  gNMI_version: "0.7.0",
};

/** User and password come as metadata. @source sonic-gnmi gnmi_server/basicAuth.go */
function authorized({ world }: SonicBox, metadata: Metadata): boolean {
  const given = ["username", "password"].map((name) => String(metadata.get(name)[0] ?? ""));
  const wanted = Buffer.from(`${world.username}\n${world.password}`);
  const offered = Buffer.from(given.join("\n"));
  return offered.length === wanted.length && timingSafeEqual(offered, wanted);
}

async function guarded(
  box: SonicBox,
  metadata: Metadata,
  cut: () => void,
  done: sendUnaryData<Message>,
  answer: () => Message | Promise<Message>,
): Promise<void> {
  try {
    if (!authorized(box, metadata)) throw new GnmiError(status.UNAUTHENTICATED, unauthenticated);
    const reply = await answer();
    const { faults } = box.world;
    if (faults.delayMs > 0) await sleep(faults.delayMs);
    if (faults.takeHalfAnswer()) cut();
    else done(null, reply);
  } catch (error) {
    if (error instanceof Cut) cut();
    else if (error instanceof GnmiError) done({ code: error.code, details: error.message });
    else if (error instanceof PathProblem) done({ code: status.INVALID_ARGUMENT, details: error.message });
    else if (error instanceof PatchRefused) done({ code: status.UNKNOWN, details: error.message });
    else done({ code: status.INTERNAL, details: "internal error of the virtual device" });
  }
}

const nanoseconds = (box: SonicBox): string => String(BigInt(box.world.clock.now() + box.state.jumpMs) * 1_000_000n);

const jsonValue = (value: unknown): Message => ({ json_ietf_val: Buffer.from(JSON.stringify(value)) });

// The casts below follow gnmi.proto, which the definition was made from.
function get(box: SonicBox, request: Message): Message {
  const encoding = request["encoding"] as string;
  if (encoding !== "JSON_IETF") throw new GnmiError(status.UNIMPLEMENTED, `unsupported encoding: ${encoding}`);
  const prefix = request["prefix"] as WirePath | null;
  const notification = (request["path"] as readonly WirePath[]).map((path) => {
    const place = readPath(prefix, path);
    const found = lookUp(box, place.database, place.path);
    if ("missing" in found) throw new GnmiError(status.NOT_FOUND, found.missing);
    return { timestamp: nanoseconds(box), prefix, update: [{ path, val: jsonValue(found.value) }] };
  });
  return { notification };
}

/**
 * Deletes become `remove` (absent ones are left out), replaces and updates `add`, in this order; a replace of the root
 * is a replacement of everything, and a delete with an update of the root a configuration for the next reload.
 *
 * @source sonic-gnmi mixed_db_client.go (SetConfigDB, SetIncrementalConfig, ReplaceFullConfig, SetFullConfig)
 */
async function set(box: SonicBox, request: Message): Promise<Message> {
  const prefix = request["prefix"] as WirePath | null;
  const deletes = (request["delete"] as readonly WirePath[]).map((path) => configPath(prefix, path));
  const replaces = request["replace"] as readonly WireUpdate[];
  const updates = request["update"] as readonly WireUpdate[];
  const rooted = (update: WireUpdate | undefined): boolean =>
    update !== undefined && configPath(prefix, update.path).path.length === 0;
  if (deletes.length === 0 && updates.length === 0 && replaces.length === 1 && rooted(replaces[0]))
    await box.set({ whole: wholeOf(replaces[0]) });
  else if (
    deletes.length === 1 &&
    deletes[0]?.path.length === 0 &&
    updates.length === 1 &&
    replaces.length === 0 &&
    rooted(updates[0])
  )
    await box.set({ handOver: wholeOf(updates[0]) });
  else {
    const steps = stepsOf(
      box,
      deletes,
      [...replaces, ...updates].map((update) => ({ ...configPath(prefix, update.path), value: valueOf(update) })),
    );
    if (steps.length > 0) await box.set({ steps });
  }
  const results = (op: string, paths: readonly (WirePath | null | undefined)[]): Message[] =>
    paths.map((path) => ({ path: path ?? null, op }));
  return {
    prefix,
    timestamp: nanoseconds(box),
    response: [
      ...results("DELETE", request["delete"] as readonly WirePath[]),
      ...results(
        "REPLACE",
        replaces.map(({ path }) => path),
      ),
      ...results(
        "UPDATE",
        updates.map(({ path }) => path),
      ),
    ],
  };
}

function configPath(prefix: WirePath | null, path: WirePath | null | undefined): SonicPath {
  const place = readPath(prefix, path);
  if (place.database !== "CONFIG_DB") throw new GnmiError(status.UNKNOWN, `Set RPC does not support ${place.database}`);
  return place;
}

function valueOf({ val }: WireUpdate): unknown {
  if (val?.value !== "json_ietf_val" || val.json_ietf_val === undefined)
    throw new GnmiError(status.UNKNOWN, "Value encoding is not IETF JSON");
  try {
    return JSON.parse(Buffer.from(val.json_ietf_val).toString("utf8")) as unknown;
  } catch {
    throw new GnmiError(status.UNKNOWN, "Fail to parse the value: it is not JSON");
  }
}

function wholeOf(update: WireUpdate | undefined): Database {
  const whole = readDatabase(update === undefined ? undefined : valueOf(update));
  if (typeof whole === "string") throw new GnmiError(status.UNKNOWN, whole);
  return whole;
}

/**
 * The patch of an incremental Set. Absent deletes are dropped. A row for a table that isn't there fails in the updater:
 * its JSON patch has no parent to put it in, so a new table must be set whole.
 */
function stepsOf(
  box: SonicBox,
  deletes: readonly SonicPath[],
  puts: readonly (SonicPath & { readonly value: unknown })[],
): PatchStep[] {
  const steps: PatchStep[] = [];
  let view = box.state.running;
  for (const { path } of deletes) {
    if (path.length === 0) throw new GnmiError(status.UNKNOWN, "Invalid db table Path []");
    if (valueAt(view, path) === undefined) continue;
    view = removeAt(view, path);
    steps.push({ op: "remove", path });
  }
  for (const { path, value } of puts) {
    if (path.length === 0 || path.length > 3)
      throw new GnmiError(status.UNKNOWN, `Invalid db table Path [${path.join(" ")}]`);
    steps.push({ op: "add", path, value });
  }
  return steps;
}
