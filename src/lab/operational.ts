import type { OperationalState } from "#drivers/driver.ts";
import type { Twin } from "#twin/twin.ts";

/** What each device of a computed network would say of itself: ports, neighbors on the wire, BGP sessions. */
export function operationalStates(twin: Twin): Readonly<Record<string, OperationalState>> {
  const states: Record<
    string,
    {
      interfaces: Record<string, { up: boolean; speedBps?: number }>;
      lldp: OperationalState["lldp"][number][];
      bgp: OperationalState["bgp"][number][];
    }
  > = {};
  for (const [name, { config }] of Object.entries(twin.snapshot.devices)) {
    const interfaces = Object.entries(config.interfaces).map(
      ([port, one]) =>
        [port, { up: one.enabled, ...(one.speedBps === undefined ? {} : { speedBps: one.speedBps }) }] as const,
    );
    states[name] = { interfaces: Object.fromEntries(interfaces), lldp: [], bgp: [] };
  }
  for (const { link, up } of twin.links) {
    for (const [near, far] of [
      [link.a, link.b],
      [link.b, link.a],
    ] as const) {
      const state = Object.hasOwn(states, near.node) ? states[near.node] : undefined;
      if (state === undefined) continue;
      const port = Object.hasOwn(state.interfaces, near.port) ? state.interfaces[near.port] : undefined;
      state.interfaces[near.port] = { up: up && port?.up !== false, speedBps: link.speedBps };
      if (up) state.lldp.push({ interface: near.port, neighbor: far.node, neighborPort: far.port });
    }
  }
  for (const session of twin.sessions) {
    states[session.device]?.bgp.push({
      networkInstance: session.networkInstance,
      neighbor: session.neighbor,
      state: session.state === "established" ? "Established" : "Active",
    });
  }
  return states;
}
