import type { DeviceSession } from "#drivers/driver.ts";
import { Failure } from "#model/failure.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import { namedLike } from "./file-names.ts";

const atOnce = 16;

type Sessions = (device: string) => Promise<DeviceSession>;

/** One device's running configuration. */
export async function readDevice(sessions: Sessions, device: string, expected: DeviceSource): Promise<DeviceSource> {
  await using session = await sessions(device);
  const files = namedLike(await session.readRunning(), expected.files);
  const running: DeviceSource = { nos: expected.nos, files };
  // The same object where nothing differs: digests and parsed meanings are remembered by it.
  return rememberedDigest(running) === rememberedDigest(expected) ? expected : running;
}

/** What devices report, some at a time. `read` says what a device that fails becomes. */
export async function observeAll<T>(
  devices: readonly string[],
  read: (device: string) => Promise<T>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  const queue = devices.values();
  const work = async () => {
    for (const device of queue) found.set(device, await read(device));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, devices.length) }, work));
  return new Map(devices.flatMap((device) => (found.has(device) ? [[device, found.get(device) as T]] : [])));
}

/**
 * A world with its devices as they report themselves.
 *
 * @throws {Failure} unreachable, when one of them does not answer
 */
export async function observeWorld(sessions: Sessions, world: Snapshot): Promise<Snapshot> {
  const observed = await observeAll(Object.keys(world.devices), async (device) => {
    const expected = world.devices[device];
    if (expected === undefined) throw new Failure("not_found", `${device} is no device of this fabric.`);
    return readDevice(sessions, device, expected);
  });
  return { ...world, devices: Object.fromEntries(observed) };
}
