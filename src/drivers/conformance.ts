import type { TenantScope } from "#model/tenant-scope.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "#model/finding.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import type { SourceFile } from "#model/source.ts";
import type { Driver } from "./driver.ts";
import { anyDeviceConfig, reversedKeys, type Dialect } from "./testing.ts";

const laws = [
  "arbitrary text never throws",
  "a broken rendering never throws",
  "every unknown line has its finding",
  "equal configs render to equal bytes",
  "what was rendered is read back as it was",
  "nothing rendered is unknown, and nothing is lost silently",
  "provenance points into the files",
  "the driver knows its own text",
  "nothing changed is no diff",
  "a diff names only lines of the two sides",
  "nobody's lines belong to a tenant without a scope",
] as const;
export type Law = (typeof laws)[number];

const nobody: TenantScope = { vrfs: [], vnis: [], vlans: [], interfaces: [], acls: [], policies: [], prefixes: [] };

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({ maxLength: 400 }),
  fc.constantFrom(
    "",
    "\u0000\u0000\uFFFD",
    "\uFEFFhostname x",
    "{",
    "[[[[",
    '{"__proto__":{"a":1}}',
    "- set:\n    __proto__: {}\n",
    "interface __proto__\n   ip address 10.0.0.1/24\nvlan constructor\nvrf instance toString\n",
    "a: &a [*a]",
    `${" ".repeat(5000)}x`,
    "{".repeat(3000),
    "-\n ".repeat(2000),
  ),
);

