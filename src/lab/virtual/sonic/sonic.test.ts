import { credentials, makeClientConstructor, Metadata, type Client, type ServiceError } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gnmiService } from "#drivers/gnmi-service.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import { startBench, type Bench } from "../testing.ts";
import { SonicDevice } from "./device.ts";
import { printDatabase, type Database } from "./config-db.ts";
import { moved, movesBetween } from "./updater.ts";

const start: Database = {
  DEVICE_METADATA: { localhost: { hostname: "leaf1" } },
  PORT: {
    Ethernet0: { lanes: "1,2,3,4", mtu: "9100", admin_status: "up" },
    Ethernet4: { lanes: "5,6,7,8", mtu: "9100" },
  },
  INTERFACE: { Ethernet0: {}, "Ethernet0|10.0.0.0/31": {} },
  VLAN: { Vlan100: { vlanid: "100", members: ["Ethernet4"] } },
  VLAN_MEMBER: { "Vlan100|Ethernet4": { tagging_mode: "untagged" } },
};
const seed: DeviceSource = {
  nos: "sonic",
  files: [
    { path: "config_db.json", text: JSON.stringify(start) },
    { path: "frr.conf", text: "router bgp 65001\n" },
  ],
};

let bench: Bench;
let client: Client;
const open = (on: Bench): Client =>
  new (makeClientConstructor(gnmiService(), "gNMI"))(`127.0.0.1:${on.port}`, credentials.createSsl(Buffer.from(on.ca)));
beforeEach(async () => {
  bench = await startBench((world) => new SonicDevice(world, { setMs: 1 }), seed, {
    state: {
      interfaces: { Ethernet0: { up: true, speedBps: 400e9 } },
      lldp: [{ interface: "Ethernet0", neighbor: "spine1", neighborPort: "Ethernet8" }],
      bgp: [{ networkInstance: "default", neighbor: "10.0.0.1", state: "established", prefixesReceived: 3 }],
    },
    counters: [{ device: "device", interface: "Ethernet0", at: 0, inOctets: 5, outOctets: 6, pfcPauseRx: 2 }],
  });
  client = open(bench);
});
afterEach(async () => {
  client.close();
  await bench[Symbol.asyncDispose]();
});

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into by hand
type Loose = any;
const identity = (password = bench.password): Metadata => {
  const metadata = new Metadata();
  metadata.set("username", bench.username);
  metadata.set("password", password);
  return metadata;
};
const call = (method: string, request: object, metadata = identity()): Promise<Loose> =>
  new Promise((resolve, reject) => {
    (client as Loose)[method](
      request,
      metadata,
      { deadline: Date.now() + 5000 },
      (error: ServiceError | null, reply: Loose) => (error ? reject(error) : resolve(reply)),
    );
  });
const path = (...names: string[]): object => ({ origin: "sonic-db", elem: names.map((name) => ({ name })) });
const config = (...names: string[]): object => path("CONFIG_DB", "localhost", ...names);
const put = (value: unknown, ...names: string[]): object => ({
  path: config(...names),
  val: { json_ietf_val: Buffer.from(JSON.stringify(value)) },
});
const get = async (where: object): Promise<Loose> => {
  const reply = await call("Get", { path: [where], encoding: "JSON_IETF" });
  return JSON.parse(reply.notification[0].update[0].val.json_ietf_val.toString());
};
const set = (request: object): Promise<Loose> => call("Set", request);

describe("Get and Capabilities", () => {
  test("capabilities name sonic-db and JSON_IETF", async () => {
    const reply = await call("Capabilities", {});
    expect(reply.supported_encodings).toContain("JSON_IETF");
    expect(reply.supported_models[0].name).toBe("sonic-db");
  });

  test("the whole, a table, a row, a field; a slash in a key is ~1", async () => {
    expect(await get(config())).toEqual(start);
    expect(await get(config("VLAN"))).toEqual(start["VLAN"]);
    expect(await get(config("PORT", "Ethernet0", "mtu"))).toBe("9100");
    expect(await get(config("INTERFACE", "Ethernet0|10.0.0.0~131"))).toEqual({});
  });

  test("an absent row is {}, an absent table or field NOT_FOUND", async () => {
    expect(await get(config("PORT", "Ethernet99"))).toEqual({});
    await expect(get(config("NOPE"))).rejects.toMatchObject({ code: 5 });
    await expect(get(config("PORT", "Ethernet0", "nope"))).rejects.toMatchObject({ code: 5 });
  });

  test("wrong password, wrong origin, wrong encoding", async () => {
    await expect(call("Capabilities", {}, identity("no"))).rejects.toMatchObject({ code: 16 });
    await expect(get({ origin: "openconfig", elem: [] })).rejects.toMatchObject({ code: 3 });
    await expect(call("Get", { path: [config()], encoding: "PROTO" })).rejects.toMatchObject({ code: 12 });
  });

  test("state, neighbors and counters have their databases", async () => {
    expect(await get(path("STATE_DB", "localhost", "PORT_TABLE", "Ethernet0"))).toMatchObject({
      netdev_oper_status: "up",
      speed: "400000",
    });
    expect(await get(path("STATE_DB", "localhost", "NEIGH_STATE_TABLE", "10.0.0.1"))).toMatchObject({
      state: "Established",
    });
    expect(await get(path("APPL_DB", "localhost", "LLDP_ENTRY_TABLE", "Ethernet0"))).toMatchObject({
      lldp_rem_sys_name: "spine1",
    });
    const map = await get(path("COUNTERS_DB", "localhost", "COUNTERS_PORT_NAME_MAP"));
    expect(await get(path("COUNTERS_DB", "localhost", "COUNTERS", map.Ethernet0))).toMatchObject({
      SAI_PORT_STAT_IF_IN_OCTETS: "5",
    });
  });
});

