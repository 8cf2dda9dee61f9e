import type { DeviceSession } from "#drivers/driver.ts";
import type { ChangeState, DiffLine, Proof } from "#model/change.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import type { JournalEvent } from "#store/journal.ts";
import type { Store } from "#store/store.ts";

/** What configuration texts mean, by whatever driver reads them. */
export interface ConfigReader {
  /** Digest of what a text tells the device: equal for texts that differ in nothing that counts. */
  meaning(source: DeviceSource): string;
  /** What changes between two texts, in the vendor's syntax. */
  diff(before: DeviceSource, after: DeviceSource): readonly DiffLine[];
}

/** A way from one network to another: device by device, in order. */
export interface Transition {
  readonly from: Snapshot;
  readonly to: Snapshot;
  readonly moves: readonly { readonly device: string; readonly after: DeviceSource }[];
}

/** All that the engine touches of the world. Tests give fakes here and nowhere else. */
export interface EnginePorts {
  readonly store: Store;
  readonly sessions: (device: string) => Promise<DeviceSession>;
  readonly clock: { now(): number };
  readonly newNonce: () => string;
  /** The world that plans are made for now. */
  readonly readWorld: () => Promise<Snapshot>;
  readonly reader: ConfigReader;
  /** Proves where a transition ends, and every state on its way. */
  readonly prove: (transition: Transition) => Proof;
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Waits between tries at a device that does not answer; without it the next try comes at once. */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** How long a device waits for our word before it goes back by itself. */
  readonly confirmSeconds?: number;
  readonly approvalLifeMs?: number;
}

/** Something that was just journaled, for the API's event stream. */
export interface ProgressEvent extends JournalEvent {
  readonly change: string;
  readonly at: number;
  /** Set when the change's state moved with it. */
  readonly state?: ChangeState;
  /** Whose change it is; said when it is submitted. */
  readonly tenant?: string;
}