/** Cuts, repeats, swaps and spoils pieces of real text: what a bad disk or a hasty editor does. */
const spoiled = (text: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        at: fc.nat({ max: Math.max(text.length, 1) }),
        length: fc.nat({ max: 40 }),
        with: fc.oneof(fc.constantFrom("", "\n", " ", "__proto__", "no ", "\u0000", "9".repeat(30)), fc.string()),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((cuts) => cuts.reduce((now, cut) => now.slice(0, cut.at) + cut.with + now.slice(cut.at + cut.length), text));

const lineOf = (finding: Finding): number | undefined =>
  finding.where.kind === "file" || finding.where.kind === "path" ? finding.where.line : undefined;

const linesIn = (files: readonly SourceFile[]): Set<string> =>
  new Set(files.flatMap((file) => file.text.split(/\r?\n/).map((line) => line.trim())));

/** The laws of `driver.ts` as tests. A skip names its law and gives its reason. */
export function conformance(
  driver: Driver,
  dialect: Dialect,
  skips: Readonly<Partial<Record<Law, string>>> = {},
): void {
  const runs = { numRuns: 60 };
  const configs = anyDeviceConfig(dialect);
  const filesOf = (config: DeviceConfig): readonly SourceFile[] => driver.render(config).files;
  const paths = filesOf(fc.sample(configs, { numRuns: 1, seed: 1 })[0] as DeviceConfig).map((file) => file.path); // one run gives one
  const law = (name: Law, run: () => void): void => {
    const reason = skips[name];
    if (reason === undefined) test(name, run);
    else test.skip(`${name} (${reason})`, run);
  };

  describe(`${driver.nos} keeps the laws of drivers`, () => {
    law("arbitrary text never throws", () => {
      const files = fc.tuple(...paths.map((path) => hostile.map((text): SourceFile => ({ path, text }))));
      fc.assert(
        fc.property(files, (some) => {
          expect(driver.parse(some).config.networkInstances["default"]).toBeDefined();
          expect(Object.getPrototypeOf(driver.parse(some).config.interfaces) ?? Object.prototype).toBe(
            Object.prototype,
          );
          for (const file of some) expect(driver.detect(file)).toBeLessThanOrEqual(1);
        }),
        { numRuns: 200 },
      );
      expect(driver.parse([]).config.networkInstances["default"]).toBeDefined();
    });

    const broken = configs.chain((config) =>
      fc.tuple(
        ...filesOf(config).map((file) => spoiled(file.text).map((text): SourceFile => ({ path: file.path, text }))),
      ),
    );

    law("a broken rendering never throws", () => {
      fc.assert(
        fc.property(broken, (files) => {
          expect(driver.parse(files).config.nos).toBe(driver.nos);
        }),
        runs,
      );
    });

    law("every unknown line has its finding", () => {
      fc.assert(
        fc.property(broken, (files) => {
          const { accounts, findings } = driver.parse(files);
          const found = new Set(findings.map(lineOf));
          for (const account of accounts)
            for (const line of account.lines) {
              if (line.status === "unknown") expect(found, line.text).toContain(line.line);
              if (line.status === "ignored") expect(line.reason, line.text).toBeTruthy();
            }
        }),
        runs,
      );
    });

    law("equal configs render to equal bytes", () => {
      fc.assert(
        fc.property(configs, (config) => {
          expect(driver.render(reversedKeys(config))).toEqual(driver.render(config));
        }),
        runs,
      );
    });

    law("what was rendered is read back as it was", () => {
      fc.assert(
        fc.property(configs, (config) => {
          expect(driver.parse(filesOf(config)).config).toEqual(config);
        }),
        { numRuns: 150 },
      );
    });

    law("nothing rendered is unknown, and nothing is lost silently", () => {
      fc.assert(
        fc.property(configs, (config) => {
          const { files, findings } = driver.render(config);
          expect(findings).toEqual([]);
          const back = driver.parse(files);
          const unknown = back.accounts.flatMap((account) => account.lines.filter((line) => line.status === "unknown"));
          expect(unknown).toEqual([]);
          expect(back.findings.filter((finding) => finding.severity !== "info")).toEqual([]);
        }),
        runs,
      );
    });

    law("provenance points into the files", () => {
      fc.assert(
        fc.property(configs, (config) => {
          const files = filesOf(config);
          const { provenance } = driver.parse(files);
          expect(provenance.size).toBeGreaterThan(0);
          for (const [path, span] of provenance) {
            const file = files.find((one) => one.path === span.file);
            expect(file, path).toBeDefined();
            expect(span.line, path).toBeGreaterThan(0);
            expect(span.line, path).toBeLessThanOrEqual((file?.text ?? "").split("\n").length);
          }
        }),
        runs,
      );
    });

    law("the driver knows its own text", () => {
      fc.assert(
        fc.property(configs, (config) => {
          const certainty = filesOf(config).map((file) => driver.detect(file));
          expect(Math.max(...certainty)).toBeGreaterThan(0.5);
        }),
        runs,
      );
    });

    law("nothing changed is no diff", () => {
      fc.assert(
        fc.property(configs, (config) => {
          expect(driver.diff(filesOf(config), filesOf(config))).toEqual([]);
        }),
        runs,
      );
    });

    law("a diff names only lines of the two sides", () => {
      fc.assert(
        fc.property(configs, configs, (before, after) => {
          const [old, now] = [filesOf(before), filesOf(after)];
          const diff = driver.diff(old, now);
          const same = JSON.stringify(old) === JSON.stringify(now);
          expect(diff.some((line) => line.op !== "context")).toBe(!same);
          // NOSes that change by command (`nv set`, a patch) have lines of their own: only those that quote are held to it.
          const quoted = diff.every((line) => linesIn([...old, ...now]).has(line.text.trim()));
          if (!quoted) return;
          for (const line of diff) {
            if (line.op === "add") expect(linesIn(now)).toContain(line.text.trim());
            if (line.op === "remove") expect(linesIn(old)).toContain(line.text.trim());
          }
        }),
        runs,
      );
    });

    law("nobody's lines belong to a tenant without a scope", () => {
      fc.assert(
        fc.property(configs, configs, (before, after) => {
          for (const line of driver.diff(filesOf(before), filesOf(after)))
            if (line.op !== "context") expect(driver.tenantLine(line, nobody), line.text).toBe(false);
        }),
        runs,
      );
    });
  });
}
