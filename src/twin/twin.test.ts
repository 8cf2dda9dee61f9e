import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Acl, AclEntry } from "#model/acl.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import { ownerKey } from "#model/tenant.ts";
import { prefix } from "#net/ip.ts";
import { groundOf } from "./core/ground.ts";
import type { Packet } from "./core/headers.ts";
import { relations } from "./core/pairs.ts";
import { surelySurvives } from "./core/survive.ts";
import { tracePacket } from "./core/trace.ts";
import { allElements, sweepFailures, without } from "./failures.ts";
import { pathsBetween } from "./paths.ts";
import { brokenRequirements, proveIsolation, traceFlow } from "./reachability.ts";
import { routesOf } from "./routes.ts";
import { active, clos, link, loopback, port, routed, router, snapshotOf } from "./testing.ts";
import { buildTwin, type Twin } from "./twin.ts";

const edit = (
  snapshot: ParsedSnapshot,
  device: string,
  change: (config: DeviceConfig) => DeviceConfig,
): ParsedSnapshot => {
  const parsed = snapshot.devices[device];
  if (parsed === undefined) return snapshot;
  return { ...snapshot, devices: { ...snapshot.devices, [device]: { ...parsed, config: change(parsed.config) } } };
};

const leakRouteTarget = (snapshot: ParsedSnapshot, device: string): ParsedSnapshot =>
  edit(snapshot, device, (config) => ({
    ...config,
    networkInstances: {
      ...config.networkInstances,
      "tenant-1": {
        ...config.networkInstances["tenant-1"]!,
        evpn: { ...config.networkInstances["tenant-1"]!.evpn!, importRouteTargets: ["*:50001", "*:50002"] },
      },
    },
  }));

const small = { leaves: 3, spines: 2, tenants: 2, hostsPerLeaf: 2, bridgedPerLeaf: 2 };

describe("a clean fabric", () => {
  const twin = buildTwin(clos(small));

  test("keeps tenants apart and whole", () => {
    expect(proveIsolation(twin)).toMatchObject({ holds: true, forbiddenReachable: 0, counterexamples: [] });
  });

  test("spreads flows over all spines", () => {
    const paths = pathsBetween(twin, "leaf-1-h1/rail1", "leaf-2-h1/rail1");
    expect(paths.map((path) => path.devices)).toEqual([
      ["leaf-1", "spine-1", "leaf-2"],
      ["leaf-1", "spine-2", "leaf-2"],
    ]);
    expect(paths.map((path) => path.share)).toEqual([0.5, 0.5]);
    expect(paths[0]?.links).toHaveLength(4);
  });

  test("survives any spine and any fabric link; a leaf or a host's own link cuts off hosts", () => {
    const sweep = sweepFailures(twin);
    expect(sweep.swept).toBe(3 * 2 + 3 * 4 + 5);
    expect(sweep.harmful.map((each) => each.element).filter((each) => each.includes("spine"))).toEqual([]);
    expect(sweep.harmful).toHaveLength(3 + 12);
    expect(sweep.harmful.find((each) => each.element === "leaf-1")?.effect).toContain("cuts off 4 endpoints");
  });
});

test("a route target that leaks one way is refused with a packet, its way, and the import that took it", () => {
  const leaky = edit(leakRouteTarget(clos({ ...small, bridgedPerLeaf: 0 }), "leaf-1"), "leaf-2", (config) => ({
    ...config,
    networkInstances: {
      ...config.networkInstances,
      "tenant-2": {
        ...config.networkInstances["tenant-2"]!,
        evpn: { ...config.networkInstances["tenant-2"]!.evpn!, importRouteTargets: ["*:50002", "*:50001"] },
      },
    },
  }));
  const proof = proveIsolation(buildTwin(leaky));
  expect(proof.holds).toBe(false);
  // tenant-1 on leaf-1 reaches tenant-2 on the other leaves, tenant-2 on leaf-2 reaches tenant-1 on the others.
  expect(proof.forbiddenReachable).toBe(4);
  const [first] = proof.counterexamples;
  expect(first).toMatchObject({ kind: "leak", from: "leaf-1-h1/rail1", to: "leaf-2-h2/rail1" });
  expect(first?.cause?.device).toBe("leaf-1");
  expect(first?.cause?.explanation).toContain("imported by route target *:50002");
  expect(first?.hops.map((hop) => hop.action)).toEqual([
    "encapsulate",
    "forward",
    "forward",
    "decapsulate",
    "forward",
    "deliver",
  ]);
});

