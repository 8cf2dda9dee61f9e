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
  type Platform,
} from "./draft.ts";
import { modeFor, portsAt } from "./ports.ts";
import { openRack, takeSeat } from "./racks.ts";

const path = "computeFabric";

/** What the port math says of the compute fabric. */
interface ComputeShape {
  readonly scalableUnits: number;
  readonly uplinksPerLeaf: number;
  readonly spinesPerPlane: number;
  readonly uplinksPerSpine: number;
}

/** Hosts of the compute fabric with their GPUs, NICs and seats; checks that NICs and rails belong together. */
export function addGpuHosts(draft: Draft): void {
  const want = draft.design.computeFabric;
  const model = Object.hasOwn(hostModels, want.hostModel) ? hostModels[want.hostModel] : undefined;
  const nic = Object.hasOwn(nicModels, want.nicModel) ? nicModels[want.nicModel] : undefined;
  if (model === undefined)
    tell(
      draft,
      "unknown-model",
      [path, "hostModel"],
      `No host "${want.hostModel}" in the catalogue.`,
      `Known: ${Object.keys(hostModels).join(", ")}.`,
    );
  else if (model.gpus !== want.gpusPerHost)
    tell(
      draft,
      "gpu-count",
      [path, "gpusPerHost"],
      `${want.hostModel} has ${model.gpus} GPUs, not ${want.gpusPerHost}.`,
      "Correct gpusPerHost or hostModel.",
    );
  if (nic === undefined)
    tell(
      draft,
      "unknown-model",
      [path, "nicModel"],
      `No NIC "${want.nicModel}" in the catalogue.`,
      `Known: ${Object.keys(nicModels).join(", ")}.`,
    );
  else if (!nic.speedsBps.includes(want.linkSpeed * want.planes))
    tell(
      draft,
      "nic-speed",
      [path, "linkSpeed"],
      `${want.nicModel} has no mode of ${want.planes} x ${want.linkSpeed / 1e9}G.`,
      "Choose a speed and plane count that the NIC has.",
    );
  if (want.rails !== want.gpusPerHost)
    tell(
      draft,
      "rail-count",
      [path, "rails"],
      `${want.gpusPerHost} GPUs with a NIC each need ${want.gpusPerHost} rails, not ${want.rails}.`,
      "Make rails equal gpusPerHost.",
    );

  const racksPerUnit = Math.ceil(want.scalableUnitHosts / want.hostsPerRack);
  for (let index = 0; index < want.hosts; index++) {
    const unit = Math.floor(index / want.scalableUnitHosts) + 1;
    const inUnit = index % want.scalableUnitHosts;
    const name = `su${unit}-h${inUnit + 1}`;
    const rackNumber = Math.floor(inUnit / want.hostsPerRack);
    // The network rack stands in the middle of the row.
    const slot = rackNumber < Math.ceil(racksPerUnit / 2) ? rackNumber : rackNumber + 1;
    const rack = openRack(draft, `su${unit}-rack-${rackNumber + 1}`, slot, unit - 1);
    const rackUnit = 1 + (inUnit % want.hostsPerRack) * (model?.rackUnits ?? 8);
    const gpus = Array.from({ length: want.gpusPerHost }, (_, gpu) => ({
      index: gpu,
      model: model?.gpuModel ?? "gpu",
      nvlinkDomain: `nvlink-${name}`,
    }));
    draft.hosts[name] = {
      name,
      role: "gpu",
      model: want.hostModel,
      rack,
      rackUnit,
      scalableUnit: unit,
      gpus,
      nics: [],
    };
    draft.nvlinkDomains.push({
      name: `nvlink-${name}`,
      bandwidthBps: model?.nvlinkBps ?? 0,
      members: gpus.map((gpu) => ({ host: name, gpu: gpu.index })),
    });
  }
}

