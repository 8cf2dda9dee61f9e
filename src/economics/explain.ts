import { formatDollars, type Figure, type Grade } from "#model/money.ts";

/** A figure with everything below it: what it was made from, down to price book and fabric. */
export interface Explained {
  readonly name: string;
  readonly value: string;
  readonly grade: Grade;
  /** Empty for what is an input and no figure. */
  readonly formula: string;
  /** Where it comes from, for leaves. */
  readonly source: string;
  readonly inputs: readonly Explained[];
}

/**
 * All that a figure was made from. Inputs whose source is `figure:NAME` are looked up in `figures` and opened;
 * one that would stand on itself, or that is not there, stays a leaf.
 */
export function explainFigure(figure: Figure, figures: readonly Figure[]): Explained {
  const byName = new Map(figures.map((one) => [one.name, one]));
  return open(figure, byName, new Set());
}

function open(figure: Figure, byName: ReadonlyMap<string, Figure>, above: ReadonlySet<string>): Explained {
  const trail = new Set(above).add(figure.name);
  const inputs = figure.inputs.map((input): Explained => {
    const name = input.source.startsWith("figure:") ? input.source.slice("figure:".length) : undefined;
    const below = name === undefined || trail.has(name) ? undefined : byName.get(name);
    if (below !== undefined) return { ...open(below, byName, trail), name: input.name };
    return { name: input.name, value: input.value, grade: input.grade, formula: "", source: input.source, inputs: [] };
  });
  return {
    name: figure.name,
    value: showValue(figure),
    grade: figure.grade,
    formula: figure.formula,
    source: "",
    inputs,
  };
}

/** Money as dollars with its unit, other quantities as they are. */
function showValue({ value, unit }: Pick<Figure, "value" | "unit">): string {
  if (typeof value !== "bigint") return `${value} ${unit}`;
  const per = unit.replace(/^micro-dollars/, "");
  return `${formatDollars(value, value > -1_000_000_000n && value < 1_000_000_000n ? 4 : 2)}${per}`;
}

/** The tree as indented lines, for a terminal. */
export function formatExplained(node: Explained, depth = 0): string {
  const more = node.formula === "" ? node.source : node.formula;
  const line = `${"  ".repeat(depth)}${node.name} = ${node.value} [${node.grade}] ${more}`;
  return [line, ...node.inputs.map((one) => formatExplained(one, depth + 1))].join("\n");
}
