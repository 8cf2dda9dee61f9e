import type { CableReach, CageGroup, HostModel, NicModel, Optic, SwitchModel } from "./hardware.ts";

const G = 1e9;

/**
 * 800G cages: eight lanes of 100G, into at most `most` ports.
 * @source docs.nvidia.com SN5000 data interfaces: SN5600 64x 800G, 128x 400G, 256x 200G or 100G, 18 W a port;
 * Arista 7060X6 takes 8x 100G as well: unconfirmed
 */
const osfp800 = (count: number, most: 4 | 8): CageGroup => ({
  kind: "osfp",
  first: 1,
  count,
  lanes: 8,
  modes: [
    { ways: 1, speedBps: 800 * G },
    { ways: 2, speedBps: 400 * G },
    { ways: 4, speedBps: 200 * G },
    { ways: most, speedBps: 100 * G },
  ],
});

/** 400G cages: eight lanes of 50G. @source NVIDIA SN4000 and Arista 7050X4 data sheets: 400G, 2x200G, 4x100G. */
const qsfpDd400 = (count: number): CageGroup => ({
  kind: "qsfp-dd",
  first: 1,
  count,
  lanes: 8,
  modes: [
    { ways: 1, speedBps: 400 * G },
    { ways: 2, speedBps: 200 * G },
    { ways: 4, speedBps: 100 * G },
  ],
});

const qsfp100 = (first: number, count: number): CageGroup => ({
  kind: "qsfp28",
  first,
  count,
  lanes: 4,
  modes: [
    { ways: 1, speedBps: 100 * G },
    { ways: 4, speedBps: 25 * G },
  ],
});

const rj45 = (count: number): CageGroup => ({
  kind: "rj45",
  first: 1,
  count,
  lanes: 1,
  modes: [{ ways: 1, speedBps: 1 * G }],
});

/**
 * Switches by key. Typical watts without optics.
 * @source unconfirmed watts and buffers: from the vendors' data sheets as remembered; a price book may override them.
 */
export const switchModels: Readonly<Record<string, SwitchModel>> = {
  sn5600: {
    title: "NVIDIA Spectrum-4 SN5600, 64x 800G OSFP",
    vendor: "NVIDIA",
    cages: [osfp800(64, 4)],
    nosNames: ["nvue", "sonic"],
    powerWatts: 940,
    rackUnits: 2,
    bufferBytes: 160 * 1024 * 1024,
  },
  sn5610: {
    title: "NVIDIA Spectrum-4 SN5610, 64x 800G OSFP",
    vendor: "NVIDIA",
    cages: [osfp800(64, 4)],
    nosNames: ["nvue", "sonic"],
    powerWatts: 940,
    rackUnits: 2,
    bufferBytes: 160 * 1024 * 1024,
  },
  sn4700: {
    title: "NVIDIA Spectrum-3 SN4700, 32x 400G QSFP-DD",
    vendor: "NVIDIA",
    cages: [qsfpDd400(32)],
    nosNames: ["nvue", "sonic"],
    powerWatts: 630,
    rackUnits: 1,
    bufferBytes: 64 * 1024 * 1024,
  },
  sn2201: {
    title: "NVIDIA Spectrum SN2201, 48x 1G RJ45 + 4x 100G QSFP28",
    vendor: "NVIDIA",
    cages: [rj45(48), qsfp100(49, 4)],
    nosNames: ["nvue", "sonic"],
    powerWatts: 98,
    rackUnits: 1,
    bufferBytes: 16 * 1024 * 1024,
  },
  "7060x6-64pe": {
    title: "Arista 7060X6-64PE, 64x 800G OSFP",
    vendor: "Arista",
    cages: [osfp800(64, 8)],
    nosNames: ["eos", "sonic"],
    powerWatts: 900,
    rackUnits: 2,
    bufferBytes: 165 * 1024 * 1024,
  },
  "7050dx4-32s": {
    title: "Arista 7050DX4-32S, 32x 400G QSFP-DD",
    vendor: "Arista",
    cages: [qsfpDd400(32)],
    nosNames: ["eos"],
    powerWatts: 430,
    rackUnits: 1,
    bufferBytes: 132 * 1024 * 1024,
  },
  "7280dr3-24": {
    title: "Arista 7280DR3-24, 24x 400G QSFP-DD",
    vendor: "Arista",
    cages: [qsfpDd400(24)],
    nosNames: ["eos"],
    powerWatts: 650,
    rackUnits: 1,
    bufferBytes: 8 * 1024 * 1024 * 1024,
  },
  "generic-1g-48": {
    title: "48x 1G RJ45 + 4x 100G QSFP28, any vendor",
    vendor: "generic",
    cages: [rj45(48), qsfp100(49, 4)],
    nosNames: ["nvue", "sonic", "eos"],
    powerWatts: 100,
    rackUnits: 1,
    bufferBytes: 16 * 1024 * 1024,
  },
};

