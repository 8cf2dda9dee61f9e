/**
 * The four functions of the Metadata Reflection API that the certificate library's container calls. The library asks for
 * a polyfill and brings none; import this before it.
 *
 * @source rbuckton/reflect-metadata, "Metadata Reflection API" (proposal)
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

const own = (key: unknown, target: object): unknown => metadata.get(target)?.get(key);

function inherited(key: unknown, target: object): unknown {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const map = metadata.get(at);
    if (map?.has(key)) return map.get(key);
  }
  return undefined;
}

function define(key: unknown, value: unknown, target: object): void {
  const map = metadata.get(target) ?? new Map<unknown, unknown>();
  map.set(key, value);
  metadata.set(target, map);
}

export const metadataReflection = {
  defineMetadata: define,
  getMetadata: inherited,
  getOwnMetadata: own,
  metadata: (key: unknown, value: unknown) => (target: object) => define(key, value, target),
};
// Another library may have brought the whole of it.
for (const [name, value] of Object.entries(metadataReflection))
  if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true, writable: true });
