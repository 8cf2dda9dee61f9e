import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Change } from "./types.ts";

/** Plans a Change and goes to it; says why when none came of it. */
export function useProposal(go: (path: string) => void, propose: () => Promise<Change>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: propose,
    onSuccess: (change) => {
      void queries.invalidateQueries({ queryKey: ["changes"] });
      go(`/changes/${change.id}`);
    },
    onError: (error) =>
      notifications.show({ title: "No Change was planned", message: error.message, color: "red", autoClose: 15_000 }),
  });
}
