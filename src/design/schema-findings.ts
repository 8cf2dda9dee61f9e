import { z } from "zod";
import { nearestNames } from "#net/nearest.ts";
import type { Finding } from "#model/finding.ts";
import { configPath } from "#model/source.ts";
import { lineOf } from "./yaml-source.ts";

/** The keys an object may have at a path of a schema, through arrays, defaults, unions and transforms. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const def = schema._zod.def;
  // Each cast below names the definition that its `type` tag says it is.
  switch (def.type) {
    case "object": {
      const { shape } = def as z.core.$ZodObjectDef;
      const [head, ...rest] = path;
      if (head === undefined) return Object.keys(shape);
      const next = Object.hasOwn(shape, head) ? shape[String(head)] : undefined;
      return next === undefined ? [] : keysAt(next, rest);
    }
    case "array":
      return path.length === 0 ? [] : keysAt((def as z.core.$ZodArrayDef).element, path.slice(1));
    case "union":
      return (def as z.core.$ZodUnionDef).options.flatMap((option) => keysAt(option, path));
    case "optional":
    case "default":
    case "prefault":
      return keysAt((def as z.core.$ZodOptionalDef).innerType, path);
    case "pipe":
      return keysAt((def as z.core.$ZodPipeDef).in, path);
    default:
      return [];
  }
}

/** Unions report one list of issues per option; the option that fits best (fewest issues) is what was meant. */
function flatten(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): z.core.$ZodIssue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [{ ...issue, path }];
  const score = (issues: readonly z.core.$ZodIssue[]): number =>
    issues.some((one) => one.path.length === 0 && one.code === "invalid_type") ? 1000 : issues.length;
  const best = issue.errors.toSorted((a, b) => score(a) - score(b))[0] ?? [];
  return best.flatMap((one) => flatten(one, path));
}

/** A schema's complaints as findings that say where, what, and what was probably meant. */
export function schemaFindings(
  error: z.ZodError,
  schema: z.core.$ZodType,
  file: string,
  lines: ReadonlyMap<string, number>,
): Finding[] {
  const at = (path: readonly PropertyKey[]): Finding["where"] => {
    const pointer = configPath(...path.map((part) => (typeof part === "number" ? part : String(part))));
    const line = lineOf(lines, pointer);
    // Keys are the user's own words and may be of any length; the line is still found by the whole of them.
    const shown = configPath(
      ...path.map((part) => String(part)).map((part) => (part.length > 60 ? `${part.slice(0, 60)}…` : part)),
    );
    return { kind: "path", file, path: shown === "" ? "/" : shown, line };
  };
  return error.issues.slice(0, 200).flatMap((top) =>
    flatten(top, []).flatMap((issue): Finding[] => {
      if (issue.code !== "unrecognized_keys") {
        const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
        return [
          {
            code: missing ? "design.missing-key" : "design.value",
            severity: "error",
            message: missing ? `${String(issue.path.at(-1) ?? "The design")} is missing.` : `${issue.message}.`,
            where: at(issue.path),
            ...(missing ? { remedy: "Add it." } : {}),
          },
        ];
      }
      const known = [...new Set(keysAt(schema, issue.path))];
      return issue.keys.slice(0, 50).map((key): Finding => {
        const near = nearestNames(key, known);
        return {
          code: "design.unknown-key",
          severity: "error",
          message: `Unknown key "${key.slice(0, 60)}".`,
          where: at([...issue.path, key]),
          remedy:
            near.length > 0
              ? `Did you mean ${near.map((one) => `"${one}"`).join(" or ")}?`
              : `Known here: ${known.join(", ")}.`,
        };
      });
    }),
  );
}
