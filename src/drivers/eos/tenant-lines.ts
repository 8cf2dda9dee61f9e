import type { TenantScope } from "#model/tenant-scope.ts";
import {
  networkOf,
  parseInterfaceAddress,
  parseIpAddress,
  hostPrefix,
  parseIpPrefix,
  prefixCovers,
  type IpPrefix,
} from "#net/ip.ts";
import type { DiffLine } from "#model/change.ts";
import { vlanList } from "./features/switchport.ts";
import { canonicalInterface, splitWords } from "./text.ts";

/**
 * Whose a changed line is: a tenant's when the line, or the block it stands in, names one of the tenant's own objects.
 * Anything that is not plainly the tenant's is not.
 */
export function isTenantLine(line: DiffLine, scope: TenantScope): boolean {
  const path = [...(line.within ?? []), line.text.trim()].map(wordsOf);
  const [top = [], second = []] = path;
  switch (top[0]) {
    case "vrf":
      return top[1] === "instance" && has(scope.vrfs, top[2]);
    case "vlan":
      return vlansIn(top.slice(1).join(""), scope);
    case "interface":
      return ownInterface(top, second, scope);
    case "router":
      return top[1] === "bgp" && ownService(second, scope);
    case "route-map":
      return has(scope.policies, top[1]);
    case "ip":
    case "ipv6":
      return ownIpLine(top, second, scope);
    default:
      return false;
  }
}

function wordsOf(text: string): string[] {
  const words = splitWords(text);
  if (words[0] === "no" || words[0] === "default") words.shift();
  return words;
}

const has = (list: readonly string[], name: string | undefined): boolean => name !== undefined && list.includes(name);

function vlansIn(text: string, scope: TenantScope): boolean {
  const ids = vlanList(text);
  return ids !== undefined && ids.every((id) => scope.vlans.includes(id));
}

function ownInterface(top: readonly string[], second: readonly string[], scope: TenantScope): boolean {
  const name = canonicalInterface(top[1] ?? "", top[2]);
  if (name === undefined) return false;
  if (name.startsWith("Vxlan")) return ownMapping(second, scope);
  if (scope.interfaces.includes(name)) return true;
  return name.startsWith("Vlan") && scope.vlans.includes(Number(name.slice("Vlan".length)));
}

/** `vxlan vlan 10 vni 10010`, `vxlan vrf X vni 50001`: both ends of the mapping are the tenant's. */
function ownMapping(words: readonly string[], scope: TenantScope): boolean {
  if (words[0] !== "vxlan") return false;
  const subject =
    words[1] === "vlan" ? vlansIn(words[2] ?? "", scope) : words[1] === "vrf" && has(scope.vrfs, words[2]);
  if (words[3] === "flood") return subject;
  return subject && words[3] === "vni" && scope.vnis.includes(Number(words[4]));
}

/** In `router bgp`: the tenant's `vrf`, and the EVPN service of its `vlan`. */
function ownService(words: readonly string[], scope: TenantScope): boolean {
  if (words[0] === "vrf") return has(scope.vrfs, words[1]);
  return words[0] === "vlan" && words.length === 2 && vlansIn(words[1] ?? "", scope);
}

function ownIpLine(top: readonly string[], second: readonly string[], scope: TenantScope): boolean {
  switch (top[1]) {
    case "routing":
    case "unicast-routing": {
      const at = top.indexOf("vrf");
      return at > 0 && has(scope.vrfs, top[at + 1]);
    }
    case "route":
      return top[2] === "vrf" && has(scope.vrfs, top[3]);
    case "access-list":
      return has(scope.acls, top[2] === "standard" ? top[3] : top[2]) || aboutOwnPrefix(second, scope);
    case "prefix-list":
      return has(scope.policies, top[2]) || aboutOwnPrefix(second.length > 0 ? second : top.slice(3), scope);
    case "community-list":
    case "extcommunity-list":
      return has(scope.policies, top[2] === "regexp" || top[2] === "standard" ? top[3] : top[2]);
    default:
      return false;
  }
}

/** An entry of a shared list that names a network of the tenant's. */
function aboutOwnPrefix(words: readonly string[], scope: TenantScope): boolean {
  const own = scope.prefixes.flatMap((text) => parseIpPrefix(text) ?? []);
  return words.flatMap(networkIn).some((network) => own.some((prefix) => prefixCovers(prefix, network)));
}

function networkIn(word: string): IpPrefix[] {
  const address = parseIpAddress(word);
  if (address !== undefined) return [hostPrefix(address)];
  const whole = parseInterfaceAddress(word);
  return whole === undefined ? [] : [networkOf(whole)];
}
