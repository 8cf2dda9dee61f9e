/** @source IEEE 802.3 annex 31B.3.7 by way of sonic-swss cfgmgr/buffer_headroom_mellanox.lua: quanta of 512 bit times. */
const pauseQuanta: Readonly<Record<number, number>> = {
  800e9: 905,
  400e9: 905,
  200e9: 453,
  100e9: 394,
  50e9: 147,
  40e9: 118,
  25e9: 80,
  10e9: 67,
  1e9: 2,
};

/** Metres per second in fibre and copper. @source as above */
const propagation = 198e6;

/**
 * Buffers are handed out in cells, and small packets waste most of theirs. With `smallPacketShare` of 64-byte packets
 * in cells of `cellBytes` the occupancy is their weighted mean.
 * @source sonic-swss buffer_headroom_mellanox.lua (the formula); cell and delay of Spectrum-4 fitted to
 * sonic-buildimage x86_64-nvidia_sn5600-r0 pg_profile_lookup.ini
 */
const spectrum4 = { cellBytes: 192, macPhyDelayBytes: 20 * 1024, losslessMtuBytes: 1024 };

export interface Lane {
  readonly speedBps: number;
  readonly cableMetres: number;
  readonly mtuBytes: number;
}

/**
 * Room that a lossless priority needs after it has sent a pause frame: what is in flight on the cable both ways, what the
 * peer may still send while it reacts, and one packet that has just begun at each end. Bytes, whole KiB.
 */
export function headroomBytes({ speedBps, cableMetres, mtuBytes }: Lane): number {
  const quanta = pauseQuanta[speedBps] ?? 905;
  const peerResponse = (quanta * 512) / 8;
  const onCable = (2 * cableMetres * speedBps) / propagation / 8;
  const delay = mtuBytes + onCable + spectrum4.macPhyDelayBytes + peerResponse;
  const needed = spectrum4.losslessMtuBytes + delay * 2;
  return Math.ceil(needed / 1024) * 1024;
}
