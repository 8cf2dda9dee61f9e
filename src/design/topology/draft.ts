import {
  subnetAt,
  prefixAddress,
  prefixLength,
  type InterfaceAddress,
  type IpAddress,
  type IpPrefix,
} from "#net/ip.ts";
import type { AddressPlan } from "#model/address-plan.ts";
import type { Cable, FabricKind, Gpu, Host, Link, LinkEnd, Nic, NvlinkDomain, Rack, Switch } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { nearestNames } from "#net/nearest.ts";
import { nicModels, switchModels } from "../catalogue.ts";
import { designFinding, type Design } from "../design.ts";
import type { SwitchModel } from "../hardware.ts";
import { selectCable, stockedLength, type CableEnd } from "./cables.ts";
import { openPorts, type TakePort } from "./ports.ts";

export type DesignPath = readonly (string | number)[];
export type Platform = { readonly nos: Switch["nos"]; readonly model: string };
export type HostDraft = Omit<Host, "gpus" | "nics"> & { readonly gpus: Gpu[]; readonly nics: Nic[] };

/** A fabric while it is being built. Passes add to it in a fixed order, so equal designs give equal fabrics. */
export interface Draft {
  readonly design: Design;
  readonly plan: AddressPlan;
  readonly findings: Finding[];
  readonly racks: Rack[];
  readonly switches: Record<string, Switch>;
  readonly hosts: Record<string, HostDraft>;
  readonly nvlinkDomains: NvlinkDomain[];
  readonly links: Link[];
  readonly ports: Map<string, TakePort>;
  readonly rackIndex: Map<string, Rack>;
  /** First free unit of each rack, from the floor. */
  readonly freeUnit: Map<string, number>;
  /** Complaints already made, so that one cause is told once. */
  readonly told: Set<string>;
}

export const newDraft = (design: Design, plan: AddressPlan): Draft => ({
  design,
  plan,
  findings: [],
  racks: [],
  switches: Object.create(null) as Record<string, Switch>, // no prototype: names come from the design
  hosts: Object.create(null) as Record<string, HostDraft>, // as above
  nvlinkDomains: [],
  links: [],
  ports: new Map(),
  rackIndex: new Map(),
  freeUnit: new Map(),
  told: new Set(),
});

export function tell(draft: Draft, code: string, path: DesignPath, message: string, remedy?: string): void {
  const key = `${code} ${path.join("/")} ${message}`;
  if (draft.told.has(key)) return;
  draft.told.add(key);
  draft.findings.push(designFinding(draft.design, code, path, message, remedy));
}

/** The hardware of a platform, or a finding that names what there is. */
export function modelOf(draft: Draft, platform: Platform, path: DesignPath): SwitchModel | undefined {
  const model = Object.hasOwn(switchModels, platform.model) ? switchModels[platform.model] : undefined;
  if (model === undefined) {
    const near = nearestNames(platform.model, Object.keys(switchModels));
    tell(
      draft,
      "unknown-model",
      [...path, "model"],
      `No switch "${platform.model}" in the catalogue.`,
      `${near.length > 0 ? `Did you mean ${near.join(" or ")}?` : ""} Known: ${Object.keys(switchModels).join(", ")}.`.trim(),
    );
    return undefined;
  }
  if (!model.nosNames.includes(platform.nos))
    tell(
      draft,
      "nos-not-offered",
      [...path, "nos"],
      `${platform.nos} is not offered on ${platform.model}.`,
      `It runs ${model.nosNames.join(" or ")}.`,
    );
  return model;
}

/** Simple patterns of names: `*` stands for any run of characters. Linear, unlike a regular expression of the input. */
function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return pattern === name;
  const last = parts.at(-1) ?? "";
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** The platform that a list of patterns gives a name; the first that fits wins. */
export function platformFor(
  draft: Draft,
  list: readonly (Platform & { readonly match: string })[],
  name: string,
  path: DesignPath,
): { platform: Platform; model: SwitchModel } | undefined {
  const index = list.findIndex(({ match }) => matchesPattern(match, name));
  const platform = list[index];
  if (platform === undefined) {
    tell(draft, "no-platform", path, `No entry matches "${name}".`, `Add one with match "*".`);
    return undefined;
  }
  const model = modelOf(
    draft,
    platform,
    draft.design.lines.has(`/${[...path, index].join("/")}`) ? [...path, index] : path,
  );
  return model && { platform: { nos: platform.nos, model: platform.model }, model };
}

/** The nth subnet of a pool, or one finding when the pool has no more. */
export function cut(
  draft: Draft,
  pool: keyof Design["addressing"],
  length: number,
  index: number,
  block?: IpPrefix,
): IpPrefix | undefined {
  const from = block ?? draft.design.addressing[pool];
  if (prefixLength(from) <= length && index < 2 ** (length - prefixLength(from))) return subnetAt(from, length, index);
  tell(
    draft,
    "pool-exhausted",
    ["addressing", pool],
    `The pool ${pool} (${draft.design.addressing[pool]}) is too small for this factory.`,
    "Give a shorter prefix.",
  );
  return undefined;
}

/** Loopbacks come from eight equal blocks of the pool, one per role, so that no role renumbers another. */
export function loopbackFor(draft: Draft, block: number, index: number): IpAddress | undefined {
  const pool = draft.design.addressing.loopbacks;
  const part = cut(draft, "loopbacks", Math.min(32, prefixLength(pool) + 3), block);
  const found = part && cut(draft, "loopbacks", 32, index + 1, part);
  return found && prefixAddress(found);
}

