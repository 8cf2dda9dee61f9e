import { ActionIcon, Badge, Button, Card, Group, Modal, ScrollArea, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { api } from "./api.ts";
import { percent, rate } from "./format.ts";
import { Icon } from "./icons.tsx";
import { bundlesNear, type FabricView, type Selection } from "./map-model.ts";
import { Failed, Waiting } from "./parts.tsx";

/** What is chosen on the map: its links, busiest first, and what else can be asked of it. */
export function MapDetail({
  view,
  selected,
  close,
  ask,
}: {
  view: FabricView;
  selected: Selection;
  close: () => void;
  ask: (question: string) => void;
}) {
  const [reading, config] = useDisclosure(false);
  const touching = bundlesNear(view, selected);
  const links = touching.flatMap((one) => one.links).toSorted((a, b) => b.load - a.load);
  const node = selected.kind === "node" ? view.nodes.find((one) => one.name === selected.name) : undefined;
  const name =
    node?.name ?? (selected.kind === "tenant" ? selected.tenant : undefined) ?? touching[0]?.ends.join(" – ") ?? "";
  return (
    <Card withBorder shadow="lg" p="md" className="detail" role="region" aria-label={`Details of ${name}`}>
      <Group justify="space-between" wrap="nowrap" align="start">
        <div>
          <Group gap={8}>
            <Title order={4}>{name}</Title>
            {node?.nos === undefined ? null : <Badge variant="default">{node.nos}</Badge>}
            {node?.tenant === undefined ? null : <Badge variant="default">{node.tenant}</Badge>}
          </Group>
          <Text fz="sm" c="dimmed">
            {links.length === 1 ? "1 link" : `${links.length} links`} in this fabric
            {links[0] === undefined ? "" : `, the busiest at ${percent(links[0].load)}`}
          </Text>
        </div>
        <Group gap={6} wrap="nowrap">
          {node?.kind === "switch" ? (
            <>
              <Button
                size="compact-sm"
                variant="default"
                visibleFrom="sm"
                onClick={() => ask(`which jobs use ${node.name}?`)}
              >
                Which jobs use it?
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                visibleFrom="sm"
                onClick={() => ask(`what happens if ${node.name} fails?`)}
              >
                What if it fails?
              </Button>
              <Button size="compact-sm" variant="light" onClick={config.open}>
                Configuration
              </Button>
            </>
          ) : null}
          <ActionIcon variant="subtle" color="gray" onClick={close} aria-label="Close details">
            <Icon name="cross" size={16} />
          </ActionIcon>
        </Group>
      </Group>
      <Table.ScrollContainer minWidth={480} mah={selected.kind === "tenant" ? 132 : 196} mt={8}>
        <Table fz="xs" stickyHeader verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Link</Table.Th>
              <Table.Th ta="right">Speed</Table.Th>
              <Table.Th ta="right">Load</Table.Th>
              <Table.Th>Jobs</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className="figure">
            {links.slice(0, 96).map((link) => (
              <Table.Tr key={link.id}>
                <Table.Td className="mono">{`${link.a.node} ${link.a.port} – ${link.b.node} ${link.b.port}`}</Table.Td>
                <Table.Td ta="right">{rate(link.speedBps)}</Table.Td>
                <Table.Td ta="right">{link.down ? "down" : percent(link.load)}</Table.Td>
                <Table.Td>{link.jobs.join(", ") || "–"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Modal
        opened={reading}
        onClose={config.close}
        title={`Configuration of ${name}`}
        size="xl"
        scrollAreaComponent={ScrollArea.Autosize}
      >
        <Configuration name={name} />
      </Modal>
    </Card>
  );
}

function Configuration({ name }: { name: string }) {
  const { data, error } = useQuery({ queryKey: ["config", name], queryFn: () => api.config(name) });
  if (error) return <Failed what="The configuration can't be shown" error={error} />;
  if (data === undefined) return <Waiting rows={6} />;
  return data.files.map((file) => (
    <div key={file.path}>
      <Text fz="xs" c="dimmed" mb={4} className="mono">
        {file.path}
      </Text>
      <pre className="code numbered">
        {file.text.split("\n").map((line, index) => (
          <span key={index}>{line}</span>
        ))}
      </pre>
    </div>
  ));
}
