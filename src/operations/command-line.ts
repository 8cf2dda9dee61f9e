import { Command, CommanderError, Option } from "commander";
import { Failure } from "#model/failure.ts";
import { commandOf, type AnyOperation } from "./operation.ts";
import type { Registry } from "./registry.ts";
import { safeText } from "./table.ts";
import { coerceField, inputSchemaOf, type JsonSchema } from "./schema.ts";

export interface CommandLinePorts {
  /** Runs one operation and shows its answer. */
  run(operation: AnyOperation, input: Record<string, unknown>, global: GlobalOptions): Promise<void>;
  /** Reads a file of the caller's, for `--config @FILE`. @throws {Failure} not_found */
  readonly readFile: (path: string) => string;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

export interface GlobalOptions {
  readonly json: boolean;
  readonly yes: boolean;
}

/** Commander repeats what was typed: made safe for a terminal, and no longer than a person reads. */
const quoted = (text: string): string =>
  text
    .split("\n")
    .map((line) => safeText(line.length > 400 ? `${line.slice(0, 400)}…` : line))
    .join("\n");

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The command line: one command an operation, its words from the name, its arguments from the input schema. */
export function commandLine(registry: Registry, ports: CommandLinePorts): Command {
  const program = new Command("heddle")
    .description("An open, self-hosted network system for AI factories.")
    .option("--json", "print the answer as JSON")
    .option("--yes", "do not ask before acting")
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: ports.write, writeErr: (text) => ports.writeError(quoted(text)) });
  for (const operation of registry.all) addCommand(program, operation, ports);
  return program;
}

function addCommand(program: Command, operation: AnyOperation, ports: CommandLinePorts): void {
  const words = commandOf(operation).split(" ");
  const leaf = words.pop() ?? operation.name;
  const parent = words.reduce((above, word) => groupOf(above, word), program);
  const schema = inputSchemaOf(operation);
  const properties = schema.properties ?? {};
  const required = new Set(schema.required);
  const positional = operation.positional ?? [];
  const command = parent.command(leaf).description(operation.summary);
  for (const name of positional) {
    const field = properties[name];
    const dots = field?.type === "array" ? "..." : "";
    command.argument(
      required.has(name) ? `<${kebab(name)}${dots}>` : `[${kebab(name)}${dots}]`,
      field?.description ?? "",
    );
  }
  for (const [name, field] of Object.entries(properties)) {
    if (!positional.includes(name)) command.addOption(optionOf(name, field, required.has(name)));
  }
  command.action(async (...parts: unknown[]) => {
    // Commander calls with the positional values, then the options, then the command.
    const options = parts[positional.length] as Record<string, unknown>;
    const input: Record<string, unknown> = {};
    for (const [index, name] of positional.entries()) put(input, name, properties[name], parts[index], ports);
    for (const [name, field] of Object.entries(properties))
      if (!positional.includes(name)) put(input, name, field, options[name], ports);
    const { json, yes } = program.opts<{ json?: boolean; yes?: boolean }>();
    await ports.run(operation, input, { json: json === true, yes: yes === true });
  });
}

function groupOf(above: Command, word: string): Command {
  return (
    above.commands.find((one) => one.name() === word) ??
    above.command(word).description(`${word}: see \`heddle ${word} --help\``)
  );
}

function optionOf(name: string, field: JsonSchema, required: boolean): Option {
  const flag =
    field.type === "boolean"
      ? `--${kebab(name)}`
      : field.type === "array"
        ? `--${kebab(name)} <values...>`
        : `--${kebab(name)} <value>`;
  const option = new Option(flag, field.description ?? "");
  if (field.enum) option.choices(field.enum.map(String));
  if (required) option.makeOptionMandatory();
  return option;
}

function put(
  input: Record<string, unknown>,
  name: string,
  field: JsonSchema | undefined,
  value: unknown,
  ports: CommandLinePorts,
): void {
  if (value === undefined) return;
  if (field?.["x-file"] === true && typeof value === "string" && value.startsWith("@")) {
    input[name] = ports.readFile(value.slice(1));
    return;
  }
  input[name] =
    typeof value === "string"
      ? coerceField(field, [value])
      : Array.isArray(value)
        ? coerceField(
            field,
            value.filter((one): one is string => typeof one === "string"),
          )
        : value;
}

/** Parses and runs; usage errors become a Failure with commander's own words. @throws {Failure} invalid_input */
export async function runCommandLine(program: Command, argv: readonly string[]): Promise<void> {
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === "commander.help") return;
    throw new Failure("invalid_input", error.message.replace(/^error: /, ""), { detail: { shown: true } });
  }
}
