import { commandOf, toolNameOf, type AnyOperation } from "./operation.ts";
import { methodOf, pathOf } from "./openapi.ts";
import type { Registry } from "./registry.ts";
import { inputSchemaOf } from "./schema.ts";

/** The reference page of all operations, as Markdown: made, never written by hand. */
export function referencePage(registry: Registry): string {
  const areas = [...new Set(registry.all.map((one) => one.area))].sort();
  return [
    "# Operations",
    "",
    "Everything Heddle can be asked to do. Each operation is one command, one REST call and one MCP tool; this page is made",
    "from the same declarations (`heddle reference`). `read` changes nothing; `plan` stores a Change and touches no device;",
    "`apply` acts, and is never an agent's to call.",
    ...areas.flatMap((area) => ["", `## ${area}`, ...registry.all.filter((one) => one.area === area).flatMap(section)]),
    "",
  ].join("\n");
}

function section(operation: AnyOperation): string[] {
  const schema = inputSchemaOf(operation);
  const positional = (operation.positional ?? []).map((name) =>
    (schema.required ?? []).includes(name) ? ` <${name}>` : ` [${name}]`,
  );
  const fields = Object.entries(schema.properties ?? {});
  const surfaces =
    operation.local === true
      ? ["runs on your machine"]
      : [
          `\`${methodOf(operation).toUpperCase()} ${pathOf(operation)}\``,
          ...(operation.effect === "apply" ? [] : [`MCP \`${toolNameOf(operation)}\``]),
        ];
  return [
    "",
    `### \`heddle ${commandOf(operation)}${positional.join("")}\``,
    "",
    `${operation.summary} *${operation.effect}* · ${surfaces.join(" · ")}`,
    ...(fields.length === 0 ? [] : ["", "| Input | Type | Meaning |", "|---|---|---|"]),
    ...fields.map(
      ([name, field]) =>
        `| \`${name}\`${(schema.required ?? []).includes(name) ? "" : "?"} | ${String(field.type ?? "any")} | ${field.description ?? ""} |`,
    ),
  ];
}
