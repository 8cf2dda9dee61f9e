import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deriveConfigs } from "#design/configs.ts";
import { parseDesign } from "#design/design.ts";
import { buildFabric } from "#design/fabric.ts";
import type { DeviceSession, Target } from "#drivers/driver.ts";
import { driverFor } from "#drivers/index.ts";
import type { DeviceConfig, NosName } from "#model/device-config.ts";
import { Failure } from "#model/failure.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import { HandClock } from "./virtual/testing.ts";
import { startVirtualFabric, type DeviceSwitches, type VirtualFabric } from "./virtual-fabric.ts";

/** One small switch in each vendor's words; `{mtu}` is what a change changes. */
const texts: Readonly<Record<string, { readonly path: string; readonly text: string }>> = {
  eos: {
    path: "eos.cfg",
    text: "hostname eos\n!\ninterface Ethernet1\n   description uplink {mtu}\n   mtu {mtu}\n   no switchport\n   ip address 10.0.0.0/31\n!\nip routing\n!\nrouter bgp 65001\n   router-id 10.255.0.1\n   neighbor 10.0.0.1 remote-as 65100\n!\nend\n",
  },
  nvue: {
    path: "startup.yaml",
    text: "- header:\n    model: VX\n    nvue-api-version: nvue_v1\n    version: Cumulus Linux 5.13.1\n- set:\n    interface:\n      lo:\n        ipv4:\n          address:\n            10.255.0.2/32: {}\n        type: loopback\n      swp1:\n        ipv4:\n          address:\n            10.0.0.2/31: {}\n        link:\n          mtu: {mtu}\n        type: swp\n    system:\n      hostname: nvue\n",
  },
  sonic: {
    path: "config_db.json",
    text: '{"DEVICE_METADATA":{"localhost":{"hostname":"sonic","hwsku":"x","type":"LeafRouter"}},"PORT":{"Ethernet0":{"admin_status":"up","lanes":"1,2,3,4","mtu":"{mtu}","speed":"400000"}},"INTERFACE":{"Ethernet0":{},"Ethernet0|10.0.0.4/31":{}}}',
  },
};
const kinds = ["eos", "nvue", "sonic"] as const satisfies readonly NosName[];

const sourceOf = (nos: (typeof kinds)[number], mtu: number): DeviceSource => {
  const { path = "", text = "" } = texts[nos] ?? {};
  return { nos, files: [{ path, text: text.replaceAll("{mtu}", String(mtu)) }] };
};
const [oldMtu, newMtu] = [9000, 9100];
const configOf = (source: DeviceSource): DeviceConfig => driverFor(source.nos).parse(source.files).config;

