/** An AS number, 1 to 4294967295 (RFC 6793). */
export type Asn = number & { readonly __brand: "Asn" };
/** A VXLAN network identifier, 1 to 16777215 (RFC 7348). */
export type Vni = number & { readonly __brand: "Vni" };
/** A VLAN id, 1 to 4094. */
export type VlanId = number & { readonly __brand: "VlanId" };

const ranged = (text: string | number, max: number): number | undefined => {
  const value = typeof text === "number" ? text : /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isInteger(value) && value >= 1 && value <= max ? value : undefined;
};

/** Reads asplain and asdot (`65000`, `1.10`, RFC 5396). */
export function parseAsn(text: string | number): Asn | undefined {
  if (typeof text === "string" && /^\d{1,5}\.\d{1,5}$/.test(text)) {
    const [high = 0, low = 0] = text.split(".").map(Number);
    return high > 65535 || low > 65535 ? undefined : (ranged(high * 65536 + low, 4294967295) as Asn | undefined);
  }
  return ranged(text, 4294967295) as Asn | undefined; // in range
}
export const parseVni = (text: string | number): Vni | undefined => ranged(text, 16777215) as Vni | undefined;
export const parseVlanId = (text: string | number): VlanId | undefined => ranged(text, 4094) as VlanId | undefined;

const must = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new RangeError(what);
  return value;
};
/** Brand a known-good number. @throws {RangeError} out of range. */
export const asn = (value: number): Asn => must(parseAsn(value), `not an AS number: ${value}`);
export const vni = (value: number): Vni => must(parseVni(value), `not a VNI: ${value}`);
export const vlanId = (value: number): VlanId => must(parseVlanId(value), `not a VLAN id: ${value}`);
