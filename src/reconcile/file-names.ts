import type { SourceFile } from "#model/source.ts";

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Files under the names that the same device's files have elsewhere, so that texts compare file by file. */
export function namedLike(files: readonly SourceFile[], known: readonly SourceFile[]): readonly SourceFile[] {
  if (files.every(({ path }) => known.some((one) => one.path === path))) return files;
  const alone = files.length === 1 && known.length === 1 ? known[0] : undefined;
  return files.map((file) => {
    const same = known.find(({ path }) => path === file.path);
    const path = (same ?? known.find((one) => lastPart(one.path) === lastPart(file.path)) ?? alone ?? file).path;
    return path === file.path ? file : { path, text: file.text };
  });
}
