import {
  Alert,
  Badge,
  Button,
  Card,
  Group,
  Loader,
  Modal,
  MultiSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "./api.ts";
import { tenantColors } from "./colors.ts";
import { Icon } from "./icons.tsx";
import type { Change, JobRow, TenantRow } from "./types.ts";

/** Who uses the factory, and a way to let somebody else in. */
export function TenantsPage({ go }: { go: (path: string) => void }) {
  const tenants = useQuery({ queryKey: ["tenants"], queryFn: api.tenants });
  const jobs = useQuery({ queryKey: ["jobs"], queryFn: api.jobs });
  const [creating, create] = useDisclosure(false);
  if (tenants.error) return <Alert color="red">{tenants.error.message}</Alert>;
  if (tenants.data === undefined) return <Loader />;
  const colors = tenantColors(tenants.data.tenants.map((one) => one.name));
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="end">
        <div>
          <Title order={2}>Tenants</Title>
          <Text c="dimmed" fz="sm">
            Each with its own VRF, VNI and guarded front end; proved apart from all others.
          </Text>
        </div>
        <Button leftSection={<Icon name="plus" size={16} />} onClick={create.open}>
          New tenant
        </Button>
      </Group>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {tenants.data.tenants.map((tenant) => (
          <TenantCard
            key={tenant.name}
            tenant={tenant}
            color={colors.get(tenant.name) ?? "gray"}
            jobs={(jobs.data?.jobs ?? []).filter((job) => job.tenant === tenant.name)}
            go={go}
          />
        ))}
      </SimpleGrid>
      <Modal opened={creating} onClose={create.close} title="New tenant" size="lg">
        <CreateTenant go={go} />
      </Modal>
    </Stack>
  );
}

function useProposal(go: (path: string) => void, propose: () => Promise<Change>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: propose,
    onSuccess: (change) => {
      void queries.invalidateQueries({ queryKey: ["changes"] });
      go(`/changes/${change.id}`);
    },
    onError: (error) =>
      notifications.show({ title: "No Change was planned", message: error.message, color: "red", autoClose: 12_000 }),
  });
}

function TenantCard({
  tenant,
  color,
  jobs,
  go,
}: {
  tenant: TenantRow;
  color: string;
  jobs: readonly JobRow[];
  go: (path: string) => void;
}) {
  const remove = useProposal(go, () => api.deleteTenant(tenant.name));
  return (
    <Card withBorder>
      <Group justify="space-between" mb="xs">
        <Group gap="sm">
          <span className="swatch" style={{ background: color }} />
          <Text fw={650} fz="lg">
            {tenant.name}
          </Text>
        </Group>
        <Text fw={600} className="figure">
          {tenant.gpus} GPUs
        </Text>
      </Group>
      <Text fz="sm" c="dimmed">
        {tenant.hosts.length} hosts · {tenant.guaranteedGbps} Gb/s per NIC · VRF{" "}
        <span className="mono">{tenant.vrf}</span> · VNI {tenant.vni}
        {tenant.prefix === undefined ? "" : ` · VLAN ${tenant.vlan}, ${tenant.prefix}`}
      </Text>
      <Group gap={6} mt="sm">
        {tenant.hosts.map((host) => (
          <Badge key={host} variant="default" radius="sm" tt="none" fw={500}>
            {host}
          </Badge>
        ))}
      </Group>
      {jobs.map((job) => (
        <Group key={job.name} justify="space-between" mt="sm">
          <Text fz="sm">
            <b>{job.name}</b> {job.kind}, {job.model}
          </Text>
          <Text fz="sm" c="dimmed" className="figure">
            {job.stepMs === undefined
              ? ""
              : `${job.stepMs.toFixed(1)} ms a step, ${(job.exposedNetworkMs ?? 0).toFixed(1)} ms of it network`}
          </Text>
        </Group>
      ))}
      <Group mt="md" justify="end">
        <Button variant="subtle" color="red" size="xs" loading={remove.isPending} onClick={() => remove.mutate()}>
          Plan removal
        </Button>
      </Group>
    </Card>
  );
}

function CreateTenant({ go }: { go: (path: string) => void }) {
  const status = useQuery({ queryKey: ["status"], queryFn: api.status });
  const [name, setName] = useState("");
  const [hosts, setHosts] = useState<string[]>([]);
  const [gbps, setGbps] = useState<number | string>(400);
  const propose = useProposal(go, () => api.createTenant({ name, hosts, gbps: Number(gbps) }));
  const valid = /^[a-z][a-z0-9-]{0,14}$/.test(name) && hosts.length > 0 && Number(gbps) > 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) propose.mutate();
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          placeholder="acme"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
          error={
            name !== "" && !/^[a-z][a-z0-9-]{0,14}$/.test(name)
              ? "1 to 15 of a–z, 0–9 and -, starting with a letter"
              : undefined
          }
        />
        <MultiSelect
          label="Hosts"
          description={`${status.data?.hosts.free.length ?? 0} are free`}
          data={status.data?.hosts.free ?? []}
          value={hosts}
          onChange={setHosts}
          searchable
          hidePickedOptions
        />
        <NumberInput
          label="Guaranteed per compute NIC"
          suffix=" Gb/s"
          value={gbps}
          onChange={setGbps}
          min={1}
          max={1600}
        />
        <Text fz="sm" c="dimmed">
          This plans a Change. Nothing touches a device until you approve and apply it.
        </Text>
        <Group justify="end">
          <Button type="submit" disabled={!valid} loading={propose.isPending}>
            Plan the Change
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
