import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "./api.ts";
import { stateColor } from "./colors.ts";
import { many } from "./format.ts";
import type { Change } from "./types.ts";

interface Act {
  readonly label: string;
  readonly color?: string;
  readonly explain: string;
  readonly run: () => Promise<Change>;
}

/** The one thing that can be done with a Change next; none when it is over. */
export function actOn(change: Change): Act | undefined {
  const steps = many(change.diff.length, "step");
  switch (change.state) {
    case "planned":
      return {
        label: "Approve",
        explain: `You approve exactly digest ${change.digest.slice(0, 12)}: ${steps} as shown here, for this snapshot, for one use. Nothing is sent to a device yet.`,
        run: () => api.approve(change.id, change.digest),
      };
    case "approved":
      return {
        label: "Apply",
        explain: `${steps} go to the devices now, one after the other, each with its own confirm timer. When a device or the proof says no, what was done is undone.`,
        run: () => api.apply(change.id),
      };
    case "closed":
    case "failed":
      return {
        label: "Roll back",
        color: "orange",
        explain: `The ${steps} are undone in reverse order; each state on the way was proved safe.`,
        run: () => api.rollback(change.id),
      };
    default:
      return undefined;
  }
}

export function NextStep({ change }: { change: Change }) {
  const queries = useQueryClient();
  const [asking, dialog] = useDisclosure(false);
  // What the dialog was opened for, and nothing that becomes possible while it closes.
  const [asked, setAsked] = useState<Act>();
  const act = actOn(change);
  const doing = useMutation({
    mutationFn: (run: () => Promise<Change>) => run(),
    onSuccess: (next) =>
      notifications.show({ title: next.id, message: `is ${next.state} now`, color: stateColor(next.state) }),
    onError: (error) =>
      notifications.show({ title: "That was not done", message: error.message, color: "red", autoClose: 15_000 }),
    onSettled: () => void queries.invalidateQueries(),
  });
  return (
    <>
      {act === undefined ? null : (
        <Button
          color={act.color}
          loading={doing.isPending}
          onClick={() => {
            setAsked(act);
            dialog.open();
          }}
        >
          {act.label}
        </Button>
      )}
      <Modal opened={asking} onClose={dialog.close} title={`${asked?.label} ${change.id}?`} centered>
        <Stack>
          <Text fz="sm">{asked?.explain}</Text>
          <Group justify="end">
            <Button variant="default" onClick={dialog.close}>
              Cancel
            </Button>
            <Button
              color={asked?.color}
              data-autofocus
              onClick={() => {
                dialog.close();
                if (asking && asked !== undefined) doing.mutate(asked.run);
              }}
            >
              {asked?.label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
