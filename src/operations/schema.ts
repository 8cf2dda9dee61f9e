import { z } from "zod";
import type { AnyOperation } from "./operation.ts";

/** JSON Schema 2020-12 as surfaces publish it. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}

const strip = (schema: JsonSchema): JsonSchema => {
  const { $schema: _dialect, ...rest } = schema;
  return rest;
};

export const inputSchemaOf = (operation: AnyOperation): JsonSchema =>
  // The generator's own type is looser than what it returns for an object schema.
  strip(z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" }) as JsonSchema);

export const outputSchemaOf = (operation: AnyOperation): JsonSchema =>
  strip(z.toJSONSchema(operation.output, { io: "output", unrepresentable: "any" }) as JsonSchema);

/** Text from a query string or a command line, as the type that the field wants; left as text where it fits none. */
export function coerceField(schema: JsonSchema | undefined, values: readonly string[]): unknown {
  const type = Array.isArray(schema?.type) ? schema.type[0] : schema?.type;
  const last = values.at(-1) ?? "";
  switch (type) {
    case "array":
      return values
        .flatMap((value) => value.split(","))
        .filter((value) => value !== "")
        .map((value) => coerceField(schema?.items, [value]));
    case "number":
    case "integer":
      // Decimal only: `0x10` and ` ` are numbers to JavaScript, not to people.
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(last) && Number.isFinite(Number(last))
        ? Number(last)
        : last;
    case "boolean":
      return last === "true" || last === "" || last === "1" ? true : last === "false" || last === "0" ? false : last;
    default:
      return last;
  }
}
