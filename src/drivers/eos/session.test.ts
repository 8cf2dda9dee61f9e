import type { CounterSample } from "#model/counter-sample.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startVirtualFabric, type VirtualFabric } from "#lab/virtual-fabric.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { DeviceSession } from "../driver.ts";
import { scanIndented } from "../syntax/indented.ts";
import { eos } from "./index.ts";
import { eosSyntax } from "./parse.ts";
import { commandsOf, statusOf } from "./session.ts";

const text = `service routing protocols model multi-agent
!
hostname leaf1
!
vlan 10
   name RED
!
vrf instance acme
!
interface Ethernet1
   no shutdown
   mtu 9214
   no switchport
   ip address 10.0.0.1/31
!
interface Loopback0
   no shutdown
   ip address 10.255.0.1/32
!
interface Vxlan1
   vxlan source-interface Loopback0
   vxlan udp-port 4789
   vxlan vlan 10 vni 10010
   vxlan vrf acme vni 50001
!
ip routing
ip routing vrf acme
!
router bgp 65001
   router-id 10.255.0.1
   no bgp default ipv4-unicast
   maximum-paths 4 ecmp 4
   neighbor 10.0.0.0 remote-as 65100
   neighbor 10.0.0.0 send-community
   !
   vlan 10
      rd 10.255.0.1:10
      route-target both 65001:10
      redistribute learned
   !
   address-family evpn
   !
   address-family ipv4
      neighbor 10.0.0.0 activate
   !
   vrf acme
      rd 10.255.0.1:50001
      route-target import evpn 65000:50001
      route-target export evpn 65000:50001
      router-id 10.255.0.1
      maximum-paths 4 ecmp 4
      !
      address-family ipv4
         redistribute connected
!
end
`;
const source = (changed = text): DeviceSource => ({ nos: "eos", files: [{ path: "running-config", text: changed }] });
const wider = source(text.replace("mtu 9214", "mtu 9000"));