test("why a session is down names both sides", () => {
  const wrong = edit(clos(small), "spine-1", (config) => ({
    ...config,
    networkInstances: {
      default: {
        ...config.networkInstances["default"]!,
        bgp: {
          ...config.networkInstances["default"]!.bgp!,
          neighbors: {
            ...config.networkInstances["default"]!.bgp!.neighbors,
            down1: { interface: "down1", peerAs: 65199 as never, afiSafis: active("ipv4-unicast") },
          },
        },
      },
    },
  }));
  const twin = buildTwin(wrong);
  const session = twin.sessions.find((each) => each.device === "leaf-1" && each.neighbor === "up1");
  expect(session).toMatchObject({ state: "down", peerDevice: "spine-1" });
  expect(session?.reason).toContain("expects AS 65199");
  expect(twin.sessions.filter((each) => each.state === "down")).toHaveLength(2);
});

test("eBGP over loopbacks comes up once the underlay carries them, and not without multihop", () => {
  const peer = (address: string, as: number, multihop: number | undefined) => ({
    peerAs: as as never,
    updateSource: "lo",
    ...(multihop === undefined ? {} : { ebgpMultihop: multihop }),
    afiSafis: active("l2vpn-evpn"),
  });
  const build = (multihop: number | undefined): Twin =>
    buildTwin(
      snapshotOf({
        devices: [
          router("a", 1, "10.0.0.1", {
            interfaces: { e1: routed("10.9.0.0/31") },
            neighbors: {
              "10.9.0.1": { peerAs: 2 as never, afiSafis: active("ipv4-unicast") },
              "10.0.0.2": peer("10.0.0.2", 2, multihop),
            },
          }),
          router("b", 2, "10.0.0.2", {
            interfaces: { e1: routed("10.9.0.1/31") },
            neighbors: {
              "10.9.0.0": { peerAs: 1 as never, afiSafis: active("ipv4-unicast") },
              "10.0.0.1": peer("10.0.0.1", 1, multihop),
            },
          }),
        ],
        links: [link("a:e1", "b:e1")],
      }),
    );
  expect(build(2).sessions.map((each) => each.state)).toEqual(Array(4).fill("established"));
  const down = build(undefined).sessions.filter((each) => each.state === "down");
  expect(down).toHaveLength(2);
  expect(down[0]?.reason).toContain("multihop");
});

test("policies that chase each other are found, with the ring", () => {
  // Griffin's BAD GADGET: each of three prefers the way over the next one to its own.
  const ring = ["a", "b", "c"];
  const devices = ring.map((name, index) => {
    const next = ring[(index + 1) % 3]!;
    const last = ring[(index + 2) % 3]!;
    const base = router(name, 101 + index, `10.0.0.${index + 1}`, {
      interfaces: { up: port(), [next]: port(), [last]: port() },
      neighbors: {
        up: { interface: "up", peerAs: "external", afiSafis: active("ipv4-unicast") },
        [next]: {
          interface: next,
          peerAs: "external",
          afiSafis: { "ipv4-unicast": { enabled: true, importPolicy: "PREFER" } },
        },
        [last]: { interface: last, peerAs: "external", afiSafis: active("ipv4-unicast") },
      },
    });
    const short = { entries: [{ action: "permit" as const, regex: `^${101 + ((index + 1) % 3)} 100$` }] };
    return {
      ...base,
      routingPolicy: {
        ...base.routingPolicy,
        asPathSets: { SHORT: short },
        policies: {
          PREFER: {
            defaultResult: "reject" as const,
            statements: [
              {
                name: "10",
                conditions: { asPathSet: "SHORT" },
                actions: { result: "accept" as const, setLocalPref: 200 },
              },
            ],
          },
        },
      },
    };
  });
  const origin = router("o", 100, "10.0.0.100", {
    interfaces: { a: port(), b: port(), c: port() },
    neighbors: Object.fromEntries(
      ring.map((name) => [name, { interface: name, peerAs: "external" as const, afiSafis: active("ipv4-unicast") }]),
    ),
  });
  const links = [
    ...ring.map((name) => link(`${name}:up`, `o:${name}`)),
    link("a:b", "b:a"),
    link("b:c", "c:b"),
    link("c:a", "a:c"),
  ];
  const twin = buildTwin(snapshotOf({ devices: [origin, ...devices], links }));
  const finding = twin.findings.find((each) => each.code === "twin.bgp-oscillates");
  expect(finding?.message).toMatch(/[abc] default -> [abc] default/);
});

