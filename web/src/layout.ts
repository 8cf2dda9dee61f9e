import { byName } from "./format.ts";
import type { Bundle, FabricView } from "./map-model.ts";
import type { GraphNode } from "./types.ts";

export interface Placed {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Wire {
  readonly bundle: Bundle;
  readonly from: Placed;
  readonly to: Placed;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly placed: readonly Placed[];
  readonly wires: readonly Wire[];
  readonly groups: readonly {
    readonly label: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
}

const tierOf = (node: GraphNode): number => (node.kind === "host" ? 2 : /spine|core/i.test(node.role) ? 0 : 1);
const cell = 74;
const gap = 10;

/** Spines above leaves above hosts, leaves and hosts by scalable unit: a fabric's own shape, so nothing moves about. */
export function drawTree({ nodes, bundles }: FabricView): Drawing {
  const tiers = [0, 1, 2].filter((tier) => nodes.some((node) => tierOf(node) === tier));
  const yOf = new Map(tiers.map((tier, index) => [tier, 24 + index * 132]));
  const units = [...new Set(nodes.filter((node) => tierOf(node) > 0).map(unitOf))].sort(
    (a, b) => (a || 1e9) - (b || 1e9),
  );
  const placed: Placed[] = [];
  const groups: Drawing["groups"][number][] = [];
  const stacked = nodes.filter((node) => node.kind === "host").length > 12;
  let x = 12;
  for (const unit of units) {
    const of = (tier: number) =>
      nodes.filter((node) => tierOf(node) === tier && unitOf(node) === unit).sort((a, b) => byName(a.name, b.name));
    const rows = rowsOf(of(2), stacked);
    const widest = Math.max(of(1).length, (rows[0]?.length ?? 0) + (rows.length > 1 ? 0.5 : 0), 2);
    const width = widest * (cell + gap) + 20;
    placed.push(...spread(of(1), x, width, yOf.get(1) ?? 24), ...hostRows(rows, x + 10, width - 20, yOf.get(2) ?? 24));
    const top = (yOf.get(tierOf(of(1)[0] ?? of(2)[0] ?? ({ kind: "host" } as GraphNode))) ?? 24) - 14; // any node of the unit
    groups.push({
      label: labelOf(unit, of(2)),
      x,
      y: top,
      width,
      height: (yOf.get(2) ?? yOf.get(1) ?? 24) + (stacked ? 144 : 80) - top,
    });
    x += width + 16;
  }
  const width = Math.max(560, x - 4);
  const spines = nodes.filter((node) => tierOf(node) === 0).sort((a, b) => byName(a.name, b.name));
  placed.push(...spread(spines, 12, width - 24, yOf.get(0) ?? 24));
  const last = Math.max(...placed.map((one) => one.y), 0);
  return { width, height: last + 96, placed, groups, wires: wiresOf(bundles, placed) };
}

/** Many hosts of one unit stand in two rows, the second half a step aside, so that its wires pass between the first. */
const rowsOf = (hosts: readonly GraphNode[], stacked: boolean): (readonly GraphNode[])[] =>
  stacked && hosts.length > 3
    ? [hosts.slice(0, Math.ceil(hosts.length / 2)), hosts.slice(Math.ceil(hosts.length / 2))]
    : [hosts];

function hostRows(rows: readonly (readonly GraphNode[])[], x: number, width: number, y: number): Placed[] {
  if (rows.length === 1) return spread(rows[0] ?? [], x, width, y);
  const step = cell + gap;
  return rows.flatMap((row, line) =>
    row.map((node, index) => ({
      node,
      x: x + (index + line / 2) * step + gap / 2,
      y: y + line * 64,
      width: cell,
      height: 42,
    })),
  );
}

const unitOf = (node: GraphNode): number => node.scalableUnit ?? 0;
const labelOf = (unit: number, hosts: readonly GraphNode[]): string =>
  unit > 0
    ? `Scalable unit ${unit}`
    : hosts.length > 0 && hosts.every((one) => one.role === "storage")
      ? "Storage"
      : hosts.length > 0
        ? "Shared"
        : "";

function spread(nodes: readonly GraphNode[], x: number, width: number, y: number): Placed[] {
  const step = width / Math.max(1, nodes.length);
  const wide = Math.min(nodes.length > 4 ? cell : 128, step - gap);
  return nodes.map((node, index) => ({ node, x: x + index * step + (step - wide) / 2, y, width: wide, height: 42 }));
}

function wiresOf(bundles: readonly Bundle[], placed: readonly Placed[]): Wire[] {
  const at = new Map(placed.map((one) => [one.node.name, one]));
  return bundles.flatMap((bundle) => {
    const [from, to] = bundle.ends.map((end) => at.get(end)).sort((a, b) => (a?.y ?? 0) - (b?.y ?? 0));
    return from === undefined || to === undefined ? [] : [{ bundle, from, to }];
  });
}
