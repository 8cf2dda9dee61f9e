import { prefixAddress, prefixLength, subnetAt, type InterfaceAddress } from "#net/ip.ts";
import type { Nic } from "#model/fabric.ts";
import { hostModels, nicModels } from "../catalogue.ts";
import type { SwitchModel } from "../hardware.ts";
import {
  addSwitch,
  asnFor,
  connect,
  cut,
  loopbackFor,
  modelOf,
  pairOf,
  platformFor,
  tell,
  type Draft,
  type HostDraft,
} from "./draft.ts";
import { modeFor, portsAt } from "./ports.ts";
import { takeSeat } from "./racks.ts";

const path = "frontEnd";
/** Addresses below this are kept for gateways and the operator's own use. */
export const firstHostOffset = 16;

/** Hosts behind one front-end leaf, each with its NICs. */
interface Group {
  readonly prefix: string;
  readonly rackPrefix: string;
  readonly slot: number;
  readonly row: number;
  readonly unit?: number;
  readonly attachments: readonly { readonly host: HostDraft; readonly nic: Nic; readonly address?: InterfaceAddress }[];
}

/** Storage servers with their NICs; they stand in the storage network with fixed addresses. */
export function addStorageHosts(draft: Draft): void {
  const want = draft.design.storage;
  if (want === undefined) return;
  if (draft.design.frontEnd === undefined) {
    tell(draft, "no-front-end", ["storage"], "Storage hosts need a front-end fabric to stand on.", "Add frontEnd.");
    return;
  }
  const model = Object.hasOwn(hostModels, want.hostModel) ? hostModels[want.hostModel] : undefined;
  const nicModel = Object.hasOwn(nicModels, want.nicModel) ? nicModels[want.nicModel] : undefined;
  if (model === undefined)
    tell(
      draft,
      "unknown-model",
      ["storage", "hostModel"],
      `No host "${want.hostModel}" in the catalogue.`,
      `Known: ${Object.keys(hostModels).join(", ")}.`,
    );
  if (nicModel === undefined)
    tell(
      draft,
      "unknown-model",
      ["storage", "nicModel"],
      `No NIC "${want.nicModel}" in the catalogue.`,
      `Known: ${Object.keys(nicModels).join(", ")}.`,
    );
  else if (!nicModel.speedsBps.includes(want.linkSpeed))
    tell(
      draft,
      "nic-speed",
      ["storage", "linkSpeed"],
      `${want.nicModel} has no ${want.linkSpeed / 1e9}G mode.`,
      "Choose a speed that the NIC has.",
    );
  const row = storageRow(draft);
  for (let number = 1; number <= want.hosts; number++) {
    const name = `store-${number}`;
    const seat = takeSeat(draft, "store-rack", 1, row, model?.rackUnits ?? 2);
    const nics = Array.from({ length: want.nicsPerHost }, (_, index): Nic => ({
      name: `eth${index + 1}`,
      purpose: "storageFabric",
      model: want.nicModel,
      speedBps: want.linkSpeed,
    }));
    draft.hosts[name] = { name, role: "storage", model: want.hostModel, ...seat, gpus: [], nics };
  }
}

const storageRow = (draft: Draft): number =>
  Math.ceil(draft.design.computeFabric.hosts / draft.design.computeFabric.scalableUnitHosts) + 1;

/** Front-end leaves per scalable unit and for storage, spines, and all their links. */
export function addFrontEnd(draft: Draft): void {
  const want = draft.design.frontEnd;
  if (want === undefined) return;
  checkNic(draft);
  const spineModel = modelOf(draft, want.spine, [path, "spine"]);
  if (spineModel === undefined) return;
  const groups = [...gpuGroups(draft), ...storageGroup(draft)];
  const spinePorts = portsAt(spineModel, want.uplinkSpeed);
  const spineCount = want.spine.count ?? fewestSpines(draft, groups, spinePorts);
  const perSpine = linksPerSpine(draft, groups, spineCount);
  if (perSpine > spinePorts)
    tell(
      draft,
      "spine-ports",
      [path, "spine", "count"],
      `Each front-end spine needs ${perSpine} ports of ${want.uplinkSpeed / 1e9}G and has ${spinePorts}.`,
      `Leave the count out to have it chosen, or use a larger model.`,
    );
  const spines = addFrontSpines(draft, spineModel, spineCount);
  let leafIndex = 0;
  let linkIndex = 0;
  for (const group of groups) {
    const size = leafShape(draft, group, spineCount);
    if (size === undefined) continue;
    for (let number = 1; number <= size.leaves; number++) {
      const name = `${group.prefix}-${number}`;
      const found = platformFor(draft, want.leaf, name, [path, "leaf"]);
      if (found === undefined) continue;
      addFrontLeaf(draft, group, name, found, leafIndex++);
      connectGroup(draft, name, group, group.attachments.slice((number - 1) * size.perLeaf, number * size.perLeaf));
      if (perSpine > spinePorts) continue;
      for (const spine of spines)
        for (let parallel = 0; parallel < size.uplinksPerSpine; parallel++) {
          const pair = pairOf(cut(draft, "frontEndLinks", 31, linkIndex++));
          connect(draft, {
            a: name,
            b: spine,
            speedBps: want.uplinkSpeed,
            fabric: "frontEnd",
            addresses: draft.plan.underlay === "numbered" && pair ? [pair[1], pair[0]] : undefined,
            path: [path, "uplinkSpeed"],
          });
        }
    }
  }
}

