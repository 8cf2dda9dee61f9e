import { globalMode, type Mode } from "./modes.ts";
import { applyStatement, enterBlock } from "./statements.ts";
import { normalize, vlanList, type ConfigNode } from "./tree.ts";

interface Frame {
  readonly mode: Mode;
  /** Children lists that a line typed here changes: several when a range of interfaces was entered. */
  readonly blocks: readonly ConfigNode[][];
  readonly path: string;
}

/** Somebody typing configuration: one line after the other, in whatever mode the last one left. */
export class ConfigTyping {
  readonly #roots: ConfigNode[];
  readonly #known: ReadonlySet<string>;
  /** Statement to the number of the command that made it what it is. */
  readonly origin = new Map<ConfigNode, number>();
  #frames: Frame[];

  /** `known` are statements that the device came with: the only witness for lines our mode table lacks. */
  constructor(roots: ConfigNode[], known: ReadonlySet<string>) {
    this.#roots = roots;
    this.#known = known;
    this.#frames = [{ mode: globalMode, blocks: [roots], path: "" }];
  }

  get roots(): ConfigNode[] {
    return this.#roots;
  }

  /** Leaves a mode; at the top, `false`: the session itself is left. */
  exit(): boolean {
    if (this.#frames.length === 1) return false;
    this.#frames.pop();
    return true;
  }

  /** Types one line. Gives the error EOS answers with, or undefined. */
  type(text: string, command: number): string | undefined {
    const line = normalize(text.trim());
    if (line === "" || (line.startsWith("!") && !line.startsWith("!!"))) return undefined;
    const syntax = syntaxError(line);
    if (syntax !== undefined) return syntax;
    const depth = this.#homeOf(line);
    this.#frames.length = depth + 1;
    const frame = this.#frames[depth] as Frame; // homeOf gives an index of the list
    const bare = line.replace(/^(no|default) /, "");
    const negated = bare !== line;
    const blockMode = negated
      ? undefined
      : (frame.mode.modes.find(({ enters }) => enters.test(line)) ?? this.#knownBlock(frame, line));
    const inner: ConfigNode[][] = [];
    for (const block of frame.blocks)
      for (const each of expand(line, frame)) {
        const node = blockMode === undefined ? applyStatement(block, each) : enterBlock(block, each);
        if (node === undefined) continue;
        this.origin.set(node, command);
        inner.push(node.children);
      }
    if (blockMode !== undefined) this.#frames.push({ mode: blockMode, blocks: inner, path: join(frame.path, line) });
    return undefined;
  }

  /** The innermost mode that has this command; one that no mode has stays where the last line left us. */
  #homeOf(line: string): number {
    const bare = line.replace(/^(no|default) /, "");
    for (let depth = this.#frames.length - 1; depth >= 0; depth--) {
      const frame = this.#frames[depth] as Frame; // depth is in range
      if (frame.mode.modes.some(({ enters }) => enters.test(bare)) || frame.mode.owns.test(bare)) return depth;
      if (this.#known.has(join(frame.path, line))) return depth;
    }
    return this.#frames.length - 1;
  }

  /** A block that only the device's own configuration tells us of. */
  #knownBlock(frame: Frame, line: string): Mode | undefined {
    const beginning = `${join(frame.path, line)} > `;
    for (const path of this.#known) if (path.startsWith(beginning)) return { enters: /^$/, owns: /^(?!)/, modes: [] };
    return undefined;
  }
}

const join = (path: string, line: string): string => (path === "" ? line : `${path} > ${line}`);

/** Ranges of VLANs and interfaces, as far as EOS takes them: `vlan 10-12`, `interface Ethernet1-4,7`. */
function expand(line: string, frame: Frame): string[] {
  if (frame.path !== "") return [line];
  const vlans = /^((?:no )?vlan )([\d,\- ]+)$/.exec(line);
  if (vlans) return (vlanList(vlans[2] ?? "") ?? []).map((id) => `${vlans[1]}${id}`);
  const ports = /^((?:no |default )?interface [A-Za-z-]+?)(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)$/.exec(line);
  if (!ports || !/[,-]/.test(ports[2] ?? "")) return [line];
  const numbers = (ports[2] ?? "").split(",").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return to < from || to - from > 4096 ? [from] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return numbers.map((number) => `${ports[1]}${number}`);
}

/** Values that the device's command grammar itself bounds. */
const bounds: readonly {
  readonly pattern: RegExp;
  readonly token: number;
  readonly low: number;
  readonly high: number;
}[] = [
  { pattern: /^mtu (\d+)$/, token: 1, low: 68, high: 9214 },
  { pattern: /^interface Vlan(\d+)$/, token: 1, low: 1, high: 4094 },
  { pattern: /^switchport access vlan (\d+)$/, token: 3, low: 1, high: 4094 },
  { pattern: /^switchport trunk native vlan (\d+)$/, token: 4, low: 1, high: 4094 },
  { pattern: /^vxlan vlan \S+ vni (\d+)$/, token: 4, low: 1, high: 16777214 },
  { pattern: /^vxlan vrf \S+ vni (\d+)$/, token: 4, low: 1, high: 16777214 },
  { pattern: /^router bgp (\d+)$/, token: 2, low: 1, high: 4294967295 },
  { pattern: /^neighbor \S+ remote-as (\d+)$/, token: 3, low: 1, high: 4294967295 },
  { pattern: /^maximum-paths (\d+)/, token: 1, low: 1, high: 600 },
  { pattern: /^channel-group (\d+)/, token: 1, low: 1, high: 999999 },
  { pattern: /^interface Port-Channel(\d+)$/, token: 1, low: 1, high: 999999 },
];

const invalid = (token: number, text: string): string => `Invalid input (at token ${token}: '${text}')`;

function syntaxError(line: string): string | undefined {
  const shift = /^(no|default) /.test(line) ? 1 : 0;
  const bare = shift === 1 ? line.replace(/^\S+ /, "") : line;
  const words = bare.split(" ");
  const vlans = /^vlan ([\d,\- ]+)$/.exec(bare);
  if (vlans && vlanList(vlans[1] ?? "") === undefined) return invalid(1 + shift, vlans[1] ?? "");
  for (const { pattern, token, low, high } of bounds) {
    const match = pattern.exec(bare);
    const value = match && Number(match[1]);
    if (value !== null && (value < low || value > high)) return invalid(token + shift, words[token] ?? "");
  }
  // Free text may look like anything; elsewhere a dotted quad is an address.
  if (/^(description|name|banner|remark|\d+ remark|username|comment)\b/.test(bare)) return undefined;
  for (const [index, word] of words.entries()) {
    const quad = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(word);
    if (quad && (quad.slice(1, 5).some((octet) => Number(octet) > 255) || Number(quad[5] ?? 0) > 32))
      return invalid(index + shift, word);
  }
  return undefined;
}
