import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startVirtualFabric, type VirtualFabric, type VirtualFabricOptions } from "#lab/virtual-fabric.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import { parseNvue } from "./parse.ts";
import { connectNvue } from "./session.ts";

const config = (mtu: number, more = ""): DeviceSource => ({
  nos: "nvue",
  files: [
    {
      path: "startup.yaml",
      text: `- header:
    nvue-api-version: nvue_v1
- set:
    interface:
      lo:
        ipv4:
          address:
            10.10.10.1/32: {}
        type: loopback
      swp1:
        link:
          mtu: ${mtu}
        type: swp
${more}    system:
      hostname: leaf01
`,
    },
  ],
});

const older: DeviceSource = {
  nos: "nvue",
  files: [
    {
      path: "startup.yaml",
      text: `- header:
    version: Cumulus Linux 5.4.0
- set:
    interface:
      lo:
        ip:
          address:
            10.10.10.1/32: {}
        type: loopback
      swp1:
        type: swp
    router:
      bgp:
        autonomous-system: 65101
        enable: on
    system:
      hostname: leaf01
`,
    },
  ],
};

let cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.toReversed()) await step();
  cleanUp = [];
});

const state = {
  interfaces: { swp1: { up: true, speedBps: 400e9 } },
  lldp: [{ interface: "swp1", neighbor: "spine01", neighborPort: "swp9" }],
  bgp: [{ networkInstance: "default", neighbor: "swp1", state: "established", prefixesReceived: 7 }],
};

async function start(seed: DeviceSource, options: Partial<VirtualFabricOptions> = {}): Promise<VirtualFabric> {
  const stateDir = mkdtempSync(join(tmpdir(), "heddle-nvue-"));
  const fabric = await startVirtualFabric({
    devices: { leaf01: seed },
    stateDir,
    computeState: () => ({ leaf01: state }),
    counters: () => [{ device: "leaf01", interface: "swp1", at: 0, inOctets: 11, outOctets: 22 }],
    nvue: { stepMs: 2 },
    ...options,
  });
  cleanUp.push(
    () => Promise.resolve(rmSync(stateDir, { recursive: true, force: true })),
    async () => {
      await fabric[Symbol.asyncDispose]();
    },
  );
  return fabric;
}

async function open(fabric: VirtualFabric) {
  const target = fabric.targets["leaf01"];
  if (target === undefined) throw new Error("the fabric has no leaf01");
  const session = await connectNvue(target);
  cleanUp.push(async () => {
    await session[Symbol.asyncDispose]();
  });
  return session;
}

const mtuOf = async (session: Awaited<ReturnType<typeof open>>): Promise<number | undefined> =>
  parseNvue(await session.readRunning()).config.interfaces["swp1"]?.mtuBytes;

