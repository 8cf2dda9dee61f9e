import { Alert, Card, Group, Loader, Progress, SimpleGrid, Stack, Table, Text, Title, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "./api.ts";
import { Figure } from "./fabric.tsx";
import { dollars, percent } from "./format.ts";

const poolColors = [
  "teal.7",
  "cyan.6",
  "blue.6",
  "indigo.6",
  "violet.6",
  "grape.6",
  "pink.6",
  "orange.6",
  "yellow.6",
  "lime.6",
  "gray.6",
];

/** What the factory costs by the hour, who bears it, and what of it is network; idle is a row. */
export function EconomicsPage() {
  const { data, error } = useQuery({ queryKey: ["costs"], queryFn: api.costs });
  if (error) return <Alert color="red">{error.message}</Alert>;
  if (data === undefined) return <Loader />;
  const total = Number(data.perHour);
  const pools = data.pools.filter((one) => Number(one.perHour) > 0);
  return (
    <Stack gap="lg">
      <div>
        <Title order={2}>Economics</Title>
        <Text c="dimmed" fz="sm">
          Price book {data.book}. Figures are {data.grade}; the rows sum to the total exactly.
        </Text>
      </div>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label="Factory" value={dollars(data.perHour)} of="an hour" />
        <Figure label="A GPU-hour" value={dollars(data.perGpuHour, 3)} />
        <Figure label="of which network" value={dollars(data.networkPerGpuHour, 3)} of={percent(data.networkShare)} />
        <Figure label="Idle" value={dollars(data.idle)} of="an hour" />
      </SimpleGrid>
      <Card withBorder>
        <Text fw={600} mb="sm">
          Where an hour's money goes
        </Text>
        <Progress.Root size={30} radius="sm">
          {pools.map((one, index) => (
            <Tooltip
              key={one.pool}
              label={`${one.pool}: ${dollars(one.perHour)} (${percent(Number(one.perHour) / total)})`}
            >
              <Progress.Section
                value={(Number(one.perHour) / total) * 100}
                color={poolColors[index % poolColors.length] ?? "gray"}
              />
            </Tooltip>
          ))}
        </Progress.Root>
        <Group gap="md" mt="sm">
          {pools.map((one, index) => (
            <Group key={one.pool} gap={6}>
              <span
                className="swatch small"
                style={{
                  background: `var(--mantine-color-${(poolColors[index % poolColors.length] ?? "gray.6").replace(".", "-")})`,
                }}
              />
              <Text fz="xs" c="dimmed">
                {one.pool} {percent(Number(one.perHour) / total)}
              </Text>
            </Group>
          ))}
        </Group>
      </Card>
      <Card withBorder padding={0}>
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="sm" horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Borne by</Table.Th>
                <Table.Th ta="right">GPUs</Table.Th>
                <Table.Th ta="right">An hour</Table.Th>
                <Table.Th ta="right">Network</Table.Th>
                <Table.Th ta="right">Hosts without a job</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody className="figure">
              {data.tenants.map((one) => (
                <Table.Tr key={one.tenant}>
                  <Table.Td fw={600}>{one.tenant}</Table.Td>
                  <Table.Td ta="right">{one.gpus}</Table.Td>
                  <Table.Td ta="right">{dollars(one.perHour)}</Table.Td>
                  <Table.Td ta="right">{dollars(one.network)}</Table.Td>
                  <Table.Td ta="right">{dollars(one.reservedIdle)}</Table.Td>
                </Table.Tr>
              ))}
              {(["idle", "unattributed", "platform"] as const).map((name) => (
                <Table.Tr key={name}>
                  <Table.Td c="dimmed">{name}</Table.Td>
                  <Table.Td />
                  <Table.Td ta="right">{dollars(data[name])}</Table.Td>
                  <Table.Td />
                  <Table.Td />
                </Table.Tr>
              ))}
              <Table.Tr fw={650}>
                <Table.Td>Total</Table.Td>
                <Table.Td />
                <Table.Td ta="right">{dollars(data.perHour)}</Table.Td>
                <Table.Td />
                <Table.Td />
              </Table.Tr>
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Card>
    </Stack>
  );
}
