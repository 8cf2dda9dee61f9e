import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { interpret } from "#agent/interpret.ts";
import { parseContainerlab, renderContainerlab } from "#design/containerlab.ts";
import { parseDesign } from "#design/design.ts";
import { parseDsxAir, renderDsxAir } from "#design/dsx-air.ts";
import { defaultPriceBook, parsePriceBook, renderPriceBook } from "#economics/price-book.ts";
import type { Driver } from "#drivers/driver.ts";
import { drivers } from "#drivers/index.ts";
import { groupDevices } from "#drivers/snapshot-files.ts";
import { Failure } from "#model/failure.ts";
import { formatFinding, type Finding } from "#model/finding.ts";
import type { ParsedDevice, Snapshot } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { Context } from "#operations/context.ts";
import { checkDesign } from "#operations/designs.ts";
import { openFabric } from "#operations/open-fabric.ts";
import { verifySnapshot } from "#operations/snapshots.ts";
import { readTree } from "../files.ts";
import { localContext } from "../local-context.ts";
import type { Syntax } from "./shapes.ts";

/** Where text of strangers comes in, in this process. */
export interface ParserDoor {
  readonly name: string;
  readonly syntax: Syntax;
  /** Good texts to spoil. */
  readonly samples: readonly string[];
  /** Lets a text in; gives what is wrong with how it was received. A throw is wrong too. */
  read(text: string): readonly string[] | Promise<readonly string[]>;
}

const root = join(import.meta.dirname, "../../..");
const corpus = join(root, "../shared/corpus");
const example = join(root, "examples/ai-factory-128/fabric.yaml");

/** Files of the corpus, where it stands beside the project. */
export function corpusTexts(pattern: string, largest = 200_000): string[] {
  if (!existsSync(corpus)) return [];
  return globSync(pattern, { cwd: corpus })
    .toSorted()
    .map((path) => join(corpus, path))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= largest)
    .map((path) => readFileSync(path, "utf8"));
}

const corpusPatterns: Readonly<Record<string, readonly string[]>> = {
  eos: ["eos/*/configs/*.cfg", "multi/netlab-fabrics/**/*.eos.cfg"],
  nvue: ["cumulus/nvue-*/**/*.yaml", "multi/netlab-fabrics/**/*.cumulus_nvue*"],
  sonic: ["sonic/**/config_db*.json", "frr/**/frr.conf"],
};

/** Every way in, with the example factory's own files and the corpus as good texts. */
export async function parserDoors(): Promise<readonly ParserDoor[]> {
  const { snapshot } = await openFabric(readTree(example));
  const designs = [readFileSync(example, "utf8")];
  const labs = [
    renderContainerlab(snapshot.fabric, {}).text,
    ...corpusTexts("{multi,srlinux,eos}/**/*.clab.y*ml"),
    ...corpusTexts("multi/netlab-fabrics/**/clab.yml"),
  ];
  const airs = [renderDsxAir(snapshot.fabric).text];
  const books = [renderPriceBook(defaultPriceBook).text, readFileSync(join(root, "examples/price-book.yaml"), "utf8")];
  return [
    ...drivers.flatMap((driver) => driverDoors(driver, snapshot)),
    door("design", "yaml", designs, (text) => judgeFindings(parseDesign({ path: "fabric.yaml", text }).findings)),
    door("containerlab", "yaml", labs, (text) =>
      judgeFindings(parseContainerlab({ path: "x.clab.yml", text }).findings),
    ),
    door("dsx-air", "json", airs, (text) => judgeFindings(parseDsxAir({ path: "air.json", text }).findings)),
    door("price book", "yaml", books, (text) => judgeFindings(parsePriceBook({ path: "prices.yaml", text }).findings)),
    ...(
      [
        ["design check: design", "fabric.yaml", "yaml", designs],
        ["design check: containerlab", "x.clab.yml", "yaml", labs],
        ["design check: dsx-air", "air.json", "json", airs],
      ] as const
    ).map(([name, path, syntax, samples]) =>
      door(name, syntax, samples, (text) =>
        orFailure(async () => checkDesign.run({ path }, contextOf([{ path, text }]))),
      ),
    ),
    door("ask", "sentence", sentences, (text) => {
      const names = Object.keys(snapshot.fabric.switches).map((name) => ({ kind: "switch" as const, name }));
      const hosts = Object.keys(snapshot.fabric.hosts).map((name) => ({ kind: "host" as const, name }));
      return typeof interpret(text, [...names, ...hosts]).outcome === "string" ? [] : ["no outcome"];
    }),
  ];
}

const sentences = [
  "can acme reach globex?",
  "what does acme cost per hour and how much of that is network?",
  "which jobs use spine-2?",
  "why is job llm-70b slow?",
  "give acme two more hosts su1-h1..h4 at 400 Gbps",
];

const door = (name: string, syntax: Syntax, samples: readonly string[], read: ParserDoor["read"]): ParserDoor => ({
  name,
  syntax,
  samples,
  read,
});