describe("a session with an NVUE switch", () => {
  test("stages, commits with a timer, confirms, and knows each state by its label", async () => {
    const session = await open(await start(config(9216)));
    expect(await session.status("chg-1")).toBe("none");
    const { deviceDiff } = await session.stage("chg-1", config(9000));
    expect(deviceDiff.split("\n")).toEqual([
      "nv unset interface swp1 link mtu 9216",
      "nv set interface swp1 link mtu 9000",
    ]);
    expect(await mtuOf(session)).toBe(9216);
    expect(await session.status("chg-1")).toBe("staged");
    await session.commit("chg-1", 300);
    expect(await session.status("chg-1")).toBe("awaiting-confirmation");
    expect(await mtuOf(session)).toBe(9000);
    await session.confirm("chg-1");
    expect(await session.status("chg-1")).toBe("committed");
    await session.commit("chg-1", 300); // a step that happened happens once
    expect(await mtuOf(session)).toBe(9000);
  });

  test("what was staged again replaces what was staged", async () => {
    const session = await open(await start(config(9216)));
    await session.stage("chg-1", config(9000));
    await session.stage("chg-1", config(8000));
    await session.commit("chg-1");
    expect(await mtuOf(session)).toBe(8000);
    expect(await session.status("chg-1")).toBe("committed");
  });

  test("abort takes back what awaits confirmation, and drops what is staged", async () => {
    const session = await open(await start(config(9216)));
    await session.stage("chg-1", config(9000));
    await session.commit("chg-1", 300);
    await session.abort("chg-1");
    expect(await mtuOf(session)).toBe(9216);
    expect(await session.status("chg-1")).toBe("none");
    await session.stage("chg-2", config(9000));
    await session.abort("chg-2");
    await session.abort("never heard of");
    expect(await session.status("chg-2")).toBe("none");
    await expect(session.commit("chg-2")).rejects.toMatchObject({ kind: "not_found" });
  });

  test("after a restart of ours, the change that awaits confirmation is found again", async () => {
    const fabric = await start(config(9216));
    const session = await open(fabric);
    await session.stage("chg-1", config(9000));
    await session.commit("chg-1", 300);
    const after = await open(fabric);
    expect(await after.status("chg-1")).toBe("awaiting-confirmation");
    await after.confirm("chg-1");
    expect(await mtuOf(after)).toBe(9000);
  });

  test("labels outlive our process: each staged change is found by its own", async () => {
    const fabric = await start(config(9216));
    const session = await open(fabric);
    await session.stage("chg-1", config(9000));
    await session.stage("chg-2", config(8000));
    const after = await open(fabric);
    expect(await after.status("chg-1")).toBe("staged");
    expect(await after.status("chg-3")).toBe("none");
    await after.commit("chg-2");
    expect(await mtuOf(after)).toBe(8000);
    expect(await (await open(fabric)).status("chg-2")).toBe("committed");
  });

  test("a commit whose answer was lost is seen for what it did", async () => {
    const fabric = await start(config(9216));
    const session = await open(fabric);
    await session.stage("chg-1", config(9000));
    fabric.device("leaf01").cutAfterCommit();
    await session.commit("chg-1", 300).catch((error: unknown) => {
      expect(error).toMatchObject({ kind: "unreachable" });
    });
    const after = await open(fabric);
    await expect.poll(() => after.status("chg-1")).toBe("awaiting-confirmation");
    await after.confirm("chg-1");
    expect(await mtuOf(after)).toBe(9000);
  });

  test("a refusal says where and why, and changes nothing", async () => {
    const fabric = await start(config(9216));
    const session = await open(fabric);
    await session.stage("chg-1", config(9000));
    fabric.device("leaf01").rejectNext("swp1 is not what it was");
    await expect(session.commit("chg-1", 300)).rejects.toMatchObject({
      kind: "device_rejected",
      message: expect.stringContaining("swp1 is not what it was") as string,
    });
    expect(await mtuOf(session)).toBe(9216);
    await session.stage("chg-2", config(9216, "      swp2:\n        no-such-thing: 1\n"));
    await expect(session.commit("chg-2")).rejects.toMatchObject({
      kind: "device_rejected",
      detail: { state: "invalid", issues: [expect.objectContaining({ code: "config_invalid" })] },
    });
  });

  test("an empty configuration is refused before the switch hears of it", async () => {
    const session = await open(await start(config(9216)));
    await expect(session.stage("chg-1", { nos: "nvue", files: [] })).rejects.toMatchObject({ kind: "invalid_input" });
  });

  test("a release before 5.10 answers otherwise and is told in its own spelling", async () => {
    const fabric = await start(older, { nvue: { stepMs: 2, strictSpelling: true } });
    const session = await open(fabric);
    await session.stage("chg-1", config(9000));
    await session.commit("chg-1", 300);
    await session.confirm("chg-1");
    const [file] = await session.readRunning();
    expect(file?.text).toContain("        ip:\n          address:\n            10.10.10.1/32: {}");
    expect(await mtuOf(session)).toBe(9000);
  });

  test("a token that ran out is renewed, a wrong password is not retried", async () => {
    const fabric = await start(config(9216), { nvue: { stepMs: 2, tokenMinutes: 1 } });
    const session = await open(fabric);
    fabric.device("leaf01").clockJump(10 * 60_000);
    expect(await mtuOf(session)).toBe(9216);
    const target = fabric.targets["leaf01"];
    if (target !== undefined)
      await expect(connectNvue({ ...target, password: "wrong" })).rejects.toMatchObject({ kind: "forbidden" });
  });

  test("a factory password is told as what it is", async () => {
    const fabric = await start(config(9216), { nvue: { factoryPassword: true } });
    const target = fabric.targets["leaf01"];
    if (target !== undefined)
      await expect(connectNvue(target)).rejects.toMatchObject({
        kind: "forbidden",
        message: expect.stringContaining("factory password") as string,
      });
  });

  test("state and counters are read; the stream ends when told", async () => {
    const session = await open(await start(config(9216)));
    expect(await session.readState()).toEqual({
      interfaces: expect.objectContaining({ swp1: { up: true, speedBps: 400e9 } }) as object,
      lldp: [{ interface: "swp1", neighbor: "spine01", neighborPort: "swp9" }],
      bgp: [{ networkInstance: "default", neighbor: "swp1", state: "established", prefixesReceived: 7 }],
    });
    const stop = new AbortController();
    const samples: number[] = [];
    await session.streamCounters((sample) => {
      samples.push(sample.inOctets);
      stop.abort();
    }, stop.signal);
    expect(samples).toEqual([11]);
  });
});
