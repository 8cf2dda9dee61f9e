import { emptyQos, type InterfaceQos, type Qos } from "#model/qos.ts";

export type RoceMode = "lossless" | "lossy" | "lossless-single-ipool";

export const isRoceMode = (text: string): text is RoceMode =>
  ["lossless", "lossy", "lossless-single-ipool"].includes(text);

/** @source Cumulus Linux NVUE reference, `qos roce cable-length` */
export const roceCableMetres = 100;

const classes = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const table = (of: readonly number[], to: (value: number) => number): Record<number, number> =>
  Object.fromEntries(of.map((value) => [value, to(value)]));

/** DSCP 8p to 8p+7 is switch priority p: 26 (RoCE) is 3, 48 (CNP) is 6. */
export const defaultDscp = table(
  Array.from({ length: 64 }, (_, dscp) => dscp),
  (dscp) => dscp >> 3,
);

/**
 * What the one line `qos roce` means for each port: trust, priority 3 (RoCE) in queue 3, 6 (CNP) strict in queue 6, the
 * rest in queue 0, ECN on queues 0 and 3, and in the lossless modes PFC on priority 3 with its own pool.
 * `lossy-multi-tc` is another table and is not modelled.
 *
 * @source Cumulus Linux 5.15 RDMA-over-Converged-Ethernet-RoCE, "Default RoCE Configuration" and `nv show qos roce`
 */
export function roceQos(ports: readonly string[], mode: RoceMode, cableLengthMetres = roceCableMetres): Qos {
  const lossless = mode !== "lossy";
  const port: InterfaceQos = {
    trust: "dscp",
    dscpToTrafficClass: "roce",
    trafficClassToQueue: "roce",
    ...(lossless ? { trafficClassToPriorityGroup: "roce" } : {}),
    pfcPriorities: lossless ? [3] : [],
    pfcWatchdog: false,
    queues: {
      0: { ecnProfile: "roce", scheduler: "dwrr-50" },
      3: { ecnProfile: "roce", scheduler: "dwrr-50" },
      6: { scheduler: "strict" },
    },
    priorityGroups: lossless ? { 3: { bufferProfile: "roce-lossless" } } : {},
    ...(lossless ? { cableLengthMetres } : {}),
  };
  return {
    ...emptyQos,
    dscpToTrafficClass: { roce: defaultDscp },
    trafficClassToQueue: { roce: table(classes, (priority) => (priority === 3 || priority === 6 ? priority : 0)) },
    trafficClassToPriorityGroup: lossless ? { roce: table(classes, (priority) => (priority === 3 ? 3 : 0)) } : {},
    ecnProfiles: { roce: { minThresholdBytes: 150_000, maxThresholdBytes: 1_501_500, maxMarkProbability: 100 } },
    schedulers: { "dwrr-50": { kind: "weighted", weight: 50 }, strict: { kind: "strict" } },
    bufferProfiles: lossless ? { "roce-lossless": { pool: mode === "lossless" ? "roce-lossless" : "default" } } : {},
    interfaces: Object.fromEntries(ports.map((name) => [name, port])),
  };
}
