import type { TwinCheck } from "#model/change.ts";
import type { Finding } from "#model/finding.ts";
import { checkAddressing, checkCabling, checkMtu } from "./checks/links.ts";
import { checkLossless } from "./checks/lossless.ts";
import { checkFilters, checkMultipath, checkRouteTargets, checkSessions } from "./checks/routing.ts";
import type { CheckResult } from "./checks/result.ts";
import type { Twin } from "./twin.ts";

/** In the order in which a person would look. */
const all: readonly ((twin: Twin) => CheckResult)[] = [
  checkCabling,
  checkSessions,
  checkAddressing,
  checkMtu,
  checkRouteTargets,
  checkMultipath,
  checkFilters,
  checkLossless,
  checkIpv6,
  checkSpanningTree,
];

/** What an AI fabric must satisfy besides isolation, each with its fidelity; what is not modelled is said, not passed. */
export function checkFabric(twin: Twin): { readonly checks: TwinCheck[]; readonly findings: Finding[] } {
  const results = all.map((check) => check(twin));
  return { checks: results.map(({ check }) => check), findings: results.flatMap(({ findings }) => findings) };
}

function checkIpv6(twin: Twin): CheckResult {
  const numbered = [...twin.devices.values()].filter((device) => device.l3.some((each) => each.v6.length > 0));
  return {
    check:
      numbered.length === 0
        ? { name: "IPv6 forwarding", result: "pass", fidelity: "computed", detail: "no IPv6 addresses are configured" }
        : {
            name: "IPv6 forwarding",
            result: "not covered",
            fidelity: "not covered",
            detail: `${numbered.length} devices have IPv6 addresses; IPv6 routes and packets are not computed`,
          },
    findings: [],
  };
}

function checkSpanningTree(twin: Twin): CheckResult {
  const { segmentOf, neighbours, nodes } = twin.topology;
  const edges = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const [node] of nodes.entries()) {
    const segment = segmentOf[node]!;
    sizes.set(segment, (sizes.get(segment) ?? 0) + 1);
    edges.set(segment, (edges.get(segment) ?? 0) + neighbours[node]!.length / 2);
  }
  const looped = [...edges].filter(([segment, count]) => count > sizes.get(segment)! - 1);
  return {
    check: {
      name: "layer-2 loops",
      result: looped.length === 0 ? "pass" : "not covered",
      fidelity: looped.length === 0 ? "computed" : "not covered",
      detail:
        looped.length === 0
          ? "no broadcast domain has a physical loop"
          : `${looped.length} broadcast domains have redundant layer-2 paths (MLAG pairs or spanning tree, which is not computed)`,
    },
    findings: [],
  };
}
