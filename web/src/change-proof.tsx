import { Alert, Badge, Card, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { Icon } from "./icons.tsx";
import type { Change, Counterexample, Hop } from "./types.ts";

/** What was proved over the configurations as they will be, and the packets that say otherwise. */
export function ProofView({ change: { proof, guard } }: { change: Change }) {
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <Law
          holds={proof.forbiddenReachable === 0}
          title="What must not talk, does not"
          value={`${proof.forbiddenReachable.toLocaleString("en-US")} of ${proof.forbiddenPairs.toLocaleString("en-US")} forbidden pairs reachable`}
        />
        <Law
          holds={proof.requiredReachable === proof.requiredPairs}
          title="What must talk, does"
          value={`${proof.requiredReachable.toLocaleString("en-US")} of ${proof.requiredPairs.toLocaleString("en-US")} required pairs reachable`}
        />
        <Law
          holds={proof.intermediate.safe === proof.intermediate.states}
          title="Every state on the way"
          value={`${proof.intermediate.safe} of ${proof.intermediate.states} states between two steps are safe`}
        />
        <Law
          holds={guard.allowed}
          title="Only its own lines"
          value={`${guard.checked - guard.violations.length} of ${guard.checked} lines are ones that it may touch`}
        />
      </SimpleGrid>
      <Text fz="sm" c="dimmed">
        <Fidelity value={proof.fidelity} /> over the configurations as they will be, read back from their own text.
      </Text>
      {guard.violations.slice(0, 20).map((one, index) => (
        <Alert key={index} color="red" variant="light" title={`${one.device}: ${one.rule}`}>
          <code className="mono">{one.line}</code>
        </Alert>
      ))}
      {proof.counterexamples.map((one, index) => (
        <CounterexampleView key={index} example={one} />
      ))}
    </Stack>
  );
}

export const Law = ({ holds, title, value }: { holds: boolean; title: string; value: string }) => (
  <Card withBorder p="sm">
    <Group gap={10} wrap="nowrap" align="start">
      <span className={`tone big ${holds ? "good" : "bad"}`}>
        <Icon name={holds ? "check" : "cross"} size={16} />
      </span>
      <div>
        <Text fw={600} fz="sm">
          {title}
        </Text>
        <Text fz="sm" c="dimmed" className="figure">
          {value}
        </Text>
      </div>
    </Group>
  </Card>
);

const fidelities: Readonly<Record<string, string>> = { emulated: "green", computed: "petrol", modelled: "yellow" };

export const Fidelity = ({ value }: { value: string }) => (
  <Badge variant="light" color={fidelities[value] ?? "gray"} tt="none" size="sm" radius="sm">
    {value}
  </Badge>
);

const kinds = { leak: "Leak", unreachable: "Unreachable", loop: "Loop", "black-hole": "Black hole" } as const;

/** One packet that does what it must not, or fails to do what it must, hop by hop to the line that decides. */
export function CounterexampleView({ example }: { example: Counterexample }) {
  const { packet, cause } = example;
  const sameLine = example.hops.findIndex(
    (hop) => hop.device === cause?.device && hop.span?.line === cause?.span?.line,
  );
  const blamed = sameLine >= 0 ? sameLine : example.hops.findIndex((hop) => hop.device === cause?.device);
  return (
    <Card withBorder p="md" className="counterexample" aria-label="Counterexample">
      <Group gap={8}>
        <Badge color="red.9" variant="filled" radius="sm" tt="none">
          {kinds[example.kind]}
        </Badge>
        <Text fw={650}>
          {example.from} → {example.to}
        </Text>
        {example.step === undefined ? null : (
          <Text fz="sm" c="dimmed">
            in the state after step {example.step}
          </Text>
        )}
      </Group>
      <Text fz="sm" className="mono" mt={4}>
        {packet.source} → {packet.destination} {packet.protocol}
        {packet.destinationPort === undefined ? "" : ` port ${packet.destinationPort}`}
      </Text>
      <ol className="hops">
        {example.hops.map((hop, index) => (
          <HopView key={index} hop={hop} blamed={index === blamed} />
        ))}
      </ol>
      {cause === undefined ? null : (
        <div className="cause">
          <Text fz="sm" fw={650}>
            Because of {cause.device}
            {cause.span === undefined ? "" : `, ${cause.span.file}:${cause.span.line}`}
          </Text>
          {cause.line === undefined ? null : (
            <pre className="code">
              <span className="at">{cause.span?.line ?? ""}</span>
              {cause.line}
            </pre>
          )}
          <Text fz="sm">{cause.explanation}</Text>
        </div>
      )}
    </Card>
  );
}

const HopView = ({ hop, blamed }: { hop: Hop; blamed: boolean }) => (
  <li className={blamed ? "hop blamed" : "hop"}>
    <Group gap={8}>
      <Text fw={600} fz="sm">
        {hop.device}
      </Text>
      <Text fz="xs" c="dimmed" className="mono">
        {hop.networkInstance}
      </Text>
      <Badge
        size="sm"
        variant="light"
        color={hop.action === "drop" ? "red" : hop.action === "deliver" ? "green" : "gray"}
        tt="none"
        radius="sm"
      >
        {hop.action}
      </Badge>
      {hop.inInterface === undefined && hop.outInterface === undefined ? null : (
        <Text fz="xs" c="dimmed" className="mono">
          {hop.inInterface ?? "·"} → {hop.outInterface ?? "·"}
        </Text>
      )}
    </Group>
    <Text fz="sm">
      {hop.decision}
      {hop.span === undefined ? null : (
        <Text span fz="xs" c="dimmed" className="mono">
          {" "}
          {hop.span.file}:{hop.span.line}
        </Text>
      )}
    </Text>
  </li>
);
