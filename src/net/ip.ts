/**
 * Addresses and prefixes, as branded canonical text, so that equal values are equal strings, sort, print and hash as
 * they stand. Tables that need speed turn IPv4 into 32-bit numbers with `ipv4ToNumber`.
 */

/** An IPv4 address in dotted form or an IPv6 address in RFC 5952 form. */
export type IpAddress = string & { readonly __brand: "IpAddress" };
/** A network: host bits are zero. `10.0.0.0/24`, `2001:db8::/64`. */
export type IpPrefix = string & { readonly __brand: "IpPrefix" };
/** An address with the length of its network: `10.0.0.1/31`. Host bits are kept. */
export type InterfaceAddress = string & { readonly __brand: "InterfaceAddress" };

/** The 32-bit value of a dotted IPv4 address, or undefined when it is not one. Leading zeros are refused. */
export function parseIpv4Number(text: string): number | undefined {
  const length = text.length;
  if (length < 7 || length > 15) return undefined;
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46) {
      if (digits === 0 || dots === 3) return undefined;
      value = value * 256 + part;
      part = 0;
      digits = 0;
      dots++;
    } else if (code >= 48 && code <= 57) {
      if (digits > 0 && part === 0) return undefined;
      part = part * 10 + (code - 48);
      if (part > 255) return undefined;
      digits++;
    } else return undefined;
  }
  return dots === 3 && digits > 0 ? value * 256 + part : undefined;
}

export const formatIpv4Number = (value: number): IpAddress =>
  // The cast brands a value that is canonical by construction.
  `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}` as IpAddress;