/** Leaves and spines needed for what was asked, or findings with the figures that don't fit. */
function computeShape(draft: Draft, leafModel: SwitchModel, spineModel: SwitchModel): ComputeShape | undefined {
  const want = draft.design.computeFabric;
  const scalableUnits = Math.ceil(want.hosts / want.scalableUnitHosts);
  const leavesPerPlane = scalableUnits * want.rails;
  const speed = `${want.linkSpeed / 1e9}G`;
  const leafMode = modeFor(leafModel, want.linkSpeed);
  if (leafMode === undefined || modeFor(spineModel, want.linkSpeed) === undefined) {
    const lacks = leafMode === undefined ? leafModel : spineModel;
    tell(
      draft,
      "breakout",
      [path, "linkSpeed"],
      `${lacks.title} has no port mode of ${speed}.`,
      "Choose a speed that the model breaks out to.",
    );
    return undefined;
  }
  const leafPorts = portsAt(leafModel, want.linkSpeed);
  const spinePorts = portsAt(spineModel, want.linkSpeed);
  const down = want.scalableUnitHosts;
  const asked = Math.max(1, Math.ceil(down / want.oversubscription));
  if (down > leafPorts) {
    tell(
      draft,
      "leaf-ports",
      [path, "scalableUnitHosts"],
      `A leaf serves ${down} hosts but has ${leafPorts} ports of ${speed}.`,
      `Use at most ${Math.floor((leafPorts * want.oversubscription) / (want.oversubscription + 1))} hosts per scalable unit.`,
    );
    return undefined;
  }
  const spinesPerPlane = want.spine.count ?? fewestSpines(asked, leavesPerPlane, spinePorts);
  const uplinksPerSpine = Math.ceil(asked / spinesPerPlane);
  const uplinksPerLeaf = uplinksPerSpine * spinesPerPlane;
  const cagesNeeded = Math.ceil(down / leafMode.mode.ways) + Math.ceil(uplinksPerLeaf / leafMode.mode.ways);
  if (cagesNeeded > leafMode.group.count) {
    const room = (leafMode.group.count - Math.ceil(down / leafMode.mode.ways)) * leafMode.mode.ways;
    const best = Math.floor(room / spinesPerPlane) * spinesPerPlane;
    tell(
      draft,
      "oversubscription",
      [path, "oversubscription"],
      `${want.oversubscription}:1 needs ${uplinksPerLeaf} uplinks beside ${down} host ports, and the leaf has ${leafPorts} ports of ${speed}: ${best === 0 ? "none are left" : `at best ${(down / best).toFixed(2)}:1`}.`,
      "Ask for fewer hosts per scalable unit, fewer spines, or more oversubscription.",
    );
    return undefined;
  }
  if (leavesPerPlane * uplinksPerSpine > spinePorts) {
    const enough = fewestSpines(asked, leavesPerPlane, spinePorts);
    tell(
      draft,
      "spine-ports",
      [path, "spine", "count"],
      `${leavesPerPlane} leaves with ${uplinksPerSpine} links to each of ${spinesPerPlane} spines need ${leavesPerPlane * uplinksPerSpine} spine ports; the model has ${spinePorts} of ${speed}.`,
      leavesPerPlane > spinePorts
        ? `Two tiers end at ${spinePorts} leaves per plane: use larger scalable units or more planes. A third tier is not built by this version.`
        : `Use ${enough} spines.`,
    );
    return undefined;
  }
  return { scalableUnits, uplinksPerLeaf, spinesPerPlane, uplinksPerSpine };
}

function fewestSpines(uplinks: number, leaves: number, spinePorts: number): number {
  for (let spines = 1; spines <= uplinks; spines++) {
    // An even split over all spines keeps every rail's bandwidth the same.
    if (uplinks % spines === 0 && (uplinks / spines) * leaves <= spinePorts) return spines;
  }
  return uplinks;
}

