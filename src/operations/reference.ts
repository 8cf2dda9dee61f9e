import { z } from "zod";
import { commandOf, defineOperation, toolNameOf, type AnyOperation } from "./operation.ts";
import { methodOf, pathOf } from "./openapi.ts";
import type { Registry } from "./registry.ts";
import { inputSchemaOf, type JsonSchema } from "./schema.ts";

/** The reference page of all operations, as Markdown: made, never written by hand. */
export function referencePage(registry: Registry): string {
  const areas = [...new Set(registry.all.map((one) => one.area))].sort();
  return [
    "# Operations",
    "",
    "Everything Heddle can be asked to do. Each operation is one command, one REST call and one MCP tool; this page is made",
    "from the same declarations (`heddle reference > docs/reference.md`). `read` changes nothing; `plan` stores a Change and touches no device;",
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
        `| \`${name}\`${(schema.required ?? []).includes(name) ? "" : "?"} | ${typeText(field)} | ${cellText(field.description ?? "")} |`,
    ),
  ];
}

const cellText = (text: string): string => text.replaceAll("|", "\\|");

function typeText(field: JsonSchema): string {
  const type = String(field.type ?? "any");
  const items = field.items === undefined ? "" : ` of ${String(field.items.type ?? "any")}`;
  const values = field.enum === undefined ? "" : `: ${field.enum.map((one) => `\`${String(one)}\``).join(", ")}`;
  const standard = field.default === undefined ? "" : ` (${JSON.stringify(field.default)})`;
  return cellText(`${type}${items}${values}${standard}`);
}

/** The page itself, for whoever has the program and not the repository. */
export const referenceOperation = (registry: () => Registry) =>
  defineOperation({
    name: "reference.show",
    command: "reference",
    area: "conversation",
    summary: "All operations with their inputs and surfaces, as one Markdown page.",
    effect: "read",
    local: true,
    input: z.strictObject({}),
    output: z.object({ page: z.string() }),
    failures: [],
    run: async () => ({ page: referencePage(registry()) }),
    print: ({ page }) => page.trimEnd(),
  });
