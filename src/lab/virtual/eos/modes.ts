/**
 * A configuration mode: the line that enters it, the commands that it has itself, and the modes below it. EOS tries a
 * command in the innermost mode and then in those around it, so order and not indentation says where a line belongs.
 *
 * @source "Mode-changing commands", EOS user manual, Command-Line Interface; command lists from corpus/eos
 */
export interface Mode {
  readonly enters: RegExp;
  readonly owns: RegExp;
  readonly modes: readonly Mode[];
}

const qosClass: Mode = {
  enters: /^(tx|uc-tx|mc-tx)-queue \d+/,
  owns: /^(random-detect|bandwidth|priority|shape|drop|latency) ?/,
  modes: [],
};
const ethernetSegment: Mode = {
  enters: /^evpn ethernet-segment$/,
  owns: /^(identifier|designated-forwarder|redundancy|route-target|mpls) /,
  modes: [],
};
const interfaceMode: Mode = {
  enters: /^interface /,
  owns: new RegExp(
    "^(description |comment |shutdown$|mtu |speed |switchport($| )|channel-group |lacp |port-channel (min-links|lacp) |" +
      "ip (address|access-group|ospf|virtual-router address|helper-address|proxy-arp|verify|igmp|attached-host|attached-hosts|directed-broadcast|local-proxy-arp|dhcp relay|pim) ?|" +
      "ipv6 (address|enable|nd|ospf|access-group|virtual-router address|attached-host) ?|vrf (?!instance)|encapsulation |mlag \\d+$|" +
      "spanning-tree (portfast|bpdufilter|bpduguard|cost|link-type|port-priority|guard|mst \\d+ cost|vlan-id \\S+ cost) ?|" +
      "qos (trust|dscp|cos)|service-(policy|profile) |priority-flow-control (on|off|mode|priority|pause|timer) ?|" +
      "autostate$|vxlan |bfd |isis |pim |load-interval |lldp (transmit|receive)|storm-control |error-correction |" +
      "l2-protocol |l2 |flowcontrol |dcbx |sflow (enable|egress|extension)|mac-address |mac security profile |ip nat |transceiver media |no-priority|snmp trap |link tracking group |evpn vpws |logging event |shape |traffic-policy |multicast |no-autostate|arp |mac access-group |" +
      "unidirectional|phy |link-debounce|tcp mss|dot1x |poe |mpls |ptp (enable|role|transport|announce|sync-message|delay-req)|bandwidth |name )",
  ),
  modes: [ethernetSegment, qosClass],
};

const bgpCommon =
  "router-id |neighbor |maximum-paths |bgp |timers |distance |network |aggregate-address |redistribute |graceful-restart|" +
  "update |rd |route-target |ucmp |import |export |next-hop |advertise|default-route |host-flap|layer-2 |evpn |" +
  "default neighbor |route |dynamic |cluster-id |session |shutdown$|local-";
const addressFamily: Mode = { enters: /^address-family /, owns: new RegExp(`^(${bgpCommon}|bgp )`), modes: [] };
const bgpMode: Mode = {
  enters: /^router bgp( |$)/,
  owns: new RegExp(`^(${bgpCommon}|description )`),
  modes: [
    { enters: /^vlan-aware-bundle /, owns: /^(rd |route-target |redistribute |vlan |domain )/, modes: [] },
    { enters: /^vlan \d/, owns: /^(rd |route-target |redistribute |domain )/, modes: [] },
    { enters: /^vrf /, owns: new RegExp(`^(${bgpCommon}|description )`), modes: [addressFamily] },
    addressFamily,
  ],
};

/** What every block has whose commands are not listed one by one. */
const anyOf = (enters: RegExp, owns: RegExp, modes: readonly Mode[] = []): Mode => ({ enters, owns, modes });

