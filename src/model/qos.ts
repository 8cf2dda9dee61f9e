/**
 * RoCE quality of service, in IEEE 802.1Q words. Tables are named, interfaces bind them by name; a NOS that has one
 * global table uses the name `default`.
 */
export interface Qos {
  /** DSCP (0–63) to traffic class (0–7). */
  readonly dscpToTrafficClass: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** Traffic class to egress queue. */
  readonly trafficClassToQueue: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** Traffic class to ingress priority group (PFC priority). */
  readonly trafficClassToPriorityGroup: Readonly<Record<string, Readonly<Record<number, number>>>>;
  readonly ecnProfiles: Readonly<Record<string, EcnProfile>>;
  readonly schedulers: Readonly<Record<string, Scheduler>>;
  readonly bufferProfiles: Readonly<Record<string, BufferProfile>>;
  /** Keyed by interface. */
  readonly interfaces: Readonly<Record<string, InterfaceQos>>;
  readonly pfcWatchdog?: {
    readonly detectMs: number;
    readonly restoreMs: number;
    readonly action: "drop" | "forward" | "alert";
  };
}

export interface EcnProfile {
  readonly minThresholdBytes: number;
  readonly maxThresholdBytes: number;
  /** Percent at the upper threshold. */
  readonly maxMarkProbability: number;
}

export type Scheduler = { readonly kind: "strict" } | { readonly kind: "weighted"; readonly weight: number };

export interface BufferProfile {
  /** Lossless: room for what arrives after a pause was sent. */
  readonly headroomBytes?: number;
  readonly sizeBytes?: number;
  readonly xonBytes?: number;
  readonly xoffBytes?: number;
  readonly dynamicThreshold?: number;
  readonly pool?: string;
}

export interface InterfaceQos {
  readonly trust: "dscp" | "pcp" | "none";
  readonly dscpToTrafficClass?: string;
  readonly trafficClassToQueue?: string;
  readonly trafficClassToPriorityGroup?: string;
  /** Priorities (0–7) on which pause frames are sent and honoured. */
  readonly pfcPriorities: readonly number[];
  readonly pfcWatchdog: boolean;
  readonly queues: Readonly<Record<number, { readonly ecnProfile?: string; readonly scheduler?: string }>>;
  readonly priorityGroups: Readonly<Record<number, { readonly bufferProfile: string }>>;
  readonly cableLengthMetres?: number;
  /** Egress limit of the port, bits per second. */
  readonly shapeBps?: number;
}

export const emptyQos: Qos = {
  dscpToTrafficClass: {},
  trafficClassToQueue: {},
  trafficClassToPriorityGroup: {},
  ecnProfiles: {},
  schedulers: {},
  bufferProfiles: {},
  interfaces: {},
};
