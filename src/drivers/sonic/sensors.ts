import type { CounterSample } from "#model/counter-sample.ts";
import type { OperationalState } from "../driver.ts";
import type { GnmiNotification, GnmiPath } from "../transport/gnmi.ts";
import { vrfFromSonic } from "./names.ts";

/** A table of one of SONiC's databases. @source sonic-gnmi doc/gNMI_usage_examples.md */
export const statePath = (database: string, ...parts: readonly string[]): GnmiPath => ({
  origin: "sonic-db",
  elem: [database, "localhost", ...parts].map((name) => ({ name })),
});

type Row = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Row => value !== null && typeof value === "object" && !Array.isArray(value);

const rowsOf = (value: unknown): [string, Row][] =>
  isRecord(value) ? Object.entries(value).filter((entry): entry is [string, Row] => isRecord(entry[1])) : [];

const textOf = (row: Row, field: string): string => {
  const value = row[field];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
};

/**
 * What the device says of its ports (APPL_DB PORT_TABLE), its neighbours (APPL_DB LLDP_ENTRY_TABLE) and its BGP sessions
 * (STATE_DB NEIGH_STATE_TABLE, kept by bgpmon, keyed `VRF|neighbor` outside the default instance).
 *
 * @source sonic-buildimage src/sonic-bgpcfgd/bgpmon/bgpmon.py; sonic-swss-common schema.h
 */
export async function readOperationalState(get: (path: GnmiPath) => Promise<unknown>): Promise<OperationalState> {
  const ports = await get(statePath("APPL_DB", "PORT_TABLE"));
  const lags = await get(statePath("APPL_DB", "LAG_TABLE"));
  const lldp = await get(statePath("APPL_DB", "LLDP_ENTRY_TABLE"));
  const bgp = await get(statePath("STATE_DB", "NEIGH_STATE_TABLE"));
  const interfaces = [...rowsOf(ports), ...rowsOf(lags)]
    .filter(([, row]) => textOf(row, "oper_status") !== "")
    .map(([name, row]) => {
      const mbps = Number(textOf(row, "speed"));
      return [
        name,
        { up: textOf(row, "oper_status") === "up", ...(mbps > 0 ? { speedBps: mbps * 1_000_000 } : {}) },
      ] as const;
    });
  return {
    interfaces: Object.fromEntries(interfaces),
    lldp: rowsOf(lldp).map(([name, row]) => ({
      interface: name,
      neighbor: textOf(row, "lldp_rem_sys_name"),
      neighborPort: textOf(row, "lldp_rem_port_id"),
    })),
    bgp: rowsOf(bgp).map(([key, row]) => {
      const bar = key.indexOf("|");
      const received = Number(textOf(row, "prefixes_received"));
      return {
        networkInstance: bar < 0 ? "default" : vrfFromSonic(key.slice(0, bar)),
        neighbor: key.slice(bar + 1),
        state: textOf(row, "state").toLowerCase(),
        ...(textOf(row, "prefixes_received") !== "" && Number.isFinite(received) ? { prefixesReceived: received } : {}),
      };
    }),
  };
}

const priorities = [0, 1, 2, 3, 4, 5, 6, 7];

/** Port counters, by name: the telemetry service translates object ids where a path says `COUNTERS/Ethernet*`. */
export function* samplesOf(device: string, { at, updates }: GnmiNotification): Generator<CounterSample> {
  for (const { path, value } of updates) {
    const last = path.elem[path.elem.length - 1]?.name ?? "";
    const ports: readonly (readonly [string, Row])[] =
      isRecord(value) && "SAI_PORT_STAT_IF_IN_OCTETS" in value ? [[last, value]] : rowsOf(value);
    for (const [name, row] of ports) {
      const count = (field: string): number => Number(textOf(row, field)) || 0;
      const known = (field: string): boolean => textOf(row, field) !== "";
      yield {
        device,
        interface: name,
        at,
        inOctets: count("SAI_PORT_STAT_IF_IN_OCTETS"),
        outOctets: count("SAI_PORT_STAT_IF_OUT_OCTETS"),
        inErrors: count("SAI_PORT_STAT_IF_IN_ERRORS"),
        ...(known("SAI_PORT_STAT_ECN_MARKED_PACKETS") ? { ecnMarked: count("SAI_PORT_STAT_ECN_MARKED_PACKETS") } : {}),
        ...(known("SAI_PORT_STAT_PFC_3_RX_PKTS")
          ? {
              pfcPauseRx: priorities.reduce((sum, one) => sum + count(`SAI_PORT_STAT_PFC_${one}_RX_PKTS`), 0),
              pfcPauseTx: priorities.reduce((sum, one) => sum + count(`SAI_PORT_STAT_PFC_${one}_TX_PKTS`), 0),
            }
          : {}),
      };
    }
  }
}
