import type { TenantScope } from "#model/tenant-scope.ts";
import { describe, expect, test } from "vitest";
import type { DiffLine } from "#model/change.ts";
import { emptyDeviceConfig, type DeviceConfig, type Interface } from "#model/device-config.ts";
import { asn, vlanId, vni } from "#net/asn.ts";
import { interfaceAddress, ip, prefix } from "#net/ip.ts";
import { sonic } from "./index.ts";
import { isReversibleVrf, vrfFromSonic, vrfToSonic } from "./names.ts";
import { transitVlanOf } from "./features/vxlan.ts";

const parse = (tables: object, frr?: string) =>
  sonic.parse([
    { path: "config_db.json", text: JSON.stringify(tables, null, 1) },
    ...(frr === undefined ? [] : [{ path: "frr.conf", text: frr }]),
  ]);
const bgpOf = (tables: object) => parse(tables).config.networkInstances["default"]?.bgp;

const port = (more: Partial<Interface> = {}): Interface => ({
  kind: "ethernet",
  enabled: true,
  networkInstance: "default",
  ...more,
});
const device = (more: Partial<DeviceConfig>): DeviceConfig => ({ ...emptyDeviceConfig("leaf1", "sonic"), ...more });

describe("names of VRFs", () => {
  test.each([
    ["acme", "Vrfacme"],
    ["Blue", "VrfBlue"],
    ["Vrf_01", "Vrf_01"],
    ["Vrf-blue", "Vrf-blue"],
    ["Vrfacme", "VrfVrfacme"],
    ["default", "default"],
    ["mgmt", "mgmt"],
  ])("%s is %s and back", (name, written) => {
    expect(vrfToSonic(name)).toBe(written);
    expect(vrfFromSonic(written)).toBe(name);
    expect(isReversibleVrf(name)).toBe(true);
  });

  test.each(["_x", "-x", "a name", "much-too-long-a-name", ""])(
    "%j cannot be a VRF of SONiC, and rendering says so",
    (name) => {
      expect(isReversibleVrf(name)).toBe(false);
      const { findings } = sonic.render(
        device({
          networkInstances: {
            default: { kind: "default", ipForwarding: true, staticRoutes: [] },
            [name]: { kind: "ipVrf", ipForwarding: true, staticRoutes: [] },
          },
        }),
      );
      expect(findings).toMatchObject([{ code: "sonic.vrf-name", severity: "error" }]);
    },
  );
});

describe("what absence means", () => {
  test("a port without admin_status is down; one with nothing but hardware is not configured", () => {
    const { config } = parse({
      PORT: { Ethernet0: { mtu: "9100" }, Ethernet4: { lanes: "4,5", alias: "etp2" }, Ethernet8: {} },
    });
    expect(config.interfaces).toMatchObject({
      Ethernet0: { enabled: false, mtuBytes: 9100 },
      Ethernet8: { enabled: false },
    });
    expect(config.interfaces["Ethernet4"]).toBeUndefined();
  });

  test("without a word, FRR wants policies on eBGP sessions and shares load over 514 paths of one AS", () => {
    expect(
      bgpOf({ BGP_GLOBALS: { default: { local_asn: "1" } }, BGP_GLOBALS_AF: { "default|ipv4_unicast": {} } }),
    ).toMatchObject({
      ebgpRequiresPolicy: true,
      allowMultipleAs: false,
      afiSafis: { "ipv4-unicast": { maximumPathsEbgp: 514, maximumPathsIbgp: 514 } },
    });
  });

  test("what no rule of a list decides passes, unless a last rule drops it", () => {
    const rule = { PRIORITY: "9000", PACKET_ACTION: "FORWARD", SRC_IP: "10.0.0.0/8" };
    const table = { type: "L3", ports: ["Ethernet0"], stage: "ingress" };
    const open = parse({ PORT: { Ethernet0: {} }, ACL_TABLE: { A: table }, ACL_RULE: { "A|R1": rule } }).config;
    expect(open.acls["A"]).toMatchObject({
      defaultAction: "permit",
      entries: [{ action: "permit", source: "10.0.0.0/8" }],
    });
    expect(open.interfaces["Ethernet0"]?.aclIn).toBe("A");
    const shut = parse({
      ACL_TABLE: { A: table },
      ACL_RULE: { "A|R1": rule, "A|DEFAULT_RULE": { PRIORITY: "1", PACKET_ACTION: "DROP", ETHER_TYPE: "2048" } },
    }).config;
    expect(shut.acls["A"]).toMatchObject({ defaultAction: "deny", entries: [{ action: "permit" }] });
  });

  test("rules stand in the order of their priorities, whatever their names", () => {
    const rule = (priority: number, action: string) => ({
      PRIORITY: String(priority),
      PACKET_ACTION: action,
      IP_PROTOCOL: "6",
    });
    const { config } = parse({
      ACL_TABLE: { A: { type: "L3" } },
      ACL_RULE: { "A|R1": rule(10, "DROP"), "A|R2": rule(20, "FORWARD") },
    });
    expect(config.acls["A"]?.entries.map((entry) => entry.action)).toEqual(["permit", "deny"]);
  });
});

