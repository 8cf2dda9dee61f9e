import { status, type ServerDuplexStream } from "@grpc/grpc-js";
import type { SonicBox } from "./box.ts";
import { lookUp } from "./databases.ts";
import { PathProblem, readPath, type SonicPath, type WirePath } from "./paths.ts";

type Message = Readonly<Record<string, unknown>>;
type Stream = ServerDuplexStream<Message, Message>;

interface Subscription {
  readonly wire: WirePath;
  readonly place: SonicPath;
  readonly mode: "TARGET_DEFINED" | "ON_CHANGE" | "SAMPLE";
  readonly intervalMs: number;
  readonly suppress: boolean;
  last: string | undefined;
}

/** @source sonic-gnmi db_client.go: MinSampleInterval is one second */
const minSampleMs = 1000;

/** One Subscribe stream from its first message to its end: ONCE, POLL, or STREAM with samples and changes. */
export function subscribe(box: SonicBox, stream: Stream): void {
  let subscriptions: readonly Subscription[] | undefined;
  let prefix: WirePath | null = null;
  const stops: (() => void)[] = [];
  const fail = (code: status, details: string): void => void stream.emit("error", { code, details });
  const sendAll = (): void => {
    for (const each of subscriptions ?? []) send(box, stream, prefix, each, true);
    stream.write({ sync_response: true });
  };
  stream.on("data", (message: Message) => {
    if (subscriptions !== undefined) {
      if (message["request"] === "poll") sendAll();
      else fail(status.INVALID_ARGUMENT, "a stream has one subscription list");
      return;
    }
    const list = message["subscribe"] as Message | null | undefined; // as gnmi.proto declares it
    if (message["request"] !== "subscribe" || list == null) {
      fail(status.INVALID_ARGUMENT, "the first message must be a subscription list");
      return;
    }
    try {
      prefix = (list["prefix"] as WirePath | null) ?? null; // as gnmi.proto declares it
      subscriptions = (list["subscription"] as readonly Message[]).map((each) => readSubscription(prefix, each)); // likewise
    } catch (error) {
      fail(status.INVALID_ARGUMENT, error instanceof PathProblem ? error.message : "bad subscription");
      return;
    }
    if (list["mode"] !== "POLL") sendAll();
    if (list["mode"] === "ONCE") stream.end();
    else if (list["mode"] === "STREAM") stops.push(...subscriptions.map((each) => follow(box, stream, prefix, each)));
  });
  const stop = (): void => {
    for (const each of stops.splice(0)) each();
  };
  stream.on("end", () => {
    stop();
    stream.end();
  });
  stream.on("cancelled", stop);
  stream.on("error", stop);
  stream.on("close", stop);
}

function readSubscription(prefix: WirePath | null, message: Message): Subscription {
  const wire = (message["path"] as WirePath | null) ?? {}; // as gnmi.proto declares it
  const mode = message["mode"] as Subscription["mode"]; // an enum of gnmi.proto, as words
  const asked = Number(message["sample_interval"] ?? 0) / 1e6;
  if (mode === "SAMPLE" && asked !== 0 && asked < minSampleMs)
    throw new PathProblem(`invalid interval: ${asked}ms. It cannot be less than ${minSampleMs}ms`);
  return {
    wire,
    place: readPath(prefix, wire),
    mode,
    intervalMs: asked === 0 ? minSampleMs : asked,
    suppress: message["suppress_redundant"] === true,
    last: undefined,
  };
}

/** Sends one path's value; unless forced, only when it is another than the last. */
function send(
  box: SonicBox,
  stream: Stream,
  prefix: WirePath | null,
  subscription: Subscription,
  force: boolean,
): void {
  // Streams read the database itself; only a Get is answered from the checkpoint.
  const found = lookUp(box, subscription.place.database, subscription.place.path, box.state.running);
  if ("missing" in found) return;
  const text = JSON.stringify(found.value);
  if (!force && text === subscription.last) return;
  subscription.last = text;
  const timestamp = String(BigInt(box.world.clock.now() + box.state.jumpMs) * 1_000_000n);
  stream.write({
    update: { timestamp, prefix, update: [{ path: subscription.wire, val: { json_ietf_val: Buffer.from(text) } }] },
  });
}

/** Goes on sending until the returned function is called. */
function follow(box: SonicBox, stream: Stream, prefix: WirePath | null, subscription: Subscription): () => void {
  // Counters change always: following their changes would be sampling without an interval.
  const sampled = subscription.mode === "SAMPLE" || subscription.place.database === "COUNTERS_DB";
  if (!sampled) return box.onChange(() => send(box, stream, prefix, subscription, false));
  const timer = setInterval(
    () => send(box, stream, prefix, subscription, !subscription.suppress),
    subscription.intervalMs,
  );
  return () => clearInterval(timer);
}
