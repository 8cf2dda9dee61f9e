import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Button,
  Drawer,
  Group,
  Kbd,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { api } from "./api.ts";
import { AskPanel } from "./ask.tsx";
import { useConversation } from "./conversation.ts";
import { useEvents } from "./events.ts";
import { FabricPage } from "./fabric.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { Waiting } from "./parts.tsx";
import { useRoute } from "./route.ts";
import type { Status } from "./types.ts";

const TenantsPage = lazy(async () => ({ default: (await import("./tenants.tsx")).TenantsPage }));
const ChangesPage = lazy(async () => ({ default: (await import("./changes.tsx")).ChangesPage }));
const ChangePage = lazy(async () => ({ default: (await import("./change.tsx")).ChangePage }));
const ProofPage = lazy(async () => ({ default: (await import("./proof.tsx")).ProofPage }));
const EconomicsPage = lazy(async () => ({ default: (await import("./economics.tsx")).EconomicsPage }));

const places: readonly { path: string; label: string; icon: IconName }[] = [
  { path: "/", label: "Fabric", icon: "fabric" },
  { path: "/tenants", label: "Tenants", icon: "tenants" },
  { path: "/changes", label: "Changes", icon: "changes" },
  { path: "/proof", label: "Proof", icon: "shield" },
  { path: "/economics", label: "Economics", icon: "economics" },
];

/** The frame of the page: where one is, how the fabric stands, and a place to ask from anywhere. */
export function App() {
  const live = useEvents();
  const [path, go] = useRoute();
  const [menu, { toggle, close }] = useDisclosure(false);
  const [drawer, drawn] = useDisclosure(false);
  const [docked, dock] = useDisclosure(true);
  const wide = useMediaQuery("(min-width: 87.5em)", false, { getInitialValueInEffect: false });
  const phone = useMediaQuery("(max-width: 36em)", false, { getInitialValueInEffect: false });
  const status = useQuery({ queryKey: ["status"], queryFn: api.status });
  const conversation = useConversation();
  const showAsk = wide ? dock.open : drawn.open;
  const ask = (question: string) => {
    showAsk();
    conversation.ask(question);
  };
  useAskKey(showAsk);
  const to = (place: string) => {
    go(place);
    close();
  };
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 196, breakpoint: "sm", collapsed: { mobile: !menu } }}
      aside={{ width: 360, breakpoint: 1400, collapsed: { desktop: !docked, mobile: true } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <UnstyledButton className="brand" onClick={() => to("/")} aria-label="Heddle">
              <img src="/icon.svg" alt="" width={26} height={26} />
              <b>Heddle</b>
            </UnstyledButton>
            <Text c="dimmed" fz="sm" truncate visibleFrom="sm">
              {status.data?.fabric}
            </Text>
          </Group>
          <Group gap={8} wrap="nowrap">
            <Isolation status={status.data} go={to} />
            <SchemeToggle />
            {phone ? (
              <ActionIcon variant="light" size="lg" onClick={drawn.open} aria-label="Ask">
                <Icon name="ask" />
              </ActionIcon>
            ) : (
              <Button
                variant={wide && docked ? "light" : "default"}
                size="xs"
                leftSection={<Icon name="ask" size={15} />}
                rightSection={<Kbd size="xs">/</Kbd>}
                onClick={wide ? dock.toggle : drawn.open}
              >
                Ask
              </Button>
            )}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <AppShell.Section grow component="nav" aria-label="Places">
          {places.map((place) => (
            <NavLink
              key={place.path}
              href={place.path}
              label={place.label}
              leftSection={<Icon name={place.icon} />}
              active={place.path === "/" ? path === "/" : path.startsWith(place.path)}
              aria-current={place.path === path ? "page" : undefined}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey) return;
                event.preventDefault();
                to(place.path);
              }}
              className="place"
            />
          ))}
        </AppShell.Section>
        <AppShell.Section p="xs">
          <Standing status={status.data} live={live} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Aside>{wide && docked ? <AskPanel conversation={conversation} go={go} /> : null}</AppShell.Aside>
      <AppShell.Main>
        <Suspense fallback={<Waiting />}>
          <Page path={path} go={go} ask={ask} />
        </Suspense>
      </AppShell.Main>
      <Drawer
        opened={drawer && !wide}
        onClose={drawn.close}
        position="right"
        size={phone ? "100%" : 420}
        withCloseButton={phone}
        title={phone ? " " : null}
        padding={0}
        classNames={{ body: "ask-drawer", header: "ask-drawer-head" }}
      >
        <AskPanel
          conversation={conversation}
          go={(place) => {
            drawn.close();
            go(place);
          }}
        />
      </Drawer>
    </AppShell>
  );
}

/** `/` puts the cursor where one asks, unless one is writing somewhere already. */
function useAskKey(open: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const writing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key !== "/" || writing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      open();
      const field = (): HTMLElement | null => document.getElementById("question");
      if (field() === null) setTimeout(() => field()?.focus(), 80);
      else field()?.focus();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });
}

function Page({ path, go, ask }: { path: string; go: (path: string) => void; ask: (question: string) => void }) {
  const change = /^\/changes\/([\w-]+)$/.exec(path)?.[1];
  if (change !== undefined) return <ChangePage key={change} id={change} go={go} />;
  if (path.startsWith("/changes")) return <ChangesPage go={go} />;
  if (path.startsWith("/tenants")) return <TenantsPage go={go} ask={ask} />;
  if (path.startsWith("/proof")) return <ProofPage />;
  if (path.startsWith("/economics")) return <EconomicsPage />;
  return <FabricPage ask={ask} go={go} />;
}

function Isolation({ status, go }: { status: Status | undefined; go: (path: string) => void }) {
  if (status === undefined) return null;
  const { holds, forbiddenPairs } = status.isolation;
  if (holds && forbiddenPairs === 0) return null;
  return (
    <Tooltip label={`${forbiddenPairs.toLocaleString("en-US")} forbidden pairs proved on the twin`}>
      <Badge
        component="button"
        variant="light"
        color={holds ? "green" : "red"}
        size="lg"
        radius="sm"
        tt="none"
        className="verdict"
        onClick={() => go("/proof")}
        leftSection={<Icon name={holds ? "shield" : "alert"} size={14} />}
      >
        <span className="verdict-word">{holds ? "Isolated" : "Leak"}</span>
      </Badge>
    </Tooltip>
  );
}

/** Which state of the world one looks at, and whether news still arrives. */
const Standing = ({ status, live }: { status: Status | undefined; live: boolean }) => (
  <Text fz="xs" c="dimmed" component="div">
    <Group gap={6}>
      <span className={live ? "pulse on" : "pulse"} />
      {live ? "Live" : "Connecting"}
    </Group>
    {status === undefined ? null : (
      <div title={status.snapshot}>
        snapshot <span className="mono">{status.snapshot.slice(0, 8)}</span>
      </div>
    )}
  </Text>
);

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={scheme === "dark" ? "Light colours" : "Dark colours"}
      onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
    >
      <Icon name={scheme === "dark" ? "sun" : "moon"} />
    </ActionIcon>
  );
}
