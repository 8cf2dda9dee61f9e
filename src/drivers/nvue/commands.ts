import { compareNames } from "#net/order.ts";
import { newNode, type ConfigNode } from "./tree.ts";

export interface Command {
  readonly op: "set" | "unset";
  readonly path: readonly string[];
}

/** Splits a command line as a shell does: quotes group, a backslash keeps the next character. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? "";
    if (quote !== "") {
      if (char === quote) quote = "";
      else if (char === "\\" && quote === '"' && /["\\$`]/.test(line[at + 1] ?? "")) word += line[++at] ?? "";
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (char === "\\") word = (word ?? "") + (line[++at] ?? "");
    else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "#" && word === undefined) break;
    else word = (word ?? "") + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * One line of `nv set …` or `nv unset …`, with or without a prompt before it. A word that begins with a dot stands at
 * the level of the first such word (`match ip .protocol tcp .dest-port 22`), so one line may give several commands.
 *
 * @source Cumulus Linux 5.15 NVUE-API "Control Plane ACLs"
 */
export function parseCommand(line: string): Command[] | undefined {
  const bare = line.replace(/^\s*[\w.-]+@[\w.-]+(?::[\w./-]+)?:[^$#]*[$#]\s*/, "");
  const [nv, op, ...words] = splitWords(bare);
  if (nv !== "nv" || (op !== "set" && op !== "unset")) return undefined;
  const dotted = words.findIndex((word) => /^\.[a-z]/.test(word));
  if (dotted < 0) return [{ op, path: words }];
  const stem = words.slice(0, dotted);
  const commands: Command[] = [];
  for (const word of words.slice(dotted)) {
    const last = commands.at(-1);
    if (/^\.[a-z]/.test(word)) commands.push({ op, path: [...stem, word.slice(1)] });
    else if (last !== undefined) commands[commands.length - 1] = { op, path: [...last.path, word] };
  }
  return commands;
}

/** A tree of one command. Its path is short: longer ones are no NVUE object. */
export const maxWords = 40;
export function nodeFromCommand(path: readonly string[], file: string, line: number): ConfigNode {
  const root = newNode(file, line);
  let here = root;
  for (const word of path.slice(0, maxWords)) {
    const child = newNode(file, line);
    here.children.set(word, child);
    here = child;
  }
  return root;
}

const word = (text: string): string => (/^[\w.:/@%+,=^*-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** `nv set vrf RED evpn vni 4001` */
export const formatCommand = ({ op, path }: Command): string => `nv ${op} ${path.map(word).join(" ")}`;

/** Every leaf of a tree as the path of a command, in the order that NVUE prints: names sorted, numbers as numbers. */
export function* leafPaths(node: ConfigNode, path: readonly string[] = []): Generator<readonly string[]> {
  if (node.children.size === 0) {
    if (path.length > 0) yield node.value === undefined ? path : [...path, node.value];
    return;
  }
  for (const key of [...node.children.keys()].toSorted(compareNames)) {
    const child = node.children.get(key);
    if (child !== undefined) yield* leafPaths(child, [...path, key]);
  }
}
