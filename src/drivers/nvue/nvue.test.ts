import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DeviceConfig, Interface } from "#model/device-config.ts";
import type { SourceFile } from "#model/source.ts";
import { conformance } from "../conformance.ts";
import type { Dialect } from "../testing.ts";
import { nvue } from "./index.ts";

const dialect: Dialect = {
  nos: "nvue",
  supports: nvue.supports,
  ethernet: (index) => `swp${index + 1}`,
  loopback: () => "lo",
  lag: (index) => `bond${index + 1}`,
  svi: (vlan) => `vlan${vlan}`,
  subinterface: (parent, vlan) => `${parent}.${vlan}`,
  loopbacks: 1,
  bgp: { allowMultipleAs: true, ebgpRequiresPolicy: false },
  vxlanSource: "address",
  anycast: "own",
  lacp: ["active", "static"],
  aclDefault: "deny",
  autoL3: true,
  canonical,
};

/** VLANs have no names; a port with an unnumbered session runs on its link-local address. */
function canonical(config: DeviceConfig): DeviceConfig {
  const interfaces: Record<string, Interface> = { ...config.interfaces };
  for (const instance of Object.values(config.networkInstances))
    for (const { interface: name } of Object.values(instance.bgp?.neighbors ?? {})) {
      const port = name === undefined ? undefined : interfaces[name];
      if (name !== undefined && port !== undefined && port.ipv6 === undefined)
        interfaces[name] = { ...port, ipv6: { addresses: [], anycastAddresses: [], linkLocalOnly: true } };
    }
  const bridgeDomains = Object.fromEntries(
    Object.entries(config.bridgeDomains).map(([key, { name: _name, ...domain }]) => [key, domain]),
  );
  return { ...config, interfaces, bridgeDomains };
}

conformance(nvue, dialect);

const corpus = new URL("../../../../shared/corpus/", import.meta.url).pathname;
const captures = existsSync(corpus)
  ? globSync(["cumulus/nvue-*/**/startup.yaml", "multi/**/*nvue.yaml"], { cwd: corpus }).toSorted()
  : [];
const capture = (path: string): SourceFile => ({ path, text: readFileSync(corpus + path, "utf8") });

describe.skipIf(captures.length === 0)("captures", () => {
  test.each(captures)("%s", (path) => {
    const { findings, accounts } = nvue.parse([capture(path)]);
    const unknown = accounts.flatMap(({ lines }) => lines.filter(({ status }) => status === "unknown"));
    expect(unknown).toEqual([]);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(nvue.detect(capture(path))).toBeGreaterThan(0.5);
  });
});
