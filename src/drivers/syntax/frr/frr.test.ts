import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FrrConfig } from "./config.ts";
import { parseFrr } from "./parse.ts";
import { renderFrr } from "./render.ts";

const system = { multipath: 64, codePrefix: "frr" };
const read = (text: string) => parseFrr({ path: "frr.conf", text }, system);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const fabricLeaf = `frr version 8.4.3
frr defaults traditional
hostname leaf1
!
vrf acme
 vni 50001
 ip route 10.77.0.0/16 10.1.0.9 200
exit-vrf
!
ip prefix-list LO seq 5 permit 10.0.0.0/24 ge 32
bgp community-list standard BLUE permit 65000:1
bgp as-path access-list OWN permit ^$
route-map ONLY-LO permit 10
 match ip address prefix-list LO
 set community 65000:1 additive
exit
!
router bgp 65101
 bgp router-id 10.0.0.11
 no bgp default ipv4-unicast
 no bgp ebgp-requires-policy
 bgp bestpath as-path multipath-relax
 neighbor FABRIC peer-group
 neighbor FABRIC remote-as external
 neighbor FABRIC capability extended-nexthop
 neighbor swp51 interface peer-group FABRIC
 neighbor 10.0.0.1 remote-as 65000
 neighbor 10.0.0.1 ebgp-multihop 3
 neighbor 10.0.0.1 update-source lo
 !
 address-family ipv4 unicast
  redistribute connected route-map ONLY-LO
  neighbor FABRIC activate
  maximum-paths 8
 exit-address-family
 !
 address-family l2vpn evpn
  neighbor 10.0.0.1 activate
  advertise-all-vni
  vni 10101
   rd 10.0.0.11:101
   route-target import 65000:10101
   route-target export 65000:10101
  exit-vni
 exit-address-family
exit
!
router bgp 65101 vrf acme
 !
 address-family ipv4 unicast
  redistribute connected
 exit-address-family
 !
 address-family l2vpn evpn
  advertise ipv4 unicast
  route-target both 65000:50001
 exit-address-family
exit
!
interface lo
 ip address 10.0.0.11/32
exit
!
end
`;

