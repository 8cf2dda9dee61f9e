import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

/** Follows what happens on the server: every event makes what is shown of it stale. */
export function useEvents(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/api/v1/events");
    const stale = (...keys: string[]) => keys.forEach((key) => void queries.invalidateQueries({ queryKey: [key] }));
    source.addEventListener("change", () => stale("changes", "change", "journal"));
    source.addEventListener("world", () => stale("status", "graph", "tenants", "jobs", "costs", "changes"));
    return () => source.close();
  }, [queries]);
}