let folder: string;
let clock: HandClock;
let fabric: VirtualFabric;
const start = (): Promise<VirtualFabric> =>
  startVirtualFabric({
    devices: Object.fromEntries(kinds.map((nos) => [nos, sourceOf(nos, oldMtu)])),
    stateDir: folder,
    clock,
    computeState: (sources) =>
      Object.fromEntries(
        Object.entries(sources).map(([name, source]) => [
          name,
          {
            interfaces: Object.fromEntries(
              Object.entries(configOf(source).interfaces).map(([port, { enabled }]) => [port, { up: enabled }]),
            ),
            lldp: [],
            bgp: [],
          },
        ]),
      ),
    counters: (device) => [
      {
        device,
        interface: { eos: "Ethernet1", nvue: "swp1" }[device] ?? "Ethernet0",
        at: 0,
        inOctets: 7,
        outOctets: 8,
      },
    ],
    nvue: { stepMs: 2 },
    sonic: { setMs: 1 },
  });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "heddle-lab-"));
  clock = new HandClock();
  fabric = await start();
});
afterEach(async () => {
  await fabric[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const target = (nos: string): Target => {
  const found = fabric.targets[nos];
  if (found === undefined) throw new Error(`no target ${nos}`);
  return { ...found, timeoutMs: 3000 };
};
const connect = (nos: (typeof kinds)[number]): Promise<DeviceSession> => driverFor(nos).connect(target(nos));
const mtuOf = (nos: (typeof kinds)[number], files: DeviceSource["files"]): number | undefined =>
  configOf({ nos, files }).interfaces[{ eos: "Ethernet1", nvue: "swp1", sonic: "Ethernet0" }[nos]]?.mtuBytes;
const runs = (nos: (typeof kinds)[number]): number | undefined => mtuOf(nos, fabric.device(nos).running.files);
const kindOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "done";
  } catch (error) {
    return error instanceof Failure ? error.kind : String(error);
  }
};

describe.each(kinds)("%s", (nos) => {
  test("what is read back means what was configured", async () => {
    await using session = await connect(nos);
    expect(configOf({ nos, files: await session.readRunning() })).toEqual(configOf(sourceOf(nos, oldMtu)));
  });

  test("staging what runs already has no difference", async () => {
    await using session = await connect(nos);
    expect((await session.stage("same", sourceOf(nos, oldMtu))).deviceDiff.trim()).toBe("");
  });

  test("staged, nothing happens; committed and confirmed, it stays through a reboot", async () => {
    await using session = await connect(nos);
    expect((await session.stage("c1", sourceOf(nos, newMtu))).deviceDiff).toContain(String(newMtu));
    expect([runs(nos), await session.status("c1")]).toEqual([oldMtu, "staged"]);
    await session.commit("c1", 120);
    expect([runs(nos), await session.status("c1")]).toEqual([newMtu, "awaiting-confirmation"]);
    await session.confirm("c1");
    expect(await session.status("c1")).toBe("committed");
    clock.advance(1e6);
    fabric.device(nos).reboot();
    expect(runs(nos)).toBe(newMtu);
  });

  test("aborted before and after the commit, the old one runs", async () => {
    await using session = await connect(nos);
    await session.stage("c2", sourceOf(nos, newMtu));
    await session.abort("c2");
    expect(await session.status("c2")).toBe("none");
    await session.stage("c3", sourceOf(nos, newMtu));
    await session.commit("c3", 120);
    await session.abort("c3");
    expect(runs(nos)).toBe(oldMtu);
    await session.abort("never-heard-of");
  });

  test("the device's own refusal comes through, and nothing changes", async () => {
    await using session = await connect(nos);
    await session.stage("c4", sourceOf(nos, newMtu));
    fabric.device(nos).rejectNext("no free hardware entries");
    await expect(session.commit("c4")).rejects.toMatchObject({
      kind: "device_rejected",
      message: expect.stringContaining("no free hardware entries"),
    });
    expect(runs(nos)).toBe(oldMtu);
  });

  test("an address that can't be is refused by the device, not by us", async () => {
    await using session = await connect(nos);
    const wrong = { ...sourceOf(nos, 99_999) };
    const outcome = await kindOf(session.stage("c5", wrong).then(() => session.commit("c5")));
    expect(outcome).toBe("device_rejected");
    expect(runs(nos)).toBe(oldMtu);
  });

  test("state and counters are what the fabric says", async () => {
    await using session = await connect(nos);
    const port = { eos: "Ethernet1", nvue: "swp1", sonic: "Ethernet0" }[nos];
    expect((await session.readState()).interfaces[port]).toMatchObject({ up: true });
    const stop = new AbortController();
    const samples: unknown[] = [];
    const streaming = session.streamCounters((sample) => {
      samples.push(sample);
      stop.abort();
    }, stop.signal);
    await streaming;
    expect(samples[0]).toMatchObject({ device: nos, interface: port, inOctets: 7, outOctets: 8 });
  });

  test("a certificate of another authority is not talked to", async () => {
    await fabric.device(nos).wrongCertificate(true);
    expect(await kindOf(connect(nos))).toBe("unreachable");
    await fabric.device(nos).wrongCertificate(false);
    await using session = await connect(nos);
    expect(await session.status("x")).toBe("none");
  });

  test("a wrong password is told apart from a dead device", async () => {
    expect(await kindOf(driverFor(nos).connect({ ...target(nos), password: "wrong" }))).toBe("forbidden");
  });

  test("drift between plan and commit is seen by reading", async () => {
    await using session = await connect(nos);
    fabric.device(nos).driftEdit(
      {
        eos: ["interface Ethernet1", "mtu 8000"],
        nvue: ["nv set interface swp1 link mtu 8000"],
        sonic: ['sonic-db-cli CONFIG_DB hset "PORT|Ethernet0" mtu 8000'],
      }[nos],
    );
    expect(mtuOf(nos, await session.readRunning())).toBe(8000);
  });
});

/** What can go wrong around a timed commit. */
const faults: readonly { readonly name: string; readonly arm: (device: DeviceSwitches) => void }[] = [
  { name: "nothing", arm: () => undefined },
  { name: "cut before the commit", arm: (device) => device.cutBeforeCommit() },
  { name: "cut after the commit, its answer lost", arm: (device) => device.cutAfterCommit() },
  { name: "half an answer", arm: (device) => device.halfAnswer() },
  { name: "a slow device", arm: (device) => device.slow(150) },
  { name: "a clock that jumps an hour", arm: (device) => device.clockJump(3_600_000) },
  { name: "a refusal", arm: (device) => device.rejectNext("no") },
  { name: "a failure midway", arm: (device) => device.failMidway() },
];

// The timer is the device's own on EOS and NVUE. SONiC has none: its driver keeps one in our process, on real time.
describe.each(["eos", "nvue"] as const)(
  "%s: after the confirm timer the device runs the confirmed new or the old",
  (nos) => {
    test.each(faults)("$name, nobody confirms", async ({ arm }) => {
      await using session = await connect(nos);
      await session.stage("f", sourceOf(nos, newMtu));
      arm(fabric.device(nos));
      await kindOf(session.commit("f", 60));
      clock.advance(61_000);
      fabric.device(nos).slow(0);
      expect(runs(nos)).toBe(oldMtu);
      expect(await session.status("f")).not.toBe("committed");
    });

    test.each(faults)("$name, and the word of status decides", async ({ arm }) => {
      await using session = await connect(nos);
      await session.stage("f", sourceOf(nos, newMtu));
      arm(fabric.device(nos));
      await kindOf(session.commit("f", 60));
      fabric.device(nos).slow(0);
      // An apply whose client was cut off goes on by itself: wait until it has come to rest.
      await sleep(nos === "nvue" ? 80 : 0);
      const status = await session.status("f");
      const confirmed = status === "awaiting-confirmation" && (await kindOf(session.confirm("f"))) === "done";
      clock.advance(61_000);
      expect(runs(nos)).toBe(confirmed ? newMtu : oldMtu);
      expect((await session.status("f")) === "committed").toBe(confirmed);
    });

    test("a reboot while it waits", async () => {
      await using session = await connect(nos);
      await session.stage("f", sourceOf(nos, newMtu));
      await session.commit("f", 60);
      fabric.device(nos).reboot();
      expect(runs(nos)).toBe(oldMtu);
      await using again = await connect(nos);
      expect(await again.status("f")).toBe("none");
      expect(await kindOf(again.confirm("f"))).not.toBe("done");
    });

    test("the lab stops and starts again while it waits", async () => {
      await using session = await connect(nos);
      await session.stage("f", sourceOf(nos, newMtu));
      await session.commit("f", 60);
      await fabric[Symbol.asyncDispose]();
      fabric = await start();
      expect(runs(nos)).toBe(newMtu);
      await using again = await connect(nos);
      expect(await again.status("f")).toBe("awaiting-confirmation");
      clock.advance(61_000);
      expect(runs(nos)).toBe(oldMtu);
    });
  },
);

test("eos: a subnet that is another interface's already is refused at the line that brings it", async () => {
  await using session = await connect("eos");
  const [file] = sourceOf("eos", oldMtu).files;
  const text =
    file?.text.replace(
      "ip routing",
      "interface Ethernet2\n   no switchport\n   ip address 10.0.0.1/30\n!\nip routing",
    ) ?? "";
  await expect(session.stage("o", { nos: "eos", files: [{ path: "eos.cfg", text }] })).rejects.toMatchObject({
    kind: "device_rejected",
    message: expect.stringContaining(
      "`ip address 10.0.0.1/30`: Subnet 10.0.0.0/30 overlaps with existing subnet 10.0.0.0/31 of Ethernet1",
    ),
  });
});

test("every switch of the example factory takes its own configuration and sees no difference", async () => {
  const text = readFileSync(new URL("../../examples/ai-factory-128/fabric.yaml", import.meta.url), "utf8");
  const { design } = parseDesign({ path: "fabric.yaml", text });
  if (design === undefined) throw new Error("the example design can't be read");
  const configs = deriveConfigs(buildFabric(design).fabric, []);
  const devices = Object.fromEntries(
    Object.entries(configs).map(([name, config]) => [
      name,
      { nos: config.nos, files: driverFor(config.nos).render(config).files },
    ]),
  );
  const stateDir = mkdtempSync(join(tmpdir(), "heddle-lab-"));
  await using factory = await startVirtualFabric({ devices, stateDir, computeState: () => ({}) });
  expect(factory.absent).toEqual({});
  for (const [name, device] of Object.entries(devices)) {
    const driver = driverFor(device.nos);
    const found = factory.targets[name];
    if (found === undefined) throw new Error(`no target ${name}`);
    await using session = await driver.connect(found);
    expect([name, (await session.stage("same", device)).deviceDiff.trim()]).toEqual([name, ""]);
    expect(driver.parse(await session.readRunning()).config).toEqual(configs[name]);
  }
  rmSync(stateDir, { recursive: true, force: true });
});

test("sonic: a commit that fails midway is taken back by the driver", async () => {
  await using session = await connect("sonic");
  await session.stage("m", sourceOf("sonic", newMtu));
  fabric.device("sonic").failMidway();
  expect(await kindOf(session.commit("m"))).toBe("device_rejected");
  expect(runs("sonic")).toBe(oldMtu);
});

test("killed with SIGKILL in a timed commit, a lab finds its devices as they were", async () => {
  await fabric[Symbol.asyncDispose]();
  const script = `
    const { startVirtualFabric } = await import(${JSON.stringify(new URL("./virtual-fabric.ts", import.meta.url).href)});
    const { driverFor } = await import(${JSON.stringify(new URL("../drivers/index.ts", import.meta.url).href)});
    const fabric = await startVirtualFabric({ devices: ${JSON.stringify({ eos: sourceOf("eos", oldMtu), nvue: sourceOf("nvue", oldMtu) })}, stateDir: ${JSON.stringify(folder)}, computeState: () => ({}) });
    for (const nos of ["eos", "nvue"]) {
      const session = await driverFor(nos).connect(fabric.targets[nos]);
      await session.stage("k", nos === "eos" ? ${JSON.stringify(sourceOf("eos", newMtu))} : ${JSON.stringify(sourceOf("nvue", newMtu))});
      await session.commit("k", 600);
    }
    console.log("committed");
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: new URL("../..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", () => resolve());
    child.on("exit", (code) => reject(new Error(`the lab ended with ${code}`)));
  });
  child.removeAllListeners("exit");
  const gone = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  clock = new HandClock(Date.now());
  fabric = await start();
  for (const nos of ["eos", "nvue"] as const) {
    expect(runs(nos)).toBe(newMtu);
    await using session = await connect(nos);
    expect(await session.status("k")).toBe("awaiting-confirmation");
  }
  clock.advance(700_000);
  for (const nos of ["eos", "nvue"] as const) expect(runs(nos)).toBe(oldMtu);
});
