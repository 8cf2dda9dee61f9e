import { Accordion, Badge, Group, Text } from "@mantine/core";
import type { DiffLine } from "./types.ts";

interface Step {
  readonly step: number;
  readonly device: string;
  readonly nos: string;
  readonly reason: string;
  readonly lines: readonly DiffLine[];
}

/** What goes to each device, in its own syntax and in order. */
export function DiffView({ steps }: { steps: readonly Step[] }) {
  if (steps.length === 0)
    return (
      <Text c="dimmed" fz="sm">
        No device changes.
      </Text>
    );
  return (
    <Accordion multiple variant="separated" defaultValue={steps.slice(0, 1).map((one) => `${one.step}`)}>
      {steps.map((one) => (
        <Accordion.Item key={one.step} value={`${one.step}`}>
          <Accordion.Control>
            <Group gap="sm" wrap="nowrap">
              <Badge variant="default" radius="sm" w={36}>
                {one.step}
              </Badge>
              <Text fw={600}>{one.device}</Text>
              {one.nos === "" ? null : <Badge variant="light">{one.nos}</Badge>}
              <Text fz="sm" c="teal" className="figure">
                +{one.lines.filter((line) => line.op === "add").length}
              </Text>
              <Text fz="sm" c="red" className="figure">
                −{one.lines.filter((line) => line.op === "remove").length}
              </Text>
              <Text fz="sm" c="dimmed" truncate visibleFrom="md">
                {one.reason}
              </Text>
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <pre className="diff">
              {one.lines.map((line, index) => (
                <div key={index} className={line.op}>
                  {line.op === "add" ? "+" : line.op === "remove" ? "−" : " "} {line.text}
                </div>
              ))}
            </pre>
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
