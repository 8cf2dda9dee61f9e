import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDesign } from "./design.ts";
import { exampleDesign, exampleFile } from "./testing.ts";

const parse = (text: string) => parseDesign({ path: "fabric.yaml", text });
const example = exampleFile("ai-factory-128").text;
const broken = (from: string | RegExp, to: string) => parse(example.replace(from, to)).findings;

describe("a design file", () => {
  test("of each example has no findings", () => {
    for (const name of ["ai-factory-128", "ai-factory-1024"]) expect(exampleDesign(name).name).toBe(name);
  });

  test("gives tenants with expanded hosts, and workloads with what their tenant lends them", () => {
    const { tenants, workloads } = exampleDesign("ai-factory-128");
    expect(tenants[0]?.hosts).toEqual(["su1-h5", "su1-h6", "su1-h7", "su1-h8", "su2-h5"]);
    expect(workloads[0]).toMatchObject({
      kind: "training",
      name: "llm-70b",
      hosts: tenants[0]?.hosts,
      parallelism: { tensor: 8, pipeline: 1, data: 5 },
    });
    expect(workloads[1]).toMatchObject({ kind: "inference", prefillHosts: ["su2-h1"], decodeHosts: ["su2-h2"] });
  });

  test("says line, path and what was meant for a mistyped key", () => {
    expect(broken("scalableUnitHosts", "scalabelUnitHosts")).toContainEqual(
      expect.objectContaining({
        code: "design.unknown-key",
        where: { kind: "path", file: "fabric.yaml", path: "/computeFabric/scalabelUnitHosts", line: 13 },
        remedy: 'Did you mean "scalableUnitHosts"?',
      }),
    );
  });

  test.each([
    ["a missing key", "  hosts: 16\n", "", "design.missing-key", "/computeFabric/hosts"],
    ["a rate that is none", "linkSpeed: 400G", "linkSpeed: fast", "design.value", "/computeFabric/linkSpeed"],
    [
      "a pool that is none",
      "tenants:\n",
      "addressing: { loopbacks: ten }\ntenants:\n",
      "design.value",
      "/addressing/loopbacks",
    ],
    ["a range upside down", "65300-65399", "65399-65300", "design.value", "/asn/outOfBand"],
    [
      "an operating system that we don't build for",
      "nos: sonic, model: sn5600",
      "nos: ios, model: sn5600",
      "design.value",
      "/computeFabric/leaf/0/nos",
    ],
    ["a tenant twice", "name: initech", "name: globex", "design.duplicate-name", "/tenants/1/name"],
    ["a workload of nobody", "tenant: initech", "tenant: nobody", "design.unknown-tenant", "/workloads/1/tenant"],
    [
      "ranks that don't fill the GPUs",
      "tensor: 8, pipeline: 1",
      "tensor: 8, pipeline: 3",
      "design.parallelism",
      "/workloads/0/parallelism",
    ],
    [
      "a workload on another tenant's hosts",
      "prefillHosts: su2-h1",
      "hosts: su1-h5",
      "design.foreign-host",
      "/workloads/1/hosts",
    ],
  ])("names %s", (_, from, to, code, path) => {
    const findings = broken(from, to);
    expect(findings).toContainEqual(
      expect.objectContaining({ code, where: expect.objectContaining({ path }) as unknown }),
    );
  });

  test.each([
    ["nothing", ""],
    ["a list", "- a"],
    ["a number", "7"],
    ["a flow that never ends", "["],
    ["an alias to itself", "a: &a [*a]"],
    [
      "aliases that double",
      `a0: &a0 [x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join("\n")}`,
    ],
    ["prototype keys", "__proto__: { a: 1 }\nconstructor: 1\ntoString: 2"],
    ["binary", "\0\u0001\u0002"],
    ["deep flows", "[".repeat(100_000)],
    ["deep dashes", "- ".repeat(100_000)],
    ["deep indents", Array.from({ length: 3000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["ten million characters", "x".repeat(10_000_000)],
    ["twenty thousand keys", Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join("\n")],
    ["quotes only", '"'.repeat(200_000)],
    ["anchors only", "&a ".repeat(60_000)],
    ["closing brackets only", "]".repeat(200_000)],
    ["tags", "!!binary 'x'"],
    ["two documents", "a: 1\n---\nb: 2"],
  ])("that is %s gives findings soon", (_, text) => {
    const start = performance.now();
    const { design, findings } = parse(text);
    expect(design).toBeUndefined();
    expect(findings.length).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test("spoiled anywhere never throws, and is either read or found wrong", () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom("\n", "  ", "{", "]", "&a", "*a", ": ", "__proto__", "\0", "- "),
    );
    fc.assert(
      fc.property(fc.nat(example.length), fc.nat(60), piece, (at, length, with_) => {
        const { design, findings } = parse(example.slice(0, at) + with_ + example.slice(at + length));
        expect(design === undefined).toBe(findings.length > 0);
      }),
      { numRuns: 150 },
    );
  });
});
