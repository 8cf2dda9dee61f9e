import type { SourceFile } from "#model/source.ts";

/** Signs of EOS in its text, and of others that look alike. */
const signs: readonly (readonly [weight: number, sign: string])[] = [
  [0.9, "(cEOS"],
  [0.9, ", EOS-"],
  [0.8, "\nservice routing protocols model"],
  [0.6, "ip virtual-router mac-address"],
  [0.5, "\nmanagement api http-commands"],
  [0.5, "interface Vxlan1"],
  [0.5, "interface vxlan 1"],
  [0.4, "\nvrf instance "],
  [0.4, "\nmlag configuration"],
  [0.3, "\ntransceiver qsfp default-mode"],
  [0.3, "\nip routing"],
  [0.3, "interface Ethernet"],
  [0.2, "interface Management"],
  [0.2, "\nspanning-tree mode"],
  [0.2, "switchport trunk"],
  [-1, "\nfeature "],
  [-1, "interface nve1"],
  [-1, "\nvrf context "],
  [-1, "interface GigabitEthernet"],
  [-1, "\nhostname(config)"],
  [-1, '"PORT": {'],
  [-1, "\nfrr version"],
  [-1, "\n- set:"],
];

/** How surely a file is EOS configuration. Signs add up as independent evidence. */
export function detectEos(file: SourceFile): number {
  const text = `\n${file.text.slice(0, 65_536)}`;
  if (/(^|[./_-])eos([./_-]|$)/i.test(file.path) && /\.(cfg|conf|txt)$|config/i.test(file.path))
    return looksElse(text) ? 0.2 : 0.95;
  let doubt = 1;
  for (const [weight, sign] of signs)
    if (text.includes(sign)) {
      if (weight < 0) return 0;
      doubt *= 1 - weight;
    }
  return Math.round((1 - doubt) * 100) / 100;
}

const looksElse = (text: string): boolean => signs.some(([weight, sign]) => weight < 0 && text.includes(sign));
