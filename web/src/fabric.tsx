import {
  Alert,
  Badge,
  Card,
  Group,
  Loader,
  Paper,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api } from "./api.ts";
import { loadColor, tenantColors } from "./colors.ts";
import { percent, rate } from "./format.ts";
import { drawFabric, type Bundle, type Placed } from "./layout.ts";
import type { Graph, Status } from "./types.ts";

const fabricNames: Readonly<Record<string, string>> = {
  computeFabric: "Compute",
  frontEnd: "Front end",
  storageFabric: "Storage",
  outOfBand: "Out of band",
};

/** The fabric as it is, with its tenants and what their jobs put on each link. */
export function FabricPage() {
  const graph = useQuery({ queryKey: ["graph"], queryFn: api.graph });
  const status = useQuery({ queryKey: ["status"], queryFn: api.status });
  const [chosen, choose] = useState<string>();
  if (graph.isError)
    return (
      <Alert color="red" title="The fabric can't be shown">
        {graph.error.message}
      </Alert>
    );
  if (graph.data === undefined) return <Loader />;
  const fabrics = [...new Set(graph.data.links.map((one) => one.fabric ?? "all"))];
  const fabric = chosen ?? fabrics[0] ?? "all";
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="end">
        <div>
          <Title order={2}>Fabric</Title>
          <Text c="dimmed" fz="sm">
            {graph.data.nodes.filter((one) => one.kind === "switch").length} switches, {graph.data.links.length} links;
            load is modelled from the jobs' traffic
          </Text>
        </div>
        <SegmentedControl
          value={fabric}
          onChange={choose}
          data={fabrics.map((value) => ({ value, label: fabricNames[value] ?? "All" }))}
        />
      </Group>
      {status.data === undefined ? null : <Figures status={status.data} />}
      <Map graph={graph.data} fabric={fabric} key={fabric} />
    </Stack>
  );
}

function Figures({ status }: { status: Status }) {
  const { gpus, sessions, isolation, hosts } = status;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure label="GPUs held" value={`${gpus.held}`} of={`of ${gpus.total}`} />
      <Figure label="Free hosts" value={`${hosts.free.length}`} of={`of ${hosts.gpu}`} />
      <Figure label="BGP sessions" value={`${sessions.established}`} of={`of ${sessions.total} established`} />
      <Figure
        label="Forbidden pairs reachable"
        value={`${isolation.forbiddenReachable}`}
        of={`of ${isolation.forbiddenPairs.toLocaleString("en-US")}`}
        bad={!isolation.holds}
      />
    </SimpleGrid>
  );
}

export const Figure = ({
  label,
  value,
  of,
  bad = false,
}: {
  label: string;
  value: string;
  of?: string;
  bad?: boolean;
}) => (
  <Card withBorder padding="md">
    <Text fz="xs" c="dimmed" fw={500}>
      {label}
    </Text>
    <Group gap={6} align="baseline" mt={2}>
      <Text fz={26} fw={680} lh={1.15} c={bad ? "red" : undefined} className="figure">
        {value}
      </Text>
      <Text fz="sm" c="dimmed">
        {of}
      </Text>
    </Group>
  </Card>
);

type Selection = { readonly kind: "node"; readonly name: string } | { readonly kind: "bundle"; readonly key: string };

