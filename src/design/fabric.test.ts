import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fabric } from "#model/fabric.ts";
import { switchModels } from "./catalogue.ts";
import { parseDesign } from "./design.ts";
import { buildFabric } from "./fabric.ts";
import { checkWiring } from "./launch-kit.ts";
import { anyDesign, exampleDesign, exampleFile } from "./testing.ts";
import { cageOf } from "./topology/ports.ts";

const ends = (fabric: Fabric) => fabric.links.flatMap(({ a, b }) => [a, b]);
const runs = { numRuns: 40 };

describe("the 128-GPU example", () => {
  const { fabric, findings } = buildFabric(exampleDesign("ai-factory-128"));

  test("is what its page says, with no findings", () => {
    expect(findings).toEqual([]);
    const names = Object.keys(fabric.switches);
    expect(names).toHaveLength(26);
    for (const name of [
      "leaf-su1-r1-p1",
      "leaf-su2-r8-p1",
      "spine-4",
      "front-leaf-su1-1",
      "front-leaf-su2-1",
      "front-leaf-store-1",
      "front-spine-2",
      "oob-1",
    ])
      expect(names).toContain(name);
    expect(Object.keys(fabric.hosts)).toHaveLength(21);
    expect(fabric.links).toHaveLength(334);
    const gpus = Object.values(fabric.hosts).flatMap((host) => host.gpus);
    expect(gpus).toHaveLength(128);
    expect(fabric.hosts["su1-h1"]?.nics.map(({ name }) => name)).toEqual([
      ...Array.from({ length: 8 }, (_, rail) => `rail${rail + 1}p1`),
      "eth1",
      "eth0",
    ]);
  });

  test("mixes vendors, each with its own port names", () => {
    const port = (node: string) => fabric.links.find(({ a }) => a.node === node)?.a.port;
    expect(port("leaf-su1-r1-p1")).toBe("Ethernet0");
    expect(port("leaf-su2-r1-p1")).toBe("swp1s0");
    expect(port("front-leaf-su1-1")).toBe("Ethernet1/1");
    expect(fabric.switches["spine-1"]?.nos).toBe("eos");
  });

  test("joins every leaf to every spine by two links", () => {
    for (const leaf of Object.values(fabric.switches).filter(({ name }) => name.startsWith("leaf-")))
      for (let spine = 1; spine <= 4; spine++)
        expect(fabric.links.filter(({ a, b }) => a.node === leaf.name && b.node === `spine-${spine}`)).toHaveLength(2);
  });
});

test("1,024 GPUs are built in under 100 ms, without findings", () => {
  const design = exampleDesign("ai-factory-1024");
  const { fabric, findings } = buildFabric(design);
  // The best of several: the machine may be busy with others.
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    buildFabric(design);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(100);
  expect(findings).toEqual([]);
  expect(Object.values(fabric.hosts).flatMap(({ gpus }) => gpus)).toHaveLength(1024);
});

describe("every design that can be built", () => {
  const law = (name: string, check: (fabric: Fabric, want: ReturnType<typeof exampleDesign>) => void) =>
    test(name, () => {
      fc.assert(
        fc.property(anyDesign, (design) => {
          const { fabric, findings } = buildFabric(design);
          expect(findings).toEqual([]);
          check(fabric, design);
        }),
        runs,
      );
    });

  law("uses each port once, and only ports that the model has", (fabric) => {
    const used = ends(fabric).map(({ node, port }) => `${node} ${port}`);
    expect(new Set(used).size).toBe(used.length);
    for (const { node, port } of ends(fabric)) {
      const device = fabric.switches[node];
      if (device === undefined || port === "eth0" || port === "Management1") continue;
      const model = switchModels[device.model ?? ""];
      const cage = model && cageOf(device.nos, model, port);
      expect(
        model?.cages.some(({ first, count }) => cage !== undefined && cage >= first && cage < first + count),
        `${node} ${port}`,
      ).toBe(true);
    }
  });

  law("gives each address once, and both ends of a /31 to one link", (fabric) => {
    const addresses = ends(fabric).flatMap(({ address }) => address ?? []);
    expect(new Set(addresses).size).toBe(addresses.length);
    const loopbacks = Object.values(fabric.switches).flatMap(({ loopback }) => loopback ?? []);
    expect(new Set(loopbacks).size).toBe(loopbacks.length);
    const leafAsns = Object.values(fabric.switches).flatMap(({ role, asn }) => (role === "leaf" ? [asn] : []));
    expect(new Set(leafAsns).size).toBe(leafAsns.length);
    for (const { a, b } of fabric.links) {
      if (!a.address?.endsWith("/31")) continue;
      const last = (text: string | undefined): number => Number(/(\d+)\/31$/.exec(text ?? "")?.[1]);
      expect(Math.abs(last(a.address) - last(b.address))).toBe(1);
      expect(Math.floor(last(a.address) / 2)).toBe(Math.floor(last(b.address) / 2));
    }
  });

  law("cables every NIC, to a leaf of its own rail, plane and unit", (fabric) => {
    const plugged = new Set(ends(fabric).map(({ node, port }) => `${node} ${port}`));
    for (const host of Object.values(fabric.hosts))
      for (const nic of host.nics)
        expect(plugged.has(`${host.name} ${nic.name}`), `${host.name} ${nic.name}`).toBe(true);
    expect(checkWiring(fabric)).toEqual([]);
  });

  law("meets the oversubscription that was asked for, alike on every spine", (fabric, want) => {
    for (const leaf of Object.values(fabric.switches)) {
      if (leaf.fabric !== "computeFabric" || leaf.role !== "leaf") continue;
      const mine = fabric.links.filter(({ a }) => a.node === leaf.name);
      const up = mine.filter(({ b }) => b.node in fabric.switches && fabric.switches[b.node]?.role === "spine");
      const down = mine.filter(({ b }) => b.node in fabric.hosts);
      expect(down.length / up.length).toBeLessThanOrEqual(want.computeFabric.oversubscription);
      const widths = new Set(
        Map.groupBy(up, ({ b }) => b.node)
          .values()
          .map((links) => links.length),
      );
      expect(widths.size).toBe(1);
    }
  });

  law("is the same again", (fabric, want) => {
    expect(buildFabric(want).fabric).toEqual(fabric);
  });

  law("has cables that reach", (fabric) => {
    for (const { cable } of fabric.links) expect(cable?.lengthMetres).toBeGreaterThan(0);
  });
});