test("OSPF: equal paths share, the cheaper one wins, a summary crosses the backbone", () => {
  const ospf = (interfaces: Record<string, [string, number?]>) => ({
    referenceBandwidthBps: 100e9,
    maximumPaths: 8,
    redistribute: [],
    interfaces: Object.fromEntries(
      Object.entries(interfaces).map(([name, [area, cost]]) => [
        name,
        {
          area: area as never,
          networkType: "point-to-point" as const,
          passive: false,
          ...(cost === undefined ? {} : { cost }),
        },
      ]),
    ),
  });
  const node = (
    name: string,
    address: string,
    faces: Record<string, string>,
    areas: Record<string, [string, number?]>,
  ) => {
    const base = router(name, 1, address, {
      interfaces: Object.fromEntries(Object.entries(faces).map(([key, text]) => [key, routed(text)])),
    });
    const { bgp: _none, ...instance } = base.networkInstances["default"]!;
    return {
      ...base,
      networkInstances: { default: { ...instance, ospf: ospf({ lo: [areas["lo"]?.[0] ?? "0.0.0.0"], ...areas }) } },
    };
  };
  const twin = buildTwin(
    snapshotOf({
      devices: [
        node("a", "10.0.0.1", { x: "10.1.0.0/31", y: "10.1.0.2/31" }, { x: ["0.0.0.0", 10], y: ["0.0.0.0", 10] }),
        node("x", "10.0.0.2", { a: "10.1.0.1/31", b: "10.1.0.4/31" }, { a: ["0.0.0.0", 10], b: ["0.0.0.0", 10] }),
        node("y", "10.0.0.3", { a: "10.1.0.3/31", b: "10.1.0.6/31" }, { a: ["0.0.0.0", 10], b: ["0.0.0.0", 10] }),
        node(
          "b",
          "10.0.0.4",
          { x: "10.1.0.5/31", y: "10.1.0.7/31", c: "10.1.0.8/31" },
          { x: ["0.0.0.0", 10], y: ["0.0.0.0", 10], c: ["0.0.0.1", 5] },
        ),
        node("c", "10.0.0.5", { b: "10.1.0.9/31" }, { lo: ["0.0.0.1"], b: ["0.0.0.1", 5] }),
      ],
      links: [link("a:x", "x:a"), link("a:y", "y:a"), link("x:b", "b:x"), link("y:b", "b:y"), link("b:c", "c:b")],
    }),
  );
  const route = (device: string, wanted: string) => routesOf(twin, { device }).find((each) => each.prefix === wanted);
  expect(route("a", "10.0.0.4/32")).toMatchObject({ metric: 20, protocol: "ospf" });
  expect(route("a", "10.0.0.4/32")?.nextHops).toHaveLength(2);
  expect(route("a", "10.0.0.5/32")).toMatchObject({ metric: 25 });
  expect(route("a", "10.0.0.5/32")?.reason).toContain("inter-area by b");
  expect(route("c", "10.0.0.1/32")).toMatchObject({ metric: 25 });
});

const anyEntry: fc.Arbitrary<AclEntry> = fc.record(
  {
    sequence: fc.constant(0),
    action: fc.constantFrom("permit" as const, "deny" as const),
    protocol: fc.constantFrom(1, 6, 17),
    source: fc.constantFrom(prefix("11.1.0.0/16"), prefix("11.2.0.0/16"), prefix("11.1.1.0/24"), prefix("0.0.0.0/0")),
    destination: fc.constantFrom(prefix("11.1.0.0/16"), prefix("11.2.2.0/24"), prefix("100.0.2.0/24")),
    destinationPorts: fc.constantFrom([{ from: 22, to: 22 }], [{ from: 0, to: 1023 }]),
  },
  { requiredKeys: ["sequence", "action"] },
);

const anyAcl: fc.Arbitrary<Acl> = fc.record({
  family: fc.constant("ipv4" as const),
  defaultAction: fc.constantFrom("permit" as const, "deny" as const),
  entries: fc.array(anyEntry, { maxLength: 4 }),
});

type Mutation =
  | { readonly kind: "leak" | "shutdown" | "cut"; readonly at: number }
  | {
      readonly kind: "acl";
      readonly at: number;
      readonly tenant: number;
      readonly side: "aclIn" | "aclOut";
      readonly acl: Acl;
    }
  | { readonly kind: "one-vrf"; readonly at: number };

