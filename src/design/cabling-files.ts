import type { LinkEnd } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";

/** One cable as a file states it, with its line. */
export interface StatedCable {
  readonly a: LinkEnd;
  readonly b: LinkEnd;
  readonly file: string;
  readonly line: number;
}

export interface StatedCables {
  readonly cables: readonly StatedCable[];
  readonly findings: readonly Finding[];
}

const limits = { characters: 16 * 1024 * 1024, cables: 200_000 };

/** Whether a file is a cabling plan of a kind that `readCablingFile` reads; one that reads differently is no finding. */
export const isCablingFile = (file: SourceFile): boolean =>
  /\.(dot|gv)$/i.test(file.path) || (/\.csv$/i.test(file.path) && columnsOf(firstLine(file.text)) !== undefined);

/**
 * The cables of a DOT graph as Cumulus' PTM and NVIDIA Air use it (`"leaf1":"swp1" -- "spine1":"swp3"`), or of a table
 * with a node, its interface, the peer node and its interface on each row, as Arista AVD writes it. Never throws.
 *
 * @source docs.nvidia.com Cumulus Linux, Prescriptive Topology Manager; corpus cumulus/nvue-goldenturtle/topology;
 *   corpus eos/avd-single-dc-l3ls/fabric
 */
export function readCablingFile(file: SourceFile): StatedCables {
  if (file.text.length > limits.characters)
    return {
      cables: [],
      findings: [
        finding(
          file,
          1,
          `The cabling file has ${file.text.length} characters, more than ${limits.characters}; it was not read.`,
        ),
      ],
    };
  const read = /\.csv$/i.test(file.path) ? readTable(file) : readDot(file);
  if (read.cables.length <= limits.cables) return read;
  return {
    cables: read.cables.slice(0, limits.cables),
    findings: [...read.findings, finding(file, 1, `Only the first ${limits.cables} cables were read.`)],
  };
}

const finding = (file: SourceFile, line: number, message: string): Finding => ({
  code: "cabling.unreadable",
  severity: "warning",
  message,
  where: { kind: "file", file: file.path, line },
});

/** A name, quoted or not; punctuation; attributes. Sticky, and each branch begins with another character: linear. */
const token = /\s+|"([^"\n]*)"|([\w./+@%]+(?:-[\w./+@%]+)*)|--|->|[:;,={}[\]]|[^]/y;

function readDot(file: SourceFile): StatedCables {
  const cables: StatedCable[] = [];
  const findings: Finding[] = [];
  for (const [index, text] of file.text.split("\n").entries()) {
    if (/^\s*(#|\/\/|\*|\/\*)/.test(text.slice(0, 200)) || !text.includes("--")) continue;
    const words = wordsOf(text);
    for (let at = words.indexOf("--"); at >= 0; at = words.indexOf("--", at + 1)) {
      const ends = [words.slice(at - 3, at), words.slice(at + 1, at + 4)].map(dotEnd);
      const [a, b] = ends;
      if (a === undefined || b === undefined)
        findings.push(finding(file, index + 1, `No cable was read here: an end is "node":"port".`));
      else cables.push({ a, b, file: file.path, line: index + 1 });
    }
  }
  return { cables, findings };
}

/** Names with a leading quote sign, so that a quoted `:` is not punctuation. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  // `a--b` without spaces: the dashes belong to no name.
  const spaced = text.includes('"') ? text : text.replaceAll("--", " -- ");
  token.lastIndex = 0;
  for (let match = token.exec(spaced); match !== null && match[0] !== ""; match = token.exec(spaced)) {
    const name = match[1] ?? match[2];
    if (name !== undefined && name !== "--") words.push(`"${name}`);
    else if (match[0].trim() !== "") words.push(match[0]);
  }
  return words;
}

function dotEnd([node, colon, port]: readonly string[]): LinkEnd | undefined {
  if (node === undefined || port === undefined || colon !== ":") return undefined;
  if (!node.startsWith('"') || !port.startsWith('"') || node.length < 2 || port.length < 2) return undefined;
  return { node: node.slice(1), port: port.slice(1) };
}

const headings = {
  node: ["node", "device", "a device", "a node", "local device"],
  port: ["node interface", "interface", "port", "a port", "a interface", "local port", "local interface"],
  peer: ["peer node", "peer", "neighbor", "b device", "b node", "remote device"],
  peerPort: [
    "peer interface",
    "peer port",
    "neighbor port",
    "b port",
    "b interface",
    "remote port",
    "remote interface",
  ],
} as const;

type Columns = Readonly<Record<keyof typeof headings, number>>;

const firstLine = (text: string): string =>
  text
    .slice(0, 4096)
    .replace(/^\uFEFF/, "")
    .split("\n", 1)[0] ?? "";
const cellsOf = (row: string): string[] => row.split(",").map((cell) => cell.trim().replace(/^"|"$/g, ""));

function columnsOf(header: string): Columns | undefined {
  const names = cellsOf(header).map((name) => name.toLowerCase().replaceAll("_", " "));
  const column = (wanted: readonly string[]): number => names.findIndex((name) => wanted.includes(name));
  const found = {
    node: column(headings.node),
    port: column(headings.port),
    peer: column(headings.peer),
    peerPort: column(headings.peerPort),
  };
  return Object.values(found).includes(-1) ? undefined : found;
}

function readTable(file: SourceFile): StatedCables {
  const columns = columnsOf(firstLine(file.text));
  if (columns === undefined) return { cables: [], findings: [] };
  const cables: StatedCable[] = [];
  for (const [index, row] of file.text.split("\n").entries()) {
    if (index === 0 || row.length > 4096) continue;
    const cells = cellsOf(row);
    const [node, port] = [cells[columns.node], cells[columns.port]];
    const [peer, peerPort] = [cells[columns.peer], cells[columns.peerPort]];
    // AVD lists ports without a neighbour too.
    if (!node || !port || !peer || !peerPort) continue;
    cables.push({ a: { node, port }, b: { node: peer, port: peerPort }, file: file.path, line: index + 1 });
  }
  return { cables, findings: [] };
}