describe("who owns BGP", () => {
  const legacy = {
    DEVICE_METADATA: { localhost: { hostname: "tor", bgp_asn: "65100" } },
    LOOPBACK_INTERFACE: { "Loopback0|10.1.0.32/32": {} },
    VLAN: { Vlan100: { vlanid: "100" } },
    VLAN_INTERFACE: { Vlan100: {}, "Vlan100|192.168.0.1/24": {} },
    BGP_NEIGHBOR: {
      "10.0.0.1": { asn: "65200", name: "ARISTA01T1", local_addr: "10.0.0.0", rrclient: "0", nhopself: "0" },
    },
  };

  test("bgpcfgd makes a session of an address and announces loopback and gateways", () => {
    expect(bgpOf(legacy)).toMatchObject({
      as: 65100,
      routerId: "10.1.0.32",
      ebgpRequiresPolicy: false,
      neighbors: {
        "10.0.0.1": { peerAs: 65200, updateSource: "10.0.0.0", afiSafis: { "ipv4-unicast": { enabled: true } } },
      },
      afiSafis: { "ipv4-unicast": { networks: [{ prefix: "10.1.0.32/32" }, { prefix: "192.168.0.0/24" }] } },
    });
  });

  test("frr.conf with a BGP of its own speaks for FRR; the tables are set aside", () => {
    const { config, accounts } = parse(
      { ...legacy, BGP_GLOBALS: { default: { local_asn: "1" } } },
      "router bgp 65001\n no bgp default ipv4-unicast\n",
    );
    expect(config.networkInstances["default"]?.bgp).toMatchObject({ as: 65001, neighbors: {} });
    expect(accounts[0]?.lines.find((line) => line.text.startsWith("BGP_GLOBALS"))).toMatchObject({ status: "ignored" });
  });

  test("in split mode without frr.conf nothing is known of BGP", () => {
    const split = {
      ...legacy,
      DEVICE_METADATA: { localhost: { ...legacy.DEVICE_METADATA.localhost, docker_routing_config_mode: "split" } },
    };
    expect(bgpOf(split)).toBeUndefined();
  });
});

