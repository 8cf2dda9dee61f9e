import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { SourceFile } from "#model/source.ts";
import { compareNames } from "#net/order.ts";
import { type SnapshotReport, verifySnapshot } from "./snapshots.ts";

/** `heddle verify` on real folders: every line accounted for, sessions, isolation, and no finding that isn't true. */

const shared = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
type Report = z.output<typeof SnapshotReport>;

function readFolder(root: string): SourceFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, "utf8") }));
}

const read = (path: string): SourceFile[] => {
  try {
    return readFolder(path);
  } catch {
    return [{ path: path.split("/").pop() ?? path, text: readFileSync(path, "utf8") }];
  }
};

/** Only files are asked of the context. */
const context = { files: { read: async (path: string) => read(path) } } as unknown as Parameters<
  typeof verifySnapshot.run
>[1];

const verify = async (path: string, cabling?: string): Promise<Report> =>
  verifySnapshot.output.parse(
    await verifySnapshot.run(
      { path: join(shared, path), ...(cabling === undefined ? {} : { cabling: join(shared, cabling) }) },
      context,
    ),
  );

const sum = (report: Report, pick: (device: Report["devices"][number]) => number): number =>
  report.devices.reduce((total, device) => total + pick(device), 0);
const codes = (report: Report, ...severities: readonly string[]): string[] =>
  [...new Set(report.findings.filter((one) => severities.includes(one.severity)).map((one) => one.code))].sort();

interface Expectation {
  readonly path: string;
  readonly cabling?: string;
  readonly devices: readonly string[];
  readonly sessions: number;
  readonly links: number;
  readonly owners: readonly string[];
  readonly forbiddenPairs: number;
  /** Codes of warnings and errors; each was looked at and is true. */
  readonly warnings?: readonly string[];
  readonly errors?: readonly string[];
}

const netlab = ["l1", "l2", "l3", "l4", "s1", "s2"];
const turtle = [
  "border01",
  "border02",
  "leaf01",
  "leaf02",
  "leaf03",
  "leaf04",
  "spine01",
  "spine02",
  "spine03",
  "spine04",
];
const dot = "cumulus/nvue-goldenturtle/topology/topology.dot";

