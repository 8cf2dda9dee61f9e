import type { Fabric, Switch } from "#model/fabric.ts";
import { compareNames } from "#net/order.ts";

/** What a change does to one device, as far as its place in the order depends on it. */
export interface DeviceRole {
  readonly device: string;
  /** Host ports that come into the tenant's networks. */
  readonly attached: number;
  /** Host ports that leave them. */
  readonly detached: number;
}

export interface Placed {
  readonly device: string;
  readonly reason: string;
}

/** First what takes away, then what carries, last what lets in. */
const stages = [
  {
    applies: ({ attached, detached }: DeviceRole) => detached > 0 && attached === 0,
    reason: ({ detached }: DeviceRole) =>
      `takes ${ports(detached)} out first, so that nothing enters what is about to go`,
  },
  {
    applies: ({ attached, detached }: DeviceRole) => attached === 0 && detached === 0,
    reason: () => "no host port moves here: networks, route targets and lists stand before any port needs them",
  },
  {
    applies: ({ attached, detached }: DeviceRole) => attached > 0 && detached > 0,
    reason: ({ attached, detached }: DeviceRole) =>
      `takes ${ports(detached)} out and lets ${ports(attached)} in, in one transaction`,
  },
  {
    applies: ({ attached }: DeviceRole) => attached > 0,
    reason: ({ attached }: DeviceRole) => `lets ${ports(attached)} in last, together with the lists that guard them`,
  },
] as const;

const ports = (count: number): string => (count === 1 ? "1 host port" : `${count} host ports`);

/** Devices in an order in which each step leaves the network safe, with the reason for each place. */
export function orderDevices(fabric: Fabric, roles: readonly DeviceRole[]): Placed[] {
  const rank = (role: DeviceRole) => stages.findIndex((stage) => stage.applies(role));
  return roles
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) ||
        tier(fabric.switches[a.device]) - tier(fabric.switches[b.device]) ||
        compareNames(a.device, b.device),
    )
    .map((role) => ({ device: role.device, reason: stages[rank(role)]?.reason(role) ?? "" }));
}

/** Gateways and lists of front end and storage before compute, which has routed ports only. */
function tier(device: Switch | undefined): number {
  if (device === undefined) return 9;
  const role = device.role === "leaf" ? 1 : 0;
  return (device.fabric === "computeFabric" ? 2 : 0) + role;
}
