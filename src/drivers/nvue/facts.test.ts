import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { BgpNeighbor } from "#model/bgp.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { parseMac } from "#net/mac.ts";
import { compareNames } from "#net/order.ts";
import { nvue } from "./index.ts";

/** What netlab meant each device to be, from which its templates made the NVUE text: the judge of the parser. */
interface NodeFacts {
  readonly device: string;
  readonly mtu?: number;
  readonly loopback?: string | { readonly ipv4?: string };
  readonly interfaces?: readonly InterfaceFacts[];
  readonly bgp?: { readonly as?: number; readonly router_id?: string; readonly neighbors?: readonly PeerFacts[] };
  readonly vrfs?: Readonly<Record<string, VrfFacts>>;
  readonly vlans?: Readonly<Record<string, VlanFacts>>;
  readonly vxlan?: { readonly vtep?: string };
  readonly ospf?: { readonly router_id?: string };
}
interface InterfaceFacts {
  readonly ifname: string;
  readonly type?: string;
  readonly mtu?: number;
  readonly ipv4?: string | boolean;
  readonly ipv6?: string | boolean;
  readonly vrf?: string;
  readonly vlan?: { readonly access_id?: number };
  readonly ospf?: { readonly area?: string; readonly network_type?: string; readonly passive?: boolean };
  readonly gateway?: {
    readonly protocol?: string;
    readonly ipv4?: string;
    readonly anycast?: { readonly mac?: string };
  };
}
interface PeerFacts {
  readonly name: string;
  readonly as: number;
  readonly type: string;
  readonly ipv4?: string | boolean;
  readonly ipv6?: string | boolean;
  readonly local_if?: string;
  readonly evpn?: string | boolean;
  readonly rr_client?: boolean;
}
interface VrfFacts {
  readonly rd?: string;
  readonly import?: readonly string[];
  readonly export?: readonly string[];
  readonly evpn?: { readonly transit_vni?: number };
  readonly bgp?: { readonly neighbors?: readonly PeerFacts[] };
}
interface VlanFacts {
  readonly id: number;
  readonly vni?: number;
  readonly evpn?: { readonly rd?: string; readonly import?: readonly string[]; readonly export?: readonly string[] };
}

const corpus = new URL("../../../../shared/corpus/multi/", import.meta.url).pathname;
const files = existsSync(corpus) ? globSync("**/*.cumulus_nvue.yaml", { cwd: corpus }).toSorted() : [];
const cases = files.flatMap((path) => {
  const facts = corpus + path.replace(/configs\/[^/]+$/, "facts.json");
  const name = /([^/.]+)\.cumulus_nvue\.yaml$/.exec(path)?.[1] ?? "";
  if (!existsSync(facts)) return [];
  const nodes = (JSON.parse(readFileSync(facts, "utf8")) as { nodes: Record<string, NodeFacts> }).nodes; // netlab's own shape
  return nodes[name]?.device === "cumulus_nvue" ? [[path, nodes[name]] as const] : [];
});

const sorted = (list: readonly string[] | undefined): readonly string[] => [...(list ?? [])].toSorted(compareNames);