const whole: readonly Expectation[] = [
  {
    path: "eos/avd-single-dc-l3ls",
    devices: [
      "dc1-leaf1a",
      "dc1-leaf1b",
      "dc1-leaf1c",
      "dc1-leaf2a",
      "dc1-leaf2b",
      "dc1-leaf2c",
      "dc1-spine1",
      "dc1-spine2",
    ],
    sessions: 44,
    links: 16,
    owners: ["@VRF10", "@VRF11"],
    forbiddenPairs: 160,
    // The uplinks are set to 1500 bytes: a full frame of a tenant doesn't fit with VXLAN around it.
    warnings: ["twin.mtu-overhead"],
  },
  {
    path: "cumulus/nvue-goldenturtle/evpn_symmetric",
    cabling: dot,
    devices: turtle,
    sessions: 54,
    links: 30,
    owners: ["@BLUE", "@RED"],
    forbiddenPairs: 64,
  },
  {
    path: "cumulus/nvue-goldenturtle/evpn_mh",
    cabling: dot,
    devices: turtle,
    sessions: 48,
    links: 24,
    owners: ["@BLUE", "@RED"],
    forbiddenPairs: 64,
    // The anycast rendezvous point is learnt from two borders of different AS, and the spines don't relax that.
    warnings: ["nvue.multicast-flooding", "twin.ecmp-narrow"],
  },
  {
    path: "cumulus/nvue-goldenturtle/evpn_l2only",
    cabling: dot,
    devices: turtle,
    sessions: 54,
    links: 30,
    owners: ["@vlan-10", "@vlan-20", "@vlan-30"],
    forbiddenPairs: 96,
  },
  {
    path: "cumulus/nvue-dci-l2",
    devices: [
      "borderleaf01",
      "borderleaf02",
      "borderleaf03",
      "borderleaf04",
      "leaf01",
      "leaf02",
      "leaf03",
      "leaf04",
      "spine01",
      "spine02",
      "spine03",
      "spine04",
    ],
    sessions: 36,
    links: 18,
    owners: ["@GREEN", "@RED"],
    forbiddenPairs: 32,
    // leaf03 and leaf04 have the same own address in VLAN 20, beside their VRR address: both say 192.168.2.101/24.
    errors: ["twin.address-twice"],
  },
  // EOS takes one path unless told otherwise, and netlab doesn't tell the leaves.
  {
    path: "multi/netlab-fabrics/ebgp-2x4-evpn-symirb/eos",
    devices: netlab,
    sessions: 16,
    links: 8,
    owners: ["@tenant_a", "@tenant_b"],
    forbiddenPairs: 32,
    warnings: ["twin.ecmp-narrow"],
  },
  {
    path: "multi/netlab-fabrics/unnum-2x4-evpn-symirb/eos",
    devices: netlab,
    sessions: 16,
    links: 8,
    owners: ["@tenant_a", "@tenant_b"],
    forbiddenPairs: 32,
    warnings: ["twin.ecmp-narrow"],
  },
  {
    path: "multi/netlab-fabrics/ospf-ibgp-2x4-evpn-rr/eos",
    devices: netlab,
    sessions: 18,
    links: 8,
    owners: ["@tenant_a"],
    forbiddenPairs: 0,
  },
  {
    path: "multi/netlab-fabrics/ebgp-2x4-evpn-symirb/cumulus_nvue",
    devices: netlab,
    sessions: 16,
    links: 8,
    owners: ["@tenant_a", "@tenant_b"],
    forbiddenPairs: 32,
  },
  {
    path: "multi/netlab-fabrics/unnum-2x4-evpn-symirb/cumulus_nvue",
    devices: netlab,
    sessions: 16,
    links: 8,
    owners: ["@tenant_a", "@tenant_b"],
    forbiddenPairs: 32,
  },
  {
    path: "multi/netlab-fabrics/ospf-ibgp-2x4-evpn-rr/cumulus_nvue",
    devices: netlab,
    sessions: 18,
    links: 8,
    owners: ["@tenant_a"],
    forbiddenPairs: 0,
  },
];

describe.skipIf(!existsSync(shared)).each(whole)("verify $path", (expected) => {
  let report: Report;
  beforeAll(async () => {
    report = await verify(expected.path, expected.cabling);
  });

  test("every device by its name, every line accounted for", () => {
    expect(report.devices.map((one) => one.device).sort()).toEqual(expected.devices.toSorted());
    expect(sum(report, (one) => one.lines.unknown)).toBe(0);
    expect(sum(report, (one) => one.lines.used)).toBeGreaterThan(500);
  });

  test("every session between its devices is established", () => {
    expect(report.sessionsDown).toEqual([]);
    expect(sum(report, (one) => one.sessions.established)).toBe(expected.sessions);
    expect(report.links).toBe(expected.links);
  });

  test("VRFs are kept apart: no false alarm", () => {
    expect(report.isolation.owners).toEqual(expected.owners);
    expect(report.isolation).toMatchObject({ forbiddenPairs: expected.forbiddenPairs, forbiddenReachable: 0 });
  });

  test("no finding that isn't true, and those that point into files have a line", () => {
    expect(codes(report, "error")).toEqual(expected.errors ?? []);
    expect(codes(report, "warning")).toEqual(expected.warnings ?? []);
    for (const one of report.findings.filter((each) => each.severity !== "info"))
      expect(one["where"]).toMatchObject({ kind: "file", line: expect.any(Number) as number });
  });
});

