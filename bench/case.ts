import { cases } from "./cases.ts";

const run = cases[process.argv[2] ?? ""];
if (run === undefined) throw new Error(`no case ${process.argv[2]}; there are ${Object.keys(cases).join(", ")}`);
const rows = await run();
// Kilobytes on Linux. @source getrusage(2)
process.stdout.write(JSON.stringify({ rows, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }));
