import { type VlanId } from "#net/asn.ts";
import type { BridgeDomain, DeviceConfig } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import { vlanOf, type DeviceDraft, type Line, type VlanDraft } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { restAfter, sortedKeys, pathOf } from "../text.ts";
import { vlanList } from "./switchport.ts";

const vlanLines: Table<VlanDraft> = new Map<string, Handler<VlanDraft>>([
  [
    "name",
    ({ block, no }, vlan) => {
      if (no) delete vlan.name;
      else vlan.name = restAfter(block.text, 1);
      return true;
    },
  ],
  [
    "trunk",
    ({ words, no }, vlan, reader) => {
      reader.draft.trunkGroupsUsed = true;
      const group = words[1] === "group" ? words[2] : undefined;
      if (group === undefined) return false;
      vlan.trunkGroups = vlan.trunkGroups.filter((other) => other !== group);
      if (!no) vlan.trunkGroups.push(group);
      return true;
    },
  ],
  ["state", ({ words }) => words[1] === "active"],
]);

/** `vlan 10` or `vlan 10-12,20`; also the one-line forms of VLAN settings that do not matter. */
export function readVlans(line: Line, reader: Reader): boolean {
  if (line.words[1] === "internal") {
    reader.ignore(line.block, "VLAN numbers that the switch takes for its own routed ports");
    return false;
  }
  const ids = vlanList(line.words.slice(1).join(""));
  if (ids === undefined || (ids.length > 1 && !reader.spend(ids.length))) return false;
  for (const id of ids) {
    if (line.no) {
      reader.draft.vlans.delete(id);
      continue;
    }
    const vlan = vlanOf(reader.draft, id, line.block.line);
    vlan.line = line.block.line;
    reader.each(line.block.children, vlanLines, vlan);
  }
  return true;
}

const firstVlan = 1 as VlanId; // in range

/** The VLANs; VLAN 1 exists on every switch and is written out where a port carries it. */
export function buildBridgeDomains(
  draft: DeviceDraft,
  config: Pick<DeviceConfig, "interfaces">,
  reader: Reader,
): Record<string, BridgeDomain> {
  if (!draft.vlans.has(firstVlan) && carriesFirstVlan(config)) vlanOf(draft, firstVlan, 0);
  const flood = draft.vxlan?.flood ?? [];
  return Object.fromEntries(
    [...draft.vlans].map(([id, vlan]) => {
      reader.mark(pathOf("bridgeDomains", id), vlan.line);
      const vteps =
        vlan.vni === undefined ? [] : [...new Set([...vlan.flood, ...(vlan.flood.length > 0 ? [] : flood)])];
      const domain: BridgeDomain = {
        vlanId: id,
        ...(vlan.name === undefined ? {} : { name: vlan.name }),
        ...(vlan.vni === undefined ? {} : { vni: vlan.vni }),
        floodVteps: vteps,
      };
      return [String(id), domain];
    }),
  );
}

const carriesFirstVlan = (config: Pick<DeviceConfig, "interfaces">): boolean =>
  Object.values(config.interfaces).some(({ switchport }) =>
    switchport?.mode === "access"
      ? switchport.vlan === firstVlan
      : switchport !== undefined && (switchport.vlans === "all" || switchport.vlans.includes(firstVlan)),
  );

export const writeVlans = (config: DeviceConfig): Written[] =>
  sortedKeys(config.bridgeDomains).flatMap((key) => {
    const { vlanId, name } = config.bridgeDomains[key] ?? {};
    // VLAN 1 is always there.
    if (vlanId === undefined || (vlanId === firstVlan && name === undefined)) return [];
    return [block(`vlan ${vlanId}`, name === undefined ? [] : [block(`name ${name}`)])];
  });
