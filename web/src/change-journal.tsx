import { Table, Text, Tooltip } from "@mantine/core";
import { clock } from "./format.ts";
import type { JournalEvent } from "./types.ts";

/** What happened, event by event; each row's hash covers the one before it. */
export const JournalView = ({ events }: { events: readonly JournalEvent[] }) => (
  <>
    <Text fz="sm" c="dimmed" mb="xs">
      Append-only. Each hash covers its row and the hash before it, so that nothing can be taken out unseen.
    </Text>
    <Table.ScrollContainer minWidth={620}>
      <Table fz="sm" verticalSpacing={5}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="right" w={50}>
              #
            </Table.Th>
            <Table.Th w={110}>Time</Table.Th>
            <Table.Th w={160}>Event</Table.Th>
            <Table.Th>Detail</Table.Th>
            <Table.Th w={120}>Hash</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="figure">
          {events.map((event) => (
            <Table.Tr key={event.sequence}>
              <Table.Td ta="right" c="dimmed">
                {event.sequence}
              </Table.Td>
              <Table.Td className="nowrap">{clock(event.at)}</Table.Td>
              <Table.Td fw={550} className="nowrap">
                {event.kind}
              </Table.Td>
              <Table.Td c="dimmed" fz="xs" className="mono wrap">
                {shorten(event.detail)}
              </Table.Td>
              <Table.Td className="mono" fz="xs">
                <Tooltip label={event.hash} multiline maw={360}>
                  <span>{event.hash.slice(0, 12)}</span>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  </>
);

/** Digests by their first letters: whole, they bury the rest. */
const shorten = (detail: string): string => detail.replaceAll(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, "$1…");