describe("Set", () => {
  test("delete, replace, update, in this order, saved at the end", async () => {
    await set({
      delete: [config("VLAN_MEMBER"), config("NEVER_THERE"), config("PORT", "Ethernet9")],
      replace: [put({ vlanid: "100" }, "VLAN", "Vlan100")],
      update: [
        put("9000", "PORT", "Ethernet0", "mtu"),
        put({ "Vlan100|Ethernet0": { tagging_mode: "tagged" } }, "VLAN_MEMBER"),
      ],
    });
    expect(await get(config("PORT", "Ethernet0"))).toEqual({ lanes: "1,2,3,4", mtu: "9000", admin_status: "up" });
    expect(await get(config("VLAN_MEMBER"))).toEqual({ "Vlan100|Ethernet0": { tagging_mode: "tagged" } });
    bench.device.reboot();
    expect(await get(config("PORT", "Ethernet0", "mtu"))).toBe("9000");
  });

  test("replace of the root is everything; delete and update of the root waits for a reload", async () => {
    const next = { ...start, VLAN: { Vlan100: { vlanid: "100" }, Vlan200: { vlanid: "200" } } };
    await set({ replace: [put(next)] });
    expect(await get(config())).toEqual(next);
    await set({ delete: [config()], update: [put(start)] });
    expect(await get(config())).toEqual(next);
    bench.device.reboot();
    expect(await get(config())).toEqual(start);
  });

  test.each([
    ["an empty table", { update: [put({}, "VRF")] }, /empty tables.*VRF/],
    ["the last row of a table", { delete: [config("VLAN_MEMBER", "Vlan100|Ethernet4")] }, /empty tables.*VLAN_MEMBER/],
    ["a row of a table that isn't there", { update: [put({}, "VRF", "Vrf_red")] }, /not found/],
    [
      "a reference to nothing",
      { update: [put({ "Vlan999|Ethernet0": { tagging_mode: "tagged" } }, "VLAN_MEMBER")] },
      /non-existing leaf/,
    ],
    ["a row others refer to", { delete: [config("VLAN")] }, /non-existing leaf/],
    ["an unknown field", { update: [put({ bogus: "1" }, "PORT", "Ethernet8")] }, /no such table or field/],
    ["a value out of range", { update: [put("99999", "PORT", "Ethernet0", "mtu")] }, /Invalid value "99999"/],
    ["a number where text belongs", { update: [put(9000, "PORT", "Ethernet0", "mtu")] }, /must be a string/],
    [
      "a slash that isn't escaped",
      { update: [put({}, "INTERFACE", "Ethernet0|10.9.0.0/31")] },
      /not found|string|object/,
    ],
    [
      "another database",
      { update: [{ ...put({}, "X"), path: path("STATE_DB", "localhost", "X") }] },
      /does not support STATE_DB/,
    ],
    ["a prototype", { update: [put(JSON.parse('{"__proto__":{"a":"b"}}'), "PORT")] }, /no row key/],
  ])("%s is refused and nothing changes", async (_what, request, words) => {
    await expect(set(request)).rejects.toMatchObject({ details: expect.stringMatching(words) });
    expect(await get(config())).toEqual(start);
  });

  test("Sets queue behind one worker, and a Get meanwhile sees the checkpoint", async () => {
    await using slow = await startBench((world) => new SonicDevice(world, { setMs: 80 }), seed);
    client.close();
    client = open(slow);
    bench = Object.assign(slow, {});
    const both = Promise.all([
      set({ update: [put("1500", "PORT", "Ethernet0", "mtu")] }),
      set({ update: [put("2500", "PORT", "Ethernet0", "mtu")] }),
    ]);
    expect(await get(config("PORT", "Ethernet0", "mtu"))).toBe("9100");
    await both;
    expect(await get(config("PORT", "Ethernet0", "mtu"))).toBe("2500");
  });

  test("failed midway: part of it is done, none of it is saved", async () => {
    bench.faults.failMidway();
    const change = { update: [put("1500", "PORT", "Ethernet0", "mtu"), put("1500", "PORT", "Ethernet4", "mtu")] };
    await expect(set(change)).rejects.toMatchObject({ details: expect.stringContaining("not updated") });
    const mtus = [await get(config("PORT", "Ethernet0", "mtu")), await get(config("PORT", "Ethernet4", "mtu"))];
    expect(new Set(mtus)).toEqual(new Set(["1500", "9100"]));
    bench.device.reboot();
    expect(await get(config())).toEqual(start);
  });

  test("cut before and after", async () => {
    bench.faults.cutBeforeCommit();
    await expect(set({ update: [put("1500", "PORT", "Ethernet0", "mtu")] })).rejects.toMatchObject({ code: 14 });
    expect(await get(config("PORT", "Ethernet0", "mtu"))).toBe("9100");
    bench.faults.cutAfterCommit();
    await expect(set({ update: [put("1500", "PORT", "Ethernet0", "mtu")] })).rejects.toMatchObject({ code: 14 });
    expect(await get(config("PORT", "Ethernet0", "mtu"))).toBe("1500");
  });
});

