import type { CounterSample } from "#model/counter-sample.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "#model/failure.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { DeviceSession, OperationalState, Target } from "../driver.ts";
import { scanIndented, walk, type Block } from "../syntax/indented.ts";
import { Eapi, isRecord, type Answer, type Command } from "./eapi.ts";
import { eosSyntax } from "./parse.ts";
import { configFile } from "./render.ts";
import { bgpOf, countersOf, interfacesOf, lldpOf } from "./sensors.ts";

type Status = Awaited<ReturnType<DeviceSession["status"]>>;

const sampleMs = 1000;

/** Labels that may stand in a session's name; others would be read as more of the command. */
const labelPattern = /^[A-Za-z0-9_.-]{1,48}$/;

/** @throws {Failure} unreachable, forbidden, timeout */
export async function connectEos(target: Target): Promise<DeviceSession> {
  const api = new Eapi(target);
  try {
    await api.run(["show version"]);
  } catch (error) {
    api[Symbol.dispose]();
    throw error;
  }
  return new EosSession(target, api);
}

/**
 * Configuration sessions as transactions: `rollback clean-config` and the whole text is a full replace, the commit timer
 * brings the old configuration back unless it is confirmed. @source eos.md, "Sessions"
 */
class EosSession implements DeviceSession {
  readonly #target: Target;
  readonly #api: Eapi;

  constructor(target: Target, api: Eapi) {
    this.#target = target;
    this.#api = api;
  }

  async readRunning(): Promise<readonly SourceFile[]> {
    return [{ path: configFile, text: await this.#api.text("show running-config") }];
  }

  async stage(label: string, desired: DeviceSource): Promise<{ readonly deviceDiff: string }> {
    const name = sessionName(label);
    const commands = commandsOf(desired.files);
    const state = await this.status(label);
    if (state === "awaiting-confirmation")
      throw new Failure(
        "conflict",
        `${this.#target.device}: ${label} is already in effect and waits for its confirmation. Confirm or abort it first.`,
      );
    if (state === "staged") await this.abort(label);
    try {
      await this.#api.run([`configure session ${name}`, "rollback clean-config", ...commands, "end"]);
    } catch (error) {
      // What was typed up to the refused line must not stay behind as a session of ours.
      if (error instanceof Failure && error.kind === "device_rejected") await this.abort(label);
      throw error;
    }
    return { deviceDiff: await this.#api.text(`show session-config named ${name} diffs`) };
  }

  /** Without a timer, what is committed is also written to startup; with one, `confirm` does that. */
  async commit(label: string, confirmSeconds?: number): Promise<void> {
    const name = sessionName(label);
    if (confirmSeconds !== undefined) {
      await this.#known(label, () =>
        this.#api.run([`configure session ${name} commit timer ${clock(confirmSeconds)}`]),
      );
      return;
    }
    await this.#known(label, () => this.#api.run([`configure session ${name} commit`]));
    await this.#api.run(["write memory"]);
  }

  async confirm(label: string): Promise<void> {
    const state = await this.status(label);
    if (state === "none" || state === "staged")
      throw new Failure(
        "conflict",
        `${this.#target.device}: ${label} does not wait for a confirmation (it is ${state}). The device may have gone back by itself: read it again.`,
      );
    if (state === "awaiting-confirmation")
      await this.#known(label, () => this.#api.run([`configure session ${sessionName(label)} commit`]));
    await this.#api.run(["write memory"]);
  }

  async abort(label: string): Promise<void> {
    const state = await this.status(label);
    if (state === "staged" || state === "awaiting-confirmation")
      await this.#api.run([`configure session ${sessionName(label)} abort`]);
  }

  async status(label: string): Promise<Status> {
    const name = sessionName(label);
    const [answer] = await this.#api.run(["show configuration sessions detail"]);
    return statusOf(name, answer);
  }

  async readState(): Promise<OperationalState> {
    const [interfaces, lldp, bgp] = await this.#api.run([
      "show interfaces",
      "show lldp neighbors",
      "show ip bgp summary vrf all",
    ]);
    // Neighbors of IPv6 address and those found by interface stand in a summary of their own.
    const [six] = await this.#optional("show ipv6 bgp summary vrf all");
    return { interfaces: interfacesOf(interfaces), lldp: lldpOf(lldp), bgp: bgpOf([bgp, six]) };
  }

  async streamCounters(onSample: (sample: CounterSample) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [interfaces] = await this.#api.run(["show interfaces"]);
      const [pfc] = await this.#optional("show priority-flow-control counters");
      if (signal.aborted) return;
      for (const sample of countersOf(this.#target.device, Date.now(), interfaces, pfc)) onSample(sample);
      await sleep(sampleMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A command that not every platform has. */
  async #optional(command: string): Promise<readonly Answer[]> {
    try {
      return await this.#api.run([command]);
    } catch (error) {
      if (error instanceof Failure && error.kind === "device_rejected") return [];
      throw error;
    }
  }

  /** A call whose answer may be lost after it took effect: the failure says that the state is unknown and how to learn it. */
  async #known(label: string, call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (!(error instanceof Failure) || (error.kind !== "unreachable" && error.kind !== "timeout")) throw error;
      throw new Failure(
        error.kind,
        `${error.message} Whether ${label} took effect is unknown: ask the device for its status.`,
        { cause: error },
      );
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#api[Symbol.dispose]();
    return Promise.resolve();
  }
}

function sessionName(label: string): string {
  if (!labelPattern.test(label))
    throw new Failure(
      "invalid_input",
      `"${label}" can't name a configuration session: use letters, digits, dots, dashes.`,
    );
  return `hd-${label}`;
}

/** `HH:MM:SS`. */
function clock(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** From 4.32 the running timer stands beside the sessions, before it is a state of its session. @source napalm eos driver */
export function statusOf(name: string, answer: Answer | undefined): Status {
  if (answer?.["commitTimerSessionName"] === name) return "awaiting-confirmation";
  const { sessions } = answer ?? {};
  const session = isRecord(sessions) && Object.hasOwn(sessions, name) ? sessions[name] : undefined;
  switch (isRecord(session) ? session["state"] : undefined) {
    case "pending":
      return "staged";
    case "pendingCommitTimer":
      return "awaiting-confirmation";
    case "completed":
    case "committed":
      return "committed";
    default:
      return "none";
  }
}

/** The text as an operator would type it: `exit` after each block, so that no line is read in the wrong mode. */
export function commandsOf(files: readonly SourceFile[]): Command[] {
  const commands: Command[] = [];
  const type = (blocks: readonly Block[], depth: number): void => {
    for (const { text, children, body } of blocks) {
      if (depth === 0 && text === "end") continue;
      commands.push(body === undefined ? text : { cmd: text, input: body.join("\n") });
      if (children.length === 0) continue;
      if (depth === deepestMode) {
        // No mode is that deep: the rest is typed as it stands, and the device says what it thinks of it.
        for (const child of children) walk(child, (line) => commands.push(line.text));
        continue;
      }
      type(children, depth + 1);
      commands.push("exit");
    }
  };
  for (const file of files) type(scanIndented(file.text, eosSyntax).roots, 0);
  return commands;
}

const deepestMode = 16;
