import type { ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import { objectionsTo } from "../judge.ts";
import { refusalsOf, valuesOutOfRange } from "./semantics.ts";
import { pathsByLine } from "./startup-file.ts";
import type { Issue } from "./state.ts";
import { at, leafPaths, type Tree } from "./tree.ts";

export interface Rules {
  readonly parse: (files: readonly SourceFile[]) => ParsedDevice;
  readonly file: (tree: Tree) => SourceFile;
  /** Leaves the device came with. */
  readonly known: ReadonlySet<string>;
  readonly spelling: "old" | "new" | "both";
}

/**
 * What the switch has against a configuration: of its form (unknown keys, values out of range), which the API says when
 * it is sent, or of its meaning, which the apply says.
 *
 * @source nv-config-manager, cumulus client: HTTP 400 of the PATCH is a syntax error, state `invalid` a configuration error
 */
export function objectionsIn(tree: Tree, rules: Rules, kind: "schema" | "meaning"): Issue[] {
  const file = rules.file(tree);
  const paths = pathsByLine(file.text);
  const issues: Issue[] = [];
  for (const { line, text, message } of objectionsTo(rules.parse, [file])) {
    const location = paths.get(line) ?? "/";
    if ((message === undefined) !== (kind === "schema") || rules.known.has(location.slice(1))) continue;
    issues.push(issueOf(location, message ?? `'${text}' is not valid under any of the given schemas`));
  }
  if (kind === "schema") {
    issues.push(
      ...valuesOutOfRange(tree).map(({ location, reason }) => issueOf(location, reason)),
      ...misspelt(tree, rules.spelling),
    );
    return issues;
  }
  for (const { location, reason } of refusalsOf(tree, rules.parse([file]).config))
    issues.push(issueOf(location, reason));
  return issues;
}

/** `enable: on|off` became `state: enabled|disabled`, and `ip: address` `ipv4: address`, with 5.10 to 5.12. */
function misspelt(tree: Tree, spelling: Rules["spelling"]): Issue[] {
  if (spelling === "both") return [];
  const old = /(^|\/)enable$|^interface\/[^/]+\/ip\/address\//;
  const young = /^interface\/[^/]+\/ipv[46]\/address\//;
  return [...leafPaths(tree)].flatMap(([path, value]) => {
    const wrong =
      spelling === "new"
        ? old.test(path)
        : young.test(path) || (/(^|\/)state$/.test(path) && /^"(en|dis)abled"$/.test(value));
    return wrong ? [issueOf(`/${path}`, "Additional properties are not allowed")] : [];
  });
}

const asked = [
  ["router", "bgp", "autonomous-system"],
  ["system", "hostname"],
  ["nve", "vxlan", "source", "address"],
];

/** Changes that interrupt something: the device asks before it makes them. @source unconfirmed (which ones) */
export function warningsOf(before: Tree, after: Tree): Issue[] {
  return asked.flatMap((path) => {
    const [was, is] = [at(before, path), at(after, path)];
    if (was === undefined || JSON.stringify(was) === JSON.stringify(is)) return [];
    return [
      {
        ...issueOf(`/${path.join("/")}`, "This change interrupts traffic."),
        code: "ays",
        severity: "warning" as const,
      },
    ];
  });
}

export const issueOf = (location: string, reason: string): Issue => ({
  code: "config_invalid",
  severity: "error",
  location,
  reason,
  message: `Config invalid at ${location.slice(1).replaceAll("/", ".") || "/"}: ${reason}`,
});