const managementVrf = anyOf(/^vrf (?!instance)/, /^(shutdown$|ip access-group |ipv6 access-group )/);
/** Commands of the global mode itself; a line that no mode claims stays in the innermost one. */
const globalCommands = new RegExp(
  "^(aaa |agent |alias |arp |banner |boot |clock |cvx|dhcp |dns |enable |end$|errdisable |event-|hardware |hostname |igmp |" +
    "ip (access-list|address virtual source-nat|as-path|community-list|dhcp (relay|snooping)|domain|extcommunity-list|ftp|hardware|host|http|icmp|igmp snooping|large-community-list|load-sharing|multicast-routing|name-server|nat|prefix-list|radius|route|routing|security|ssh|tacacs|telnet|virtual-router mac-address|radv) ?|" +
    "ipv6 (access-list|icmp|neighbor|prefix-list|route|unicast-routing|hardware) ?|kernel |lacp system|link tracking|lldp (run|timer|holdtime|management|tlv|reinitialization)|" +
    "load-interval default|local-|logging |mac (access-list|address-table|security) ?|mcs |mlag configuration|monitor |mpls (ip|label|tunnel|icmp|ldp|rsvp)|ntp |patch |peer-filter |platform |" +
    "policy-map |class-map |port-channel load-balance|priority-flow-control (pause|all)|privilege|prompt |ptp (mode|clock|domain|priority|source|ttl|forward|hold|message|monitor|free)|qos (map|profile|rewrite|random-detect|tx-queue)|" +
    "queue-monitor |radius|redundancy|role |route-map |router |schedule |service (routing|interface|configuration|unsupported)|sflow (sample|run|polling|destination|source|vrf|interface)|sip |snmp-server |" +
    "spanning-tree (mode|mst( \\d+ priority| configuration)|priority|vlan-id|root|edge-port|forward|hello|max-age|transmit|bpduguard rate|loopguard)|switchport (default|port-security mode)|system |tacacs|tap |tcam |telemetry|tenant|terminal |traffic-policies|transceiver |trident|tunnel |username |" +
    "virtual-cable|vlan |vrf instance |vxlan |zerotouch )",
);

export const globalMode: Mode = {
  enters: /^$/,
  owns: globalCommands,
  modes: [
    interfaceMode,
    anyOf(/^vlan [\d,\- ]+$/, /^(name |state |trunk group |private-vlan |mac address)/),
    bgpMode,
    anyOf(/^vrf instance /, /^(rd |description |route-target )/),
    anyOf(/^route-map /, /^(match |set |continue|sub-route-map |description |statement )/),
    anyOf(/^(ip|ipv6|mac) (standard )?access-list /, /^(\d+ |permit |deny |remark |counters |statistics |resequence)/),
    anyOf(/^(ip|ipv6) prefix-list \S+$/, /^(seq |permit |deny |remark )/),
    anyOf(/^peer-filter /, /^(\d+ |match |permit |deny )/),
    anyOf(
      /^router ospf3? ?/,
      /^(router-id |network |passive-interface |redistribute |max-lsa |area |auto-cost |maximum-paths |distance |default-information |log-adjacency|timers |bfd |point-to-point|graceful-restart|distribute-list |summary-address |shutdown$|max-metric |adjacency |dn-bit)/,
      [],
    ),
    anyOf(
      /^router (general|multicast|bfd|pim|igmp|isis|traffic-engineering|adaptive)/,
      /^(router-id |interval |multihop |session |shutdown$|routing|bfd |hop )/,
      [
        anyOf(/^vrf (?!instance)/, /^(leak |routes |set )/),
        anyOf(/^(ipv4|ipv6)$/, /^(routing|software-forwarding|multipath)/),
      ],
    ),
    anyOf(
      /^mlag configuration/,
      /^(domain-id |heartbeat-interval |local-interface |peer-address |peer-link |reload-delay |primary-priority |dual-primary |shutdown$)/,
    ),
    anyOf(
      /^management (api|ssh|console|security|telnet|cvx|http-server)/,
      /^(protocol |shutdown$|cors |default-services$|qos dscp |log-level |content |idle-timeout |transport |ssl |connection |session |server-alive |provider )/,
      [managementVrf, anyOf(/^transport (grpc|netconf) /, /^(port |vrf |shutdown$|ssl |authorization |ip )/)],
    ),
    anyOf(/^daemon /, /^(exec |shutdown$|option |heartbeat |oom )/),
    anyOf(/^qos profile /, interfaceMode.owns, [qosClass]),
    anyOf(/^class-map /, /^match /),
    anyOf(/^policy-map /, /^\d+ class |^class default$/, [anyOf(/^(\d+ )?class /, /^(set |police |drop$|bandwidth )/)]),
    anyOf(/^priority-flow-control pause watchdog default$/, /^(timeout |recovery-time |action )/),
    anyOf(/^system control-plane$/, /^(ip access-group |ipv6 access-group |tcp mss )/),
    anyOf(/^hardware (tcam|counter)$/, /^(system |profile |feature )/),
    anyOf(/^monitor session \S+$/, /^(source |destination )/),
    anyOf(/^event-handler /, /^(trigger |action |delay |asynchronous)/),
    anyOf(/^queue-monitor streaming$/, /^(shutdown$|max-connections |vrf )/),
  ],
};
