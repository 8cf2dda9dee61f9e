import type { PrefixClass, Registry } from "./bgp-model.ts";
import { canonicalJson } from "#model/digest.ts";
import type { PrefixSet } from "#model/routing-policy.ts";
import type { Device } from "./device.ts";
import { keyAddress, keyContains, keyLength, type PrefixKey } from "./numbers.ts";
import { prefixSetKeys } from "./policy.ts";

/** Sorts prefixes into classes that no policy of the network tells apart. */
export type Classify = (prefix: PrefixKey) => PrefixClass;

const setsOfDevice = new WeakMap<Device, readonly { readonly text: string; readonly set: PrefixSet }[]>();

export function prefixClassifier(devices: ReadonlyMap<string, Device>, registry: Registry): Classify {
  const unique = new Map<string, PrefixSet>();
  for (const device of devices.values()) for (const { text, set } of textsOf(device)) unique.set(text, set);
  const sets = [...unique.values()].map((set) => ({ keys: prefixSetKeys(set) }));
  const scope = registry.idOf("class", [...unique.keys()].join("\n"));
  const known = new Map<PrefixKey, PrefixClass>();
  return (prefix) => {
    let found = known.get(prefix);
    if (found === undefined) {
      // Which entry of each set is the first to match decides everything a policy can see of the prefix.
      const verdicts = sets.map(({ keys }) => keys.findIndex((entry) => entryMatches(entry, prefix))).join(",");
      const isDefault = prefix === 0 ? "default" : "";
      found = { number: registry.idOf("class", `${scope} ${isDefault} ${verdicts}`), prefix };
      known.set(prefix, found);
    }
    return found;
  };
}

const entryMatches = (entry: { key: PrefixKey; min: number; max: number }, prefix: PrefixKey): boolean => {
  const length = keyLength(prefix);
  return (
    length >= Math.max(entry.min, keyLength(entry.key)) &&
    length <= entry.max &&
    keyContains(entry.key, keyAddress(prefix))
  );
};

function textsOf(device: Device): readonly { readonly text: string; readonly set: PrefixSet }[] {
  const known = setsOfDevice.get(device);
  if (known !== undefined) return known;
  const sets = Object.values(device.config.routingPolicy.prefixSets).map((set) => ({ text: canonicalJson(set), set }));
  setsOfDevice.set(device, sets);
  return sets;
}
