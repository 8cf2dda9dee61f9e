import { parseVlanId, type VlanId } from "#net/asn.ts";
import { formatNumberRanges } from "#net/ranges.ts";
import type { Interface, Switchport } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import type { DeviceDraft, InterfaceDraft } from "../draft.ts";
import { ignoredInterfaceLines, ignoreByTable } from "../ignored.ts";
import type { Handler, Reader } from "../reader.ts";

const firstVlan = 1 as VlanId; // in range
const lastVlan = 4094;
const mostGroups = 256;

/** `switchport` and what follows it. State, not order, decides: `no switchport` may stand before or after. */
export const readSwitchport: Handler<InterfaceDraft> = (line, draft, reader) => {
  const { words, no, block } = line;
  switch (words[1]) {
    case undefined:
      draft.switchport = !no;
      draft.places.switchport = block.line;
      return true;
    case "mode":
      draft.places.switchport = block.line;
      return readMode(words, no, draft);
    case "access": {
      const vlan = words[2] === "vlan" ? parseVlanId(words[3] ?? "") : undefined;
      if (no) delete draft.accessVlan;
      else if (vlan === undefined) return false;
      else draft.accessVlan = vlan;
      draft.places.switchport = block.line;
      return true;
    }
    case "trunk":
      if (!readTrunk(words, no, draft, reader)) return ignoreByTable(line, ignoredInterfaceLines, reader);
      draft.places.switchport = block.line;
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

function readTrunk(words: readonly string[], no: boolean, draft: InterfaceDraft, reader: Reader): boolean {
  if (words[2] === "native" && words[3] === "vlan") {
    const vlan = words[4] === "tag" ? "tagged" : parseVlanId(words[4] ?? "");
    if (no) delete draft.nativeVlan;
    else if (vlan === undefined) return false;
    else draft.nativeVlan = vlan;
    return true;
  }
  if (words[2] === "allowed" && words[3] === "vlan") return readAllowed(words, no, draft, reader);
  if (words[2] === "group" && words[3] !== undefined) {
    draft.trunkGroups = draft.trunkGroups.filter((group) => group !== words[3]);
    if (!no && draft.trunkGroups.length < mostGroups) draft.trunkGroups.push(words[3]);
    return true;
  }
  return false;
}

/** `allowed vlan 10-20`, `all`, `none`, and the changes `add`, `remove`, `except`. */
function readAllowed(words: readonly string[], no: boolean, draft: InterfaceDraft, reader: Reader): boolean {
  if (no || words[4] === "all") {
    delete draft.allowed;
    return true;
  }
  if (words[4] === "none") {
    draft.allowed = [];
    return true;
  }
  const verb = words[4] === "add" || words[4] === "remove" || words[4] === "except" ? words[4] : "set";
  const list = vlanList(words.slice(verb === "set" ? 4 : 5).join(""));
  if (list === undefined) return false;
  if (verb === "set") {
    draft.allowed = list;
    return true;
  }
  if (!reader.spend(lastVlan)) return false;
  const before = draft.allowed ?? allVlans();
  if (verb === "add") draft.allowed = [...new Set([...before, ...list])].sort((a, b) => a - b);
  else {
    const without = new Set(list);
    draft.allowed = (verb === "except" ? allVlans() : before).filter((vlan) => !without.has(vlan));
  }
  return true;
}

/** VLAN ids in a list with ranges, ascending; undefined when one is out of range or it is no list. */
export function vlanList(text: string): readonly VlanId[] | undefined {
  const known = recentLists.get(text);
  if (known !== undefined) return known;
  const list = text === "" || text.length > longestList ? undefined : readVlanList(text);
  if (list !== undefined) {
    if (recentLists.size >= mostRecent) recentLists.clear();
    recentLists.set(text, list);
  }
  return list;
}

/** Ports of one fabric carry the same few lists: each is read once, and shared. */
const recentLists = new Map<string, readonly VlanId[]>();
const mostRecent = 256;
const longestList = 16_384;

function readVlanList(text: string): readonly VlanId[] | undefined {
  const present = new Uint8Array(lastVlan + 1);
  let from = 0;
  let value = 0;
  let digits = 0;
  let ranged = false;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? comma : text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      value = value * 10 + (code - 48);
      if (++digits > 4) return undefined;
    } else if (code === dash && digits > 0 && !ranged) {
      from = value;
      ranged = true;
      value = digits = 0;
    } else if (code === comma && digits > 0) {
      if (!ranged) from = value;
      if (from < 1 || value > lastVlan || value < from) return undefined;
      present.fill(1, from, value + 1);
      ranged = false;
      value = digits = 0;
    } else return undefined;
  }
  const ids: VlanId[] = [];
  for (let id = 1; id <= lastVlan; id++) if (present[id] === 1) ids.push(id as VlanId); // in range
  return ids;
}

const comma = 44;
const dash = 45;

const allVlans = (): VlanId[] => Array.from({ length: lastVlan }, (_, index) => (index + 1) as VlanId); // in range

/**
 * What the port carries, with the defaults written out: access VLAN 1; a trunk carries every VLAN, untagged VLAN 1.
 * VLANs of trunk groups pass only where the port is in one of the groups, and an untagged VLAN that is not allowed
 * passes nothing. @source Arista EOS User Manual, "VLANs": trunk groups; native VLAN
 */
export function resolveSwitchport(one: InterfaceDraft, draft: DeviceDraft, reader: Reader): Switchport {
  if (one.mode !== "trunk") return { mode: "access", vlan: one.accessVlan ?? firstVlan };
  const shut = vlansShut(one, draft);
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

/** VLANs that belong to trunk groups, none of them the port's. */
function vlansShut(one: InterfaceDraft, draft: DeviceDraft): readonly VlanId[] {
  if (!draft.trunkGroupsUsed) return [];
  return [...draft.vlans]
    .filter(
      ([, { trunkGroups }]) => trunkGroups.length > 0 && !trunkGroups.some((group) => one.trunkGroups.includes(group)),
    )
    .map(([id]) => id);
}

function allowedOn(one: InterfaceDraft, draft: DeviceDraft, shut: readonly VlanId[]): readonly VlanId[] | "all" {
  if (one.allowed === undefined && shut.length === 0) return "all";
  if (one.allowed !== undefined && shut.length === 0) return one.allowed;
  const from = one.allowed ?? [...new Set([firstVlan, ...draft.vlans.keys()])].sort((a, b) => a - b);
  const out = new Set(shut);
  return from.filter((vlan) => !out.has(vlan));
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
