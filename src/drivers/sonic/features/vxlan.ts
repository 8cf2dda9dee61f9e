import type { DeviceConfig } from "#model/device-config.ts";
import { parseVlanId, parseVni } from "#net/asn.ts";
import { parseIpAddress } from "#net/ip.ts";
import type { ConfigDb } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { isReversibleVrf, vlanNumberOf, vrfToSonic } from "../names.ts";
import type { Tables } from "../tables.ts";
import { mainAddressOf } from "./interfaces.ts";

const vxlanPort = 4789;

/** `VXLAN_TUNNEL`, `VXLAN_EVPN_NVO`, `VXLAN_TUNNEL_MAP`. Run after VLANs and VRFs. @source sonic-yang-models sonic-vxlan.yang */
export function readVxlan(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("VXLAN_TUNNEL")) {
    row.use();
    const source = row.text("src_ip");
    const address = source === undefined ? undefined : parseIpAddress(source);
    if (address === undefined) {
      row.refuse("src_ip");
      continue;
    }
    row.ignore(["ttl_mode"], "has no part in forwarding as modelled");
    draft.vxlan = { sourceAddress: address, udpPort: vxlanPort };
    draft.mark(row.span, "vxlan");
  }
  for (const row of db.rows("VXLAN_EVPN_NVO")) {
    row.use();
    const tunnel = row.reference("source_vtep");
    if (tunnel !== undefined && db.row("VXLAN_TUNNEL", tunnel) === undefined)
      db.report({
        code: "sonic.dangling-reference",
        severity: "error",
        message: `${row.table}|${row.key} names tunnel ${tunnel}, which is not there.`,
        line: row.line,
      });
    draft.mark(row.span, "vxlan");
  }
  const transit = new Set<number>();
  const tenantVnis = new Set([...draft.instances.values()].map((instance) => instance.vni));
  for (const row of db.rows("VXLAN_TUNNEL_MAP")) {
    const vlan = row.text("vlan");
    const vni = parseVni(row.text("vni") ?? "");
    const id = parseVlanId(vlanNumberOf(vlan ?? "") ?? 0);
    const domain = id === undefined ? undefined : draft.bridgeDomains.get(String(id));
    if (vni === undefined || id === undefined) {
      for (const field of ["vlan", "vni"]) row.refuse(field);
      continue;
    }
    row.use();
    if (domain === undefined) {
      db.report({
        code: "sonic.dangling-reference",
        severity: "error",
        message: `${row.table}|${row.key} maps Vlan${id}, which is not there.`,
        line: row.line,
      });
      continue;
    }
    domain.vni = vni;
    draft.mark(row.span, "bridgeDomains", String(id), "vni");
    if (tenantVnis.has(vni)) transit.add(id);
  }
  if (transit.size > 0) hideTransit(draft, transit);
}

/**
 * A layer-3 VNI needs a VLAN of its own on SONiC. One with no member and no address only carries it, and the neutral
 * model, where the VNI stands at the VRF, has no use for it.
 *
 * @source sonic-utilities config/vxlan.py (`add_vrf_vni_map` wants the VNI mapped to a VLAN)
 */
function hideTransit(draft: Draft, transit: ReadonlySet<number>): void {
  const hidden = new Set(transit);
  for (const [name, { switchport, addresses, anycastAddresses }] of draft.interfaces) {
    const vlans =
      switchport === undefined
        ? []
        : switchport.mode === "access"
          ? [switchport.vlan]
          : switchport.vlans === "all"
            ? [...transit]
            : switchport.vlans;
    for (const vlan of vlans) hidden.delete(vlan);
    if (addresses.length + anycastAddresses.length > 0) hidden.delete(vlanNumberOf(name) ?? 0);
  }
  for (const vlan of hidden) {
    draft.bridgeDomains.delete(String(vlan));
    draft.interfaces.delete(`Vlan${vlan}`);
  }
  for (const path of hidden.size === 0 ? [] : draft.provenance.keys()) {
    const match = /^\/(?:interfaces\/Vlan|bridgeDomains\/)(\d+)(?:\/|$)/.exec(path);
    if (match !== null && hidden.has(Number(match[1]))) draft.provenance.delete(path);
  }
}