describe("FRR text", () => {
  test("a fabric leaf is understood to its last line", () => {
    const { config, account, findings } = read(fabricLeaf);
    expect(account.lines.filter((line) => line.status === "unknown")).toEqual([]);
    expect(findings).toEqual([]);
    const bgp = config.instances["default"]?.bgp;
    expect(bgp).toMatchObject({ as: 65101, routerId: "10.0.0.11", allowMultipleAs: true, ebgpRequiresPolicy: false });
    expect(bgp?.neighbors["swp51"]).toEqual({ interface: "swp51", peerGroup: "FABRIC" });
    expect(bgp?.peerGroups["FABRIC"]).toEqual({
      enabled: true,
      peerAs: "external",
      capabilityExtendedNextHop: true,
      afiSafis: { "ipv4-unicast": { enabled: true, sendCommunity: "both" } },
    });
    expect(bgp?.neighbors["10.0.0.1"]?.afiSafis).toEqual({ "l2vpn-evpn": { enabled: true, sendCommunity: "both" } });
    expect(bgp?.afiSafis["ipv4-unicast"]).toMatchObject({
      maximumPathsEbgp: 8,
      maximumPathsIbgp: 64,
      redistribute: [{ protocol: "connected", policy: "ONLY-LO" }],
    });
    expect(config.evpn).toEqual({
      advertiseAllVni: true,
      vnis: {
        10101: {
          routeDistinguisher: "10.0.0.11:101",
          importRouteTargets: ["65000:10101"],
          exportRouteTargets: ["65000:10101"],
        },
      },
    });
    expect(config.instances["acme"]).toMatchObject({
      vni: 50001,
      staticRoutes: [{ prefix: "10.77.0.0/16", distance: 200, nextHops: [{ kind: "address", address: "10.1.0.9" }] }],
      evpn: {
        advertise: [{ afiSafi: "ipv4-unicast" }],
        importRouteTargets: ["65000:50001"],
        exportRouteTargets: ["65000:50001"],
      },
    });
    expect(config.routingPolicy.prefixSets["LO"]?.entries).toEqual([
      { sequence: 5, action: "permit", prefix: "10.0.0.0/24", minLength: 32, maxLength: 32 },
    ]);
  });

  test("indentation, comments and missing exits mean nothing", () => {
    const bare = fabricLeaf
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "!" && !line.startsWith("exit"))
      .join("\n");
    expect(plain(read(bare).config)).toEqual(plain(read(fabricLeaf).config));
  });

  test("what is written is read back", () => {
    const { config } = read(fabricLeaf);
    const text = renderFrr(config);
    expect(plain(read(text).config)).toEqual(plain(config));
    expect(renderFrr(read(text).config)).toBe(text);
  });

  test("IPv4 is on by default, RFC 8212 by profile, three repetitions by `allowas-in`", () => {
    const [traditional, datacenter] = ["traditional", "datacenter"].map(
      (profile) =>
        read(`frr defaults ${profile}\nrouter bgp 1\nneighbor 10.0.0.2 remote-as 2\nneighbor 10.0.0.2 allowas-in\n`)
          .config.instances["default"]?.bgp,
    );
    expect(traditional?.ebgpRequiresPolicy).toBe(true);
    expect(datacenter?.ebgpRequiresPolicy).toBe(false);
    expect(traditional?.neighbors["10.0.0.2"]).toEqual({
      enabled: true,
      peerAs: 2,
      afiSafis: { "ipv4-unicast": { enabled: true, allowOwnAs: 3, sendCommunity: "both" } },
    });
  });

  test("a line that no open node knows closes them: a prefix list after BGP is no neighbor's", () => {
    const { config } = read(
      "router bgp 1\nneighbor 10.0.0.2 remote-as 2\naddress-family ipv4 unicast\nnetwork 10.0.0.0/24\nneighbor 10.0.0.3 remote-as 3\nip prefix-list A permit any\n",
    );
    expect(Object.keys(config.instances["default"]?.bgp?.neighbors ?? {})).toEqual(["10.0.0.2", "10.0.0.3"]);
    expect(config.routingPolicy.prefixSets["A"]?.entries).toEqual([
      { sequence: 5, action: "permit", prefix: "0.0.0.0/0", minLength: 0, maxLength: 32 },
    ]);
  });

  test("OSPF runs where a network holds an address, the longest network decides the area", () => {
    const { config } = read(
      "interface swp1\n ip address 10.1.0.1/30\n ip ospf network point-to-point\ninterface lo\n ip address 10.0.0.1/32\nrouter ospf\n ospf router-id 10.0.0.1\n network 10.0.0.0/8 area 0\n network 10.1.0.0/16 area 7\n passive-interface lo\n",
    );
    expect(config.instances["default"]?.ospf).toMatchObject({
      routerId: "10.0.0.1",
      referenceBandwidthBps: 100_000_000,
      interfaces: {
        swp1: { area: "0.0.0.7", networkType: "point-to-point", passive: false },
        lo: { area: "0.0.0.0", networkType: "broadcast", passive: true },
      },
    });
  });

  test("a route map line that is not understood is an error with its line", () => {
    const { findings } = read("route-map A permit 10\n match probability 5\n");
    expect(findings[0]).toMatchObject({ code: "frr.policy-unknown", severity: "error", where: { line: 2 } });
  });

  test("any text is read, and every line is accounted for once", () => {
    const lines = fabricLeaf.split("\n");
    const anyText = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(fc.constantFrom(...lines), fc.string()), { maxLength: 60 }).map((some) => some.join("\n")),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const { account, findings } = read(text);
        const said = text
          .replace(/^\uFEFF/, "")
          .split("\n")
          .filter((line) => line.trim() !== "" && !/^[!#]/.test(line.trim()));
        expect(account.lines.length).toBe(said.length);
        for (const line of account.lines)
          if (line.status === "unknown")
            expect(findings.some((one) => one.where.kind === "file" && one.where.line === line.line)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

const corpus = new URL("../../../../../shared/corpus/", import.meta.url).pathname;

function* filesIn(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

describe.skipIf(!existsSync(corpus))("FRR files of the corpus", () => {
  const texts = [
    "sonic/buildimage-qos-buffer-frr/frr",
    "frr",
    "cumulus",
    "multi/containerlab-lab-examples",
    "multi/sonic-srlinux-l2evpn",
  ]
    .flatMap((folder) => [...filesIn(join(corpus, folder))])
    .filter((path) => !/\/show\/|\.(?:md|MD|ya?ml|json|txt)$/.test(path))
    .map((path) => ({ path: path.slice(corpus.length), text: readFileSync(path, "utf8") }))
    // Concatenated captures hold `interfaces` and `ports.conf` before what FRR runs.
    .map(({ path, text }) => ({
      path,
      text: text.includes("\nfrr version") ? text.slice(text.indexOf("\nfrr version") + 1) : text,
    }))
    .filter(
      ({ text }) =>
        /^\s*router (?:bgp|ospf)|^ip route/m.test(text) && !/^iface |^net add|^network-instance/m.test(text),
    );

  test("are understood but for a few lines, and come back as they went", () => {
    let [all, unknown] = [0, 0];
    for (const file of texts) {
      const { config, account } = parseFrr(file, system);
      all += account.lines.length;
      unknown += account.lines.filter((line) => line.status === "unknown").length;
      const again: FrrConfig = parseFrr({ path: file.path, text: renderFrr(config) }, system).config;
      expect(plain(again), file.path).toEqual(plain(config));
    }
    expect(texts.length).toBeGreaterThan(40);
    // Confederations, `on-match goto`, an address without its length: 2% of some 970 lines.
    expect(unknown / all).toBeLessThan(0.025);
  });
});
