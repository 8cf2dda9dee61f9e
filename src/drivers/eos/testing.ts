import fc from "fast-check";
import { emptyQos, type InterfaceQos, type Qos } from "#model/qos.ts";
import { compact, type Dialect } from "../testing.ts";
import { ecnName, schedulerName } from "./features/qos.ts";
import { eos } from "./index.ts";

const anyInterfaceQos = fc
  .record({
    trust: fc.constantFrom("dscp" as const, "pcp" as const, "none" as const),
    pfc: fc.subarray([3, 4]),
    watchdog: fc.boolean(),
    ecn: fc.option(fc.record({ min: fc.integer({ min: 1, max: 400 }), max: fc.integer({ min: 401, max: 4000 }) }), {
      nil: undefined,
    }),
    weight: fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined }),
    strict: fc.boolean(),
  })
  .map(({ trust, pfc, watchdog, ecn, weight, strict }) => {
    const profile =
      ecn === undefined
        ? undefined
        : { minThresholdBytes: ecn.min * 1000, maxThresholdBytes: ecn.max * 1000, maxMarkProbability: 100 };
    const scheduler =
      strict || weight !== undefined
        ? strict
          ? ({ kind: "strict" } as const)
          : ({ kind: "weighted", weight: weight ?? 1 } as const)
        : undefined;
    const port: InterfaceQos = {
      trust,
      dscpToTrafficClass: "default",
      trafficClassToQueue: "default",
      pfcPriorities: pfc,
      pfcWatchdog: watchdog,
      queues: {
        3: compact<{ ecnProfile?: string; scheduler?: string }>({
          ecnProfile: profile && ecnName(profile),
          scheduler: scheduler && schedulerName(scheduler),
        }),
      },
      priorityGroups: {},
    };
    return { port, profile, scheduler };
  });

const anyEosQos = (ports: readonly string[]): fc.Arbitrary<Qos> =>
  fc.array(anyInterfaceQos, { minLength: ports.length, maxLength: ports.length }).map((made) =>
    Object.assign({}, emptyQos, {
      dscpToTrafficClass: { default: { 26: 3, 48: 6 } },
      trafficClassToQueue: { default: { 3: 3, 6: 6 } },
      ecnProfiles: Object.fromEntries(made.flatMap(({ profile }) => (profile ? [[ecnName(profile), profile]] : []))),
      schedulers: Object.fromEntries(
        made.flatMap(({ scheduler }) => (scheduler ? [[schedulerName(scheduler), scheduler]] : [])),
      ),
      interfaces: Object.fromEntries(ports.map((name, index) => [name, made[index]?.port])),
      pfcWatchdog: { detectMs: 200, restoreMs: 400, action: "drop" as const },
    }),
  );

export const eosDialect: Dialect = {
  nos: "eos",
  supports: eos.supports,
  ethernet: (index) => `Ethernet${index + 1}/1`,
  loopback: (index) => `Loopback${index}`,
  lag: (index) => `Port-Channel${index + 3}`,
  svi: (vlan) => `Vlan${vlan}`,
  subinterface: (parent, vlan) => `${parent}.${vlan}`,
  bgp: {
    allowMultipleAs: true,
    ebgpRequiresPolicy: false,
    distance: { external: 200, internal: 200, local: 200 },
  },
  vxlanSource: "interface",
  anycast: "either",
  lacp: ["active", "passive", "static"],
  aclDefault: "deny",
  autoL3: false,
  qos: anyEosQos,
};
