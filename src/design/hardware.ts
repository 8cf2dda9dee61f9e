import type { NosName } from "#model/device-config.ts";
import type { Cable } from "#model/fabric.ts";

export type CageKind = "osfp" | "qsfp-dd" | "qsfp112" | "qsfp56" | "qsfp28" | "sfp28" | "rj45";

/** One way to use a cage: whole, or broken out into several ports. */
export interface CageMode {
  readonly ways: number;
  readonly speedBps: number;
}

/** Cages of one kind, numbered as on the front plate. */
export interface CageGroup {
  readonly kind: CageKind;
  readonly first: number;
  readonly count: number;
  readonly lanes: number;
  readonly modes: readonly CageMode[];
}

export interface SwitchModel {
  readonly title: string;
  readonly vendor: string;
  readonly cages: readonly CageGroup[];
  /** Operating systems that are offered on it. */
  readonly nosNames: readonly NosName[];
  /** Typical draw without optics. */
  readonly powerWatts: number;
  readonly rackUnits: number;
  readonly bufferBytes: number;
}

export interface Optic {
  readonly title: string;
  readonly cage: CageKind;
  readonly medium: "fibre-mm" | "fibre-sm";
  /** Line codes it speaks, and how many links of each one module carries. */
  readonly lines: readonly { readonly line: string; readonly ways: number; readonly speedBps: number }[];
  readonly reachMetres: number;
  readonly powerWatts: number;
}

export interface NicModel {
  readonly title: string;
  readonly cage: CageKind;
  readonly speedsBps: readonly number[];
  readonly powerWatts: number;
}

export interface HostModel {
  readonly title: string;
  readonly gpuModel?: string;
  readonly gpus: number;
  readonly rackUnits: number;
  /** Full load with GPUs, NICs counted in. */
  readonly powerWatts: number;
  /** One GPU, one way. */
  readonly nvlinkBps?: number;
}

/** How far a cable of a kind goes, and between which cages it is sold. */
export interface CableReach {
  readonly kind: Cable["kind"];
  readonly cages: readonly CageKind[];
  readonly maxMetres: number;
  /** Both ends together; optics are counted apart. */
  readonly powerWatts: number;
}
