import { compareNames } from "#net/order.ts";
import type { Interface } from "#model/device-config.ts";
import { textOf, type EosBox } from "./box.ts";
import { sessionLimits } from "./state.ts";
import type { ConfigNode } from "./tree.ts";

/** A show command's two forms. Without `json` it is one that the API has not converted. */
export interface ShowAnswer {
  text(): string;
  json?(): Record<string, unknown>;
}

/** The answer to a show command, or undefined when this double doesn't have it. */
export function answerShow(device: EosBox, line: string): ShowAnswer | undefined {
  for (const [pattern, answer] of answers) if (pattern.test(line)) return answer(device, line);
  return undefined;
}

const answers: readonly (readonly [RegExp, (device: EosBox, line: string) => ShowAnswer])[] = [
  [/^show running-config( all)?( sanitized)?$/, (device, line) => configuration(device, line, device.state.running)],
  [/^show startup-config$/, (device, line) => configuration(device, line, device.state.startup)],
  [/^show version( detail)?$/, version],
  [/^show hostname$/, hostname],
  [/^show uptime$/, uptime],
  [/^show clock$/, clock],
  [/^show configuration sessions( detail)?$/, (device, line) => sessions(device, line.endsWith("detail"))],
  [/^show interfaces$/, interfaces],
  [/^show interfaces status$/, interfaceStatus],
  [/^show lldp neighbors$/, lldp],
  [/^show lldp neighbors detail$/, lldpDetail],
  [/^show ip bgp summary vrf all$/, (device) => bgpSummary(device, (address) => !address.includes(":"), true)],
  [/^show ipv6 bgp summary vrf all$/, (device) => bgpSummary(device, (address) => address.includes(":"), true)],
  [/^show (ip )?bgp summary( vrf all)?$/, (device) => bgpSummary(device, () => true, true)],
  [/^show bgp evpn summary$/, (device) => bgpSummary(device, () => true, false)],
  [/^show (interfaces )?priority-flow-control counters$/, priorityFlowControl],
];

const header = (device: EosBox, line: string): string[] => [
  `! Command: ${line}`,
  `! device: ${device.hostname} (cEOSLab, EOS-${device.version})`,
  "!",
];

function configuration(device: EosBox, line: string, tree: readonly ConfigNode[]): ShowAnswer {
  return {
    text: () => `${header(device, line).join("\n")}\n${textOf(tree)}!\nend\n`,
    json: () => ({ cmds: commandsOf(tree), header: header(device, line).slice(1, 2) }),
  };
}

/** @source pyeapi `enable("show running-config")`: `{cmds: {"interface Ethernet1": {cmds: {...}, comments: []}}}` */
function commandsOf(nodes: readonly ConfigNode[]): Record<string, unknown> {
  return Object.fromEntries(
    nodes.map(({ line, children }) => [
      line,
      children.length === 0 ? null : { cmds: commandsOf(children), comments: [] },
    ]),
  );
}

function version(device: EosBox): ShowAnswer {
  const mac = systemMac(device.world.name);
  const json = (): Record<string, unknown> => ({
    mfgName: "Arista",
    modelName: "cEOSLab",
    hardwareRevision: "",
    serialNumber: "",
    systemMacAddress: mac,
    hwMacAddress: "00:00:00:00:00:00",
    configMacAddress: "00:00:00:00:00:00",
    version: device.version,
    architecture: "x86_64",
    internalVersion: `${device.version}-heddle-lab`,
    internalBuildId: "heddle-lab",
    imageFormatVersion: "1.0",
    imageOptimization: "None",
    kernelVersion: "",
    bootupTimestamp: device.wallTime - device.uptime,
    uptime: device.uptime,
    memTotal: 8388608,
    memFree: 4194304,
    isIntlVersion: false,
  });
  return {
    json,
    text: () =>
      [
        "Arista cEOSLab",
        `System MAC address: ${mac}`,
        "",
        `Software image version: ${device.version}`,
        "Architecture: x86_64",
        "",
      ].join("\n"),
  };
}

