import type { CounterSample } from "#model/counter-sample.ts";
import type { OperationalState } from "../driver.ts";
import { isRecord, type Answer } from "./eapi.ts";

const entries = (value: unknown): [string, Readonly<Record<string, unknown>>][] =>
  isRecord(value)
    ? Object.entries(value).filter((entry): entry is [string, Readonly<Record<string, unknown>>] => isRecord(entry[1]))
    : [];

const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** `show interfaces`. */
export const interfacesOf = (answer: Answer | undefined): OperationalState["interfaces"] =>
  Object.fromEntries(
    entries(answer?.["interfaces"]).map(([name, port]) => {
      const speedBps = number(port["bandwidth"]);
      return [
        name,
        { up: port["lineProtocolStatus"] === "up", ...(speedBps === undefined || speedBps === 0 ? {} : { speedBps }) },
      ];
    }),
  );

/** `show lldp neighbors`. */
export const lldpOf = (answer: Answer | undefined): OperationalState["lldp"] => {
  const neighbors: readonly unknown[] = Array.isArray(answer?.["lldpNeighbors"]) ? answer["lldpNeighbors"] : [];
  return neighbors.filter(isRecord).map((one) => ({
    interface: text(one["port"]),
    neighbor: text(one["neighborDevice"]),
    neighborPort: text(one["neighborPort"]).replaceAll('"', ""),
  }));
};

/** `show ip bgp summary vrf all` and its siblings, joined; one row for each neighbor. */
export function bgpOf(answers: readonly (Answer | undefined)[]): OperationalState["bgp"] {
  const rows = new Map<string, OperationalState["bgp"][number]>();
  for (const answer of answers)
    for (const [networkInstance, vrf] of entries(answer?.["vrfs"]))
      for (const [neighbor, peer] of entries(vrf["peers"])) {
        const key = `${networkInstance} ${neighbor}`;
        const prefixesReceived = number(peer["prefixReceived"]);
        if (rows.has(key)) continue;
        rows.set(key, {
          networkInstance,
          neighbor,
          state: text(peer["peerState"]).toLowerCase(),
          ...(prefixesReceived === undefined ? {} : { prefixesReceived }),
        });
      }
  return [...rows.values()];
}

/** `show interfaces` and `show priority-flow-control counters` as one sample for each port that counts. */
export function countersOf(
  device: string,
  at: number,
  interfaces: Answer | undefined,
  pfc: Answer | undefined,
): CounterSample[] {
  const pauses = new Map(entries(pfc?.["interfaceCounters"]));
  return entries(interfaces?.["interfaces"]).flatMap(([name, port]) => {
    const counters = port["interfaceCounters"];
    if (!isRecord(counters)) return [];
    const inErrors = number(counters["totalInErrors"]);
    const pause = pauses.get(name);
    const rx = number(pause?.["rxFrames"]);
    const tx = number(pause?.["txFrames"]);
    return [
      {
        device,
        interface: name,
        at,
        inOctets: number(counters["inOctets"]) ?? 0,
        outOctets: number(counters["outOctets"]) ?? 0,
        ...(inErrors === undefined ? {} : { inErrors }),
        ...(rx === undefined ? {} : { pfcPauseRx: rx }),
        ...(tx === undefined ? {} : { pfcPauseTx: tx }),
      },
    ];
  });
}
