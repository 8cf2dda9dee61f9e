import { createInterface } from "node:readline/promises";
import { Failure } from "#model/failure.ts";
import { commandLine, runCommandLine, type GlobalOptions } from "#operations/command-line.ts";
import { asFailure } from "#operations/invoke.ts";
import type { AnyOperation } from "#operations/operation.ts";
import { showFailure } from "#operations/show-failure.ts";
import { safeText } from "#operations/table.ts";
import { callServer } from "./client.ts";
import { readOneFile } from "./files.ts";
import { registry } from "./registry.ts";
import { stateDirOf } from "./state-dir.ts";

const out = (text: string) => process.stdout.write(text);
const err = (text: string) => process.stderr.write(text);

/** `heddle …`: a thin client of the running server; what works on files runs right here. */
async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes("--json");
  try {
    if (argv[0] === "mcp") {
      const { serveMcpStdio } = await import("./mcp-stdio.ts");
      await serveMcpStdio();
      return 0;
    }
    const program = commandLine(registry, {
      run: runOne,
      readFile: readOneFile,
      write: out,
      writeError: json ? () => {} : err,
    });
    program.command("mcp").description("Serve MCP on standard input and output, for an agent on this machine");
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await runCommandLine(program, argv);
    return 0;
  } catch (error) {
    const failure = asFailure(error);
    const shown = showFailure(failure, json);
    out(shown.out);
    err(shown.err);
    if (failure.kind === "internal" && process.env["HEDDLE_DEBUG"] !== undefined)
      err(`${String((failure.cause as Error | undefined)?.stack)}\n`);
    return shown.exit;
  }
}

async function runOne(operation: AnyOperation, input: Record<string, unknown>, options: GlobalOptions): Promise<void> {
  if (operation.effect === "apply" && !options.yes) await confirm(operation, input);
  const output =
    operation.local === true
      ? await runHere(operation, input)
      : await callServer(stateDirOf(), operation, input, (line) => !options.json && err(`${safeText(line)}\n`));
  out(options.json ? `${JSON.stringify(output, null, 2)}\n` : `${operation.print(operation.output.parse(output))}\n`);
}

async function runHere(operation: AnyOperation, input: Record<string, unknown>): Promise<unknown> {
  const [{ invoke }, { localContext }] = await Promise.all([
    import("#operations/invoke.ts"),
    import("./local-context.ts"),
  ]);
  return invoke(operation, input, localContext);
}

/** @throws {Failure} refused, when the answer is no or nobody is there to give one */
async function confirm(operation: AnyOperation, input: Record<string, unknown>): Promise<void> {
  const what = `${operation.name} ${Object.values(input).join(" ")}`.trim();
  if (!process.stdin.isTTY)
    throw new Failure("refused", `${what} acts on the fabric. Say --yes to confirm where no terminal asks.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question(`${operation.summary}\n${what}: go ahead? [y/N] `);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Failure("refused", "Not confirmed. Nothing was done.");
}

// `heddle … | head`: who reads has had enough, and that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await main(process.argv.slice(2));
