// Installs what the lockfile says, once: later calls see that nothing changed and return at once. Which Node.js asks makes
// no difference, as the lockfile brings its own.
// Plain JavaScript for Node.js 20, because it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".heddle-lock");

/** Exits the process with a plain message when the installation fails. */
export function ensureInstalled() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) stop(`Heddle needs Node.js 20 or later to start; this is ${process.version}.`);
  const want = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const have = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (have === want && existsSync(locked())) return;
  console.log("Installing what package-lock.json locks (once, about a minute) …");
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ["npm", []];
  const { status } = spawnSync(command, [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) stop("The installation failed: see the lines above. Is the package registry reachable?");
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, want);
}

/** The Node.js that the lockfile pins. */
export const locked = () => join(root, "node_modules/.bin", process.platform === "win32" ? "node.cmd" : "node");

function stop(message) {
  console.error(message);
  process.exit(1);
}
