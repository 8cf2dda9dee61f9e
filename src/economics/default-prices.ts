import type { Grade } from "#model/money.ts";
import type { AssetClass, SiteKey } from "./price-entry.ts";

/** A row as a person writes it: dollars, years, watts, percent. What is absent is zero, or the class's custom. */
export interface WrittenPrice {
  readonly usd?: number;
  readonly usdPerGbps?: number;
  readonly usdPerMetre?: number;
  readonly salvagePercent?: number;
  readonly lifeYears?: number;
  readonly watts?: number;
  readonly wattsPerGbps?: number;
  readonly opexPercentPerYear?: number;
  readonly grade: Grade;
  readonly source: string;
  readonly date: string;
}

export interface WrittenFigure {
  readonly value: number;
  readonly grade: Grade;
  readonly source: string;
  readonly date: string;
}

/**
 * Public figures. `derived`: the source states it, or it follows by the arithmetic named. `assumed`: nobody publishes it
 * for this part; the reasoning stands in its place. A site's own book replaces any row.
 */
const sheet = "H100 cluster capex sheet behind 'H100 Freakonomics' (tech-talk-cto, Aug 2024)";
const bom = "SemiAnalysis, AI server cost analysis (May 2023): DGX H100 bill of materials";
const cushman = "Cushman & Wakefield, Data Center Development Cost Guide 2025: mean of 19 US markets";

export const writtenSite: Readonly<Record<SiteKey, WrittenFigure>> = {
  tariffPerKwh: {
    value: 0.078,
    grade: "assumed",
    source:
      "US industrial tariff of cluster cost models ($1.73 kW x tariff = $0.1349 per H100-hour); site contracts differ",
    date: "2024-08-01",
  },
  pue: {
    value: 1.3,
    grade: "assumed",
    source: "Uptime Institute Global Survey 2024: new large sites reach 1.3 or better (mean of all 1.56)",
    date: "2024-07-01",
  },
  facilityPerKw: { value: 11_700, grade: "derived", source: `${cushman}: $11.7M per MW`, date: "2025-01-01" },
  facilityLifeYears: {
    value: 15,
    grade: "assumed",
    source: "life of mechanical and electrical plant",
    date: "2025-01-01",
  },
  operationsPerHostYear: {
    value: 4_000,
    grade: "assumed",
    source: "one engineer ($200k a year, all in) for 50 GPU hosts",
    date: "2025-01-01",
  },
  operationsPerSwitchYear: {
    value: 1_000,
    grade: "assumed",
    source: "one network engineer ($200k a year, all in) for 200 switches",
    date: "2025-01-01",
  },
};

const split = `${sheet}: $310,000 a node with NICs, split as in ${bom}`;
const inferencex = "in proportion to InferenceX's owning cost per GPU-hour of the H100 ($1.30)";
const perGbps = `${sheet}: $36,000 for 64 x 400G = $1.406 per Gbps`;
const allInLink = `${sheet}: $1,280 per 400G link with both ends`;
const machine = { lifeYears: 4, salvagePercent: 0, opexPercentPerYear: 2, date: "2024-08-01" } as const;
const networkGear = { lifeYears: 5, salvagePercent: 0, opexPercentPerYear: 3, date: "2024-08-01" } as const;
const cabling = { lifeYears: 5, salvagePercent: 0, opexPercentPerYear: 0, date: "2024-08-01" } as const;

const gpu = (usd: number, watts: number, grade: Grade, source: string): WrittenPrice => ({
  usd,
  watts,
  ...machine,
  grade,
  source,
});
const bySwitchCapacity = (gbps: number, watts: number): WrittenPrice => ({
  usd: gbps * 1.40625,
  watts,
  ...networkGear,
  grade: "assumed",
  source: `${perGbps}, times ${gbps} Gbps`,
});
const chassis = (usd: number, watts: number, grade: Grade, why: string): WrittenPrice => ({
  usd,
  watts,
  ...machine,
  grade,
  source: `${split}: what is neither GPU nor NIC; ${why}; less GPUs and NICs`,
});
const nic = (gbps: number, watts: number): WrittenPrice => ({
  usd: gbps * 3.9275,
  watts,
  ...machine,
  grade: "assumed",
  source: `${split}: 4.05 % for eight 400G NICs, by the gigabit`,
});
const managementSwitch = (watts: number): WrittenPrice => ({
  usd: 4_000,
  watts,
  ...networkGear,
  grade: "assumed",
  source: "48-port gigabit switch with 100G uplinks, street price",
});
/** By the gigabit of the link, so that each link of a twin-port module pays for its own half. */
const optic = (wattsPerGbps: number, factor = 1): WrittenPrice => ({
  usdPerGbps: 1.4 * factor,
  wattsPerGbps,
  ...cabling,
  grade: "assumed",
  source: `${allInLink}, less fibre, halved${factor === 1 ? "" : `, times ${factor} for the reach`}`,
});
const cable = (usd: number, usdPerGbps: number, usdPerMetre: number, source: string): WrittenPrice => ({
  usd,
  usdPerGbps,
  usdPerMetre,
  ...cabling,
  grade: "assumed",
  source,
});

const storageServer: WrittenPrice = {
  usd: 60_000,
  watts: 900,
  ...machine,
  grade: "assumed",
  source: "CPU server ($10,424) and 24 NVMe drives of 15.36 TB near $2,000",
};

