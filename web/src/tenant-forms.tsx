import { Button, Group, MultiSelect, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { api } from "./api.ts";
import { byName } from "./format.ts";
import { useProposal } from "./proposal.ts";
import type { TenantRow } from "./types.ts";

const named = /^[a-z][a-z0-9-]{0,14}$/;

export function CreateTenant({ go }: { go: (path: string) => void }) {
  const free = useFreeHosts();
  const [name, setName] = useState("");
  const [hosts, setHosts] = useState<string[]>([]);
  const [gbps, setGbps] = useState<number | string>(400);
  const propose = useProposal(go, () => api.createTenant({ name, hosts, gbps: Number(gbps) }));
  const valid = named.test(name) && hosts.length > 0 && Number(gbps) > 0;
  return (
    <PlanForm valid={valid} pending={propose.isPending} plan={() => propose.mutate()}>
      <TextInput
        label="Name"
        placeholder="acme"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        autoComplete="off"
        error={name === "" || named.test(name) ? undefined : "1 to 15 of a–z, 0–9 and -, starting with a letter"}
      />
      <HostPicker label="Hosts" note={`${free.length} are free`} data={free} value={hosts} onChange={setHosts} />
      <NumberInput
        label="Guaranteed to each compute NIC"
        suffix=" Gb/s"
        value={gbps}
        onChange={setGbps}
        min={1}
        max={1600}
      />
    </PlanForm>
  );
}

export function ResizeTenant({ tenant, go }: { tenant: TenantRow; go: (path: string) => void }) {
  const free = useFreeHosts();
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const [gbps, setGbps] = useState<number | string>(tenant.guaranteedGbps);
  const rate = Number(gbps) === tenant.guaranteedGbps ? {} : { gbps: Number(gbps) };
  const propose = useProposal(go, () => api.resizeTenant({ name: tenant.name, add, remove, ...rate }));
  const after = tenant.hosts.length + add.length - remove.length;
  const changes = add.length > 0 || remove.length > 0 || Number(gbps) !== tenant.guaranteedGbps;
  return (
    <PlanForm
      valid={changes && after > 0 && Number(gbps) > 0}
      pending={propose.isPending}
      plan={() => propose.mutate()}
      note={`${tenant.hosts.length} hosts now, ${after} afterwards.`}
    >
      <HostPicker label="Give hosts" note={`${free.length} are free`} data={free} value={add} onChange={setAdd} />
      <HostPicker
        label="Take hosts back"
        note={`${tenant.hosts.length} are held`}
        data={tenant.hosts}
        value={remove}
        onChange={setRemove}
      />
      <NumberInput
        label="Guaranteed to each compute NIC"
        suffix=" Gb/s"
        value={gbps}
        onChange={setGbps}
        min={1}
        max={1600}
      />
    </PlanForm>
  );
}

function useFreeHosts(): string[] {
  const status = useQuery({ queryKey: ["status"], queryFn: api.status });
  return (status.data?.hosts.free ?? []).toSorted(byName);
}

const HostPicker = ({
  label,
  note,
  data,
  value,
  onChange,
}: {
  label: string;
  note: string;
  data: readonly string[];
  value: string[];
  onChange: (hosts: string[]) => void;
}) => (
  <MultiSelect
    label={label}
    description={note}
    placeholder={value.length === 0 ? "Choose hosts" : ""}
    data={[...data]}
    value={value}
    onChange={onChange}
    searchable
    clearable
    hidePickedOptions
    nothingFoundMessage="No such host"
    comboboxProps={{ withinPortal: true }}
  />
);

const PlanForm = ({
  valid,
  pending,
  plan,
  note,
  children,
}: {
  valid: boolean;
  pending: boolean;
  plan: () => void;
  note?: string;
  children: ReactNode;
}) => (
  <form
    onSubmit={(event) => {
      event.preventDefault();
      if (valid && !pending) plan();
    }}
  >
    <Stack>
      {children}
      <Text fz="sm" c="dimmed">
        {note} This plans a Change. Nothing touches a device until you approve and apply it.
      </Text>
      <Group justify="end">
        <Button type="submit" disabled={!valid} loading={pending}>
          Plan the Change
        </Button>
      </Group>
    </Stack>
  </form>
);
