import type { Interface, NetworkInstance } from "#model/device-config.ts";
import { compact, place, type Reading } from "../reading.ts";
import { at, childrenAt, use } from "../tree.ts";
import { put, unsupported, type Writing } from "../writing.ts";
import { readBgp, writeBgp } from "./bgp.ts";
import { readL3Evpn } from "./evpn.ts";
import { readOspf, writeOspf } from "./ospf.ts";
import { readStaticRoutes, writeStaticRoutes } from "./static-routes.ts";

/** `default`, all VRFs that are named, and those that only an interface names. */
export function readNetworkInstances(
  reading: Reading,
  ports: ReadonlyMap<string, Interface>,
): Record<string, NetworkInstance> {
  const names = new Set(["default", ...childrenAt(reading.tree, "vrf").map(([name]) => name)]);
  for (const port of ports.values()) names.add(port.networkInstance);
  return Object.fromEntries([...names].map((name) => [name, readInstance(reading, name, ports)]));
}

function readInstance(reading: Reading, name: string, ports: ReadonlyMap<string, Interface>): NetworkInstance {
  const node = at(reading.tree, "vrf", name);
  if (node?.children.size === 0) use(node);
  place(reading, node, "networkInstances", name);
  const router = at(node, "router");
  const evpn = node === undefined ? undefined : readL3Evpn(reading, name, node);
  return compact<NetworkInstance>({
    kind: name === "default" ? "default" : "ipVrf",
    ipForwarding: true,
    staticRoutes: readStaticRoutes(reading, name, at(router, "static")),
    bgp: readBgp(reading, name, at(router, "bgp")),
    ospf: readOspf(reading, name, at(router, "ospf"), ports),
    evpn,
  });
}

export function writeNetworkInstances(writing: Writing): void {
  for (const [name, instance] of Object.entries(writing.config.networkInstances)) {
    if (name !== "default") put(writing, ["vrf", name]);
    writeStaticRoutes(writing, name, instance.staticRoutes);
    writeBgp(writing, name, instance.bgp);
    writeOspf(writing, name, instance.ospf);
    if (!instance.ipForwarding)
      unsupported(writing, name, `Forwarding is off in ${name}; NVUE switches it per interface.`);
    if (instance.description !== undefined)
      unsupported(writing, name, "A VRF has no description in NVUE.", "Leave it out.");
  }
}