const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constantFrom("leak" as const, "shutdown" as const, "cut" as const), at: fc.nat(20) }),
  fc.record({
    kind: fc.constant("acl" as const),
    at: fc.nat(2),
    tenant: fc.integer({ min: 1, max: 2 }),
    side: fc.constantFrom("aclIn" as const, "aclOut" as const),
    acl: anyAcl,
  }),
  fc.record({ kind: fc.constant("one-vrf" as const), at: fc.nat(2) }),
);

/** Breaks a fabric in one of the ways that operators do. */
function mutate(snapshot: ParsedSnapshot, mutation: Mutation): ParsedSnapshot {
  const leaf = `leaf-${(mutation.at % 3) + 1}`;
  switch (mutation.kind) {
    case "leak":
      return leakRouteTarget(snapshot, leaf);
    case "cut": {
      const links = snapshot.fabric.links.map((each, index) =>
        index === mutation.at % snapshot.fabric.links.length ? { ...each, down: true } : each,
      );
      return { ...snapshot, fabric: { ...snapshot.fabric, links } };
    }
    case "shutdown":
      return edit(snapshot, leaf, (config) => {
        const names = Object.keys(config.interfaces).filter((name) => name !== "lo");
        const name = names[mutation.at % names.length]!;
        return {
          ...config,
          interfaces: { ...config.interfaces, [name]: { ...config.interfaces[name]!, enabled: false } },
        };
      });
    case "acl":
      return edit(snapshot, leaf, (config) => ({
        ...config,
        acls: { ...config.acls, LIST: mutation.acl },
        interfaces: {
          ...config.interfaces,
          [`vlan10${mutation.tenant}`]: { ...config.interfaces[`vlan10${mutation.tenant}`]!, [mutation.side]: "LIST" },
        },
      }));
    case "one-vrf":
      // Both gateways in one VRF: what only a filter could keep apart.
      return edit(snapshot, leaf, (config) => ({
        ...config,
        interfaces: {
          ...config.interfaces,
          vlan102: { ...config.interfaces["vlan102"]!, networkInstance: "tenant-1" },
        },
      }));
  }
}

/** Enough packets to hit every region that the entries above cut out. */
const samplePackets: readonly Omit<Packet, "source">[] = [1, 6, 17, 89].flatMap((protocol) =>
  // Entries may name ports without a protocol: each region needs its packet.
  [undefined, 22, 80, 4791].map((destinationPort) => ({
    protocol,
    ...(destinationPort === undefined ? {} : { destinationPort }),
  })),
);

test("the proof by classes equals following every packet of every pair", () => {
  fc.assert(
    fc.property(fc.array(anyMutation, { maxLength: 4 }), (mutations) => {
      const twin = buildTwin(mutations.reduce(mutate, clos(small)));
      const proof = proveIsolation(twin, { maxCounterexamples: 0 });
      const ground = groundOf(twin);
      const relation = relations(ground);
      const counted = { forbiddenPairs: 0, forbiddenReachable: 0, requiredPairs: 0, requiredReachable: 0 };
      for (const [from, a] of ground.endpoints.entries())
        for (const [to, b] of ground.endpoints.entries()) {
          if (from === to) continue;
          const wanted = relation(from, to);
          if (wanted === "forbidden") {
            counted.forbiddenPairs++;
            expect(ownerKey(a.owner)).not.toBe(ownerKey(b.owner));
            const source = ground.addresses[from]!;
            const some = samplePackets.some((packet) =>
              tracePacket(ground, from, to, { source, ...packet }, { firstHop: "possible" }).some(
                (path) => path.delivered,
              ),
            );
            if (some) counted.forbiddenReachable++;
          } else if (wanted === "required") {
            counted.requiredPairs++;
            if (traceFlow(twin, a.id, b.id).reached) counted.requiredReachable++;
          }
        }
      expect(proof).toMatchObject(counted);
    }),
    { numRuns: 40 },
  );
});

const summary = (twin: Twin) => ({
  sessions: twin.sessions.toSorted((a, b) => (`${a.device}${a.neighbor}` < `${b.device}${b.neighbor}` ? -1 : 1)),
  routes: routesOf(twin),
  proof: proveIsolation(twin),
});

