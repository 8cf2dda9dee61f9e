import type { DeviceSource, ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { DeviceWorld } from "../device.ts";
import { objectionsTo } from "../judge.ts";
import { refusalsOf } from "./semantics.ts";
import { sessionLimits, type ConfigSession, type EosState } from "./state.ts";
import { cloneTree, parseTree, pathsOf, printTree, type ConfigNode } from "./tree.ts";
import { ConfigTyping } from "./typing.ts";

export interface EosOptions {
  /** `4.32` and later report a pending commit timer beside the sessions, earlier ones as a session's state. */
  readonly version?: string;
}

/** The device says no: what it answers, and to which command. */
export class Refused extends Error {
  readonly kind: "invalid" | "failed";
  constructor(kind: "invalid" | "failed", message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What an EOS switch is behind its API: configurations, sessions, the commit timer. */
export class EosBox {
  readonly nos = "eos" as const;
  readonly world: DeviceWorld;
  readonly version: string;
  readonly state: EosState;
  readonly #known: ReadonlySet<string>;
  readonly #path: string;

  constructor(world: DeviceWorld, options: EosOptions = {}) {
    this.world = world;
    this.version = options.version ?? "4.32.2F";
    this.#path = world.seed.files[0]?.path ?? "running-config";
    this.state = (world.load() as EosState | undefined) ?? this.#fromSeed(); // only `save` below writes it
    this.#known = new Set(this.state.known);
  }

  #fromSeed(): EosState {
    const running = parseTree(this.world.seed.files.map(({ text }) => text).join("\n"));
    return {
      running,
      startup: cloneTree(running),
      sessions: [],
      flash: [],
      known: [...pathsOf(running)],
      bootedAt: this.world.clock.now(),
      jumpMs: 0,
      sessionCount: 0,
    };
  }

  get confirmDeadline(): number | undefined {
    return this.state.pending?.deadline;
  }

  /** Seconds since boot: what EOS counts its commit timer in. */
  get uptime(): number {
    return (this.world.clock.now() - this.state.bootedAt) / 1000;
  }

  /** The device's own idea of the time, seconds since 1970. */
  get wallTime(): number {
    return (this.world.clock.now() + this.state.jumpMs) / 1000;
  }

  get hostname(): string {
    return this.state.running.find(({ line }) => line.startsWith("hostname "))?.line.slice(9) ?? "localhost";
  }

  running(): DeviceSource {
    return { nos: "eos", files: [this.#fileOf(this.state.running)] };
  }

  #fileOf(tree: readonly ConfigNode[]): SourceFile {
    return { path: this.#path, text: textOf(tree) };
  }

  parsed(tree: readonly ConfigNode[] = this.state.running): ParsedDevice {
    return this.world.parse([this.#fileOf(tree)]);
  }

  save(): void {
    this.world.save(this.state);
  }

  setRunning(tree: ConfigNode[]): void {
    this.state.running = tree;
    this.save();
    this.world.runningChanged();
  }

  tick(): void {
    const { pending } = this.state;
    if (pending && this.world.clock.now() >= pending.deadline) this.revert();
  }

  stop(): void {
    // Everything an EOS device does of its own is done by `tick`.
  }

  /** Takes a timed commit back: by abort, or because nobody confirmed it. The session is gone with it. */
  revert(): void {
    const { pending } = this.state;
    if (!pending) return;
    delete this.state.pending;
    this.state.sessions = this.state.sessions.filter(({ name }) => name !== pending.session);
    this.setRunning(pending.revertTo);
  }

  /** Sessions and an unconfirmed commit live in memory only: the device boots what was written to startup. */
  reboot(): void {
    delete this.state.pending;
    this.state.sessions = [];
    this.state.bootedAt = this.world.clock.now();
    this.setRunning(cloneTree(this.state.startup));
  }

  clockJump(ms: number): void {
    this.state.jumpMs += ms;
    this.save();
  }

  driftEdit(lines: readonly string[]): void {
    const typing = this.type(this.state.running);
    for (const line of lines) typing.type(line, 0);
    this.setRunning(typing.roots);
  }

  /** Starts typing on a copy of a configuration. */
  type(tree: readonly ConfigNode[]): ConfigTyping {
    return new ConfigTyping(cloneTree(tree), this.#known);
  }

  /** The first thing that was typed and is refused, with its command's number; undefined when all of it stands. */
  objection(typing: ConfigTyping): { readonly command: number; readonly refused: Refused } | undefined {
    const printed = printTree(typing.roots);
    const file: SourceFile = { path: this.#path, text: `${printed.map(({ text }) => text).join("\n")}\n` };
    const parsed = this.world.parse([file]);
    const found: { command: number; refused: Refused }[] = [];
    const known = new Map<ConfigNode, boolean>();
    markKnown(typing.roots, this.#known, "", known);
    for (const { line, message } of objectionsTo(() => parsed, [file])) {
      const node = printed[line - 1]?.node;
      const command = node && typing.origin.get(node);
      if (node === undefined || command === undefined || known.get(node) === true) continue;
      found.push({
        command,
        refused: new Refused(message === undefined ? "invalid" : "failed", message ?? invalidInput(node.line)),
      });
    }
    for (const { node, message, orElse } of refusalsOf(typing.roots, parsed.config)) {
      const commands = [
        typing.origin.get(node) ?? -1,
        orElse === undefined ? -1 : (typing.origin.get(orElse.node) ?? -1),
      ];
      const command = Math.max(...commands);
      if (command < 0) continue;
      const later = orElse !== undefined && commands[1] === command ? orElse.message : message;
      found.push({ command, refused: new Refused("failed", later) });
    }
    return found.toSorted((a, b) => a.command - b.command)[0];
  }

  session(name: string): ConfigSession | undefined {
    return this.state.sessions.find((session) => session.name === name);
  }

  /** Enters a session, making it (a copy of running) when it isn't there. */
  openSession(name: string | undefined): ConfigSession {
    const label = name ?? `sess-${++this.state.sessionCount}`;
    const existing = this.session(label);
    if (existing?.state === "pending") return existing;
    if (existing?.state === "pendingCommitTimer")
      throw new Refused("failed", `Cannot enter session ${label} (session state is pendingCommitTimer)`);
    if (this.state.sessions.filter(({ state }) => state === "pending").length >= sessionLimits.open)
      throw new Refused(
        "failed",
        "Maximum number of pending sessions has been reached. Please commit or abort previous sessions before creating a new one.",
      );
    this.state.sessions = this.state.sessions.filter((session) => session !== existing);
    const session: ConfigSession = {
      name: label,
      state: "pending",
      tree: cloneTree(this.state.running),
      commitUser: "",
    };
    this.state.sessions.push(session);
    this.save();
    return session;
  }

  /** Commits a session, or confirms it when its timer runs; with `seconds` it must be confirmed in that time. */
  commit(name: string, seconds?: number): void {
    const session = this.session(name);
    if (!session) throw new Refused("failed", `Session ${name} not found`);
    if (session.state === "completed")
      throw new Refused("failed", `Cannot commit session ${name} (session state is completed)`);
    const { pending } = this.state;
    if (pending && pending.session !== name)
      throw new Refused(
        "failed",
        `Cannot commit session ${name}: another session ${pending.session} is pending commit timer`,
      );
    const rejection = this.world.faults.takeRejection();
    if (rejection !== undefined) throw new Refused("failed", rejection);
    this.world.faults.around(() => this.#commitNow(session, seconds));
  }

  #commitNow(session: ConfigSession, seconds: number | undefined): void {
    const { pending } = this.state;
    const before = pending?.revertTo ?? this.state.running;
    if (seconds === undefined) {
      delete this.state.pending;
      session.state = "completed";
      session.completedTime = this.wallTime;
      const completed = this.state.sessions.filter(({ state }) => state === "completed");
      const dropped = new Set(completed.slice(0, Math.max(0, completed.length - sessionLimits.saved)));
      this.state.sessions = this.state.sessions.filter((each) => each === session || !dropped.has(each));
    } else {
      this.state.pending = {
        session: session.name,
        revertTo: before,
        deadline: this.world.clock.now() + seconds * 1000,
      };
      session.state = "pendingCommitTimer";
    }
    session.commitUser = this.world.username;
    // A confirmation changes nothing that runs; the first commit puts the session in running's place.
    if (pending) this.save();
    else this.setRunning(cloneTree(session.tree));
  }

  abort(name: string): void {
    const session = this.session(name);
    if (!session) throw new Refused("failed", `Session ${name} not found`);
    if (session.state === "pendingCommitTimer") {
      this.revert();
      return;
    }
    if (session.state === "completed") return;
    this.state.sessions = this.state.sessions.filter((each) => each !== session);
    this.save();
  }

  /** `configure replace`: running becomes the file, at once. */
  replace(tree: ConfigNode[]): void {
    if (this.state.pending)
      throw new Refused("failed", `Cannot replace: session ${this.state.pending.session} is pending commit timer`);
    const rejection = this.world.faults.takeRejection();
    if (rejection !== undefined) throw new Refused("failed", rejection);
    this.world.faults.around(() => this.setRunning(tree));
  }
}

export const textOf = (tree: readonly ConfigNode[]): string =>
  `${printTree(tree)
    .map(({ text }) => text)
    .join("\n")}\n`;

const invalidInput = (line: string): string => {
  const [first = "", second] = line.split(" ");
  const token = first === "no" || first === "default" ? 1 : 0;
  return `Invalid input (at token ${token}: '${token === 0 ? first : (second ?? "")}')`;
};

function markKnown(
  nodes: readonly ConfigNode[],
  known: ReadonlySet<string>,
  above: string,
  into: Map<ConfigNode, boolean>,
): void {
  for (const node of nodes) {
    const path = above === "" ? node.line : `${above} > ${node.line}`;
    into.set(node, known.has(path));
    markKnown(node.children, known, path, into);
  }
}
