/** Reaction time of the peer, quanta of 512 bit times. @source IEEE 802.3 annex 31B.3.7, by speed */
const pauseQuanta: readonly (readonly [number, number])[] = [
  [10e9, 67],
  [25e9, 80],
  [40e9, 118],
  [50e9, 147],
  [100e9, 394],
  [200e9, 453],
  [400e9, 905],
];

/** Metres per second in fibre and copper. @source sonic-swss cfgmgr/buffer_headroom_mellanox.lua */
const propagation = 198e6;

/** 192-byte cells that each hold one 64-byte packet: the worst filling takes three times the bytes. */
const cellOccupancy = 192 / 64;

/**
 * PHY and pipeline of both ends, and the packet that has just begun on the lossless class.
 * @source fitted to sonic-buildimage x86_64-nvidia_sn5600-r0 pg_profile_lookup.ini: within 2 % or 1 KiB of all 24 rows
 */
const pipelineSeconds = 121e-9;
const losslessPacketBytes = 4600;

export interface LosslessLink {
  readonly speedBps: number;
  readonly cableMetres: number;
  readonly mtuBytes: number;
}

/**
 * Room that a lossless priority needs after it has sent a pause frame (the XOFF part of a profile), bytes in whole KiB:
 *
 * `packet + cells × (mtu + 2 × length × speed / c + peer reaction + pipeline × speed)`
 *
 * The terms are those of SONiC's dynamic headroom for Spectrum; a port faster than 400G reacts as one of 400G does.
 * @source sonic-swss cfgmgr/buffer_headroom_mellanox.lua; IEEE 802.1Qbb annex O names the same delays
 */
export function headroomBytes({ speedBps, cableMetres, mtuBytes }: LosslessLink): number {
  const quanta = pauseQuanta.find(([speed]) => speedBps <= speed)?.[1] ?? 905;
  const onCable = (2 * cableMetres * speedBps) / propagation / 8;
  const reaction = (quanta * 512) / 8;
  const pipeline = (pipelineSeconds * speedBps) / 8;
  const bytes = losslessPacketBytes + cellOccupancy * (mtuBytes + onCable + reaction + pipeline);
  return Math.ceil(bytes / 1024) * 1024;
}
