import type { L3Interface } from "./device.ts";
import { type Fib, type Hop, hopsOf, matchRoute } from "./fib.ts";
import { type Ground, landings, overlayExits, tunnelsTo } from "./ground.ts";
import { type Headers, holdsPacket, intersect, permittedTo, sameHeaders, union } from "./headers.ts";
import { neighbourOn } from "./walk.ts";

/** What becomes of packets for one address from one point on. */
export interface Outcome {
  /** Whoever some packet reaches on some branch: an endpoint's index, or -1 - a device's index. */
  readonly reached: readonly Reached[];
  /** Packets that every branch delivers somewhere. */
  readonly everyBranch: Headers;
}

export interface Reached {
  readonly target: number;
  readonly headers: Headers;
}

interface TunnelEnds {
  readonly owners: readonly string[];
  readonly always: boolean;
}

const nowhere: Outcome = { reached: [], everyBranch: "none" };

/** The outcome at every point of the network for any address; remembers what it worked out. */
export interface Evaluator {
  routed(device: string, instance: string, address: number): Outcome;
  /** Frames for an endpoint from a layer-2 node. */
  bridged(node: number, endpoint: number): Outcome;
  acl(device: string, name: string | undefined, address: number): Headers;
}

export function createEvaluator(ground: Ground): Evaluator {
  const { twin } = ground;
  const { tables } = twin.control;
  const { topology } = twin;
  const memo = new Map<Fib, Map<number, Outcome>>();
  const tunnels = new Map<string, Map<number, TunnelEnds>>();
  const acls = new Map<string, Headers>();
  const bridges = new Map<number, Map<number, Outcome>>();

  const acl = (device: string, name: string | undefined, address: number): Headers => {
    if (name === undefined) return "all";
    const list = twin.devices.get(device)?.config.acls[name];
    if (list === undefined) return "all";
    const key = `${device} ${name} ${address}`;
    let found = acls.get(key);
    if (found === undefined) acls.set(key, (found = permittedTo(list, address)));
    return found;
  };

  const toTarget = (target: number, headers: Headers): Outcome =>
    headers === "none" ? nowhere : { reached: [{ target, headers }], everyBranch: headers };
  const toDevice = (device: string): Outcome => toTarget(-1 - (ground.deviceIndex.get(device) ?? 0), "all");

  /** Devices that tunnelled packets come out at, and whether every underlay branch gets there. */
  const tunnel = (device: string, vtep: number): TunnelEnds => {
    let ofDevice = tunnels.get(device);
    if (ofDevice === undefined) tunnels.set(device, (ofDevice = new Map()));
    const known = ofDevice.get(vtep | 0);
    if (known !== undefined) return known;
    // A tunnel inside a tunnel to the same place is a loop of the underlay's own making.
    ofDevice.set(vtep | 0, { owners: [], always: false });
    const packet = { source: twin.devices.get(device)?.vteps[0] ?? 0, protocol: 17, destinationPort: 4789 };
    const outcome = routed(device, "default", vtep);
    const owners = outcome.reached.flatMap(({ target, headers }) =>
      target < 0 && holdsPacket(headers, packet) ? [ground.deviceNames[-1 - target]!] : [],
    );
    const found = { owners, always: holdsPacket(outcome.everyBranch, packet) };
    ofDevice.set(vtep | 0, found);
    return found;
  };

  const deliver = (l3: L3Interface, address: number): Outcome => {
    const node = topology.nodeOfL3.get(l3);
    if (node === undefined) return nowhere;
    const neighbour = neighbourOn(topology, l3, address);
    const owners = ground.byAddress.get(address) ?? [];
    const outcomes = owners.map((endpoint) => bridged(node, endpoint)).filter((each) => each.reached.length > 0);
    if (outcomes.length === 0) return neighbour === undefined ? nowhere : toDevice(neighbour.device);
    return outcomes.length === 1 ? outcomes[0]! : branch(outcomes);
  };

  const alongHop = (device: string, hop: Hop, address: number): Outcome => {
    switch (hop.kind) {
      case "local":
        return toDevice(device);
      case "discard":
        return nowhere;
      case "instance":
        return routed(device, hop.instance, address);
      case "connected":
        return through(acl(device, hop.l3.config.aclOut, address), deliver(hop.l3, address));
      case "via": {
        const peer = hop.peer ?? neighbourOn(topology, hop.l3, hop.address ?? address);
        if (peer === undefined || !topology.up.has(peer)) return nowhere;
        const out = acl(device, hop.l3.config.aclOut, address);
        const into = acl(peer.device, peer.config.aclIn, address);
        return through(intersect(out, into), routed(peer.device, peer.instance, address));
      }
      case "vtep": {
        const { owners, always } = tunnel(device, hop.address);
        const [only] = owners;
        if (always && owners.length === 1 && only !== undefined) {
          const instance = twin.devices.get(only)?.instanceByVni.get(hop.vni);
          return instance === undefined ? nowhere : routed(only, instance, address);
        }
        const ends = owners.map((owner) => {
          const instance = twin.devices.get(owner)?.instanceByVni.get(hop.vni);
          return instance === undefined ? nowhere : routed(owner, instance, address);
        });
        return branch(always ? ends : [...ends, nowhere]);
      }
    }
  };

  const compute = (fib: Fib, address: number): Outcome => {
    const route = fib.routes[matchRoute(fib, address)];
    if (route === undefined) return nowhere;
    const hops = hopsOf(tables, fib, route);
    if (hops.length === 1) return alongHop(fib.device, hops[0]!, address);
    return branch(hops.map((hop) => alongHop(fib.device, hop, address)));
  };

  /** Points whose outcome is being worked out: asked for again, they are part of a loop. */
  const open = new Map<Map<number, Outcome>, Set<number>>();
  const looped = new Set<number>();
  let depth = 0;
  const routed = (device: string, instance: string, address: number): Outcome => {
    const fib = tables.fib(device, instance);
    let known = memo.get(fib);
    if (known === undefined) memo.set(fib, (known = new Map()));
    // As a signed number an address is a small integer to the engine.
    const key = address | 0;
    const found = known.get(key);
    if (found !== undefined) {
      if (depth > 0 && open.get(known)?.has(key)) looped.add(address);
      return found;
    }
    let opened = open.get(known);
    if (opened === undefined) open.set(known, (opened = new Set()));
    opened.add(key);
    known.set(key, nowhere);
    depth++;
    const outcome = compute(fib, address);
    depth--;
    known.set(key, outcome);
    opened.delete(key);
    if (looped.size > 0 && depth === 0) settle();
    return known.get(key) ?? outcome;
  };

  /** With a loop on the way, what was worked out inside it is too little: repeat until nothing is added. */
  const settle = (): void => {
    const addresses = [...looped];
    looped.clear();
    depth++;
    for (let turn = 0; turn < twin.devices.size + 2; turn++) {
      tunnels.clear();
      bridges.clear();
      let changed = false;
      for (const [fib, known] of memo)
        for (const address of addresses) {
          const before = known.get(address | 0);
          if (before === undefined) continue;
          const after = compute(fib, address);
          if (!sameOutcome(before, after)) changed = true;
          known.set(address | 0, after);
        }
      if (!changed) break;
    }
    depth--;
  };

  const bridged = (node: number, endpoint: number): Outcome => {
    let known = bridges.get(node);
    if (known === undefined) bridges.set(node, (known = new Map()));
    const found = known.get(endpoint);
    if (found !== undefined) return found;
    const local = onSegment(node, endpoint);
    const outcome = local.reached.length > 0 ? local : overOverlay(node, endpoint);
    known.set(endpoint, outcome);
    return outcome;
  };

  const onSegment = (node: number, endpoint: number): Outcome => {
    const segment = topology.segmentOf[node];
    const address = ground.addresses[endpoint]!;
    const ports = ground.attachments[endpoint]!.filter((each) => each.up && topology.segmentOf[each.node] === segment);
    // A LAG over an MLAG pair is entered where the frame is: on this device when it has a leg, else on any.
    const device = topology.nodes[node]?.device;
    const here = ports.filter((each) => each.device === device);
    const outcomes = (here.length > 0 ? here : ports).map((each) =>
      toTarget(endpoint, acl(each.device, portAclOut(each.device, each.port), address)),
    );
    return outcomes.length === 0 ? nowhere : branch(outcomes);
  };

  const portAclOut = (device: string, name: string): string | undefined => {
    const port = twin.devices.get(device)?.config.interfaces[name];
    return port?.switchport === undefined ? undefined : port.aclOut;
  };

  const overOverlay = (node: number, endpoint: number): Outcome => {
    const exits = overlayExits(ground, node).flatMap((exit) => {
      const domain = twin.control.overlay.get(exit);
      if (domain === undefined) return [];
      const device = topology.nodes[exit]!.device;
      const known = domain.known.has(endpoint);
      const outcomes = tunnelsTo(domain, endpoint).map((each) => {
        const { owners, always } = tunnel(device, each.vtep);
        const ends = landings(ground, exit, each)
          .filter((landing) => owners.includes(topology.nodes[landing.node]!.device))
          .map((landing) => onSegment(landing.node, endpoint));
        return branch(always ? ends : [...ends, nowhere]);
      });
      // Flooded copies go everywhere: one that arrives is enough.
      return [known ? branch(outcomes) : flooded(outcomes)];
    });
    return exits.length === 0 ? nowhere : branch(exits);
  };

  return { routed, bridged, acl };
}

