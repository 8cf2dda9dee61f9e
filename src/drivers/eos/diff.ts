import type { DiffLine } from "#model/change.ts";
import type { SourceFile } from "#model/source.ts";
import { scanIndented, type Block } from "../syntax/indented.ts";
import { eosSyntax } from "./parse.ts";
import { shown } from "./text.ts";

interface Node {
  readonly text: string;
  readonly children: Node[];
  readonly byText: Map<string, Node>;
}

const node = (text: string): Node => ({ text, children: [], byText: new Map() });

/** Blocks of the same header are one, as on the device. */
function treeOf(files: readonly SourceFile[]): Node {
  const root = node("");
  for (const file of files) {
    const waiting: [Block, Node][] = scanIndented(file.text, eosSyntax)
      .roots.map((block) => [block, root] as [Block, Node])
      .toReversed();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [block, parent] = next;
      if (block.text === "end" && parent === root) continue;
      let own = parent.byText.get(block.text);
      if (own === undefined) {
        own = node(block.text);
        parent.byText.set(block.text, own);
        parent.children.push(own);
      }
      for (const line of block.body ?? []) if (!own.byText.has(line)) addTo(own, line);
      for (let at = block.children.length - 1; at >= 0; at--) waiting.push([block.children[at] as Block, own]); // in range
    }
  }
  return root;
}

function addTo(parent: Node, text: string): void {
  const child = node(text);
  parent.byText.set(text, child);
  parent.children.push(child);
}

/** As `show session-config diffs`: changed lines under the headers of their blocks. Secrets are not shown. */
export function diffEos(before: readonly SourceFile[], after: readonly SourceFile[]): DiffLine[] {
  const out: DiffLine[] = [];
  compare(treeOf(before), treeOf(after), [], out);
  return out;
}

const deepest = 64;

function compare(before: Node, after: Node, within: readonly string[], out: DiffLine[]): void {
  const moved = new Set<string>();
  let j = 0;
  const addNew = (until: string | undefined): void => {
    for (; j < after.children.length; j++) {
      const next = after.children[j] as Node; // in range
      if (next.text === until) return;
      if (!before.byText.has(next.text) || moved.has(next.text)) write("add", next, within, out);
      else if (until !== undefined && next.children.length === 0 && before.byText.get(next.text)?.children.length === 0)
        return;
    }
  };
  for (const old of before.children) {
    const now = after.byText.get(old.text);
    if (now === undefined) {
      write("remove", old, within, out);
      continue;
    }
    addNew(old.text);
    if (after.children[j] === now) j++;
    else if (old.children.length === 0 && now.children.length === 0 && j < after.children.length) {
      // The same line at another place: order counts in some lists, so it is shown as taken away and put back.
      write("remove", old, within, out);
      moved.add(old.text);
      continue;
    }
    compareChildren(old, now, within, out);
  }
  addNew(undefined);
}

function compareChildren(old: Node, now: Node, within: readonly string[], out: DiffLine[]): void {
  if (old.children.length === 0 && now.children.length === 0) return;
  if (within.length >= deepest) return;
  const at = out.length;
  compare(old, now, [...within, old.text], out);
  if (out.length > at) out.splice(at, 0, line("context", old.text, within));
}

function write(op: "add" | "remove", top: Node, within: readonly string[], out: DiffLine[]): void {
  const waiting: [Node, readonly string[]][] = [[top, within]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [one, path] = next;
    out.push(line(op, one.text, path));
    const inside = path.length >= deepest ? path : [...path, one.text];
    for (let at = one.children.length - 1; at >= 0; at--) waiting.push([one.children[at] as Node, inside]); // in range
  }
}

const line = (op: DiffLine["op"], text: string, within: readonly string[]): DiffLine => ({
  op,
  text: "   ".repeat(within.length) + shown(text),
  ...(within.length === 0 ? {} : { within }),
});
