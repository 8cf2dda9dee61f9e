import { oneOf, randomOf, spoil } from "../src/apps/testing/mutations.ts";
import { parserDoors, type ParserDoor } from "../src/apps/testing/parser-doors.ts";
import { shapesOf, type Shape } from "../src/apps/testing/shapes.ts";

/** What a run is made of: the same seed and numbers, the same tasks. */
export interface FuzzPlan {
  readonly seed: number;
  readonly inputs: number;
  /** Characters of each worst shape, ascending; empty leaves the shapes out. */
  readonly sizes: readonly number[];
  /** Only doors whose name holds this. */
  readonly only: string;
}

export interface Task {
  readonly door: ParserDoor;
  readonly what: string;
  readonly text: string;
}

/** One after the other by number, so that a run can go on behind a task that never ended. */
export interface Tasks {
  readonly count: number;
  task(index: number): Task;
}

export async function tasksOf({ seed, inputs, sizes, only }: FuzzPlan): Promise<Tasks> {
  const doors = (await parserDoors()).filter((door) => door.name.includes(only));
  const shapes = doors.flatMap((door) =>
    Object.entries<Shape>(shapesOf[door.syntax]).flatMap(([name, shape]) =>
      sizes.map((size) => ({ door, name, shape, size })),
    ),
  );
  return {
    count: inputs + shapes.length,
    task(index) {
      const shaped = shapes[index - inputs];
      if (shaped !== undefined)
        return {
          door: shaped.door,
          what: `${shaped.name}, ${shaped.size / 2 ** 20} MB`,
          text: shaped.shape(shaped.size),
        };
      // A generator of its own for each input, so that any one can be made again alone.
      const random = randomOf(Math.imul(seed, 0x9e3779b1) ^ index);
      const door = oneOf(random, doors);
      const { text, how } = spoil(oneOf(random, door.samples), random, oneOf(random, door.samples));
      return { door, what: how, text };
    },
  };
}
