import "./styles.ts";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { api } from "./api.ts";
import { App } from "./app.tsx";
import { theme, variables } from "./theme.ts";

const queries = new QueryClient({
  defaultOptions: { queries: { refetchOnWindowFocus: false, staleTime: 5_000, retry: 1 } },
});

// What the first page shows is on its way before React is; the map before the proof, which takes longer.
if (location.pathname === "/") void queries.prefetchQuery({ queryKey: ["graph"], queryFn: api.graph });
void queries.prefetchQuery({ queryKey: ["status"], queryFn: api.status });

const root = document.getElementById("root");
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-left" />
          <App />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
