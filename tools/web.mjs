// Builds the page when its sources changed since the last build.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { locked, root } from "./install.mjs";

const web = join(root, "web");
const stamp = join(web, "dist", ".built-from");

/** Throws nothing: without a page the API and the command line still work, and the page says what to do. */
export function ensureWebBuilt() {
  const want = digestOf(
    ["src", "public", "index.html", "vite.config.ts", "package.json"].map((name) => join(web, name)),
  );
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === want) return;
  const { status, stderr } = spawnSync(
    locked(),
    [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "error"],
    { cwd: web, encoding: "utf8" },
  );
  if (status === 0) writeFileSync(stamp, want);
  else console.error(`The page could not be built:\n${stderr}`);
}

function digestOf(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(path.slice(web.length)).update(readFileSync(path));
  };
  for (const path of paths) if (existsSync(path)) add(path);
  return hash.digest("hex");
}
