import type { DeviceConfig } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import { newNode, type ConfigNode } from "./tree.ts";

/** What the features of one rendering share: the tree they write into, and what could not be said. */
export interface Writing {
  readonly config: DeviceConfig;
  readonly tree: ConfigNode;
  readonly findings: Finding[];
}

/** Sets a leaf. No value is an empty map (`10.0.0.1/32: {}`); a truth value is `enabled` or `disabled`. */
export function put(writing: Writing, path: readonly (string | number)[], value?: string | number | boolean): void {
  let here = writing.tree;
  const last = path.length - 1;
  path.forEach((key, index) => {
    const name = String(key);
    let child = here.children.get(name);
    if (child === undefined || (index === last && value !== undefined)) {
      child = newNode("", 0, 0, index === last && value !== undefined ? textOf(value) : undefined);
      here.children.set(name, child);
    }
    here = child;
  });
}

const textOf = (value: string | number | boolean): string =>
  typeof value === "boolean" ? (value ? "enabled" : "disabled") : String(value);

/** As `put`, where there is something to say. */
export function putIf(
  writing: Writing,
  path: readonly (string | number)[],
  value: string | number | boolean | undefined,
): void {
  if (value !== undefined) put(writing, path, value);
}

export function unsupported(writing: Writing, object: string, message: string, remedy?: string): void {
  writing.findings.push({
    code: "nvue.unsupported",
    severity: "error",
    message,
    where: { kind: "device", device: writing.config.hostname, object },
    ...(remedy === undefined ? {} : { remedy }),
  });
}
