/** What the lab's device doubles do as the real ones, and what not. Shown to whoever looks at a result made on them. */
export interface FidelityLine {
  readonly topic: string;
  readonly grade: "as the device" | "approximated" | "not covered";
  readonly detail: string;
}

const shared: readonly FidelityLine[] = [
  {
    topic: "transport",
    grade: "as the device",
    detail: "Real TCP, TLS and the vendor's management protocol on loopback; a lab authority signs every certificate.",
  },
  {
    topic: "validation",
    grade: "approximated",
    detail:
      "A configuration is refused where Heddle's own parser knows no such line, plus the rules listed here. Lines that the device came with are accepted as they stand. The vendor's parser may know more lines, and refuse more values.",
  },
  {
    topic: "forwarding and protocols",
    grade: "approximated",
    detail:
      "Links, neighbors and sessions are what the twin computes from all running configurations; nothing is forwarded, and convergence takes no time.",
  },
  {
    topic: "counters",
    grade: "approximated",
    detail:
      "Simulated from the jobs' load. Only octets, errors, ECN marks and PFC pauses, as far as the NOS shows them.",
  },
  {
    topic: "persistence",
    grade: "as the device",
    detail:
      "Running, startup, candidates and confirm timers are on disk before a call is answered, and survive a kill of the lab; a reboot drops what the real one would.",
  },
  {
    topic: "hardware",
    grade: "not covered",
    detail: "No TCAM, buffer or port-group limits; no optics, fans or power.",
  },
  {
    topic: "authorization",
    grade: "not covered",
    detail: "One user with all rights; no roles, AAA or command authorization.",
  },
];

export const fidelity: Readonly<Record<"eos" | "nvue" | "sonic", readonly FidelityLine[]>> = {
  eos: [
    ...shared,
    {
      topic: "eAPI",
      grade: "as the device",
      detail:
        "runCmds with JSON and text, errors 1000, 1002 and 1003 with one data element for each command that ran, 401. 1001 and 1004 never arise; no auto-completion, aliases, pipes, timestamps or HTTP without TLS.",
    },
    {
      topic: "config sessions",
      grade: "as the device",
      detail:
        "Several at once (5 open, 1 completed kept), rollback clean-config, diffs, commit timer, abort, both ways of reporting a pending timer (before and from 4.32). A commit replaces running by the session.",
    },
    {
      topic: "modes",
      grade: "approximated",
      detail:
        "A line goes to the innermost mode that has the command. Modes are a table; of 15,526 lines of AVD's configurations about 2.5 % (exotic features) land in another block when typed without their context.",
    },
    {
      topic: "refusals",
      grade: "approximated",
      detail:
        "Out-of-range numbers, overlapping subnets in a VRF, VRFs that are not there, double VNIs, a second BGP instance. Judged at the end of a mode, not line by line, so a conflict that a later line of the same call removes is not seen. The words of most messages are ours.",
    },
    {
      topic: "show commands",
      grade: "approximated",
      detail:
        "running-config, startup-config, version, hostname, interfaces, interfaces status, lldp neighbors, bgp summaries, priority-flow-control counters, configuration sessions. Text forms are short; ECN counters are not there.",
    },
    { topic: "gNMI, CVP, SSH", grade: "not covered", detail: "Only eAPI listens." },
  ],
  nvue: [
    ...shared,
    {
      topic: "REST",
      grade: "as the device",
      detail:
        "Revisions, PATCH and DELETE at any path, diff in both directions, both return styles (to 5.9, from 5.10), api-token with expiry, 401, 403 with the factory password. No actions, no include/omit, no OpenAPI document.",
    },
    {
      topic: "apply",
      grade: "approximated",
      detail:
        "apply, verifying, ays, reloading, applied or applied_and_saved, invalid, ays_fail, confirm, confirm_fail; takes milliseconds. Which changes ask for ays is a guess; services never fail to reload (ignore_fail). A second apply is answered 409, a guess.",
    },
    {
      topic: "confirm",
      grade: "as the device",
      detail:
        "state-controls.confirm with revert after the time, confirm_yes and confirm_no, and the form that answers the prompt beforehand (state ays).",
    },
    {
      topic: "schema",
      grade: "approximated",
      detail:
        "Unknown keys are found by Heddle's parser, by default when applying; a real switch refuses most of them with the PATCH (option schemaAtPatch). Both spellings are taken unless strictSpelling is on. No defaults are filled in (filled=true gives the same as false).",
    },
    {
      topic: "operational state",
      grade: "approximated",
      detail: "Links, statistics, LLDP, BGP neighbors and system only.",
    },
    { topic: "Linux", grade: "not covered", detail: "No shell, ifupdown2, vtysh, or startup.yaml edited by hand." },
  ],
  sonic: [
    ...shared,
    {
      topic: "gNMI",
      grade: "as the device",
      detail:
        "Capabilities, Get, Set, Subscribe (ONCE, POLL, STREAM with SAMPLE from 1 s and ON_CHANGE), origin sonic-db, JSON_IETF, user and password as metadata, ~1 for a slash in a key. No OpenConfig, no gNOI, one ASIC.",
    },
    {
      topic: "updater",
      grade: "approximated",
      detail:
        "Delete, replace, update in order, absent deletes dropped, no empty tables, replace of the root, one worker, checkpoint read by Gets meanwhile, saved at the end; a failure midway leaves a part. Moves are whole rows in a fixed order, not the real sorter's search; create-only fields delete and add the row.",
    },
    {
      topic: "YANG",
      grade: "approximated",
      detail:
        "Unknown tables and fields by Heddle's parser; references between some forty tables and a few ranges by a table of ours. No must-statements.",
    },
    {
      topic: "service checks",
      grade: "not covered",
      detail:
        "Validators of gcu_services_validator and gcu_field_operation_validators (restarts of DHCP, NTP, rsyslog, per-ASIC RDMA limits) don't run; the 600 s limit never strikes.",
    },
    {
      topic: "FRR",
      grade: "not covered",
      detail: "frr.conf is kept and read, but nothing changes it: ConfigDB doesn't reach it.",
    },
    { topic: "confirmed commit", grade: "not covered", detail: "SONiC has none; whoever wants one keeps the timer." },
  ],
};