/** Ports that each spine needs when every leaf spreads its uplinks over `spines` of them. */
function linksPerSpine(draft: Draft, groups: readonly Group[], spines: number): number {
  return groups.reduce((sum, group) => {
    const size = leafShape(draft, group, spines);
    return sum + (size === undefined ? 0 : size.leaves * size.uplinksPerSpine);
  }, 0);
}

function fewestSpines(draft: Draft, groups: readonly Group[], spinePorts: number): number {
  for (let spines = 2; spines < 64; spines++) if (linksPerSpine(draft, groups, spines) <= spinePorts) return spines;
  return 2;
}

const speedOf = (draft: Draft, group: Group): number =>
  group.attachments[0]?.nic.speedBps ?? draft.design.frontEnd?.linkSpeed ?? 0;

function connectGroup(draft: Draft, leaf: string, group: Group, mine: Group["attachments"]): void {
  for (const { host, nic, address } of mine)
    connect(draft, {
      a: leaf,
      b: host.name,
      nic,
      speedBps: nic.speedBps,
      fabric: group.unit === undefined ? "storageFabric" : "frontEnd",
      addresses: [undefined, address],
      path: [group.unit === undefined ? "storage" : path, "linkSpeed"],
    });
}

function checkNic(draft: Draft): void {
  const want = draft.design.frontEnd;
  const nic = want && Object.hasOwn(nicModels, want.nicModel) ? nicModels[want.nicModel] : undefined;
  if (want !== undefined && nic === undefined)
    tell(
      draft,
      "unknown-model",
      [path, "nicModel"],
      `No NIC "${want.nicModel}" in the catalogue.`,
      `Known: ${Object.keys(nicModels).join(", ")}.`,
    );
  else if (want !== undefined && nic?.speedsBps.includes(want.linkSpeed) === false)
    tell(
      draft,
      "nic-speed",
      [path, "linkSpeed"],
      `${want.nicModel} has no ${want.linkSpeed / 1e9}G mode.`,
      "Choose a speed that the NIC has.",
    );
}

function gpuGroups(draft: Draft): Group[] {
  const want = draft.design.frontEnd;
  const compute = draft.design.computeFabric;
  if (want === undefined) return [];
  const middle = Math.ceil(Math.ceil(compute.scalableUnitHosts / compute.hostsPerRack) / 2);
  const byUnit = Map.groupBy(
    Object.values(draft.hosts).filter(({ role }) => role === "gpu"),
    (host) => host.scalableUnit ?? 1,
  );
  return [...byUnit].map(([unit, hosts]) => ({
    prefix: `front-leaf-su${unit}`,
    rackPrefix: `su${unit}-net`,
    slot: middle,
    row: unit - 1,
    unit,
    attachments: hosts.map((host) => {
      const nic: Nic = { name: "eth1", purpose: "frontEnd", model: want.nicModel, speedBps: want.linkSpeed };
      host.nics.push(nic);
      return { host, nic };
    }),
  }));
}

function storageGroup(draft: Draft): Group[] {
  const { plan } = draft;
  const stores = Object.values(draft.hosts).filter(({ role }) => role === "storage");
  if (stores.length === 0) return [];
  const pool = plan.pools.storage;
  let offset = firstHostOffset;
  const attachments = stores.flatMap((host) =>
    host.nics.map((nic) => {
      const found = cut(draft, "storage", 32, offset++);
      const address = found && (`${prefixAddress(found)}/${prefixLength(pool)}` as InterfaceAddress); // canonical parts
      return { host, nic, ...(address === undefined ? {} : { address }) };
    }),
  );
  return [{ prefix: "front-leaf-store", rackPrefix: "store-rack", slot: 1, row: storageRow(draft), attachments }];
}

