import { unifiedDiff } from "./diff.ts";
import { Refused, textOf, type EosBox } from "./box.ts";
import { answerShow } from "./show.ts";
import { parseTree, printTree } from "./tree.ts";
import type { ConfigTyping } from "./typing.ts";

export type Format = "json" | "text";
export interface Command {
  readonly cmd: string;
  readonly input: string;
}

/** Configuration being typed, not yet judged: it is judged when the mode is left or something looks at it. */
interface Segment {
  /** Undefined: running itself (`configure terminal`). */
  readonly session: string | undefined;
  typing: ConfigTyping;
  lines: { readonly command: number; readonly line: string }[];
}

/** The command that failed, and how. */
export class CommandFailed extends Error {
  readonly command: number;
  readonly kind: Refused["kind"] | "unconverted";
  constructor(command: number, kind: CommandFailed["kind"], message: string) {
    super(message);
    this.command = command;
    this.kind = kind;
  }
}

/** One login at the CLI: what `runCmds` opens for its commands and closes after them. */
export class CliSession {
  readonly #device: EosBox;
  readonly #format: Format;
  #enabled = false;
  #segment: Segment | undefined;

  constructor(device: EosBox, format: Format) {
    this.#device = device;
    this.#format = format;
  }

  /** Runs one command and gives its output. @throws {CommandFailed} @throws {Cut} */
  run(index: number, command: Command): Record<string, unknown> {
    try {
      return this.#run(index, command);
    } catch (error) {
      if (error instanceof Refused) throw new CommandFailed(index, error.kind, error.message);
      throw error;
    }
  }

  #run(index: number, { cmd, input }: Command): Record<string, unknown> {
    const line = cmd.trim().replace(/\s+/g, " ");
    if (/^(enable|terminal (length|width|dont-ask).*|!.*|)$/.test(line)) {
      if (line === "enable") this.#enabled = true;
      return this.#plain("");
    }
    if (line.startsWith("show ")) return this.#show(index, line);
    if (line === "end") return this.#leave(index);
    if (line === "exit") return this.#segment?.typing.exit() ? this.#plain("") : this.#leave(index);
    if (!this.#enabled) {
      if (/^(configure|write|copy|reload|delete|commit|abort|no configure)/.test(line))
        throw new Refused("invalid", "Invalid input (privileged mode required)");
      throw unknownCommand(line);
    }
    if (this.#segment) {
      const done = this.#inConfiguration(index, line, this.#segment);
      if (done) return done;
    }
    const exec = this.#exec(index, line, input);
    if (exec) return exec;
    if (!this.#segment) throw unknownCommand(line);
    return this.#typeLine(index, line, cmd, input, this.#segment);
  }