/** What the command line gives to operations, over these files. */
const contextOf = (files: readonly SourceFile[]): Context =>
  // Object.create is typed any; the rest is read through the prototype, getters and all.
  Object.assign(Object.create(localContext) as Context, {
    files: { read: async () => files, write: async () => {} },
  });

/** A Failure is an answer, unless it says that we have a bug. */
async function orFailure(run: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await run();
    return [];
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "internal") throw error;
    return error.message.trim() === "" ? ["a failure without words"] : judgeFindings(error.findings);
  }
}

const pathOf: Readonly<Record<string, (text: string) => string>> = {
  eos: () => "leaf1.cfg",
  nvue: () => "leaf1.yaml",
  sonic: (text) => (/^\s*\{/.test(text.slice(0, 200)) ? "config_db.json" : "frr.conf"),
};

/** One driver alone, what it makes of a drifted device, and a whole network in which one device is spoiled. */
function driverDoors(driver: Driver, snapshot: Snapshot): ParserDoor[] {
  const nos = syntaxOf(driver);
  const own = Object.values(snapshot.devices).filter((device) => device.nos === driver.nos);
  const good = own[0]?.files ?? [];
  const samples = [
    ...own.slice(0, 4).flatMap((device) => device.files.map((file) => file.text)),
    ...(corpusPatterns[nos] ?? []).flatMap((pattern) => corpusTexts(pattern)),
  ];
  const others = Object.entries(snapshot.devices)
    .filter(([, device]) => device !== own[0])
    .slice(0, 3)
    .flatMap(([name, device]) =>
      device.files.map((file) => ({ path: `${name}/${baseName(file.path)}`, text: file.text })),
    );
  const fileOf = (text: string): SourceFile => ({ path: pathOf[nos]?.(text) ?? "x", text });
  const bad: TenantLineScope = {
    vrfs: ["acme"],
    vnis: [1],
    vlans: [1],
    interfaces: [],
    acls: [],
    policies: [],
    prefixes: [],
  };
  return [
    door(`${nos} parse`, nos, samples, (text) => {
      const file = fileOf(text);
      const certainty = driver.detect(file);
      return [
        ...(certainty >= 0 && certainty <= 1 ? [] : [`detect says ${certainty}`]),
        ...judgeDevice(driver.parse([file]), [file]),
      ];
    }),
    door(`${nos} diff`, nos, samples.slice(0, 8), (text) => {
      const lines = driver.diff(good, [fileOf(text)]);
      for (const line of lines.slice(0, 200)) driver.tenantLine(line, bad);
      return [];
    }),
    door(`verify, one ${nos} spoiled`, nos, samples, (text) => {
      const { path } = fileOf(text);
      const files = [...others, { path: nos === "sonic" ? `leaf1/${path}` : path, text }];
      groupDevices(files, drivers);
      return orFailure(async () => verifySnapshot.run({ path: "x" }, contextOf(files)));
    }),
  ];
}

/** A driver without shapes of its own gets those of no syntax at all. */
const syntaxOf = ({ nos }: Driver): Syntax => (nos === "eos" || nos === "nvue" || nos === "sonic" ? nos : "sentence");

type TenantLineScope = Parameters<Driver["tenantLine"]>[1];
const baseName = (path: string): string => path.split("/").pop() ?? path;

/** Every line stands in the account once, and each line that was not understood has its finding. */
function judgeDevice({ accounts, findings }: ParsedDevice, files: readonly SourceFile[]): string[] {
  const wrong = [...judgeFindings(findings)];
  // Past thousands of findings a driver says no more: the lines themselves stay marked.
  const told = findings.length < 5000;
  const found = new Set(findings.map((one) => ("line" in one.where ? one.where.line : undefined)));
  for (const account of accounts) {
    const text = files.find((one) => one.path === account.file)?.text;
    if (text === undefined) wrong.push(`an account of ${account.file}, which was not given`);
    const count = (text ?? "").split(/\r\n|\n|\r/).length;
    for (const { line, status, reason } of account.lines) {
      if (!Number.isInteger(line) || line < 1 || line > count) wrong.push(`line ${line} of ${count}`);
      if (told && status === "unknown" && !found.has(line)) wrong.push(`line ${line} is unknown without a finding`);
      if (status === "ignored" && !reason) wrong.push(`line ${line} is ignored without a reason`);
    }
  }
  return wrong.slice(0, 5);
}

/** A finding says something, to a person, of a length that a person reads. */
function judgeFindings(findings: readonly Finding[]): string[] {
  const wrong = findings.flatMap((one) => {
    const said = formatFinding(one);
    if (one.message.trim() === "") return [`${one.code} says nothing`];
    if (said.length > 20_000) return [`${one.code} says ${said.length} characters: ${said.slice(0, 120)}`];
    if (/\n\s+at .*:\d+:\d+/.test(said)) return [`${one.code} shows a stack`];
    return said.includes("[object Object]") || /\bundefined\b.*\bundefined\b/.test(said) ? [said.slice(0, 200)] : [];
  });
  return wrong.slice(0, 5);
}
