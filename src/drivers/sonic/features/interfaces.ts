import type { DeviceConfig, Interface } from "#model/device-config.ts";
import { parseVlanId } from "#net/asn.ts";
import { isIpv6, parseInterfaceAddress, parseIpAddress, prefix, prefixAddress, type IpPrefix } from "#net/ip.ts";
import type { ConfigDb, Row } from "../config-db.ts";
import type { Draft, DraftInterface } from "../draft.ts";
import { isReversibleVrf, kindOf, managementVrf, parentOf, vrfFromSonic, vrfToSonic } from "../names.ts";
import { onlyTrue, upDown, type Tables } from "../tables.ts";

const hardwareFields: ReadonlySet<string> = new Set([
  "alias",
  "asic_port_name",
  "core_id",
  "core_port_id",
  "coreid",
  "coreportid",
  "index",
  "lanes",
  "numvoq",
  "num_voq",
  "role",
  "subport",
  "tx_power",
  "laser_freq",
  "dhcp_rate_limit",
]);
const hardware = "names the port's hardware; the network does not see it";

/** `PORT`: the physical ports. Without `admin_status` a port is down. @source sonic-swss cfgmgr/portmgr.h */
export function readPorts(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("PORT")) {
    // Every port has such a row from the platform; without a word of ours it is as if unplugged.
    if (row.fieldNames.length > 0 && row.fieldNames.every((field) => hardwareFields.has(field))) {
      row.ignoreRest(hardware);
      continue;
    }
    const port = draft.interface(row.key);
    if (port === undefined) continue;
    row.use();
    draft.mark(row.span, "interfaces", row.key);
    port.enabled = row.flag("admin_status") ?? false;
    readCommon(row, port);
    const speedMbps = row.number("speed");
    if (speedMbps !== undefined) port.speedBps = speedMbps * 1_000_000;
    else row.refuse("speed");
    const fec = row.text("fec");
    if (fec === "rs" || fec === "fc" || fec === "none" || fec === "auto") port.fec = fec;
    else row.refuse("fec");
    const autoNegotiate = row.flag("autoneg");
    if (autoNegotiate !== undefined) port.autoNegotiate = autoNegotiate;
    row.ignore([...hardwareFields], hardware);
    row.ignore(
      [
        "adv_speeds",
        "adv_interface_types",
        "interface_type",
        "link_training",
        "media_settings",
        "override_unreliable_los",
        "unreliable_los",
        "pt_interface_id",
        "pt_timestamp_template",
        "valid_speeds",
      ],
      "tunes the electrical link; it is taken as working",
    );
    row.ignore(["pfc_asym"], "PFC is taken as symmetric unless a port says `on`");
    row.ignore(
      ["tpid", "dom_polling", "mux_cable", "macsec", "link_event_damping_algorithm", "fast_linkup", "lldp_mode"],
      "has no part in forwarding as modelled",
    );
    readMode(row);
  }
  db.ignore("BREAKOUT_CFG", "how ports are broken out shows in the rows of PORT");
}

/** Switchport mode of newer images; membership is in VLAN_MEMBER, which `readVlans` reads with it. */
const readMode = (row: Row): string | undefined => row.text("mode");

function readCommon(row: Row, port: DraftInterface): void {
  const mtu = row.number("mtu");
  if (mtu !== undefined) port.mtuBytes = mtu;
  else row.refuse("mtu");
  const description = row.text("description");
  if (description !== undefined && description !== "") port.description = description;
}

const l3Tables = [
  "INTERFACE",
  "PORTCHANNEL_INTERFACE",
  "LOOPBACK_INTERFACE",
  "VLAN_INTERFACE",
  "VLAN_SUB_INTERFACE",
  "MGMT_INTERFACE",
] as const;