describe("what can't be built is a finding with its figures", () => {
  const example = exampleFile("ai-factory-128").text;
  const found = (from: string | RegExp, to: string) => {
    const { design, findings } = parseDesign({ path: "fabric.yaml", text: example.replace(from, to) });
    expect(findings).toEqual([]);
    return design === undefined ? [] : buildFabric(design).findings;
  };

  test.each([
    [
      "more hosts than a leaf has ports",
      /hosts: 16\n([^]*)scalableUnitHosts: 8/,
      "hosts: 400\n$1scalableUnitHosts: 200",
      "leaf-ports",
      "200 hosts but has 128 ports",
    ],
    [
      "an oversubscription that the ports don't allow",
      /hosts: 16\n([^]*)scalableUnitHosts: 8/,
      "hosts: 100\n$1scalableUnitHosts: 100",
      "oversubscription",
      "1:1 needs 100 uplinks",
    ],
    [
      "more leaves than two tiers carry",
      /hosts: 16\n([^]*?)leaf-su2-\*/,
      "hosts: 1024\n$1leaf-*",
      "spine-ports",
      "1024 leaves",
    ],
    ["a model that nobody knows", "model: 7060x6-64pe", "model: 7060x6-64p", "unknown-model", "7060x6-64p"],
    [
      "a system not offered on its model",
      "spine: { count: 4, nos: eos",
      "spine: { count: 4, nos: nvue",
      "nos-not-offered",
      "nvue is not offered on 7060x6-64pe",
    ],
    ["rails that aren't NICs", "rails: 8", "rails: 4", "rail-count", "8 GPUs with a NIC each need 8 rails"],
    [
      "GPUs that the host doesn't have",
      /gpusPerHost: 8([^]*)tensor: 8/,
      "gpusPerHost: 4$1tensor: 4",
      "gpu-count",
      "hgx-h100 has 8 GPUs",
    ],
    [
      "a NIC speed that isn't",
      "linkSpeed: 400G\n  oversub",
      "linkSpeed: 800G\n  oversub",
      "nic-speed",
      "no mode of 1 x 800G",
    ],
    ["a breakout that the model lacks", "linkSpeed: 100G", "linkSpeed: 25G", "breakout", "no port mode of 25G"],
    [
      "a pool that runs out",
      "tenants:\n",
      "addressing: { railLinks: 10.128.0.0/25 }\ntenants:\n",
      "pool-exhausted",
      "railLinks",
    ],
    [
      "a pool smaller than one tenant",
      "tenants:\n",
      "addressing: { frontEnd: 10.64.0.0/26, storage: 10.65.0.0/24 }\ntenants:\n",
      "pool-exhausted",
      "needs a /24",
    ],
    ["AS numbers that run out", "65000-65199", "65000-65003", "asn-exhausted", "65000-65003"],
    [
      "pools that overlap",
      "tenants:\n",
      "addressing: { railLinks: 10.0.0.0/12 }\ntenants:\n",
      "pools-overlap",
      "loopbacks",
    ],
    [
      "a cable that is too long",
      "  underlay: numbered",
      "  underlay: numbered\n  spineLink: { cable: dac }",
      "cable-length",
      "too long for dac",
    ],
    [
      "a cable that isn't sold",
      "  underlay: numbered",
      "  underlay: numbered\n  hostLink: { cable: aoc }",
      "no-cable",
      "No aoc is sold",
    ],
    [
      "an optic that doesn't fit",
      "  underlay: numbered",
      "  underlay: numbered\n  hostLink: { optic: qsfpdd-400g-dr4 }",
      "optic-fit",
      "doesn't fit the osfp cage",
    ],
    ["no platform for a leaf", "- { match: leaf-su2-*", "- { match: leaf-su3-*", "no-platform", "leaf-su2-r1-p1"],
  ])("%s", (_, from, to, code, figure) => {
    const findings = found(from, to);
    const one = findings.find((finding) => finding.code === `design.${code}`);
    expect(one, JSON.stringify(findings)).toBeDefined();
    expect(one?.message).toContain(figure);
    expect(one?.where).toMatchObject({ kind: "path", file: "fabric.yaml" });
  });
});
