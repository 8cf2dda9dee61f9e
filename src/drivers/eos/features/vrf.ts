import type { DeviceConfig } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import { instanceOf, type InstanceDraft, type Line } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { restAfter, sortedKeys } from "../text.ts";

const lines: Table<InstanceDraft> = new Map<string, Handler<InstanceDraft>>([
  [
    "description",
    ({ block: line, no }, instance) => {
      instance.description = no ? "" : restAfter(line.text, 1);
      return true;
    },
  ],
  [
    // Before EOS 4.2x the route distinguisher stood here. @source netlab EOS templates, multi/netlab-fabrics
    "rd",
    ({ words, no }, instance) => {
      if (no || words[1] === undefined) return no;
      instance.rd = words[1];
      return true;
    },
  ],
]);

/** `vrf instance X` (older: `vrf definition X`). */
export function readVrf(line: Line, reader: Reader): boolean {
  const name = line.words[1] === "instance" || line.words[1] === "definition" ? line.words[2] : undefined;
  if (name === undefined || name === "default") return false;
  if (line.no) {
    reader.draft.instances.delete(name);
    return true;
  }
  const instance = instanceOf(reader.draft, name, line.block.line);
  if (!instance.declared) instance.line = line.block.line;
  instance.declared = true;
  reader.each(line.block.children, lines, instance);
  return true;
}

/** `ip routing [vrf X]`: off by default, in every VRF. @source Arista EOS User Manual, "ip routing" */
export function readIpRouting(line: Line, reader: Reader): boolean {
  const [, , word, name] = line.words;
  if (word === "ipv6" || word === "delete") return word === "ipv6";
  if (word !== undefined && (word !== "vrf" || name === undefined)) return false;
  instanceOf(reader.draft, name ?? "default", line.block.line).ipRouting = !line.no;
  return true;
}

export const writeVrfs = (config: DeviceConfig): Written[] =>
  sortedKeys(config.networkInstances)
    .filter((name) => name !== "default")
    .map((name) => {
      const description = config.networkInstances[name]?.description;
      return block(`vrf instance ${name}`, description === undefined ? [] : [block(`description ${description}`)]);
    });

/** Forwarding of each instance, and IPv6 where an interface speaks it. */
export function writeIpRouting(config: DeviceConfig): Written[] {
  const names = ["default", ...sortedKeys(config.networkInstances).filter((name) => name !== "default")];
  const suffix = (name: string): string => (name === "default" ? "" : ` vrf ${name}`);
  const speaks6 = new Set(
    Object.values(config.interfaces).flatMap((port) => (port.ipv6 === undefined ? [] : [port.networkInstance])),
  );
  return [
    ...names.map((name) =>
      block(`${config.networkInstances[name]?.ipForwarding === false ? "no " : ""}ip routing${suffix(name)}`),
    ),
    ...names.filter((name) => speaks6.has(name)).map((name) => block(`ipv6 unicast-routing${suffix(name)}`)),
    // IPv4 over interfaces that have only IPv6 (RFC 8950). @source Arista EOS User Manual, "ip routing ipv6 interfaces"
    ...names
      .filter((name) => usesIpv6NextHops(config, name))
      .map((name) => block(`ip routing ipv6 interfaces${suffix(name)}`)),
  ];
}

const usesIpv6NextHops = (config: DeviceConfig, name: string): boolean => {
  const bgp = config.networkInstances[name]?.bgp;
  return [...Object.values(bgp?.neighbors ?? {}), ...Object.values(bgp?.peerGroups ?? {})].some(
    (peer) => peer.capabilityExtendedNextHop === true,
  );
};
