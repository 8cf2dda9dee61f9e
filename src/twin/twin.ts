import type { Endpoint } from "#model/endpoint.ts";
import type { Finding } from "#model/finding.ts";
import type { ParsedSnapshot } from "#model/snapshot.ts";
import type { ReachabilityPolicy } from "#model/tenant.ts";
import { formatIpv4Number, type InterfaceAddress, prefixAddress } from "#net/ip.ts";
import { compareNames } from "#net/order.ts";
import { converge, type Converged } from "./core/converge.ts";
import { compileDevice, type Device, type L3Interface } from "./core/device.ts";
import type { Registry } from "./core/bgp-model.ts";
import { createRegistry } from "./core/registry.ts";
import { type LinkState, resolveTopology, type Topology } from "./core/topology.ts";
import type { Session } from "./sessions.ts";

export type { LinkState } from "./core/topology.ts";

/** What the network of a snapshot does: links, sessions, routes, and all that the other faces of this room read. */
export interface Twin {
  readonly snapshot: ParsedSnapshot;
  readonly links: readonly LinkState[];
  readonly sessions: readonly Session[];
  readonly findings: readonly Finding[];
  readonly devices: ReadonlyMap<string, Device>;
  readonly topology: Topology;
  readonly control: Converged;
  readonly endpoints: ReadonlyMap<string, { readonly index: number; readonly endpoint: Endpoint }>;
  /** Who owns an address, by its text. Anycast addresses have several owners. */
  readonly owners: ReadonlyMap<string, readonly L3Interface[]>;
  readonly registry: Registry;
}

/**
 * Computes the network from its configurations.
 *
 * With `previous`, what did not change is taken over; the answer is the same as without, given that BGP has one stable
 * state (where it has several, the configurations are at fault, and either answer is one of them).
 */
export function buildTwin(snapshot: ParsedSnapshot, previous?: Twin): Twin {
  const devices = compileDevices(snapshot, previous);
  const topology = resolveTopology(snapshot, devices);
  const owners = addressOwners(devices);
  const registry = previous?.registry ?? createRegistry();
  const control = converge({ snapshot, devices, topology, owners, registry }, previous);
  let sessions: readonly Session[] | undefined;
  return {
    snapshot,
    links: topology.links,
    get sessions() {
      return (sessions ??= control.sessions.report());
    },
    findings: control.findings,
    devices,
    topology,
    control,
    endpoints: indexOf(snapshot.endpoints),
    owners,
    registry,
  };
}

/** The same network under other owners and another policy: its tables don't depend on them. */
export function withQuestion(twin: Twin, endpoints: readonly Endpoint[], policy: ReachabilityPolicy): Twin {
  const { links, findings, devices, topology, control, owners, registry } = twin;
  return {
    snapshot: { ...twin.snapshot, endpoints, policy },
    links,
    // Written out only where somebody asks.
    get sessions() {
      return twin.sessions;
    },
    findings,
    devices,
    topology,
    control,
    endpoints: indexOf(endpoints),
    owners,
    registry,
  };
}

const indexOf = (endpoints: readonly Endpoint[]): Twin["endpoints"] =>
  new Map(endpoints.map((endpoint, index) => [endpoint.id, { index, endpoint }]));

/** In the order of names, so that no answer hangs on the order in which devices were read. */
function compileDevices(snapshot: ParsedSnapshot, previous: Twin | undefined): ReadonlyMap<string, Device> {
  const names = Object.keys(snapshot.devices).sort(compareNames);
  return new Map(
    names.map((name) => {
      const parsed = snapshot.devices[name]!;
      const known = previous?.devices.get(name);
      return [name, known?.parsed === parsed ? known : compileDevice(name, parsed, known)];
    }),
  );
}

function addressOwners(devices: ReadonlyMap<string, Device>): Map<string, L3Interface[]> {
  const owners = new Map<string, L3Interface[]>();
  const add = (text: string, l3: L3Interface): void => {
    const list = owners.get(text);
    if (list === undefined) owners.set(text, [l3]);
    else list.push(l3);
  };
  for (const device of devices.values())
    for (const l3 of device.l3) {
      for (const own of l3.addresses) if (!own.borrowed) add(formatIpv4Number(own.address), l3);
      for (const own of l3.v6) add(prefixAddress(own as InterfaceAddress), l3); // canonical interface addresses
    }
  return owners;
}
