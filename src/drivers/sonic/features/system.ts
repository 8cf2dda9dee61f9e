import type { DeviceConfig } from "#model/device-config.ts";
import { parseMac } from "#net/mac.ts";
import type { ConfigDb } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { truth, type Tables } from "../tables.ts";

/** Who owns the routing stack. @source sonic-buildimage dockers/docker-fpm-frr/docker_init.sh */
export interface RoutingMode {
  readonly mode: "separated" | "unified" | "split" | "split-unified";
  /** frrcfgd (the management framework) makes FRR's configuration of the BGP_GLOBALS family of tables. */
  readonly managementFramework: boolean;
}

export function readSystem(db: ConfigDb, draft: Draft): RoutingMode {
  let mode: RoutingMode["mode"] = "unified";
  let managementFramework = false;
  for (const row of db.rows("DEVICE_METADATA")) {
    if (row.key !== "localhost") {
      row.ignoreRest("says what the other ASICs or modules are");
      continue;
    }
    row.use();
    draft.hostname = row.text("hostname") ?? "";
    const said = row.text("docker_routing_config_mode");
    if (said === "separated" || said === "split" || said === "split-unified" || said === "unified") mode = said;
    else row.refuse("docker_routing_config_mode");
    managementFramework = row.flag("frr_mgmt_framework_config") === true;
    // Read by the BGP tables; here it only counts as seen.
    for (const field of ["bgp_asn", "default_bgp_status"]) row.text(field);
    row.ignore(
      [
        "hwsku",
        "platform",
        "mac",
        "type",
        "subtype",
        "region",
        "cloudtype",
        "asic_id",
        "asic_name",
        "sub_role",
        "deployment_id",
        "chassis_hostname",
        "slice_type",
        "switch_type",
        "switch_id",
        "cluster",
        "rack_mgmt_map",
        "resource_type",
        "downstream_redundancy_types",
        "downstream_subrole",
        "timezone",
        "create_only_config_db_buffers",
        "storage_device",
        "synchronous_mode",
        "yang_config_validation",
        "buffer_model",
        "default_pfcwd_status",
        "orch_northbond_route_zmq_enabled",
        "orch_northbond_dash_zmq_enabled",
        "nexthop_group",
        "peer_switch",
        "dhcp_server",
        "bgp_adv_lo_prefix_as_128",
        "supporting_bulk_counter_groups",
        "max_cores",
        "suppress-fib-pending",
        "rack_id",
        "anchor_route_source",
        "ring_thread_enabled",
        "t2_group_asns",
        "async_swss",
        "macsec_profile",
        "location",
      ],
      "says what the device is, not what it forwards",
    );
  }
  for (const row of db.rows("SAG")) {
    if (row.key !== "GLOBAL") continue;
    row.use();
    const mac = parseMac(row.text("gateway_mac") ?? "");
    if (mac === undefined) row.refuse("gateway_mac");
    else {
      draft.anycastGatewayMac = mac;
      draft.mark(row.span, "anycastGatewayMac");
    }
  }
  readLldp(db, draft);
  return { mode, managementFramework };
}

function readLldp(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("LLDP")) {
    if (row.key !== "GLOBAL" && row.key !== "Global") continue;
    row.use();
    const enabled = row.flag("enabled");
    if (enabled !== undefined) draft.lldp = enabled;
    row.ignoreRest("what LLDP tells");
  }
}

