import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import { isMap, isScalar, LineCounter, parseDocument, stringify, type Document, type YAMLMap } from "yaml";
import { z } from "zod";
import { writtenPrices, writtenSite, type WrittenPrice } from "./default-prices.ts";
import {
  dollars,
  type AssetClass,
  type PriceBook,
  type PriceEntry,
  type Site,
  type SiteFigure,
  type SiteKey,
} from "./price-entry.ts";

export type { PriceBook } from "./price-entry.ts";

/** Larger files are refused: a price book of a thousand rows has 200 KB. */
const maxBytes = 300_000;
/** More findings than a person reads; the rest is counted. */
const maxFindings = 100;
const maxDepth = 32;

const money = z.number().min(0).max(1e12);
const percent = z.number().min(0).max(100);
const grade = z.enum(["measured", "derived", "assumed"]).default("assumed");
const provenance = { source: z.string().min(1).max(500), date: z.iso.date(), grade };

const rowSchema = z.strictObject({
  usd: money.default(0),
  usdPerGbps: money.default(0),
  usdPerMetre: money.default(0),
  salvagePercent: percent.default(0),
  lifeYears: z.number().min(0.01).max(100).default(4),
  watts: z.number().min(0).max(1e9).default(0),
  wattsPerGbps: z.number().min(0).max(1e6).default(0),
  opexPercentPerYear: percent.default(0),
  ...provenance,
});

const figureOf = (value: z.ZodNumber) => z.strictObject({ value, ...provenance });
const siteSchemas: Readonly<Record<SiteKey, z.ZodType<SiteFigure>>> = {
  tariffPerKwh: figureOf(z.number().min(0).max(1_000)),
  pue: figureOf(z.number().min(1).max(10)),
  facilityPerKw: figureOf(money),
  facilityLifeYears: figureOf(z.number().min(0.01).max(100)),
  operationsPerHostYear: figureOf(money),
  operationsPerSwitchYear: figureOf(money),
};
const siteKeys = Object.keys(siteSchemas).filter((key): key is SiteKey => Object.hasOwn(siteSchemas, key));

/** Names of the sections of the file, and the class each prices. */
const sections: Readonly<Record<string, AssetClass>> = {
  gpus: "gpu",
  hosts: "host",
  nics: "nic",
  switches: "switch",
  optics: "optic",
  cables: "cable",
  storage: "storage",
};

const entryOf = (row: Required<WrittenPrice>, line?: number): PriceEntry => ({
  price: dollars(row.usd),
  perGbps: dollars(row.usdPerGbps),
  perMetre: dollars(row.usdPerMetre),
  salvagePercent: row.salvagePercent,
  lifeYears: row.lifeYears,
  watts: row.watts,
  wattsPerGbps: row.wattsPerGbps,
  opexPercentPerYear: row.opexPercentPerYear,
  grade: row.grade,
  source: row.source,
  date: row.date,
  ...(line === undefined ? {} : { line }),
});

/** A record whose keys come from a file: no prototype, so that `__proto__` is a name like any other. */
const emptyRecord = <T>(): Record<string, T> => Object.create(null) as Record<string, T>; // Object.create is typed any

function defaultRows(kind: AssetClass): Readonly<Record<string, PriceEntry>> {
  const rows = emptyRecord<PriceEntry>();
  for (const [key, row] of Object.entries(writtenPrices[kind])) rows[key] = entryOf(rowSchema.parse(row));
  return rows;
}

/** Public figures, each with its source: what a site starts with until it has a book of its own. */
export const defaultPriceBook: PriceBook = {
  name: "heddle-public-figures",
  currency: "USD",
  site: writtenSite,
  prices: {
    gpu: defaultRows("gpu"),
    host: defaultRows("host"),
    nic: defaultRows("nic"),
    switch: defaultRows("switch"),
    optic: defaultRows("optic"),
    cable: defaultRows("cable"),
    storage: defaultRows("storage"),
  },
};

/**
 * Reads a site's price book. What the file leaves out comes from the shipped figures, graded `assumed`; a row that is
 * wrong is left out with a finding, so that one bad price never hides the others.
 */
export function parsePriceBook(file: SourceFile): { readonly book?: PriceBook; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const reader = openYaml(file, findings);
  if (reader === undefined) return { findings };
  const top = reader.root;
  for (const [key, line] of reader.keys(top)) {
    if (!Object.hasOwn(sections, key) && !["name", "currency", "site"].includes(key))
      findings.push(
        unknownKey(file, key, line, `Known are name, currency, site, ${Object.keys(sections).join(", ")}.`),
      );
  }
  const currency = reader.text(top, "currency") ?? "USD";
  if (currency !== "USD")
    findings.push({
      code: "economics.currency",
      severity: "error",
      message: `Price book is in ${currency}; Heddle counts in micro-dollars.`,
      where: { kind: "path", file: file.path, path: "/currency", line: reader.line(top, "currency") },
      remedy: "Convert the prices to USD and say so in each source.",
    });
  if (currency !== "USD") return { findings };
  const site = readSite(reader, top, findings);
  const prices = { ...defaultPriceBook.prices };
  for (const [section, kind] of Object.entries(sections)) prices[kind] = readRows(reader, top, section, kind, findings);
  return {
    book: { name: reader.text(top, "name") ?? file.path, currency: "USD", site, prices },
    findings: atMost(findings, file),
  };
}

