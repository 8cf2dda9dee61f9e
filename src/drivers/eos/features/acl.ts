import {
  hostPrefix,
  isIpv6,
  makePrefix,
  parseIpAddress,
  parseIpPrefix,
  parseIpv4Number,
  type IpPrefix,
} from "#net/ip.ts";
import type { Acl, AclEntry, PortRange } from "#model/acl.ts";
import type { DeviceConfig, Interface } from "#model/device-config.ts";
import { block, type Block, type Written } from "../../syntax/indented.ts";
import type { InterfaceDraft, Line } from "../draft.ts";
import type { Handler, Reader } from "../reader.ts";
import { sortedKeys, splitWords, pathOf } from "../text.ts";
import { dscpNumber, icmpTypes, portNames, protocolNames } from "../tables.ts";

/** A cursor over the words of one entry. */
interface Words {
  readonly words: readonly string[];
  at: number;
}

const step = 10;

/** `ip access-list [standard] X`, `ipv6 access-list [standard] X`; entries in the block. */
export function readAcl(line: Line, reader: Reader): boolean {
  const { words, block: header, no } = line;
  const standard = words[2] === "standard";
  const name = words[standard ? 3 : 2];
  if (name === undefined || words.length > (standard ? 4 : 3)) return false;
  if (no) {
    reader.draft.acls.delete(name);
    return true;
  }
  const family = words[0] === "ipv6" ? "ipv6" : "ipv4";
  const before = reader.draft.acls.get(name);
  const entries = new Map<number, { entry: AclEntry; line: number }>();
  before?.acl.entries.forEach((entry, index) => entries.set(entry.sequence, { entry, line: before.lines[index] ?? 0 }));
  let highest = 0;
  for (const sequence of entries.keys()) highest = Math.max(highest, sequence);
  for (const child of header.children)
    highest = Math.max(highest, readEntry(child, family, standard, entries, highest, reader));
  const sorted = [...entries.values()].sort((a, b) => a.entry.sequence - b.entry.sequence);
  const acl: Acl = { family, entries: sorted.map(({ entry }) => entry), defaultAction: "deny" };
  reader.draft.acls.set(name, { line: header.line, acl, lines: sorted.map((one) => one.line) });
  return true;
}

/** Gives the number of the entry, 0 when there is none. */
function readEntry(
  child: Block,
  family: "ipv4" | "ipv6",
  standard: boolean,
  entries: Map<number, { entry: AclEntry; line: number }>,
  highest: number,
  reader: Reader,
): number {
  const words = splitWords(child.text);
  const removes = words[0] === "no";
  if (removes) words.shift();
  const numbered = /^\d{1,10}$/.test(words[0] ?? "") ? Number(words.shift()) : undefined;
  if (removes) {
    if (numbered !== undefined && words.length === 0) {
      entries.delete(numbered);
      reader.use(child);
    }
    return 0;
  }
  if (words[0] === "remark" || words[0] === "counters") {
    reader.ignore(child, "remarks and counting of matches");
    return 0;
  }
  const sequence = numbered ?? (Math.floor(highest / step) + 1) * step;
  const read = standard ? standardEntry(words, family) : extendedEntry(words, family);
  if (read === undefined) return 0;
  // What can't be said makes the line narrower than it is kept: a permit is kept wide, so that a proof errs on the
  // safe side; a deny is left out for the same reason. Both stay unknown.
  if (!read.whole && read.entry.action === "deny") return sequence;
  entries.set(sequence, { entry: { ...read.entry, sequence }, line: child.line });
  if (read.whole) reader.use(child);
  return sequence;
}

type ReadEntry = { readonly entry: Omit<AclEntry, "sequence">; readonly whole: boolean } | undefined;

const actionOf = (word: string | undefined): "permit" | "deny" | undefined =>
  word === "permit" || word === "deny" ? word : undefined;

function standardEntry(words: readonly string[], family: "ipv4" | "ipv6"): ReadEntry {
  const action = actionOf(words[0]);
  const cursor: Words = { words, at: 1 };
  const source = networkAt(cursor, family);
  if (action === undefined || source === undefined) return undefined;
  const rest = words.slice(cursor.at).filter((word) => word !== "log");
  return { entry: { action, ...(source === "any" ? {} : { source }) }, whole: rest.length === 0 };
}

