import { formatRate } from "#net/rate.ts";
import type { NvueBox } from "./box.ts";
import { merged, type Branch, type Tree } from "./tree.ts";

/**
 * `rev=operational`: what was applied, with what the network makes of it on top. Only link, statistics, LLDP, BGP
 * neighbors and system are there.
 *
 * @source CumulusNetworks/docs NVUE-API (link.stats), BGP troubleshooting page (neighbor JSON, `rx-prefix`)
 */
export function operationalTree(box: NvueBox): Tree {
  const state = box.world.state();
  const counters = new Map(box.world.counters().map((sample) => [sample.interface, sample]));
  const interfaces: Branch = {};
  for (const [name, { up, speedBps }] of Object.entries(state.interfaces)) {
    const sample = counters.get(name);
    interfaces[name] = {
      link: {
        "oper-status": up ? "up" : "down",
        "admin-status": "up",
        state: up ? { up: {} } : { down: {} },
        ...(speedBps === undefined ? {} : { speed: formatRate(speedBps) }),
        ...(sample === undefined
          ? {}
          : {
              stats: {
                "in-bytes": sample.inOctets,
                "out-bytes": sample.outOctets,
                "in-errors": sample.inErrors ?? 0,
                "out-errors": 0,
                "in-drops": 0,
                "out-drops": 0,
                "carrier-transitions": 1,
              },
            }),
      },
      ...(sample === undefined ? {} : { qos: { roce: { counters: roceCounters(sample) } } }),
    };
  }
  for (const { interface: port, neighbor, neighborPort } of state.lldp)
    interfaces[port] = merged(interfaces[port], {
      lldp: {
        neighbor: {
          [neighbor]: { chassis: { "system-name": neighbor }, port: { name: neighborPort, type: "ifname" } },
        },
      },
    });
  const vrf: Branch = {};
  for (const session of state.bgp)
    vrf[session.networkInstance] = merged(vrf[session.networkInstance], {
      router: {
        bgp: {
          neighbor: {
            [session.neighbor]: {
              state: session.state.toLowerCase() === "established" ? "established" : "active",
              "address-family": { "ipv4-unicast": { "rx-prefix": session.prefixesReceived ?? 0 } },
            },
          },
        },
      },
    });
  return merged(box.appliedTree, {
    interface: interfaces,
    vrf,
    system: {
      build: `Cumulus Linux ${box.version}`,
      uptime: Math.floor((box.world.clock.now() - box.state.bootedAt) / 1000),
    },
  });
}

/** @source unconfirmed (names after `nv show interface <if> qos roce counters`) */
const roceCounters = (sample: { ecnMarked?: number; pfcPauseRx?: number; pfcPauseTx?: number }): Branch => ({
  "rx-stats": {
    "rx-pfc-stats": { "pause-packets": sample.pfcPauseRx ?? 0 },
    "rx-ecn-stats": { "marked-packets": sample.ecnMarked ?? 0 },
  },
  "tx-stats": {
    "tx-pfc-stats": { "pause-packets": sample.pfcPauseTx ?? 0 },
    "tx-ecn-stats": { "marked-packets": sample.ecnMarked ?? 0 },
  },
});
