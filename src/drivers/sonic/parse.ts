import type { ParsedDevice } from "#model/snapshot.ts";
import type { FileAccount, SourceFile, SourceSpan } from "#model/source.ts";
import type { Finding } from "#model/finding.ts";
import { ConfigDb } from "./config-db.ts";
import { Draft } from "./draft.ts";
import { mergeFrr, readFrrFiles } from "./frr.ts";
import { readAcls } from "./features/acl.ts";
import { readBgp } from "./features/bgp.ts";
import { readLegacyBgp } from "./features/bgp-legacy.ts";
import { readEvpn } from "./features/evpn.ts";
import { readL3Interfaces, readPorts } from "./features/interfaces.ts";
import { readLags } from "./features/lag.ts";
import { readMlag } from "./features/mlag.ts";
import { readQos } from "./features/qos.ts";
import { readRoutingPolicy } from "./features/routing-policy.ts";
import { readStaticRoutes } from "./features/static-routes.ts";
import { frrOwned, readSystem, setTablesAside } from "./features/system.ts";
import { readVlans } from "./features/vlans.ts";
import { readVrfs } from "./features/vrf.ts";
import { readVxlan } from "./features/vxlan.ts";

export const isConfigDb = (file: SourceFile): boolean =>
  /\.json$/i.test(file.path) || /^\s*\{/.test(file.text.slice(0, 200));

/** Reads `config_db.json` and, where there is one, what FRR runs (`frr.conf`, or `bgpd.conf` and its kin). */
export function parseSonic(files: readonly SourceFile[]): ParsedDevice {
  const draft = new Draft();
  const findings: Finding[] = [];
  const accounts: FileAccount[] = [];
  const databases = files.filter(isConfigDb).map((file) => new ConfigDb(file));
  const texts = files.filter((file) => !isConfigDb(file));
  const frrHasBgp = texts.some((file) => /^[ \t]*router bgp /m.test(file.text));
  for (const db of databases) readTables(db, draft, frrHasBgp);
  const frr = readFrrFiles(texts, draft);
  for (const one of frr) mergeFrr(draft, one);
  for (const db of databases) {
    accounts.push(db.account());
    for (const finding of db.findings) findings.push(finding);
  }
  for (const one of frr) {
    accounts.push(one.account);
    for (const finding of one.findings) findings.push(finding);
  }
  checkReferences(draft, findings, files[0]?.path ?? "config_db.json");
  return { config: draft.finish(), provenance: draft.provenance, findings, accounts };
}

/** A database with each field judged: ours to write, or the device's own. */
export function judgedConfigDb(text: string): ConfigDb {
  const db = new ConfigDb({ path: "config_db.json", text });
  readTables(db, new Draft(), false);
  return db;
}

/** In an order in which each part finds what it builds on. */
function readTables(db: ConfigDb, draft: Draft, frrHasBgp: boolean): void {
  const mode = readSystem(db, draft);
  readPorts(db, draft);
  readLags(db, draft);
  readL3Interfaces(db, draft);
  readVlans(db, draft);
  readVrfs(db, draft);
  readVxlan(db, draft);
  readMlag(db, draft);
  readAcls(db, draft);
  readQos(db, draft);
  readRoutingPolicy(db, draft);
  readStaticRoutes(db, draft);
  if (frrHasBgp) for (const table of frrOwned) db.ignore(table, "frr.conf is given, and says what FRR runs");
  else if (mode.mode === "split" || mode.mode === "split-unified")
    for (const table of frrOwned) db.ignore(table, `in mode ${mode.mode} FRR's own files say what runs`);
  else {
    readBgp(db, draft);
    readEvpn(db, draft);
    if (!mode.managementFramework) readLegacyBgp(db, draft);
  }
  setTablesAside(db);
}

/** Ports that tables speak of and `PORT` does not have never come up. */
function checkReferences(draft: Draft, findings: Finding[], file: string): void {
  let spans: Map<string, SourceSpan> | undefined;
  for (const [name, port] of draft.interfaces) {
    if (port.networkInstance !== "default" && !draft.instances.has(port.networkInstance))
      draft.instance(port.networkInstance);
    if (port.kind !== "ethernet" || draft.provenance.get(`/interfaces/${name}`) !== undefined) continue;
    spans ??= new Map(
      [...draft.provenance].toReversed().map(([path, span]) => [path.split("/")[2]?.replaceAll("~1", "/") ?? "", span]),
    );
    const span = spans.get(name);
    findings.push({
      code: "sonic.dangling-reference",
      severity: "info",
      message: `${name} is spoken of but has no row in PORT: it is taken as down.`,
      where: { kind: "file", file: span?.file ?? file, line: span?.line ?? 1 },
    });
  }
}