export function through(headers: Headers, outcome: Outcome): Outcome {
  if (headers === "all" || outcome.reached.length === 0) return outcome;
  if (headers === "none") return nowhere;
  return {
    reached: outcome.reached.flatMap(({ target, headers: own }) => {
      const both = intersect(headers, own);
      return both === "none" ? [] : [{ target, headers: both }];
    }),
    everyBranch: intersect(headers, outcome.everyBranch),
  };
}

/** Several equal ways: some packet may take any, so `everyBranch` is what all of them deliver. */
export function branch(outcomes: readonly Outcome[]): Outcome {
  const [first] = outcomes;
  if (first === undefined) return nowhere;
  if (outcomes.every((each) => each === first)) return first;
  return {
    reached: merge(outcomes),
    everyBranch: outcomes.map((each) => each.everyBranch).reduce(intersect),
  };
}

const flooded = (outcomes: readonly Outcome[]): Outcome => ({
  reached: merge(outcomes),
  everyBranch: outcomes.map((each) => each.everyBranch).reduce(union, "none"),
});

function merge(outcomes: readonly Outcome[]): Reached[] {
  const merged = new Map<number, Headers>();
  for (const { reached } of outcomes)
    for (const { target, headers } of reached) merged.set(target, union(merged.get(target) ?? "none", headers));
  return [...merged].map(([target, headers]) => ({ target, headers }));
}

const sameOutcome = (a: Outcome, b: Outcome): boolean =>
  sameHeaders(a.everyBranch, b.everyBranch) &&
  a.reached.length === b.reached.length &&
  a.reached.every(({ target, headers }) => {
    const other = b.reached.find((each) => each.target === target);
    return other !== undefined && sameHeaders(headers, other.headers);
  });
