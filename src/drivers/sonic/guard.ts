import type { TenantScope } from "#model/tenant-scope.ts";
import type { DiffLine } from "#model/change.ts";
import { parseIpPrefix, prefixCovers, type IpPrefix } from "#net/ip.ts";
import { vlanNumberOf, vrfFromSonic } from "./names.ts";
import { transitVlanOf } from "./features/vxlan.ts";

interface ChangedRow {
  readonly table: string;
  readonly parts: readonly string[];
  readonly field?: string;
  readonly value: unknown;
}

/** Whether a changed row is one of the tenant's own objects. An allow-list: what is not named here belongs to the fabric. */
export function isTenantLine(line: DiffLine, scope: TenantScope): boolean {
  const row = rowOf(line.text);
  const rule = row === undefined ? undefined : rules[row.table];
  return row !== undefined && rule !== undefined && rule(row, scope);
}

/** Reads a line of our own diff back: `add /TABLE/key/field value`. */
function rowOf(text: string): ChangedRow | undefined {
  const match = /^(?:add|remove|replace) \/([^/\s]+)\/([^/\s]+)(?:\/(\S+))? (.+)$/.exec(text);
  if (match === null) return undefined;
  try {
    const value = JSON.parse(match[4] ?? "") as unknown;
    const unescape = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");
    const parts = unescape(match[2] ?? "").split("|");
    return { table: match[1] ?? "", parts, ...(match[3] === undefined ? {} : { field: unescape(match[3]) }), value };
  } catch {
    return undefined;
  }
}

type Rule = (row: ChangedRow, scope: TenantScope) => boolean;

const part = (row: ChangedRow, index: number): string => row.parts[index] ?? "";
const ownVrf: Rule = (row, scope) => scope.vrfs.includes(vrfFromSonic(part(row, 0)));
const ownPort: Rule = (row, scope) =>
  part(row, 0)
    .split(",")
    .every((name) => scope.interfaces.includes(name));
const isOwnVlan = (name: string, scope: TenantScope): boolean => {
  const vlan = vlanNumberOf(name);
  if (vlan === undefined) return false;
  // The VLAN that only carries the VNI of the tenant's VRF is the tenant's too.
  return scope.vlans.includes(vlan) || scope.vnis.some((vni) => transitVlanOf(vni) === vlan);
};
const ownVlan: Rule = (row, scope) => isOwnVlan(part(row, 0), scope);
/** An own port may be put in an own VRF, not in another's. */
const ownVrfOf = (row: ChangedRow, scope: TenantScope): boolean => {
  const vrf = fieldOf(row, "vrf_name");
  return vrf === undefined || (typeof vrf === "string" && scope.vrfs.includes(vrfFromSonic(vrf)));
};
const ownRoutedPort: Rule = (row, scope) => ownPort(row, scope) && ownVrfOf(row, scope);
/** A stretched VLAN's gateway may stand in a VRF that several tenants share; the transit VLAN of a VRF only in that. */
const ownGateway: Rule = (row, scope) =>
  ownVlan(row, scope) && (scope.vlans.includes(vlanNumberOf(part(row, 0)) ?? 0) || ownVrfOf(row, scope));
const ownMember: Rule = (row, scope) => isOwnVlan(part(row, 0), scope) && scope.interfaces.includes(part(row, 1));
const ownPolicy: Rule = (row, scope) => scope.policies.includes(part(row, 0));
const ownVni: Rule = (row, scope) => part(row, 0) === "default" && scope.vnis.includes(Number(part(row, 2)));

const fieldOf = (row: ChangedRow, field: string): unknown =>
  row.field === field
    ? row.value
    : row.field === undefined && row.value !== null && typeof row.value === "object" && Object.hasOwn(row.value, field)
      ? (row.value as Record<string, unknown>)[field]
      : undefined; // an object by the test before it

/** A list that the tenant owns may be bound to its own ports only. */
const ownAclTable: Rule = (row, scope) => {
  const ports = fieldOf(row, "ports");
  const bound = Array.isArray(ports) ? ports.map(String) : [];
  return scope.acls.includes(part(row, 0)) && bound.every((port) => scope.interfaces.includes(port));
};

