import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { credentials, makeClientConstructor, Metadata } from "@grpc/grpc-js";
import { driverFor } from "#drivers/index.ts";
import { gnmiService } from "#drivers/gnmi-service.ts";
import { EosDevice } from "./virtual/eos/device.ts";
import { NvueDevice } from "./virtual/nvue/device.ts";
import { SonicDevice } from "./virtual/sonic/device.ts";
import { rawRequest, startBench, type Bench } from "./virtual/testing.ts";

/** What comes to a door that anybody on the machine can knock at: never a crash, always an answer. */
let benches: { readonly eos: Bench; readonly nvue: Bench; readonly sonic: Bench };
beforeAll(async () => {
  const parse = (nos: "eos" | "nvue" | "sonic") => ({ parse: driverFor(nos).parse.bind(driverFor(nos)) });
  benches = {
    eos: await startBench(
      (world) => new EosDevice(world),
      { nos: "eos", files: [{ path: "a.cfg", text: "hostname a\n" }] },
      parse("eos"),
    ),
    nvue: await startBench(
      (world) => new NvueDevice(world, { stepMs: 1 }),
      { nos: "nvue", files: [{ path: "s.yaml", text: "- set:\n    system:\n      hostname: a\n" }] },
      parse("nvue"),
    ),
    sonic: await startBench(
      (world) => new SonicDevice(world, { setMs: 0 }),
      { nos: "sonic", files: [{ path: "config_db.json", text: '{"PORT":{"Ethernet0":{"mtu":"9100"}}}' }] },
      parse("sonic"),
    ),
  };
});
afterAll(async () => {
  for (const bench of Object.values(benches)) await bench[Symbol.asyncDispose]();
});

const word = fc.constantFrom(
  "interface",
  "Ethernet1",
  "Ethernet1-4000",
  "vlan",
  "1-4094",
  "no",
  "router",
  "bgp",
  "65000",
  "vrf",
  "x",
  "exit",
  "commit",
  "abort",
  "end",
  "configure session s",
  "rollback clean-config",
  "show",
  "show session-config diffs",
  "ip address",
  "10.0.0.1/24",
  "999.9.9.9",
  "switchport trunk allowed vlan add",
  "__proto__",
  "!",
  "banner motd",
  "\u0000",
  "é".repeat(50),
  "copy running-config flash:x",
  "configure replace flash:x",
);
const line = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(" "));

describe("hostile input", () => {
  test("eAPI answers every list of commands, with one data element for each that ran", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(line, fc.string()), { maxLength: 12 }), async (lines) => {
        const cmds = ["enable", "configure session s", ...lines];
        const { status, json } = await rawRequest(benches.eos, "POST", "/command-api", {
          jsonrpc: "2.0",
          method: "runCmds",
          id: 1,
          params: { version: 1, cmds },
        });
        expect(status).toBe(200);
        if (json.error === undefined) expect(json.result).toHaveLength(cmds.length);
        else expect([1000, 1002, 1003]).toContain(json.error.code);
        await rawRequest(benches.eos, "POST", "/command-api", {
          jsonrpc: "2.0",
          method: "runCmds",
          id: 1,
          params: { version: 1, cmds: ["enable", "configure session s abort"] },
        });
      }),
      { numRuns: 60 },
    );
  });

  test("NVUE answers every body at every path", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("PATCH", "DELETE", "GET", "POST", "PUT"),
        fc.webPath(),
        fc.oneof(fc.json(), fc.string()),
        async (method, path, body) => {
          const { json } = await rawRequest(benches.nvue, "POST", "/nvue_v1/revision");
          const id = Object.keys(json)[0];
          const reply = await rawRequest(
            benches.nvue,
            method,
            `/nvue_v1${path}?rev=${id}`,
            method === "GET" ? undefined : body,
          );
          expect(reply.status).toBeLessThan(500);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("gNMI answers every Set, and what runs stays a ConfigDB without empty tables", async () => {
    const { port, ca, username, password, device } = benches.sonic;
    const client = new (makeClientConstructor(gnmiService(), "gNMI"))(
      `127.0.0.1:${port}`,
      credentials.createSsl(Buffer.from(ca)),
    );
    const metadata = new Metadata();
    metadata.set("username", username);
    metadata.set("password", password);
    const names = fc.array(
      fc.constantFrom("PORT", "Ethernet0", "VLAN", "mtu", "__proto__", "a/b", "~1", "constructor", ""),
      { maxLength: 5 },
    );
    const wire = names.map((parts) => ({
      origin: "sonic-db",
      elem: ["CONFIG_DB", "localhost", ...parts].map((name) => ({ name })),
    }));
    const put = fc.record({ path: wire, val: fc.json().map((text) => ({ json_ietf_val: Buffer.from(text) })) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(wire, { maxLength: 2 }),
        fc.array(put, { maxLength: 2 }),
        fc.array(put, { maxLength: 2 }),
        async (gone, replace, update) => {
          const code = await new Promise<number>((resolve) => {
            // oxlint-disable-next-line typescript/no-explicit-any -- the method is made from the protocol file
            (client as any).Set(
              { delete: gone, replace, update },
              metadata,
              { deadline: Date.now() + 5000 },
              (error: { code: number } | null) => resolve(error?.code ?? 0),
            );
          });
          expect([0, 2, 3]).toContain(code);
          const running: unknown = JSON.parse(device.running().files[0]?.text ?? "");
          for (const table of Object.values(running as Record<string, object>))
            expect(Object.keys(table).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 80 },
    );
    client.close();
  });

  test("half a TLS handshake, plain HTTP, and nothing at all leave the door open for others", async () => {
    const { connect } = await import("node:net");
    for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\u0016\u0003\u0001", ""])
      for (const bench of Object.values(benches)) {
        const socket = connect(bench.port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.end(bytes);
      }
    expect((await rawRequest(benches.nvue, "GET", "/nvue_v1/system?rev=applied")).status).toBe(200);
    expect((await rawRequest(benches.eos, "POST", "/command-api", "{}")).status).toBe(200);
  });
});
