import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "#model/endpoint.ts";
import type { Link } from "#model/fabric.ts";
import type { ParsedDevice, ParsedSnapshot } from "#model/snapshot.ts";
import type { Driver } from "#drivers/driver.ts";
import { driverFor } from "#drivers/index.ts";
import { interfaceAddress, ip } from "#net/ip.ts";
import { inferEndpoints, inferFabric, inferLinks } from "./links.ts";
import { proveIsolation, traceFlow } from "./reachability.ts";
import { routesOf } from "./routes.ts";
import { emptyFabric, link } from "./testing.ts";
import { buildTwin, type Twin } from "./twin.ts";

// Across rooms only for tests: the drivers' own faces read the corpus, the twin computes it.
const shared = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
const drivers = { eos: driverFor("eos"), cumulus_nvue: driverFor("nvue") } as const;

function parseFolder(folder: string, driver: Driver): Record<string, ParsedDevice> {
  return Object.fromEntries(
    readdirSync(folder).map((file) => [
      file.split(".")[0] ?? file,
      driver.parse([{ path: file, text: readFileSync(join(folder, file), "utf8") }]),
    ]),
  );
}

interface Facts {
  readonly nodes: Readonly<
    Record<
      string,
      {
        readonly device: string;
        readonly interfaces: readonly {
          readonly ifname: string;
          readonly ipv4?: string;
          readonly vrf?: string;
          readonly type?: string;
          readonly gateway?: { readonly ipv4?: string };
          readonly neighbors?: readonly { readonly node: string; readonly ifname: string; readonly vrf?: string }[];
        }[];
      }
    >
  >;
  readonly links: readonly (readonly [readonly [string, string], readonly [string, string]])[];
}

/** netlab's own account of a lab: cables between physical ports, and hosts with addresses and gateways. */
function readNetlab(folder: string, nos: keyof typeof drivers): ParsedSnapshot {
  // The corpus file is netlab's; its shape is checked by what the tests find in it.
  const facts = JSON.parse(readFileSync(join(folder, "facts.json"), "utf8")) as Facts;
  const svi = (node: string, port: string): boolean => /^vlan/i.test(port) && facts.nodes[node]?.device !== "linux";
  const isHost = (node: string): boolean => facts.nodes[node]?.device === "linux";
  const links: Link[] = facts.links
    .filter(([a, b]) => !svi(...a) && !svi(...b) && !(isHost(a[0]) && isHost(b[0])))
    .map(([a, b]) => link(a.join(":"), b.join(":")));
  const endpoints = Object.entries(facts.nodes).flatMap(([name, node]): Endpoint[] => {
    const [face] = node.interfaces;
    const cable = links.find(({ a, b }) => a.node === name || b.node === name);
    if (!isHost(name) || face?.ipv4 === undefined || cable === undefined) return [];
    const port = cable.a.node === name ? cable.b : cable.a;
    const gateway = face.gateway?.ipv4?.split("/")[0];
    const vrf = face.neighbors?.find((each) => each.vrf !== undefined)?.vrf ?? "none";
    return [
      {
        id: name,
        host: name,
        nic: face.ifname,
        owner: { kind: "tenant", tenant: vrf },
        device: port.node,
        interface: port.port,
        address: interfaceAddress(face.ipv4),
        ...(gateway === undefined ? {} : { gateway: ip(gateway) }),
      },
    ];
  });
  return {
    fabric: { ...emptyFabric, links },
    devices: parseFolder(join(folder, "configs"), drivers[nos]),
    endpoints,
    policy: { allow: [] },
  };
}

/** The `validate:` part of a topology: who pings whom, and which pings must fail. */
function readValidations(folder: string): { from: string[]; to: string; fails: boolean }[] {
  const text = readFileSync(join(folder, "topology.yml"), "utf8");
  const rules = [...text.matchAll(/nodes: \[([^\]]*)\]\s*\n\s*plugin: ping\('(\w+)'(,expect='fail')?\)/g)];
  return rules.map(([, nodes = "", to = "", fails]) => ({
    from: nodes.split(",").map((each) => each.trim()),
    to,
    fails: fails !== undefined,
  }));
}

const downSessions = (twin: Twin): string[] =>
  twin.sessions
    .filter((each) => each.state === "down")
    .map((each) => `${each.device} ${each.networkInstance} ${each.neighbor}: ${each.reason}`);

const labs = ["ebgp-2x4-evpn-symirb", "unnum-2x4-evpn-symirb", "ospf-ibgp-2x4-evpn-rr"].flatMap((lab) =>
  (["eos", "cumulus_nvue"] as const).map((nos) => ({ lab, nos })),
);

