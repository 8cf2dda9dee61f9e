import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drivers } from "./index.ts";
import { deviceNameOf, groupDevices } from "./snapshot-files.ts";

const eos = "! device: x (cEOSLab, EOS-4.34.0F)\nhostname x\ninterface Ethernet1\n   no switchport\n";
const configDb = JSON.stringify({ DEVICE_METADATA: { localhost: { hostname: "x" } }, PORT: {} });
const group = (files: Readonly<Record<string, string>>) =>
  groupDevices(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    drivers,
  );

describe("what names a device", () => {
  test.each([
    ["configs/leaf1.cfg", "leaf1"],
    ["configs/l1.eos.cfg", "l1"],
    ["configs/dut.cumulus_nvue.yaml", "dut"],
    ["configs/DC1.POD1.LEAF2A.cfg", "DC1.POD1.LEAF2A"],
    ["configs/r1/show_running-config.txt", "r1"],
    ["leaf01/startup.yaml", "leaf01"],
    ["leaf01/etc/nvue.d/startup.yaml", "leaf01"],
    ["snap/sonic_configs/device/config_db.json", "device"],
    ["spine-1/running-config", "spine-1"],
    ["running-config", "running-config"],
  ])("%s is %s", (path, name) => expect(deviceNameOf(path)).toBe(name));
});

test("a SONiC device's FRR text goes with its ConfigDB, however short; alone it is left out", () => {
  const frr = "route-map TEST permit 10\n";
  const both = group({ "d/frr.conf": frr, "d/config_db.json": configDb, "e/frr.conf": frr });
  expect(Object.keys(both.devices)).toEqual(["d"]);
  expect(both.devices["d"]?.files.map((one) => one.path).sort()).toEqual(["d/config_db.json", "d/frr.conf"]);
  expect(both.findings).toMatchObject([{ code: "snapshot.unknown-format", severity: "info" }]);
});

test("one device in two folders is repeated, two files of one device are not", () => {
  expect(group({ "old/l1/running-config": eos, "new/l1/running-config": eos }).repeated).toEqual([
    { device: "l1", folders: ["old/l1", "new/l1"] },
  ]);
  expect(group({ "d/config_db.json": configDb, "d/frr.conf": "!" }).repeated).toEqual([]);
});

test("configurations of systems without a driver are named", () => {
  const { devices, findings } = group({
    "configs/s2.srlinux.yaml": "updates:\n- path: /interface[name=system0]\n",
    "configs/n1.cfg": "hostname n1\nfeature bgp\ninterface nve1\n",
    "configs/j1.conf": "system {\n    host-name j1;\n}\n",
    "notes.yaml": "a: 1\n",
    "show/l1/show_version.txt": "Arista cEOSLab\n",
  });
  expect(devices).toEqual({});
  expect(findings.map((one) => [one.severity, one.message.split(",", 1)[0]])).toEqual([
    ["warning", "s2 runs Nokia SR Linux"],
    ["warning", "n1 runs Cisco NX-OS"],
    ["warning", "j1 runs Juniper Junos"],
    ["info", "No driver knows what notes.yaml is. It was left out."],
  ]);
});

test("no names and no texts make it throw, and every file is a device's or told of", () => {
  const path = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor/config_db.json", "a/../b.cfg", "/"));
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 6 }), fc.string({ unit: "binary" }), (paths, text) => {
      const files = paths.map((each, index) => ({ path: each, text: index % 2 === 0 ? text : eos }));
      const { devices, findings } = groupDevices(files, drivers);
      const known = Object.values(devices).reduce((sum, one) => sum + one.files.length, 0);
      expect(known + findings.length).toBeLessThanOrEqual(files.length);
    }),
  );
});
