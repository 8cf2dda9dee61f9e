import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session } from "./replay.ts";

/** `npm start -- --fabric PATH` on everything that a user may point at, through the server's and the CLI's processes. */

const corpus = fileURLToPath(new URL("../../shared/corpus/", import.meta.url));
const example = "examples/ai-factory-128/fabric.yaml";
let folder = "";

/** One scalable unit slice, two rails, one plane; the leaf of rail 2 has a system that no driver speaks. */
const slice = {
  nodes: {
    "spine-s1": { os: "cumulus-vx-5.16.1" },
    "leaf-su1-r1-p1": { os: "cumulus-vx-5.16.1" },
    "leaf-su1-r2-p1": { os: "sonic-vs-202411" },
    "leaf-su1-r3-p1": { os: "srlinux-24.10" },
    "gpu-su1-h1": { os: "generic/ubuntu2404", model: "host", network_pci: { rail1: {}, rail2: {} } },
    "gpu-su1-h2": { os: "generic/ubuntu2404", model: "host", network_pci: { rail1: {}, rail2: {} } },
  },
  links: [
    ["leaf-su1-r1-p1:swp49", "spine-s1:swp1"],
    ["leaf-su1-r2-p1:Ethernet48", "spine-s1:swp2"],
    ["leaf-su1-r3-p1:ethernet-1/49", "spine-s1:swp3"],
    ["gpu-su1-h1:rail1p1", "leaf-su1-r1-p1:swp1"],
    ["gpu-su1-h1:rail2p1", "leaf-su1-r2-p1:Ethernet0"],
    ["gpu-su1-h2:rail1p1", "leaf-su1-r1-p1:swp2"],
    ["gpu-su1-h2:rail2p1", "leaf-su1-r2-p1:Ethernet4"],
  ].map((ends) =>
    ends.map((end) => ({ node: end.slice(0, end.indexOf(":")), interface: end.slice(end.indexOf(":") + 1) })),
  ),
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-fabrics-"));
  writeFileSync(join(folder, "slice.json"), JSON.stringify(slice));
  writeFileSync(join(folder, "envelope.json"), JSON.stringify({ format: "JSON", name: "slice", content: slice }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts on a path, and gives what the server said. */
async function open(path: string): Promise<Session> {
  const session = new Session(["--fabric", path]);
  try {
    await session.start();
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  return session;
}

const established = (session: Session): { up: number; all: number } => {
  const [, up, all] = /twin: (\d+) of (\d+) sessions established/.exec(session.log) ?? [];
  return { up: Number(up), all: Number(all) };
};

/** A tenant there and back, over the devices' own protocols, with a restart between. */
async function tenantThereAndBack(session: Session, hosts: string, gbps: number): Promise<void> {
  const before = session.json("heddle device list");
  expect(session.run(`heddle tenant create acme --hosts ${hosts} --gbps ${gbps}`)).toContain("planned");
  expect(session.run("heddle --yes change approve chg-1")).toContain("approved");
  expect(session.run("heddle --yes change apply chg-1")).toContain("Change chg-1  closed");
  expect(session.run("heddle tenant list")).toContain("acme");
  expect(session.run("heddle drift")).toContain("No drift");
  await session.kill("SIGTERM");
  await session.start();
  expect(session.log).toContain("remembering");
  expect(session.run("heddle tenant list")).toContain("acme");
  expect(session.run("heddle --yes change rollback chg-1")).toContain("rolled-back");
  expect(session.run("heddle tenant list")).not.toContain("acme");
  expect(session.run("heddle drift")).toContain("No drift");
  expect(session.json("heddle device list")).toEqual(before);
}

describe("a DSX Air topology", () => {
  test.each(["slice.json", "envelope.json"])(
    "%s: addresses are planned, sessions come up, tenants come and go; a node without a driver is left out by name",
    async (file) => {
      await using session = await open(join(folder, file));
      expect(session.log).toMatch(/leaf-su1-r3-p1 runs srlinux, for which there is no driver/);
      expect(established(session)).toEqual({ up: 8, all: 8 });
      await tenantThereAndBack(session, "gpu-su1-h1..h2", 10);
    },
    120_000,
  );

  test("the example factory, exported and opened again", async () => {
    await using plain = new Session();
    plain.run(`heddle export ${example} dsx-air --out ${folder}`);
    const file = join(folder, "ai-factory-128.air.json");
    expect(readFileSync(file, "utf8")).toContain('"leaf-su1-r1-p1"');
    await using session = await open(file);
    const { up, all } = established(session);
    expect(all).toBeGreaterThan(300);
    expect(up).toBe(all);
    await tenantThereAndBack(session, "su1-h1..h2", 10);
  }, 120_000);
});

describe("a containerlab topology", () => {
  test("ours, with its configurations as they stand; the file alone brings them", async () => {
    await using plain = new Session();
    const out = join(folder, "clab");
    mkdirSync(out);
    plain.run(`heddle export ${example} containerlab --out ${out}`);
    await using session = await open(join(out, "ai-factory-128.clab.yml"));
    const { up, all } = established(session);
    expect(all).toBeGreaterThan(300);
    expect(up).toBe(all);
    const text = session.run("heddle device config spine-1");
    expect(readFileSync(join(out, "configs/spine-1/running-config"), "utf8").trim()).toBe(text);
    const refused = session.run("heddle tenant create acme --hosts su1-h1 --gbps 100");
    expect(refused).toMatch(/^unsupported: .*sessions, routes, reach, whatif and device replace work/);
    expect(refused).toContain("exit 7");
    expect(session.run("heddle reach su2-h1 su2-h2")).toMatch(/^Yes/);
    expect(session.run("heddle reach globex initech")).toMatch(/^No: 0 of/);
  }, 120_000);
});

describe.skipIf(!existsSync(corpus))("a folder of configurations", () => {
  const folders = [
    ["eos/avd-single-dc-l3ls/configs", 44],
    ["multi/netlab-fabrics/ebgp-2x4-evpn-symirb/eos", 16],
    ["multi/netlab-fabrics/ebgp-2x4-evpn-symirb/cumulus_nvue", 16],
    ["multi/netlab-fabrics/unnum-2x4-evpn-symirb/eos", 16],
    ["multi/netlab-fabrics/unnum-2x4-evpn-symirb/cumulus_nvue", 16],
    ["multi/netlab-fabrics/ospf-ibgp-2x4-evpn-rr/eos", 18],
    ["multi/netlab-fabrics/ospf-ibgp-2x4-evpn-rr/cumulus_nvue", 18],
    ["cumulus/nvue-goldenturtle/evpn_symmetric/configs", 54],
  ] as const;

  test.each(folders)(
    "%s: %i sessions, and what is remembered is found again",
    async (path, count) => {
      let place = join(corpus, path);
      if (path.startsWith("cumulus")) {
        place = join(folder, "turtle");
        cpSync(join(corpus, path), place, { recursive: true });
        cpSync(join(corpus, "cumulus/nvue-goldenturtle/topology"), place, { recursive: true });
      }
      await using session = await open(place);
      expect(established(session)).toEqual({ up: count, all: count });
      const digest = (session.json("heddle status") as { snapshot: string }).snapshot;
      await session.kill("SIGTERM");
      await session.start();
      expect(session.log).toContain("remembering");
      expect((session.json("heddle status") as { snapshot: string }).snapshot).toBe(digest);
      expect(session.run("heddle tenant create acme --hosts x --gbps 1")).toMatch(/^unsupported: .*\nexit 7$/);
    },
    60_000,
  );

  test("a leaking configuration is refused, a sound one goes on the virtual device and off again", async () => {
    const device = "dc1-leaf1a";
    await using session = await open(join(corpus, "eos/avd-single-dc-l3ls/configs"));
    const text = readFileSync(join(corpus, "eos/avd-single-dc-l3ls/configs", `${device}.cfg`), "utf8");
    const give = (name: string, content: string): string => {
      const file = join(folder, name);
      writeFileSync(file, content);
      return session.run(`heddle device replace ${device} --config @${file}`);
    };
    const leaking = text.replace("route-target import evpn 10:10", "route-target import evpn 11:11");
    expect(leaking).not.toBe(text);
    const refused = give("leaking.cfg", leaking);
    expect(refused).toMatch(/Change chg-1 {2}refused/);
    expect(refused).toMatch(/proof +REFUSED|forbidden pairs reachable/);

    expect(give("sound.cfg", text.replace("\nvlan 11\n", "\nvlan 99\n   name heddle\n!\nvlan 11\n"))).toContain(
      "Change chg-2  planned",
    );
    session.run("heddle --yes change approve chg-2");
    expect(session.run("heddle --yes change apply chg-2")).toContain("Change chg-2  closed");
    expect(session.run(`heddle device config ${device}`)).toContain("vlan 99");
    expect(session.run("heddle drift")).toContain("No drift");
    expect(session.run("heddle --yes change rollback chg-2")).toContain("rolled-back");
    expect(session.run(`heddle device config ${device}`)).not.toContain("vlan 99");
    expect(session.run("heddle drift")).toContain("No drift");
  }, 60_000);
});

describe("there and back through `heddle export`", () => {
  /** A topology without what is only drawing, in an order of its own. */
  const topologyOf = (file: string): unknown => {
    // What this very test wrote before.
    const { content } = JSON.parse(readFileSync(file, "utf8")) as {
      content: { nodes: Record<string, { positioning?: unknown }>; links: unknown[][] };
    };
    const plain = Object.entries(content.nodes).map(([name, node]) => [name, { ...node, positioning: "" }] as const);
    const links = content.links.map((ends) => ends.map((end) => JSON.stringify(end)).sort((a, b) => (a < b ? -1 : 1)));
    return {
      nodes: Object.fromEntries(plain),
      links: links.map((ends) => ends.join(" ")).sort((a, b) => (a < b ? -1 : 1)),
    };
  };

  test("DSX Air: the same topology; containerlab: the same files", async () => {
    await using session = new Session();
    const places = ["air1", "air2", "lab1", "lab2"].map((name) => join(folder, name));
    for (const place of places) mkdirSync(place);
    const [air1 = "", air2 = "", lab1 = "", lab2 = ""] = places;
    session.run(`heddle export ${example} dsx-air --out ${air1}`);
    session.run(`heddle export ${air1}/ai-factory-128.air.json dsx-air --out ${air2}`);
    expect(topologyOf(join(air2, "ai-factory-128.air.json"))).toEqual(
      topologyOf(join(air1, "ai-factory-128.air.json")),
    );
    const first = session.run(`heddle export ${example} containerlab --out ${lab1}`);
    const second = session.run(`heddle export ${lab1}/ai-factory-128.clab.yml containerlab --out ${lab2}`);
    expect(second.split("\n").sort((a, b) => (a < b ? -1 : 1))).toEqual(
      first.split("\n").sort((a, b) => (a < b ? -1 : 1)),
    );
    for (const file of first.split("\n"))
      if (file.startsWith("configs/"))
        expect(readFileSync(join(lab2, file), "utf8"), file).toBe(readFileSync(join(lab1, file), "utf8"));
  }, 60_000);

  test.each([
    ["an unknown model", "leaf: [{match: '*', nos: nvue, model: nope}]", /invalid_input: .*\n[^]*fabric.yaml:\d+/],
    ["nothing but a name", "", /invalid_input: .*\n[^]*fabric.yaml:\d+/],
  ])(
    "a broken design, %s: one line, its place, exit 2",
    async (name, line, message) => {
      await using session = new Session();
      const place = join(folder, name.replaceAll(" ", "-"));
      mkdirSync(place);
      writeFileSync(join(place, "fabric.yaml"), `name: x\ncomputeFabric:\n  hosts: 4\n  ${line}\n`);
      for (const command of ["design check", "design bom", "design cabling", "export"]) {
        const said = session.run(
          `heddle ${command} ${place}/fabric.yaml${command === "export" ? ` configs --out ${place}` : ""}`,
        );
        expect(said).toMatch(message);
        expect(said).toContain("exit 2");
      }
    },
    30_000,
  );
});

describe("what can't be opened is one clear line", () => {
  const cases: readonly (readonly [string, (at: string) => string, RegExp])[] = [
    ["a path that isn't there", (at) => join(at, "absent"), /not_found: There is no file or folder .*absent/],
    ["an empty folder", (at) => (mkdirSync(at), at), /invalid_input: The folder holds no files/],
    [
      "JSON that is no topology",
      (at) => (writeFileSync(`${at}.json`, '{"a":1}'), `${at}.json`),
      /invalid_input: .*DSX Air/,
    ],
    [
      "half a JSON",
      (at) => (writeFileSync(`${at}.json`, '{"nodes":{'), `${at}.json`),
      /invalid_input: .*Not valid JSON/,
    ],
    [
      "a topology of hosts",
      (at) => (writeFileSync(`${at}.json`, '{"nodes":{"h":{"os":"generic/ubuntu"}}}'), `${at}.json`),
      /invalid_input: .*no switch/,
    ],
    [
      "a topology without drivers",
      (at) => (writeFileSync(`${at}.json`, '{"nodes":{"s":{"os":"srlinux"}}}'), `${at}.json`),
      /unsupported: No switch/,
    ],
    [
      "bytes",
      (at) => (writeFileSync(at, Buffer.from([0, 255, 254, 0, 7])), at),
      /invalid_input: No configuration that Heddle knows/,
    ],
  ];
  test.each(cases)("%s", async (name, make, message) => {
    const said = await open(make(join(folder, name.replaceAll(/\W/g, "-")))).then(
      () => "it started",
      (error: unknown) => String(error),
    );
    expect(said).toMatch(message);
    expect(said).toMatch(/ended \([0-9]+\)/);
    expect(said).not.toContain("    at ");
  });
});
