import type { DbPath } from "./config-db.ts";

export interface WirePath {
  readonly origin?: string;
  readonly target?: string;
  readonly elem?: readonly { readonly name: string; readonly key?: Readonly<Record<string, string>> }[];
}

/** A path of origin `sonic-db`, taken apart. */
export interface SonicPath {
  readonly database: string;
  readonly path: DbPath;
}

export class PathProblem extends Error {}

/**
 * `CONFIG_DB / localhost / TABLE / KEY / FIELD`, prefix first. A `/` inside a key is written `~1`: the server joins the
 * elements to a JSON pointer.
 *
 * @source sonic-gnmi sonic_data_client/mixed_db_client.go (gnmiFullPath, ConvertToJsonPatch), json_pointer.go
 * @throws {PathProblem}
 */
export function readPath(prefix: WirePath | null | undefined, path: WirePath | null | undefined): SonicPath {
  const origin = prefix?.origin || path?.origin || "";
  const elems = [...(prefix?.elem ?? []), ...(path?.elem ?? [])];
  const names = elems.flatMap(({ name, key }) => [name, ...Object.values(key ?? {})]);
  if (origin === "" && (prefix?.target ?? "") !== "") return legacyPath(prefix?.target ?? "", names);
  if (origin !== "sonic-db") throw new PathProblem(`unsupported origin '${origin}'; this virtual device has sonic-db`);
  if (names.length < 2) throw new PathProblem(`Invalid gnmi path: length ${names.length}`);
  const [database = "", namespace = "", ...rest] = names;
  if (namespace !== "localhost") throw new PathProblem(`Invalid target: ns ${namespace}`);
  return { database, path: pointerParts(rest) };
}

/** Before origins there was the prefix's target: `target: "COUNTERS_DB"`, path `COUNTERS/Ethernet0`. */
const legacyPath = (target: string, names: readonly string[]): SonicPath => ({
  database: target,
  path: pointerParts(names),
});

/** The elements joined and split again, as a JSON pointer is: an unescaped slash inside one makes two. */
function pointerParts(names: readonly string[]): string[] {
  const parts = names
    .join("/")
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const path = names.length === 0 ? [] : parts;
  if (path.length > 4) throw new PathProblem(`Invalid db table Path ${path.join(" ")}`);
  return path;
}
