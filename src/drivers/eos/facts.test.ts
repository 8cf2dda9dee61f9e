import { existsSync, globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import type { DeviceConfig, Interface } from "#model/device-config.ts";
import type { ParsedDevice } from "#model/snapshot.ts";
import { parseNumberRanges } from "#net/ranges.ts";
import { parseIpAddress } from "#net/ip.ts";
import { parseMac } from "#net/mac.ts";
import { parseEos } from "./parse.ts";

// What others say that these files mean, against what we read: AVD's structured configurations, netlab's facts.
// Both come from another program's JSON or YAML; the tests look into them field by field.
// oxlint-disable-next-line typescript/no-explicit-any
type Foreign = any;

const corpus = "../shared/corpus";
const read = (path: string): string => readFileSync(`${corpus}/${path}`, "utf8");
const parsed = (path: string): ParsedDevice => parseEos([{ path, text: read(path) }]);
const list = (value: Foreign): Foreign[] => (Array.isArray(value) ? value : []);
const unknownLines = ({ accounts }: ParsedDevice): string[] =>
  accounts.flatMap(({ lines }) => lines.filter(({ status }) => status === "unknown").map(({ text }) => text));
const set = (values: readonly (string | number)[]): string[] => values.map(String).toSorted();

const configs = (folder: string): string[] => globSync(`${folder}/configs/*.cfg`, { cwd: corpus }).toSorted();

describe.skipIf(!existsSync(corpus))("AVD says what its configurations mean", () => {
  const single = configs("eos/avd-single-dc-l3ls");
  const fabrics = [...single, ...configs("eos/avd-evpn-ebgp-ebgp"), ...configs("eos/avd-twodc-5stage-clos")];
  const structured = (path: string): Foreign =>
    parseYaml(read(path.replace("/configs/", "/structured_configs/").replace(/\.cfg$/, ".yml")), { maxAliasCount: -1 });
  const each = (check: (config: DeviceConfig, said: Foreign, path: string) => void): void => {
    for (const path of fabrics) check(parsed(path).config, structured(path), path);
  };

  test("there is something to compare", () => {
    expect(single.length).toBe(8);
    expect(fabrics.length).toBeGreaterThan(40);
  });

  test.each(single)("every line of %s is used, or ignored with a reason", (path) => {
    expect(unknownLines(parsed(path))).toEqual([]);
  });

  test("names", () => each((config, said, path) => expect(config.hostname, path).toBe(said.hostname)));

  test("interfaces: addresses, VRF, state, description, MTU of routed ports", () => {
    each((config, said, path) => {
      const kinds = [
        "ethernet_interfaces",
        "port_channel_interfaces",
        "vlan_interfaces",
        "loopback_interfaces",
        "management_interfaces",
      ];
      for (const one of kinds.flatMap((kind) => list(said[kind]))) {
        const port = config.interfaces[one.name];
        const at = `${path} ${one.name}`;
        expect(port, at).toBeDefined();
        if (port === undefined) continue;
        expect(port.enabled, at).toBe(one.shutdown !== true);
        expect(port.networkInstance, at).toBe(one.vrf ?? "default");
        if (one.description !== undefined) expect(port.description, at).toBe(one.description);
        if (one.mtu !== undefined) expect(port.mtuBytes, at).toBe(one.mtu);
        expect(port.ipv4?.addresses ?? [], at).toEqual(
          [one.ip_address, ...list(one.ip_address_secondaries)].filter(
            (address) => address !== undefined && address !== "dhcp",
          ),
        );
        expect(port.ipv4?.anycastAddresses ?? [], at).toEqual(anycastOf(one));
        if (one.ipv6_enable === true) expect(port.ipv6?.linkLocalOnly, at).toBe(true);
        if (one.encapsulation_dot1q?.vlan !== undefined) expect(port.vlanTag, at).toBe(one.encapsulation_dot1q.vlan);
      }
    });
  });

  /** A virtual router address says no length: it is the one of the interface's own network. */
  const anycastOf = (one: Foreign): string[] => [
    ...[one.ip_address_virtual].filter((address) => address !== undefined),
    ...list(one.ip_address_virtual_secondaries),
    ...list(one.ip_virtual_router_addresses).map((address: string) =>
      address.includes("/") ? address : `${address}/${String(one.ip_address).split("/")[1]}`,
    ),
  ];

  test("switch ports: mode, VLANs, members of port channels", () => {
    each((config, said, path) => {
      for (const one of [...list(said.ethernet_interfaces), ...list(said.port_channel_interfaces)]) {
        const port = config.interfaces[one.name] as Interface; // there, as the test above says
        const at = `${path} ${one.name}`;
        if (one.channel_group !== undefined) {
          expect(port.lag, at).toBe(`Port-Channel${one.channel_group.id}`);
          const mode = one.channel_group.mode === "on" ? "static" : one.channel_group.mode;
          expect(config.interfaces[port.lag ?? ""]?.lacp, at).toBe(mode);
        }
        if (one.mlag !== undefined) expect(port.mlagId, at).toBe(one.mlag);
        if (one.switchport?.enabled === false) expect(port.switchport, at).toBeUndefined();
        if (one.switchport?.enabled !== true || port.lag !== undefined) continue;
        expect(port.switchport?.mode, at).toBe(one.switchport.mode === "trunk" ? "trunk" : "access");
        if (port.switchport?.mode === "access" && one.switchport.access_vlan !== undefined)
          expect(port.switchport.vlan, at).toBe(Number(one.switchport.access_vlan));
        const allowed = one.switchport.trunk?.allowed_vlan;
        if (port.switchport?.mode === "trunk" && allowed !== undefined && allowed !== "none")
          expect(port.switchport.vlans, at).toEqual(
            // VLANs of trunk groups pass only where the port is in the group.
            parseNumberRanges(String(allowed), 4094)?.filter((vlan) => !shutOn(one, said, vlan)),
          );
        const native = one.switchport.trunk?.native_vlan;
        if (port.switchport?.mode === "trunk" && native !== undefined) {
          const passes = port.switchport.vlans === "all" || port.switchport.vlans.includes(native);
          expect(port.switchport.nativeVlan, at).toBe(passes ? native : undefined);
        }
      }
    });
  });

  const shutOn = (one: Foreign, said: Foreign, vlan: number): boolean => {
    const groups = list(list(said.vlans).find(({ id }) => id === vlan)?.trunk_groups);
    return groups.length > 0 && !groups.some((group) => list(one.switchport.trunk?.groups).includes(group));
  };

  test("VLANs, VNIs and the tunnel end point", () => {
    each((config, said, path) => {
      const told = said.vxlan_interface?.vxlan1?.vxlan;
      const vnis = new Map(list(told?.vlans).map((one) => [String(one.id), one.vni]));
      expect(
        set(
          Object.keys(config.bridgeDomains).filter((id) => id !== "1" || list(said.vlans).some((one) => one.id === 1)),
        ),
        path,
      ).toEqual(set(list(said.vlans).map((one) => one.id)));
      for (const one of list(said.vlans)) {
        expect(config.bridgeDomains[one.id]?.name, `${path} ${one.id}`).toBe(one.name);
        expect(config.bridgeDomains[one.id]?.vni, `${path} ${one.id}`).toBe(vnis.get(String(one.id)));
      }
      expect(config.vxlan?.sourceInterface, path).toBe(told?.source_interface);
      for (const one of list(told?.vrfs))
        expect(config.networkInstances[one.name]?.evpn?.vni, `${path} ${one.name}`).toBe(one.vni);
      if (said.ip_virtual_router_mac_address !== undefined)
        expect(config.anycastGatewayMac, path).toBe(parseMac(said.ip_virtual_router_mac_address));
    });
  });

  test("VRFs and static routes", () => {
    each((config, said, path) => {
      for (const one of list(said.vrfs))
        expect(config.networkInstances[one.name]?.ipForwarding, `${path} ${one.name}`).toBe(one.ip_routing === true);
      expect(config.networkInstances["default"]?.ipForwarding, path).toBe(said.ip_routing === true);
      const ours = Object.entries(config.networkInstances).flatMap(([vrf, { staticRoutes }]) =>
        staticRoutes.flatMap((route) =>
          route.nextHops.map(
            (hop) =>
              `${vrf} ${route.prefix} ${hop.kind === "address" ? hop.address : hop.kind === "interface" ? hop.interface : "Null0"}`,
          ),
        ),
      );
      const theirs = list(said.static_routes).map(
        (one) =>
          `${one.vrf ?? "default"} ${one.destination_address_prefix ?? one.prefix} ${one.gateway ?? one.next_hop ?? one.interface}`,
      );
      expect(ours.toSorted(), path).toEqual(theirs.toSorted());
    });
  });

  test("BGP: AS, router id, peer groups, neighbors, activation", () => {
    each((config, said, path) => {
      const told = said.router_bgp;
      const bgp = config.networkInstances["default"]?.bgp;
      expect(bgp?.as, path).toBe(told?.as === undefined ? undefined : asNumber(String(told.as)));
      if (bgp === undefined) return;
      expect(bgp.routerId, path).toBe(told.router_id);
      expect(bgp.afiSafis["ipv4-unicast"]?.maximumPathsEbgp, path).toBe(told.maximum_paths?.paths ?? 1);
      expect(set(Object.keys(bgp.peerGroups)), path).toEqual(set(list(told.peer_groups).map((one) => one.name)));
      for (const one of list(told.peer_groups)) comparePeer(bgp.peerGroups[one.name], one, `${path} ${one.name}`);
      expect(set(Object.keys(bgp.neighbors)), path).toEqual(
        set([
          ...list(told.neighbors).map((one) => one.ip_address),
          ...list(told.neighbor_interfaces).map((one) => one.name),
        ]),
      );
      for (const one of list(told.neighbors))
        comparePeer(bgp.neighbors[one.ip_address], one, `${path} ${one.ip_address}`);
      for (const one of list(told.neighbor_interfaces)) {
        expect(bgp.neighbors[one.name]?.interface, path).toBe(one.name);
        expect(bgp.neighbors[one.name]?.peerGroup, path).toBe(one.peer_group);
      }
      for (const [key, family] of [
        ["address_family_ipv4", "ipv4-unicast"],
        ["address_family_evpn", "l2vpn-evpn"],
      ] as const)
        for (const one of list(told[key]?.peer_groups)) {
          if (one.activate !== undefined)
            expect(bgp.peerGroups[one.name]?.afiSafis?.[family]?.enabled, `${path} ${one.name} ${family}`).toBe(
              one.activate,
            );
          if (one.route_map_in !== undefined)
            expect(bgp.peerGroups[one.name]?.afiSafis?.[family]?.importPolicy, path).toBe(one.route_map_in);
          if (one.route_map_out !== undefined)
            expect(bgp.peerGroups[one.name]?.afiSafis?.[family]?.exportPolicy, path).toBe(one.route_map_out);
        }
      const connected = told.redistribute?.connected;
      const ours = bgp.afiSafis["ipv4-unicast"]?.redistribute.find(({ protocol }) => protocol === "connected");
      expect(ours === undefined, path).toBe(connected?.enabled !== true);
      if (connected?.enabled === true) expect(ours?.policy, path).toBe(connected.route_map);
    });
  });

  const asNumber = (text: string): number => {
    const [high = "0", low] = text.split(".");
    return low === undefined ? Number(high) : Number(high) * 65536 + Number(low);
  };

  const comparePeer = (ours: Foreign, theirs: Foreign, at: string): void => {
    expect(ours, at).toBeDefined();
    expect(ours.peerGroup, at).toBe(theirs.peer_group);
    if (theirs.remote_as !== undefined) expect(ours.peerAs, at).toBe(asNumber(String(theirs.remote_as)));
    expect(ours.description, at).toBe(theirs.description);
    expect(ours.updateSource, at).toBe(theirs.update_source);
    expect(ours.ebgpMultihop, at).toBe(theirs.ebgp_multihop);
    expect(ours.bfd ?? false, at).toBe(theirs.bfd ?? false);
    if (theirs.password !== undefined) expect(ours.authenticated, at).toBe(true);
    if (theirs.shutdown === true) expect(ours.enabled, at).toBe(false);
  };

  test("EVPN: services with their targets, routed VRFs with theirs", () => {
    each((config, said, path) => {
      const told = said.router_bgp;
      for (const one of [...list(told?.vlans), ...list(told?.vlan_aware_bundles)]) {
        const service = config.macVrfs[one.id ?? one.name];
        const at = `${path} ${one.id ?? one.name}`;
        expect(service?.evpn.routeDistinguisher, at).toBe(one.rd);
        if (one.route_targets?.both !== undefined) {
          expect(service?.evpn.importRouteTargets, at).toEqual(one.route_targets.both);
          expect(service?.evpn.exportRouteTargets, at).toEqual(one.route_targets.both);
        }
        if (one.vlan !== undefined)
          expect(service?.bridgeDomains, at).toEqual(parseNumberRanges(String(one.vlan), 4094)?.map(String));
      }
      for (const one of list(told?.vrfs)) {
        const instance = config.networkInstances[one.name];
        const at = `${path} ${one.name}`;
        expect(instance?.bgp, at).toBeDefined();
        if (one.router_id !== undefined) expect(instance?.bgp?.routerId, at).toBe(one.router_id);
        expect(set(Object.keys(instance?.bgp?.neighbors ?? {})), at).toEqual(
          set([
            ...list(one.neighbors).map((peer) => parseIpAddress(peer.ip_address) ?? ""),
            ...list(one.neighbor_interfaces).map((peer) => peer.name),
          ]),
        );
        for (const peer of list(one.neighbors))
          comparePeer(
            instance?.bgp?.neighbors[parseIpAddress(peer.ip_address) ?? ""],
            peer,
            `${at} ${peer.ip_address}`,
          );
        if (instance?.evpn === undefined) continue;
        expect(instance.evpn.routeDistinguisher, at).toBe(one.rd);
        for (const direction of ["import", "export"] as const) {
          const targets = list(one.route_targets?.[direction])
            .filter((row) => row.address_family === "evpn")
            .flatMap((row) => list(row.route_targets));
          expect(instance.evpn[direction === "import" ? "importRouteTargets" : "exportRouteTargets"] ?? [], at).toEqual(
            targets,
          );
        }
      }
    });
  });

  test("prefix lists and route maps", () => {
    each((config, said, path) => {
      const { prefixSets, policies } = config.routingPolicy;
      for (const one of list(said.prefix_lists)) {
        const entries = list(one.sequence_numbers).map((row) => `${row.sequence} ${row.action}`);
        expect(
          prefixSets[one.name]?.entries.map(
            ({ sequence, action, prefix, minLength, maxLength }) =>
              `${sequence} ${action} ${prefix}${lengths(prefix, minLength, maxLength)}`,
          ),
          `${path} ${one.name}`,
        ).toEqual(entries);
      }
      expect(set(Object.keys(policies)), path).toEqual(set(list(said.route_maps).map((one) => one.name)));
      for (const one of list(said.route_maps)) {
        const statements = policies[one.name]?.statements ?? [];
        expect(
          statements.map(({ name, actions }) => `${name} ${actions.result === "reject" ? "deny" : "permit"}`),
          `${path} ${one.name}`,
        ).toEqual(
          list(one.sequence_numbers)
            .map((row) => `${row.sequence} ${row.type}`)
            .toSorted((a, b) => Number(a.split(" ")[0]) - Number(b.split(" ")[0])),
        );
        for (const row of list(one.sequence_numbers)) {
          const statement = statements.find(({ name }) => name === String(row.sequence));
          for (const match of list(row.match)) {
            const prefixSet = /^ip address prefix-list (\S+)$/.exec(match)?.[1];
            if (prefixSet !== undefined) expect(statement?.conditions.prefixSet, path).toBe(prefixSet);
          }
        }
      }
    });
  });

  /** As EOS spells accepted lengths. */
  const lengths = (prefix: string, min: number, max: number): string => {
    const own = Number(prefix.split("/")[1]);
    if (min === max) return min === own ? "" : ` eq ${min}`;
    return `${min === own ? "" : ` ge ${min}`}${max === 32 && min !== own ? "" : ` le ${max}`}`;
  };

  test("MLAG", () => {
    each((config, said, path) => {
      const told = said.mlag_configuration;
      expect(config.mlag?.domainId, path).toBe(told?.domain_id);
      expect(config.mlag?.peerLink, path).toBe(told?.peer_link);
      expect(config.mlag?.localInterface, path).toBe(told?.local_interface);
      expect(config.mlag?.peerAddress, path).toBe(told?.peer_address);
    });
  });

  test("no password of theirs is anywhere in what we read", () => {
    for (const path of fabrics) {
      const secrets = [...read(path).matchAll(/(?:password 7|sha512) (\S+)/g)].map((match) => match[1] ?? "");
      const device = parsed(path);
      const all = JSON.stringify([device.config, device.findings, device.accounts]);
      for (const secret of secrets) expect(all.includes(secret), path).toBe(false);
    }
  });
});

describe.skipIf(!existsSync(corpus))("netlab says what its instructions mean", () => {
  const files = globSync("multi/netlab-fabrics/**/*.eos.cfg", { cwd: corpus }).toSorted();
  const factsOf = (path: string): Foreign =>
    JSON.parse(read(`${path.slice(0, path.lastIndexOf("/configs/"))}/facts.json`)).nodes[basename(path, ".eos.cfg")];

  test.each(files)("every line of %s is used, or ignored with a reason", (path) => {
    expect(unknownLines(parsed(path))).toEqual([]);
  });

  test.each(files)("%s: addresses, VRFs, VLANs, VNIs, targets, sessions", (path) => {
    const facts = factsOf(path);
    const { config } = parsed(path);
    const loopback = typeof facts.loopback === "string" ? facts.loopback : facts.loopback?.ipv4;
    if (loopback !== undefined) expect(config.interfaces["Loopback0"]?.ipv4?.addresses).toEqual([loopback]);
    for (const one of list(facts.interfaces)) {
      const port = config.interfaces[one.ifname];
      expect(port?.networkInstance, one.ifname).toBe(one.vrf ?? "default");
      if (typeof one.ipv4 === "string") expect(port?.ipv4?.addresses, one.ifname).toEqual([one.ipv4]);
      if (one.ipv4 === true) expect(port?.ipv4?.unnumberedFrom, one.ifname).toBe("Loopback0");
      if (one.mtu !== undefined) expect(port?.mtuBytes, one.ifname).toBe(one.mtu);
      if (one.vlan?.access_id !== undefined)
        expect(port?.switchport, one.ifname).toEqual({ mode: "access", vlan: one.vlan.access_id });
      if (one.gateway?.ipv4 !== undefined) expect(port?.ipv4?.anycastAddresses, one.ifname).toEqual([one.gateway.ipv4]);
    }
    if (facts.gateway?.anycast?.mac !== undefined && config.anycastGatewayMac !== undefined)
      expect(config.anycastGatewayMac).toBe(parseMac(facts.gateway.anycast.mac));
    for (const vlan of Object.values<Foreign>(facts.vlans ?? {})) {
      if (vlan.id === undefined || config.bridgeDomains[vlan.id] === undefined) continue;
      expect(config.bridgeDomains[vlan.id]?.vni, `VLAN ${vlan.id}`).toBe(vlan.vni);
      if (vlan.evpn !== undefined) {
        expect(config.macVrfs[vlan.id]?.evpn.routeDistinguisher).toBe(vlan.evpn.rd);
        expect(config.macVrfs[vlan.id]?.evpn.importRouteTargets).toEqual(vlan.evpn.import);
      }
    }
    for (const [name, vrf] of Object.entries<Foreign>(facts.vrfs ?? {})) {
      expect(config.networkInstances[name]?.ipForwarding, name).toBe(true);
      if (vrf.evpn?.transit_vni === undefined) continue;
      expect(config.networkInstances[name]?.evpn).toMatchObject({
        vni: vrf.evpn.transit_vni,
        routeDistinguisher: vrf.rd,
        importRouteTargets: vrf.import,
        exportRouteTargets: vrf.export,
      });
    }
    const bgp = config.networkInstances["default"]?.bgp;
    expect(bgp?.as).toBe(facts.bgp?.as);
    expect(bgp?.routerId).toBe(facts.bgp?.router_id);
    const wanted = list(facts.bgp?.neighbors).map((one) =>
      typeof one.ipv4 === "string" ? one.ipv4 : (one.local_if ?? `Ethernet${one.ifindex}`),
    );
    expect(set(Object.keys(bgp?.neighbors ?? {}))).toEqual(set(wanted));
  });
});

describe.skipIf(!existsSync(corpus))("real configurations of any kind", () => {
  const files = [
    "eos/labval-*/configs/*/*",
    "eos/avd-feature-configs/*.cfg",
    "multi/netlab-integration/**/*.eos.cfg",
  ].flatMap((pattern) => globSync(pattern, { cwd: corpus }));

  test("are read without a throw, and each line is accounted for once", () => {
    expect(files.length).toBeGreaterThan(100);
    for (const path of files) {
      const { accounts } = parsed(path);
      const lines = accounts.flatMap((account) => account.lines.map(({ line }) => line));
      expect(new Set(lines).size, path).toBe(lines.length);
      // Free text of a banner may hold lines that look like comments elsewhere: it is accounted for as well.
      const expected = read(path)
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.trim().startsWith("!")).length;
      expect(lines.length, path).toBeGreaterThanOrEqual(expected);
    }
  });

  test("captures of running switches are understood to the last line", () => {
    for (const path of globSync("eos/labval-*/configs/*/*", { cwd: corpus }))
      expect(unknownLines(parsed(path)), path).toEqual([]);
  });
});
