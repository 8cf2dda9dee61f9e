import { Failure } from "#model/failure.ts";
import { commandOf, toolNameOf, type AnyOperation } from "./operation.ts";

/** All operations that surfaces are made from, in a stable order, checked once. */
export class Registry {
  readonly all: readonly AnyOperation[];
  readonly #byName: ReadonlyMap<string, AnyOperation>;

  constructor(operations: readonly AnyOperation[]) {
    this.all = operations.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#byName = new Map(this.all.map((one) => [one.name, one]));
    for (const unique of [commandOf, toolNameOf, (one: AnyOperation) => one.name]) {
      const seen = new Map<string, string>();
      for (const one of this.all) {
        const key = unique(one);
        const other = seen.get(key);
        if (other !== undefined) throw new Error(`operations ${other} and ${one.name} are both called ${key}`);
        seen.set(key, one.name);
      }
    }
  }

  /** @throws {Failure} not_found */
  get(name: string): AnyOperation {
    const found = this.#byName.get(name);
    if (found === undefined)
      throw new Failure("not_found", `There is no operation ${name}. \`heddle help\` lists them.`);
    return found;
  }

  /** What may be called over the network. */
  get remote(): readonly AnyOperation[] {
    return this.all.filter((one) => one.local !== true);
  }
}
