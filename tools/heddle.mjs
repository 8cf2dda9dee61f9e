#!/usr/bin/env node
// The command line, on the Node.js that Heddle is locked to, whatever Node.js started this.
import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const entry = join(root, "src/apps/cli.ts");
const locked = join(root, "node_modules/.bin", process.platform === "win32" ? "node.cmd" : "node");

if (Number(process.versions.node.split(".")[0]) >= 24) {
  await import(entry);
} else if (existsSync(locked)) {
  const { status, signal } = spawnSync(locked, [entry, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = signal ? 1 : (status ?? 1);
} else {
  console.error("Heddle is not installed yet. Run `npm start` once (or `npm ci`).");
  process.exitCode = 1;
}
