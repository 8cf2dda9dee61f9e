import type { AsPathSet, CommunitySet } from "#model/routing-policy.ts";
import { use, type FrrBlock } from "./blocks.ts";
import { append, type Reading } from "./reading.ts";

type Entry = CommunitySet["entries"][number];

export interface ListDrafts {
  readonly communitySets: Map<string, Entry[]>;
  readonly extCommunitySets: Map<string, Entry[]>;
  readonly asPathSets: Map<string, AsPathSet["entries"][number][]>;
}

/** `bgp community-list`, `bgp extcommunity-list`, `bgp as-path access-list`, and the same with `ip`. */
export function readList(reading: Reading, line: FrrBlock, into: ListDrafts): void {
  const [, kind, ...rest] = line.words;
  if (kind === "as-path") return readAsPath(reading, line, rest, into);
  if (kind !== "community-list" && kind !== "extcommunity-list") return;
  const typed = rest[0] === "standard" || rest[0] === "expanded";
  const [name = "", ...more] = typed ? rest.slice(1) : rest;
  const [action, ...members] = more[0] === "seq" ? more.slice(2) : more;
  if ((action !== "permit" && action !== "deny") || members.length === 0) return;
  // Numbers 1–99 are standard lists, 100–500 expanded ones.
  const regex = rest[0] === "expanded" || (!typed && Number(name) >= 100);
  const ext = kind === "extcommunity-list";
  const entry: Entry = {
    action,
    members: regex ? [members.join(" ")] : ext ? readExtMembers(members) : members,
    regex,
  };
  const sets = ext ? into.extCommunitySets : into.communitySets;
  append(sets, name, entry);
  use(line);
  reading.mark(line, "routingPolicy", ext ? "extCommunitySets" : "communitySets", name);
}

/** `rt 65000:1 soo 65000:2` as `target:65000:1 origin:65000:2`. A kind holds until the next. */
export function readExtMembers(words: readonly string[]): string[] {
  const members: string[] = [];
  let kind = "target";
  for (const word of words) {
    if (word === "rt") kind = "target";
    else if (word === "soo") kind = "origin";
    else members.push(`${kind}:${word}`);
  }
  return members;
}

export const writeExtMembers = (members: readonly string[]): string =>
  members.map((member) => member.replace(/^target:/, "rt ").replace(/^origin:/, "soo ")).join(" ");

function readAsPath(reading: Reading, line: FrrBlock, words: readonly string[], into: ListDrafts): void {
  const [, name = "", ...rest] = words;
  const [action, ...regex] = rest[0] === "seq" ? rest.slice(2) : rest;
  if (words[0] !== "access-list" || (action !== "permit" && action !== "deny") || regex.length === 0) return;
  append(into.asPathSets, name, { action, regex: regex.join(" ") });
  use(line);
  reading.mark(line, "routingPolicy", "asPathSets", name);
}

export const writeCommunityList = (name: string, { entries }: CommunitySet, ext: boolean): string[] =>
  entries.map(
    ({ action, members, regex }) =>
      `bgp ${ext ? "extcommunity-list" : "community-list"} ${regex ? "expanded" : "standard"} ${name} ${action} ${ext && !regex ? writeExtMembers(members) : members.join(" ")}`,
  );

export const writeAsPathList = (name: string, { entries }: AsPathSet): string[] =>
  entries.map(({ action, regex }) => `bgp as-path access-list ${name} ${action} ${regex}`);
