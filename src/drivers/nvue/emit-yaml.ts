import { compareNames } from "#net/order.ts";
import type { ConfigNode } from "./tree.ts";

/**
 * A tree as NVUE writes it: block style, two spaces, names sorted with numbers as numbers. Addresses keep their order:
 * the first one is the interface's own.
 */
export function emitTree(node: ConfigNode, depth: number, out: string[]): void {
  const pad = "  ".repeat(depth);
  for (const [key, child] of sorted(node)) {
    if (child.children.size > 0) {
      out.push(`${pad}${scalar(key, true)}:`);
      if (key === "address") for (const [address, leaf] of child.children) emitLeaf(address, leaf, depth + 1, out);
      else emitTree(child, depth + 1, out);
    } else emitLeaf(key, child, depth, out);
  }
}

function emitLeaf(key: string, node: ConfigNode, depth: number, out: string[]): void {
  const pad = "  ".repeat(depth);
  if (node.children.size > 0) {
    out.push(`${pad}${scalar(key, true)}:`);
    emitTree(node, depth + 1, out);
  } else out.push(`${pad}${scalar(key, true)}: ${node.value === undefined ? "{}" : scalar(node.value, false)}`);
}

const sorted = (node: ConfigNode): [string, ConfigNode][] =>
  [...node.children].toSorted(([a], [b]) => compareNames(a, b));

/**
 * Quoted where YAML 1.1, which the switch reads, would see something else than this text: numbers and sexagesimals
 * (`65000:1`) as keys, words like `yes`, and all that has a special character. Numbers as values are meant as numbers.
 *
 * @source YAML 1.1 types int, bool, null; captures cumulus/nvue-goldenturtle quote VLAN and VNI keys
 */
function scalar(text: string, key: boolean): string {
  if (!key && /^(?:0|[1-9]\d{0,15})$/.test(text)) return text;
  if (!key && (text === "on" || text === "off")) return text;
  if (/^[A-Za-z/][\w./-]*(?: [\w./-]+)*$/.test(text) && !reserved.test(text)) return text;
  if (/^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/.test(text)) return text;
  if (/^[\x20-\x7E\u00A0-\uD7FF\uE000-\uFFFD]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(
    /[\u007F-\u009F\u2028\u2029\uFEFF]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const reserved = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;
