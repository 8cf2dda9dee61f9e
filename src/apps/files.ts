import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync, type Dirent } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Failure } from "#model/failure.ts";
import type { SourceFile } from "#model/source.ts";
import type { Files } from "#operations/context.ts";

const maxFiles = 20_000;
const maxFileBytes = 256 * 1024 * 1024;
const maxTotalBytes = 2 * 1024 * 1024 * 1024;
const skipped = new Set(["node_modules", ".git", ".heddle"]);

/** The caller's own disk. @throws {Failure} not_found, invalid_input (too much to read) */
export const localFiles: Files = {
  read: async (path) => readTree(path),
  write: async (path, text) => {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } catch (cause) {
      throw new Failure("invalid_input", `${path} can't be written: ${(cause as Error).message}`, { cause });
    }
  },
};

export function readTree(path: string): SourceFile[] {
  const root = resolve(path);
  if (!existsSync(root)) throw new Failure("not_found", `There is no file or folder ${path}.`);
  if (statSync(root).isFile()) return [readOne(root, path.split(sep).pop() ?? path)];
  if (!statSync(root).isDirectory())
    throw new Failure("invalid_input", `${path} is neither a file nor a folder. Name one of those.`);
  const files: SourceFile[] = [];
  let total = 0;
  const walk = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      const full = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name)) walk(full);
        continue;
      }
      // Links, sockets and devices are passed over: a snapshot is its own files.
      if (!entry.isFile()) continue;
      total += statSync(full).size;
      if (files.length >= maxFiles || total > maxTotalBytes)
        throw new Failure(
          "invalid_input",
          `${path} holds more than ${maxFiles} files or ${maxTotalBytes / 1024 ** 3} GB. Name a smaller folder.`,
        );
      files.push(readOne(full, relative(root, full).split(sep).join("/")));
    }
  };
  walk(root);
  return files;
}

/** @throws {Failure} invalid_input */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new Failure("invalid_input", `${folder} can't be read: ${(cause as Error).message}`, { cause });
  }
}

function readOne(full: string, shown: string): SourceFile {
  const size = statSync(full).size;
  if (size > maxFileBytes)
    throw new Failure(
      "invalid_input",
      `${shown} is ${Math.round(size / 1024 ** 2)} MB; the largest file read is ${maxFileBytes / 1024 ** 2} MB.`,
    );
  try {
    return { path: shown, text: readFileSync(full, "utf8") };
  } catch (cause) {
    throw new Failure("invalid_input", `${shown} can't be read: ${(cause as Error).message}`, { cause });
  }
}

/** The text of one file. @throws {Failure} not_found, invalid_input */
export function readOneFile(path: string): string {
  const [file] = existsSync(path) && statSync(path).isFile() ? readTree(path) : [];
  if (file === undefined) throw new Failure("not_found", `There is no file ${path}.`);
  return file.text;
}
