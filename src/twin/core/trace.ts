import type { Hop as TracedHop } from "#model/change.ts";
import type { SourceSpan } from "#model/source.ts";
import { formatIpv4Number } from "#net/ip.ts";
import type { L3Interface } from "./device.ts";
import { type Hop, hopsOf, matchRoute } from "./fib.ts";
import { entriesOf, type Entry, type Ground, landings, overlayExits, tunnelsTo } from "./ground.ts";
import { decidingEntry, type Packet } from "./headers.ts";
import { formatKey } from "./numbers.ts";
import type { Attachment, L2Edge, LinkState } from "./topology.ts";
import { neighbourOn } from "./walk.ts";

/** One branch of a packet's way, hop by hop, with the links it uses. */
export interface TracedPath {
  readonly hops: readonly TracedHop[];
  /** `linkId:from>to` */
  readonly links: readonly string[];
  readonly devices: readonly string[];
  /** Part of the flows of this pair that go this way, equal-cost choices weighing alike. */
  readonly share: number;
  readonly delivered: boolean;
  /** What ended it, when nothing was delivered. */
  readonly end?: {
    readonly kind: "black-hole" | "loop" | "denied";
    readonly device: string;
    readonly explanation: string;
    readonly span?: SourceSpan;
  };
}

/** `possible`: by any first hop, as a hostile sender may choose. */
export interface TraceOptions {
  readonly firstHop?: "usual" | "possible";
}

interface State {
  readonly hops: readonly TracedHop[];
  readonly links: readonly string[];
  readonly devices: readonly string[];
  readonly share: number;
  readonly visited: ReadonlySet<string>;
}

const mostPaths = 256;
const mostHops = 64;

/** Follows a packet from one endpoint to another over every branch, up to 256 of them. */
export function tracePacket(
  ground: Ground,
  from: number,
  to: number,
  packet: Packet,
  options: TraceOptions = {},
): TracedPath[] {
  const tracer = createTracer(ground, to, packet);
  const address = ground.addresses[to]!;
  const start: State = { hops: [], links: [], devices: [], share: 1, visited: new Set() };
  const attached = ground.attachments[from]!.filter((each) => each.up);
  if (attached.length === 0) {
    const endpoint = ground.endpoints[from]!;
    const reason = ground.attachments[from]![0]?.reason ?? `${endpoint.interface} takes no frames of ${endpoint.id}`;
    tracer.stop(
      start,
      "black-hole",
      endpoint.device,
      reason,
      tracer.span(endpoint.device, "interfaces", endpoint.interface),
    );
    return tracer.paths;
  }
  const entries = entriesOf(ground, from);
  const bridgedPorts = attached.filter((each) => ground.twin.topology.nodes[each.node]?.kind === "domain");
  const own = ground.endpoints[from]!.address;
  const direct = bridgedPorts.length > 0 && own !== undefined && address >= 0 && sameNetwork(own, address);
  const mode = options.firstHop ?? "usual";
  if (direct || mode === "possible")
    for (const port of bridgedPorts)
      tracer.bridge(leaveHost(tracer, start, ground, from, port, bridgedPorts.length), port.node, port);
  if (!direct || mode === "possible") {
    const chosen = mode === "usual" ? entries.usual : entries.possible;
    if (chosen.length === 0 && mode === "usual") {
      const device = attached[0]!.device;
      const gateway = ground.endpoints[from]!.gateway;
      tracer.stop(
        start,
        "black-hole",
        device,
        `no interface answers for the gateway${gateway === undefined ? "" : ` ${gateway}`} of ${ground.endpoints[from]!.id}`,
      );
    }
    for (const entry of chosen) tracer.enter(start, from, attached, entry, chosen.length);
  }
  return tracer.paths;
}

function sameNetwork(own: string, address: number): boolean {
  const [text = "", length = "32"] = own.split("/");
  const number = text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  return Math.floor(number / size) === Math.floor(address / size);
}

function leaveHost(
  tracer: Tracer,
  state: State,
  ground: Ground,
  from: number,
  port: Attachment,
  choices: number,
): State {
  const host = ground.endpoints[from]!.host;
  const next = { ...state, share: state.share / choices };
  return crossHostLink(tracer, next, port.links, host, true);
}

