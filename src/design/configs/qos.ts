import type { NosName } from "#model/device-config.ts";
import type { BufferProfile, EcnProfile, InterfaceQos, Qos, Scheduler } from "#model/qos.ts";
import type { Switch } from "#model/fabric.ts";
import { headroomBytes } from "../headroom.ts";
import type { ConfigDraft, Context, Port } from "./context.ts";
import { fabricMtuBytes } from "./names.ts";

/**
 * DSCP 8p to 8p+7 is class p: RoCE (26) is 3, its congestion notifications (48) are 6.
 * @source Cumulus Linux user guide, RoCE defaults; NVIDIA Spectrum-X reference
 */
const dscpTable = Object.fromEntries(Array.from({ length: 64 }, (_, dscp) => [dscp, dscp >> 3]));
const identity = Object.fromEntries(Array.from({ length: 8 }, (_, value) => [value, value]));
const losslessClass = 3;
const notificationClass = 6;

/**
 * Where marking begins and where every packet is marked: the thresholds of Cumulus' RoCE profile from 100G up, in
 * proportion below. Both lie under what a lossless class may fill before it pauses.
 * @source Cumulus Linux user guide, "Default RoCE Configuration": 150,000 and 1,501,500 bytes
 */
function ecnThresholds(speedBps: number): EcnProfile {
  const share = Math.min(1, speedBps / 100e9);
  return { minThresholdBytes: 150_000 * share, maxThresholdBytes: 1_500_000 * share, maxMarkProbability: 100 };
}

/** Which of the tables an operating system has, and the names that it gives what it doesn't let us name. */
interface QosDialect {
  readonly ecnName: (profile: EcnProfile, speedBps: number) => string;
  readonly weighted: (weight: number) => string;
  readonly strict: string;
  readonly priorityGroups: boolean;
  readonly buffer?: (profile: Required<Pick<BufferProfile, "sizeBytes" | "xonBytes" | "xoffBytes">>) => BufferProfile;
}

const speedName = (speedBps: number): string => `roce-${speedBps / 1e9}g`;

const dialects: Readonly<Partial<Record<NosName, QosDialect>>> = {
  // Headroom is the platform's own there, and tables have no names of ours.
  eos: {
    ecnName: (ecn) => `ecn-${ecn.minThresholdBytes}-${ecn.maxThresholdBytes}-${ecn.maxMarkProbability}`,
    weighted: (weight) => `weighted-${weight}`,
    strict: "strict",
    priorityGroups: false,
  },
  nvue: {
    ecnName: (_, speedBps) => speedName(speedBps),
    weighted: (weight) => `dwrr-${weight}`,
    strict: "strict",
    priorityGroups: false,
    buffer: (profile) => profile,
  },
  sonic: {
    ecnName: (_, speedBps) => speedName(speedBps),
    weighted: (weight) => `dwrr-${weight}`,
    strict: "strict",
    priorityGroups: true,
    buffer: (profile) => ({
      ...profile,
      headroomBytes: profile.xoffBytes,
      dynamicThreshold: 0,
      pool: "ingress_lossless_pool",
    }),
  },
};

/** Lossless class for RoCE and a strict one for its notifications, on every port of the compute fabric, tenant or not. */
export function addRoceQos(context: Context, device: Switch, config: ConfigDraft): void {
  const ports = (context.portsOf.get(device.name) ?? []).filter(({ link }) => link.fabric === "computeFabric");
  const dialect = dialects[device.nos];
  if (ports.length === 0 || dialect === undefined) return;
  const bufferProfiles: Record<string, BufferProfile> = {};
  const ecnProfiles: Record<string, EcnProfile> = {};
  const interfaces: Record<string, InterfaceQos> = {};
  for (const port of ports) {
    const ecn = ecnThresholds(port.link.speedBps);
    const ecnProfile = dialect.ecnName(ecn, port.link.speedBps);
    ecnProfiles[ecnProfile] = ecn;
    const lossless = losslessProfile(dialect, port);
    if (lossless !== undefined) bufferProfiles[lossless.name] = lossless.profile;
    interfaces[port.own.port] = interfaceQos(dialect, ecnProfile, lossless?.name, port.link.cable?.lengthMetres);
  }
  const weighted: Scheduler = { kind: "weighted", weight: 50 };
  config.qos = {
    dscpToTrafficClass: { default: dscpTable },
    trafficClassToQueue: { default: identity },
    trafficClassToPriorityGroup: dialect.priorityGroups ? { default: priorityGroupTable } : {},
    ecnProfiles,
    schedulers: { [dialect.weighted(50)]: weighted, [dialect.strict]: { kind: "strict" } },
    bufferProfiles,
    interfaces,
    pfcWatchdog: { detectMs: 200, restoreMs: 200, action: "drop" },
  } satisfies Qos;
}

const priorityGroupTable = Object.fromEntries(
  Array.from({ length: 8 }, (_, value) => [value, value === losslessClass ? losslessClass : 0]),
);

/** Named as SONiC names the profiles that it makes itself. @source sonic-swss cfgmgr/buffermgr.cpp */
function losslessProfile(dialect: QosDialect, port: Port): { name: string; profile: BufferProfile } | undefined {
  const cableMetres = port.link.cable?.lengthMetres ?? 100;
  const { speedBps } = port.link;
  const xoffBytes = headroomBytes({ speedBps, cableMetres, mtuBytes: fabricMtuBytes });
  // @source sonic-buildimage SN5600 pg_profile_lookup.ini: xon is 19,456 at every speed up to 400G, twice that at 800G
  const xonBytes = speedBps > 400e9 ? 38_912 : 19_456;
  const profile = dialect.buffer?.({ sizeBytes: xoffBytes + xonBytes, xonBytes, xoffBytes });
  return profile && { name: `pg_lossless_${speedBps / 1e6}_${cableMetres}m_profile`, profile };
}

function interfaceQos(
  dialect: QosDialect,
  ecnProfile: string,
  bufferProfile: string | undefined,
  cableLengthMetres: number | undefined,
): InterfaceQos {
  return {
    trust: "dscp",
    dscpToTrafficClass: "default",
    trafficClassToQueue: "default",
    ...(dialect.priorityGroups ? { trafficClassToPriorityGroup: "default" } : {}),
    pfcPriorities: [losslessClass],
    pfcWatchdog: true,
    queues: {
      0: { scheduler: dialect.weighted(50) },
      [losslessClass]: { ecnProfile, scheduler: dialect.weighted(50) },
      [notificationClass]: { scheduler: dialect.strict },
    },
    priorityGroups: bufferProfile === undefined ? {} : { [losslessClass]: { bufferProfile } },
    ...(cableLengthMetres === undefined || bufferProfile === undefined ? {} : { cableLengthMetres }),
  };
}