/** The fewest leaves that hold a group's hosts and the uplinks they need. */
function leafShape(
  draft: Draft,
  group: Group,
  spines: number,
): { leaves: number; perLeaf: number; uplinksPerSpine: number } | undefined {
  const want = draft.design.frontEnd;
  const speedBps = speedOf(draft, group);
  const found = want && platformFor(draft, want.leaf, `${group.prefix}-1`, [path, "leaf"]);
  if (want === undefined || found === undefined) return undefined;
  const down = modeFor(found.model, speedBps);
  const up = modeFor(found.model, want.uplinkSpeed);
  if (down === undefined || up === undefined) {
    const lacks = down === undefined ? speedBps : want.uplinkSpeed;
    tell(
      draft,
      "breakout",
      [path, down === undefined ? "linkSpeed" : "uplinkSpeed"],
      `${found.model.title} has no port mode of ${lacks / 1e9}G.`,
      "Choose a speed that the model breaks out to.",
    );
    return undefined;
  }
  const total = group.attachments.length;
  for (let leaves = 1; leaves <= total; leaves++) {
    const perLeaf = Math.ceil(total / leaves);
    const uplinksPerSpine = Math.max(
      1,
      Math.ceil((perLeaf * speedBps) / (want.oversubscription * want.uplinkSpeed * spines)),
    );
    const cages = Math.ceil(perLeaf / down.mode.ways) + Math.ceil((uplinksPerSpine * spines) / up.mode.ways);
    if (cages <= down.group.count) return { leaves: Math.ceil(total / perLeaf), perLeaf, uplinksPerSpine };
  }
  tell(
    draft,
    "leaf-ports",
    [path, "leaf"],
    `${found.model.title} has no room for one host and ${spines} uplinks.`,
    "Use a larger model or fewer spines.",
  );
  return undefined;
}

function addFrontSpines(draft: Draft, model: SwitchModel, count: number): string[] {
  const want = draft.design.frontEnd;
  if (want === undefined) return [];
  return Array.from({ length: count }, (_, index) => {
    const name = `front-spine-${index + 1}`;
    const loopback = loopbackFor(draft, 2, index);
    const asn = asnFor(draft, "frontEnd", 0);
    const seat = takeSeat(draft, "spine-rack", 1, storageRow(draft) - 1, model.rackUnits);
    addSwitch(
      draft,
      {
        name,
        fabric: "frontEnd",
        role: "spine",
        nos: want.spine.nos,
        model: want.spine.model,
        ...seat,
        ...(asn === undefined ? {} : { asn }),
        ...(loopback === undefined ? {} : { loopback }),
      },
      model,
      0,
    );
    return name;
  });
}

function addFrontLeaf(
  draft: Draft,
  group: Group,
  name: string,
  found: NonNullable<ReturnType<typeof platformFor>>,
  index: number,
): void {
  const speedBps = speedOf(draft, group);
  const seat = takeSeat(draft, group.rackPrefix, group.slot, group.row, found.model.rackUnits);
  const loopback = loopbackFor(draft, 3, index);
  const asn = asnFor(draft, "frontEnd", index + 1);
  const mode = modeFor(found.model, speedBps);
  const cages = Math.ceil(group.attachments.length / (mode?.mode.ways ?? 1));
  addSwitch(
    draft,
    {
      name,
      fabric: "frontEnd",
      role: "leaf",
      ...found.platform,
      ...seat,
      ...(group.unit === undefined ? {} : { scalableUnit: group.unit }),
      ...(asn === undefined ? {} : { asn }),
      ...(loopback === undefined ? {} : { loopback, vtep: loopback }),
    },
    found.model,
    cages <= (mode?.group.count ?? 0) / 2 ? Math.floor((mode?.group.count ?? 0) / 2) : cages % (mode?.group.count ?? 1),
  );
}

/** The address of a front-end host: its number among the factory's GPU hosts, so that nothing else moves it. */
export const hostAddress = (pool: Parameters<typeof subnetAt>[0], hostIndex: number): InterfaceAddress =>
  `${prefixAddress(subnetAt(pool, 32, firstHostOffset + hostIndex))}/${prefixLength(pool)}` as InterfaceAddress; // canonical parts
