import { Group, Paper, SegmentedControl, SimpleGrid, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { api } from "./api.ts";
import { loadSteps, tenantColors } from "./colors.ts";
import { Faceplates } from "./faceplates.tsx";
import { percent } from "./format.ts";
import { MapDetail } from "./map-detail.tsx";
import { nearOf, viewsOf, type FabricView, type Selection } from "./map-model.ts";
import { MapTip, type Tip } from "./map-tip.tsx";
import { Failed, Figure, PageHead, Waiting } from "./parts.tsx";
import { Tree } from "./tree.tsx";
import type { Status } from "./types.ts";
import { Weave } from "./weave.tsx";

/** The fabric as it is, with its tenants and what their jobs put on each link. */
export function FabricPage({ ask, go }: { ask: (question: string) => void; go: (path: string) => void }) {
  const graph = useQuery({ queryKey: ["graph"], queryFn: api.graph });
  const status = useQuery({ queryKey: ["status"], queryFn: api.status });
  const views = useMemo(() => (graph.data === undefined ? [] : viewsOf(graph.data)), [graph.data]);
  const colors = useMemo(
    () => tenantColors((graph.data?.nodes ?? []).flatMap((one) => one.tenant ?? [])),
    [graph.data],
  );
  const [chosen, choose] = useState<string>();
  if (graph.isError)
    return <Failed what="The fabric can't be shown" error={graph.error} again={() => void graph.refetch()} />;
  const view = views.find((one) => one.key === chosen) ?? views[0];
  if (graph.data === undefined || view === undefined) return <Waiting rows={5} />;
  const switches = graph.data.nodes.filter((one) => one.kind === "switch").length;
  return (
    <Stack gap="md">
      <PageHead
        title="Fabric"
        actions={
          views.length === 1 ? null : (
            <SegmentedControl
              size="sm"
              value={view.key}
              onChange={choose}
              data={views.map((one) => ({ value: one.key, label: one.label }))}
              aria-label="Which fabric"
            />
          )
        }
      >
        {switches} switches, {graph.data.links.length.toLocaleString("en-US")} links. Load is modelled from the jobs'
        own traffic.
      </PageHead>
      {status.data === undefined ? (
        <Skeleton height={92} radius="md" />
      ) : (
        <Figures status={status.data} busiest={busiest(view)} go={go} />
      )}
      <Map view={view} colors={colors} key={view.key} ask={ask} />
    </Stack>
  );
}

const busiest = (view: FabricView): number => Math.max(0, ...view.bundles.map((one) => one.load));

function Figures({ status, busiest, go }: { status: Status; busiest: number; go: (path: string) => void }) {
  const { gpus, sessions, isolation, hosts, links } = status;
  const switches = status.switches.reduce((sum, one) => sum + one.count, 0);
  const asked = isolation.forbiddenPairs > 0;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm" className="figures">
      {gpus.total === 0 ? (
        <Figure label="Switches" value={`${switches}`} of="no GPU host is known" />
      ) : (
        <Figure
          label="GPUs held"
          value={`${gpus.held} / ${gpus.total}`}
          of={`${hosts.free.length} of ${hosts.gpu} hosts are free`}
        />
      )}
      <Figure
        label="BGP sessions"
        value={`${sessions.established} / ${sessions.total}`}
        of={`${status.routes.toLocaleString("en-US")} routes computed`}
        tone={sessions.established === sessions.total ? "good" : "bad"}
      />
      <Figure
        label="Links"
        value={`${links.total - links.down} / ${links.total}`}
        of={links.total === 0 ? "none is known" : links.down === 0 ? "none is down" : `${links.down} down`}
        tone={links.total === 0 ? undefined : links.down === 0 ? "good" : "bad"}
      />
      <Figure label="Busiest link here" value={percent(busiest)} of="of its capacity, modelled" />
      <Figure
        label="Isolation"
        value={isolation.holds ? (asked ? "Holds" : "Not asked") : "Broken"}
        of={
          asked
            ? `${isolation.forbiddenReachable} of ${isolation.forbiddenPairs.toLocaleString("en-US")} forbidden pairs`
            : "no pair is forbidden"
        }
        tone={isolation.holds ? (asked ? "good" : undefined) : "bad"}
        onClick={() => go("/proof")}
      />
    </SimpleGrid>
  );
}

const drawings = { weave: Weave, tree: Tree, faceplates: Faceplates } as const;

function Map({
  view,
  colors,
  ask,
}: {
  view: FabricView;
  colors: ReadonlyMap<string, string>;
  ask: (question: string) => void;
}) {
  const [selected, select] = useState<Selection>();
  const [tip, setTip] = useState<Tip>();
  const near = useMemo(() => nearOf(view, selected), [view, selected]);
  const showTip = useCallback((next: Tip | undefined) => setTip(next), []);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => event.key === "Escape" && select(undefined);
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  const Drawing = drawings[view.shape];
  return (
    <>
      <Paper
        withBorder
        className="map"
        role="region"
        aria-label={`Map of the ${view.label} fabric`}
        onClick={() => select(undefined)}
      >
        <Legend view={view} colors={colors} selected={selected} select={select} />
        <Drawing view={view} colors={colors} near={near} select={select} tip={showTip} />
      </Paper>
      {view.bundles.length === 0 ? (
        <Text fz="sm" c="dimmed">
          No cabling is known: neither a topology nor addresses and descriptions tell what is plugged where.
        </Text>
      ) : null}
      <MapTip tip={tip} />
      {selected === undefined ? null : (
        <MapDetail view={view} selected={selected} close={() => select(undefined)} ask={ask} />
      )}
    </>
  );
}

function Legend({
  view,
  colors,
  selected,
  select,
}: {
  view: FabricView;
  colors: ReadonlyMap<string, string>;
  selected: Selection | undefined;
  select: (selection: Selection | undefined) => void;
}) {
  const chosen = selected?.kind === "tenant" ? selected.tenant : undefined;
  const present = new Set(view.nodes.flatMap((one) => one.tenant ?? []));
  return (
    <Group justify="space-between" className="legend" gap="sm">
      <Group gap={8}>
        {[...colors]
          .filter(([name]) => present.has(name))
          .map(([name, color]) => (
            <UnstyledButton
              key={name}
              className="chip"
              aria-pressed={chosen === name}
              onClick={(event) => {
                event.stopPropagation();
                select(chosen === name ? undefined : { kind: "tenant", tenant: name });
              }}
            >
              <i className="swatch small" style={{ background: color }} />
              {name}
            </UnstyledButton>
          ))}
        {view.nodes.some((one) => one.role === "gpu") ? (
          <span>
            <i className="swatch small hollow" />
            free
          </span>
        ) : null}
      </Group>
      <Group gap={14} aria-label="Link load">
        <Text fz="xs" c="dimmed" fw={550}>
          Link load
        </Text>
        {loadSteps.map((step) => (
          <span key={step.name}>
            <i className="dot" style={{ background: step.color, width: step.radius * 2, height: step.radius * 2 }} />
            {step.name}
          </span>
        ))}
      </Group>
    </Group>
  );
}