type Tracer = ReturnType<typeof createTracer>;

const crossHostLink = (
  tracer: Tracer,
  state: State,
  links: readonly LinkState[],
  host: string,
  leaving: boolean,
): State => {
  const link = links.find((each) => each.up && (each.link.a.node === host || each.link.b.node === host));
  return link === undefined ? state : tracer.over(state, link, leaving ? host : undefined, leaving ? undefined : host);
};

function createTracer(ground: Ground, to: number, packet: Packet) {
  const { twin } = ground;
  const { topology } = twin;
  const { tables } = twin.control;
  const address = ground.addresses[to]!;
  const paths: TracedPath[] = [];

  const span = (device: string, ...path: (string | number)[]): SourceSpan | undefined =>
    twin.devices.get(device)?.span(...path);
  const withSpan = (found: SourceSpan | undefined): { span?: SourceSpan } =>
    found === undefined ? {} : { span: found };
  const add = (state: State, hop: TracedHop): State => ({
    ...state,
    hops: [...state.hops, hop],
    devices: state.devices.at(-1) === hop.device ? state.devices : [...state.devices, hop.device],
  });
  const over = (state: State, link: LinkState, fromNode?: string, toNode?: string): State => {
    const { a, b } = link.link;
    const first = fromNode ?? (toNode === a.node ? b.node : a.node);
    const second = first === a.node ? b.node : a.node;
    return { ...state, links: [...state.links, `${link.id}:${first}>${second}`] };
  };
  const stop = (
    state: State,
    kind: NonNullable<TracedPath["end"]>["kind"],
    device: string,
    explanation: string,
    found?: SourceSpan,
  ): void => {
    if (paths.length >= mostPaths) return;
    const { hops, links, devices, share } = state;
    paths.push({
      hops,
      links,
      devices,
      share,
      delivered: false,
      end: { kind, device, explanation, ...withSpan(found) },
    });
  };
  const deliverTo = (state: State, port: Attachment): void => {
    if (paths.length >= mostPaths) return;
    const endpoint = ground.endpoints[to]!;
    const node = topology.nodes[port.node]!;
    const filtered = filter(
      state,
      port.device,
      "out",
      port.port,
      twin.devices.get(port.device)?.config.interfaces[port.port]?.switchport === undefined
        ? undefined
        : twin.devices.get(port.device)?.config.interfaces[port.port]?.aclOut,
    );
    if (filtered === undefined) return;
    const final = crossHostLink(tracer, filtered, port.links, endpoint.host, false);
    const done = add(final, {
      device: port.device,
      networkInstance:
        node.kind === "domain"
          ? `vlan ${node.name}`
          : (twin.devices.get(port.device)?.config.interfaces[port.port]?.networkInstance ?? "default"),
      outInterface: port.port,
      action: "deliver",
      decision:
        node.kind === "domain"
          ? `${port.port} is a member of bridge domain ${node.name}`
          : `${endpoint.id} is attached to ${port.port}`,
      ...withSpan(span(port.device, "interfaces", port.port, ...(node.kind === "domain" ? ["switchport"] : []))),
    });
    paths.push({ hops: done.hops, links: done.links, devices: done.devices, share: done.share, delivered: true });
  };
  /** Runs a filter; undefined when it stops the packet. */
  const filter = (
    state: State,
    device: string,
    direction: "in" | "out",
    port: string,
    name: string | undefined,
  ): State | undefined => {
    const acl = name === undefined ? undefined : twin.devices.get(device)?.config.acls[name];
    if (name === undefined || acl === undefined || acl.family !== "ipv4") return state;
    const entry = decidingEntry(acl, packet, address);
    const action = entry?.action ?? acl.defaultAction;
    const index = entry === undefined ? -1 : acl.entries.indexOf(entry);
    const found = index < 0 ? span(device, "acls", name) : span(device, "acls", name, "entries", index);
    const decision = `${action} by ${name} ${entry === undefined ? "(end of list)" : `entry ${entry.sequence}`}, ${direction} on ${port}`;
    const hop: TracedHop = {
      device,
      networkInstance: twin.devices.get(device)?.config.interfaces[port]?.networkInstance ?? "default",
      ...(direction === "in" ? { inInterface: port } : { outInterface: port }),
      action: action === "permit" ? "forward" : "drop",
      decision,
      ...withSpan(found),
    };
    const next = add(state, hop);
    if (action === "permit") return next;
    stop(next, "denied", device, decision, found);
    return undefined;
  };

  /** From a host to a first hop, over plain layer 2 where they are not on one device. */
  const enter = (state: State, from: number, attached: readonly Attachment[], entry: Entry, choices: number): void => {
    const target = topology.nodeOfL3.get(entry);
    const port =
      attached.find((each) => each.node === target) ??
      attached.find((each) => target !== undefined && topology.segmentOf[each.node] === topology.segmentOf[target]) ??
      attached[0]!;
    let next = leaveHost(tracer, state, ground, from, port, choices);
    const config = twin.devices.get(port.device)?.config.interfaces[port.port];
    if (config?.switchport !== undefined) {
      const filtered = filter(next, port.device, "in", port.port, config.aclIn);
      if (filtered === undefined) return;
      next = filtered;
    }
    if (target !== undefined && target !== port.node) next = crossSegment(next, port.node, target);
    const inside = filter(next, entry.device, "in", entry.name, entry.config.aclIn);
    if (inside !== undefined) route(inside, entry.device, entry.instance, address, entry.name, finish);
  };

  const crossSegment = (state: State, from: number, target: number): State => {
    let next = state;
    for (const edge of pathOnSegment(from, target) ?? []) {
      const device = topology.nodes[edge.from]!.device;
      next = add(next, {
        device,
        networkInstance: `vlan ${topology.nodes[edge.from]!.name}`,
        outInterface: edge.edge.fromPort,
        action: "forward",
        decision: `bridge domain ${topology.nodes[edge.from]!.name}`,
        ...withSpan(span(device, "interfaces", edge.edge.fromPort, "switchport")),
      });
      const link = edge.edge.links[0];
      if (link !== undefined) next = over(next, link, device);
    }
    return next;
  };

  const pathOnSegment = (from: number, target: number): { from: number; edge: L2Edge }[] | undefined => {
    const came = new Map<number, { from: number; edge: L2Edge } | undefined>([[from, undefined]]);
    const queue = [from];
    for (const node of queue) {
      if (node === target) break;
      for (const edge of topology.neighbours[node]!)
        if (!came.has(edge.to)) {
          came.set(edge.to, { from: node, edge });
          queue.push(edge.to);
        }
    }
    if (!came.has(target)) return undefined;
    const steps: { from: number; edge: L2Edge }[] = [];
    for (let step = came.get(target); step !== undefined; step = came.get(step.from)) steps.unshift(step);
    return steps;
  };

  /** What to do once a device takes the packet for its own. */
  type Arrive = (state: State, device: string, instance: string) => void;
  const finish: Arrive = (state, device) =>
    stop(state, "black-hole", device, `${device} itself owns ${formatIpv4Number(address)}`);

  const route = (
    state: State,
    device: string,
    instance: string,
    target: number,
    inInterface: string | undefined,
    arrive: Arrive,
  ): void => {
    if (paths.length >= mostPaths) return;
    const place = `${device}|${instance}|${target}`;
    if (state.visited.has(place) || state.hops.length > mostHops) {
      stop(state, "loop", device, `the packet comes back to ${device} in ${instance}`);
      return;
    }
    const fib = tables.fib(device, instance);
    const index = matchRoute(fib, target);
    const found = fib.routes[index];
    if (found === undefined) {
      const next = add(state, {
        device,
        networkInstance: instance,
        ...(inInterface === undefined ? {} : { inInterface }),
        action: "drop",
        decision: `no route to ${formatIpv4Number(target)}`,
        ...withSpan(span(device, "networkInstances", instance)),
      });
      stop(
        next,
        "black-hole",
        device,
        `${device} has no route to ${formatIpv4Number(target)} in ${instance}`,
        span(device, "networkInstances", instance),
      );
      return;
    }
    const prefix = formatKey(fib.keys[index]!);
    const where = span(device, ...found.at);
    const hops = hopsOf(tables, fib, found);
    if (hops.length === 0) {
      stop(state, "black-hole", device, `${device} can't resolve the next hop of ${prefix}`, where);
      return;
    }
    const base = { ...state, share: state.share / hops.length, visited: new Set([...state.visited, place]) };
    for (const hop of hops)
      along(
        base,
        device,
        instance,
        target,
        inInterface,
        hop,
        `${prefix} ${found.protocol}: ${found.reason}`,
        where,
        arrive,
      );
  };

  const along = (
    state: State,
    device: string,
    instance: string,
    target: number,
    inInterface: string | undefined,
    hop: Hop,
    decision: string,
    where: SourceSpan | undefined,
    arrive: Arrive,
  ): void => {
    const here = {
      device,
      networkInstance: instance,
      ...(inInterface === undefined ? {} : { inInterface }),
      decision,
      ...withSpan(where),
    };
    if (hop.kind === "discard") {
      stop(add(state, { ...here, action: "drop" }), "black-hole", device, `${device} discards it: ${decision}`, where);
    } else if (hop.kind === "local") {
      arrive(target === address ? add(state, { ...here, action: "deliver" }) : state, device, instance);
    } else if (hop.kind === "instance") {
      route(add(state, { ...here, action: "forward" }), device, hop.instance, target, undefined, arrive);
    } else if (hop.kind === "vtep") {
      const wrapped = add(state, {
        ...here,
        action: "encapsulate",
        decision: `${decision}; to VTEP ${formatIpv4Number(hop.address)} VNI ${hop.vni}`,
      });
      tunnelTo(wrapped, device, hop.address, (landed, owner) => {
        const inner = twin.devices.get(owner)?.instanceByVni.get(hop.vni);
        if (inner === undefined) {
          stop(landed, "black-hole", owner, `${owner} has no VRF for VNI ${hop.vni}`);
          return;
        }
        const opened = add(landed, {
          device: owner,
          networkInstance: inner,
          action: "decapsulate",
          decision: `VNI ${hop.vni} is ${inner}`,
          ...withSpan(span(owner, "networkInstances", inner, "evpn")),
        });
        route(opened, owner, inner, target, undefined, arrive);
      });
    } else forward(state, here, hop, target, arrive);
  };

  const forward = (
    state: State,
    here: Omit<TracedHop, "action">,
    hop: Hop & { kind: "via" | "connected" },
    target: number,
    arrive: Arrive,
  ): void => {
    const out = { ...here, outInterface: hop.l3.name };
    const peer = hop.kind === "via" ? (hop.peer ?? neighbourOn(topology, hop.l3, hop.address ?? target)) : undefined;
    const left = filter(
      add(state, { ...out, action: "forward" }),
      here.device,
      "out",
      hop.l3.name,
      hop.l3.config.aclOut,
    );
    if (left === undefined) return;
    if (hop.kind === "via") {
      if (peer === undefined || !topology.up.has(peer)) {
        stop(left, "black-hole", here.device, `nobody answers for the next hop on ${hop.l3.name}`, here.span);
        return;
      }
      spread(left, hop.l3, peer, (arrived) => {
        const inside = filter(arrived, peer.device, "in", peer.name, peer.config.aclIn);
        if (inside !== undefined) route(inside, peer.device, peer.instance, target, peer.name, arrive);
      });
      return;
    }
    const node = topology.nodeOfL3.get(hop.l3);
    if (target === address && node !== undefined && (ground.byAddress.get(address)?.length ?? 0) > 0) {
      const reachable = tracerBridge(left, node, undefined);
      if (reachable) return;
    }
    const neighbour = neighbourOn(topology, hop.l3, target);
    if (neighbour === undefined)
      stop(left, "black-hole", here.device, `${formatIpv4Number(target)} answers nowhere on ${hop.l3.name}`, here.span);
    else spread(left, hop.l3, neighbour, (arrived) => arrive(arrived, neighbour.device, neighbour.instance));
  };

  /** Over the cable to the neighbour; a LAG spreads over its members. */
  const spread = (state: State, l3: L3Interface, peer: L3Interface, then: (state: State) => void): void => {
    const from = topology.nodeOfL3.get(l3);
    const target = topology.nodeOfL3.get(peer);
    const steps = from === undefined || target === undefined ? [] : (pathOnSegment(from, target) ?? []);
    const [first] = steps;
    if (steps.length !== 1 || first === undefined || first.edge.links.length === 1) {
      let next = state;
      for (const { from: node, edge } of steps)
        if (edge.links[0] !== undefined) next = over(next, edge.links[0], topology.nodes[node]!.device);
      then(next);
      return;
    }
    for (const link of first.edge.links)
      then(over({ ...state, share: state.share / first.edge.links.length }, link, l3.device));
  };

  const tunnelTo = (state: State, device: string, vtep: number, then: (state: State, owner: string) => void): void =>
    route({ ...state, visited: new Set() }, device, "default", vtep, undefined, (landed, owner) =>
      then({ ...landed, visited: state.visited }, owner),
    );

  const bridge = (state: State, node: number, port: Attachment | undefined): void => {
    let next: State | undefined = state;
    if (port !== undefined)
      next = filter(
        state,
        port.device,
        "in",
        port.port,
        twin.devices.get(port.device)?.config.interfaces[port.port]?.aclIn,
      );
    if (next !== undefined && !tracerBridge(next, node, port))
      stop(
        next,
        "black-hole",
        topology.nodes[node]!.device,
        `${ground.endpoints[to]!.id} is not in the broadcast domain of bridge domain ${topology.nodes[node]!.name} on ${topology.nodes[node]!.device}`,
        span(topology.nodes[node]!.device, "bridgeDomains", topology.nodes[node]!.name),
      );
  };

  /** Layer-2 delivery; false when the endpoint isn't in the domain. */
  const tracerBridge = (state: State, node: number, _port: Attachment | undefined): boolean => {
    if (deliverOnSegment(state, node)) return true;
    let found = false;
    for (const exit of overlayExits(ground, node)) {
      const domain = twin.control.overlay.get(exit);
      if (domain === undefined) continue;
      const device = topology.nodes[exit]!.device;
      const known = domain.known.has(to);
      const tunnels = tunnelsTo(domain, to).filter(
        (tunnel) => known || landings(ground, exit, tunnel).some((landing) => onSegment(landing.node).length > 0),
      );
      for (const tunnel of tunnels) {
        found = true;
        const decision = `${known ? "EVPN type 2" : "flooded by EVPN type 3"}, import ${tunnel.routeTarget}; to VTEP ${formatIpv4Number(tunnel.vtep)} VNI ${tunnel.vni}`;
        const wrapped = add(
          { ...crossSegment(state, node, exit), share: state.share / tunnels.length },
          {
            device,
            networkInstance: `vlan ${domain.service.domain}`,
            action: "encapsulate",
            decision,
            ...withSpan(span(device, "macVrfs", domain.service.macVrf, "evpn", "importRouteTargets")),
          },
        );
        tunnelTo(wrapped, device, tunnel.vtep, (landed, owner) => {
          const landing = landings(ground, exit, tunnel).find((each) => topology.nodes[each.node]!.device === owner);
          if (landing === undefined) {
            stop(landed, "black-hole", owner, `${owner} has no bridge domain for VNI ${tunnel.vni}`);
            return;
          }
          const name = topology.nodes[landing.node]!.name;
          const opened = add(landed, {
            device: owner,
            networkInstance: `vlan ${name}`,
            action: "decapsulate",
            decision: `VNI ${tunnel.vni} is bridge domain ${name}`,
            ...withSpan(span(owner, "bridgeDomains", name, "vni")),
          });
          if (!deliverOnSegment(opened, landing.node))
            stop(
              opened,
              "black-hole",
              owner,
              `${ground.endpoints[to]!.id} is not on bridge domain ${name} of ${owner}`,
            );
        });
      }
      if (found) break;
    }
    return found;
  };

  const onSegment = (node: number): Attachment[] =>
    ground.attachments[to]!.filter((each) => each.up && topology.segmentOf[each.node] === topology.segmentOf[node]);

  const deliverOnSegment = (state: State, node: number): boolean => {
    const ports = onSegment(node);
    if (ports.length === 0) return false;
    const here = ports.filter((each) => each.device === topology.nodes[node]?.device);
    const chosen = here.length > 0 ? here : ports;
    for (const port of chosen)
      deliverTo(crossSegment({ ...state, share: state.share / chosen.length }, node, port.node), port);
    return true;
  };

  const tracer = { paths, span, stop, over, bridge, enter };
  return tracer;
}
