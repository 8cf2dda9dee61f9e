/** IP protocols by the names EOS takes. @source IANA protocol numbers; Arista EOS User Manual, "ACLs" */
export const protocolNames: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["igmp", 2],
  ["tcp", 6],
  ["udp", 17],
  ["rsvp", 46],
  ["gre", 47],
  ["esp", 50],
  ["ahp", 51],
  ["icmpv6", 58],
  ["ospf", 89],
  ["pim", 103],
  ["vrrp", 112],
  ["sctp", 132],
]);

/** Ports by the names EOS takes. @source IANA service names; Arista EOS User Manual, "ACLs" */
export const portNames: ReadonlyMap<string, number> = new Map([
  ["ftp-data", 20],
  ["ftp", 21],
  ["ssh", 22],
  ["telnet", 23],
  ["smtp", 25],
  ["tacacs", 49],
  ["domain", 53],
  ["bootps", 67],
  ["bootpc", 68],
  ["tftp", 69],
  ["www", 80],
  ["http", 80],
  ["kerberos", 88],
  ["pop3", 110],
  ["sunrpc", 111],
  ["ntp", 123],
  ["netbios-ns", 137],
  ["netbios-dgm", 138],
  ["netbios-ss", 139],
  ["snmp", 161],
  ["snmptrap", 162],
  ["bgp", 179],
  ["ldap", 389],
  ["https", 443],
  ["isakmp", 500],
  ["syslog", 514],
  ["rip", 520],
  ["ldaps", 636],
  ["bfd", 3784],
  ["bfd-echo", 3785],
  ["vxlan", 4789],
]);

/** @source RFC 792; Arista EOS User Manual, "ACLs" */
export const icmpTypes: ReadonlyMap<string, number> = new Map([
  ["echo-reply", 0],
  ["unreachable", 3],
  ["source-quench", 4],
  ["redirect", 5],
  ["echo", 8],
  ["router-advertisement", 9],
  ["router-solicitation", 10],
  ["time-exceeded", 11],
  ["parameter-problem", 12],
  ["timestamp-request", 13],
  ["timestamp-reply", 14],
]);

/** @source RFC 2474, RFC 2597, RFC 3246 */
const dscpNames: ReadonlyMap<string, number> = new Map([
  ["default", 0],
  ["ef", 46],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => [`cs${n}`, 8 * n] as const),
  ...[1, 2, 3, 4].flatMap((n) => [1, 2, 3].map((drop) => [`af${n}${drop}`, 8 * n + 2 * drop] as const)),
]);

export const dscpNumber = (word: string | undefined): number | undefined => {
  if (word === undefined) return undefined;
  const value = /^\d{1,2}$/.test(word) ? Number(word) : dscpNames.get(word);
  return value !== undefined && value < 64 ? value : undefined;
};
