import type { Finding } from "#model/finding.ts";
import type { FileAccount, LineStatus } from "#model/source.ts";
import type { ReadFile } from "./source.ts";
import type { ConfigNode } from "./tree.ts";

type Status = LineStatus["status"];

/** A file of another kind is unknown line by line; nobody reads more than this. */
const maxFindings = 5000;

/**
 * What became of each line, once all features have read the tree. A leaf carries its mark; the keys above it are used
 * when something below them is. Leaves that nobody marked are unknown, with a finding each.
 */
export function accountFor(read: ReadFile, findings: Finding[]): FileAccount {
  const lines = read.file.text.split("\n");
  const statuses = new Map<number, { status: Status; reason?: string }>();
  const rank: Readonly<Record<Status, number>> = { ignored: 0, used: 1, unknown: 2 };
  const note = (line: number, status: Status, reason?: string): void => {
    const before = statuses.get(line);
    if (before === undefined || rank[status] > rank[before.status])
      statuses.set(line, reason === undefined ? { status } : { status, reason });
  };

  const leaf = (node: ConfigNode, path: readonly string[]): Status => {
    const status = node.mark.status ?? "unknown";
    if (status === "unknown" && findings.length >= maxFindings) {
      note(node.line, "ignored", `not understood; only the first ${maxFindings} such are reported`);
      return status;
    }
    note(node.line, status, node.mark.reason);
    for (let line = node.line + 1; line <= node.endLine; line++) note(line, "ignored", "part of the value above");
    if (status === "unknown") findings.push(unknownPath(node, path));
    return status;
  };
  const walk = (node: ConfigNode, path: readonly string[]): Status => {
    if (node.children.size === 0) return path.length === 0 ? "ignored" : leaf(node, path);
    let any: Status = "ignored";
    for (const [key, child] of node.children) if (walk(child, [...path, key]) === "used") any = "used";
    if (path.length > 0 && !statuses.has(node.line))
      note(node.line, any, any === "used" ? undefined : "heading: nothing below it has a part");
    return any;
  };
  for (const root of read.roots) walk(root, []);

  const out: LineStatus[] = [];
  lines.forEach((raw, index) => {
    const line = index + 1;
    const text = raw.trim();
    const known = statuses.get(line);
    if (known === undefined && (text === "" || text.startsWith("#"))) return;
    const { status, reason } = read.broken.has(line)
      ? { status: "unknown" as const, reason: undefined }
      : (known ?? aside(read, line));
    out.push({ line, status, ...(reason === undefined ? {} : { reason }), text: text.slice(0, 200) });
  });
  return { file: read.file.path, lines: out };
}

function aside(read: ReadFile, line: number): { status: Status; reason: string } {
  const reason = read.aside.get(line);
  if (reason !== undefined) return { status: "ignored", reason };
  return {
    status: "ignored",
    reason:
      read.stoppedAt !== undefined && line >= read.stoppedAt
        ? `not read: reading stopped before line ${read.stoppedAt}`
        : "YAML punctuation, or part of the value above",
  };
}

function unknownPath(node: ConfigNode, path: readonly string[]): Finding {
  const text = [...path, ...(node.value === undefined ? [] : [node.value])].join(" ").slice(0, 200);
  return {
    code: "nvue.unknown-path",
    severity: "warning",
    message: `NVUE path not understood: ${text}`,
    where: { kind: "file", file: node.file, line: node.line },
    remedy: "What it does is not part of the model: judge it by hand, or ask for the feature.",
  };
}
