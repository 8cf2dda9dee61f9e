// `npm start`: installs, builds the page when its sources changed, and runs Heddle on the example AI factory.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, locked, root } from "./install.mjs";

ensureInstalled();
const { ensureWebBuilt } = await import("./web.mjs");
ensureWebBuilt();
// npm runs scripts in the project's folder; paths that people type are meant from where they stand.
const child = spawn(locked(), [join(root, "src/apps/server.ts"), ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
