import type { LinkEnd } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { formatIpv4Number } from "#net/ip.ts";
import type { Device, L3Interface } from "../core/device.ts";
import { mlagPartners } from "../core/topology.ts";
import type { Twin } from "../twin.ts";
import { type CheckResult, verdict, whereOf } from "./result.ts";

/** Links that are down although nobody took them down, and descriptions that name another neighbour. */
export function checkCabling(twin: Twin): CheckResult {
  const findings: Finding[] = [];
  for (const { link, up, reason } of twin.links) {
    if (!up && !link.down && reason?.includes("no interface"))
      findings.push({
        code: "twin.port-missing",
        severity: "error",
        message: `The cable from ${link.a.node} ${link.a.port} to ${link.b.node} ${link.b.port} ends in a port without configuration: ${reason}.`,
        where: { kind: "device", device: link.a.node, object: link.a.port },
      });
    for (const [own, other] of [
      [link.a, link.b],
      [link.b, link.a],
    ] as const) {
      const device = twin.devices.get(own.node);
      const said = device?.config.interfaces[own.port]?.description?.toLowerCase();
      if (device === undefined || said === undefined) continue;
      const named = [...twin.devices.keys()].filter(
        (name) => name !== own.node && namesDevice(said, name.toLowerCase()),
      );
      if (named.length === 0 || named.includes(other.node) || !twin.devices.has(other.node)) continue;
      findings.push({
        code: "twin.description-differs",
        severity: "warning",
        message: `${own.node} ${own.port} is described as going to ${named[0]}, the cabling plan says ${other.node}.`,
        where: whereOf(own.node, own.port, device.span("interfaces", own.port)),
        remedy: "Check which of the two is plugged in.",
      });
    }
  }
  return verdict("cabling and descriptions", findings, `${twin.links.length} links, no description disagrees`);
}

/** The name as a word: `leaf1` is not named by `leaf10`. */
function namesDevice(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + name.length] ?? " ";
    if (!/[a-z0-9-]/.test(before) && !/[a-z0-9-]/.test(after)) return true;
  }
  return false;
}

/** Two owners of one address on one segment, and loopbacks that two devices share without being a pair. */
export function checkAddressing(twin: Twin): CheckResult {
  const findings: Finding[] = [];
  let count = 0;
  for (const [text, owners] of twin.owners) {
    count += owners.length;
    if (owners.length < 2 || text.includes(":")) continue;
    const clash = owners
      .flatMap((a, index) => owners.slice(index + 1).map((b) => [a, b] as const))
      .find(([a, b]) => clashes(twin, a, b, text));
    if (clash === undefined) continue;
    const [a, b] = clash;
    findings.push({
      code: "twin.address-twice",
      severity: "error",
      message: `${text} stands on ${a.device} ${a.name} and on ${b.device} ${b.name}.`,
      where: whereOf(a.device, a.name, twin.devices.get(a.device)?.span("interfaces", a.name, "ipv4")),
    });
  }
  return verdict("addressing", findings, `${count} addresses, none stands twice where it must be unique`);
}

function clashes(twin: Twin, a: L3Interface, b: L3Interface, text: string): boolean {
  if (a.instance !== b.instance || !twin.topology.up.has(a) || !twin.topology.up.has(b)) return false;
  if (a.device === b.device) return a.name !== b.name && ownsSubnet(a, text) && ownsSubnet(b, text);
  const anycast = (l3: L3Interface): boolean =>
    l3.addresses.some((own) => own.anycast && formatIpv4Number(own.address) === text);
  if (anycast(a) && anycast(b)) return false;
  const first = twin.devices.get(a.device);
  const second = twin.devices.get(b.device);
  if (first === undefined || second === undefined) return false;
  if (a.config.kind === "loopback" && b.config.kind === "loopback") {
    // The MLAG pair's tunnel end point, and addresses that EVPN leaves to each device (diagnostic loopbacks differ).
    if (a.instance !== "default" || mlagPartners(first, second)) return false;
    return isIdentity(first, a, text) || isIdentity(second, b, text);
  }
  // Two routed ports of the underlay, wherever they are: routes to the one lead to the other.
  if (isRoutedPort(a) && isRoutedPort(b) && a.instance === "default") return true;
  if (sharesVni(first, a, second, b)) return true;
  const left = twin.topology.nodeOfL3.get(a);
  const right = twin.topology.nodeOfL3.get(b);
  return left !== undefined && right !== undefined && twin.topology.segmentOf[left] === twin.topology.segmentOf[right];
}

/** One port's own address in a network; a /32 may be lent to many ports (unnumbered links). */
const ownsSubnet = (l3: L3Interface, text: string): boolean =>
  l3.addresses.some((own) => !own.anycast && own.length < 32 && formatIpv4Number(own.address) === text);

const isRoutedPort = ({ config }: L3Interface): boolean =>
  config.kind === "ethernet" || config.kind === "lag" || config.kind === "subinterface";

