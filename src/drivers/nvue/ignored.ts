import { ignore, type ConfigNode } from "./tree.ts";

/** Paths that have no part in what the model says of the network, and why. `*` is any key. In the newer spelling. */
const table: readonly (readonly [path: string, reason: string])[] = [
  ["header", "names model and release, configures nothing"],
  ["system message", "what people see when they log in"],
  ["system timezone", "the clock's zone"],
  ["system date-time", "the clock"],
  ["system config auto-save", "when the switch saves, not what it does"],
  ["system config apply", "how the switch applies, not what it does"],
  ["system config snippet system-mtu", "read as the default MTU"],
  ["system global system-mac", "the switch's own MAC; nothing that is modelled is derived from it"],
  ["system global reserved", "numbers the switch keeps for itself"],
  ["system aaa", "who may log in"],
  ["system api", "the management interface"],
  ["system ssh-server", "the management interface"],
  ["system snmp-server", "monitoring"],
  ["system telemetry", "monitoring"],
  ["system wjh", "monitoring"],
  ["system counter", "monitoring"],
  ["system port-mirror", "copies packets for people to look at"],
  ["system control-plane", "guards the switch itself, not what it forwards"],
  ["system dns", "the switch's own name service"],
  ["system ntp", "the clock"],
  ["system syslog", "where the switch logs"],
  ["system log", "where the switch logs"],
  ["system reboot", "how the switch restarts"],
  ["system ztp", "first start"],
  ["system security", "passwords and certificates"],
  ["system packages", "software"],
  ["system docker", "software"],
  ["system ssd", "hardware"],
  ["system nat", "no address translation is modelled"],
  ["system acl mode", "how lists are loaded into hardware"],
  ["system forwarding", "hashing and table sizes: which of equal paths a flow takes, not which paths there are"],
  ["system lldp", "LLDP details"],
  ["service dns", "the switch's own name service"],
  ["service ntp", "the clock"],
  ["service ptp", "the clock"],
  ["service syslog", "where the switch logs"],
  ["service snmp-server", "monitoring"],
  ["service lldp", "LLDP details"],
  ["service dhcp-relay", "address assignment for hosts; no route depends on it"],
  ["service dhcp-relay6", "address assignment for hosts; no route depends on it"],
  ["service dhcp-server", "address assignment for hosts; no route depends on it"],
  ["service dhcp-server6", "address assignment for hosts; no route depends on it"],
  ["vrf * dhcp-server-v4", "address assignment for hosts; no route depends on it"],
  ["vrf * dhcp-relay-v4", "address assignment for hosts; no route depends on it"],
  ["platform", "hardware"],
  ["router pim", "multicast routing is not modelled"],
  ["router igmp", "multicast routing is not modelled"],
  ["vrf * router pim", "multicast routing is not modelled"],
  ["interface * router pim", "multicast routing is not modelled"],
  ["interface * ipv4 igmp", "multicast routing is not modelled"],
  ["bridge domain * multicast", "multicast snooping is not modelled"],
  ["bridge domain * vlan * multicast", "multicast snooping is not modelled"],
  ["bridge domain * vlan * ptp", "the clock"],
  ["router vrr", "the gateways say it themselves"],
  ["router adaptive-routing", "per-packet path choice by load; the traffic model takes flows as hashed"],
  ["interface * router adaptive-routing", "per-packet path choice by load; the traffic model takes flows as hashed"],
  ["router bfd", "how fast BFD notices, not whether it runs"],
  ["router bgp graceful-restart", "behaviour while BGP restarts"],
  ["router bgp convergence-wait", "behaviour while BGP starts"],
  ["router bgp wait-for-install", "behaviour while BGP starts"],
  ["router bgp queue-limit", "inside BGP"],
  ["router bgp graceful-shutdown", "maintenance mode is not modelled"],
  ["router ospf timers", "how fast OSPF reacts"],
  ["vrf * router bgp timers", "how fast BGP reacts"],
  ["vrf * router bgp route-reflection reflect-between-clients", "on unless said otherwise"],
  ["vrf * router bgp neighbor * timers", "how fast BGP reacts"],
  ["vrf * router bgp peer-group * timers", "how fast BGP reacts"],
  ["vrf * router bgp neighbor * graceful-restart", "behaviour while BGP restarts"],
  ["vrf * router bgp peer-group * graceful-restart", "behaviour while BGP restarts"],
  ["vrf * router bgp neighbor * address-family * graceful-restart", "behaviour while BGP restarts"],
  ["vrf * router bgp path-selection med compare-deterministic", "on in FRR; the model compares so"],
  ["vrf * router ospf timers", "how fast OSPF reacts"],
  ["vrf * router ospf log", "logging"],
  ["vrf * table", "number of the kernel's table"],
  ["interface * router ospf timers", "how fast OSPF reacts"],
  ["interface * router ospf bfd", "how fast OSPF notices"],
  ["interface * router ospf authentication", "OSPF authentication is taken as right on both ends"],
  ["interface * ipv6 neighbor-discovery", "router advertisements, which FRR sends by itself for unnumbered BGP"],
  ["interface * ipv6 forward", "IPv6 forwarding is on"],
  ["interface * ipv4 forward", "IPv4 forwarding is on"],
  ["interface * ipv6 state", "IPv6 is off: the interface has no IPv6 addresses"],
  ["interface * ipv4 dhcp-client", "the address comes by DHCP"],
  ["interface * ipv6 dhcp-client", "the address comes by DHCP"],
  ["interface * ipv4 arp", "ARP timers"],
  ["interface * bridge domain * stp", "spanning tree is not modelled: the model takes bridged edges as free of loops"],
  ["interface * bridge domain * learning", "MAC learning follows EVPN in the model"],
  ["bridge domain * stp", "spanning tree is not modelled: the model takes bridged edges as free of loops"],
  ["bridge domain * ageing", "MAC timers"],
  ["bridge domain * vlan-vni-offset", "names of the tunnel device inside the switch"],
  ["interface * bond lacp-bypass", "lets a host boot before it speaks LACP"],
  ["interface * bond lacp-rate", "LACP timers"],
  ["interface * bond down-delay", "LACP timers"],
  ["interface * bond up-delay", "LACP timers"],
  ["interface * bond mlag enable", "an MLAG id says it"],
  ["interface * bond mlag state", "an MLAG id says it"],
  ["interface * bond mlag lacp-conflict", "LACP details"],
  ["interface * base-interface", "the gateway's bridge"],
  ["interface * link fast-linkup", "physical detail"],
  ["interface * link flap-protection", "physical detail"],
  ["interface * link phy-detail", "physical detail"],
  ["interface * link dot1x", "port access control is not modelled"],
  ["interface * lldp", "LLDP details"],
  ["interface * ptp", "the clock"],
  ["interface * synce", "the clock"],
  ["interface * telemetry", "monitoring"],
  ["mlag priority", "which of the pair leads"],
  ["mlag init-delay", "behaviour while the switch starts"],
  ["mlag debug", "logging"],
  ["evpn multihoming", "timers and switches of multihoming; the segments say what is shared"],
  ["evpn dad", "duplicate address detection"],
  ["evpn route-advertise", "host routes of the gateways' own addresses: no destination depends on them"],
  ["evpn vni * route-advertise", "host routes of the gateways' own addresses: no destination depends on them"],
  ["nve vxlan flooding", "head-end replication to the VTEPs of EVPN type 3, as the model computes"],
  ["bridge domain * vlan * vni * flooding", "head-end replication to the VTEPs of EVPN type 3, as the model computes"],
  ["nve vxlan decapsulation", "DSCP of the outer header"],
  ["nve vxlan encapsulation", "DSCP of the outer header"],
  ["qos traffic-pool", "shares of the packet buffer; the simulator takes the pool as given"],
  ["qos advance-buffer-config", "shares of the packet buffer; the simulator takes the pool as given"],
];

interface Rule {
  readonly next: Map<string, Rule>;
  reason?: string;
}

/** The table as a tree beside the configuration's, so that one walk does for all of it. */
const rules: Rule = { next: new Map() };
for (const [path, reason] of table) {
  let here = rules;
  for (const key of path.split(" ")) {
    const there: Rule = here.next.get(key) ?? { next: new Map() };
    here.next.set(key, there);
    here = there;
  }
  here.reason = reason;
}

/** Marks what is known to have no part. Only leaves that no feature read are touched. */
export const ignoreKnown = (tree: ConfigNode): void => mark(tree, [rules]);

function mark(node: ConfigNode, active: readonly Rule[]): void {
  for (const [key, child] of node.children) {
    const next: Rule[] = [];
    for (const rule of active) {
      const own = rule.next.get(key);
      const any = rule.next.get("*");
      if (own !== undefined) next.push(own);
      if (any !== undefined) next.push(any);
    }
    for (const { reason } of next) if (reason !== undefined) ignore(child, reason);
    if (next.length > 0) mark(child, next);
  }
}
