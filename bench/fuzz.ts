import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { tasksOf, type FuzzPlan } from "./fuzz-tasks.ts";
import type { Job, Outcome } from "./fuzz-worker.ts";

const usage = `npm run fuzz -- [options]

  --inputs N   spoiled files over all doors (default 2000)
  --seed S     repeat a run (default: another every second)
  --sizes MB   worst shapes of these sizes, ascending, as 1,4,16 (default none)
  --only TEXT  doors whose name holds this
`;

/** A text under 1 MB that takes longer is a hang; larger ones get as much for each MB. */
const hangMs = 2_000;
/** The machine may be busy and the clock is wall time: only what stands still for this long is cut off. */
const patience = 8;
/** Linear is 4 for four times the text; garbage collection and caches blur it. */
const superLinear = 8;
const worthJudgingMs = 60;

interface Fault {
  readonly index: number;
  readonly said: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string", default: "2000" },
      seed: { type: "string", default: String(Math.floor(Date.now() / 1000) % 1_000_000) },
      sizes: { type: "string", default: "" },
      only: { type: "string", default: "" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const plan: FuzzPlan = {
    seed: Number(values.seed),
    inputs: Number(values.inputs),
    sizes: values.sizes
      .split(",")
      .filter((one) => one !== "")
      .map((one) => Number(one) * 2 ** 20),
    only: values.only,
  };
  const tasks = await tasksOf(plan);
  console.log(`seed ${plan.seed}: ${plan.inputs} spoiled files and ${tasks.count - plan.inputs} worst shapes`);
  const started = performance.now();
  const outcomes: Outcome[] = [];
  const faults: Fault[] = [];
  const tell = (fault: Fault): void => {
    faults.push(fault);
    console.error(`task ${fault.index}: ${fault.said}`);
  };
  let peak = 0;
  for (let from = 0; from < tasks.count;) {
    const stopped = await runFrom({ plan, from, progress: new SharedArrayBuffer(4) }, (outcome) => {
      outcomes.push(outcome);
      peak = Math.max(peak, process.memoryUsage().rss);
      const late = outcome.cpuMs > hangMs * Math.max(1, outcome.characters / 2 ** 20);
      const wrong = [...outcome.wrong, ...(late ? [`took ${Math.round(outcome.cpuMs)} ms of CPU`] : [])];
      for (const one of wrong)
        tell({
          index: outcome.index,
          said: `${outcome.door}: ${outcome.what} (${outcome.characters} characters): ${one}`,
        });
    });
    if (stopped === undefined) break;
    const { door, what, text } = tasks.task(stopped.index);
    tell({ index: stopped.index, said: `${door.name}: ${what} (${text.length} characters): ${stopped.why}` });
    from = stopped.index + 1;
  }
  for (const said of judgeGrowth(outcomes)) tell({ index: -1, said });
  const seconds = (performance.now() - started) / 1000;
  const slowest = outcomes.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, 5);
  console.log(
    `${outcomes.length} inputs in ${seconds.toFixed(0)} s (${(outcomes.length / seconds).toFixed(0)}/s), peak memory ${Math.round(peak / 2 ** 20)} MB`,
  );
  for (const one of slowest)
    console.log(`  ${Math.round(one.cpuMs)} ms CPU: ${one.door}: ${one.what} (${one.characters} characters)`);
  console.log(
    faults.length === 0
      ? "no faults"
      : `${faults.length} faults; repeat with --seed ${plan.seed} --inputs ${plan.inputs}`,
  );
  return faults.length === 0 ? 0 : 1;
}

/** Runs tasks in a thread of their own from a number on; tells where it stood still or died, if it did. */
function runFrom(job: Job, heard: (outcome: Outcome) => void): Promise<{ index: number; why: string } | undefined> {
  const worker = new Worker(new URL("fuzz-worker.ts", import.meta.url), { workerData: job });
  const cell = new Int32Array(job.progress);
  const current = (): number => Math.max(job.from, Atomics.load(cell, 0) - 1);
  let seen = -1;
  let since = performance.now();
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      if (current() !== seen) [seen, since] = [current(), performance.now()];
      const limit = Math.max(30_000, hangMs * patience * Math.max(1, (job.plan.sizes.at(-1) ?? 0) / 2 ** 20 / 4));
      if (performance.now() - since < limit) return;
      done({ index: current(), why: `stood still for ${Math.round(limit / 1000)} s` });
      void worker.terminate();
    }, 250);
    const done = (stopped?: { index: number; why: string }): void => {
      clearInterval(watch);
      resolve(stopped);
    };
    worker.on("message", heard);
    worker.on("error", (error: Error) => done({ index: current(), why: `died: ${error.message}` }));
    worker.on("exit", () => done());
  });
}

/** For each door and shape: four times the text may take some four times as long, never sixteen. */
function judgeGrowth(outcomes: readonly Outcome[]): string[] {
  const rows = Map.groupBy(
    outcomes.filter((one) => one.what.endsWith(" MB")),
    (one) => `${one.door}: ${one.what.replace(/, [\d.]+ MB$/, "")}`,
  );
  return [...rows].flatMap(([name, sizes]) =>
    sizes.slice(1).flatMap((larger, index) => {
      const smaller = sizes[index];
      if (smaller === undefined || smaller.cpuMs < worthJudgingMs) return [];
      const grew = larger.cpuMs / smaller.cpuMs;
      const allowed = (superLinear / 4) * (larger.characters / smaller.characters);
      if (grew <= allowed) return [];
      return [
        `${name}: ${Math.round(smaller.cpuMs)} ms for ${smaller.characters} characters, ${Math.round(larger.cpuMs)} ms for ${larger.characters}`,
      ];
    }),
  );
}

process.exitCode = await main();
