import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { connect as tlsConnect } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { driverFor } from "#drivers/index.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import { fidelity } from "./fidelity.ts";
import { startVirtualFabric, type VirtualFabric, type VirtualFabricOptions } from "./virtual-fabric.ts";

const eos = (name: string): DeviceSource => ({
  nos: "eos",
  files: [{ path: `${name}.cfg`, text: `hostname ${name}\n!\ninterface Ethernet1\n   description x\n!\nend\n` }],
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-lab-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const start = (
  devices: VirtualFabricOptions["devices"],
  more: Partial<VirtualFabricOptions> = {},
): Promise<VirtualFabric> => startVirtualFabric({ devices, stateDir: folder, computeState: () => ({}), ...more });

/** The certificate that a device shows. */
const shown = (port: number, ca: string): Promise<X509Certificate> =>
  new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: "127.0.0.1", port, ca }, () => {
      const raw = socket.getPeerX509Certificate();
      socket.destroy();
      if (raw === undefined) reject(new Error("no certificate"));
      else resolve(raw);
    });
    socket.on("error", reject);
  });

describe("a fabric", () => {
  test("each device has a port, a certificate of its name, and credentials nobody else has", async () => {
    await using fabric = await start({ leaf1: eos("leaf1"), "leaf 2/ü": eos("leaf2") });
    const [a, b] = [fabric.targets["leaf1"], fabric.targets["leaf 2/ü"]];
    expect(a?.port).not.toBe(b?.port);
    expect(a?.password.length).toBeGreaterThan(20);
    const certificate = await shown(a?.port ?? 0, a?.ca ?? "");
    expect(certificate.subject).toContain("CN=leaf1");
    expect(certificate.subjectAltName).toContain("IP Address:127.0.0.1");
    expect(certificate.verify(new X509Certificate(a?.ca ?? "").publicKey)).toBe(true);
    await shown(b?.port ?? 0, b?.ca ?? "");
    const other = mkdtempSync(join(tmpdir(), "heddle-lab-"));
    await using stranger = await start({ leaf1: eos("leaf1") }, { stateDir: other });
    expect(stranger.targets["leaf1"]?.password).not.toBe(a?.password);
    await expect(shown(stranger.targets["leaf1"]?.port ?? 0, a?.ca ?? "")).rejects.toThrow();
    rmSync(other, { recursive: true, force: true });
  });

  test("secrets are readable by their owner alone, and the same after a restart", async () => {
    const first = await start({ leaf1: eos("leaf1") });
    const { password, ca } = first.targets["leaf1"] ?? {};
    await first[Symbol.asyncDispose]();
    for (const name of readdirSync(folder).filter((each) => each.endsWith(".json")))
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    await using again = await start({ leaf1: eos("leaf1") });
    expect(again.targets["leaf1"]).toMatchObject({ password, ca });
  });

  test("a device keeps what it runs, whatever it is started with the next time", async () => {
    const first = await start({ leaf1: eos("leaf1") });
    first.device("leaf1").driftEdit(["hostname changed"]);
    await first[Symbol.asyncDispose]();
    await using again = await start({ leaf1: eos("other"), leaf2: eos("leaf2") });
    expect(again.device("leaf1").running.files[0]?.text).toContain("hostname changed");
    expect(again.device("leaf2").running.files[0]?.text).toContain("hostname leaf2");
  });

  test("a NOS without a double is absent, with the reason, and still part of the network", async () => {
    const junos: DeviceSource = { nos: "junos", files: [{ path: "j.conf", text: "system { host-name j; }" }] };
    let seen: readonly string[] = [];
    await using fabric = await start(
      { leaf1: eos("leaf1"), j: junos },
      {
        computeState: (sources) => {
          seen = Object.keys(sources);
          return {};
        },
      },
    );
    expect(fabric.absent["j"]).toContain("junos has no virtual device yet");
    expect(Object.keys(fabric.targets)).toEqual(["leaf1"]);
    await using session = await driverFor("eos").connect({ ...fabric.targets["leaf1"]!, timeoutMs: 3000 });
    await session.readState();
    expect(seen.toSorted()).toEqual(["j", "leaf1"]);
    expect(() => fabric.device("j")).toThrow("junos");
    expect(() => fabric.device("constructor")).toThrow("no device");
  });

  test("the network is computed when somebody looks, once for a burst of changes", async () => {
    let computed = 0;
    await using fabric = await start(
      { leaf1: eos("leaf1"), leaf2: eos("leaf2") },
      { computeState: () => (computed++, {}) },
    );
    await using session = await driverFor("eos").connect({ ...fabric.targets["leaf1"]!, timeoutMs: 3000 });
    for (let turn = 0; turn < 5; turn++) fabric.device("leaf2").driftEdit([`hostname h${turn}`]);
    expect(computed).toBe(0);
    await session.readState();
    await session.readState();
    expect(computed).toBe(1);
    fabric.device("leaf2").driftEdit(["hostname again"]);
    await session.readState();
    expect(computed).toBe(2);
  });

  test("a port that is taken is a conflict, and nothing is left listening", async () => {
    await using fabric = await start({ leaf1: eos("leaf1") });
    const port = fabric.targets["leaf1"]?.port ?? 0;
    const other = mkdtempSync(join(tmpdir(), "heddle-lab-"));
    await expect(start({ x: eos("x") }, { stateDir: other, ports: { x: port } })).rejects.toMatchObject({
      kind: "conflict",
    });
    rmSync(other, { recursive: true, force: true });
  });

  test.each([
    ["nvue", "startup.yaml", "a: [1"],
    ["nvue", "startup.yaml", "- set:\n    __proto__: {a: 1}\n"],
    ["sonic", "config_db.json", "{"],
    ["sonic", "config_db.json", '{"PORT": 3}'],
  ] as const)("a %s device can't start from %s with %s", async (nos, path, text) => {
    await expect(start({ x: { nos, files: [{ path, text }] } })).rejects.toMatchObject({
      kind: "invalid_input",
      message: expect.stringContaining(path),
    });
  });

  test("a damaged state file says which", async () => {
    const first = await start({ leaf1: eos("leaf1") });
    first.device("leaf1").driftEdit(["hostname y"]);
    await first[Symbol.asyncDispose]();
    writeFileSync(join(folder, "devices", "leaf1.json"), "{ half");
    await expect(start({ leaf1: eos("leaf1") })).rejects.toMatchObject({
      kind: "invalid_input",
      message: expect.stringContaining("leaf1.json"),
    });
  });

  test("a hundred devices start together and all answer", async () => {
    const names = Array.from({ length: 100 }, (_, n) => `leaf${n}`);
    await using fabric = await start(Object.fromEntries(names.map((name) => [name, eos(name)])));
    expect(Object.keys(fabric.targets)).toHaveLength(100);
    const { port = 0, ca = "" } = fabric.targets["leaf99"] ?? {};
    expect((await shown(port, ca)).subject).toContain("leaf99");
  });
});

test("the page on fidelity says what the table says", () => {
  const page = readFileSync(new URL("./fidelity.md", import.meta.url), "utf8").replace(/ +/g, " ");
  for (const lines of Object.values(fidelity))
    for (const { topic, grade, detail } of lines) expect(page).toContain(`| ${topic} | ${grade} | ${detail} |`);
});
