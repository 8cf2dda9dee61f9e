import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { Principal } from "#model/change.ts";
import { Failure } from "#model/failure.ts";

/** Whose rows a reader may see. Filtering happens in SQL, so no caller can forget it. */
export type Scope = { readonly kind: "all" } | { readonly kind: "tenant"; readonly tenant: string };

export const everything: Scope = { kind: "all" };

/**
 * What a principal may see: operators and schedulers all, a tenant itself, an agent what its user may see.
 *
 * @throws {Failure} forbidden, when a tenant principal names no tenant
 */
export function scopeOf(principal: Principal): Scope {
  if (principal.tenant !== undefined) return { kind: "tenant", tenant: principal.tenant };
  if (principal.kind === "tenant") throw new Failure("forbidden", `${principal.name} belongs to no tenant.`);
  return everything;
}

/** The filter for `where`: all rows, or only the tenant's own. Operators' rows have no tenant and stay hidden from it. */
export const within = (scope: Scope): RawBuilder<SqlBool> =>
  scope.kind === "all" ? sql<SqlBool>`1 = 1` : sql<SqlBool>`tenant = ${scope.tenant}`;
