import type { DeviceConfig, Interface } from "#model/device-config.ts";
import { parseVlanId, type VlanId } from "#net/asn.ts";
import type { ConfigDb } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { kindOf, vlanNumberOf } from "../names.ts";
import { upDown, type Tables } from "../tables.ts";

/** `VLAN`, `VLAN_MEMBER` and the switchport mode of newer images. A `VLAN` row is both the domain and its SVI's link. */
export function readVlans(db: ConfigDb, draft: Draft): void {
  const routed = new Set(db.rows("VLAN_INTERFACE").map((row) => row.parts[0]));
  for (const row of db.rows("VLAN")) {
    const id = parseVlanId(vlanNumberOf(row.key) ?? 0);
    if (id === undefined) continue;
    row.use();
    const key = String(id);
    draft.bridgeDomains.set(key, { vlanId: id, floodVteps: [] });
    draft.mark(row.span, "bridgeDomains", key);
    const name = row.text("alias");
    if (name !== undefined && name !== "") draft.bridgeDomains.set(key, { vlanId: id, name, floodVteps: [] });
    const number = row.number("vlanid");
    if (number !== undefined && number !== id) {
      row.refuse("vlanid");
      db.report({
        code: "sonic.vlan-id-differs",
        severity: "warning",
        message: `${row.key} says vlanid ${number}; SONiC goes by the name.`,
        line: row.line,
      });
    }
    const svi = routed.has(row.key) ? draft.interface(row.key) : undefined;
    const enabled = row.flag("admin_status");
    const mtu = row.number("mtu");
    const description = row.text("description");
    if (svi !== undefined) {
      svi.enabled = enabled ?? true;
      if (mtu !== undefined) svi.mtuBytes = mtu;
      if (description !== undefined && description !== "") svi.description = description;
    }
    row.ignore(["members"], "says again what VLAN_MEMBER says");
    row.ignore(
      ["dhcp_servers", "dhcpv6_servers", "host_ifname", "mac", "hostif_name", "mac_learning", "proxy_arp"],
      "has no part in forwarding as modelled",
    );
  }
  for (const row of db.rows("SUPPRESS_VLAN_NEIGH")) {
    const domain = draft.bridgeDomains.get(String(vlanNumberOf(row.key) ?? ""));
    if (domain === undefined) continue;
    row.use();
    if (row.flag("suppress") === true) domain.arpSuppression = true;
  }
  readMembers(db, draft);
}

interface Membership {
  readonly tagged: Set<VlanId>;
  untagged?: VlanId;
  mode?: string;
}

function readMembers(db: ConfigDb, draft: Draft): void {
  const members = new Map<string, Membership>();
  const memberOf = (port: string): Membership => {
    const known = members.get(port) ?? { tagged: new Set<VlanId>() };
    members.set(port, known);
    return known;
  };
  for (const table of ["PORT", "PORTCHANNEL"])
    for (const row of db.rows(table)) {
      const mode = row.leaf("mode")?.values[0];
      if (mode === "trunk" || mode === "access") memberOf(row.key).mode = mode;
    }
  for (const row of db.rows("VLAN_MEMBER")) {
    const [vlan = "", port = ""] = row.parts;
    const id = parseVlanId(vlanNumberOf(vlan) ?? 0);
    const known =
      row.parts.length === 2 && (kindOf(port) === "ethernet" || kindOf(port) === "lag")
        ? draft.interface(port)
        : undefined;
    if (id === undefined || known === undefined) continue;
    row.use();
    draft.mark(row.span, "interfaces", port, "switchport");
    const member = memberOf(port);
    if (row.text("tagging_mode") === "tagged") member.tagged.add(id);
    else {
      if (member.untagged !== undefined && member.untagged !== id)
        db.report({
          code: "sonic.two-untagged-vlans",
          severity: "error",
          message: `${port} is untagged in Vlan${member.untagged} and ${vlan}.`,
          line: row.line,
        });
      member.untagged = id;
    }
  }
  for (const [name, member] of members) {
    const port = draft.interface(name);
    if (port !== undefined) port.switchport = switchportOf(member);
  }
}