describe("Subscribe", () => {
  const stream = (
    request: object,
  ): { readonly messages: Loose[]; readonly end: Promise<Loose>; readonly raw: Loose } => {
    const raw = (client as Loose).Subscribe(identity());
    const messages: Loose[] = [];
    const end = new Promise<Loose>((resolve) => {
      raw.on("data", (message: Loose) => messages.push(message));
      raw.on("error", resolve);
      raw.on("end", () => resolve(undefined));
    });
    raw.write({ subscribe: request });
    return { messages, end, raw };
  };
  const until = async (messages: readonly Loose[], count: number): Promise<void> => {
    for (let turn = 0; turn < 300 && messages.length < count; turn++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(messages.length).toBeGreaterThanOrEqual(count);
  };
  const counters = { path: { elem: [{ name: "COUNTERS" }, { name: "Ethernet*" }] } };

  test("ONCE sends, says in sync, and ends", async () => {
    const { messages, end } = stream({ prefix: { target: "COUNTERS_DB" }, mode: "ONCE", subscription: [counters] });
    await end;
    expect(messages.map((message) => message.response)).toEqual(["update", "sync_response"]);
    expect(
      JSON.parse(messages[0].update.update[0].val.json_ietf_val.toString()).Ethernet0.SAI_PORT_STAT_PFC_3_RX_PKTS,
    ).toBe("2");
  });

  test("STREAM samples every second; less is refused", async () => {
    const { messages, raw } = stream({
      prefix: { target: "COUNTERS_DB" },
      mode: "STREAM",
      subscription: [{ ...counters, mode: "SAMPLE", sample_interval: "1000000000" }],
    });
    await until(messages, 4);
    raw.cancel();
    const { end } = stream({
      prefix: { target: "COUNTERS_DB" },
      mode: "STREAM",
      subscription: [{ ...counters, mode: "SAMPLE", sample_interval: "1000" }],
    });
    expect(await end).toMatchObject({ code: 3 });
  });

  test("ON_CHANGE tells of a change, and of nothing else", async () => {
    const { messages, raw } = stream({
      mode: "STREAM",
      subscription: [{ path: config("PORT", "Ethernet0", "mtu"), mode: "ON_CHANGE" }],
    });
    await until(messages, 2);
    await set({ update: [put("8000", "PORT", "Ethernet4", "mtu")] });
    await set({ update: [put("1500", "PORT", "Ethernet0", "mtu")] });
    await until(messages, 3);
    expect(messages[2].update.update[0].val.json_ietf_val.toString()).toBe('"1500"');
    raw.cancel();
  });

  test("POLL answers each poll", async () => {
    const { messages, raw } = stream({ mode: "POLL", subscription: [{ path: config("PORT", "Ethernet0", "mtu") }] });
    raw.write({ poll: {} });
    raw.write({ poll: {} });
    await until(messages, 4);
    raw.end();
  });
});

describe("the updater", () => {
  test("moves lead from one configuration to the other, and no step of them dangles", () => {
    const next: Database = {
      ...start,
      VLAN: { Vlan200: { vlanid: "200" } },
      VLAN_MEMBER: { "Vlan200|Ethernet4": { tagging_mode: "tagged" } },
    };
    let at: Database = start;
    for (const move of movesBetween(start, next)) {
      at = moved(at, move);
      for (const key of Object.keys(at["VLAN_MEMBER"] ?? {}))
        expect(at["VLAN"]).toHaveProperty(key.split("|")[0] ?? "");
    }
    expect(at).toEqual(next);
  });

  test("printed text is the same database", () => {
    const { text, paths } = printDatabase(start);
    expect(JSON.parse(text)).toEqual(start);
    const lines = text.split("\n");
    expect(paths.get(lines.findIndex((line) => line.includes('"Ethernet0|10.0.0.0/31"')) + 1)).toBe(
      "INTERFACE|Ethernet0|10.0.0.0/31",
    );
  });
});
