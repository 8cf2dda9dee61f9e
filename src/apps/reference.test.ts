import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { referencePage } from "#operations/reference.ts";
import { registry } from "./registry.ts";

test("docs/reference.md is what the operations say; `npx heddle reference > docs/reference.md` writes it anew", () => {
  expect(readFileSync(join(import.meta.dirname, "../../docs/reference.md"), "utf8")).toBe(referencePage(registry));
});

test("each operation has its section, and what acts has no tool", () => {
  const page = referencePage(registry);
  for (const one of registry.all) expect(page).toContain(one.summary);
  expect(page).not.toContain("MCP `change_apply`");
});
