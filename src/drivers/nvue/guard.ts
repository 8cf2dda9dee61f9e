import type { TenantScope } from "#model/tenant-scope.ts";
import type { DiffLine } from "#model/change.ts";
import { parseNumberRanges } from "#net/ranges.ts";
import { parseCommand } from "./commands.ts";

/**
 * True when a changed line belongs to a tenant's own objects. An allow-list: VXLAN and EVPN objects by VNI and VLAN,
 * VRFs other than `default`, lists and policies by name, the gateways of its VLANs and the ports of its hosts; and each
 * name that such a line points at must be the tenant's as well. Everything else is not the tenant's.
 */
export function tenantLine(line: DiffLine, scope: TenantScope): boolean {
  const commands = parseCommand(line.text);
  return commands !== undefined && commands.length > 0 && commands.every(({ op, path }) => allowed(path, scope, op));
}

function allowed(path: readonly string[], scope: TenantScope, op: "set" | "unset"): boolean {
  const [root, name = "", ...rest] = path;
  switch (root) {
    case "vrf":
      return name !== "default" && scope.vrfs.includes(name) && vrfPart(rest, scope);
    case "acl":
      return scope.acls.includes(name);
    case "bridge":
      return bridgePart([name, ...rest], scope);
    case "evpn":
      return name === "vni" && isIn(rest[0], scope.vnis);
    case "router":
      return name === "policy" && policyPart(rest, scope);
    case "interface":
      return interfacePart(name, rest, scope, op);
    default:
      return false;
  }
}

const isIn = (text: string | undefined, numbers: readonly number[]): boolean => {
  const all = text === undefined ? undefined : parseNumberRanges(text);
  return all !== undefined && all.length > 0 && all.every((number) => numbers.includes(number));
};

/** Inside its VRF a tenant may say anything but reach into another: leaked routes and next hops name their VRF. */
function vrfPart(rest: readonly string[], scope: TenantScope): boolean {
  const word = (key: string): string | undefined => {
    const index = rest.indexOf(key);
    return index < 0 ? undefined : rest[index + 1];
  };
  if (rest[0] === "evpn" && rest[1] === "vni") return isIn(rest[2], scope.vnis);
  const imported = rest.includes("from-vrf") ? word("list") : undefined;
  if (imported !== undefined && !scope.vrfs.includes(imported)) return false;
  const via = rest.includes("via") ? word("vrf") : undefined;
  if (via !== undefined && !scope.vrfs.includes(via)) return false;
  const policy = word("route-map");
  return policy === undefined || scope.policies.includes(policy);
}

/** `bridge domain br_default vlan 101 [vni 10101 …]` */
function bridgePart([domain, , vlan, id, vni, number, ...deeper]: readonly string[], scope: TenantScope): boolean {
  if (domain !== "domain" || vlan !== "vlan" || !isIn(id, scope.vlans)) return false;
  return vni === undefined || (vni === "vni" && isIn(number, scope.vnis) && !deeper.includes("multicast-group"));
}

const policyLists = new Set(["prefix-list", "route-map", "community-list", "ext-community-list", "as-path-list"]);
const policyPart = ([list = "", name = ""]: readonly string[], scope: TenantScope): boolean =>
  policyLists.has(list) && scope.policies.includes(name);

/** What a tenant's change may say of a port of its hosts; of its own gateways it may say all. */
const portParts = new Set(["vrf", "ip", "ipv4", "ipv6", "bridge", "acl", "description", "link"]);

function interfacePart(name: string, rest: readonly string[], scope: TenantScope, op: "set" | "unset"): boolean {
  const gateway = /^vlan(\d+)$/.exec(name)?.[1];
  const own = gateway !== undefined && isIn(gateway, scope.vlans);
  if (!own && !scope.interfaces.includes(name)) return false;
  const [part, ...deeper] = rest;
  if (part === undefined) return own || op === "set";
  if (!own && !portParts.has(part)) return false;
  switch (part) {
    case "vrf":
      if (deeper[0] === undefined) return op === "unset";
      return scope.vrfs.includes(deeper[0]) || (own && scope.gatewayVrfs?.includes(deeper[0]) === true);
    case "acl":
      return scope.acls.includes(deeper[0] ?? "");
    case "vlan":
      return own && (deeper[0] === undefined || isIn(deeper[0], scope.vlans));
    case "bridge":
      return portBridge(deeper, scope, op);
    case "link":
      return own || deeper[0] === "state" || deeper[0] === "mtu";
    case "router":
      return false;
    default:
      return true;
  }
}

/** `bridge domain br_default access 101` and the like: only its own VLANs, and never the whole bridge. */
function portBridge([domain, , mode, value]: readonly string[], scope: TenantScope, op: "set" | "unset"): boolean {
  if (domain !== "domain") return false;
  if (mode === "access" || mode === "vlan") return isIn(value, scope.vlans) || (value === undefined && op === "unset");
  return (
    mode === "untagged" && (value === "none" || isIn(value, scope.vlans) || (value === undefined && op === "unset"))
  );
}
