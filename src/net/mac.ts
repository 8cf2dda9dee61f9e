/** A MAC address, canonical: six lower-case octets with colons. */
export type MacAddress = string & { readonly __brand: "MacAddress" };

/** Reads `00:1c:73:00:00:99`, `001c.7300.0099` and `00-1c-73-00-00-99`. */
export function parseMac(text: string): MacAddress | undefined {
  const digits = text.replace(/[.:-]/g, "").toLowerCase();
  if (!/^[0-9a-f]{12}$/.test(digits) || !/^[0-9a-fA-F.:-]{12,17}$/.test(text)) return undefined;
  return digits.replace(/(..)(?=.)/g, "$1:") as MacAddress; // canonical by construction
}

/** As Cisco and Arista write it: `001c.7300.0099`. */
export const formatMacDotted = (mac: MacAddress): string => mac.replaceAll(":", "").replace(/(....)(?=.)/g, "$1.");
