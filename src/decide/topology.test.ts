import { describe, expect, test } from "vitest";
import type { Fabric } from "#model/fabric.ts";
import { checkCabling } from "./cabling.ts";
import { freePorts } from "./free-ports.ts";
import { sharingOf } from "./sharing.ts";
import { unitCapacities } from "./units.ts";

const G = 1e9;
const leaf = (name: string, scalableUnit: number) =>
  ({ name, fabric: "computeFabric", role: "leaf", nos: "eos", model: "sn5600", scalableUnit }) as const;
const host = (name: string, scalableUnit: number) =>
  ({ name, role: "gpu", scalableUnit, gpus: [{ index: 0, model: "h100" }], nics: [] }) as const;
const link = (a: string, aPort: string, b: string, bPort: string, speedBps: number, down?: true) => ({
  a: { node: a, port: aPort },
  b: { node: b, port: bPort },
  speedBps,
  ...(down === undefined ? {} : { down }),
});

const fabric: Fabric = {
  name: "small",
  sites: [],
  racks: [],
  nvlinkDomains: [],
  switches: {
    l1: leaf("l1", 1),
    l2: leaf("l2", 2),
    s1: { name: "s1", fabric: "computeFabric", role: "spine", nos: "eos" },
  },
  hosts: { h1: host("h1", 1), h2: host("h2", 1), h3: host("h3", 2) },
  links: [
    link("l1", "p1", "h1", "e0", 400 * G),
    link("l1", "p2", "h2", "e0", 400 * G),
    link("l1", "p9", "s1", "p1", 400 * G),
    link("s1", "p3", "l1", "p10", 400 * G, true),
    link("l2", "p1", "h3", "e0", 400 * G),
    link("l2", "p9", "s1", "p2", 800 * G),
  ],
};
const tenant = (name: string, hosts: string[]) => ({
  name,
  hosts,
  guaranteedBps: G,
  networks: { compute: { vrf: name, vni: 1 as never } }, // the number is not looked at here
});

describe("scalable units", () => {
  test("capacity counts hosts, uplinks that are up, and the ratio between them", () => {
    expect(unitCapacities(fabric, [tenant("acme", ["h1"])])).toEqual([
      expect.objectContaining({
        unit: 1,
        hosts: 2,
        freeHosts: 1,
        gpus: 2,
        uplinks: 2,
        uplinksDown: 1,
        oversubscription: 2,
      }),
      expect.objectContaining({
        unit: 2,
        hosts: 1,
        freeHosts: 1,
        uplinks: 1,
        uplinkBps: 800 * G,
        oversubscription: 0.5,
      }),
    ]);
  });
});

test("free ports are counted in cages, and models that are not known are named", () => {
  const { rows, unknown } = freePorts(fabric, 400 * G);
  // 64 cages of two 400G ports: four are taken on l1; on l2 one 400G port and one whole cage.
  expect(rows).toEqual([
    { device: "l2", model: "sn5600", free: 125, used: 2 },
    { device: "l1", model: "sn5600", free: 124, used: 4 },
  ]);
  expect(unknown).toEqual(["s1"]);
});

test("a switch with hosts of two tenants is shared; a link is when jobs of two send over it", () => {
  const tenants = [tenant("acme", ["h1"]), tenant("globex", ["h2", "h3"])];
  expect(sharingOf(fabric, tenants, [], { links: [] })).toEqual({
    switches: [{ device: "l1", tenants: ["acme", "globex"] }],
    links: [],
  });
});

describe("cabling", () => {
  const all = fabric.links.flatMap(({ a, b }) => [
    { device: a.node, port: a.port, neighbor: b.node, neighborPort: b.port },
    { device: b.node, port: b.port, neighbor: a.node, neighborPort: a.port },
  ]);
  const seen = all.filter((one) => Object.hasOwn(fabric.switches, one.device));

  test("agrees when every switch sees what the plan says", () => {
    expect(checkCabling(fabric, seen)).toEqual({ checked: seen.length, agreeing: seen.length, wrong: [], unseen: [] });
  });

  test("two swapped cables are found at both ends, and what says nothing is told apart", () => {
    const swapped = seen
      .map((one) =>
        one.device === "l1" && one.port === "p1"
          ? { ...one, neighbor: "h2" }
          : one.device === "l1" && one.port === "p2"
            ? { ...one, neighbor: "h1" }
            : one,
      )
      .filter((one) => !(one.device === "l2" && one.port === "p9"));
    const { wrong, unseen } = checkCabling(fabric, swapped);
    expect(wrong).toEqual([
      { device: "l1", port: "p1", intended: "h1 e0", seen: "h2 e0" },
      { device: "l1", port: "p2", intended: "h2 e0", seen: "h1 e0" },
    ]);
    expect(unseen).toEqual(["l2 p9"]);
  });
});
