import { driverFor } from "#drivers/index.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { DeviceSource, ParsedDevice } from "#model/snapshot.ts";

/** Enough for the texts of a few states of the largest fabric; the oldest go first. */
const kept = 8192;
const byDigest = new Map<string, ParsedDevice>();
const bySource = new WeakMap<DeviceSource, ParsedDevice>();

/** What a device's text says. Equal texts are read once and give the same object, which the twin knows again. */
export function parseSource(source: DeviceSource): ParsedDevice {
  const known = bySource.get(source) ?? byDigest.get(rememberedDigest(source));
  const parsed = known ?? driverFor(source.nos).parse(source.files);
  bySource.set(source, parsed);
  if (known !== undefined) return known;
  byDigest.set(rememberedDigest(source), parsed);
  if (byDigest.size > kept) {
    const [oldest] = byDigest.keys();
    if (oldest !== undefined) byDigest.delete(oldest);
  }
  return parsed;
}
