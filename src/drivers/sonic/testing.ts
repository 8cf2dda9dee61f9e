import fc from "fast-check";
import type { DeviceConfig, Interface } from "#model/device-config.ts";
import type { Qos } from "#model/qos.ts";
import { compact, type Dialect } from "../testing.ts";
import { sonic } from "./index.ts";

const anyQos = (ports: readonly string[]): fc.Arbitrary<Qos> =>
  fc
    .record({
      dscp: fc.dictionary(fc.integer({ min: 0, max: 63 }).map(String), fc.integer({ min: 0, max: 7 }), { minKeys: 1 }),
      minimum: fc.integer({ min: 1000, max: 1_000_000 }),
      xoff: fc.integer({ min: 1000, max: 500_000 }),
      priorities: fc.subarray([3, 4]),
      watchdog: fc.boolean(),
      metres: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
      shape: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    })
    .map(({ dscp, minimum, xoff, priorities, watchdog, metres, shape }) =>
      compact<Qos>({
        dscpToTrafficClass: { AZURE: dscp },
        trafficClassToQueue: { AZURE: { 0: 0, 3: 3 } },
        trafficClassToPriorityGroup: { AZURE: { 3: 3 } },
        ecnProfiles: { ROCE: { minThresholdBytes: minimum, maxThresholdBytes: minimum * 2, maxMarkProbability: 5 } },
        schedulers: { "scheduler.0": { kind: "weighted", weight: 14 }, "scheduler.1": { kind: "strict" } },
        bufferProfiles: {
          lossless: {
            headroomBytes: xoff,
            xoffBytes: xoff,
            xonBytes: 19_456,
            sizeBytes: xoff + 19_456,
            dynamicThreshold: -1,
            pool: "ingress_lossless_pool",
          },
        },
        interfaces: Object.fromEntries(
          ports.map((port) => [
            port,
            compact<Qos["interfaces"][string]>({
              trust: "dscp",
              dscpToTrafficClass: "AZURE",
              trafficClassToQueue: "AZURE",
              trafficClassToPriorityGroup: "AZURE",
              pfcPriorities: priorities,
              pfcWatchdog: watchdog,
              queues: { 3: { ecnProfile: "ROCE", scheduler: "scheduler.0" } },
              priorityGroups: { 3: { bufferProfile: "lossless" } },
              cableLengthMetres: metres,
              shapeBps: shape === undefined ? undefined : shape * 1_000_000_000,
            }),
          ]),
        ),
        pfcWatchdog: watchdog ? { detectMs: 200, restoreMs: 400, action: "drop" } : undefined,
      }),
    );

/** SONiC binds lists to ports and LAGs, one way each; sub-interfaces have their parent's MTU and no description. */
const canonical = (config: DeviceConfig): DeviceConfig => {
  const lists = Object.keys(config.acls);
  const interfaces = Object.entries(config.interfaces).map(([name, port]): [string, Interface] => {
    const { aclIn: _in, aclOut: _out, ...rest } = port;
    if (rest.kind === "subinterface") {
      const { description: _description, ...bare } = rest;
      return [name, compact<Interface>({ ...bare, mtuBytes: config.interfaces[rest.parent ?? ""]?.mtuBytes })];
    }
    if (name === "Ethernet0") return [name, compact<Interface>({ ...rest, aclIn: lists[0] })];
    if (name === "PortChannel1") return [name, compact<Interface>({ ...rest, aclOut: lists[1] })];
    return [name, rest];
  });
  return { ...config, interfaces: Object.fromEntries(interfaces) };
};

export const sonicDialect: Dialect = {
  nos: "sonic",
  supports: sonic.supports,
  ethernet: (index) => `Ethernet${4 * index}`,
  loopback: (index) => `Loopback${index}`,
  lag: (index) => `PortChannel${index + 1}`,
  svi: (vlan) => `Vlan${vlan}`,
  subinterface: (parent, vlan) => `${parent}.${vlan}`,
  bgp: { allowMultipleAs: true, ebgpRequiresPolicy: false },
  vxlanSource: "address",
  anycast: "only",
  lacp: ["active"],
  aclDefault: "permit",
  autoL3: true,
  qos: anyQos,
  canonical,
};
