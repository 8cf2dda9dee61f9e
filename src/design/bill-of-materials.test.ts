import { expect, test } from "vitest";
import { billOfMaterials } from "./bill-of-materials.ts";
import { cablingPlan } from "./cabling.ts";
import { catalogueKeys } from "./catalogue.ts";
import { exampleWorld } from "./testing.ts";

const { fabric } = exampleWorld("ai-factory-128");
const lines = billOfMaterials(fabric);
const quantity = (key: string): number =>
  lines.filter((line) => line.key === key).reduce((sum, line) => sum + line.quantity, 0);

test("the bill counts modules by cage, not by link", () => {
  expect(quantity("sn5600")).toBe(16);
  expect(quantity("hgx-h100")).toBe(16);
  expect(quantity("connectx-7")).toBe(128);
  expect(quantity("osfp-400g-sr4")).toBe(128);
  // 128 host links and 128 spine links, two to a module, on the leaves; 64 modules on the spines.
  expect(quantity("osfp-800g-2xsr4")).toBe(64 + 64 + 64);
  expect(quantity("cable-fibre-mm")).toBe(256);
});

test("every line has a key that a price book can name", () => {
  for (const line of lines) expect(catalogueKeys).toContain(line.key);
  expect(new Set(catalogueKeys).size).toBe(catalogueKeys.length);
});

test("the cabling plan has every link once, both seats known, in the order of racks", () => {
  const plan = cablingPlan(fabric);
  expect(plan).toHaveLength(fabric.links.length);
  for (const row of plan) expect(row.from.rack && row.to.rack).toBeTruthy();
  const racks = plan.map((row) => row.from.rack);
  expect(new Set(racks).size).toBe(racks.filter((rack, index) => rack !== racks[index - 1]).length);
});
