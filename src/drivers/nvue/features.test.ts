import type { TenantScope } from "#model/tenant-scope.ts";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { emptyDeviceConfig, type DeviceConfig } from "#model/device-config.ts";
import { asn } from "#net/asn.ts";
import { nvue, renderOld } from "./index.ts";
import { roceQos } from "./features/roce.ts";

const commands = (...lines: readonly string[]) => [{ path: "leaf01.nv", text: lines.join("\n") }];
const read = (...lines: readonly string[]): DeviceConfig => nvue.parse(commands(...lines)).config;
const unknown = (...lines: readonly string[]) => nvue.parse(commands(...lines)).findings.map(({ code }) => code);
const file = (text: string) => [{ path: "startup.yaml", text }];

describe("two spellings, four forms, one meaning", () => {
  const older = file(`- set:
    interface:
      swp1:
        ip:
          address:
            10.0.0.1/31: {}
          vrf: RED
      vlan10:
        ip:
          address:
            10.1.10.2/24: {}
            2001:db8::2/64: {}
          vrr:
            address:
              10.1.10.1/24: {}
            enable: on
            mac-address: 00:00:00:00:00:10
            state:
              up: {}
        vlan: 10
    nve:
      vxlan:
        enable: off
`);
  const newer = file(`- set:
    interface:
      swp1:
        ipv4:
          address:
            10.0.0.1/31: {}
        vrf: RED
      vlan10:
        ipv4:
          address:
            10.1.10.2/24: {}
          vrr:
            address:
              10.1.10.1/24: {}
            mac-address: 00:00:00:00:00:10
            state: enabled
            vrr-state: up
        ipv6:
          address:
            2001:db8::2/64: {}
        vlan: 10
    nve:
      vxlan:
        state: disabled
`);
  const asCommands = commands(
    "cumulus@leaf01:mgmt:~$ nv set interface swp1 ip address 10.0.0.1/31",
    "nv set interface swp1 ip vrf RED",
    "nv set interface vlan10 ip address 10.1.10.2/24",
    "nv set interface vlan10 ip address 2001:db8::2/64",
    "nv set interface vlan10 ip vrr address 10.1.10.1/24",
    "nv set interface vlan10 ip vrr mac-address 00:00:00:00:00:10",
    "nv set interface vlan10 ip vrr state up",
    "nv set nve vxlan enable off",
    "nv config apply -y",
  );
  const asJson = file(
    '{"interface": {"swp1": {"ipv4": {"address": {"10.0.0.1/31": {}}}, "vrf": "RED"}, "vlan10": {"ipv4": {"address": {"10.1.10.2/24": {}}, "vrr": {"address": {"10.1.10.1/24": {}}, "mac-address": "00:00:00:00:00:10", "state": "enabled"}}, "ipv6": {"address": {"2001:db8::2/64": {}}}, "vlan": 10}}, "nve": {"vxlan": {"state": "disabled"}}}',
  );

  test("are read alike", () => {
    const wanted = nvue.parse(newer);
    expect(wanted.config.interfaces["vlan10"]).toMatchObject({
      bridgeDomain: "10",
      anycastMac: "00:00:00:00:00:10",
      ipv4: { addresses: ["10.1.10.2/24"], anycastAddresses: ["10.1.10.1/24"] },
      ipv6: { addresses: ["2001:db8::2/64"], anycastAddresses: [] },
    });
    for (const form of [older, asCommands, asJson]) {
      const { config, findings } = nvue.parse(form);
      expect(config).toEqual(wanted.config);
      expect(findings).toEqual([]);
    }
  });

  test("are no difference", () => {
    // Only what the older spelling leaves unsaid: a gateway that is up is on.
    expect(nvue.diff(older, newer)).toEqual([]);
    expect(nvue.diff(asCommands, asJson).map(({ text }) => text)).toEqual([
      "nv unset interface vlan10 ipv4 vrr vrr-state up",
      "nv set interface vlan10 ipv4 vrr state enabled",
      "nv set interface vlan10 vlan 10",
    ]);
  });

  test("are written on demand, and read back", () => {
    const { config } = nvue.parse(newer);
    const [old] = renderOld(config).files;
    expect(old?.text).toContain("          vrf: RED");
    expect(old?.text).not.toContain("ipv4");
    expect(nvue.parse(renderOld(config).files).config).toEqual(config);
  });
});

