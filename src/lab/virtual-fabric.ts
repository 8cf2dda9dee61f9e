import type { CounterSample } from "#model/counter-sample.ts";
import { join } from "node:path";
import type { OperationalState, Target } from "#drivers/driver.ts";
import { driverFor } from "#drivers/index.ts";
import { Failure } from "#model/failure.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import { Authority } from "./virtual/authority.ts";
import type { Clock, DeviceWorld, VirtualDevice } from "./virtual/device.ts";
import { Disk } from "./virtual/disk.ts";
import { Door } from "./virtual/door.ts";
import type { EosOptions } from "./virtual/eos/box.ts";
import { EosDevice } from "./virtual/eos/device.ts";
import { Faults } from "./virtual/faults.ts";
import type { NvueOptions } from "./virtual/nvue/box.ts";
import { NvueDevice } from "./virtual/nvue/device.ts";
import type { SonicOptions } from "./virtual/sonic/box.ts";
import { SonicDevice } from "./virtual/sonic/device.ts";

export interface VirtualFabricOptions {
  readonly devices: Readonly<Record<string, DeviceSource>>;
  /** Devices, credentials and the authority live here; a folder that was used before is taken up as it was left. */
  readonly stateDir: string;
  /** What the network does with these configurations: the twin's word, asked again when any of them changes. */
  computeState(sources: Readonly<Record<string, DeviceSource>>): Readonly<Record<string, OperationalState>>;
  counters?(device: string): readonly CounterSample[];
  readonly clock?: Clock;
  /** Ports to listen on; others are given by the system. */
  readonly ports?: Readonly<Record<string, number>>;
  /** What kind of box each NOS's devices are. */
  readonly eos?: EosOptions;
  readonly nvue?: NvueOptions;
  readonly sonic?: SonicOptions;
}

export interface VirtualFabric extends AsyncDisposable {
  readonly targets: Readonly<Record<string, Target>>;
  /** Devices that no double is there for, and why. Their configuration still counts for what the network does. */
  readonly absent: Readonly<Record<string, string>>;
  /** @throws {Failure} not_found */
  device(name: string): DeviceSwitches;
  /** Running configurations of all devices, as they stand now; of absent ones, what was given. */
  sources(): Readonly<Record<string, DeviceSource>>;
}

/** What tests and `heddle lab` can do to a device from outside its management protocol. */
export interface DeviceSwitches {
  readonly name: string;
  readonly running: DeviceSource;
  /** Milliseconds of the lab's clock until which something waits for confirmation. */
  readonly confirmDeadline: number | undefined;
  cutBeforeCommit(): void;
  cutAfterCommit(): void;
  slow(delayMs: number): void;
  halfAnswer(): void;
  reboot(): void;
  clockJump(ms: number): void;
  rejectNext(message: string): void;
  driftEdit(lines: readonly string[]): void;
  /** The next commit breaks off with part of it done, where commits are no transactions (SONiC). */
  failMidway(): void;
  /** Presents a certificate of another authority (or the right one again). */
  wrongCertificate(wrong: boolean): Promise<void>;
}

/** How often deadlines are looked at. Timers of devices are minutes, so this is close enough. */
const tickMs = 200;

const makers = {
  eos: (world: DeviceWorld, options: VirtualFabricOptions): VirtualDevice => new EosDevice(world, options.eos),
  nvue: (world: DeviceWorld, options: VirtualFabricOptions): VirtualDevice => new NvueDevice(world, options.nvue),
  sonic: (world: DeviceWorld, options: VirtualFabricOptions): VirtualDevice => new SonicDevice(world, options.sonic),
};

/**
 * Starts one virtual device for every configuration, each behind a TLS port of its own on loopback.
 *
 * Devices of a NOS without a double are listed in `absent`.
 *
 * @throws {Failure} conflict when a given port is taken; invalid_input for a configuration that its device can't start from.
 */
export async function startVirtualFabric(options: VirtualFabricOptions): Promise<VirtualFabric> {
  const authority = await Authority.open(options.stateDir);
  const seeds = takeUpSeeds(options);
  const fabric = new Lab(options, authority);
  try {
    for (const [name, seed] of Object.entries(seeds)) fabric.add(name, seed);
    await fabric.open();
  } catch (error) {
    await fabric[Symbol.asyncDispose]();
    throw error;
  }
  return fabric;
}

/** A device that was seen before keeps the configuration it was first made with, whatever is given now. */
function takeUpSeeds(options: VirtualFabricOptions): Readonly<Record<string, DeviceSource>> {
  const disk = new Disk<Record<string, DeviceSource>>(options.stateDir, "seeds");
  const stored = disk.load() ?? {};
  const names = Object.keys(options.devices);
  const seeds = Object.fromEntries(
    names.map((name) => [name, Object.hasOwn(stored, name) ? stored[name] : options.devices[name]]),
  ) as Record<string, DeviceSource>; // every name is a key of `devices`
  if (names.some((name) => !Object.hasOwn(stored, name))) disk.save({ ...stored, ...seeds });
  return seeds;
}

