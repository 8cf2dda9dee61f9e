import type { CounterSample } from "#model/counter-sample.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startVirtualFabric, type VirtualFabric } from "#lab/virtual-fabric.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import type { DeviceSession } from "../driver.ts";
import { anyDeviceConfig } from "../testing.ts";
import { sonic } from "./index.ts";
import { mergeDesired } from "./merge.ts";
import { tablesOf } from "./diff.ts";
import { formatTables } from "./tables.ts";
import { sonicDialect } from "./testing.ts";

const source = (config: DeviceConfig) => ({ nos: "sonic" as const, files: sonic.render(config).files });
const samples = fc
  .sample(anyDeviceConfig(sonicDialect), { numRuns: 12, seed: 7 })
  .map((config) => source({ ...config, hostname: "leaf1" }));
const [first, second] = [samples[0], samples[1]] as [(typeof samples)[0], (typeof samples)[0]]; // twelve were asked for

describe("a session with a device that speaks gNMI", () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-sonic-"));
  let fabric: VirtualFabric;
  let session: DeviceSession;
  const running = async (): Promise<string> => (await session.readRunning()).map((file) => file.text).join("");
  const text = (one: typeof first): string => one.files.map((file) => file.text).join("");

  beforeAll(async () => {
    fabric = await startVirtualFabric({
      devices: { leaf1: first },
      stateDir: folder,
      computeState: () => ({
        leaf1: {
          interfaces: { Ethernet0: { up: true, speedBps: 100_000_000_000 } },
          lldp: [{ interface: "Ethernet0", neighbor: "spine1", neighborPort: "Ethernet4" }],
          bgp: [{ networkInstance: "default", neighbor: "10.9.0.10", state: "established", prefixesReceived: 3 }],
        },
      }),
      counters: (device) => [{ device, interface: "Ethernet0", at: 1, inOctets: 100, outOctets: 200 }],
    });
    const target = fabric.targets["leaf1"];
    if (target === undefined) throw new Error("the lab made no leaf1");
    session = await sonic.connect(target);
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await fabric[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test("any configuration of ours replaces any other, and is read back byte for byte", async () => {
    for (const [index, desired] of samples.entries()) {
      await session.stage(`step-${index}`, desired);
      await session.commit(`step-${index}`);
      expect(await running()).toBe(text(desired));
    }
  });

  test("what is not confirmed in time is taken back; what is confirmed stays", async () => {
    await session.stage("base", first);
    await session.commit("base");
    expect((await session.stage("timed", second)).deviceDiff).toMatch(/^[+-] /);
    await session.commit("timed", 1);
    expect(await session.status("timed")).toBe("awaiting-confirmation");
    expect(await running()).toBe(text(second));
    await expect.poll(() => session.status("timed"), { timeout: 5000 }).toBe("none");
    expect(await running()).toBe(text(first));
    await session.stage("kept", second);
    await session.commit("kept", 1);
    await session.confirm("kept");
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(await session.status("kept")).toBe("committed");
    expect(await running()).toBe(text(second));
  });

  test("abort takes back what awaits confirmation, drops what is staged, and minds nothing else", async () => {
    await session.stage("a", first);
    await session.commit("a", 60);
    await session.abort("a");
    expect(await session.status("a")).toBe("none");
    expect(await running()).toBe(text(second));
    await session.stage("a", first);
    await session.abort("a");
    await session.abort("never heard of");
    expect(await session.status("a")).toBe("none");
    await expect(session.commit("a")).rejects.toMatchObject({ kind: "not_found" });
    await expect(session.confirm("a")).rejects.toMatchObject({ kind: "not_found" });
  });

  test("a device that says no is a rejection in its own words, and runs what it ran", async () => {
    fabric.device("leaf1").rejectNext("mtu is out of range");
    await session.stage("no", first);
    await expect(session.commit("no")).rejects.toMatchObject({
      kind: "device_rejected",
      message: expect.stringContaining("mtu is out of range") as string,
    });
    expect(await running()).toBe(text(second));
  });

  test("a Set that breaks off half way is undone before it is told", async () => {
    fabric.device("leaf1").failMidway();
    await session.stage("half", first);
    await expect(session.commit("half")).rejects.toMatchObject({ kind: "device_rejected" });
    expect(await running()).toBe(text(second));
  });

  test("state and counters come over the same channel", async () => {
    expect(await session.readState()).toMatchObject({
      interfaces: { Ethernet0: { up: true } },
      lldp: [{ interface: "Ethernet0", neighbor: "spine1", neighborPort: "Ethernet4" }],
      bgp: [{ networkInstance: "default", neighbor: "10.9.0.10", state: "established", prefixesReceived: 3 }],
    });
    const stop = new AbortController();
    const seen: CounterSample[] = [];
    await session.streamCounters((sample) => {
      seen.push(sample);
      stop.abort();
    }, stop.signal);
    expect(seen[0]).toMatchObject({ device: "leaf1", interface: "Ethernet0", inOctets: 100, outOctets: 200 });
  });

  test("a stranger's certificate and a wrong password do not pass", async () => {
    const target = fabric.targets["leaf1"];
    if (target === undefined) throw new Error("the lab made no leaf1");
    await expect(sonic.connect({ ...target, password: "wrong" })).rejects.toMatchObject({ kind: "forbidden" });
    await fabric.device("leaf1").wrongCertificate(true);
    await expect(sonic.connect({ ...target, timeoutMs: 1500 })).rejects.toMatchObject({
      kind: expect.stringMatching(/unreachable|timeout/) as string,
    });
    await fabric.device("leaf1").wrongCertificate(false);
  });
});

describe("what is desired, laid over what a real device runs", () => {
  const real = tablesOf(
    JSON.stringify({
      DEVICE_METADATA: {
        localhost: { hostname: "old", hwsku: "Mellanox-SN5600-O128", mac: "00:11:22:33:44:55", platform: "x86" },
      },
      PORT: {
        Ethernet0: { admin_status: "up", alias: "etp1a", index: "1", lanes: "0,1,2,3", mtu: "9100", speed: "400000" },
        Ethernet4: { admin_status: "up", alias: "etp1b", index: "1", lanes: "4,5,6,7", mtu: "9100" },
      },
      NTP_SERVER: { "192.0.2.1": {} },
      FEATURE: { bgp: { state: "enabled" } },
      VLAN: { Vlan99: { vlanid: "99" } },
      BGP_NEIGHBOR: { "default|10.0.0.1": { asn: "65000", auth_password: "secret" }, "10.0.0.9": { asn: "1" } },
      STRANGE: { a: { b: "c" } },
    }),
  );
  const desired = tablesOf(
    JSON.stringify({
      DEVICE_METADATA: { localhost: { hostname: "new" } },
      PORT: { Ethernet0: { admin_status: "down", mtu: "9214" } },
      BGP_GLOBALS: { default: { local_asn: "65001" } },
      BGP_NEIGHBOR: { "default|10.0.0.1": { asn: "65002" } },
    }),
  );
  const merged = JSON.parse(formatTables(mergeDesired(real, desired))) as Record<string, Record<string, unknown>>;

  test("hardware, users, monitoring, secrets and what nobody knows stay", () => {
    expect(merged["DEVICE_METADATA"]).toEqual({
      localhost: { hostname: "new", hwsku: "Mellanox-SN5600-O128", mac: "00:11:22:33:44:55", platform: "x86" },
    });
    expect(merged["PORT"]?.["Ethernet0"]).toEqual({
      admin_status: "down",
      alias: "etp1a",
      index: "1",
      lanes: "0,1,2,3",
      mtu: "9214",
    });
    expect(merged["NTP_SERVER"]).toEqual({ "192.0.2.1": {} });
    expect(merged["FEATURE"]).toEqual({ bgp: { state: "enabled" } });
    expect(merged["STRANGE"]).toEqual({ a: { b: "c" } });
    expect(merged["BGP_NEIGHBOR"]).toEqual({ "default|10.0.0.1": { asn: "65002", auth_password: "secret" } });
  });

  test("configuration that is not desired goes, and a port we say nothing of keeps only its hardware", () => {
    expect(merged["VLAN"]).toBeUndefined();
    expect(merged["PORT"]?.["Ethernet4"]).toEqual({ alias: "etp1b", index: "1", lanes: "4,5,6,7" });
  });

  test("the result means to the parser what is desired means", () => {
    const meaning = (data: string) => sonic.parse([{ path: "config_db.json", text: data }]).config;
    const without = { ...(JSON.parse(formatTables(desired)) as object) };
    const bare = meaning(JSON.stringify(without));
    const neighbor = meaning(JSON.stringify(merged)).networkInstances["default"]?.bgp?.neighbors["10.0.0.1"];
    expect(meaning(JSON.stringify(merged)).interfaces).toEqual(bare.interfaces);
    expect(neighbor).toMatchObject({ peerAs: 65002, authenticated: true });
  });
});