describe.skipIf(cases.length === 0)("what netlab meant is what is parsed", () => {
  test.each(cases)("%s", (path, facts) => {
    const { config } = nvue.parse([{ path, text: readFileSync(corpus + path, "utf8") }]);
    const wrong: string[] = [];
    const same = (what: string, meant: unknown, read: unknown): void => {
      if (meant !== undefined && JSON.stringify(meant) !== JSON.stringify(read))
        wrong.push(`${what}: meant ${JSON.stringify(meant)}, read ${JSON.stringify(read)}`);
    };
    for (const port of facts.interfaces ?? []) compareInterface(config, port, same);
    const lo = typeof facts.loopback === "string" ? facts.loopback : facts.loopback?.ipv4;
    same("loopback", lo, config.interfaces["lo"]?.ipv4?.addresses[0]);
    compareBgp(config, "default", facts.bgp?.neighbors ?? [], same);
    same("AS", facts.bgp?.as, config.networkInstances["default"]?.bgp?.as);
    same("router id", facts.bgp?.router_id, config.networkInstances["default"]?.bgp?.routerId);
    same("OSPF router id", facts.ospf?.router_id, config.networkInstances["default"]?.ospf?.routerId);
    same("VTEP", facts.vxlan?.vtep, config.vxlan?.sourceAddress);
    for (const [name, vrf] of Object.entries(facts.vrfs ?? {})) {
      const read = config.networkInstances[name];
      same(`VRF ${name}`, "ipVrf", read?.kind);
      compareBgp(config, name, vrf.bgp?.neighbors ?? [], same);
      if (vrf.evpn?.transit_vni === undefined) continue;
      same(`L3VNI of ${name}`, vrf.evpn.transit_vni, read?.evpn?.vni);
      same(`RD of ${name}`, vrf.rd, read?.evpn?.routeDistinguisher);
      same(`imports of ${name}`, sorted(vrf.import), sorted(read?.evpn?.importRouteTargets));
      same(`exports of ${name}`, sorted(vrf.export), sorted(read?.evpn?.exportRouteTargets));
    }
    for (const [name, vlan] of Object.entries(facts.vlans ?? {})) {
      const read = config.bridgeDomains[String(vlan.id)];
      same(`VLAN ${name}`, vlan.id, read?.vlanId);
      same(`VNI of ${name}`, vlan.vni, read?.vni);
      const service = config.macVrfs[String(vlan.id)]?.evpn;
      if (vlan.evpn === undefined || vlan.vni === undefined) continue;
      same(`RD of ${name}`, vlan.evpn.rd, service?.routeDistinguisher);
      same(`imports of ${name}`, vlan.evpn.import, service?.importRouteTargets);
      same(`exports of ${name}`, vlan.evpn.export, service?.exportRouteTargets);
    }
    expect(wrong).toEqual([]);
  });
});

type Same = (what: string, meant: unknown, read: unknown) => void;

function compareInterface(config: DeviceConfig, meant: InterfaceFacts, same: Same): void {
  const read = config.interfaces[meant.ifname];
  const what = meant.ifname;
  same(`${what} is there`, true, read !== undefined);
  if (read === undefined) return;
  if (typeof meant.ipv4 === "string") {
    const all = [...(read.ipv4?.addresses ?? []), ...(read.ipv4?.anycastAddresses ?? [])];
    same(
      `address of ${what}`,
      true,
      all.some((address) => address === meant.ipv4),
    );
  } else if (meant.ipv4 === true) same(`${what} borrows`, "lo", read.ipv4?.unnumberedFrom);
  if (typeof meant.ipv6 === "string")
    same(
      `IPv6 address of ${what}`,
      true,
      read.ipv6?.addresses.some((address) => address === meant.ipv6?.toString().toLowerCase()),
    );
  same(`VRF of ${what}`, meant.vrf, meant.vrf === undefined ? undefined : read.networkInstance);
  same(`MTU of ${what}`, meant.mtu, meant.mtu === undefined ? undefined : read.mtuBytes);
  if (meant.vlan?.access_id !== undefined && meant.type !== "svi")
    same(`VLAN of ${what}`, { mode: "access", vlan: meant.vlan.access_id }, read.switchport);
  if (meant.gateway?.protocol === "anycast") {
    same(`gateway of ${what}`, meant.gateway.ipv4, read.ipv4?.anycastAddresses[0]);
    same(`gateway MAC of ${what}`, parseMac(meant.gateway.anycast?.mac ?? ""), read.anycastMac);
  }
  const area = meant.ospf?.area;
  if (area === undefined) return;
  const ospf = config.networkInstances[meant.vrf ?? "default"]?.ospf?.interfaces[what];
  same(`OSPF area of ${what}`, area, ospf?.area);
  same(`OSPF type of ${what}`, meant.ospf?.network_type, ospf?.networkType);
}

function compareBgp(config: DeviceConfig, vrf: string, peers: readonly PeerFacts[], same: Same): void {
  const bgp = config.networkInstances[vrf]?.bgp;
  for (const peer of peers) {
    const keys = [peer.local_if, peer.ipv4, peer.ipv6].filter((key): key is string => typeof key === "string");
    const read = keys.map((key) => bgp?.neighbors[key]).find((one): one is BgpNeighbor => one !== undefined);
    const what = `neighbor ${peer.name} in ${vrf}`;
    same(`${what} is there`, true, read !== undefined);
    if (read === undefined) continue;
    const kind = peer.type === "ibgp" ? "internal" : "external";
    same(`AS of ${what}`, true, read.peerAs === peer.as || read.peerAs === kind);
    same(`${what} speaks EVPN`, peer.evpn === undefined ? undefined : true, read.afiSafis?.["l2vpn-evpn"]?.enabled);
    same(`${what} is a client`, peer.rr_client, read.afiSafis?.["ipv4-unicast"]?.routeReflectorClient);
  }
}