function Map({ graph, fabric }: { graph: Graph; fabric: string }) {
  const drawing = useMemo(() => drawFabric(graph, fabric), [graph, fabric]);
  const colors = useMemo(() => tenantColors(graph.nodes.flatMap((one) => one.tenant ?? [])), [graph]);
  const [selected, select] = useState<Selection>();
  const near = useMemo(() => neighbours(drawing.bundles, selected), [drawing, selected]);
  return (
    <Paper withBorder p="md" className="map">
      <Group justify="space-between" mb="xs">
        <Group gap="xs">
          {[...colors].map(([name, color]) => (
            <Badge key={name} variant="dot" color={color} tt="none" radius="sm">
              {name}
            </Badge>
          ))}
          <Badge variant="dot" color="gray" tt="none" radius="sm">
            free
          </Badge>
        </Group>
        <Group gap={14} className="legend">
          <span>
            <i style={{ background: "var(--wire)" }} />
            idle
          </span>
          <span>
            <i style={{ background: "var(--load-low)" }} />
            &lt; 50%
          </span>
          <span>
            <i style={{ background: "var(--load-mid)" }} />
            50–80%
          </span>
          <span>
            <i style={{ background: "var(--load-high)" }} />
            &gt; 80%
          </span>
        </Group>
      </Group>
      <div className="scroller">
        <svg
          viewBox={`0 0 ${drawing.width} ${drawing.height}`}
          style={{ minWidth: Math.min(drawing.width, 900) }}
          role="img"
          aria-label={`Map of the ${fabricNames[fabric] ?? fabric} fabric`}
          onClick={() => select(undefined)}
        >
          {drawing.groups.map((group) => (
            <g key={group.label}>
              <rect x={group.x} y={group.y} width={group.width} height={group.height} rx={12} className="unit" />
              <text x={group.x + 12} y={group.y + 18} className="unit-label">
                {group.label}
              </text>
            </g>
          ))}
          {drawing.bundles.map((bundle) => (
            <Wire
              key={bundle.key}
              bundle={bundle}
              faded={near !== undefined && !near.bundles.has(bundle.key)}
              strong={near?.bundles.has(bundle.key) === true}
              onSelect={() => select({ kind: "bundle", key: bundle.key })}
            />
          ))}
          {drawing.placed.map((one) => (
            <Box
              key={one.node.name}
              placed={one}
              color={one.node.tenant === undefined ? undefined : colors.get(one.node.tenant)}
              faded={near !== undefined && !near.nodes.has(one.node.name)}
              onSelect={() => select({ kind: "node", name: one.node.name })}
            />
          ))}
        </svg>
      </div>
      <Detail graph={graph} bundles={drawing.bundles} selected={selected} />
    </Paper>
  );
}

function neighbours(bundles: readonly Bundle[], selected: Selection | undefined) {
  if (selected === undefined) return undefined;
  const touching = bundles.filter((one) =>
    selected.kind === "bundle"
      ? one.key === selected.key
      : one.from.node.name === selected.name || one.to.node.name === selected.name,
  );
  return {
    bundles: new Set(touching.map((one) => one.key)),
    nodes: new Set([
      ...touching.flatMap((one) => [one.from.node.name, one.to.node.name]),
      ...(selected.kind === "node" ? [selected.name] : []),
    ]),
  };
}

function Wire({
  bundle,
  faded,
  strong,
  onSelect,
}: {
  bundle: Bundle;
  faded: boolean;
  strong: boolean;
  onSelect: () => void;
}) {
  const { from, to } = bundle;
  const x1 = from.x + from.width / 2;
  const y1 = from.y + from.height;
  const x2 = to.x + to.width / 2;
  const bend = (to.y - y1) / 2;
  return (
    <path
      d={`M${x1},${y1} C${x1},${y1 + bend} ${x2},${to.y - bend} ${x2},${to.y}`}
      className="wire"
      stroke={bundle.down > 0 ? "var(--load-high)" : loadColor(bundle.load)}
      strokeDasharray={bundle.down > 0 ? "4 4" : undefined}
      strokeWidth={strong ? 2.6 : bundle.load > 0.001 ? 1.5 : 0.9}
      opacity={faded ? 0.07 : bundle.load > 0.001 || strong ? 0.9 : 0.55}
      onClick={(event) => {
        event.stopPropagation();
        onSelect();
      }}
    >
      <title>{`${from.node.name} – ${to.node.name}: ${bundle.links.length} links, ${percent(bundle.load)} of the busiest${bundle.jobs.length > 0 ? `; ${bundle.jobs.join(", ")}` : ""}`}</title>
    </path>
  );
}

