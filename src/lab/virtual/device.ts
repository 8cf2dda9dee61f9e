import type { CounterSample } from "#model/counter-sample.ts";
import type { OperationalState } from "#drivers/driver.ts";
import type { NosName } from "#model/device-config.ts";
import type { DeviceSource, ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { DeviceCertificate } from "./authority.ts";
import type { Speaker } from "./door.ts";
import type { Faults } from "./faults.ts";

/** Milliseconds since 1970; tests move it. */
export interface Clock {
  now(): number;
}

/** What the lab gives a device to live in. */
export interface DeviceWorld {
  readonly name: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly username: string;
  readonly password: string;
  /** What stood on the device's flash when it was made. */
  readonly seed: DeviceSource;
  /** How the device's own parser would read a configuration: the driver's, which knows what this NOS says. */
  parse(files: readonly SourceFile[]): ParsedDevice;
  state(): OperationalState;
  counters(): readonly CounterSample[];
  /** Running configuration is another now. */
  runningChanged(): void;
  /** What `save` was given last, in this process or an earlier one. */
  load(): unknown;
  save(value: unknown): void;
}

/** One virtual switch behind its own management protocol. */
export interface VirtualDevice {
  readonly nos: NosName;
  /** Running configuration, in the files that the driver's parser takes. */
  running(): DeviceSource;
  speak(certificate: DeviceCertificate): Speaker;
  /** Acts on deadlines that have passed. Called now and then, and before every request. */
  tick(): void;
  /** The lab closes: nothing of its own may run on. */
  stop(): void;
  /** Power off and on: running is what the real one would boot. */
  reboot(): void;
  /** The device's idea of the time of day jumps; its monotonic timers do not. */
  clockJump(ms: number): void;
  /** Somebody else changes the running configuration, in the vendor's own words. */
  driftEdit(lines: readonly string[]): void;
  /** Until when something waits for confirmation (lab clock), or undefined. */
  readonly confirmDeadline: number | undefined;
}
