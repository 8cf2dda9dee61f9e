import type { PrefixSet } from "#model/routing-policy.ts";
import type { SourceFile } from "#model/source.ts";
import { parseVni, type Vni } from "#net/asn.ts";
import { parseInterfaceAddress, parseIpAddress, type InterfaceAddress, type IpAddress } from "#net/ip.ts";
import { finishBgp, readBgp, type BgpDraft } from "./bgp.ts";
import { accountOf, ignore, scanFrr, use, type FrrBlock } from "./blocks.ts";
import { readList, type ListDrafts } from "./community-lists.ts";
import type { FrrConfig, FrrInstance, FrrInterface, ParsedFrr } from "./config.ts";
import { finishVrfEvpn } from "./evpn.ts";
import {
  finishOspf,
  readOspf,
  readOspfInterface,
  type KnownInterface,
  type OspfDraft,
  type OspfInterfaceDraft,
} from "./ospf.ts";
import { readPrefixList } from "./prefix-lists.ts";
import { Reading, type FrrSystem, type Growing } from "./reading.ts";
import { readRouteMap, type StatementDraft } from "./route-maps.ts";
import { readStaticRoute, type RouteDrafts } from "./static-routes.ts";

interface Draft extends ListDrafts {
  hostname?: string;
  routerId?: IpAddress;
  readonly bgp: Map<string, BgpDraft>;
  readonly ospf: Map<string, OspfDraft>;
  readonly vnis: Map<string, Vni>;
  readonly vrfs: Set<string>;
  readonly routes: Map<string, RouteDrafts>;
  readonly interfaces: Map<string, Growing<FrrInterface> & { ospf?: OspfInterfaceDraft }>;
  readonly prefixSets: Map<string, PrefixSet["entries"][number][]>;
  readonly routeMaps: Map<string, Map<number, StatementDraft>>;
}

const quiet =
  /^(?:no )?(?:log |service |password |enable |username |debug |agentx|zebra |fpm |frr version|frr-version|banner |domainname |ip nht |ipv6 nht |ip forwarding|ipv6 forwarding|ip multicast|ip protocol |ipv6 protocol |ip import-table|bgp (?:send-extra-data|no-rib|session-dscp|input-queue-limit)|route-map optimization|allow-external-route-update|evpn mh |watchfrr |mpls label)/;

/** Reads `frr.conf` (or `bgpd.conf`, `zebra.conf`, `staticd.conf`). Any text is read. */
export function parseFrr(file: SourceFile, system: FrrSystem): ParsedFrr {
  const reading = new Reading(file.path, system);
  const text = scanFrr(file.text);
  const draft: Draft = {
    bgp: new Map(),
    ospf: new Map(),
    vnis: new Map(),
    vrfs: new Set(),
    routes: new Map(),
    interfaces: new Map(),
    prefixSets: new Map(),
    routeMaps: new Map(),
    communitySets: new Map(),
    extCommunitySets: new Map(),
    asPathSets: new Map(),
  };
  for (const root of text.roots)
    if (root.words[0] === "frr" && root.words[1] === "defaults") readProfile(reading, root);
  for (const root of text.roots) readRoot(reading, draft, root);
  const config = finish(reading, draft);
  for (const line of text.lines)
    if (line.status === "unknown")
      reading.report(line, "unknown-line", "warning", `FRR line not understood: ${line.text.slice(0, 200)}`);
  return { config, provenance: reading.provenance, findings: reading.findings, account: accountOf(file.path, text) };
}

function readProfile(reading: Reading, line: FrrBlock): void {
  const [, , profile] = line.words;
  if (profile !== "traditional" && profile !== "datacenter") return;
  reading.profile = profile;
  use(line);
}

function readRoot(reading: Reading, draft: Draft, root: FrrBlock): void {
  switch (root.node) {
    case "bgp":
      readBgp(reading, root, draft.bgp);
      return;
    case "ospf":
      readOspf(reading, root, draft.ospf);
      return;
    case "interface":
      readInterface(reading, draft, root);
      return;
    case "vrf":
      readVrf(reading, draft, root);
      return;
    case "route-map":
      readRouteMap(reading, root, draft.routeMaps);
      return;
    case "other":
      if (root.words[0] === "line" || root.words[0] === "bfd" || root.words[0] === "key")
        for (const line of [root, ...root.children])
          ignore(line, "logins, BFD timers and keys; sessions are taken as settled");
      return;
    default:
      readLine(reading, draft, root);
  }
}

const routesOf =
  (draft: Draft) =>
  (vrf: string): RouteDrafts => {
    const known = draft.routes.get(vrf) ?? { list: [], byKey: new Map() };
    draft.routes.set(vrf, known);
    return known;
  };

function readLine(reading: Reading, draft: Draft, line: FrrBlock): void {
  const [first, second, third = ""] = line.words;
  if (first === "hostname" && second !== undefined) {
    draft.hostname = second;
    return use(line);
  }
  const ip = first === "ip" || first === "ipv6";
  if (ip && second === "route") return readStaticRoute(reading, line, "default", routesOf(draft));
  if (ip && second === "prefix-list") return readPrefixList(reading, line, draft.prefixSets);
  if (first === "ip" && second === "router-id") {
    const address = parseIpAddress(third);
    if (address === undefined) return;
    draft.routerId = address;
    return use(line);
  }
  if (quiet.test(line.text)) return ignore(line, "how FRR itself runs");
  if (first === "bgp" || first === "ip") readList(reading, line, draft);
}

