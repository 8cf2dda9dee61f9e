import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { SourceFile } from "#model/source.ts";
import { deriveTenants } from "./allocate.ts";
import { parseDesign, type Design } from "./design.ts";
import { buildFabric } from "./fabric.ts";

/** The text of an example's design. */
export const exampleFile = (name: string): SourceFile => ({
  path: "fabric.yaml",
  text: readFileSync(new URL(`../../examples/${name}/fabric.yaml`, import.meta.url), "utf8"),
});

/** An example's design, which must be without findings. */
export function exampleDesign(name: string): Design {
  const { design, findings } = parseDesign(exampleFile(name));
  if (design === undefined) throw new Error(JSON.stringify(findings));
  return design;
}

/** An example built, with its tenants. */
export function exampleWorld(name: string) {
  const design = exampleDesign(name);
  const { fabric } = buildFabric(design);
  return { design, fabric, tenants: deriveTenants(design, fabric).tenants };
}

/** Designs of many shapes that can be built: 1 to 24 hosts, mixed vendors, one or two planes, several ratios. */
export const anyDesign: fc.Arbitrary<Design> = fc
  .record({
    hosts: fc.integer({ min: 1, max: 24 }),
    scalableUnitHosts: fc.integer({ min: 2, max: 12 }),
    hostsPerRack: fc.integer({ min: 1, max: 4 }),
    planes: fc.constantFrom(1, 1, 2),
    oversubscription: fc.constantFrom(1, 1.5, 2, 4),
    underlay: fc.constantFrom("numbered" as const, "unnumbered" as const),
    leaf: fc.constantFrom("sonic", "nvue"),
    spine: fc.constantFrom("nos: eos, model: 7060x6-64pe", "nos: sonic, model: sn5600", "nos: nvue, model: sn5600"),
    spines: fc.constantFrom("", "count: 4, "),
    front: fc.constantFrom("nos: nvue, model: sn4700", "nos: eos, model: 7050dx4-32s"),
    storage: fc.integer({ min: 0, max: 5 }),
  })
  .map((want) => {
    const nic = want.planes === 1 ? "connectx-7" : "connectx-8";
    const text = `
name: any
computeFabric:
  { hosts: ${want.hosts}, scalableUnitHosts: ${want.scalableUnitHosts}, hostsPerRack: ${want.hostsPerRack}, planes: ${want.planes},
    nicModel: ${nic}, oversubscription: ${want.oversubscription}, underlay: ${want.underlay},
    leaf: { nos: ${want.leaf}, model: sn5600 }, spine: { ${want.spines}${want.spine} } }
frontEnd: { leaf: { ${want.front} }, spine: { nos: sonic, model: sn4700 } }
${want.storage === 0 ? "" : `storage: { hosts: ${want.storage}, nicsPerHost: 2 }`}
outOfBand: { nos: nvue, model: sn2201 }
`;
    const { design, findings } = parseDesign({ path: "any.yaml", text });
    if (design === undefined) throw new Error(JSON.stringify(findings));
    return design;
  });
