import { Alert, Badge, Card, Loader, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "./api.ts";
import { stateColor } from "./colors.ts";
import { when } from "./format.ts";

/** All Changes, newest first. */
export function ChangesPage({ go }: { go: (path: string) => void }) {
  const { data, error } = useQuery({ queryKey: ["changes"], queryFn: api.changes });
  if (error) return <Alert color="red">{error.message}</Alert>;
  if (data === undefined) return <Loader />;
  return (
    <Stack gap="lg">
      <div>
        <Title order={2}>Changes</Title>
        <Text c="dimmed" fz="sm">
          Everything that alters the network is one: planned, proved, priced, approved, applied, and undone as a whole.
        </Text>
      </div>
      {data.changes.length === 0 ? (
        <Card withBorder padding="xl">
          <Text fw={600}>No Changes yet</Text>
          <Text c="dimmed" fz="sm">
            Make a tenant, or give an order in Ask. Nothing touches a device before you approve it.
          </Text>
        </Card>
      ) : (
        <Card withBorder padding={0}>
          <Table.ScrollContainer minWidth={640}>
            <Table highlightOnHover verticalSpacing="sm" horizontalSpacing="md">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Change</Table.Th>
                  <Table.Th>What</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th ta="right">Devices</Table.Th>
                  <Table.Th>By</Table.Th>
                  <Table.Th>Planned</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.changes.map((one) => (
                  <Table.Tr key={one.id} className="clickable" onClick={() => go(`/changes/${one.id}`)}>
                    <Table.Td ff="monospace">{one.id}</Table.Td>
                    <Table.Td>
                      {one.summary}
                      <Text fz="xs" c="dimmed">
                        {one.price}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      <Badge variant="light" color={stateColor(one.state)}>
                        {one.state}
                      </Badge>
                    </Table.Td>
                    <Table.Td ta="right">{one.devices}</Table.Td>
                    <Table.Td>{one.requester}</Table.Td>
                    <Table.Td c="dimmed" fz="sm">
                      {when(one.createdAt)}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Card>
      )}
    </Stack>
  );
}
