import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { oneOf, randomOf, spoil } from "./testing/mutations.ts";
import { parserDoors, type ParserDoor } from "./testing/parser-doors.ts";
import { shapesOf } from "./testing/shapes.ts";

/** The same every time here; `npm run fuzz` tries others, and `HEDDLE_SEED` repeats one of them. */
const seed = Number(process.env["HEDDLE_SEED"] ?? 1);
const rounds = 12;
const shapeCharacters = 8_000;
/** What takes this long here takes hours at 1 MB. */
const slowMs = 2_000;

let doors: readonly ParserDoor[];
beforeAll(async () => {
  doors = await parserDoors();
});

afterEach(() => {
  expect(Object.keys(Object.prototype), "somebody's file reached the prototype of all objects").toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined(); // what a polluted prototype would show
});

async function knock(door: ParserDoor, text: string, what: string): Promise<void> {
  // CPU time of this thread: the machine may be busy with other things.
  const before = process.threadCpuUsage();
  expect(await door.read(text), what).toEqual([]);
  const used = process.threadCpuUsage(before);
  expect((used.user + used.system) / 1000, `${what}: milliseconds of CPU`).toBeLessThan(slowMs);
}

describe(`whatever comes to a door is received (seed ${seed})`, () => {
  test("spoiled files: never a throw, each line accounted for, in time", async () => {
    for (const door of doors) {
      const random = randomOf(seed);
      for (let round = 0; round < rounds; round++) {
        const { text, how } = spoil(oneOf(random, door.samples), random, oneOf(random, door.samples));
        await knock(door, text, `${door.name}, round ${round} of seed ${seed}: ${how}`);
      }
    }
  });

  test("shapes that bring parsers down: never a throw, in time", async () => {
    for (const door of doors)
      for (const [name, shape] of Object.entries(shapesOf[door.syntax]))
        await knock(door, shape(shapeCharacters), `${door.name}: ${name}`);
  });

  test("good files stay good", async () => {
    for (const door of doors)
      for (const text of door.samples.slice(0, 4)) await knock(door, text, `${door.name}: ${text.slice(0, 60)}`);
  });
});
