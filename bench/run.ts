import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { cases } from "./cases.ts";
import { liveRows } from "./live.ts";
import type { Row } from "./measure.ts";

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

function print(rows: readonly Row[], peakMb: number): void {
  for (const { what, size, wallMs, cpuMs, baseline, note } of rows) {
    const ratio =
      baseline === undefined
        ? "-"
        : `${(cpuMs / Math.max(baseline.cpuMs, 0.1)).toFixed(1)}x of ${ms(baseline.cpuMs)} ms: ${baseline.what}`;
    console.log(
      `| ${[what, size, `${ms(wallMs)} ms`, `${ms(cpuMs)} ms`, ratio, `${peakMb} MB`, note ?? ""].join(" | ")} |`,
    );
  }
}

/** `npm run bench -- [word …]`: figures, each beside a named baseline of the same run. Nothing is judged here. */
async function main(words: readonly string[]): Promise<void> {
  const wanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), load ${load}\n`,
  );
  console.log("| what | on | wall | CPU | CPU against a baseline | peak memory | |\n|---|---|---|---|---|---|---|");
  for (const name of Object.keys(cases)) {
    if (!wanted(name)) continue;
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, "case.ts"), name], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status !== 0) {
      console.log(`| ${name} | failed: ${stderr.split("\n").find((line) => line.includes("Error")) ?? status} |`);
      continue;
    }
    // Written by case.ts.
    const { rows, peakMb } = JSON.parse(stdout) as { rows: Row[]; peakMb: number };
    print(rows, peakMb);
  }
  if (wanted("start ask")) {
    const { rows, peakMb } = await liveRows();
    print(rows, peakMb);
  }
  console.log(`\nload at the end ${loadavg()[0]?.toFixed(1)}`);
}

await main(process.argv.slice(2));