const atMost = (findings: readonly Finding[], file: SourceFile): readonly Finding[] =>
  findings.length <= maxFindings
    ? findings
    : [
        ...findings.slice(0, maxFindings),
        {
          code: "economics.more-findings",
          severity: "error",
          message: `Price book has ${findings.length - maxFindings} more findings.`,
          where: { kind: "file", file: file.path, line: 1 },
          remedy: "Correct these first.",
        },
      ];

function readSite(reader: Reader, top: YAMLMap, findings: Finding[]): Site {
  const found: Partial<Record<SiteKey, SiteFigure>> = {};
  const map = reader.map(top, "site");
  for (const [key, line] of map ? reader.keys(map) : []) {
    if (!Object.hasOwn(siteSchemas, key))
      findings.push(unknownKey(reader.file, `site/${key}`, line, `Known are ${siteKeys.join(", ")}.`));
  }
  for (const key of siteKeys) {
    const value = map && reader.value(map, key);
    const figure =
      value === undefined ? undefined : check(reader, siteSchemas[key], value, `/site/${key}`, map, key, findings);
    found[key] = figure ?? { ...defaultPriceBook.site[key], grade: "assumed" };
  }
  return { ...defaultPriceBook.site, ...found };
}

function readRows(reader: Reader, top: YAMLMap, section: string, kind: AssetClass, findings: Finding[]) {
  const rows = emptyRecord<PriceEntry>();
  for (const [key, entry] of Object.entries(defaultPriceBook.prices[kind])) rows[key] = { ...entry, grade: "assumed" };
  const map = reader.map(top, section);
  for (const [key, line] of map ? reader.keys(map) : []) {
    if (map === undefined) break;
    const row = check(reader, rowSchema, reader.value(map, key), `/${section}/${key}`, map, key, findings);
    if (row !== undefined) rows[key] = entryOf(row, line);
  }
  return rows;
}

/** The value if it is right; else a finding per fault, each at the line where it stands. */
function check<T>(
  reader: Reader,
  schema: z.ZodType<T>,
  value: unknown,
  path: string,
  map: YAMLMap | undefined,
  key: string,
  findings: Finding[],
): (T & { readonly line?: number }) | undefined {
  const line = map && reader.line(map, key);
  const result = schema.safeParse(value);
  if (result.success) return { ...result.data, ...(line === undefined ? {} : { line }) };
  const inner = map && reader.map(map, key);
  for (const issue of result.error.issues.slice(0, 10)) {
    const field = issue.path[0];
    const at = (inner && field !== undefined ? reader.line(inner, String(field)) : undefined) ?? line;
    findings.push({
      code: "economics.bad-price",
      severity: "error",
      message: `Price book: ${issue.message}.`,
      where: {
        kind: "path",
        file: reader.file.path,
        path: [path, ...issue.path.map(String)].join("/"),
        ...(at === undefined ? {} : { line: at }),
      },
      remedy: "Correct the row; until then the shipped figure stands in for it, graded assumed.",
    });
  }
  return undefined;
}

const unknownKey = (file: SourceFile, key: string, line: number | undefined, remedy: string): Finding => ({
  code: "economics.unknown-key",
  severity: "warning",
  message: `Price book has a key that nothing reads: ${key.slice(0, 80)}.`,
  where: { kind: "path", file: file.path, path: `/${key.slice(0, 80)}`, ...(line === undefined ? {} : { line }) },
  remedy,
});

interface Reader {
  readonly file: SourceFile;
  readonly root: YAMLMap;
  keys(map: YAMLMap): readonly (readonly [string, number | undefined])[];
  map(map: YAMLMap, key: string): YAMLMap | undefined;
  value(map: YAMLMap, key: string): unknown;
  text(map: YAMLMap, key: string): string | undefined;
  line(map: YAMLMap, key: string): number;
}

/** Opens YAML of unknown origin: size, depth and aliases are bounded before anything is expanded. */
function openYaml(file: SourceFile, findings: Finding[]): Reader | undefined {
  const refuse = (message: string, line: number, remedy: string): undefined => {
    findings.push({
      code: "economics.not-a-price-book",
      severity: "error",
      message,
      where: { kind: "file", file: file.path, line },
      remedy,
    });
  };
  const remedy = "Start from examples/price-book.yaml.";
  if (file.text.length > maxBytes) return refuse(`Price book is larger than ${maxBytes} bytes.`, 1, remedy);
  if (tooDeep(file.text)) return refuse(`Price book is nested deeper than ${maxDepth}.`, 1, remedy);
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  for (const error of document.errors.slice(0, 10))
    refuse(`Price book is not valid YAML: ${error.message}.`, lines.linePos(error.pos[0]).line, remedy);
  if (document.errors.length > 0) return undefined;
  const root = document.contents;
  if (!isMap(root)) return refuse("Price book is empty, or not a mapping.", 1, remedy);
  const reader = readerOf(file, root, document, lines);
  noteDuplicates(reader, root, "", findings);
  return reader;
}