describe("what SONiC cannot say is said", () => {
  const codes = (config: DeviceConfig) => sonic.render(config).findings.map((one) => one.code);

  test("lists are bound to ports, one way each", () => {
    const acl = { family: "ipv4" as const, entries: [], defaultAction: "permit" as const };
    const svi: Interface = { kind: "irb", enabled: true, networkInstance: "default", bridgeDomain: "10", aclIn: "A" };
    expect(
      codes(
        device({
          acls: { A: acl },
          bridgeDomains: { "10": { vlanId: vlanId(10), floodVteps: [] } },
          interfaces: { Vlan10: svi },
        }),
      ),
    ).toEqual(["sonic.acl-binding"]);
    expect(
      codes(
        device({ acls: { A: acl }, interfaces: { Ethernet0: port({ aclIn: "A" }), Ethernet4: port({ aclOut: "A" }) } }),
      ),
    ).toEqual(["sonic.acl-binding"]);
    expect(codes(device({ interfaces: { Ethernet0: port({ aclIn: "none" }) } }))).toEqual(["sonic.acl-binding"]);
  });

  test("OSPF, foreign names, an own address beside an anycast one, a VLAN that is not there", () => {
    expect(codes(device({ interfaces: { swp1: port() } }))).toEqual(["sonic.interface-name"]);
    expect(
      codes(device({ interfaces: { Ethernet0: port({ switchport: { mode: "access", vlan: vlanId(7) } }) } })),
    ).toEqual(["sonic.missing-vlan"]);
    const svi: Interface = {
      kind: "irb",
      enabled: true,
      networkInstance: "default",
      bridgeDomain: "10",
      ipv4: { addresses: [interfaceAddress("10.0.0.2/24")], anycastAddresses: [interfaceAddress("10.0.0.1/24")] },
    };
    expect(
      codes(device({ bridgeDomains: { "10": { vlanId: vlanId(10), floodVteps: [] } }, interfaces: { Vlan10: svi } })),
    ).toEqual(["sonic.anycast-beside-own"]);
    const ospf = { referenceBandwidthBps: 1, maximumPaths: 1, interfaces: {}, redistribute: [] };
    expect(
      codes(device({ networkInstances: { default: { kind: "default", ipForwarding: true, staticRoutes: [], ospf } } })),
    ).toEqual(["sonic.unsupported"]);
  });
});

const tenantVni = vni(50_001);
const tenant: TenantScope = {
  vrfs: ["acme"],
  vnis: [50_001],
  vlans: [101],
  interfaces: ["Ethernet0", "Vlan101"],
  acls: ["acme-in"],
  policies: ["acme-out"],
  prefixes: ["10.2.0.0/16"],
};
const owns = (text: string): boolean => sonic.tenantLine({ op: "add", text } satisfies DiffLine, tenant);

describe("the guard", () => {
  test("lets pass what a tenant's VRF is made of, its transit VLAN too", () => {
    const bare = device({
      vxlan: { sourceAddress: ip("10.0.0.1"), udpPort: 4789 },
      interfaces: { Ethernet0: port({ enabled: false }) },
    });
    const made = device({
      ...bare,
      interfaces: {
        Ethernet0: port({
          networkInstance: "acme",
          ipv4: { addresses: [interfaceAddress("10.2.0.0/31")], anycastAddresses: [] },
        }),
      },
      networkInstances: {
        ...bare.networkInstances,
        acme: {
          kind: "ipVrf",
          ipForwarding: true,
          staticRoutes: [
            { prefix: prefix("10.2.9.0/24"), distance: 1, nextHops: [{ kind: "address", address: ip("10.2.0.1") }] },
          ],
          evpn: {
            vni: tenantVni,
            advertise: [{ afiSafi: "ipv4-unicast" }],
            importRouteTargets: ["1:1"],
            exportRouteTargets: ["1:1"],
          },
          bgp: {
            as: asn(1),
            enabled: true,
            afiSafis: {},
            peerGroups: {},
            neighbors: {},
            dynamicNeighbors: [],
            allowMultipleAs: true,
            ebgpRequiresPolicy: false,
          },
        },
      },
    });
    const lines = sonic.diff(sonic.render(bare).files, sonic.render(made).files);
    expect(lines.length).toBeGreaterThan(7);
    for (const line of lines) expect(sonic.tenantLine(line, tenant), line.text).toBe(true);
    expect(lines.map((line) => line.text)).toContain('add /VRF/Vrfacme {"vni":"50001"}');
    expect(lines.some((line) => line.text.includes(`Vlan${transitVlanOf(50_001)}`))).toBe(true);
    for (const line of lines)
      expect(sonic.tenantLine(line, { ...tenant, vrfs: ["globex"], vnis: [50_002], interfaces: [] }), line.text).toBe(
        false,
      );
  });

  test.each([
    'add /VRF/Vrfglobex {"vni":"50002"}',
    'replace /PORT/Ethernet4/admin_status "down"',
    'replace /PORT/Ethernet0/speed "100000"',
    'add /PORT/Ethernet0 {"admin_status":"up"}',
    'add /VLAN_MEMBER/Vlan101|Ethernet4 {"tagging_mode":"untagged"}',
    'add /VLAN_MEMBER/Vlan102|Ethernet0 {"tagging_mode":"untagged"}',
    'add /BGP_NEIGHBOR/default|10.2.0.1 {"asn":"1"}',
    'add /BGP_NEIGHBOR/10.2.0.1 {"asn":"1"}',
    'add /BGP_GLOBALS_EVPN_VNI/default|l2vpn_evpn|50002 {"import-rts":["1:1"]}',
    'add /ACL_TABLE/acme-in {"ports":["Ethernet0","Ethernet4"],"type":"L3"}',
    'replace /ACL_TABLE/acme-in/ports ["Ethernet4"]',
    'add /ACL_RULE/shared|RULE_1 {"SRC_IP":"10.3.0.0/16","PACKET_ACTION":"FORWARD"}',
    'replace /ACL_RULE/shared|RULE_1/SRC_IP "10.2.0.0/24"',
    'add /STATIC_ROUTE/10.2.0.0~116 {"nexthop":"10.0.0.1"}',
    'remove /DEVICE_METADATA/localhost {"hostname":"leaf1"}',
    'add /VXLAN_TUNNEL_MAP/vtep|map_50002_Vlan101 {"vlan":"Vlan101","vni":"50002"}',
    'add /INTERFACE/Ethernet0 {"vrf_name":"Vrfglobex"}',
    'replace /INTERFACE/Ethernet0/vrf_name "Vrfglobex"',
    `add /VLAN_INTERFACE/Vlan${transitVlanOf(50_001)} {"vrf_name":"Vrfglobex"}`,
    "add /__proto__/acme {}",
    "router bgp 65001",
    "",
  ])("stops %s", (text) => expect(owns(text)).toBe(false));

  test.each([
    'replace /PORT/Ethernet0/admin_status "up"',
    'add /VLAN_MEMBER/Vlan101|Ethernet0 {"tagging_mode":"untagged"}',
    'add /ACL_TABLE/acme-in {"ports":["Ethernet0"],"type":"L3"}',
    'add /ACL_RULE/shared|RULE_1 {"SRC_IP":"10.2.4.0/24","PACKET_ACTION":"DROP"}',
    'add /PREFIX/shared|10|10.2.4.0~124|exact {"action":"permit"}',
    'add /ROUTE_MAP/acme-out|10 {"route_operation":"permit"}',
  ])("lets pass %s", (text) => expect(owns(text)).toBe(true));
});