/** Tables that have no part in what the network does, each with why. Anything not here and not read is unknown. */
const setAside: readonly (readonly [reason: string, tables: readonly string[]])[] = [
  [
    "management of the device itself",
    [
      "AAA",
      "AUTO_TECHSUPPORT",
      "AUTO_TECHSUPPORT_FEATURE",
      "BANNER_MESSAGE",
      "CONSOLE_PORT",
      "CONSOLE_SWITCH",
      "DNS_NAMESERVER",
      "DNS_OPTIONS",
      "FEATURE",
      "FIPS",
      "GNMI",
      "GNMI_CLIENT_CERT",
      "GRPCCLIENT",
      "KDUMP",
      "KUBERNETES_MASTER",
      "LDAP",
      "LDAP_SERVER",
      "LOGGER",
      "LOGGING",
      "MEMORY_STATISTICS",
      "NTP",
      "NTP_KEY",
      "NTP_SERVER",
      "PASSW_HARDENING",
      "RADIUS",
      "RADIUS_SERVER",
      "REST_SERVER",
      "RESTAPI",
      "SERIAL_CONSOLE",
      "SNMP",
      "SNMP_AGENT_ADDRESS_CONFIG",
      "SNMP_COMMUNITY",
      "SNMP_TRAP_CONFIG",
      "SNMP_USER",
      "SSH_SERVER",
      "SYSLOG_CONFIG",
      "SYSLOG_CONFIG_FEATURE",
      "SYSLOG_SERVER",
      "SYSTEM_DEFAULTS",
      "TACPLUS",
      "TACPLUS_SERVER",
      "TELEMETRY",
      "TELEMETRY_CLIENT",
      "VERSIONS",
      "WATERMARK_TABLE",
      "BMP",
      "HEARTBEAT",
      "SYSTEM_PORT_STATUS",
    ],
  ],
  [
    "counters and thresholds of monitoring",
    [
      "ASIC_SENSORS",
      "CRM",
      "DEBUG_COUNTER",
      "DEBUG_COUNTER_DROP_REASON",
      "DEBUG_DROP_MONITOR",
      "FLEX_COUNTER_TABLE",
      "HIGH_FREQUENCY_TELEMETRY_GROUP",
      "HIGH_FREQUENCY_TELEMETRY_PROFILE",
      "SFLOW",
      "SFLOW_COLLECTOR",
      "SFLOW_SESSION",
      "SWITCH_TRIMMING",
      "TAM",
      "XCVRD_LOG",
      "PORT_ALIAS",
    ],
  ],
  ["names the neighbours for people", ["DEVICE_NEIGHBOR", "DEVICE_NEIGHBOR_METADATA", "LLDP_PORT"]],
  ["copies packets, forwards none", ["MIRROR_SESSION", "BGP_MONITORS", "BGP_SENTINELS"]],
  ["protects the control plane", ["COPP_GROUP", "COPP_TRAP", "POLICER", "PORT_STORM_CONTROL"]],
  [
    "DHCP relay",
    [
      "DHCP_RELAY",
      "DHCP_SERVER",
      "DHCPV4_RELAY",
      "DHCP_SERVER_IPV4",
      "DHCP_SERVER_IPV4_CUSTOMIZED_OPTIONS",
      "DHCP_SERVER_IPV4_IP",
      "DHCP_SERVER_IPV4_PORT",
      "DHCP_SERVER_IPV4_RANGE",
    ],
  ],
  ["traffic-shift switches of operations", ["BGP_DEVICE_GLOBAL", "BGP_BBR", "CHASSIS_MODULE"]],
  ["how packets are spread over equal paths", ["SWITCH_HASH", "SWITCH"]],
];

/** The routing tables that `frr.conf` speaks for, when it is there and has a BGP of its own. */
export const frrOwned = [
  "BGP_GLOBALS",
  "BGP_GLOBALS_AF",
  "BGP_GLOBALS_AF_NETWORK",
  "BGP_GLOBALS_AF_AGGREGATE_ADDR",
  "BGP_GLOBALS_LISTEN_PREFIX",
  "BGP_GLOBALS_EVPN_RT",
  "BGP_GLOBALS_EVPN_VNI",
  "BGP_GLOBALS_EVPN_VNI_RT",
  "BGP_PEER_GROUP",
  "BGP_PEER_GROUP_AF",
  "BGP_NEIGHBOR",
  "BGP_NEIGHBOR_AF",
  "BGP_PEER_RANGE",
  "BGP_ALLOWED_PREFIXES",
  "BGP_INTERNAL_NEIGHBOR",
  "ROUTE_REDISTRIBUTE",
] as const;

export function setTablesAside(db: ConfigDb): void {
  for (const [reason, tables] of setAside) for (const table of tables) db.ignore(table, reason);
}

export function writeSystem(config: DeviceConfig, out: Tables): void {
  const bgp = config.networkInstances["default"]?.bgp;
  out.put("DEVICE_METADATA", ["localhost"], {
    hostname: config.hostname,
    docker_routing_config_mode: "unified",
    frr_mgmt_framework_config: truth(true),
    bgp_asn: bgp === undefined ? undefined : String(bgp.as),
  });
  if (config.anycastGatewayMac !== undefined) out.put("SAG", ["GLOBAL"], { gateway_mac: config.anycastGatewayMac });
  if (config.lldp !== undefined) out.put("LLDP", ["GLOBAL"], { enabled: truth(config.lldp) });
}
