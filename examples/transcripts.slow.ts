import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mask, parseTranscript, Session } from "./replay.ts";

// UPDATE_TRANSCRIPTS=1 writes what was printed; read the difference before it is committed.
const update = process.env["UPDATE_TRANSCRIPTS"] === "1";
const here = import.meta.dirname;
const transcripts = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith("transcript.txt")).sort();

describe.each(transcripts)("%s", (path) => {
  test("prints what it says", async () => {
    const file = join(here, path);
    const text = readFileSync(file, "utf8");
    const { steps } = parseTranscript(text);
    await using session = new Session();
    await session.start();
    let written = text;
    for (const step of steps) {
      const printed = mask(session.run(step.command));
      if (update) written = replaceOutput(written, step.command, printed);
      else expect(`$ ${step.command}\n${printed}`).toBe(`$ ${step.command}\n${mask(step.output)}`);
    }
    if (update) writeFileSync(file, written);
  });
});

/** The text with what stood below a command exchanged for what it printed now. */
function replaceOutput(text: string, command: string, printed: string): string {
  const lines = text.split("\n");
  const at = lines.indexOf(`$ ${command}`);
  let end = at + 1;
  while (end < lines.length && !lines[end]?.startsWith("$ ") && !lines[end]?.startsWith("# ")) end++;
  return [...lines.slice(0, at + 1), printed, "", ...lines.slice(end)].join("\n");
}
