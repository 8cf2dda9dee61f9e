import { parentPort, workerData } from "node:worker_threads";
import { tasksOf, type FuzzPlan } from "./fuzz-tasks.ts";

export interface Job {
  readonly plan: FuzzPlan;
  readonly from: number;
  /** The number of the task under way, plus one; read by the thread that watches. */
  readonly progress: SharedArrayBuffer;
}

/** What became of one task. `wrong` is empty when the text was received as it should be. */
export interface Outcome {
  readonly index: number;
  readonly door: string;
  readonly what: string;
  readonly characters: number;
  readonly cpuMs: number;
  readonly wrong: readonly string[];
}

// Given by fuzz.ts, which is the only one to start this file.
const { plan, from, progress } = workerData as Job;
const cell = new Int32Array(progress);
const tasks = await tasksOf(plan);
for (let index = from; index < tasks.count; index++) {
  const { door, what, text } = tasks.task(index);
  Atomics.store(cell, 0, index + 1);
  const before = process.threadCpuUsage();
  let wrong: readonly string[];
  try {
    wrong = await door.read(text);
    if (Object.keys(Object.prototype).length > 0) wrong = [...wrong, "the prototype of all objects was changed"];
  } catch (error) {
    wrong = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
  const used = process.threadCpuUsage(before);
  const cpuMs = (used.user + used.system) / 1000;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ index, door: door.name, what, characters: text.length, cpuMs, wrong } satisfies Outcome);
}
