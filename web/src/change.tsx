import {
  Accordion,
  Alert,
  Badge,
  Button,
  Card,
  Code,
  Grid,
  Group,
  Loader,
  Modal,
  Stack,
  Table,
  Tabs,
  Text,
  Timeline,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "./api.ts";
import { stateColor } from "./colors.ts";
import { DiffView } from "./diff.tsx";
import { Figure } from "./fabric.tsx";
import { dollars, percent, when } from "./format.ts";
import { Icon } from "./icons.tsx";
import type { Change, Counterexample, FigureRow } from "./types.ts";

/** One Change with all its parts, and the one thing that can be done with it next. */
export function ChangePage({ id, go }: { id: string; go: (path: string) => void }) {
  const { data: change, error } = useQuery({ queryKey: ["change", id], queryFn: () => api.change(id) });
  if (error)
    return (
      <Alert color="red" title="This Change can't be shown">
        {error.message}
      </Alert>
    );
  if (change === undefined) return <Loader />;
  const { proof, guard, twin, rollback } = change;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="start">
        <div>
          <Group gap="sm">
            <Title order={2}>{change.intent.name ?? change.intent.note ?? change.intent.kind}</Title>
            <Badge size="lg" variant="light" color={stateColor(change.state)}>
              {change.state}
            </Badge>
          </Group>
          <Text c="dimmed" fz="sm">
            <span className="mono">{change.id}</span> · {change.intent.kind} · by {change.requester.name} ·{" "}
            {when(change.createdAt)}
          </Text>
        </div>
        <NextStep change={change} go={go} />
      </Group>
      <Grid>
        <Grid.Col span={{ base: 6, md: 3 }}>
          <Figure
            label="Proof"
            value={proof.holds ? "Holds" : "Fails"}
            of={`${proof.forbiddenReachable} of ${proof.forbiddenPairs.toLocaleString("en-US")} leak`}
            bad={!proof.holds}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 6, md: 3 }}>
          <Figure
            label="Guard"
            value={guard.allowed ? "Allowed" : "Refused"}
            of={`${guard.checked} lines`}
            bad={!guard.allowed}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 6, md: 3 }}>
          <Figure
            label="Devices"
            value={`${new Set(change.diff.map((one) => one.device)).size}`}
            of={`${proof.intermediate.safe}/${proof.intermediate.states} states safe`}
          />
        </Grid.Col>
        <Grid.Col span={{ base: 6, md: 3 }}>
          <Figure
            label="Rollback"
            value={`${rollback.steps.length} steps`}
            of={`${rollback.tested.safe}/${rollback.tested.states} safe`}
          />
        </Grid.Col>
      </Grid>
      <Card withBorder>
        <Stack gap={4}>
          {change.why.map((claim, index) => (
            <Text key={index} title={claim.evidence.map((one) => `${one.field} = ${one.value}`).join("\n")}>
              {claim.text}
            </Text>
          ))}
          <Text fw={600} mt={6}>
            {change.price.summary}
          </Text>
        </Stack>
      </Card>
      <Tabs defaultValue={proof.holds ? "diff" : "proof"} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="diff">Diff</Tabs.Tab>
          <Tabs.Tab value="proof">Proof</Tabs.Tab>
          <Tabs.Tab value="twin">Twin</Tabs.Tab>
          <Tabs.Tab value="price">Price</Tabs.Tab>
          <Tabs.Tab value="rollback">Rollback</Tabs.Tab>
          <Tabs.Tab value="journal">Journal</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="diff" pt="md">
          <DiffView steps={change.diff} />
        </Tabs.Panel>
        <Tabs.Panel value="proof" pt="md">
          <ProofView change={change} />
        </Tabs.Panel>
        <Tabs.Panel value="twin" pt="md">
          <TwinView twin={twin} />
        </Tabs.Panel>
        <Tabs.Panel value="price" pt="md">
          <PriceView price={change.price} />
        </Tabs.Panel>
        <Tabs.Panel value="rollback" pt="md">
          <Text c="dimmed" fz="sm" mb="sm">
            {rollback.tested.against}: {rollback.tested.safe} of {rollback.tested.states} states on the way back are
            safe.
          </Text>
          <DiffView steps={rollback.steps.map((step) => ({ ...step, nos: "", reason: "" }))} />
        </Tabs.Panel>
        <Tabs.Panel value="journal" pt="md">
          <JournalView id={id} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function NextStep({ change, go }: { change: Change; go: (path: string) => void }) {
  const queries = useQueryClient();
  const [asking, ask] = useDisclosure(false);
  const act = useMutation({
    mutationFn: async (): Promise<Change> =>
      change.state === "planned"
        ? api.approve(change.id, change.digest)
        : change.state === "approved"
          ? api.apply(change.id)
          : api.rollback(change.id),
    onSuccess: (next) => notifications.show({ message: `${next.id} is ${next.state}.`, color: stateColor(next.state) }),
    onError: (error) =>
      notifications.show({ title: "That was not done", message: error.message, color: "red", autoClose: 12_000 }),
    onSettled: () => void queries.invalidateQueries(),
  });
  const label = { planned: "Approve", approved: "Apply", closed: "Roll back", failed: "Roll back" }[change.state];
  return (
    <Group gap="xs">
      <Button variant="default" onClick={() => go("/changes")}>
        All Changes
      </Button>
      {label === undefined ? null : (
        <Button
          color={label === "Roll back" ? "orange" : undefined}
          loading={act.isPending}
          onClick={label === "Approve" ? () => act.mutate() : ask.open}
        >
          {label}
        </Button>
      )}
      <Modal opened={asking} onClose={ask.close} title={`${label} ${change.id}?`} centered>
        <Stack>
          <Text fz="sm">
            {label === "Apply"
              ? `${change.diff.length} steps go to the devices now, each with its own confirm timer. If a device or the proof says no, what was done is undone.`
              : "The steps are undone in reverse order, each state on the way proved safe."}
          </Text>
          <Group justify="end">
            <Button variant="default" onClick={ask.close}>
              Cancel
            </Button>
            <Button
              color={label === "Roll back" ? "orange" : undefined}
              onClick={() => {
                ask.close();
                act.mutate();
              }}
            >
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}

function ProofView({ change }: { change: Change }) {
  const { proof, guard } = change;
  return (
    <Stack>
      <Table fz="sm" maw={640}>
        <Table.Tbody>
          <Row
            name="Forbidden pairs reachable"
            value={`${proof.forbiddenReachable} of ${proof.forbiddenPairs.toLocaleString("en-US")}`}
            good={proof.forbiddenReachable === 0}
          />
          <Row
            name="Required pairs reachable"
            value={`${proof.requiredReachable.toLocaleString("en-US")} of ${proof.requiredPairs.toLocaleString("en-US")}`}
            good={proof.requiredReachable === proof.requiredPairs}
          />
          <Row
            name="States between steps safe"
            value={`${proof.intermediate.safe} of ${proof.intermediate.states}`}
            good={proof.intermediate.safe === proof.intermediate.states}
          />
          <Row
            name="Lines within the tenant's own"
            value={`${guard.checked - guard.violations.length} of ${guard.checked}`}
            good={guard.allowed}
          />
        </Table.Tbody>
      </Table>
      <Text fz="sm" c="dimmed">
        Fidelity: {proof.fidelity}, over the configurations as they will be, parsed back from their own text.
      </Text>
      {guard.violations.map((one, index) => (
        <Alert key={index} color="red" title={`${one.device}: ${one.rule}`}>
          <Code>{one.line}</Code>
        </Alert>
      ))}
      {proof.counterexamples.map((one, index) => (
        <CounterexampleView key={index} example={one} />
      ))}
    </Stack>
  );
}

const Row = ({ name, value, good }: { name: string; value: string; good: boolean }) => (
  <Table.Tr>
    <Table.Td w={32} c={good ? "teal" : "red"}>
      <Icon name={good ? "check" : "cross"} size={16} />
    </Table.Td>
    <Table.Td>{name}</Table.Td>
    <Table.Td ta="right" className="figure">
      {value}
    </Table.Td>
  </Table.Tr>
);

const CounterexampleView = ({ example }: { example: Counterexample }) => (
  <Card withBorder className="counterexample">
    <Group gap="sm" mb="xs">
      <Badge color="red" variant="filled">
        {example.kind}
      </Badge>
      <Text fw={600}>
        {example.from} → {example.to}
      </Text>
      <Text fz="sm" c="dimmed" ff="monospace">
        {example.packet.source} → {example.packet.destination} {example.packet.protocol}
        {example.packet.destinationPort === undefined ? "" : ` :${example.packet.destinationPort}`}
      </Text>
    </Group>
    <Timeline bulletSize={14} lineWidth={2} active={example.hops.length}>
      {example.hops.map((hop, index) => (
        <Timeline.Item key={index} title={`${hop.device} · ${hop.networkInstance} · ${hop.action}`}>
          <Text fz="sm" c="dimmed">
            {hop.decision}
            {hop.span === undefined ? "" : ` (${hop.span.file}:${hop.span.line})`}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
    {example.cause === undefined ? null : (
      <Alert
        color="red"
        variant="light"
        mt="md"
        title={`Because of ${example.cause.device}${example.cause.span === undefined ? "" : `, ${example.cause.span.file}:${example.cause.span.line}`}`}
      >
        {example.cause.line === undefined ? null : <Code block>{example.cause.line}</Code>}
        {example.cause.explanation}
      </Alert>
    )}
  </Card>
);

function TwinView({ twin }: { twin: Change["twin"] }) {
  const moved = twin.linkLoad.filter((one) => Math.abs(one.after - one.before) > 0.0005).slice(0, 12);
  return (
    <Stack>
      <Text fz="sm">
        {twin.sessions.established} of {twin.sessions.expected} sessions, {twin.routes.total.toLocaleString("en-US")}{" "}
        routes; {twin.failures.harmless} of {twin.failures.swept} single failures harmless.
      </Text>
      <Table.ScrollContainer minWidth={560}>
        <Table fz="sm" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Check</Table.Th>
              <Table.Th>Result</Table.Th>
              <Table.Th>Fidelity</Table.Th>
              <Table.Th>Detail</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {twin.checks.map((check) => (
              <Table.Tr key={check.name}>
                <Table.Td>{check.name}</Table.Td>
                <Table.Td>
                  <Badge size="sm" variant="light" color={{ pass: "teal", fail: "red" }[check.result] ?? "gray"}>
                    {check.result}
                  </Badge>
                </Table.Td>
                <Table.Td c="dimmed">{check.fidelity}</Table.Td>
                <Table.Td>{check.detail}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {twin.failures.harmful.slice(0, 20).map((one) => (
        <Text key={one.element} fz="sm">
          <b>{one.element}</b>: {one.effect}
        </Text>
      ))}
      {moved.map((one) => (
        <Group key={one.link} justify="space-between" wrap="nowrap">
          <Text fz="xs" ff="monospace" truncate>
            {one.link}
          </Text>
          <Text fz="sm" className="figure">
            {percent(one.before)} → {percent(one.after)}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}

function PriceView({ price }: { price: Change["price"] }) {
  const parts: readonly [string, readonly FigureRow[]][] = [
    ["For the tenant", price.tenant],
    ["For the others", price.others],
    ["For the operator", price.operator],
  ];
  return (
    <Stack>
      {parts.map(([title, figures]) => (
        <div key={title}>
          <Title order={5} mb={6}>
            {title}
          </Title>
          {figures.length === 0 ? (
            <Text fz="sm" c="dimmed">
              Nothing changes.
            </Text>
          ) : (
            <Accordion variant="separated">
              {figures.map((figure) => (
                <Accordion.Item key={figure.name} value={figure.name}>
                  <Accordion.Control>
                    <Group justify="space-between" pr="md">
                      <Text fz="sm">{figure.name}</Text>
                      <Group gap="sm">
                        <Text fw={600} className="figure">
                          {showFigure(figure)}
                        </Text>
                        <Badge
                          size="sm"
                          variant="light"
                          color={{ measured: "teal", derived: "blue" }[figure.grade] ?? "gray"}
                        >
                          {figure.grade}
                        </Badge>
                      </Group>
                    </Group>
                  </Accordion.Control>
                  <Accordion.Panel>
                    <Code block>{figure.formula}</Code>
                    <Table fz="xs" mt="xs">
                      <Table.Tbody>
                        {figure.inputs.map((input, index) => (
                          <Table.Tr key={index}>
                            <Table.Td>{input.name}</Table.Td>
                            <Table.Td ta="right">{input.value}</Table.Td>
                            <Table.Td c="dimmed">{input.grade}</Table.Td>
                            <Table.Td c="dimmed">{input.source}</Table.Td>
                          </Table.Tr>
                        ))}
                      </Table.Tbody>
                    </Table>
                  </Accordion.Panel>
                </Accordion.Item>
              ))}
            </Accordion>
          )}
        </div>
      ))}
    </Stack>
  );
}

const showFigure = ({ value, unit }: FigureRow): string =>
  unit.startsWith("micro-dollars") ? `${dollars(value, 2)}${unit.replace("micro-dollars", "")}` : `${value} ${unit}`;

function JournalView({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: ["journal", id], queryFn: () => api.journal(id) });
  if (data === undefined) return <Loader />;
  return (
    <Timeline bulletSize={12} lineWidth={2} active={data.events.length}>
      {data.events.map((event) => (
        <Timeline.Item key={event.sequence} title={event.kind}>
          <Text fz="xs" c="dimmed">
            {when(event.at)} · {event.detail} · <span className="mono">{event.hash.slice(0, 12)}</span>
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
