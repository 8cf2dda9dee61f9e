import type { DeviceConfig, Interface } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import type { InterfaceDraft } from "../draft.ts";
import type { Handler } from "../reader.ts";
import { pathOf } from "../text.ts";

const modes = { active: "active", passive: "passive", on: "static" } as const;
const words = { active: "active", passive: "passive", static: "on" } as const;

const lagNumber = (text: string): number | undefined => {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : undefined;
};

/** `channel-group 3 mode active`: the port is a member of Port-Channel3. */
export const readChannelGroup: Handler<InterfaceDraft> = ({ words: said, no, block: line }, draft, reader) => {
  if (no) {
    delete draft.lag;
    delete draft.lacp;
    return true;
  }
  const number = lagNumber(said[1] ?? "");
  const mode = said[3] ?? "";
  if (number === undefined || said[2] !== "mode" || !Object.hasOwn(modes, mode)) return false;
  draft.lag = `Port-Channel${number}`;
  draft.lacp = modes[mode as keyof typeof modes]; // just checked
  reader.mark(pathOf("interfaces", draft.name, "lag"), line.line);
  return true;
};

/** `mlag 5`: the port channel is shared with the MLAG partner. */
export const readMlagId: Handler<InterfaceDraft> = ({ words: said, no, block: line }, draft, reader) => {
  const id = lagNumber(said[1] ?? "");
  if (no) delete draft.mlagId;
  else if (id === undefined) return false;
  else draft.mlagId = id;
  reader.mark(pathOf("interfaces", draft.name, "mlagId"), line.line);
  return true;
};

/** Members name their port channel and, on EOS, say how it negotiates. */
export function writeChannelGroup(port: Interface, config: DeviceConfig): Written[] {
  const lines: Written[] = [];
  if (port.lag !== undefined) {
    const lacp = config.interfaces[port.lag]?.lacp ?? "active";
    lines.push(block(`channel-group ${port.lag.replace("Port-Channel", "")} mode ${words[lacp]}`));
  }
  if (port.mlagId !== undefined) lines.push(block(`mlag ${port.mlagId}`));
  return lines;
}