/** @source IEEE 802.3 clauses for line codes and reach; NVIDIA LinkX product pages for 2xDR4 and 2xSR4. Watts are typical. */
export const optics: Readonly<Record<string, Optic>> = {
  "osfp-800g-2xsr4": {
    title: "800G OSFP 2xSR4, twin port, multimode",
    cage: "osfp",
    medium: "fibre-mm",
    lines: [{ line: "400GBASE-SR4", ways: 2, speedBps: 400 * G }],
    reachMetres: 50,
    powerWatts: 15,
  },
  "osfp-800g-2xdr4": {
    title: "800G OSFP 2xDR4, twin port, single mode",
    cage: "osfp",
    medium: "fibre-sm",
    lines: [
      { line: "400GBASE-DR4", ways: 2, speedBps: 400 * G },
      { line: "100GBASE-DR1", ways: 8, speedBps: 100 * G },
    ],
    reachMetres: 500,
    powerWatts: 16,
  },
  "osfp-800g-dr8": {
    title: "800G OSFP DR8, single mode",
    cage: "osfp",
    medium: "fibre-sm",
    lines: [{ line: "800GBASE-DR8", ways: 1, speedBps: 800 * G }],
    reachMetres: 500,
    powerWatts: 16,
  },
  "osfp-800g-2xfr4": {
    title: "800G OSFP 2xFR4, twin port, single mode",
    cage: "osfp",
    medium: "fibre-sm",
    lines: [{ line: "400GBASE-FR4", ways: 2, speedBps: 400 * G }],
    reachMetres: 2000,
    powerWatts: 17,
  },
  "osfp-400g-sr4": {
    title: "400G OSFP SR4, multimode, for NICs",
    cage: "osfp",
    medium: "fibre-mm",
    lines: [{ line: "400GBASE-SR4", ways: 1, speedBps: 400 * G }],
    reachMetres: 50,
    powerWatts: 8,
  },
  "osfp-400g-dr4": {
    title: "400G OSFP DR4, single mode, for NICs",
    cage: "osfp",
    medium: "fibre-sm",
    lines: [{ line: "400GBASE-DR4", ways: 1, speedBps: 400 * G }],
    reachMetres: 500,
    powerWatts: 9,
  },
  "qsfp112-400g-sr4": {
    title: "400G QSFP112 SR4, multimode, for NICs",
    cage: "qsfp112",
    medium: "fibre-mm",
    lines: [{ line: "400GBASE-SR4", ways: 1, speedBps: 400 * G }],
    reachMetres: 50,
    powerWatts: 8,
  },
  "qsfp112-400g-dr4": {
    title: "400G QSFP112 DR4, single mode, for NICs",
    cage: "qsfp112",
    medium: "fibre-sm",
    lines: [{ line: "400GBASE-DR4", ways: 1, speedBps: 400 * G }],
    reachMetres: 500,
    powerWatts: 9,
  },
  "qsfpdd-400g-sr8": {
    title: "400G QSFP-DD SR8, multimode; also 2x 200G-SR4",
    cage: "qsfp-dd",
    medium: "fibre-mm",
    lines: [
      { line: "400GBASE-SR8", ways: 1, speedBps: 400 * G },
      { line: "200GBASE-SR4", ways: 2, speedBps: 200 * G },
    ],
    reachMetres: 100,
    powerWatts: 10,
  },
  "qsfpdd-400g-dr4": {
    title: "400G QSFP-DD DR4, single mode; also 4x 100G-DR1",
    cage: "qsfp-dd",
    medium: "fibre-sm",
    lines: [
      { line: "400GBASE-DR4", ways: 1, speedBps: 400 * G },
      { line: "100GBASE-DR1", ways: 4, speedBps: 100 * G },
    ],
    reachMetres: 500,
    powerWatts: 10,
  },
  "qsfpdd-400g-fr4": {
    title: "400G QSFP-DD FR4, single mode",
    cage: "qsfp-dd",
    medium: "fibre-sm",
    lines: [{ line: "400GBASE-FR4", ways: 1, speedBps: 400 * G }],
    reachMetres: 2000,
    powerWatts: 12,
  },
  "qsfp56-200g-sr4": {
    title: "200G QSFP56 SR4, multimode, for NICs",
    cage: "qsfp56",
    medium: "fibre-mm",
    lines: [{ line: "200GBASE-SR4", ways: 1, speedBps: 200 * G }],
    reachMetres: 100,
    powerWatts: 5,
  },
  "qsfp28-100g-sr4": {
    title: "100G QSFP28 SR4, multimode",
    cage: "qsfp28",
    medium: "fibre-mm",
    lines: [{ line: "100GBASE-SR4", ways: 1, speedBps: 100 * G }],
    reachMetres: 100,
    powerWatts: 3,
  },
  "qsfp28-100g-dr1": {
    title: "100G QSFP28 DR1, single mode",
    cage: "qsfp28",
    medium: "fibre-sm",
    lines: [{ line: "100GBASE-DR1", ways: 1, speedBps: 100 * G }],
    reachMetres: 500,
    powerWatts: 4,
  },
};