function Box({
  placed,
  color,
  faded,
  onSelect,
}: {
  placed: Placed;
  color: string | undefined;
  faded: boolean;
  onSelect: () => void;
}) {
  const { node, x, y, width, height } = placed;
  const label = shortName(node.name, width);
  return (
    <g
      opacity={faded ? 0.25 : 1}
      className="node"
      tabIndex={0}
      role="button"
      aria-label={node.name}
      onKeyDown={(event) => event.key === "Enter" && onSelect()}
      onClick={(event) => {
        event.stopPropagation();
        onSelect();
      }}
    >
      <title>{`${node.name}${node.nos === undefined ? "" : `, ${node.nos}`}${node.tenant === undefined ? "" : `, ${node.tenant}`}`}</title>
      <rect
        x={x}
        y={y}
        width={width}
        height={height}
        rx={7}
        className={node.kind === "host" ? "host" : "switch"}
        style={color === undefined ? undefined : { fill: color, stroke: color }}
      />
      <text
        x={x + width / 2}
        y={y + (node.kind === "host" ? height / 2 + 1 : 17)}
        className={color === undefined ? "name" : "name on-color"}
      >
        {label}
      </text>
      {node.kind === "switch" ? (
        <text x={x + width / 2} y={y + 31} className="nos">
          {node.nos}
        </text>
      ) : (
        (node.gpus ?? 0) > 0 && (
          <text x={x + width / 2} y={y + height / 2 + 14} className={color === undefined ? "nos" : "nos on-color"}>
            {node.gpus} GPU
          </text>
        )
      )}
    </g>
  );
}

/** What still tells it from its neighbours when there is little room. */
const shortName = (name: string, width: number): string => {
  const room = Math.floor(width / 6.4);
  if (name.length <= room) return name;
  const parts = name.split("-");
  const rail = parts.find((part) => /^r\d+$/.test(part));
  return rail ?? parts.slice(1).join("-").slice(-Math.max(3, room)) ?? name;
};

function Detail({
  graph,
  bundles,
  selected,
}: {
  graph: Graph;
  bundles: readonly Bundle[];
  selected: Selection | undefined;
}) {
  if (selected === undefined)
    return (
      <Text fz="sm" c="dimmed" mt="xs">
        Choose a switch, a host or a link to see what it carries.
      </Text>
    );
  const touching = bundles.filter((one) =>
    selected.kind === "bundle"
      ? one.key === selected.key
      : one.from.node.name === selected.name || one.to.node.name === selected.name,
  );
  const links = touching.flatMap((one) => one.links).toSorted((a, b) => b.load - a.load);
  const node = selected.kind === "node" ? graph.nodes.find((one) => one.name === selected.name) : undefined;
  return (
    <Stack gap="xs" mt="md">
      <Group gap="sm">
        <Title order={4}>{node?.name ?? `${touching[0]?.from.node.name} – ${touching[0]?.to.node.name}`}</Title>
        {node?.nos === undefined ? null : <Badge variant="light">{node.nos}</Badge>}
        {node?.tenant === undefined ? null : (
          <Badge variant="light" color="grape">
            {node.tenant}
          </Badge>
        )}
      </Group>
      <Table.ScrollContainer minWidth={560} mah={280}>
        <Table fz="sm" stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Link</Table.Th>
              <Table.Th ta="right">Speed</Table.Th>
              <Table.Th ta="right">Load</Table.Th>
              <Table.Th>Jobs</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {links.slice(0, 64).map((link) => (
              <Table.Tr key={link.id}>
                <Table.Td
                  ff="monospace"
                  fz="xs"
                >{`${link.a.node} ${link.a.port} – ${link.b.node} ${link.b.port}`}</Table.Td>
                <Table.Td ta="right">{rate(link.speedBps)}</Table.Td>
                <Table.Td ta="right">{link.down ? "down" : percent(link.load)}</Table.Td>
                <Table.Td>{link.jobs.join(", ") || "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
