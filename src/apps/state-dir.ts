import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where one Heddle keeps its memory, its keys and its address: `.heddle` of the project, or HEDDLE_STATE. */
export const stateDirOf = (given?: string): string =>
  resolve(given ?? process.env["HEDDLE_STATE"] ?? join(import.meta.dirname, "../../.heddle"));

/** Makes the folder, readable by its owner alone. */
export function makeStateDir(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/** Replaces a small private file as a whole or not at all. */
export function writePrivate(path: string, text: string): void {
  const next = `${path}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}

/** How the command line finds the running server, and proves who it is. */
export interface Address {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

const addressFile = (stateDir: string): string => join(stateDir, "address.json");

export const publishAddress = (stateDir: string, address: Address): void =>
  writePrivate(addressFile(stateDir), JSON.stringify(address));

export const withdrawAddress = (stateDir: string): void => rmSync(addressFile(stateDir), { force: true });

/** Undefined when no server has said where it is. */
export function readAddress(stateDir: string): Address | undefined {
  const path = addressFile(stateDir);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Address; // our own file, mode 0600
  } catch {
    return undefined;
  }
}
