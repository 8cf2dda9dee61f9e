import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mask, parseTranscript, Session } from "./replay.ts";

// UPDATE_TRANSCRIPTS=1 writes what was printed; read the difference before it is committed.
const update = process.env["UPDATE_TRANSCRIPTS"] === "1";
const here = import.meta.dirname;
const transcripts = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("transcript.txt"))
  .sort();

describe.each(transcripts)("%s", (path) => {
  test("prints what it says", async () => {
    const file = join(here, path);
    const text = readFileSync(file, "utf8");
    const { steps } = parseTranscript(text);
    await using session = new Session();
    await session.start();
    const printedOf: string[] = [];
    for (const step of steps) {
      const printed = mask(session.run(step.command));
      printedOf.push(printed);
      if (!update) expect(`$ ${step.command}\n${printed}`).toBe(`$ ${step.command}\n${mask(step.output)}`);
    }
    if (update) writeFileSync(file, withOutputs(text, printedOf));
  });
});

/** The text with what stood below each command exchanged for what it printed now. */
function withOutputs(text: string, outputs: readonly string[]): string {
  const lines: string[] = [];
  let command = -1;
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) lines.push(line, outputs[++command] ?? "", "");
    else if (line.startsWith("# ") || command < 0) lines.push(line);
  }
  return `${lines.join("\n").trimEnd()}\n`;
}
