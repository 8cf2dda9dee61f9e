import { Alert, Anchor, Badge, Card, Group, SimpleGrid, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "./api.ts";
import { NextStep } from "./change-actions.tsx";
import { JournalView } from "./change-journal.tsx";
import { PriceView } from "./change-price.tsx";
import { CounterexampleView, ProofView } from "./change-proof.tsx";
import { LiveProgress, StateLine, stepsDone } from "./change-state.tsx";
import { TwinView } from "./change-twin.tsx";
import { stateColor } from "./colors.ts";
import { DiffView } from "./diff.tsx";
import { ClaimText } from "./evidence.tsx";
import { many, when } from "./format.ts";
import { Icon } from "./icons.tsx";
import { titleOf } from "./intent.ts";
import { Failed, Figure, Waiting } from "./parts.tsx";
import type { Change } from "./types.ts";

const running = new Set(["applying", "applied", "verified", "rolling-back"]);

/** One Change with all its parts, and the one thing that can be done with it next. */
export function ChangePage({ id, go }: { id: string; go: (path: string) => void }) {
  const { data: change, error, refetch } = useQuery({ queryKey: ["change", id], queryFn: () => api.change(id) });
  const journal = useQuery({
    queryKey: ["journal", id],
    queryFn: () => api.journal(id),
    refetchInterval: running.has(change?.state ?? "") ? 1000 : false,
  });
  const [tab, open] = useState<string | null>(null);
  if (error) return <Failed what="This Change can't be shown" error={error} again={() => void refetch()} />;
  if (change === undefined) return <Waiting rows={6} />;
  const events = journal.data?.events ?? [];
  const done = stepsDone(events);
  const refused = change.state === "refused";
  return (
    <Stack gap="md">
      <Head change={change} go={go} />
      <Card withBorder p="md">
        <StateLine change={change} events={events} />
        <LiveProgress change={change} done={done} />
      </Card>
      {refused ? <Refusal change={change} /> : null}
      <Verdicts change={change} open={open} />
      <Card withBorder p="md">
        <Text fw={650} fz="sm" mb={6}>
          Why, and what follows
        </Text>
        <Stack gap={4} className="claims">
          {change.why.map((claim, index) => (
            <ClaimText key={index} claim={claim} />
          ))}
        </Stack>
      </Card>
      <Tabs value={tab ?? "diff"} onChange={open} keepMounted={false}>
        <Tabs.List className="tabs">
          <Tabs.Tab value="diff">Diff</Tabs.Tab>
          <Tabs.Tab value="proof">Proof</Tabs.Tab>
          <Tabs.Tab value="twin">Twin</Tabs.Tab>
          <Tabs.Tab value="price">Price</Tabs.Tab>
          <Tabs.Tab value="rollback">Rollback</Tabs.Tab>
          <Tabs.Tab value="journal">Journal</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="diff" pt="md">
          <DiffView steps={change.diff} done={done} />
        </Tabs.Panel>
        <Tabs.Panel value="proof" pt="md">
          <ProofView change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="twin" pt="md">
          <TwinView twin={change.twin} />
        </Tabs.Panel>
        <Tabs.Panel value="price" pt="md">
          <PriceView price={change.price} />
        </Tabs.Panel>
        <Tabs.Panel value="rollback" pt="md">
          <Text c="dimmed" fz="sm" mb="sm">
            Tried against {change.rollback.tested.against}: {change.rollback.tested.safe} of{" "}
            {change.rollback.tested.states} states on the way back are safe.
          </Text>
          <DiffView steps={change.rollback.steps} />
        </Tabs.Panel>
        <Tabs.Panel value="journal" pt="md">
          <Card withBorder p="md">
            <JournalView events={events} />
          </Card>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

const Head = ({ change, go }: { change: Change; go: (path: string) => void }) => (
  <div>
    <Anchor
      href="/changes"
      fz="sm"
      c="dimmed"
      onClick={(event) => {
        event.preventDefault();
        go("/changes");
      }}
    >
      Changes
    </Anchor>
    <Text span fz="sm" c="dimmed">
      {" / "}
      <span className="mono">{change.id}</span>
    </Text>
    <Group justify="space-between" align="start" gap="sm" mt={2}>
      <div className="page-head">
        <Group gap={10}>
          <Title order={2}>{titleOf(change)}</Title>
          <Badge size="lg" variant="light" radius="sm" tt="none" color={stateColor(change.state)}>
            {change.state}
          </Badge>
        </Group>
        <Text c="dimmed" fz="sm">
          by {change.requester.name}
          {change.requester.onBehalfOf === undefined ? "" : ` for ${change.requester.onBehalfOf}`},{" "}
          {when(change.createdAt)} · digest <span className="mono">{change.digest.slice(0, 12)}</span> · for snapshot{" "}
          <span className="mono">{change.base.slice(0, 12)}</span>
        </Text>
      </div>
      <NextStep change={change} />
    </Group>
  </div>
);

function Refusal({ change }: { change: Change }) {
  const { proof, guard, findings } = change;
  const [example] = proof.counterexamples;
  const reasons = [
    ...(guard.allowed ? [] : [`${many(guard.violations.length, "line")} may not be touched by it`]),
    ...(proof.forbiddenReachable === 0
      ? []
      : [`${many(proof.forbiddenReachable, "forbidden pair")} could talk afterwards`]),
    ...(proof.requiredReachable === proof.requiredPairs
      ? []
      : [`${many(proof.requiredPairs - proof.requiredReachable, "required pair")} could no longer talk`]),
    ...(proof.intermediate.safe === proof.intermediate.states
      ? []
      : [`${many(proof.intermediate.states - proof.intermediate.safe, "state")} on the way would not be safe`]),
  ];
  return (
    <Stack gap="sm">
      <Alert
        color="red"
        variant="light"
        title="Refused. Nothing was touched, and it can't be approved."
        icon={<Icon name="alert" />}
        role="alert"
      >
        <ul className="plain">
          {reasons.map((one) => (
            <li key={one}>{one}</li>
          ))}
          {findings
            .filter((one) => one.severity === "error")
            .slice(0, 5)
            .map((one) => (
              <li key={one.message}>{one.message}</li>
            ))}
        </ul>
      </Alert>
      {example === undefined ? null : <CounterexampleView example={example} />}
    </Stack>
  );
}

function Verdicts({ change, open }: { change: Change; open: (tab: string) => void }) {
  const { proof, guard, twin, rollback, price } = change;
  const failed = twin.checks.filter((one) => one.result === "fail").length;
  const isolated = proof.forbiddenReachable === 0 && proof.requiredReachable === proof.requiredPairs;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      <Figure
        label="Guard"
        value={guard.allowed ? "Allowed" : "Refused"}
        of={`${many(guard.checked, "line")} checked`}
        tone={guard.allowed ? "good" : "bad"}
        onClick={() => open("diff")}
      />
      <Figure
        label="Isolation"
        value={isolated ? "Holds" : "Broken"}
        of={`${proof.forbiddenReachable} of ${proof.forbiddenPairs.toLocaleString("en-US")} leak`}
        tone={isolated ? "good" : "bad"}
        onClick={() => open("proof")}
      />
      <Figure
        label="On the way"
        value={
          proof.intermediate.states === 0 ? "One step" : `${proof.intermediate.safe} / ${proof.intermediate.states}`
        }
        of={proof.intermediate.states === 0 ? "no state between" : "states are safe"}
        tone={proof.intermediate.safe === proof.intermediate.states ? "good" : "bad"}
        onClick={() => open("proof")}
      />
      <Figure
        label="Twin"
        value={`${twin.checks.filter((one) => one.result === "pass").length} pass`}
        of={`${failed} fail, ${twin.checks.length - failed - twin.checks.filter((one) => one.result === "pass").length} not covered`}
        tone={failed === 0 ? "good" : "bad"}
        onClick={() => open("twin")}
      />
      <Figure
        label="Price"
        value={/^[+-]?\$[\d.,]+\/\w+/.exec(price.summary)?.[0] ?? "No change"}
        of={price.summary.split(/;\s*/)[1] ?? "nothing else"}
        onClick={() => open("price")}
      />
      <Figure
        label="Rollback"
        value={many(rollback.steps.length, "step")}
        of={
          rollback.tested.states === 0
            ? "no state between"
            : `${rollback.tested.safe} of ${rollback.tested.states} states safe`
        }
        tone={rollback.tested.safe === rollback.tested.states ? "good" : "bad"}
        onClick={() => open("rollback")}
      />
    </SimpleGrid>
  );
}