interface Housed {
  readonly device: VirtualDevice;
  readonly door: Door;
  readonly faults: Faults;
  wrongCertificate: boolean;
}

class Lab implements VirtualFabric {
  readonly #options: VirtualFabricOptions;
  readonly #authority: Authority;
  readonly #clock: Clock;
  readonly #housed = new Map<string, Housed>();
  readonly #targets: Record<string, Target> = {};
  readonly #absent = new Map<string, { readonly seed: DeviceSource; readonly reason: string }>();
  #states: Readonly<Record<string, OperationalState>> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: VirtualFabricOptions, authority: Authority) {
    this.#options = options;
    this.#authority = authority;
    this.#clock = options.clock ?? Date;
  }

  add(name: string, seed: DeviceSource): void {
    const maker = Object.hasOwn(makers, seed.nos) ? makers[seed.nos as keyof typeof makers] : undefined; // hasOwn says so
    if (maker === undefined) {
      this.#absent.set(name, {
        seed,
        reason: `${seed.nos} has no virtual device yet; there are ${Object.keys(makers).join(", ")}`,
      });
      return;
    }
    const faults = new Faults();
    const device = maker(this.#world(name, seed, faults), this.#options);
    const door = new Door(async () => {
      const housed = this.#housed.get(name);
      const authority = housed?.wrongCertificate ? await Authority.stranger() : this.#authority;
      return device.speak(await authority.issue(name));
    });
    this.#housed.set(name, { device, door, faults, wrongCertificate: false });
  }

  #world(name: string, seed: DeviceSource, faults: Faults): DeviceWorld {
    const disk = new Disk<unknown>(join(this.#options.stateDir, "devices"), name);
    const driver = driverFor(seed.nos);
    return {
      name,
      seed,
      faults,
      clock: this.#clock,
      ...this.#authority.credentials,
      parse: (files) => driver.parse(files),
      state: () => this.#stateOf(name),
      counters: () => this.#options.counters?.(name) ?? [],
      runningChanged: () => {
        this.#states = undefined;
      },
      load: () => disk.load(),
      save: (value) => disk.save(value),
    };
  }

  /** Computed when somebody looks and something has changed: a burst of changes costs one computation. */
  #stateOf(name: string): OperationalState {
    this.#states ??= this.#options.computeState(this.sources());
    return (
      (Object.hasOwn(this.#states, name) ? this.#states[name] : undefined) ?? { interfaces: {}, lldp: [], bgp: [] }
    );
  }

  async open(): Promise<void> {
    await Promise.all(
      [...this.#housed].map(async ([name, { door }]) => {
        const port = await door.listen(this.#options.ports?.[name] ?? 0);
        const target: Target = {
          device: name,
          host: "127.0.0.1",
          port,
          ...this.#authority.credentials,
          ca: this.#authority.ca,
          timeoutMs: 10_000,
        };
        this.#targets[name] = target;
      }),
    );
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  #tick(): void {
    for (const { device } of this.#housed.values()) device.tick();
  }

  get targets(): Readonly<Record<string, Target>> {
    return this.#targets;
  }

  get absent(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#absent].map(([name, { reason }]) => [name, reason]));
  }

  sources(): Readonly<Record<string, DeviceSource>> {
    return Object.fromEntries([
      ...[...this.#absent].map(([name, { seed }]) => [name, seed] as const),
      ...[...this.#housed].map(([name, { device }]) => [name, device.running()] as const),
    ]);
  }

  device(name: string): DeviceSwitches {
    const housed = this.#housed.get(name);
    if (!housed)
      throw new Failure(
        "not_found",
        `The lab has no device ${name}${this.#absent.has(name) ? `: ${this.#absent.get(name)?.reason}` : ""}.`,
      );
    const { device, door, faults } = housed;
    return {
      name,
      get running() {
        device.tick();
        return device.running();
      },
      get confirmDeadline() {
        return device.confirmDeadline;
      },
      cutBeforeCommit: () => faults.cutBeforeCommit(),
      cutAfterCommit: () => faults.cutAfterCommit(),
      failMidway: () => faults.failMidway(),
      slow: (delayMs) => faults.slow(delayMs),
      halfAnswer: () => faults.halfAnswer(),
      rejectNext: (message) => faults.rejectNext(message),
      reboot: () => {
        door.cutAll();
        device.reboot();
      },
      clockJump: (ms) => device.clockJump(ms),
      driftEdit: (lines) => device.driftEdit(lines),
      wrongCertificate: async (wrong) => {
        housed.wrongCertificate = wrong;
        await door.renew();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(
      [...this.#housed.values()].map(({ device, door }) => {
        device.stop();
        return door.close();
      }),
    );
  }
}