const transitBase = 3000;
const transitCount = 1000;
/** Where the transit VLAN of a layer-3 VNI would stand when nothing is in its way. */
export const transitVlanOf = (vni: number): number => transitBase + (vni % transitCount);

const tunnel = "vtep";

export function writeVxlan(config: DeviceConfig, out: Tables): void {
  const { vxlan } = config;
  const domains = Object.entries(config.bridgeDomains).filter(
    ([, domain]) => domain.vni !== undefined && domain.vlanId !== undefined,
  );
  const instances = Object.entries(config.networkInstances).filter(
    ([name, instance]) => instance.evpn !== undefined && name !== "default" && isReversibleVrf(name),
  );
  if (vxlan === undefined) {
    if (domains.length + instances.length > 0)
      out.cannot(
        "no-vtep",
        ["vxlan"],
        "VNIs are mapped but the device has no VTEP; the mappings were left out.",
        "error",
      );
    return;
  }
  const source =
    vxlan.sourceAddress ??
    (vxlan.sourceInterface === undefined ? undefined : mainAddressOf(config.interfaces[vxlan.sourceInterface]));
  if (source === undefined)
    return out.cannot("no-vtep", ["vxlan"], "The VTEP has no source address; SONiC needs one.", "error");
  if (vxlan.udpPort !== vxlanPort)
    out.cannot("unsupported", ["vxlan", "udpPort"], `SONiC's ConfigDB has VXLAN on port ${vxlanPort} only.`, "error");
  if (vxlan.anycastAddress !== undefined && vxlan.anycastAddress !== source)
    out.cannot(
      "unsupported",
      ["vxlan", "anycastAddress"],
      "A SONiC VTEP has one address: give both MCLAG partners the same source instead.",
      "error",
    );
  if (vxlan.routerMac !== undefined)
    out.cannot("unsupported", ["vxlan", "routerMac"], "SONiC announces its system MAC; another cannot be set.");
  out.put("VXLAN_TUNNEL", [tunnel], { src_ip: source });
  out.put("VXLAN_EVPN_NVO", ["nvo"], { source_vtep: tunnel });
  for (const [key, { vni }] of domains) if (vni !== undefined) map(out, key, vni);
  writeTransit(
    config,
    instances.map(([name, instance]) => ({ name, vni: instance.evpn?.vni ?? 0 })),
    out,
  );
}

const map = (out: Tables, vlan: string, vni: number): void =>
  out.put("VXLAN_TUNNEL_MAP", [tunnel, `map_${vni}_Vlan${vlan}`], { vlan: `Vlan${vlan}`, vni: String(vni) });

function writeTransit(
  config: DeviceConfig,
  services: readonly { readonly name: string; readonly vni: number }[],
  out: Tables,
): void {
  const taken = new Set(Object.keys(config.bridgeDomains).map(Number));
  for (const { name, vni } of services.toSorted((a, b) => a.vni - b.vni)) {
    if (Object.values(config.bridgeDomains).some((domain) => domain.vni === vni)) {
      out.cannot(
        "transit-vlan",
        ["networkInstances", name, "evpn", "vni"],
        `VNI ${vni} is mapped to a VLAN already; as the VNI of a VRF it has one of its own.`,
        "error",
      );
      continue;
    }
    let vlan = transitVlanOf(vni);
    while (taken.has(vlan)) vlan = vlan + 1 < transitBase + transitCount ? vlan + 1 : transitBase;
    taken.add(vlan);
    out.put("VLAN", [`Vlan${vlan}`], { vlanid: String(vlan) });
    out.put("VLAN_INTERFACE", [`Vlan${vlan}`], { vrf_name: vrfToSonic(name) });
    map(out, String(vlan), vni);
  }
}
