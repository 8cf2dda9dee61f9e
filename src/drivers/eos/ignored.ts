import type { Line } from "./draft.ts";
import type { Reader } from "./reader.ts";

/** Lines by their first words (a leading `no` left out), with why they have no part in what the network does. */
export type IgnoredLines = ReadonlyMap<
  string,
  readonly { readonly words: readonly string[]; readonly reason: string }[]
>;

const table = (rows: readonly (readonly [reason: string, ...lines: string[]])[]): IgnoredLines => {
  const byFirst = new Map<string, { words: readonly string[]; reason: string }[]>();
  for (const [reason, ...lines] of rows)
    for (const line of lines) {
      const [first = "", ...words] = line.split(" ");
      const list = byFirst.get(first) ?? [];
      list.push({ words, reason });
      byFirst.set(first, list);
    }
  return byFirst;
};

const access = "who may log in to the switch";
const time = "clocks";
const watching = "logging, counters and monitoring";
const management = "management services of the switch itself";
const loops = "spanning tree: loops are kept out by design; a blocked port shows in what the device reports";
const hardware = "the layout of hardware tables and ports";
const names = "names for people and name resolution";
const timers = "timers and failure detection: the network is computed with every link and session up";
const multicast = "multicast and IGMP";
const hosts = "services to hosts (DHCP, ND timers, gratuitous ARP)";
const access8021x = "admission of hosts to a port (802.1X, port security, MACsec)";
const lldp = "what LLDP says about this port";
const power = "power over Ethernet";
const optics = "the optic or PHY";
const storm = "limits on broadcast storms";
const ptp = "precision time";
const isis = "authentication and timers of IS-IS";
const cells = "the control plane's own protection";

export const ignoredTopLines: IgnoredLines = table([
  [
    access,
    "aaa",
    "username",
    "enable",
    "role",
    "tacacs-server",
    "radius-server",
    "radius",
    "tacacs",
    "ssh",
    "ip tacacs",
    "ip radius",
    "banner",
    "privilege",
  ],
  [time, "ntp", "clock", "ptp"],
  [
    watching,
    "logging",
    "snmp-server",
    "sflow",
    "queue-monitor",
    "monitor",
    "hardware counter",
    "load-interval",
    "event-monitor",
    "event-handler",
    "errdisable",
    "tap",
    "flow",
    "mac address-table notification",
    "sampled",
    "telemetry",
  ],
  [
    management,
    "management",
    "daemon",
    "agent",
    "boot",
    "service",
    "terminal",
    "schedule",
    "alias",
    "prompt",
    "cvx",
    "dhcp",
    "kernel",
    "maintenance",
    "switch",
    "license",
    "redundancy",
    "environment",
    "zerotouch",
    "process",
    "cli",
    "email",
    "patch",
    "system l1",
    "config",
    "ip ftp",
    "ip ssh",
    "ip http",
    "ip telnet",
    "ip scp",
    "ip tftp",
    "ip icmp source-interface",
    "p4",
  ],
  [loops, "spanning-tree"],
  [
    hardware,
    "platform",
    "hardware",
    "transceiver",
    "tcam",
    "ip hardware",
    "ipv6 hardware",
    "hardware tcam",
    "port",
    "system mtu",
    "qos random-detect",
  ],
  [
    names,
    "ip host",
    "ipv6 host",
    "ip name-server",
    "ip domain",
    "ip domain-list",
    "ip domain-name",
    "ip domain lookup",
    "dns",
    "ip dns",
    "domain",
  ],
  [
    timers,
    "bfd",
    "router bfd",
    "link tracking",
    "ip bfd",
    "monitor connectivity",
    "arp aging",
    "arp persistent",
    "ipv6 neighbor persistent",
    "ip arp",
    "mac address-table aging-time",
  ],
  [
    multicast,
    "ip igmp",
    "ipv6 mld",
    "router igmp",
    "router multicast",
    "router pim",
    "ip multicast",
    "ipv6 multicast",
    "router msdp",
    "ip pim",
  ],
  [
    hosts,
    "ip dhcp",
    "ipv6 dhcp",
    "ip icmp redirect",
    "ipv6 icmp redirect",
    "ip icmp",
    "ipv6 icmp",
    "address locking",
    "ip nd",
    "ipv6 nd",
  ],
  [access8021x, "dot1x", "mac security", "switchport port-security", "switchport default phone"],
  [
    "LLDP timers and fields",
    "lldp timer",
    "lldp hold-time",
    "lldp management-address",
    "lldp tlv",
    "lldp receive",
    "lldp transmit",
    "lldp reinitialization-delay",
  ],
  [cells, "policy-map type copp", "policy-map type control-plane", "system control-plane"],
  ["which address the switch itself uses towards hosts behind an anycast gateway", "ip address virtual source-nat"],
  ["how regular expressions of AS paths are matched", "ip as-path regex-mode"],
  ["MPLS forwarding: no label is used by this fabric", "mpls ip", "mpls icmp"],
  ["the end of the file", "end", "exit"],
  ["who owns the configuration session", "configure"],
]);

export const ignoredInterfaceLines: IgnoredLines = table([
  [loops, "spanning-tree"],
  [watching, "logging", "load-interval", "sflow", "snmp", "counters", "ip sflow"],
  [
    timers,
    "bfd",
    "lacp",
    "arp aging",
    "arp cache",
    "arp monitor",
    "ip bfd",
    "link tracking",
    "port-channel lacp",
    "ipv6 nd cache",
    "ip arp",
    "link-debounce",
    "carrier-delay",
    "bgp session",
    "min-links",
    "port-channel min-links",
  ],
  [
    hosts,
    "ip helper-address",
    "ip dhcp",
    "ipv6 dhcp",
    "dhcp",
    "ipv6 nd",
    "arp gratuitous",
    "ip proxy-arp",
    "ip local-proxy-arp",
    "ip icmp",
    "ipv6 icmp",
    "address locking",
    "ip directed-broadcast",
  ],
  [multicast, "ip igmp", "pim", "multicast", "ip pim", "ipv6 mld", "ip multicast", "mld"],
  [access8021x, "dot1x", "switchport port-security", "mac security"],
  [lldp, "lldp"],
  [power, "poe"],
  [optics, "transceiver", "phy", "platform", "l1", "traffic-loopback"],
  [storm, "storm-control"],
  [ptp, "ptp"],
  [isis, "isis authentication", "isis hello", "isis bfd", "isis lsp", "isis circuit-type"],
  ["the port's own hardware address", "mac-address"],
  ["the largest frame that is taken in; what is sent is what counts", "l2 mru"],
  ["marking and limits of TCP segment size", "tcp mss"],
  ["voice VLANs of telephones", "switchport phone"],
  ["MPLS forwarding: no label is used by this fabric", "mpls"],
  ["a remark of the operator", "comment", "!!"],
  ["frames that would leave a port of the same source", "switchport source-interface"],
  ["which OUI of a virtual machine manager is followed", "vmtracer"],
  ["an operator's profile of several ports, already written out on each", "profile"],
]);

/** True never: a line that is found is marked as ignored here, so that the caller may `return` the answer. */
export function ignoreByTable(line: Line, lines: IgnoredLines, reader: Reader): false {
  for (const { words, reason } of lines.get(line.words[0] ?? "") ?? [])
    if (words.every((word, index) => line.words[index + 1] === word)) {
      reader.ignore(line.block, reason);
      break;
    }
  return false;
}