/** Rail-optimised leaves and spines of every plane, their links to each other and to the hosts. */
export function addComputeFabric(draft: Draft): void {
  const want = draft.design.computeFabric;
  const spineModel = modelOf(draft, want.spine, [path, "spine"]);
  const names = leafNames(draft);
  const leaves = names.map((leaf) => ({ leaf, found: platformFor(draft, want.leaf, leaf.name, [path, "leaf"]) }));
  const models = new Set(leaves.flatMap(({ found }) => (found === undefined ? [] : [found.model])));
  if (spineModel === undefined || leaves.some(({ found }) => found === undefined)) return;
  const shapes = [...models].map((model) => computeShape(draft, model, spineModel));
  const [shape] = shapes;
  if (shape === undefined || shapes.includes(undefined)) return;

  const row = shape.scalableUnits;
  const spines = addSpines(draft, want.spine, spineModel, shape, row);
  for (const [index, { leaf, found }] of leaves.entries()) {
    if (found === undefined) continue;
    const { platform, model } = found;
    const middle = Math.ceil(Math.ceil(want.scalableUnitHosts / want.hostsPerRack) / 2);
    const seat = takeSeat(draft, `su${leaf.unit}-net`, middle, leaf.unit - 1, model.rackUnits);
    const group = modeFor(model, want.linkSpeed)?.group;
    const ways = modeFor(model, want.linkSpeed)?.mode.ways ?? 1;
    const loopback = loopbackFor(draft, 1, index);
    const asn = asnFor(draft, "computeFabric", index + 1);
    addSwitch(
      draft,
      {
        name: leaf.name,
        fabric: "computeFabric",
        role: "leaf",
        ...platform,
        ...seat,
        scalableUnit: leaf.unit,
        rails: [leaf.rail],
        plane: leaf.plane,
        ...(asn === undefined ? {} : { asn }),
        ...(loopback === undefined ? {} : { loopback, vtep: loopback }),
      },
      model,
      Math.max(Math.floor((group?.count ?? 0) / 2), Math.ceil(want.scalableUnitHosts / ways)) % (group?.count ?? 1),
    );
    connectHosts(draft, leaf, index);
    const mine = spines.filter(({ plane }) => plane === leaf.plane);
    for (const [spineIndex, spine] of mine.entries()) {
      for (let parallel = 0; parallel < shape.uplinksPerSpine; parallel++) {
        const number = index * shape.uplinksPerLeaf + spineIndex * shape.uplinksPerSpine + parallel;
        const addresses = want.underlay === "numbered" ? pairOf(cut(draft, "fabricLinks", 31, number)) : undefined;
        // The spine has the even address.
        connect(draft, {
          a: leaf.name,
          b: spine.name,
          speedBps: want.linkSpeed,
          fabric: "computeFabric",
          addresses: addresses && [addresses[1], addresses[0]],
          wish: want.spineLink,
          fanned: shape.uplinksPerSpine % (modeFor(model, want.linkSpeed)?.mode.ways ?? 1) !== 0,
          path: [path, "spineLink"],
        });
      }
    }
  }
}

interface LeafName {
  readonly name: string;
  readonly unit: number;
  readonly rail: number;
  readonly plane: number;
}

/** In the order of growth: scalable unit, plane, rail. Names carry the tokens that the Launch Kit reads. */
function leafNames(draft: Draft): LeafName[] {
  const want = draft.design.computeFabric;
  const names: LeafName[] = [];
  for (let unit = 1; unit <= Math.ceil(want.hosts / want.scalableUnitHosts); unit++)
    for (let plane = 1; plane <= want.planes; plane++)
      for (let rail = 1; rail <= want.rails; rail++)
        names.push({ name: `leaf-su${unit}-r${rail}-p${plane}`, unit, rail, plane });
  return names;
}

function addSpines(
  draft: Draft,
  platform: Platform,
  model: SwitchModel,
  shape: ComputeShape,
  row: number,
): { name: string; plane: number }[] {
  const want = draft.design.computeFabric;
  const spines: { name: string; plane: number }[] = [];
  for (let plane = 1; plane <= want.planes; plane++) {
    for (let number = 1; number <= shape.spinesPerPlane; number++) {
      const name = want.planes === 1 ? `spine-${number}` : `spine-p${plane}-${number}`;
      const loopback = loopbackFor(draft, 0, spines.length);
      const asn = asnFor(draft, "computeFabric", 0);
      const seat = takeSeat(draft, "spine-rack", 1, row, model.rackUnits);
      addSwitch(
        draft,
        {
          name,
          fabric: "computeFabric",
          role: "spine",
          nos: platform.nos,
          model: platform.model,
          ...seat,
          plane,
          ...(asn === undefined ? {} : { asn }),
          ...(loopback === undefined ? {} : { loopback }),
        },
        model,
        0,
      );
      spines.push({ name, plane });
    }
  }
  return spines;
}

function connectHosts(draft: Draft, leaf: LeafName, leafIndex: number): void {
  const want = draft.design.computeFabric;
  // A block of /31s per leaf, a power of two, so that each leaf's hosts are one prefix.
  const block = 2 ** Math.ceil(Math.log2(want.scalableUnitHosts));
  for (let host = 0; host < want.scalableUnitHosts; host++) {
    const name = `su${leaf.unit}-h${host + 1}`;
    const node = draft.hosts[name];
    if (node === undefined) continue;
    const nic = {
      name: `rail${leaf.rail}p${leaf.plane}`,
      purpose: "computeFabric" as const,
      model: want.nicModel,
      speedBps: want.linkSpeed,
      rail: leaf.rail,
      plane: leaf.plane,
      ...(leaf.rail <= want.gpusPerHost ? { gpu: leaf.rail - 1 } : {}),
    };
    node.nics.push(nic);
    connect(draft, {
      a: leaf.name,
      b: name,
      nic,
      speedBps: want.linkSpeed,
      fabric: "computeFabric",
      addresses: pairOf(cut(draft, "railLinks", 31, leafIndex * block + host)),
      wish: want.hostLink,
      path: [path, "hostLink"],
    });
  }
}
