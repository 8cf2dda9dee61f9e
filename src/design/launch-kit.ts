import type { Fabric, LinkEnd } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { nameTokens, railPort } from "./naming.ts";

/**
 * The wiring check that NVIDIA's Launch Kit makes on its input: a rail port must end on the leaf whose name says the same
 * rail, plane, scalable unit and pod. What it would reject is an error here, with both ends named.
 *
 * @source interop notes D2: leaves begin with `leaf-` and carry su, r, p; hosts carry su, h; ports are `rail<R>p<P>`
 */
export function checkWiring(fabric: Fabric): Finding[] {
  return fabric.links.flatMap(({ a, b }) => {
    const [leaf, host] = Object.hasOwn(fabric.hosts, b.node) ? [a, b] : [b, a];
    const rail = railPort(host.port);
    if (rail === undefined || !Object.hasOwn(fabric.hosts, host.node)) return [];
    if (!leaf.node.startsWith("leaf-"))
      return [miswire(host, leaf, `a rail port ends on ${leaf.node}, whose name doesn't begin with "leaf-"`)];
    const there = nameTokens(leaf.node);
    const here = nameTokens(host.node);
    const pairs = [
      ["rail", rail.rail, there.rail],
      ["plane", rail.plane, there.plane],
      ["scalable unit", here.scalableUnit, there.scalableUnit],
      ["pod", here.pod, there.pod],
    ] as const;
    return pairs.flatMap(([what, own, other]) =>
      own === other
        ? []
        : [miswire(host, leaf, `${what} ${own ?? "unnamed"} is cabled to ${what} ${other ?? "unnamed"}`)],
    );
  });
}

const miswire = (host: LinkEnd, leaf: LinkEnd, message: string): Finding => ({
  code: "design.miswire",
  severity: "error",
  message: `${host.node} ${host.port} to ${leaf.node} ${leaf.port}: ${message}.`,
  where: { kind: "device", device: host.node, object: host.port },
  remedy: "Move the cable, or correct the name.",
});
