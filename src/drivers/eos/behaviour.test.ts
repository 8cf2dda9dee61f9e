import type { TenantScope } from "#model/tenant-scope.ts";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { resolvePeer } from "#model/bgp.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { eos } from "./index.ts";

const parse = (text: string) => eos.parse([{ path: "leaf1", text }]);
const config = (text: string): DeviceConfig => parse(text).config;

describe("what EOS does when nothing is said", () => {
  test("a port is an access port of VLAN 1, and VLAN 1 is there", () => {
    const { interfaces, bridgeDomains } = config("interface Ethernet1\n");
    expect(interfaces["Ethernet1"]).toMatchObject({ enabled: true, switchport: { mode: "access", vlan: 1 } });
    expect(Object.keys(bridgeDomains)).toEqual(["1"]);
  });

  test("order does not matter: an address before `no switchport` counts", () => {
    const said = ["ip address 10.0.0.1/31", "no switchport"];
    const [a, b] = [said, said.toReversed()].map(
      (lines) => config(`interface Ethernet1\n   ${lines.join("\n   ")}\n`).interfaces,
    );
    expect(a).toEqual(b);
    expect(a?.["Ethernet1"]).toMatchObject({ mtuBytes: 1500, ipv4: { addresses: ["10.0.0.1/31"] } });
  });

  test("the address of a switched port does nothing, and is pointed out", () => {
    const { config: read, findings } = parse("interface Ethernet1\n   ip address 10.0.0.1/31\n");
    expect(read.interfaces["Ethernet1"]?.ipv4).toBeUndefined();
    expect(findings.map(({ code }) => code)).toContain("eos.address-on-switchport");
  });

  test("a trunk carries everything but VLANs of groups that it is not in", () => {
    const text =
      "vlan 10\nvlan 4094\n   trunk group MLAG\ninterface Ethernet1\n   switchport mode trunk\ninterface Ethernet2\n   switchport mode trunk\n   switchport trunk group MLAG\n";
    const { interfaces } = config(text);
    expect(interfaces["Ethernet1"]?.switchport).toEqual({ mode: "trunk", nativeVlan: 1, vlans: [1, 10] });
    expect(interfaces["Ethernet2"]?.switchport).toEqual({ mode: "trunk", nativeVlan: 1, vlans: "all" });
  });

  test("an untagged VLAN that is not allowed passes nothing", () => {
    const said =
      "interface Ethernet1\n   switchport mode trunk\n   switchport trunk native vlan 99\n   switchport trunk allowed vlan 10-11\n";
    expect(config(said).interfaces["Ethernet1"]?.switchport).toEqual({ mode: "trunk", vlans: [10, 11] });
  });

  test("allowed VLANs are added, removed and excepted", () => {
    const allowed = (...lines: string[]) => {
      const { switchport } =
        config(
          `interface Ethernet1\n   switchport mode trunk\n${lines.map((line) => `   switchport trunk allowed vlan ${line}\n`).join("")}`,
        ).interfaces["Ethernet1"] ?? {};
      return switchport?.mode === "trunk" ? switchport.vlans : undefined;
    };
    expect(allowed("10", "add 12-13", "remove 12")).toEqual([10, 13]);
    expect(allowed("none")).toEqual([]);
    expect(allowed("except 2-4094")).toEqual([1]);
    expect(allowed("0-5")).toBe("all");
  });

  test("IPv4 sessions are active and communities are not sent unless said", () => {
    const bgp = config("router bgp 65001\n   neighbor 10.0.0.0 remote-as 65100\n").networkInstances["default"]?.bgp;
    expect(bgp?.neighbors["10.0.0.0"]?.afiSafis).toEqual({ "ipv4-unicast": { enabled: true, sendCommunity: "none" } });
    expect(bgp?.afiSafis["ipv4-unicast"]?.maximumPathsEbgp).toBe(1);
    expect(bgp?.distance).toEqual({ external: 200, internal: 200, local: 200 });
  });

  test("a group of the default VRF is lent to the others with its activation", () => {
    const bgp = config(`vrf instance RED
router bgp 65001
   no bgp default ipv4-unicast
   neighbor PEERS peer group
   neighbor PEERS next-hop-self
   address-family ipv4
      neighbor PEERS activate
   vrf RED
      neighbor 10.1.0.1 peer group PEERS
      neighbor 10.1.0.1 remote-as 65002
`).networkInstances["RED"]?.bgp;
    if (bgp === undefined) throw new Error("the VRF has BGP");
    expect(resolvePeer(bgp, "10.1.0.1")).toMatchObject({
      peerAs: 65002,
      afiSafis: { "ipv4-unicast": { enabled: true, nextHopSelf: true } },
    });
  });

  test("an unnumbered neighbor without a group is written with one and read back without", () => {
    const text =
      "router bgp 65001\n   neighbor UNNUMBERED-Ethernet1 peer group\n   neighbor interface Ethernet1 peer-group UNNUMBERED-Ethernet1 remote-as 65100\n";
    const read = config(text);
    const bgp = read.networkInstances["default"]?.bgp;
    expect(bgp?.peerGroups).toEqual({});
    expect(bgp?.neighbors["Ethernet1"]).toMatchObject({ interface: "Ethernet1", peerAs: 65100 });
    expect(config(eos.render(read).files[0]?.text ?? "")).toEqual(read);
  });

  test("dynamic neighbors go by an AS, a list of them, or any, and come back so", () => {
    const text = `peer-filter TWO
   10 match as-range 65001-65002 result accept
peer-filter ALL
   10 match as-range 1-4294967295 result accept
router bgp 65000
   bgp listen range 10.1.0.0/24 peer-group HOSTS remote-as 65009
   bgp listen range 10.2.0.0/24 peer-group HOSTS peer-filter TWO
   bgp listen range 10.3.0.0/24 peer-group HOSTS peer-filter ALL
   neighbor HOSTS peer group
`;
    const read = config(text);
    expect(read.networkInstances["default"]?.bgp?.dynamicNeighbors.map(({ peerAs }) => peerAs)).toEqual([
      [65009],
      [65001, 65002],
      undefined,
    ]);
    expect(config(eos.render(read).files[0]?.text ?? "")).toEqual(read);
  });

  test("VRFs that share a vpn-ipv4 route target take over each other's routes", () => {
    const read = config(`router bgp 65000
   vrf BLUE
      rd 1:1
      route-target export vpn-ipv4 1:1
   vrf SHARED
      rd 1:2
      route-target import vpn-ipv4 1:1
`);
    expect(read.networkInstances["SHARED"]?.bgp?.afiSafis["ipv4-unicast"]?.importFrom).toEqual([
      { networkInstance: "BLUE" },
    ]);
    expect(read.networkInstances["BLUE"]?.bgp?.afiSafis["ipv4-unicast"]?.importFrom).toEqual([]);
  });

  test("blocks that are entered again add up, and a later word wins", () => {
    const { interfaces } = config(
      "interface Ethernet1\n shutdown\n!\ninterface Ethernet1\n no switchport\n no shutdown\n",
    );
    expect(interfaces["Ethernet1"]).toMatchObject({ enabled: true });
    expect(interfaces["Ethernet1"]?.switchport).toBeUndefined();
  });
});

