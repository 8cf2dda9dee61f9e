import type { DeviceSession } from "#drivers/driver.ts";
import type { Proof } from "#model/change.ts";
import { digestOf } from "#model/digest.ts";
import { Failure, type FailureKind } from "#model/failure.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { Store } from "#store/store.ts";
import type { ConfigReader, EnginePorts, Transition } from "./ports.ts";

/** The process dies here. No part of Heddle may catch it. */
export class Crash extends Error {}

/** Counts moments and dies at one of them; dead, it lets nothing more happen. */
export class Mortal {
  moments = 0;
  dead = false;
  readonly #at: number;

  constructor(at = Infinity) {
    this.#at = at;
  }

  moment(): void {
    this.moments += 1;
    if (this.moments >= this.#at) this.dead = true;
    if (this.dead) throw new Crash(`died at moment ${this.moments}`);
  }
}

type DeviceCall = "readRunning" | "stage" | "commit" | "confirm" | "abort" | "status";

/** What goes wrong, at which call of which kind; `after` the device did it, or before. */
export interface Fault {
  readonly device: string;
  readonly call: DeviceCall;
  /** Only for transactions of this label. */
  readonly label?: string;
  /** One-based count of calls of this kind on this device. */
  readonly from: number;
  readonly to: number;
  readonly when: "before" | "after";
  readonly kind: FailureKind;
}

interface DeviceState {
  running: DeviceSource;
  readonly staged: Map<string, DeviceSource>;
  readonly committed: Set<string>;
  pending?: { readonly label: string; readonly previous: DeviceSource; readonly deadline: number };
  readonly calls: Map<DeviceCall, number>;
  /** Labels in the order in which they took effect: no label may stand here twice without a return in between. */
  readonly effects: string[];
}

/** Devices at the port: a running, staged and awaiting-confirmation configuration each, outliving any process. */
export class FakeDevices {
  now = 0;
  faults: readonly Fault[] = [];
  readonly #devices: ReadonlyMap<string, DeviceState>;

  constructor(devices: Readonly<Record<string, DeviceSource>>) {
    this.#devices = new Map(
      Object.entries(devices).map(([name, running]) => [
        name,
        { running, staged: new Map(), committed: new Set(), calls: new Map(), effects: [] },
      ]),
    );
  }

  state(name: string): DeviceState {
    const device = this.#devices.get(name);
    if (device === undefined) throw new Failure("not_found", `no device ${name}`);
    if (device.pending !== undefined && this.now > device.pending.deadline) this.#goBack(device);
    return device;
  }