function switchportOf({ tagged, untagged, mode }: Membership): NonNullable<Interface["switchport"]> {
  if (untagged !== undefined && tagged.size === 0 && mode !== "trunk") return { mode: "access", vlan: untagged };
  const vlans = [...tagged, ...(untagged === undefined ? [] : [untagged])].sort((a, b) => a - b);
  return { mode: "trunk", vlans, ...(untagged === undefined ? {} : { nativeVlan: untagged }) };
}

export function writeVlans(config: DeviceConfig, out: Tables): void {
  for (const [key, domain] of Object.entries(config.bridgeDomains)) {
    if (domain.vlanId === undefined || String(domain.vlanId) !== key) {
      out.cannot(
        "bridge-domain",
        ["bridgeDomains", key],
        `SONiC bridges by VLAN; ${key} has no VLAN id of that name.`,
        "error",
      );
      continue;
    }
    const name = `Vlan${key}`;
    const svi = Object.hasOwn(config.interfaces, name) ? config.interfaces[name] : undefined;
    out.put("VLAN", [name], {
      vlanid: key,
      alias: domain.name,
      description: svi?.description,
      admin_status: svi === undefined ? undefined : upDown(svi.enabled),
      mtu: svi?.mtuBytes === undefined ? undefined : String(svi.mtuBytes),
    });
    if (domain.arpSuppression === true) out.put("SUPPRESS_VLAN_NEIGH", [name], { suppress: "on" });
    if (domain.floodVteps.length > 0)
      out.cannot("unsupported", ["bridgeDomains", key, "floodVteps"], "SONiC floods by EVPN type 3 only.");
  }
  for (const [name, port] of Object.entries(config.interfaces)) {
    if (port.kind === "irb" && port.bridgeDomain !== name.replace(/^Vlan/, ""))
      out.cannot(
        "interface-name",
        ["interfaces", name, "bridgeDomain"],
        `On SONiC ${name} is the gateway of its own VLAN, not of ${port.bridgeDomain}.`,
        "error",
      );
    else if (port.kind === "irb" && !out.has("VLAN", name))
      out.cannot("missing-vlan", ["interfaces", name], `${name} needs its VLAN.`, "error");
    if (port.switchport !== undefined) writeSwitchport(name, port, port.switchport, config, out);
  }
}

function writeSwitchport(
  name: string,
  port: Interface,
  switchport: NonNullable<Interface["switchport"]>,
  config: DeviceConfig,
  out: Tables,
): void {
  const kind = kindOf(name);
  if (kind !== port.kind || (kind !== "ethernet" && kind !== "lag"))
    return out.cannot("unsupported", ["interfaces", name, "switchport"], `SONiC cannot switch on ${name}.`, "error");
  out.put(kind === "lag" ? "PORTCHANNEL" : "PORT", [name], { mode: switchport.mode });
  const member = (vlan: number, mode: string): void => {
    if (out.has("VLAN", `Vlan${vlan}`)) out.put("VLAN_MEMBER", [`Vlan${vlan}`, name], { tagging_mode: mode });
    else
      out.cannot(
        "missing-vlan",
        ["interfaces", name, "switchport"],
        `${name} is a member of VLAN ${vlan}, which the device does not have; SONiC refuses that.`,
      );
  };
  if (switchport.mode === "access") return member(switchport.vlan, "untagged");
  if (switchport.vlans === "all")
    out.cannot(
      "trunk-all",
      ["interfaces", name, "switchport"],
      "SONiC lists the VLANs of a trunk: every VLAN of the device is written.",
      "info",
    );
  const vlans = switchport.vlans === "all" ? Object.keys(config.bridgeDomains).map(Number) : switchport.vlans;
  for (const vlan of vlans) if (vlan !== switchport.nativeVlan) member(vlan, "tagged");
  if (switchport.nativeVlan !== undefined) member(switchport.nativeVlan, "untagged");
}
