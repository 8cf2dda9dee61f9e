// `npm test`: installs what it needs, then runs the tests.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, locked, root } from "./install.mjs";

ensureInstalled();
const { status } = spawnSync(
  locked(),
  [join(root, "node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