/** A stable address for a name: Arista's 00:1c:73 and 24 bits of it. */
function systemMac(name: string): string {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 0x1000000;
  const hex = hash.toString(16).padStart(6, "0");
  return `00:1c:73:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
}

function hostname(device: EosBox): ShowAnswer {
  return {
    text: () => `Hostname: ${device.hostname}\nFQDN:     ${device.hostname}\n`,
    json: () => ({ hostname: device.hostname, fqdn: device.hostname }),
  };
}

function uptime(device: EosBox): ShowAnswer {
  return {
    text: () => ` up ${Math.floor(device.uptime / 60)} min\n`,
    json: () => ({ upTime: device.uptime, users: 1, loadAvg: [0, 0, 0], currentTime: device.wallTime }),
  };
}

function clock(device: EosBox): ShowAnswer {
  return {
    text: () => `${new Date(device.wallTime * 1000).toUTCString()}\nTimezone: UTC\nClock source: local\n`,
    json: () => ({ utcTime: device.wallTime, timezone: "UTC", clockSource: { local: true } }),
  };
}

/** 4.32 moved the running timer out of the session's own record. @source napalm eos driver `_get_pending_commits` */
const hasTimerBesideSessions = (release: string): boolean => {
  const [major = 0, minor = 0] = release.split(".").map((part) => Number.parseInt(part, 10));
  return major > 4 || (major === 4 && minor >= 32);
};

function sessions(device: EosBox, detail: boolean): ShowAnswer {
  const { state, uptime: seconds } = device;
  const { pending } = state;
  const expires = pending && seconds + (pending.deadline - device.world.clock.now()) / 1000;
  const newer = hasTimerBesideSessions(device.version);
  const shown = state.sessions.map((session) => {
    const committed = newer && session.state === "pendingCommitTimer";
    return [
      session.name,
      {
        state: committed ? "committed" : session.state,
        commitUser: session.commitUser,
        description: "",
        instances: {},
        ...(session.completedTime === undefined ? {} : { completedTime: session.completedTime }),
        ...(!newer && detail && session.state === "pendingCommitTimer" && expires !== undefined
          ? { commitBy: expires }
          : {}),
      },
    ] as const;
  });
  return {
    json: () => ({
      sessions: Object.fromEntries(shown),
      maxSavedSessions: sessionLimits.saved,
      maxOpenSessions: sessionLimits.open,
      mergeOnCommit: false,
      saveToStartupConfigOnCommit: false,
      ...(newer && pending ? { commitTimerSessionName: pending.session, commitTimerExpireTime: expires } : {}),
    }),
    text: () =>
      [
        `Maximum number of completed sessions: ${sessionLimits.saved}`,
        `Maximum number of pending sessions: ${sessionLimits.open}`,
        ...(pending ? ["", `Session with pending commit timer: ${pending.session}`] : []),
        "",
        "  Name             State                User    Terminal",
        "  ---------------- -------------------- ------- --------",
        ...shown.map(([name, { state: word }]) => `  ${name.padEnd(16)} ${word}`),
        "",
      ].join("\n"),
  };
}

interface Port {
  readonly name: string;
  readonly config: Interface;
  readonly up: boolean;
  readonly speedBps: number;
}

function ports(device: EosBox): Port[] {
  const state = device.world.state().interfaces;
  return Object.entries(device.parsed().config.interfaces)
    .map(([name, config]) => {
      const observed = Object.hasOwn(state, name) ? state[name] : undefined;
      return {
        name,
        config,
        up: observed?.up ?? (config.enabled && /^(Loopback|Vlan|Vxlan)/.test(name)),
        speedBps: observed?.speedBps ?? config.speedBps ?? 0,
      };
    })
    .toSorted((a, b) => compareNames(a.name, b.name));
}

const statusOf = ({ config, up }: Port): string => (config.enabled ? (up ? "connected" : "notconnect") : "disabled");
const routed = ({ name, config }: Port): boolean =>
  !(/^(Ethernet|Port-Channel)/.test(name) && config.switchport !== undefined);

function interfaces(device: EosBox): ShowAnswer {
  const mac = systemMac(device.world.name);
  const counters = new Map(device.world.counters().map((sample) => [sample.interface, sample]));
  const entry = (port: Port): Record<string, unknown> => {
    const sample = counters.get(port.name);
    return {
      name: port.name,
      forwardingModel: routed(port) ? "routed" : "bridged",
      lineProtocolStatus: port.up ? "up" : "down",
      interfaceStatus: statusOf(port),
      hardware:
        port.config.kind === "subinterface"
          ? "subinterface"
          : port.name.startsWith("Ethernet")
            ? "ethernet"
            : port.name.replace(/\d.*$/, "").toLowerCase(),
      interfaceAddress: (port.config.ipv4?.addresses ?? []).slice(0, 1).map((address) => ({
        primaryIp: { address: address.split("/")[0], maskLen: Number(address.split("/")[1]) },
      })),
      physicalAddress: mac,
      burnedInAddress: mac,
      description: port.config.description ?? "",
      bandwidth: port.speedBps,
      mtu: port.config.mtuBytes ?? 1500,
      lastStatusChangeTimestamp: device.wallTime - device.uptime,
      ...(sample === undefined
        ? {}
        : {
            interfaceCounters: {
              inOctets: sample.inOctets,
              outOctets: sample.outOctets,
              totalInErrors: sample.inErrors ?? 0,
              totalOutErrors: 0,
              inDiscards: 0,
              outDiscards: 0,
              counterRefreshTime: sample.at / 1000,
            },
          }),
    };
  };
  return {
    json: () => ({ interfaces: Object.fromEntries(ports(device).map((port) => [port.name, entry(port)])) }),
    text: () =>
      ports(device)
        .map(
          (port) =>
            `${port.name} is ${port.config.enabled ? "up" : "administratively down"}, line protocol is ${port.up ? "up" : "down"} (${statusOf(port)})\n`,
        )
        .join(""),
  };
}

function interfaceStatus(device: EosBox): ShowAnswer {
  const shown = (): Port[] => ports(device).filter(({ name }) => /^(Ethernet|Port-Channel|Management)/.test(name));
  const entry = (port: Port): Record<string, unknown> => ({
    description: port.config.description ?? "",
    linkStatus: statusOf(port),
    lineProtocolStatus: port.up ? "up" : "down",
    vlanInformation: {
      interfaceMode: routed(port) ? "routed" : port.config.switchport?.mode === "trunk" ? "trunk" : "bridged",
      interfaceForwardingModel: routed(port) ? "routed" : "bridged",
      ...(port.config.switchport?.mode === "access" ? { vlanId: port.config.switchport.vlan } : {}),
    },
    bandwidth: port.speedBps,
    duplex: "duplexFull",
    autoNegotiateActive: false,
    autoNegotigateActive: false,
    interfaceType: "EbraTestPhyPort",
  });
  return {
    json: () => ({ interfaceStatuses: Object.fromEntries(shown().map((port) => [port.name, entry(port)])) }),
    text: () =>
      [
        "Port Name Status",
        ...shown().map((port) => `${port.name} ${port.config.description ?? ""} ${statusOf(port)}`),
        "",
      ].join("\n"),
  };
}

function lldp(device: EosBox): ShowAnswer {
  const neighbors = (): Record<string, unknown>[] =>
    device.world.state().lldp.map((each) => ({
      port: each.interface,
      neighborDevice: each.neighbor,
      neighborPort: each.neighborPort,
      ttl: 120,
    }));
  return {
    json: () => ({
      tablesLastChangeTime: device.wallTime - device.uptime,
      tablesAgeOuts: 0,
      tablesInserts: neighbors().length,
      tablesDeletes: 0,
      tablesDrops: 0,
      lldpNeighbors: neighbors(),
    }),
    text: () =>
      [
        "Port          Neighbor Device ID       Neighbor Port ID    TTL",
        ...device.world.state().lldp.map((each) => `${each.interface} ${each.neighbor} ${each.neighborPort} 120`),
        "",
      ].join("\n"),
  };
}

function lldpDetail(device: EosBox): ShowAnswer {
  const json = (): Record<string, unknown> => {
    const byPort = new Map<string, unknown[]>();
    for (const each of device.world.state().lldp) {
      const info = byPort.get(each.interface) ?? [];
      info.push({
        systemName: each.neighbor,
        ttl: 120,
        // The port id is printed with quotes on it when it is an interface name.
        neighborInterfaceInfo: {
          interfaceIdType: "interfaceName",
          interfaceId: `"${each.neighborPort}"`,
          interfaceId_v2: each.neighborPort,
        },
      });
      byPort.set(each.interface, info);
    }
    return { lldpNeighbors: Object.fromEntries([...byPort].map(([port, info]) => [port, { lldpNeighborInfo: info }])) };
  };
  return { json, text: () => JSON.stringify(json()) };
}

const peerStates: Readonly<Record<string, string>> = {
  established: "Established",
  idle: "Idle",
  connect: "Connect",
  active: "Active",
  opensent: "OpenSent",
  openconfirm: "OpenConfirm",
};

function bgpSummary(device: EosBox, wanted: (neighbor: string) => boolean, everyVrf: boolean): ShowAnswer {
  const { config } = device.parsed();
  const vrfs: Record<string, unknown> = {};
  for (const [name, instance] of Object.entries(config.networkInstances)) {
    const { bgp } = instance;
    if (bgp === undefined || (!everyVrf && name !== "default")) continue;
    const peers = device.world.state().bgp.filter((peer) => peer.networkInstance === name && wanted(peer.neighbor));
    vrfs[name] = {
      vrf: name,
      routerId: bgp.routerId ?? "0.0.0.0",
      asn: String(bgp.as),
      peers: Object.fromEntries(
        peers.map((peer) => [
          peer.neighbor,
          {
            version: 4,
            asn: String(bgp.neighbors[peer.neighbor]?.peerAs ?? ""),
            peerState: peerStates[peer.state.toLowerCase()] ?? "Active",
            prefixReceived: peer.prefixesReceived ?? 0,
            prefixAccepted: peer.prefixesReceived ?? 0,
            msgReceived: 0,
            msgSent: 0,
            inMsgQueue: 0,
            outMsgQueue: 0,
            underMaintenance: false,
            upDownTime: device.wallTime - device.uptime,
          },
        ]),
      ),
    };
  }
  return {
    json: () => ({ vrfs }),
    text: () =>
      device.world
        .state()
        .bgp.map(
          (peer) =>
            `${peer.networkInstance} ${peer.neighbor} ${peerStates[peer.state.toLowerCase()] ?? "Active"} ${peer.prefixesReceived ?? 0}\n`,
        )
        .join(""),
  };
}

function priorityFlowControl(device: EosBox): ShowAnswer {
  const json = (): Record<string, unknown> => ({
    interfaceCounters: Object.fromEntries(
      device.world
        .counters()
        .map((sample) => [sample.interface, { rxFrames: sample.pfcPauseRx ?? 0, txFrames: sample.pfcPauseTx ?? 0 }]),
    ),
  });
  return { json, text: () => JSON.stringify(json()) };
}
