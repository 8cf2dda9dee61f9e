import type { Acl, AclEntry, PortRange } from "#model/acl.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { parseIpPrefix } from "#net/ip.ts";
import { append } from "../../syntax/frr/reading.ts";
import type { ConfigDb, Row } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { kindOf } from "../names.ts";
import type { Tables } from "../tables.ts";

/** The higher priority wins; ours count down as sequences count up. @source sonic-yang-models sonic-acl.yang.j2 (0..999999) */
const topPriority = 999_999;
const lastRule = "DEFAULT_RULE";
const ipv4Type = "2048";
const ipv6Type = "34525";

/**
 * `ACL_TABLE` and `ACL_RULE`. What no rule decides is forwarded; a last rule that drops everything is how a list ends in
 * a deny. Lists are bound to ports and LAGs, never to VLAN interfaces.
 */
export function readAcls(db: ConfigDb, draft: Draft): void {
  const rules = new Map<string, Row[]>();
  for (const row of db.rows("ACL_RULE")) {
    const [table = ""] = row.parts;
    if (row.parts.length === 2) append(rules, table, row);
  }
  for (const row of db.rows("ACL_TABLE")) {
    const type = row.text("type")?.toUpperCase();
    const own = rules.get(row.key) ?? [];
    if (type !== "L3" && type !== "L3V6" && type !== "L3V4V6") {
      setAside(row, own, type ?? "of no type");
      continue;
    }
    row.use();
    row.ignore(["policy_desc"], "a note");
    row.ignore(["services"], "control-plane lists only");
    bind(db, draft, row);
    draft.mark(row.span, "acls", row.key);
    draft.acls.set(row.key, readRules(db, draft, row.key, type === "L3V6" ? "ipv6" : "ipv4", own));
  }
}

function setAside(table: Row, rules: readonly Row[], type: string): void {
  const reason = `a list of type ${type} does not decide what is forwarded`;
  const known =
    /^(?:CTRLPLANE|MIRROR|MIRRORV6|MIRROR_DSCP|MCLAG|DTEL_.*|PFCWD|DROP|BMC.*|UNDERLAY_SET_DSCP.*|EGR_SET_DSCP)$/.test(
      type,
    );
  for (const row of known ? [table, ...rules] : []) row.ignoreRest(reason);
  if (!known) table.refuse("type");
}

function bind(db: ConfigDb, draft: Draft, row: Row): void {
  const egress = row.text("stage")?.toLowerCase() === "egress";
  const ports = (row.list("ports") ?? []).concat(row.list("ports@") ?? []);
  for (const name of ports) {
    const port = draft.interface(name);
    if (port === undefined) {
      db.report({
        code: "sonic.dangling-reference",
        severity: "warning",
        message: `ACL_TABLE|${row.key} is bound to ${name}, which is no interface.`,
        line: row.line,
      });
      continue;
    }
    if (egress) port.aclOut = row.key;
    else port.aclIn = row.key;
    draft.mark(row.span, "interfaces", name, egress ? "aclOut" : "aclIn");
  }
}

function readRules(db: ConfigDb, draft: Draft, name: string, family: "ipv4" | "ipv6", rows: readonly Row[]): Acl {
  const found = rows
    .map((row) => ({ row, priority: row.use().number("PRIORITY") ?? 0 }))
    .sort((a, b) => b.priority - a.priority);
  const entries: AclEntry[] = [];
  let defaultAction: Acl["defaultAction"] = "permit";
  for (const { row, priority } of found) {
    const entry = readRule(db, row, topPriority - priority);
    const last = row.parts[1] === lastRule && Object.keys(entry).length === 2;
    if (last) defaultAction = entry.action;
    else {
      draft.mark(row.span, "acls", name, "entries", entries.length);
      entries.push(entry);
    }
  }
  return { family, entries, defaultAction };
}

