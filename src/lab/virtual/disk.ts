import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "#model/failure.ts";

/** Replaces a file so that, whenever the power goes, either the old text or the new one stands there whole. */
function writeDurably(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  // The rename itself is lost with the power unless the folder is on disk too (rename(2), fsync(2)).
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** One JSON document that outlives the process: a device's flash. */
export class Disk<T> {
  readonly #path: string;

  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Device names may hold anything; a file name may not.
    this.#path = join(folder, `${encodeURIComponent(name).replaceAll(".", "%2E")}.json`);
  }

  /** @throws {Failure} invalid_input when the file is there and is not what we wrote. */
  load(): T | undefined {
    if (!existsSync(this.#path)) return undefined;
    try {
      return JSON.parse(readFileSync(this.#path, "utf8")) as T; // we are the only writer of this file
    } catch (cause) {
      throw new Failure(
        "invalid_input",
        `The virtual device state ${this.#path} is damaged. Delete it to start that device from its configuration.`,
        { cause },
      );
    }
  }

  save(value: T): void {
    writeDurably(this.#path, JSON.stringify(value));
  }
}
