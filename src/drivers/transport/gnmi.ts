import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { fileURLToPath } from "node:url";
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  status,
  type ClientDuplexStream,
  type ServiceClientConstructor,
  type ServiceDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { Failure } from "#model/failure.ts";
import type { Target } from "../driver.ts";

/** One node of a path, with its list keys. */
interface PathElem {
  readonly name: string;
  readonly key?: Readonly<Record<string, string>>;
}

export interface GnmiPath {
  readonly origin?: string;
  readonly target?: string;
  readonly elem: readonly PathElem[];
}

export interface GnmiUpdate {
  readonly path: GnmiPath;
  /** JSON data; sent as JSON_IETF. */
  readonly value: unknown;
}

/** What a device sends: paths joined with their prefix, values as plain data. */
export interface GnmiNotification {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly updates: readonly GnmiUpdate[];
  readonly deletes: readonly GnmiPath[];
}

export interface GnmiCapabilities {
  readonly version: string;
  readonly models: readonly { readonly name: string; readonly organization: string; readonly version: string }[];
  readonly encodings: readonly string[];
}

const protoPath = fileURLToPath(new URL("./gnmi.proto", import.meta.url));

let loaded: ServiceClientConstructor | undefined;

function gnmiConstructor(): ServiceClientConstructor {
  // Longs as text: nanoseconds since 1970 don't fit a double.
  loaded ??= (
    loadPackageDefinition(
      loadSync(protoPath, { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true }),
    )["gnmi"] as Record<string, ServiceClientConstructor>
  )["gNMI"]; // the file has one package with one service
  if (loaded === undefined) throw new Error("gnmi.proto holds no gNMI service");
  return loaded;
}

/** The service for whoever answers it (the lab's virtual devices): the same file, the same field names. */
export const gnmiService = (): ServiceDefinition => gnmiConstructor().service;

/** No reply of a switch is larger; one gone wrong must not fill our memory. */
const maxReplyBytes = 64 * 1024 * 1024;

interface WirePath {
  readonly origin?: string;
  readonly target?: string;
  readonly elem?: readonly { readonly name: string; readonly key?: Readonly<Record<string, string>> }[];
}
interface WireValue {
  readonly value?: string;
  readonly [field: string]: unknown;
}
interface WireNotification {
  readonly timestamp?: string;
  readonly prefix?: WirePath | null;
  readonly update?: readonly { readonly path?: WirePath | null; readonly val?: WireValue | null }[];
  readonly delete?: readonly WirePath[];
}
type Unary = (
  request: object,
  metadata: Metadata,
  options: object,
  done: (error: ServiceError | null, reply?: Record<string, unknown>) => void,
) => void;

/**
 * A gNMI client with the device's authority pinned and a deadline on every call; user and password go as metadata, as
 * every NOS that speaks gNMI takes them.
 *
 * @throws {Failure} unreachable, timeout, device_rejected (with the device's own words), forbidden
 * @source gNMI specification 0.10.0; authentication: sonic-gnmi gnmi_server/server.go (metadata username, password)
 */
export class GnmiClient implements Disposable {
  readonly #target: Target;
  readonly #client: InstanceType<ServiceClientConstructor>;
  readonly #metadata = new Metadata();

