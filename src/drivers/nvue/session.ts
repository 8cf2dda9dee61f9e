import type { CounterSample } from "#model/counter-sample.ts";
import { Failure } from "#model/failure.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { DeviceSession, OperationalState, Target } from "../driver.ts";
import { NvueApi } from "./api.ts";
import { formatCommand, leafPaths } from "./commands.ts";
import { emitTree } from "./emit-yaml.ts";
import { dig, entriesOf, jsonFromNode, nodeFromJson, textOf } from "./json.ts";
import { startupPath } from "./render.ts";
import { bgpOf, countersOf, interfacesOf, lldpOf } from "./sensors.ts";
import { readSource } from "./source.ts";
import { antiquate, modernise } from "./spelling.ts";

type Status = Awaited<ReturnType<DeviceSession["status"]>>;

/** How long the switch may take to verify and load a revision. Adaptive routing and RoCE restart the forwarding daemon. */
const applyMs = 180_000;
const sampleMs = 1000;
/** Calls in a row that may fail while a revision is loaded before the switch counts as out of reach. */
const maxLost = 6;

/** @source states a client of the API has seen: public deployment tools that wait for them, see nvue.md "Revisions" */
const applied = new Set(["applied", "applied_and_saved", "saved", "auto_save", "auto_saving", "save", "saving"]);
const failed = new Set([
  "invalid",
  "apply_error",
  "apply_fail",
  "ays_fail",
  "ays_no",
  "confirm_fail",
  "ready_error",
  "verify_error",
  "ignore_fail",
]);

/** Our labels travel in the revision's message. */
const labelPrefix = "heddle:";

export async function connectNvue(target: Target): Promise<DeviceSession> {
  const api = new NvueApi(target);
  try {
    await api.open();
  } catch (error) {
    api[Symbol.dispose]();
    throw error;
  }
  return new NvueSession(target, api);
}

/** Revisions as transactions: DELETE and PATCH of a new one is a full replace, `state: apply` makes it effective. */
class NvueSession implements DeviceSession {
  readonly #target: Target;
  readonly #api: NvueApi;
  readonly #revisions = new Map<string, string>();

  constructor(target: Target, api: NvueApi) {
    this.#target = target;
    this.#api = api;
  }