/** Both ends of a /31, the even address first (RFC 3021). */
export function pairOf(net: IpPrefix | undefined): readonly [InterfaceAddress, InterfaceAddress] | undefined {
  if (net === undefined) return undefined;
  const at = (index: number): InterfaceAddress =>
    // An address of a /31 with that length is canonical by construction.
    `${prefixAddress(subnetAt(net, 32, index))}/31` as InterfaceAddress;
  return [at(0), at(1)];
}

/** The nth AS number of a fabric's range, or a finding. */
export function asnFor(draft: Draft, range: "computeFabric" | "frontEnd" | "outOfBand", index: number): Switch["asn"] {
  const { from, to } = draft.design.asn[range];
  if (from + index <= to) return (from + index) as NonNullable<Switch["asn"]>; // in the validated range
  tell(
    draft,
    "asn-exhausted",
    ["asn", range],
    `The range ${from}-${to} has too few AS numbers: one per leaf and one for the spines.`,
    "Widen it.",
  );
  return undefined;
}

export function addSwitch(draft: Draft, one: Switch, model: SwitchModel, upFrom: number): void {
  if (one.name in draft.switches || one.name in draft.hosts)
    tell(draft, "duplicate-name", ["name"], `Two devices would be called "${one.name}".`);
  draft.switches[one.name] = one;
  draft.ports.set(one.name, openPorts(one.nos, model, upFrom));
}

const unitMetres = 0.0445;

/** Metres of cable between two seats: along the row and over it, up into the tray and down, with slack. */
function distance(draft: Draft, a: Switch | HostDraft, b: Switch | HostDraft): number {
  const rackA = a.rack === undefined ? undefined : draft.rackIndex.get(a.rack);
  const rackB = b.rack === undefined ? undefined : draft.rackIndex.get(b.rack);
  if (rackA === undefined || rackB === undefined) return 10;
  if (rackA === rackB) return Math.abs((a.rackUnit ?? 1) - (b.rackUnit ?? 1)) * unitMetres + 0.6;
  return Math.abs(rackA.position.x - rackB.position.x) + Math.abs(rackA.position.y - rackB.position.y) + 5;
}

export interface Connect {
  readonly a: string;
  readonly b: string;
  /** The other end when it is a host: its NIC. */
  readonly nic?: Nic;
  readonly speedBps: number;
  readonly fabric: FabricKind;
  readonly addresses?: readonly [InterfaceAddress | undefined, InterfaceAddress | undefined] | undefined;
  readonly wish?: { readonly cable: Cable["kind"] | "auto"; readonly optic?: string | undefined };
  /** Twin ports of one cage lead to different switches: only modules with separate fibres can do that. */
  readonly fanned?: boolean;
  readonly path: DesignPath;
}

/** Takes a port at each end, chooses the cable, and adds the link. Ends without a free port stay unconnected. */
export function connect(draft: Draft, wanted: Connect): void {
  const from = draft.switches[wanted.a];
  const to = wanted.nic === undefined ? draft.switches[wanted.b] : draft.hosts[wanted.b];
  if (from === undefined || to === undefined) return;
  const portA = draft.ports.get(wanted.a)?.(wanted.nic === undefined ? "up" : "down", wanted.speedBps);
  const portB = wanted.nic === undefined ? draft.ports.get(wanted.b)?.("down", wanted.speedBps) : undefined;
  if (portA === undefined || (wanted.nic === undefined && portB === undefined)) {
    const full = portA === undefined ? from.name : to.name;
    tell(
      draft,
      "port-count",
      wanted.path,
      `${full} has no free port at ${wanted.speedBps / 1e9}G.`,
      "Use a model with more ports, or fewer links.",
    );
    return;
  }
  const nicCage = wanted.nic?.model === undefined ? undefined : nicModels[wanted.nic.model]?.cage;
  const endA: CableEnd = { cage: portA.kind, ways: portA.mode.ways };
  const endB: CableEnd = portB ? { cage: portB.kind, ways: portB.mode.ways } : { cage: nicCage ?? portA.kind, ways: 1 };
  const lengthMetres = stockedLength(distance(draft, from, to));
  const chosen = selectCable(
    endA,
    endB,
    wanted.speedBps,
    lengthMetres,
    wanted.wish?.cable,
    wanted.wish?.optic,
    wanted.fanned,
  );
  if (!chosen.ok) tell(draft, chosen.code, wanted.path, chosen.message);
  const cable: Cable | undefined = chosen.ok
    ? {
        kind: chosen.kind,
        lengthMetres,
        ...(chosen.opticA === undefined ? {} : { opticA: chosen.opticA }),
        ...(chosen.opticB === undefined ? {} : { opticB: chosen.opticB }),
        label: `${wanted.a}/${portA.name}`,
      }
    : undefined;
  const [addressA, addressB] = wanted.addresses ?? [];
  draft.links.push({
    a: end(wanted.a, portA.name, addressA),
    b: end(wanted.b, portB?.name ?? wanted.nic?.name ?? "", addressB),
    speedBps: wanted.speedBps,
    fabric: wanted.fabric,
    ...(cable === undefined ? {} : { cable }),
  });
}

const end = (node: string, port: string, address: InterfaceAddress | undefined): LinkEnd => ({
  node,
  port,
  ...(address === undefined ? {} : { address }),
});