  constructor(target: Target) {
    this.#target = target;
    // An address is no server name (RFC 6066 §3): the device's own is sent instead, and the address is what is verified.
    const channel = credentials.createSsl(target.ca === undefined ? null : Buffer.from(target.ca), null, null, {
      checkServerIdentity: (_name, certificate) => checkServerIdentity(target.host, certificate),
    });
    const address = target.host.includes(":") ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
    this.#client = new (gnmiConstructor())(address, channel, {
      "grpc.max_receive_message_length": maxReplyBytes,
      "grpc.max_send_message_length": maxReplyBytes,
      "grpc.enable_retries": 0,
      ...(isIP(target.host) === 0
        ? {}
        : { "grpc.ssl_target_name_override": target.device.replaceAll(/[^A-Za-z0-9-]/g, "-") }),
    });
    this.#metadata.set("username", target.username);
    this.#metadata.set("password", target.password);
  }

  async capabilities(): Promise<GnmiCapabilities> {
    const reply = await this.#call("Capabilities", {});
    return {
      version: (reply["gNMI_version"] ?? "") as string, // as gnmi.proto declares it
      models: (reply["supported_models"] ?? []) as GnmiCapabilities["models"], // as gnmi.proto declares it
      encodings: (reply["supported_encodings"] ?? []) as string[], // as gnmi.proto declares it
    };
  }

  /** One value for each path, in their order; undefined where the device has nothing. */
  async get(
    paths: readonly GnmiPath[],
    type: "ALL" | "CONFIG" | "STATE" | "OPERATIONAL" = "ALL",
  ): Promise<readonly unknown[]> {
    const reply = await this.#call("Get", { path: paths.map(wirePath), type, encoding: "JSON_IETF" });
    const notifications = (reply["notification"] ?? []) as readonly WireNotification[]; // as gnmi.proto declares it
    // Section 3.3.2: one notification for each path, in the order of the request.
    return paths.map((_, index) => {
      const updates = notifications[index]?.update ?? [];
      return updates.length === 0 ? undefined : plainValue(updates[updates.length - 1]?.val);
    });
  }

  /** One transaction: deletes, then replaces, then updates (section 3.4.3). */
  async set(
    change: {
      readonly delete?: readonly GnmiPath[];
      readonly replace?: readonly GnmiUpdate[];
      readonly update?: readonly GnmiUpdate[];
    },
    timeoutMs = this.#target.timeoutMs,
  ): Promise<void> {
    await this.#call(
      "Set",
      {
        delete: (change.delete ?? []).map(wirePath),
        replace: (change.replace ?? []).map(wireUpdate),
        update: (change.update ?? []).map(wireUpdate),
      },
      timeoutMs,
    );
  }

  /** Samples of paths until the signal aborts. Resolves when aborted; rejects when the stream breaks. */
  subscribe(
    paths: readonly GnmiPath[],
    sampleMs: number,
    onNotification: (notification: GnmiNotification) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const open = this.#method("Subscribe") as unknown as (
      metadata: Metadata,
    ) => ClientDuplexStream<object, Record<string, unknown>>; // a bidirectional stream by gnmi.proto
    const stream = open(this.#metadata);
    return new Promise((resolve, reject) => {
      const stop = (): void => stream.cancel();
      signal.addEventListener("abort", stop, { once: true });
      const settle = (act: () => void): void => {
        signal.removeEventListener("abort", stop);
        act();
      };
      stream.on("data", (message: Record<string, unknown>) => {
        const update = message["update"] as WireNotification | null | undefined; // as gnmi.proto declares it
        if (message["response"] === "update" && update) onNotification(plainNotification(update));
      });
      stream.on("error", (error: ServiceError) =>
        settle(() => (signal.aborted ? resolve() : reject(this.#failure(error)))),
      );
      stream.on("end", () => settle(() => (signal.aborted ? resolve() : reject(this.#broken()))));
      stream.write({
        subscribe: {
          subscription: paths.map((path) => ({
            path: wirePath(path),
            mode: "SAMPLE",
            sample_interval: String(sampleMs * 1_000_000),
          })),
          mode: "STREAM",
          encoding: "JSON_IETF",
        },
      });
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #method(name: string): Unary {
    const method = this.#client[name] as Unary | undefined; // made from gnmi.proto
    if (method === undefined) throw new Error(`gnmi.proto has no ${name}`);
    return method.bind(this.#client);
  }

  #call(name: string, request: object, timeoutMs = this.#target.timeoutMs): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      this.#method(name)(request, this.#metadata, { deadline: Date.now() + timeoutMs }, (error, reply) => {
        if (error !== null) reject(this.#failure(error));
        else resolve(reply ?? {});
      });
    });
  }

  #broken(): Failure {
    return new Failure("unreachable", `${this.#target.device} closed the stream. Open it again.`);
  }

  #failure(error: ServiceError): Failure {
    const { device } = this.#target;
    const detail = { code: error.code, details: error.details };
    switch (error.code) {
      case status.DEADLINE_EXCEEDED:
        return new Failure("timeout", `${device} did not answer in time.`, { detail, cause: error });
      case status.UNAVAILABLE:
      case status.CANCELLED:
        return new Failure("unreachable", `${device} cannot be reached: ${error.details}`, { detail, cause: error });
      case status.UNAUTHENTICATED:
      case status.PERMISSION_DENIED:
        return new Failure("forbidden", `${device} refused our user: ${error.details}`, { detail, cause: error });
      case status.NOT_FOUND:
        return new Failure("not_found", `${device} has no such path: ${error.details}`, { detail, cause: error });
      default:
        return new Failure("device_rejected", `${device} said no: ${error.details}`, { detail, cause: error });
    }
  }
}

const wirePath = (path: GnmiPath): object => ({
  ...(path.origin === undefined ? {} : { origin: path.origin }),
  ...(path.target === undefined ? {} : { target: path.target }),
  elem: path.elem.map((elem) => ({ name: elem.name, key: elem.key ?? {} })),
});

const wireUpdate = ({ path, value }: GnmiUpdate): object => ({
  path: wirePath(path),
  val: { json_ietf_val: Buffer.from(JSON.stringify(value)) },
});

function plainNotification(wire: WireNotification): GnmiNotification {
  const prefix = wire.prefix ?? undefined;
  const join = (path: WirePath | null | undefined): GnmiPath => ({
    ...((prefix?.origin ?? path?.origin) ? { origin: prefix?.origin || path?.origin || "" } : {}),
    ...((prefix?.target ?? path?.target) ? { target: prefix?.target || path?.target || "" } : {}),
    elem: [...(prefix?.elem ?? []), ...(path?.elem ?? [])],
  });
  return {
    at: Number(BigInt(wire.timestamp ?? "0") / 1_000_000n),
    updates: (wire.update ?? []).map((update) => ({ path: join(update.path), value: plainValue(update.val) })),
    deletes: (wire.delete ?? []).map(join),
  };
}

/** JSON is parsed; numbers of 64 bits stay text where a double would lose digits. A value of no kind is undefined. */
function plainValue(wire: WireValue | null | undefined): unknown {
  const kind = wire?.value;
  if (wire == null || kind === undefined) return undefined;
  const held = wire[kind];
  if (kind === "json_ietf_val" || kind === "json_val") {
    try {
      return JSON.parse(Buffer.from(held as Uint8Array).toString("utf8")) as unknown; // bytes by gnmi.proto
    } catch {
      return undefined;
    }
  }
  if (kind === "int_val" || kind === "uint_val") {
    const number = Number(held);
    return Number.isSafeInteger(number) ? number : held;
  }
  if (kind === "leaflist_val") return ((held as { element?: WireValue[] }).element ?? []).map(plainValue); // ScalarArray by gnmi.proto
  return held;
}
