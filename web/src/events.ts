import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

/** Follows what happens on the server: every event makes what is shown of it stale. Gives whether it still hears. */
export function useEvents(): boolean {
  const queries = useQueryClient();
  const [live, setLive] = useState(false);
  useEffect(() => {
    const source = new EventSource("/api/v1/events");
    const stale = (...keys: string[]) => keys.forEach((key) => void queries.invalidateQueries({ queryKey: [key] }));
    source.addEventListener("open", () => {
      setLive(true);
      stale("changes", "change", "journal");
    });
    source.addEventListener("error", () => setLive(false));
    source.addEventListener("change", () => stale("changes", "change", "journal"));
    source.addEventListener("world", () =>
      stale("status", "graph", "tenants", "jobs", "costs", "changes", "verify", "config", "sweep"),
    );
    return () => source.close();
  }, [queries]);
  return live;
}
