import { addAt, emptyTables, own, removeAt, valueAt, type Database, type DbPath, type Row } from "./config-db.ts";

/** One operation of the RFC 6902 patch that a Set becomes. */
export interface PatchStep {
  readonly op: "remove" | "add";
  readonly path: DbPath;
  readonly value?: unknown;
}

/** The updater refuses a patch as a whole, before anything is touched. */
export class PatchRefused extends Error {}

/** What the configuration would be; nothing is checked but that the patch can be applied. @throws {PatchRefused} */
export function patched(database: Database, steps: readonly PatchStep[]): Database {
  let result = database;
  for (const { op, path, value } of steps) {
    if (op === "remove") {
      if (valueAt(result, path) === undefined)
        throw new PatchRefused(`can't remove a non-existent object '${path.at(-1) ?? ""}'`);
      result = removeAt(result, path);
      continue;
    }
    // RFC 6902 §4.1: the object that `add` puts something in must exist.
    if (path.length > 1 && valueAt(result, path.slice(0, -1)) === undefined)
      throw new PatchRefused(`member '${path.at(-2) ?? ""}' not found in /${path.slice(0, -2).join("/")}`);
    const added = addAt(result, path, value);
    if (typeof added === "string") throw new PatchRefused(`Given patch will produce invalid config. Error: ${added}`);
    result = added;
  }
  return result;
}

/**
 * Rules that hold for every configuration the updater makes: no empty table, and nothing refers to what is not there.
 *
 * @source sonic-utilities generic_config_updater/generic_updater.py (empty tables), sonic-yang-models (leafrefs)
 * @throws {PatchRefused}
 */
export function checkConfig(database: Database): void {
  const empty = emptyTables(database);
  if (empty.length > 0)
    throw new PatchRefused(
      `Given patch is not valid because it will result in empty tables which is not allowed in ConfigDb. Table${empty.length > 1 ? "s" : ""}: ${empty.join(", ")}`,
    );
  for (const problem of [...danglingReferences(database), ...badValues(database)])
    throw new PatchRefused(`Given patch will produce invalid config. Error: Data Loading Failed: ${problem}`);
}

const portLike = ["PORT", "PORTCHANNEL", "VLAN", "LOOPBACK", "LOOPBACK_INTERFACE", "VLAN_SUB_INTERFACE", "MGMT_PORT"];

/** Parts of a row's key that must be rows elsewhere. */
const keyReferences: readonly { readonly table: string; readonly part: number; readonly to: readonly string[] }[] = [
  { table: "INTERFACE", part: 0, to: ["PORT"] },
  { table: "PORTCHANNEL_INTERFACE", part: 0, to: ["PORTCHANNEL"] },
  { table: "PORTCHANNEL_MEMBER", part: 0, to: ["PORTCHANNEL"] },
  { table: "PORTCHANNEL_MEMBER", part: 1, to: ["PORT"] },
  { table: "VLAN_INTERFACE", part: 0, to: ["VLAN"] },
  { table: "VLAN_MEMBER", part: 0, to: ["VLAN"] },
  { table: "VLAN_MEMBER", part: 1, to: ["PORT", "PORTCHANNEL"] },
  { table: "VXLAN_TUNNEL_MAP", part: 0, to: ["VXLAN_TUNNEL"] },
  { table: "ACL_RULE", part: 0, to: ["ACL_TABLE"] },
  { table: "PORT_QOS_MAP", part: 0, to: [...portLike, "*global"] },
  { table: "BUFFER_PG", part: 0, to: ["PORT"] },
];

/** Fields whose value must be a row elsewhere. */
const fieldReferences: readonly { readonly table: string; readonly field: string; readonly to: readonly string[] }[] = [
  { table: "INTERFACE", field: "vrf_name", to: ["VRF"] },
  { table: "PORTCHANNEL_INTERFACE", field: "vrf_name", to: ["VRF"] },
  { table: "VLAN_INTERFACE", field: "vrf_name", to: ["VRF"] },
  { table: "LOOPBACK_INTERFACE", field: "vrf_name", to: ["VRF"] },
  { table: "VLAN_SUB_INTERFACE", field: "vrf_name", to: ["VRF"] },
  { table: "VXLAN_TUNNEL_MAP", field: "vlan", to: ["VLAN"] },
  { table: "VXLAN_EVPN_NVO", field: "source_vtep", to: ["VXLAN_TUNNEL"] },
  { table: "PORT_QOS_MAP", field: "dscp_to_tc_map", to: ["DSCP_TO_TC_MAP"] },
  { table: "PORT_QOS_MAP", field: "tc_to_queue_map", to: ["TC_TO_QUEUE_MAP"] },
  { table: "PORT_QOS_MAP", field: "tc_to_pg_map", to: ["TC_TO_PRIORITY_GROUP_MAP"] },
  { table: "QUEUE", field: "wred_profile", to: ["WRED_PROFILE"] },
];

function danglingReferences(database: Database): string[] {
  const exists = (name: string, tables: readonly string[]): boolean =>
    tables.some((table) => (table === "*global" ? name === "global" : own(own(database, table), name) !== undefined));
  const problems: string[] = [];
  for (const { table, part, to } of keyReferences)
    for (const key of Object.keys(own(database, table) ?? {}))
      for (const name of (key.split("|")[part] ?? "").split(","))
        if (!exists(name, to))
          problems.push(`Leafref "${to.join("/")}" of value "${name}" points to a non-existing leaf (${table}|${key})`);
  for (const { table, field, to } of fieldReferences)
    for (const [key, row] of Object.entries(own(database, table) ?? {})) {
      const value = own(row, field);
      if (typeof value === "string" && value !== "" && value !== "default" && !exists(value, to))
        problems.push(
          `Leafref "${to.join("/")}" of value "${value}" points to a non-existing leaf (${table}|${key}|${field})`,
        );
    }
  return problems;
}