const inScope = (text: unknown, scope: TenantScope): boolean => {
  const prefix =
    typeof text === "string"
      ? parseIpPrefix(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`)
      : undefined;
  return prefix !== undefined && scope.prefixes.some((own) => covers(own, prefix));
};
const covers = (own: string, prefix: IpPrefix): boolean => {
  const outer = parseIpPrefix(own);
  return outer !== undefined && prefixCovers(outer, prefix);
};

/** Rules of own lists, and whole rules of shared ones that name an address of the tenant's; what they let through, the proof judges. */
const ownAclRule: Rule = (row, scope) => {
  if (scope.acls.includes(part(row, 0))) return true;
  if (row.field !== undefined) return false;
  const named = ["SRC_IP", "DST_IP", "SRC_IPV6", "DST_IPV6"]
    .map((field) => fieldOf(row, field))
    .filter((value) => value !== undefined);
  return named.some((value) => inScope(value, scope));
};

const ownPrefixEntry: Rule = (row, scope) => ownPolicy(row, scope) || inScope(part(row, row.parts.length - 2), scope);

const portFields = new Set(["admin_status", "description", "mode", "mtu"]);
/** A port is the tenant's to use, not to rebuild: its speed and lanes are the fabric's. */
const ownPortRow: Rule = (row, scope) => row.field !== undefined && portFields.has(row.field) && ownPort(row, scope);

const rules: Readonly<Record<string, Rule | undefined>> = Object.assign(Object.create(null) as Record<string, Rule>, {
  VRF: ownVrf,
  STATIC_ROUTE: ((row, scope) => row.parts.length === 2 && ownVrf(row, scope)) satisfies Rule,
  BGP_GLOBALS: ownVrf,
  BGP_GLOBALS_AF: ownVrf,
  BGP_GLOBALS_AF_NETWORK: ownVrf,
  BGP_GLOBALS_AF_AGGREGATE_ADDR: ownVrf,
  BGP_GLOBALS_LISTEN_PREFIX: ownVrf,
  BGP_GLOBALS_EVPN_RT: ownVrf,
  BGP_PEER_GROUP: ownVrf,
  BGP_PEER_GROUP_AF: ownVrf,
  BGP_NEIGHBOR: ((row, scope) => row.parts.length === 2 && ownVrf(row, scope)) satisfies Rule,
  BGP_NEIGHBOR_AF: ownVrf,
  ROUTE_REDISTRIBUTE: ownVrf,
  BGP_GLOBALS_EVPN_VNI: ownVni,
  BGP_GLOBALS_EVPN_VNI_RT: ownVni,
  VLAN: ownVlan,
  VLAN_INTERFACE: ownGateway,
  VLAN_MEMBER: ownMember,
  SUPPRESS_VLAN_NEIGH: ownVlan,
  VXLAN_TUNNEL_MAP: ((row, scope) => {
    const match = /^map_(\d{1,8})_(Vlan\d{1,4})$/.exec(part(row, 1));
    return match !== null && scope.vnis.includes(Number(match[1])) && isOwnVlan(match[2] ?? "", scope);
  }) satisfies Rule,
  PORT: ownPortRow,
  INTERFACE: ownRoutedPort,
  PORTCHANNEL_INTERFACE: ownRoutedPort,
  LOOPBACK_INTERFACE: ownRoutedPort,
  VLAN_SUB_INTERFACE: ownRoutedPort,
  PORT_QOS_MAP: ownPort,
  QUEUE: ownPort,
  BUFFER_PG: ownPort,
  PFC_WD: ownPort,
  SCHEDULER: ((row, scope) => scope.interfaces.some((name) => part(row, 0) === `shape.${name}`)) satisfies Rule,
  ACL_TABLE: ownAclTable,
  ACL_RULE: ownAclRule,
  ROUTE_MAP: ownPolicy,
  ROUTE_MAP_SET: ownPolicy,
  PREFIX_SET: ownPolicy,
  PREFIX: ownPrefixEntry,
  COMMUNITY_SET: ownPolicy,
  EXTENDED_COMMUNITY_SET: ownPolicy,
  AS_PATH_SET: ownPolicy,
});