describe.skipIf(!existsSync(shared)).each(labs)("netlab $lab on $nos", ({ lab, nos }) => {
  const folder = join(shared, "multi/netlab-fabrics", lab, nos);
  let twin: Twin;
  beforeAll(() => {
    twin = buildTwin(readNetlab(folder, nos));
  });

  test("every session is established", () => {
    expect(twin.sessions.length).toBeGreaterThan(0);
    expect(downSessions(twin)).toEqual([]);
  });

  test("netlab's own pings hold", () => {
    const rules = readValidations(folder);
    expect(rules.length).toBeGreaterThan(1);
    for (const { from, to, fails } of rules)
      for (const host of from) {
        const flow = traceFlow(twin, host, to);
        expect({
          host,
          to,
          reached: flow.reached,
          why: fails ? "" : (flow.counterexample?.cause?.explanation ?? ""),
        }).toEqual({
          host,
          to,
          reached: !fails,
          why: "",
        });
      }
  });

  test("tenants are apart, and whole", () => {
    const proof = proveIsolation(twin);
    expect(proof.counterexamples).toEqual([]);
    expect(proof.holds).toBe(true);
    expect(proof.requiredPairs).toBeGreaterThan(5);
  });
});

describe.skipIf(!existsSync(shared))("AVD single data centre, L3 leaf-spine", () => {
  const folder = join(shared, "eos/avd-single-dc-l3ls");
  const devices = existsSync(shared) ? parseFolder(join(folder, "configs"), drivers.eos) : {};
  const rows = existsSync(shared)
    ? readFileSync(join(folder, "fabric/FABRIC-topology.csv"), "utf8").trim().split("\n").slice(1)
    : [];
  const links = new Map(
    rows.map((row) => {
      const [, node = "", port = "", , peer = "", peerPort = ""] = row.split(",");
      const ends = [`${node}:${port}`, `${peer}:${peerPort}`].sort();
      return [ends.join("--"), link(ends[0] ?? "", ends[1] ?? "")];
    }),
  );
  const host = (id: string, device: string, port: string, vlan: number, tenant: string, tagged: boolean): Endpoint => ({
    id,
    host: id,
    nic: "bond1",
    owner: { kind: "tenant", tenant },
    device,
    interface: port,
    ...(tagged ? { vlan: vlan as never } : {}),
    address: interfaceAddress(`10.10.${vlan}.${id.endsWith("1") ? 11 : 12}/24`),
    gateway: ip(`10.10.${vlan}.1`),
  });
  const endpoints = [11, 12, 21, 22].flatMap((vlan) => {
    const tenant = vlan < 20 ? "VRF10" : "VRF11";
    return [
      host(`v${vlan}-1`, "dc1-leaf1a", "Port-Channel5", vlan, tenant, true),
      host(`v${vlan}-2`, "dc1-leaf2a", "Port-Channel5", vlan, tenant, true),
    ];
  });
  const snapshot: ParsedSnapshot = {
    fabric: { ...emptyFabric, links: [...links.values()] },
    devices,
    endpoints,
    policy: { allow: [] },
  };
  const twin = buildTwin(snapshot);

  test("every session is established: underlay, overlay, and iBGP of the MLAG pairs in each VRF", () => {
    expect(downSessions(twin)).toEqual([]);
    expect(twin.sessions.length).toBe(44);
  });

  test("VRF routes stand on all leaves, by the pair's shared tunnel end point", () => {
    for (const device of ["dc1-leaf1a", "dc1-leaf1b", "dc1-leaf2a", "dc1-leaf2b"]) {
      const prefixes = routesOf(twin, { device, networkInstance: "VRF10" }).map((route) => route.prefix as string);
      expect(prefixes).toEqual(
        expect.arrayContaining(["10.10.11.0/24", "10.10.12.0/24", "10.255.10.3/32", "10.255.10.6/32"]),
      );
    }
    const far = routesOf(twin, { device: "dc1-leaf1a", networkInstance: "VRF10" }).find(
      (each) => each.prefix === "10.255.10.5/32",
    );
    expect(far?.nextHops).toEqual([{ vtep: "10.255.1.5", vni: 10 }]);
  });

  test("VRF10 and VRF11 are apart, and whole", () => {
    const proof = proveIsolation(twin);
    expect(proof.counterexamples).toEqual([]);
    expect(proof).toMatchObject({ holds: true, forbiddenPairs: 32, requiredPairs: 24 });
  });

  test("the cables inferred from addresses and descriptions are those of the plan", () => {
    const inferred = inferLinks(devices);
    const planned = [...links.values()].filter((each) => devices[each.a.node] && devices[each.b.node]);
    const text = (each: Link): string =>
      [`${each.a.node}:${each.a.port}`, `${each.b.node}:${each.b.port}`].sort().join("--");
    expect(inferred.links.map(text).sort()).toEqual(planned.map(text).sort());
  });

  test("without a plan the folder alone is enough", () => {
    const fabric = inferFabric(devices);
    const alone = buildTwin({ fabric, devices, endpoints: inferEndpoints(devices), policy: { allow: [] } });
    expect(downSessions(alone)).toEqual([]);
    const proof = proveIsolation(alone);
    expect(proof.forbiddenPairs).toBeGreaterThan(20);
    expect(proof.forbiddenReachable).toBe(0);
  });
});
