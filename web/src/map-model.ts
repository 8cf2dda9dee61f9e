import { byName } from "./format.ts";
import type { Graph, GraphLink, GraphNode } from "./types.ts";

/** One fabric of the factory as a picture: what is in it, and which way of drawing shows it best. */
export interface FabricView {
  readonly key: string;
  readonly label: string;
  readonly shape: "weave" | "tree" | "faceplates";
  readonly nodes: readonly GraphNode[];
  readonly bundles: readonly Bundle[];
  /** Switches that belong to it; others in `nodes` only have a port in it. */
  readonly own: ReadonlySet<string>;
}

/** All links between two nodes, with the worst of them. */
export interface Bundle {
  readonly key: string;
  readonly ends: readonly [string, string];
  readonly links: readonly GraphLink[];
  readonly load: number;
  readonly down: number;
  readonly jobs: readonly string[];
}

export type Selection =
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "bundle"; readonly key: string }
  | { readonly kind: "tenant"; readonly tenant: string };

const labels: Readonly<Record<string, string>> = {
  computeFabric: "Compute",
  frontEnd: "Front end",
  storageFabric: "Storage",
  outOfBand: "Out of band",
  all: "All",
};
const places = Object.keys(labels);

/** The factory's fabrics. One that has no switches of its own is drawn with the one it hangs on. */
export function viewsOf(graph: Graph): FabricView[] {
  const nodes = new Map(graph.nodes.map((one) => [one.name, one]));
  const fabricOf = (link: GraphLink): string => link.fabric ?? "all";
  const switchesOf = (link: GraphLink) =>
    [nodes.get(link.a.node), nodes.get(link.b.node)].filter((one) => one?.kind === "switch");
  const withOwn = new Set(
    graph.links.filter((link) => switchesOf(link).some((one) => one?.fabric === fabricOf(link))).map(fabricOf),
  );
  const groups = new Map<string, GraphLink[]>();
  const parts = new Map<string, Set<string>>();
  for (const link of graph.links) {
    const named = fabricOf(link);
    const host = withOwn.has(named) ? named : (switchesOf(link)[0]?.fabric ?? named);
    groups.set(host, push(groups.get(host), link));
    parts.set(host, (parts.get(host) ?? new Set()).add(named));
  }
  if (groups.size === 0) groups.set("all", []);
  const linked = new Set(graph.links.flatMap((link) => [link.a.node, link.b.node]));
  const alone = graph.nodes.filter((one) => !linked.has(one.name));
  // What has no known link stands in its own fabric's picture, or in the first one.
  const homeOf = (node: GraphNode): string | undefined =>
    node.fabric !== undefined && groups.has(node.fabric) ? node.fabric : groups.keys().next().value;
  return [...groups]
    .map(([key, links]) => {
      const lonely = alone.filter((one) => homeOf(one) === key).map((one) => one.name);
      return viewOf(key, [...(parts.get(key) ?? ["all"])], links, lonely, nodes);
    })
    .sort((a, b) => rank(a.key) - rank(b.key));
}

const rank = (key: string): number => (places.includes(key) ? places.indexOf(key) : places.length);

function push<T>(list: T[] | undefined, one: T): T[] {
  if (list === undefined) return [one];
  list.push(one);
  return list;
}

function viewOf(
  key: string,
  parts: readonly string[],
  links: readonly GraphLink[],
  lonely: readonly string[],
  known: ReadonlyMap<string, GraphNode>,
): FabricView {
  const used = new Set([...links.flatMap((link) => [link.a.node, link.b.node]), ...lonely]);
  const nodes = [...used].flatMap((name) => known.get(name) ?? []).sort((a, b) => byName(a.name, b.name));
  const own = new Set(
    nodes.filter((one) => one.kind === "switch" && (key === "all" || one.fabric === key)).map((one) => one.name),
  );
  const label = parts
    .toSorted((a, b) => rank(a) - rank(b))
    .map((part, index) => (index === 0 ? (labels[part] ?? part) : (labels[part] ?? part).toLowerCase()))
    .join(" + ");
  return { key, label, nodes, own, bundles: bundlesOf(links), shape: shapeOf(nodes, own, links) };
}

function shapeOf(
  nodes: readonly GraphNode[],
  own: ReadonlySet<string>,
  links: readonly GraphLink[],
): FabricView["shape"] {
  const leaves = nodes.filter((one) => own.has(one.name) && one.role === "leaf");
  if (leaves.length > 1 && leaves.every((one) => one.rail !== undefined)) return "weave";
  const attached = nodes.filter((one) => !own.has(one.name));
  const star = own.size <= 2 && attached.length > 12;
  return nodes.length > 56 || links.length > 240 || star ? "faceplates" : "tree";
}

function bundlesOf(links: readonly GraphLink[]): Bundle[] {
  const bundles = new Map<string, GraphLink[]>();
  for (const link of links) bundles.set(pairOf(link), push(bundles.get(pairOf(link)), link));
  return [...bundles].flatMap(([key, same]) => {
    const [first] = same;
    if (first === undefined) return [];
    return {
      key,
      ends: [first.a.node, first.b.node] as const,
      links: same,
      load: Math.max(...same.map((one) => one.load)),
      down: same.filter((one) => one.down).length,
      jobs: [...new Set(same.flatMap((one) => one.jobs))].sort(),
    };
  });
}

export const pairKey = (a: string, b: string): string => [a, b].sort().join("--");
const pairOf = (link: GraphLink): string => pairKey(link.a.node, link.b.node);

/** What a selection touches; undefined when nothing is selected. */
export function nearOf(view: FabricView, selected: Selection | undefined): ReadonlySet<string> | undefined {
  if (selected === undefined) return undefined;
  const touching = bundlesNear(view, selected);
  return new Set([
    ...touching.flatMap((one) => [one.key, ...one.ends]),
    ...(selected.kind === "node" ? [selected.name] : []),
  ]);
}

export function bundlesNear({ bundles, nodes }: FabricView, selected: Selection): readonly Bundle[] {
  if (selected.kind === "bundle") return bundles.filter((one) => one.key === selected.key);
  if (selected.kind === "node") return bundles.filter((one) => one.ends.includes(selected.name));
  const held = new Set(nodes.filter((one) => one.tenant === selected.tenant).map((one) => one.name));
  return bundles.filter((one) => one.ends.some((end) => held.has(end)));
}
