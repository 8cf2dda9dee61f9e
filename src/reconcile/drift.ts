import type { DiffLine } from "#model/change.ts";
import { Failure } from "#model/failure.ts";
import type { Finding } from "#model/finding.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import { isSame } from "./device-step.ts";
import { observeAll, readDevice } from "./observe.ts";
import type { ConfigReader, EnginePorts } from "./ports.ts";

/** How one device differs from what is expected of it. */
export interface DeviceDrift {
  readonly device: string;
  /** From expected to running, in the vendor's syntax; empty when the device did not answer. */
  readonly lines: readonly DiffLine[];
  readonly running?: DeviceSource;
  readonly finding: Finding;
}

/** Compares what devices run with what is expected of them. Devices that stand as expected are left out. */
export async function findDrift(
  ports: Pick<EnginePorts, "sessions" | "reader">,
  world: Snapshot,
): Promise<DeviceDrift[]> {
  const drifts = await observeAll(Object.keys(world.devices), async (device) => {
    const expected = world.devices[device];
    if (expected === undefined) return undefined;
    try {
      return driftOf(ports.reader, device, expected, await readDevice(ports.sessions, device, expected));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return unread(device, error);
    }
  });
  return [...drifts.values()].filter((drift) => drift !== undefined);
}

function driftOf(
  reader: ConfigReader,
  device: string,
  expected: DeviceSource,
  running: DeviceSource,
): DeviceDrift | undefined {
  if (isSame(reader, expected, running)) return undefined;
  const lines = reader.diff(expected, running);
  const count = lines.filter((line) => line.op !== "context").length;
  return {
    device,
    lines,
    running,
    finding: {
      code: "reconcile.drift",
      severity: "warning",
      message: `${device} runs something else than expected: ${count} changed ${count === 1 ? "line" : "lines"}.`,
      where: { kind: "device", device },
      remedy: "Put it back on the device, or plan a device.replace that makes it so.",
    },
  };
}

const unread = (device: string, error: Failure): DeviceDrift => ({
  device,
  lines: [],
  finding: {
    code: `reconcile.${error.kind.replaceAll("_", "-")}`,
    severity: "warning",
    message: `${device} could not be read: ${error.message}`,
    where: { kind: "device", device },
    remedy: "Check that it is up and that its management address answers.",
  },
});