test("a list that changes in nothing but its entries is examined anew, where it is bound and where it is passed", () => {
  const bind = fc.record({
    at: fc.nat(2),
    tenant: fc.integer({ min: 1, max: 2 }),
    side: fc.constantFrom("aclIn" as const, "aclOut" as const),
  });
  fc.assert(
    fc.property(bind, fc.array(anyAcl, { minLength: 2, maxLength: 4 }), (place, lists) => {
      const base = clos(small);
      let twin: Twin | undefined;
      for (const acl of lists) {
        const snapshot = mutate(base, { kind: "acl", ...place, acl });
        twin = buildTwin(snapshot, twin);
        expect(proveIsolation(twin)).toEqual(proveIsolation(buildTwin(snapshot)));
      }
    }),
    { numRuns: 40 },
  );
});

test("a failure that is said to break nothing breaks nothing when the network is computed anew", () => {
  const shapes = fc.record({
    leaves: fc.integer({ min: 2, max: 4 }),
    spines: fc.integer({ min: 1, max: 3 }),
    tenants: fc.constant(2),
    hostsPerLeaf: fc.constant(2),
    bridgedPerLeaf: fc.constantFrom(2, undefined),
    nos: fc.constantFrom("nvue" as const, "eos" as const),
  });
  let harmless = 0;
  fc.assert(
    fc.property(shapes, fc.array(anyMutation, { maxLength: 3 }), (shape, mutations) => {
      const base = clos({ ...shape, bridgedPerLeaf: shape.bridgedPerLeaf ?? 2 });
      const twin = buildTwin(mutations.reduce(mutate, base));
      const key = ({ from, to }: { from: number; to: number }): string => `${from} ${to}`;
      const before = new Set(brokenRequirements(twin).map(key));
      for (const element of allElements(twin)) {
        if (!surelySurvives(twin, element)) continue;
        harmless++;
        const failed = without(twin, element);
        expect(failed && brokenRequirements(failed).filter((pair) => !before.has(key(pair)))).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
  expect(harmless).toBeGreaterThan(100);
});

test("every spine and every fabric link of a clean fabric is seen to be spare, and one spine is not", () => {
  const spare = (spines: number): string[] => {
    const twin = buildTwin(clos({ ...small, spines }));
    return allElements(twin).filter((element) => element.includes("spine") && surelySurvives(twin, element));
  };
  expect(spare(2)).toHaveLength(3 * 2 + 2);
  expect(spare(1)).toEqual([]);
});

test("along a chain of edits, and back, each proof equals one made from nothing", () => {
  fc.assert(
    fc.property(fc.array(anyMutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      const states = [clos(small)];
      for (const mutation of mutations) states.push(mutate(states.at(-1)!, mutation));
      let twin: Twin | undefined;
      for (const snapshot of [...states, ...states.toReversed()]) {
        twin = buildTwin(snapshot, twin);
        expect(summary(twin)).toEqual(summary(buildTwin(snapshot)));
      }
    }),
    { numRuns: 25 },
  );
});

test("a twin built from a previous one equals one built from nothing", () => {
  fc.assert(
    fc.property(fc.array(anyMutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const base = clos(small);
      const changed = mutations.reduce(mutate, base);
      expect(summary(buildTwin(changed, buildTwin(base)))).toEqual(summary(buildTwin(changed)));
    }),
    { numRuns: 25 },
  );
});

test("the order in which devices and links are given never matters", () => {
  fc.assert(
    fc.property(fc.array(anyMutation, { maxLength: 2 }), (mutations) => {
      const snapshot = mutations.reduce(mutate, clos(small));
      const turned: ParsedSnapshot = {
        ...snapshot,
        devices: Object.fromEntries(Object.entries(snapshot.devices).toReversed()),
        fabric: { ...snapshot.fabric, links: snapshot.fabric.links.toReversed() },
      };
      expect(summary(buildTwin(turned))).toEqual(summary(buildTwin(snapshot)));
    }),
    { numRuns: 15 },
  );
});

test("a failed switch is gone with its links", () => {
  const twin = buildTwin(clos(small));
  const failed = without(twin, "spine-1");
  expect(failed?.devices.has("spine-1")).toBe(false);
  expect(proveIsolation(failed!).holds).toBe(true);
  expect(without(twin, "no-such-thing")).toBeUndefined();
});

test("an address that only a loopback has is not an endpoint", () => {
  const twin = buildTwin(
    snapshotOf({ devices: [router("a", 1, "10.0.0.1", { interfaces: { lo2: loopback("10.0.0.9") } })], links: [] }),
  );
  expect(proveIsolation(twin)).toMatchObject({ holds: true, forbiddenPairs: 0, requiredPairs: 0 });
  expect(traceFlow(twin, "x", "y")).toEqual({ reached: false, paths: [] });
});
