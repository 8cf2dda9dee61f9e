import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failureKinds, type FailureKind } from "#model/failure.ts";
import { registry } from "./registry.ts";
import { methodOf, pathOf } from "#operations/openapi.ts";
import { heddle, server, ServerProcess, type Answer, type Ended } from "./testing/processes.ts";

/** Whole processes: what a person or a stranger meets at the door. */

const stack = /^\s+at .+:\d+:\d+\)?$/m;
const folder = mkdtempSync(join(tmpdir(), "heddle-bad-"));
const at = (name: string): string => join(folder, name);
const put = (name: string, text: string | Buffer): string => {
  writeFileSync(at(name), text);
  return at(name);
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One clear error: the exit code of its kind, what and what next in words, no stack, in time. */
function expectFailure(ended: Ended, kinds: readonly FailureKind[], withinMs = 20_000): void {
  const shown = `${ended.stderr.slice(0, 1000)}\n${ended.stdout.slice(0, 300)}`;
  expect(
    kinds.map((kind) => failureKinds[kind].exit),
    shown,
  ).toContain(ended.exit);
  expect(ended.stderr, shown).not.toMatch(stack);
  expect(ended.stderr.trim().length, shown).toBeGreaterThan(15);
  expect(ended.stderr.length, "an error of a length that a person reads").toBeLessThan(20_000);
  // Control characters of an argument or a file never reach the terminal.
  expect(ended.stderr.replaceAll(/\u001B\[\d*m/g, "")).not.toMatch(/[\u0000-\u0008\u000B-\u001F]/);
  expect(ended.ms).toBeLessThan(withinMs);
}

const bomb = Array.from(
  { length: 40 },
  (_, index) => `x${index + 1}: &x${index + 1} [${`*x${index},`.repeat(9)}]`,
).join("\n");

/** Files that are no configuration, no design and no topology, each by its name. */
const badFiles: Readonly<Record<string, () => string>> = {
  "an empty file": () => put("empty.yaml", ""),
  "an empty JSON file": () => put("empty.json", ""),
  "a binary file": () =>
    put("binary.cfg", Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256))),
  "a binary YAML file": () =>
    put("binary.yaml", Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 31) % 256))),
  "truncated JSON": () => put("cut.json", '{"nodes": {"a": {"os": "gen'),
  "JSON 100,000 levels deep": () => put("deep.json", `{"nodes":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
  "a YAML bomb": () => put("bomb.yaml", `x0: &x0 [lol]\n${bomb}\n`),
  "YAML 100,000 levels deep": () => put("deep.yaml", "[".repeat(100_000)),
  "prototype keys": () => put("proto.yaml", "__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\n"),
};

describe("files at the command line", () => {
  const commands = {
    verify: (path: string) => ["verify", path],
    "design check": (path: string) => ["design", "check", path],
    lines: (path: string) => ["lines", path],
    export: (path: string) => ["export", path, "configs", "--out", at("out")],
  };
  test.each(Object.entries(commands))("heddle %s answers each bad file with one clear error", (_name, words) => {
    for (const [what, make] of Object.entries(badFiles)) {
      const ended = heddle(words(make()), folder);
      expect(ended.exit, what).not.toBe(0);
      expectFailure(ended, ["invalid_input", "not_found", "unsupported"]);
    }
    expect(readdirSync(folder), "nothing is written for a fabric that can't be read").not.toContain("out");
  });

  test("a path that is not there, a folder without configurations, a FIFO, a ring of links, a device", () => {
    mkdirSync(at("nothing"));
    writeFileSync(at("nothing/readme.md"), "# nothing here\n");
    spawnSync("mkfifo", [at("fifo")]);
    symlinkSync(at("ring-b"), at("ring-a"));
    symlinkSync(at("ring-a"), at("ring-b"));
    mkdirSync(at("looped"));
    symlinkSync(at("looped"), at("looped/again"));
    for (const words of [["verify"], ["design", "check"], ["lines"]]) {
      for (const path of ["missing", "nothing", "fifo", "ring-a", "looped"])
        expectFailure(heddle([...words, at(path)], folder), ["invalid_input", "not_found"]);
      expectFailure(heddle([...words, "/dev/zero"], folder), ["invalid_input", "not_found"]);
      expectFailure(heddle([...words, `${folder}/a\u0000b`.replace("\u0000", "")], folder), ["not_found"]);
      expectFailure(heddle([...words, "x".repeat(10_000)], folder), ["invalid_input", "not_found"]);
    }
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read (root may read all)", () => {
    put("secret.cfg", "hostname x\n");
    chmodSync(at("secret.cfg"), 0);
    expectFailure(heddle(["verify", at("secret.cfg")], folder), ["invalid_input", "forbidden"]);
  });

  test("files of 200 MB: refused or read, in memory and time that are there", () => {
    const big = (name: string, unit: string): string => {
      const block = unit.repeat(Math.ceil(2 ** 20 / unit.length));
      const file = openSync(at(name), "w");
      for (let written = 0; written < 200 * 2 ** 20; written += block.length) writeSync(file, block);
      closeSync(file);
      return at(name);
    };
    for (const [name, unit] of [
      ["big.cfg", "interface Ethernet1\n   mtu 9214\n"],
      ["big.yaml", "a: 1\n"],
      ["big.json", '{"nodes":{"a":\n'],
      ["long.cfg", "x"],
    ] as const) {
      const path = big(name, unit);
      for (const words of [["verify"], ["design", "check"]])
        expectFailure(heddle([...words, path], folder), ["invalid_input"], 30_000);
      rmSync(path);
    }
  });

  test("a folder that can't be written into", () => {
    put("in-the-way", "a file");
    const example = join(import.meta.dirname, "../../examples/ai-factory-128/fabric.yaml");
    const ended = heddle(["export", example, "configs", "--out", at("in-the-way/deeper")], folder);
    expectFailure(ended, ["invalid_input", "not_found"]);
  });
});

describe("words at the command line", () => {
  test("commands and flags that don't exist, values that don't fit", () => {
    for (const args of [
      ["frobnicate"],
      ["tenant", "frobnicate"],
      ["tenant", "create"],
      ["tenant", "create", "x"],
      ["verify"],
      ["verify", "a", "b", "c"],
      ["--frobnicate"],
      ["verify", "--frobnicate", "x"],
      ["export", "x", "no-such-format", "--out", "y"],
      ["__proto__"],
      ["constructor"],
      ["\u001B[2J\u0007"],
      ["x".repeat(100_000)],
      [""],
    ])
      expectFailure(heddle(args, folder), ["invalid_input"]);
  });

  test("an unreachable server is said, with what to do", () => {
    expectFailure(heddle(["status"], folder), ["unreachable"]);
    put("address.json", '{"url": "http://127.0.0.1:1", "token": "x", "pid": 1}');
    expectFailure(heddle(["status"], folder), ["unreachable"]);
    for (const text of ["", "{", "null", "[]", "7", '{"url": 7}', '{"url":"no url","token":"\\n"}', "\u0000"]) {
      put("address.json", text);
      expectFailure(heddle(["status"], folder), ["unreachable", "invalid_input"]);
    }
    rmSync(at("address.json"));
  });
});

describe("a server that can't start says why", () => {
  const state = (files: Readonly<Record<string, string>>): string => {
    const path = mkdtempSync(join(folder, "state-"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
    return path;
  };

  test("options", () => {
    for (const args of [
      ["--frobnicate"],
      ["--port", "NaN"],
      ["--port", "70000"],
      ["--fabric", at("missing")],
      ["--fabric", put("bad-fabric.yaml", "name: [")],
      ["--price-book", at("missing")],
      ["--price-book", put("bad-book.yaml", "gpus: [")],
      ["--listen", "not an address"],
      ["--database", "postgres://127.0.0.1:1/none"],
    ])
      expectFailure(server(args, state({})), ["invalid_input", "not_found", "conflict", "unreachable"], 30_000);
  });

  test("a state folder that was spoiled", () => {
    expectFailure(server([], put("a-file", "not a folder")), ["invalid_input", "conflict", "not_found"]);
    expectFailure(server([], state({ "heddle.db": "this is no database, ".repeat(100) })), [
      "invalid_input",
      "conflict",
    ]);
    expectFailure(server([], state({ "tokens.json": "{ torn" })), ["invalid_input", "conflict"]);
    expectFailure(server([], state({ "tokens.json": '{"a":1}' })), ["invalid_input", "conflict"]);
  });
});

describe("requests to a server", () => {
  const running = new ServerProcess();
  beforeAll(async () => {
    await running.start();
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
  });
  const auth = () => ({ authorization: `Bearer ${running.token}`, "content-type": "application/json" });

  /** A 4xx with the body of a failure, and a server that goes on. */
  function expectRefused(answer: Answer, what: string): void {
    expect(answer.status, `${what}: ${answer.body.slice(0, 300)}`).toBeGreaterThanOrEqual(400);
    expect(answer.status, `${what}: ${answer.body.slice(0, 300)}`).toBeLessThan(500);
    expect(answer.body, what).not.toMatch(stack);
    expect(answer.body.length, what).toBeLessThan(20_000);
    expect(running.alive, what).toBe(true);
  }
  function expectFailureBody(answer: Answer, what: string): void {
    expectRefused(answer, what);
    // Only its shape is looked at.
    const { error } = JSON.parse(answer.body) as { error?: { kind?: string; message?: string } };
    expect(Object.keys(failureKinds), what).toContain(error?.kind);
    expect(error?.message?.length ?? 0, what).toBeGreaterThan(10);
  }

  const posts = registry.remote.filter((one) => methodOf(one) === "post").map(pathOf);
  const gets = registry.remote.filter((one) => methodOf(one) === "get").map(pathOf);

  test("nobody in particular gets nothing", async () => {
    for (const path of [...posts, ...gets]) {
      const method = posts.includes(path) ? "POST" : "GET";
      for (const headers of [
        {},
        { authorization: "Bearer wrong" },
        { authorization: "Bearer " },
        { authorization: "Basic YTpi" },
        { authorization: `bearer${"x".repeat(9000)}` },
        { cookie: "heddle=%zz" },
        { cookie: `heddle=${"%41".repeat(1000)}` },
        { cookie: "heddle" },
        { cookie: "heddle=a; heddle=b;;;=; \u00ff=" },
      ])
        expectFailureBody(
          await running.ask(method, path, headers),
          `${method} ${path} ${JSON.stringify(headers).slice(0, 80)}`,
        );
    }
    expectRefused(await running.ask("GET", "/login"), "login");
    expectRefused(await running.ask("GET", "/login?token=%zz"), "login");
    expectRefused(await running.ask("POST", "/mcp", { "content-type": "application/json" }, "{}"), "mcp");
  });

  const bodies: Readonly<Record<string, string | Buffer>> = {
    "no JSON": "not json",
    "cut JSON": '{"name": "a',
    "a list": "[1,2,3]",
    "a number": "7",
    null: "null",
    "a text": '"text"',
    "unknown fields": '{"frobnicate": 1, "name": 7}',
    "prototype keys": '{"__proto__": {"admin": true}, "constructor": {"prototype": {"admin": true}}}',
    binary: Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256)),
    "deep lists": `{"name":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
    "deep objects": `${'{"name":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    "a huge number": '{"name": "a", "gbps": 1e400, "hosts": ["su1-h1"]}',
    "a negative number": '{"name": "a", "gbps": -1, "hosts": ["su1-h1"]}',
    "control characters": '{"name": "\\u001b[2J", "gbps": 1, "hosts": ["su1-h1"]}',
    "a long name": `{"name": "${"a".repeat(10_000)}", "gbps": 1, "hosts": ["su1-h1"]}`,
    "many wide ranges": `{"name": "a", "gbps": 1, "hosts": [${'"su1-h1..h65000",'.repeat(10_000)}"x"]}`,
    "many hosts": `{"name": "a", "gbps": 1, "hosts": [${Array.from({ length: 200_000 }, (_, index) => `"h${index}"`).join(",")}]}`,
    "9 MB": `{"name":"${"a".repeat(9 * 2 ** 20)}"}`,
  };

  test("bodies that are none, to every operation that takes one", async () => {
    for (const path of posts)
      for (const [what, body] of Object.entries(bodies)) {
        // Creating and applying nothing is what a wrong body must end in; every operation needs some field.
        const answer = await running.ask("POST", path, auth(), body);
        if (answer.status === 200 && !path.includes("tenant")) continue;
        expectFailureBody(answer, `POST ${path}: ${what}`);
      }
    const kinds = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "x".repeat(5000)];
    for (const kind of kinds)
      expectFailureBody(
        await running.ask("POST", posts[0] ?? "", { ...auth(), "content-type": kind }, "a=b&c=d"),
        `content type ${kind.slice(0, 40)}`,
      );
    const lying = { ...auth(), "transfer-encoding": "chunked" };
    const long = await running.ask("POST", posts[0] ?? "", lying, "x".repeat(9 * 2 ** 20));
    expectFailureBody(long, "9 MB without a length");
  });

  test("query strings", async () => {
    for (const path of gets)
      for (const query of [
        "frobnicate=1",
        "%zz=%zz",
        "__proto__=1&__proto__[a]=1&constructor=2",
        `name=${"x".repeat(10_000)}`,
        "a=1&".repeat(3000),
        "device=%00&tenant=%1b[2J&from=../../etc/passwd&id=NaN",
        "=&&&==;;",
        "limit=1e400&offset=-1",
      ]) {
        const answer = await running.ask("GET", `${path}?${query}`, auth());
        if (answer.status !== 200) expectFailureBody(answer, `GET ${path}?${query.slice(0, 60)}`);
        expect(running.alive).toBe(true);
      }
    const huge = await raw(running.port, `GET /?${"x".repeat(200_000)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
    // The server may hang up before all of it is sent.
    if (huge !== "") expect(huge).toMatch(/^HTTP\/1.1 4/);
    expect(running.alive).toBe(true);
  });

  test("paths", async () => {
    for (const path of [
      "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/assets/..%2f..%2f..%2fpackage.json",
      "/..%5c..%5cpackage.json",
      "/%zz.js",
      "/%00.js",
      "/a%00b/index.html.js",
      "/.built-from.js/..",
      "/package.json",
      "/../package.json",
      "/api/v1/nothing",
      "/api/v1/%zz",
      "/api/../../x.json",
      `/${"a/".repeat(4000)}x.js`,
      `/${"x".repeat(5000)}.js`,
    ]) {
      const answer = await running.ask("GET", path, auth());
      expect(answer.body, path).not.toMatch(/root:.*:0:0|"workspaces"/);
      if (answer.status !== 200) expectRefused(answer, path);
      else expect(answer.headers["content-type"], path).toMatch(/html/);
    }
  });

  test("other names and other origins", async () => {
    const path = gets[0] ?? "";
    for (const headers of [
      { host: "evil.example" },
      { host: "127.0.0.1.evil.example" },
      { host: "a b" },
      { host: "[::zz]" },
      { host: "x".repeat(3000) },
      { host: "127.0.0.1:99999999" },
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: "not an origin" },
      { origin: "http://127.0.0.1:1" },
    ])
      expectRefused(await running.ask("GET", path, { ...auth(), ...headers }), JSON.stringify(headers).slice(0, 80));
  });

  test("what is no HTTP", async () => {
    for (const text of [
      "\u0000\u0001\u0002",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: -5\r\n\r\n",
      "POST /api/v1/x HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 10\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
      `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(20_000)}\r\n`,
      "FROB / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
      "GET http://evil.example/ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
      "GET //evil.example/ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
    ]) {
      const said = await raw(running.port, text);
      expect(said, text.slice(0, 60)).not.toMatch(/ 500 |^\s+at /m);
      expect(running.alive, text.slice(0, 60)).toBe(true);
    }
  });

  test("MCP garbage", async () => {
    const headers = { ...auth(), accept: "application/json, text/event-stream" };
    for (const body of [
      "",
      "not json",
      "[]",
      "{}",
      "null",
      '{"jsonrpc":"1.0"}',
      '{"jsonrpc":"2.0","id":1,"method":"frobnicate"}',
      '{"jsonrpc":"2.0","id":{"a":1},"method":"tools/call"}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"__proto__","arguments":{}}}',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tenant_create","arguments":{"name":7}}}',
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      `[${'{"jsonrpc":"2.0","id":1,"method":"ping"},'.repeat(10_000)}{}]`,
      "x".repeat(9 * 2 ** 20),
    ]) {
      const answer = await running.ask("POST", "/mcp", headers, body);
      expect(answer.status, `${body.slice(0, 80)}: ${answer.body.slice(0, 200)}`).toBeLessThan(500);
      expect(answer.body).not.toMatch(stack);
      expect(running.alive).toBe(true);
    }
    for (const method of ["GET", "DELETE", "PUT"])
      expect((await running.ask(method, "/mcp", headers)).status, method).toBeLessThan(500);
  });

  test("values at the command line of a server that runs", () => {
    const create = (...args: string[]): Ended => heddle(["tenant", "create", ...args], running.stateDir);
    for (const gbps of ["NaN", "-1", "0", "1e400", "1e308", "", "x", "0x10", "Infinity"])
      expectFailure(create("fuzzed", "--hosts", "su1-h1", `--gbps=${gbps}`), ["invalid_input", "refused", "conflict"]);
    for (const name of ["\u001B[2J", "x".repeat(10_000), "", " ", "__proto__", "a/b", "../x", "a\nb", "@oob", "-1"])
      expectFailure(create(name, "--hosts", "su1-h1", "--gbps", "1"), [
        "invalid_input",
        "conflict",
        "refused",
        "forbidden",
      ]);
    for (const hosts of ["no-such-host", "su1-h1..h99999999", ",", "\u0000".replace("\u0000", "\u0007"), "h[1-", "*"])
      expectFailure(create("fuzzed", "--hosts", hosts, "--gbps", "1"), ["invalid_input", "not_found", "conflict"]);
    expectFailure(heddle(["change", "approve", "no-such-change"], running.stateDir), [
      "not_found",
      "invalid_input",
      "refused",
    ]);
    expectFailure(heddle(["ask", "x".repeat(100_000)], running.stateDir), ["invalid_input"]);
    const listed = heddle(["change", "list", "--json"], running.stateDir);
    expect(listed.stdout, "no change came of all that").not.toContain("fuzzed");
  });

  test("after all of that it still works, and its log holds no stack", async () => {
    const status = heddle(["status"], running.stateDir);
    expect(status.exit, status.stderr).toBe(0);
    expect(running.log).not.toMatch(stack);
  });
});

/** Sends bytes and gives what comes back until the other side closes or says nothing more. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve(said));
  });
}
