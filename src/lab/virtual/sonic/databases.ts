import type { SonicBox } from "./box.ts";
import { own, valueAt, type Database, type DbPath, type Row, type Table } from "./config-db.ts";

/**
 * The databases beside CONFIG_DB, filled from the network's state: STATE_DB (ports, BGP neighbors), APPL_DB (ports,
 * LLDP) and COUNTERS_DB.
 *
 * @source sonic-swss-common common/schema.h (tables), sonic-gnmi virtual_db.go (COUNTERS/EthernetN is a virtual path)
 */
function database(box: SonicBox, name: string, config: Database): Database | undefined {
  switch (name) {
    case "CONFIG_DB":
      return config;
    case "STATE_DB":
      return stateDb(box);
    case "APPL_DB":
      return applDb(box);
    case "COUNTERS_DB":
      return countersDb(box);
    default:
      return undefined;
  }
}

const upDown = (up: boolean): string => (up ? "up" : "down");
const isPort = (name: string): boolean => /^(Ethernet|PortChannel)\d/.test(name);

const tableOf = (entries: readonly (readonly [string, Row])[]): Table => Object.fromEntries(entries);

function stateDb(box: SonicBox): Database {
  const state = box.world.state();
  return {
    PORT_TABLE: tableOf(
      Object.entries(state.interfaces)
        .filter(([name]) => isPort(name))
        .map(([name, { up, speedBps }]) => [
          name,
          { state: "ok", netdev_oper_status: upDown(up), admin_status: "up", ...speed(speedBps) },
        ]),
    ),
    // bgpmon writes the neighbors of the default VRF; those of others are kept under VRF|neighbor here.
    NEIGH_STATE_TABLE: tableOf(
      state.bgp.map((session) => [
        session.networkInstance === "default" ? session.neighbor : `${session.networkInstance}|${session.neighbor}`,
        {
          state: session.state.toLowerCase() === "established" ? "Established" : "Active",
          peerType: "e-BGP",
          ...(session.prefixesReceived === undefined ? {} : { prefixes_received: String(session.prefixesReceived) }),
        },
      ]),
    ),
  };
}

const speed = (speedBps: number | undefined): Row => (speedBps === undefined ? {} : { speed: String(speedBps / 1e6) });

function applDb(box: SonicBox): Database {
  const state = box.world.state();
  return {
    PORT_TABLE: tableOf(
      Object.entries(state.interfaces)
        .filter(([name]) => name.startsWith("Ethernet"))
        .map(([name, { up, speedBps }]) => [name, { oper_status: upDown(up), ...speed(speedBps) }]),
    ),
    LLDP_ENTRY_TABLE: tableOf(
      state.lldp.map(({ interface: port, neighbor, neighborPort }) => [
        port,
        { lldp_rem_sys_name: neighbor, lldp_rem_port_id: neighborPort, lldp_rem_port_id_subtype: "5" },
      ]),
    ),
  };
}

/** Ports get object ids in their order of appearance: stable while the configuration's ports are. */
function objectIds(box: SonicBox): Map<string, string> {
  const names = new Set([
    ...Object.keys(own(box.state.running, "PORT") ?? {}),
    ...box.world.counters().map((sample) => sample.interface),
  ]);
  return new Map(
    [...names].filter(isPort).map((name, index) => [name, `oid:0x${(0x1000000000002 + index).toString(16)}`]),
  );
}

function countersDb(box: SonicBox): Database {
  const ids = objectIds(box);
  const rows: Record<string, Row> = {};
  for (const sample of box.world.counters()) {
    const id = ids.get(sample.interface);
    if (id === undefined) continue;
    rows[id] = {
      SAI_PORT_STAT_IF_IN_OCTETS: String(sample.inOctets),
      SAI_PORT_STAT_IF_OUT_OCTETS: String(sample.outOctets),
      SAI_PORT_STAT_IF_IN_ERRORS: String(sample.inErrors ?? 0),
      SAI_PORT_STAT_ECN_MARKED_PACKETS: String(sample.ecnMarked ?? 0),
      // Priority 3 is the lossless one of RoCE configurations; the sample does not tell them apart.
      SAI_PORT_STAT_PFC_3_RX_PKTS: String(sample.pfcPauseRx ?? 0),
      SAI_PORT_STAT_PFC_3_TX_PKTS: String(sample.pfcPauseTx ?? 0),
    };
  }
  return { COUNTERS: rows, COUNTERS_PORT_NAME_MAP: { "": Object.fromEntries(ids) } };
}

/**
 * What a Get of a path answers. An absent row is an empty object, an absent table or field is an error: Redis tells
 * them apart no better.
 */
export function lookUp(
  box: SonicBox,
  name: string,
  path: DbPath,
  config: Database = box.visible,
): { readonly value: unknown } | { readonly missing: string } {
  const db = database(box, name, config);
  if (db === undefined) return { missing: `Unsupported database ${name}` };
  if (name === "COUNTERS_DB") return counters(box, db, path);
  const value = valueAt(db, path);
  if (value !== undefined) return { value };
  if (path.length === 2) return { value: {} };
  return { missing: `Failed to find ${name} ${path.join("|")}` };
}

function counters(
  box: SonicBox,
  db: Database,
  path: DbPath,
): { readonly value: unknown } | { readonly missing: string } {
  const [table = "", key, field] = path;
  if (table === "") return { missing: "Can not read all tables in COUNTERS_DB" };
  // Tables other than COUNTERS have no keys: what follows is a field.
  if (table !== "COUNTERS") {
    const row = own(own(db, table), "");
    const value = key === undefined ? row : own(row, key);
    return value === undefined ? { missing: `Failed to find COUNTERS_DB ${path.join("|")}` } : { value };
  }
  const ids = objectIds(box);
  const rows = own(db, "COUNTERS") ?? {};
  if (key === undefined) return { value: rows };
  if (key === "Ethernet*")
    return {
      value: Object.fromEntries(
        [...ids].flatMap(([port, id]) => (own(rows, id) === undefined ? [] : [[port, own(rows, id)]])),
      ),
    };
  const row = own(rows, ids.get(key) ?? key);
  const value = field === undefined ? row : own(row, field);
  return value === undefined ? { missing: `Failed to find COUNTERS_DB ${path.join("|")}` } : { value };
}
