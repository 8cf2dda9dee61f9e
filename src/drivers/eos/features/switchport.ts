import { parseVlanId, type VlanId } from "#net/asn.ts";
import { formatNumberRanges, parseNumberRanges } from "#net/ranges.ts";
import type { Interface, Switchport } from "#model/device-config.ts";
import { configPath } from "#model/source.ts";
import { block, type Written } from "../../syntax/indented.ts";
import type { DeviceDraft, InterfaceDraft } from "../draft.ts";
import { ignoredInterfaceLines, ignoreByTable } from "../ignored.ts";
import type { Handler, Reader } from "../reader.ts";

const firstVlan = 1 as VlanId; // in range
const lastVlan = 4094;

/** `switchport` and what follows it. State, not order, decides: `no switchport` may stand before or after. */
export const readSwitchport: Handler<InterfaceDraft> = (line, draft, reader) => {
  const { words, no, block } = line;
  const path = configPath("interfaces", draft.name, "switchport");
  switch (words[1]) {
    case undefined:
      draft.switchport = !no;
      reader.mark(path, block.line);
      return true;
    case "mode":
      reader.mark(path, block.line);
      return readMode(words, no, draft);
    case "access": {
      const vlan = words[2] === "vlan" ? parseVlanId(words[3] ?? "") : undefined;
      if (no) delete draft.accessVlan;
      else if (vlan === undefined) return false;
      else draft.accessVlan = vlan;
      reader.mark(path, block.line);
      return true;
    }
    case "trunk":
      if (!readTrunk(words, no, draft)) return ignoreByTable(line, ignoredInterfaceLines, reader);
      reader.mark(path, block.line);
      return true;
    default:
      return ignoreByTable(line, ignoredInterfaceLines, reader);
  }
};

function readMode(words: readonly string[], no: boolean, draft: InterfaceDraft): boolean {
  if (no) delete draft.mode;
  else if (words[2] === "access" || words[2] === "trunk") draft.mode = words[2];
  else return false;
  // `trunk phone` and the like are modes of their own.
  return words.length <= 3;
}

function readTrunk(words: readonly string[], no: boolean, draft: InterfaceDraft): boolean {
  if (words[2] === "native" && words[3] === "vlan") {
    const vlan = words[4] === "tag" ? "tagged" : parseVlanId(words[4] ?? "");
    if (no) delete draft.nativeVlan;
    else if (vlan === undefined) return false;
    else draft.nativeVlan = vlan;
    return true;
  }
  if (words[2] === "allowed" && words[3] === "vlan") return readAllowed(words, no, draft);
  if (words[2] === "group" && words[3] !== undefined) {
    draft.trunkGroups = draft.trunkGroups.filter((group) => group !== words[3]);
    if (!no) draft.trunkGroups.push(words[3]);
    return true;
  }
  return false;
}

/** `allowed vlan 10-20`, `all`, `none`, and the changes `add`, `remove`, `except`. */
function readAllowed(words: readonly string[], no: boolean, draft: InterfaceDraft): boolean {
  if (no || words[4] === "all") {
    delete draft.allowed;
    return true;
  }
  if (words[4] === "none") {
    draft.allowed = new Set();
    return true;
  }
  const verb = words[4] === "add" || words[4] === "remove" || words[4] === "except" ? words[4] : "set";
  const list = vlanList(words.slice(verb === "set" ? 4 : 5).join(""));
  if (list === undefined) return false;
  const before = draft.allowed ?? (verb === "set" ? new Set<VlanId>() : new Set(allVlans()));
  if (verb === "set") draft.allowed = new Set(list);
  else if (verb === "add") draft.allowed = new Set([...before, ...list]);
  else {
    const from = verb === "except" ? allVlans() : [...before];
    const without = new Set(list);
    draft.allowed = new Set(from.filter((vlan) => !without.has(vlan)));
  }
  return true;
}

/** VLAN ids in a list with ranges; undefined when one is out of range. */
export function vlanList(text: string): VlanId[] | undefined {
  const numbers = text === "" ? undefined : parseNumberRanges(text, lastVlan);
  return numbers === undefined || numbers[0] === 0 ? undefined : (numbers as VlanId[]); // 1 to 4094, just checked
}

const allVlans = (): VlanId[] => Array.from({ length: lastVlan }, (_, index) => (index + 1) as VlanId); // in range

/**
 * What the port carries, with the defaults written out: access VLAN 1; a trunk carries every VLAN, untagged VLAN 1.
 * VLANs of trunk groups pass only where the port is in one of the groups, and an untagged VLAN that is not allowed
 * passes nothing. @source Arista EOS User Manual, "VLANs": trunk groups; native VLAN
 */
export function resolveSwitchport(one: InterfaceDraft, draft: DeviceDraft, reader: Reader): Switchport {
  if (one.mode !== "trunk") return { mode: "access", vlan: one.accessVlan ?? firstVlan };
  const shut = [...draft.vlans]
    .filter(
      ([, vlan]) => vlan.trunkGroups.length > 0 && !vlan.trunkGroups.some((group) => one.trunkGroups.includes(group)),
    )
    .map(([id]) => id);
  const allowed = allowedOn(one, draft, shut);
  const native = one.nativeVlan === "tagged" ? undefined : (one.nativeVlan ?? firstVlan);
  const passes = native !== undefined && (allowed === "all" || allowed.includes(native));
  if (!passes && one.nativeVlan !== undefined && one.nativeVlan !== "tagged")
    reader.find(
      "eos.native-vlan-not-allowed",
      "info",
      `${one.name}: untagged frames are dropped, as native VLAN ${one.nativeVlan} is not among the allowed ones.`,
      one.line,
    );
  return { mode: "trunk", ...(passes ? { nativeVlan: native } : {}), vlans: allowed };
}

function allowedOn(one: InterfaceDraft, draft: DeviceDraft, shut: readonly VlanId[]): readonly VlanId[] | "all" {
  if (one.allowed === undefined && shut.length === 0) return "all";
  const from = one.allowed === undefined ? [firstVlan, ...draft.vlans.keys()] : [...one.allowed];
  return [...new Set(from)].filter((vlan) => !shut.includes(vlan)).sort((a, b) => a - b);
}

export function writeSwitchport(port: Interface): Written[] {
  const { switchport, kind } = port;
  if (switchport === undefined)
    return (kind === "ethernet" || kind === "lag") && port.lag === undefined ? [block("no switchport")] : [];
  if (switchport.mode === "access")
    return [block(`switchport access vlan ${switchport.vlan}`), block("switchport mode access"), block("switchport")];
  const { nativeVlan, vlans } = switchport;
  const untaggedByDefault = nativeVlan === undefined && (vlans === "all" || vlans.includes(firstVlan));
  return [
    ...(nativeVlan === undefined || nativeVlan === firstVlan
      ? untaggedByDefault
        ? [block("switchport trunk native vlan tag")]
        : []
      : [block(`switchport trunk native vlan ${nativeVlan}`)]),
    ...(vlans === "all"
      ? []
      : [block(`switchport trunk allowed vlan ${vlans.length === 0 ? "none" : formatNumberRanges(vlans)}`)]),
    block("switchport mode trunk"),
    block("switchport"),
  ];
}