function readRule(db: ConfigDb, row: Row, sequence: number): AclEntry {
  const action = row.text("PACKET_ACTION")?.toUpperCase();
  if (action !== "FORWARD" && action !== "ACCEPT" && action !== "DROP") row.refuse("PACKET_ACTION");
  const number = (...fields: readonly string[]): number | undefined => {
    for (const field of fields) {
      const text = row.text(field);
      if (text === undefined) continue;
      const value = Number(text);
      if (Number.isInteger(value) && value >= 0) return value;
      row.refuse(field);
    }
    return undefined;
  };
  const network = (...fields: readonly string[]): AclEntry["source"] => {
    for (const field of fields) {
      const text = row.text(field);
      const prefix =
        text === undefined
          ? undefined
          : parseIpPrefix(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
      if (text !== undefined && prefix === undefined) row.refuse(field);
      if (prefix !== undefined) return prefix;
    }
    return undefined;
  };
  const ports = (field: string): readonly PortRange[] | undefined => {
    const one = number(field);
    const range = /^(\d{1,5})-(\d{1,5})$/.exec(row.text(`${field}_RANGE`) ?? "");
    if (range !== null && Number(range[1]) <= Number(range[2]))
      return [{ from: Number(range[1]), to: Number(range[2]) }];
    if (row.leaf(`${field}_RANGE`) !== undefined) row.refuse(`${field}_RANGE`);
    return one === undefined ? undefined : [{ from: one, to: one }];
  };
  const flags = row.text("TCP_FLAGS")?.toLowerCase();
  if (flags !== undefined && flags !== "0x10/0x10") row.refuse("TCP_FLAGS");
  row.ignore(["ETHER_TYPE", "IP_TYPE"], "says again which family the list is of");
  const entry = {
    sequence,
    action: action === "DROP" ? ("deny" as const) : ("permit" as const),
    protocol: number("IP_PROTOCOL", "NEXT_HEADER"),
    source: network("SRC_IP", "SRC_IPV6"),
    destination: network("DST_IP", "DST_IPV6"),
    sourcePorts: ports("L4_SRC_PORT"),
    destinationPorts: ports("L4_DST_PORT"),
    dscp: number("DSCP"),
    icmpType: number("ICMP_TYPE", "ICMPV6_TYPE"),
    tcpEstablished: flags === "0x10/0x10" ? true : undefined,
  };
  if (row.leaf("DSCP")?.state === "used" && (entry.dscp ?? 0) > 63) row.refuse("DSCP");
  const unread = row.fieldNames.filter((field) => row.leaf(field)?.state === "unknown");
  if (unread.length > 0)
    db.report({
      code: "sonic.acl-match-unknown",
      severity: "error",
      message: `Rule ${row.key} also says ${unread.join(", ")}, which is not understood: it may match less, or do other things, than is shown.`,
      line: row.line,
    });
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as unknown as AclEntry; // only undefined fields are left out
}

export function writeAcls(config: DeviceConfig, out: Tables): void {
  const bound = new Map<string, { in: string[]; out: string[] }>();
  for (const [name, port] of Object.entries(config.interfaces))
    for (const [field, acl] of [
      ["in", port.aclIn],
      ["out", port.aclOut],
    ] as const) {
      if (acl === undefined) continue;
      const kind = kindOf(name);
      if (kind !== "ethernet" && kind !== "lag") {
        out.cannot(
          "acl-binding",
          ["interfaces", name, field === "in" ? "aclIn" : "aclOut"],
          `SONiC binds lists to ports and port channels only: ${acl} does NOT filter on ${name}. Bind it to the member ports.`,
          "error",
        );
        continue;
      }
      if (!Object.hasOwn(config.acls, acl)) {
        out.cannot(
          "acl-binding",
          ["interfaces", name, field === "in" ? "aclIn" : "aclOut"],
          `${name} names list ${acl}, which the device does not have.`,
          "error",
        );
        continue;
      }
      const places = bound.get(acl) ?? { in: [], out: [] };
      places[field].push(name);
      bound.set(acl, places);
    }
  for (const [name, acl] of Object.entries(config.acls))
    writeAcl(name, acl, bound.get(name) ?? { in: [], out: [] }, out);
}

function writeAcl(
  name: string,
  acl: Acl,
  bound: { readonly in: readonly string[]; readonly out: readonly string[] },
  out: Tables,
): void {
  if (acl.family === "mac")
    return out.cannot(
      "unsupported",
      ["acls", name, "family"],
      "Lists by MAC address are not written for SONiC.",
      "error",
    );
  const egress = bound.out.length > 0;
  if (egress && bound.in.length > 0)
    out.cannot(
      "acl-binding",
      ["acls", name],
      `A SONiC list has one stage: ${name} filters what leaves ${bound.out.join(", ")}, but NOT what enters ${bound.in.join(", ")}.`,
      "error",
    );
  const places = (egress ? bound.out : bound.in).toSorted();
  out.put("ACL_TABLE", [name], {
    type: acl.family === "ipv6" ? "L3V6" : "L3",
    stage: egress ? "egress" : "ingress",
    policy_desc: name,
    ports: places,
  });
  for (const [index, entry] of acl.entries.entries()) writeEntry(name, acl, entry, index, out);
  if (acl.defaultAction === "deny")
    out.put("ACL_RULE", [name, lastRule], {
      PRIORITY: "1",
      PACKET_ACTION: "DROP",
      ETHER_TYPE: acl.family === "ipv6" ? ipv6Type : ipv4Type,
    });
}

function writeEntry(name: string, acl: Acl, entry: AclEntry, index: number, out: Tables): void {
  const path = ["acls", name, "entries", index] as const;
  const priority = topPriority - entry.sequence;
  if (priority < 2 || entry.sequence < 1)
    return out.cannot(
      "acl-sequence",
      path,
      `SONiC has no room for sequence ${entry.sequence}: 1 to ${topPriority - 2}.`,
      "error",
    );
  if ((entry.sourcePorts?.length ?? 0) > 1 || (entry.destinationPorts?.length ?? 0) > 1)
    return out.cannot("acl-ports", path, "A SONiC rule has one port or one range; write several entries.", "error");
  if (entry.description !== undefined)
    out.cannot("unsupported", [...path, "description"], "A SONiC rule has no description.", "info");
  const six = acl.family === "ipv6";
  const ports = (field: string, ranges: readonly PortRange[] | undefined): Record<string, string> => {
    const range = ranges?.[0];
    if (range === undefined) return {};
    return range.from === range.to
      ? { [field]: String(range.from) }
      : { [`${field}_RANGE`]: `${range.from}-${range.to}` };
  };
  const matches = {
    ...(entry.protocol === undefined ? {} : { [six ? "NEXT_HEADER" : "IP_PROTOCOL"]: String(entry.protocol) }),
    ...(entry.source === undefined ? {} : { [six ? "SRC_IPV6" : "SRC_IP"]: entry.source }),
    ...(entry.destination === undefined ? {} : { [six ? "DST_IPV6" : "DST_IP"]: entry.destination }),
    ...ports("L4_SRC_PORT", entry.sourcePorts),
    ...ports("L4_DST_PORT", entry.destinationPorts),
    ...(entry.dscp === undefined ? {} : { DSCP: String(entry.dscp) }),
    ...(entry.icmpType === undefined ? {} : { [six ? "ICMPV6_TYPE" : "ICMP_TYPE"]: String(entry.icmpType) }),
    // ACK is set. An answer that only resets has it too in practice; one without is not let in.
    ...(entry.tcpEstablished === true ? { TCP_FLAGS: "0x10/0x10" } : {}),
  };
  out.put("ACL_RULE", [name, `RULE_${entry.sequence}`], {
    PRIORITY: String(priority),
    PACKET_ACTION: entry.action === "deny" ? "DROP" : "FORWARD",
    // A rule must match something: orchagent drops one that has an action alone. @source sonic-swss orchagent/aclorch.cpp
    ...(Object.keys(matches).length === 0 ? { ETHER_TYPE: six ? ipv6Type : ipv4Type } : matches),
  });
}
