import type { Counterexample, Hop } from "#model/change.ts";
import { formatIpv4Number } from "#net/ip.ts";
import type { Ground } from "./ground.ts";
import type { Packet } from "./headers.ts";
import type { BrokenPair } from "./pairs.ts";
import { type TracedPath, tracePacket } from "./trace.ts";

const names: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp" };

const packetView = (ground: Ground, packet: Packet, to: number): Counterexample["packet"] => ({
  source: formatIpv4Number(packet.source),
  destination: ground.addresses[to]! < 0 ? "(no address)" : formatIpv4Number(ground.addresses[to]!),
  protocol: names[packet.protocol] ?? `${packet.protocol}`,
  ...(packet.destinationPort === undefined || packet.protocol === 1 ? {} : { destinationPort: packet.destinationPort }),
});

/** A packet that gets where it must not, its way, and the line that lets it through. */
export function explainLeak(ground: Ground, pair: BrokenPair): Counterexample {
  const paths = tracePacket(ground, pair.from, pair.to, pair.packet, { firstHop: "possible" });
  const path = paths.find((each) => each.delivered) ?? paths[0];
  return {
    kind: "leak",
    from: ground.endpoints[pair.from]!.id,
    to: ground.endpoints[pair.to]!.id,
    packet: packetView(ground, pair.packet, pair.to),
    hops: path?.hops ?? [],
    ...causeOf(path),
  };
}

/** The permit that let it pass, else the import or route that leads across, else the membership they share. */
function causeOf(path: TracedPath | undefined): Pick<Counterexample, "cause"> {
  if (path === undefined) return {};
  const permit = path.hops.find(
    (hop) => hop.decision.startsWith("permit by") && !hop.decision.includes("(end of list)"),
  );
  const imported = path.hops.find((hop) => hop.action === "encapsulate");
  const routed = path.hops.find((hop) => hop.action === "forward" && !hop.decision.startsWith("permit"));
  const hop = permit ?? imported ?? routed ?? path.hops[0];
  return hop === undefined ? {} : { cause: { device: hop.device, ...spanOf(hop), explanation: hop.decision } };
}

const spanOf = (hop: Hop): Pick<Hop, "span"> => (hop.span === undefined ? {} : { span: hop.span });

/** Where a packet that must arrive is lost, and what lacks there. */
export function explainLoss(ground: Ground, pair: BrokenPair): Counterexample {
  const paths = tracePacket(ground, pair.from, pair.to, pair.packet);
  const path = paths.find((each) => !each.delivered) ?? paths[0];
  const end = path?.end;
  return {
    kind: end === undefined || end.kind === "denied" ? "unreachable" : end.kind,
    from: ground.endpoints[pair.from]!.id,
    to: ground.endpoints[pair.to]!.id,
    packet: packetView(ground, pair.packet, pair.to),
    hops: path?.hops ?? [],
    ...(end === undefined
      ? {}
      : {
          cause: {
            device: end.device,
            ...(end.span === undefined ? {} : { span: end.span }),
            explanation: end.explanation,
          },
        }),
  };
}
