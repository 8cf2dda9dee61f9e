import { byName } from "./format.ts";
import type { Graph, GraphLink, GraphNode } from "./types.ts";

export interface Placed {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Parallel links between two nodes drawn as one, with the worst of them. */
export interface Bundle {
  readonly key: string;
  readonly from: Placed;
  readonly to: Placed;
  readonly links: readonly GraphLink[];
  readonly load: number;
  readonly down: number;
  readonly jobs: readonly string[];
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly placed: readonly Placed[];
  readonly bundles: readonly Bundle[];
  readonly groups: readonly {
    readonly label: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
}

const tierOf = (node: GraphNode): number =>
  node.kind === "host" ? 2 : node.role === "spine" || node.role === "superSpine" ? 0 : 1;
const rows = [40, 190, 370] as const;
const gap = 8;

/** Spines above leaves above hosts, leaves and hosts by scalable unit: a fabric's own shape, so nothing moves about. */
export function drawFabric(graph: Graph, fabric: string): Drawing {
  const links = graph.links.filter((link) => link.fabric === fabric || (link.fabric === undefined && fabric === "all"));
  const used = new Set(links.flatMap((link) => [link.a.node, link.b.node]));
  const nodes = graph.nodes.filter(
    (node) => used.has(node.name) && (node.kind === "host" || node.fabric === fabric || fabric === "all"),
  );
  const units = [...new Set(nodes.filter((node) => tierOf(node) > 0).map((node) => node.scalableUnit ?? 0))].sort(
    (a, b) => (a || 1e9) - (b || 1e9),
  );
  const placed: Placed[] = [];
  const groups: Drawing["groups"][number][] = [];
  let x = 24;
  for (const unit of units) {
    const leaves = nodes
      .filter((node) => tierOf(node) === 1 && (node.scalableUnit ?? 0) === unit)
      .sort((a, b) => byName(a.name, b.name));
    const hosts = nodes
      .filter((node) => node.kind === "host" && (node.scalableUnit ?? 0) === unit)
      .sort((a, b) => byName(a.name, b.name));
    const widest = Math.max(leaves.length, hosts.length, 1);
    const cell = Math.max(34, Math.min(92, 1100 / Math.max(8, nodes.length / 2.2)));
    const width = widest * (cell + gap) + 24;
    placed.push(...spread(leaves, x, width, rows[1], cell, 40), ...spread(hosts, x, width, rows[2], cell, 52));
    groups.push({
      label: unit === 0 ? "Shared" : `Scalable unit ${unit}`,
      x,
      y: rows[1] - 30,
      width,
      height: rows[2] - rows[1] + 104,
    });
    x += width + 20;
  }
  const width = Math.max(720, x + 4);
  const spines = nodes.filter((node) => tierOf(node) === 0).sort((a, b) => byName(a.name, b.name));
  placed.push(
    ...spread(spines, 24, width - 48, rows[0], Math.min(120, (width - 60) / Math.max(1, spines.length) - gap), 42),
  );
  return { width, height: rows[2] + 96, placed, groups, bundles: bundle(links, placed) };
}

function spread(
  nodes: readonly GraphNode[],
  x: number,
  width: number,
  y: number,
  cell: number,
  height: number,
): Placed[] {
  const step = Math.min(
    width / Math.max(1, nodes.length),
    cell + gap + (width - nodes.length * (cell + gap)) / Math.max(1, nodes.length),
  );
  const start = x + (width - step * nodes.length) / 2 + (step - cell) / 2;
  return nodes.map((node, index) => ({ node, x: start + index * step, y, width: cell, height }));
}

function bundle(links: readonly GraphLink[], placed: readonly Placed[]): Bundle[] {
  const at = new Map(placed.map((one) => [one.node.name, one]));
  const bundles = new Map<string, GraphLink[]>();
  for (const link of links) {
    const key = [link.a.node, link.b.node].sort().join("--");
    const same = bundles.get(key);
    if (same === undefined) bundles.set(key, [link]);
    else same.push(link);
  }
  return [...bundles].flatMap(([key, same]) => {
    const ends = [at.get(same[0]?.a.node ?? ""), at.get(same[0]?.b.node ?? "")].sort(
      (a, b) => (a?.y ?? 0) - (b?.y ?? 0),
    );
    const [from, to] = ends;
    if (from === undefined || to === undefined) return [];
    return [
      {
        key,
        from,
        to,
        links: same,
        load: Math.max(...same.map((one) => one.load)),
        down: same.filter((one) => one.down).length,
        jobs: [...new Set(same.flatMap((one) => one.jobs))].sort(),
      },
    ];
  });
}
