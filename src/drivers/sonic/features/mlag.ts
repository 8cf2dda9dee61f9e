import type { DeviceConfig, Interface } from "#model/device-config.ts";
import { parseIpAddress, prefixAddress } from "#net/ip.ts";
import { parseMac } from "#net/mac.ts";
import type { ConfigDb } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import type { Tables } from "../tables.ts";
import { mainAddressOf } from "./interfaces.ts";

/** `MCLAG_DOMAIN`, `MCLAG_INTERFACE`, and EVPN multihoming. Both sides of an MCLAG call a port channel the same. */
export function readMlag(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("MCLAG_DOMAIN")) {
    row.use();
    const source = parseIpAddress(row.text("source_ip") ?? "");
    const local =
      source === undefined
        ? undefined
        : [...draft.interfaces].find(([, port]) => port.addresses.some((one) => prefixAddress(one) === source))?.[0];
    const peerAddress = parseIpAddress(row.text("peer_ip") ?? "");
    const peerLink = row.reference("peer_link");
    const systemMac = parseMac(row.text("mclag_system_mac") ?? row.text("mclag_system_id") ?? "");
    draft.mlag = {
      domainId: row.key,
      ...(peerLink === undefined ? {} : { peerLink }),
      ...(local === undefined ? {} : { localInterface: local }),
      ...(peerAddress === undefined ? {} : { peerAddress }),
      ...(systemMac === undefined ? {} : { systemMac }),
    };
    draft.mark(row.span, "mlag");
    row.ignore(["keepalive_interval", "session_timeout", "delay_restore", "gateway_mac"], "timers of the pair");
  }
  for (const row of db.rows("MCLAG_INTERFACE")) {
    const [, name = ""] = row.parts;
    const lag = draft.interfaces.get(name);
    const number = /^PortChannel(\d+)$/.exec(name)?.[1];
    if (lag === undefined || number === undefined) continue;
    row.use();
    row.ignore(["if_type"], "says again what the name says");
    lag.mlagId = Number(number);
    draft.mark(row.span, "interfaces", name, "mlagId");
  }
  db.ignore("MCLAG_UNIQUE_IP", "which VLAN interfaces keep addresses of their own");
  readSegments(db, draft);
}

function readSegments(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("EVPN_ETHERNET_SEGMENT")) {
    const port = draft.interfaces.get(row.reference("ifname") ?? row.key);
    const esi = row.text("esi")?.toLowerCase();
    if (port === undefined || esi === undefined || !/^(?:[0-9a-f]{2}:){9}[0-9a-f]{2}$/.test(esi)) {
      row.refuse("esi");
      continue;
    }
    row.use();
    row.ignore(["type"], "type 0: the identifier as it stands");
    const preference = row.number("df_pref");
    port.ethernetSegment = { esi, ...(preference === undefined ? {} : { dfPreference: preference }) };
    draft.mark(row.span, "interfaces", row.key, "ethernetSegment");
  }
  db.ignore("EVPN_MH_GLOBAL", "timers of EVPN multihoming");
  db.ignore("EVPN_MH_INTERFACE", "uplink tracking of EVPN multihoming; links are taken as up");
}

export function writeMlag(config: DeviceConfig, out: Tables): void {
  const { mlag } = config;
  for (const [name, port] of Object.entries(config.interfaces)) writeSegment(name, port, out);
  if (mlag === undefined) {
    for (const [name, port] of Object.entries(config.interfaces))
      if (port.mlagId !== undefined)
        out.cannot(
          "unsupported",
          ["interfaces", name, "mlagId"],
          `${name} is shared with a partner, but the device has no MCLAG domain.`,
          "error",
        );
    return;
  }
  const domain = mlag.domainId ?? "1";
  if (mlag.domainId === undefined || !/^\d{1,4}$/.test(domain))
    out.cannot(
      "unsupported",
      ["mlag", "domainId"],
      `An MCLAG domain of SONiC has a number; ${JSON.stringify(mlag.domainId)} is written as ${JSON.stringify(domain)}.`,
    );
  if (mlag.backupAddress !== undefined)
    out.cannot("unsupported", ["mlag", "backupAddress"], "SONiC's MCLAG has no backup address.");
  if (mlag.peerAddress === "link-local")
    out.cannot("unsupported", ["mlag", "peerAddress"], "SONiC's MCLAG peers by IPv4 address.", "error");
  const source = mlag.localInterface === undefined ? undefined : mainAddressOf(config.interfaces[mlag.localInterface]);
  if (source === undefined)
    out.cannot("unsupported", ["mlag", "localInterface"], "SONiC's MCLAG needs an address of its own side.", "error");
  out.put("MCLAG_DOMAIN", [domain], {
    source_ip: source,
    peer_ip: mlag.peerAddress === "link-local" ? undefined : mlag.peerAddress,
    peer_link: mlag.peerLink,
    mclag_system_mac: mlag.systemMac,
  });
  for (const [name, port] of Object.entries(config.interfaces)) {
    if (port.mlagId === undefined) continue;
    if (name !== `PortChannel${port.mlagId}`)
      out.cannot(
        "unsupported",
        ["interfaces", name, "mlagId"],
        `Both partners must call the shared port channel the same: ${name} cannot be ${port.mlagId}.`,
        "error",
      );
    else out.put("MCLAG_INTERFACE", [domain, name], { if_type: "PortChannel" });
  }
}

function writeSegment(name: string, port: Interface, out: Tables): void {
  const segment = port.ethernetSegment;
  if (segment === undefined || (port.kind !== "lag" && port.kind !== "ethernet")) return;
  if (!segment.esi.startsWith("00:"))
    out.cannot(
      "unsupported",
      ["interfaces", name, "ethernetSegment", "esi"],
      "SONiC takes segment identifiers of type 0 (first octet 00) only.",
      "error",
    );
  if (segment.singleActive === true)
    out.cannot(
      "unsupported",
      ["interfaces", name, "ethernetSegment", "singleActive"],
      "SONiC's segments are all-active.",
      "error",
    );
  if (segment.importRouteTarget !== undefined)
    out.cannot(
      "unsupported",
      ["interfaces", name, "ethernetSegment", "importRouteTarget"],
      "SONiC derives the segment's route target from its identifier.",
    );
  out.put("EVPN_ETHERNET_SEGMENT", [name], {
    esi: segment.esi,
    type: "TYPE_0_OPERATOR_CONFIGURED",
    df_pref: segment.dfPreference === undefined ? undefined : String(segment.dfPreference),
  });
}