/** The shipped price book, keyed by the hardware catalogue's keys and by role where a thing has no model. */
export const writtenPrices: Readonly<Record<AssetClass, Readonly<Record<string, WrittenPrice>>>> = {
  gpu: {
    default: gpu(28_090, 700, "assumed", `as an H100: ${split}`),
    h100: gpu(28_090, 700, "derived", `${split}: 72.5 % for eight GPUs; 700 W TDP (NVIDIA)`),
    "h100-sxm": gpu(28_090, 700, "derived", `${split}: 72.5 % for eight GPUs; 700 W TDP (NVIDIA)`),
    h200: gpu(30_467, 700, "assumed", `${inferencex}: H200 $1.41`),
    "h200-sxm": gpu(30_467, 700, "assumed", `${inferencex}: H200 $1.41`),
    b200: gpu(42_135, 1_000, "assumed", `${inferencex}: B200 $1.95`),
    "b200-sxm": gpu(42_135, 1_000, "assumed", `${inferencex}: B200 $1.95`),
    b300: gpu(50_562, 1_100, "assumed", "1.2 times a B200, as InferenceX's own placeholder"),
    gb200: gpu(47_753, 1_200, "assumed", `${inferencex}: GB200 $2.21`),
    mi300x: gpu(24_201, 750, "assumed", `${inferencex}: MI300X $1.12`),
    mi355x: gpu(31_979, 1_400, "assumed", `${inferencex}: MI355X $1.48`),
  },
  host: {
    default: { usd: 10_424, watts: 600, ...machine, grade: "assumed", source: `${bom}: CPU server $10,424` },
    gpu: chassis(72_712, 4_400, "assumed", "DGX H100 10.2 kW at most"),
    "hgx-h100": chassis(72_712, 4_400, "derived", "DGX H100 10.2 kW at most"),
    "hgx-h200": chassis(72_712, 4_400, "assumed", "as the H100's"),
    "hgx-h100-4": chassis(36_356, 2_300, "assumed", "half of the eight-GPU chassis"),
    "hgx-b200": chassis(72_712, 6_020, "assumed", "as the H100's; DGX B200 14.3 kW at most"),
    "management-server": {
      usd: 10_424,
      watts: 400,
      ...machine,
      grade: "derived",
      source: `${bom}: CPU server $10,424`,
    },
    management: { usd: 10_424, watts: 600, ...machine, grade: "derived", source: `${bom}: CPU server $10,424` },
    other: { usd: 10_424, watts: 600, ...machine, grade: "derived", source: `${bom}: CPU server $10,424` },
  },
  nic: {
    default: {
      usdPerGbps: 3.9275,
      wattsPerGbps: 0.0625,
      ...machine,
      grade: "assumed",
      source: `${split}: 4.05 % for eight 400G NICs, by the gigabit`,
    },
    "connectx-8": nic(800, 35),
    "bluefield-3": nic(400, 75),
    "connectx-6-200g": nic(200, 20),
    "connectx-6dx-100g": nic(100, 18),
    "bmc-1g": { watts: 1, ...machine, grade: "derived", source: "on the mainboard: in the server's price" },
    "connectx-7": { usd: 1_571, watts: 25, ...machine, grade: "derived", source: `${split}: 4.05 % for eight` },
  },
  switch: {
    default: {
      usdPerGbps: 1.40625,
      wattsPerGbps: 0.0184,
      ...networkGear,
      grade: "assumed",
      source: `${perGbps}, by the capacity of the links it has`,
    },
    sn5600: bySwitchCapacity(51_200, 940),
    sn5610: bySwitchCapacity(51_200, 940),
    sn4700: bySwitchCapacity(12_800, 630),
    "7060x6-64pe": bySwitchCapacity(51_200, 900),
    "7050dx4-32s": bySwitchCapacity(12_800, 430),
    "7280dr3-24": {
      ...bySwitchCapacity(9_600, 650),
      usd: 27_000,
      source: `${perGbps}, times 9600 Gbps, doubled for deep buffers`,
    },
    sn2201: managementSwitch(98),
    "generic-1g-48": managementSwitch(100),
  },
  optic: {
    default: optic(0.02125),
    "osfp-800g-2xsr4": optic(0.01875),
    "osfp-800g-2xdr4": optic(0.02),
    "osfp-800g-dr8": optic(0.02),
    "osfp-800g-2xfr4": optic(0.02125, 1.5),
    "osfp-400g-sr4": optic(0.02),
    "osfp-400g-dr4": optic(0.0225),
    "qsfp112-400g-sr4": optic(0.02),
    "qsfp112-400g-dr4": optic(0.0225),
    "qsfpdd-400g-sr8": optic(0.025),
    "qsfpdd-400g-dr4": optic(0.025),
    "qsfpdd-400g-fr4": optic(0.03, 1.5),
    "qsfp56-200g-sr4": optic(0.025),
    "qsfp28-100g-sr4": optic(0.03),
    "qsfp28-100g-dr1": optic(0.04),
  },
  cable: {
    default: {
      usdPerGbps: 3.2,
      wattsPerGbps: 0.0425,
      ...cabling,
      grade: "assumed",
      source: `${allInLink}, both ends in`,
    },
    dac: cable(20, 0.25, 20, "passive copper with both ends; street prices near $120 at 400G"),
    acc: cable(40, 0.5, 25, "active copper with both ends; about twice passive"),
    aoc: { ...cable(0, 2.8, 3, `${allInLink}, less connectors`), wattsPerGbps: 0.0425 },
    "fibre-mm": cable(130, 0, 2, "MPO trunk; what the link price leaves beside two optics"),
    "fibre-sm": cable(130, 0, 2, "MPO trunk; what the link price leaves beside two optics"),
    copper: cable(5, 0, 1, "category 6 patch cord"),
  },
  storage: {
    default: storageServer,
    "storage-server": storageServer,
  },
};
