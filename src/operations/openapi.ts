import { failureKinds, type FailureKind } from "#model/failure.ts";
import type { AnyOperation } from "./operation.ts";
import type { Registry } from "./registry.ts";
import { inputSchemaOf, outputSchemaOf } from "./schema.ts";

/** Where an operation lives in the API: `/api/v1/tenant/create`. */
export const pathOf = (operation: AnyOperation): string => `/api/v1/${operation.name.replaceAll(".", "/")}`;
export const methodOf = (operation: AnyOperation): "get" | "post" => (operation.effect === "read" ? "get" : "post");

/** The API as an OpenAPI 3.1 document. */
export function openApiDocument(registry: Registry, version: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Heddle",
      version,
      description: "An open, self-hosted network system for AI factories.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: [...new Set(registry.remote.map((one) => one.area))].map((name) => ({ name })),
    paths: Object.fromEntries(registry.remote.map((one) => [pathOf(one), { [methodOf(one)]: describe(one) }])),
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: { Failure: failureSchema },
    },
  };
}

function describe(operation: AnyOperation): object {
  const input = inputSchemaOf(operation);
  const isRead = methodOf(operation) === "get";
  return {
    operationId: operation.name,
    tags: [operation.area],
    summary: operation.summary,
    "x-effect": operation.effect,
    ...(isRead
      ? {
          parameters: Object.entries(input.properties ?? {}).map(([name, schema]) => ({
            name,
            in: "query",
            required: (input.required ?? []).includes(name),
            schema,
            ...(schema.description === undefined ? {} : { description: schema.description }),
          })),
        }
      : { requestBody: { required: true, content: { "application/json": { schema: input } } } }),
    responses: {
      200: { description: "Done.", content: { "application/json": { schema: outputSchemaOf(operation) } } },
      ...Object.fromEntries(failureStatuses(operation).map(([status, kinds]) => [status, failureResponse(kinds)])),
    },
  };
}

function failureStatuses(operation: AnyOperation): [string, FailureKind[]][] {
  const kinds = new Set<FailureKind>([...operation.failures, "invalid_input", "forbidden", "internal"]);
  const byStatus = new Map<string, FailureKind[]>();
  for (const kind of kinds) {
    const status = String(failureKinds[kind].http);
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind]);
  }
  return [...byStatus].sort(([a], [b]) => (a < b ? -1 : 1));
}

const failureResponse = (kinds: readonly FailureKind[]) => ({
  description: kinds.join(", "),
  content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } },
});

const failureSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["kind", "message", "findings"],
      properties: {
        kind: { type: "string", enum: Object.keys(failureKinds) },
        message: { type: "string" },
        findings: { type: "array", items: { type: "object" } },
      },
    },
  },
};