describe("documents, ranges, unset", () => {
  test("later documents lie over earlier ones, and the account says so", () => {
    const { config, accounts } = nvue.parse(
      file(`- set:
    interface:
      swp1-3,5:
        link:
          mtu: 9000
- set:
    interface:
      swp2:
        link:
          mtu: 1500
- unset:
    interface:
      swp3: {}
`),
    );
    expect(Object.entries(config.interfaces).map(([name, { mtuBytes }]) => [name, mtuBytes])).toEqual([
      ["swp1", 9000],
      ["swp2", 1500],
      ["swp5", 9000],
    ]);
    expect(accounts[0]?.lines.filter(({ status }) => status === "unknown")).toEqual([]);
  });

  test("a key that stands twice is told, and the last one counts", () => {
    const { config, findings } = nvue.parse(file("- set:\n    system:\n      hostname: a\n      hostname: b\n"));
    expect(config.hostname).toBe("b");
    expect(findings).toMatchObject([{ code: "nvue.duplicate-key", where: { line: 4 } }]);
  });

  test("what is not understood is told with path and line", () => {
    const { findings, accounts } = nvue.parse(file("- set:\n    interface:\n      swp1:\n        frobnicate: 7\n"));
    expect(findings).toMatchObject([
      {
        code: "nvue.unknown-path",
        where: { file: "startup.yaml", line: 4 },
        message: expect.stringContaining("interface swp1 frobnicate 7") as string,
      },
    ]);
    expect(accounts[0]?.lines.map(({ status }) => status)).toEqual(["ignored", "ignored", "ignored", "unknown"]);
  });

  test("dotted words stand side by side", () => {
    const config = read(
      "nv set acl API type ipv4",
      "nv set acl API rule 10 action permit",
      "nv set acl API rule 10 match ip .protocol tcp .dest-port 8765 .source-ip 192.168.200.0/24",
      'nv set acl API rule 10 remark "the management subnet"',
    );
    expect(config.acls["API"]).toEqual({
      family: "ipv4",
      defaultAction: "permit",
      entries: [
        {
          sequence: 10,
          action: "permit",
          protocol: 6,
          source: "192.168.200.0/24",
          destinationPorts: [{ from: 8765, to: 8765 }],
          description: "the management subnet",
        },
      ],
    });
  });
});

