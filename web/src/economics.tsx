import { Card, Group, Modal, Progress, SimpleGrid, Stack, Table, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "./api.ts";
import { Explanation } from "./explanation.tsx";
import { dollars, percent } from "./format.ts";
import { Failed, Figure, PageHead, Waiting } from "./parts.tsx";
import type { CostReport } from "./types.ts";

/** Compute in cool hues, network in warm ones, the house in grey: the split is seen before it is read. */
const pools: Readonly<Record<string, { label: string; color: string }>> = {
  gpu: { label: "GPUs", color: "#0b7285" },
  host: { label: "Hosts", color: "#3a94a6" },
  nic: { label: "NICs", color: "#e8a33d" },
  "fabric.leaf": { label: "Leaves", color: "#c2571a" },
  "fabric.spine": { label: "Spines", color: "#e07b39" },
  "fabric.optics": { label: "Optics and cables", color: "#f0b070" },
  "energy.compute": { label: "Energy, compute", color: "#6a8fbf" },
  "energy.network": { label: "Energy, network", color: "#8a6d3b" },
  storage: { label: "Storage", color: "#7a6fb0" },
  facility: { label: "Facility", color: "#7d8b95" },
  operations: { label: "Operations", color: "#aab5bc" },
};
/** What idle is the sum of. */
const idle = ["idle/free-hosts", "idle/network"] as const;
const poolOf = (name: string) => pools[name] ?? { label: name, color: "#99a5ad" };

/** What the factory costs by the hour, who bears it, and what of it is network; idle is a row. */
export function EconomicsPage() {
  const { data, error, refetch } = useQuery({ queryKey: ["costs"], queryFn: api.costs });
  const [figures, explain] = useState<readonly string[]>();
  if (error) return <Failed what="The costs can't be shown" error={error} again={() => void refetch()} />;
  if (data === undefined) return <Waiting rows={5} />;
  return (
    <Stack gap="md">
      <PageHead title="Economics">
        Price book {data.book}; its figures are {data.grade}. The rows sum to the total exactly; choose a number to see
        what it was made from.
      </PageHead>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        <Figure label="Factory" value={dollars(data.perHour)} of="an hour" onClick={() => explain(["cost/total"])} />
        <Figure
          label="A GPU-hour"
          value={dollars(data.perGpuHour, 3)}
          of="all costs over all GPUs"
          onClick={() => explain(["cost/per-gpu-hour"])}
        />
        <Figure
          label="of it network"
          value={dollars(data.networkPerGpuHour, 3)}
          of={`${percent(data.networkShare)} of a GPU-hour`}
          onClick={() => explain(["cost/network-per-gpu-hour"])}
        />
        <Figure
          label="Idle"
          value={dollars(data.idle)}
          of={`an hour, ${percent(Number(data.idle) / Number(data.perHour))} of all`}
          onClick={() => explain(idle)}
        />
      </SimpleGrid>
      <Split data={data} explain={explain} />
      <Bearers data={data} explain={explain} />
      <Modal opened={figures !== undefined} onClose={() => explain(undefined)} title={figures?.join(" + ")} size="xl">
        {figures?.map((figure) => (
          <Explanation key={figure} figure={figure} />
        ))}
      </Modal>
    </Stack>
  );
}

function Split({ data, explain }: { data: CostReport; explain: (figures: readonly string[]) => void }) {
  const total = Number(data.perHour);
  const shown = data.pools.filter((one) => Number(one.perHour) > 0);
  return (
    <Card withBorder p="md">
      <Text fw={650} fz="sm" mb="sm">
        Where an hour's money goes
      </Text>
      <Progress.Root size={34} radius="sm">
        {shown.map((one) => (
          <Tooltip
            key={one.pool}
            label={`${poolOf(one.pool).label}: ${dollars(one.perHour)} (${percent(Number(one.perHour) / total)})`}
          >
            <Progress.Section
              value={(Number(one.perHour) / total) * 100}
              color={poolOf(one.pool).color}
              aria-label={poolOf(one.pool).label}
            />
          </Tooltip>
        ))}
      </Progress.Root>
      <div className="pools">
        {shown.map((one) => (
          <UnstyledButton key={one.pool} className="pool" onClick={() => explain([`pool/${one.pool}`])}>
            <span className="swatch small" style={{ background: poolOf(one.pool).color }} />
            <span>{poolOf(one.pool).label}</span>
            <b className="figure">{dollars(one.perHour)}</b>
            <em className="figure">{percent(Number(one.perHour) / total)}</em>
          </UnstyledButton>
        ))}
      </div>
    </Card>
  );
}

function Bearers({ data, explain }: { data: CostReport; explain: (figures: readonly string[]) => void }) {
  const total = Number(data.perHour);
  const rest = [
    { name: "idle", note: "free hosts, and compute network that nobody uses or is promised", figures: idle },
    { name: "platform", note: "storage, front end, out of band, management", figures: ["platform"] },
    { name: "unattributed", note: "traffic and hosts without one clear owner", figures: ["unattributed"] },
  ] as const;
  return (
    <Card withBorder p={0}>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing={9} horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Borne by</Table.Th>
              <Table.Th ta="right">GPUs</Table.Th>
              <Table.Th ta="right">An hour</Table.Th>
              <Table.Th ta="right">Share</Table.Th>
              <Table.Th ta="right">of it network</Table.Th>
              <Table.Th ta="right">Jobless hosts</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className="figure">
            {data.tenants.map((one) => (
              <Table.Tr key={one.tenant}>
                <Table.Td fw={600}>
                  <UnstyledButton className="link" onClick={() => explain([`tenant/${one.tenant}`])}>
                    {one.tenant}
                  </UnstyledButton>
                </Table.Td>
                <Table.Td ta="right">{one.gpus}</Table.Td>
                <Table.Td ta="right" fw={600}>
                  {dollars(one.perHour)}
                </Table.Td>
                <Table.Td ta="right">{percent(Number(one.perHour) / total)}</Table.Td>
                <Table.Td ta="right" className="nowrap">
                  {dollars(one.network)}{" "}
                  <Text span c="dimmed" fz="sm">
                    ({percent(Number(one.network) / Math.max(1, Number(one.perHour)))})
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{dollars(one.reservedIdle)}</Table.Td>
              </Table.Tr>
            ))}
            {rest.map(({ name, note, figures }) => (
              <Table.Tr key={name}>
                <Table.Td>
                  <Group gap={8}>
                    <UnstyledButton className="link" onClick={() => explain(figures)}>
                      {name}
                    </UnstyledButton>
                    <Text span fz="xs" c="dimmed" visibleFrom="md">
                      {note}
                    </Text>
                  </Group>
                </Table.Td>
                <Table.Td />
                <Table.Td ta="right">{dollars(data[name])}</Table.Td>
                <Table.Td ta="right">{percent(Number(data[name]) / total)}</Table.Td>
                <Table.Td />
                <Table.Td />
              </Table.Tr>
            ))}
            <Table.Tr className="total">
              <Table.Td>Total</Table.Td>
              <Table.Td ta="right">{data.tenants.reduce((sum, one) => sum + one.gpus, 0)}</Table.Td>
              <Table.Td ta="right">{dollars(data.perHour)}</Table.Td>
              <Table.Td ta="right">100.0%</Table.Td>
              <Table.Td />
              <Table.Td />
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