/** Layer 3 of every kind of interface: a bare row with its VRF, and a row for each address. */
export function readL3Interfaces(db: ConfigDb, draft: Draft): void {
  for (const table of l3Tables) for (const row of db.rows(table)) readL3Row(db, draft, row);
  for (const row of db.rows("MGMT_PORT")) readManagementPort(draft, row);
  inheritMtu(draft);
}

function readL3Row(db: ConfigDb, draft: Draft, row: Row): void {
  const [name = "", address] = row.parts;
  // On multi-ASIC devices the address may itself hold no bar; more parts are no key we know.
  const port = row.parts.length > 2 ? undefined : draft.interface(name);
  if (port === undefined) return;
  row.use();
  draft.mark(row.span, "interfaces", name);
  if (address === undefined) readL3Fields(draft, row, port, name);
  else readAddress(db, draft, row, port, address);
}

function readL3Fields(draft: Draft, row: Row, port: DraftInterface, name: string): void {
  const vrf = row.reference("vrf_name");
  if (vrf !== undefined) {
    port.networkInstance = vrfFromSonic(vrf);
    draft.instance(port.networkInstance);
    draft.mark(row.span, "interfaces", name, "networkInstance");
  }
  if (row.flag("ipv6_use_link_local_only") === true) port.linkLocalOnly = true;
  if (row.flag("static_anycast_gateway") === true) port.anycast = true;
  const enabled = row.flag("admin_status");
  if (enabled !== undefined) port.enabled = enabled;
  const vlan = row.text("vlan");
  if (port.kind === "subinterface") {
    const tag = parseVlanId(vlan ?? name.slice(name.indexOf(".") + 1));
    if (tag !== undefined) port.vlanTag = tag;
    else row.refuse("vlan");
  } else row.refuse("vlan");
  const unnumbered = row.text("unnumbered");
  if (unnumbered !== undefined) row.refuse("unnumbered");
  row.ignore(
    ["nat_zone", "mpls", "proxy_arp", "grat_arp", "loopback_action", "mac_addr", "advertise_prefix", "enable"],
    "has no part in forwarding as modelled",
  );
}

