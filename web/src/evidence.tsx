import { Popover, Table, Text, UnstyledButton } from "@mantine/core";
import type { Claim } from "./types.ts";

/** A sentence, and the records that it was made from behind a small button. */
export const ClaimText = ({ claim, size = "sm" }: { claim: Claim; size?: "sm" | "md" }) => (
  <Text fz={size} component="div" className="claim">
    {claim.text} {claim.evidence.length === 0 ? null : <Evidence claim={claim} />}
  </Text>
);

const Evidence = ({ claim }: { claim: Claim }) => (
  <Popover width={360} position="bottom-start" shadow="md" withinPortal>
    <Popover.Target>
      <UnstyledButton className="cite" aria-label={`Evidence: ${claim.evidence.length} records`}>
        {claim.evidence.length}
      </UnstyledButton>
    </Popover.Target>
    <Popover.Dropdown p="xs">
      <Text fz="xs" c="dimmed" mb={4}>
        {claim.kind}, from {claim.evidence.length === 1 ? "1 record" : `${claim.evidence.length} records`} of snapshot{" "}
        <span className="mono">{claim.evidence[0]?.version.slice(0, 8)}</span>
      </Text>
      <Table fz="xs" verticalSpacing={3} layout="fixed">
        <Table.Tbody>
          {claim.evidence.map((one) => (
            <Table.Tr key={one.uri}>
              <Table.Td className="mono wrap">{one.uri}</Table.Td>
              <Table.Td ta="right" fw={600} className="wrap" w="40%">
                {one.value}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Popover.Dropdown>
  </Popover>
);
