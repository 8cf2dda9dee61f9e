import type { NosName } from "#model/device-config.ts";

/**
 * containerlab kinds and the operating systems behind them. Kinds with no driver of ours come in as hosts.
 * @source containerlab.dev manual, kinds (old names and new ones)
 */
export const nosOfKind: Readonly<Record<string, NosName>> = {
  arista_ceos: "eos",
  ceos: "eos",
  arista_veos: "eos",
  "vr-veos": "eos",
  vr_veos: "eos",
  "sonic-vs": "sonic",
  "sonic-vm": "sonic",
  dell_sonic: "sonic",
  nvidia_cumulusvx: "nvue",
  cumulus_cvx: "nvue",
  cvx: "nvue",
  nokia_srlinux: "srlinux",
  srl: "srlinux",
  cisco_n9kv: "nxos",
  "vr-n9kv": "nxos",
  juniper_vjunosswitch: "junos",
  juniper_vjunosrouter: "junos",
  juniper_vjunosevolved: "junos",
  juniper_cjunosevolved: "junos",
  juniper_crpd: "junos",
  juniper_vqfx: "junos",
  juniper_vmx: "junos",
  crpd: "junos",
};

/** What we export as. */
export const kindOfNos: Readonly<Partial<Record<NosName, string>>> = {
  eos: "arista_ceos",
  sonic: "sonic-vs",
  nvue: "nvidia_cumulusvx",
  srlinux: "nokia_srlinux",
  nxos: "cisco_n9kv",
  junos: "juniper_vjunosswitch",
};

/** SONiC's virtual switch gives each front port four lanes. @source corpus sonic-srlinux-l2evpn: "eth2 maps to Ethernet4" */
const sonicLanes = 4;

/**
 * A vendor's port name as the interface of the container: cEOS shows `eth1_5` as `Ethernet1/5`, SONiC `eth2` as
 * `Ethernet4`, SR Linux `e1-1` as `ethernet-1/1`. Undefined when there is no such rule for the name.
 */
export function toLinux(nos: NosName | undefined, port: string): string | undefined {
  if (nos === undefined || nos === "nvue" || nos === "frr") return port;
  if (nos === "eos") {
    const match = /^Ethernet(\d+(?:\/\d+){0,2})$/.exec(port);
    return match?.[1] === undefined ? undefined : `eth${match[1].replaceAll("/", "_")}`;
  }
  if (nos === "sonic") {
    const lane = Number(/^Ethernet(\d{1,5})$/.exec(port)?.[1] ?? Number.NaN);
    return lane % sonicLanes === 0 ? `eth${lane / sonicLanes + 1}` : undefined;
  }
  if (nos === "srlinux") {
    const match = /^ethernet-(\d+)\/(\d+)(?:\/(\d+))?$/.exec(port);
    return match === null ? undefined : `e${match[1]}-${match[2]}${match[3] === undefined ? "" : `-${match[3]}`}`;
  }
  if (nos === "nxos") {
    const match = /^Ethernet1\/(\d+)$/.exec(port);
    return match === null ? undefined : `eth${match[1]}`;
  }
  const match = /^(?:ge|et|xe)-0\/0\/(\d+)$/.exec(port);
  return match === null ? undefined : `eth${Number(match[1]) + 1}`;
}

/** The inverse; names that the vendor itself uses stay as they are. */
export function fromLinux(nos: NosName | undefined, name: string): string {
  if (nos === undefined || nos === "nvue" || nos === "frr") return name;
  const eth = /^eth([1-9]\d{0,4})((?:_\d{1,3}){0,2})$/.exec(name);
  const number = Number(eth?.[1]);
  if (nos === "srlinux") {
    const match = /^e(\d+)-(\d+)(?:-(\d+))?$/.exec(name);
    return match === null ? name : `ethernet-${match[1]}/${match[2]}${match[3] === undefined ? "" : `/${match[3]}`}`;
  }
  if (eth === null) return name;
  if (nos === "eos") return `Ethernet${number}${(eth[2] ?? "").replaceAll("_", "/")}`;
  if (eth[2] !== "") return name;
  if (nos === "sonic") return `Ethernet${(number - 1) * sonicLanes}`;
  return nos === "nxos" ? `Ethernet1/${number}` : `ge-0/0/${number - 1}`;
}
