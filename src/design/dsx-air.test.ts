import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fabric } from "#model/fabric.ts";
import { parseDsxAir, renderDsxAir } from "./dsx-air.ts";
import { buildFabric } from "./fabric.ts";
import { inBand } from "./imported.ts";
import { checkWiring } from "./launch-kit.ts";
import { anyDesign, exampleWorld } from "./testing.ts";

const parse = (value: unknown) => parseDsxAir({ path: "air.json", text: JSON.stringify(value) });
const node = (os: string, more: object = {}) => ({ os, ...more });
const end = (name: string, port: string) => ({ node: name, interface: port });

const slice = {
  format: "JSON",
  name: "slice",
  ztp: null,
  content: {
    nodes: {
      "spine-s1": node("cumulus-vx-5.16.1"),
      "leaf-su1-r1-p1": node("cumulus-vx-5.16.1"),
      "leaf-su1-r2-p1": node("sonic-vs-202411"),
      "gpu-su1-h1": node("generic/ubuntu2404", { model: "host", network_pci: { rail1: {}, rail2: {} } }),
    },
    links: [
      [end("leaf-su1-r1-p1", "swp49"), end("spine-s1", "swp1")],
      [{ ...end("gpu-su1-h1", "rail1p1"), network_pci: "rail1" }, end("leaf-su1-r1-p1", "swp1")],
      [{ ...end("gpu-su1-h1", "rail2p1"), network_pci: "rail2" }, end("leaf-su1-r2-p1", "swp1")],
      [end("leaf-su1-r1-p1", "swp2"), "unconnected"],
      [end("spine-s1", "swp9"), "outbound"],
    ],
    oob: true,
    netq: false,
  },
};

function essence(fabric: Fabric) {
  const { nodes, links } = inBand(fabric);
  const names = Object.values(fabric.switches).flatMap(({ name, nos, role, scalableUnit, rails, plane }) =>
    nodes.has(name) ? [[name, nos, role, scalableUnit, rails, plane].join(" ")] : [],
  );
  return { names: names.sort(), links: links.map(({ a, b }) => [a.node, a.port, b.node, b.port]) };
}

test("an Air topology is read in its envelope and bare", () => {
  for (const value of [slice, slice.content]) {
    const { fabric, findings } = parse(value);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(fabric?.switches["leaf-su1-r2-p1"]).toMatchObject({
      nos: "sonic",
      role: "leaf",
      scalableUnit: 1,
      rails: [2],
      plane: 1,
    });
    expect(fabric?.hosts["gpu-su1-h1"]).toMatchObject({ role: "gpu", scalableUnit: 1 });
    expect(fabric?.links).toHaveLength(3);
  }
});

test("what was exported comes back, with the names that the Launch Kit reads", () => {
  fc.assert(
    fc.property(anyDesign, (design) => {
      const { fabric } = buildFabric(design);
      const { fabric: back, findings } = parseDsxAir(renderDsxAir(fabric));
      expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
      expect(back && essence(back)).toEqual(essence(fabric));
    }),
    { numRuns: 15 },
  );
});

test("the export says rails as NICs of the host, as the Launch Kit wants them", () => {
  const { fabric } = exampleWorld("ai-factory-128");
  const air = JSON.parse(renderDsxAir(fabric).text) as typeof slice;
  expect(air.content.nodes).toHaveProperty("su1-h1.model", "host");
  expect(air.content.nodes).toHaveProperty("su1-h1.network_pci.rail8");
  expect(air.content.links).toContainEqual([
    end("leaf-su1-r1-p1", "Ethernet0"),
    { ...end("su1-h1", "rail1p1"), network_pci: "rail1" },
  ]);
});

test.each([
  ["another rail", "rail2p1", "leaf-su1-r1-p1", "rail 2 is cabled to rail 1"],
  ["another plane", "rail1p2", "leaf-su1-r1-p1", "plane 2 is cabled to plane 1"],
  ["no leaf at all", "rail1p1", "spine-s1", "doesn't begin with"],
])("a cable to %s is found", (_, port, leaf, words) => {
  const links = [[end("gpu-su1-h1", port), end(leaf, "swp30")]];
  const { findings } = parse({ ...slice, content: { ...slice.content, links } });
  expect(
    findings
      .filter(({ code }) => code === "design.miswire")
      .map(({ message }) => message)
      .join(),
  ).toContain(words);
});

test("two swapped cables of a right fabric are four findings, naming both ends", () => {
  const { fabric } = exampleWorld("ai-factory-128");
  const [first, second] = fabric.links.filter(({ b }) => b.node === "su1-h1" && b.port.startsWith("rail"));
  if (first === undefined || second === undefined) throw new Error("no rails");
  const swapped = fabric.links.map((link) =>
    link === first ? { ...first, b: second.b } : link === second ? { ...second, b: first.b } : link,
  );
  expect(checkWiring({ ...fabric, links: swapped })).toHaveLength(2);
  expect(checkWiring(fabric)).toEqual([]);
});

test.each([
  ["nothing", ""],
  ["cut off", JSON.stringify(slice).slice(0, 300)],
  ["a list", "[]"],
  ["null", "null"],
  ["DOT", JSON.stringify({ format: "DOT", content: "graph {}" })],
  ["the Launch Kit's reference form", JSON.stringify({ nodes: [], links: [] })],
  ["wrong shapes", JSON.stringify({ content: { nodes: { a: 7, b: null }, links: [1, [], [1, 2], [{}, {}], "x"] } })],
  [
    "prototype keys",
    '{"content":{"nodes":{"__proto__":{"os":"x"},"constructor":{"os":"cumulus"}},"links":[[{"node":"toString","interface":"a"},{"node":"constructor","interface":"b"}]]}}',
  ],
  ["deep", "[".repeat(200_000)],
  ["binary", "\0\u0001"],
])("%s gives findings and no crash", (_, text) => {
  expect(parseDsxAir({ path: "air.json", text }).findings.length).toBeGreaterThan(0);
});

test("whatever the JSON, nothing is thrown", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.json({ maxDepth: 4 }), (nodes, links) => {
      parseDsxAir({ path: "x", text: `{"content":{"nodes":${nodes},"links":${links}}}` });
    }),
    { numRuns: 200 },
  );
});
