import type { Interface } from "#model/device-config.ts";
import { report, type Reading } from "../reading.ts";
import { at, numberAt, textAt, type ConfigNode } from "../tree.ts";
import { put, unsupported, type Writing } from "../writing.ts";

/**
 * `bond`: mode and MLAG id; the members are read with the interfaces. LACP is the default mode.
 *
 * @source Cumulus Linux 5.15 Bonding-Link-Aggregation: mode `lacp` (default) or `static`
 */
export function readBond(reading: Reading, node: ConfigNode): Pick<Interface, "lacp" | "mlagId"> {
  const mode = textAt(node, "bond", "mode") ?? "lacp";
  const id = numberAt(node, "bond", "mlag", "id");
  const bond = at(node, "bond");
  if (bond !== undefined && mode !== "lacp" && mode !== "static")
    report(reading, bond, "nvue.bond-mode", `The bond mode ${mode} is not modelled; it was taken as static.`);
  return { lacp: mode === "lacp" ? "active" : "static", ...(id === undefined ? {} : { mlagId: id }) };
}

export function writeBond(writing: Writing, name: string, port: Interface): void {
  if (port.lag !== undefined) put(writing, ["interface", port.lag, "bond", "member", name]);
  if (port.kind !== "lag") return;
  const path = ["interface", name, "bond"];
  if (port.lacp === "passive")
    unsupported(writing, name, `${name} is to be passive in LACP; NVUE bonds are active or static.`);
  put(writing, [...path, "mode"], port.lacp === "static" ? "static" : "lacp");
  if (port.mlagId !== undefined) put(writing, [...path, "mlag", "id"], port.mlagId);
}