describe.skipIf(!existsSync(shared))("verify what is whole only in part", () => {
  test("unnumbered sessions without a cabling plan are not called down", async () => {
    const report = await verify("cumulus/nvue-goldenturtle/evpn_symmetric/configs");
    expect(codes(report, "error", "warning")).toEqual([]);
    expect(report.sessionsDown).toHaveLength(54);
    expect(report.sessionsDown.every((one) => one.outside)).toBe(true);
    expect(report.checks.find((one) => one.name === "BGP sessions")).toMatchObject({ result: "not covered" });
  });

  test.each([
    ["mixed-ebgp-2x4-evpn-symirb", ["l1", "l2", "l4", "s1"], ["l3", "s2"], 6],
    ["mixed-ospf-ibgp-2x4-evpn-rr", ["l1", "l4", "s1"], ["l2", "l3", "s2"], 4],
  ] as const)(
    "%s: devices of systems without a driver are named, not guessed at",
    async (lab, read, left, sessions) => {
      const report = await verify(`multi/netlab-fabrics/${lab}`);
      expect(report.devices.map((one) => one.device).sort()).toEqual(read);
      const named = report.findings.filter((one) => one.code === "snapshot.no-driver");
      expect(named.map((one) => one.message.split(" ", 1)[0] ?? "").sort(compareNames)).toEqual(left);
      expect(codes(report, "error")).toEqual([]);
      expect(sum(report, (one) => one.sessions.established)).toBe(sessions);
      expect(report.sessionsDown.every((one) => one.outside)).toBe(true);
      expect(report.isolation.forbiddenReachable).toBe(0);
    },
  );

  test("two data centres of AVD: what stays down has a cause in the files", async () => {
    const report = await verify("eos/avd-twodc-5stage-clos");
    expect(report.devices).toHaveLength(25);
    expect(codes(report, "error")).toEqual(["twin.session-down"]);
    const down = report.sessionsDown.filter((one) => !one.outside).map((one) => one.reason);
    // AVD gave a password to one end of every link between the two, so nothing crosses; and one overlay neighbor of
    // DC1.POD1.LEAF2A has no counterpart.
    const causes = down.filter(
      (reason) => !/has a password, .* has none|can't be reached|has no neighbor/.test(reason),
    );
    expect(causes.map((reason) => reason.replaceAll(/DC\S+|\d+(\.\d+){3}/g, "X"))).toEqual([]);
    expect(sum(report, (one) => one.sessions.established)).toBe(96);
  });

  test.each([
    ["vlan", 5],
    ["loopback", 5],
    ["mgmt", 6],
    ["acl", 11],
    ["tacplus", 2],
    ["snmp_yml", 3],
  ])("SONiC %s: the folder names the device, no line is unknown", async (name, used) => {
    const report = await verify(`sonic/batfish-sonic-snapshots/${name}`);
    expect(report.devices.map((one) => [one.device, one.nos])).toEqual([["device", "sonic"]]);
    expect(report.devices[0]?.lines.unknown).toBe(0);
    expect(report.devices[0]?.lines.used).toBeGreaterThanOrEqual(Math.min(used, 2));
    expect(codes(report, "error", "warning")).toEqual([]);
  });

  test.each([
    ["labval-eos_ceos_ebgp", 2],
    ["labval-eos_bgp_aggregate", 2],
    ["labval-eos_ebgp_loop_prevention", 6],
    ["labval-eos_ibgp_local_preference", 2],
    ["labval-eos_switchport_order", 2],
    ["labval-eos_undefined_route_map", 28],
    ["labval-eos_evpn_l3_design_guide_vlan_based", 62],
  ])("%s: configurations among show output and topologies, %i sessions", async (lab, sessions) => {
    const report = await verify(`eos/${lab}`);
    expect(report.devices.map((one) => one.device)).not.toContain("show_running-config");
    expect(sum(report, (one) => one.lines.unknown)).toBe(0);
    expect(sum(report, (one) => one.sessions.established)).toBe(sessions);
    expect(report.sessionsDown).toEqual([]);
    expect(codes(report, "error")).toEqual([]);
  });

  test("several snapshots in one folder are refused, with their folders", async () => {
    await expect(verify("cumulus/nvue-goldenturtle")).rejects.toThrow(
      /border01 stands in 3 folders \(evpn_l2only\/configs\/border01, .*Point at one of them/,
    );
    await expect(verify("sonic/batfish-sonic-snapshots")).rejects.toThrow(/several snapshots/);
  });

  test("netlab's common VRF leaks on purpose, and the counterexample is shown", async () => {
    const report = await verify("multi/netlab-integration/vrf_31-vrf-common-hosts/eos");
    expect(report.isolation).toMatchObject({ forbiddenPairs: 6, forbiddenReachable: 4 });
    expect(report.isolation.counterexamples[0]).toMatchObject({ kind: "leak" });
  });
});
