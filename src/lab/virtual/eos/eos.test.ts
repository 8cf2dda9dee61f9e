import { readFileSync, existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeviceSource } from "#model/snapshot.ts";
import { rawRequest, startBench, type Bench, type RawReply } from "../testing.ts";
import { unifiedDiff } from "./diff.ts";
import { EosDevice } from "./device.ts";
import { parseTree, pathsOf, printTree } from "./tree.ts";
import { ConfigTyping } from "./typing.ts";

const config = `hostname leaf1
!
vlan 10
   name blue
!
vrf instance RED
!
interface Ethernet1
   description to spine
   mtu 9214
   no switchport
   ip address 10.0.0.1/31
!
interface Ethernet2
!
interface Vlan10
   vrf RED
   ip address virtual 10.1.0.1/24
!
ip routing
!
router bgp 65001
   router-id 10.255.0.1
   neighbor 10.0.0.0 remote-as 65100
   !
   vlan 10
      rd 10.255.0.1:10
      route-target both 10:10
   !
   vrf RED
      rd 10.255.0.1:1
!
end
`;
const seed: DeviceSource = { nos: "eos", files: [{ path: "leaf1.cfg", text: config }] };

let bench: Bench;
beforeEach(async () => {
  bench = await startBench((world) => new EosDevice(world), seed);
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const run = (cmds: readonly unknown[], format = "json", on: Bench = bench): Promise<RawReply> =>
  rawRequest(on, "POST", "/command-api", {
    jsonrpc: "2.0",
    method: "runCmds",
    id: 1,
    params: { version: 1, format, cmds },
  });
const running = async (): Promise<string> =>
  (await run(["enable", "show running-config"], "text")).json.result[1].output;

describe("eAPI", () => {
  test("a wrong password is a 401", async () => {
    const reply = await rawRequest({ ...bench, password: "wrong" }, "POST", "/command-api", "{}");
    expect(reply.status).toBe(401);
  });

  test("results stand one for each command, text as output", async () => {
    const reply = await run(["enable", "show version", "show hostname"]);
    expect(reply.json.result).toHaveLength(3);
    expect(reply.json.result[0]).toEqual({});
    expect(reply.json.result[1].version).toBe("4.32.2F");
    expect(reply.json.result[2].hostname).toBe("leaf1");
    const text = await running();
    expect(text).toContain("! device: leaf1");
    expect(text).toContain("   neighbor 10.0.0.0 remote-as 65100\n");
    expect(text.endsWith("end\n")).toBe(true);
  });

  test("an unknown command is 1002, with one data element for each that ran", async () => {
    const { error } = (await run(["enable", "show bogus command", "show version"])).json;
    expect(error.code).toBe(1002);
    expect(error.message).toBe("CLI command 2 of 3 'show bogus command' failed: invalid command");
    expect(error.data).toEqual([{}, { errors: ["Invalid input (at token 1: 'bogus')"] }]);
  });

  test("a text-only command fails in JSON with 1003", async () => {
    const { error } = (await run(["enable", "configure session a", "show session-config diffs"])).json;
    expect(error.code).toBe(1003);
    expect(error.message).toContain("unconverted command");
  });

  test("without enable nothing privileged runs", async () => {
    const { error } = (await run(["show running-config"])).json;
    expect(error.data[0].errors[0]).toBe("Invalid input (privileged mode required)");
  });

  test("bad JSON, bad method, bad params each have their own JSON-RPC code", async () => {
    expect((await rawRequest(bench, "POST", "/command-api", "{nope")).json.error.code).toBe(-32700);
    expect(
      (await rawRequest(bench, "POST", "/command-api", { jsonrpc: "2.0", method: "x", id: 1 })).json.error.code,
    ).toBe(-32601);
    expect(
      (await rawRequest(bench, "POST", "/command-api", { jsonrpc: "2.0", method: "runCmds", id: 1 })).json.error.code,
    ).toBe(-32602);
  });
});

describe("config sessions", () => {
  const stage = [
    "enable",
    "configure session hd-1",
    "interface Ethernet2",
    "mtu 9214",
    "no switchport",
    "ip address 10.0.1.1/31",
  ];

  test("nothing takes effect before the commit, and the diff shows what will", async () => {
    await run(stage);
    expect(await running()).not.toContain("10.0.1.1/31");
    const diff = (await run(["enable", "show session-config named hd-1 diffs"], "text")).json.result[1].output;
    expect(diff).toContain("--- system:/running-config\n+++ session:/hd-1-session-config\n@@ ");
    expect(diff).toContain("\n+   ip address 10.0.1.1/31\n");
    await run(["enable", "configure session hd-1 commit"]);
    expect(await running()).toContain("ip address 10.0.1.1/31");
    const { sessions } = (await run(["show configuration sessions detail"])).json.result[0];
    expect(sessions["hd-1"].state).toBe("completed");
  });

  test("rollback clean-config first makes it a replacement", async () => {
    await run(["enable", "configure session r", "rollback clean-config", "hostname leaf9", "commit"]);
    expect(await running()).toContain("hostname leaf9");
    expect(await running()).not.toContain("router bgp");
  });

  test("lines typed without indentation find their mode", async () => {
    await run([
      "enable",
      "configure session m",
      "router bgp 65001",
      "vlan 20",
      "rd 1:20",
      "route-target both 20:20",
      "vrf RED",
      "route-target import evpn 1:1",
      "neighbor 10.9.9.9 remote-as 65009",
      "ip routing vrf RED",
      "interface Ethernet2",
      "description x",
      "vlan 30",
      "commit",
    ]);
    const text = await running();
    expect(text).toContain("   vlan 20\n      rd 1:20\n      route-target both 20:20\n");
    expect(text).toContain(
      "   vrf RED\n      rd 10.255.0.1:1\n      route-target import evpn 1:1\n      neighbor 10.9.9.9 remote-as 65009\n",
    );
    expect(text).toContain("\nip routing vrf RED\n");
    expect(text).toContain("\nvlan 30\n");
  });

  test("a refused line names its command, and the lines before it stay in the session", async () => {
    const { error } = (
      await run(["enable", "configure session e", "interface Ethernet2", "mtu 9000", "bogus line", "description y"])
    ).json;
    expect(error.code).toBe(1002);
    expect(error.message).toBe("CLI command 5 of 6 'bogus line' failed: invalid command");
    expect(error.data).toHaveLength(5);
    expect(error.data[4].errors).toEqual(["Invalid input (at token 0: 'bogus')"]);
    const text = (await run(["enable", "show session-config named e"], "text")).json.result[1].output;
    expect(text).toContain("mtu 9000");
    expect(text).not.toContain("description y");
  });

  test.each([
    ["vlan 5000", "Invalid input (at token 1: '5000')"],
    ["interface Vlan4095", "Invalid input (at token 1: 'Vlan4095')"],
    ["ip route 10.0.0.0/33 10.0.0.1", "Invalid input (at token 2: '10.0.0.0/33')"],
  ])("%s is out of range", async (line, message) => {
    expect((await run(["enable", "configure session x", line])).json.error.data.at(-1).errors).toEqual([message]);
  });

  test.each([
    [["interface Ethernet2", "vrf NOPE"], "VRF NOPE does not exist"],
    [["router bgp 65002"], "BGP is already running with AS number 65001"],
    [["interface Vxlan1", "vxlan vlan 10 vni 100", "vxlan vlan 20 vni 100"], "VNI 100 is already mapped to VLAN 10"],
  ])("%j is refused for its meaning", async (lines, message) => {
    const { error } = (await run(["enable", "configure session x", ...lines])).json;
    expect(error.code).toBe(1000);
    expect(error.data.at(-1).errors).toEqual([message]);
  });

  test("five sessions may be open, not six", async () => {
    for (let n = 1; n <= 5; n++) expect((await run(["enable", `configure session s${n}`])).json.error).toBeUndefined();
    const { error } = (await run(["enable", "configure session s6"])).json;
    expect(error.code).toBe(1000);
    expect(error.data[1].errors[0]).toContain("Maximum number of pending sessions");
    await run(["enable", "configure session s1 abort"]);
    expect((await run(["enable", "configure session s6"])).json.error).toBeUndefined();
  });

  test("configure terminal acts at once", async () => {
    await run(["enable", "configure", "interface Ethernet2", "description now"]);
    expect(await running()).toContain("description now");
  });
});

describe("confirmed commit", () => {
  const commit = async (): Promise<void> => {
    await run(["enable", "configure session c", "hostname changed"]);
    expect((await run(["enable", "configure session c commit timer 00:05:00"])).json.error).toBeUndefined();
  };

  test("it goes back when nobody confirms", async () => {
    await commit();
    expect(await running()).toContain("hostname changed");
    bench.clock.advance(299_000);
    expect(await running()).toContain("hostname changed");
    bench.clock.advance(2_000);
    expect(await running()).toContain("hostname leaf1");
  });

  test("it stays when somebody does, and is told as newer releases tell it", async () => {
    await commit();
    const pending = (await run(["show configuration sessions detail", "show version"])).json.result;
    expect(pending[0].commitTimerSessionName).toBe("c");
    expect(Math.round(pending[0].commitTimerExpireTime - pending[1].uptime)).toBe(300);
    expect((await run(["enable", "configure session c"])).json.error.data[1].errors[0]).toContain("pendingCommitTimer");
    await run(["enable", "configure session d", "hostname other"]);
    expect((await run(["enable", "configure session d commit"])).json.error.data[1].errors[0]).toContain(
      "another session c is pending commit timer",
    );
    await run(["enable", "configure session c commit", "write memory"]);
    bench.clock.advance(3_600_000);
    expect(await running()).toContain("hostname changed");
  });

  test("older releases tell it as the session's state", async () => {
    await using old = await startBench((world) => new EosDevice(world, { version: "4.28.3M" }), seed);
    await run(["enable", "configure session c", "hostname changed", "commit timer 00:01:00"], "json", old);
    const detail = (await run(["show configuration sessions detail"], "json", old)).json.result[0];
    expect(detail.commitTimerSessionName).toBeUndefined();
    expect(detail.sessions.c.state).toBe("pendingCommitTimer");
    expect(detail.sessions.c.commitBy).toBeCloseTo(60, 0);
  });

  test("abort takes it back at once", async () => {
    await commit();
    await run(["enable", "configure session c abort"]);
    expect(await running()).toContain("hostname leaf1");
  });

  test("a reboot boots startup: unsaved changes are gone, saved ones are not", async () => {
    await commit();
    bench.device.reboot();
    expect(await running()).toContain("hostname leaf1");
    await run(["enable", "configure session k", "hostname kept", "commit"]);
    await run(["enable", "write memory"]);
    bench.device.reboot();
    expect(await running()).toContain("hostname kept");
  });

  test("killed and started again after the time is over, it has gone back", async () => {
    await commit();
    bench.clock.advance(600_000);
    await using again = await startBench((world) => new EosDevice(world), seed, {
      folder: bench.folder,
      clock: bench.clock,
    });
    again.device.tick();
    expect(again.device.running().files[0]?.text).toContain("hostname leaf1");
  });
});

describe("faults", () => {
  test("cut before the commit: nothing happened; cut after: it did", async () => {
    await run(["enable", "configure session f", "hostname faulty"]);
    bench.faults.cutBeforeCommit();
    await expect(run(["enable", "configure session f commit"])).rejects.toThrow();
    expect(await running()).toContain("hostname leaf1");
    bench.faults.cutAfterCommit();
    await expect(run(["enable", "configure session f commit"])).rejects.toThrow();
    expect(await running()).toContain("hostname faulty");
  });

  test("half an answer breaks off", async () => {
    bench.faults.halfAnswer();
    await expect(run(["show version"])).rejects.toThrow();
    expect((await run(["show version"])).status).toBe(200);
  });

  test("a rejection is the device's own word", async () => {
    await run(["enable", "configure session f", "hostname faulty"]);
    bench.faults.rejectNext("Hardware resources exhausted");
    expect((await run(["enable", "configure session f commit"])).json.error).toMatchObject({
      code: 1000,
      message: "CLI command 2 of 2 'configure session f commit' failed: could not run command",
      data: [{}, { errors: ["Hardware resources exhausted"] }],
    });
  });

  test("somebody else's edit is in running", async () => {
    bench.device.driftEdit(["interface Ethernet1", "description drifted"]);
    expect(await running()).toContain("description drifted");
    expect(bench.changes).toBe(1);
  });
});

describe("configuration text", () => {
  const folder = new URL("../../../../../shared/corpus/eos/avd-single-dc-l3ls/configs/", import.meta.url);
  const files = ["dc1-leaf1a.cfg", "dc1-spine1.cfg", "dc1-leaf2c.cfg"];

  test.skipIf(!existsSync(folder)).each(files)("%s printed, read, and printed again is the same", (name) => {
    const once = printTree(parseTree(readFileSync(new URL(name, folder), "utf8"))).map(({ text }) => text);
    expect(printTree(parseTree(once.join("\n"))).map(({ text }) => text)).toEqual(once);
  });

  test.skipIf(!existsSync(folder)).each(files)(
    "%s typed line by line, unindented, is the same configuration",
    (name) => {
      const tree = parseTree(readFileSync(new URL(name, folder), "utf8"));
      const printed = printTree(tree).map(({ text }) => text);
      const typing = new ConfigTyping([], pathsOf(tree));
      for (const line of printed) expect(typing.type(line.trim(), 0)).toBeUndefined();
      expect(printTree(typing.roots).map(({ text }) => text)).toEqual(printed);
    },
  );

  test.skipIf(!existsSync(folder)).each(files)(
    "%s typed on a device that never saw it differs in at most a few lines",
    (name) => {
      const tree = parseTree(readFileSync(new URL(name, folder), "utf8"));
      const printed = printTree(tree).map(({ text }) => text);
      const typing = new ConfigTyping([], new Set());
      for (const line of printed) typing.type(line.trim(), 0);
      expect(
        unifiedDiff(
          printed,
          printTree(typing.roots).map(({ text }) => text),
          ["a", "b"],
        ),
      ).toBe("");
    },
  );

  test("a diff applied to its first text gives the second", () => {
    const before = Array.from({ length: 40 }, (_, n) => `line ${n}`);
    const after = [...before.slice(0, 5), "new", ...before.slice(6, 30), ...before.slice(33), "end"];
    const diff = unifiedDiff(before, after, ["a", "b"]).split("\n");
    expect(diff.filter((line) => line.startsWith("-") && !line.startsWith("---"))).toEqual([
      "-line 5",
      "-line 30",
      "-line 31",
      "-line 32",
    ]);
    expect(diff.filter((line) => line.startsWith("+") && !line.startsWith("+++"))).toEqual(["+new", "+end"]);
    expect(diff).toContain("@@ -3,7 +3,7 @@");
  });
});
