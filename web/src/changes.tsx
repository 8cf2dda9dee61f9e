import { Anchor, Badge, Card, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "./api.ts";
import { stateColor } from "./colors.ts";
import { when } from "./format.ts";
import { Empty, Failed, PageHead, Waiting } from "./parts.tsx";

/** All Changes, newest first. */
export function ChangesPage({ go }: { go: (path: string) => void }) {
  const { data, error, refetch } = useQuery({ queryKey: ["changes"], queryFn: api.changes });
  if (error) return <Failed what="The Changes can't be shown" error={error} again={() => void refetch()} />;
  if (data === undefined) return <Waiting />;
  return (
    <Stack gap="md">
      <PageHead title="Changes">
        Everything that alters the network is one: planned, proved, priced, approved, applied, and undone as a whole.
      </PageHead>
      {data.changes.length === 0 ? (
        <Empty title="No Changes yet">
          Make a tenant, or give an order in Ask. Nothing touches a device before you approve it.
        </Empty>
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
                    <Table.Td className="nowrap">
                      <Anchor
                        href={`/changes/${one.id}`}
                        className="mono"
                        onClick={(event) => {
                          event.preventDefault();
                          event.stopPropagation();
                          go(`/changes/${one.id}`);
                        }}
                      >
                        {one.id}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>
                      {one.summary}
                      <Text fz="xs" c="dimmed">
                        {one.price}
                      </Text>
                    </Table.Td>
                    <Table.Td>
                      <Badge variant="light" tt="none" radius="sm" color={stateColor(one.state)}>
                        {one.state}
                      </Badge>
                    </Table.Td>
                    <Table.Td ta="right" className="figure">
                      {one.devices}
                    </Table.Td>
                    <Table.Td>{one.requester}</Table.Td>
                    <Table.Td c="dimmed" fz="sm" className="nowrap figure">
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
