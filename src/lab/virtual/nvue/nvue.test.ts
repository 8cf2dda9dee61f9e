import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeviceSource } from "#model/snapshot.ts";
import { rawRequest, startBench, type Bench, type RawReply } from "../testing.ts";
import type { NvueOptions } from "./box.ts";
import { NvueDevice } from "./device.ts";
import { pathsByLine } from "./startup-file.ts";

const seed = (version: string): DeviceSource => ({
  nos: "nvue",
  files: [
    {
      path: "startup.yaml",
      text: `- header:
    model: VX
    nvue-api-version: nvue_v1
    version: Cumulus Linux ${version}
- set:
    interface:
      lo:
        ip:
          address:
            10.10.10.1/32: {}
        type: loopback
      swp1:
        link:
          mtu: 9216
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
});

let bench: Bench;
const open = (options: NvueOptions = {}, version = "5.13.1", folder?: string): Promise<Bench> =>
  startBench((world) => new NvueDevice(world, { stepMs: 2, ...options }), seed(version), {
    ...(folder === undefined ? {} : { folder, clock: bench.clock }),
    state: {
      interfaces: { swp1: { up: true, speedBps: 400e9 } },
      lldp: [{ interface: "swp1", neighbor: "spine01", neighborPort: "swp9" }],
      bgp: [{ networkInstance: "default", neighbor: "swp1", state: "established", prefixesReceived: 7 }],
    },
    counters: [{ device: "device", interface: "swp1", at: 0, inOctets: 11, outOctets: 22 }],
  });
beforeEach(async () => {
  bench = await open();
});
afterEach(async () => {
  await bench[Symbol.asyncDispose]();
});

const call = (method: string, path: string, body?: unknown, on: Bench = bench): Promise<RawReply> =>
  rawRequest(on, method, `/nvue_v1${path}`, body);
const newRevision = async (on: Bench = bench): Promise<string> =>
  Object.keys((await call("POST", "/revision", undefined, on)).json)[0] ?? "";
async function settled(id: string, on: Bench = bench): Promise<RawReply> {
  for (let turn = 0; turn < 200; turn++) {
    const reply = await call("GET", `/revision/${id}`, undefined, on);
    if (!["pending", "apply", "verifying", "reloading"].includes(reply.json.state)) return reply;
    await sleep(2);
  }
  throw new Error("the revision never came to rest");
}
const applied = async (on: Bench = bench): Promise<RawReply["json"]> =>
  (await call("GET", "/?rev=applied&filled=false", undefined, on)).json;
const describeSwp1 = async (text: string, on: Bench = bench): Promise<string> => {
  const id = await newRevision(on);
  await call("PATCH", `/interface/swp1?rev=${id}`, { description: text }, on);
  return id;
};
const yes = { state: "apply", "auto-prompt": { ays: "ays_yes" } };
const withConfirm = { ...yes, "state-controls": { confirm: 300 } };

describe("revisions", () => {
  test("a new one is pending, and a change in it touches nothing", async () => {
    const reply = await call("POST", "/revision");
    expect(reply.json).toEqual({ "1": { state: "pending", transition: { issue: {}, progress: "" } } });
    await call("PATCH", "/interface/swp1?rev=1", { description: "x" });
    expect((await applied()).interface.swp1.description).toBeUndefined();
    expect((await call("GET", "/interface/swp1?rev=1")).json.description).toBe("x");
  });

  test("apply goes through its states to applied, and is saved from 5.9 on", async () => {
    const id = await describeSwp1("spine");
    expect((await call("PATCH", `/revision/${id}`, yes)).json.state).toBe("apply");
    expect((await settled(id)).json.state).toBe("applied_and_saved");
    expect((await applied()).interface.swp1.description).toBe("spine");
    expect((await call("GET", "/?rev=startup")).json.interface.swp1.description).toBe("spine");
    expect(bench.changes).toBe(1);
  });

  test("a full replacement: DELETE the root, PATCH the root", async () => {
    const id = await newRevision();
    expect((await call("DELETE", `/?rev=${id}`)).status).toBe(204);
    expect((await call("PATCH", `/?rev=${id}`, { system: { hostname: "leaf01" } })).json).toEqual({
      system: { hostname: "leaf01" },
    });
    await call("PATCH", `/revision/${id}`, yes);
    await settled(id);
    expect(await applied()).toEqual({ system: { hostname: "leaf01" } });
  });

  test("the difference is told in both directions, with null for what is not there", async () => {
    const id = await describeSwp1("new");
    await call("DELETE", `/interface/swp1/link?rev=${id}`);
    expect((await call("GET", `/?rev=${id}&diff=applied`)).json).toEqual({
      interface: { swp1: { description: "new", link: null } },
    });
    expect((await call("GET", `/?rev=applied&diff=${id}`)).json).toEqual({
      interface: { swp1: { description: null, link: { mtu: 9216 } } },
    });
  });

  test("null takes away; setting and unsetting in one body is refused", async () => {
    const id = await newRevision();
    await call("PATCH", `/?rev=${id}`, { interface: { swp1: { link: null } } });
    expect((await call("GET", `/interface/swp1?rev=${id}`)).json).toEqual({ type: "swp" });
    expect((await call("PATCH", `/?rev=${id}`, { system: { hostname: "x" }, router: null })).status).toBe(400);
  });

  test("what the schema doesn't know or bounds is a 400 at once, where that is asked for", async () => {
    await bench[Symbol.asyncDispose]();
    bench = await open({ schemaAtPatch: true });
    const id = await newRevision();
    const unknown = await call("PATCH", `/interface/swp1?rev=${id}`, { "bogus-key": 1 });
    expect([unknown.status, unknown.json.detail]).toEqual([400, expect.stringContaining("interface.swp1.bogus-key")]);
    const vlan = await call("PATCH", `/?rev=${id}`, { bridge: { domain: { br_default: { vlan: { "5000": {} } } } } });
    expect([vlan.status, vlan.json.detail]).toEqual([400, expect.stringContaining("1-4094")]);
    expect((await call("GET", `/?rev=${id}&diff=applied`)).json).toEqual({});
  });

  test("an invalid configuration says where and why, and changes nothing", async () => {
    const id = await newRevision();
    await call("PATCH", `/?rev=${id}`, {
      interface: {
        swp1: { ip: { vrf: "RED" } },
        bond1: { bond: { member: { swp1: {} } } },
        bond2: { bond: { member: { swp1: {} } } },
      },
    });
    await call("PATCH", `/revision/${id}`, yes);
    const { state, transition } = (await settled(id)).json;
    expect(state).toBe("invalid");
    expect(transition.issue["00000"]).toMatchObject({
      code: "config_invalid",
      location: "/interface/bond2/bond/member/swp1",
    });
    expect(transition.issue["00001"]).toMatchObject({
      location: "/interface/swp1/ip/vrf",
      reason: "vrf 'RED' does not exist",
    });
    expect((await applied()).interface.bond1).toBeUndefined();
  });

  test("without ays_yes a disruptive change asks, and no is ays_fail", async () => {
    const id = await newRevision();
    await call("PATCH", `/router/bgp?rev=${id}`, { "autonomous-system": 65999 });
    await call("PATCH", `/revision/${id}`, { state: "apply" });
    expect((await settled(id)).json).toMatchObject({ state: "ays", transition: { progress: "Are you sure?" } });
    await call("PATCH", `/revision/${id}`, { state: "apply", "auto-prompt": { ays: "ays_no" } });
    expect((await call("GET", `/revision/${id}`)).json.state).toBe("ays_fail");
    expect((await applied()).router.bgp["autonomous-system"]).toBe(65101);
  });

  test("a second apply while one runs is refused", async () => {
    await using slow = await open({ stepMs: 60 });
    const [a, b] = [await describeSwp1("a", slow), await describeSwp1("b", slow)];
    await call("PATCH", `/revision/${a}`, yes, slow);
    expect((await call("PATCH", `/revision/${b}`, yes, slow)).status).toBe(409);
  });
});

describe("confirmed apply", () => {
  test("it goes back when nobody confirms", async () => {
    const id = await describeSwp1("try");
    await call("PATCH", `/revision/${id}`, withConfirm);
    expect((await settled(id)).json.state).toBe("confirm");
    expect((await applied()).interface.swp1.description).toBe("try");
    bench.clock.advance(301_000);
    expect((await call("GET", `/revision/${id}`)).json.state).toBe("confirm_fail");
    expect((await applied()).interface.swp1.description).toBeUndefined();
  });

  test.each([{ state: "confirm_yes" }, yes])("%j confirms it", async (word) => {
    const id = await describeSwp1("keep");
    await call("PATCH", `/revision/${id}`, withConfirm);
    await settled(id);
    await call("PATCH", `/revision/${id}`, word);
    expect((await call("GET", `/revision/${id}`)).json.state).toBe("applied_and_saved");
    bench.clock.advance(1e7);
    expect((await applied()).interface.swp1.description).toBe("keep");
  });

  test("with the confirm prompt answered beforehand it waits as ays, and confirm_no takes it back", async () => {
    const id = await describeSwp1("no");
    await call("PATCH", `/revision/${id}`, {
      ...withConfirm,
      "auto-prompt": { ays: "ays_yes", confirm: "confirm_yes" },
    });
    expect((await settled(id)).json.state).toBe("ays");
    await call("PATCH", `/revision/${id}`, { state: "confirm_no" });
    expect((await applied()).interface.swp1.description).toBeUndefined();
  });

  test("a reboot before the confirmation boots the old one", async () => {
    const id = await describeSwp1("try");
    await call("PATCH", `/revision/${id}`, withConfirm);
    await settled(id);
    bench.device.reboot();
    expect((await applied()).interface.swp1.description).toBeUndefined();
  });

  test("killed and started again, it still goes back", async () => {
    const id = await describeSwp1("try");
    await call("PATCH", `/revision/${id}`, withConfirm);
    await settled(id);
    await using again = await open({}, "5.13.1", bench.folder);
    expect((await applied(again)).interface.swp1.description).toBe("try");
    bench.clock.advance(301_000);
    expect((await applied(again)).interface.swp1.description).toBeUndefined();
  });

  test("killed in the middle of an apply, it goes on", async () => {
    await using slow = await open({ stepMs: 10_000 });
    const id = await describeSwp1("on", slow);
    await call("PATCH", `/revision/${id}`, yes, slow);
    slow.device.stop();
    const clock = slow.clock;
    await using again = await startBench((world) => new NvueDevice(world, { stepMs: 1 }), seed("5.13.1"), {
      folder: slow.folder,
      clock,
    });
    expect((await settled(id, again)).json.state).toBe("applied_and_saved");
  });
});

describe("ages and credentials", () => {
  test("up to 5.9 a PATCH answers with the whole and a DELETE with 200 {}; 5.8 doesn't save by itself", async () => {
    await using old = await open({}, "5.8.0");
    const id = await newRevision(old);
    expect((await call("PATCH", `/interface/swp1?rev=${id}`, { description: "x" }, old)).json).toEqual({
      description: "x",
      link: { mtu: 9216 },
      type: "swp",
    });
    const gone = await call("DELETE", `/interface/swp1/link?rev=${id}`, undefined, old);
    expect([gone.status, gone.json]).toEqual([200, {}]);
    await call("PATCH", `/revision/${id}`, yes, old);
    expect((await settled(id, old)).json.state).toBe("applied");
    expect((await call("GET", "/interface/swp1?rev=startup", undefined, old)).json.description).toBeUndefined();
    await call("PATCH", "/revision/applied", { state: "save" }, old);
    expect((await call("GET", "/interface/swp1?rev=startup", undefined, old)).json.description).toBe("x");
  });

  test("strict about spelling, a new release refuses the old one", async () => {
    await using strict = await open({ strictSpelling: true, schemaAtPatch: true });
    const id = await newRevision(strict);
    const reply = await call("PATCH", `/evpn?rev=${id}`, { enable: "on" }, strict);
    expect([reply.status, reply.json.detail]).toEqual([400, expect.stringContaining("Additional properties")]);
    expect((await call("PATCH", `/evpn?rev=${id}`, { state: "enabled" }, strict)).status).toBe(200);
  });

  test("a token serves until it expires by the device's clock", async () => {
    const { token } = (await call("GET", "/api-token")).json;
    const bearer = { authorization: `Bearer ${token}` };
    expect((await rawRequest(bench, "GET", "/nvue_v1/system?rev=applied", undefined, bearer)).status).toBe(200);
    bench.device.clockJump(61 * 60_000);
    expect((await rawRequest(bench, "GET", "/nvue_v1/system?rev=applied", undefined, bearer)).status).toBe(401);
  });

  test("wrong password is 401, factory password 403", async () => {
    expect((await call("GET", "/system", undefined, { ...bench, password: "no" })).status).toBe(401);
    await using fresh = await open({ factoryPassword: true });
    expect((await call("GET", "/system", undefined, fresh)).status).toBe(403);
  });
});

describe("state and hostility", () => {
  test("operational shows links, counters, LLDP and sessions on top of the configuration", async () => {
    const { json } = await call("GET", "/interface/swp1");
    expect(json.link).toMatchObject({
      "oper-status": "up",
      speed: "400G",
      mtu: 9216,
      stats: { "in-bytes": 11, "out-bytes": 22 },
    });
    expect(json.lldp.neighbor.spine01.port.name).toBe("swp9");
    const neighbor = (await call("GET", "/vrf/default/router/bgp/neighbor/swp1")).json;
    expect(neighbor).toMatchObject({ state: "established", "address-family": { "ipv4-unicast": { "rx-prefix": 7 } } });
  });

  test.each(['{"__proto__":{"a":1}}', "{", "[", `${'{"a":'.repeat(60)}1${"}".repeat(60)}`])(
    "body %s is a 400",
    async (body) => {
      const id = await newRevision();
      expect((await call("PATCH", `/?rev=${id}`, body)).status).toBe(400);
    },
  );

  test("paths that are none are 400 or 404", async () => {
    expect((await call("GET", "/__proto__/x?rev=applied")).status).toBe(400);
    expect((await call("GET", "/constructor?rev=applied")).status).toBe(400);
    expect((await call("GET", "/interface/%ZZ")).status).toBe(400);
    expect((await call("GET", "/nothing?rev=applied")).status).toBe(404);
    expect((await call("PATCH", "/interface", { x: 1 })).status).toBe(400);
  });

  test("cut after the apply was taken: it goes on without its client", async () => {
    const id = await describeSwp1("lost");
    bench.faults.cutBeforeCommit();
    await expect(call("PATCH", `/revision/${id}`, yes)).rejects.toThrow();
    expect((await call("GET", `/revision/${id}`)).json.state).toBe("pending");
    bench.faults.cutAfterCommit();
    await expect(call("PATCH", `/revision/${id}`, yes)).rejects.toThrow();
    expect((await settled(id)).json.state).toBe("applied_and_saved");
  });

  test("somebody else's nv set is applied", async () => {
    bench.device.driftEdit(["nv set interface swp1 description drift", "nv unset interface swp1 link mtu"]);
    expect((await applied()).interface.swp1).toEqual({ description: "drift", type: "swp" });
  });

  test("every line of a startup file knows its path", () => {
    const paths = pathsByLine("- header:\n    a: b\n- set:\n    interface:\n      swp1:\n        '10': {}\n    x: y\n");
    expect([...paths.values()]).toEqual(["/", "/interface", "/interface/swp1", "/interface/swp1/10", "/x"]);
  });
});
