import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Drawer,
  Group,
  NavLink,
  ScrollArea,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { api } from "./api.ts";
import { AskPanel } from "./ask.tsx";
import { ChangePage } from "./change.tsx";
import { ChangesPage } from "./changes.tsx";
import { EconomicsPage } from "./economics.tsx";
import { FabricPage } from "./fabric.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { useEvents } from "./events.ts";
import { useRoute } from "./route.ts";
import { TenantsPage } from "./tenants.tsx";

const places: readonly { path: string; label: string; icon: IconName }[] = [
  { path: "/", label: "Fabric", icon: "fabric" },
  { path: "/tenants", label: "Tenants", icon: "tenants" },
  { path: "/changes", label: "Changes", icon: "changes" },
  { path: "/economics", label: "Economics", icon: "economics" },
];

/** The frame of the page: where one is, how the fabric stands, and a place to ask from anywhere. */
export function App() {
  useEvents();
  const [path, go] = useRoute();
  const [menu, { toggle, close }] = useDisclosure(false);
  const [asking, ask] = useDisclosure(false);
  const wide = useMediaQuery("(min-width: 90em)", false, { getInitialValueInEffect: false });
  const status = useQuery({ queryKey: ["status"], queryFn: api.status });
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !menu } }}
      aside={{ width: 380, breakpoint: "xl", collapsed: { desktop: !wide, mobile: true } }}
      padding="lg"
    >
      <AppShell.Header className="bar">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <img src="/icon.svg" alt="" width={28} height={28} />
            <Text fw={700} fz="lg" lts={-0.3}>
              Heddle
            </Text>
            <Text c="dimmed" fz="sm" truncate visibleFrom="sm">
              {status.data?.fabric}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Isolation holds={status.data?.isolation.holds} pairs={status.data?.isolation.forbiddenPairs} />
            <SchemeToggle />
            {wide ? null : (
              <Tooltip label="Ask">
                <ActionIcon variant="light" size="lg" onClick={ask.open} aria-label="Ask">
                  <Icon name="ask" />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" className="rail">
        {places.map((place) => (
          <NavLink
            key={place.path}
            label={place.label}
            leftSection={<Icon name={place.icon} />}
            active={place.path === "/" ? path === "/" : path.startsWith(place.path)}
            onClick={() => {
              go(place.path);
              close();
            }}
            className="place"
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Aside className="rail">{wide ? <AskPanel go={go} /> : null}</AppShell.Aside>
      <AppShell.Main>
        <Page path={path} go={go} />
      </AppShell.Main>
      <Drawer
        opened={asking && !wide}
        onClose={ask.close}
        position="right"
        size="md"
        title="Ask"
        scrollAreaComponent={ScrollArea.Autosize}
      >
        <AskPanel
          go={(to) => {
            ask.close();
            go(to);
          }}
        />
      </Drawer>
    </AppShell>
  );
}

function Page({ path, go }: { path: string; go: (path: string) => void }) {
  const change = /^\/changes\/([\w-]+)$/.exec(path)?.[1];
  if (change !== undefined) return <ChangePage id={change} go={go} />;
  if (path.startsWith("/changes")) return <ChangesPage go={go} />;
  if (path.startsWith("/tenants")) return <TenantsPage go={go} />;
  if (path.startsWith("/economics")) return <EconomicsPage />;
  return <FabricPage />;
}

function Isolation({ holds, pairs }: { holds: boolean | undefined; pairs: number | undefined }) {
  if (holds === undefined) return null;
  return (
    <Tooltip label={`${pairs?.toLocaleString("en-US") ?? 0} forbidden pairs, computed on the twin`}>
      <Badge
        variant="light"
        color={holds ? "teal" : "red"}
        size="lg"
        radius="sm"
        leftSection={<Icon name={holds ? "shield" : "alert"} size={14} />}
      >
        {holds ? "Isolated" : "Leak"}
      </Badge>
    </Tooltip>
  );
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label="Light or dark"
      onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
    >
      <Icon name={scheme === "dark" ? "sun" : "moon"} />
    </ActionIcon>
  );
}
