import { Failure } from "#model/failure.ts";
import { commandLine, runCommandLine } from "#operations/command-line.ts";
import type { Context } from "#operations/context.ts";
import { asFailure, invoke } from "#operations/invoke.ts";
import type { Registry } from "#operations/registry.ts";
import { showFailure, type Shown } from "#operations/show-failure.ts";

/** What a command line gave; `full` when it must run in the caller's own process: it needs files, or a person's yes. */
export type ShellAnswer = Shown | { readonly full: true };

class NeedsFullClient extends Error {}

/**
 * Runs a command line in the server, so that the caller's process need load nothing: reading and planning only.
 * The same parser, policy and printing as everywhere.
 */
export async function runShell(registry: Registry, argv: readonly string[], context: Context): Promise<ShellAnswer> {
  const json = argv.includes("--json");
  let out = "";
  let err = "";
  const program = commandLine(registry, {
    run: async (operation, input, options) => {
      if (operation.local === true || operation.effect === "apply") throw new NeedsFullClient();
      const output = await invoke(operation, input, context);
      out += options.json
        ? `${JSON.stringify(output, null, 2)}\n`
        : `${operation.print(operation.output.parse(output))}\n`;
    },
    readFile: () => {
      throw new NeedsFullClient();
    },
    write: (text) => (out += text),
    writeError: (text) => (err += json ? "" : text),
  });
  try {
    await runCommandLine(program, argv);
    return { out, err, exit: 0 };
  } catch (error) {
    if (error instanceof NeedsFullClient) return { full: true };
    const shown = showFailure(error instanceof Failure ? error : asFailure(error), json);
    return { out: out + shown.out, err: err + shown.err, exit: shown.exit };
  }
}
