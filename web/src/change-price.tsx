import { Accordion, Badge, Group, Stack, Table, Text, Title } from "@mantine/core";
import { dollars } from "./format.ts";
import type { Change, FigureRow } from "./types.ts";

/** Who pays what afterwards, each figure down to what it was made from. */
export function PriceView({ price }: { price: Change["price"] }) {
  const parts: readonly [string, readonly FigureRow[]][] = [
    ["For the tenant", price.tenant],
    ["For the other tenants", price.others],
    ["For the operator", price.operator],
  ];
  return (
    <Stack gap="md">
      <Text fw={600}>{price.summary}</Text>
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
            <Accordion variant="contained" chevronPosition="left">
              {figures.map((figure) => (
                <Accordion.Item key={figure.name} value={figure.name}>
                  <Accordion.Control>
                    <Group justify="space-between" gap="sm">
                      <Text fz="sm" className="mono">
                        {figure.name}
                      </Text>
                      <Group gap="sm">
                        <Text fw={650} className="figure">
                          {showFigure(figure)}
                        </Text>
                        <Grade value={figure.grade} />
                      </Group>
                    </Group>
                  </Accordion.Control>
                  <Accordion.Panel>
                    <Inputs figure={figure} />
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

const Inputs = ({ figure }: { figure: FigureRow }) => (
  <>
    <Text fz="xs" c="dimmed">
      = {figure.formula}
    </Text>
    <Table.ScrollContainer minWidth={420}>
      <Table fz="xs" verticalSpacing={4} mt={4}>
        <Table.Tbody className="figure">
          {figure.inputs.map((input, index) => (
            <Table.Tr key={index}>
              <Table.Td>{input.name}</Table.Td>
              <Table.Td ta="right" fw={600}>
                {input.value}
              </Table.Td>
              <Table.Td c="dimmed">{input.grade}</Table.Td>
              <Table.Td c="dimmed" className="mono">
                {input.source}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  </>
);

export const Grade = ({ value }: { value: string }) => (
  <Badge
    size="sm"
    variant="light"
    tt="none"
    radius="sm"
    color={{ measured: "green", derived: "petrol" }[value] ?? "gray"}
  >
    {value}
  </Badge>
);

/** A change of money wears its sign; an amount does not. */
function showFigure({ name, value, unit }: FigureRow): string {
  if (!unit.startsWith("micro-dollars")) return `${value} ${unit}`;
  const sign = name.endsWith("/change") && Number(value) > 0 ? "+" : "";
  return `${sign}${dollars(value)}${unit.replace("micro-dollars", "")}`;
}
