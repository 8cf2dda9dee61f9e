import { prefixAddress, subnetAt, type InterfaceAddress } from "#net/ip.ts";
import type { Nic } from "#model/fabric.ts";
import { hostModels } from "../catalogue.ts";
import {
  addSwitch,
  asnFor,
  connect,
  cut,
  loopbackFor,
  modelOf,
  pairOf,
  tell,
  type Draft,
  type Platform,
} from "./draft.ts";
import { managementPort, portsAt } from "./ports.ts";
import { takeSeat } from "./racks.ts";

const path = "outOfBand";
const gigabit = 1e9;
const uplinkBps = 100e9;
/** Every out-of-band switch routes one /24: 48 ports and their gateway. */
const subnetLength = 24;
const firstOffset = 10;

export function addManagementHosts(draft: Draft): void {
  const want = draft.design.management;
  const model = Object.hasOwn(hostModels, want.hostModel) ? hostModels[want.hostModel] : undefined;
  if (model === undefined)
    tell(
      draft,
      "unknown-model",
      ["management", "hostModel"],
      `No host "${want.hostModel}" in the catalogue.`,
      `Known: ${Object.keys(hostModels).join(", ")}.`,
    );
  for (let number = 1; number <= want.hosts; number++) {
    const seat = takeSeat(draft, "store-rack", 1, lastRow(draft), model?.rackUnits ?? 1);
    draft.hosts[`mgmt-${number}`] = {
      name: `mgmt-${number}`,
      role: "management",
      model: want.hostModel,
      ...seat,
      gpus: [],
      nics: [],
    };
  }
}

const lastRow = (draft: Draft): number =>
  Math.ceil(draft.design.computeFabric.hosts / draft.design.computeFabric.scalableUnitHosts) + 1;

/** One port for every host and switch; several switches are joined by a core. */
export function addOutOfBand(draft: Draft): void {
  const want = draft.design.outOfBand;
  if (want === undefined) return;
  const model = modelOf(draft, want, [path]);
  if (model === undefined) return;
  const perSwitch = portsAt(model, gigabit);
  const hosts = Object.values(draft.hosts).toSorted((a, b) => rank(a.role) - rank(b.role));
  const switches = Object.values(draft.switches);
  const nodes = [...hosts.map(({ name }) => name), ...switches.map(({ name }) => name)];
  if (perSwitch === 0) {
    tell(draft, "breakout", [path, "model"], `${model.title} has no 1G ports.`, "Use sn2201 or generic-1g-48.");
    return;
  }
  const needed = Math.ceil(nodes.length / perSwitch);
  const core = needed > 1 ? addCore(draft, needed) : undefined;
  if (needed > 1 && core === undefined) return;
  for (let number = 1; number <= needed; number++) {
    const name = `oob-${number}`;
    addOne(draft, name, number, want);
    const subnet = cut(draft, "outOfBand", subnetLength, number - 1);
    for (const [port, node] of nodes.slice((number - 1) * perSwitch, number * perSwitch).entries()) {
      const address =
        subnet && (`${prefixAddress(subnetAt(subnet, 32, firstOffset + port))}/${subnetLength}` as InterfaceAddress); // canonical parts
      attach(draft, name, node, address);
    }
    if (core !== undefined) {
      const pair = pairOf(cut(draft, "frontEndLinks", 31, 2 ** 13 + number));
      connect(draft, {
        a: name,
        b: core,
        speedBps: uplinkBps,
        fabric: "outOfBand",
        addresses: pair && [pair[1], pair[0]],
        path: [path],
      });
    }
  }
}

const rank = (role: string): number => ["management", "storage", "gpu"].indexOf(role);

/** The core is of the same operating system: a small one for up to four switches, then one with 128 ports of 100G. */
function addCore(draft: Draft, needed: number): string | undefined {
  const want = draft.design.outOfBand;
  if (want === undefined) return undefined;
  const large = want.nos === "eos" ? "7050dx4-32s" : "sn4700";
  const chosen = want.core ?? { nos: want.nos, model: needed <= 4 ? want.model : large };
  const model = modelOf(draft, chosen, [path, "core"]);
  if (model === undefined) return undefined;
  if (needed > portsAt(model, uplinkBps)) {
    tell(
      draft,
      "oob-core",
      [path, "core"],
      `${needed} out-of-band switches need a core with as many ports of 100G; ${chosen.model} has ${portsAt(model, uplinkBps)}.`,
      "Name a larger model as outOfBand.core.",
    );
    return undefined;
  }
  addOne(draft, "oob-core-1", 0, chosen);
  return "oob-core-1";
}

function addOne(draft: Draft, name: string, index: number, want: Platform): void {
  const model = modelOf(draft, want, [path]);
  if (model === undefined) return;
  const loopback = loopbackFor(draft, 4, index);
  const asn = asnFor(draft, "outOfBand", index);
  const seat = takeSeat(draft, "store-rack", 1, lastRow(draft), model.rackUnits);
  addSwitch(
    draft,
    {
      name,
      fabric: "outOfBand",
      role: "oob",
      nos: want.nos,
      model: want.model,
      ...seat,
      ...(asn === undefined ? {} : { asn }),
      ...(loopback === undefined ? {} : { loopback }),
    },
    model,
    0,
  );
}

function attach(draft: Draft, oob: string, node: string, address: InterfaceAddress | undefined): void {
  const host = draft.hosts[node];
  const managed = draft.switches[node];
  const nic: Nic = {
    name: host === undefined ? managementPort(managed?.nos ?? "nvue") : "eth0",
    purpose: "outOfBand",
    model: "bmc-1g",
    speedBps: gigabit,
  };
  if (host !== undefined) {
    host.nics.push(nic);
    connect(draft, {
      a: oob,
      b: node,
      nic,
      speedBps: gigabit,
      fabric: "outOfBand",
      addresses: [undefined, address],
      path: [path],
    });
    return;
  }
  if (managed === undefined) return;
  const port = draft.ports.get(oob)?.("down", gigabit);
  if (port === undefined) return;
  if (address !== undefined) draft.switches[node] = { ...managed, managementAddress: address };
  draft.links.push({
    a: { node: oob, port: port.name },
    b: { node, port: nic.name, ...(address === undefined ? {} : { address }) },
    speedBps: gigabit,
    fabric: "outOfBand",
    cable: { kind: "copper", lengthMetres: 10, label: `${oob}/${port.name}` },
  });
}
