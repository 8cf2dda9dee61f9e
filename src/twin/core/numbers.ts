import { formatIpv4Number, ipv4Mask, ipv4ToNumber, isIpv6, prefixAddress, prefixLength } from "#net/ip.ts";
import type { InterfaceAddress, IpAddress, IpPrefix } from "#net/ip.ts";

/** An IPv4 prefix as one number that sorts by address, then length: address × 64 + length. */
export type PrefixKey = number;

export const prefixKey = (address: number, length: number): PrefixKey =>
  ((address & ipv4Mask(length)) >>> 0) * 64 + length;
export const keyAddress = (key: PrefixKey): number => Math.floor(key / 64);
export const keyLength = (key: PrefixKey): number => key % 64;
// Canonical by construction: the address is masked.
export const formatKey = (key: PrefixKey): IpPrefix =>
  `${formatIpv4Number(keyAddress(key))}/${keyLength(key)}` as IpPrefix;

/** The key of an IPv4 prefix; undefined for IPv6, which the tables don't hold. */
export const parseKey = (prefix: IpPrefix | InterfaceAddress): PrefixKey | undefined =>
  isIpv6(prefix) ? undefined : prefixKey(ipv4ToNumber(prefixAddress(prefix)), prefixLength(prefix));

export const v4 = (address: IpAddress | undefined): number | undefined =>
  address === undefined || isIpv6(address) ? undefined : ipv4ToNumber(address);

export const keyContains = (key: PrefixKey, address: number): boolean =>
  (address & ipv4Mask(keyLength(key))) >>> 0 === keyAddress(key);