  running(): Record<string, string> {
    return Object.fromEntries([...this.#devices.keys()].map((name) => [name, textOf(this.state(name).running)]));
  }

  change(name: string, text: string): void {
    this.state(name).running = sourceOf(name, text);
  }

  #goBack(device: DeviceState): void {
    if (device.pending === undefined) return;
    device.running = device.pending.previous;
    device.effects.push(`-${device.pending.label}`);
    delete device.pending;
  }

  async session(name: string, life: Mortal): Promise<DeviceSession> {
    const call = async <T>(kind: DeviceCall, work: (device: DeviceState) => T, label?: string): Promise<T> => {
      life.moment();
      const device = this.state(name);
      const count = (device.calls.get(kind) ?? 0) + 1;
      device.calls.set(kind, count);
      const fault = this.faults.find(
        (one) =>
          one.device === name &&
          one.call === kind &&
          (one.label === undefined || one.label === label) &&
          count >= one.from &&
          count <= one.to,
      );
      const fail = () => new Failure(fault?.kind ?? "internal", `${name} fails at ${kind} ${count}`);
      if (fault?.when === "before") throw fail();
      const result = work(device);
      if (fault?.when === "after") throw fail();
      life.moment();
      return result;
    };
    return {
      readRunning: () => call("readRunning", (device) => device.running.files),
      stage: (label, desired) =>
        call("stage", (device) => {
          device.staged.set(label, desired);
          return { deviceDiff: "" };
        }),
      commit: (label, confirmSeconds) =>
        call(
          "commit",
          (device) => {
            const desired = device.staged.get(label);
            if (desired === undefined || device.pending !== undefined)
              throw new Failure("device_rejected", "nothing staged");
            const previous = device.running;
            device.running = desired;
            device.staged.delete(label);
            device.effects.push(label);
            if (confirmSeconds === undefined) device.committed.add(label);
            else device.pending = { label, previous, deadline: this.now + confirmSeconds * 1000 };
          },
          label,
        ),
      confirm: (label) =>
        call("confirm", (device) => {
          if (device.pending?.label !== label) throw new Failure("device_rejected", `${label} awaits no confirmation`);
          device.committed.add(label);
          delete device.pending;
        }),
      abort: (label) =>
        call("abort", (device) => {
          device.staged.delete(label);
          if (device.pending?.label === label) this.#goBack(device);
        }),
      status: (label) =>
        call("status", (device) => {
          if (device.pending?.label === label) return "awaiting-confirmation";
          if (device.committed.has(label)) return "committed";
          return device.staged.has(label) ? "staged" : "none";
        }),
      readState: () => Promise.reject(new Failure("unsupported", "fake")),
      streamCounters: () => Promise.reject(new Failure("unsupported", "fake")),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

const sourceOf = (device: string, text: string): DeviceSource => ({
  nos: "eos",
  files: [{ path: `${device}.cfg`, text }] satisfies SourceFile[],
});

const textOf = (source: DeviceSource): string => source.files.map((file) => file.text).join("\n");
const linesOf = (source: DeviceSource): string[] =>
  textOf(source)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** A line is a meaning, comments apart; the order of lines says nothing. */
const lineReader: ConfigReader = {
  meaning: (source) =>
    digestOf(
      linesOf(source)
        .filter((line) => !line.startsWith("!"))
        .sort(),
    ),
  diff(before, after) {
    const [old, now] = [linesOf(before), linesOf(after)];
    return [
      ...old.filter((line) => !now.includes(line)).map((text) => ({ op: "remove", text }) as const),
      ...now.filter((line) => !old.includes(line)).map((text) => ({ op: "add", text }) as const),
    ];
  },
};

/** Holds unless a device says `LEAK`. */
function leakProver({ from, to, moves }: Transition): Proof {
  const leaks = (devices: Readonly<Record<string, DeviceSource>>) =>
    Object.values(devices).some((source) => textOf(source).includes("LEAK"));
  let devices = { ...from.devices };
  const states = moves.slice(0, -1).map(({ device, after }) => !leaks((devices = { ...devices, [device]: after })));
  const holds = !leaks(to.devices);
  return {
    holds,
    forbiddenPairs: 1,
    forbiddenReachable: holds ? 0 : 1,
    requiredPairs: 0,
    requiredReachable: 0,
    intermediate: { states: states.length, safe: states.filter(Boolean).length },
    counterexamples: [],
    fidelity: "computed",
  };
}

/** A store whose every write is a moment at which the process may die, before and after it. */
function mortalStore(store: Store, life: Mortal): Store {
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    life.moment();
    const result = await work();
    life.moment();
    return result;
  };
  return {
    ...store,
    journal: { ...store.journal, append: (...event) => around(() => store.journal.append(...event)) },
    changes: {
      ...store.changes,
      create: (change) => around(() => store.changes.create(change)),
      move: (move) => around(() => store.changes.move(move)),
    },
  };
}

/** Ports of an engine over fake devices and a real store. */
export function portsOver(store: Store, devices: FakeDevices, life = new Mortal()): EnginePorts {
  let nonce = 0;
  const mortal = mortalStore(store, life);
  return {
    store: mortal,
    sessions: (device) => devices.session(device, life),
    clock: { now: () => devices.now },
    newNonce: () => `nonce-${devices.now}-${++nonce}`,
    readWorld: async () => {
      const world = await store.world.read();
      if (world === undefined) throw new Failure("not_found", "no world");
      return world.snapshot;
    },
    reader: lineReader,
    prove: leakProver,
    confirmSeconds: 60,
  };
}
