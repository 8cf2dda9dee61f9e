import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { SourceFile } from "#model/source.ts";
import { openFabric } from "./open-fabric.ts";
import { type SnapshotReport, verifySnapshot } from "./snapshots.ts";

/**
 * The example factory as a plain folder of 26 devices of three vendors, with one fault typed into one text: `verify`
 * has to find it without knowing the design, and name file and line.
 */

type Report = z.output<typeof SnapshotReport>;
const example = fileURLToPath(new URL("../../examples/ai-factory-128/fabric.yaml", import.meta.url));

async function verify(files: readonly SourceFile[]): Promise<Report> {
  // Only files are asked of the context.
  const context = { files: { read: async () => files } } as unknown as Parameters<typeof verifySnapshot.run>[1];
  return verifySnapshot.output.parse(await verifySnapshot.run({ path: "folder" }, context));
}

interface Fault {
  readonly name: string;
  readonly device: string;
  readonly from: string | RegExp;
  readonly to: string;
  readonly code: string;
  /** Where it is told, if not at the device itself: at the other end of a cable. */
  readonly at?: string;
}

const faults: readonly Fault[] = [
  {
    name: "wrong remote AS, EOS",
    device: "spine-1",
    from: "neighbor 10.0.32.1 remote-as 65001",
    to: "neighbor 10.0.32.1 remote-as 65099",
    code: "twin.session-down",
  },
  {
    name: "wrong remote AS, NVUE",
    device: "leaf-su2-r1-p1",
    from: /remote-as: \d+/,
    to: "remote-as: 65099",
    code: "twin.session-down",
  },
  {
    name: "wrong remote AS, SONiC",
    device: "leaf-su1-r1-p1",
    from: /"asn": "\d+"/,
    to: '"asn": "65099"',
    code: "twin.session-down",
  },
  {
    name: "wrong own AS, EOS",
    device: "front-leaf-su1-1",
    from: /router bgp \d+/,
    to: "router bgp 65333",
    code: "twin.session-down",
  },
  {
    name: "wrong import target, EOS",
    device: "front-leaf-su1-1",
    from: /route-target import evpn \d+:\d+/,
    to: "route-target import evpn 65000:9999",
    code: "twin.route-target-one-sided",
  },
  {
    name: "wrong target both ways, EOS",
    device: "front-leaf-su1-1",
    from: /route-target both \d+:\d+/,
    to: "route-target both 65000:9999",
    code: "twin.route-target-alone",
  },
  {
    name: "wrong import target, SONiC",
    device: "leaf-su1-r5-p1",
    from: /"import-rts":\s*\[\s*"[^"]+"/,
    to: '"import-rts": ["65000:9999"',
    code: "twin.route-target-one-sided",
  },
  {
    name: "another tenant's target, NVUE",
    device: "leaf-su2-r1-p1",
    from: "65000:5001",
    to: "65000:5002",
    code: "twin.route-target-crosses",
  },
  {
    name: "loopback of another device, EOS",
    device: "spine-1",
    from: /ip address 10\.0\.0\.\d+\/32/,
    to: "ip address 10.0.32.1/32",
    code: "twin.address-twice",
    at: "leaf-su1-r1-p1",
  },
  {
    name: "one address on two ports, EOS",
    device: "spine-1",
    from: "ip address 10.2.0.0/31",
    to: "ip address 10.2.0.2/31",
    code: "twin.address-twice",
  },
  {
    name: "gateway that is not anycast, EOS",
    device: "front-leaf-su1-1",
    from: /ip address virtual (\S+)/,
    to: "ip address $1",
    code: "twin.address-twice",
  },
  { name: "MTU, EOS", device: "spine-1", from: "mtu 9214", to: "mtu 1500", code: "twin.mtu-differs" },
  {
    name: "MTU, SONiC",
    device: "leaf-su1-r1-p1",
    from: /("Ethernet256": \{[^}]*?"mtu": )"\d+"/,
    to: '$1"1500"',
    code: "twin.mtu-differs",
    at: "spine-1",
  },
  {
    name: "VLAN without its VNI, EOS",
    device: "front-leaf-su1-1",
    from: /\n {3}vxlan vlan \d+ vni \d+/,
    to: "",
    code: "twin.vni-missing",
  },
  {
    name: "VRF without its VNI, EOS",
    device: "front-leaf-su1-1",
    from: /\n {3}vxlan vrf \S+ vni \d+/,
    to: "",
    code: "twin.vni-missing",
  },
  {
    name: "VRF without its VNI, NVUE",
    device: "leaf-su2-r1-p1",
    from: /\n\s+vni:\s*\n\s+'?5\d+'?: \{\}/,
    to: "",
    code: "twin.vni-missing",
  },
  {
    name: "no PFC, EOS",
    device: "spine-1",
    from: "   priority-flow-control on\n   priority-flow-control priority 3 no-drop\n",
    to: "",
    code: "twin.pfc-differs",
  },
  {
    name: "no PFC, SONiC",
    device: "leaf-su1-r1-p1",
    from: /("Ethernet256": \{[^}]*"pfc_enable": )"3"/,
    to: '$1""',
    code: "twin.pfc-differs",
    at: "spine-1",
  },
  {
    name: "a fabric port shut down, EOS",
    device: "spine-1",
    from: "   no shutdown\n   mtu",
    to: "   shutdown\n   mtu",
    code: "twin.session-down",
  },
];

describe("faults typed into one of 26 texts", () => {
  let files: readonly SourceFile[] = [];
  let sound: Report;
  beforeAll(async () => {
    const { snapshot } = await openFabric([{ path: "fabric.yaml", text: readFileSync(example, "utf8") }]);
    files = Object.entries(snapshot.devices).flatMap(([device, source]) =>
      source.files.map((file) => ({ path: `configs/${device}/${file.path.split("/").pop() ?? ""}`, text: file.text })),
    );
    sound = await verify(files);
  });

  test("without a fault nothing is found, and all is understood", () => {
    expect(sound.devices).toHaveLength(26);
    expect(sound.findings.filter((one) => one.severity !== "info")).toEqual([]);
    expect(sound.devices.flatMap((one) => (one.lines.unknown === 0 ? [] : [one.device]))).toEqual([]);
    expect(sound.sessionsDown).toEqual([]);
    expect(sound.isolation.forbiddenPairs).toBeGreaterThan(1000);
    expect(sound.isolation.forbiddenReachable).toBe(0);
  });

  test.each(faults)("$name: $code", async ({ device, from, to, code, at = device }) => {
    let edited = false;
    const changed = files.map((file) => {
      if (!file.path.startsWith(`configs/${device}/`)) return file;
      const text = file.text.replace(from, to);
      edited ||= text !== file.text;
      return { ...file, text };
    });
    expect(edited).toBe(true);
    const report = await verify(changed);
    const told = report.findings.filter((one) => one.code === code && one.severity !== "info");
    const places = told.map((one) => one["where"]);
    expect(places).toContainEqual(
      expect.objectContaining({
        kind: "file",
        file: expect.stringContaining(`configs/${at}/`) as string,
        line: expect.any(Number) as number,
      }),
    );
  });

  test("another tenant's route target is shown as a leak, with the packet", async () => {
    const report = await verify(
      files.map((file) =>
        file.path.startsWith("configs/leaf-su2-r1-p1/")
          ? { ...file, text: file.text.replace("65000:5001", "65000:5002") }
          : file,
      ),
    );
    expect(report.isolation.forbiddenReachable).toBeGreaterThan(0);
    expect(report.isolation.counterexamples[0]).toMatchObject({ kind: "leak" });
  });
});
