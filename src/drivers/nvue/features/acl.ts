import type { Acl, AclEntry, PortRange } from "#model/acl.ts";
import type { Interface } from "#model/device-config.ts";
import { parseIpAddress, parseIpPrefix, type IpPrefix } from "#net/ip.ts";
import { compact, place, present, report, type Reading } from "../reading.ts";
import { at, childrenAt, ignore, setAt, textAt, use, wordAt, type ConfigNode } from "../tree.ts";
import { put, putIf, unsupported, type Writing } from "../writing.ts";

/** @source Cumulus Linux NVUE reference, `acl <id> rule <id> match ip protocol`; numbers are IANA's */
const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  ospf: 89,
  pim: 103,
};
const protocolNames = new Map(Object.entries(protocols).map(([name, number]) => [number, name]));

/** @source Cumulus Linux NVUE reference, `match ip dest-port`: service names as in /etc/services */
const services: Readonly<Record<string, number>> = {
  bgp: 179,
  dns: 53,
  domain: 53,
  ftp: 21,
  http: 80,
  https: 443,
  ldap: 389,
  ntp: 123,
  radius: 1812,
  snmp: 161,
  "snmp-trap": 162,
  ssh: 22,
  syslog: 514,
  telnet: 23,
  tftp: 69,
  bfd: 3784,
  "bfd-multihop": 4784,
  bootpc: 68,
  bootps: 67,
  clag: 5342,
  imap2: 143,
  ldaps: 636,
  msdp: 639,
  mysql: 3306,
  pop3: 110,
  sftp: 115,
  smtp: 25,
  "dhcp-client": 68,
  "dhcp-server": 67,
};
const icmpTypes: Readonly<Record<string, number>> = {
  "echo-reply": 0,
  "dest-unreachable": 3,
  "port-unreachable": 3,
  "echo-request": 8,
  "time-exceeded": 11,
  "router-solicitation": 133,
  "router-advertisement": 134,
  "neighbor-solicitation": 135,
  "neighbor-advertisement": 136,
};

/** A last rule with this number that matches all and denies is how we write `defaultAction: deny`. */
const catchAll = 65535;

/**
 * `acl`: rules in order of number, first match wins. What no rule matches passes: NVUE makes iptables rules and adds
 * none at the end.
 *
 * @source Cumulus Linux 5.15 Access-Control-List-Configuration: 50_nvue.rules holds only the rules that were set,
 *   and the chains' policy is ACCEPT
 */
export function readAcls(reading: Reading): Record<string, Acl> {
  const acls = new Map<string, Acl>();
  for (const [name, node] of childrenAt(reading.tree, "acl")) {
    if (node.children.size === 0) use(node);
    const family = textAt(node, "type") ?? "ipv4";
    const rules = childrenAt(node, "rule").toSorted(([a], [b]) => Number(a) - Number(b));
    const entries: AclEntry[] = [];
    let defaultAction: Acl["defaultAction"] = "permit";
    for (const [number, rule] of rules) {
      const entry = readRule(reading, name, number, rule);
      if (entry === undefined) continue;
      if (entry.sequence === catchAll && entry.action === "deny" && Object.keys(entry).length === 2)
        defaultAction = "deny";
      else {
        place(reading, rule, "acls", name, "entries", entries.length);
        entries.push(entry);
      }
    }
    acls.set(name, { family: family === "ipv6" || family === "mac" ? family : "ipv4", entries, defaultAction });
    place(reading, node, "acls", name);
  }
  return Object.fromEntries(acls);
}

function readRule(reading: Reading, acl: string, number: string, rule: ConfigNode): AclEntry | undefined {
  const sequence = Number(number);
  const actions = new Set(childrenAt(rule, "action").map(([name]) => name));
  const action = ["permit", "deny"].find((name) => at(rule, "action")?.value === name || actions.has(name));
  ignore(at(rule, "action", "log"), "logging decides nothing");
  if (!Number.isInteger(sequence) || sequence < 0) {
    report(reading, rule, "nvue.bad-value", `${number.slice(0, 40)} is no rule number.`);
    return undefined;
  }
  if (action === undefined) {
    ignore(rule, "marks, polices or mirrors; lets through or stops nothing");
    return undefined;
  }
  const decision = at(rule, "action", action) ?? at(rule, "action");
  if (decision !== undefined) use(decision);
  const ip = at(rule, "match", "ip");
  const match = readMatch(reading, ip);
  const left = leftOver(rule);
  if (left !== undefined) {
    report(
      reading,
      left,
      "nvue.acl-match",
      `Rule ${number} of ${acl} matches on something that is not modelled; its ${action} was ${action === "deny" ? "left out" : "taken for all that the rest of it matches"}.`,
      { severity: "error", remedy: "Judge the rule by hand: the proof takes it as the more open of two readings." },
    );
    if (action === "deny") return undefined;
  }
  const description = textAt(rule, "remark");
  return compact<AclEntry>({ sequence, action: action === "deny" ? "deny" : "permit", ...match, description });
}