  async readRunning(): Promise<readonly SourceFile[]> {
    const tree = nodeFromJson(await this.#api.get("/?rev=applied&filled=false"));
    const lines = ["- header:", "    nvue-api-version: nvue_v1", "- set:"];
    emitTree(tree, 2, lines);
    return [{ path: startupPath, text: `${lines.join("\n")}\n` }];
  }

  async stage(label: string, desired: DeviceSource): Promise<{ readonly deviceDiff: string }> {
    const earlier = await this.#revisionOf(label);
    const { tree } = readSource(desired.files);
    const spoken = speaksOlder(await this.#api.get("/?rev=applied&filled=false")) ? antiquate(modernise(tree)) : tree;
    if (tree.children.size === 0)
      throw new Failure(
        "invalid_input",
        `The configuration for ${this.#target.device} is empty; it would cut the switch off.`,
      );
    const [revision] = entriesOf(await this.#api.send("POST", "/revision"))[0] ?? [];
    if (revision === undefined)
      throw new Failure("device_rejected", `${this.#target.device} opened no revision.`, { detail: { label } });
    const rev = `/?rev=${encodeURIComponent(revision)}`;
    await this.#api.send("DELETE", rev);
    await this.#api.send("PATCH", rev, jsonFromNode(spoken));
    await this.#name(label, revision);
    if (earlier !== undefined && earlier.state === "staged") await this.#drop(earlier.id);
    return { deviceDiff: await this.#deviceDiff(revision) };
  }

  /** @source `message` of a revision, set by `nv config apply -m` and shown by `nv config history`; PATCH of it alone @source unconfirmed */
  async #name(label: string, revision: string): Promise<void> {
    this.#revisions.set(label, revision);
    try {
      await this.#api.send("PATCH", this.#path(revision), { message: labelPrefix + label });
    } catch (error) {
      // A release that takes no message before the apply: this session remembers, and the apply brings the message.
      if (!(error instanceof Failure) || error.kind !== "device_rejected") throw error;
    }
  }

  readonly #path = (revision: string): string => `/revision/${encodeURIComponent(revision)}`;

  async #drop(revision: string): Promise<void> {
    try {
      await this.#api.send("DELETE", this.#path(revision));
    } catch (error) {
      // Releases that can't delete a revision leave it pending; nothing takes effect from it.
      if (!(error instanceof Failure) || error.kind !== "device_rejected") throw error;
    }
  }

  /** The switch compares two revisions one way round at a time: what `diff` has and `rev` has not. */
  async #deviceDiff(revision: string): Promise<string> {
    const id = encodeURIComponent(revision);
    const gone = nodeFromJson(await this.#api.get(`/?rev=applied&diff=${id}&filled=false`));
    const come = nodeFromJson(await this.#api.get(`/?rev=${id}&diff=applied&filled=false`));
    return [
      ...[...leafPaths(gone)].map((path) => formatCommand({ op: "unset", path })),
      ...[...leafPaths(come)].map((path) => formatCommand({ op: "set", path })),
    ].join("\n");
  }

  async #revisionOf(label: string): Promise<{ readonly id: string; readonly state: Status } | undefined> {
    const own = this.#revisions.get(label);
    const all = entriesOf(await this.#api.get("/revision"));
    const named = all.filter(([, value]) => textOf(dig(value, "message")) === labelPrefix + label);
    const waiting = all.filter(([, value]) => textOf(dig(value, "state")) === "confirm");
    const silent = all.every(([, value]) => dig(value, "message") === undefined);
    // A switch that keeps no messages, after a restart of ours: the only change that waits for confirmation is the one.
    const only = silent && this.#revisions.size === 0 && waiting.length === 1 ? waiting[0] : undefined;
    const found = all.find(([id]) => id === own) ?? named.at(-1) ?? only;
    return found === undefined ? undefined : { id: found[0], state: stateOf(textOf(dig(found[1], "state")) ?? "") };
  }

  async #staged(label: string): Promise<{ readonly id: string; readonly state: Status }> {
    const found = await this.#revisionOf(label);
    if (found === undefined)
      throw new Failure("not_found", `${this.#target.device} has no revision of ${label}. Stage it again.`);
    return found;
  }

  async commit(label: string, confirmSeconds?: number): Promise<void> {
    const { id, state } = await this.#staged(label);
    if (state === "committed" || state === "awaiting-confirmation") return;
    await this.#api.send("PATCH", this.#path(id), {
      state: "apply",
      message: labelPrefix + label,
      "auto-prompt": { ays: "ays_yes" },
      ...(confirmSeconds === undefined ? {} : { "state-controls": { confirm: confirmSeconds } }),
    });
    const reached = await this.#wait(id, (now) => applied.has(now) || now === "confirm");
    if (confirmSeconds === undefined) await this.#save(id, reached);
  }

  async confirm(label: string): Promise<void> {
    const { id, state } = await this.#staged(label);
    if (state === "committed") return;
    if (state !== "awaiting-confirmation")
      throw new Failure(
        "conflict",
        `${label} does not wait for confirmation on ${this.#target.device}; it has gone back. Read it again.`,
      );
    await this.#api.send("PATCH", this.#path(id), { state: "confirm_yes", "auto-prompt": { ays: "ays_yes" } });
    await this.#save(id, await this.#wait(id, (now) => applied.has(now)));
  }

  async abort(label: string): Promise<void> {
    const found = await this.#revisionOf(label);
    if (found?.state === "staged") await this.#drop(found.id);
    if (found?.state === "awaiting-confirmation") {
      await this.#api.send("PATCH", this.#path(found.id), { state: "confirm_no", "auto-prompt": { ays: "ays_yes" } });
      await this.#wait(found.id, (now) => now === "confirm_fail" || now === "inactive" || now === "confirm_no");
    }
    this.#revisions.delete(label);
  }