/** @source unconfirmed watts: typical, as remembered from data sheets. */
export const nicModels: Readonly<Record<string, NicModel>> = {
  "connectx-8": { title: "NVIDIA ConnectX-8, 800G OSFP", cage: "osfp", speedsBps: [800 * G, 400 * G], powerWatts: 35 },
  "connectx-7": {
    title: "NVIDIA ConnectX-7, 400G OSFP",
    cage: "osfp",
    speedsBps: [400 * G, 200 * G, 100 * G],
    powerWatts: 25,
  },
  "bluefield-3": {
    title: "NVIDIA BlueField-3, 400G QSFP112",
    cage: "qsfp112",
    speedsBps: [400 * G, 200 * G, 100 * G],
    powerWatts: 75,
  },
  "connectx-6-200g": { title: "NVIDIA ConnectX-6, 200G QSFP56", cage: "qsfp56", speedsBps: [200 * G], powerWatts: 20 },
  "connectx-6dx-100g": {
    title: "NVIDIA ConnectX-6 Dx, 100G QSFP28",
    cage: "qsfp28",
    speedsBps: [100 * G, 25 * G],
    powerWatts: 18,
  },
  "bmc-1g": { title: "Board management, 1G RJ45", cage: "rj45", speedsBps: [1 * G], powerWatts: 1 },
};

/** @source NVIDIA DGX H100 and B200 data sheets: 10.2 and 14.3 kW; NVLink 4 and 5: 450 and 900 GB/s each way. */
export const hostModels: Readonly<Record<string, HostModel>> = {
  "hgx-h100": {
    title: "8x H100 SXM server",
    gpuModel: "h100-sxm",
    gpus: 8,
    rackUnits: 8,
    powerWatts: 10_200,
    nvlinkBps: 3600 * G,
  },
  "hgx-h200": {
    title: "8x H200 SXM server",
    gpuModel: "h200-sxm",
    gpus: 8,
    rackUnits: 8,
    powerWatts: 10_200,
    nvlinkBps: 3600 * G,
  },
  "hgx-b200": {
    title: "8x B200 SXM server",
    gpuModel: "b200-sxm",
    gpus: 8,
    rackUnits: 10,
    powerWatts: 14_300,
    nvlinkBps: 7200 * G,
  },
  "hgx-h100-4": {
    title: "4x H100 SXM server",
    gpuModel: "h100-sxm",
    gpus: 4,
    rackUnits: 4,
    powerWatts: 5_200,
    nvlinkBps: 3600 * G,
  },
  "storage-server": { title: "NVMe storage server", gpus: 0, rackUnits: 2, powerWatts: 900 },
  "management-server": { title: "Management server", gpus: 0, rackUnits: 1, powerWatts: 400 },
};

/**
 * Cables that need no separate optics, shortest first, then bare fibre.
 * @source NVIDIA LinkX: passive copper to 2 m at 100G per lane and 3 m below, active copper (LACC) to 5 m.
 */
export const cableReaches: readonly CableReach[] = [
  { kind: "copper", cages: ["rj45"], maxMetres: 100, powerWatts: 0 },
  { kind: "dac", cages: ["osfp", "qsfp112"], maxMetres: 2, powerWatts: 0.2 },
  { kind: "dac", cages: ["qsfp-dd", "qsfp56", "qsfp28", "sfp28"], maxMetres: 3, powerWatts: 0.2 },
  { kind: "acc", cages: ["osfp", "qsfp112"], maxMetres: 5, powerWatts: 3 },
  { kind: "aoc", cages: ["qsfp-dd", "qsfp56", "qsfp28", "sfp28"], maxMetres: 30, powerWatts: 10 },
  { kind: "fibre-mm", cages: [], maxMetres: 100, powerWatts: 0 },
  { kind: "fibre-sm", cages: [], maxMetres: 2000, powerWatts: 0 },
];

/** Every key that a price book must know: switch, host and NIC models, optics, and `cable-<kind>`. */
export const catalogueKeys: readonly string[] = [
  ...Object.keys(switchModels),
  ...Object.keys(hostModels),
  ...Object.keys(nicModels),
  ...Object.keys(optics),
  ...new Set(cableReaches.map(({ kind }) => `cable-${kind}`)),
];