describe("access lists", () => {
  const entries = (...lines: string[]) =>
    config(`ip access-list GUARD\n${lines.map((line) => `   ${line}\n`).join("")}`).acls["GUARD"]?.entries;

  test("numbers, protocols, networks, ports and flags", () => {
    expect(
      entries(
        "10 permit tcp 10.0.0.0/8 any eq ssh 443",
        "20 deny udp host 10.0.0.1 gt 1023 10.1.0.0 0.0.255.255",
        "permit tcp any any established",
      ),
    ).toEqual([
      {
        sequence: 10,
        action: "permit",
        protocol: 6,
        source: "10.0.0.0/8",
        destinationPorts: [
          { from: 22, to: 22 },
          { from: 443, to: 443 },
        ],
      },
      {
        sequence: 20,
        action: "deny",
        protocol: 17,
        source: "10.0.0.1/32",
        sourcePorts: [{ from: 1024, to: 65535 }],
        destination: "10.1.0.0/16",
      },
      { sequence: 30, action: "permit", protocol: 6, tcpEstablished: true },
    ]);
  });

  test("what can't be said leaves a permit wide and a deny out: a proof errs on the safe side, and the lines stay unknown", () => {
    const { config: read, findings } = parse(
      "ip access-list GUARD\n   10 permit ip any any fragments\n   20 deny ip any any ttl gt 3\n",
    );
    expect(read.acls["GUARD"]?.entries).toEqual([{ sequence: 10, action: "permit" }]);
    expect(findings.filter(({ code }) => code === "eos.unknown-line")).toHaveLength(2);
  });
});

