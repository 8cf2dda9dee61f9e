import type { BufferProfile, EcnProfile, InterfaceQos, Qos } from "#model/qos.ts";
import type { Switch } from "#model/fabric.ts";
import { headroomBytes } from "../headroom.ts";
import type { ConfigDraft, Context, Port } from "./context.ts";
import { fabricMtuBytes } from "./names.ts";

/** RoCE traffic and its congestion notifications. @source NVIDIA Spectrum-X and Cumulus RoCE defaults: DSCP 26 and 48. */
const roce = { dscp: 26, trafficClass: 3 };
const cnp = { dscp: 48, trafficClass: 6 };

/**
 * Marking begins well below the point of pause, and later on faster ports: the thresholds of Cumulus' RoCE profile
 * (150,000 and 1,501,500 bytes) are those of 100G and up.
 */
const ecnProfile = (): EcnProfile => ({
  minThresholdBytes: 150_000,
  maxThresholdBytes: 1_500_000,
  maxMarkProbability: 100,
});

const identity = Object.fromEntries(Array.from({ length: 8 }, (_, value) => [value, value]));

/** Lossless class for RoCE and a strict one for its notifications, on every port of the compute fabric, tenant or not. */
export function addRoceQos(context: Context, device: Switch, config: ConfigDraft): void {
  const ports = (context.portsOf.get(device.name) ?? []).filter(({ link }) => link.fabric === "computeFabric");
  if (ports.length === 0) return;
  const profiles: Record<string, BufferProfile> = {};
  const interfaces: Record<string, InterfaceQos> = {};
  for (const port of ports) {
    const { name, profile } = losslessProfile(port);
    profiles[name] = profile;
    interfaces[port.own.port] = interfaceQos(name, port.link.cable?.lengthMetres);
  }
  const qos: Qos = {
    dscpToTrafficClass: { default: { [roce.dscp]: roce.trafficClass, [cnp.dscp]: cnp.trafficClass } },
    trafficClassToQueue: { default: identity },
    trafficClassToPriorityGroup: { default: { 0: 0, [roce.trafficClass]: 3, [cnp.trafficClass]: 0 } },
    ecnProfiles: { roce: ecnProfile() },
    schedulers: {
      roce: { kind: "weighted", weight: 50 },
      cnp: { kind: "strict" },
      other: { kind: "weighted", weight: 50 },
    },
    bufferProfiles: profiles,
    interfaces,
    pfcWatchdog: { detectMs: 200, restoreMs: 400, action: "drop" },
  };
  config.qos = qos;
}

function losslessProfile(port: Port): { name: string; profile: BufferProfile } {
  const cableMetres = port.link.cable?.lengthMetres ?? 100;
  const { speedBps } = port.link;
  const bytes = headroomBytes({ speedBps, cableMetres, mtuBytes: fabricMtuBytes });
  const xonBytes = 19_456;
  return {
    // As SONiC names the profiles that it makes itself. @source sonic-swss cfgmgr/buffermgr.cpp
    name: `pg_lossless_${speedBps / 1e6}_${cableMetres}m_profile`,
    profile: {
      headroomBytes: bytes,
      sizeBytes: bytes + xonBytes,
      xonBytes,
      xoffBytes: bytes,
      dynamicThreshold: 0,
      pool: "ingress_lossless_pool",
    },
  };
}

const interfaceQos = (profile: string, cableLengthMetres: number | undefined): InterfaceQos => ({
  trust: "dscp",
  dscpToTrafficClass: "default",
  trafficClassToQueue: "default",
  trafficClassToPriorityGroup: "default",
  pfcPriorities: [3],
  pfcWatchdog: true,
  queues: { 0: { scheduler: "other" }, 3: { ecnProfile: "roce", scheduler: "roce" }, 6: { scheduler: "cnp" } },
  priorityGroups: { 3: { bufferProfile: profile } },
  ...(cableLengthMetres === undefined ? {} : { cableLengthMetres }),
});
