import { describe, expect, test } from "vitest";
import { driverFor } from "#drivers/index.ts";
import { deriveConfigs, tenantScope } from "./configs.ts";
import { parseDesign } from "./design.ts";
import { buildFabric } from "./fabric.ts";
import { exampleFile, exampleWorld } from "./testing.ts";
import { allocateTenant, deriveTenants } from "./allocate.ts";

const unnumbered = () => {
  const text = exampleFile("ai-factory-128").text.replace("underlay: numbered", "underlay: unnumbered");
  const { design } = parseDesign({ path: "fabric.yaml", text });
  if (design === undefined) throw new Error("no design");
  const { fabric } = buildFabric(design);
  return { fabric, tenants: deriveTenants(design, fabric).tenants };
};

describe.each([
  ["the 128-GPU example", exampleWorld("ai-factory-128")],
  ["the 1,024-GPU example", exampleWorld("ai-factory-1024")],
  ["the 128-GPU example, unnumbered", unnumbered()],
])("the configurations of %s", (_, { fabric, tenants }) => {
  test("are said by each vendor without loss, and read back as they were", () => {
    const seen = new Set<string>();
    for (const config of Object.values(deriveConfigs(fabric, tenants))) {
      // Of the large one, the first of each kind is enough.
      const { role, fabric: kind } = fabric.switches[config.hostname] ?? {};
      const group = `${config.nos} ${role} ${kind}`;
      if (Object.keys(fabric.switches).length > 40 && seen.has(group)) continue;
      seen.add(group);
      const driver = driverFor(config.nos);
      const { files, findings } = driver.render(config);
      expect(findings, config.hostname).toEqual([]);
      const parsed = driver.parse(files);
      expect(parsed.findings, config.hostname).toEqual([]);
      expect(parsed.config, config.hostname).toEqual(config);
    }
  });
});

test.each(["ai-factory-128", "ai-factory-1024"])(
  "in %s, every line that a tenant on all free hosts changes is its own in its vendor's eyes",
  (example) => {
    const { fabric, tenants } = exampleWorld(example);
    const taken = new Set(tenants.flatMap(({ hosts }) => hosts));
    const hosts = Object.values(fabric.hosts).flatMap(({ name, role }) =>
      role === "gpu" && !taken.has(name) ? [name] : [],
    );
    const tenant = allocateTenant({ fabric, tenants }, { name: "acme", hosts, guaranteedBps: 100e9 });
    const [before, after] = [deriveConfigs(fabric, tenants), deriveConfigs(fabric, [...tenants, tenant])];
    const foreign: string[] = [];
    let changed = 0;
    for (const [name, now] of Object.entries(after)) {
      const was = before[name];
      if (was === undefined) throw new Error(name);
      const driver = driverFor(now.nos);
      const scope = tenantScope(fabric, tenant, name);
      for (const line of driver.diff(driver.render(was).files, driver.render(now).files)) {
        if (line.op === "context") continue;
        changed++;
        if (!driver.tenantLine(line, scope)) foreign.push(`${name}: ${line.op} ${line.text}`);
      }
    }
    expect(foreign).toEqual([]);
    expect(changed).toBeGreaterThan(100);
  },
);