describe("features that no capture has", () => {
  test("a broken-out port is its parts, both ways", () => {
    const config = read(
      "nv set interface swp1 link breakout 4x",
      "nv set interface swp1s0-3 link mtu 9216",
      "nv set interface swp1s3 link state down",
    );
    expect(Object.keys(config.interfaces)).toEqual(["swp1s0", "swp1s1", "swp1s2", "swp1s3"]);
    expect(nvue.render(config).files[0]?.text).toContain("breakout:\n            '4x': {}");
    expect(nvue.parse(nvue.render(config).files).config).toEqual(config);
  });

  test("a VRF carries addresses of its own", () => {
    const config = read("nv set vrf RED loopback ip address 10.1.1.1/32");
    expect(config.interfaces["RED"]).toEqual({
      kind: "loopback",
      enabled: true,
      networkInstance: "RED",
      ipv4: { addresses: ["10.1.1.1/32"], anycastAddresses: [] },
    });
    expect(nvue.parse(nvue.render(config).files).config).toEqual(config);
  });

  test("OSPF stands on the interfaces of its VRF", () => {
    const config = read(
      "nv set vrf default router ospf router-id 10.10.10.1",
      "nv set interface lo ip address 10.10.10.1/32",
      "nv set interface swp51 ip address 10.10.10.1/32",
      "nv set interface swp51 router ospf area 0",
      "nv set interface swp51 router ospf network-type point-to-point",
      "nv set interface vlan20 router ospf area 0.0.0.1",
      "nv set interface vlan20 router ospf passive on",
      "nv set interface swp9 ip vrf RED",
      "nv set interface swp9 router ospf area 0",
      "nv set vrf default router ospf redistribute static route-map RM",
      "nv set vrf default router ospf default-originate always on",
    );
    expect(config.networkInstances["default"]?.ospf).toEqual({
      routerId: "10.10.10.1",
      referenceBandwidthBps: 100e9,
      maximumPaths: 64,
      interfaces: {
        swp51: { area: "0.0.0.0", networkType: "point-to-point", passive: false },
        vlan20: { area: "0.0.0.1", networkType: "broadcast", passive: true },
      },
      redistribute: [{ protocol: "static", policy: "RM" }],
      defaultOriginate: "always",
    });
    expect(config.interfaces["swp51"]?.ipv4).toEqual({ addresses: [], anycastAddresses: [], unnumberedFrom: "lo" });
    expect(nvue.parse(nvue.render(config).files).config).toEqual({
      ...config,
      // An area on a port of a VRF without OSPF says nothing, and is not written.
      interfaces: config.interfaces,
    });
  });

  test("BGP: leaked routes, aggregates, listen ranges, reflection, local AS", () => {
    const config = read(
      "nv set router bgp autonomous-system 65101",
      "nv set router bgp router-id 10.10.10.1",
      "nv set vrf RED router bgp address-family ipv4-unicast route-import from-vrf list BLUE",
      "nv set vrf RED router bgp address-family ipv4-unicast route-import from-vrf route-map ONLY",
      "nv set vrf RED router bgp address-family ipv4-unicast aggregate-route 10.1.0.0/16 summary-only on",
      "nv set vrf default router bgp dynamic-neighbor listen-range 10.0.0.0/24 peer-group HOSTS",
      "nv set vrf default router bgp peer-group HOSTS remote-as external",
      "nv set vrf default router bgp neighbor 10.0.1.1 remote-as 65000",
      "nv set vrf default router bgp neighbor 10.0.1.1 local-as asn 65009",
      "nv set vrf default router bgp neighbor 10.0.1.1 local-as replace on",
      "nv set vrf default router bgp neighbor 10.0.1.1 address-family ipv4-unicast aspath allow-my-asn enable on",
      "nv set vrf default router bgp neighbor 10.0.1.1 bfd profile overlay",
      "nv set vrf default router bgp path-selection multipath aspath-ignore on",
    );
    const red = config.networkInstances["RED"]?.bgp;
    expect(red).toMatchObject({ as: 65101, routerId: "10.10.10.1", allowMultipleAs: false });
    expect(red?.afiSafis["ipv4-unicast"]).toMatchObject({
      maximumPathsEbgp: 64,
      importFrom: [{ networkInstance: "BLUE", policy: "ONLY" }],
      aggregates: [{ prefix: "10.1.0.0/16", summaryOnly: true, asSet: false }],
    });
    const bgp = config.networkInstances["default"]?.bgp;
    expect(bgp).toMatchObject({
      allowMultipleAs: true,
      dynamicNeighbors: [{ prefix: "10.0.0.0/24", peerGroup: "HOSTS" }],
    });
    expect(bgp?.neighbors["10.0.1.1"]).toEqual({
      peerAs: asn(65000),
      localAs: { as: 65009, noPrepend: false, replaceAs: true },
      enabled: true,
      bfd: true,
      afiSafis: { "ipv4-unicast": { enabled: true, allowOwnAs: 3, sendCommunity: "both" } },
    });
    expect(nvue.parse(nvue.render(config).files).config).toEqual(config);
  });

  test("a switch that derives its AS is told, not guessed", () => {
    expect(unknown("nv set router bgp autonomous-system leaf", "nv set vrf default router bgp enable on")).toEqual([
      "nvue.bgp-as",
    ]);
  });

  test("a deny that is not understood is left out, a permit is taken whole, and both are errors", () => {
    const { config, findings } = nvue.parse(
      commands(
        "nv set acl A type ipv4",
        "nv set acl A rule 10 action deny",
        "nv set acl A rule 10 match ip ecn flags tcp-ece",
        "nv set acl A rule 20 action permit",
        "nv set acl A rule 20 match ip fragment",
        "nv set acl A rule 30 action set dscp af11",
        "nv set acl A rule 40 action deny",
        "nv set acl A rule 40 match ip dscp af13",
      ),
    );
    expect(config.acls["A"]?.entries).toEqual([
      { sequence: 20, action: "permit" },
      { sequence: 40, action: "deny", dscp: 14 },
    ]);
    expect(findings.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual([
      "nvue.acl-match",
      "nvue.acl-match",
    ]);
  });

  test("an open list stays open when it is written, a closed one is closed by a last rule", () => {
    const config: DeviceConfig = {
      ...emptyDeviceConfig("leaf01", "nvue"),
      acls: {
        OPEN: { family: "ipv4", defaultAction: "permit", entries: [{ sequence: 1, action: "deny", protocol: 17 }] },
        SHUT: { family: "ipv4", defaultAction: "deny", entries: [{ sequence: 1, action: "permit", protocol: 6 }] },
      },
    };
    const { files } = nvue.render(config);
    expect(files[0]?.text.match(/'65535':/g)).toHaveLength(1);
    expect(nvue.parse(files).config.acls).toEqual(config.acls);
  });

  test("one line of RoCE is the whole of it on every port", () => {
    const config = read("nv set interface swp1-2 link mtu 9216", "nv set qos roce");
    expect(config.qos).toEqual(roceQos(["swp1", "swp2"], "lossless"));
    const port = config.qos?.interfaces["swp1"];
    expect(port).toMatchObject({ trust: "dscp", pfcPriorities: [3], cableLengthMetres: 100 });
    expect(config.qos?.dscpToTrafficClass["roce"]).toMatchObject({ 26: 3, 48: 6, 0: 0 });
    expect(config.qos?.ecnProfiles["roce"]).toEqual({
      minThresholdBytes: 150_000,
      maxThresholdBytes: 1_501_500,
      maxMarkProbability: 100,
    });
    expect(nvue.render(config).files[0]?.text).toContain(
      "    qos:\n      roce:\n        mode: lossless\n        state: enabled\n",
    );
    expect(read("nv set interface swp1", "nv set qos roce mode lossy").qos?.interfaces["swp1"]?.pfcPriorities).toEqual(
      [],
    );
    expect(unknown("nv set interface swp1", "nv set qos roce mode lossy-multi-tc")).toContain("nvue.roce-mode");
  });

  test("QoS by profiles, for all ports and for one", () => {
    const config = read(
      "nv set interface swp1-2 link mtu 9216",
      "nv set qos mapping default-global trust l3",
      "nv set qos mapping default-global dscp 10,21 switch-priority 4",
      "nv set qos egress-queue-mapping default-global switch-priority 2 traffic-class 7",
      "nv set qos congestion-control default-global traffic-class 3 min-threshold 40000",
      "nv set qos congestion-control default-global traffic-class 3 max-threshold 200000",
      "nv set qos egress-scheduler default-global traffic-class 6 mode strict",
      "nv set qos egress-scheduler default-global traffic-class 0,3 mode dwrr",
      "nv set qos egress-scheduler default-global traffic-class 0,3 bw-percent 50",
      "nv set qos pfc lossless switch-priority 3",
      "nv set qos pfc lossless cable-length 50",
      "nv set qos pfc lossless port-buffer 363000",
      "nv set qos pfc lossless xoff-threshold 75000",
      "nv set interface swp1 qos pfc profile lossless",
      "nv set interface swp1 qos pfc-watchdog state enabled",
    );
    expect(config.qos?.dscpToTrafficClass["default"]).toMatchObject({ 10: 4, 21: 4, 26: 3 });
    expect(config.qos?.interfaces["swp1"]).toEqual({
      trust: "dscp",
      dscpToTrafficClass: "default",
      trafficClassToQueue: "default",
      pfcPriorities: [3],
      pfcWatchdog: true,
      queues: {
        0: { scheduler: "dwrr-50" },
        3: { ecnProfile: "default", scheduler: "dwrr-50" },
        6: { scheduler: "strict" },
      },
      priorityGroups: { 3: { bufferProfile: "lossless" } },
      cableLengthMetres: 50,
    });
    expect(config.qos?.interfaces["swp2"]?.pfcPriorities).toEqual([]);
    expect(nvue.parse(nvue.render(config).files).config).toEqual(config);
  });
});

const corpus = new URL("../../../../shared/corpus/cumulus/", import.meta.url).pathname;
const capture = (path: string) => [{ path, text: readFileSync(corpus + path, "utf8") }];

describe.skipIf(!existsSync(corpus))("what the captures say", () => {
  test("multihoming: segments, and floods by multicast told", () => {
    const { config, findings } = nvue.parse(capture("nvue-goldenturtle/evpn_mh/configs/leaf01/startup.yaml"));
    expect(config.interfaces["bond1"]).toMatchObject({
      kind: "lag",
      lacp: "active",
      mtuBytes: 9000,
      switchport: { mode: "access", vlan: 10 },
      ethernetSegment: { esi: "03:44:38:39:be:ef:aa:00:00:01", dfPreference: 50000 },
    });
    expect(config.interfaces["swp1"]?.lag).toBe("bond1");
    expect(config.networkInstances["RED"]?.evpn).toEqual({ vni: 4001, advertise: [] });
    expect(config.macVrfs["10"]).toEqual({ service: "vlan-based", bridgeDomains: ["10"], evpn: {} });
    expect(findings.map(({ code }) => code)).toEqual(Array.from({ length: 3 }, () => "nvue.multicast-flooding"));
    expect(config.networkInstances["mgmt"]?.staticRoutes).toEqual([
      { prefix: "0.0.0.0/0", distance: 1, nextHops: [{ kind: "address", address: "192.168.200.1" }] },
    ]);
  });

  test("MLAG: the pair's tunnel address, peer link and MAC", () => {
    const { config } = nvue.parse(capture("nvue-goldenturtle/evpn_symmetric/configs/border01/startup.yaml"));
    expect(config.mlag).toEqual({
      peerLink: "peerlink",
      localInterface: "peerlink.4094",
      peerAddress: "link-local",
      systemMac: "44:38:39:be:ef:ff",
      backupAddress: "10.10.10.64",
    });
    expect(config.vxlan).toEqual({
      sourceAddress: "10.10.10.63",
      anycastAddress: "10.0.1.255",
      udpPort: 4789,
      routerMac: "44:38:39:be:ef:ff",
    });
    const bgp = config.networkInstances["default"]?.bgp;
    expect(Object.keys(bgp?.neighbors ?? {})).toEqual(["peerlink.4094", "swp51", "swp52", "swp53", "swp54"]);
    expect(bgp?.neighbors["swp51"]).toEqual({ interface: "swp51", peerGroup: "underlay" });
    expect(bgp?.peerGroups["underlay"]).toMatchObject({
      peerAs: "external",
      enabled: true,
      afiSafis: { "ipv4-unicast": { enabled: true }, "l2vpn-evpn": { enabled: true } },
    });
  });

  test("a tenant's targets, and provenance to the line", () => {
    const path = "nvue-dci-l2/configs/leaf01/startup.yaml";
    const { config, provenance } = nvue.parse(capture(path));
    expect(config.networkInstances["GREEN"]?.evpn).toEqual({
      vni: 4002,
      importRouteTargets: ["65101:4002"],
      advertise: [],
    });
    expect(config.anycastGatewayMac).toBe("00:00:5e:00:01:0a");
    const span = provenance.get("/networkInstances/GREEN/evpn");
    expect(span?.file).toBe(path);
    expect(readFileSync(corpus + path, "utf8").split("\n")[(span?.line ?? 0) - 1]).toContain("'4002'");
  });
});

describe("the guard", () => {
  const acme: TenantScope = {
    vrfs: ["acme"],
    vnis: [10101, 50001],
    vlans: [101],
    interfaces: ["swp1s0"],
    acls: ["ACME-IN"],
    policies: ["ACME-RM"],
    prefixes: [],
  };
  test.each([
    ["nv set vrf acme evpn vni 50001", true],
    ["nv unset vrf acme", true],
    ["nv set vrf acme router bgp autonomous-system 65001", true],
    ["nv set bridge domain br_default vlan 101 vni 10101", true],
    ["nv set evpn vni 10101 route-target import 65000:10101", true],
    ["nv set interface vlan101 ipv4 vrr address 10.0.0.1/24", true],
    ["nv set interface swp1s0 bridge domain br_default access 101", true],
    ["nv set interface swp1s0 vrf acme", true],
    ["nv unset interface vlan101", true],
    ["nv set interface swp1s0 acl ACME-IN inbound", true],
    ["nv set acl ACME-IN rule 10 action deny", true],
    ["nv set router policy route-map ACME-RM rule 10 action permit", true],
    ["nv set vrf default router bgp neighbor swp1 shutdown enabled", false],
    ["nv set vrf globex evpn vni 50001", false],
    ["nv set vrf acme evpn vni 50002", false],
    ["nv set vrf acme router bgp address-family ipv4-unicast route-import from-vrf list globex", false],
    ["nv set vrf acme router static 10.0.0.0/8 via 10.9.9.9 vrf globex", false],
    ["nv set bridge domain br_default vlan 101 vni 10102", false],
    ["nv set bridge domain br_default vlan 101,102", false],
    ["nv set bridge domain br_default untagged 101", false],
    ["nv set interface swp1s0 vrf globex", false],
    ["nv set interface swp1s0 bridge domain br_default access 102", false],
    ["nv set interface swp1s0 link speed 100G", false],
    ["nv set interface swp1s0-1 vrf acme", false],
    ["nv set interface swp2 vrf acme", false],
    ["nv unset interface swp1s0", false],
    ["nv set interface swp1s0 acl GUARD inbound", false],
    ["nv set qos roce", false],
    ["nv set nve vxlan source address 10.0.0.1", false],
    ["nv set router bgp autonomous-system 65001", false],
    ["nv set system hostname x", false],
    ["rm -rf /", false],
    ["", false],
  ])("%s: %s", (text, allowed) => {
    expect(nvue.tenantLine({ op: "add", text }, acme)).toBe(allowed);
  });
});

describe("the diff", () => {
  test("takes objects away whole, says changed scalars as going and coming", () => {
    const before = commands(
      "nv set vrf acme evpn vni 50001",
      "nv set vrf acme router bgp autonomous-system 65001",
      "nv set interface swp1 link mtu 9216",
      "nv set interface swp1 description 'to spine 1'",
    );
    const after = commands("nv set interface swp1 link mtu 1500", 'nv set interface swp1 description "it\'s"');
    expect(nvue.diff(before, after).map(({ op, text }) => `${op} ${text}`)).toEqual([
      "remove nv unset vrf acme",
      "remove nv unset interface swp1 description 'to spine 1'",
      "add nv set interface swp1 description 'it'\\''s'",
      "remove nv unset interface swp1 link mtu 9216",
      "add nv set interface swp1 link mtu 1500",
    ]);
  });

  test("what it says, done to the one side, gives the other", () => {
    const before = commands(
      "nv set interface swp1-2 link mtu 9216",
      "nv set vrf acme evpn vni 50001",
      "nv set acl A rule 1 action deny",
    );
    const after = commands(
      "nv set interface swp1 link mtu 1500",
      "nv set interface swp3",
      "nv set vrf acme evpn vni 50002",
      "nv set acl A rule 2 action permit",
    );
    const steps = nvue.diff(before, after).map(({ text }) => text);
    const made = [{ path: "f", text: [before[0]?.text ?? "", ...steps].join("\n") }];
    expect(nvue.parse(made).config).toEqual(nvue.parse(after).config);
  });
});
