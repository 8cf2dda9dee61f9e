// `npm start`: installs, builds the page when its sources changed, and runs Heddle on the example AI factory.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, locked, root } from "./install.mjs";

ensureInstalled();
const child = spawn(locked(), [join(root, "src/apps/server.ts"), ...process.argv.slice(2)], { cwd: process.cwd(), stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
