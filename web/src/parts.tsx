import { Alert, Button, Card, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "./icons.tsx";

/** Title of a page, one sentence under it, and what can be done there. */
export const PageHead = ({
  title,
  children,
  actions,
}: {
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) => (
  <Group justify="space-between" align="end" gap="sm">
    <div className="page-head">
      <Title order={2}>{title}</Title>
      <Text c="dimmed" fz="sm" mt={2}>
        {children}
      </Text>
    </div>
    {actions}
  </Group>
);

/** One number that somebody looks for first. */
export const Figure = ({
  label,
  value,
  of,
  tone,
  onClick,
}: {
  label: string;
  value: string;
  of?: ReactNode;
  tone?: "good" | "bad" | undefined;
  onClick?: () => void;
}) => {
  const body = (
    <>
      <Group gap={6} wrap="nowrap">
        {tone === undefined ? null : (
          <span className={`tone ${tone}`}>
            <Icon name={tone === "good" ? "check" : "cross"} size={14} />
          </span>
        )}
        <Text fz="xs" c="dimmed" fw={550} truncate>
          {label}
        </Text>
      </Group>
      <Text fz={22} fw={680} lh={1.2} mt={3} className={`figure ${tone === "bad" ? "bad" : ""}`}>
        {value}
      </Text>
      <Text fz="xs" c="dimmed" className="figure" mt={1}>
        {of}
      </Text>
    </>
  );
  return onClick === undefined ? (
    <Card withBorder p="sm">
      {body}
    </Card>
  ) : (
    <Card withBorder p="sm" component="button" type="button" className="press" onClick={onClick}>
      {body}
    </Card>
  );
};

/** While something is on its way: the shape of it, so that nothing jumps. */
export const Waiting = ({ rows = 4 }: { rows?: number }) => (
  <Stack gap="sm" aria-busy="true" aria-label="Loading">
    {Array.from({ length: rows }, (_, index) => (
      <Skeleton key={index} height={index === 0 ? 30 : 58} width={index === 0 ? 220 : undefined} radius="md" />
    ))}
  </Stack>
);

/** What went wrong, in the server's words, and a way to try again. */
export const Failed = ({ what, error, again }: { what: string; error: Error; again?: () => void }) => (
  <Alert color="red" variant="light" title={what} icon={<Icon name="alert" />} role="alert">
    <Text fz="sm">{error.message}</Text>
    {again === undefined ? null : (
      <Button size="compact-sm" variant="default" mt="sm" onClick={again}>
        Try again
      </Button>
    )}
  </Alert>
);

export const Empty = ({ title, children }: { title: string; children: ReactNode }) => (
  <Card withBorder padding="xl" className="empty">
    <Text fw={600}>{title}</Text>
    <Text c="dimmed" fz="sm">
      {children}
    </Text>
  </Card>
);