function readVrf(reading: Reading, draft: Draft, block: FrrBlock): void {
  const [, name = ""] = block.words;
  if (name === "") return;
  use(block);
  draft.vrfs.add(name);
  reading.mark(block, "instances", name);
  for (const line of block.children) {
    const [first, second = ""] = line.words;
    const vni = parseVni(second);
    if (first === "vni" && vni !== undefined) {
      draft.vnis.set(name, vni);
      reading.mark(line, "instances", name, "vni");
      use(line);
    } else if ((first === "ip" || first === "ipv6") && second === "route")
      readStaticRoute(reading, line, name, routesOf(draft));
    else if (quiet.test(line.text)) ignore(line, "how FRR itself runs");
  }
}

function readInterface(reading: Reading, draft: Draft, block: FrrBlock): void {
  const [, name = "", , vrf] = block.words;
  if (name === "") return;
  use(block);
  const port = draft.interfaces.get(name) ?? { addresses: [] as InterfaceAddress[] };
  draft.interfaces.set(name, port);
  if (vrf !== undefined) port.vrf = vrf;
  reading.mark(block, "interfaces", name);
  for (const line of block.children) {
    const { words } = line;
    const [first, second, third = ""] = words;
    const address = parseInterfaceAddress(third);
    if ((first === "ip" || first === "ipv6") && second === "address" && address !== undefined)
      port.addresses.push(address);
    else if (first === "description") port.description = words.slice(1).join(" ");
    else if (line.text === "shutdown" || line.text === "no shutdown") port.shutdown = first !== "no";
    else if (first === "ip" && second === "ospf") {
      port.ospf ??= {};
      if (!readOspfInterface(port.ospf, words, line)) continue;
    } else {
      if (/^(?:no )?(?:link-detect|bandwidth |multicast|ipv6 nd |evpn mh|mpls |bfd)/.test(line.text))
        ignore(line, "how the interface is watched; links are taken as they are");
      continue;
    }
    use(line);
  }
}

function finish(reading: Reading, draft: Draft): FrrConfig {
  const names = new Set(["default", ...draft.vrfs, ...draft.bgp.keys(), ...draft.ospf.keys(), ...draft.routes.keys()]);
  const interfaces = knownInterfaces(reading, draft);
  const instances = [...names].map((name): [string, FrrInstance] => {
    const bgp = draft.bgp.get(name);
    const ospf = draft.ospf.get(name);
    const vni = draft.vnis.get(name);
    const evpn = bgp === undefined || name === "default" ? undefined : finishVrfEvpn(bgp.evpn);
    const made = bgp === undefined ? undefined : finishBgp(reading, bgp);
    return [
      name,
      {
        staticRoutes: draft.routes.get(name)?.list ?? [],
        ...(vni === undefined ? {} : { vni }),
        ...(made === undefined
          ? {}
          : {
              bgp:
                made.routerId === undefined && draft.routerId !== undefined
                  ? { ...made, routerId: draft.routerId }
                  : made,
            }),
        ...(evpn === undefined ? {} : { evpn }),
        ...(ospf === undefined ? {} : { ospf: finishOspf(ospf, name, interfaces) }),
      },
    ];
  });
  const evpn = draft.bgp.get("default")?.evpn;
  return {
    ...(draft.hostname === undefined ? {} : { hostname: draft.hostname }),
    defaults: reading.profile,
    ...(draft.routerId === undefined ? {} : { routerId: draft.routerId }),
    instances: Object.fromEntries(instances),
    evpn: {
      advertiseAllVni: evpn?.advertiseAllVni ?? false,
      ...(evpn?.advertiseSviIp === true ? { advertiseSviIp: true } : {}),
      vnis: Object.fromEntries(evpn?.vnis ?? []),
    },
    interfaces: Object.fromEntries([...draft.interfaces].map(([name, { ospf: _ospf, ...port }]) => [name, port])),
    routingPolicy: {
      prefixSets: wrapped(draft.prefixSets, (entries) => entries.toSorted((a, b) => a.sequence - b.sequence)),
      communitySets: wrapped(draft.communitySets),
      extCommunitySets: wrapped(draft.extCommunitySets),
      asPathSets: wrapped(draft.asPathSets),
      policies: Object.fromEntries(
        [...draft.routeMaps].map(([name, statements]) => [
          name,
          {
            defaultResult: "reject" as const,
            statements: [...statements.values()]
              .toSorted((a, b) => a.order - b.order)
              .map(({ order, conditions, actions }) => ({ name: String(order), conditions, actions })),
          },
        ]),
      ),
    },
  };
}

const wrapped = <T>(
  lists: ReadonlyMap<string, T[]>,
  order: (entries: T[]) => T[] = (entries) => entries,
): Record<string, { entries: T[] }> =>
  Object.fromEntries([...lists].map(([name, entries]) => [name, { entries: order(entries) }]));

function knownInterfaces(reading: Reading, draft: Draft): Map<string, KnownInterface> {
  const known = new Map<string, KnownInterface>();
  for (const [name, { addresses, networkInstance }] of reading.system.interfaces ?? [])
    known.set(name, { addresses, vrf: networkInstance });
  for (const [name, { addresses, vrf, ospf }] of draft.interfaces) {
    const other = known.get(name);
    known.set(name, {
      addresses: [...addresses, ...(other?.addresses ?? [])],
      vrf: vrf ?? other?.vrf ?? "default",
      ...(ospf === undefined ? {} : { ospf }),
    });
  }
  return known;
}
