import { Alert, Card, Progress, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { Fidelity } from "./change-proof.tsx";
import { percent } from "./format.ts";
import { Icon } from "./icons.tsx";
import { Figure } from "./parts.tsx";
import type { Change, TwinCheck } from "./types.ts";

/** What the network will do, as the twin sees it, with how well each thing is known. */
export function TwinView({ twin }: { twin: Change["twin"] }) {
  const { sessions, routes, failures } = twin;
  const moved = twin.linkLoad
    .filter((one) => Math.abs(one.after - one.before) > 0.0005)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
        <Figure
          label="Sessions"
          value={`${sessions.established} / ${sessions.expected}`}
          of="established afterwards"
          tone={sessions.established === sessions.expected ? "good" : "bad"}
        />
        <Figure label="Routes" value={routes.total.toLocaleString("en-US")} of="in all tables afterwards" />
        <Figure
          label="Single failures"
          value={`${failures.harmless} / ${failures.swept}`}
          of="of those swept break nothing"
          tone={failures.harmless === failures.swept ? "good" : "bad"}
        />
      </SimpleGrid>
      <Card withBorder p="sm">
        <ChecksTable checks={twin.checks} />
      </Card>
      {failures.harmful.length === 0 ? null : (
        <Alert color="orange" variant="light" title="Failures that would hurt">
          {failures.harmful.slice(0, 20).map((one) => (
            <Text key={one.element} fz="sm">
              <b>{one.element}</b>: {one.effect}
            </Text>
          ))}
        </Alert>
      )}
      <div>
        <Title order={5} mb={6}>
          Link load
        </Title>
        {moved.length === 0 ? (
          <Text fz="sm" c="dimmed">
            No link carries more or less than before: the jobs that run stay as they are.
          </Text>
        ) : (
          <Table fz="xs" verticalSpacing={4}>
            <Table.Tbody className="figure">
              {moved.slice(0, 16).map((one) => (
                <Table.Tr key={one.link}>
                  <Table.Td className="mono wrap">{one.link}</Table.Td>
                  <Table.Td w={120} visibleFrom="sm">
                    <Progress value={one.after * 100} size="sm" aria-label={`${one.link} afterwards`} />
                  </Table.Td>
                  <Table.Td ta="right" w={140}>
                    {percent(one.before)} → {percent(one.after)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </div>
    </Stack>
  );
}

const marks = { pass: ["check", "good"], fail: ["cross", "bad"] } as const;

/** Checks with their result and how well it is known; what was not covered is said as loudly as what was. */
export const ChecksTable = ({ checks }: { checks: readonly TwinCheck[] }) => (
  <Table.ScrollContainer minWidth={520}>
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
        {checks.map((check) => {
          const [icon, tone] = marks[check.result === "pass" ? "pass" : "fail"];
          return (
            <Table.Tr key={check.name}>
              <Table.Td fw={550}>{check.name}</Table.Td>
              <Table.Td className="nowrap">
                {check.result === "not covered" ? (
                  <Text fz="sm" c="dimmed">
                    not covered
                  </Text>
                ) : (
                  <span className={`tone ${tone}`}>
                    <Icon name={icon} size={14} /> {check.result}
                  </span>
                )}
              </Table.Td>
              <Table.Td>
                <Fidelity value={check.fidelity} />
              </Table.Td>
              <Table.Td c="dimmed">{check.detail}</Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
);
