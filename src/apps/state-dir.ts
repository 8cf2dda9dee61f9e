import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Failure } from "#model/failure.ts";

/** Where one Heddle keeps its memory, its keys and its address: `.heddle` of the project, or HEDDLE_STATE. */
export const stateDirOf = (given?: string): string =>
  resolve(given ?? process.env["HEDDLE_STATE"] ?? join(import.meta.dirname, "../../.heddle"));

/** Makes the folder, readable by its owner alone. @throws {Failure} invalid_input */
export function makeStateDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Failure("invalid_input", `The state folder ${path} can't be used: ${why}. Name another with --state.`, {
      cause,
    });
  }
}

/** Replaces a small private file as a whole or not at all. */
export function writePrivate(path: string, text: string): void {
  const next = `${path}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}

/** How the command line finds the running server, and proves who it is. */
interface Address {
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
    const address = JSON.parse(readFileSync(path, "utf8")) as Partial<Address> | null; // our own file; what is not is caught below
    const { url, token, pid = 0 } = address ?? {};
    const good = typeof url === "string" && URL.canParse(url) && typeof token === "string" && /^[\w.-]+$/.test(token);
    return good ? { url, token, pid } : undefined;
  } catch {
    return undefined;
  }
}
