import { Button, Card, Group, Modal, SimpleGrid, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "./api.ts";
import { tenantColors } from "./colors.ts";
import { dollars, duration, many, percent } from "./format.ts";
import { Icon } from "./icons.tsx";
import { Empty, Failed, PageHead, Waiting } from "./parts.tsx";
import { useProposal } from "./proposal.ts";
import { CreateTenant, ResizeTenant } from "./tenant-forms.tsx";
import type { CostReport, JobRow, TenantRow } from "./types.ts";

interface Places {
  readonly go: (path: string) => void;
  readonly ask: (question: string) => void;
}

/** Who uses the factory, and a way to let somebody else in. */
export function TenantsPage({ go, ask }: Places) {
  const tenants = useQuery({ queryKey: ["tenants"], queryFn: api.tenants });
  const jobs = useQuery({ queryKey: ["jobs"], queryFn: api.jobs });
  const costs = useQuery({ queryKey: ["costs"], queryFn: api.costs });
  const [creating, create] = useDisclosure(false);
  const [resized, resize] = useState<TenantRow>();
  if (tenants.error)
    return <Failed what="The tenants can't be shown" error={tenants.error} again={() => void tenants.refetch()} />;
  if (tenants.data === undefined) return <Waiting />;
  const rows = tenants.data.tenants;
  const colors = tenantColors(rows.map((one) => one.name));
  return (
    <Stack gap="md">
      <PageHead
        title="Tenants"
        actions={
          <Button leftSection={<Icon name="plus" size={16} />} onClick={create.open}>
            New tenant
          </Button>
        }
      >
        Each with its own VRF, VNI and guarded front end, proved apart from all others.
      </PageHead>
      {rows.length === 0 ? (
        <Empty title="No tenants yet">Make one: its isolation, QoS and addresses on every fabric are one Change.</Empty>
      ) : null}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
        {rows.map((tenant) => (
          <TenantCard
            key={tenant.name}
            tenant={tenant}
            color={colors.get(tenant.name) ?? "gray"}
            jobs={(jobs.data?.jobs ?? []).filter((job) => job.tenant === tenant.name)}
            cost={costs.data?.tenants.find((one) => one.tenant === tenant.name)}
            resize={() => resize(tenant)}
            go={go}
            ask={ask}
          />
        ))}
      </SimpleGrid>
      <Modal opened={creating} onClose={create.close} title="New tenant" size="lg">
        <CreateTenant go={go} />
      </Modal>
      <Modal
        opened={resized !== undefined}
        onClose={() => resize(undefined)}
        title={`Resize ${resized?.name}`}
        size="lg"
      >
        {resized === undefined ? null : <ResizeTenant tenant={resized} go={go} />}
      </Modal>
    </Stack>
  );
}

function TenantCard({
  tenant,
  color,
  jobs,
  cost,
  resize,
  go,
  ask,
}: {
  tenant: TenantRow;
  color: string;
  jobs: readonly JobRow[];
  cost: CostReport["tenants"][number] | undefined;
  resize: () => void;
} & Places) {
  const remove = useProposal(go, () => api.deleteTenant(tenant.name));
  const [removing, confirm] = useDisclosure(false);
  return (
    <Card withBorder p="md">
      <Group justify="space-between" wrap="nowrap" align="start">
        <Group gap={10} wrap="nowrap">
          <span className="swatch" style={{ background: color }} />
          <Text fw={650} fz="lg">
            {tenant.name}
          </Text>
        </Group>
        <div className="ta-right">
          <Text fw={650} className="figure">
            {tenant.gpus} GPUs
          </Text>
          {cost === undefined ? null : (
            <Text fz="xs" c="dimmed" className="figure">
              {dollars(cost.perHour)} an hour, {percent(Number(cost.network) / Math.max(1, Number(cost.perHour)))}{" "}
              network
            </Text>
          )}
        </div>
      </Group>
      <dl className="facts">
        <dt>Compute</dt>
        <dd>
          VRF <span className="mono">{tenant.vrf}</span>, VNI {tenant.vni}, {tenant.guaranteedGbps} Gb/s to each NIC
        </dd>
        {tenant.prefix === undefined ? null : (
          <>
            <dt>Front end</dt>
            <dd>
              VLAN {tenant.vlan}, <span className="mono">{tenant.prefix}</span>
            </dd>
          </>
        )}
        <dt>{many(tenant.hosts.length, "host")}</dt>
        <dd className="chips">
          {tenant.hosts.slice(0, 24).map((host) => (
            <span key={host}>{host}</span>
          ))}
          {tenant.hosts.length > 24 ? <em>and {tenant.hosts.length - 24} more</em> : null}
        </dd>
        {jobs.map((job) => (
          <Job key={job.name} job={job} />
        ))}
      </dl>
      <Group mt="sm" gap={8} justify="end" className="card-foot">
        <Button variant="subtle" color="gray" size="xs" onClick={() => ask(`what does ${tenant.name} cost per hour?`)}>
          Ask what it costs
        </Button>
        <Button variant="subtle" color="red" size="xs" onClick={confirm.open}>
          Remove
        </Button>
        <Button variant="default" size="xs" onClick={resize}>
          Resize
        </Button>
      </Group>
      <Modal opened={removing} onClose={confirm.close} title={`Remove ${tenant.name}?`} centered>
        <Stack>
          <Text fz="sm">
            This plans a Change that takes {tenant.name} off {many(tenant.hosts.length, "host")}. Nothing touches a
            device until you approve and apply it.
          </Text>
          <Group justify="end">
            <Button variant="default" onClick={confirm.close}>
              Cancel
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              Plan the removal
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Card>
  );
}

const Job = ({ job }: { job: JobRow }) => (
  <>
    <dt>{job.kind === "training" ? "Training" : "Inference"}</dt>
    <dd>
      <b>{job.name}</b> ({job.model})
      {job.stepMs === undefined ? null : (
        <Text span fz="sm" c="dimmed" className="figure">
          {` ${duration(job.stepMs)} a step, ${duration(job.exposedNetworkMs ?? 0)} of it waits for the network`}
        </Text>
      )}
    </dd>
  </>
);