  /** Commands that configuration mode has of its own. */
  #inConfiguration(index: number, line: string, segment: Segment): Record<string, unknown> | undefined {
    const timer = /^commit(?: timer (\d+):(\d\d):(\d\d))?$/.exec(line);
    if (segment.session === undefined) return undefined;
    if (timer) {
      this.#settle(index);
      this.#segment = undefined;
      this.#device.commit(segment.session, secondsOf(timer));
      return this.#plain("");
    }
    if (line === "abort") {
      this.#segment = undefined;
      this.#device.abort(segment.session);
      return this.#plain("");
    }
    if (line === "rollback clean-config") {
      this.#restart(segment, []);
      return this.#plain("");
    }
    const copy = /^copy (running-config|startup-config|flash:\/?\S+) session-config$/.exec(line);
    if (copy) {
      this.#restart(segment, this.#tree(copy[1] ?? ""));
      return this.#plain("");
    }
    return undefined;
  }

  #restart(segment: Segment, tree: ReturnType<typeof parseTree>): void {
    segment.typing = this.#device.type(tree);
    segment.lines = [];
    this.#store(segment);
  }

  #typeLine(index: number, line: string, raw: string, input: string, segment: Segment): Record<string, unknown> {
    const banner = /^banner (login|motd|exec)$/.test(line);
    const text = banner ? `${line}\n${input.replace(/\n?EOF\s*$/, "").replace(/\n$/, "")}\nEOF` : raw;
    const error = segment.typing.type(text, index);
    if (error !== undefined) {
      this.#settle(index);
      throw new Refused("invalid", error);
    }
    segment.lines.push({ command: index, line: text });
    return this.#plain("");
  }

  #exec(index: number, line: string, input: string): Record<string, unknown> | undefined {
    const device = this.#device;
    const session = /^configure session(?: (\S+?))?(?: (commit|abort)(?: timer (\d+):(\d\d):(\d\d))?)?$/.exec(line);
    if (session) {
      this.#settle(index);
      this.#segment = undefined;
      return this.#sessionCommand(session);
    }
    if (/^configure( terminal)?$/.test(line)) {
      this.#settle(index);
      this.#segment = { session: undefined, typing: device.type(device.state.running), lines: [] };
      return this.#plain("");
    }
    const removed = /^no configure session (\S+)$/.exec(line);
    if (removed) {
      device.abort(removed[1] ?? "");
      return this.#plain("");
    }
    const replace = /^configure replace (\S+)$/.exec(line);
    if (replace) {
      this.#segment = undefined;
      device.replace(this.#tree(replace[1] ?? ""));
      return this.#plain("");
    }
    if (/^(write( memory)?|copy running-config startup-config)$/.test(line)) {
      this.#settle(index);
      device.state.startup = parseTree(textOf(device.state.running));
      device.save();
      return this.#plain("Copy completed successfully.");
    }
    const copy =
      /^copy (running-config|startup-config|flash:\/?\S+) (flash:\/?\S+|startup-config|running-config)$/.exec(line);
    if (copy) return this.#copy(copy[1] ?? "", copy[2] ?? "");
    const gone = /^delete flash:\/?(\S+)$/.exec(line);
    if (gone) {
      device.state.flash = device.state.flash.filter(([name]) => name !== gone[1]);
      device.save();
      return this.#plain("");
    }
    void input;
    return undefined;
  }

  #sessionCommand(match: RegExpExecArray): Record<string, unknown> {
    const [, name, verb] = match;
    if (verb !== undefined && name !== undefined) {
      if (verb === "commit") this.#device.commit(name, secondsOf(match.slice(2)));
      else this.#device.abort(name);
      return this.#plain("");
    }
    const session = this.#device.openSession(name);
    this.#segment = { session: session.name, typing: this.#device.type(session.tree), lines: [] };
    return this.#plain("");
  }

  #copy(from: string, to: string): Record<string, unknown> {
    const device = this.#device;
    const tree = this.#tree(from);
    if (to === "startup-config") device.state.startup = tree;
    else if (to === "running-config") device.replace(tree);
    else {
      const name = to.replace(/^flash:\/?/, "");
      device.state.flash = [...device.state.flash.filter(([other]) => other !== name), [name, textOf(tree)]];
    }
    device.save();
    return this.#plain("Copy completed successfully.");
  }

  #tree(source: string): ReturnType<typeof parseTree> {
    const { state } = this.#device;
    if (source === "running-config") return parseTree(textOf(state.running));
    if (source === "startup-config") return parseTree(textOf(state.startup));
    const name = source.replace(/^flash:\/?/, "");
    const file = state.flash.find(([other]) => other === name);
    if (!file) throw new Refused("failed", `Error: flash:/${name}: No such file or directory`);
    return parseTree(file[1]);
  }

  #leave(index: number): Record<string, unknown> {
    this.#settle(index);
    this.#segment = undefined;
    return this.#plain("");
  }

  /** The request is over: what was typed and not judged is judged now. */
  close(index: number): void {
    this.#settle(index);
    this.#segment = undefined;
  }

  /**
   * Judges what was typed since the last time. When a line is refused, the ones before it stand, as on the device,
   * where each is judged as it is typed.
   */
  #settle(_index: number): void {
    const segment = this.#segment;
    if (!segment || segment.lines.length === 0) return;
    const objection = this.#device.objection(segment.typing);
    if (objection) {
      const tree =
        segment.session === undefined
          ? this.#device.state.running
          : (this.#device.session(segment.session)?.tree ?? []);
      segment.typing = this.#device.type(tree);
      for (const { command, line } of segment.lines)
        if (command < objection.command) segment.typing.type(line, command);
    }
    segment.lines = [];
    this.#store(segment);
    if (objection) throw new CommandFailed(objection.command, objection.refused.kind, objection.refused.message);
    segment.typing = this.#device.type(segment.typing.roots);
  }

  #store(segment: Segment): void {
    if (segment.session === undefined) {
      this.#device.setRunning(segment.typing.roots);
      segment.typing = this.#device.type(segment.typing.roots);
      return;
    }
    const session = this.#device.session(segment.session);
    if (session) session.tree = segment.typing.roots;
    this.#device.save();
    segment.typing = this.#device.type(segment.typing.roots);
  }

  #show(index: number, line: string): Record<string, unknown> {
    this.#settle(index);
    const current = this.#segment?.session;
    const diff = /^show session-config(?: named (\S+))?( diffs?)?$/.exec(line);
    if (diff) return this.#showSession(index, line, diff[1] ?? current, diff[2] !== undefined);
    if (!this.#enabled && /^show (running-config|startup-config)/.test(line))
      throw new Refused("invalid", "Invalid input (privileged mode required)");
    const answer = answerShow(this.#device, line);
    if (!answer) throw unknownCommand(line);
    if (this.#format === "text") return { output: answer.text() };
    if (!answer.json) throw new CommandFailed(index, "unconverted", unconverted);
    return answer.json();
  }

  #showSession(index: number, line: string, name: string | undefined, diffs: boolean): Record<string, unknown> {
    const session = name === undefined ? undefined : this.#device.session(name);
    if (!session)
      throw new Refused("failed", name === undefined ? "Not in a configuration session" : `Session ${name} not found`);
    if (this.#format === "json") throw new CommandFailed(index, "unconverted", unconverted);
    if (!diffs) return { output: `! Command: ${line}\n${textOf(session.tree)}end\n` };
    const text = (tree: typeof session.tree): string[] => printTree(tree).map((printed) => printed.text);
    return {
      output: unifiedDiff(text(this.#device.state.running), text(session.tree), [
        "system:/running-config",
        `session:/${session.name}-session-config`,
      ]),
    };
  }

  #plain(output: string): Record<string, unknown> {
    if (this.#format === "text") return { output: output === "" ? "" : `${output}\n` };
    return output === "" ? {} : { messages: [output] };
  }
}

/** @source aristanetworks eAPI command reference; the words in pyeapi and pyEOS error reports */
const unconverted =
  "Command cannot be used over the API at this time. To see ASCII output, set format='text' in your request";

const unknownCommand = (line: string): Refused => {
  const words = line.split(" ");
  const token = words[0] === "show" && words.length > 1 ? 1 : 0;
  return new Refused("invalid", `Invalid input (at token ${token}: '${words[token] ?? ""}')`);
};

/** Seconds of `timer HH:MM:SS` in the last three groups, when it is there. */
function secondsOf(match: readonly (string | undefined)[]): number | undefined {
  const [hours, minutes, seconds] = match.slice(-3).map(Number);
  return match.at(-1) === undefined || hours === undefined || minutes === undefined || seconds === undefined
    ? undefined
    : hours * 3600 + minutes * 60 + seconds;
}