  async status(label: string): Promise<Status> {
    return (await this.#revisionOf(label))?.state ?? "none";
  }

  /** Up to 5.8, and where auto-save is off, what is applied is lost at a reboot unless it is saved. */
  async #save(revision: string, state: string): Promise<void> {
    if (state !== "applied") return;
    await this.#api.send("PATCH", this.#path(revision), { state: "save", "auto-prompt": { ays: "ays_yes" } });
  }

  /** Polls until the revision is where it should be. Applying may cut our own connection for a while. */
  async #wait(revision: string, done: (state: string) => boolean): Promise<string> {
    const deadline = Date.now() + applyMs;
    for (let pause = 50; ; pause = Math.min(pause * 1.5, 1000)) {
      const reply = await this.#poll(revision, deadline);
      const state = textOf(dig(reply, "state")) ?? "";
      if (done(state)) return state;
      if (failed.has(state)) throw rejection(this.#target.device, state, reply);
      // A prompt that our answer did not cover: which revision, and what it asks, is in the reply.
      if (state === "ays" && pause > 500) await this.#api.send("PATCH", this.#path(revision), { state: "ays_yes" });
      if (Date.now() > deadline)
        throw new Failure(
          "timeout",
          `${this.#target.device} is still ${state} after ${applyMs / 1000} s. Read it again.`,
          {
            detail: { revision, state },
          },
        );
      await sleep(pause);
    }
  }

  async #poll(revision: string, deadline: number): Promise<unknown> {
    let lost = 0;
    for (;;) {
      try {
        return await this.#api.get(this.#path(revision));
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== "unreachable") throw error;
        if (Date.now() > deadline || lost++ > maxLost) throw error;
        await sleep(500);
      }
    }
  }

  async readState(): Promise<OperationalState> {
    const ports = await this.#api.get("/interface?rev=operational");
    const neighbors = lldpOf(ports);
    const lldp =
      neighbors.length > 0
        ? neighbors
        : lldpOf(await this.#api.get(`/interface?rev=operational&include=${encodeURIComponent("/*/lldp/neighbor")}`));
    const bgp: OperationalState["bgp"][number][] = [];
    for (const [vrf] of entriesOf(await this.#api.get("/vrf?rev=operational"))) {
      const path = `/vrf/${encodeURIComponent(vrf)}/router/bgp/neighbor?rev=operational`;
      bgp.push(...bgpOf(vrf, await this.#api.get(path)));
    }
    return { interfaces: interfacesOf(ports), lldp, bgp };
  }

  async streamCounters(onSample: (sample: CounterSample) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const started = Date.now();
      const json = await this.#api.get("/interface?rev=operational");
      if (signal.aborted) return;
      for (const sample of countersOf(this.#target.device, Date.now(), json)) onSample(sample);
      await sleep(Math.max(0, sampleMs - (Date.now() - started)), signal);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#api[Symbol.dispose]();
    return Promise.resolve();
  }
}

/** The switch says `enable: on` of itself, so it is told in those words. */
function speaksOlder(json: unknown, depth = 0): boolean {
  return entriesOf(json).some(
    ([key, value]) =>
      (key === "enable" && (value === "on" || value === "off")) || (depth < 12 && speaksOlder(value, depth + 1)),
  );
}

function stateOf(state: string): Status {
  if (applied.has(state)) return "committed";
  if (state === "confirm") return "awaiting-confirmation";
  if (failed.has(state) || state === "inactive" || state === "") return "none";
  return "staged";
}

/** `invalid` and its like, with what the switch says of each place. */
function rejection(device: string, state: string, reply: unknown): Failure {
  const issues = entriesOf(dig(reply, "transition", "issue")).map(([, issue]) => ({
    code: textOf(dig(issue, "code")) ?? state,
    location: textOf(dig(issue, "location")) ?? textOf(dig(issue, "data", "path")) ?? "",
    reason: textOf(dig(issue, "reason")) ?? textOf(dig(issue, "data", "reason")) ?? textOf(dig(issue, "message")) ?? "",
  }));
  const said = issues.map(({ code, location, reason }) => `${code} at ${location || "/"}: ${reason}`).join("; ");
  return new Failure(
    "device_rejected",
    `${device} did not apply the revision (${state}). ${said || "It gave no reason."}`,
    {
      detail: { state, issues },
    },
  );
}

const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
