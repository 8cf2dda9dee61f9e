import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import { parseYaml } from "../syntax/yaml-positions.ts";
import type { YamlEntry, YamlValue } from "../syntax/yaml-values.ts";
import { maxWords, nodeFromCommand, parseCommand } from "./commands.ts";
import { spreadRanges, type RangeBudget } from "./ranges.ts";
import { ignore, newNode, nodeFromYaml, overlay, use, type ConfigNode } from "./tree.ts";

/** What the files of a device say, laid over each other in order. */
export interface NvueSource {
  readonly tree: ConfigNode;
  readonly files: readonly ReadFile[];
  readonly findings: readonly Finding[];
}

/** One file with all of its leaves, those that a later file overrides too: what the account is made of. */
export interface ReadFile {
  readonly file: SourceFile;
  readonly roots: readonly ConfigNode[];
  readonly broken: ReadonlySet<number>;
  readonly stoppedAt?: number;
  /** Lines outside the tree that say nothing about the network, and why. */
  readonly aside: ReadonlyMap<number, string>;
}

/** A file that is something else altogether is reported this far. */
const maxBroken = 2000;

interface Op {
  readonly op: "set" | "unset";
  readonly root: ConfigNode;
}

/**
 * Reads startup.yaml (a list of `header`, `set`, `unset`), several such documents in a file, a bare tree (what the API
 * gives, as JSON or YAML), or lines of `nv set` and `nv unset`.
 */
export function readSource(files: readonly SourceFile[]): NvueSource {
  const findings: Finding[] = [];
  const tree = newNode(files[0]?.path ?? "", 1);
  const budget: RangeBudget = { copies: 0, told: 0 };
  const read = files.map((file) => {
    const { ops, shadowed, ...account } = isCommands(file.text)
      ? readCommands(file, findings)
      : readYaml(file, findings);
    for (const { op, root } of ops) {
      const spread = spreadRanges(root, budget, findings);
      if (op === "set") overlay(tree, spread);
      else take(tree, spread);
    }
    return { file, roots: [...ops.map(({ root }) => root), ...shadowed], ...account };
  });
  return { tree, files: read, findings };
}

export const isCommands = (text: string): boolean =>
  /^(?:[\w.-]+@[^\n$#]{0,200}[$#]\s*)?nv (?:un)?set /m.test(text.slice(0, 65536));

type Read = Omit<ReadFile, "file" | "roots"> & {
  readonly ops: readonly Op[];
  readonly shadowed: readonly ConfigNode[];
};

function readCommands(file: SourceFile, findings: Finding[]): Read {
  const ops: Op[] = [];
  const broken = new Set<number>();
  const aside = new Map<number, string>();
  file.text.split("\n").forEach((raw, index) => {
    const line = index + 1;
    const text = raw.trim();
    if (text === "" || text.startsWith("#")) return;
    const commands = parseCommand(text);
    if (broken.size >= maxBroken) {
      aside.set(line, `not read: ${maxBroken} lines before it are no NVUE commands`);
      return;
    }
    if (commands === undefined) {
      if (/^(?:\S+@\S+[$#]\s*)?nv config\b/.test(text) || /^#!|^(?:set -|exit\b)/.test(text)) {
        aside.set(line, "says when to apply, not what");
        return;
      }
      broken.add(line);
      findings.push(problem("nvue.unknown-line", file.path, line, `Not an NVUE command: ${text.slice(0, 80)}`));
      return;
    }
    for (const { op, path } of commands) {
      if (path.length === 0 || path.length > maxWords) {
        broken.add(line);
        findings.push(problem("nvue.unknown-line", file.path, line, "An NVUE command of no or too many words."));
        continue;
      }
      ops.push({ op, root: nodeFromCommand(path, file.path, line) });
    }
  });
  return { ops, broken, aside, shadowed: [] };
}

function readYaml(file: SourceFile, findings: Finding[]): Read {
  const yaml = parseYaml(file);
  findings.push(...yaml.findings);
  const ops: Op[] = [];
  const broken = new Set(yaml.broken);
  const aside = new Map<number, string>();
  const shadowed: ConfigNode[] = [];
  const duplicate = (key: string, line: number, before: ConfigNode): void => {
    const root = newNode(file.path, before.line);
    root.children.set(key, before);
    shadowed.push(root);
    if (shadowed.length > maxBroken) return;
    findings.push({
      ...problem("nvue.duplicate-key", file.path, line, `The key ${key} stands twice in one map; the last one counts.`),
      severity: "warning",
    });
  };
  const add = (op: Op["op"], value: YamlValue): void => {
    ops.push({ op, root: nodeFromYaml(value, file.path, duplicate) });
  };
  const lines = (value: YamlValue, reason: string): void => {
    for (let line = value.line; line <= endOf(value); line++) aside.set(line, reason);
  };
  const step = (entry: YamlEntry): boolean => {
    if (entry.key === "header") lines(entry.value, "header: names model and release, configures nothing");
    else if (entry.key === "set" || entry.key === "unset") add(entry.key, entry.value);
    else return false;
    aside.set(entry.line, "heading");
    return true;
  };
  for (const document of yaml.documents) {
    const parts = document.kind === "list" ? document.items : [document];
    for (const part of parts) {
      if (part.kind === "map" && part.entries.some(({ key }) => key === "set" || key === "unset" || key === "header")) {
        for (const entry of part.entries)
          if (!step(entry)) unreadable(entry.line, `unexpected key ${entry.key}`, entry.value);
      } else if (part.kind === "map" && document.kind === "map") add("set", part);
      else if (part.kind !== "map" || part.entries.length > 0) unreadable(part.line, "neither `set` nor `unset`", part);
    }
  }
  return { ops, shadowed, broken, aside, ...(yaml.stoppedAt === undefined ? {} : { stoppedAt: yaml.stoppedAt }) };

  function unreadable(line: number, what: string, value: YamlValue): void {
    for (let at = line; at <= endOf(value) && broken.size < maxBroken; at++) {
      broken.add(at);
      findings.push(
        problem("nvue.unknown-line", file.path, at, `Not part of an NVUE configuration: ${what.slice(0, 100)}.`),
      );
    }
  }
}

function endOf(value: YamlValue): number {
  if (value.kind === "scalar") return value.endLine;
  const inner = value.kind === "map" ? value.entries.map((entry) => entry.value) : value.items;
  return inner.reduce((end, child) => Math.max(end, endOf(child)), value.endLine);
}

const problem = (code: string, file: string, line: number, message: string): Finding => ({
  code,
  severity: "warning",
  message,
  where: { kind: "file", file, line },
  remedy: "Check the line against the release's NVUE reference; Heddle goes on without it.",
});

/** Takes the leaves of `away` out of the tree; a leaf that names an object takes all of it. */
function take(tree: ConfigNode, away: ConfigNode): void {
  for (const [key, child] of away.children) {
    const target = tree.children.get(key);
    if (target === undefined) ignore(child, "takes away what is not there");
    else if (child.children.size > 0) {
      const [word] = child.children.keys();
      // `nv unset interface swp1 link mtu 9000`: the last word is the scalar itself.
      if (target.children.size === 0 && child.children.size === 1 && target.value === word) {
        ignore(target, `taken away by line ${child.line} of ${child.file}`);
        use(child);
        tree.children.delete(key);
      } else {
        take(target, child);
        if (target.children.size === 0 && target.value === undefined) tree.children.delete(key);
      }
    } else {
      ignore(target, `taken away by line ${child.line} of ${child.file}`);
      use(child);
      tree.children.delete(key);
    }
  }
}
