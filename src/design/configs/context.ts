import type { AddressPlan } from "#model/address-plan.ts";
import type { DeviceConfig, Interface } from "#model/device-config.ts";
import type { Fabric, Host, Link, LinkEnd, Nic, Switch } from "#model/fabric.ts";
import { Failure } from "#model/failure.ts";
import type { Tenant } from "#model/tenant.ts";

/** One plugged port of a switch, seen from it. */
export interface Port {
  readonly link: Link;
  readonly own: LinkEnd;
  readonly peer: LinkEnd;
  readonly peerSwitch?: Switch;
  readonly host?: Host;
  readonly nic?: Nic;
  /** The tenant that the host at the other end belongs to. */
  readonly tenant?: Tenant;
}

/** The fabric turned so that each switch finds its ports and each host its tenant. */
export interface Context {
  readonly fabric: Fabric;
  readonly plan: AddressPlan;
  readonly tenants: readonly Tenant[];
  readonly portsOf: ReadonlyMap<string, readonly Port[]>;
  /** Number of a front-end leaf among its kind: its own gateway addresses are counted by it. */
  readonly frontLeafIndex: ReadonlyMap<string, number>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** A configuration while it is being put together. */
export type ConfigDraft = Mutable<
  Omit<DeviceConfig, "interfaces" | "bridgeDomains" | "macVrfs" | "networkInstances" | "acls">
> & {
  interfaces: Record<string, Interface>;
  bridgeDomains: Record<string, DeviceConfig["bridgeDomains"][string]>;
  macVrfs: Record<string, DeviceConfig["macVrfs"][string]>;
  networkInstances: Record<string, DeviceConfig["networkInstances"][string]>;
  acls: Record<string, DeviceConfig["acls"][string]>;
};

/** @throws {Failure} unsupported, for a fabric that was imported without an address plan */
export function makeContext(fabric: Fabric, tenants: readonly Tenant[]): Context {
  if (fabric.plan === undefined)
    throw new Failure(
      "unsupported",
      `The fabric ${fabric.name} was imported: its configurations are its own, none are derived.`,
    );
  const tenantOf = new Map(tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant] as const)));
  const portsOf = new Map<string, Port[]>(Object.keys(fabric.switches).map((name) => [name, []]));
  const nics = new Map(
    Object.values(fabric.hosts).map((host) => [host.name, new Map(host.nics.map((nic) => [nic.name, nic]))]),
  );
  const add = (link: Link, own: LinkEnd, peer: LinkEnd): void => {
    const peerSwitch = Object.hasOwn(fabric.switches, peer.node) ? fabric.switches[peer.node] : undefined;
    const host = Object.hasOwn(fabric.hosts, peer.node) ? fabric.hosts[peer.node] : undefined;
    const nic = nics.get(peer.node)?.get(peer.port);
    const tenant = tenantOf.get(peer.node);
    portsOf.get(own.node)?.push({
      link,
      own,
      peer,
      ...(peerSwitch === undefined ? {} : { peerSwitch }),
      ...(host === undefined ? {} : { host }),
      ...(nic === undefined ? {} : { nic }),
      ...(tenant === undefined ? {} : { tenant }),
    });
  };
  for (const link of fabric.links) {
    add(link, link.a, link.b);
    add(link, link.b, link.a);
  }
  const frontLeaves = Object.values(fabric.switches).filter((one) => one.fabric === "frontEnd" && one.role === "leaf");
  return {
    fabric,
    plan: fabric.plan,
    tenants,
    portsOf,
    frontLeafIndex: new Map(frontLeaves.map(({ name }, index) => [name, index])),
  };
}