/** The 128-bit value of an IPv6 address in any RFC 4291 form (a zone is refused), or undefined. */
export function parseIpv6Number(text: string): bigint | undefined {
  if (!text.includes(":") || text.includes("%")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): number[] | undefined => {
    if (half === undefined || half === "") return [];
    const parts = half.split(":");
    const values: number[] = [];
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1 && part.includes(".")) {
        const v4 = parseIpv4Number(part);
        if (v4 === undefined) return undefined;
        values.push(Math.floor(v4 / 65536), v4 % 65536);
      } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) values.push(Number.parseInt(part, 16));
      else return undefined;
    }
    return values;
  };
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array<number>(halves.length === 2 ? missing : 0).fill(0), ...tail];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups becomes `::`. */
export function formatIpv6Number(value: bigint): IpAddress {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  const text =
    best.start < 0
      ? hex.join(":")
      : `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
  return text as IpAddress; // canonical by construction
}

export const isIpv6 = (address: string): boolean => address.includes(":");

/** Reads an address in any accepted spelling and gives its canonical form. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.includes(":")) {
    const v6 = parseIpv6Number(text);
    return v6 === undefined ? undefined : formatIpv6Number(v6);
  }
  return parseIpv4Number(text) === undefined ? undefined : (text as IpAddress);
}

function splitLength(text: string): { address: IpAddress; length: number } | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseIpAddress(text.slice(0, slash));
  const tail = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,3}$/.test(tail)) return undefined;
  const length = Number(tail);
  return length <= (isIpv6(address) ? 128 : 32) ? { address, length } : undefined;
}

export function parseInterfaceAddress(text: string): InterfaceAddress | undefined {
  const parts = splitLength(text);
  return parts && (`${parts.address}/${parts.length}` as InterfaceAddress);
}

/** Reads a prefix; host bits are cleared, so `10.0.0.1/24` gives `10.0.0.0/24`. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const parts = splitLength(text);
  return parts && makePrefix(parts.address, parts.length);
}

/** The network of the given length that holds an address. */
export function makePrefix(address: IpAddress, length: number): IpPrefix {
  if (isIpv6(address)) {
    const mask = length === 0 ? 0n : ((1n << BigInt(length)) - 1n) << BigInt(128 - length);
    return `${formatIpv6Number(ipv6ToNumber(address) & mask)}/${length}` as IpPrefix;
  }
  return `${formatIpv4Number((ipv4ToNumber(address) & ipv4Mask(length)) >>> 0)}/${length}` as IpPrefix;
}

/** The mask of a prefix length as an unsigned 32-bit number. */
export const ipv4Mask = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0);

/** A dotted mask (`255.255.255.0`) as a length, or undefined when its ones are not contiguous. */
export function parseIpv4Mask(text: string): number | undefined {
  const value = parseIpv4Number(text);
  if (value === undefined) return undefined;
  const length = 32 - Math.log2(0x100000000 - value);
  return Number.isInteger(length) ? length : value === 0 ? 0 : undefined;
}

export const ipv4ToNumber = (address: IpAddress): number => {
  let value = 0;
  let part = 0;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code === 46) {
      value = value * 256 + part;
      part = 0;
    } else part = part * 10 + (code - 48);
  }
  return value * 256 + part;
};

export function ipv6ToNumber(address: IpAddress): bigint {
  const value = parseIpv6Number(address);
  if (value === undefined) throw new RangeError(`not an IPv6 address: ${address}`);
  return value;
}

const cut = (text: string): number => text.indexOf("/");
export const prefixLength = (prefix: IpPrefix | InterfaceAddress): number => Number(prefix.slice(cut(prefix) + 1));
// The part before the slash of a branded text is canonical by construction.
export const prefixAddress = (prefix: IpPrefix | InterfaceAddress): IpAddress =>
  prefix.slice(0, cut(prefix)) as IpAddress;
/** The network an interface address stands in. */
export const networkOf = (address: InterfaceAddress | IpPrefix): IpPrefix =>
  makePrefix(prefixAddress(address), prefixLength(address));

export const hostPrefix = (address: IpAddress): IpPrefix => `${address}/${isIpv6(address) ? 128 : 32}` as IpPrefix;

/** True when the address lies in the prefix; false across families. */
export const prefixContains = (prefix: IpPrefix, address: IpAddress): boolean =>
  isIpv6(prefix) === isIpv6(address) && makePrefix(address, prefixLength(prefix)) === prefix;

/** True when every address of `inner` lies in `outer`. */
export const prefixCovers = (outer: IpPrefix, inner: IpPrefix): boolean =>
  prefixLength(outer) <= prefixLength(inner) && prefixContains(outer, prefixAddress(inner));

/** The nth address of a prefix, counting from its network address (0). */
export function addressAt(prefix: IpPrefix, index: number): IpAddress {
  const base = prefixAddress(prefix);
  return isIpv6(base)
    ? formatIpv6Number(ipv6ToNumber(base) + BigInt(index))
    : formatIpv4Number((ipv4ToNumber(base) + index) >>> 0);
}

/** The nth subnet of a given length inside a prefix. @throws {RangeError} when the prefix has no such subnet. */
export function subnetAt(prefix: IpPrefix, length: number, index: number): IpPrefix {
  const base = prefixAddress(prefix);
  const room = length - prefixLength(prefix);
  if (room < 0 || index < 0 || index >= 2 ** room) throw new RangeError(`${prefix} has no /${length} number ${index}`);
  return isIpv6(base)
    ? (`${formatIpv6Number(ipv6ToNumber(base) + (BigInt(index) << BigInt(128 - length)))}/${length}` as IpPrefix)
    : (`${formatIpv4Number((ipv4ToNumber(base) + index * 2 ** (32 - length)) >>> 0)}/${length}` as IpPrefix);
}

/** Brands a literal that is known to be canonical. @throws {RangeError} when it is not. */
export function ip(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === undefined) throw new RangeError(`not an IP address: ${text}`);
  return address;
}
/** As `ip`, for prefixes. */
export function prefix(text: string): IpPrefix {
  const value = parseIpPrefix(text);
  if (value === undefined) throw new RangeError(`not a prefix: ${text}`);
  return value;
}
/** As `ip`, for addresses with a length. */
export function interfaceAddress(text: string): InterfaceAddress {
  const value = parseInterfaceAddress(text);
  if (value === undefined) throw new RangeError(`not an address with a prefix length: ${text}`);
  return value;
}