function extendedEntry(words: readonly string[], family: "ipv4" | "ipv6"): ReadEntry {
  const action = actionOf(words[0]);
  const named = words[1] ?? "";
  const protocol =
    protocolNames.get(named) ?? (/^\d{1,3}$/.test(named) && Number(named) < 256 ? Number(named) : undefined);
  if (action === undefined || (protocol === undefined && named !== "ip" && named !== "ipv6")) return undefined;
  const cursor: Words = { words, at: 2 };
  const source = networkAt(cursor, family);
  const sourcePorts = source === undefined ? undefined : portsAt(cursor);
  const destination = source === undefined ? undefined : networkAt(cursor, family);
  const destinationPorts = destination === undefined ? undefined : portsAt(cursor);
  if (source === undefined || destination === undefined || sourcePorts === "bad" || destinationPorts === "bad")
    return undefined;
  const flags = flagsAt(cursor, protocol);
  return {
    entry: {
      action,
      ...(protocol === undefined ? {} : { protocol }),
      ...(source === "any" ? {} : { source }),
      ...(destination === "any" ? {} : { destination }),
      ...(sourcePorts === undefined ? {} : { sourcePorts }),
      ...(destinationPorts === undefined ? {} : { destinationPorts }),
      ...flags.fields,
    },
    whole: flags.whole,
  };
}

/** `any`, `host A`, `P/len`, `A wildcard`. */
function networkAt(cursor: Words, family: "ipv4" | "ipv6"): IpPrefix | "any" | undefined {
  const word = cursor.words[cursor.at] ?? "";
  if (word === "any") {
    cursor.at++;
    return "any";
  }
  const host = word === "host";
  const address = parseIpAddress(host ? (cursor.words[cursor.at + 1] ?? "") : word);
  if (address !== undefined && isIpv6(address) === (family === "ipv6")) {
    const wildcard = host ? undefined : wildcardLength(cursor.words[cursor.at + 1]);
    cursor.at += host || wildcard !== undefined ? 2 : 1;
    return wildcard === undefined ? hostPrefix(address) : makePrefix(address, wildcard);
  }
  const network = parseIpPrefix(word);
  if (network === undefined || isIpv6(network) !== (family === "ipv6")) return undefined;
  cursor.at++;
  return network;
}

/** `0.0.0.255` is 24; undefined when the ones do not stand together at the right. */
function wildcardLength(word: string | undefined): number | undefined {
  const value = word === undefined ? undefined : parseIpv4Number(word);
  if (value === undefined) return undefined;
  const length = 32 - Math.log2(value + 1);
  return Number.isInteger(length) ? length : undefined;
}

const portNumber = (word: string | undefined): number | undefined => {
  if (word === undefined) return undefined;
  const value = /^\d{1,5}$/.test(word) ? Number(word) : portNames.get(word);
  return value !== undefined && value <= 65535 ? value : undefined;
};

function portsAt(cursor: Words): PortRange[] | undefined | "bad" {
  const verb = cursor.words[cursor.at];
  if (verb !== "eq" && verb !== "range" && verb !== "gt" && verb !== "lt" && verb !== "neq") return undefined;
  const ports: number[] = [];
  let at = cursor.at + 1;
  const most = verb === "eq" || verb === "neq" ? Number.POSITIVE_INFINITY : verb === "range" ? 2 : 1;
  while (ports.length < most) {
    const port = portNumber(cursor.words[at]);
    if (port === undefined) break;
    ports.push(port);
    at++;
  }
  cursor.at = at;
  const [first, second] = ports;
  if (first === undefined) return "bad";
  switch (verb) {
    case "eq":
      return ports.map((port) => ({ from: port, to: port }));
    case "range":
      return second === undefined || second < first ? "bad" : [{ from: first, to: second }];
    case "gt":
      return first === 65535 ? "bad" : [{ from: first + 1, to: 65535 }];
    case "lt":
      return first === 0 ? "bad" : [{ from: 0, to: first - 1 }];
    case "neq":
      return allBut(ports);
  }
}

function allBut(ports: readonly number[]): PortRange[] {
  const ranges: PortRange[] = [];
  let from = 0;
  for (const port of ports.toSorted((a, b) => a - b)) {
    if (port > from) ranges.push({ from, to: port - 1 });
    from = port + 1;
  }
  if (from <= 65535) ranges.push({ from, to: 65535 });
  return ranges;
}

