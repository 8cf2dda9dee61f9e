// The house: which room stands on which floor, and what each may import. `npm run rooms` checks every import,
// types included, and that no ring of files exists anywhere.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const src = join(root, "src");

const below = (...rooms) => rooms;
/** room -> the rooms it may import. `pure` rooms may not import `node:` either. */
export const rooms = {
  net: { may: below(), pure: true, packages: [] },
  model: { may: below("net"), pure: true },
  design: { may: below("model", "net"), pure: true },
  drivers: { may: below("model", "net") },
  twin: { may: below("model", "net"), pure: true },
  telemetry: { may: below("model", "net") },
  economics: { may: below("model", "net"), pure: true },
  store: { may: below("model", "net") },
  decide: { may: below("design", "twin", "economics", "model", "net"), pure: true },
  lab: { may: below("drivers", "twin", "model", "net") },
  reconcile: { may: below("decide", "design", "drivers", "twin", "economics", "store", "model", "net") },
  operations: {
    may: below(
      "reconcile",
      "lab",
      "decide",
      "economics",
      "telemetry",
      "twin",
      "drivers",
      "design",
      "store",
      "model",
      "net",
    ),
  },
  agent: { may: below("operations", "model", "net") },
  apps: {
    may: below(
      "agent",
      "operations",
      "reconcile",
      "lab",
      "decide",
      "economics",
      "telemetry",
      "twin",
      "drivers",
      "design",
      "store",
      "model",
      "net",
    ),
  },
};

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g;

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (path.endsWith(".ts") || path.endsWith(".tsx")) yield path;
  }
}

const isTest = (path) =>
  /\.(test|lab)\.ts$/.test(path) || /[/\\]testing\.ts$/.test(path) || path.endsWith("conformance.ts");
const place = (path) => relative(root, path).split(sep).join("/");

const complaints = [];
const graph = new Map();

for (const file of sources(src)) {
  const [room] = relative(src, file).split(sep);
  const rule = rooms[room];
  if (rule === undefined) {
    complaints.push(`${place(file)}: "${room}" is no room of this house; see tools/rooms.mjs`);
    continue;
  }
  const text = readFileSync(file, "utf8");
  const edges = [];
  for (const match of text.matchAll(importPattern)) {
    const target = match[1] ?? match[2] ?? match[3];
    if (target.startsWith("#")) {
      const [to, ...rest] = target.slice(1).split("/");
      edges.push(join(src, to, ...rest));
      if (to === room) complaints.push(`${place(file)}: "${target}" is in its own room; import it relatively`);
      else if (!rule.may.includes(to) && !isTest(file))
        complaints.push(`${place(file)}: ${room} may not import ${to} (${target})`);
      if (rest.length > 1)
        complaints.push(
          `${place(file)}: "${target}" reaches into a private folder of ${to}; use a file at the top of that room`,
        );
    } else if (target.startsWith(".")) {
      const path = resolve(dirname(file), target);
      edges.push(path);
      if (!path.startsWith(join(src, room) + sep))
        complaints.push(`${place(file)}: "${target}" leaves the room; use #room/file.ts`);
      if (room === "drivers") {
        const from = relative(join(src, "drivers"), file).split(sep);
        const to = relative(join(src, "drivers"), path).split(sep);
        const shared = ["syntax", "transport"];
        if (from.length > 1 && to.length > 1 && from[0] !== to[0] && !shared.includes(to[0]))
          complaints.push(`${place(file)}: vendors never meet (${target})`);
      }
    } else if (target.startsWith("node:")) {
      if (rule.pure && !isTest(file)) complaints.push(`${place(file)}: ${room} is pure; it may not import ${target}`);
    } else if (rule.packages && !rule.packages.includes(target) && !isTest(file)) {
      complaints.push(`${place(file)}: ${room} imports no package (${target})`);
    }
  }
  graph.set(file, edges);
}

const state = new Map();
const visit = (file, trail) => {
  if (state.get(file) === "done" || !graph.has(file)) return;
  if (state.get(file) === "open") {
    const ring = [...trail.slice(trail.indexOf(file)), file].map(place).join(" -> ");
    complaints.push(`ring: ${ring}`);
    return;
  }
  state.set(file, "open");
  for (const next of graph.get(file)) visit(next, [...trail, file]);
  state.set(file, "done");
};
for (const file of graph.keys()) visit(file, []);

if (complaints.length > 0) {
  console.error(complaints.join("\n"));
  console.error(`\n${complaints.length} broken rule(s).`);
  process.exitCode = 1;
} else console.log(`${graph.size} files in ${Object.keys(rooms).length} rooms: every import goes down, no rings.`);