let folder: string;
let fabric: VirtualFabric;
let session: DeviceSession;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "heddle-eos-"));
  fabric = await startVirtualFabric({
    devices: { leaf1: source() },
    stateDir: folder,
    computeState: () => ({
      leaf1: {
        interfaces: { Ethernet1: { up: true, speedBps: 400e9 } },
        lldp: [{ interface: "Ethernet1", neighbor: "spine1", neighborPort: "Ethernet7" }],
        bgp: [{ networkInstance: "default", neighbor: "10.0.0.0", state: "established", prefixesReceived: 7 }],
      },
    }),
    counters: () => [
      { device: "leaf1", interface: "Ethernet1", at: 1, inOctets: 5, outOctets: 6, pfcPauseRx: 2, pfcPauseTx: 3 },
    ],
  });
  session = await eos.connect(fabric.targets["leaf1"]!);
});
afterEach(async () => {
  await session[Symbol.asyncDispose]();
  await fabric[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const meaning = async (): Promise<unknown> => eos.parse(await session.readRunning()).config;
const meansAs = (wanted: DeviceSource): unknown => eos.parse(wanted.files).config;

describe("a change on a device that speaks eAPI", () => {
  test("what is staged shows as the device's own diff and changes nothing", async () => {
    const { deviceDiff } = await session.stage("chg-1", wider);
    expect(deviceDiff).toContain("-   mtu 9214");
    expect(deviceDiff).toContain("+   mtu 9000");
    expect(await session.status("chg-1")).toBe("staged");
    expect(await meaning()).toEqual(meansAs(source()));
  });

  test("the whole text goes over and comes back with the same meaning", async () => {
    await session.stage("chg-1", wider);
    await session.commit("chg-1");
    expect(await session.status("chg-1")).toBe("committed");
    expect(await meaning()).toEqual(meansAs(wider));
  });

  test("a timed commit waits, and is confirmed", async () => {
    await session.stage("chg-1", wider);
    await session.commit("chg-1", 300);
    expect(await session.status("chg-1")).toBe("awaiting-confirmation");
    expect(await meaning()).toEqual(meansAs(wider));
    await session.confirm("chg-1");
    expect(await session.status("chg-1")).toBe("committed");
    // A second confirmation after a lost answer does no harm.
    await session.confirm("chg-1");
    // It was written to startup. A reboot cuts the connection, so another one is made.
    fabric.device("leaf1").reboot();
    await session[Symbol.asyncDispose]();
    session = await eos.connect(fabric.targets["leaf1"]!);
    expect(await meaning()).toEqual(meansAs(wider));
  });

  test("a timed commit that is aborted goes back", async () => {
    await session.stage("chg-1", wider);
    await session.commit("chg-1", 300);
    await session.abort("chg-1");
    expect(await session.status("chg-1")).toBe("none");
    expect(await meaning()).toEqual(meansAs(source()));
  });

  test("staging the same label again replaces what was staged", async () => {
    await session.stage("chg-1", wider);
    const { deviceDiff } = await session.stage("chg-1", source(text.replace("mtu 9214", "mtu 8000")));
    expect(deviceDiff).toContain("+   mtu 8000");
    expect(deviceDiff).not.toContain("9000");
  });

  test("an unknown label is not there, and aborting it is no error", async () => {
    expect(await session.status("never")).toBe("none");
    await session.abort("never");
    await expect(session.confirm("never")).rejects.toMatchObject({ kind: "conflict" });
  });

  test("a line that the device refuses is named, with the device's own words, and leaves nothing behind", async () => {
    const bad = source(text.replace("mtu 9214", "mtoo 9214"));
    await expect(session.stage("chg-1", bad)).rejects.toMatchObject({
      kind: "device_rejected",
      message: expect.stringContaining("mtoo 9214"),
    });
    expect(await session.status("chg-1")).toBe("none");
  });

  test("an answer that is lost after the commit is unreachable, and the status tells what happened", async () => {
    await session.stage("chg-1", wider);
    fabric.device("leaf1").cutAfterCommit();
    await expect(session.commit("chg-1", 300)).rejects.toMatchObject({ kind: "unreachable" });
    expect(await session.status("chg-1")).toBe("awaiting-confirmation");
    await session.confirm("chg-1");
    expect(await meaning()).toEqual(meansAs(wider));
  });

  test("a line that is cut before the commit leaves the change staged", async () => {
    await session.stage("chg-1", wider);
    fabric.device("leaf1").cutBeforeCommit();
    await expect(session.commit("chg-1", 300)).rejects.toMatchObject({ kind: "unreachable" });
    expect(await session.status("chg-1")).toBe("staged");
  });

  test("a wrong password is forbidden", async () => {
    const target = { ...fabric.targets["leaf1"]!, password: "wrong" };
    await expect(eos.connect(target)).rejects.toMatchObject({ kind: "forbidden" });
  });

  test("a label can't smuggle a command", async () => {
    await expect(session.stage("x commit", wider)).rejects.toMatchObject({ kind: "invalid_input" });
  });
});

describe("what the device says is so", () => {
  test("interfaces, LLDP and BGP", async () => {
    const state = await session.readState();
    expect(state.interfaces["Ethernet1"]).toEqual({ up: true, speedBps: 400e9 });
    expect(state.lldp).toEqual([{ interface: "Ethernet1", neighbor: "spine1", neighborPort: "Ethernet7" }]);
    expect(state.bgp).toEqual([
      { networkInstance: "default", neighbor: "10.0.0.0", state: "established", prefixesReceived: 7 },
    ]);
  });

  test("counters come until the caller has enough", async () => {
    const stop = new AbortController();
    const seen: CounterSample[] = [];
    await session.streamCounters((sample) => {
      seen.push(sample);
      stop.abort();
    }, stop.signal);
    expect(seen[0]).toMatchObject({
      device: "leaf1",
      interface: "Ethernet1",
      inOctets: 5,
      outOctets: 6,
      pfcPauseRx: 2,
      pfcPauseTx: 3,
    });
  });
});

describe("what is typed", () => {
  test("each block is left before the next line, and free text is handed over as input", () => {
    const config = "banner login\nhello\nEOF\nrouter bgp 1\n   vlan 10\n      rd auto\n   router-id 1.1.1.1\nend\n";
    expect(commandsOf([{ path: "x", text: config }])).toEqual([
      { cmd: "banner login", input: "hello\nEOF" },
      "router bgp 1",
      "vlan 10",
      "rd auto",
      "exit",
      "router-id 1.1.1.1",
      "exit",
    ]);
    expect(scanIndented(config, eosSyntax).roots).toHaveLength(3);
  });

  test("both ways of reporting a pending commit are understood", () => {
    const old = { sessions: { "hd-a": { state: "pendingCommitTimer" } } };
    const newer = { sessions: { "hd-a": { state: "committed" } }, commitTimerSessionName: "hd-a" };
    expect([statusOf("hd-a", old), statusOf("hd-a", newer), statusOf("hd-b", newer)]).toEqual([
      "awaiting-confirmation",
      "awaiting-confirmation",
      "none",
    ]);
  });
});