function flagsAt(cursor: Words, protocol: number | undefined): { fields: Partial<AclEntry>; whole: boolean } {
  const fields: { -readonly [K in keyof AclEntry]?: AclEntry[K] } = {};
  let whole = true;
  for (; cursor.at < cursor.words.length; cursor.at++) {
    const word = cursor.words[cursor.at] ?? "";
    if (word === "log") continue;
    if (word === "established" && protocol === 6) fields.tcpEstablished = true;
    else if (word === "dscp") {
      const dscp = dscpNumber(cursor.words[++cursor.at]);
      if (dscp === undefined) whole = false;
      else fields.dscp = dscp;
    } else if (protocol === 1 && icmpTypes.has(word)) fields.icmpType = icmpTypes.get(word) ?? 0;
    else if (protocol === 1 && /^\d{1,3}$/.test(word) && fields.icmpType === undefined) fields.icmpType = Number(word);
    else whole = false;
  }
  return { fields, whole };
}

/** `ip access-group X in|out` under an interface. */
export const readInterfaceAcl: Handler<InterfaceDraft> = ({ words, no, block: line }, draft, reader) => {
  const direction = words[3] === "in" ? "aclIn" : words[3] === "out" ? "aclOut" : undefined;
  if (words[2] === undefined || direction === undefined) return false;
  // One list of each direction fits the model; a second one (of the other family) stays unknown.
  if (!no && draft[direction] !== undefined && draft[direction] !== words[2] && words[0] === "ipv6") return false;
  if (no) delete draft[direction];
  else draft[direction] = words[2];
  reader.mark(pathOf("interfaces", draft.name, direction), line.line);
  return true;
};

export function writeInterfaceAcl(port: Interface, config: DeviceConfig): Written[] {
  const verb = (name: string): string =>
    config.acls[name]?.family === "ipv6" ? "ipv6" : config.acls[name]?.family === "mac" ? "mac" : "ip";
  return [
    ...(port.aclIn === undefined ? [] : [block(`${verb(port.aclIn)} access-group ${port.aclIn} in`)]),
    ...(port.aclOut === undefined ? [] : [block(`${verb(port.aclOut)} access-group ${port.aclOut} out`)]),
  ];
}

export function buildAcls(reader: Reader): Record<string, Acl> {
  return Object.fromEntries(
    [...reader.draft.acls].map(([name, { acl, line, lines }]) => {
      reader.mark(pathOf("acls", name), line);
      lines.forEach((at, index) => reader.mark(pathOf("acls", name, "entries", index), at));
      return [name, acl];
    }),
  );
}

const namesOfProtocols: ReadonlyMap<number, string> = new Map(
  [...protocolNames].toReversed().map(([name, number]) => [number, name]),
);

export const writeAcls = (config: DeviceConfig): Written[] =>
  sortedKeys(config.acls).flatMap((name) => {
    const acl = config.acls[name];
    if (acl === undefined || acl.family === "mac") return [];
    const last = acl.entries.at(-1)?.sequence ?? 0;
    const any = acl.family === "ipv6" ? "ipv6 any any" : "ip any any";
    return [
      block(`${acl.family === "ipv6" ? "ipv6" : "ip"} access-list ${name}`, [
        ...acl.entries.map((entry) => block(writeEntry(entry, acl.family === "ipv6"))),
        ...(acl.defaultAction === "permit" ? [block(`${(Math.floor(last / step) + 1) * step} permit ${any}`)] : []),
      ]),
    ];
  });

function writeEntry(entry: AclEntry, six: boolean): string {
  const protocol =
    entry.protocol === undefined ? (six ? "ipv6" : "ip") : (namesOfProtocols.get(entry.protocol) ?? entry.protocol);
  return [
    entry.sequence,
    entry.action,
    protocol,
    writeNetwork(entry.source),
    ...writePorts(entry.sourcePorts),
    writeNetwork(entry.destination),
    ...writePorts(entry.destinationPorts),
    ...(entry.icmpType === undefined ? [] : [entry.icmpType]),
    ...(entry.tcpEstablished === true ? ["established"] : []),
    ...(entry.dscp === undefined ? [] : ["dscp", entry.dscp]),
  ].join(" ");
}

const writeNetwork = (network: IpPrefix | undefined): string => {
  if (network === undefined) return "any";
  const [address = "", length] = network.split("/");
  return Number(length) === (isIpv6(network) ? 128 : 32) ? `host ${address}` : network;
};

/** Single ports go on one line; a range takes the line for itself. */
function writePorts(ports: readonly PortRange[] | undefined): (string | number)[] {
  if (ports === undefined || ports.length === 0) return [];
  const [only] = ports;
  if (ports.length === 1 && only !== undefined && only.from !== only.to) return ["range", only.from, only.to];
  return ["eq", ...ports.map((port) => port.from)];
}

/** EOS takes several single ports, or one range. */
export const portsFit = (ports: readonly PortRange[] | undefined): boolean =>
  ports === undefined || ports.length <= 1 || ports.every((port) => port.from === port.to);