describe("broken and hostile files", () => {
  test("a duplicate row is told, and the later one counts", () => {
    const { config, findings } = sonic.parse([
      {
        path: "config_db.json",
        text: '{"PORT":{"Ethernet0":{"admin_status":"up"},\n"Ethernet0":{"admin_status":"down"}}}',
      },
    ]);
    expect(config.interfaces["Ethernet0"]?.enabled).toBe(false);
    expect(findings).toMatchObject([{ code: "sonic.duplicate-key", where: { line: 2 } }]);
  });

  test("half a file is read as far as it goes", () => {
    const { config, findings } = sonic.parse([
      { path: "config_db.json", text: '{"VRF":{"Vrfacme":{"vni":"50001"}},\n"PORT":{"Eth' },
    ]);
    expect(config.networkInstances["acme"]?.evpn?.vni).toBe(50_001);
    expect(findings).toMatchObject([{ code: "sonic.bad-json", severity: "error", where: { line: 2 } }]);
  });

  test("old files refer by [TABLE|row]", () => {
    const { config } = parse({
      PORT_QOS_MAP: { "Ethernet0,Ethernet4": { dscp_to_tc_map: "[DSCP_TO_TC_MAP|AZURE]", pfc_enable: "3,4" } },
      DSCP_TO_TC_MAP: { AZURE: { "3": "3" } },
      BUFFER_PG: { "Ethernet0|3-4": { profile: "[BUFFER_PROFILE|pg]" } },
    });
    expect(config.qos?.interfaces["Ethernet4"]).toMatchObject({
      trust: "dscp",
      dscpToTrafficClass: "AZURE",
      pfcPriorities: [3, 4],
    });
    expect(config.qos?.interfaces["Ethernet0"]?.priorityGroups).toEqual({
      3: { bufferProfile: "pg" },
      4: { bufferProfile: "pg" },
    });
  });
});