describe("every line is accounted for", () => {
  test("unknown lines have a finding with their place, and nothing under them is taken", () => {
    const { findings, accounts } = parse("hostname a\nfrobnicate 7\n   deeper still\n");
    expect(findings.map(({ where }) => where)).toEqual([
      { kind: "file", file: "leaf1", line: 2 },
      { kind: "file", file: "leaf1", line: 3 },
    ]);
    expect(accounts[0]?.lines.map(({ status }) => status)).toEqual(["used", "unknown", "unknown"]);
  });

  test("secrets are in no account, finding or config", () => {
    const secrets = ["hunter2", "Q4fqtbqcZ7oQ", "s3cr3t", "c0mmun1ty"];
    const read = parse(`username x secret sha512 hunter2
snmp-server community c0mmun1ty ro
frobnicate password s3cr3t
router bgp 1
   neighbor 10.0.0.1 password 7 Q4fqtbqcZ7oQ
`);
    const all = JSON.stringify([read.config, read.findings, read.accounts]);
    for (const secret of secrets) expect(all).not.toContain(secret);
    expect(read.config.networkInstances["default"]?.bgp?.neighbors["10.0.0.1"]?.authenticated).toBe(true);
    const diff = eos.diff(
      [{ path: "a", text: "router bgp 1\n   neighbor 10.0.0.1 password 7 Q4fqtbqcZ7oQ\n" }],
      [{ path: "a", text: "" }],
    );
    expect(JSON.stringify(diff)).not.toContain("Q4fqtbqcZ7oQ");
  });

  test("large and hostile text is read in time proportional to its size", () => {
    const started = performance.now();
    for (const text of [
      "x".repeat(20_000_000),
      "a b ".repeat(5_000_000),
      "interface Ethernet1-4096\n".repeat(300),
      Array.from({ length: 3000 }, (_, depth) => `${" ".repeat(depth)}vlan ${depth}`).join("\n"),
      "ip prefix-list __proto__ permit 10.0.0.0/8\nrouter bgp 1\n neighbor constructor peer group\n neighbor 1.1.1.1 peer group constructor\n",
      "switchport trunk allowed vlan 1-4094\n".repeat(20_000),
      "banner login\n".repeat(100_000),
      `ip access-list A\n${"   permit ip any any\n".repeat(100_000)}`,
      `ip prefix-list P\n${"   permit 10.0.0.0/8\n".repeat(100_000)}`,
      `router bgp 1\n${Array.from({ length: 60_000 }, (_, n) => `   network 10.${n >> 8}.${n & 255}.0/24\n`).join("")}`,
      `interface Ethernet1\n${"   switchport trunk allowed vlan add 5\n".repeat(100_000)}`,
      `interface Ethernet1-4000\n${"   description x\n".repeat(20_000)}`,
    ])
      expect(parse(text).config.nos).toBe("eos");
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe("diffs and whose lines they are", () => {
  const before =
    "vlan 10\n   name RED\n!\ninterface Vxlan1\n   vxlan source-interface Loopback0\n!\nrouter bgp 65001\n   router-id 10.0.0.1\n   vrf acme\n      rd 1:1\n";
  const after = before
    .replace("      rd 1:1\n", "      rd 1:1\n      route-target import evpn 1:1\n   vrf globex\n      rd 1:2\n")
    .replace("Loopback0\n", "Loopback0\n   vxlan vrf acme vni 50001\n");
  const diff = eos.diff([{ path: "a", text: before }], [{ path: "a", text: after }]);
  const scope: TenantScope = {
    vrfs: ["acme"],
    vnis: [50001, 10010],
    vlans: [10],
    interfaces: ["Ethernet3"],
    acls: ["ACME"],
    policies: [],
    prefixes: ["10.7.0.0/16"],
  };

  test("changes stand under the headers of their blocks", () => {
    expect(diff.map(({ op, text }) => `${op} ${text}`)).toEqual([
      "context interface Vxlan1",
      "add    vxlan vrf acme vni 50001",
      "context router bgp 65001",
      "context    vrf acme",
      "add       route-target import evpn 1:1",
      "add    vrf globex",
      "add       rd 1:2",
    ]);
  });

  test("a tenant owns what names its objects, and what stands in its blocks", () => {
    expect(diff.filter(({ op }) => op !== "context").map((line) => eos.tenantLine(line, scope))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  const line = (text: string, ...within: string[]) => ({ op: "add" as const, text, within });
  test.each([
    [true, line("vrf instance acme")],
    [false, line("vrf instance acme2")],
    [true, line("description x", "interface Ethernet3")],
    [false, line("description x", "interface Ethernet31")],
    [true, line("ip address virtual 10.7.0.1/24", "interface Vlan10")],
    [false, line("ip address virtual 10.7.0.1/24", "interface Vlan100")],
    [true, line("vxlan vlan 10 vni 10010", "interface Vxlan1")],
    [false, line("vxlan vlan 10 vni 666", "interface Vxlan1")],
    [false, line("vxlan source-interface Loopback9", "interface Vxlan1")],
    [true, line("rd 1:1", "router bgp 1", "vlan 10")],
    [false, line("router-id 9.9.9.9", "router bgp 1")],
    [false, line("no neighbor 10.0.0.1", "router bgp 1")],
    [true, line("no ip route vrf acme 0.0.0.0/0 Null0")],
    [false, line("ip route 0.0.0.0/0 Null0")],
    [true, line("10 permit ip any any", "ip access-list ACME")],
    [false, line("10 permit ip any any", "ip access-list SHARED")],
    [true, line("10 permit ip 10.7.1.0/24 any", "ip access-list SHARED")],
    [false, line("10 permit ip 10.0.0.0/8 any", "ip access-list SHARED")],
    [true, line("vlan 10")],
    [false, line("vlan 10,20")],
    [false, line("username mallory privilege 15")],
    [false, line("")],
  ])("%s: %j", (owned, changed) => expect(eos.tenantLine(changed, scope)).toBe(owned));
});

describe("golden", () => {
  const folder = "src/drivers/eos/fixtures/leaf";
  const text = readFileSync(`${folder}/running-config`, "utf8");

  test("a leaf of our own making is read as it is written down", async () => {
    const { config: read, accounts, findings } = parse(text);
    await expect(`${JSON.stringify(read, undefined, 2)}\n`).toMatchFileSnapshot("fixtures/leaf/model.json");
    const account = accounts[0]?.lines.map(
      (one) => `${one.line} ${one.status}${one.reason === undefined ? "" : ` (${one.reason})`}: ${one.text}`,
    );
    await expect(`${account?.join("\n")}\n`).toMatchFileSnapshot("fixtures/leaf/account.txt");
    expect(findings).toEqual([]);
  });

  test("and rendered so that it means the same, but for what is never kept", async () => {
    const { files, findings } = eos.render(config(text));
    await expect(files[0]?.text).toMatchFileSnapshot("fixtures/leaf/rendered");
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining("secrets are never kept")]);
    const open = config(text.replace("   neighbor UNDERLAY password 7 not-a-real-password\n", ""));
    expect(config(files[0]?.text ?? "")).toEqual(open);
  });
});