/** A key that stands twice in one mapping: what was meant is anybody's guess. Counted here, as the parser compares all pairs. */
function noteDuplicates(reader: Reader, map: YAMLMap, path: string, findings: Finding[]): void {
  const seen = new Set<string>();
  for (const [key, line] of reader.keys(map)) {
    const inner = seen.has(key) ? undefined : reader.map(map, key);
    if (seen.has(key))
      findings.push({
        code: "economics.duplicate-key",
        severity: "error",
        message: `Price book has ${key.slice(0, 80)} twice; the last one counts.`,
        where: {
          kind: "path",
          file: reader.file.path,
          path: `${path}/${key.slice(0, 80)}`,
          ...(line === undefined ? {} : { line }),
        },
        remedy: "Take one of them out.",
      });
    seen.add(key);
    if (inner !== undefined) noteDuplicates(reader, inner, `${path}/${key.slice(0, 80)}`, findings);
  }
}

function readerOf(file: SourceFile, root: YAMLMap, document: Document.Parsed, lines: LineCounter): Reader {
  const pairs = (map: YAMLMap) =>
    map.items.map((pair) => ({
      key: isScalar(pair.key) ? String(pair.key.value) : "",
      line: isScalar(pair.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line : 1,
      value: pair.value,
    }));
  const index = new Map<YAMLMap, Map<string, ReturnType<typeof pairs>[number]>>();
  const at = (map: YAMLMap, key: string) => {
    let table = index.get(map);
    if (table === undefined) index.set(map, (table = new Map(pairs(map).map((pair) => [pair.key, pair]))));
    return table.get(key);
  };
  const plain = (node: unknown): unknown => {
    if (isScalar(node)) return node.value;
    if (!isMap(node)) return node === undefined ? undefined : "neither a mapping nor a value";
    const record = emptyRecord<unknown>();
    for (const pair of pairs(node)) record[pair.key] = isScalar(pair.value) ? pair.value.value : "not a plain value";
    return { ...record };
  };
  return {
    file,
    root,
    keys: (map) => pairs(map).map((pair) => [pair.key, pair.line] as const),
    map: (map, key) => {
      const value = at(map, key)?.value;
      return isMap(value) ? value : undefined;
    },
    value: (map, key) => plain(at(map, key)?.value),
    text: (map, key) => {
      const value = at(map, key)?.value;
      return isScalar(value) && typeof value.value === "string" ? value.value.slice(0, 200) : undefined;
    },
    line: (map, key) => at(map, key)?.line ?? 1,
  };
}

/** Brackets and indentation bound the depth that the YAML parser would recurse to. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5b || code === 0x7b) depth += 1;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth -= 1;
    if (depth > maxDepth) return true;
  }
  return /^(?:[ \t]*(?:[-?:][ \t]+){32}|[ \t]{400})/m.test(text);
}

/** The book as YAML that `parsePriceBook` takes: what a site edits. */
export function renderPriceBook(book: PriceBook): SourceFile {
  const plain = (amount: bigint) => Number(amount) / 1e6;
  const row = (entry: PriceEntry) => ({
    ...(entry.price === 0n ? {} : { usd: plain(entry.price) }),
    ...(entry.perGbps === 0n ? {} : { usdPerGbps: plain(entry.perGbps) }),
    ...(entry.perMetre === 0n ? {} : { usdPerMetre: plain(entry.perMetre) }),
    ...(entry.watts === 0 ? {} : { watts: entry.watts }),
    ...(entry.wattsPerGbps === 0 ? {} : { wattsPerGbps: entry.wattsPerGbps }),
    lifeYears: entry.lifeYears,
    ...(entry.salvagePercent === 0 ? {} : { salvagePercent: entry.salvagePercent }),
    ...(entry.opexPercentPerYear === 0 ? {} : { opexPercentPerYear: entry.opexPercentPerYear }),
    grade: entry.grade,
    source: entry.source,
    date: entry.date,
  });
  const figure = ({ value, grade, source, date }: SiteFigure) => ({ value, grade, source, date });
  const tables = Object.entries(sections).map(([section, kind]) => [
    section,
    Object.fromEntries(Object.entries(book.prices[kind]).map(([key, entry]) => [key, row(entry)])),
  ]);
  const site = Object.fromEntries(siteKeys.map((key) => [key, figure(book.site[key])]));
  const text = stringify(
    { name: book.name, currency: book.currency, site, ...Object.fromEntries(tables) },
    { lineWidth: 0 },
  );
  return { path: "price-book.yaml", text };
}
