import { groundOf } from "./core/ground.ts";
import { tracePacket } from "./core/trace.ts";
import type { Twin } from "./twin.ts";

/** One of the ways that the flows of a pair of endpoints take. */
export interface EndpointPath {
  /** Part of the flows that go this way; the shares of a pair add up to 1 when nothing is lost. */
  readonly share: number;
  /** `linkId:from>to`, in order, host links included. */
  readonly links: readonly string[];
  readonly devices: readonly string[];
}

/** The ways RoCE traffic (UDP 4791) of a pair takes; equal-cost choices and LAG members weigh alike. Lost branches are left out. */
export function pathsBetween(twin: Twin, fromEndpointId: string, toEndpointId: string): readonly EndpointPath[] {
  const from = twin.endpoints.get(fromEndpointId)?.index;
  const to = twin.endpoints.get(toEndpointId)?.index;
  if (from === undefined || to === undefined || from === to) return [];
  const ground = groundOf(twin);
  const packet = { source: Math.max(ground.addresses[from]!, 0), protocol: 17, destinationPort: 4791 };
  return tracePacket(ground, from, to, packet)
    .filter((path) => path.delivered)
    .map(({ share, links, devices }) => ({ share, links, devices }));
}
