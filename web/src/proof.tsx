import { Button, Card, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api } from "./api.ts";
import { CounterexampleView, Law } from "./change-proof.tsx";
import { ChecksTable } from "./change-twin.tsx";
import { many } from "./format.ts";
import { Icon } from "./icons.tsx";
import { Failed, PageHead, Waiting } from "./parts.tsx";
import type { Finding } from "./types.ts";

/** Whether the network as it stands does what it must, and only that. */
export function ProofPage() {
  const verify = useQuery({ queryKey: ["verify"], queryFn: api.verify });
  if (verify.error)
    return <Failed what="The proof can't be shown" error={verify.error} again={() => void verify.refetch()} />;
  const report = verify.data;
  if (report === undefined) return <Waiting rows={5} />;
  return (
    <Stack gap="md">
      <PageHead
        title="Proof"
        actions={
          <Button variant="default" loading={verify.isFetching} onClick={() => void verify.refetch()}>
            Prove again
          </Button>
        }
      >
        Every pair of end points, over the configurations as they run. Snapshot{" "}
        <span className="mono">{report.snapshot.slice(0, 12)}</span>.
      </PageHead>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <Law
          holds={report.forbiddenReachable === 0}
          title="What must not talk, does not"
          value={`${report.forbiddenReachable.toLocaleString("en-US")} of ${report.forbiddenPairs.toLocaleString("en-US")} forbidden pairs reachable`}
        />
        <Law
          holds={report.requiredReachable === report.requiredPairs}
          title="What must talk, does"
          value={`${report.requiredReachable.toLocaleString("en-US")} of ${report.requiredPairs.toLocaleString("en-US")} required pairs reachable`}
        />
      </SimpleGrid>
      {report.counterexamples.map((one, index) => (
        <CounterexampleView key={index} example={one} />
      ))}
      <Card withBorder p="md">
        <Text fw={650} fz="sm" mb="xs">
          Health of the fabric
        </Text>
        <ChecksTable checks={report.checks} />
      </Card>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        <Drift />
        <SingleFailures />
      </SimpleGrid>
    </Stack>
  );
}

function Drift() {
  const drift = useQuery({ queryKey: ["drift"], queryFn: api.drift, enabled: false });
  return (
    <OnDemand
      title="Drift"
      note="Reads every device now, and compares it with what it should run."
      action="Read the devices"
      query={drift}
    >
      {drift.data === undefined ? null : drift.data.findings.length === 0 ? (
        <Good>No drift: every device runs what it should.</Good>
      ) : (
        drift.data.findings.map((one, index) => <FindingView key={index} finding={one} />)
      )}
    </OnDemand>
  );
}

function SingleFailures() {
  const sweep = useQuery({ queryKey: ["sweep"], queryFn: api.sweep, enabled: false });
  return (
    <OnDemand
      title="Single failures"
      note="Takes each switch and link away in turn, and proves again."
      action="Sweep them"
      query={sweep}
    >
      {sweep.data === undefined ? null : (
        <>
          {sweep.data.harmful.length === 0 ? (
            <Good>{many(sweep.data.swept, "single failure")} swept, none breaks what must hold.</Good>
          ) : (
            <Text fz="sm" fw={600}>
              {sweep.data.harmless} of {sweep.data.swept} break nothing that must hold. The others:
            </Text>
          )}
          <Stack gap={2} mah={280} className="scrolls">
            {sweep.data.harmful.map((one) => (
              <Text key={one.element} fz="sm">
                <b>{one.element}</b> <span className="dimmed">{one.effect}</span>
              </Text>
            ))}
          </Stack>
        </>
      )}
    </OnDemand>
  );
}

interface OnDemandQuery {
  readonly isFetching: boolean;
  readonly error: Error | null;
  refetch(): Promise<unknown>;
}

const OnDemand = ({
  title,
  note,
  action,
  query,
  children,
}: {
  title: string;
  note: string;
  action: string;
  query: OnDemandQuery;
  children: ReactNode;
}) => (
  <Card withBorder p="md">
    <Group justify="space-between" wrap="nowrap" align="start" mb="xs">
      <div>
        <Text fw={650} fz="sm">
          {title}
        </Text>
        <Text fz="sm" c="dimmed">
          {note}
        </Text>
      </div>
      <Button
        size="xs"
        variant="default"
        className="nowrap"
        loading={query.isFetching}
        onClick={() => void query.refetch()}
      >
        {action}
      </Button>
    </Group>
    {query.error === null ? children : <Failed what="That could not be read" error={query.error} />}
  </Card>
);

const Good = ({ children }: { children: ReactNode }) => (
  <Text fz="sm" component="div">
    <span className="tone good">
      <Icon name="check" size={15} />
    </span>{" "}
    {children}
  </Text>
);

const FindingView = ({ finding }: { finding: Finding }) => (
  <div className="finding">
    <Text fz="sm">{finding.message}</Text>
    <Text fz="xs" c="dimmed" className="mono">
      {finding.code} {finding.where?.device ?? finding.where?.file ?? ""}
      {finding.where?.line === undefined ? "" : `:${finding.where.line}`}
    </Text>
    {finding.remedy === undefined ? null : <Text fz="xs">{finding.remedy}</Text>}
  </div>
);
