import { expect, test } from "vitest";
import type { Fabric, Switch } from "#model/fabric.ts";
import { orderDevices } from "./order.ts";

const device = (name: string, fabric: Switch["fabric"], role: Switch["role"]): Switch => ({
  name,
  fabric,
  role,
  nos: "eos",
});
const fabric: Fabric = {
  name: "t",
  sites: [],
  racks: [],
  hosts: {},
  nvlinkDomains: [],
  links: [],
  switches: Object.fromEntries(
    [
      device("spine-1", "computeFabric", "spine"),
      device("leaf-2", "computeFabric", "leaf"),
      device("leaf-10", "computeFabric", "leaf"),
      device("front-1", "frontEnd", "leaf"),
    ].map((one) => [one.name, one]),
  ),
};
const role = (name: string, attached: number, detached: number) => ({ device: name, attached, detached });

test("networks and lists come before ports, ports that let hosts in come last", () => {
  const order = orderDevices(fabric, [
    role("leaf-10", 4, 0),
    role("leaf-2", 4, 0),
    role("front-1", 4, 0),
    role("spine-1", 0, 0),
  ]);
  expect(order.map((one) => one.device)).toEqual(["spine-1", "front-1", "leaf-2", "leaf-10"]);
  expect(order.every(({ reason }) => reason.length > 10)).toBe(true);
  expect(order.at(-1)?.reason).toContain("4 host ports");
});

test("ports that leave go first", () => {
  const order = orderDevices(fabric, [
    role("spine-1", 0, 0),
    role("leaf-2", 1, 1),
    role("leaf-10", 0, 1),
    role("front-1", 1, 0),
  ]);
  expect(order.map((one) => one.device)).toEqual(["leaf-10", "spine-1", "leaf-2", "front-1"]);
});
