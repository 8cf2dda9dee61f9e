import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fabric } from "#model/fabric.ts";
import { parseContainerlab, renderContainerlab } from "./containerlab.ts";
import { fromLinux, toLinux } from "./containerlab-ports.ts";
import { buildFabric } from "./fabric.ts";
import { inBand } from "./imported.ts";
import { anyDesign, exampleWorld } from "./testing.ts";

const corpus = new URL("../../../shared/corpus/", import.meta.url);
const parse = (text: string) => parseContainerlab({ path: "lab.clab.yml", text });

/** What must come back: nodes with their place and role, links with their ports, speed and fabric. */
function essence(fabric: Fabric) {
  const { nodes, links } = inBand(fabric);
  return {
    switches: Object.values(fabric.switches).flatMap(({ name, nos, role, fabric: kind, model, rails, plane }) =>
      nodes.has(name) ? [{ name, nos, role, kind, model, rails, plane }] : [],
    ),
    hosts: Object.values(fabric.hosts).flatMap(({ name, role, model }) =>
      nodes.has(name) ? [{ name, role, model }] : [],
    ),
    links: links.map(({ a, b, speedBps, fabric: kind }) => [a.node, a.port, b.node, b.port, speedBps, kind]),
  };
}
const sorted = (world: ReturnType<typeof essence>) => ({
  ...world,
  switches: world.switches.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  hosts: world.hosts.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});

test("what was exported comes back: vendors, roles, ports, speeds", () => {
  fc.assert(
    fc.property(anyDesign, (design) => {
      const { fabric } = buildFabric(design);
      const file = renderContainerlab(fabric);
      const back = parseContainerlab(file);
      expect(back.findings).toEqual([]);
      expect(back.fabric && sorted(essence(back.fabric))).toEqual(sorted(essence(fabric)));
      expect(renderContainerlab(fabric)).toEqual(file);
    }),
    { numRuns: 15 },
  );
});

test("the example names its images and start-up configurations", () => {
  const { fabric } = exampleWorld("ai-factory-128");
  const { text } = renderContainerlab(fabric, { "spine-1": "configs/spine-1.cfg" });
  expect(text).toContain("kind: arista_ceos");
  expect(text).toContain("kind: sonic-vs");
  expect(text).toContain("kind: nvidia_cumulusvx");
  expect(text).toContain("leaf-su1-r1-p1:eth1");
  expect(text).toContain("spine-1:eth1_1");
  expect(parse(text).startupConfigs).toEqual([{ node: "spine-1", path: "configs/spine-1.cfg" }]);
});

test("names of ports go to the container and come back", () => {
  for (const [nos, port, linux] of [
    ["eos", "Ethernet1", "eth1"],
    ["eos", "Ethernet3/1/5", "eth3_1_5"],
    ["sonic", "Ethernet4", "eth2"],
    ["nvue", "swp1s0", "swp1s0"],
    ["srlinux", "ethernet-1/49", "e1-49"],
    ["nxos", "Ethernet1/7", "eth7"],
    ["junos", "ge-0/0/0", "eth1"],
  ] as const) {
    expect(toLinux(nos, port)).toBe(linux);
    expect(fromLinux(nos, linux)).toBe(port);
  }
});

test("nodes inherit from group, kind and defaults; links come short and long", () => {
  const { fabric, startupConfigs, findings } = parse(`
name: lab
topology:
  defaults: { kind: arista_ceos, startup-config: configs/__clabNodeName__.cfg }
  kinds: { arista_ceos: { image: "ceos:1" }, linux: { startup-config: "" } }
  groups: { sonics: { kind: sonic-vs } }
  nodes:
    leaf1: {}
    leaf2: { group: sonics }
    h1: { kind: linux }
    br: { kind: bridge }
    odd: { kind: cisco_xrd }
  links:
    - endpoints: ["leaf1:eth1", "leaf2:eth2"]
    - type: veth
      endpoints: [{ node: leaf1, interface: eth2 }, { node: h1, interface: eth1 }]
    - endpoints: ["leaf1:eth3", "br:x"]
    - { type: mgmt-net, endpoint: { node: leaf1, interface: eth4 }, host-interface: y }
    - endpoints: ["leaf1:eth1", "h1:eth2"]
    - endpoints: ["leaf1:eth9", "ghost:eth2"]
    - endpoints: ["leaf1"]
`);
  expect(fabric?.switches["leaf2"]?.nos).toBe("sonic");
  expect(fabric?.links.map(({ a, b }) => `${a.node}:${a.port} ${b.node}:${b.port}`)).toEqual([
    "leaf1:Ethernet1 leaf2:Ethernet4",
    "leaf1:Ethernet2 h1:eth1",
  ]);
  expect(startupConfigs[0]).toEqual({ node: "leaf1", path: "configs/leaf1.cfg" });
  expect(findings.filter(({ severity }) => severity === "error").map(({ where }) => where)).toEqual([
    { kind: "path", file: "lab.clab.yml", path: "/topology/links/6", line: 21 },
    { kind: "path", file: "lab.clab.yml", path: "/topology/links/4", line: 19 },
    { kind: "path", file: "lab.clab.yml", path: "/topology/links/5", line: 20 },
  ]);
  expect(findings.some(({ message }) => message.includes("cisco_xrd"))).toBe(true);
});

test.each([
  ["nothing", ""],
  [
    "prototype keys",
    "topology: { nodes: { __proto__: { kind: linux }, constructor: {} }, links: [{ endpoints: ['__proto__:a', 'constructor:b'] }] }",
  ],
  ["wrong shapes", "topology: { nodes: { a: 7, b: [x] }, links: { a: b }, kinds: 3, groups: [1], defaults: x }"],
  [
    "links of nonsense",
    "topology: { nodes: { a: {} }, links: [1, [], {}, { endpoints: 7 }, { endpoints: [1, 2] }, { endpoints: [':', 'a:'] }] }",
  ],
  [
    "a bomb",
    `topology:\n  nodes:\n    a: &a {x: y}\n${Array.from({ length: 30 }, (_, i) => `    n${i}: &n${i} { a: *${i === 0 ? "a" : `n${i - 1}`}, b: *${i === 0 ? "a" : `n${i - 1}`} }`).join("\n")}`,
  ],
])("%s is no crash", (_, text) => {
  expect(parse(text).findings.length).toBeGreaterThan(0);
});

test("a host with very many links is read in good time", () => {
  const links = Array.from({ length: 10_000 }, (_, i) => `  - endpoints: ["a:eth${i}", "b:eth${i}"]`).join("\n");
  const { fabric } = parse(
    `topology:\n  nodes: { a: { kind: linux }, b: { kind: linux } }\n  links:\n${links.replaceAll(/^/gm, "  ")}`,
  );
  expect(fabric?.links).toHaveLength(10_000);
});

describe.skipIf(!existsSync(corpus))("topologies of the corpus", () => {
  const files = existsSync(corpus)
    ? readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter((name) => /\.clab\.ya?ml$/.test(name))
    : [];
  test("are there", () => expect(files.length).toBeGreaterThan(10));
  test.each(files)("%s is read without errors", (name) => {
    const { fabric, findings } = parseContainerlab({ path: name, text: readFileSync(new URL(name, corpus), "utf8") });
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(Object.keys(fabric?.switches ?? {}).length + Object.keys(fabric?.hosts ?? {}).length).toBeGreaterThan(0);
  });
});
