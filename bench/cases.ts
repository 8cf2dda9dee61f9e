import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYamlPackage } from "yaml";
import { deriveConfigs } from "#design/configs.ts";
import { driverFor } from "#drivers/index.ts";
import type { NosName } from "#model/device-config.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import { openFabric } from "#operations/open-fabric.ts";
import { planChange } from "#reconcile/plan.ts";
import { parsedSnapshot } from "#reconcile/prove.ts";
import { proveIsolation } from "#twin/reachability.ts";
import { buildTwin } from "#twin/twin.ts";
import { corpusTexts } from "../src/apps/testing/parser-doors.ts";
import { median, megabytes, perSecond, row, timed, type Row } from "./measure.ts";

const factories = {
  "128": { path: "examples/ai-factory-128/fabric.yaml", hosts: ["su1-h1", "su1-h2", "su1-h3", "su1-h4"] },
  "1024": { path: "examples/ai-factory-1024/fabric.yaml", hosts: ["su2-h25", "su2-h26", "su2-h27", "su2-h28"] },
} as const;
type Factory = keyof typeof factories;

async function openFactory(factory: Factory): Promise<Snapshot> {
  const { path } = factories[factory];
  const text = readFileSync(join(import.meta.dirname, "..", path), "utf8");
  return (await openFabric([{ path: "fabric.yaml", text }])).snapshot;
}

const sizeOf = (snapshot: Snapshot): string =>
  `${Object.values(snapshot.fabric.hosts).reduce((sum, host) => sum + host.gpus.length, 0)} GPUs, ${Object.keys(snapshot.devices).length} switches`;

const renderAll = (snapshot: Snapshot): unknown =>
  Object.values(deriveConfigs(snapshot.fabric, snapshot.tenants)).map((config) => driverFor(config.nos).render(config));

/** A tenant Change from the request to the whole plan, as the first one of a process and as one of many. */
async function plan(factory: Factory): Promise<Row[]> {
  const snapshot = await openFactory(factory);
  const size = sizeOf(snapshot);
  const { hosts } = factories[factory];
  let count = 0;
  const planOne = () =>
    planChange({
      world: snapshot,
      intent: { kind: "tenant.create", name: `bench-${++count}`, hosts, guaranteedBps: 400e9 },
      requester: { kind: "operator", name: "bench" },
      id: `chg-${count}`,
    });
  const cold = timed(planOne);
  const warm = median(factory === "128" ? 9 : 5, planOne);
  const render = median(3, () => renderAll(snapshot));
  const baseline = { what: "design and render all switches once", cpuMs: render.cpuMs };
  const lines = cold.value.diff.reduce((sum, device) => sum + device.lines.length, 0);
  const { proof } = cold.value;
  const note = `${cold.value.diff.length} devices, ${lines} lines, ${proof.intermediate.states} states between, ${proof.forbiddenPairs} pairs forbidden`;
  return [
    row("plan of a tenant Change, first of the process", size, cold, { baseline, note }),
    row("plan of a tenant Change, median of later ones", size, warm, { baseline }),
  ];
}

/** Configurations to behaviour to proof, with nothing remembered. */
async function twin(factory: Factory): Promise<Row[]> {
  const snapshot = await openFactory(factory);
  const size = sizeOf(snapshot);
  const parsed = timed(() => parsedSnapshot(snapshot));
  const baseline = { what: "parse the same configurations", cpuMs: parsed.cpuMs };
  const built = timed(() => buildTwin(parsed.value));
  const proved = timed(() => proveIsolation(built.value));
  return [
    row("twin built", size, built, { baseline, note: `${built.value.sessions.length} sessions` }),
    row("isolation proved", size, proved, {
      baseline,
      note: `${proved.value.forbiddenPairs} forbidden and ${proved.value.requiredPairs} required pairs`,
    }),
  ];
}

const corpusPatterns: Readonly<Record<"eos" | "nvue" | "sonic", readonly string[]>> = {
  eos: ["eos/avd-*/configs/*.cfg", "multi/netlab-fabrics/**/*.eos.cfg"],
  nvue: ["cumulus/nvue-*/**/startup.yaml", "cumulus/nvue-*/**/*nvue*.yaml"],
  sonic: ["sonic/**/config_db.json"],
};
const minimumCharacters = 20e6;

/** Configurations of the example factory, and real ones where the corpus stands beside the project. */
async function texts(
  nos: NosName & keyof typeof corpusPatterns,
): Promise<{ from: string; files: readonly SourceFile[] }> {
  const path = nos === "eos" ? "a.cfg" : nos === "nvue" ? "startup.yaml" : "config_db.json";
  const corpus = corpusPatterns[nos].flatMap((pattern) => corpusTexts(pattern));
  const { devices } = await openFactory("128");
  const own = Object.values(devices).filter((device) => device.nos === nos);
  return {
    from: corpus.length > 0 ? "corpus and the example factory" : "example factory",
    files: [...corpus.map((text) => ({ path, text })), ...own.flatMap((device) => device.files)],
  };
}

async function parse(nos: "eos" | "nvue" | "sonic"): Promise<Row[]> {
  const { from, files } = await texts(nos);
  const all = files.map((file) => file.text).join("\n");
  const rounds = Math.ceil(minimumCharacters / all.length);
  const long = { length: all.length * rounds } as string; // only its length is used
  const driver = driverFor(nos);
  const parseAll = (): void => {
    for (let round = 0; round < rounds; round++) for (const file of files) driver.parse([file]);
  };
  const size = `${files.length} files of the ${from}, ${megabytes(all)}, ${rounds} times`;
  parseAll();
  const files1 = median(3, parseAll);
  const baselines = {
    eos: { what: "split at line ends", run: (text: string): unknown => text.split("\n"), share: 1 },
    // The package takes minutes for 20 MB; a twentieth tells enough.
    nvue: {
      what: "the yaml package (from a twentieth of it)",
      run: (text: string): unknown => safely(() => parseYamlPackage(text, { uniqueKeys: false, logLevel: "silent" })),
      share: 20,
    },
    sonic: { what: "JSON.parse", run: (text: string): unknown => safely(() => JSON.parse(text)), share: 1 },
  }[nos];
  const base = timed(() => {
    for (let round = 0; round < Math.max(1, rounds / baselines.share); round++)
      for (const file of files) baselines.run(file.text);
  });
  const done = (Math.max(1, Math.ceil(rounds / baselines.share)) * all.length) / long.length;
  const rows = [
    row(`${nos} parse, file by file`, size, files1, {
      baseline: { what: baselines.what, cpuMs: base.cpuMs / done },
      note: perSecond(long, files1),
    }),
  ];
  if (nos !== "eos") return rows;
  const big = Array.from({ length: rounds }, () => all).join("\n");
  const one = median(3, () => driver.parse([{ path: "a.cfg", text: big }]));
  const split = median(3, () => big.split("\n"));
  return [
    ...rows,
    row("eos parse, as one file", megabytes(big), one, {
      baseline: { what: "split at line ends", cpuMs: split.cpuMs },
      note: perSecond(big, one),
    }),
  ];
}

function safely(run: () => unknown): unknown {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** Each runs in a process of its own, so that its memory is its own. */
export const cases: Readonly<Record<string, () => Promise<Row[]>>> = {
  "plan 128": () => plan("128"),
  "plan 1024": () => plan("1024"),
  "twin 128": () => twin("128"),
  "twin 1024": () => twin("1024"),
  "parse eos": () => parse("eos"),
  "parse nvue": () => parse("nvue"),
  "parse sonic": () => parse("sonic"),
};
