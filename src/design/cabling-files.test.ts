import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCablingFile, readCablingFile } from "./cabling-files.ts";

const dot = (text: string) => readCablingFile({ path: "topology.dot", text });
const ends = (text: string) =>
  dot(text).cables.map(({ a, b, line }) => `${line} ${a.node} ${a.port} ${b.node} ${b.port}`);

describe("DOT", () => {
  test("cables in every way that PTM and Air write them", () => {
    const text = `graph "lab 1" {
   "spine01" [function="spine" mgmt_ip="192.168.200.2"]
   "spine01":"swp1" -- "leaf01":"swp51"
   "leaf01":"swp2" -- "spine02":"swp1" [left_mac="44:38:39:00:00:01" -- "x"]
   leaf-3:swp1s0 -- spine01:swp3; "leaf-4":"swp1"--"spine01":"swp4";
   # "old":"swp1" -- "older":"swp2"
}`;
    expect(ends(text).slice(0, 4)).toEqual([
      "3 spine01 swp1 leaf01 swp51",
      "4 leaf01 swp2 spine02 swp1",
      "5 leaf-3 swp1s0 spine01 swp3",
      "5 leaf-4 swp1 spine01 swp4",
    ]);
  });

  test("a line that joins something else than two ports is said", () => {
    const { cables, findings } = dot('graph {\n  "a" -- "b"\n}');
    expect(cables).toEqual([]);
    expect(findings).toMatchObject([{ where: { line: 2 } }]);
  });

  test("every cable written comes back", () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9./ :-]{0,10}$/).filter((one) => one.trim() === one);
    const cable = fc.tuple(name, name, name, name);
    fc.assert(
      fc.property(fc.array(cable, { maxLength: 20 }), (cables) => {
        const text = cables.map(([a, p, b, q]) => `  "${a}":"${p}" -- "${b}":"${q}"`).join("\n");
        const read = dot(`graph g {\n${text}\n}`).cables.map(({ a, b }) => [a.node, a.port, b.node, b.port]);
        expect(read).toEqual(cables);
      }),
    );
  });

  test("no text throws or takes long", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void dot(`${text}--${text}`)));
    const started = performance.now();
    for (const piece of ["-", '"', "a", "--", '"a":"b" -- ', "[", "- ", "a:"]) dot(piece.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

test("a table as AVD writes it; ports without a peer are passed over", () => {
  const file = {
    path: "fabric/topology.csv",
    text: "Node Type,Node,Node Interface,Peer Type,Peer Node,Peer Interface,Node Interface Enabled\r\nl3leaf,l1,Ethernet1,spine,s1,Ethernet2,True\r\nl3leaf,l1,Ethernet9,l3_interface,,,True\r\n",
  };
  expect(isCablingFile(file)).toBe(true);
  expect(readCablingFile(file).cables).toEqual([
    { a: { node: "l1", port: "Ethernet1" }, b: { node: "s1", port: "Ethernet2" }, file: file.path, line: 2 },
  ]);
  expect(isCablingFile({ path: "prices.csv", text: "model,usd\nsn5600,1" })).toBe(false);
});