/** Gateways of one stretched VLAN that are no anycast gateways: hosts and the other leaf hear two owners. */
function sharesVni(first: Device, a: L3Interface, second: Device, b: L3Interface): boolean {
  const vniOf = (device: Device, l3: L3Interface): number | undefined =>
    l3.config.kind === "irb" ? device.config.bridgeDomains[l3.config.bridgeDomain ?? ""]?.vni : undefined;
  const vni = vniOf(first, a);
  return vni !== undefined && vni === vniOf(second, b);
}

/**
 * Whether a loopback's address is the device's own. One that is none of these, beside others, is a service's that
 * several devices offer on purpose: an anycast rendezvous point, a DNS address.
 */
function isIdentity(device: Device, { addresses }: L3Interface, text: string): boolean {
  if (addresses.length < 2 || formatIpv4Number(addresses[0]?.address ?? 0) === text) return true;
  if (device.vteps.some((vtep) => formatIpv4Number(vtep) === text)) return true;
  return Object.values(device.config.networkInstances).some(({ bgp }) => bgp?.routerId === text);
}

/** VXLAN adds 50 bytes (outer Ethernet, IP, UDP, VXLAN; RFC 7348 §5), 36 of them inside the outer IP packet's MTU. */
const vxlanOverheadBytes = 50;

export function checkMtu(twin: Twin): CheckResult {
  const findings: Finding[] = [];
  const narrow = new Map<number, { readonly end: LinkEnd; count: number }>();
  let known = 0;
  const largest = largestTenantMtu(twin);
  for (const { link, up } of twin.links) {
    const a = twin.devices.get(link.a.node)?.config.interfaces[link.a.port];
    const b = twin.devices.get(link.b.node)?.config.interfaces[link.b.port];
    if (!up || a === undefined || b === undefined) continue;
    if (a.mtuBytes === undefined || b.mtuBytes === undefined) continue;
    known++;
    const where = whereOf(link.a.node, link.a.port, twin.devices.get(link.a.node)?.span("interfaces", link.a.port));
    if (a.mtuBytes !== b.mtuBytes)
      findings.push({
        code: "twin.mtu-differs",
        severity: "error",
        message: `${link.a.node} ${link.a.port} has MTU ${a.mtuBytes}, ${link.b.node} ${link.b.port} has ${b.mtuBytes}.`,
        where,
      });
    else if (
      largest !== undefined &&
      a.switchport === undefined &&
      a.lag === undefined &&
      a.mtuBytes < largest.mtuBytes + vxlanOverheadBytes
    ) {
      const group = narrow.get(a.mtuBytes);
      if (group === undefined) narrow.set(a.mtuBytes, { end: link.a, count: 1 });
      else group.count++;
    }
  }
  if (largest !== undefined)
    for (const [mtuBytes, { end, count }] of narrow) findings.push(overhead(twin, mtuBytes, end, count, largest));
  if (known === 0)
    return {
      check: {
        name: "MTU with VXLAN overhead",
        result: "not covered",
        fidelity: "not covered",
        detail: "no link has an MTU configured on both ends; the platforms' defaults are not known here",
      },
      findings: [],
    };
  return verdict("MTU with VXLAN overhead", findings, `${known} links agree and leave room for VXLAN`);
}

/** Hosts' NICs go up to 9000 bytes: links that carry that with VXLAN only fall short of what the gateway itself allows. */
const jumboBytes = 9000;

function overhead(twin: Twin, mtuBytes: number, end: LinkEnd, count: number, largest: TenantMtu): Finding {
  const others = count === 1 ? "" : `, and ${count - 1} more fabric links like it`;
  const needed = largest.mtuBytes + vxlanOverheadBytes;
  return {
    code: "twin.mtu-overhead",
    severity: mtuBytes >= jumboBytes + vxlanOverheadBytes ? "info" : "warning",
    message: `${end.node} ${end.port} has MTU ${mtuBytes}${others}; ${largest.name} on ${largest.device} may send ${largest.mtuBytes} bytes, ${needed} with VXLAN.`,
    where: whereOf(end.node, end.port, twin.devices.get(end.node)?.span("interfaces", end.port)),
    remedy: `Set the fabric links to ${needed} bytes or more, or the tenants' to less.`,
  };
}

interface TenantMtu {
  readonly device: string;
  readonly name: string;
  readonly mtuBytes: number;
}

/** The largest configured MTU of a tenant's gateway or routed port that goes over VXLAN. */
function largestTenantMtu(twin: Twin): TenantMtu | undefined {
  let largest: TenantMtu | undefined;
  for (const device of twin.devices.values()) {
    if (device.vteps.length === 0) continue;
    for (const l3 of device.l3) {
      const { mtuBytes } = l3.config;
      const stretched = device.config.networkInstances[l3.instance]?.evpn !== undefined;
      if (stretched && l3.config.kind !== "loopback" && mtuBytes !== undefined && mtuBytes > (largest?.mtuBytes ?? 0))
        largest = { device: device.name, name: l3.name, mtuBytes };
    }
  }
  return largest;
}
