import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerProcess } from "../src/apps/testing/processes.ts";
import type { Row } from "./measure.ts";

const question = "can globex reach initech?";

interface Started {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** What `npm start` does once all is installed, until it says that it is up; then questions to it. */
export async function liveRows(): Promise<{ readonly rows: Row[]; readonly peakMb: number }> {
  const bare = median(5, () => nodeProcess(["-e", "0"]));
  const baseline = { what: "`node -e 0`", cpuMs: bare.cpuMs };
  await using server = new ServerProcess();
  const first = await start(server);
  await server.stop();
  const second = await start(server);
  const size = "128 GPUs, 26 virtual switches";
  const asked = await askRows(server, baseline);
  return {
    peakMb: second.peakMb,
    rows: [
      { what: "start to page, first time", size, ...first, baseline, note: `${first.peakMb} MB` },
      { what: "start to page, second time", size, ...second, baseline, note: `${second.peakMb} MB` },
      ...asked,
    ],
  };
}

async function start(server: ServerProcess): Promise<Started> {
  const from = performance.now();
  await server.start();
  return { wallMs: performance.now() - from, ...usageOf(server.pid) };
}

async function askRows(server: ServerProcess, baseline: NonNullable<Row["baseline"]>): Promise<Row[]> {
  const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
  const within = async (): Promise<Started> => {
    const [before, from] = [usageOf(server.pid), performance.now()];
    const { status, body } = await server.ask("POST", "/api/v1/ask", headers, JSON.stringify({ question }));
    if (status !== 200) throw new Error(`ask answered ${status}: ${body}`);
    const after = usageOf(server.pid);
    return { wallMs: performance.now() - from, cpuMs: after.cpuMs - before.cpuMs, peakMb: after.peakMb };
  };
  const cold = await within();
  const warm = middle(await inTurn(15, within));
  const whole = middle(
    await inTurn(9, async () =>
      nodeProcess([join(import.meta.dirname, "../tools/heddle.mjs"), "ask", question], server.stateDir),
    ),
  );
  const size = `"${question}"`;
  return [
    { what: "ask, in the server, first", size, ...cold, baseline },
    { what: "ask, in the server, median", size, ...warm, baseline },
    { what: "`heddle ask`, whole process, median", size, ...whole, baseline },
  ];
}

async function inTurn<T>(times: number, run: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let time = 0; time < times; time++) all.push(await run());
  return all;
}

function middle<T extends { readonly wallMs: number }>(all: readonly T[]): T {
  const one = all.toSorted((a, b) => a.wallMs - b.wallMs)[Math.floor(all.length / 2)];
  if (one === undefined) throw new Error("a median of nothing");
  return one;
}

const median = <T extends { readonly wallMs: number }>(times: number, run: () => T): T =>
  middle(Array.from({ length: times }, run));

/** CPU time of ended children is this process's own to read. */
function nodeProcess(args: readonly string[], stateDir?: string): Started {
  const folder = stateDir ?? mkdtempSync(join(tmpdir(), "heddle-bench-"));
  const before = childCpuMs();
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, HEDDLE_STATE: folder },
  });
  const wallMs = performance.now() - from;
  if (stateDir === undefined) rmSync(folder, { recursive: true, force: true });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
  return { wallMs, cpuMs: childCpuMs() - before, peakMb: 0 };
}

const tickMs = 10;

/** Fields 16 and 17 of /proc/self/stat: time of children that were waited for. @source proc_pid_stat(5) */
function childCpuMs(): number {
  const fields = statOf("self");
  return (Number(fields[13]) + Number(fields[14])) * tickMs;
}

/** Not a number where there is no /proc. */
function usageOf(pid: number): { readonly cpuMs: number; readonly peakMb: number } {
  const fields = statOf(String(pid));
  const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
    peakMb: Math.round(Number(peak ?? Number.NaN) / 1024),
  };
}

/** Fields from the third on: the second, the name, may hold blanks. */
function statOf(pid: string): readonly string[] {
  const path = `/proc/${pid}/stat`;
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}