const ranges: readonly {
  readonly table: string;
  readonly field: string;
  readonly low: number;
  readonly high: number;
}[] = [
  { table: "VLAN", field: "vlanid", low: 1, high: 4094 },
  { table: "PORT", field: "mtu", low: 68, high: 9216 },
  { table: "PORTCHANNEL", field: "mtu", low: 68, high: 9216 },
  { table: "VXLAN_TUNNEL_MAP", field: "vni", low: 1, high: 16777214 },
  { table: "VRF", field: "vni", low: 0, high: 16777215 },
];
const choices: readonly { readonly table: string; readonly field: string; readonly values: readonly string[] }[] = [
  { table: "PORT", field: "admin_status", values: ["up", "down"] },
  { table: "PORT", field: "fec", values: ["rs", "fc", "none", "auto"] },
  { table: "PORTCHANNEL", field: "admin_status", values: ["up", "down"] },
  { table: "VLAN_MEMBER", field: "tagging_mode", values: ["tagged", "untagged", "priority_tagged"] },
];

function badValues(database: Database): string[] {
  const problems: string[] = [];
  const each = (table: string, field: string, wrong: (value: string) => boolean): void => {
    for (const [key, row] of Object.entries(own(database, table) ?? {})) {
      const value = own(row, field);
      if (typeof value === "string" && wrong(value))
        problems.push(`Invalid value "${value}" in "${field}" element (${table}|${key})`);
    }
  };
  for (const { table, field, low, high } of ranges)
    each(table, field, (value) => !/^\d+$/.test(value) || Number(value) < low || Number(value) > high);
  for (const { table, field, values } of choices) each(table, field, (value) => !values.includes(value));
  for (const key of Object.keys(own(database, "VLAN") ?? {}))
    if (!/^Vlan([1-9]\d{0,3})$/.test(key) || Number(key.slice(4)) > 4094)
      problems.push(`Invalid value "${key}" in "name" element (VLAN)`);
  return problems;
}

/** Rows that must be taken away and made anew when one of these fields changes: a short interruption each. */
const createOnly: Readonly<Record<string, readonly string[]>> = {
  PORT: ["lanes"],
  LOOPBACK_INTERFACE: ["vrf_name"],
  INTERFACE: ["vrf_name"],
  VLAN_INTERFACE: ["vrf_name"],
  PORTCHANNEL_INTERFACE: ["vrf_name"],
  BGP_NEIGHBOR: ["nhopself", "rrclient"],
  VXLAN_TUNNEL_MAP: ["vlan", "vni"],
};

/** One move of the patch sorter: a row becomes this (undefined: it goes). */
export interface Move {
  readonly table: string;
  readonly key: string;
  readonly row: Row | undefined;
}

/**
 * The order in which one configuration becomes another: what refers goes first when it goes and last when it comes,
 * create-only changes as delete and add. Any beginning of this list is where a failure can leave the device.
 *
 * @source sonic-utilities generic_config_updater/patch_sorter.py (validators and CreateOnly), simplified to whole rows
 */
export function movesBetween(before: Database, after: Database): Move[] {
  const goes: Move[] = [];
  const comes: Move[] = [];
  for (const table of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, young] = [own(before, table) ?? {}, own(after, table) ?? {}];
    for (const key of new Set([...Object.keys(old), ...Object.keys(young)])) {
      const [was, is] = [own(old, key), own(young, key)];
      if (JSON.stringify(was) === JSON.stringify(is)) continue;
      const recreate =
        was &&
        is &&
        (createOnly[table] ?? []).some((field) => JSON.stringify(own(was, field)) !== JSON.stringify(own(is, field)));
      if (is === undefined || recreate === true) goes.push({ table, key, row: undefined });
      if (is !== undefined) comes.push({ table, key, row: is });
    }
  }
  const rank = ({ table, key }: Move): number => (dependents.indexOf(table) + 1) * 10 + key.split("|").length;
  return [...goes.toSorted((a, b) => rank(b) - rank(a)), ...comes.toSorted((a, b) => rank(a) - rank(b))];
}

/** Tables from those that stand alone to those that lean on others. */
const dependents = [
  "DEVICE_METADATA",
  "PORT",
  "PORTCHANNEL",
  "VRF",
  "VLAN",
  "VXLAN_TUNNEL",
  "LOOPBACK",
  "LOOPBACK_INTERFACE",
  "INTERFACE",
  "PORTCHANNEL_MEMBER",
  "PORTCHANNEL_INTERFACE",
  "VLAN_INTERFACE",
  "VLAN_MEMBER",
  "VXLAN_EVPN_NVO",
  "VXLAN_TUNNEL_MAP",
  "ACL_TABLE",
  "ACL_RULE",
  "DSCP_TO_TC_MAP",
  "WRED_PROFILE",
  "PORT_QOS_MAP",
  "QUEUE",
];

export function moved(database: Database, { table, key, row }: Move): Database {
  if (row !== undefined) return { ...database, [table]: { ...own(database, table), [key]: row } };
  const without = removeAt(database, [table, key]);
  return Object.keys(own(without, table) ?? {}).length === 0 ? removeAt(without, [table]) : without;
}