function readAddress(db: ConfigDb, draft: Draft, row: Row, port: DraftInterface, text: string): void {
  const address = parseInterfaceAddress(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
  if (address === undefined) {
    db.report({
      code: "sonic.bad-address",
      severity: "error",
      message: `${row.table}|${row.key}: ${text} is no address with a prefix length.`,
      line: row.line,
    });
    return;
  }
  port.addresses.push(address);
  draft.mark(row.span, "interfaces", row.parts[0] ?? "", isIpv6(address) ? "ipv6" : "ipv4");
  row.ignore(["family", "scope"], "says again what the address says");
  row.ignore(["secondary"], "every address of an interface is kept alike");
  if (port.kind === "management") readGateway(db, draft, row, isIpv6(address));
}

/**
 * The management gateway is a default route of the management VRF; without that VRF it stands in a table of its own
 * that only the management address uses. @source sonic-buildimage files/image_config/interfaces/interfaces.j2
 */
function readGateway(db: ConfigDb, draft: Draft, row: Row, six: boolean): void {
  row.ignore(["forced_mgmt_routes"], "routes of the management network itself");
  if (!managementVrfOn(db)) return row.ignore(["gwaddr"], "a route that only the management address uses");
  const gateway = row.text("gwaddr");
  const address = gateway === undefined ? undefined : parseIpAddress(gateway);
  if (address === undefined) return row.refuse("gwaddr");
  const everywhere = parseDefault(six);
  const routes = draft.instance(managementVrf).staticRoutes;
  draft.mark(row.span, "networkInstances", managementVrf, "staticRoutes", routes.length);
  routes.push({ prefix: everywhere, distance: 1, nextHops: [{ kind: "address", address }] });
}

const parseDefault = (six: boolean): IpPrefix => prefix(six ? "::/0" : "0.0.0.0/0");

const managementVrfOn = (db: ConfigDb): boolean =>
  db.rows("MGMT_VRF_CONFIG").some((row) => row.flag("mgmtVrfEnabled") === true);

function readManagementPort(draft: Draft, row: Row): void {
  const port = draft.interface(row.key);
  if (port === undefined) return;
  row.use();
  draft.mark(row.span, "interfaces", row.key);
  port.enabled = row.flag("admin_status") ?? true;
  readCommon(row, port);
  row.ignore(["alias", "speed", "autoneg"], hardware);
}

/** A sub-interface has the MTU of what it rides on. @source SONiC doc/subport/sonic-sub-port-intf-hld.md */
function inheritMtu(draft: Draft): void {
  for (const port of draft.interfaces.values()) {
    const mtu =
      port.kind === "subinterface" && port.parent !== undefined
        ? draft.interfaces.get(port.parent)?.mtuBytes
        : undefined;
    if (mtu !== undefined) port.mtuBytes = mtu;
  }
}

export function writeInterfaces(config: DeviceConfig, out: Tables): void {
  for (const [name, port] of Object.entries(config.interfaces)) {
    const kind = kindOf(name);
    if (kind !== port.kind) {
      out.cannot(
        "interface-name",
        ["interfaces", name],
        `SONiC has no ${port.kind} interface called ${name}; it was left out.`,
        "error",
      );
      continue;
    }
    writePort(name, port, config, out);
    writeL3(name, port, config, out);
    for (const field of ["ethernetSegment"] as const)
      if (port[field] !== undefined && kind !== "ethernet" && kind !== "lag")
        out.cannot("unsupported", ["interfaces", name, field], `SONiC knows no ${field} on ${kind} interfaces.`);
    if (port.noAutostate === true)
      out.cannot(
        "unsupported",
        ["interfaces", name, "noAutostate"],
        "SONiC has no autostate switch on VLAN interfaces.",
      );
    if (port.anycastMac !== undefined && port.anycastMac !== config.anycastGatewayMac)
      out.cannot(
        "unsupported",
        ["interfaces", name, "anycastMac"],
        "SONiC has one anycast gateway MAC for the whole device.",
      );
  }
}

function writePort(name: string, port: Interface, config: DeviceConfig, out: Tables): void {
  const common = {
    admin_status: upDown(port.enabled),
    description: port.description,
    mtu: port.mtuBytes === undefined ? undefined : String(port.mtuBytes),
  };
  if (port.kind === "ethernet") {
    out.put("PORT", [name], {
      ...common,
      speed: port.speedBps === undefined ? undefined : String(Math.round(port.speedBps / 1_000_000)),
      fec: port.fec,
      autoneg: port.autoNegotiate === undefined ? undefined : port.autoNegotiate ? "on" : "off",
    });
  } else if (port.kind === "management") out.put("MGMT_PORT", [name], common);
  else if (port.kind === "subinterface") {
    const parent = parentOf(name);
    if (port.parent !== parent)
      out.cannot(
        "interface-name",
        ["interfaces", name, "parent"],
        `On SONiC ${name} rides on ${parent}, not ${port.parent}.`,
        "error",
      );
    if (port.mtuBytes !== (parent === undefined ? undefined : config.interfaces[parent]?.mtuBytes))
      out.cannot("unsupported", ["interfaces", name, "mtuBytes"], `A SONiC sub-interface has the MTU of ${parent}.`);
    if (port.description !== undefined)
      out.cannot(
        "unsupported",
        ["interfaces", name, "description"],
        "A SONiC sub-interface has no description.",
        "info",
      );
    if (port.bridgeDomain !== undefined)
      out.cannot("unsupported", ["interfaces", name, "bridgeDomain"], "SONiC does not bridge sub-interfaces.", "error");
  }
}

const l3TableOf = (port: Interface): string =>
  port.kind === "lag"
    ? "PORTCHANNEL_INTERFACE"
    : port.kind === "loopback"
      ? "LOOPBACK_INTERFACE"
      : port.kind === "irb"
        ? "VLAN_INTERFACE"
        : port.kind === "subinterface"
          ? "VLAN_SUB_INTERFACE"
          : port.kind === "management"
            ? "MGMT_INTERFACE"
            : "INTERFACE";

function writeL3(name: string, port: Interface, config: DeviceConfig, out: Tables): void {
  const table = l3TableOf(port);
  const own = [...(port.ipv4?.addresses ?? []), ...(port.ipv6?.addresses ?? [])];
  const anycast = [...(port.ipv4?.anycastAddresses ?? []), ...(port.ipv6?.anycastAddresses ?? [])];
  if (own.length > 0 && anycast.length > 0)
    out.cannot(
      "anycast-beside-own",
      ["interfaces", name],
      `SONiC answers on ${name} with one MAC only: an address of its own beside an anycast one is written as anycast too.`,
    );
  if (anycast.length > 0 && port.kind !== "irb")
    out.cannot("unsupported", ["interfaces", name], "SONiC has anycast gateways on VLAN interfaces only.");
  for (const family of ["ipv4", "ipv6"] as const)
    if (port[family]?.unnumberedFrom !== undefined)
      out.cannot(
        "unsupported",
        ["interfaces", name, family, "unnumberedFrom"],
        "SONiC's ConfigDB has no unnumbered interfaces but by IPv6 link-local.",
      );
  const vrf = writeVrfName(name, port, out);
  const bare = port.kind === "irb" || port.kind === "loopback" || port.kind === "subinterface";
  const addresses = [...own, ...anycast];
  if (
    port.kind !== "management" &&
    (bare || vrf !== undefined || addresses.length > 0 || port.ipv6?.linkLocalOnly === true)
  ) {
    out.put(table, [name], {
      vrf_name: vrf,
      ipv6_use_link_local_only: port.ipv6?.linkLocalOnly === true ? "enable" : undefined,
      static_anycast_gateway: onlyTrue(anycast.length > 0),
      admin_status:
        port.kind === "subinterface"
          ? upDown(port.enabled)
          : port.kind === "loopback" && !port.enabled
            ? "down"
            : undefined,
      vlan: port.kind === "subinterface" && port.vlanTag !== undefined ? String(port.vlanTag) : undefined,
    });
  }
  for (const address of addresses)
    out.put(table, [name, address], port.kind === "management" ? { gwaddr: gatewayFor(config, port, address) } : {});
}

function writeVrfName(name: string, port: Interface, out: Tables): string | undefined {
  if (port.kind === "management") {
    if (port.networkInstance !== "default" && port.networkInstance !== managementVrf)
      out.cannot(
        "management-vrf",
        ["interfaces", name, "networkInstance"],
        `The management port of SONiC can only stand in "default" or "${managementVrf}", not in "${port.networkInstance}".`,
        "error",
      );
    return undefined;
  }
  if (port.networkInstance === "default" || !isReversibleVrf(port.networkInstance)) return undefined;
  return vrfToSonic(port.networkInstance);
}

/** The next hop of the management VRF's default route, where the address's own network holds it. */
function gatewayFor(
  config: DeviceConfig,
  port: Interface,
  address: Parameters<typeof prefixAddress>[0],
): string | undefined {
  if (port.networkInstance !== managementVrf) return undefined;
  const wanted = isIpv6(address) ? "::/0" : "0.0.0.0/0";
  const route = config.networkInstances[managementVrf]?.staticRoutes.find((one) => one.prefix === wanted);
  const hop = route?.nextHops.length === 1 ? route.nextHops[0] : undefined;
  return hop?.kind === "address" && hop.interface === undefined ? hop.address : undefined;
}

/** The address an interface would source VXLAN or MCLAG traffic from: its first IPv4, else its first IPv6. */
export const mainAddressOf = (port: Interface | undefined): string | undefined => {
  const first = port?.ipv4?.addresses[0] ?? port?.ipv6?.addresses[0];
  return first === undefined ? undefined : prefixAddress(first);
};
