import type { BgpTable, Edge, Registry, RouteClass } from "./bgp-model.ts";
import type { SourceProtocol } from "#model/routing-policy.ts";
import { intern, plainAttributes } from "./attributes.ts";
import type { BgpGraph } from "./edges.ts";
import { localPath } from "./evpn.ts";
import { keyAddress, keyContains, keyLength, parseKey, type PrefixKey } from "./numbers.ts";
import { applyPolicy } from "./policy.ts";
import type { Classify } from "./prefix-classes.ts";
import type { Rib, RouteValue } from "./rib.ts";

type Origin = RouteClass["origins"][number];

export interface UnicastClass extends RouteClass {
  readonly prefixes: PrefixKey[];
}

/** An aggregate that some more specific route brings to life. */
export interface ActiveAggregate {
  readonly table: BgpTable;
  readonly key: PrefixKey;
  readonly summaryOnly: boolean;
  readonly policy?: string;
}

const localProtocols = new Set<SourceProtocol>(["connected", "static", "ospf", "kernel", "local"]);

/** Groups every prefix that enters BGP somewhere into classes that are computed once. */
export function originateUnicast(
  graph: BgpGraph,
  registry: Registry,
  classify: Classify,
  ribOf: (table: BgpTable) => Rib,
  aggregates: readonly ActiveAggregate[],
): UnicastClass[] {
  const origins = new Map<PrefixKey, Origin[]>();
  const add = (key: PrefixKey, origin: Origin): void => {
    const list = origins.get(key);
    if (list === undefined) origins.set(key, [origin]);
    else if (!list.some((known) => known.table === origin.table)) list.push(origin);
  };
  const defaults: Edge[] = [];
  for (const table of graph.tables) {
    if (table.family !== "ipv4-unicast") continue;
    for (const edge of table.out) if (edge.exports.defaultOriginate) defaults.push(edge);
    for (const [key, origin] of originsOf(table, registry, ribOf(table))) add(key, origin);
  }
  for (const aggregate of aggregates) add(aggregate.key, aggregateOrigin(aggregate, registry));
  if (defaults.length > 0 && !origins.has(0)) origins.set(0, []);
  const summaries = aggregates.filter((each) => each.summaryOnly);
  const classes = new Map<string, UnicastClass>();
  for (const [prefix, list] of origins) {
    const prefixClass = classify(prefix);
    const suppressed = summaries.filter((each) => isInside(each.key, prefix)).map((each) => each.table.id);
    const key = `u ${prefixClass.number} ${suppressed.join(",")} ${prefix === 0 ? defaults.map((edge) => edge.id).join(",") : ""} ${list.map(originText).join(" ")}`;
    const known = classes.get(key);
    if (known !== undefined) known.prefixes.push(prefix);
    else
      classes.set(key, {
        key,
        prefixClass,
        origins: list,
        defaults: prefix === 0 ? defaults : [],
        suppressedIn: new Set(suppressed),
        prefixes: [prefix],
      });
  }
  return [...classes.values()];
}

export const originText = ({ table, rd, path }: Origin): string =>
  `${table.id}:${rd}:${path.attributes.id}:${path.weight}:${path.protocol}:${path.routerId}:${path.via}`;

const isInside = (outer: PrefixKey, inner: PrefixKey): boolean =>
  keyLength(inner) > keyLength(outer) && keyContains(outer, keyAddress(inner));

/** `network` and `redistribute` statements of one table. */
function originsOf(table: BgpTable, registry: Registry, rib: Rib): Map<PrefixKey, Origin> {
  const origins = new Map<PrefixKey, Origin>();
  const family = table.speaker.bgp.afiSafis["ipv4-unicast"];
  if (family === undefined) return origins;
  for (const network of family.networks) {
    const key = parseKey(network.prefix);
    const route = key === undefined ? undefined : rib.get(key);
    if (key === undefined || route === undefined || route.protocol === "bgp" || route.protocol === "evpn") continue;
    const origin = originFrom(table, registry, key, route, 0, network.policy);
    if (origin !== undefined) origins.set(key, origin);
  }
  for (const { protocol, policy } of family.redistribute) {
    if (!localProtocols.has(protocol)) continue;
    for (const [key, route] of rib) {
      if (route.protocol !== protocol || origins.has(key)) continue;
      const origin = originFrom(table, registry, key, route, 2, policy);
      if (origin !== undefined) origins.set(key, origin);
    }
  }
  return origins;
}

function originFrom(
  table: BgpTable,
  registry: Registry,
  key: PrefixKey,
  route: RouteValue,
  origin: 0 | 2,
  policy: string | undefined,
): Origin | undefined {
  const attributes = { ...plainAttributes, origin, med: route.protocol === "ospf" ? route.metric : undefined };
  const protocol = route.protocol as SourceProtocol; // BGP and EVPN routes were left out by the callers
  const [hop] = route.nextHops;
  const verdict =
    policy === undefined
      ? undefined
      : applyPolicy(table.device.config, policy, {
          prefix: key,
          protocol,
          ...(route.tag === undefined ? {} : { tag: route.tag }),
          ...(hop !== undefined && "l3" in hop ? { interface: hop.l3.name } : {}),
          attributes,
          weight: 32768,
        });
  if (verdict?.accepted === false) return undefined;
  const path = localPath(intern(registry.attributes, verdict?.attributes ?? attributes), table.speaker.routerId);
  return { table, rd: 0, path: { ...path, protocol, weight: verdict?.weight ?? 32768 } };
}

function aggregateOrigin(aggregate: ActiveAggregate, registry: Registry): Origin {
  const { table } = aggregate;
  const verdict =
    aggregate.policy === undefined
      ? undefined
      : applyPolicy(table.device.config, aggregate.policy, {
          prefix: aggregate.key,
          protocol: "bgp",
          attributes: plainAttributes,
          weight: 32768,
        });
  const path = localPath(intern(registry.attributes, verdict?.attributes ?? plainAttributes), table.speaker.routerId);
  return { table, rd: 0, path: { ...path, protocol: "bgp", via: "aggregate" } };
}

/** Aggregates that have a more specific route in their table, by what the classes came to. */
export function activeAggregates(
  graph: BgpGraph,
  contributors: (table: BgpTable) => Iterable<PrefixKey>,
): ActiveAggregate[] {
  return graph.tables.flatMap((table) => {
    const told = table.family === "ipv4-unicast" ? (table.speaker.bgp.afiSafis["ipv4-unicast"]?.aggregates ?? []) : [];
    if (told.length === 0) return [];
    const present = [...contributors(table)];
    return told.flatMap((aggregate): ActiveAggregate[] => {
      const key = parseKey(aggregate.prefix);
      if (key === undefined || !present.some((prefix) => isInside(key, prefix))) return [];
      return [
        {
          table,
          key,
          summaryOnly: aggregate.summaryOnly,
          ...(aggregate.policy === undefined ? {} : { policy: aggregate.policy }),
        },
      ];
    });
  });
}
