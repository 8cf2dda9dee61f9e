import type { Counterexample } from "#model/change.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import type { SourceSpan } from "#model/source.ts";

const longest = 200;

/** Counterexamples with the text of the line that causes them, from the configurations that were proved. */
export const quoteCauses = (
  examples: readonly Counterexample[],
  devices: Readonly<Record<string, DeviceSource>>,
): Counterexample[] => examples.map((example) => quoted(example, devices));

function quoted(example: Counterexample, devices: Readonly<Record<string, DeviceSource>>): Counterexample {
  const { cause } = example;
  if (cause?.span === undefined || cause.line !== undefined) return example;
  const line = lineAt(devices[cause.device], cause.span);
  return line === undefined ? example : { ...example, cause: { ...cause, line } };
}

function lineAt(source: DeviceSource | undefined, span: SourceSpan): string | undefined {
  const text = source?.files.find(({ path }) => path === span.file)?.text;
  return text?.split("\n", span.line)[span.line - 1]?.trim().slice(0, longest);
}