/** The first leaf of the match that nobody read. */
function leftOver(rule: ConfigNode): ConfigNode | undefined {
  const seek = (node: ConfigNode): ConfigNode | undefined => {
    if (node.children.size === 0) return node.mark.status === undefined ? node : undefined;
    for (const child of node.children.values()) {
      const found = seek(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const match = at(rule, "match");
  return match === undefined || match.children.size === 0 ? undefined : seek(match);
}

function readMatch(reading: Reading, ip: ConfigNode | undefined): Partial<AclEntry> {
  if (ip === undefined) return {};
  const protocol = textAt(ip, "protocol");
  const number = protocol === undefined ? undefined : named(protocols, protocol, 255);
  // Ports stand under `tcp` or `udp` in newer releases, bare in older ones.
  const layer4 = [ip, at(ip, "tcp"), at(ip, "udp")];
  const ports = (key: string): readonly PortRange[] | undefined =>
    present(layer4.flatMap((node) => readPorts(reading, at(node, key))));
  const implied = at(ip, "tcp") === undefined ? (at(ip, "udp") === undefined ? undefined : 17) : 6;
  const state = at(ip, "tcp", "state");
  const established = state !== undefined && textAt(state) === "established";
  const dscp = wordAt(ip, "dscp");
  const icmp = at(ip, "icmp-type") ?? at(ip, "icmpv6-type");
  return compact<Partial<AclEntry>>({
    protocol: number ?? implied,
    source: readPrefix(reading, at(ip, "source-ip")),
    destination: readPrefix(reading, at(ip, "dest-ip")),
    sourcePorts: ports("source-port"),
    destinationPorts: ports("dest-port"),
    dscp: dscp === undefined ? undefined : readDscp(ip, dscp),
    tcpEstablished: established ? true : undefined,
    icmpType: icmp === undefined ? undefined : named(icmpTypes, textAt(icmp) ?? "", 255),
  });
}

function named(table: Readonly<Record<string, number>>, text: string, max: number): number | undefined {
  const word = text.toLowerCase();
  if (Object.hasOwn(table, word)) return table[word];
  return /^\d{1,5}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

/** @source RFC 2474, RFC 2597 (afXY is 8X+2Y), RFC 3246 (ef is 46) */
function readDscp(ip: ConfigNode, text: string): number | undefined {
  const classes = /^(?:cs([0-7])|af([1-4])([1-3])|(ef)|(be)|(\d{1,2}))$/i.exec(text);
  if (classes === null) return undefined;
  const [, cs, x, y, ef, be, number] = classes;
  const value = cs ? 8 * Number(cs) : x ? 8 * Number(x) + 2 * Number(y) : ef ? 46 : be ? 0 : Number(number);
  if (value > 63) return undefined;
  textAt(ip, "dscp");
  return value;
}

const isAny = (text: string): boolean => text.toUpperCase() === "ANY";

function readPrefix(reading: Reading, node: ConfigNode | undefined): IpPrefix | undefined {
  const text = textAt(node);
  if (node === undefined || text === undefined || isAny(text)) return undefined;
  const address = parseIpAddress(text);
  const prefix =
    address === undefined ? parseIpPrefix(text) : parseIpPrefix(`${text}/${text.includes(":") ? 128 : 32}`);
  if (prefix === undefined)
    report(reading, node, "nvue.bad-value", `${text.slice(0, 60)} is no prefix.`, { severity: "error" });
  return prefix;
}

function readPorts(reading: Reading, node: ConfigNode | undefined): PortRange[] {
  if (node === undefined) return [];
  const ranges: PortRange[] = [];
  for (const text of setAt(node)) {
    if (isAny(text)) continue;
    const [low = "", high = low] = text.split(/[:-](?=\d+$)/);
    const from = named(services, low, 65535) ?? named(services, text, 65535);
    const to = named(services, high, 65535) ?? from;
    if (from === undefined || to === undefined || to < from)
      report(reading, node, "nvue.bad-value", `${text.slice(0, 60)} is no port.`, { severity: "error" });
    else ranges.push({ from, to });
  }
  return ranges;
}

/** `interface X acl NAME inbound`. The control plane's lists guard the switch itself, not what it forwards. */
export function readAclBindings(reading: Reading, port: string, node: ConfigNode): Pick<Interface, "aclIn" | "aclOut"> {
  const bound: { aclIn?: string; aclOut?: string } = {};
  for (const [name, binding] of childrenAt(node, "acl"))
    for (const [direction, key] of [
      ["inbound", "aclIn"],
      ["outbound", "aclOut"],
    ] as const) {
      const where = at(binding, direction) ?? (binding.value === direction ? binding : undefined);
      if (where === undefined) continue;
      ignore(at(where, "control-plane"), "guards the switch itself, not what it forwards");
      if (where.children.size > 0) continue;
      if (bound[key] !== undefined) {
        report(
          reading,
          where,
          "nvue.several-acls",
          `${port} has several ${direction} lists; only ${bound[key]} is modelled.`,
          { severity: "error", remedy: "Put the rules into one list." },
        );
        continue;
      }
      use(where);
      bound[key] = name;
      place(reading, where, "interfaces", port, key);
    }
  return bound;
}

export function writeAclBindings(writing: Writing, name: string, port: Interface): void {
  if (port.aclIn !== undefined) put(writing, ["interface", name, "acl", port.aclIn, "inbound"]);
  if (port.aclOut !== undefined) put(writing, ["interface", name, "acl", port.aclOut, "outbound"]);
}

export function writeAcls(writing: Writing): void {
  for (const [name, acl] of Object.entries(writing.config.acls)) {
    put(writing, ["acl", name, "type"], acl.family);
    for (const entry of acl.entries) writeEntry(writing, name, acl, entry);
    if (acl.defaultAction !== "deny") continue;
    if (acl.entries.some((entry) => entry.sequence >= catchAll))
      unsupported(writing, name, `Rule ${catchAll} of ${name} is taken; it is where the closing deny goes.`);
    writeEntry(writing, name, acl, { sequence: catchAll, action: "deny" });
  }
}

function writeEntry(writing: Writing, name: string, acl: Acl, entry: AclEntry): void {
  const rule = ["acl", name, "rule", entry.sequence];
  put(writing, [...rule, "action", entry.action]);
  putIf(writing, [...rule, "remark"], entry.description);
  if (acl.family === "mac") return put(writing, [...rule, "match", "mac", "source-mac"], "ANY");
  const ip = [...rule, "match", "ip"];
  // A rule needs a match; these two match all.
  put(writing, [...ip, "source-ip"], entry.source ?? "ANY");
  put(writing, [...ip, "dest-ip"], entry.destination ?? "ANY");
  if (entry.protocol !== undefined)
    put(writing, [...ip, "protocol"], protocolNames.get(entry.protocol) ?? entry.protocol);
  const layer4 = entry.protocol === 6 ? [...ip, "tcp"] : entry.protocol === 17 ? [...ip, "udp"] : ip;
  for (const range of entry.sourcePorts ?? []) put(writing, [...layer4, "source-port", formatPorts(range)]);
  for (const range of entry.destinationPorts ?? []) put(writing, [...layer4, "dest-port", formatPorts(range)]);
  putIf(writing, [...ip, "dscp"], entry.dscp);
  if (entry.tcpEstablished === true) put(writing, [...ip, "tcp", "state"], "established");
  if (entry.icmpType !== undefined)
    put(writing, [...ip, acl.family === "ipv6" ? "icmpv6-type" : "icmp-type"], entry.icmpType);
}

/** @source Cumulus Linux 5.15 Access-Control-List-Configuration: iptables' `1050:1051` */
const formatPorts = ({ from, to }: PortRange): string => (from === to ? `${from}` : `${from}:${to}`);
