import type { CounterSample } from "#model/counter-sample.ts";
import { parseRate } from "#net/rate.ts";
import type { OperationalState } from "../driver.ts";
import { dig, entriesOf, numberOf, textOf } from "./json.ts";

/** `oper-status` from 5.11 on, before that `state: {up: {}}`. */
export function interfacesOf(json: unknown): OperationalState["interfaces"] {
  return Object.fromEntries(
    entriesOf(json).map(([name, port]) => {
      const status = textOf(dig(port, "link", "oper-status"));
      const up = status === undefined ? dig(port, "link", "state", "up") !== undefined : status === "up";
      const speedBps = parseRate(textOf(dig(port, "link", "speed")) ?? "");
      return [name, { up, ...(speedBps === undefined ? {} : { speedBps }) }];
    }),
  );
}

/** @source Cumulus Linux NVUE-API, `interface/<id>/lldp/neighbor`: keyed by neighbor, `chassis` and `port` below */
export function lldpOf(json: unknown): OperationalState["lldp"] {
  return entriesOf(json).flatMap(([name, port]) =>
    entriesOf(dig(port, "lldp", "neighbor")).flatMap(([key, neighbor]) => {
      const neighborPort = textOf(dig(neighbor, "port", "name")) ?? textOf(dig(neighbor, "port", "description"));
      const system = textOf(dig(neighbor, "chassis", "system-name")) ?? key;
      return neighborPort === undefined ? [] : [{ interface: name, neighbor: system, neighborPort }];
    }),
  );
}

export function bgpOf(networkInstance: string, json: unknown): OperationalState["bgp"] {
  return entriesOf(json).map(([neighbor, peer]) => {
    const counts = entriesOf(dig(peer, "address-family")).flatMap(
      ([, family]) => numberOf(dig(family, "rx-prefix")) ?? [],
    );
    const prefixesReceived = counts.reduce((sum, count) => sum + count, 0);
    const session = { networkInstance, neighbor, state: textOf(dig(peer, "state")) ?? "unknown" };
    return counts.length === 0 ? session : Object.assign(session, { prefixesReceived });
  });
}

/**
 * Counters of each port that has them.
 *
 * @source Cumulus Linux NVUE-API `link.stats`; RoCE counters as `nv show interface <id> qos roce counters` names them,
 *   their JSON paths @source unconfirmed
 */
export function countersOf(device: string, at: number, json: unknown): CounterSample[] {
  return entriesOf(json).flatMap(([name, port]) => {
    const stats = dig(port, "link", "stats");
    const inOctets = numberOf(dig(stats, "in-bytes"));
    const outOctets = numberOf(dig(stats, "out-bytes"));
    if (inOctets === undefined || outOctets === undefined) return [];
    const roce = dig(port, "qos", "roce", "counters");
    const more = {
      ecnMarked: numberOf(dig(roce, "tx-stats", "tx-ecn-stats", "marked-packets")),
      pfcPauseRx: numberOf(dig(roce, "rx-stats", "rx-pfc-stats", "pause-packets")),
      pfcPauseTx: numberOf(dig(roce, "tx-stats", "tx-pfc-stats", "pause-packets")),
      inErrors: numberOf(dig(stats, "in-errors")),
    };
    const known = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
    return [{ device, interface: name, at, inOctets, outOctets, ...known }];
  });
}
